"""Text made plain: as rules and labels compare it, as it can be kept, as the number it may be."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(r"[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200b-\u200f\u2060]")
_SAME = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ى": "ي",
        "ة": "ه",
        "ک": "ك",
        "ی": "ي",
        "’": "'",
        "ʼ": "'",
        "ё": "е",
        "ı": "i",
        "đ": "d",
    }
)
_NOISE = re.compile(
    r"[^\w'\s\u0900-\u0963\u0e31-\u0e4e]+|_"
)  # vowel signs of Thai and Nepali are not \w and yet part of the word

_DIGIT = re.compile(r"[^\W\D0-9]")

LONGEST = 4096


def plain(text: str) -> str:
    """The first LONGEST characters, folded; accents of Latin, Cyrillic and Arabic letters are dropped, Thai ones kept;
    digits of every script become 0 to 9."""
    return " ".join(_NOISE.sub(" ", folded(text[:LONGEST])).split())


def folded(text: str) -> str:
    """As `plain`, but of any length, and with all signs and line breaks left in."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = unicodedata.normalize("NFC", _MARKS.sub("", text)).translate(_SAME)
    return _DIGIT.sub(lambda sign: str(unicodedata.decimal(sign[0])), text)


def storable(text: str) -> str:
    """Text without NUL and without halves of surrogate pairs, neither of which can be kept in UTF-8."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def number(text: str) -> int | None:
    """A whole number written in at most 18 plain digits, else None. (`str.isdigit` also holds for ² and the like.)"""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
