"""Too many at once: what this process knows of the crowd, and what the desk holds back on channels that cost."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hotline import sms
from hotline.alike import Recent, Sketcher
from hotline.channels import TRAITS
from hotline.contact import Channel
from hotline.events import Event
from hotline.message import Outgoing
from hotline.store import lanes
from hotline.store.keys import day_of
from hotline.surge import Arrivals, Asks, Bounds, Gate, Lane

REMEMBERED = 4096
"""Messages whose lane is remembered: a piece of work that is run again must not count twice."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the board tells: too many write at once; the day's bound of messages is reached."""

    surge: bool = False
    capped: bool = False


class Crowd:
    """Who came, what was held back, and what it cost, counted in this process. Without bounds nothing ever is."""

    def __init__(self, bounds: Bounds | None = None, tell: Callable[[Event], None] = lambda event: None) -> None:
        self._bounds = bounds
        self._tell = tell
        self._lock = threading.RLock()
        self._arrivals = Arrivals(bounds.arrivals if bounds else 1)
        self._gate = Gate(bounds.replies if bounds else 1)
        self._surge = False
        self._sketcher, self._recent = Sketcher(secrets.token_bytes(32)), Recent()
        self._decided: OrderedDict[tuple[str, bytes], Any] = OrderedDict()
        self._spending = _Spending(bounds.daily_parts if bounds else 0)

    def came(self, digest: bytes, now: float) -> None:
        """A new contact began with this message."""
        if self._bounds is not None:
            self._once("came", digest, lambda: self._arrivals.add(now))

    def standing(self, now: float) -> Standing:
        """How it stands now; what has changed is told as an event."""
        if self._bounds is None:
            return Standing()
        with self._lock:
            surge = self._arrivals.is_surge(now)
            if surge is not self._surge:
                self._surge = surge
                self._tell(Event.SURGE_BEGAN if surge else Event.SURGE_ENDED)
            return Standing(surge, self._spending.reached(day_of(now)))

    def lane(self, connection: Connection, channel: Channel, digest: bytes, asks: Asks, now: float) -> Lane:
        """How the script answers the message of this digest."""
        if self._bounds is None or not TRAITS[channel].paid:
            return Lane.OPEN
        self._spending.look(connection, day_of(now))
        standing = self.standing(now)
        if not (standing.surge or standing.capped):
            return Lane.OPEN
        found: Lane = self._once("lane", digest, lambda: self._gate.lane(asks, now, capped=standing.capped))
        return found

    def spares(self, channel: Channel, digest: bytes, now: float) -> bool:
        """Whether words that nobody misses may be said now."""
        standing = self.standing(now)
        if not TRAITS[channel].paid or not (standing.surge or standing.capped):
            return True
        found: bool = self._once("spares", digest, lambda: not standing.capped and self._gate.spares(now))
        return found

    def likeness(self, text: str, now: float, *, short: bool) -> bytes | None:
        """The name shared with those who lately wrote nearly the same. `short`: so few words count too."""
        if self._bounds is None:
            return None
        sketch = self._sketcher.sketch(text)
        if sketch is None or not (short or sketch.places):
            return None
        with self._lock:
            return self._recent.name_of(sketch, now, secrets.token_bytes(8))

    def said(self, channel: Channel, digest: bytes, messages: Iterable[Outgoing], now: float) -> None:
        """The script's reply to the message of this digest: what it costs is counted."""
        if self._bounds is not None and TRAITS[channel].paid and (parts := cost(channel, messages)):
            self._once("said", digest, lambda: self._spending.add(day_of(now), parts))

    def forget(self) -> None:
        """Drop what tells of messages: how they looked, and which were decided on."""
        with self._lock:
            self._sketcher, self._recent = Sketcher(secrets.token_bytes(32)), Recent()
            self._decided.clear()

    def write_down(self, connection: Connection) -> None:
        """What was counted since the last time; `written` says whether that was kept."""
        self._spending.write_down(connection)

    def written(self, *, kept: bool) -> None:
        if self._spending.written(kept=kept):
            self._tell(Event.COST_CAP_REACHED)

    def _once(self, what: str, digest: bytes, do: Callable[[], Any]) -> Any:
        """The same answer for the same message, however often its work is run."""
        with self._lock:
            key = (what, digest)
            if key not in self._decided:
                self._decided[key] = do()
                while len(self._decided) > REMEMBERED:
                    self._decided.popitem(last=False)
            return self._decided[key]


class _Spending:
    """What the script's messages cost today: what is in the store, and what is counted and not written yet."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._day = -1
        self._stored = 0
        self._new: dict[int, int] = {}
        self._writing: dict[int, int] = {}
        self._first_to_tell = False

    def look(self, connection: Connection, day: int) -> None:
        """Once a day: what was spent before this process came, or by others."""
        if self._most and day > self._day:
            stored = lanes.spent(connection, day, lanes.SCRIPT)
            with self._lock:
                self._day, self._stored = day, stored

    def add(self, day: int, parts: int) -> None:
        with self._lock:
            self._new[day] = self._new.get(day, 0) + parts

    def reached(self, day: int) -> bool:
        stored = self._stored if day == self._day else 0
        return 0 < self._most <= stored + self._new.get(day, 0)

    def write_down(self, connection: Connection) -> None:
        with self._lock:
            self._writing = dict(self._new)
        self._first_to_tell = False
        for day, parts in sorted(self._writing.items()):
            total = lanes.spend(connection, day, lanes.SCRIPT, parts)
            if 0 < self._most <= total:
                self._first_to_tell |= lanes.tell_once(connection, day)
            with self._lock:
                if day >= self._day:
                    self._day, self._stored = day, total - parts

    def written(self, *, kept: bool) -> bool:
        """Whether it is for this process to tell that the bound is reached."""
        if not kept:
            return False
        with self._lock:
            for day, parts in self._writing.items():
                self._new[day] -= parts
                if day == self._day:
                    self._stored += parts
            self._new = {day: parts for day, parts in self._new.items() if parts}
            self._writing = {}
        first, self._first_to_tell = self._first_to_tell, False
        return first


def cost(channel: Channel, messages: Iterable[Outgoing]) -> int:
    """What these messages count for: an SMS its parts, anything else one."""
    return sum(sms.parts(one.as_text()) if channel.by_carrier else 1 for one in messages)
