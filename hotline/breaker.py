"""When a provider is down: how seldom it is tried, and when it counts as well again. Time and chance are passed in."""

from __future__ import annotations

from dataclasses import dataclass, replace

PACE = 1.0
"""Seconds between two tries of a provider whose last answer was a fault, at the least."""

FAULTS_TO_OPEN = 5
LONGEST_PAUSE = 60.0

LONGEST_CALL = 30.0
"""A try whose end was never told (its process died) is taken to be over after this."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """One provider as it answers. Closed: everything passes. After a fault: one try at a time, PACE apart.

    After FAULTS_TO_OPEN in a row it is open: nothing passes, but one try after each pause, which grows with full jitter
    up to LONGEST_PAUSE. One answer closes it.
    """

    faults: int = 0
    until: float = 0.0

    @property
    def is_open(self) -> bool:
        return self.faults >= FAULTS_TO_OPEN

    def wait(self, now: float) -> float:
        """Seconds until something may pass; 0 when it may now."""
        # A clock that was set back must not close the way for longer than the longest pause.
        return min(max(0.0, self.until - now), LONGEST_PAUSE) if self.faults else 0.0

    def trying(self, now: float) -> Breaker:
        """One try begins: while the provider is in doubt, no second one beside it."""
        return replace(self, until=now + LONGEST_CALL) if self.faults else self

    def answered(self) -> Breaker:
        """The provider spoke sense, be it a refusal."""
        return Breaker()

    def failed(self, now: float, chance: float) -> Breaker:
        """It did not answer, or said that it is ill. `chance` lies between 0 and 1."""
        faults = self.faults + 1
        longest = min(LONGEST_PAUSE, 2.0 ** min(faults - FAULTS_TO_OPEN + 1, 10))
        pause = PACE if faults < FAULTS_TO_OPEN else max(PACE, chance * longest)
        return Breaker(faults, max(self.until if self.faults == 0 else 0.0, now + pause))
