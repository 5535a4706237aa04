"""Phrases: ranges of numbers, the digits of every script, and an index that takes a phrase apart only when it must."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.plain import plain
from hotline.triage import phrases as module
from hotline.triage.listen import number_in
from hotline.triage.phrases import Hit, Phrases, Said

DIGITS = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Nd"]
"""Every decimal digit of every script."""

ZEROS = sorted(sign for sign in DIGITS if unicodedata.decimal(sign) == 0)


def index(*phrases: str) -> Phrases:
    """One owner for each phrase, numbered in order."""
    found = Phrases()
    for owner, phrase in enumerate(phrases):
        found.add(owner, [phrase])
    return found


def heard(text: str, *phrases: str) -> list[str]:
    """The words that were heard, in the order of the message."""
    said = Said.of(text)
    return [hit.quoted(said) for hit in index(*phrases).hits(said)]


class TestRanges:
    @pytest.mark.parametrize("number", range(200))
    def test_a_range_holds_its_ends_and_nothing_outside(self, number: int) -> None:
        expected = [f"i am {number}"] if 10 <= number <= 17 else []
        assert heard(f"I am {number}", "I am #10-17") == expected
        assert heard(f"{number} years", "#10-17 years") == ([f"{number} years"] if expected else [])

    @pytest.mark.parametrize(
        "text", ["15yo", "15y", "15th", "15лет", "015", "15,5", "15-year-old", "15.", "(15)", "#15"]
    )
    def test_letters_and_signs_may_be_stuck_to_the_number(self, text: str) -> None:
        (found,) = heard(f"she is {text}", "she is #10-17")
        assert found.startswith("she is ")
        assert "15" in found

    @pytest.mark.parametrize("text", ["150", "1500000000", "15" * 40, "115", "a15", "yo15", "1 5", "x", "", "fifteen"])
    def test_a_number_inside_another_or_behind_letters_is_not_meant(self, text: str) -> None:
        assert heard(f"she is {text}", "she is #10-17") == []

    @pytest.mark.parametrize("zero", ZEROS, ids=lambda zero: unicodedata.name(zero))
    def test_the_digits_of_every_script_count(self, zero: str) -> None:
        fifteen = chr(ord(zero) + 1) + chr(ord(zero) + 5)
        eighteen = chr(ord(zero) + 1) + chr(ord(zero) + 8)
        assert heard(f"I am {fifteen}", "I am #10-17") == ["i am 15"]
        assert heard(f"I am {eighteen}", "I am #10-17") == []
        assert heard(f"ฉันอายุ{fifteen}ปี", "อายุ #10-17 ปี") == ["อายุ15ปี"]
        assert number_in(fifteen) == (15, "")

    def test_a_range_may_stand_behind_a_gap_and_before_one(self) -> None:
        assert heard("my sister she is now 16", "sister * #10-17") == ["sister she is now 16"]
        assert heard("my sister a b c d 16", "sister * #10-17") == []
        assert heard("16 and a girl", "#10-17 * girl") == ["16 and a girl"]
        assert heard("girl of 12 and girl of 40", "girl * #10-17", "girl * #30-49") == ["girl of 12", "girl of 40"]

    def test_a_number_that_is_counted_in_a_phrase_without_a_range_is_only_itself(self) -> None:
        assert heard("call 112 now", "call 112") == ["call 112"]
        assert heard("call 1125 now", "call 112") == []

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("หนูอายุ 10 ปี", "อายุ 10 ปี"),
            ("หนูอายุ17ปีค่ะ", "อายุ17ปี"),
            ("หนูอายุ๑๗ปีค่ะ", "อายุ17ปี"),
            ("หนูอายุ 9 ปี", None),
            ("หนูอายุ 18 ปี", None),
            ("หนูอายุ 117 ปี", None),
            ("หนูอายุ 170 ปี", None),
        ],
    )
    def test_a_range_holds_between_letters_without_spaces_too(self, text: str, found: str | None) -> None:
        assert heard(text, "อายุ #10-17 ปี") == ([found] if found else [])
        assert heard("我十几岁 我15岁", "我 #10-17 岁") == ["我15岁"]


def test_every_digit_of_every_script_is_made_plain() -> None:
    assert len(DIGITS) > 600
    assert {sign: plain(sign) for sign in DIGITS} == {sign: str(unicodedata.decimal(sign)) for sign in DIGITS}


def test_a_sign_that_only_looks_like_a_digit_is_no_reason_to_break() -> None:
    for sign in ("²", "①", "½", "Ⅷ", "五", "〇", "௰", "፲"):
        Said.of(f"I am {sign}")
        assert plain(plain(sign)) == plain(sign)


class TestTheIndex:
    @pytest.fixture
    def taken_apart(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Every phrase that was taken apart, in order."""
        found: list[str] = []
        original = module._words

        def words(phrase: str) -> Iterator[module._Word]:
            found.append(phrase)
            return original(phrase)

        monkeypatch.setattr(module, "_words", words)
        return found

    def test_nothing_is_taken_apart_before_its_first_word_is_heard(self, taken_apart: list[str]) -> None:
        book = index(*(f"word{number} * end" for number in range(500)), "open~ door", "#10-17 years")
        assert taken_apart == []
        assert list(book.hits(Said.of("nothing of that"))) == []
        assert taken_apart == []
        assert [hit.owner for hit in book.hits(Said.of("word7 is the end"))] == [7]
        assert taken_apart == ["word7 * end"]

    def test_a_phrase_is_taken_apart_once_however_often_it_is_heard(self, taken_apart: list[str]) -> None:
        book = index("open~ door", "#10-17 years", "shut door")
        for _ in range(3):
            hits = list(book.hits(Said.of("opening door at 15 years and 16 years")))
            assert [hit.owner for hit in hits] == [0, 1, 1]
        assert sorted(taken_apart) == ["#10-17 years", "open~ door"]

    def test_a_second_hearing_finds_what_the_first_found(self) -> None:
        book, said = index("open~ * door", "#10-17 * door", "door"), Said.of("opened 15 doors and a door")
        assert list(book.hits(said)) == list(book.hits(said)) != []

    def test_an_owner_may_have_many_phrases_and_say_one_twice(self) -> None:
        book = Phrases()
        book.add(4, ["lock me", "LOCK  me", "lock me", "lóck me"])
        assert {hit.owner for hit in book.hits(Said.of("they lock me"))} == {4}

    def test_phrases_without_a_word_are_never_heard(self) -> None:
        assert heard("anything at all 15", "", "  ", "...", "!!!") == []


VOCABULARY = ["lock", "locked", "me", "in", "12", "17yo", "18"]
PARTS = st.sampled_from(["lock", "lock~", "me", "in", "m~", "#10-17", "#12-12"])
PHRASES = st.lists(st.tuples(st.booleans(), PARTS), min_size=1, max_size=3).map(
    lambda parts: " ".join(f"* {part}" if gap and at else part for at, (gap, part) in enumerate(parts))
)
TEXTS = st.lists(st.sampled_from(VOCABULARY), max_size=8).map(" ".join)


def pattern(phrase: str) -> str:
    """The phrase as a pattern over words that each have a space behind them."""
    found = ""
    for part in phrase.split():
        limits = re.fullmatch(r"#(\d+)-(\d+)", part)
        if part == "*":
            found += r"(?:\S+ ){0,3}"
        elif limits:
            numbers = "|".join(str(number) for number in range(int(limits[1]), int(limits[2]) + 1))
            found += rf"(?:{numbers})(?!\d)\S* "
        else:
            found += re.escape(part.rstrip("~")) + (r"\S* " if part.endswith("~") else " ")
    return found


@given(st.lists(PHRASES, min_size=1, max_size=4), TEXTS)
def test_whatever_is_heard_stands_in_the_text(phrases: list[str], text: str) -> None:
    said = Said.of(text)
    for hit in index(*phrases).hits(said):
        assert re.fullmatch(pattern(phrases[hit.owner]), hit.quoted(said) + " ")


@given(PHRASES.filter(lambda phrase: "*" not in phrase), TEXTS)
def test_whatever_stands_in_the_text_without_a_gap_is_heard(phrase: str, text: str) -> None:
    words = [f"{word} " for word in text.split()]
    length = len(phrase.split())
    standing = [at for at in range(len(words)) if re.fullmatch(pattern(phrase), "".join(words[at : at + length]))]
    assert [hit.start for hit in index(phrase).hits(Said.of(text))] == standing


@given(st.lists(PHRASES, min_size=1, max_size=5), TEXTS)
def test_a_phrase_is_heard_alike_alone_and_in_company(phrases: list[str], text: str) -> None:
    said = Said.of(text)
    together = sorted(index(*phrases).hits(said), key=lambda hit: (hit.owner, hit.start))
    alone = [Hit(owner, hit.start, hit.end) for owner, phrase in enumerate(phrases) for hit in index(phrase).hits(said)]
    assert together == alone
