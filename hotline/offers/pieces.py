"""An offer taken apart into sentences, as people write them on phones: lines, dots, bullets, and none of them in Thai."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_OFFER = 8_000
"""Characters of an offer that are read; longer than any offer in a message, and the time stays bounded."""

MOST_WORDS = 45
"""A sentence without an end is cut here."""

MOST_LETTERS = 160
"""The same for scripts without spaces."""

LEAST_WORDS, LEAST_LETTERS = 4, 12
"""The same for the shortest that says something by itself."""

_END = re.compile(
    r"[.!?…؟۔।]+(?=\s|$)"
    r"|(?<=[^\sA-ZА-ЯЁІЇЄҐ.!?])[.!?]+(?=[A-ZА-ЯЁІЇЄҐ][^\W\d_])"  # a copied page has lost its line ends: “a day.We pay”
    r"|[。！？；;•▪●✅✔👉➡️🔹🔸‼⁉]+|\n+|(?<=\s)[-–—*|/]+(?=\s)"
)
_THAI = re.compile(r"[\u0e00-\u0e7f]")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u4e00-\u9fff\u3040-\u30ff]")


def sentences(text: str) -> list[str]:
    """The offer's sentences in order, each as it was typed and without what stands around it."""
    found = (piece.strip(" \t\r-–—*·,:") for piece in _END.split(text[:LONGEST_OFFER]))
    return [part for piece in found if any(map(str.isalnum, piece)) for part in _short(piece)]


def says_enough(sentence: str) -> bool:
    """Whether it is more than a fragment such as “Waitress in Dubai”, of which a model makes anything."""
    return len(sentence.split()) >= LEAST_WORDS or (
        _UNSPACED.search(sentence) is not None and len(sentence) >= LEAST_LETTERS
    )


def _short(piece: str) -> Iterator[str]:
    if _UNSPACED.search(piece) and len(piece) > MOST_LETTERS:
        yield from _gathered(piece.split() if _THAI.search(piece) else re.split(r"(?<=[，、,])", piece), MOST_LETTERS)
        return
    words = piece.split()
    for start in range(0, len(words), MOST_WORDS):
        yield " ".join(words[start : start + MOST_WORDS])


def _gathered(parts: list[str], most: int) -> Iterator[str]:
    """Neighbouring parts together, as long as they fit."""
    line = ""
    for part in parts:
        if line and len(line) + len(part) > most:
            yield line
            line = ""
        line = f"{line} {part}".strip()[: most * 2]
    yield line
