"""An answer leaves for its provider: leased, tried, settled. The worker calls this; the provider is behind `Carrier`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from hotline.channels import TRAITS, Reach, window_open
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
"""Of a provider that answers and refuses. One that is down is tried until the contact ends."""

HUSHED_SECONDS = 30.0
"""An answer to a caller whose phone may be in other hands waits, and is looked at again after this."""

WINDOW_SECONDS = 60.0
"""An answer that its channel does not carry before the caller writes again is looked at again after this."""


class NotSent(Exception):
    """A provider did not take a message. `sure` False: it may have taken it, and no answer came.

    `down`: the provider does not answer, or says that it is ill. `untried`: it was never handed over.
    `window`: it takes free text only once the caller has written again.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        opted_out: bool = False,
        sure: bool = True,
        wait: float | None = None,
        down: bool = False,
        untried: bool = False,
        window: bool = False,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.opted_out = opted_out
        self.sure = sure
        self.wait = wait
        self.down = down
        self.untried = untried
        self.window = window


class CannotAsk(Exception):
    """This channel has no way to say whether it took a message."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One message on its way. `by_staff`: a person wrote it, so it goes by the sender kept free for people.

    `note`: not `text`, but the approved note of `language` that says only that an answer waits.
    """

    channel: Channel
    address: Address
    text: str
    by_staff: bool = False
    language: str | None = None
    note: bool = False


class Carrier(Protocol):
    """The sending half of a channel."""

    def send(self, dispatch: Dispatch) -> str | None:
        """Give one message to the provider: its id there, or None where it has none. Raises NotSent."""

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        """The id under which the provider took this since that time, or None if it did not.

        `known` says of an id that it is another message of ours. Raises CannotAsk, or NotSent when no answer comes.
        """


@dataclass(frozen=True, slots=True)
class _Task:
    waiting: Waiting
    contact: Contact
    line: Line
    address: Address | None
    note: bool = False

    def dispatch(self) -> Dispatch:
        assert self.address is not None, "looked at before"
        language = self.contact.conversation.language
        return Dispatch(self.contact.channel, self.address, self.line.text, True, language, self.note)


def deliver(office: Office, carrier: Carrier, outbox_id: int, now: float) -> Delivery:
    """Try one answer, if it is its turn. Safe to call from anywhere, as often as one likes."""
    task = office.write(lambda tx: _lease(office, tx, outbox_id, now))
    if task is None:
        return Delivery.NONE
    if task.address is None:
        return _settle(office, task, Delivery.FAILED, now)
    dispatch = task.dispatch()
    try:
        if task.waiting.tried_at is not None:
            taken = carrier.was_sent(dispatch, task.waiting.tried_at, lambda one: _is_ours(office, task, one, now))
            if taken is not None:
                return _settle(office, task, Delivery.SENT, now, taken)
        return _settle(office, task, Delivery.SENT, now, carrier.send(dispatch))
    except CannotAsk:
        return _settle(office, task, Delivery.UNSURE, now)
    except NotSent as fault:
        return _settle_fault(office, task, fault, now)


def deliver_due(office: Office, carrier: Carrier, now: float) -> int:
    """What a lost bell left: try every answer whose turn it is. Says how many were looked at."""
    due = office.read(lambda connection: office.desk.outbox.due(connection, now))
    for outbox_id in due:
        deliver(office, carrier, outbox_id, now)
    return len(due)


def _is_ours(office: Office, task: _Task, message_id: str, now: float) -> bool:
    return office.read(lambda c: office.desk.sent.find(c, task.contact.channel, message_id, now)) is not None


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
        closed = not window_open(contact.channel, contact.heard_at, now)
        if closed and contact.nudged:
            desk.outbox.put_back(tx.connection, waiting, now + WINDOW_SECONDS)
            return None
        ((_, line), *_) = desk.contacts.lines(tx.connection, contact, after=waiting.number - 1)
        return _Task(waiting, contact, line, vault.address_of(tx.connection, desk.contacts, contact), note=closed)
    except KeyGone:
        desk.outbox.done(tx, outbox_id)
        return None


def _settle(office: Office, task: _Task, delivery: Delivery, now: float, message_id: str | None = None) -> Delivery:
    desk = office.desk

    def work(tx: Tx) -> Delivery:
        # The contact first, as everybody does who changes one: else two could wait for each other.
        now_open = desk.contacts.by_id(tx.connection, task.contact.id, hold=True)
        if now_open is not None and message_id:
            number = 0 if task.note else task.waiting.number
            readable = TRAITS[now_open.channel].reach is Reach.OUR_WORDS
            desk.sent.add(tx.connection, desk.contacts, now_open, number, message_id, now, readable=readable)
        if task.note and delivery is Delivery.SENT:
            return _noted(office, tx, task, now_open, now)
        desk.contacts.mark_line(tx.connection, task.contact, task.waiting.number, delivery)
        desk.outbox.done(tx, task.waiting.id)
        if delivery is Delivery.OPTED_OUT and now_open is not None:
            desk.contacts.save(tx.connection, replace(now_open, opted_out=True))
        return delivery

    return office.write(work)


def _noted(office: Office, tx: Tx, task: _Task, contact: Contact | None, now: float) -> Delivery:
    """The note has left, or cannot: the answer itself waits until the caller writes again."""
    desk = office.desk
    if contact is not None:
        desk.contacts.save(tx.connection, replace(contact, nudged=True))
        desk.contacts.mark_line(tx.connection, contact, task.waiting.number, Delivery.WINDOW)
        desk.outbox.put_back(tx.connection, replace(task.waiting, tried_at=None), now + WINDOW_SECONDS)
    return Delivery.WINDOW


def _settle_fault(office: Office, task: _Task, fault: NotSent, now: float) -> Delivery:
    outbox = office.desk.outbox
    if fault.window:
        return office.write(
            lambda tx: _noted(
                office, tx, task, office.desk.contacts.by_id(tx.connection, task.contact.id, hold=True), now
            )
        )
    if fault.untried:
        at = now + (fault.wait or 1.0)
        office.write(lambda tx: outbox.put_back(tx.connection, task.waiting, at))
        return Delivery.WAITING
    if fault.opted_out:
        return _settle(office, task, Delivery.OPTED_OUT, now)
    if fault.permanent or (not fault.down and task.waiting.tries + 1 >= TRIES_AT_MOST):
        return _settle(office, task, Delivery.FAILED if fault.sure else Delivery.UNSURE, now)
    at = now + max(fault.wait or 0.0, pause_after(task.waiting.tries))
    office.write(lambda tx: outbox.again(tx.connection, task.waiting, at, surely_not_sent=fault.sure))
    return Delivery.WAITING
