"""Searching the directory without a network: folded words over names, needs, countries and numbers, ranked."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline.directory.model import Country, Entry, Guide, for_callers
from hotline.plain import plain


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that a search found, and how well it fits: more is better."""

    country: Country
    entry: Entry
    score: int


def search(
    guide: Guide,
    words: str,
    country: str | None = None,
    need: str | None = None,
    *,
    named: Mapping[str, str] | None = None,
    callers_on: datetime.date | None = None,
) -> list[Found]:
    """Entries in which every word is found, best first; with no words, all of the country and need. For staff, unless
    `callers_on` is given: then only what a caller may see on that day.

    `named` holds the names of needs and countries in the reader's language, under `help/need/…` and `help/country/…`.
    An unknown country or need finds nothing.
    """
    sought = plain(words).split()
    if all(word.isdecimal() for word in sought):
        sought = ["".join(sought)] if sought else []  # a number, however it is grouped
    chosen = [guide.lookup(country)] if country else list(guide)
    found = []
    for whole in chosen:
        if whole is None:
            continue
        place = whole if callers_on is None else for_callers(whole, callers_on)
        for entry in place.entries:
            score = _score(sought, place, entry, named or {})
            if score is not None and (not need or need in entry.needs):
                found.append(Found(place, entry, score))
    return sorted(found, key=lambda one: -one.score)  # stable: of equals, the order of the files


def _score(sought: Sequence[str], country: Country, entry: Entry, named: Mapping[str, str]) -> int | None:
    """None if one of the words is nowhere. The name counts most, then the need, then the country."""
    needs = [text for need in entry.needs for text in (need.replace("_", " "), named.get(f"help/need/{need}", ""))]
    places = (country.code, country.name, named.get(f"help/country/{country.code}", ""))
    weighed = ((8, plain(entry.name)), (4, plain(" ".join(needs))), (2, plain(" ".join(places))))
    digits = ["".join(sign for sign in way if sign.isdecimal()) for way in entry.ways()]
    total = 0
    for word in sought:
        best = max(weight * _fit(word, text) for weight, text in weighed)
        if not best and len(word) > 2 and word.isdecimal() and any(word in number for number in digits):
            best = 8
        if not best:
            return None
        total += best
    return total


def _fit(word: str, text: str) -> int:
    """4: a word of the text; 3: the beginning of one; 1: inside one, which also finds languages without spaces; 0: none."""
    if word not in text:
        return 0
    parts = text.split()
    if word in parts:
        return 4
    if any(part.startswith(word) for part in parts):
        return 3
    return 1 if len(word) > 2 or not word.isascii() else 0
