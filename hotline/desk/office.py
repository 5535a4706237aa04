"""What every use case of the desk stands on, and the way into a transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from hotline.alert import Rules
from hotline.desk.crowd import Crowd
from hotline.directory.model import Guide
from hotline.impression import Impression
from hotline.message import Incoming
from hotline.retention import HOUR, Retention
from hotline.store.boxes import Inbox, Outbox, Seen
from hotline.store.contacts import Contacts
from hotline.store.engine import StoreUnavailable
from hotline.store.erasures import Erasures
from hotline.store.keys import KeyRing
from hotline.store.offers import Checker
from hotline.store.packets import Packets
from hotline.store.partnerkey import Partners
from hotline.store.reaches import Reaches
from hotline.store.sent import Sent
from hotline.store.shelf import Shelf
from hotline.store.writer import Tx, Writer
from hotline.triage.listen import is_plain_answer
from hotline.triage.wording import Policy

T = TypeVar("T")


class InFlight:
    """Replies that this process is sending right now. A repeat of their message must not be answered beside them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._digests: set[bytes] = set()
        self._left: list[bytes] = []
        self._noting = False

    def add(self, digest: bytes) -> None:
        with self._lock:
            self._digests.add(digest)

    def discard(self, digests: Iterable[bytes]) -> None:
        with self._lock:
            self._digests.difference_update(digests)

    def any(self, digests: list[bytes]) -> bool:
        with self._lock:
            return not self._digests.isdisjoint(digests)

    def note_left(self, digests: Iterable[bytes]) -> bool:
        """Gather replies that have left. True: nobody is writing them down yet, so the one who brought these must."""
        with self._lock:
            self._left.extend(digests)
            first, self._noting = not self._noting, True
            return first

    def take_left(self) -> list[bytes]:
        with self._lock:
            return list(self._left)

    def forget(self) -> None:
        """The keys that made these digests are gone, so none of them is ever asked for again."""
        with self._lock:
            self._digests.clear()
            self._left.clear()

    def noted(self, digests: Iterable[bytes]) -> bool:
        """These are written down (none, if it failed). True: others have gathered meanwhile and want writing down."""
        with self._lock:
            self._digests.difference_update(written := set(digests))
            self._left = [digest for digest in self._left if digest not in written]
            self._noting = bool(written and self._left)
            return self._noting


class Mind(Protocol):
    """A model of sentences."""

    def impression(self, text: str) -> Impression | None:
        """What it makes of a text, as numbers; None when it cannot say. Never raises."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of one hotline: what it says, where it keeps things, and for how long. Without a `checker` nobody's job offer
    is read, and the questions about it are all there is."""

    shelf: Shelf
    contacts: Contacts
    seen: Seen
    inbox: Inbox
    outbox: Outbox
    sent: Sent
    erasures: Erasures
    ring: KeyRing
    seen_ring: KeyRing
    retention: Retention
    emergency: str
    default_language: str
    in_flight: InFlight = field(default_factory=InFlight)
    lost_contacts: bool = False
    policy: Policy = field(default_factory=Policy)
    campaigns: frozenset[str] = frozenset()
    crowd: Crowd = field(default_factory=Crowd)
    zone: str = "Europe/Oslo"
    idle_seconds: float = 900.0
    guide: Guide = field(default_factory=lambda: Guide({}))
    country: str = "NO"
    partners: Partners = field(default_factory=Partners)
    reaches: Reaches | None = None
    alerts: Rules = field(default_factory=Rules)
    checker: Checker | None = None

    @property
    def packets(self) -> Packets:
        return Packets(self.ring)

    def has_lost(self, now: float) -> bool:
        """Whether contacts that may still have been open were lost: whoever writes anew is told so."""
        destroyed_at = self.ring.destroyed_at
        return self.lost_contacts or 0.0 < destroyed_at <= now < destroyed_at + self.retention.open_hours * HOUR


@dataclass(frozen=True, slots=True)
class Office:
    """A desk with its database. `write` answers after a durable commit; both raise StoreUnavailable, changing nothing."""

    desk: Desk
    engine: Engine
    writer: Writer
    room_left: Callable[[], bool] = lambda: True
    mind: Mind | None = None

    def impression(self, incoming: Incoming) -> Impression | None:
        """What the model makes of a message; None where it is switched off or has nothing to add. Outside a transaction."""
        if self.mind is None or is_plain_answer(incoming.text):
            return None
        return self.mind.impression(incoming.text)

    def write(self, do: Callable[[Tx], T]) -> T:
        return self.writer.run(do)

    def read(self, do: Callable[[Connection], T]) -> T:
        try:
            with self.engine.connect() as connection:
                return do(connection)
        except (DBAPIError, NoConnectionLeft) as fault:
            raise StoreUnavailable(type(fault).__name__) from fault
