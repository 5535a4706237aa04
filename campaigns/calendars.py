"""Campaign calendars as other programs read them: iCalendar (RFC 5545), Atom (RFC 4287), JSON; and partners' read back.

Audiences, countries and languages travel as categories `audience:…`, `country:…`, `language:…`, so that two hotlines
understand each other; a calendar without them still says when something takes place.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from campaigns.coordination import Entry
from hotline.store.shelf import ContentError, Finding

LONGEST_FILE = 1024 * 1024
MOST_EVENTS = 2000
_KINDS = ("audience", "country", "language")
_NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def as_icalendar(entries: Iterable[Entry], now: datetime.datetime) -> bytes:
    """All-day events; the same entry has the same UID as long as its address stays."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//campaigns//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.address or entry.title}")
        event.add("dtstamp", now)
        event.add("dtstart", entry.starts)
        event.add("dtend", entry.ends + datetime.timedelta(days=1))
        event.add("summary", entry.title)
        event.add("categories", _categories(entry))
        event.add("organizer", f"urn:organisation:{entry.organisation}", parameters={"CN": entry.organisation})
        if entry.address:
            event.add("url", entry.address)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def as_json(entries: Iterable[Entry]) -> bytes:
    rows = [
        {
            "organisation": entry.organisation,
            "title": entry.title,
            "starts": entry.starts.isoformat(),
            "ends": entry.ends.isoformat(),
            "audiences": list(entry.audiences),
            "countries": list(entry.countries),
            "languages": list(entry.languages),
            "address": entry.address,
        }
        for entry in entries
    ]
    return json.dumps({"campaigns": rows}, ensure_ascii=False, indent=1).encode()


def as_atom(entries: Sequence[Entry], title: str, address: str, checked: datetime.date) -> bytes:
    """A feed whose entries are campaigns, the one that begins last first."""
    stamp = f"{checked.isoformat()}T00:00:00Z"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{escape(title)}</title><id>{escape(address)}</id><updated>{stamp}</updated>",
        f'<link rel="self" href={quoteattr(address)}/>',
    ]
    for entry in sorted(entries, key=lambda one: (one.starts, one.title), reverse=True):
        kinds = "".join(f"<category term={quoteattr(term)}/>" for term in _categories(entry))
        lines.append(
            f"<entry><title>{escape(entry.title)}</title><id>{escape(entry.address)}</id>"
            f"<updated>{entry.starts.isoformat()}T00:00:00Z</updated><link href={quoteattr(entry.address)}/>"
            f"<author><name>{escape(entry.organisation)}</name></author>{kinds}"
            f"<summary>{entry.starts.isoformat()} – {entry.ends.isoformat()}</summary></entry>"
        )
    return "\n".join([*lines, "</feed>", ""]).encode()


def read_calendar(data: bytes, organisation: str) -> tuple[list[Entry], list[str]]:
    """A partner's calendar, and what in it cannot be understood, a sentence each. Never raises for what a file holds."""
    if len(data) > LONGEST_FILE:
        return [], ["The calendar is longer than 1 MB: ask for one of campaigns alone."]
    if data.lstrip()[:1] == b"{":
        return _from_json(data, organisation)
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(data)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return [], ["This is no calendar: it must be iCalendar (.ics) or the JSON of another hotline."]
    entries, mistakes = [], []
    for number, event in enumerate(calendar.walk("VEVENT"), 1):
        if number > MOST_EVENTS:
            mistakes.append(f"Only the first {MOST_EVENTS} events were read.")
            break
        try:
            entries.append(_event(event, organisation))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            mistakes.append(f"Event {number} was left out: it needs a title and a day on which it begins.")
    return entries, mistakes


def _event(event: object, organisation: str) -> Entry:
    from icalendar import Event

    assert isinstance(event, Event)
    starts = _day(event.decoded("dtstart"))
    ends = starts
    if "dtend" in event:
        end = event.decoded("dtend")
        whole = not isinstance(end, datetime.datetime)
        ends = max(starts, _day(end) - datetime.timedelta(days=1 if whole else 0))
    elif "duration" in event:
        ends = max(starts, starts + event.decoded("duration") - datetime.timedelta(days=1))
    title = str(event["summary"]).strip()
    if not title:
        raise ValueError("no title")
    terms = [str(term) for term in event.categories]
    audiences, countries, languages = (_named(terms, kind) for kind in _KINDS)
    address = str(event.get("url", ""))
    known = address if address.startswith("https://") else ""
    return Entry(organisation, title[:200], starts, ends, audiences, countries, languages, known)


def _from_json(data: bytes, organisation: str) -> tuple[list[Entry], list[str]]:
    try:
        rows = json.loads(data)["campaigns"]
        if not isinstance(rows, list):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        return [], ["This JSON holds no campaigns: it must be the calendar.json of another hotline."]
    entries, mistakes = [], []
    for number, row in enumerate(rows[:MOST_EVENTS], 1):
        try:
            days = [datetime.date.fromisoformat(row[key]) for key in ("starts", "ends")]
            lists = [tuple(str(one) for one in row.get(key, [])) for key in ("audiences", "countries", "languages")]
            address = str(row.get("address", ""))
            title = str(row["title"]).strip()[:200]
            if not title or days[0] > days[1]:
                raise ValueError
            known = address if address.startswith("https://") else ""
            entries.append(Entry(organisation, title, days[0], days[1], lists[0], lists[1], lists[2], known))
        except (ValueError, KeyError, TypeError, AttributeError):
            mistakes.append(f"Campaign {number} was left out: it needs a title, starts and ends.")
    return entries, mistakes


def _day(value: object) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    raise TypeError(type(value).__name__)


def _categories(entry: Entry) -> list[str]:
    lists = (entry.audiences, entry.countries, entry.languages)
    return [f"{kind}:{name}" for kind, names in zip(_KINDS, lists, strict=True) for name in names]


def _named(terms: Iterable[str], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term.removeprefix(f"{kind}:") for term in terms if term.startswith(f"{kind}:")))


def read_partners(folder: Path) -> list[Entry]:
    """The calendars of partners that lie in a folder, `<organisation>.ics` or `.json`; ContentError names every mistake."""
    entries: list[Entry] = []
    findings: list[Finding] = []
    for path in sorted((*folder.glob("*.ics"), *folder.glob("*.json"))):
        if not _NAME.match(path.stem):
            findings.append(Finding(path, 0, "Name the file after the partner with a-z, 0-9 and single hyphens."))
            continue
        found, mistakes = read_calendar(path.read_bytes(), path.stem.replace("-", " ").capitalize())
        entries += found
        findings += [Finding(path, 0, mistake) for mistake in mistakes]
    if findings:
        raise ContentError(findings)
    return entries


def write_partner(folder: Path, name: str, data: bytes) -> Path:
    """Keep a partner's calendar, whole or not at all. ValueError for a name that is none."""
    if not _NAME.match(name):
        raise ValueError("Name the partner with a-z, 0-9 and single hyphens.")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    suffix = ".json" if data.lstrip()[:1] == b"{" else ".ics"
    path = folder / f"{name}{suffix}"
    draft = path.with_suffix(".new")
    draft.write_bytes(data)
    draft.chmod(0o644)
    draft.replace(path)
    other = folder / f"{name}{'.ics' if suffix == '.json' else '.json'}"
    other.unlink(missing_ok=True)
    return path
