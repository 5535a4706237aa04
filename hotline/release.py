"""From tallies to what may be published. Until the noisy release arrives, small counts show as `few`.

What responders say of a contact is told less: that a value was counted at all would tell of one person in a quiet week, so
a small count of it does not stand there, as if it were none, and a larger one is rounded down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotline.coding import LISTS, REFERRAL
from hotline.tally import UNPUBLISHED, Cell

SMALLEST = 10
"""Counts under this are not shown (facts/domain.md section 5: thresholds in use run from 3 to 10)."""


CODED = frozenset({*LISTS, REFERRAL})
"""Attributes that a responder chose from the lists."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One published count; `count` None means fewer than SMALLEST. Of what is CODED, `count` up to `count + 9` were counted."""

    period: str
    kind: str
    first: str
    second: str
    count: int | None


def figures(tallies: Iterable[tuple[Cell, int]]) -> list[Figure]:
    """The publishable form of every cell that is crossed at most once, newest week first."""
    rows = [
        Figure(cell.period, cell.kind, cell.first, cell.second, count)
        for cell, number in tallies
        if number > 0 and cell.kind != UNPUBLISHED
        for count in _publishable(cell.kind, number)
    ]
    rows.sort(key=lambda row: (row.kind, row.first, row.second))
    rows.sort(key=lambda row: row.period, reverse=True)
    return rows


def is_coded(kind: str) -> bool:
    """Whether one of the attributes crossed in it was chosen by a responder."""
    return not CODED.isdisjoint(kind.split("*"))


def _publishable(kind: str, number: int) -> list[int | None]:
    """What stands for this number, if anything may."""
    if not is_coded(kind):
        return [number if number >= SMALLEST else None]
    return [number - number % SMALLEST] if number >= SMALLEST else []
