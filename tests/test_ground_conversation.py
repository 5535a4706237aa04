"""`advance`, turn by turn: the opening, choices, universal words, danger, languages, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from hotline.contact import Level
from hotline.store.shelf import Shelf
from hotline.triage.advance import MISHEARD_AT_MOST, advance
from hotline.triage.conversation import Conversation, Heard, Word
from hotline.triage.effects import Effect, End, Forget, HandOff, KeepAddress, OfferLanguages, Raise, Say
from hotline.triage.script import Place, Step
from hotline.triage.signals import LEVELS, LIFE, Code, Signal
from hotline.triage.steps import TRAIL_AT_MOST
from tests.people import NOW

FIRST = "first_contact"


def place(step: str) -> Place:
    return Place.read(step, FIRST)


def signal(code: Code) -> Signal:
    return Signal(code.value, LEVELS[code], "words")


@dataclass
class Talk:
    """A conversation in which one turn follows another."""

    shelf: Shelf
    now: Conversation
    heard: tuple[Effect, ...] = ()

    def hears(
        self, choice: str | None = None, word: Word | None = None, language: str | None = None, *codes: Code
    ) -> tuple[Effect, ...]:
        return self.takes(Heard(choice, word, language, tuple(signal(code) for code in codes)))

    def takes(self, heard: Heard) -> tuple[Effect, ...]:
        self.now, self.heard = advance(self.now, self.shelf.scripts, heard, NOW)
        return self.heard

    @property
    def said(self) -> list[str]:
        return [effect.key for effect in self.heard if isinstance(effect, Say)]

    def at(self, step: str) -> Talk:
        self.now = replace(self.now, place=place(step))
        return self

    def leads_to(self, step: Place) -> list[Step]:
        """The step and those it goes on to, up to the one that asks."""
        found = [self.shelf.scripts.step(step)]
        while found[-1].go is not None:
            found.append(self.shelf.scripts.step(found[-1].go))
        return found


@pytest.fixture
def talk(shelf: Shelf) -> Talk:
    return Talk(shelf, Conversation("en"))


def test_the_opening_asks_first_whether_it_is_safe_then_for_danger_then_says_who_we_are(talk: Talk) -> None:
    talk.hears()
    assert talk.said == ["first_contact/safe_now/say"]
    talk.hears("safe")
    assert talk.said == ["first_contact/danger_now/say"]
    talk.hears("no_danger")
    assert talk.said == [
        "first_contact/who_we_are/say",
        "first_contact/what_is_kept/say",
        "first_contact/limits/say",
        "first_contact/language/say",
    ]
    talk.hears("this")
    assert talk.said == ["first_contact/need/say"]
    assert talk.now.place == place("need")


def test_whoever_is_not_safe_is_let_go_at_once_and_everything_ends(talk: Talk) -> None:
    talk.hears()
    assert talk.hears("not_safe") == (Say("first_contact/stop_now/say"), End())


def test_a_step_that_asks_shows_its_choices_in_order(talk: Talk) -> None:
    (say,) = talk.hears()
    assert say == Say(
        "first_contact/safe_now/say",
        (
            ("safe", "first_contact/safe_now/choice/safe"),
            ("not_safe", "first_contact/safe_now/choice/not_safe"),
        ),
    )


def test_only_the_callers_yes_keeps_an_address_and_then_hands_over(talk: Talk) -> None:
    talk.at("consent")
    effects = talk.hears("agree")
    assert effects == (KeepAddress(), Say("first_contact/handed/say"), HandOff())


def test_no_keeps_no_address(talk: Talk) -> None:
    effects = talk.at("consent").hears("not_now")
    assert effects == (Say("first_contact/goodbye/say"), End())


def test_the_trapped_are_raised_to_urgent_on_the_way_to_a_person(talk: Talk) -> None:
    effects = talk.at("exploited:start").hears("leave")
    assert effects[0] == Raise(Level.URGENT, "leave")
    assert talk.said == ["exploited/leave/say", "exploited/next/say"]
    talk.hears("person")
    assert talk.said == ["first_contact/consent/say"]
    assert talk.now.level is Level.URGENT


def test_what_fits_no_choice_is_asked_again_twice_and_then_a_person_is_offered(talk: Talk) -> None:
    talk.at("danger_now")
    for _ in range(MISHEARD_AT_MOST):
        talk.hears()
        assert talk.said == ["desk/misheard", "first_contact/danger_now/say"]
    talk.hears()
    assert talk.said == ["first_contact/consent/say"]


def test_where_a_person_is_offered_already_it_is_asked_again_for_ever(talk: Talk) -> None:
    talk.at("consent")
    for _ in range(MISHEARD_AT_MOST + 3):
        talk.hears()
        assert talk.said == ["desk/misheard", "first_contact/consent/say"]


def test_an_understood_answer_forgives_what_was_misheard(talk: Talk) -> None:
    talk.at("safe_now").hears()
    talk.hears("safe")
    assert talk.now.misheard == 0


class TestUniversalWords:
    def test_back_goes_to_the_question_before_and_then_before_that(self, talk: Talk) -> None:
        talk.hears()
        talk.hears("safe")
        talk.hears("no_danger")
        talk.hears(word=Word.BACK)
        assert talk.said == ["first_contact/danger_now/say"]
        talk.hears(word=Word.BACK)
        assert talk.said == ["first_contact/safe_now/say"]
        talk.hears(word=Word.BACK)
        assert talk.said == ["first_contact/safe_now/say"]

    def test_the_way_back_is_kept_short(self, talk: Talk) -> None:
        talk.hears()
        for _ in range(TRAIL_AT_MOST):
            talk.at("safe_now").hears("safe")
            talk.at("danger:start").hears("person")
        assert len(talk.now.trail) == TRAIL_AT_MOST

    def test_a_person_can_be_asked_for_at_any_step(self, talk: Talk) -> None:
        for step in talk.shelf.scripts.reachable():
            talk.now = Conversation("en", step.place)
            talk.hears(word=Word.PERSON)
            assert talk.said == ["first_contact/consent/say"]

    def test_a_person_can_be_asked_for_before_anything_was_said(self, talk: Talk) -> None:
        talk.hears(word=Word.PERSON)
        assert talk.said == ["first_contact/consent/say"]

    def test_pause_ends_with_one_neutral_word(self, talk: Talk) -> None:
        assert talk.at("danger_now").hears(word=Word.PAUSE) == (Say("first_contact/pause/say"), End())

    def test_emergency_gives_the_number(self, talk: Talk) -> None:
        for step in talk.shelf.scripts.reachable():
            talk.now = Conversation("en", step.place)
            talk.hears(word=Word.EMERGENCY)
            assert talk.said == ["first_contact/emergency/say"]

    @pytest.mark.parametrize("codes", [(), (Code.DANGER,), (Code.STOP,)])
    @pytest.mark.parametrize("language", ["en", None])
    def test_delete_wins_over_everything_and_says_nothing_else(
        self, talk: Talk, codes: tuple[Code, ...], language: str | None
    ) -> None:
        for step in talk.shelf.scripts.reachable():
            talk.now = Conversation(language, step.place)
            assert talk.hears(None, Word.DELETE, None, *codes) == (Forget(),)


class TestLanguages:
    def test_an_unknown_language_is_asked_for_and_then_the_opening_follows(self, talk: Talk) -> None:
        talk.now = Conversation()
        assert talk.hears() == (OfferLanguages(),)
        assert talk.now.choosing_language
        talk.hears(language="th")
        assert talk.said == ["first_contact/safe_now/say"]
        assert (talk.now.language, talk.now.choosing_language) == ("th", False)

    def test_the_language_can_be_changed_at_any_step_and_the_step_is_said_again(self, talk: Talk) -> None:
        for step in talk.shelf.scripts.speaking():
            talk.now = Conversation("en", step.place)
            assert talk.hears(word=Word.LANGUAGE) == (OfferLanguages(),)
            talk.hears(language="ar")
            assert talk.said[0] == step.say
            assert (talk.now.language, talk.now.choosing_language) == ("ar", False)
            if step.choices:
                assert talk.said == [step.say]
                assert talk.now.place == step.place

    def test_whoever_goes_back_keeps_their_language(self, talk: Talk) -> None:
        talk.at("danger_now").hears(word=Word.LANGUAGE)
        talk.hears(word=Word.BACK)
        assert talk.said == ["first_contact/danger_now/say"]
        assert (talk.now.language, talk.now.choosing_language) == ("en", False)

    def test_a_word_that_is_no_language_shows_the_list_again(self, talk: Talk) -> None:
        talk.at("danger_now").hears(word=Word.LANGUAGE)
        assert talk.hears() == (OfferLanguages(),)
        assert talk.hears() == (OfferLanguages(),)

    def test_a_person_can_be_asked_for_while_a_language_is_chosen(self, talk: Talk) -> None:
        talk.at("danger_now").hears(word=Word.LANGUAGE)
        talk.hears(word=Word.PERSON)
        assert talk.said == ["first_contact/consent/say"]
        assert not talk.now.choosing_language

    def test_who_names_a_language_and_danger_in_one_breath_is_told_the_number(self, talk: Talk) -> None:
        """Found by this test: the language is settled, the danger is noted, and the opening is said instead."""
        talk.now = Conversation(choosing_language=True)
        talk.hears(None, None, "en", Code.DANGER)
        assert talk.said == ["danger/start/say"]


class TestDanger:
    @pytest.mark.parametrize(
        ("code", "step"),
        [
            (Code.DANGER, "danger:start"),
            (Code.SELFHARM, "selfharm:start"),
            (Code.MINOR, "child:start"),
            (Code.STOP, "pause"),
        ],
    )
    def test_a_grave_signal_leaves_whatever_step_the_caller_is_in(self, talk: Talk, code: Code, step: str) -> None:
        steps = talk.leads_to(place(step))
        for here in talk.shelf.scripts.reachable():
            for choosing in (False, True):
                talk.now = Conversation("en", here.place, choosing_language=choosing)
                talk.hears(None, None, None, code)
                assert talk.said == [one.say for one in steps]
                assert talk.now.level is LEVELS[code]
                assert talk.now.place == steps[-1].place

    def test_the_gravest_of_several_signals_leads(self, talk: Talk) -> None:
        talk.at("danger_now").hears(None, None, None, Code.STOP, Code.MINOR, Code.DANGER)
        assert talk.said == ["danger/start/say"]

    @pytest.mark.parametrize("code", sorted(set(Code) - LIFE))
    def test_a_chosen_answer_is_not_second_guessed(self, talk: Talk, code: Code) -> None:
        talk.at("danger_now").hears("no_danger", None, None, code)
        assert talk.said[0] == "first_contact/who_we_are/say"

    @pytest.mark.parametrize("code", sorted(LIFE))
    def test_danger_beside_a_chosen_answer_outranks_it_at_every_step(self, talk: Talk, code: Code) -> None:
        for step in talk.shelf.scripts.reachable():
            for choice in step.choices:
                talk.now = Conversation("en", step.place)
                assert not {KeepAddress(), End(), HandOff()} & set(talk.hears(choice.key, None, None, Code(code)))
                assert talk.said == [f"{code}/start/say"]

    def test_a_milder_signal_is_noted_and_the_script_goes_on(self, talk: Talk) -> None:
        effects = talk.at("safe_now").hears(None, None, None, Code.EXPLOITED)
        assert effects[0] == Raise(Level.URGENT, "exploited")
        assert talk.said == ["desk/misheard", "first_contact/safe_now/say"]

    def test_a_signal_is_remembered_once_with_its_first_words(self, talk: Talk) -> None:
        talk.at("danger_now").hears(None, None, None, Code.WITNESS)
        talk.now, _ = advance(
            talk.now, talk.shelf.scripts, Heard(signals=(Signal("witness", Level.SOON, "later words"),)), NOW
        )
        assert [(noted.code, noted.evidence) for noted in talk.now.signals] == [("witness", "words")]

    def test_the_same_danger_twice_is_raised_once_and_answered_twice(self, talk: Talk) -> None:
        first = talk.at("danger_now").hears(None, None, None, Code.DANGER)
        second = talk.hears(None, None, None, Code.DANGER)
        assert Raise(Level.IMMEDIATE, "danger") in first
        assert not [effect for effect in second if isinstance(effect, Raise)]
        assert talk.said == ["danger/start/say"]


def test_a_conversation_survives_being_written_down(talk: Talk) -> None:
    talk.hears()
    talk.hears("safe")
    talk.hears(None, None, None, Code.DANGER)
    assert Conversation.from_table(talk.now.as_table()) == talk.now
    assert talk.now.touched_at == NOW
