"""Which language a caller or a browser gets, and what a language's words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.desk.office import Office
from hotline.language import LANGUAGES, Words, complete, from_accept_language, guess, matching
from tests.conftest import MIND
from tests.people import LANGUAGES as OFFERED
from tests.people import Caller


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("en", "en"),
        ("EN-us", "en"),
        ("es-419", "es"),
        ("ar-EG", "ar"),
        ("no", None),
        ("mo", "ro"),
        ("mo-MD", "ro"),
        ("th-TH-u-nu-thai", "th"),
        ("fr", None),
        ("", None),
        ("x", None),
    ],
)
def test_a_wished_tag_meets_an_offered_one(wish: str, tag: str | None) -> None:
    assert matching(wish, OFFERED) == tag


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-hans-CN", "zh-Hans"),
        ("zh-Hant", None),
        ("zh-TW", None),
        ("zh-HK", None),
        ("zh-MO", None),
        ("nn", "nb"),
        ("no-NO", "nb"),
        ("nb-NO", "nb"),
        ("fil-PH", "tl"),
        ("prs", "fa"),
    ],
)
def test_other_names_of_a_language_are_known_and_another_script_is_not_the_same(wish: str, tag: str | None) -> None:
    assert matching(wish, list(LANGUAGES)) == tag


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("fr;q=0.9, ro;q=0.3, es;q=0.8", "es"),
        ("en;q=0.5,ar", "ar"),
        ("de, *;q=0.5", None),
        ("en;q=0, th;q=0.001", "th"),
        ("en;q=0", None),
        ("es;q=0.8,ro;q=0.8", "es"),
        ("EN", "en"),
        ("en ; q=0.3 , ru ; q=0.4", "ru"),
        ("", None),
        (",,;q=1,en", "en"),
        ("<script>", None),
        ("de," * 400 + "en", None),
    ],
)
def test_a_browser_gets_the_language_it_asks_for_if_we_have_it(header: str, tag: str | None) -> None:
    assert from_accept_language(header, OFFERED) == tag


@given(st.text())
def test_no_header_whatever_breaks_the_choice(header: str) -> None:
    assert from_accept_language(header, OFFERED) in (None, *OFFERED)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Hello, I need help", "en"),
        ("Hola, necesito ayuda por favor", "es"),
        ("Bună ziua, am nevoie de ajutor", "ro"),
        ("buna ziua am nevoie de ajutor", "ro"),
        ("Привет", "ru"),
        ("мне нужна помощь", "ru"),
        ("mne nuzhna pomoshch pozhaluista", "ru"),
        ("Мені потрібна допомога", "uk"),
        ("مرحبا", "ar"),
        ("ممکنه کمکم کنید", "fa"),
        ("mishe komakam konid", "fa"),
        ("سلام، من به کمک ضرورت دارم", "fa"),
        ("สวัสดีค่ะ", "th"),
        ("你好", "zh-Hans"),
        ("toi can giup do", "vi"),
        ("Jeg trenger hjelp, sjefen har passet mitt", "nb"),
        ("Jeg har brug for hjælp, min chef har mit pas", "da"),
        ("Jag behöver hjälp, chefen har mitt pass", "sv"),
        ("Tarvitsen apua, pomo vei passin", "fi"),
        ("Vajan abi, ülemus võttis passi ära", "et"),
        ("Man vajag palidzibu", "lv"),
        ("Man reikia pagalbos", "lt"),
        ("potrzebuje pomocy prosze", "pl"),
        ("yardima ihtiyacim var", "tr"),
        ("kailangan ko po ng tulong", "tl"),
        ("j'ai besoin d'aide svp", "fr"),
        ("Ég þarf hjálp", "is"),
        ("1", None),
        ("?", None),
        ("👋", None),
        ("", None),
    ],
)
def test_the_words_of_a_first_message_settle_its_language(text: str, tag: str | None) -> None:
    assert guess(text, list(LANGUAGES), MIND.impression(text).languages) == tag


def test_a_language_that_is_not_offered_is_never_guessed() -> None:
    assert guess("мне нужна помощь", ["en", "es"], {"ru": 1.0}) is None
    assert guess("Hola, necesito ayuda", ["en"], {"es": 0.9, "en": 0.1}) is None


def test_what_the_model_is_not_sure_of_settles_nothing() -> None:
    assert guess("ok", ["nb", "da"], {"nb": 0.4, "da": 0.4, "sv": 0.2}) is None
    assert guess("ok", ["nb", "da"], {"nb": 0.6, "da": 0.3, "sv": 0.1}) == "nb"


@pytest.mark.parametrize(
    ("text", "hint", "tag"),
    [
        ("ok", "ro", "ro"),
        ("no", "ru", "ru"),
        ("", "th", "th"),
        ("Hola", "ar", "ar"),
        ("Hola, necesito ayuda por favor", "ar", "es"),
        ("ok", "xx", None),
        ("ok", None, None),
    ],
)
def test_a_first_word_takes_the_language_of_the_app_and_a_sentence_its_own(
    sqlite_office: Office, text: str, hint: str | None, tag: str | None
) -> None:
    amara = Caller(sqlite_office)
    amara.writes(text, language=hint)
    assert amara.open_contact().conversation.language == tag


def test_without_a_model_letters_that_one_language_alone_has_still_settle_it() -> None:
    offered = list(LANGUAGES)
    assert guess("потрібна їжа", offered, {}) == "uk"
    assert guess("это мы", offered, {}) == "ru"
    assert guess("پدر گفت", offered, {}) == "fa"
    assert guess("Привет", ["en", "ru"], {}) == "ru"
    assert guess("Hello", offered, {}) is None


def test_a_word_names_its_gaps_and_each_must_be_filled() -> None:
    words = Words("en", {"a": "Call {emergency} now.", "b/also": " One | two,  THREE! | | "})
    assert words.filled("a", emergency="112") == "Call 112 now."
    with pytest.raises(KeyError):
        words.filled("a")
    with pytest.raises(KeyError):
        words["nothing"]
    assert words.synonyms("b/also") == {"one", "two three"}
    assert words.synonyms("left/out") == frozenset()
    assert "a" in words
    assert "c" not in words


def test_a_language_is_complete_only_without_gaps() -> None:
    assert complete(["a", "b", "c"], Words("en", {"a": "x", "b": ""})) == ["b", "c"]
    assert complete([], Words("en", {})) == []


def test_the_house_knows_22_languages_and_their_direction() -> None:
    assert len(LANGUAGES) == 22
    assert {tag for tag, language in LANGUAGES.items() if language.direction == "rtl"} == {"ar", "fa"}
