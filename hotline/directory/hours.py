"""When something is open, by the clock of its own country."""

from __future__ import annotations

import re
from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Span:
    """Open on these days (0 is Monday) from one minute of the day until another; past midnight if that is not later."""

    days: tuple[int, ...]
    begins: int
    ends: int

    def holds(self, weekday: int, minute: int) -> bool:
        if self.begins < self.ends:
            return weekday in self.days and self.begins <= minute < self.ends
        before = (weekday - 1) % 7
        return (weekday in self.days and minute >= self.begins) or (before in self.days and minute < self.ends)

    def runs(self) -> list[tuple[int, int]]:
        """The days as runs, first and last: Monday to Friday is one."""
        runs: list[tuple[int, int]] = []
        for day in sorted(self.days):
            if runs and runs[-1][1] == day - 1:
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        return runs

    def clock(self) -> str:
        return "–".join(f"{at // 60:02d}:{at % 60:02d}" for at in (self.begins, self.ends))


ALWAYS = (Span(tuple(range(7)), 0, 24 * 60),)


def read_open(text: str) -> tuple[Span, ...] | None:
    """`always`, or spans such as `mon-fri 08:30-16:00; sat,sun 09:00-15:00`; None if it is neither."""
    if text == "always":
        return ALWAYS
    spans = []
    for part in text.split(";"):
        named, _, clocks = part.strip().partition(" ")
        days = _days(named)
        times = [_CLOCK.fullmatch(clock.strip()) for clock in clocks.split(",")]
        for match in times:
            if match is None or days is None:
                return None
            begins, ends = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
            if max(begins, ends) > 24 * 60 or begins == ends or begins == 24 * 60:
                return None
            spans.append(Span(days, begins, ends))
    return tuple(spans)


def _days(text: str) -> tuple[int, ...] | None:
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS or part.endswith("-"):
            return None
        begin = DAYS.index(first)
        days |= {(begin + step) % 7 for step in range((DAYS.index(last or first) - begin) % 7 + 1)}
    return tuple(sorted(days))
