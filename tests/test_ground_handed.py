"""While a person has the contact: words are held for them, and what keeps a caller safe still works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.contact import Level, State
from hotline.desk.office import Office
from hotline.store.shelf import Shelf
from hotline.triage.advance import advance
from hotline.triage.conversation import AGREED, Conversation, Heard, Word
from hotline.triage.effects import Forget, OfferLanguages, Raise, Say
from hotline.triage.listen import understand
from hotline.triage.script import CODES, Place
from hotline.triage.signals import LEVELS, LIFE, Code, Signal
from tests.people import LANGUAGES, NOW, Caller, lines_of
from tests.test_ground_conversation import Talk, place, signal

DECOY, PAUSE, NUMBER, HELD = (
    (Say("discreet/decoy/say"),),
    (Say("first_contact/pause/say"),),
    (Say("desk/emergency"),),
    (Say("desk/held"),),
)
IS_IT_SAFE = "first_contact/safe_now/say"
MEANS_NOTHING = {"discreet/decoy/say", "first_contact/pause/say", "desk/emergency", IS_IT_SAFE}
"""All that is said while the phone may be in other hands."""


def in_hands(**more: object) -> Conversation:
    return Conversation("en", place("handed"), handed=True, **more)  # type: ignore[arg-type]


def states() -> Iterator[Conversation]:
    for code in (None, *CODES):
        for hushed in (False, True):
            yield in_hands(code=code, hushed=hushed)
        yield in_hands(code=code, hushed=True, decoyed=True)
        yield in_hands(code=code, choosing_language=True)
    yield Conversation("en", Place("discreet", "start"), handed=True, trail=(place("handed"),))


STATES = list(states())


def name_of(state: Conversation) -> str:
    told = [name for name in ("hushed", "decoyed", "choosing_language") if getattr(state, name)]
    return ", ".join([str(state.place), *told, *([state.code] if state.code else [])])


SIGNALS = st.sampled_from(Code).map(signal) | st.sampled_from(sorted(LIFE)).map(
    lambda code: Signal(code, Level.URGENT, "model 0.50", sure=False, source="model")
)
MESSAGES = st.one_of(
    st.builds(Heard, word=st.sampled_from(Word), signals=st.lists(SIGNALS, max_size=2).map(tuple)),
    st.builds(
        Heard,
        language=st.none() | st.sampled_from(LANGUAGES),
        signals=st.lists(SIGNALS, max_size=2).map(tuple),
        more=st.booleans(),
        staffed=st.booleans(),
    ),
    st.builds(Heard, choice=st.sampled_from(["safe", "not_safe", "sun", "bread", "none", "agree", "wait"])),
)


@pytest.fixture
def talk(shelf: Shelf) -> Talk:
    return Talk(shelf, in_hands())


def test_what_a_caller_writes_is_held_and_nothing_is_said(talk: Talk) -> None:
    assert talk.hears() == ()
    assert talk.hears(None, None, None, Code.RIGHTS) == ()
    assert talk.hears("agree") == ()
    assert talk.now.place == place("handed")


def test_a_signal_raises_the_contact_without_a_word(talk: Talk) -> None:
    assert talk.hears(None, None, None, Code.MINOR) == (Raise(Level.URGENT, "minor"),)
    assert talk.now.level is Level.URGENT


class TestHush:
    @pytest.mark.parametrize("state", STATES, ids=name_of)
    @pytest.mark.parametrize("word", [Word.STRANGER, Word.UNSAFE])
    def test_a_stranger_is_told_that_the_number_is_wrong_and_nothing_more(
        self, talk: Talk, state: Conversation, word: Word
    ) -> None:
        talk.now = state
        assert talk.hears(word=word) == DECOY
        assert (talk.now.hushed, talk.now.choosing_language) == (True, False)

    @pytest.mark.parametrize("state", STATES, ids=name_of)
    def test_a_pause_is_one_neutral_word_and_keeps_the_contact(self, talk: Talk, state: Conversation) -> None:
        for heard in (Heard(word=Word.PAUSE), Heard(signals=(signal(Code.STOP),))):
            talk.now = state
            assert talk.takes(heard) == PAUSE
            assert (talk.now.hushed, talk.now.choosing_language, talk.now.handed) == (True, False, True)

    def test_who_is_watched_and_tells_of_worse_is_not_hushed(self, talk: Talk) -> None:
        talk.hears(None, None, None, Code.EXPLOITED, Code.STOP)
        assert not talk.now.hushed

    @pytest.mark.parametrize("word", [None, Word.PERSON, Word.LANGUAGE, Word.BACK, Word.CODE])
    def test_without_agreed_words_only_one_question_is_asked(self, talk: Talk, word: Word | None) -> None:
        talk.now = in_hands(hushed=True)
        (say,) = talk.hears(word=word)
        assert isinstance(say, Say)
        assert (say.key, [key for key, _ in say.choices]) == (IS_IT_SAFE, ["safe", "not_safe"])
        assert talk.now.hushed

    def test_without_agreed_words_the_callers_answer_ends_it_or_not(self, talk: Talk) -> None:
        talk.now = in_hands(hushed=True)
        assert (talk.hears("not_safe"), talk.now.hushed) == (PAUSE, True)
        assert (talk.hears("safe"), talk.now.hushed) == (HELD, False)
        assert talk.hears() == ()

    @pytest.mark.parametrize("code", CODES)
    def test_with_agreed_words_no_number_and_no_answer_ends_it(self, talk: Talk, code: str) -> None:
        talk.now = in_hands(code=code)
        talk.hears(word=Word.STRANGER)
        for heard in (Heard(), Heard(choice="safe"), Heard(choice="not_safe"), Heard(language="ar"), Heard(more=True)):
            assert (talk.takes(heard), talk.now.hushed) == (DECOY, True)
        for word in (Word.PERSON, Word.LANGUAGE, Word.BACK, Word.CODE):
            assert (talk.hears(word=word), talk.now.hushed) == ((Say(IS_IT_SAFE),), True)
        assert (talk.hears(word=Word.SAFE), talk.now.hushed) == (HELD, False)

    @pytest.mark.parametrize("code", [None, *CODES])
    def test_hushed_by_a_pause_the_callers_answer_opens_it_with_agreed_words_or_without(
        self, talk: Talk, code: str | None
    ) -> None:
        for heard in (Heard(word=Word.PAUSE), Heard(signals=(signal(Code.STOP),))):
            talk.now = in_hands(code=code)
            assert (talk.takes(heard), talk.now.decoyed) == (PAUSE, False)
            assert (talk.hears("not_safe"), talk.now.hushed) == (PAUSE, True)
            assert (talk.hears("safe"), talk.now.hushed) == (HELD, False)

    @given(st.sampled_from([one for one in STATES if one.hushed]), st.lists(MESSAGES, max_size=8))
    def test_whoever_holds_the_phone_learns_nothing(self, state: Conversation, messages: list[Heard]) -> None:
        talk = Talk(SHELF[0], state)
        for heard in messages:
            before, effects = talk.now, talk.takes(heard)
            if effects == (Forget(),):
                return
            if not talk.now.hushed:
                assert talk.said == ["desk/held"]
                agreed = before.code is not None and before.decoyed
                assert heard.word is Word.SAFE or (not agreed and heard.choice == "safe")
                assert not talk.now.decoyed
                return
            assert talk.now.decoyed or not before.decoyed
            assert set(talk.said) <= MEANS_NOTHING
            assert not any(isinstance(effect, OfferLanguages) for effect in effects)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_agreed_words_are_heard_as_such_in_every_language_and_only_those_agreed(
        self, shelf: Shelf, language: str
    ) -> None:
        words = shelf.words[language]
        for code in CODES:
            for agreed in (None, *CODES):
                talk = Conversation(language, place("handed"), handed=True, hushed=True, code=agreed)
                for word in AGREED:
                    for said in words.synonyms(f"code/{code}/{word.value}"):
                        heard = understand(talk, shelf.scripts, words, shelf.offered, shelf.rules, f" {said.upper()}! ")
                        assert heard.word is (word if agreed == code else None)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_word_for_danger_is_answered_and_the_decoy_names_nothing(self, shelf: Shelf, language: str) -> None:
        words = shelf.words[language]
        assert "{emergency}" in words["desk/emergency"]
        for key in ("discreet/decoy/say", "first_contact/pause/say", "desk/held"):
            assert "{" not in words[key]


class TestAgreeingOnWords:
    @pytest.mark.parametrize(("choice", "code"), [("sun", "sun"), ("bread", "bread"), ("none", None)])
    def test_they_are_chosen_and_then_the_contact_waits_in_silence(
        self, talk: Talk, choice: str, code: str | None
    ) -> None:
        talk.now = in_hands(code="bread" if code == "sun" else "sun")
        talk.hears(word=Word.CODE)
        assert talk.said == ["discreet/start/say"]
        (say,) = talk.hears(choice)
        assert say == Say("discreet/agreed/say" if code else "discreet/no_words/say")
        assert (talk.now.code, talk.now.place, talk.now.handed) == (code, place("handed"), True)
        assert talk.hears() == ()

    def test_what_is_no_answer_to_the_question_is_held_and_changes_nothing(self, talk: Talk) -> None:
        talk.hears(word=Word.CODE)
        assert talk.hears() == talk.hears("agree") == ()
        assert talk.now.code is None
        talk.hears("bread")
        assert talk.now.code == "bread"

    def test_that_it_is_safe_is_confirmed(self, talk: Talk) -> None:
        talk.now = in_hands(code="sun")
        assert talk.hears(word=Word.SAFE) == HELD


class TestLanguage:
    def test_it_can_be_changed_and_what_was_written_is_still_held(self, talk: Talk) -> None:
        assert talk.hears(word=Word.LANGUAGE) == (OfferLanguages(),)
        assert talk.takes(Heard(more=True)) == (OfferLanguages(1),)
        assert talk.hears(language="th") == (Say("desk/received"),)
        assert (talk.now.language, talk.now.choosing_language, talk.now.page) == ("th", False, 0)
        assert (talk.now.place, talk.now.handed) == (place("handed"), True)

    def test_words_that_are_no_language_are_held_and_the_list_is_gone(self, talk: Talk) -> None:
        talk.hears(word=Word.LANGUAGE)
        assert talk.hears() == ()
        assert not talk.now.choosing_language
        assert talk.takes(Heard(more=True)) == ()

    @pytest.mark.parametrize("word", [Word.BACK, Word.PERSON])
    def test_another_word_leaves_the_list(self, talk: Talk, word: Word) -> None:
        talk.hears(word=Word.LANGUAGE)
        assert talk.hears(word=word) == (Say("desk/on_duty"),)
        assert (talk.now.language, talk.now.choosing_language) == ("en", False)


@pytest.mark.parametrize(("staffed", "key"), [(True, "desk/on_duty"), (False, "desk/no_one")])
def test_who_asks_for_a_person_again_is_told_whether_one_is_there(talk: Talk, staffed: bool, key: str) -> None:
    assert talk.takes(Heard(word=Word.PERSON, staffed=staffed)) == (Say(key),)


@pytest.mark.parametrize("state", STATES, ids=name_of)
def test_delete_deletes_in_every_state_and_says_nothing_else(talk: Talk, state: Conversation) -> None:
    for codes in ((), (Code.DANGER,), (Code.STOP,)):
        talk.now = state
        assert talk.hears(None, Word.DELETE, None, *codes) == (Forget(),)


SHELF: list[Shelf] = []


@pytest.fixture(autouse=True)
def the_shelf(shelf: Shelf) -> None:
    """For the tests that Hypothesis runs many times over."""
    SHELF[:] = [shelf]


@given(st.sampled_from(STATES), st.lists(MESSAGES, max_size=10))
def test_nothing_a_caller_sends_takes_the_contact_from_the_person_or_hands_it_over_twice(
    state: Conversation, messages: list[Heard]
) -> None:
    for heard in messages:
        after, effects = advance(state, SHELF[0].scripts, heard, NOW)
        if effects == (Forget(),):
            return
        assert all(isinstance(effect, Say | Raise | OfferLanguages) for effect in effects)
        assert after.handed
        assert after.level.rank <= min(
            state.level.rank, *(LEVELS[Code(one.code)].rank for one in heard.signals if one.sure), 9
        )
        if after.level is Level.IMMEDIATE is not state.level:
            assert Say("desk/emergency") in effects
        state = after


def test_what_is_written_while_it_is_hushed_is_kept_for_the_person(sqlite_office: Office) -> None:
    amara = Caller(sqlite_office)
    amara.asks_for_a_person()
    assert amara.writes("code") != []
    amara.writes("1")
    assert amara.writes("rain") == ["Sorry, wrong number."]
    assert amara.writes("what is this") == ["Sorry, wrong number."]
    assert amara.writes("1") == ["Sorry, wrong number."]
    assert amara.writes("sun") == ["OK. We go on."]
    contact = amara.open_contact()
    assert contact.state is State.WAITING
    told = [line.text for line in lines_of(sqlite_office, contact)]
    assert told[-5:] == ["1", "rain", "what is this", "1", "sun"]


def test_who_wants_it_deleted_while_it_is_hushed_is_forgotten(sqlite_office: Office) -> None:
    amara = Caller(sqlite_office)
    amara.asks_for_a_person()
    amara.writes("who is this")
    amara.writes("delete")
    assert amara.contact() is None
