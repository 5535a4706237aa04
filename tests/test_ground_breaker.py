"""When a provider is down it is tried seldom, one try at a time, and is well again with its first answer."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hotline.breaker import FAULTS_TO_OPEN, LONGEST_PAUSE, PACE, Breaker
from tests.people import DAY, HOUR, NOW


class TestBreaker:
    def test_it_opens_after_some_faults_and_each_pause_is_longer_up_to_a_minute(self) -> None:
        breaker, now, pauses = Breaker(), NOW, []
        for _ in range(20):
            assert breaker.wait(now) == 0
            breaker = breaker.trying(now).failed(now, 1.0)
            pauses.append(breaker.wait(now))
            now += pauses[-1]
        assert pauses[: FAULTS_TO_OPEN - 1] == [PACE] * (FAULTS_TO_OPEN - 1)
        assert pauses[FAULTS_TO_OPEN - 1 :][:6] == [2.0, 4.0, 8.0, 16.0, 32.0, LONGEST_PAUSE]
        assert pauses[-1] == LONGEST_PAUSE

    @pytest.mark.parametrize("chance", [0.0, 0.3, 0.999])
    def test_no_two_tries_lie_closer_than_a_second_whatever_chance_says(self, chance: float) -> None:
        breaker, now, tries = Breaker(), NOW, []
        while now < NOW + HOUR:
            if breaker.wait(now) == 0:
                tries.append(now)
                breaker = breaker.trying(now).failed(now, chance)
            now += 0.25
        assert min(later - earlier for earlier, later in pairwise(tries)) >= PACE

    def test_while_one_try_is_under_way_no_other_passes_and_one_answer_closes_it(self) -> None:
        breaker = Breaker()
        for _ in range(FAULTS_TO_OPEN):
            breaker = breaker.failed(NOW, 0.0)
        assert breaker.is_open
        trying = breaker.trying(NOW + PACE)
        assert trying.wait(NOW + PACE) > 1
        assert trying.answered() == Breaker()
        assert not trying.answered().is_open

    def test_a_clock_that_was_set_back_closes_the_way_for_a_minute_at_most(self) -> None:
        assert Breaker().failed(NOW + DAY, 0.5).wait(NOW) == LONGEST_PAUSE
