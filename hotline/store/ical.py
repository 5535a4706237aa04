"""Calendars that other programs wrote (RFC 5545), read into shifts and absences.

A file that somebody hands in is not given to the library: its events are cut out line by line, and only the few
properties that matter are read, each event by itself. What its time zones define is never run, and nothing is counted
out one by one, so that no file can keep us busy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from hotline.roster import RANKS
from hotline.shifts import EARLIEST, LATEST, LONGEST_ABSENCE, MOST_LEFT_OUT, Absence, Pattern, day_span
from hotline.store.zones import known_zone, zone_of
from hotline.weekly import NotWeekly, repeated

LARGEST = 256 * 1024
MOST_EVENTS = 300
LONGEST_LINE = 16 * 1024
SHOWN_FINDINGS = 20

_READ = ("DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RECURRENCE-ID", "STATUS", "CATEGORIES", "UID")
_OFTEN = ("RRULE", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "STATUS", "UID")
_PROPERTY = re.compile(r"([A-Za-z0-9-]+)[;:]")
_ON_CALL = re.compile(r"ON CALL ([123])")
_ZONE = "X-ZONE"
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, ArithmeticError, RecursionError)
"""What the library raises for text that is not what it should be."""


class Unreadable(Exception):
    """The calendar cannot be taken; `findings` says why, a sentence each. Nothing of it was taken."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(self.findings))


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a calendar: planned shifts and absences of one member, not stored yet."""

    patterns: tuple[Pattern, ...] = ()
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Taken:
    """One event, read: a pattern or an absence; `moved` if it stands in for one day of the repeating event `uid`."""

    uid: str
    pattern: Pattern | None = None
    absence: Absence | None = None
    moved: date | None = None


@dataclass(frozen=True, slots=True)
class _For:
    """For whom and how a calendar is read: `zone` is where times without a zone are meant."""

    staff_id: int
    zone: str
    away: bool


class _Wrong(Exception):
    """One event cannot be taken; says why."""


def read_calendar(body: bytes, staff_id: int, zone: str, *, away: bool = False) -> Read:
    """The shifts and absences of a calendar, or Unreadable. An event of whole days is an absence; `away`: every one is."""
    events = _events(_text(body))
    taken: list[_Taken] = []
    findings: list[str] = []
    for place, lines in enumerate(events, start=1):
        try:
            one = _event(lines, _For(staff_id, zone, away))
        except (_Wrong, NotWeekly) as wrong:
            findings.append(f"Event {place}: {wrong}")
        except _BROKEN:  # a property that the library takes and then cannot make sense of
            findings.append(f"Event {place}: it cannot be read.")
        else:
            taken += [one] if one is not None else []
    if not events:
        findings.append("There is no event in this calendar.")
    if findings:
        more = len(findings) - SHOWN_FINDINGS
        raise Unreadable(findings[:SHOWN_FINDINGS] + ([f"And {more} more like these."] if more > 0 else []))
    moved: dict[str, set[date]] = {}
    for one in taken:
        if one.moved is not None:
            moved.setdefault(one.uid, set()).add(one.moved)
    patterns = (_without(one, moved) for one in taken if one.pattern is not None)
    return Read(tuple(patterns), tuple(one.absence for one in taken if one.absence is not None))


def _without(one: _Taken, moved: Mapping[str, set[date]]) -> Pattern:
    """The pattern without the days that another event of the same name moves or cancels."""
    assert one.pattern is not None
    elsewhere = moved.get(one.uid, set()) if one.moved is None else set()
    return replace(one.pattern, without=one.pattern.without | elsewhere)


def _text(body: bytes) -> str:
    if len(body) > LARGEST:
        raise Unreadable([f"The file is larger than {LARGEST // 1024} KB: export fewer years or calendars."])
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(["The file is not a calendar in UTF-8: export it again as iCalendar (.ics)."]) from None
    return re.sub(r"\r?\n[ \t]", "", text)


def _events(text: str) -> list[list[str]]:
    """The lines of each event that are read; what is nested inside (alarms) is passed over."""
    lines = text.splitlines()
    if not any(line.strip().upper() == "BEGIN:VCALENDAR" for line in lines[:50]):
        raise Unreadable(["The file is not a calendar: it should begin with BEGIN:VCALENDAR."])
    events: list[list[str]] = []
    inside = ""
    depth = 0
    for line in lines:
        bare = line.strip().upper()
        if not inside:
            if bare in ("BEGIN:VEVENT", "BEGIN:VTIMEZONE", "BEGIN:VTODO", "BEGIN:VJOURNAL", "BEGIN:VFREEBUSY"):
                inside, depth = bare.removeprefix("BEGIN:"), 0
                events += [[]] if inside == "VEVENT" else []
        elif bare.startswith("BEGIN:"):
            depth += 1
        elif depth and bare.startswith("END:"):
            depth -= 1
        elif bare == f"END:{inside}":
            inside = ""
        elif inside == "VEVENT" and not depth and (match := _PROPERTY.match(line)) and match[1].upper() in _READ:
            events[-1].append(line)
    if len(events) > MOST_EVENTS:
        raise Unreadable([f"The calendar has {len(events)} events: {MOST_EVENTS} is the most that is read at once."])
    if inside:
        raise Unreadable([f"The file breaks off: END:{inside} is missing."])
    return events


def _event(lines: list[str], about: _For) -> _Taken | None:
    """What one event says; None for one that is cancelled. Raises _Wrong."""
    event = _parsed(lines)
    uid = str(event.get("UID", ""))[:200]
    cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    moved = _moment(event["RECURRENCE-ID"], about.zone)[0] if "RECURRENCE-ID" in event else None
    moved_day = moved.date() if isinstance(moved, datetime) else moved
    if cancelled:
        return _Taken(uid, moved=moved_day) if moved_day is not None else None
    if "DTSTART" not in event:
        raise _Wrong("it has no beginning (DTSTART).")
    begins, zone = _moment(event["DTSTART"], about.zone)
    ends = _end(event, begins, about.zone, zone)
    whole_days = not isinstance(begins, datetime)
    if whole_days or about.away:
        if "RRULE" in event:
            raise _Wrong("an absence that repeats is not understood: write each one down by itself.")
        return _Taken(uid, absence=_absence(begins, ends, zone, about), moved=moved_day)
    assert isinstance(begins, datetime)
    assert isinstance(ends, datetime)
    return _Taken(uid, _pattern(event, begins, ends, zone, about), moved=moved_day)


def _parsed(lines: list[str]) -> Any:
    if any(len(line) > LONGEST_LINE for line in lines):
        raise _Wrong("one of its lines is too long.")
    names = [line.replace(":", ";").split(";")[0].upper() for line in lines]
    twice = next((name for name in _OFTEN if names.count(name) > 1), None)
    if twice:
        raise _Wrong(f"{twice} stands in it twice.")
    # Under another name the library does not look zones up, guess them or warn of them.
    lines = [re.sub(";TZID=", f";{_ZONE}=", line, count=1, flags=re.IGNORECASE) for line in lines]
    from icalendar import Event

    try:
        event: Any = Event.from_ical("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""]))
        errors = event.errors
    except _BROKEN:
        raise _Wrong("it cannot be read.") from None
    if errors:
        name = str(errors[0][0]) if errors[0][0] in _READ else "a line"
        raise _Wrong(f"{name} cannot be read.")
    return event


def _moment(value: Any, floating: str, row: Any = None) -> tuple[date | datetime, str]:
    """A date, or what the clock shows and in which zone; of a list, `row` names the zone. Raises _Wrong."""
    try:
        params = (value if row is None else row).params
        found, named = value.dt, str(params.get(_ZONE, ""))
    except _BROKEN:
        raise _Wrong("one of its times cannot be read.") from None
    if not isinstance(found, date):
        raise _Wrong("one of its times cannot be read.")
    day = found.date() if isinstance(found, datetime) else found
    if not EARLIEST <= day <= LATEST:
        raise _Wrong(f"it lies before {EARLIEST.year} or after {LATEST.year}.")
    if not isinstance(found, datetime):
        return found, floating
    zone = "UTC" if found.tzinfo is not None else _zone(named) if named else floating
    return found.replace(tzinfo=None, second=0, microsecond=0), zone


def _zone(named: str) -> str:
    """Our name for a zone: its own, the one Windows calls it by, or the end of a longer name."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    named = named.strip().strip('"')
    tail = "/".join(named.split("/")[-2:])
    for name in (named, WINDOWS_TO_OLSON.get(named, ""), tail):
        if name and known_zone(name) is not None:
            return name
    raise _Wrong("its time zone is not known: use one like Europe/Oslo.")


def _end(event: Any, begins: date | datetime, floating: str, zone: str) -> date | datetime:
    """The end as the clock of the beginning's zone shows it. Raises _Wrong."""
    if "DTEND" in event:
        ends, its_zone = _moment(event["DTEND"], floating)
        if isinstance(ends, datetime) is not isinstance(begins, datetime):
            raise _Wrong("its beginning and end must both be times or both be days.")
        if isinstance(ends, datetime) and its_zone != zone:
            moved = ends.replace(tzinfo=zone_of(its_zone)).astimezone(zone_of(zone))
            ends = moved.replace(tzinfo=None)
        return ends
    if "DURATION" in event:
        try:
            lasts: timedelta = event["DURATION"].dt
            return begins + lasts if isinstance(begins, datetime) else begins + timedelta(days=lasts.days)
        except _BROKEN:
            raise _Wrong("its DURATION cannot be read.") from None
    return begins if isinstance(begins, datetime) else begins + timedelta(days=1)


def _absence(begins: date | datetime, ends: date | datetime, zone: str, about: _For) -> Absence:
    if isinstance(begins, datetime) and isinstance(ends, datetime):
        span = tuple(at.replace(tzinfo=zone_of(zone)).timestamp() for at in (begins, ends))
    else:
        span = day_span(begins, ends - timedelta(days=1), zone_of(about.zone))
    if not 0 < span[1] - span[0] <= LONGEST_ABSENCE:
        raise _Wrong("an absence lasts longer than nothing and at most a year.")
    return Absence(0, about.staff_id, span[0], span[1])


def _pattern(event: Any, begins: datetime, ends: datetime, zone: str, about: _For) -> Pattern:
    if not timedelta() < ends - begins <= timedelta(days=1):
        raise _Wrong("a shift lasts longer than nothing and at most 24 hours.")
    rank = _ON_CALL.search(str(event["CATEGORIES"].to_ical().decode())) if "CATEGORIES" in event else None
    day = begins.date()
    pattern = Pattern(
        0,
        about.staff_id,
        frozenset({day.weekday()}),
        begins.hour * 60 + begins.minute,
        ends.hour * 60 + ends.minute,
        zone,
        day,
        day,
        rank=int(rank[1]) if rank else 0,
        without=frozenset(_left_out(event, zone)),
    )
    if pattern.rank not in (0, *RANKS):
        raise _Wrong("its rank is not known.")
    if "RRULE" in event:
        pattern = repeated(pattern, event["RRULE"], begins, zone_of(zone))
    mistakes = pattern.mistakes()
    if mistakes:
        raise _Wrong(mistakes[0][0].lower() + mistakes[0][1:])
    return pattern


def _left_out(event: Any, zone: str) -> set[date]:
    """The days of EXDATE."""
    if "EXDATE" not in event:
        return set()
    rows = event["EXDATE"]
    found = set()
    for row in rows if isinstance(rows, list) else [rows]:
        if len(row.dts) > MOST_LEFT_OUT:
            raise _Wrong(f"more than {MOST_LEFT_OUT} days are left out.")
        for one in row.dts:
            at, its_zone = _moment(one, zone, row)
            if isinstance(at, datetime) and its_zone != zone:
                at = at.replace(tzinfo=zone_of(its_zone)).astimezone(zone_of(zone))
            found.add(at.date() if isinstance(at, datetime) else at)
    return found
