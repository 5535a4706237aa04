"""When too many write: when a surge begins and ends, who is answered, and in which order staff see those who wait."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from typing import ClassVar

import pytest

from hotline.contact import Level
from hotline.queue import CROWD, DRAWN, SHOWN, TOGETHER, Waiting, ranked
from hotline.surge import QUIET_SECONDS, Arrivals, Asks, Gate, Lane, Tokens


class TestArrivals:
    def test_sixty_in_a_minute_are_a_surge_and_fifty_nine_are_none(self) -> None:
        arrivals = Arrivals(60)
        for number in range(59):
            arrivals.add(number / 2)
        assert not arrivals.is_surge(30.0)
        arrivals.add(30.0)
        assert arrivals.is_surge(30.0)

    def test_sixty_in_two_minutes_are_none(self) -> None:
        arrivals = Arrivals(60)
        for number in range(120):
            arrivals.add(float(number * 2))
            assert not arrivals.is_surge(float(number * 2))

    def test_it_ends_after_five_quiet_minutes_and_not_before(self) -> None:
        arrivals = Arrivals(60)
        for _ in range(60):
            arrivals.add(0.0)
        assert arrivals.is_surge(0.0)
        assert arrivals.is_surge(59.0)
        assert arrivals.is_surge(59.0 + QUIET_SECONDS - 1)
        assert not arrivals.is_surge(59.0 + QUIET_SECONDS)

    def test_half_of_what_began_it_keeps_it_going(self) -> None:
        arrivals = Arrivals(60)
        for second in range(60 * 20):
            for _ in range(1 if second < 60 else second % 2):
                arrivals.add(float(second))
            arrivals.is_surge(float(second))
        assert arrivals.is_surge(1199.0)

    def test_a_clock_that_steps_back_a_little_loses_nobody(self) -> None:
        arrivals = Arrivals(5)
        for now in (100.0, 99.0, 101.0, 98.5, 101.0):
            arrivals.add(now)
        assert arrivals.in_a_minute(101.0) == 5

    def test_ten_thousand_arrivals_take_no_more_room_than_a_minute_has_seconds(self) -> None:
        arrivals = Arrivals(60)
        for number in range(10_000):
            arrivals.add(number / 100)
            arrivals.in_a_minute(number / 100)
        assert len(arrivals._seconds) <= 61


class TestTokens:
    def test_so_many_a_minute_and_no_more_saved_up(self) -> None:
        tokens = Tokens(20)
        assert [tokens.take(0.0) for _ in range(21)] == [True] * 20 + [False]
        assert [tokens.take(3.0), tokens.take(3.0)] == [True, False]
        assert [tokens.take(9000.0) for _ in range(21)] == [True] * 20 + [False]

    def test_the_second_half_is_for_those_who_go_before(self) -> None:
        tokens = Tokens(20)
        assert [tokens.take(0.0, half=True) for _ in range(11)] == [True] * 10 + [False]
        assert [tokens.take(0.0) for _ in range(11)] == [True] * 10 + [False]

    def test_what_is_owed_is_paid_back_first_and_is_never_more_than_a_minute(self) -> None:
        tokens = Tokens(20)
        for _ in range(1000):
            tokens.owe(0.0)
        assert not tokens.take(60.0)
        assert tokens.take(64.0)


class TestGate:
    def test_whoever_is_new_gets_the_short_text_and_then_nothing(self) -> None:
        gate = Gate(20)
        given = [gate.lane(Asks(is_new=True), 0.0) for _ in range(12)]
        assert given == [Lane.SHORT] * 10 + [Lane.HELD] * 2

    def test_who_has_answered_before_goes_before_a_flood_of_new_ones(self) -> None:
        gate = Gate(20)
        for _ in range(1000):
            gate.lane(Asks(is_new=True), 0.0)
        assert gate.lane(Asks(), 0.0) is Lane.OPEN

    def test_danger_has_tokens_of_its_own(self) -> None:
        gate = Gate(20)
        while gate.lane(Asks(), 0.0) is Lane.OPEN:
            pass
        assert gate.lane(Asks(danger=True), 0.0) is Lane.OPEN

    def test_ten_thousand_new_ones_who_copy_danger_leave_some_for_who_answered(self) -> None:
        gate = Gate(20)
        for _ in range(10_000):
            gate.lane(Asks(is_new=True, danger=True), 0.0)
        assert [gate.lane(Asks(danger=True), 0.0) for _ in range(20)] == [Lane.OPEN] * 20

    def test_the_message_after_one_that_was_held_back_is_always_answered(self) -> None:
        gate = Gate(1)
        for _ in range(100):
            gate.lane(Asks(is_new=True, danger=True), 0.0)
        assert {gate.lane(Asks(unsaid=True), 0.0) for _ in range(100)} == {Lane.OPEN}

    def test_the_lower_lane_hears_the_short_text_and_the_number_and_no_more(self) -> None:
        gate = Gate(20)
        assert gate.lane(Asks(is_new=True, lower=True), 0.0) is Lane.SHORT
        assert gate.lane(Asks(lower=True, unsaid=True), 0.0) is Lane.HELD
        assert gate.lane(Asks(lower=True, danger=True), 0.0) is Lane.SHORT

    def test_past_the_days_bound_only_danger_is_answered(self) -> None:
        gate = Gate(20)
        assert gate.lane(Asks(unsaid=True), 0.0, capped=True) is Lane.HELD
        assert gate.lane(Asks(danger=True), 0.0, capped=True) is Lane.OPEN


def alone(name: str, since: float, level: Level = Level.ROUTINE, **more: object) -> Waiting:
    return Waiting(name, level, since, **more)  # type: ignore[arg-type]


class TestAlike:
    FLOOD: ClassVar = [alone(f"fake {number}", float(number), likeness=b"one", many=37) for number in range(37)]

    def test_those_alike_share_one_place_with_their_number_and_times(self) -> None:
        (place,) = ranked(self.FLOOD[:20], 100.0)
        assert (place.alike, place.waiting.contact_id, place.seconds, place.newest) == (20, "fake 0", 100, 19.0)

    def test_two_who_say_the_same_keep_their_own_places(self) -> None:
        assert [place.alike for place in ranked(self.FLOOD[: TOGETHER - 1], 100.0)] == [1, 1]

    def test_who_is_in_more_danger_is_not_hidden_among_them(self) -> None:
        amara = alone("amara", 5.0, Level.IMMEDIATE, likeness=b"one")
        places = ranked([*self.FLOOD[:10], amara], 100.0)
        assert [(place.waiting.contact_id, place.alike) for place in places] == [("amara", 1), ("fake 0", 10)]

    def test_in_a_surge_who_is_alone_goes_before_the_many(self) -> None:
        flood = [alone(f"fake {n}", 0.0, Level.IMMEDIATE, likeness=b"one", many=5) for n in range(5)]
        amara = alone("amara", 50.0, Level.IMMEDIATE)
        assert ranked([*flood, amara], 60.0, surge=True)[0].waiting.contact_id == "amara"
        assert ranked([*flood, amara], 60.0)[0].waiting.contact_id == "fake 0"

    def test_the_lower_lane_comes_after_everybody(self) -> None:
        low = alone("low", 0.0, Level.IMMEDIATE, lower=True)
        assert [place.waiting.contact_id for place in ranked([low, alone("amara", 9.0)], 10.0)] == ["amara", "low"]


class TestTheLot:
    CROWD: ClassVar = [alone(f"{number:032x}", float(number)) for number in range(500)]

    def test_each_fifth_place_is_drawn_and_nobody_stands_there_twice(self) -> None:
        places = ranked(self.CROWD, 1000.0, lot=7, most=SHOWN)
        assert [number for number, place in enumerate(places, 1) if place.drawn] == list(range(DRAWN, SHOWN + 1, DRAWN))
        assert len({place.waiting.contact_id for place in places}) == SHOWN

    def test_within_a_minute_the_order_stands_still_and_the_next_minute_draws_anew(self) -> None:
        order = ranked(self.CROWD, 1000.0, lot=7, most=SHOWN)
        again = ranked(list(reversed(self.CROWD)), 1000.0, lot=7, most=SHOWN)
        other = ranked(self.CROWD, 1000.0, lot=8, most=SHOWN)
        assert order == again
        assert {place.waiting for place in order if place.drawn} != {place.waiting for place in other if place.drawn}

    def test_without_a_crowd_nothing_is_drawn(self) -> None:
        assert not any(place.drawn for place in ranked(self.CROWD[:CROWD], 1000.0))
        assert any(place.drawn for place in ranked(self.CROWD[: CROWD + 1], 1000.0))

    def test_everybody_is_there_once(self) -> None:
        places = ranked(self.CROWD, 1000.0)
        assert sorted(place.waiting.contact_id for place in places) == sorted(one.contact_id for one in self.CROWD)

    def test_a_caller_who_writes_as_the_flood_does_is_drawn_from_within_it(self) -> None:
        flood = [alone(f"{number:032x}", float(number), likeness=b"one") for number in range(200)]
        seen = {
            place.waiting.contact_id
            for lot in range(60 * 48)
            for place in ranked(flood, 1000.0, lot=lot, most=SHOWN)
            if place.drawn
        }
        assert len(seen) == 200 - 1  # whom the shared card would open is never drawn beside it

    def test_the_lowest_lane_is_drawn_from_too(self) -> None:
        low = alone("f" * 32, 0.0, lower=True)
        lots = [ranked([*self.CROWD, low], 1000.0, lot=lot, most=SHOWN) for lot in range(300)]
        assert any(place.drawn and place.waiting == low for lot in lots for place in lot)


@pytest.mark.parametrize(("passing", "median", "share"), [(0.02, 50, 0.9), (0.5, 50, 0.9)])
def test_twenty_in_danger_among_ten_thousand_mimics_from_two_hundred_templates(
    passing: float, median: int, share: float
) -> None:
    """Mimics copy the words of danger; so many of them pass the gate and wait. First come first served: place 5,000."""
    places: list[int] = []
    for seed in range(20):
        chance = random.Random(seed)
        templates = [chance.randbytes(8) for _ in range(200)]
        came = Counter(chance.choices(templates, k=10_000))
        mimics = [
            alone(
                f"{chance.getrandbits(128):032x}", chance.uniform(0, 60), Level.IMMEDIATE, likeness=one, many=came[one]
            )
            for one in chance.sample(list(came.elements()), int(10_000 * passing))
        ]
        real = {f"{chance.getrandbits(128):032x}" for _ in range(20)}
        callers = [alone(name, chance.uniform(0, 60), Level.IMMEDIATE, likeness=chance.randbytes(8)) for name in real]
        order = ranked([*mimics, *callers], 60.0, surge=True, lot=seed)
        places += [number for number, place in enumerate(order, 1) if place.waiting.contact_id in real]
    assert statistics.median(places) <= median
    assert sum(place <= 100 for place in places) / len(places) >= share
