"""What is said beside or outside the answer that was asked for, and must not be lost: danger, a stop, a cry for help."""

from __future__ import annotations

import pytest

from hotline.contact import Level
from hotline.plain import plain
from hotline.store.shelf import Shelf
from hotline.triage.advance import advance
from hotline.triage.conversation import Conversation, Heard, Word, still_there
from hotline.triage.effects import Effect, End, KeepAddress, Say
from hotline.triage.listen import SOS, is_plain_answer, understand
from hotline.triage.script import Place, Step
from hotline.triage.signals import MOSTLY, Code, Signal, judge
from tests.people import LANGUAGES, NOW
from tests.test_ground_listen import CONSENT, asking, hears

SAFE_NOW, DANGER_NOW, NEED = (Place("first_contact", step) for step in ("safe_now", "danger_now", "need"))
KILLS = "he is going to kill me"


def answered(
    shelf: Shelf, text: str, place: Place | None = CONSENT, *, language: str = "en", tapped: str | None = None
) -> tuple[Conversation, tuple[Effect, ...]]:
    heard = hears(shelf, text, language=language, place=place, tapped=tapped)
    return advance(Conversation(language, place), shelf.scripts, heard, NOW)


class TestBesideATap:
    def test_words_of_danger_outrank_every_button_of_every_step(self, shelf: Shelf) -> None:
        for step in asking(shelf):
            for choice in step.choices:
                heard = hears(shelf, KILLS, place=step.place, tapped=choice.key)
                assert (heard.choice, [one.code for one in heard.signals]) == (choice.key, ["danger"])
                after, effects = answered(shelf, KILLS, step.place, tapped=choice.key)
                assert (after.place, after.level) == (shelf.scripts.on_signal["danger"], Level.IMMEDIATE)
                assert KeepAddress() not in effects

    @pytest.mark.parametrize("text", ["", "  ", "they did not pay me", "stop writing", "I am 15 years old", "1"])
    def test_milder_words_and_none_leave_the_tap_as_it_is(self, shelf: Shelf, text: str) -> None:
        assert hears(shelf, text, tapped="agree") == Heard(choice="agree")

    def test_a_number_or_a_label_that_was_typed_is_an_answer_and_no_more(self, shelf: Shelf) -> None:
        assert hears(shelf, "1 I am in danger", place=DANGER_NOW) == Heard(choice="in_danger")


def said_in_danger(shelf: Shelf, language: str) -> set[str]:
    step = shelf.scripts.step(DANGER_NOW)
    words, danger = shelf.words[language], step.choices[0]
    return {plain(words[step.label(danger)]), *words.synonyms(step.also(danger))}


def own_words(shelf: Shelf, step: Step, language: str) -> set[str]:
    words = shelf.words[language]
    labels = {plain(words[step.label(choice)]) for choice in step.choices}
    return labels.union(*(words.synonyms(step.also(choice)) for choice in step.choices))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scripts_words_for_danger_bring_the_number_at_every_step_that_has_no_other_use_for_them(
    shelf: Shelf, language: str
) -> None:
    words, steps = shelf.words[language], asking(shelf)
    others = [own_words(shelf, step, language) for step in steps if step.place != DANGER_NOW]
    no_danger = words.synonyms("first_contact/danger_now/also/no_danger")
    alone = {said for said in said_in_danger(shelf, language) if not any(said in used for used in (*others, no_danger))}
    assert len(alone) > 1
    for step in steps:
        for said in alone:
            after, effects = answered(shelf, said, step.place, language=language)
            told = [words[one.key] for one in effects if isinstance(one, Say)]
            assert any("{emergency}" in text for text in told), (str(step.place), said)
            assert after.level.rank <= Level.URGENT.rank, (str(step.place), said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_yes_is_no_danger_where_something_else_was_asked(shelf: Shelf, language: str) -> None:
    words = shelf.words[language]
    for yes in words.synonyms("first_contact/safe_now/also/safe"):
        heard = hears(shelf, yes, language=language, place=NEED)
        assert not [one for one in heard.signals if one.code == Code.DANGER], yes


def test_the_danger_of_such_a_word_is_asked_about_and_not_yet_believed(shelf: Shelf) -> None:
    assert hears(shelf, "in danger", place=NEED).signals == (Signal("danger", Level.URGENT, "in danger", sure=False),)
    after, effects = answered(shelf, "in danger", NEED)
    assert (after.place, [one.key for one in effects[1:] if isinstance(one, Say)]) == (
        DANGER_NOW,
        ["first_contact/danger_now/say"],
    )


class TestPartlyAStop:
    @pytest.mark.parametrize(
        "text",
        [
            "please don't call me, just write",
            "my boss took my passport and he reads my phone, what can I do",
            "dont call me on this number, I need help with my papers",
        ],
    )
    def test_a_wish_beside_much_else_ends_nothing(self, shelf: Shelf, text: str) -> None:
        assert {one.sure for one in judge(text, shelf.rules) if one.code == Code.STOP} == {False}
        assert shelf.rules.share(text, Code.STOP) < MOSTLY
        for step in asking(shelf):
            assert End() not in answered(shelf, text, step.place)[1], str(step.place)

    @pytest.mark.parametrize(
        "text",
        [
            "he is checking my phone",
            "dont text me he is checking my phone",
            "dont txt back he is checking my phone",
            "stop writing",
            "wrong number",
            "Don't write to me!",
        ],
    )
    def test_a_message_that_is_mostly_that_ends_the_talk_with_one_neutral_word(self, shelf: Shelf, text: str) -> None:
        assert shelf.rules.share(text, Code.STOP) >= MOSTLY
        for step in asking(shelf):
            assert answered(shelf, text, step.place)[1] == (Say("first_contact/pause/say"), End())

    def test_as_the_very_first_message_it_is_asked_whether_it_is_safe(self, shelf: Shelf) -> None:
        after, effects = answered(shelf, "he is checking my phone", None)
        assert after.place == SAFE_NOW
        assert [one.key for one in effects if isinstance(one, Say)] == ["first_contact/safe_now/say"]

    def test_a_share_is_of_all_words_and_none_of_an_empty_message(self, shelf: Shelf) -> None:
        assert shelf.rules.share("stop writing", Code.STOP) == 1.0
        assert shelf.rules.share("stop writing now please", Code.STOP) == 0.5
        assert shelf.rules.share("", Code.STOP) == shelf.rules.share(KILLS, Code.STOP) == 0.0


class TestACryForHelp:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_help_is_the_word_for_emergency_in_every_language_and_step_but_not_by_sms(
        self, shelf: Shelf, language: str
    ) -> None:
        for step in asking(shelf):
            for said in ("help", "HELP!", " Help "):
                assert hears(shelf, said, language=language, place=step.place).word is Word.EMERGENCY
            assert hears(shelf, "help", language=language, place=step.place, sms=True) == Heard()

    @pytest.mark.parametrize("sms", [True, False])
    @pytest.mark.parametrize("text", [SOS, f"{SOS}{SOS}", f"please {SOS} now", f"1 {SOS}"])
    @pytest.mark.parametrize("language", [None, *LANGUAGES])
    def test_the_sign_is_heard_anywhere_in_a_message_before_and_after_a_language_is_known(
        self, shelf: Shelf, language: str | None, text: str, sms: bool
    ) -> None:
        assert hears(shelf, text, language=language, sms=sms).word is Word.EMERGENCY

    def test_while_a_person_has_the_contact_both_bring_the_number(self, shelf: Shelf) -> None:
        for hushed in (True, False):
            talk = Conversation("en", Place("first_contact", "handed"), handed=True, hushed=hushed, decoyed=hushed)
            for text in ("help", SOS):
                heard = understand(talk, shelf.scripts, shelf.words["en"], shelf.offered, shelf.rules, text)
                assert advance(talk, shelf.scripts, heard, NOW)[1] == (Say("desk/emergency"),)


def test_a_yes_fits_the_choice_that_begins_with_it_but_not_by_sms(shelf: Shelf) -> None:
    assert hears(shelf, "Yes!", place=SAFE_NOW).choice == "safe"
    assert hears(shelf, "yes", place=DANGER_NOW).choice == "in_danger"
    assert hears(shelf, "yes", place=NEED).choice is None
    assert hears(shelf, "yes", place=SAFE_NOW, sms=True) == Heard()


def test_that_it_is_safe_says_that_there_is_no_danger_where_that_is_asked(shelf: Shelf) -> None:
    assert hears(shelf, "safe", place=DANGER_NOW).choice == "no_danger"
    assert hears(shelf, "safe", place=NEED).choice is None


@pytest.mark.parametrize(
    ("text", "plain"), [("1", True), ("٢", True), ("", True), (" ?! ", True), ("1 help", False), ("yes", False)]
)
def test_only_nothing_and_a_bare_number_are_kept_from_the_model(text: str, plain: bool) -> None:
    assert is_plain_answer(text) is plain


class TestAnOldConversation:
    GONE = Place("first_contact", "offer_or_help")
    NOWHERE = Place("no_such_script", "start")

    def test_one_whose_steps_are_all_there_is_left_alone(self, shelf: Shelf) -> None:
        for step in shelf.scripts.reachable():
            talk = Conversation("en", step.place, trail=(SAFE_NOW, NEED))
            assert still_there(talk, shelf.scripts, handed=False) is talk

    def test_steps_that_are_gone_are_forgotten_and_nothing_else_is(self, shelf: Shelf) -> None:
        noted = (Signal("danger", Level.IMMEDIATE, "words"),)
        talk = Conversation("es", self.GONE, Level.IMMEDIATE, noted, (self.GONE, SAFE_NOW, self.NOWHERE), code="sun")
        assert still_there(talk, shelf.scripts, handed=False) == Conversation(
            "es", None, Level.IMMEDIATE, noted, (SAFE_NOW,), code="sun"
        )

    @pytest.mark.parametrize("handed", [True, False])
    def test_whether_a_person_has_it_comes_from_the_contact(self, shelf: Shelf, handed: bool) -> None:
        for place in (None, NEED, self.GONE):
            assert (
                still_there(Conversation("en", place, handed=not handed), shelf.scripts, handed=handed).handed == handed
            )

    @pytest.mark.parametrize("gone", [GONE, NOWHERE])
    @pytest.mark.parametrize(
        "text", ["hello", "1", KILLS, "person", "back", "delete", "language", "who is this", "stop writing"]
    )
    def test_whatever_comes_next_is_answered(self, shelf: Shelf, text: str, gone: Place) -> None:
        for handed in (True, False):
            old = Conversation("en", gone, trail=(gone, gone))
            talk = still_there(Conversation.from_table(old.as_table()), shelf.scripts, handed=handed)
            heard = understand(talk, shelf.scripts, shelf.words["en"], shelf.offered, shelf.rules, text)
            after, effects = advance(talk, shelf.scripts, heard, NOW)
            assert effects or handed
            assert after.place is None or after.place in shelf.scripts
