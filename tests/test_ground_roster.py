"""From plans to shifts: weeks, clocks that change, absences, swaps, the ladder, and what nobody covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import shifts
from hotline.roster import Ability, Shift, gaps, next_start, on_call, on_duty, present
from hotline.shifts import DAY_MINUTES, Absence, Pattern, Swap, clock, day_span, expanded, instant
from hotline.weekly import NotWeekly, repeated

CHLOE, DINA, EVA = 1, 2, 3
OSLO = ZoneInfo("Europe/Oslo")
ZONES = [
    "Europe/Oslo", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
    "America/Scoresbysund", "Pacific/Apia", "Pacific/Chatham", "America/Havana", "Asia/Gaza",
]  # fmt: skip
HOUR, DAY = 3600.0, 86_400.0
MONDAY = date(2026, 11, 23)
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
"""In Oslo 02:00 became 03:00, and 03:00 became 02:00."""
CHANGES = [FORWARD, BACK, date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 10, 4)]
"""The nights in which some of the clocks of ZONES change."""


def at(text: str, zone: tzinfo = OSLO) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def weekly(days: str = "0", hours: str = "22-6", **more: Any) -> Pattern:
    begins, ends = (int(hour) * 60 for hour in hours.split("-"))
    every = frozenset(map(int, days))
    return replace(Pattern(1, CHLOE, every, begins, ends, "Europe/Oslo", date(2026, 1, 1)), **more)


def of(pattern: Pattern, start: str, end: str) -> list[tuple[str, str]]:
    """Its shifts, as the clock in Oslo shows them."""
    found = expanded([pattern], [], [], [], at(start), at(end), ZoneInfo)
    shown = [(datetime.fromtimestamp(one.starts_at, OSLO), datetime.fromtimestamp(one.ends_at, OSLO)) for one in found]
    return [(f"{begins:%a %d %H:%M}", f"{ends:%a %d %H:%M}") for begins, ends in shown]


class TestWeeks:
    def test_a_night_shift_passes_midnight(self) -> None:
        assert of(weekly("0"), "2026-11-23", "2026-11-30") == [("Mon 23 22:00", "Tue 24 06:00")]

    def test_it_begins_and_ends_with_its_first_and_last_day(self) -> None:
        pattern = weekly("0123456", "8-16", first=date(2026, 11, 25), last=date(2026, 11, 27))
        assert [begins for begins, _ in of(pattern, "2026-11-20", "2026-12-20")] == [
            "Wed 25 08:00", "Thu 26 08:00", "Fri 27 08:00",
        ]  # fmt: skip

    def test_every_second_week_counts_from_the_week_of_its_first_day(self) -> None:
        pattern = weekly("06", "8-16", first=date(2026, 11, 25), every=2)
        assert [begins for begins, _ in of(pattern, "2026-11-20", "2026-12-20")] == [
            "Sun 29 08:00", "Mon 07 08:00", "Sun 13 08:00",
        ]  # fmt: skip

    def test_a_shift_until_midnight_and_one_of_a_whole_day(self) -> None:
        assert of(weekly("0", "16-24"), "2026-11-23", "2026-11-30") == [("Mon 23 16:00", "Tue 24 00:00")]
        assert of(weekly("0", "8-8"), "2026-11-23", "2026-11-30") == [("Mon 23 08:00", "Tue 24 08:00")]

    def test_a_shift_that_began_before_the_window_and_holds_in_it_is_there(self) -> None:
        assert of(weekly("0"), "2026-11-24T05:59", "2026-11-24T06:00") == [("Mon 23 22:00", "Tue 24 06:00")]
        assert of(weekly("0"), "2026-11-24T06:00", "2026-11-24T07:00") == []

    def test_a_day_may_be_left_out(self) -> None:
        assert of(weekly("0", without=frozenset({MONDAY})), "2026-11-23", "2026-11-30") == []

    def test_it_is_planned_by_the_clock_of_its_own_place(self) -> None:
        bangkok = weekly("1", "6-12", zone="Asia/Bangkok")
        assert of(bangkok, "2026-11-23", "2026-11-30") == [("Tue 24 00:00", "Tue 24 06:00")]

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"days": frozenset()}, "Choose at least one day of the week."),
            ({"days": frozenset({7})}, "Choose at least one day of the week."),
            ({"begins": 1440}, "A shift begins and ends between 00:00 and 24:00."),
            ({"last": date(2025, 1, 1)}, "The last day must not come before the first."),
            ({"first": date(1999, 1, 1)}, "The last day must not come before the first."),
            ({"every": 9}, "A shift comes back every 1 to 8 weeks."),
            ({"rank": 4}, "The rank is 0 for duty, or 1, 2 or 3 for being on call."),
        ],
    )
    def test_what_is_wrong_with_a_plan_is_said(self, changes: dict[str, Any], told: str) -> None:
        assert weekly(**changes).mistakes() == [told]
        assert weekly().mistakes() == []


class TestTheClockChanges:
    def test_a_night_shift_is_an_hour_shorter_in_spring_and_an_hour_longer_in_autumn(self) -> None:
        for saturday, hours in ((FORWARD - timedelta(days=1), 7), (BACK - timedelta(days=1), 9)):
            starts_at, ends_at = weekly("5").span(saturday, ZoneInfo)
            assert ends_at - starts_at == hours * HOUR

    def test_a_time_that_does_not_exist_is_the_moment_of_the_jump(self) -> None:
        for minute in (120, 150, 180):
            assert instant(FORWARD, minute, OSLO) == at("2026-03-29T03:00")

    def test_a_time_that_exists_twice_is_the_first(self) -> None:
        assert instant(BACK, 150, OSLO) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()

    def test_a_shift_wholly_in_the_hour_that_is_jumped_over_does_not_take_place(self) -> None:
        pattern = Pattern(1, CHLOE, frozenset({6}), 130, 170, "Europe/Oslo", FORWARD, FORWARD)
        assert of(pattern, "2026-03-28", "2026-03-31") == []

    def test_without_the_rule_for_the_jump_it_would_end_before_it_begins(self) -> None:
        """The twin: read naively, 02:30 is later than 03:00 in this night."""
        naive = instant.__wrapped__
        with mock.patch.object(shifts, "_jump", lambda before, after, zone: after):
            assert naive(FORWARD, 150, OSLO) > naive(FORWARD, 180, OSLO)

    def test_where_a_whole_day_is_jumped_over_it_has_no_time(self) -> None:
        """Samoa went from 29 to 31 December 2011."""
        apia = ZoneInfo("Pacific/Apia")
        starts_at, ends_at = day_span(date(2011, 12, 30), date(2011, 12, 30), apia)
        assert starts_at == ends_at

    @given(
        st.sampled_from(ZONES),
        st.dates(date(2000, 1, 1), date(2037, 12, 31)) | st.sampled_from(CHANGES),
        st.integers(0, 240) | st.integers(0, DAY_MINUTES - 1),
    )
    def test_the_clock_shows_the_time_that_is_planned_or_has_just_jumped_over_it(
        self, zone: str, day: date, minute: int
    ) -> None:
        place = ZoneInfo(zone)
        found = instant(day, minute, place)
        wanted = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
        shown = datetime.fromtimestamp(found, place).replace(tzinfo=None)
        just_before = datetime.fromtimestamp(found - 1, place).replace(tzinfo=None)
        assert shown == wanted or just_before < wanted < shown

    @given(
        st.sampled_from(ZONES),
        st.dates(date(2000, 1, 1), date(2037, 12, 1)) | st.sampled_from(CHANGES),
        st.lists(st.integers(1, 240) | st.integers(1, DAY_MINUTES - 1), min_size=1, max_size=4, unique=True),
    )
    def test_shifts_that_touch_on_paper_leave_no_hole_and_do_not_lie_upon_each_other(
        self, zone: str, first: date, cuts: list[int]
    ) -> None:
        """A day and night cut into shifts, for a fortnight: at every moment exactly one of them holds."""
        marks = sorted(cuts)
        pairs = [*pairwise(marks), (marks[-1], marks[0])]
        every = frozenset(range(7))
        patterns = [Pattern(n, n, every, begins, ends, zone, first) for n, (begins, ends) in enumerate(pairs, 1)]
        start = instant(first, marks[0], ZoneInfo(zone))
        found = expanded(patterns, [], [], [], start, start + 14 * DAY, ZoneInfo)
        assert found[0].starts_at == start
        for before, after in pairwise(found):
            assert before.ends_at == after.starts_at

    @given(
        st.sampled_from(ZONES),
        st.sets(st.integers(0, 6), min_size=1),
        st.integers(0, DAY_MINUTES - 1),
        st.integers(0, DAY_MINUTES),
        st.integers(1, 4),
        st.floats(0, 400 * DAY),
        st.floats(1, 20 * DAY),
    )
    def test_a_window_shows_exactly_what_a_wider_one_shows_of_it(
        self, zone: str, days: set[int], begins: int, ends: int, every: int, after: float, lasts: float
    ) -> None:
        pattern = Pattern(1, CHLOE, frozenset(days), begins, ends, zone, date(2026, 1, 1), every=every)
        start = at("2026-01-05") + after
        wide = expanded([pattern], [], [], [], start - 9 * DAY, start + lasts + 9 * DAY, ZoneInfo)
        narrow = expanded([pattern], [], [], [], start, start + lasts, ZoneInfo)
        assert narrow == [one for one in wide if one.ends_at > start and one.starts_at < start + lasts]


class TestChanges:
    def test_an_absence_cuts_the_shifts_of_whoever_is_away_and_of_nobody_else(self) -> None:
        patterns = [weekly("0", "8-16"), weekly("0", "8-16", id=2, staff_id=DINA)]
        away = Absence(1, CHLOE, at("2026-11-23T10:00"), at("2026-11-23T12:00"))
        found = expanded(patterns, [away], [], [], at("2026-11-23"), at("2026-11-24"), ZoneInfo)
        spans = [(one.staff_id, one.starts_at, one.ends_at) for one in found]
        assert spans == [
            (CHLOE, at("2026-11-23T08:00"), at("2026-11-23T10:00")),
            (DINA, at("2026-11-23T08:00"), at("2026-11-23T16:00")),
            (CHLOE, at("2026-11-23T12:00"), at("2026-11-23T16:00")),
        ]

    def test_a_holiday_is_for_everybody(self) -> None:
        patterns = [weekly("0", "8-16"), weekly("0", "8-16", id=2, staff_id=DINA)]
        holiday = Absence(1, None, *day_span(MONDAY, MONDAY, OSLO))
        assert expanded(patterns, [holiday], [], [], at("2026-11-23"), at("2026-11-24"), ZoneInfo) == []

    def test_a_shift_begun_by_hand_is_cut_by_no_absence(self) -> None:
        begun = Shift(CHLOE, at("2026-11-23T08:00"), at("2026-11-23T16:00"))
        holiday = Absence(1, None, *day_span(MONDAY, MONDAY, OSLO))
        assert expanded([], [holiday], [], [begun], at("2026-11-23"), at("2026-11-24"), ZoneInfo) == [begun]

    def test_a_swap_gives_that_one_day_to_a_colleague_and_her_absence_counts_then(self) -> None:
        swap = Swap(1, MONDAY, DINA)
        away = Absence(1, CHLOE, *day_span(MONDAY, MONDAY, OSLO))
        found = expanded([weekly("01", "8-16")], [away], [swap], [], at("2026-11-23"), at("2026-11-25"), ZoneInfo)
        assert [(one.staff_id, one.day) for one in found] == [(DINA, MONDAY), (CHLOE, MONDAY + timedelta(days=1))]
        away = Absence(1, DINA, *day_span(MONDAY, MONDAY, OSLO))
        found = expanded([weekly("01", "8-16")], [away], [swap], [], at("2026-11-23"), at("2026-11-25"), ZoneInfo)
        assert [one.staff_id for one in found] == [CHLOE]

    @given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=6))
    def test_nothing_of_an_absence_is_worked_and_nothing_else_is_lost(self, away: list[tuple[int, int]]) -> None:
        start = at("2026-11-23T08:00")
        absences = [
            Absence(n, CHLOE, start + min(a) * HOUR / 10, start + max(a) * HOUR / 10) for n, a in enumerate(away)
        ]
        found = expanded([weekly("0", "8-16")], absences, [], [], at("2026-11-23"), at("2026-11-24"), ZoneInfo)
        for tenth in range(80):
            moment = start + tenth * HOUR / 10
            absent = any(one.starts_at <= moment < one.ends_at for one in absences)
            assert (on_duty(found, moment) == {CHLOE}) is not absent


class TestWhoIsThere:
    def test_being_on_call_is_not_duty_and_no_start_that_is_promised(self) -> None:
        duty = [Shift(CHLOE, 0, 10, rank=1), Shift(DINA, 5, 15), Shift(EVA, 20, 30, rank=2), Shift(EVA, 40, 50)]
        assert on_duty(duty, 7) == {DINA}
        assert next_start(duty, 15) == 40
        assert on_call(duty, 7) == (frozenset({CHLOE}), frozenset(), frozenset())
        assert on_call(duty, 25) == (frozenset(), frozenset({EVA}), frozenset())

    def test_a_plan_alone_is_nobody(self) -> None:
        begun, planned = [Shift(CHLOE, 0, 10)], [Shift(DINA, 0, 10, pattern=1), Shift(EVA, 0, 10, pattern=2)]
        assert on_duty(present(begun, planned, {EVA}), 5) == {CHLOE, EVA}
        assert on_duty(present(begun, planned, ()), 5) == {CHLOE}

    def test_what_each_can_take_on(self) -> None:
        chloe = Ability(("en", "ar"), ("sms",))
        assert chloe.answers("ar", "sms")
        assert chloe.answers(None, "sms")
        assert not chloe.answers("th", "sms")
        assert not chloe.answers("ar", "telegram")
        assert Ability(("ar",)).answers("ar", "telegram")


class TestGaps:
    SPOKEN = {CHLOE: ("en", "ar"), DINA: ("en",)}  # noqa: RUF012

    def test_nobody_speaks_it_when_nobody_who_does_is_there(self) -> None:
        duty = [Shift(CHLOE, 10, 20), Shift(DINA, 15, 30), Shift(CHLOE, 18, 25), Shift(EVA, 0, 100)]
        found = gaps(duty, self.SPOKEN, ("en", "ar", "th"), 0, 40)
        assert found == {"en": [(0, 10), (30, 40)], "ar": [(0, 10), (25, 40)], "th": [(0, 40)]}

    def test_being_on_call_covers_nothing(self) -> None:
        assert gaps([Shift(CHLOE, 0, 40, rank=1)], self.SPOKEN, ("ar",), 0, 40) == {"ar": [(0, 40)]}

    @given(st.lists(st.tuples(st.sampled_from([CHLOE, DINA]), st.integers(0, 50), st.integers(0, 50)), max_size=8))
    def test_a_moment_lies_in_a_gap_exactly_if_nobody_on_duty_then_speaks_it(
        self, rows: list[tuple[int, int, int]]
    ) -> None:
        duty = [Shift(who, min(a, b), max(a, b)) for who, a, b in rows]
        for language, spans in gaps(duty, self.SPOKEN, ("en", "ar"), 0, 50).items():
            for moment in range(50):
                there = any(language in self.SPOKEN[one] for one in on_duty(duty, moment))
                assert any(begins <= moment < ends for begins, ends in spans) is not there


class TestClock:
    def test_today_it_is_a_time_and_else_a_date_and_time(self) -> None:
        now = at("2026-11-23T17:59")
        assert clock(at("2026-11-23T18:00"), OSLO, now) == "18:00"
        assert clock(at("2026-11-24T08:00"), OSLO, now) == "24.11. 08:00"
        assert clock(at("2026-11-24T08:00"), OSLO) == "08:00"

    def test_a_promise_is_rounded_to_the_later_minute(self) -> None:
        assert clock(at("2026-11-23T18:00") + 1, OSLO, at("2026-11-23")) == "18:01"


class TestRules:
    SINGLE = Pattern(0, CHLOE, frozenset({0}), 480, 960, "Europe/Oslo", MONDAY, MONDAY)
    BEGINS = datetime(2026, 11, 23, 8)  # noqa: DTZ001

    def last(self, **rule: object) -> date | None:
        return repeated(self.SINGLE, {"FREQ": ["WEEKLY"], **rule}, self.BEGINS, OSLO).last

    def test_a_count_is_worked_out(self) -> None:
        assert self.last() is None
        assert self.last(COUNT=[1]) == MONDAY
        assert self.last(COUNT=[3]) == date(2026, 12, 7)
        assert self.last(COUNT=[4], BYDAY=["MO", "WE"]) == date(2026, 12, 2)
        assert self.last(COUNT=[3], INTERVAL=[2]) == date(2026, 12, 21)

    @pytest.mark.parametrize("count", [0, -1, 10**9, 10**4000])
    def test_a_count_without_end_is_refused_at_once(self, count: int) -> None:
        with pytest.raises(NotWeekly) as caught:
            self.last(COUNT=[count])
        assert str(caught.value) == "it repeats more than 10000 times: leave the end out."

    def test_until_is_the_last_beginning(self) -> None:
        assert self.last(UNTIL=[datetime(2026, 12, 7, 7, tzinfo=UTC)]) == date(2026, 12, 7)
        assert self.last(UNTIL=[datetime(2026, 12, 7, 6, 59, tzinfo=UTC)]) == date(2026, 12, 6)
        assert self.last(UNTIL=[date(2026, 12, 7)]) == date(2026, 12, 7)
        assert self.last(UNTIL=[datetime.max.replace(tzinfo=UTC)]) == date(2199, 12, 31)

    @pytest.mark.parametrize(
        ("rule", "told"),
        [
            ({"FREQ": ["MONTHLY"]}, "only shifts that repeat by the week are understood."),
            ({"FREQ": ["DAILY"], "INTERVAL": [2]}, "only shifts that repeat by the week are understood."),
            ({"BYDAY": ["1MO"]}, "only shifts that repeat by the week are understood."),
            ({"BYMONTH": [1]}, "only shifts that repeat by the week are understood."),
            ({"BYDAY": ["TU"]}, "its first day is none of the days on which it repeats."),
            ({"INTERVAL": [2], "WKST": ["SU"]}, "its weeks begin on another day than Monday."),
            ({"INTERVAL": [0]}, "it comes back less often than every 8 weeks."),
            ({"UNTIL": [date(2026, 1, 1)]}, "it ends before it begins."),
            ({"UNTIL": ["soon"]}, "UNTIL cannot be read."),
        ],
    )
    def test_what_a_week_cannot_say_is_refused_with_a_sentence(self, rule: dict[str, object], told: str) -> None:
        with pytest.raises(NotWeekly) as caught:
            self.last(**rule)
        assert str(caught.value) == told
