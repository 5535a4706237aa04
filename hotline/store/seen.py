"""When each member was last seen at the console."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from hotline.store.schema import sessions
from hotline.store.staff import Stage


def last_seen(connection: Connection) -> dict[int, float]:
    """Of everybody who is signed in, by staff id."""
    query = select(sessions.c.staff_id, func.max(sessions.c.used_at)).where(sessions.c.stage == Stage.IN.value)
    return {row[0]: row[1] for row in connection.execute(query.group_by(sessions.c.staff_id))}
