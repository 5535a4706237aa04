"""How a text for frightened people should not sound, and how hard it is to read. Pure.

Phrases come per language from content/tone, each tried on its own examples. A false alarm is answered in the page itself,
on a line before the one that is meant: `<!-- fine: CODE: why it is meant so -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from campaigns.audience import Reading
from campaigns.blocks import FINE
from hotline.triage.phrases import Phrases, Said


class Tone(StrEnum):
    AGAINST_GOING = "against_going"
    SHAMING = "shaming"
    PROMISE = "promise"
    GRAPHIC = "graphic"
    FRIGHTENING = "frightening"
    UNREVIEWED = "unreviewed"


WHY: Mapping[Tone, tuple[str, str]] = {
    Tone.AGAINST_GOING: (
        "tells people not to go: campaigns that did were not believed",
        "say that many work abroad safely, and what to check first",
    ),
    Tone.SHAMING: ("blames the one who reads", "say that it is not their fault, or leave it out"),
    Tone.PROMISE: (
        "promises what nobody can keep",
        "say what you do (“we listen”, “you decide”), not how it will end",
    ),
    Tone.GRAPHIC: ("shows cruelty in detail, which frightens away those it happened to", "name it in one calm word"),
    Tone.FRIGHTENING: ("shouts or threatens", "say calmly what can be done"),
    Tone.UNREVIEWED: ("claims a number or a law without a source", "name the source and the year, or leave it out"),
}
"""Of each finding: what is wrong with it, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to look at: the line of the file, what was found, in which words."""

    line: int
    code: str
    words: str

    def told(self) -> str:
        why, instead = WHY[Tone(self.code)]
        return f"“{self.words}” {why}: {instead}."


class Ear:
    """The phrases of one language."""

    def __init__(self, rules: Sequence[tuple[Tone, Sequence[str], Sequence[str]]]) -> None:
        self._tones = [tone for tone, _, _ in rules]
        self._heard, self._unless = Phrases(), Phrases()
        for number, (_, phrases, unless) in enumerate(rules):
            self._heard.add(number, phrases)
            self._unless.add(number, unless)

    def hear(self, text: str) -> list[tuple[Tone, str]]:
        """What one sentence or line holds, each tone once."""
        said = Said.of(text)
        excused = list(self._unless.hits(said))
        found: dict[Tone, str] = {}
        for hit in self._heard.hits(said):
            if not any(one.owner == hit.owner and one.overlaps(hit) for one in excused):
                found.setdefault(self._tones[hit.owner], hit.quoted(said))
        return list(found.items())


_KEYS = {"code", "any", "unless", "heard", "quiet"}


def read_tone(table: Mapping[str, Any]) -> tuple[Ear, list[str]]:
    """The ear that a file of content/tone makes, and every mistake in a sentence; each rule is tried on its examples."""
    mistakes = [f"{key!r} is not known here: use [[rule]]." for key in table if key != "rule"]
    rules: list[tuple[Tone, Sequence[str], Sequence[str]]] = []
    rows = table.get("rule", [])
    for number, row in enumerate(rows if isinstance(rows, list) else [], 1):
        found = _wrong(row)
        mistakes += [f"Rule {number}: {what}" for what in found]
        if not found:
            rules.append((Tone(row["code"]), row["any"], row.get("unless", [])))
    if not rows or not isinstance(rows, list):
        mistakes.append("There is no [[rule]] in it.")
    ear = Ear(rules)
    if not mistakes:
        mistakes += [what for row in rows for what in _tried(ear, row)]
    return ear, mistakes


def _wrong(row: object) -> list[str]:
    if not isinstance(row, Mapping):
        return ["it is no table."]
    found = [f"{key!r} is not known here." for key in row if key not in _KEYS]
    if row.get("code") not in list(Tone):
        found.append(f"code must be one of {', '.join(Tone)}.")
    for key in ("any", "unless", "heard", "quiet"):
        phrases = row.get(key, [])
        if not isinstance(phrases, list) or not all(isinstance(one, str) and one.strip() for one in phrases):
            found.append(f"{key} must be a list of phrases.")
        elif key in ("any", "heard", "quiet") and not phrases:
            found.append(f"{key} is empty.")
    return found


def _tried(ear: Ear, row: Mapping[str, Any]) -> Iterable[str]:
    code = Tone(row["code"])
    for text in row["heard"]:
        if code not in dict(ear.hear(text)):
            yield f"{code}: does not hear {text!r}, which stands in `heard`."
    for text in row["quiet"]:
        if code in dict(ear.hear(text)):
            yield f"{code}: hears {text!r}, which stands in `quiet`."


def remarks(text: str, ear: Ear) -> tuple[list[Remark], list[tuple[int, str]]]:
    """What a page's file holds, line by line, without what is answered; and answers that answer nothing, with their line."""
    found: list[Remark] = []
    answers: list[tuple[int, str]] = []
    idle: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        fine = FINE.match(line)
        if fine is not None:
            answers.append((number, fine["code"]))
            continue
        if not line.strip():
            continue
        heard = dict(ear.hear(line))
        idle += [(at, code) for at, code in answers if code not in heard]
        answered = {code for _, code in answers}
        found += [Remark(number, tone, words) for tone, words in heard.items() if tone not in answered]
        answers = []
    return found, [*idle, *answers]


# How hard a text is to read

_SENTENCE = re.compile(r"[.!?。！？؟۔:\n]+")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)

LONG_WORD: Mapping[str, int] = {
    "fi": 10,
    "et": 10,
    "tr": 9,
    "is": 8,
    "lt": 8,
    "lv": 8,
    "ru": 8,
    "uk": 8,
    "pl": 8,
    "tl": 8,
}
"""Letters from which a word counts as long, where the language makes longer words than most (there: 7, as LIX has it)."""

BY_LETTERS = frozenset({"th", "zh-Hans"})
"""Languages written without spaces between words: a sentence is measured in letters."""

MOST: Mapping[Reading, int] = {Reading.EASY: 40, Reading.PLAIN: 50, Reading.TRADE: 62}
"""LIX above which a text is too hard for these readers: 30 to 40 is easy, 50 a newspaper, 60 official
(Björnsson 1968)."""

MOST_LETTERS: Mapping[Reading, int] = {Reading.EASY: 45, Reading.PLAIN: 65, Reading.TRADE: 90}
"""The same for letters a sentence in Thai and Chinese; ours, tried on the texts that are shipped."""


def hardness(text: str, language: str) -> int:
    """LIX: words a sentence, and how many of a hundred words are long. For Thai and Chinese: letters a sentence."""
    sentences = [part for part in _SENTENCE.split(text) if _WORD.search(part)]
    if not sentences:
        return 0
    if language in BY_LETTERS:
        letters = sum(len(one) for part in sentences for one in _WORD.findall(part))
        return round(letters / len(sentences))
    words = [word for part in sentences for word in _WORD.findall(part)]
    long = sum(len(word) >= LONG_WORD.get(language, 7) for word in words)
    return round(len(words) / len(sentences) + 100 * long / len(words))


def too_hard(text: str, language: str, reading: Reading) -> int | None:
    """How hard the text is, if that is too hard for these readers."""
    most = MOST_LETTERS[reading] if language in BY_LETTERS else MOST[reading]
    found = hardness(text, language)
    return found if found > most else None
