"""Somebody whose first word is a universal one is answered at once, before any list of languages."""

from __future__ import annotations

import pytest

from hotline.contact import Channel
from hotline.desk.office import Office
from tests.people import Caller


@pytest.mark.parametrize("word", ["112", "SOS", "sos!"])
def test_a_first_word_for_an_emergency_brings_the_number(sqlite_office: Office, word: str) -> None:
    assert "112" in "\n".join(Caller(sqlite_office).writes(word))


def test_zero_as_a_first_word_asks_whether_a_person_may_answer(sqlite_office: Office) -> None:
    (said,) = Caller(sqlite_office).writes("0")
    assert said.startswith("May a person answer you here?")


def test_a_universal_word_of_one_language_is_answered_in_it(sqlite_office: Office) -> None:
    words = sqlite_office.desk.shelf.words["ro"]
    only_romanian = next(
        word
        for word in words.synonyms("universal/person/also")
        if not any(
            word in other.synonyms("universal/person/also")
            for tag, other in sqlite_office.desk.shelf.words.items()
            if tag != "ro"
        )
    )
    (said,) = Caller(sqlite_office).writes(only_romanian)
    assert said.startswith(words["first_contact/consent/say"].split("{")[0][:20])


def test_a_first_word_that_says_nothing_gets_the_list(sqlite_office: Office) -> None:
    (said,) = Caller(sqlite_office).writes("?!")
    assert said.startswith("Language\n1 English")


@pytest.mark.parametrize("words", ["ช่วยด้วยเขาขังฉันไว้ในห้อง", "помогите"])
def test_one_word_in_letters_of_its_own_is_answered_in_its_language_whatever_the_app_says(
    sqlite_office: Office, words: str
) -> None:
    caller = Caller(sqlite_office, channel=Channel.TELEGRAM)
    caller.writes(words, language="en")
    assert caller.open_contact().conversation.language in ("th", "ru")
