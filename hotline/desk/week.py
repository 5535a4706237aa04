"""The roster as one member of staff sees it: a week of shifts, what is planned for somebody, and what nobody covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from sqlalchemy import Connection

from hotline.desk.handoff import AHEAD_SECONDS
from hotline.desk.office import Desk
from hotline.desk.roster import may_plan
from hotline.roster import Ability, Shift, Span, gaps, on_duty
from hotline.shifts import Absence, Pattern, Swap, instant, local
from hotline.store import roster, staff
from hotline.store.staff import Member
from hotline.store.zones import zone_of

DAYS = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One shift on one day of the week, with what the member who looks may do with it."""

    shift: Shift
    name: str
    languages: tuple[str, ...]
    begins: str
    ends: str
    mine: bool
    over: bool
    offered: bool
    may_leave_out: bool


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    today: bool
    entries: list[Entry]
    away: list[str]
    holiday: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """What calendar and clock show; `weekday` 0 is Monday."""

    weekday: int
    day: str
    clock: str


@dataclass(frozen=True, slots=True)
class Cover:
    """How one language is covered in the two weeks ahead: the hours without anybody, and when they are."""

    language: str
    hours: int
    spans: list[tuple[Moment, Moment]]

    @property
    def never(self) -> bool:
        return self.hours >= int(AHEAD_SECONDS / 3600)


@dataclass(frozen=True, slots=True)
class Away:
    absence: Absence
    begins: Moment
    ends: Moment


@dataclass(frozen=True, slots=True)
class Look:
    """All that the page shows. `person`: whose plans stand beside the week; others' only for who plans for them."""

    monday: date
    days: list[Day]
    person: Member
    patterns: list[Pattern]
    away: list[Away]
    holidays: list[Away]
    ability: Ability
    covers: list[Cover]
    on_duty: bool
    has_calendar: bool
    people: list[Member]

    @property
    def earlier(self) -> date:
        return self.monday - timedelta(days=DAYS)

    @property
    def later(self) -> date:
        return self.monday + timedelta(days=DAYS)


def look(desk: Desk, connection: Connection, member: Member, person_id: int, monday: date, now: float) -> Look:
    """The week of this Monday, and the two weeks from now."""
    zone = zone_of(desk.zone)
    people = [one for one in staff.everybody(connection) if one.active]
    person = next((one for one in people if one.id == person_id and may_plan(member, one.id)), member)
    start, end = instant(monday, 0, zone), instant(monday + timedelta(days=DAYS), 0, zone)
    abilities = roster.abilities_of(connection)
    plan = roster.plan(connection, min(start, now))
    begun = staff.shifts_after(connection, min(start, now))
    ahead = plan.shifts(begun, now, now + AHEAD_SECONDS)
    spoken = {one: ability.languages for one, ability in abilities.items()}
    uncovered = gaps(ahead, spoken, desk.shelf.offered, now, now + AHEAD_SECONDS)
    away = roster.absences_after(connection, min(start, now))
    week = _Week(member, {one.id: one.name for one in people}, abilities, plan.swaps, away, zone, now)
    return Look(
        monday,
        week.days(monday, plan.shifts(begun, start, end)),
        person,
        roster.patterns_of(connection, person.id),
        [_away(one, zone) for one in away if one.staff_id == person.id and one.ends_at > now],
        [_away(one, zone) for one in away if one.staff_id is None and one.ends_at > now],
        abilities.get(person.id, Ability()),
        [_cover(language, spans, zone) for language, spans in uncovered.items()],
        member.id in on_duty(roster.present(connection, now, desk.idle_seconds), now),
        roster.has_calendar_key(connection, member.id),
        people if may_plan(member, None) else [],
    )


class _Week:
    """Puts shifts into the days of a week."""

    def __init__(
        self,
        member: Member,
        names: Mapping[int, str],
        abilities: Mapping[int, Ability],
        swaps: Iterable[Swap],
        away: list[Absence],
        zone: tzinfo,
        now: float,
    ) -> None:
        self._member, self._names, self._abilities = member, names, abilities
        self._offered = {(swap.pattern, swap.day) for swap in swaps if swap.offered}
        self._away, self._zone, self._now = away, zone, now

    def days(self, monday: date, shifts: Iterable[Shift]) -> list[Day]:
        by_day: dict[date, list[Entry]] = {monday + timedelta(days=number): [] for number in range(DAYS)}
        for shift in shifts:
            if shift.staff_id in self._names:
                day = max(local(shift.starts_at, self._zone).date(), monday)
                by_day[day].append(self._entry(shift, day))
        return [self._day(day, entries) for day, entries in by_day.items()]

    def _day(self, day: date, entries: list[Entry]) -> Day:
        start, end = instant(day, 0, self._zone), instant(day + timedelta(days=1), 0, self._zone)
        away = [one for one in self._away if one.starts_at < end and one.ends_at > start]
        names = sorted({name for one in away if (name := self._names.get(one.staff_id or 0))})
        today = day == local(self._now, self._zone).date()
        return Day(day, today, entries, names, any(one.staff_id is None for one in away))

    def _entry(self, shift: Shift, day: date) -> Entry:
        planned, over = shift.day is not None, shift.ends_at <= self._now
        return Entry(
            shift,
            self._names[shift.staff_id],
            self._abilities.get(shift.staff_id, Ability()).languages,
            self._shown(shift.starts_at, day, 0),
            self._shown(shift.ends_at, day, 1),
            shift.staff_id == self._member.id,
            over,
            (shift.pattern, shift.day) in self._offered,
            planned and not over and may_plan(self._member, shift.staff_id),
        )

    def _shown(self, at: float, day: date, late: int) -> str:
        """The time; with its date where that is neither this day nor up to `late` days after it."""
        shown = local(at, self._zone)
        near = 0 <= (shown.date() - day).days <= late
        return f"{shown:%H:%M}" if near else f"{shown.day}.{shown.month}. {shown:%H:%M}"


def _cover(language: str, spans: list[Span], zone: tzinfo) -> Cover:
    hours = round(sum(ends_at - starts_at for starts_at, ends_at in spans) / 3600)
    return Cover(language, hours, [(_moment(one, zone), _moment(two, zone)) for one, two in spans])


def _away(absence: Absence, zone: tzinfo) -> Away:
    return Away(absence, _moment(absence.starts_at, zone), _moment(absence.ends_at, zone))


def _moment(at: float, zone: tzinfo) -> Moment:
    shown = local(at, zone)
    return Moment(shown.weekday(), f"{shown.day}.{shown.month}.", f"{shown:%H:%M}")
