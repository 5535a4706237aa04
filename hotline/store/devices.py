"""Browsers that a member of staff has signed in with before, and the newest lines of the journal.

Whoever guesses passwords comes from a browser we do not know and waits; a member at their own desk does not.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, func, insert, select, update

from hotline.store.accounts import digest
from hotline.store.schema import devices, journal, staff

DEVICE_SECONDS = 180 * 86_400.0
DEVICE_TRIES = 5


def know_device(connection: Connection, staff_id: int, now: float) -> str:
    """A token that marks this browser as one this member has signed in with."""
    connection.execute(delete(devices).where(devices.c.seen_at < now - DEVICE_SECONDS))
    token = secrets.token_urlsafe(32)
    values = {"digest": digest(token, b"device"), "staff_id": staff_id, "seen_at": now, "failed": 0}
    connection.execute(insert(devices).values(**values))
    return token


def knows_device(connection: Connection, staff_id: int, token: str, now: float) -> bool:
    mine = (devices.c.digest == digest(token, b"device"), devices.c.staff_id == staff_id)
    query = select(func.count()).where(*mine, devices.c.seen_at > now - DEVICE_SECONDS)
    return bool(token) and connection.execute(query).scalar_one() > 0


def device_failed(connection: Connection, token: str) -> None:
    """A wrong try from a device we know: after five in a row we do not know it any more."""
    mine = devices.c.digest == digest(token, b"device")
    connection.execute(update(devices).where(mine).values(failed=devices.c.failed + 1))
    connection.execute(delete(devices).where(mine, devices.c.failed >= DEVICE_TRIES))


def device_fits(connection: Connection, token: str, now: float) -> None:
    values = {"seen_at": now, "failed": 0}
    connection.execute(update(devices).where(devices.c.digest == digest(token, b"device")).values(**values))


def last_deeds(connection: Connection, most: int, staff_id: int | None = None) -> list[tuple[float, str, str]]:
    """The newest lines of the journal: when, who, what."""
    query = select(journal.c.at, staff.c.name, journal.c.deed).outerjoin(staff, staff.c.id == journal.c.staff_id)
    if staff_id is not None:
        query = query.where(journal.c.staff_id == staff_id)
    rows = connection.execute(query.order_by(journal.c.id.desc()).limit(most))
    return [(row[0], row[1] or "", row[2]) for row in rows]
