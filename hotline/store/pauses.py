"""Channels that a supervisor has paused: nobody is offered a contact of theirs, whoever is in danger excepted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from hotline.contact import Channel
from hotline.store.engine import insert_for
from hotline.store.schema import pauses

LONGEST_SECONDS = 4 * 3600.0
"""A pause ends by itself after this: whoever set it may have gone home."""


@dataclass(frozen=True, slots=True)
class Pause:
    """`staff_id`: who set it."""

    channel: Channel
    at: float
    staff_id: int

    @property
    def until(self) -> float:
        return self.at + LONGEST_SECONDS


def pause(connection: Connection, channel: Channel, staff_id: int, now: float) -> bool:
    """Paused from now on, by this member. False: it is paused already, and nothing changes."""
    over = (pauses.c.channel == channel.value) & (pauses.c.at <= now - LONGEST_SECONDS)
    connection.execute(delete(pauses).where(over))
    values = {"channel": channel.value, "at": now, "staff_id": staff_id}
    new = insert_for(connection, pauses).values(**values).on_conflict_do_nothing()
    return connection.execute(new.returning(pauses.c.channel)).first() is not None


def resume(connection: Connection, channel: Channel) -> bool:
    """Whether it was paused."""
    return bool(connection.execute(delete(pauses).where(pauses.c.channel == channel.value)).rowcount)


def standing(connection: Connection, now: float) -> list[Pause]:
    """The pauses that hold now, by channel."""
    rows = connection.execute(select(pauses).where(pauses.c.at > now - LONGEST_SECONDS).order_by(pauses.c.channel))
    return [Pause(Channel(row.channel), row.at, row.staff_id) for row in rows]


def paused(connection: Connection, now: float) -> dict[Channel, float]:
    """The channels that are paused now, and until when."""
    return {one.channel: one.until for one in standing(connection, now)}
