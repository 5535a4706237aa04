"""Which processes are alive: each says so every few seconds."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hotline.store.engine import insert_for
from hotline.store.schema import heartbeats


def beat(connection: Connection, name: str, now: float) -> None:
    statement = insert_for(connection, heartbeats).values(name=name, at=now)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


def last_beat(connection: Connection, name: str) -> float | None:
    return connection.execute(select(heartbeats.c.at).where(heartbeats.c.name == name)).scalar_one_or_none()
