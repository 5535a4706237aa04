"""What a responder's message is to a caller: a phrase of the phrasebook, or words that ask, press, promise or send a link."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.drill.scenario import Rule
from hotline.plain import plain
from hotline.store.phrasebook import ASKED, Phrasebook
from hotline.store.shelf import read_care_of, read_toml
from hotline.triage.phrases import Phrases, Said

WORDS = "drill-words.toml"
ENGLISH = "en"
OF_GROUPS: Mapping[str, str] = {"safe/now": "asks_safe", "safe/alone": "asks_safe", "danger/call": "gives_number"}
"""What a phrase is beside itself."""

_LINK = re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:com|org|net|info)\b", re.IGNORECASE)
_LINE = re.compile(r"\+?\d(?:[ -]?\d){4,}")
"""A number that can be called, longer than an emergency number."""

_QUESTION = re.compile("[?؟？]")
_ANY = r"\S+"


class Kinds:
    """The kinds of message in every language that the words are there for; in another one, English is listened for."""

    def __init__(self, content: Path, phrasebook: Phrasebook, emergency: str) -> None:
        self._content, self._book = content, phrasebook
        self._words: Mapping[str, Mapping[str, Sequence[str]]] = read_toml(content / WORDS)
        self._emergency = re.compile(rf"(?<!\d){re.escape(emergency)}(?!\d)")
        self._own: dict[str, Phrases] = {}
        self._names: tuple[str, ...] = ("asks_safe", "promises", "presses", "private", "asking")

    def of(self, text: str, language: str) -> frozenset[str]:
        """Every kind that this message is, for a caller who reads this language."""
        phrase = self.phrase(text, language)
        if phrase is not None:
            more = {OF_GROUPS[phrase]} if phrase in OF_GROUPS else set()
            return frozenset({phrase, f"{phrase.split('/')[0]}/*", *more, "asks" if _asks(text) else "says"})
        heard = {
            self._names[hit.owner] for tongue in {language, ENGLISH} for hit in self._index(tongue).hits(Said.of(text))
        }
        asks = _asks(text) or "asking" in heard
        found = {"asks" if asks else "says", *(heard & {"promises", "presses"})}
        found |= {"asks_safe"} if asks and "asks_safe" in heard else set()
        found |= {"asks_who"} if asks and "private" in heard else set()
        found |= {"gives_number"} if self._emergency.search(text) else set()
        found |= {"pass/number"} if _LINE.search(text) else set()
        found |= {"link"} if _LINK.search(text) else set()
        return frozenset(found)

    def phrase(self, text: str, language: str) -> str | None:
        """The key of the phrase that this text is, in the caller's language or in English."""
        wanted = plain(text)
        for tongue in (language, ENGLISH):
            for key, phrase in self._book.phrases(tongue).items():
                if plain(phrase.text) == wanted or (phrase.asks and _filled(phrase.text).fullmatch(text.strip())):
                    return key
        return None

    def _index(self, language: str) -> Phrases:
        if language not in self._own:
            index, words = Phrases(), self._words.get(language, {})
            care = read_care_of(self._content / "discreet" / f"{language}.toml")
            lists = {**words, "private": care.private, "asking": care.asking}
            for owner, name in enumerate(self._names):
                index.add(owner, lists.get(name, ()))
            self._own[language] = index
        return self._own[language]


def fits(rule: Rule, kinds: frozenset[str]) -> bool:
    return not rule.to.isdisjoint(kinds)


def _asks(text: str) -> bool:
    return _QUESTION.search(text) is not None


def _filled(text: str) -> re.Pattern[str]:
    """A phrase with something filled in, as a pattern."""
    pattern = re.escape(text)
    for name in ASKED:
        pattern = pattern.replace(re.escape(f"{{{name}}}"), _ANY)
    return re.compile(pattern)
