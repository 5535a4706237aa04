"""What an offer says in one language: lists of words and rules over them, which staff can read and edit. Pure.

A file of content/offers has `[words]`, lists of phrases by name, and `[[rule]]` rows. A rule speaks where every entry of
`all` and at least one of `any` is heard, and none of `unless`. An entry is a phrase, `@name` for a list of words, or
`$name` for a figure (see `figures`); `a | b` means one or the other. `within`: one `sentence`, `two` that follow each
other, or the whole `offer`. Phrases are written as in content/signals: `*` for up to three words, `~` for any ending.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hotline.offers.figures import NAMES, figures
from hotline.offers.flags import Flag, Good, Told
from hotline.offers.pieces import sentences
from hotline.triage.phrases import Phrases, Said

Code = Flag | Good | Told
CODES: Mapping[str, Code] = {str(code): code for kind in (Flag, Good, Told) for code in kind}


class Within(StrEnum):
    SENTENCE = "sentence"
    TWO = "two"
    OFFER = "offer"


Group = frozenset[str]
"""Entries of which one is enough."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of a file, with the examples that prove it. `number`: its place, from 1."""

    number: int
    code: Code
    within: Within
    every: tuple[Group, ...]
    unless: Group
    heard: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()

    def where(
        self, heard: Sequence[frozenset[str]], denied: Collection[tuple[Code, int]] = frozenset()
    ) -> range | None:
        """The sentences in which it speaks first; `heard` says of each sentence which entries stand in it, `denied` which
        codes another language denies there."""
        size = {Within.SENTENCE: 1, Within.TWO: 2, Within.OFFER: max(len(heard), 1)}[self.within]
        for start in range(max(len(heard) - size, 0) + 1):
            said = frozenset().union(*heard[start : start + size]) if size > 1 else heard[start]
            if any(group.isdisjoint(said) for group in self.every):
                continue
            place = range(start, min(start + size, len(heard)))
            if self.unless.isdisjoint(said) and not any((self.code, at) in denied for at in place):
                return place
        return None

    def can_speak(self, everything: Collection[str]) -> bool:
        """Whether what it needs stands anywhere in the offer; most rules are done with here."""
        return not any(group.isdisjoint(everything) for group in self.every)

    def needs(self) -> Iterator[str]:
        yield from self.unless
        for group in self.every:
            yield from group


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence made ready once for the lexicons of all languages."""

    said: Said
    figures: frozenset[str]

    @classmethod
    def of(cls, sentence: str) -> Piece:
        return cls(Said.of(sentence), figures(sentence))


@dataclass(slots=True)
class Lexicon:
    """One language's rules, ready to hear: every entry is a number in one index of phrases."""

    language: str
    rules: tuple[Rule, ...]
    words: Mapping[str, tuple[str, ...]]
    _names: list[str] = field(default_factory=list)
    _phrases: Phrases = field(default_factory=Phrases)

    def __post_init__(self) -> None:
        for name in dict.fromkeys(name for rule in self.rules for name in rule.needs()):
            if name not in NAMES:
                self._phrases.add(len(self._names), self.words[name[1:]] if name.startswith("@") else (name,))
                self._names.append(name)

    def entries(self, piece: Piece) -> frozenset[str]:
        """Which entries stand in a sentence."""
        done: dict[int, None] = {}
        for hit in self._phrases.hits(piece.said, done):
            done[hit.owner] = None
        return frozenset(self._names[owner] for owner in done) | piece.figures

    def spoken(
        self, heard: Sequence[frozenset[str]], denied: Collection[tuple[Code, int]] = frozenset()
    ) -> Iterator[tuple[Rule, range]]:
        """Every rule that speaks, and in which of the sentences; `heard` are their entries."""
        everything = frozenset().union(*heard)
        for rule in self.rules:
            place = rule.where(heard, denied) if rule.can_speak(everything) else None
            if place is not None:
                yield rule, place

    def denied(self, heard: Sequence[frozenset[str]]) -> frozenset[tuple[Code, int]]:
        """In which sentences a guard of this language stands, with the code that it guards."""
        return frozenset((rule.code, at) for rule in self.rules for at, one in enumerate(heard) if rule.unless & one)


_KEYS = {"code", "within", "all", "any", "unless", "heard", "quiet"}


def read_lexicon(language: str, table: Mapping[str, Any], *, prove: bool = True) -> tuple[Lexicon, list[str]]:
    """The lexicon of a file, and every mistake in it as a sentence. `prove` tries each rule on its own examples."""
    mistakes = [
        f"{key!r} is not known here: use [words] and [[rule]]." for key in table if key not in ("words", "rule")
    ]
    words, wrong = _read_words(table.get("words", {}))
    mistakes += wrong
    rows = table.get("rule", [])
    if not isinstance(rows, list):
        rows, wrong = [], ["rule must be a list of tables: begin each with [[rule]]."]
        mistakes += wrong
    rules: list[Rule] = []
    for number, row in enumerate(rows, 1):
        faults = list(_faults(row, words))
        mistakes += [f"rule {number}: {fault}" for fault in faults]
        if not faults:
            rules.append(_rule(number, row))
    lexicon = Lexicon(language, tuple(rules), words)
    if prove and not mistakes:
        mistakes += [fault for rule in rules for fault in _untrue(lexicon, rule)]
    return lexicon, mistakes


def _read_words(table: object) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    if not isinstance(table, Mapping):
        return {}, ["[words] must be a table of lists."]
    wrong = [f"words.{name} must be a list of phrases in quotes." for name, one in table.items() if not _texts(one)]
    wrong += [
        f"words.{name}: {entry!r} can stand in a rule only, not in a list of words."
        for name, one in table.items()
        for entry in (one if _texts(one) else ())
        if entry[0] in "@$"
    ]
    return {name: tuple(one) for name, one in table.items() if _texts(one)}, wrong


def _texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) and one.strip() for one in value)


def _faults(row: object, words: Mapping[str, object]) -> Iterator[str]:
    if not isinstance(row, Mapping):
        yield "it must be a table: begin it with [[rule]]."
        return
    for key in sorted(set(row) - _KEYS):
        yield f"{key} is not known here."
    if row.get("code") not in CODES:
        yield f"code = {row.get('code')!r} is not known: use one of {', '.join(CODES)}."
    if row.get("within", "sentence") not in list(Within):
        yield f"within must be one of {', '.join(Within)}."
    for key in ("all", "any", "unless", "heard", "quiet"):
        if key in row and row[key] != [] and not _texts(row[key]):
            yield f"{key} must be a list of texts in quotes."
            return
    if not row.get("all") and not row.get("any"):
        yield "it needs entries under all = [...] or any = [...]."
    if not row.get("heard"):
        yield "it needs examples under heard = [...]."
    for name in (name for key in ("all", "any", "unless") for entry in row.get(key, []) for name in _group(entry)):
        if name.startswith("@") and name[1:] not in words:
            yield f"there is no list {name[1:]!r} under [words]."
        if name.startswith("$") and name not in NAMES:
            yield f"{name} is no figure: use one of {', '.join(NAMES)}."


def _group(entry: str) -> Group:
    return frozenset(part.strip() for part in entry.split("|") if part.strip())


def _joined(entries: Iterable[str]) -> Group:
    return frozenset(name for entry in entries for name in _group(entry))


def _rule(number: int, row: Mapping[str, Any]) -> Rule:
    every = tuple(_group(entry) for entry in row.get("all", ()))
    if row.get("any"):
        every = (*every, _joined(row["any"]))
    return Rule(
        number,
        CODES[row["code"]],
        Within(row.get("within", "sentence")),
        every,
        _joined(row.get("unless", ())),
        tuple(row["heard"]),
        tuple(row.get("quiet", ())),
    )


def _untrue(lexicon: Lexicon, rule: Rule) -> Iterator[str]:
    alone = Lexicon(lexicon.language, (rule,), lexicon.words)
    for text in rule.heard:
        if not any(alone.spoken([alone.entries(Piece.of(part)) for part in sentences(text)])):
            yield f"rule {rule.number} ({rule.code}): the example {text!r} is not heard by its own rule."
    for text in rule.quiet:
        if any(alone.spoken([alone.entries(Piece.of(part)) for part in sentences(text)])):
            yield f"rule {rule.number} ({rule.code}): the example {text!r} should stay quiet, but the rule hears it."
