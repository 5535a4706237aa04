"""The roster as it is kept: planned shifts, absences, swaps, what each can take on, and the secret links of calendars.

A member who is switched off stands in no plan. What lies a month back is deleted when the roster is next written to.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from hotline.roster import Ability, Shift
from hotline.roster import present as present_of
from hotline.shifts import Absence, Pattern, Swap, expanded
from hotline.store import staff
from hotline.store.engine import insert_for
from hotline.store.schema import abilities, absences, calendars, sessions, shift_patterns, swaps
from hotline.store.schema import staff as members
from hotline.store.zones import zone_of

KEPT_DAYS = 31


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is planned; `here` are the members who are active."""

    patterns: list[Pattern]
    absences: list[Absence]
    swaps: list[Swap]
    here: frozenset[int]

    def shifts(self, begun: Iterable[Shift], start: float, end: float) -> list[Shift]:
        """The shifts of those who are active; what somebody took over from one who left is theirs."""
        every = expanded(self.patterns, self.absences, self.swaps, begun, start, end, zone_of)
        return [shift for shift in every if shift.staff_id in self.here]


def plan(connection: Connection, since: float) -> Plan:
    """What is planned, without what has ended before `since`."""
    day = _day(since - 2 * 86_400)
    still = (shift_patterns.c.last.is_(None)) | (shift_patterns.c.last >= day)
    patterns = [_pattern(tuple(row)) for row in connection.execute(select(shift_patterns).where(still))]
    away, taken = list[Absence](), list[Swap]()
    if patterns:
        away = absences_after(connection, since)
        taken = [_swap(row) for row in connection.execute(select(swaps).where(swaps.c.day >= day))]
    here = frozenset(connection.execute(select(members.c.id).where(members.c.active)).scalars())
    return Plan(patterns, away, taken, here)


def absences_after(connection: Connection, since: float) -> list[Absence]:
    rows = connection.execute(select(absences).where(absences.c.ends_at > since).order_by(absences.c.starts_at))
    return [Absence(row.id, row.staff_id, row.starts_at, row.ends_at) for row in rows]


def planned(connection: Connection, start: float, end: float) -> list[Shift]:
    """Every shift that is begun or planned for some moment from `start` until `end`."""
    return plan(connection, start).shifts(staff.shifts_after(connection, start), start, end)


def present(connection: Connection, now: float, seen_seconds: float) -> list[Shift]:
    """The shifts of now whose people are there: begun by hand, or planned and seen at the console within this time."""
    begun = staff.shifts_after(connection, now)
    lately = [sessions.c.used_at > now - seen_seconds, sessions.c.stage == staff.Stage.IN.value]
    seen = set(connection.execute(select(sessions.c.staff_id).where(*lately)).scalars())
    if not seen:  # nobody is at the console, so no plan can count
        return begun
    found = plan(connection, now)
    hour = _hour(tuple(found.patterns), tuple(found.absences), tuple(found.swaps), int(now // 3600))
    return present_of(begun, [shift for shift in hour if shift.holds(now)], seen & found.here)


@lru_cache(maxsize=8)
def _hour(
    patterns: tuple[Pattern, ...], away: tuple[Absence, ...], taken: tuple[Swap, ...], hour: int
) -> tuple[Shift, ...]:
    """What is planned for that hour since the epoch: asked for every message and every picture of the board."""
    duty = (pattern for pattern in patterns if pattern.rank == 0)
    return tuple(expanded(duty, away, taken, (), hour * 3600.0, (hour + 1) * 3600.0, zone_of))


def patterns_of(connection: Connection, staff_id: int) -> list[Pattern]:
    """What somebody has planned, by its first day."""
    query = select(shift_patterns).where(shift_patterns.c.staff_id == staff_id)
    ordered = query.order_by(shift_patterns.c.first, shift_patterns.c.begins, shift_patterns.c.id)
    return [_pattern(tuple(row)) for row in connection.execute(ordered)]


def pattern_of(connection: Connection, pattern_id: int) -> Pattern | None:
    row = connection.execute(select(shift_patterns).where(shift_patterns.c.id == pattern_id)).first()
    return _pattern(tuple(row)) if row is not None else None


def add_pattern(connection: Connection, pattern: Pattern) -> int:
    """Its id; the one that is there, if the very same is planned already."""
    for one in patterns_of(connection, pattern.staff_id):
        if replace(one, id=pattern.id) == pattern:
            return one.id
    new = insert(shift_patterns).values(**_columns(pattern)).returning(shift_patterns.c.id)
    return int(connection.execute(new).scalar_one())


def put_pattern(connection: Connection, pattern: Pattern) -> None:
    connection.execute(update(shift_patterns).where(shift_patterns.c.id == pattern.id).values(**_columns(pattern)))


def remove_pattern(connection: Connection, pattern_id: int) -> None:
    connection.execute(delete(shift_patterns).where(shift_patterns.c.id == pattern_id))


def add_absence(connection: Connection, absence: Absence) -> None:
    """Written once, however often it is told."""
    same = [
        absences.c.starts_at == absence.starts_at,
        absences.c.ends_at == absence.ends_at,
        absences.c.staff_id == absence.staff_id if absence.staff_id is not None else absences.c.staff_id.is_(None),
    ]
    if connection.execute(select(absences.c.id).where(*same)).first() is None:
        values = {"staff_id": absence.staff_id, "starts_at": absence.starts_at, "ends_at": absence.ends_at}
        connection.execute(insert(absences).values(**values))


def absence_of(connection: Connection, absence_id: int) -> Absence | None:
    row = connection.execute(select(absences).where(absences.c.id == absence_id)).first()
    return Absence(row.id, row.staff_id, row.starts_at, row.ends_at) if row is not None else None


def remove_absence(connection: Connection, absence_id: int) -> None:
    connection.execute(delete(absences).where(absences.c.id == absence_id))


def count_of(connection: Connection, staff_id: int | None) -> int:
    """How many planned shifts and absences somebody has (None: absences of everybody)."""
    mine = absences.c.staff_id == staff_id if staff_id is not None else absences.c.staff_id.is_(None)
    away = connection.execute(select(func.count()).select_from(absences).where(mine)).scalar_one()
    at_work = shift_patterns.c.staff_id == staff_id
    return int(away + connection.execute(select(func.count()).select_from(shift_patterns).where(at_work)).scalar_one())


def swap_of(connection: Connection, pattern_id: int, day: date) -> Swap | None:
    row = connection.execute(select(swaps).where(*_at(pattern_id, day))).first()
    return _swap(row) if row is not None else None


def offer(connection: Connection, pattern_id: int, day: date, staff_id: int) -> None:
    """The shift of that day is for whoever takes it; until then it stays with `staff_id`, whose it must be."""
    values = {"staff_id": staff_id, "offered": True}
    new = insert_for(connection, swaps).values(pattern=pattern_id, day=day.isoformat(), **values)
    mine = swaps.c.staff_id == staff_id
    connection.execute(new.on_conflict_do_update(index_elements=["pattern", "day"], set_=values, where=mine))


def withdraw(connection: Connection, pattern_id: int, day: date, staff_id: int) -> bool:
    """False: somebody has taken it already, or it was not offered."""
    mine = update(swaps).where(*_at(pattern_id, day), swaps.c.offered, swaps.c.staff_id == staff_id)
    return connection.execute(mine.values(offered=False)).rowcount == 1


def take(connection: Connection, pattern_id: int, day: date, staff_id: int) -> bool:
    """True for exactly one of those who try."""
    free = update(swaps).where(*_at(pattern_id, day), swaps.c.offered, swaps.c.staff_id != staff_id)
    return connection.execute(free.values(staff_id=staff_id, offered=False)).rowcount == 1


def abilities_of(connection: Connection) -> dict[int, Ability]:
    """What each can take on; who has not said so is not in it."""
    rows = connection.execute(select(abilities))
    return {row.staff_id: Ability(_listed(row.languages), _listed(row.channels), row.most) for row in rows}


def put_ability(connection: Connection, staff_id: int, ability: Ability) -> None:
    values: Mapping[str, Any] = {
        "languages": ",".join(ability.languages),
        "channels": ",".join(ability.channels),
        "most": ability.most,
    }
    new = insert_for(connection, abilities).values(staff_id=staff_id, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["staff_id"], set_=values))


def make_calendar_key(connection: Connection, staff_id: int) -> str:
    """A new secret for this member's calendar; only its hash is kept, and the one before it opens nothing any more."""
    key = secrets.token_urlsafe(32)
    drop_calendar_key(connection, staff_id)
    connection.execute(insert(calendars).values(staff_id=staff_id, digest=_digest(key)))
    return key


def drop_calendar_key(connection: Connection, staff_id: int) -> None:
    connection.execute(delete(calendars).where(calendars.c.staff_id == staff_id))


def has_calendar_key(connection: Connection, staff_id: int) -> bool:
    return connection.execute(select(calendars.c.staff_id).where(calendars.c.staff_id == staff_id)).first() is not None


def calendar_owner(connection: Connection, key: str) -> int | None:
    """Whose calendar this secret opens; None once it is revoked or its owner switched off."""
    query = select(calendars.c.staff_id).join(members, members.c.id == calendars.c.staff_id)
    return connection.execute(query.where(calendars.c.digest == _digest(key), members.c.active)).scalar_one_or_none()


def forget_before(connection: Connection, now: float) -> None:
    """Delete what has ended more than a month ago."""
    long_ago = now - KEPT_DAYS * 86_400
    connection.execute(delete(shift_patterns).where(shift_patterns.c.last < _day(long_ago)))
    connection.execute(delete(swaps).where(swaps.c.day < _day(long_ago)))
    connection.execute(delete(absences).where(absences.c.ends_at < long_ago))


def _at(pattern_id: int, day: date) -> list[Any]:
    return [swaps.c.pattern == pattern_id, swaps.c.day == day.isoformat()]


def _columns(pattern: Pattern) -> dict[str, Any]:
    return {
        "staff_id": pattern.staff_id,
        "days": sum(1 << day for day in pattern.days),
        "begins": pattern.begins,
        "ends": pattern.ends,
        "zone": pattern.zone,
        "first": pattern.first.isoformat(),
        "last": pattern.last.isoformat() if pattern.last is not None else None,
        "every": pattern.every,
        "rank": pattern.rank,
        "without": ",".join(day.isoformat() for day in sorted(pattern.without)),
    }


@lru_cache(maxsize=2048)
def _pattern(row: tuple[Any, ...]) -> Pattern:
    """From a row as the table has it."""
    number, staff_id, days, begins, ends, zone, first, last, every, rank, without = row
    return Pattern(
        number,
        staff_id,
        frozenset(day for day in range(7) if days >> day & 1),
        begins,
        ends,
        zone,
        date.fromisoformat(first),
        date.fromisoformat(last) if last else None,
        every,
        rank,
        frozenset(date.fromisoformat(day) for day in _listed(without)),
    )


def _swap(row: Row[Any]) -> Swap:
    return Swap(row.pattern, date.fromisoformat(row.day), row.staff_id, bool(row.offered))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one for one in text.split(",") if one)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=32, person=b"calendar").digest()
