"""How long anything lives. One table of the periods, and the one question asked of it."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.contact import State

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Retention:
    """Periods after which the hotline forgets. `ring_days` bounds every one of them."""

    quiet_minutes: int = 30
    open_hours: int = 48
    ring_days: int = 4
    seen_days: int = 8

    def expired(
        self, state: State, opened_at: float, touched_at: float, now: float, *, kept_until: float | None = None
    ) -> bool:
        """Whether a contact has outlived its period: quiet while scripted, old once handed to people, and not before the
        day until which its caller may come back by a code."""
        if kept_until is not None:
            return now >= kept_until
        if state is State.SCRIPTED:
            return now - touched_at >= self.quiet_minutes * MINUTE
        return now - opened_at >= self.open_hours * HOUR

    def mistakes(self) -> list[str]:
        """What is wrong with these periods, in sentences; empty when nothing is."""
        found = []
        if self.ring_days * 24 < self.open_hours + 24:
            found.append(
                f"retention.ring_days = {self.ring_days} is too short for open_hours = {self.open_hours}: "
                f"set it to at least {-(-self.open_hours // 24) + 1}, or open contacts lose their keys."
            )
        if not 7 <= self.seen_days <= 31:
            found.append(f"retention.seen_days = {self.seen_days} must lie between 7 and 31.")
        return found
