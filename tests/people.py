"""The people of the tests: Amara and Bogdan write, Chloe answers, Dina administers. Time is passed in and stands still."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from unittest import mock

from sqlalchemy import Connection, func, select

from hotline.contact import Channel, State
from hotline.desk.deliver import Carrier, deliver
from hotline.desk.erase import Eraser, erase_one
from hotline.desk.office import Office
from hotline.desk.receive import Reply, receive, reply_left
from hotline.desk.view import board
from hotline.desk.work import answer, claim
from hotline.message import Attachment, Incoming, Line
from hotline.retention import DAY, HOUR, MINUTE
from hotline.store import staff, vault
from hotline.store.contacts import Contact
from hotline.store.schema import metadata
from hotline.store.staff import Member, Role
from hotline.store.vault import Address
from hotline.store.writer import Tx

ROOT = Path(__file__).resolve().parents[1]
"""The repository."""

NOW = 1_795_262_400.0
"""Noon, 21 November 2026, UTC: the moment at which every story begins."""

AMARA, BOGDAN = "+4790000001", "+4790000002"
OURS = "+4780000000"
LANGUAGES = ("en", "es", "ro", "ru", "ar", "th")
PASSWORD = "a quiet river at night"
_ids = count(1)

__all__ = [
    "AMARA",
    "BOGDAN",
    "DAY",
    "HOUR",
    "LANGUAGES",
    "MINUTE",
    "NOW",
    "OURS",
    "PASSWORD",
    "ROOT",
    "Caller",
    "comes_true",
]


@dataclass
class Caller:
    """Somebody who writes to the hotline. Each message gets its own provider id unless one is given."""

    office: Office
    sender: str = AMARA
    channel: Channel = Channel.SMS
    replies: list[Reply] = field(default_factory=list)

    def message(
        self,
        text: str,
        *,
        id: str | None = None,
        choice: str | None = None,
        attachments: tuple[Attachment, ...] = (),
        opted_out: bool = False,
        language: str | None = None,
    ) -> Incoming:
        return Incoming(
            self.channel,
            self.sender,
            OURS,
            id or f"message {next(_ids)}",
            text,
            attachments,
            choice,
            opted_out,
            language,
        )

    def sends(self, incoming: Incoming, now: float = NOW, *, left: bool = True) -> Reply:
        """The message arrives; `left` says that its reply is known to have been sent."""
        impression = self.office.impression(incoming)
        reply = self.office.write(lambda tx: receive(self.office.desk, tx, incoming, now, impression))
        self.replies.append(reply)
        if left and reply.digest is not None:
            reply_left(self.office, reply.digest)
            digest = reply.digest
            comes_true(lambda: not self.office.desk.in_flight.any([digest]))
        return reply

    def writes(
        self,
        text: str,
        now: float = NOW,
        *,
        left: bool = True,
        id: str | None = None,
        choice: str | None = None,
        attachments: tuple[Attachment, ...] = (),
        opted_out: bool = False,
        language: str | None = None,
    ) -> list[str]:
        """What the caller reads after sending this."""
        incoming = self.message(
            text, id=id, choice=choice, attachments=attachments, opted_out=opted_out, language=language
        )
        return [message.as_text() for message in self.sends(incoming, now, left=left).messages]

    def asks_for_a_person(self, now: float = NOW) -> Contact:
        """From the first word to waiting for a person, in English, with the caller's yes."""
        self.writes("Hello, I need help", now)
        self.writes("person", now)
        self.writes("1", now)
        if self.open_contact(now).state is State.SCRIPTED:  # nobody is on duty: wait all the same
            self.writes("1", now)
        contact = self.contact(now)
        assert contact is not None
        assert contact.state is State.WAITING
        return contact

    def contact(self, now: float = NOW) -> Contact | None:
        desk = self.office.desk
        return self.office.write(lambda tx: desk.contacts.by_sender(tx.connection, self.channel, self.sender, now))

    def open_contact(self, now: float = NOW) -> Contact:
        contact = self.contact(now)
        assert contact is not None, "there is no open contact"
        return contact


@dataclass
class Responder:
    """Somebody of the staff who answers callers."""

    office: Office
    member: Member

    @property
    def id(self) -> int:
        return self.member.id

    def begins_shift(self, now: float = NOW) -> None:
        self.office.write(lambda tx: staff.begin_shift(tx.connection, self.id, now, now + 8 * HOUR))

    def claims(self, contact: Contact, now: float = NOW, *, even_full: bool = False) -> Contact:
        return self.office.write(
            lambda tx: claim(self.office.desk, tx, contact.id, self.id, now, even_full=even_full),
        )

    def answers(self, contact: Contact, text: str, now: float = NOW, *, fence: int | None = None) -> int | None:
        return self.office.write(
            lambda tx: answer(self.office.desk, tx, contact.id, self.id, text, now, fence=fence),
        )

    def sees_waiting(self, now: float = NOW) -> list[str]:
        """Ids of the waiting contacts in the order of the board."""
        cards = self.office.read(lambda connection: board(self.office.desk, connection, self.id, now)).waiting
        return [card.ranked.waiting.contact_id for card in cards]


def hire(office: Office, name: str, role: Role = Role.RESPONDER) -> Responder:
    """A staff account. Its password is not hashed, because that takes long and hardly any story signs in."""
    with mock.patch.object(staff, "hash_password", lambda password: f"not hashed: {password}"):
        return Responder(office, office.write(lambda tx: staff.add(tx.connection, name, role, PASSWORD, NOW)))


def comes_true(what: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that another thread does."""
    give_up = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up, "it has not come true"
        time.sleep(0.002)


def deliver_due(office: Office, carrier: Carrier, now: float) -> int:
    """Every answer whose turn it is, tried once: what the worker's rounds do, each for its provider. Says how many."""
    due = office.read(lambda connection: office.desk.outbox.due(connection, now))
    for outbox_id in due:
        deliver(office, carrier, outbox_id, now)
    return len(due)


def erase_due(office: Office, eraser: Eraser, now: float) -> int:
    """Every copy whose turn it is, deleted at its provider. Says how many were."""
    due = office.read(lambda connection: office.desk.erasures.due(connection, now, 20))
    return sum(erase_one(office, eraser, task_id, now) is True for task_id in due)


def lines_of(office: Office, contact: Contact) -> Sequence[Line]:
    def read(connection: Connection) -> list[Line]:
        return [line for _, line in office.desk.contacts.lines(connection, contact)]

    return office.read(read)


def address(office: Office, caller: Caller) -> Address | None:
    """The return address that is kept for a caller's open contact."""
    contact = caller.open_contact()
    return office.read(lambda connection: vault.address_of(connection, office.desk.contacts, contact))


def rows(office: Office) -> dict[str, int]:
    """How many rows each table has, of those that have any."""

    def count(connection: Connection) -> dict[str, int]:
        found = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }
        return {name: number for name, number in found.items() if number}

    return office.read(count)


def stored(office: Office, contact_id: str) -> Contact | None:
    """The contact as it stands in the store now."""

    def work(tx: Tx) -> Contact | None:
        return office.desk.contacts.by_id(tx.connection, contact_id)

    return office.write(work)
