"""Promises that hold in every state a caller can come to, whatever they send: model-checked and by Hypothesis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.contact import Level
from hotline.store.shelf import Shelf, read_shelf
from hotline.triage.advance import advance
from hotline.triage.conversation import Conversation, Heard, Word
from hotline.triage.effects import Effect, End, Forget, HandOff, OfferLanguages, Say
from hotline.triage.listen import understand
from hotline.triage.script import Place
from hotline.triage.signals import LEVELS, OUTRANKING, Code, Signal
from tests.people import LANGUAGES, NOW, ROOT

SHELF = read_shelf(ROOT / "content", ROOT / "locales", LANGUAGES, offer_unread=True)
SCRIPTS = SHELF.scripts
CONSENT = Place("first_contact", "consent")
KEYS = sorted({choice.key for step in SCRIPTS.reachable() for choice in step.choices})

GUESSED = {Code.DANGER: Level.URGENT, Code.SELFHARM: Level.URGENT, Code.EXPLOITED: Level.SOON, Code.MINOR: Level.SOON}
SIGNALS = st.builds(lambda code: Signal(code.value, LEVELS[code], "words"), st.sampled_from(Code)) | st.builds(
    lambda code: Signal(code.value, GUESSED.get(code, LEVELS[code]), "model 0.50", sure=False, source="model"),
    st.sampled_from(Code),
)
HEARD = st.builds(
    Heard,
    choice=st.none() | st.sampled_from(KEYS),
    word=st.none() | st.sampled_from(Word),
    language=st.none() | st.sampled_from(LANGUAGES),
    signals=st.lists(SIGNALS, max_size=3).map(tuple),
    more=st.booleans(),
    staffed=st.booleans(),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["1", "2", "٣", "๔", "0", "back", "person", "language", "delete", "he locked me in", "STOP", "YES"]
    ),
    st.sampled_from(["por favor", "меня бьют", "หยุด", "رجوع", "99999999999999999999", "\x00", "1" * 5000]),
    st.text(max_size=40),
)


def over(effects: tuple[Effect, ...]) -> bool:
    return any(isinstance(effect, End | Forget | HandOff) for effect in effects)


def states() -> Iterator[Conversation]:
    """Every step a caller can stand at, with and without a known language, asked for a language or not."""
    for language in ("en", None):
        for choosing in (True, False):
            yield Conversation(language, None, choosing_language=choosing)
            for step in SCRIPTS.reachable():
                if step.choices and language:
                    yield Conversation(language, step.place, choosing_language=choosing)


STATES = list(states())


def name_of(state: Conversation) -> str:
    asked = ", choosing a language" if state.choosing_language else ""
    return f"{state.place or 'nowhere yet'} in {state.language}{asked}"


def says(conversation: Conversation, text: str) -> tuple[Conversation, tuple[Effect, ...]]:
    words = SHELF.words[conversation.language] if conversation.language else None
    heard = understand(conversation, SCRIPTS, words, SHELF.offered, SHELF.rules, text)
    return advance(conversation, SCRIPTS, heard, NOW)


def is_offered_a_person(conversation: Conversation) -> bool:
    return conversation.place == CONSENT and not conversation.choosing_language and conversation.language is not None


@pytest.mark.parametrize("state", STATES, ids=name_of)
def test_from_every_state_a_person_is_three_messages_away(state: Conversation) -> None:
    for text in ("language", "1", "0"):
        if is_offered_a_person(state):
            return
        state, effects = says(state, "0" if state.language and not state.choosing_language else text)
        assert not over(effects)
    assert is_offered_a_person(state)


@pytest.mark.parametrize("state", STATES, ids=name_of)
def test_from_every_state_whoever_is_misheard_for_long_is_offered_a_person_or_a_language(state: Conversation) -> None:
    for _ in range(4):
        state, effects = says(state, "zzz qqq")
    assert is_offered_a_person(state) or effects == (OfferLanguages(),)


@pytest.mark.parametrize("state", [state for state in STATES if state.language], ids=name_of)
def test_from_every_state_danger_is_answered_at_once_with_the_emergency_number(state: Conversation) -> None:
    _, effects = says(state, "he is going to kill me")
    said = [SHELF.words["en"][effect.key] for effect in effects if isinstance(effect, Say)]
    assert any("{emergency}" in text for text in said)


@pytest.mark.parametrize("code", sorted(OUTRANKING))
@pytest.mark.parametrize("state", [state for state in STATES if state.language], ids=name_of)
def test_a_signal_that_outranks_leaves_every_state_for_its_own_step(state: Conversation, code: Code) -> None:
    first_word = code is Code.STOP and state.place is None  # of fear: the answer is whether it is safe to write
    steps = [SCRIPTS.step(SCRIPTS.start if first_word else SCRIPTS.on_signal[code.value])]
    while steps[-1].go is not None:
        steps.append(SCRIPTS.step(steps[-1].go))
    after, effects = advance(state, SCRIPTS, Heard(signals=(Signal(code.value, LEVELS[code], "words"),)), NOW)
    assert [effect.key for effect in effects if isinstance(effect, Say)] == [step.say for step in steps]
    assert after.place == steps[-1].place
    assert not first_word or not over(effects)


def test_every_step_ahead_of_danger_gives_the_emergency_number_in_every_language() -> None:
    for code in (Code.DANGER, Code.SELFHARM, Code.MINOR):
        step = SCRIPTS.step(SCRIPTS.on_signal[code.value])
        for language in LANGUAGES:
            assert "{emergency}" in SHELF.words[language][step.say]


@given(st.lists(HEARD, max_size=25), st.sampled_from([None, *LANGUAGES]))
def test_the_level_never_goes_down_whatever_is_heard(heard: list[Heard], language: str | None) -> None:
    conversation = Conversation(language)
    for one in heard:
        after, effects = advance(conversation, SCRIPTS, one, NOW)
        assert after.level.rank <= conversation.level.rank
        if over(effects):
            return
        conversation = after


@given(st.lists(HEARD, max_size=25))
def test_a_level_is_never_milder_than_any_signal_that_was_heard(heard: list[Heard]) -> None:
    conversation, gravest = Conversation("en"), Level.ROUTINE
    for one in heard:
        conversation, effects = advance(conversation, SCRIPTS, one, NOW)
        if over(effects):
            return
        for signal in one.signals:
            gravest = gravest.raised_to(signal.level)
        assert conversation.level.rank <= gravest.rank


@settings(max_examples=150)
@given(st.sampled_from(STATES), st.lists(TEXTS, max_size=12))
def test_no_sequence_of_messages_breaks_a_talk_and_a_person_stays_in_reach(
    state: Conversation, texts: list[str]
) -> None:
    for text in texts:
        state, effects = says(state, text)
        assert len(effects) < 12, "a script that goes round in a circle"
        if over(effects):
            return
        assert any(isinstance(effect, Say | OfferLanguages) for effect in effects), "silence"
    for text in ("language", "1", "0"):
        if is_offered_a_person(state):
            return
        ready = state.language and not state.choosing_language
        word = sorted(SHELF.words[state.language].synonyms("universal/person/also"))[0] if ready else text  # type: ignore[index]
        state, _ = says(state, word)
    assert is_offered_a_person(state)


@given(HEARD, st.sampled_from(STATES))
def test_the_same_turn_gives_the_same_answer(heard: Heard, state: Conversation) -> None:
    assert advance(state, SCRIPTS, heard, NOW) == advance(state, SCRIPTS, heard, NOW)


def test_no_step_waits_for_an_answer_that_leads_nowhere_but_back_to_itself() -> None:
    for step in SCRIPTS.reachable():
        assert not step.choices or {choice.go for choice in step.choices} != {step.place}


def test_an_end_can_be_reached_from_every_step() -> None:
    ends = {step.place for step in SCRIPTS.reachable() if step.end or not list(step.next_places())}
    while True:
        more = {step.place for step in SCRIPTS.reachable() if ends & set(step.next_places())} - ends
        if not more:
            break
        ends |= more
    assert ends == {step.place for step in SCRIPTS.reachable()}


def test_the_shelf_of_these_promises_is_the_one_that_is_served(shelf: Shelf) -> None:
    assert shelf.scripts == SCRIPTS
