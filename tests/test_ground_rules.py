"""Queue, retention, tallies and releases: the pure rules about order, time and numbers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.contact import Level, State
from hotline.queue import TARGET_SECONDS, Waiting, ranked
from hotline.release import SMALLEST, Figure, figures
from hotline.retention import DAY, HOUR, MINUTE, Retention
from hotline.tally import STAFF_OUTCOMES, Cell, Outcome, cells, visit_cell, week
from tests.people import NOW

WAITING = st.builds(
    Waiting,
    contact_id=st.text("abc", min_size=1, max_size=3),
    level=st.sampled_from(Level),
    since=st.sampled_from([0.0, 1.0, 2.0]),
)


class TestQueue:
    def test_the_most_urgent_comes_first_and_then_who_has_waited_longest(self) -> None:
        queue = [
            Waiting("bogdan", Level.ROUTINE, 0.0),
            Waiting("amara", Level.IMMEDIATE, 90.0),
            Waiting("third", Level.URGENT, 50.0),
            Waiting("fourth", Level.URGENT, 40.0),
        ]
        order = [place.waiting.contact_id for place in ranked(queue, 100.0)]
        assert order == ["amara", "fourth", "third", "bogdan"]

    @given(st.lists(WAITING, unique_by=lambda waiting: waiting.contact_id), st.randoms(use_true_random=False))
    def test_the_order_is_total_so_shuffling_changes_nothing(self, queue: list[Waiting], chance: random.Random) -> None:
        shuffled = list(queue)
        chance.shuffle(shuffled)
        assert ranked(shuffled, 10.0) == ranked(queue, 10.0)

    @given(st.lists(WAITING, unique_by=lambda waiting: waiting.contact_id), st.floats(0, 1e6), st.floats(0, 1e6))
    def test_the_order_is_stable_while_time_passes(self, queue: list[Waiting], now: float, later: float) -> None:
        assert [place.waiting for place in ranked(queue, now)] == [place.waiting for place in ranked(queue, later)]

    @pytest.mark.parametrize("level", Level)
    def test_a_place_is_late_only_past_its_target(self, level: Level) -> None:
        since = [Waiting("amara", level, 0.0)]
        target = TARGET_SECONDS[level]
        assert [place.late for now in (target, target + 1) for place in ranked(since, now)] == [False, True]

    def test_somebody_from_the_future_has_waited_no_time(self) -> None:
        (place,) = ranked([Waiting("amara", Level.SOON, 50.0, ("witness",))], 0.0)
        assert (place.seconds, place.late, place.signals) == (0, False, ("witness",))


class TestRetention:
    def test_a_scripted_talk_is_forgotten_when_it_has_been_quiet(self) -> None:
        periods = Retention(quiet_minutes=30)
        assert not periods.expired(State.SCRIPTED, 0.0, 1000.0, 1000.0 + 30 * MINUTE - 1)
        assert periods.expired(State.SCRIPTED, 0.0, 1000.0, 1000.0 + 30 * MINUTE)

    @pytest.mark.parametrize("state", [State.WAITING, State.CLAIMED])
    def test_a_contact_with_people_is_forgotten_when_it_is_old_however_busy_it_is(self, state: State) -> None:
        periods = Retention(open_hours=48)
        assert not periods.expired(state, 0.0, 0.0, 48 * HOUR - 1)
        assert periods.expired(state, 0.0, 48 * HOUR - 1, 48 * HOUR)

    def test_the_periods_we_ship_fit_together(self) -> None:
        assert Retention().mistakes() == []

    def test_a_ring_that_is_shorter_than_an_open_contact_is_a_mistake_that_says_what_to_do(self) -> None:
        assert Retention(ring_days=3, open_hours=49).mistakes() == [
            "retention.ring_days = 3 is too short for open_hours = 49: set it to at least 4, or open contacts lose "
            "their keys."
        ]
        assert Retention(ring_days=4, open_hours=72).mistakes() == []

    @pytest.mark.parametrize(("days", "fine"), [(6, False), (7, True), (31, True), (32, False)])
    def test_repeats_are_remembered_for_a_week_to_a_month(self, days: int, fine: bool) -> None:
        told = [] if fine else [f"retention.seen_days = {days} must lie between 7 and 31."]
        assert Retention(seen_days=days).mistakes() == told

    def test_the_remedy_it_names_is_no_mistake(self) -> None:
        for hours in range(1, 200):
            (sentence, *_) = [*Retention(ring_days=0, open_hours=hours).mistakes(), ""]
            days = int(sentence.partition("at least ")[2].partition(",")[0])
            assert Retention(ring_days=days, open_hours=hours).mistakes() == []


ATTRIBUTES = {"channel": "sms", "language": "en", "level": "soon", "need": "legal", "outcome": "informed"}


class TestTally:
    def test_each_attribute_stands_alone_and_with_each_other_one_and_never_with_two(self) -> None:
        found = cells(NOW, ATTRIBUTES)
        assert len(found) == 5 + 10
        assert {cell.kind.count("*") for cell in found} == {0, 1}
        assert len(set(found)) == len(found)

    @given(st.dictionaries(st.sampled_from("abcdefg"), st.text("xyz", min_size=1), max_size=7))
    def test_no_cell_ever_crosses_three_attributes(self, attributes: dict[str, str]) -> None:
        for cell in cells(NOW, attributes):
            crossed = cell.kind.split("*")
            assert len(crossed) <= 2
            assert [attributes[name] for name in crossed] == [cell.first, *([cell.second] if len(crossed) == 2 else [])]

    def test_a_cell_fits_the_columns_it_is_stored_in(self) -> None:
        for cell in [*cells(NOW, ATTRIBUTES), visit_cell(NOW, "restaurant-work-norway", "zh-Hans")]:
            assert len(cell.period) <= 8
            assert len(cell.kind) <= 24
        assert max(len(code) for code in Outcome) <= 48

    @pytest.mark.parametrize(
        ("now", "name"),
        [(NOW, "2026-W47"), (NOW + DAY, "2026-W47"), (NOW + 2 * DAY, "2026-W48"), (1_609_459_200.0, "2020-W53")],
    )
    def test_a_week_is_the_iso_week_in_utc(self, now: float, name: str) -> None:
        assert week(now) == name

    def test_staff_may_not_say_that_a_script_did_it(self) -> None:
        assert Outcome.SCRIPT_END not in STAFF_OUTCOMES
        assert len(STAFF_OUTCOMES) == len(Outcome) - 1


class TestRelease:
    @pytest.mark.parametrize(("number", "shown"), [(1, None), (9, None), (10, 10), (11, 11)])
    def test_nine_is_few_and_ten_is_ten(self, number: int, shown: int | None) -> None:
        assert SMALLEST == 10
        cell = Cell("2026-W47", "channel", "sms")
        assert figures([(cell, number)]) == [Figure("2026-W47", "channel", "sms", "", shown)]

    def test_nothing_is_no_figure_at_all(self) -> None:
        assert figures([(Cell("2026-W47", "channel", "sms"), 0)]) == []

    def test_the_newest_week_comes_first_and_kinds_in_their_order(self) -> None:
        told = figures(
            [
                (Cell("2026-W46", "channel", "sms"), 12),
                (Cell("2026-W47", "visit", "a", "en"), 12),
                (Cell("2026-W47", "channel", "telegram"), 12),
                (Cell("2026-W47", "channel", "sms"), 12),
            ]
        )
        assert [(row.period, row.kind, row.first) for row in told] == [
            ("2026-W47", "channel", "sms"),
            ("2026-W47", "channel", "telegram"),
            ("2026-W47", "visit", "a"),
            ("2026-W46", "channel", "sms"),
        ]
