"""The emergency number while a person has the contact: certain danger always, a mere guess now and then."""

from __future__ import annotations

import pytest

from hotline.contact import Level
from hotline.desk.office import Office
from hotline.store.shelf import Shelf
from hotline.triage.advance import WARN_AGAIN_SECONDS, advance
from hotline.triage.conversation import Conversation, Heard, Word
from hotline.triage.effects import Raise
from hotline.triage.signals import LIFE, Code, Signal
from tests.people import NOW, Caller
from tests.test_ground_conversation import Talk
from tests.test_ground_handed import DECOY, NUMBER, STATES, in_hands, name_of

GUESS = Heard(signals=(Signal("danger", Level.URGENT, "model 0.50", sure=False, source="model"),))


@pytest.fixture
def talk(shelf: Shelf) -> Talk:
    return Talk(shelf, in_hands())


@pytest.mark.parametrize("code", sorted(LIFE))
@pytest.mark.parametrize("state", STATES, ids=name_of)
def test_words_of_danger_are_answered_with_the_number_in_every_state(
    talk: Talk, state: Conversation, code: Code
) -> None:
    talk.now = state
    assert talk.hears(None, None, None, Code(code)) == (Raise(Level.IMMEDIATE, code), *NUMBER)


@pytest.mark.parametrize("state", STATES, ids=name_of)
def test_the_word_for_it_brings_the_number_however_often_it_comes(talk: Talk, state: Conversation) -> None:
    talk.now = state
    for _ in range(3):
        assert talk.hears(word=Word.EMERGENCY) == NUMBER
    assert talk.now.hushed == state.hushed


def test_a_danger_that_is_only_guessed_brings_the_number_too(talk: Talk) -> None:
    assert talk.takes(GUESS) == (Raise(Level.URGENT, "danger"), *NUMBER)


def test_a_guess_that_becomes_certain_brings_it_again(talk: Talk) -> None:
    talk.takes(GUESS)
    assert talk.hears(None, None, None, Code.DANGER) == (Raise(Level.IMMEDIATE, "danger"), *NUMBER)


def test_danger_before_the_list_of_languages_is_danger(talk: Talk) -> None:
    talk.hears(word=Word.LANGUAGE)
    assert talk.hears(None, None, None, Code.SELFHARM)[1:] == NUMBER


@pytest.mark.parametrize(
    ("later", "warned"), [(0.0, False), (WARN_AGAIN_SECONDS - 1, False), (WARN_AGAIN_SECONDS, True)]
)
def test_a_guess_is_answered_again_only_after_a_while(talk: Talk, later: float, warned: bool) -> None:
    talk.takes(GUESS)
    assert talk.now.warned_at == NOW
    after, effects = advance(talk.now, talk.shelf.scripts, GUESS, NOW + later)
    assert effects == (NUMBER if warned else ())
    assert after.warned_at == (NOW + later if warned else NOW)


def test_certain_danger_is_answered_however_lately_it_was(talk: Talk) -> None:
    for _ in range(3):
        assert talk.hears(None, None, None, Code.DANGER)[-1:] == NUMBER


@pytest.mark.parametrize("decoyed", [True, False])
def test_a_guess_says_no_number_where_a_stranger_may_be_reading_and_is_still_raised(talk: Talk, decoyed: bool) -> None:
    talk.now = in_hands(hushed=True, decoyed=decoyed, code="sun")
    effects = talk.takes(GUESS)
    assert effects[0] == Raise(Level.URGENT, "danger")
    assert NUMBER[0] not in effects
    assert effects[1:] == DECOY or not decoyed


def test_the_first_line_for_a_person_is_received_also_when_it_is_danger_and_the_next_is_only_warned(
    sqlite_office: Office,
) -> None:
    amara, words = Caller(sqlite_office), sqlite_office.desk.shelf.words["en"]
    amara.asks_for_a_person()
    first, second = (" ".join(amara.writes("he is going to kill me")) for _ in range(2))
    assert words["desk/received"] in first
    assert words["desk/received"] not in second
    for said in (first, second):
        assert words["desk/emergency"].split("{")[0] in said
