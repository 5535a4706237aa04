"""Who waits unclaimed, and how often each member was alerted: one UPDATE decides which worker alerts."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from hotline.alert import Pace
from hotline.contact import Level, State
from hotline.store.engine import insert_for
from hotline.store.schema import alarms, contacts, packets

LOOKED_AT = 1000
"""Waiting contacts that are looked at: beyond them everybody who could be alerted is alerted already."""

_LEVELS = tuple(Level)


class Waits(NamedTuple):
    id: str
    level: Level
    since: float


def unclaimed(connection: Connection, oldest_day: int) -> list[Waits]:
    """Those who wait, without the lower lane, and packets of partners that nobody has taken; the most urgent first."""
    c = contacts.c
    since = func.coalesce(c.waiting_since, c.opened_at)
    live = (c.state == State.WAITING.value) & (c.day >= oldest_day) & (c.lower.is_(False))
    rows = connection.execute(select(c.id, c.level, since).where(live).order_by(c.level, since).limit(LOOKED_AT)).all()
    p = packets.c
    free = p.owner.is_(None) & (p.day >= oldest_day)
    came = connection.execute(
        select(p.id, p.level, p.came_at).where(free).order_by(p.level, p.came_at).limit(LOOKED_AT)
    )
    found = sorted([*rows, *came.all()], key=lambda row: (row[1], row[2]))
    return [Waits(row[0], _LEVELS[row[1]], row[2]) for row in found[:LOOKED_AT]]


def paces(connection: Connection) -> dict[int, Pace]:
    rows = connection.execute(select(alarms.c.staff_id, alarms.c.at, alarms.c.times))
    return {row[0]: Pace(row[1], row[2]) for row in rows}


def take(connection: Connection, staff_id: int, known: Pace, now: float) -> bool:
    """Whether this alert is ours to send: exactly one of those who saw the same pace gets it."""
    connection.execute(
        insert_for(connection, alarms).values(staff_id=staff_id, at=0.0, times=0).on_conflict_do_nothing()
    )
    same = [alarms.c.staff_id == staff_id, alarms.c.at == known.at, alarms.c.times == known.times]
    taken = connection.execute(update(alarms).where(*same).values(at=now, times=known.times + 1))
    return taken.rowcount == 1


def put_off(connection: Connection, staff_id: int, taken_at: float, at: float) -> None:
    """No way took it: it counts as if it had been sent at `at`, unless there was another one since."""
    mine = [alarms.c.staff_id == staff_id, alarms.c.at == taken_at]
    connection.execute(update(alarms).where(*mine).values(at=at))


def calm(connection: Connection, staff_ids: list[int]) -> None:
    """Nothing waits for these any more: their next alert is a first one again."""
    connection.execute(update(alarms).where(alarms.c.staff_id.in_(staff_ids)).values(times=0))
