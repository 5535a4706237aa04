"""An answer leaves for its provider: leased, tried, settled. The worker calls this; the provider is behind `Carrier`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.message import Delivery, Line
from hotline.store import vault
from hotline.store.boxes import Waiting, pause_after
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone
from hotline.store.vault import Address
from hotline.store.writer import Tx

TRIES_AT_MOST = 12

HUSHED_SECONDS = 30.0
"""An answer to a caller whose phone may be in other hands waits, and is looked at again after this."""


class NotSent(Exception):
    """A provider did not take a message. `sure` False: it may have taken it, and no answer came."""

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        opted_out: bool = False,
        sure: bool = True,
        wait: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.opted_out = opted_out
        self.sure = sure
        self.wait = wait


class Carrier(Protocol):
    """The sending half of a channel."""

    def send(self, channel: Channel, address: Address, text: str) -> None:
        """Give one message to the provider, or raise NotSent."""

    def was_sent(self, channel: Channel, address: Address, text: str, since: float) -> bool | None:
        """Whether the provider took this text since that time; None when it cannot be asked."""


@dataclass(frozen=True, slots=True)
class _Task:
    waiting: Waiting
    contact: Contact
    line: Line
    address: Address | None


def deliver(office: Office, carrier: Carrier, outbox_id: int, now: float) -> Delivery:
    """Try one answer, if it is its turn. Safe to call from anywhere, as often as one likes."""
    task = office.write(lambda tx: _lease(office, tx, outbox_id, now))
    if task is None:
        return Delivery.NONE
    if task.address is None:
        return _settle(office, task, Delivery.FAILED)
    try:
        if task.waiting.tried_at is not None:
            taken = carrier.was_sent(task.contact.channel, task.address, task.line.text, task.waiting.tried_at)
            if taken is not False:
                return _settle(office, task, Delivery.SENT if taken else Delivery.UNSURE)
        carrier.send(task.contact.channel, task.address, task.line.text)
    except NotSent as fault:
        return _settle_fault(office, task, fault, now)
    return _settle(office, task, Delivery.SENT)


def deliver_due(office: Office, carrier: Carrier, now: float) -> int:
    """What a lost bell left: try every answer whose turn it is. Says how many were looked at."""
    due = office.read(lambda connection: office.desk.outbox.due(connection, now))
    for outbox_id in due:
        deliver(office, carrier, outbox_id, now)
    return len(due)


def _lease(office: Office, tx: Tx, outbox_id: int, now: float) -> _Task | None:
    desk = office.desk
    waiting = desk.outbox.lease(tx.connection, outbox_id, now)
    if waiting is None:
        return None
    try:
        contact = desk.contacts.by_id(tx.connection, waiting.contact_id)
        assert contact is not None, "an outbox row cannot outlive its contact"
        if contact.conversation.hushed:
            desk.outbox.put_back(tx.connection, waiting, now + HUSHED_SECONDS)
            return None
        ((_, line), *_) = desk.contacts.lines(tx.connection, contact, after=waiting.number - 1)
        return _Task(waiting, contact, line, vault.address_of(tx.connection, desk.contacts, contact))
    except KeyGone:
        desk.outbox.done(tx, outbox_id)
        return None


def _settle(office: Office, task: _Task, delivery: Delivery) -> Delivery:
    contacts = office.desk.contacts

    def work(tx: Tx) -> None:
        # The contact first, as everybody does who changes one: else two could wait for each other.
        now_open = contacts.by_id(tx.connection, task.contact.id, hold=True)
        contacts.mark_line(tx.connection, task.contact, task.waiting.number, delivery)
        office.desk.outbox.done(tx, task.waiting.id)
        if delivery is Delivery.OPTED_OUT and now_open is not None:
            contacts.save(tx.connection, replace(now_open, opted_out=True))

    office.write(work)
    return delivery


def _settle_fault(office: Office, task: _Task, fault: NotSent, now: float) -> Delivery:
    if fault.opted_out:
        return _settle(office, task, Delivery.OPTED_OUT)
    if fault.permanent or task.waiting.tries + 1 >= TRIES_AT_MOST:
        return _settle(office, task, Delivery.FAILED if fault.sure else Delivery.UNSURE)
    at = now + max(fault.wait or 0.0, pause_after(task.waiting.tries))
    office.write(lambda tx: office.desk.outbox.again(tx.connection, task.waiting, at, surely_not_sent=fault.sure))
    return Delivery.WAITING
