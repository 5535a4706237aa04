"""Text as rules, labels and names are compared: case, accents and punctuation do not count."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(r"[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200b-\u200f\u2060]")
_SAME = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "’": "'", "ё": "е"})
_NOISE = re.compile(r"[^\w'\s\u0e31-\u0e4e]+|_")  # Thai vowel signs are not \w and yet part of the word

LONGEST = 4096


def plain(text: str) -> str:
    """The first LONGEST characters, folded; accents of Latin, Cyrillic and Arabic letters are dropped, Thai ones kept."""
    folded = unicodedata.normalize("NFKD", text[:LONGEST].casefold())
    folded = unicodedata.normalize("NFC", _MARKS.sub("", folded)).translate(_SAME)
    return " ".join(_NOISE.sub(" ", folded).split())
