"""`hotline offer`: what in a job offer breaks a norm, why, and what to ask. For people, or one JSON object a line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.assemble import open_checker, open_mind
from app.cli import USAGE, settings_of
from app.settings import Settings
from hotline.desk.office import Mind
from hotline.language import LANGUAGES, Words, complete, guess
from hotline.offers.check import Checked
from hotline.offers.pieces import LONGEST_OFFER
from hotline.offers.questions import questions_of
from hotline.offers.tongues import NEPALI, is_nepali
from hotline.store.offers import Checker
from hotline.store.shelf import read_checking

UNKNOWN = "und"
"""The language of an offer that cannot be told (BCP 47)."""

FALLBACK = "en"


class Speaker:
    """The words of the check in each language that has them all; English for any other."""

    def __init__(self, locales: Path) -> None:
        self._locales = locales
        self._english = read_checking(locales / FALLBACK)
        self.words = cache(self._words)

    def _words(self, language: str) -> Words:
        found = read_checking(self._locales / language) if language in LANGUAGES else self._english
        return self._english if complete(self._english.by_key, found) else found


class Reader:
    """Checks offers and says in which language they are."""

    def __init__(self, settings: Settings, *, model: bool) -> None:
        self._mind: Mind | None = open_mind(settings) if model else None
        self._checker: Checker = open_checker(settings, self._mind, model=model)
        self.speaker = Speaker(settings.locales)

    def language(self, text: str, named: str = "") -> str:
        """The language is detected whether or not one is named; a named one breaks a tie."""
        if is_nepali(text):
            return NEPALI
        made = self._mind.impression(text[:LONGEST_OFFER]) if self._mind is not None else None
        return guess(text, tuple(LANGUAGES), made.languages if made is not None else {}) or named or UNKNOWN

    def check(self, text: str, language: str) -> Checked:
        return self._checker.check(text, "" if language == UNKNOWN else language)


def run(options: argparse.Namespace) -> int:
    """Exit code 2 when a line was no offer or the file cannot be read."""
    settings = settings_of(options)
    if options.language and options.language not in LANGUAGES:
        print(f"hotline: {options.language} is not one of our languages: {', '.join(LANGUAGES)}.", file=sys.stderr)
        return USAGE
    reader = Reader(settings, model=not options.no_model)
    if options.jsonl:
        return _lines(reader, options.language or "")
    text = sys.stdin.read() if options.file == "-" else _text_of(Path(options.file))
    if text is None:
        return USAGE
    language = reader.language(text)
    words = reader.speaker.words(options.language or language)
    print("\n".join(told(reader.check(text, language), words)))
    return 0


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        print(f"hotline: {path}: byte {fault.start} is not UTF-8: save the file as UTF-8.", file=sys.stderr)
        return None


def _lines(reader: Reader, wanted: str) -> int:
    """A line that is not `{"id", "text", "lang"?}` is an error with its number; the others are answered."""
    wrong = 0
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            answer = judged(reader, str(row["id"]), row["text"], row.get("lang"), wanted)
        except (ValueError, KeyError, TypeError, AttributeError):
            wrong += 1
            print(f'hotline: line {number} must be a JSON object with "id" and "text".', file=sys.stderr)
            continue
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return USAGE if wrong else 0


def judged(reader: Reader, row_id: str, text: object, named: object, wanted: str) -> dict[str, Any]:
    """One offer's answer. TypeError for a text or a language that is no text."""
    if not isinstance(text, str) or not isinstance(named, str | None):
        raise TypeError("text and lang are texts")
    language = reader.language(text, named or "")
    checked = reader.check(text, language)
    words = reader.speaker.words(wanted or language)
    return {
        "id": row_id,
        "language": language,
        "verdict": checked.verdict.value,
        "flags": [
            {"code": str(one.code), "evidence": one.evidence, "why": words[f"offer/flag/{one.code}/why"]}
            for one in checked.flags
        ],
        "ask": asks(checked, words),
    }


def asks(checked: Checked, words: Mapping[str, str] | Words) -> list[str]:
    return [words[f"offer/flag/{flag}/ask"] for flag in questions_of(checked)]


def told(checked: Checked, words: Words) -> list[str]:
    """The lines for whoever reads the answer in a terminal."""
    lines = [words[f"offer/verdict/{checked.verdict}"], words[f"offer/verdict/{checked.verdict}/about"]]
    for one in checked.flags:
        name = f"offer/flag/{one.code}"
        lines += ["", f"{words[name]} [{one.code}]"]
        lines += [f"  {words['offer/possible']}"] if one.possible else []
        lines += [f"  {words['offer/found_in']} {one.evidence}"]
        lines += [f"  {words[f'offer/{part}']}: {words[f'{name}/{part}']}" for part in ("why", "fair", "ask")]
    for title, rows in (
        ("good", [words[f"offer/good/{one.code}"] for one in checked.good]),
        ("missing", [words[f"offer/missing/{one}"] for one in checked.missing]),
        ("steps/ask", asks(checked, words)),
    ):
        lines += ["", words[f"offer/{title}"], *(f"- {row}" for row in rows)] if rows else []
    return lines
