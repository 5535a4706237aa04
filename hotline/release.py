"""From tallies to what may be published. Until the noisy release arrives, small counts show as `few`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotline.tally import UNPUBLISHED, Cell

SMALLEST = 10
"""Counts under this are not shown (facts/domain.md section 5: thresholds in use run from 3 to 10)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One published count; `count` None means fewer than SMALLEST."""

    period: str
    kind: str
    first: str
    second: str
    count: int | None


def figures(tallies: Iterable[tuple[Cell, int]]) -> list[Figure]:
    """The publishable form of every cell that is crossed at most once, newest week first."""
    rows = [
        Figure(cell.period, cell.kind, cell.first, cell.second, number if number >= SMALLEST else None)
        for cell, number in tallies
        if number > 0 and cell.kind != UNPUBLISHED
    ]
    rows.sort(key=lambda row: (row.kind, row.first, row.second))
    rows.sort(key=lambda row: row.period, reverse=True)
    return rows
