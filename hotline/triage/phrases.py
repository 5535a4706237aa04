"""Phrases, matched word by word: one look in an index for each word of a message, however many phrases there are.

`*` in a phrase stands for up to three words between, `~` at a word's end for any ending, `#10-17` for a number from 10
to 17, alone or with letters stuck to it (15yo). Phrases in languages that are
written without spaces (Thai, Chinese) are looked for anywhere in the text; `*` is then up to twelve letters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hotline.plain import folded, plain

MOST_WORDS, MOST_LETTERS = 500, 1200
"""So much of a message is listened to, in words or in letters of an unspaced script: three full SMS, and some."""

CHUNK_LETTERS = 3
"""By so many first letters of their longest chunk unspaced phrases are looked up."""

GAP_WORDS = 3
_GAP_LETTERS = 12
_NUMBER = re.compile(r"\d{1,9}(?!\d)")
_RANGE = re.compile(r"#(\d{1,3})-(\d{1,3})")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u4e00-\u9fff\u3040-\u30ff]")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    open_end: bool = False
    after_gap: bool = False
    numbers: range | None = None

    def fits(self, word: str) -> bool:
        if self.numbers is not None:
            number = _NUMBER.match(word)
            return number is not None and int(number[0]) in self.numbers
        return word.startswith(self.text) if self.open_end else word == self.text


@dataclass(frozen=True, slots=True)
class Said:
    """A message made ready for matching once, for all phrases."""

    text: str
    words: tuple[str, ...]
    unspaced: bool

    @classmethod
    def of(cls, text: str) -> Said:
        said = plain(text)
        return cls(said, tuple(said.split()[:MOST_WORDS]), _UNSPACED.search(said[:MOST_LETTERS]) is not None)


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase stands: words `start` to `end` of the message, or letters where `letters` is set."""

    owner: int
    start: int
    end: int
    letters: bool = False

    def overlaps(self, other: Hit) -> bool:
        return self.letters == other.letters and self.start < other.end and other.start < self.end

    def quoted(self, said: Said) -> str:
        return said.text[self.start : self.end] if self.letters else " ".join(said.words[self.start : self.end])


class Phrases:
    """Many phrases, each belonging to an owner (a number), in one index by their first word, or by their first two.

    A phrase is taken apart when its first word is heard for the first time: tens of thousands wait as plain texts.
    """

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], list[_Phrase]] = {}
        self._exact: dict[str, list[_Phrase]] = {}
        self._open: dict[int, dict[str, list[_Phrase]]] = {}
        self._numbered: dict[str, list[_Phrase]] = {}
        self._unspaced: dict[str, list[_Unspaced]] = {}
        self._many = 0

    def add(self, owner: int, phrases: Iterable[str]) -> None:
        for phrase in dict.fromkeys(folded("\n".join(phrases)).split("\n")):
            if _UNSPACED.search(phrase):
                self._many += 1
                one = _Unspaced(owner, self._many, phrase)
                self._unspaced.setdefault(one.chunk[:CHUNK_LETTERS], []).append(one)
                continue
            first, second, *_ = [*phrase.split(), "", ""]
            if _RANGE.fullmatch(first):
                self._numbered.setdefault(second if second.isalnum() else "", []).append(_Phrase(owner, phrase))
                continue
            if first.isalnum() and second.isalnum():
                self._pairs.setdefault((first, second), []).append(_Phrase(owner, phrase))
                continue
            pieces = plain(first.rstrip("~")).split()
            if len(pieces) == 1 and first.endswith("~"):
                self._open.setdefault(len(pieces[0]), {}).setdefault(pieces[0], []).append(_Phrase(owner, phrase))
            elif pieces:
                self._exact.setdefault(pieces[0], []).append(_Phrase(owner, phrase))

    def hits(self, said: Said, done: Collection[int] = ()) -> Iterator[Hit]:
        """Every place where a phrase stands, in the order of the message. Owners in `done`, which may grow meanwhile,
        are passed over."""
        for start, word in enumerate(said.words):
            following = said.words[start + 1] if start + 1 < len(said.words) else ""
            for phrase in self._beginning_with(word, following):
                end = 0 if phrase.owner in done else _end(phrase.words, said.words, start)
                if end:
                    yield Hit(phrase.owner, start, end)
        if said.unspaced:
            text = said.text[:MOST_LETTERS]
            for owner, phrases in self._possible(text).items():
                for start, end in _standing(phrases, text):
                    if owner in done:
                        break
                    yield Hit(owner, start, end, letters=True)

    def _possible(self, text: str) -> dict[int, list[_Unspaced]]:
        """The unspaced phrases whose longest chunk stands in the text, by owner, in the order in which they were added: the
        others need no look at every letter."""
        parts = {text[at : at + length] for length in range(CHUNK_LETTERS + 1) for at in range(len(text))}
        found = [one for part in parts for one in self._unspaced.get(part, ()) if one.chunk in text]
        by_owner: dict[int, list[_Unspaced]] = {}
        for one in sorted(found, key=lambda one: one.number):
            by_owner.setdefault(one.owner, []).append(one)
        return by_owner

    def _beginning_with(self, word: str, following: str) -> Iterator[_Phrase]:
        yield from self._pairs.get((word, following), ())
        yield from self._exact.get(word, ())
        for length, firsts in self._open.items():
            yield from firsts.get(word[:length], ())
        if _NUMBER.match(word):
            after = (*(self._numbered.get(following, ()) if following else ()), *self._numbered.get("", ()))
            yield from (phrase for phrase in after if phrase.words[0].fits(word))


class _Unspaced:
    """A phrase of a script without spaces, whose it is, and which it was; its pattern is made when it is first needed."""

    __slots__ = ("_pattern", "chunk", "number", "owner")

    def __init__(self, owner: int, number: int, phrase: str) -> None:
        self.owner, self.number = owner, number
        self.chunk = _longest_chunk(phrase)
        self._pattern: str | re.Pattern[str] = phrase

    @property
    def pattern(self) -> re.Pattern[str]:
        pattern = self._pattern
        if isinstance(pattern, str):
            pattern = self._pattern = re.compile(_letters(pattern))
        return pattern


class _Phrase:
    """A phrase and whose it is; its words are made out when they are first asked for."""

    __slots__ = ("_words", "owner")

    def __init__(self, owner: int, text: str) -> None:
        self.owner = owner
        self._words: str | tuple[_Word, ...] = text

    @property
    def words(self) -> tuple[_Word, ...]:
        words = self._words  # read once: another thread may be making them out, too
        if isinstance(words, str):
            words = self._words = tuple(_words(words))
        return words


def _end(phrase: Sequence[_Word], words: Sequence[str], start: int) -> int:
    """The place after the last word of the phrase if it stands at `start`, else 0. A gap takes as few words as it can."""
    at = start + 1
    for wanted in phrase[1:]:
        most = at + (GAP_WORDS if wanted.after_gap else 0)
        while at <= most and at < len(words) and not wanted.fits(words[at]):
            at += 1
        if at > most or at >= len(words):
            return 0
        at += 1
    return at


def _words(phrase: str) -> Iterator[_Word]:
    after_gap = False
    for part in phrase.split():
        if part == "*":
            after_gap = True
            continue
        numbers = _RANGE.fullmatch(part)
        if numbers:
            yield _Word(part, after_gap=after_gap, numbers=range(int(numbers[1]), int(numbers[2]) + 1))
            after_gap = False
            continue
        pieces = plain(part.rstrip("~")).split()
        for number, piece in enumerate(pieces, start=1):
            yield _Word(piece, part.endswith("~") and number == len(pieces), after_gap)
            after_gap = False


def _standing(phrases: Sequence[_Unspaced], text: str) -> Iterator[tuple[int, int]]:
    """Where one of the phrases stands, each place once: the first place first, and there the phrase that was added first."""
    at = 0
    while found := [match for one in phrases if (match := one.pattern.search(text, at))]:
        first = min(found, key=lambda match: match.start())
        yield first.span()
        at = max(first.end(), at + 1)


def _longest_chunk(phrase: str) -> str:
    """The most letters of an unspaced phrase that must stand together, as they do in a plain text; none if it has only
    numbers."""
    chunks = (chunk for part in phrase.split("*") for text in _RANGE.split(part)[::3] for chunk in plain(text).split())
    return max(chunks, key=len, default="")


def _letters(phrase: str) -> str:
    parts = [_spelled(part) for part in phrase.split("*")]
    return f".{{0,{_GAP_LETTERS}}}".join(part for part in parts if part)


def _spelled(part: str) -> str:
    """A part of an unspaced phrase as a pattern, numbers spelled out one by one."""
    texts = _RANGE.split(part)
    found = re.escape(plain(texts[0])).replace(r"\ ", r"\s*")
    for low, high, after in zip(texts[1::3], texts[2::3], texts[3::3], strict=True):
        numbers = "|".join(str(number) for number in range(int(low), int(high) + 1))
        found += rf"\s*(?<!\d)(?:{numbers})(?!\d)\s*" + re.escape(plain(after)).replace(r"\ ", r"\s*")
    return found
