"""One member's shifts as a calendar that their phone can follow (RFC 5545).

It holds when they are on duty or on call, and nothing else: no names, no hotline, nothing of any caller.
What our clock and a calendar's make differently (the night in which it changes), what is swapped, cut by an absence
or left out, is left out of the rule and written down by itself; so every program shows the same as the roster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from hotline.roster import Shift, Span
from hotline.shifts import Pattern
from hotline.store.roster import Plan
from hotline.store.zones import zone_of
from hotline.weekly import WEEKDAYS

if TYPE_CHECKING:
    from icalendar import Event

DAYS_BACK, DAYS_AHEAD = 7, 400
DAY = 86_400.0


def write_calendar(plan: Plan, staff_id: int, now: float) -> bytes:
    """The calendar of this member, exact from a week ago until thirteen months ahead."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//roster//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    start, end = now - DAYS_BACK * DAY, now + DAYS_AHEAD * DAY
    taken = {swap.pattern for swap in plan.swaps if swap.staff_id == staff_id}
    plan = replace(plan, patterns=[one for one in plan.patterns if one.staff_id == staff_id or one.id in taken])
    mine = [shift for shift in plan.shifts((), start, end) if shift.staff_id == staff_id]
    for pattern in plan.patterns:
        shifts = [shift for shift in mine if shift.pattern == pattern.id]
        for event in _events(pattern, shifts, start, end, own=pattern.staff_id == staff_id):
            event.add("dtstamp", datetime.fromtimestamp(now, UTC).replace(microsecond=0))
            calendar.add_component(event)
    if calendar.subcomponents:
        calendar.add_missing_timezones(first_date=_day(start, UTC), last_date=_day(end, UTC))
    return bytes(calendar.to_ical())


def _events(pattern: Pattern, shifts: list[Shift], start: float, end: float, *, own: bool) -> Iterator[Event]:
    zone = zone_of(pattern.zone)
    held: dict[date, set[Span]] = {}
    for shift in shifts:
        if shift.day is not None:
            held.setdefault(shift.day, set()).add((shift.starts_at, shift.ends_at))
    ruled = _ruled(pattern, zone, start, end) if own else {}
    odd = {day for day, span in ruled.items() if held.get(day) != {span}}
    if own and (event := _rule(pattern, zone, odd)) is not None:
        yield event
    for day, spans in sorted(held.items()):
        for span in sorted(spans) if day in odd or day not in ruled else ():
            for piece in _pieces(span):
                yield _single(pattern, piece)


def _pieces(span: Span) -> Iterator[Span]:
    """A day and night of 25 hours becomes two events: nothing that we read back is longer than 24."""
    starts_at, ends_at = span
    while ends_at - starts_at > DAY:
        yield starts_at, starts_at + DAY
        starts_at += DAY
    yield starts_at, ends_at


def _ruled(pattern: Pattern, zone: tzinfo, start: float, end: float) -> Mapping[date, Span]:
    """What a calendar program makes of the rule: the beginning by the clock, and always as long as the first time."""
    first = _first(pattern)
    if first is None:
        return {}
    begins, ends = _clocks(pattern, first, zone)
    lasts = ends.timestamp() - begins.timestamp()
    found = {}
    for day in pattern.dates(_day(start, zone) - timedelta(days=2), _day(end, zone) + timedelta(days=1)):
        at = _clocks(pattern, day, zone)[0].timestamp()
        if at + lasts > start and at < end:
            found[day] = (at, at + lasts)
    return found


def _rule(pattern: Pattern, zone: tzinfo, odd: set[date]) -> Event | None:
    """The event that repeats; None where no day is left that it tells rightly."""
    first, last = _first(pattern), _last(pattern)
    if first is None or (last is not None and odd >= set(pattern.dates(first, last))):
        return None
    event = _named(pattern, f"{pattern.id}@roster")
    begins, ends = _clocks(pattern, first, zone)
    event.add("dtstart", begins)
    event.add("dtend", ends)
    if first != last:
        rule: dict[str, object] = {"freq": "weekly", "byday": [WEEKDAYS[day] for day in sorted(pattern.days)]}
        if pattern.every > 1:
            rule |= {"interval": pattern.every, "wkst": "MO"}
        if last is not None:
            rule["until"] = _clocks(pattern, last, zone)[0].astimezone(UTC)
        event.add("rrule", rule)
    out = sorted(day for day in pattern.without | odd if day > first or day in odd)
    if out:
        event.add("exdate", [_clocks(pattern, day, zone)[0] for day in out])
    return event


def _single(pattern: Pattern, span: Span) -> Event:
    event = _named(pattern, f"{pattern.id}-{int(span[0])}@roster")
    event.add("dtstart", datetime.fromtimestamp(span[0], UTC))
    event.add("dtend", datetime.fromtimestamp(span[1], UTC))
    return event


def _named(pattern: Pattern, uid: str) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", uid)
    event.add("summary", f"On call {pattern.rank}" if pattern.rank else "Shift")
    if pattern.rank:
        event.add("categories", [f"ON CALL {pattern.rank}"])
    return event


def _clocks(pattern: Pattern, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Beginning and end on this day as its clock shows them."""
    until = pattern.ends if pattern.ends > pattern.begins else pattern.ends + 24 * 60
    midnight = datetime.combine(day, time())
    begins, ends = (midnight + timedelta(minutes=minute) for minute in (pattern.begins, until))
    return begins.replace(tzinfo=zone), ends.replace(tzinfo=zone)


def _first(pattern: Pattern) -> date | None:
    """The first day on which it takes place."""
    weeks = timedelta(weeks=pattern.every * (len(pattern.without) + 2))
    return next(pattern.dates(pattern.first, pattern.first + weeks), None)


def _last(pattern: Pattern) -> date | None:
    """The last day on which it takes place; None if it goes on."""
    if pattern.last is None:
        return None
    weeks = timedelta(weeks=pattern.every * (len(pattern.without) + 2))
    return max(pattern.dates(max(pattern.first, pattern.last - weeks), pattern.last), default=None)


def _day(at: float, zone: tzinfo) -> date:
    return datetime.fromtimestamp(at, zone).date()
