"""Whose turn a waiting contact is, from the time it has waited alone; and the reasons that stand on its card."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.contact import Level
from hotline.offer import ALONE, STEP_SECONDS, Call, Hand, Offer, offers, soonest
from hotline.queue import TARGET_SECONDS, Reason, Waiting, Why, ranked
from hotline.roster import Ability

CHLOE, EMIL, SARA = 1, 2, 3
ROMANIAN = Ability(("en", "ro"))
ENGLISH = Ability(("en",))


def call(name: str = "amara", level: Level = Level.URGENT, since: float = 0.0, **more: object) -> Call:
    values = {"language": "ro", "channel": "sms", **more}
    return Call(Waiting(name, level, since), **values)  # type: ignore[arg-type]


def offered(one: Call, hands: list[Hand], now: float) -> Offer:
    return offers([one], hands, now)[one.waiting.contact_id]


class TestWhoseTurn:
    HANDS = (Hand(CHLOE, ROMANIAN, 1), Hand(EMIL, ROMANIAN, 0), Hand(SARA, ENGLISH, 0))

    @pytest.mark.parametrize("level", list(Level))
    def test_first_the_best_one_then_the_next_too_then_everybody(self, level: Level) -> None:
        step, one = STEP_SECONDS[level], call(level=level)
        turns = [offered(one, [*self.HANDS], now) for now in (0.0, step - 0.1, step, ALONE * step - 0.1, ALONE * step)]
        assert [turn.to for turn in turns] == [{EMIL}, {EMIL}, {EMIL, CHLOE}, {EMIL, CHLOE}, {EMIL, CHLOE, SARA}]
        assert [turn.everyone for turn in turns] == [False, False, False, False, True]

    def test_everybody_is_asked_well_before_the_target(self) -> None:
        assert all(ALONE * step <= TARGET_SECONDS[level] / 3 for level, step in STEP_SECONDS.items())

    def test_who_is_full_or_answers_no_such_channel_or_language_is_not_asked_first(self) -> None:
        hands = [
            Hand(CHLOE, replace(ROMANIAN, most=1), 1),
            Hand(EMIL, replace(ROMANIAN, channels=("telegram",)), 0),
            Hand(SARA, ROMANIAN, 9),
        ]
        assert offered(call(), hands, 0.0).to == {CHLOE, EMIL, SARA}  # nobody fits, so it is everybody's at once
        assert offered(call(channel="telegram"), hands, 0.0).to == {EMIL}

    def test_without_anybody_who_speaks_it_everybody_is_asked_at_once_and_it_is_marked(self) -> None:
        turn = offered(call(language="th"), [*self.HANDS], 0.0)
        assert (turn.everyone, turn.unspoken, len(turn.to)) == (True, True, 3)
        assert not offered(call(language=None), [*self.HANDS], 0.0).unspoken

    def test_with_nobody_there_it_is_everybodys_who_looks(self) -> None:
        assert offered(call(), [], 0.0) == Offer(everyone=True, unspoken=True)

    def test_two_who_come_at_once_are_offered_to_two(self) -> None:
        hands = [Hand(CHLOE, ROMANIAN), Hand(EMIL, ROMANIAN)]
        turns = offers([call("amara"), call("bogdan")], hands, 0.0)
        assert turns["amara"].to | turns["bogdan"].to == {CHLOE, EMIL}
        assert not turns["amara"].to & turns["bogdan"].to

    def test_of_those_who_have_as_many_another_one_is_first_each_time(self) -> None:
        hands = [Hand(one, ROMANIAN) for one in range(1, 6)]
        first = {next(iter(offered(call(f"{n}"), hands, 0.0).to)) for n in range(60)}
        assert first == {1, 2, 3, 4, 5}

    def test_who_lost_their_responder_after_an_hour_is_offered_to_everybody_at_once(self) -> None:
        assert offered(call(since=0.0), [*self.HANDS], 3600.0).everyone

    def test_a_clock_that_was_set_back_offers_all_the_same(self) -> None:
        assert offered(call(since=500.0), [*self.HANDS], 0.0).to == {EMIL}


class TestPassedOn:
    HANDS = (Hand(CHLOE, ROMANIAN, 3), Hand(EMIL, ROMANIAN, 0))

    def test_it_is_offered_to_that_colleague_alone_though_it_has_waited_long_and_they_are_full(self) -> None:
        turn = offered(call(since=-3600.0, meant=CHLOE, passed_at=0.0), [*self.HANDS], 5.0)
        assert (turn.to, turn.meant, turn.everyone) == (frozenset({CHLOE}), CHLOE, False)

    def test_not_for_long(self) -> None:
        turn = offered(call(since=-3600.0, meant=CHLOE, passed_at=0.0), [*self.HANDS], ALONE * 15.0)
        assert (turn.meant, turn.everyone) == (None, True)

    def test_a_colleague_who_is_gone_keeps_nobody_waiting(self) -> None:
        assert offered(call(since=-3600.0, meant=SARA, passed_at=0.0), [*self.HANDS], 0.0).everyone


class TestPaused:
    HANDS = (Hand(CHLOE, ROMANIAN),)

    def test_a_paused_channel_is_offered_to_nobody(self) -> None:
        assert offered(call(paused=True), [*self.HANDS], 999.0) == Offer(paused=True)
        assert offered(call(paused=True, meant=CHLOE, passed_at=999.0), [*self.HANDS], 999.0).to == frozenset()

    def test_whoever_is_in_danger_now_is_offered_all_the_same(self) -> None:
        turn = offered(call(level=Level.IMMEDIATE, paused=True), [*self.HANDS], 0.0)
        assert (turn.to, turn.paused) == (frozenset({CHLOE}), False)


hands = st.lists(
    st.builds(
        Hand,
        st.integers(1, 9),
        st.builds(Ability, st.sampled_from([(), ("en",), ("ro",), ("en", "ro")]), st.just(()), st.integers(1, 3)),
        st.integers(0, 4),
    ),
    max_size=6,
    unique_by=lambda hand: hand.staff_id,
)
calls = st.lists(
    st.builds(
        Call,
        st.builds(Waiting, st.uuids().map(str), st.sampled_from(Level), st.floats(0, 1000)),
        st.sampled_from([None, "en", "ro", "th"]),
        st.just("sms"),
        st.sampled_from([None, 1, 5, 99]),
        st.floats(0, 1000),
        st.booleans(),
    ),
    max_size=6,
)


@given(calls, hands, st.floats(0, 2000))
def test_nobody_who_waits_is_offered_to_no_one_but_where_the_channel_is_paused(
    waiting: list[Call], there: list[Hand], now: float
) -> None:
    turns = offers(waiting, there, now)
    assert turns == offers(waiting, there, now)
    for one in waiting:
        turn = turns[one.waiting.contact_id]
        assert turn.to <= {hand.staff_id for hand in there}
        assert turn.to or turn.everyone or (one.paused and one.waiting.level is not Level.IMMEDIATE)


class TestReasons:
    def test_the_level_and_the_wait_against_its_target_stand_on_every_card(self) -> None:
        late, early = ranked([Waiting("late", Level.URGENT, 0.0), Waiting("early", Level.SOON, 0.0)], 420.0)
        assert late.reasons == (Reason(Why.TARGET, 300), Reason(Why.OVER, 120))
        assert early.reasons == (Reason(Why.TARGET, 1800), Reason(Why.LEFT, 1380))

    def test_who_had_a_responder_before_is_marked_and_keeps_the_place(self) -> None:
        first, second = ranked([Waiting("new", Level.SOON, 9.0), Waiting("back", Level.SOON, 0.0, back=True)], 10.0)
        assert (first.waiting.contact_id, first.reasons[-1]) == ("back", Reason(Why.BACK))
        assert Reason(Why.BACK) not in second.reasons

    def test_for_one_who_looks_level_goes_before_the_wait_and_a_long_wait_before_the_language(self) -> None:
        def key(level: Level, seconds: int, *, fits: bool) -> tuple[int, int, bool, float]:
            return soonest(level, seconds, -seconds, fits=fits)

        assert key(Level.IMMEDIATE, 0, fits=False) < key(Level.URGENT, 900, fits=True)
        assert key(Level.URGENT, 200, fits=False) < key(Level.URGENT, 100, fits=True)
        assert key(Level.URGENT, 100, fits=True) < key(Level.URGENT, 110, fits=False)
