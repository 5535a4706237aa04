"""What the script makes of a caller who tells in words what it is about, of closed hours, of danger that is only guessed."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from hotline.contact import Level
from hotline.store.shelf import Shelf
from hotline.triage.advance import MISHEARD_AT_MOST
from hotline.triage.conversation import Conversation, Heard, Word
from hotline.triage.effects import Effect, End, Forget, HandOff, Helped, KeepAddress, OfferLanguages, Raise, Say
from hotline.triage.script import Place
from hotline.triage.signals import LEVELS, Code, Signal
from tests.people import NOW
from tests.test_ground_conversation import Talk, place, signal

WHO_WE_ARE = [f"first_contact/{step}/say" for step in ("who_we_are", "what_is_kept", "limits", "language")]
NEEDS = {
    Code.EXPLOITED: "exploited",
    Code.WITNESS: "witness",
    Code.JOBOFFER: "job_offer",
    Code.RIGHTS: "rights",
}


@pytest.fixture
def talk(shelf: Shelf) -> Talk:
    return Talk(shelf, Conversation("en"))


def guessed(code: Code, level: Level = Level.URGENT) -> Heard:
    """What the model alone heard, and not clearly."""
    return Heard(signals=(Signal(code.value, level, "model 0.50", sure=False, source="model"),))


class TestTheNeed:
    @pytest.mark.parametrize("code", NEEDS)
    def test_who_tells_it_where_it_is_asked_is_led_there(self, talk: Talk, code: Code) -> None:
        talk.at("need").hears(None, None, None, code)
        assert talk.now.place == Place(NEEDS[code], "start")
        assert talk.said == [f"{NEEDS[code]}/start/say"]

    @pytest.mark.parametrize("code", NEEDS)
    def test_who_tells_it_before_is_led_there_after_the_opening_and_not_asked_again(
        self, talk: Talk, code: Code
    ) -> None:
        talk.hears(None, None, None, code)
        assert talk.said == ["first_contact/safe_now/say"]
        talk.hears("safe")
        talk.hears("no_danger")
        assert talk.said == WHO_WE_ARE
        talk.hears("this")
        assert talk.said == [f"{NEEDS[code]}/start/say"]
        talk.hears(word=Word.BACK)
        talk.hears("this")
        assert talk.said == ["first_contact/need/say"], "the second time, somebody wants another answer"

    @pytest.mark.parametrize("code", NEEDS)
    def test_who_tells_it_in_place_of_danger_is_in_none(self, talk: Talk, code: Code) -> None:
        talk.at("danger_now").hears(None, None, None, code)
        assert talk.said == WHO_WE_ARE
        assert talk.now.level is LEVELS[code]

    @pytest.mark.parametrize("codes", [(), (Code.INFO,)])
    def test_words_without_a_need_are_no_answer_to_danger(self, talk: Talk, codes: tuple[Code, ...]) -> None:
        talk.at("danger_now").hears(None, None, None, *codes)
        assert talk.said == ["desk/misheard", "first_contact/danger_now/say"]

    def test_danger_beside_a_need_is_danger(self, talk: Talk) -> None:
        talk.at("danger_now").hears(None, None, None, Code.EXPLOITED, Code.DANGER)
        assert talk.said == ["danger/start/say"]

    def test_a_need_leaves_no_step_that_asks_something_else(self, talk: Talk) -> None:
        for code in NEEDS:
            for step in talk.shelf.scripts.reachable():
                if step.choices and not step.follow and step.otherwise is None:
                    talk.now = Conversation("en", step.place)
                    talk.hears(None, None, None, code)
                    assert (talk.said, talk.now.place) == (["desk/misheard", step.say], step.place)

    def test_what_a_rule_heard_goes_before_what_the_model_only_guessed(self, talk: Talk) -> None:
        maybe = Signal("exploited", Level.SOON, "model 0.40", sure=False, source="model")
        talk.at("need").takes(Heard(signals=(maybe, signal(Code.RIGHTS))))
        assert talk.now.place == Place("rights", "start")

    def test_the_watched_are_let_go_and_not_sent_away_when_they_tell_of_worse(self, talk: Talk) -> None:
        assert talk.at("need").hears(None, None, None, Code.STOP) == (Say("first_contact/pause/say"), End())
        talk.at("need").hears(None, None, None, Code.EXPLOITED, Code.STOP)
        assert talk.said == ["exploited/start/say"]


class TestDangerThatIsOnlyGuessed:
    @pytest.mark.parametrize("code", [Code.DANGER, Code.SELFHARM])
    def test_the_caller_is_asked_again_with_the_number_and_then_taken_at_their_word(
        self, talk: Talk, code: Code
    ) -> None:
        assert "{emergency}" in talk.shelf.words["en"]["first_contact/danger_now/say"]
        for step in talk.shelf.scripts.reachable():
            if step.place == place("danger_now"):
                continue
            talk.now = Conversation("en", step.place)
            effects = talk.takes(guessed(code))
            assert effects[0] == Raise(Level.URGENT, code.value)
            assert talk.said == ["first_contact/danger_now/say"]
            for _ in range(MISHEARD_AT_MOST):
                talk.takes(guessed(code))
                assert talk.said == ["desk/misheard", "first_contact/danger_now/say"]
            talk.takes(guessed(code))
            assert talk.said == [f"{code.value}/start/say"]
            assert talk.now.level is Level.IMMEDIATE

    @pytest.mark.parametrize("need", NEEDS)
    def test_a_need_beside_it_is_no_answer_that_there_is_no_danger(self, talk: Talk, need: Code) -> None:
        """Found by this test: "he hurts me, no pay" was taken for "no danger" where the danger was only guessed."""
        both = Heard(signals=(*guessed(Code.DANGER).signals, signal(need)))
        talk.at("danger_now").takes(both)
        assert talk.said == ["desk/misheard", "first_contact/danger_now/say"]

    @pytest.mark.parametrize("code", [Code.DANGER, Code.SELFHARM])
    def test_the_first_message_of_all_may_be_asked_about_too(self, talk: Talk, code: Code) -> None:
        talk.takes(guessed(code))
        assert talk.said == ["first_contact/danger_now/say"]

    def test_who_says_no_goes_on_and_stays_urgent(self, talk: Talk) -> None:
        talk.at("rights:start").takes(guessed(Code.DANGER))
        talk.hears("no_danger")
        assert talk.said == WHO_WE_ARE
        assert talk.now.level is Level.URGENT

    def test_a_guessed_child_leaves_no_step_and_is_led_to_its_own_where_the_need_is_asked(self, talk: Talk) -> None:
        child = guessed(Code.MINOR, Level.SOON)
        assert talk.at("rights:start").takes(child)[0] == Raise(Level.SOON, "minor")
        assert (talk.said, talk.now.place) == (["desk/misheard", "rights/start/say"], Place("rights", "start"))
        talk.at("need").takes(child)
        assert talk.said[0] == "child/start/say"
        talk.now = Conversation("en")
        for heard in (child, Heard("safe"), Heard("no_danger"), Heard("this")):
            talk.takes(heard)
        assert talk.said[0] == "child/start/say"

    def test_before_a_language_is_known_the_number_comes_first(self, talk: Talk) -> None:
        for heard in (guessed(Code.DANGER), Heard(signals=(signal(Code.SELFHARM),))):
            talk.now = Conversation()
            effects = talk.takes(heard)
            assert effects[1:] == (Say("desk/emergency"), OfferLanguages())


class TestLimits:
    def test_they_are_told_before_a_child_is_asked_anything_and_once(self, talk: Talk) -> None:
        talk.at("safe_now").hears(None, None, None, Code.MINOR)
        assert talk.said == ["child/start/say", "child/limits/say", "child/who/say"]
        assert talk.now.told

    def test_who_has_been_told_is_not_told_again(self, talk: Talk) -> None:
        talk.at("danger_now").hears("no_danger")
        assert talk.now.told
        talk.at("need").hears("young")
        assert talk.said == ["child/start/say", "child/who/say"]
        talk.at("danger_now").hears("no_danger")
        assert "first_contact/limits/say" not in talk.said


class TestClosedHours:
    def agrees(self, talk: Talk, *, staffed: bool) -> tuple[Effect, ...]:
        return talk.at("consent").takes(Heard(choice="agree", staffed=staffed))

    def test_the_yes_keeps_nothing_and_is_asked_what_now(self, talk: Talk) -> None:
        (effect,) = self.agrees(talk, staffed=False)
        assert isinstance(effect, Say)
        assert effect.key == "out_of_hours/start/say"
        assert not talk.now.handed

    @pytest.mark.parametrize("staffed", [True, False])
    def test_who_waits_is_kept_and_handed_over(self, talk: Talk, staffed: bool) -> None:
        self.agrees(talk, staffed=False)
        effects = talk.takes(Heard(choice="wait", staffed=staffed))
        assert effects == (KeepAddress(), Say("out_of_hours/wait/say"), HandOff())
        assert talk.now.handed

    def test_who_goes_on_without_a_person_is_told_who_we_are(self, talk: Talk) -> None:
        self.agrees(talk, staffed=False)
        talk.takes(Heard(choice="go_on", staffed=False))
        assert talk.said == WHO_WE_ARE

    def test_who_writes_later_is_let_go(self, talk: Talk) -> None:
        self.agrees(talk, staffed=False)
        assert talk.takes(Heard(choice="later", staffed=False)) == (Say("first_contact/goodbye/say"), End())

    def test_while_somebody_is_on_duty_it_is_not_said(self, talk: Talk) -> None:
        assert self.agrees(talk, staffed=True) == (KeepAddress(), Say("first_contact/handed/say"), HandOff())
        assert talk.now.handed


class TestWordsAndTheWayBack:
    @pytest.mark.parametrize(("choice", "code"), [("sun", "sun"), ("bread", "bread"), ("none", None)])
    def test_words_can_be_agreed_on_anywhere_and_the_talk_goes_on_where_it_was(
        self, talk: Talk, choice: str, code: str | None
    ) -> None:
        for step in talk.shelf.scripts.reachable():
            if step.choices and step.place.script != "discreet":
                talk.now = Conversation("en", step.place, followed=True)
                talk.hears(word=Word.CODE)
                assert talk.said == ["discreet/start/say"]
                talk.hears(choice)
                assert talk.said[1:] == [step.say]
                assert (talk.now.code, talk.now.place) == (code, step.place)

    def test_words_agreed_on_before_anything_else_lead_to_the_opening(self, talk: Talk) -> None:
        talk.hears(word=Word.CODE)
        talk.hears("sun")
        assert talk.said == ["discreet/agreed/say", "first_contact/safe_now/say"]

    @pytest.mark.parametrize("word", [Word.STRANGER, Word.UNSAFE])
    def test_a_stranger_is_told_that_the_number_is_wrong_and_all_is_forgotten(self, talk: Talk, word: Word) -> None:
        for step in talk.shelf.scripts.reachable():
            talk.now = Conversation("en", step.place, code="sun")
            assert talk.hears(word=word) == (Say("discreet/decoy/say"), End())

    def test_a_first_message_that_asks_who_we_are_is_answered(self, talk: Talk) -> None:
        talk.hears(word=Word.STRANGER)
        assert talk.said == ["first_contact/safe_now/say"]

    def test_that_it_is_safe_ends_nothing_while_the_script_leads(self, talk: Talk) -> None:
        talk.at("danger_now").hears(word=Word.SAFE)
        assert talk.said == ["desk/misheard", "first_contact/danger_now/say"]

    def test_the_list_of_languages_has_pages_and_begins_anew_when_it_is_asked_for_anew(self, talk: Talk) -> None:
        talk.at("danger_now").hears(word=Word.LANGUAGE)
        assert [talk.takes(Heard(more=True)) for _ in range(2)] == [(OfferLanguages(1),), (OfferLanguages(2),)]
        assert talk.hears(word=Word.LANGUAGE) == (OfferLanguages(),)
        talk.takes(Heard(more=True))
        talk.hears(language="ar")
        assert (talk.now.page, talk.said) == (0, ["first_contact/danger_now/say"])

    def test_another_language_can_be_chosen_where_it_is_offered(self, talk: Talk) -> None:
        assert talk.at("language").hears("other") == (OfferLanguages(),)
        talk.hears(language="ru")
        assert (talk.now.language, talk.said) == ("ru", WHO_WE_ARE)

    @pytest.mark.parametrize("answer", ["helped", "partly", "not_helped"])
    def test_whether_it_helped_is_counted_once_and_nothing_else(self, talk: Talk, answer: str) -> None:
        effects = talk.at("after_care:start").hears(answer)
        assert effects[0] == Helped(answer)
        assert [type(effect) for effect in effects[1:]] == ([Say] if answer == "not_helped" else [Say, End])


@pytest.mark.parametrize("code", [Code.DANGER, Code.SELFHARM])
def test_a_word_heard_with_danger_is_danger_and_delete_is_still_delete(talk: Talk, code: Code) -> None:
    for word in Word:
        talk.now = Conversation("en", place("need"))
        effects = talk.hears(None, word, None, code)
        assert effects == (Forget(),) if word is Word.DELETE else talk.said == [f"{code.value}/start/say"]


def test_everything_a_conversation_remembers_survives_being_written_down() -> None:
    every = Conversation(
        "ar",
        place("consent"),
        Level.URGENT,
        (Signal("danger", Level.URGENT, "model", sure=False), signal(Code.STOP)),
        (place("safe_now"),),
        misheard=2,
        choosing_language=True,
        touched_at=NOW,
        page=1,
        handed=True,
        hushed=True,
        code="sun",
        told=True,
        followed=True,
        decoyed=True,
        warned_at=NOW,
        marks=("upfront_fee", "secrecy?"),
        pasted=True,
        explained=1,
        then=place("need"),
    )
    nothing = Conversation()
    assert [one.name for one in fields(every) if getattr(every, one.name) == getattr(nothing, one.name)] == []
    assert Conversation.from_table(json.loads(json.dumps(every.as_table()))) == every


def test_a_conversation_that_was_written_down_before_it_knew_more_can_still_be_read() -> None:
    table = Conversation("en", place("consent"), signals=(signal(Code.DANGER),)).as_table()
    old = {key: table[key] for key in ("language", "place", "level", "trail", "misheard", "choosing_language")}
    old |= {"touched_at": NOW, "signals": [["danger", "immediate", "words"]]}
    found = Conversation.from_table(old)
    assert found == Conversation("en", place("consent"), signals=(signal(Code.DANGER),), touched_at=NOW)
    assert found.signals[0].sure
