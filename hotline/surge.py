"""When too many write at once: what is held back so that nobody is refused and people's answers keep their lane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an organisation set. `arrivals`: new contacts a minute that begin a surge. `replies`: automatic replies a
    minute on paid channels while it lasts. `daily_parts`: messages a day that the script may cost; 0 for no bound."""

    arrivals: int = 60
    replies: int = 20
    daily_parts: int = 0
