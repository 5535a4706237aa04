"""`python -m bench.guessing`: a million guesses at each second step, by the rules that decide, in simulated time.

Whoever guesses has the right password already. Of each way of guessing: how many tries were looked at, how many got in, how
long it took by the clock of the simulation, and what chance the rules leave (exact, not from the run).
"""

from __future__ import annotations

import json
import math
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bench.__main__ import keep
from hotline import totp
from hotline.console.signin import REFUSED_SECONDS, code_at
from hotline.store.accounts import _SIGNS, RECOVERY_CODES, digest
from hotline.store.devices import DEVICE_TRIES
from hotline.store.passkeys import _digest as challenge_digest

GUESSES = 1_000_000
BEGIN = 1_795_262_400.0
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - nobody's
HOUR, DAY = 3600.0, 86_400.0
CHANCE = len(totp.SKEW) / 10**totp.DIGITS
"""That one guess is one of the codes that are good at this moment."""

_code_at = lru_cache(maxsize=8)(code_at)


@dataclass
class Door:
    """The rule of `accounts.take_code` for a device that is not known, with no database behind it."""

    failed: int = 0
    failed_at: float = 0.0
    last_step: int = 0
    longest_wait: float = 0.0

    def wait(self, now: float) -> float:
        return self.failed_at + totp.wait_after(self.failed) - now

    def tries(self, code: str, now: float) -> bool | None:
        """Whether it opened; None if it was not even looked at."""
        if 0 < (wait := self.wait(now)) <= totp.LONGEST_WAIT:
            self.longest_wait = max(self.longest_wait, wait)
            return None
        step = totp.step_of(code, now, lambda step: _code_at(SECRET, step))
        if step is None or step <= self.last_step:
            self.failed, self.failed_at = self.failed + 1, now
            return False
        self.last_step, self.failed = step, 0
        return True


@dataclass
class Guessed:
    """One way of guessing, played through."""

    tries: int = 0
    looked_at: int = 0
    opened: int = 0
    door: Door = field(default_factory=Door)
    ended: float = 0.0


def play(moments: Callable[[Door], Iterator[float]], guesses: int, door: Door | None = None) -> Guessed:
    """So many guesses, each at the next of these moments; always the same ones."""
    rng, played = random.Random(1), Guessed(door=door or Door())
    for now in moments(played.door):
        played.tries += 1
        taken = played.door.tries(f"{rng.randrange(10**totp.DIGITS):06}", now)
        played.looked_at += taken is not None
        played.opened += taken is True
        played.ended = now
        if played.tries == guesses:
            break
    return played


def every(seconds: float) -> Callable[[Door], Iterator[float]]:
    """Without regard to the waiting that the door asks for."""

    def moments(_: Door) -> Iterator[float]:
        number = 0
        while True:
            yield BEGIN + number * seconds
            number += 1

    return moments


def patiently(door: Door) -> Iterator[float]:
    """Each as soon as it will be looked at."""
    now = BEGIN
    while True:
        yield now
        now = max(now + REFUSED_SECONDS, door.failed_at + totp.wait_after(door.failed))


def chance_of(looked_at: int) -> float:
    return -math.expm1(looked_at * math.log1p(-CHANCE))


def app_row(name: str, moments: Callable[[Door], Iterator[float]], guesses: int) -> dict[str, Any]:
    played = play(moments, guesses)
    return {
        "bench": f"guessing the app's code, {name}",
        "guesses": played.tries,
        "looked_at": played.looked_at,
        "opened": played.opened,
        "days_by_the_clock": round((played.ended - BEGIN) / DAY, 3),
        "chance_by_the_rules": f"{chance_of(played.looked_at):.3g}",
        "longest_wait_of_anybody_seconds": round(played.door.longest_wait, 1),
    }


def recovery_row(guesses: int) -> dict[str, Any]:
    """Ten codes of sixteen signs; no waiting is asked for, and none is needed."""
    rng = random.Random(2)
    drawn = {"".join(secrets.choice(_SIGNS) for _ in range(16)) for _ in range(RECOVERY_CODES)}
    kept = {digest(f"1/{code}", b"recovery") for code in drawn}
    opened = sum(digest(f"1/{''.join(rng.choices(_SIGNS, k=16))}", b"recovery") in kept for _ in range(guesses))
    chance = guesses * RECOVERY_CODES / len(_SIGNS) ** 16
    return {
        "bench": "guessing a recovery code",
        "guesses": guesses,
        "opened": opened,
        "chance_by_the_rules": f"{chance:.3g}",
    }


def challenge_row(guesses: int) -> dict[str, Any]:
    """A thousand challenges are open. A guessed one would still need a signature of the passkey."""
    rng, open_now = random.Random(3), 1000
    kept = {challenge_digest(secrets.token_bytes(32)) for _ in range(open_now)}
    opened = sum(challenge_digest(rng.randbytes(32)) in kept for _ in range(guesses))
    return {
        "bench": "guessing the challenge of a passkey",
        "guesses": guesses,
        "opened": opened,
        "chance_by_the_rules": f"{guesses * open_now / 2**256:.3g}",
    }


def run(guesses: int = GUESSES) -> list[dict[str, Any]]:
    return [
        app_row("all within an hour", every(HOUR / guesses), guesses),
        app_row("all within a day", every(DAY / guesses), guesses),
        app_row("each as soon as it is looked at", patiently, guesses),
        {
            "bench": "guessing the app's code with a stolen device cookie, which never waits",
            "looked_at": DEVICE_TRIES,
            "chance_by_the_rules": f"{chance_of(DEVICE_TRIES):.3g}",
        },
        recovery_row(guesses),
        challenge_row(guesses),
    ]


def main() -> int:
    rows = run()
    for row in rows:
        print(json.dumps(row), flush=True)
    keep("guessing", rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
