"""From what a caller types to what the core hears: numbers of every script, labels, synonyms, and words that are not ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hotline.language import LANGUAGES
from hotline.plain import plain
from hotline.store.shelf import Shelf
from hotline.triage.conversation import Conversation, Heard, Word
from hotline.triage.listen import CARRIER_WORDS, OPT_OUT_WORDS, is_carrier_word, is_opt_out, number_in, understand
from hotline.triage.script import Choice, Place, Step
from tests.people import LANGUAGES as OFFERED

CONSENT = Place("first_contact", "consent")
DIGITS = {"western": "12", "arabic": "١٢", "persian": "۱۲", "thai": "๑๒", "full width": "１２", "circled": "①②"}


def hears(
    shelf: Shelf,
    text: str,
    *,
    language: str | None = "en",
    place: Place | None = CONSENT,
    choosing: bool = False,
    tapped: str | None = None,
    sms: bool = False,
) -> Heard:
    conversation = Conversation(language, place, choosing_language=choosing)
    words = shelf.words[language] if language else None
    return understand(
        conversation, shelf.scripts, words, shelf.offered, shelf.rules, text, tapped=tapped, by_carrier=sms
    )


def asking(shelf: Shelf) -> list[Step]:
    return [step for step in shelf.scripts.reachable() if step.choices]


@pytest.mark.parametrize("digits", DIGITS.values(), ids=DIGITS)
def test_a_number_counts_in_the_digits_of_any_script(shelf: Shelf, digits: str) -> None:
    for step in asking(shelf):
        for number, choice in enumerate(step.choices[:2]):
            assert hears(shelf, digits[number], place=step.place).choice == choice.key


@pytest.mark.parametrize("text", ["1", " 1 ", "1.", "1)", "(1)", "#1", "1!", "1️⃣", "01", "\u200f١", "1\n"])
def test_a_number_may_be_dressed_up(shelf: Shelf, text: str) -> None:
    assert hears(shelf, text).choice == "agree"


@pytest.mark.parametrize(
    "text", ["12:30", "1/2", "1,5", "3", "9", "11", "112 000", "1 2", "1 child", "2 hours", "1st", "100", "½", ""]
)
def test_a_number_that_means_something_else_is_no_answer(shelf: Shelf, text: str) -> None:
    assert hears(shelf, text).choice is None


def test_a_number_with_its_own_label_is_an_answer_and_with_another_label_is_not(shelf: Shelf) -> None:
    assert hears(shelf, "1 I agree").choice == "agree"
    assert hears(shelf, "1. i AGREE!").choice == "agree"
    assert hears(shelf, "1 Not now").choice is None


@pytest.mark.parametrize(
    ("text", "found"),
    [("7 days", (7, "days")), ("۱۲", (12, "")), ("no 1", None), ("", None), ("2: go", (2, "go")), ("-", None)],
)
def test_the_number_that_a_message_begins_with(text: str, found: tuple[int, str] | None) -> None:
    assert number_in(text) == found


def is_for_a_person(shelf: Shelf, choice: Choice) -> bool:
    """Whether a choice does just what the universal word for a person does, so that either may be heard."""
    return choice.go == shelf.scripts.on_signal["person"] and not choice.do


@pytest.mark.parametrize("language", OFFERED)
def test_every_label_and_synonym_in_every_language_chooses_its_own_choice(shelf: Shelf, language: str) -> None:
    words = shelf.words[language]
    wrong = []
    for step in asking(shelf):
        for choice in step.choices:
            for said in (words[step.label(choice)], *words.synonyms(step.also(choice))):
                heard = hears(shelf, said.upper(), language=language, place=step.place)
                if heard.choice != choice.key and not (heard.word is Word.PERSON and is_for_a_person(shelf, choice)):
                    wrong.append(f"{step.place}: {said!r} chooses {heard.choice or heard.word}, not {choice.key}")
    assert wrong == []


@pytest.mark.parametrize("language", OFFERED)
def test_every_universal_word_in_every_language_works_at_every_step(shelf: Shelf, language: str) -> None:
    words = shelf.words[language]
    for word in Word:
        for said in words.synonyms(f"universal/{word.value}/also"):
            for step in shelf.scripts.reachable():
                assert hears(shelf, f" {said}! ", language=language, place=step.place).word is word, said


@pytest.mark.parametrize("language", OFFERED)
def test_no_two_universal_words_share_a_synonym(shelf: Shelf, language: str) -> None:
    words = shelf.words[language]
    every = [said for word in Word for said in words.synonyms(f"universal/{word.value}/also")]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("word", sorted(CARRIER_WORDS))
@pytest.mark.parametrize("dressed", [str.lower, str.upper, str.title, lambda word: f"  {word}\n"])
def test_no_word_of_the_phone_company_is_an_answer_on_sms(
    shelf: Shelf, word: str, dressed: Callable[[str], str]
) -> None:
    text = dressed(word)
    assert is_carrier_word(text)
    for language in OFFERED:
        for step in shelf.scripts.reachable():
            assert hears(shelf, text, language=language, place=step.place, sms=True) == Heard()
            assert hears(shelf, text, language=language, choosing=True, sms=True) == Heard()


@pytest.mark.parametrize("language", OFFERED)
def test_no_label_of_ours_is_a_word_of_the_phone_company(shelf: Shelf, language: str) -> None:
    words = shelf.words[language]
    for key, text in words.by_key.items():
        if "/choice/" in key or "/also" in key:
            assert not CARRIER_WORDS & {plain(part) for part in text.split("|")}, key


def test_the_words_that_opt_out_are_among_the_phone_companys_and_a_sentence_never_is() -> None:
    assert OPT_OUT_WORDS < CARRIER_WORDS
    assert is_opt_out(" Stop ")
    assert not is_opt_out("START")
    assert not is_opt_out("stop it please")
    assert not is_carrier_word("yes please")


def test_a_tapped_button_is_an_answer_and_a_stale_one_is_not(shelf: Shelf) -> None:
    assert hears(shelf, "", tapped="agree").choice == "agree"
    assert hears(shelf, "", tapped="safe").choice is None


def test_a_chosen_answer_brings_no_signals_along(shelf: Shelf) -> None:
    place = Place("first_contact", "danger_now")
    assert hears(shelf, "I am in danger", place=place) == Heard(choice="in_danger")


class TestChoosingALanguage:
    @pytest.mark.parametrize("digits", DIGITS.values(), ids=DIGITS)
    def test_by_its_number(self, shelf: Shelf, digits: str) -> None:
        assert hears(shelf, digits[1], choosing=True).language == shelf.offered[1]

    @pytest.mark.parametrize("tag", OFFERED)
    def test_by_any_of_its_names_or_its_button(self, shelf: Shelf, tag: str) -> None:
        language = LANGUAGES[tag]
        for said in (language.name, language.english, language.english.upper()):
            assert hears(shelf, said, language=None, choosing=True).language == tag
            assert hears(shelf, said, language=None).language == tag
        assert hears(shelf, "", language=None, choosing=True, tapped=tag).language == tag

    @pytest.mark.parametrize("tag", OFFERED)
    def test_a_bare_tag_that_is_typed_is_a_word_like_any_other(self, shelf: Shelf, tag: str) -> None:
        for said in (tag, tag.upper(), f" {tag}! "):
            for choosing in (True, False):
                assert hears(shelf, said, language=None, choosing=choosing).language is None

    def test_a_number_counts_only_when_the_list_was_shown(self, shelf: Shelf) -> None:
        assert hears(shelf, "1", language=None).language is None

    def test_a_number_with_the_name_beside_it_is_an_answer_and_with_anything_else_is_not(self, shelf: Shelf) -> None:
        """Found by this test: "2 men have locked me in" was taken for the second language and answered in it."""
        for text in ("2 Español", "2. spanish!", "2", "(2)"):
            assert hears(shelf, text, choosing=True).language == "es"
        for text in ("2 men have locked me in", "2 English", "1/2", "2 2"):
            assert hears(shelf, text, choosing=True).language is None

    def test_a_number_past_the_list_is_none(self, shelf: Shelf) -> None:
        for text in ("0", "7", "99"):
            assert hears(shelf, text, language=None, choosing=True).language is None


def test_a_button_can_delete_everything_and_can_say_no_other_word(shelf: Shelf) -> None:
    assert hears(shelf, "", tapped="word delete").word is Word.DELETE
    for word in Word:
        if word is not Word.DELETE:
            assert hears(shelf, "", tapped=f"word {word.value}").word is None, "a forged button must not say it is safe"
