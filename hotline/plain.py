"""Text made plain: as rules and labels compare it, as it can be kept, as the number it may be."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(r"[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200b-\u200f\u2060]")
_SAME = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "’": "'", "ё": "е"})
_NOISE = re.compile(r"[^\w'\s\u0e31-\u0e4e]+|_")  # Thai vowel signs are not \w and yet part of the word

LONGEST = 4096


def plain(text: str) -> str:
    """The first LONGEST characters, folded; accents of Latin, Cyrillic and Arabic letters are dropped, Thai ones kept;
    digits of every script become 0 to 9."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text[:LONGEST]).casefold())
    folded = unicodedata.normalize("NFC", _MARKS.sub("", folded)).translate(_SAME)
    if not folded.isascii():
        folded = "".join(str(unicodedata.decimal(sign, sign)) for sign in folded)
    return " ".join(_NOISE.sub(" ", folded).split())


def storable(text: str) -> str:
    """Text without NUL and without halves of surrogate pairs, neither of which can be kept in UTF-8."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def number(text: str) -> int | None:
    """A whole number written in at most 18 plain digits, else None. (`str.isdigit` also holds for ² and the like.)"""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
