"""Whose turn it is: one message a second into a chat, thirty a second over all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.pace import Pace


def test_thirty_a_second_go_out_over_all() -> None:
    pace = Pace()
    assert [pace.wait(f"chat {number}", 0.01 * number) for number in range(30)] == [0.0] * 30
    assert pace.wait("one too many", 0.5) == 0.5
    assert pace.wait("one too many", 1.0) == 0.0
    assert pace.wait("another", 1.0) == pytest.approx(0.01)


def test_no_second_holds_more_than_thirty_and_no_chat_two() -> None:
    pace, sent, now = Pace(), list[tuple[float, str]](), 0.0
    for turn in range(3000):
        chat = f"chat {turn * 7 % 40}"
        while wait := pace.wait(chat, now):
            now += wait
        sent.append((now, chat))
        now += 0.003
    for place, (at, _) in enumerate(sent):
        within = [chat for then, chat in sent[max(0, place - 60) : place + 1] if at - then < 1.0 - 1e-9]
        assert len(within) == len(set(within)) <= 30


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.floats(0.0, 0.7)), max_size=60))
def test_whoever_waits_as_long_as_they_were_told_has_their_turn_or_waits_for_somebody_else(
    steps: list[tuple[str, float]],
) -> None:
    pace, now = Pace(together=3), 0.0
    for chat, pause in steps:
        turns = 0
        while wait := pace.wait(chat, now):
            assert 0.0 < wait <= 1.0 + 1e-9
            now, turns = now + wait, turns + 1
            assert turns < 5
        now += pause


def test_a_turn_that_was_given_back_is_free() -> None:
    pace = Pace()
    assert pace.wait("a", 0.0) == 0.0
    pace.give_back("a")
    assert pace.wait("a", 0.1) == 0.0
    pace.give_back("nobody")
