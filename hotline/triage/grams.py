"""What a text is made of, as numbers of slots: pieces of words, whole words and pairs of words, hashed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

from hotline.plain import plain

MEANING_BITS = 18
TONGUE_BITS = 17
FLAG_BITS = 17
LONGEST_READ = 600
"""Characters of a message that the model reads; what matters is said before, and the cost stays bounded."""


def meaning_grams(text: str) -> frozenset[int]:
    """Slots for what is said: letters in runs of two to five within words, words, and pairs of neighbours."""
    return frozenset(crc32(gram.encode()) >> (32 - MEANING_BITS) for gram in _meaning(plain(text[:LONGEST_READ])))


def flag_grams(sentence: str) -> frozenset[int]:
    """Slots for what one sentence of a job offer says: as for meaning, in fewer slots."""
    return frozenset(crc32(gram.encode()) >> (32 - FLAG_BITS) for gram in _meaning(plain(sentence[:LONGEST_READ])))


def tongue_grams(text: str) -> frozenset[int]:
    """Slots for the language: runs of one to four letters as they were typed, accents kept, and whole words."""
    said = "".join(sign if sign.isalpha() or sign in "'37259" else " " for sign in _typed(text[:LONGEST_READ]))
    return frozenset(crc32(gram.encode()) >> (32 - TONGUE_BITS) for gram in _pieces(said, 1, 4))


def _typed(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _meaning(said: str) -> Iterator[str]:
    yield from _pieces(said, 2, 5)
    words = said.split()
    for one, two in pairwise(words):
        yield f"{one} {two}"


def _pieces(said: str, shortest: int, longest: int) -> Iterator[str]:
    for word in said.split():
        framed = f" {word} "
        yield framed
        for length in range(shortest, longest + 1):
            for start in range(len(framed) - length + 1):
                yield framed[start : start + length]
