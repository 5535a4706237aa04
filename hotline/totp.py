"""Codes of an authenticator app (RFC 6238): which step of the clock a code belongs to. Pure: the codes themselves come in.

That no code is taken twice is for the store to hold, in the transaction that takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest

STEP_SECONDS = 30
SKEW = (0, -1, 1)
"""Steps beside the present one that are looked at too: a phone's clock is seldom right to the second (RFC 6238, 5.2)."""

DIGITS = 6
FREE_TRIES = 3
LONGEST_WAIT = 30.0


def step_at(now: float) -> int:
    return int(now // STEP_SECONDS)


def typed(code: str) -> str:
    """A code as people type it: in two groups, or with a space behind it."""
    return "".join(code.split())


def step_of(code: str, now: float, code_at: Callable[[int], str]) -> int | None:
    """The step this code belongs to, at most one away from now; None when it is no code of this time."""
    code = typed(code)
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    steps = [step_at(now) + skew for skew in SKEW]
    fits = [compare_digest(code_at(step), code) for step in steps]
    return next((step for step, fit in zip(steps, fits, strict=True) if fit), None)


def wait_after(failed: int) -> float:
    """How many seconds a device we do not know waits for its next try: none at first, never more than half a minute."""
    return 0.0 if failed < FREE_TRIES else min(LONGEST_WAIT, 2.0 ** min(failed - FREE_TRIES, 10))
