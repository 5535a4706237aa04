"""The picture of who is reached: a line for every audience, its campaigns as bars over the days. Pure: figures in, places out.

Places are in per cent of the width, so that the picture fits every screen and its words stay as large as they are.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.audience import Audience
from campaigns.coordination import Entry, Overlap

DAYS = 180
LANE, BAR = 18, 14
"""The height of a line of bars, and of a bar in it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`x` and `width` in per cent, `y` from the top; `name` says what it is."""

    x: float
    width: float
    y: int
    ours: bool
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One audience. `meets`: spans in which one of ours and a partner's reach the same people; `days_without`: nobody does."""

    name: str
    bars: tuple[Bar, ...]
    meets: tuple[tuple[float, float], ...]
    days_without: int
    height: int


def months(first: datetime.date) -> list[tuple[str, float]]:
    """The first day of each month, in digits, and where it is."""
    found: list[tuple[str, float]] = []
    day = first.replace(day=1)
    while True:
        day = (day + datetime.timedelta(days=32)).replace(day=1)
        if (day - first).days >= DAYS:
            return found
        found.append((f"{day:%Y-%m}", _share((day - first).days)))


def rows_of(
    audiences: Mapping[str, Audience], entries: Sequence[Entry], meeting: Iterable[Overlap], first: datetime.date
) -> list[Row]:
    """A line for every audience, those whom nobody reaches first; then one for each that says not whom it is for."""
    last = first + datetime.timedelta(days=DAYS - 1)
    shown = [one for one in entries if one.starts <= last and one.ends >= first]
    met: dict[str, list[tuple[float, float]]] = {}
    for overlap in meeting:
        if overlap.days[0] <= last:
            for slug in overlap.audiences:
                met.setdefault(slug, []).append(_span(*overlap.days, first, last))
    rows = [
        _row(audience.name, [one for one in shown if slug in one.audiences], tuple(met.get(slug, ())), first, last)
        for slug, audience in audiences.items()
    ]
    rows.sort(key=lambda row: (-row.days_without, not row.meets, row.name))
    loose = [one for one in shown if not set(one.audiences) & set(audiences)]
    return rows + [_row(f"{one.title} ({one.organisation})", [one], (), first, last) for one in loose]


def _row(
    name: str,
    entries: Sequence[Entry],
    meets: tuple[tuple[float, float], ...],
    first: datetime.date,
    last: datetime.date,
) -> Row:
    lanes: list[datetime.date] = []
    bars = []
    for one in sorted(entries, key=lambda one: (one.starts, one.ends, one.title)):
        lane = next((number for number, free in enumerate(lanes) if free < one.starts), len(lanes))
        lanes[lane : lane + 1] = [one.ends]
        x, width = _span(one.starts, one.ends, first, last)
        about = f"{one.title} ({one.organisation}), {one.starts} – {one.ends}"
        bars.append(Bar(x, width, lane * LANE + (LANE - BAR) // 2, one.ours, about))
    reached = {
        (max(one.starts, first) - first).days + number
        for one in entries
        for number in range((min(one.ends, last) - max(one.starts, first)).days + 1)
    }
    return Row(name, tuple(bars), meets, DAYS - len(reached), LANE * max(1, len(lanes)))


def _span(starts: datetime.date, ends: datetime.date, first: datetime.date, last: datetime.date) -> tuple[float, float]:
    begin, end = max(starts, first), min(ends, last)
    return _share((begin - first).days), _share((end - begin).days + 1)


def _share(days: int) -> float:
    return round(100 * days / DAYS, 2)
