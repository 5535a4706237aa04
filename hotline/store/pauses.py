"""Channels that a supervisor has paused: nobody is offered a contact of theirs, whoever is in danger excepted."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from hotline.contact import Channel
from hotline.store.engine import insert_for
from hotline.store.schema import pauses


def pause(connection: Connection, channel: Channel, staff_id: int, now: float) -> None:
    """Paused from now on, by this member; a second time changes nothing."""
    values = {"channel": channel.value, "at": now, "staff_id": staff_id}
    connection.execute(insert_for(connection, pauses).values(**values).on_conflict_do_nothing())


def resume(connection: Connection, channel: Channel) -> None:
    connection.execute(delete(pauses).where(pauses.c.channel == channel.value))


def paused(connection: Connection) -> dict[Channel, float]:
    """The channels that are paused, and since when."""
    return {Channel(row[0]): row[1] for row in connection.execute(select(pauses.c.channel, pauses.c.at))}
