"""When too many write at once: what is held back so that nobody is refused and people's answers keep their lane."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

MINUTE = 60.0
QUIET_SECONDS = 300.0
"""A surge is over when for so long fewer came than half of what began it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an organisation set. `arrivals`: new contacts a minute that begin a surge. `replies`: automatic replies a
    minute on paid channels while it lasts. `daily_parts`: messages a day that the script may cost; 0 for no bound."""

    arrivals: int = 60
    replies: int = 20
    daily_parts: int = 0


class Lane(StrEnum):
    """How a caller is answered by the script."""

    OPEN = "open"
    """As always."""

    SHORT = "short"
    """With the emergency number and how to go on, nothing more."""

    HELD = "held"
    """Not now. What they wrote is kept, and their next message is answered."""


@dataclass(frozen=True, slots=True)
class Asks:
    """Who waits for a reply on a channel that costs: by a first message; in danger; put into the lower lane by staff;
    after a message that was not answered as always."""

    is_new: bool = False
    danger: bool = False
    lower: bool = False
    unsaid: bool = False


class Arrivals:
    """How many came within the last minute, and whether that is a surge. Times must not run backwards by more than that."""

    def __init__(self, begins_at: int) -> None:
        self._begins_at = begins_at
        self._seconds: deque[tuple[int, int]] = deque()
        self._busy_at: float | None = None

    def add(self, now: float) -> None:
        second, number = int(now), 1
        if self._seconds and self._seconds[-1][0] >= second:
            second, before = self._seconds.pop()
            number += before
        self._seconds.append((second, number))

    def in_a_minute(self, now: float) -> int:
        while self._seconds and self._seconds[0][0] <= now - MINUTE:
            self._seconds.popleft()
        return sum(number for _, number in self._seconds)

    def is_surge(self, now: float) -> bool:
        """Whether it is one now; asking is what lets it begin and end."""
        came = self.in_a_minute(now)
        if came >= self._begins_at or (self._busy_at is not None and came * 2 >= self._begins_at):
            self._busy_at = now
        elif self._busy_at is not None and now - self._busy_at >= QUIET_SECONDS:
            self._busy_at = None
        return self._busy_at is not None


class Tokens:
    """So many a minute, and at most as many saved up. What is owed is paid back before anybody else gets one."""

    def __init__(self, a_minute: int) -> None:
        self._most = float(a_minute)
        self._left = float(a_minute)
        self._at: float | None = None

    def left(self, now: float) -> float:
        if self._at is not None and now > self._at:
            self._left = min(self._most, self._left + (now - self._at) * self._most / MINUTE)
        self._at = now if self._at is None else max(now, self._at)
        return self._left

    def take(self, now: float, *, half: bool = False) -> bool:
        """Whether there was one; with `half`, the second half of them is left to others."""
        if self.left(now) < 1.0 + (self._most / 2 if half else 0.0):
            return False
        self._left -= 1.0
        return True

    def owe(self, now: float) -> None:
        """Take one that may not be there: never more than a minute's worth is owed."""
        self._left = max(-self._most, self.left(now) - 1.0)


class Gate:
    """Who is answered on a paid channel while too many write, or once the day's messages are used up.

    Danger has tokens of its own and may take the others' too. Who has answered us before goes before whoever is new: a
    flood is new. A message after one that was held back is always answered, on credit if need be.
    """

    def __init__(self, replies: int) -> None:
        self._all = Tokens(replies)
        self._danger = Tokens(replies)

    def lane(self, asks: Asks, now: float, *, capped: bool = False) -> Lane:
        if capped and not asks.danger:
            return Lane.HELD
        if asks.lower and not asks.is_new:
            return Lane.SHORT if asks.danger and self._token(asks, now) else Lane.HELD
        if asks.is_new:
            return Lane.SHORT if self._token(asks, now) else Lane.HELD
        if self._token(asks, now):
            return Lane.OPEN
        if not asks.unsaid:
            return Lane.HELD
        self._all.owe(now)
        return Lane.OPEN

    def spares(self, now: float) -> bool:
        """Whether there is one to spare for words that nobody misses."""
        return self._all.take(now, half=True)

    def _token(self, asks: Asks, now: float) -> bool:
        last = asks.is_new or asks.lower
        return (asks.danger and self._danger.take(now, half=last)) or self._all.take(now, half=last)
