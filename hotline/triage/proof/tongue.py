"""What the prover knows of one language: its words, its rules, and which words need care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hotline.language import Words
from hotline.triage.phrases import Phrases, Said
from hotline.triage.signals import Rule


@dataclass(frozen=True, slots=True)
class Care:
    """Words to be careful with. `betrays`: may not stand on a lock screen. `private`: a question may not ask for it.

    `asking`: words that make a sentence ask, in languages that write no question mark or ask politely.
    """

    betrays: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tongue:
    words: Words
    rules: tuple[Rule, ...] = ()
    care: Care = field(default_factory=Care)
    checking: Words | None = None
    """The words of the offer check, of a language that has them all."""

    @property
    def tag(self) -> str:
        return self.words.language


def read_care(table: Mapping[str, Any]) -> tuple[Care, list[str]]:
    """The three lists of a parsed TOML table, and every mistake as a sentence."""
    names = ("betrays", "private", "asking")
    mistakes = [f"{key!r} is not known here: use {', '.join(names)}." for key in table if key not in names]
    lists = {}
    for name in names:
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
            mistakes.append(f"{name} must be a list of words in quotes.")
            value = []
        elif not value:
            mistakes.append(f"{name} is empty: list at least one word, or the check would pass over everything.")
        lists[name] = tuple(value)
    return Care(**lists), mistakes


def heard_in(text: str, words: tuple[str, ...]) -> str | None:
    """The first of these words or phrases that stands in a text, as it was written there."""
    phrases = Phrases()
    phrases.add(0, words)
    said = Said.of(text)
    return next((hit.quoted(said) for hit in phrases.hits(said)), None)
