"""In which languages an offer may be written: one offer may mix several. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Likely = Callable[[str], Mapping[str, float]]
"""How likely each language is in a piece of text, as the sentence model has it."""

ENOUGH = 0.10
"""From this likelihood on, the words of a language are looked for: to look for nothing costs more than some time."""

PIECES, LETTERS = 3, 400
"""The model is asked on so many pieces of the text, each so long: what is mixed shows at its beginning, middle or end."""

ALWAYS = "en"
"""Offers in every language hold English words."""

_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
NEPALI = "ne"
"""Read, and not spoken by the house: the model does not know it, its letters do."""


def tongues(text: str, hint: str = "", likely: Likely | None = None) -> list[str]:
    """The languages to read an offer in, without repeats: the hint, those the model finds likely, always English."""
    found = dict.fromkeys([hint] if hint else [])
    for piece in _pieces(text) if likely is not None else ():
        found |= dict.fromkeys(tag for tag, value in likely(piece).items() if value >= ENOUGH)  # type: ignore[misc]
    if _DEVANAGARI.search(text):
        found[NEPALI] = None
    found[ALWAYS] = None
    return list(found)


def is_nepali(text: str) -> bool:
    """Whether most of a text is written in Devanagari."""
    return 2 * len(_DEVANAGARI.findall(text)) > sum(map(str.isalpha, text))


def _pieces(text: str) -> list[str]:
    """The beginning, the middle and the end; of a short text the whole."""
    if len(text) <= LETTERS * PIECES:
        size = max(-(-len(text) // PIECES), LETTERS // 2)
        return [text[start : start + size] for start in range(0, len(text), size)]
    step = (len(text) - LETTERS) // (PIECES - 1)
    return [text[start : start + LETTERS] for start in range(0, step * PIECES, step)][:PIECES]
