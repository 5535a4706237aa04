"""The roster as it is kept, and calendars in and out: the contract on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import insert, select, update

from app.settings import SettingsError, read_settings
from hotline.desk.office import Office
from hotline.roster import Ability, Shift, on_duty
from hotline.shifts import Absence, Pattern, Swap, day_span, expanded
from hotline.store import roster, schema, staff
from hotline.store.ical import LARGEST, Unreadable, read_calendar
from hotline.store.icalout import DAYS_AHEAD, DAYS_BACK, write_calendar
from hotline.store.roster import Plan
from hotline.store.staff import Stage
from hotline.store.zones import known_zone, zone_of
from tests.people import DAY, HOUR, MINUTE, NOW, Responder, hire

SATURDAY = date(2026, 11, 21)
SEEN = 15 * MINUTE


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def dina(office: Office) -> Responder:
    return hire(office, "Dina")


def weekly(whose: Responder | int, **more: object) -> Pattern:
    """Every day from 08:00 to 16:00 in Oslo: NOW lies in it."""
    staff_id = whose if isinstance(whose, int) else whose.id
    pattern = Pattern(0, staff_id, frozenset(range(7)), 480, 960, "Europe/Oslo", date(2026, 1, 1))
    return replace(pattern, **more)  # type: ignore[arg-type]


def add(office: Office, pattern: Pattern) -> int:
    return office.write(lambda tx: roster.add_pattern(tx.connection, pattern))


def signs_in(office: Office, who: Responder, now: float = NOW) -> None:
    office.write(lambda tx: staff.open_session(tx.connection, who.member, now))


def there(office: Office, now: float = NOW) -> frozenset[int]:
    return on_duty(office.read(lambda c: roster.present(c, now, SEEN)), now)


class TestWhatIsKept:
    def test_a_plan_comes_back_as_it_was_written(self, office: Office, chloe: Responder) -> None:
        pattern = weekly(chloe, last=date(2027, 1, 1), every=2, rank=3, without=frozenset({SATURDAY}))
        number = add(office, pattern)
        assert office.read(lambda c: roster.patterns_of(c, chloe.id)) == [replace(pattern, id=number)]

    def test_the_same_plan_twice_is_one(self, office: Office, chloe: Responder) -> None:
        assert add(office, weekly(chloe)) == add(office, weekly(chloe))
        for _ in range(2):
            for whose in (chloe.id, None):
                office.write(lambda tx, w=whose: roster.add_absence(tx.connection, Absence(0, w, NOW, NOW + 1)))  # type: ignore[misc]
        assert len(office.read(lambda c: roster.absences_after(c, NOW))) == 2

    def test_a_planned_shift_counts_only_while_its_owner_is_at_the_console(
        self, office: Office, chloe: Responder
    ) -> None:
        add(office, weekly(chloe))
        assert there(office) == frozenset()
        signs_in(office, chloe)
        assert there(office) == {chloe.id}
        assert there(office, NOW + SEEN + 1) == frozenset()

    def test_without_that_rule_a_table_alone_would_promise_a_person(self, office: Office, chloe: Responder) -> None:
        """The twin: who is planned counts whether anybody saw them or not."""
        add(office, weekly(chloe))
        signs_in(office, hire(office, "Eva"))
        assert there(office) == frozenset()
        with mock.patch.object(roster, "present_of", lambda begun, planned, seen: [*begun, *planned]):
            assert there(office) == {chloe.id}

    def test_who_has_given_only_the_password_is_not_there_yet(self, office: Office, chloe: Responder) -> None:
        add(office, weekly(chloe))
        signs_in(office, chloe)
        half = update(schema.sessions).values(stage=Stage.HALF.value)
        office.write(lambda tx: tx.connection.execute(half))
        assert there(office) == frozenset()

    def test_a_shift_begun_by_hand_counts_by_itself(self, office: Office, chloe: Responder) -> None:
        chloe.begins_shift()
        assert there(office) == {chloe.id}

    def test_being_on_call_is_not_duty(self, office: Office, chloe: Responder) -> None:
        add(office, weekly(chloe, rank=1))
        signs_in(office, chloe)
        assert there(office) == frozenset()

    def test_who_is_switched_off_stands_in_no_plan_and_what_was_taken_over_stays(
        self, office: Office, chloe: Responder, dina: Responder
    ) -> None:
        number = add(office, weekly(chloe))
        office.write(lambda tx: roster.offer(tx.connection, number, SATURDAY, chloe.id))
        assert office.write(lambda tx: roster.take(tx.connection, number, SATURDAY, dina.id))
        office.write(lambda tx: staff.switch_off(tx.connection, "Chloe", NOW))
        found = office.read(lambda c: roster.planned(c, NOW - DAY, NOW + 3 * DAY))
        assert [(one.staff_id, one.day) for one in found] == [(dina.id, SATURDAY)]

    def test_what_ended_a_month_ago_is_deleted(self, office: Office, chloe: Responder) -> None:
        old, new = date(2026, 9, 1), date(2026, 11, 1)
        days = {"days": frozenset(range(7))}
        for day in (old, new):
            number = add(office, weekly(chloe, first=day, last=day, **days))
            office.write(lambda tx, n=number, d=day: roster.offer(tx.connection, n, d, chloe.id))  # type: ignore[misc]
            span = day_span(day, day, zone_of("UTC"))
            office.write(lambda tx, s=span: roster.add_absence(tx.connection, Absence(0, chloe.id, *s)))  # type: ignore[misc]
        office.write(lambda tx: roster.forget_before(tx.connection, NOW))
        assert [one.first for one in office.read(lambda c: roster.patterns_of(c, chloe.id))] == [new]
        assert office.read(lambda c: roster.count_of(c, chloe.id)) == 2
        assert office.read(lambda c: list(c.execute(select(schema.swaps.c.day)).scalars())) == [new.isoformat()]

    def test_what_each_can_take_on_is_the_last_they_said(self, office: Office, chloe: Responder) -> None:
        for ability in (Ability(("en",)), Ability(("ar", "zh-Hans"), ("sms",), 5)):
            office.write(lambda tx, a=ability: roster.put_ability(tx.connection, chloe.id, a))  # type: ignore[misc]
        assert office.read(roster.abilities_of) == {chloe.id: ability}


class TestSwaps:
    @pytest.fixture
    def shift(self, office: Office, chloe: Responder) -> int:
        return add(office, weekly(chloe))

    def whose(self, office: Office, shift: int) -> Swap | None:
        return office.read(lambda c: roster.swap_of(c, shift, SATURDAY))

    def test_of_many_who_take_it_at_once_exactly_one_gets_it(
        self, office: Office, chloe: Responder, shift: int
    ) -> None:
        others = [hire(office, f"Colleague {number}") for number in range(12)]
        office.write(lambda tx: roster.offer(tx.connection, shift, SATURDAY, chloe.id))

        def take(who: Responder) -> bool:
            return office.write(lambda tx: roster.take(tx.connection, shift, SATURDAY, who.id))

        with ThreadPoolExecutor(12) as pool:
            got = list(pool.map(take, others))
        assert got.count(True) == 1
        assert self.whose(office, shift) == Swap(shift, SATURDAY, others[got.index(True)].id)

    def test_nobody_takes_what_is_not_offered_or_is_their_own_or_was_kept(
        self, office: Office, chloe: Responder, dina: Responder, shift: int
    ) -> None:
        def take(who: Responder) -> bool:
            return office.write(lambda tx: roster.take(tx.connection, shift, SATURDAY, who.id))

        assert not take(dina)
        office.write(lambda tx: roster.offer(tx.connection, shift, SATURDAY, chloe.id))
        assert not take(chloe)
        assert office.write(lambda tx: roster.withdraw(tx.connection, shift, SATURDAY, chloe.id))
        assert not take(dina)
        assert not office.write(lambda tx: roster.withdraw(tx.connection, shift, SATURDAY, chloe.id))

    def test_who_took_it_may_offer_it_on_and_whoever_gave_it_cannot_offer_it_again(
        self, office: Office, chloe: Responder, dina: Responder, shift: int
    ) -> None:
        office.write(lambda tx: roster.offer(tx.connection, shift, SATURDAY, chloe.id))
        office.write(lambda tx: roster.take(tx.connection, shift, SATURDAY, dina.id))
        office.write(lambda tx: roster.offer(tx.connection, shift, SATURDAY, chloe.id))
        assert self.whose(office, shift) == Swap(shift, SATURDAY, dina.id)
        office.write(lambda tx: roster.offer(tx.connection, shift, SATURDAY, dina.id))
        assert self.whose(office, shift) == Swap(shift, SATURDAY, dina.id, offered=True)


class TestSecretAddresses:
    def test_only_its_hash_is_kept_and_a_new_one_ends_the_old(self, office: Office, chloe: Responder) -> None:
        keys = [office.write(lambda tx: roster.make_calendar_key(tx.connection, chloe.id)) for _ in range(2)]
        assert [office.read(lambda c, k=key: roster.calendar_owner(c, k)) for key in keys] == [None, chloe.id]  # type: ignore[misc]
        (digest,) = office.read(lambda c: list(c.execute(select(schema.calendars.c.digest)).scalars()))
        assert keys[1].encode() not in bytes(digest)
        for wrong in ("", "é", "\ud800", keys[1] + "x", keys[1].swapcase()):
            assert office.read(lambda c, k=wrong: roster.calendar_owner(c, k)) is None  # type: ignore[misc]

    def test_it_opens_nothing_once_dropped_or_once_its_owner_is_switched_off(
        self, office: Office, chloe: Responder, dina: Responder
    ) -> None:
        hers = office.write(lambda tx: roster.make_calendar_key(tx.connection, chloe.id))
        other = office.write(lambda tx: roster.make_calendar_key(tx.connection, dina.id))
        office.write(lambda tx: roster.drop_calendar_key(tx.connection, dina.id))
        office.write(lambda tx: staff.switch_off(tx.connection, "Chloe", NOW))
        for key in (hers, other):
            assert office.read(lambda c, k=key: roster.calendar_owner(c, k)) is None  # type: ignore[misc]


def test_a_zone_is_known_by_its_name_alone() -> None:
    assert known_zone("Europe/Oslo") == ZoneInfo("Europe/Oslo")
    for wrong in (
        "",
        "Oslo",
        "europe",
        "../etc/passwd",
        "/etc/passwd",
        "Europe",
        "Europe/Oslo\0",
        "A" * 300,
        "Europé/Oslo",
    ):
        assert known_zone(wrong) is None
    assert zone_of("Atlantis/Harbour") is UTC


def test_the_zone_of_the_organisation_is_read_and_checked(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[organisation]\nzone = "Asia/Bangkok"\n')
    assert read_settings({}, config).zone == "Asia/Bangkok"
    config.write_text('[organisation]\nzone = "../Oslo"\n')
    with pytest.raises(SettingsError) as caught:
        read_settings({}, config)
    told = "config.toml: organisation.zone = '../Oslo' must be a time zone like Europe/Oslo."
    assert caught.value.mistakes == [told]


CHLOE, DINA = 1, 2


def round_trip(
    patterns: list[Pattern], absences: list[Absence] | None = None, swaps: list[Swap] | None = None, now: float = NOW
) -> tuple[set[tuple[float, float, int]], set[tuple[float, float, int]], bytes]:
    """What Chloe's shifts were, what they are after writing them out and reading them in, and the calendar."""
    plan = Plan(patterns, absences or [], swaps or [], frozenset({CHLOE, DINA}))
    body = write_calendar(plan, CHLOE, now)
    found = read_calendar(body, CHLOE, "UTC") if b"VEVENT" in body else None
    start, end = now - (DAYS_BACK - 1) * DAY, now + (DAYS_AHEAD - 2) * DAY
    before = {(s.starts_at, s.ends_at, s.rank) for s in plan.shifts((), start, end) if s.staff_id == CHLOE}
    read = [replace(one, id=n) for n, one in enumerate(found.patterns, 1)] if found else []
    after = expanded(read, (), (), (), start, end, zone_of)
    return before, {(s.starts_at, s.ends_at, s.rank) for s in after}, body


def joined(spans: set[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    """The same hours, where one follows the other without a hole: a day and night of 25 hours comes back as two shifts."""
    found: list[tuple[float, float, int]] = []
    for starts_at, ends_at, rank in sorted(spans, key=lambda span: (span[2], span[0])):
        if found and found[-1][2] == rank and found[-1][1] == starts_at:
            found[-1] = (found[-1][0], ends_at, rank)
        else:
            found.append((starts_at, ends_at, rank))
    return found


class TestOutAndInAgain:
    def test_shifts_with_swaps_and_absences_come_back_as_the_same_shifts(self) -> None:
        mine = weekly(CHLOE, id=1, days=frozenset({0, 5}), begins=22 * 60, ends=6 * 60)
        other = weekly(DINA, id=2, days=frozenset({2}))
        call = weekly(CHLOE, id=3, days=frozenset({3}), rank=2, last=date(2027, 3, 4), every=2, zone="Asia/Bangkok")
        once = weekly(CHLOE, id=4, days=frozenset({1}), first=date(2026, 12, 1), last=date(2026, 12, 1))
        swaps = [Swap(1, date(2026, 11, 28), DINA), Swap(2, date(2026, 12, 2), CHLOE)]
        holiday = Absence(1, None, *day_span(date(2026, 12, 24), date(2026, 12, 26), zone_of("Europe/Oslo")))
        partly = Absence(2, CHLOE, NOW + 10 * DAY, NOW + 10 * DAY + HOUR)
        before, after, body = round_trip([mine, other, call, once], [holiday, partly], swaps)
        assert before == after
        assert len(before) > 120
        assert len(body) < 20_000

    @settings(max_examples=60)
    @given(
        st.sets(st.integers(0, 6), min_size=1),
        st.integers(0, 1439),
        st.integers(0, 1440),
        st.sampled_from(["Europe/Oslo", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
        st.integers(-300, 300),
        st.none() | st.integers(0, 500),
        st.integers(1, 3),
        st.integers(0, 3),
        st.sets(st.integers(0, 300), max_size=4),
    )
    def test_whatever_is_planned_comes_back_as_the_same_shifts(
        self,
        days: set[int],
        begins: int,
        ends: int,
        zone: str,
        first: int,
        last: int | None,
        every: int,
        rank: int,
        out: set[int],
    ) -> None:
        start = SATURDAY + timedelta(days=first)
        end = start + timedelta(days=last) if last is not None else None
        without = frozenset(start + timedelta(days=day) for day in out)
        pattern = Pattern(1, CHLOE, frozenset(days), begins, ends, zone, start, end, every, rank, without)
        before, after, _ = round_trip([pattern])
        assert joined(before) == joined(after)

    def test_a_calendar_program_that_knows_nothing_of_us_shows_the_night_in_which_the_clock_changes_rightly(
        self,
    ) -> None:
        """Read by the rules of RFC 5545: every time lasts exactly as long as the first."""
        now = datetime(2026, 10, 20, tzinfo=UTC).timestamp()
        night = weekly(CHLOE, id=1, days=frozenset({5}), begins=22 * 60, ends=6 * 60)
        before, _, body = round_trip([night], now=now)
        long = [span for span in before if span[1] - span[0] == 9 * HOUR]
        events: list[Any] = Calendar.from_ical(body).walk("VEVENT")
        singles = [event for event in events if "RRULE" not in event]
        assert [(event.start.timestamp(), event.end.timestamp()) for event in singles][:1] == [long[0][:2]]
        (rule,) = (event for event in events if "RRULE" in event)
        assert date(2026, 10, 24) in {one.dt.date() for one in rule["EXDATE"].dts}

    def test_it_names_nobody_and_nothing(self) -> None:
        body = round_trip([weekly(CHLOE, id=1), weekly(CHLOE, id=2, rank=1, begins=0, ends=60)])[2].decode()
        summaries = set(re.findall(r"SUMMARY:(.*)\r", body))
        assert summaries == {"Shift", "On call 1"}
        assert not re.search(r"chloe|hotline|DESCRIPTION|LOCATION|ORGANIZER|ATTENDEE", body, re.IGNORECASE)

    def test_without_shifts_it_is_an_empty_calendar(self) -> None:
        assert b"VEVENT" not in round_trip([weekly(DINA, id=1)])[2]


def calendar(*events: str, head: str = "") -> bytes:
    inside = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{inside}END:VCALENDAR\r\n".replace("\r\r", "\r").encode()


def lines(*rows: str) -> str:
    return "\r\n".join(rows)


BASE = lines("UID:1", "DTSTART;TZID=Europe/Oslo:20261123T080000", "DTEND;TZID=Europe/Oslo:20261123T160000")


def read(*events: str, away: bool = False) -> tuple[tuple[Pattern, ...], tuple[Absence, ...]]:
    found = read_calendar(calendar(*events), CHLOE, "Europe/Oslo", away=away)
    return found.patterns, found.absences


def refused(body: bytes) -> list[str]:
    with pytest.raises(Unreadable) as caught:
        read_calendar(body, CHLOE, "Europe/Oslo")
    return caught.value.findings


class TestIn:
    def test_a_weekly_shift_of_another_program(self) -> None:
        (pattern,), () = read(lines(BASE, "SUMMARY:Night at <the> desk", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4"))
        monday = date(2026, 11, 23)
        assert pattern == Pattern(0, CHLOE, frozenset({0, 2}), 480, 960, "Europe/Oslo", monday, date(2026, 12, 2))

    def test_times_without_a_zone_are_those_of_the_organisation_and_windows_names_are_known(self) -> None:
        floating = "DTSTART:20261123T080000\r\nDURATION:PT8H"
        windows = 'DTSTART;TZID="W. Europe Standard Time":20261123T080000\r\nDURATION:PT8H'
        longer = "DTSTART;TZID=/example.org/2026/Asia/Bangkok:20261123T080000\r\nDURATION:PT8H"
        zulu = "DTSTART:20261123T080000Z\r\nDTEND;TZID=Europe/Oslo:20261123T160000"
        found, _ = read(floating, windows, longer, zulu)
        assert [one.zone for one in found] == ["Europe/Oslo", "Europe/Berlin", "Asia/Bangkok", "UTC"]
        assert [one.ends for one in found] == [960, 960, 960, 15 * 60]

    def test_whole_days_are_an_absence_and_so_is_every_event_if_the_file_is_said_to_hold_absences(self) -> None:
        days = "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227"
        zone = zone_of("Europe/Oslo")
        span = day_span(date(2026, 12, 24), date(2026, 12, 26), zone)
        assert read(days) == ((), (Absence(0, CHLOE, *span),))
        one_day = day_span(date(2026, 12, 24), date(2026, 12, 24), zone)
        assert read("DTSTART;VALUE=DATE:20261224") == ((), (Absence(0, CHLOE, *one_day),))
        (), (absence,) = read(BASE, away=True)
        assert absence.ends_at - absence.starts_at == 8 * HOUR

    def test_a_day_that_is_moved_or_cancelled_is_left_out_of_what_repeats(self) -> None:
        moved = lines(
            "UID:1", "RECURRENCE-ID;TZID=Europe/Oslo:20261130T080000",
            "DTSTART;TZID=Europe/Oslo:20261201T100000", "DTEND;TZID=Europe/Oslo:20261201T120000",
        )  # fmt: skip
        cancelled = lines("UID:1", "STATUS:CANCELLED", "RECURRENCE-ID;TZID=Europe/Oslo:20261207T080000")
        gone = lines(BASE.replace("UID:1", "UID:2"), "STATUS:CANCELLED")
        (weekly, single), () = read(lines(BASE, "RRULE:FREQ=WEEKLY"), moved, cancelled, gone)
        assert weekly.without == {date(2026, 11, 30), date(2026, 12, 7)}
        assert (single.first, single.last, single.begins) == (date(2026, 12, 1), date(2026, 12, 1), 600)

    def test_folded_lines_alarms_and_other_parts_do_no_harm(self) -> None:
        folded = BASE.replace("T080000", "T08\r\n 0000")
        event = lines(folded, "BEGIN:VALARM", "TRIGGER:-PT15M", "DTSTART:19700101T000000", "END:VALARM")
        (pattern,), () = read(event)
        assert pattern.begins == 480

    NOON = "DTSTART:20261123T120000"
    DAYS = "DTSTART;VALUE=DATE:20251224"
    TOO_LONG = "a shift lasts longer than nothing and at most 24 hours."
    NOT_WEEKLY = "only shifts that repeat by the week are understood."
    NO_REPEAT = "an absence that repeats is not understood: write each one down by itself."

    @pytest.mark.parametrize(
        ("event", "told"),
        [
            ("SUMMARY:x", "it has no beginning (DTSTART)."),
            ("DTSTART:soon", "DTSTART cannot be read."),
            (NOON, TOO_LONG),
            (f"{NOON}\r\nDURATION:P3D", TOO_LONG),
            (f"{NOON}\r\nDTEND:20261123T070000", TOO_LONG),
            (f"{NOON}\r\nDTEND;VALUE=DATE:20261124", "its beginning and end must both be times or both be days."),
            (f"{NOON}\r\nDURATION:PT99999999999999999999S", "DURATION cannot be read."),
            ("DTSTART;TZID=Atlantis:20261123T080000", "its time zone is not known: use one like Europe/Oslo."),
            ("DTSTART:00010101T000000\r\nDURATION:PT8H", "it lies before 2000 or after 2199."),
            (f"{DAYS}\r\nRRULE:FREQ=WEEKLY", NO_REPEAT),
            (f"{DAYS}\r\nDTEND;VALUE=DATE:20270101", "an absence lasts longer than nothing and at most a year."),
            (f"{BASE}\r\nRRULE:FREQ=MONTHLY", NOT_WEEKLY),
            (f"{BASE}\r\nRRULE:FREQ=SECONDLY;COUNT=1000000000", NOT_WEEKLY),
            (f"{BASE}\r\nRRULE:FREQ=WEEKLY;COUNT=1000000000", "it repeats more than 10000 times: leave the end out."),
            (f"{BASE}\r\nRRULE:FREQ=WEEKLY;COUNT=abc", "RRULE cannot be read."),
            (f"{BASE}\r\nRRULE:", NOT_WEEKLY),
            (f"{BASE}\r\nRRULE:FREQ=WEEKLY\r\nRRULE:FREQ=DAILY", "RRULE stands in it twice."),
            (f'{BASE}\r\nSTATUS;X="\x00:CANCELLED', "a line cannot be read."),
            (f"{BASE}\r\nEXDATE:{'20261123T080000,' * 900}20261123T080000", "more than 400 days are left out."),
            (f"{BASE}\r\nEXDATE:{'20261123T080000,' * 9000}", "one of its lines is too long."),
        ],
    )
    def test_what_is_not_understood_is_said_in_a_sentence(self, event: str, told: str) -> None:
        assert refused(calendar(event)) == [f"Event 1: {told}"]

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (b"", "The file is not a calendar: it should begin with BEGIN:VCALENDAR."),
            (b"PK\x03\x04 zipped", "The file is not a calendar: it should begin with BEGIN:VCALENDAR."),
            (b"\xff\xfe\x00", "The file is not a calendar in UTF-8: export it again as iCalendar (.ics)."),
            (calendar(), "There is no event in this calendar."),
            (calendar(BASE)[:-40], "The file breaks off: END:VEVENT is missing."),
            (b"x" * (LARGEST + 1), "The file is larger than 256 KB: export fewer years or calendars."),
            (calendar(*[BASE] * 301), "The calendar has 301 events: 300 is the most that is read at once."),
        ],
    )
    def test_what_is_no_calendar_is_said_in_a_sentence(self, body: bytes, told: str) -> None:
        assert refused(body) == [told]

    def test_every_event_that_is_not_understood_is_listed_up_to_twenty(self) -> None:
        found = refused(calendar(BASE, *["SUMMARY:x"] * 30))
        assert found[:2] == [f"Event {place}: it has no beginning (DTSTART)." for place in (2, 3)]
        assert (len(found), found[-1]) == (21, "And 10 more like these.")

    def test_what_a_file_says_of_time_zones_is_never_run(self) -> None:
        """A zone that changes its clock every second for ever would keep the library busy for minutes."""
        bomb = lines(
            "BEGIN:VTIMEZONE", "TZID:Europe/Oslo", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0900", "RRULE:FREQ=SECONDLY;COUNT=1000000000", "END:STANDARD", "END:VTIMEZONE", "",
        )  # fmt: skip
        began = time.thread_time()
        found = read_calendar(calendar(BASE, head=bomb), CHLOE, "Europe/Oslo")
        assert time.thread_time() - began < 1.0
        assert found.patterns[0].zone == "Europe/Oslo"

    def test_the_largest_file_is_read_in_a_moment(self) -> None:
        began = time.thread_time()
        events = [lines(BASE, f"X-{'Y' * 700}:1", "RRULE:FREQ=WEEKLY;COUNT=9999")] * 300
        read(*events)
        refused(b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 18_000)
        refused(b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 10_000)
        assert time.thread_time() - began < 3.0


PIECES = st.sampled_from(
    [
        "DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RECURRENCE-ID", "STATUS", "CATEGORIES", "UID", "BEGIN", "END",
        ":", ";", "=", ",", '"', "\r\n", "\n", "\r\n ", "\t", "TZID", "VALUE", "DATE", "DATE-TIME", "PERIOD", "Europe/Oslo",
        "VEVENT", "VCALENDAR", "VTIMEZONE", "VALARM", "FREQ", "WEEKLY", "DAILY", "COUNT", "INTERVAL", "BYDAY", "MO", "UNTIL",
        "WKST", "20261123T080000", "20261123", "Z", "PT8H", "P1D", "-P1W", "1000000000", "0", "-1", "99999999999999999999",
        "CANCELLED", "ON CALL 1", "\0", "é", "\u2028", "\x85", "٣", "20260230", "T250000",
    ]
)  # fmt: skip


class TestBrokenFiles:
    def never_a_fault(self, body: bytes) -> None:
        findings, patterns = list[str](), tuple[Pattern, ...]()
        try:
            patterns = read_calendar(body, CHLOE, "Europe/Oslo").patterns
        except Unreadable as fault:
            findings = fault.findings
        assert all(sentence.endswith(".") and "\n" not in sentence for sentence in findings)
        for pattern in patterns:
            assert pattern.mistakes() == []
            expanded([pattern], (), (), (), NOW, NOW + 14 * DAY, zone_of)

    @settings(max_examples=400)
    @given(st.lists(PIECES, max_size=40))
    def test_whatever_stands_in_an_event_ends_in_a_sentence_or_in_shifts(self, pieces: list[str]) -> None:
        self.never_a_fault(calendar("".join(pieces)))
        self.never_a_fault(calendar(f"{BASE}\r\n{''.join(pieces)}"))

    @settings(max_examples=300)
    @given(st.data())
    def test_a_good_file_with_a_few_letters_changed_ends_in_a_sentence_or_in_shifts(self, data: st.DataObject) -> None:
        rule, out = "RRULE:FREQ=WEEKLY;UNTIL=20270101T000000Z;BYDAY=MO,TU", "EXDATE;TZID=Europe/Oslo:20261130T080000"
        body = bytearray(calendar(lines(BASE, rule, out)))
        for _ in range(data.draw(st.integers(1, 6))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        self.never_a_fault(bytes(body))

    @given(st.binary(max_size=400))
    def test_any_bytes_end_in_a_sentence(self, body: bytes) -> None:
        self.never_a_fault(body)
        self.never_a_fault(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + body + b"\r\nEND:VEVENT\r\n")


def test_what_is_looked_up_for_every_message_is_quick(office: Office) -> None:
    """Fifty of the staff with three patterns each, all signed in: who is there is known in a few milliseconds."""
    people = [hire(office, f"Colleague {number}") for number in range(50)]
    for who in people:
        signs_in(office, who)
    rows = [
        {"staff_id": who.id, "days": 127, "begins": hour * 60, "ends": hour * 60 + 480, "zone": "Europe/Oslo",
         "first": "2026-01-01", "last": None, "every": 1, "rank": 0, "without": ""}
        for who in people for hour in (0, 8, 15)
    ]  # fmt: skip
    office.write(lambda tx: tx.connection.execute(insert(schema.shift_patterns), rows))
    assert len(there(office)) == 50
    began = time.thread_time()
    for _ in range(10):
        there(office)
    assert (time.thread_time() - began) / 10 < 0.1


def test_a_shift_of_the_plan_says_which_it_is(office: Office, chloe: Responder) -> None:
    number = add(office, weekly(chloe, first=SATURDAY, last=SATURDAY))
    (shift,) = office.read(lambda c: roster.planned(c, NOW, NOW + 1))
    start = datetime(2026, 11, 21, 7, tzinfo=UTC).timestamp()
    assert shift == Shift(chloe.id, start, start + 8 * HOUR, 0, number, SATURDAY)
