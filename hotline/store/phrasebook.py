"""The phrasebook: sentences for responders, written beforehand in every language, so that nothing is guessed in the moment.

A language is read when a caller of that language is first answered, and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hotline.language import Words
from hotline.plain import plain
from hotline.store.shelf import read_words

DOMAIN = "phrasebook"
PREFIX = "phrase/"
ASKED = ("minutes", "time")
"""What a responder fills in; the emergency number is filled in by itself."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence: `key` is `group/name`, `english` what it says, `text` how it is said in the caller's language.

    `asks`: names that must be filled in before it can be sent.
    """

    key: str
    english: str
    text: str
    asks: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.key.split("/")[0]

    def fits(self, words: str) -> bool:
        """Whether every one of these words stands in it, in English or in the caller's language."""
        here = plain(f"{self.key.replace('/', ' ')} {self.english} {self.text}")
        return all(word in here for word in plain(words).split())


class Phrasebook:
    """The phrases of every language of one hotline."""

    def __init__(self, locales: Path, emergency: str) -> None:
        self._locales = locales
        self._emergency = emergency
        self._read: dict[str, dict[str, Phrase]] = {}

    def phrases(self, language: str) -> dict[str, Phrase]:
        """By key, in the order of the English file. A phrase that a language lacks is not there: none falls into another."""
        if language not in self._read:
            english = read_words(self._locales / "en", DOMAIN)
            own = english if language == "en" else read_words(self._locales / language, DOMAIN)
            self._read[language] = {
                key.removeprefix(PREFIX): self._phrase(key, english, own) for key in english.by_key if key in own.by_key
            }
        return self._read[language]

    def said(self, language: str, key: str, filled: Mapping[str, str]) -> str | None:
        """The sentence ready to send; None for a phrase that is not there, or lacks what must be filled in."""
        phrase = self.phrases(language).get(key)
        if phrase is None or not all(filled.get(name, "").strip() for name in phrase.asks):
            return None
        text = phrase.text
        for name in phrase.asks:
            text = text.replace(f"{{{name}}}", filled[name].strip())
        return text

    def _phrase(self, key: str, english: Words, own: Words) -> Phrase:
        def ready(words: Words) -> str:
            return words[key].replace("{emergency}", self._emergency)

        asks = tuple(name for name in ASKED if f"{{{name}}}" in own[key])
        return Phrase(key.removeprefix(PREFIX), ready(english), ready(own), asks)
