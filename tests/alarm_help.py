"""An office whose staff can be alerted, and a sender that remembers whom it woke."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sqlalchemy import update

from app.alarms import Alarms
from hotline.alert import WORDS, Rules, Way
from hotline.contact import Level
from hotline.desk.alarm import Gone
from hotline.desk.deliver import NotSent
from hotline.desk.office import Office
from hotline.events import Log
from hotline.shifts import Pattern
from hotline.store import presence, roster
from hotline.store.contacts import Contact
from hotline.store.reaches import Reach, Reaches
from hotline.store.schema import contacts
from hotline.store.staffkey import StaffKey
from tests.people import NOW, Caller, Responder

SATURDAY = date(2026, 11, 21)
"""The day of NOW."""

ENDPOINT = "https://fcm.googleapis.com/fcm/send/"


def with_reaches(office: Office, folder: Path, rules: Rules | None = None) -> Office:
    reaches = Reaches(StaffKey(folder / "staff.key"))
    return replace(office, desk=replace(office.desk, reaches=reaches, alerts=rules or Rules()))


def reached(one: Responder, way: Way = Way.SMS, address: str = "") -> str:
    """Somebody is alerted this way from now on; the address."""
    address = address or {Way.PUSH: ENDPOINT, Way.SMS: "+479100000", Way.TELEGRAM: "70000000"}[way] + str(one.id)
    desk = one.office.desk
    assert desk.reaches is not None
    known = desk.reaches
    one.office.write(lambda tx: known.add(tx.connection, one.id, way, address, NOW))
    return address


def on_call(one: Responder, rank: int) -> None:
    """On call the whole day of NOW."""
    day = frozenset({SATURDAY.weekday()})
    pattern = Pattern(0, one.id, day, 0, 1440, "UTC", SATURDAY, SATURDAY, rank=rank)
    one.office.write(lambda tx: roster.add_pattern(tx.connection, pattern))


def at_console(one: Responder, until: float = NOW + 86_400) -> None:
    """A console of theirs is open."""
    one.office.write(lambda tx: presence.note(tx.connection, {one.id: until}))


def waits(office: Office, level: Level, sender: str = "+4790000001", now: float = NOW) -> Contact:
    """Somebody who waits for a person since `now`, this urgently."""
    contact = Caller(office, sender).asks_for_a_person(now)
    mine = update(contacts).where(contacts.c.id == contact.id).values(level=level.rank)
    office.write(lambda tx: tx.connection.execute(mine))
    return contact


@dataclass
class Sender:
    """Remembers what went where. `down` and `gone` are addresses that take nothing."""

    sent: list[tuple[Way, str, str]] = field(default_factory=list)
    ways: frozenset[Way] = frozenset(Way)
    bot: str = "our_bot"
    down: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def script(self) -> bytes:
        return b"// nothing"

    def public_key(self) -> str:
        return "a-key"

    def send(self, reach: Reach, words: str) -> None:
        assert words in WORDS
        if reach.address in self.gone:
            raise Gone
        if reach.address in self.down:
            raise NotSent("down", down=True)
        with self.lock:
            self.sent.append((reach.way, reach.address, words))

    @property
    def addresses(self) -> list[str]:
        return sorted(address for _, address, _ in self.sent)

    def taken(self) -> list[str]:
        """The addresses since this was last asked."""
        found = self.addresses
        self.sent.clear()
        return found


@dataclass
class Alarm:
    """One worker's alarm at a clock that is moved by hand."""

    office: Office
    sender: Sender = field(default_factory=Sender)
    now: float = NOW
    events: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.alarms = Alarms(self.office, self.sender, Log(self.events.append), lambda: self.now)

    def looks(self, after: float = 0.0) -> list[str]:
        """Whom it woke, so many seconds after the story began."""
        self.now = NOW + after
        self.alarms.once()
        return self.sender.taken()
