"""Who is on duty, who is on call, and what nobody covers. Times are seconds since the epoch.

A shift holds its start and not its end. Rank 0 is duty; 1, 2 and 3 are the rungs of the on-call ladder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

RANKS = (1, 2, 3)
"""The on-call ladder: who is alerted first, second and third when nobody on duty takes a contact."""

MOST_AT_ONCE = 20

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shift:
    """`pattern` and `day` say which planned shift this is; a shift begun by its button has neither."""

    staff_id: int
    starts_at: float
    ends_at: float
    rank: int = 0
    pattern: int = 0
    day: date | None = None

    def holds(self, now: float) -> bool:
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Ability:
    """What somebody of the staff can take on. No channels named: all of them."""

    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    most: int = 3

    def answers(self, language: str | None, channel: str) -> bool:
        """Whether they answer in this language (None: not known yet) on this channel."""
        return (language is None or language in self.languages) and (not self.channels or channel in self.channels)


def on_duty(shifts: Iterable[Shift], now: float) -> frozenset[int]:
    """Staff ids whose shift holds at `now`; being on call is not duty."""
    return frozenset(shift.staff_id for shift in shifts if shift.rank == 0 and shift.holds(now))


def next_start(shifts: Iterable[Shift], now: float) -> float | None:
    """When the next shift starts after `now`, if one is planned."""
    return min((shift.starts_at for shift in shifts if shift.rank == 0 and shift.starts_at > now), default=None)


def on_call(shifts: Iterable[Shift], now: float) -> tuple[frozenset[int], ...]:
    """The ladder at `now`: staff ids of rank 1, of rank 2, of rank 3."""
    holding = [shift for shift in shifts if shift.holds(now)]
    return tuple(frozenset(shift.staff_id for shift in holding if shift.rank == rank) for rank in RANKS)


def present(begun: Iterable[Shift], planned: Iterable[Shift], seen: Collection[int]) -> list[Shift]:
    """Shifts whose people are there: begun by hand, or planned and their owner lately seen at the console.

    A plan alone is nobody: a caller must not be told that somebody is there because a table says so.
    """
    return [*begun, *(shift for shift in planned if shift.staff_id in seen)]


def gaps(
    shifts: Iterable[Shift], spoken: Mapping[int, Collection[str]], offered: Sequence[str], start: float, end: float
) -> dict[str, list[Span]]:
    """For each offered language, the spans between `start` and `end` in which nobody on duty speaks it."""
    duty = sorted((one for one in shifts if one.rank == 0), key=lambda shift: shift.starts_at)
    found: dict[str, list[Span]] = {}
    for language in offered:
        spans, reached = list[Span](), start
        for shift in duty:
            if language not in spoken.get(shift.staff_id, ()) or shift.ends_at <= reached:
                continue
            if min(shift.starts_at, end) > reached:
                spans.append((reached, min(shift.starts_at, end)))
            reached = max(reached, shift.ends_at)
        if reached < end:
            spans.append((reached, end))
        found[language] = spans
    return found
