"""The phrasebook: what a responder sends with one key, in the caller's language, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline import sms
from hotline.language import LANGUAGES
from hotline.store.phrasebook import ASKED, Phrasebook
from tests.people import ROOT

LOCALES = ROOT / "locales"


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return Phrasebook(LOCALES, "112")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_phrase_and_none_is_longer_than_two_parts_of_an_sms(
    book: Phrasebook, language: str
) -> None:
    phrases = book.phrases(language)
    assert list(phrases) == list(book.phrases("en"))
    for phrase in phrases.values():
        assert "{emergency}" not in phrase.text
        filled = book.said(language, phrase.key, {"minutes": "10", "time": "18:00"})
        assert filled
        assert "{" not in filled
        assert sms.parts(filled) <= 2, phrase.key


def test_a_phrase_that_asks_for_something_is_not_sent_without_it(book: Phrasebook) -> None:
    asking = {key: phrase.asks for key, phrase in book.phrases("en").items() if phrase.asks}
    assert asking == {"pass/wait": ("minutes",), "pass/later": ("time",)}
    assert set(ASKED) == {name for names in asking.values() for name in names}
    assert book.said("en", "pass/wait", {}) is None
    assert book.said("en", "pass/wait", {"minutes": "  "}) is None
    assert book.said("en", "pass/wait", {"minutes": "10"}) == (
        "I am looking for an answer. It takes about 10 minutes. Please stay if you can."
    )


def test_what_is_filled_in_is_filled_in_once_and_is_only_text(book: Phrasebook) -> None:
    assert "{emergency} {minutes}" in (book.said("en", "pass/wait", {"minutes": "{emergency} {minutes}"}) or "")


def test_a_phrase_that_is_not_there_is_none(book: Phrasebook) -> None:
    assert book.said("en", "no/such", {}) is None


def test_a_phrase_is_found_by_words_of_english_and_of_the_callers_language(book: Phrasebook) -> None:
    found = [key for key, phrase in book.phrases("es").items() if phrase.fits("passport")]
    assert found == ["tell/passport"]
    assert book.phrases("ru")["danger/call"].fits("112")
    assert book.phrases("en")["hello/first"].fits("hello PERSON")
    assert not book.phrases("en")["hello/first"].fits("hello police")


def test_a_language_that_lacks_a_phrase_does_not_fall_into_another(tmp_path: Path) -> None:
    for tag in ("en", "sv"):
        (tmp_path / tag).mkdir()
        source = (LOCALES / tag / "phrasebook.po").read_text(encoding="utf-8")
        cut = source.replace("phrase/hello/again", "phrase/hello/other") if tag == "sv" else source
        (tmp_path / tag / "phrasebook.po").write_text(cut, encoding="utf-8")
    book = Phrasebook(tmp_path, "112")
    assert "hello/again" not in book.phrases("sv")
    assert "hello/other" not in book.phrases("sv")
