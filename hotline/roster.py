"""Who is on duty. Times are seconds since the epoch; a shift holds its start and not its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shift:
    staff_id: int
    starts_at: float
    ends_at: float

    def holds(self, now: float) -> bool:
        return self.starts_at <= now < self.ends_at


def on_duty(shifts: Iterable[Shift], now: float) -> frozenset[int]:
    """Staff ids whose shift holds at `now`."""
    return frozenset(shift.staff_id for shift in shifts if shift.holds(now))


def next_start(shifts: Iterable[Shift], now: float) -> float | None:
    """When the next shift starts after `now`, if one is planned."""
    return min((shift.starts_at for shift in shifts if shift.starts_at > now), default=None)
