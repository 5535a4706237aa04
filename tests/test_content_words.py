"""Words and reviews: what is unfinished is never served, a language is offered whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hotline.store.shelf import ContentError, read_review, read_shelf, read_words
from tests.people import ROOT
from tests.test_content import found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The scripts and words of English and Spanish, to be spoiled."""
    for name in ("content/scripts", "locales/en", "locales/es"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "content" / "signals").mkdir()
    return tmp_path


def po(*entries: str) -> str:
    return 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n' + "\n".join(entries)


def entry(key: str, english: str, words: str, flag: str = "") -> str:
    return f'{flag}msgctxt "{key}"\nmsgid "{english}"\nmsgstr "{words}"\n'


def words_of(folder: Path, text: str | bytes) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "pages.po").write_bytes(text if isinstance(text, bytes) else text.encode())
    return dict(read_words(folder, "pages").by_key)


def in_words(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ContentError) as fault:
        words_of(folder, text)
    return found(fault, folder)


def test_fuzzy_obsolete_and_empty_entries_are_never_served(tmp_path: Path) -> None:
    text = po(
        entry("a", "Hello", "Hola"),
        entry("b", "Bye", "Adiós", "#, fuzzy\n"),
        entry("c", "Thanks", ""),
        "\n".join("#~ " + line for line in entry("d", "Old", "Viejo").splitlines()),
    )
    assert words_of(tmp_path / "es", text) == {"a": "Hola"}


WORDS = {
    "a key twice": (
        po(entry("a", "Hello", "Hola"), entry("a", "Hello there", "Hola")),
        "pages.po:9: a stands here a second time.",
    ),
    "no key": (
        po('msgid "Hello"\nmsgstr "Hola"\n'),
        "pages.po:5: This entry has no msgctxt, so nothing can use it.",
    ),
    "a name that nothing fills": (
        po(entry("a", "Call {emergency}.", "Llame a {emergencia}.")),
        "pages.po:5: {emergencia} does not stand in the English text, so nothing would fill it.",
    ),
    "a name without a name": (
        po(entry("a", "Call.", "Llame {}.")),
        "pages.po:5: {} does not stand in the English text, so nothing would fill it.",
    ),
    "half a pair": (
        po(entry("a", "Call {emergency}.", "Llame {emergency.")),
        "pages.po:5: A { or } stands alone: write a name between them, or neither.",
    ),
    "a name with a door in it": (
        po(entry("a", "Call.", "Llame {a.__class__}.")),
        "pages.po:5: A { or } stands alone: write a name between them, or neither.",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), WORDS.values(), ids=list(WORDS))
def test_a_mistake_in_the_words_is_told_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    assert in_words(tmp_path / "es", text) == [sentence]


def test_words_that_are_no_po_file_are_told_with_their_line(tmp_path: Path) -> None:
    (sentence,) = in_words(tmp_path / "es", po(entry("a", "Hello", "Hola")) + "\nwhatever\n")
    assert sentence.startswith("pages.po:9: Not a PO file: ")


def test_words_that_are_not_utf8_are_told(tmp_path: Path) -> None:
    (sentence,) = in_words(tmp_path / "es", po(entry("a", "Hello", "Adi\xf3s")).encode("latin-1"))
    assert sentence == "pages.po: Byte 101 is not UTF-8: save the file as UTF-8."


def test_words_that_are_missing_are_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as fault:
        read_words(tmp_path, "pages")
    (sentence,) = found(fault, tmp_path)
    assert sentence.endswith("This file is missing.")


def shelf_languages(folder: Path, *, offer_unread: bool = True) -> tuple[str, ...]:
    shelf = read_shelf(folder / "content", folder / "locales", ["en", "es"], offer_unread=offer_unread)
    return shelf.offered


def spoil(path: Path, key: str, words: str) -> None:
    """Give one entry of a catalogue other words."""
    head, tail = path.read_text(encoding="utf-8").split(f'msgctxt "{key}"\n')
    english, rest = tail.split("\n", 1)[0], tail.split("\n\n", 1)[1]
    path.write_text(f'{head}msgctxt "{key}"\n{english}\n{words}\n\n{rest}', encoding="utf-8")


def test_a_whole_language_is_offered(folder: Path) -> None:
    assert shelf_languages(folder) == ("en", "es")


@pytest.mark.parametrize(
    ("domain", "key"), [("scripts", "first_contact/consent/say"), ("scripts", "desk/on_duty"), ("pages", "home/title")]
)
def test_a_language_that_lacks_a_word_is_not_offered_at_all(folder: Path, domain: str, key: str) -> None:
    spoil(folder / "locales" / "es" / f"{domain}.po", key, 'msgstr ""')
    shelf = read_shelf(folder / "content", folder / "locales", ["en", "es"], offer_unread=True)
    assert (shelf.offered, shelf.missing["es"]) == (("en",), [key])


def test_a_synonym_may_be_left_out(folder: Path) -> None:
    spoil(folder / "locales" / "es" / "scripts.po", "first_contact/safe_now/also/safe", 'msgstr ""')
    assert shelf_languages(folder) == ("en", "es")


def test_a_language_nobody_has_read_is_offered_only_if_the_organisation_says_so(folder: Path) -> None:
    path = folder / "locales" / "es" / "review.toml"
    path.write_text('native_reader = "A reader"\nnative_reader_date = 2026-11-22\n')
    assert shelf_languages(folder, offer_unread=False) == ("es",)
    assert shelf_languages(folder, offer_unread=True) == ("en", "es")


def test_without_any_language_the_start_stops(folder: Path) -> None:
    with pytest.raises(ContentError) as fault:
        shelf_languages(folder, offer_unread=False)
    assert found(fault, folder) == [
        "locales: No language can be offered: every language in languages.offered lacks words or a native reader: "
        "see `hotline check`."
    ]


REVIEWS = {
    "an unknown key": (
        'reader = "x"',
        "review.toml: 'reader' is not known here: use author, lawyer, native_reader, survivor.",
    ),
    "a date in quotes": ('author_date = "soon"', "review.toml: author_date must be a date like 2026-11-22."),
    "a name without a date": (
        'native_reader = "A reader"',
        "review.toml: native_reader has no native_reader_date: write the day on which they read it.",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), REVIEWS.values(), ids=list(REVIEWS))
def test_a_mistake_in_a_review_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "review.toml").write_text(text)
    with pytest.raises(ContentError) as fault:
        read_review(tmp_path)
    assert found(fault, tmp_path) == [sentence]


def test_a_language_without_a_review_is_unread(tmp_path: Path) -> None:
    assert read_review(tmp_path).unread


def test_a_broken_signals_file_of_an_offered_language_stops_the_start(folder: Path) -> None:
    (folder / "content" / "signals" / "es.toml").write_text("[[rule]\n")
    with pytest.raises(ContentError) as fault:
        shelf_languages(folder)
    (sentence,) = found(fault, folder)
    assert sentence.startswith("content/signals/es.toml:1: Not TOML: ")
