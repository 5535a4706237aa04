"""From what is planned to shifts: weekly patterns, absences and swaps, by the clock of the place they are planned in.

Time zones come in as an argument, because their rules are files. What the clock does at a change:
a time that it jumps over is the moment of the jump, and a time that it shows twice is the first of the two.
So no two shifts that touch on paper leave a hole between them or lie one upon the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from hotline.roster import RANKS, Shift, Span

DAY_MINUTES = 24 * 60
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
MOST_WEEKS = 8
MOST_LEFT_OUT = 400
LONGEST_ABSENCE = 366 * 86_400.0

Zone = Callable[[str], tzinfo]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A planned shift, once (`first` is `last`) or on some weekdays of every week, or every second, third … week.

    `begins` and `ends` are minutes of the local day; it passes midnight if `ends` is not later. `days`: 0 is Monday.
    Weeks are counted from the Monday of the week of `first`. `without`: days on which it does not take place.
    """

    id: int
    staff_id: int
    days: frozenset[int]
    begins: int
    ends: int
    zone: str
    first: date
    last: date | None = None
    every: int = 1
    rank: int = 0
    without: frozenset[date] = frozenset()

    def mistakes(self) -> list[str]:
        """What is wrong with it, a sentence each."""
        found = []
        if not self.days or not self.days <= frozenset(range(7)):
            found.append("Choose at least one day of the week.")
        if not (0 <= self.begins < DAY_MINUTES and 0 <= self.ends <= DAY_MINUTES):
            found.append("A shift begins and ends between 00:00 and 24:00.")
        if not EARLIEST <= self.first <= (self.last or LATEST) <= LATEST:
            found.append("The last day must not come before the first.")
        if not 1 <= self.every <= MOST_WEEKS:
            found.append(f"A shift comes back every 1 to {MOST_WEEKS} weeks.")
        if self.rank not in (0, *RANKS):
            found.append("The rank is 0 for duty, or 1, 2 or 3 for being on call.")
        if len(self.without) > MOST_LEFT_OUT:
            found.append(f"More than {MOST_LEFT_OUT} days are left out: end this shift and plan a new one.")
        return found

    def on(self, day: date) -> bool:
        """Whether it takes place on this day."""
        if day < self.first or (self.last is not None and day > self.last) or day in self.without:
            return False
        return day.weekday() in self.days and (self._week(day) - self._week(self.first)) % self.every == 0

    def dates(self, start: date, end: date) -> Iterator[date]:
        """The days from `start` to `end` (both included) on which it takes place."""
        day, until = max(start, self.first), min(end, self.last or end)
        while day <= until:
            if self.on(day):
                yield day
            day += timedelta(days=1)

    def span(self, day: date, zone: Zone) -> Span:
        """When it begins and ends on this day. Not later: it has no time left, because the clock jumped over it."""
        ends = self.ends if self.ends > self.begins else self.ends + DAY_MINUTES
        return instant(day, self.begins, zone(self.zone)), instant(day, ends, zone(self.zone))

    @staticmethod
    def _week(day: date) -> int:
        return (day.toordinal() - 1) // 7  # 1 January of the year 1 was a Monday


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away; `staff_id` None: everybody is, it is a holiday. Why is nobody's business and not kept."""

    id: int
    staff_id: int | None
    starts_at: float
    ends_at: float


@dataclass(frozen=True, slots=True)
class Swap:
    """Whose this shift of a pattern is on this day, and whether they offer it to a colleague."""

    pattern: int
    day: date
    staff_id: int
    offered: bool = False


@lru_cache(maxsize=16_384)
def instant(day: date, minute: int, zone: tzinfo) -> float:
    """The moment at which the clock of `zone` shows this minute of the day (from 1440 on: of the next day)."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    early = local.replace(tzinfo=zone, fold=0)
    found = early.timestamp()
    if datetime.fromtimestamp(found, UTC).astimezone(zone).replace(tzinfo=None) == local:
        return found
    return _jump(local.replace(tzinfo=zone, fold=1).timestamp(), found, zone)


def _jump(before: float, after: float, zone: tzinfo) -> float:
    """The moment between these two at which the clock jumps, to the second."""

    def offset(at: float) -> timedelta | None:
        return datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()

    old, low, high = offset(before), int(before), int(after)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == old else (low, middle)
    return float(high)


def expanded(
    patterns: Iterable[Pattern],
    absences: Iterable[Absence],
    swaps: Iterable[Swap],
    single: Iterable[Shift],
    start: float,
    end: float,
    zone: Zone,
) -> list[Shift]:
    """Every shift that holds at some moment from `start` until `end`, by its beginning.

    `single` are shifts begun by hand; no absence cuts them, for whoever pressed the button is there.
    """
    holders = {(swap.pattern, swap.day): swap.staff_id for swap in swaps}
    away = list(absences)
    found = [shift for shift in single if shift.ends_at > start and shift.starts_at < end]
    for pattern in patterns:
        for day, span in _spans(pattern, start, end, zone):
            staff_id = holders.get((pattern.id, day), pattern.staff_id)
            theirs = [one for one in away if one.staff_id in (None, staff_id)]
            for starts_at, ends_at in _without(span, theirs):
                if ends_at > start and starts_at < end:
                    found.append(Shift(staff_id, starts_at, ends_at, pattern.rank, pattern.id, day))
    return sorted(found, key=lambda shift: (shift.starts_at, shift.ends_at, shift.staff_id, shift.pattern))


def _spans(pattern: Pattern, start: float, end: float, zone: Zone) -> Iterator[tuple[date, Span]]:
    """The days around the window; clocks differ by up to 14 hours from UTC, and a shift may pass midnight."""
    for day in pattern.dates(_utc_day(start, -2), _utc_day(end, 1)):
        starts_at, ends_at = pattern.span(day, zone)
        if starts_at < ends_at:
            yield day, (starts_at, ends_at)


def _utc_day(at: float, more: int) -> date:
    return datetime.fromtimestamp(at, UTC).date() + timedelta(days=more)


def _without(span: Span, away: Iterable[Absence]) -> list[Span]:
    """What is left of a span when these are away."""
    left = [span]
    for one in away:
        left = [
            piece
            for starts_at, ends_at in left
            for piece in ((starts_at, min(ends_at, one.starts_at)), (max(starts_at, one.ends_at), ends_at))
            if piece[0] < piece[1]
        ]
    return left


def holder(pattern: Pattern, day: date, swaps: Mapping[tuple[int, date], Swap]) -> int:
    """Whose this shift is on this day."""
    swap = swaps.get((pattern.id, day))
    return swap.staff_id if swap is not None else pattern.staff_id


def day_span(first: date, last: date, zone: tzinfo) -> Span:
    """From the beginning of the first day until the end of the last."""
    return instant(first, 0, zone), instant(last, DAY_MINUTES, zone)


def local(at: float, zone: tzinfo) -> datetime:
    """What calendar and clock of `zone` show at that moment."""
    return datetime.fromtimestamp(at, zone)


def clock(at: float, zone: tzinfo, now: float | None = None) -> str:
    """`18:00`; with `now`, the date before it unless it is today: `24.11. 08:00`. Digits, so that no language is needed.

    It is rounded up to the next minute: a promise may come true a little early, never late.
    """
    shown = local(-(-at // 60) * 60, zone)
    dated = now is not None and shown.date() != local(now, zone).date()
    return f"{shown.day}.{shown.month}. {shown:%H:%M}" if dated else f"{shown:%H:%M}"
