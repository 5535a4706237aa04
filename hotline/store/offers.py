"""Reads content/offers: the lexicon of each language when an offer in it is first checked, once for all threads; and checks
offers with them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotline.impression import Impression
from hotline.offers.check import Checked, Impressions, check
from hotline.offers.lexicon import Lexicon, read_lexicon
from hotline.offers.tongues import tongues
from hotline.store.shelf import ContentError, Finding, read_toml

Impressed = Callable[[str], Impression | None]
"""What the sentence model makes of a text; None where it cannot say."""


def read_lexicon_of(path: Path) -> Lexicon:
    """The lexicon of one file, each rule tried on its examples; ContentError with the line of every mistake."""
    lexicon, mistakes = read_lexicon(path.stem, read_toml(path))
    if mistakes:
        raise ContentError(Finding(path, _line_of(path, mistake), mistake) for mistake in mistakes)
    return lexicon


class Lexicons:
    """The lexicons of a folder. A language without a file has none, and that is no mistake.

    What is wrong in a file takes itself away and no more: `hotline check` tells of it, and no caller's message is lost by it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.languages = tuple(sorted(path.stem for path in folder.glob("*.toml")))
        self._made: dict[str, Lexicon] = {}
        self._lock = threading.Lock()

    def of(self, language: str) -> Lexicon | None:
        """The lexicon of one language, with those of its rules that are right."""
        found = self._made.get(language)
        if found is None and language in self.languages:
            with self._lock:
                found = self._made.get(language)
                if found is None:
                    found, _ = read_lexicon(language, self._table(language), prove=False)
                    self._made[language] = found
        return found

    def _table(self, language: str) -> dict[str, Any]:
        try:
            return read_toml(self._folder / f"{language}.toml")
        except ContentError:
            return {}

    def for_text(self, text: str, hint: str = "", impression: Impressed | None = None) -> list[Lexicon]:
        """The lexicons of every language that a text may be written in; `hint` names one that it surely may."""

        def likely(piece: str) -> dict[str, float]:
            made = impression(piece) if impression is not None else None
            return dict(made.languages) if made is not None else {}

        wanted = tongues(text, hint, likely if impression is not None else None)
        return [lexicon for tag in wanted if (lexicon := self.of(tag)) is not None]


class Checker:
    """Checks offers with the lexicons and both models. `impression`: what the sentence model makes of a text, by which the
    languages are told; `impressions`: what the offers' own model makes of a sentence. Nothing of an offer stays here.
    """

    def __init__(
        self, lexicons: Lexicons, impression: Impressed | None = None, impressions: Impressions | None = None
    ) -> None:
        self.lexicons = lexicons
        self._impression = impression
        self._impressions = impressions

    def check(self, text: str, hint: str = "") -> Checked:
        """`hint`: a language in which the offer may be written, such as that of the page."""
        return check(text, self.lexicons.for_text(text, hint, self._impression), self._impressions)


def _line_of(path: Path, mistake: str) -> int:
    """The line on which the rule begins that a mistake names (`rule 3 …`), or the list of words (`words.fee …`)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if rule := re.match(r"rule (\d+)", mistake):
        begins = [number for number, line in enumerate(lines, 1) if line.strip() == "[[rule]]"]
        return begins[int(rule[1]) - 1] if int(rule[1]) <= len(begins) else 0
    if word := re.match(r"words\.(\S+?):? ", mistake):
        key = re.compile(rf"\s*\"?{re.escape(word[1])}\"?\s*=")
        return next((number for number, line in enumerate(lines, 1) if key.match(line)), 0)
    return 0
