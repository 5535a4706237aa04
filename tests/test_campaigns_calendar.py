"""Partners see each other's campaigns: what meets, whom nobody reaches, and what travels between two hotlines."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.audience import Audience, read_audience
from campaigns.calendars import as_atom, as_icalendar, as_json, read_calendar, read_partners, write_partner
from campaigns.coordination import Entry, Gap, gaps, overlaps
from hotline.store.shelf import ContentError

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


def day(month: int, of: int = 1) -> datetime.date:
    return datetime.date(2026, month, of)


def entry(title: str, first: int, last: int, organisation: str = "We", **more: Any) -> Entry:
    return Entry(organisation, title, day(first), day(last, 28), **more)


CARE: dict[str, Any] = {"audiences": ("care",), "countries": ("NO",), "languages": ("ro",)}


def test_two_for_the_same_people_in_the_same_place_and_time_overlap() -> None:
    one, two = entry("Spring", 3, 6, **CARE), entry("Summer", 5, 8, "They", **CARE)
    (found,) = overlaps([one, two])
    assert (found.days, found.audiences, found.countries, found.languages, found.sure) == (
        (day(5), day(6, 28)),
        ("care",),
        ("NO",),
        ("ro",),
        True,
    )


@pytest.mark.parametrize(
    "other",
    [
        {**CARE, "audiences": ("building",)},
        {**CARE, "countries": ("SE",)},
        {**CARE, "languages": ("ru",)},
    ],
)
def test_other_people_places_or_languages_complete_each_other(other: dict[str, Any]) -> None:
    assert overlaps([entry("Spring", 3, 6, **CARE), entry("Summer", 5, 8, **other)]) == []


def test_one_that_leaves_its_place_open_may_overlap() -> None:
    (found,) = overlaps([entry("Spring", 3, 6, **CARE), entry("Fair", 5, 5, "They", audiences=("care",))])
    assert not found.sure
    assert overlaps([entry("Spring", 3, 6, **CARE), entry("Fair", 5, 5, "They")]) == []


def care() -> dict[str, Audience]:
    table = {
        "name": "Women offered care work",
        "side": "people",
        "sector": "care",
        "reading": "easy",
        "languages": ["ro", "ru"],
        "fears": ["debt"],
        "next": ["ask"],
        "label": {"ro": "eu", "ru": "я"},
    }
    audience, mistakes = read_audience("care", table)
    assert audience is not None, mistakes
    return {"care": audience}


def test_whom_nobody_reaches_is_named_with_the_days_and_the_language() -> None:
    found = gaps(care(), [entry("Spring", 3, 6, **CARE)], day(1), day(12, 31))
    assert found == [
        Gap("care", "", (day(1), day(2, 28))),
        Gap("care", "", (day(6, 29), day(12, 31))),
        Gap("care", "ru", (day(1), day(12, 31))),
    ]


_days = st.dates(day(1), day(12, 31))
_names = st.lists(st.sampled_from(("care", "building", "students")), unique=True, max_size=2).map(tuple)
_entries = st.lists(
    st.builds(
        lambda one, two, names, lands, title: Entry(
            "We", title, min(one, two), max(one, two), names, lands, ("ro",), "https://we.example/x"
        ),
        _days,
        _days,
        _names,
        st.lists(st.sampled_from(("NO", "SE")), unique=True).map(tuple),
        st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(_entries)
def test_what_meets_meets_on_each_of_its_days(entries: list[Entry]) -> None:
    for found in overlaps(entries):
        for one in (found.one, found.two):
            assert one.starts <= found.days[0] <= found.days[1] <= one.ends


@settings(max_examples=40, deadline=None)
@given(_entries)
def test_every_day_is_reached_or_a_gap_and_never_both(entries: list[Entry]) -> None:
    first, last = day(1), day(12, 31)
    missing = [gap.days for gap in gaps(care(), entries, first, last) if not gap.language]
    for number in range((last - first).days + 1):
        one = first + datetime.timedelta(days=number)
        reached = any(entry.starts <= one <= entry.ends for entry in entries if "care" in entry.audiences)
        assert reached is not any(a <= one <= b for a, b in missing)


@settings(max_examples=40, deadline=None)
@given(_entries)
def test_what_one_hotline_writes_another_reads_the_same(entries: list[Entry]) -> None:
    for data in (as_icalendar(entries, NOW), as_json(entries)):
        read, mistakes = read_calendar(data, "We")
        assert mistakes == []
        assert read == entries


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(data: bytes) -> None:
    for whole in (data, b"BEGIN:VCALENDAR\r\n" + data + b"\r\nEND:VCALENDAR\r\n", b"{" + data):
        read_calendar(whole, "They")


def test_a_calendar_of_another_program_is_read_as_far_as_it_goes() -> None:
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260301\r\nSUMMARY:Day of action\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20260401T080000Z\r\nDTEND:20260402T100000Z\r\nSUMMARY:Fair\r\n"
        "URL:javascript:alert(1)\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:When?\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    entries, mistakes = read_calendar(text.encode(), "They")
    assert [(one.title, one.starts, one.ends, one.address) for one in entries] == [
        ("Day of action", day(3), day(3), ""),
        ("Fair", day(4), day(4, 2), ""),
    ]
    assert mistakes == ["Event 3 was left out: it needs a title and a day on which it begins."]


def test_the_feed_is_whole_xml_whatever_the_titles_say() -> None:
    feed = as_atom([entry("<b>&\"'", 3, 6, "A & B", **CARE)], "Ours", "https://we.example/calendar.atom", day(3))
    root = ElementTree.fromstring(feed)  # noqa: S314 - our own feed
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert root.findtext("a:entry/a:title", namespaces=names) == "<b>&\"'"
    assert root.findtext("a:entry/a:author/a:name", namespaces=names) == "A & B"


def test_partners_calendars_lie_in_files_that_name_them(tmp_path: Path) -> None:
    write_partner(tmp_path, "la-strada", as_icalendar([entry("Spring", 3, 6, **CARE)], NOW))
    (found,) = read_partners(tmp_path)
    assert (found.organisation, found.title, found.ours) == ("La strada", "Spring", False)
    write_partner(tmp_path, "la-strada", as_json([]))
    assert read_partners(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["la-strada.json"]
    with pytest.raises(ValueError):
        write_partner(tmp_path, "../x", b"")
    (tmp_path / "other.ics").write_text("nonsense")
    with pytest.raises(ContentError):
        read_partners(tmp_path)


def test_a_json_with_anything_in_it_says_what_was_left_out() -> None:
    rows = [{"title": "x", "starts": "2026-01-01", "ends": "2025-01-01"}, 3, {"title": "y"}]
    entries, mistakes = read_calendar(json.dumps({"campaigns": rows}).encode(), "They")
    assert (entries, len(mistakes)) == ([], 3)
    assert len(read_calendar(b"x" * 2_000_000, "They")[1]) == 1
