"""A contact's states, its levels, and the small pure rules around it."""

from __future__ import annotations

import dataclasses
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.contact import TRANSITIONS, Channel, Level, Move, NotAllowed, State, Who, moved
from hotline.message import Button, Outgoing
from hotline.plain import LONGEST, plain
from hotline.roster import Shift, next_start, on_duty

ALLOWED = {(row.before, row.move, who): row.after for row in TRANSITIONS for who in row.who}


@pytest.mark.parametrize(("step", "after"), ALLOWED.items(), ids=str)
def test_every_row_of_the_table_moves_a_contact(step: tuple[State, Move, Who], after: State) -> None:
    assert moved(*step) is after


def test_everything_that_is_not_in_the_table_is_refused_in_one_sentence() -> None:
    refused = [step for step in product(State, Move, Who) if step not in ALLOWED]
    assert len(refused) == len(State) * len(Move) * len(Who) - len(ALLOWED)
    for before, move, who in refused:
        with pytest.raises(NotAllowed) as caught:
            moved(before, move, who)
        words = move.value.replace("_", " ")
        assert str(caught.value) == f"A {who.value} may not {words} a contact that is {before.value}."


def test_no_row_of_the_table_contradicts_another() -> None:
    assert len(ALLOWED) == sum(len(row.who) for row in TRANSITIONS)


def test_nothing_leads_out_of_gone_and_everything_leads_into_it() -> None:
    assert not [row for row in TRANSITIONS if row.before is State.GONE]
    for state in set(State) - {State.GONE}:
        assert {Move.FORGET, Move.EXPIRE} <= {row.move for row in TRANSITIONS if row.before is state}


def test_only_a_caller_hands_themselves_over_and_only_a_responder_claims() -> None:
    assert {who for row in TRANSITIONS if row.move is Move.HAND_OFF for who in row.who} == {Who.CALLER}
    assert {who for row in TRANSITIONS if row.move is Move.CLAIM for who in row.who} == {Who.RESPONDER}


@pytest.mark.parametrize(
    ("one", "other", "raised"),
    [
        (Level.ROUTINE, Level.IMMEDIATE, Level.IMMEDIATE),
        (Level.IMMEDIATE, Level.ROUTINE, Level.IMMEDIATE),
        (Level.SOON, Level.URGENT, Level.URGENT),
        (Level.SOON, Level.SOON, Level.SOON),
    ],
)
def test_a_level_is_raised_and_never_lowered(one: Level, other: Level, raised: Level) -> None:
    assert one.raised_to(other) is raised


@given(st.sampled_from(Level), st.lists(st.sampled_from(Level)))
def test_whatever_a_level_is_raised_to_it_ends_at_the_gravest(start: Level, others: list[Level]) -> None:
    level = start
    for other in others:
        higher = level.raised_to(other)
        assert higher.rank <= level.rank
        level = higher
    assert level.rank == min(start.rank, *(other.rank for other in others), 99)


def test_the_phone_company_owns_words_on_sms_only_and_only_a_web_chat_needs_no_address() -> None:
    assert [channel for channel in Channel if channel.by_carrier] == [Channel.SMS]
    assert [channel for channel in Channel if not channel.needs_address] == [Channel.WEBCHAT]


def test_a_message_without_buttons_shows_them_as_numbered_lines() -> None:
    message = Outgoing("May a person answer?", (Button(1, "agree", "I agree"), Button(2, "not_now", "Not now")))
    assert message.as_text() == "May a person answer?\n1 I agree\n2 Not now"
    assert Outgoing("OK.").as_text() == "OK."


def test_what_is_passed_around_on_the_ground_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TRANSITIONS[0].after = State.GONE  # type: ignore[misc]


class TestRoster:
    def test_a_shift_holds_its_start_and_not_its_end(self) -> None:
        shift = Shift(1, 100.0, 200.0)
        assert [shift.holds(now) for now in (99.9, 100.0, 199.9, 200.0)] == [False, True, True, False]

    def test_who_is_on_duty_is_whoever_has_a_shift_that_holds(self) -> None:
        shifts = [Shift(1, 0, 10), Shift(2, 5, 15), Shift(2, 20, 30), Shift(3, 10, 20)]
        assert on_duty(shifts, 7) == {1, 2}
        assert on_duty(shifts, 10) == {2, 3}
        assert on_duty(shifts, 40) == frozenset()

    def test_the_next_start_is_the_first_one_ahead(self) -> None:
        shifts = [Shift(1, 0, 10), Shift(2, 30, 40), Shift(3, 20, 25)]
        assert next_start(shifts, 10) == 20
        assert next_start(shifts, 20) == 30
        assert next_start(shifts, 30) is None


class TestPlain:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("  No SÉ,  qué hacer!! ", "no se que hacer"),
            ("Șterge TOT", "sterge tot"),
            ("Ещё", "еще"),
            ("أَحْتَاجُ إِلَى", "احتاج الي"),
            ("مساعدة", "مساعده"),
            ("I can’t", "i can't"),
            ("a_b-c", "a b c"),
            ("𝗛𝗲 𝗟𝗢𝗖𝗞𝗘𝗗 me ＩＮ", "he locked me in"),
            ("ไม่ได้", "ไม่ได้"),
            ("one\u200btwo", "onetwo"),
            ("", ""),
        ],
    )
    def test_case_accents_and_punctuation_do_not_count(self, text: str, folded: str) -> None:
        assert plain(text) == folded

    @given(st.text())
    def test_folding_twice_is_folding_once(self, text: str) -> None:
        """Found by this test: capitals in letters that only look different stayed capitals, and no rule heard them."""
        assert plain(plain(text)) == plain(text)

    def test_only_the_first_letters_of_an_endless_message_are_looked_at(self) -> None:
        assert plain("a" * (LONGEST * 3)) == "a" * LONGEST
