"""Who is alerted when: those on duty first, then the on-call ladder, until somebody takes what waits.

An alert says that somebody waits and nothing else, so the rule needs no more than how urgent it is and since when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from hotline.contact import Level
from hotline.queue import TARGET_SECONDS

MOST = 10
"""Alerts to one member while nothing new comes to them: after that they are surely not there."""

FAST, SLOW = 60.0, 300.0
"""Seconds between two alerts to one member: for what is immediate, and for the rest."""

SOON_AGAIN = 15.0
"""When no way took an alert, it is tried again after this."""

PUSH_SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
)
"""The push services of the browsers. Whatever else a browser names as its service is not called."""

LONGEST_ENDPOINT = 1000


class Way(StrEnum):
    """How a member is alerted outside the console."""

    PUSH = "push"
    SMS = "sms"
    TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True)
class Rules:
    """What an organisation decides: from which level on those on call are woken, and which push services are called.

    `loopback`: the simulated push service of this machine may be called too.
    """

    climbs: Level = Level.URGENT
    push_services: tuple[str, ...] = PUSH_SERVICES
    loopback: bool = False

    def serves(self, endpoint: str) -> bool:
        return is_push_service(endpoint, self.push_services, loopback=self.loopback)


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """One who waits. `lower`: staff put them behind the others. `paused`: their channel is."""

    level: Level
    since: float
    lower: bool = False
    paused: bool = False

    @property
    def wakes(self) -> bool:
        """Whether anybody is alerted: never for the lower lane; on a paused channel only for what is immediate."""
        return not self.lower and (not self.paused or self.level is Level.IMMEDIATE)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who could come. `duty`: whose shift it is, seen at the console or not; `ladder`: who is on call, by rank.

    `staffed`: whether anybody is on duty and was seen lately; `there`: whether one of these has a console open now.
    """

    duty: frozenset[int]
    ladder: tuple[frozenset[int], ...]
    staffed: bool
    there: bool


@dataclass(frozen=True, slots=True)
class Due:
    """Why a member is alerted: the most urgent level, and when the newest of it fell to them."""

    level: Level
    newest: float


def due(waiting: Iterable[Unclaimed], crew: Crew, now: float, climbs: Level = Level.URGENT) -> dict[int, Due]:
    """The members to be alerted now. Levels less urgent than `climbs` never wake anybody who is on call.

    Whose shift it is: when the level's target is reached, or at once while none of them has a console open. The first
    rank on call: when the target is reached, or at once while nobody is on duty. The second at twice the target, the
    third at three times. A rank without anybody costs no time.
    """
    found: dict[int, Due] = {}
    ladder = [rank for rank in crew.ladder if rank]
    since: dict[Level, list[float]] = {level: [] for level in Level}
    for one in waiting:
        if one.wakes:
            since[one.level].append(one.since)
    for level in Level:
        for members, delay in _rungs(level, crew, ladder if level.rank <= climbs.rank else []):
            newest = max((at + delay for at in since[level] if at + delay <= now), default=None)
            if newest is None:
                continue
            for member in members:
                known = found.get(member, Due(level, newest))
                found[member] = Due(known.level, max(known.newest, newest))
    return found


def _rungs(level: Level, crew: Crew, ladder: Sequence[frozenset[int]]) -> list[tuple[frozenset[int], float]]:
    """Who, and how long somebody of this level has waited by then."""
    target = float(TARGET_SECONDS[level])
    found = [(crew.duty, target if crew.there else 0.0)]
    for step, members in enumerate(ladder, start=1):
        at_once = step == 1 and not crew.staffed
        found.append((members, 0.0 if at_once else step * target))
    return found


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a member was alerted since something last came to them alone, and when last."""

    at: float = 0.0
    times: int = 0

    def rests(self, level: Level) -> float:
        """Seconds that must lie between the last alert and the next."""
        return FAST if self.times == 0 or level is Level.IMMEDIATE else SLOW

    def again(self, why: Due, now: float) -> bool:
        """Whether it is time. After MOST alerts only somebody who came since counts."""
        return now - self.at >= self.rests(why.level) and (self.times < MOST or why.newest > self.at)


def is_push_service(endpoint: str, services: Collection[str], *, loopback: bool = False) -> bool:
    """Whether this address may be called: else whoever has an account could make the server call any address.

    `loopback`: for the simulated service of this machine, in the demo and in tests.
    """
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or any(sign <= " " for sign in endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return False
    if "@" in parts.netloc or "\\" in endpoint or parts.fragment:
        return False
    if loopback and parts.scheme == "http" and host == "127.0.0.1":
        return True
    known = any(host == name or (name[:2] == "*." and host.endswith(name[1:])) for name in services)
    return parts.scheme == "https" and port in (None, 443) and known


def origin(endpoint: str) -> str:
    """Scheme, host and port: whom a signature for a push service names."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def is_phone(text: str) -> bool:
    """Whether it is a number in E.164."""
    digits = text[1:]
    return text[:1] == "+" and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15 and digits[0] != "0"


WORDS: Mapping[str, str] = {
    "waits": "Somebody waits. Open the console: {console}",
    "test": "This is a test. Alerts come here: {console}",
    "connected": "Alerts come here from now on. Do not answer them here: open the console.",
}
"""All that an alert may say. To staff, in English as the console is."""
