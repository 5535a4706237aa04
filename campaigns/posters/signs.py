"""Which signs the shipped fonts can print. What they cannot is told before anything is printed: never an empty box."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
SIGNS = FOLDER / "signs.txt"
"""First and last of each run of signs that a font has, in hexadecimal; written by `hotline fonts`."""


def is_blank(sign: str) -> bool:
    """Whether a sign leaves no ink: blanks, and what only steers the writing."""
    return unicodedata.category(sign) in ("Zs", "Cc", "Cf", "Zl", "Zp")


def missing(text: str) -> str:
    """The signs of a text that no shipped font has, each once, in order."""
    known = _known()
    return "".join(dict.fromkeys(sign for sign in text if ord(sign) not in known and not is_blank(sign)))


def as_ranges(codes: Iterable[int]) -> str:
    """`20-7E` a line, in order."""
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"{first:X}-{last:X}\n" for first, last in runs)


@cache
def _known() -> frozenset[int]:
    found: set[int] = set()
    for line in SIGNS.read_text(encoding="ascii").split():
        first, _, last = line.partition("-")
        found |= set(range(int(first, 16), int(last, 16) + 1))
    return frozenset(found)
