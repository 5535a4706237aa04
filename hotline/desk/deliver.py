"""An answer leaves for its provider: leased, tried, settled. The worker calls this; the provider is behind `Carrier`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import Connection

from hotline.channels import HOUR, TRAITS, Reach, window_open
from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.message import Delivery, Erasure, Line
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

DOWN_SECONDS = 1.0
"""An answer whose provider is down is looked at again after this; the carrier sees to it that few are tried."""

TOLD = (Delivery.DELIVERED, Delivery.READ, Delivery.FAILED, Delivery.OPTED_OUT, Delivery.WINDOW)
"""What a provider may tell of a message before we know that it is ours."""

REPORT_SECONDS = 2 * HOUR
"""A provider tells by then how a message ended. One that forgets to tell is not waited for: its copy is deleted."""


class NotSent(Exception):
    """A provider did not take a message. `sure` False: it may have taken it, and no answer came.

    `down`: the provider does not answer, or says that it is ill. `untried`: it was not asked, nor anything given to it.
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
            if not office.write(lambda tx: office.desk.outbox.keep(tx.connection, task.waiting, now)):
                return Delivery.NONE
        return _settle(office, task, Delivery.SENT, now, carrier.send(dispatch))
    except CannotAsk:
        return _settle(office, task, Delivery.UNSURE, now)
    except NotSent as fault:
        return _settle_fault(office, task, fault, now)


def channels_of(office: Office, outbox_ids: Collection[int]) -> dict[int, Channel | None]:
    """By which channel each of these answers leaves; None for one that can only be put away."""

    def read(connection: Connection) -> dict[int, Channel | None]:
        found: dict[int, Channel | None] = {}
        for outbox_id, contact_id in office.desk.outbox.contacts(connection, outbox_ids).items():
            try:
                contact = office.desk.contacts.by_id(connection, contact_id)
            except KeyGone:
                contact = None
            found[outbox_id] = contact.channel if contact else None
        return found

    return office.read(read)


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
        # A doubt is about what the window let through when it was raised, so that is what is asked about.
        closed = not window_open(contact.channel, contact.heard_at, waiting.tried_at or now)
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
        contact = desk.contacts.by_id(tx.connection, task.contact.id, hold=True)
        told = _taken(office, tx, task, contact, message_id, now) if message_id else None
        if contact is None:
            return delivery
        if message_id and message_id.isdecimal() and TRAITS[contact.channel].reach is Reach.BOTH_SIDES:
            contact = contact.marked(int(message_id))
            desk.contacts.save(tx.connection, contact)
        if told is Delivery.WINDOW:
            return _window_closed(office, tx, task, contact, now)
        if task.note and delivery is not Delivery.OPTED_OUT:
            return _noted(office, tx, task, contact, now)
        desk.contacts.mark_line(tx.connection, contact, task.waiting.number, delivery.then(told or delivery))
        desk.outbox.done(tx, task.waiting.id)
        if Delivery.OPTED_OUT in (delivery, told):
            desk.contacts.save(tx.connection, replace(contact, opted_out=True))
        return delivery

    return office.write(work)


def _taken(
    office: Office, tx: Tx, task: _Task, contact: Contact | None, message_id: str, now: float
) -> Delivery | None:
    """The provider has it under this id. What it told of it before we knew, if it did."""
    desk, channel = office.desk, task.contact.channel
    told = [one for one in TOLD if desk.seen.was_told(tx.connection, channel, message_id, one.value, now)]
    if contact is not None and Delivery.WINDOW not in told:
        readable = TRAITS[channel].reach is Reach.OUR_WORDS
        number = 0 if task.note else task.waiting.number
        desk.sent.add(tx.connection, desk.contacts, contact, number, message_id, now, readable=readable)
    if TRAITS[channel].reach is Reach.PROVIDER:
        desk.erasures.add(tx.connection, Erasure(channel, message_id, ours=True), now, due_at=now + REPORT_SECONDS)
    return max(told, key=list(Delivery).index, default=None) if Delivery.WINDOW not in told else Delivery.WINDOW


def _noted(office: Office, tx: Tx, task: _Task, contact: Contact, now: float) -> Delivery:
    """The note has left, or never can: the answer itself waits until the caller writes again."""
    desk = office.desk
    desk.contacts.save(tx.connection, replace(contact, nudged=True))
    desk.contacts.mark_line(tx.connection, contact, task.waiting.number, Delivery.WINDOW)
    desk.outbox.put_back(tx.connection, replace(task.waiting, tried_at=None), now + WINDOW_SECONDS)
    return Delivery.WINDOW


def _window_closed(office: Office, tx: Tx, task: _Task, contact: Contact, now: float) -> Delivery:
    """The provider's window closed before ours: from here on we take it for closed too, and the note is next."""
    if task.note:
        return _noted(office, tx, task, contact, now)
    desk = office.desk
    desk.contacts.save(tx.connection, with_window_closed(contact, now))
    desk.contacts.mark_line(tx.connection, contact, task.waiting.number, Delivery.WINDOW)
    desk.outbox.put_back(tx.connection, replace(task.waiting, tried_at=None), now)
    return Delivery.WINDOW


def with_window_closed(contact: Contact, now: float) -> Contact:
    """The contact as one that was last heard too long ago for free text."""
    hours = TRAITS[contact.channel].window_hours
    return contact if hours is None else replace(contact, heard_at=min(contact.heard_at, now - hours * HOUR))


def _settle_fault(office: Office, task: _Task, fault: NotSent, now: float) -> Delivery:
    outbox, contacts = office.desk.outbox, office.desk.contacts
    if fault.window:

        def closed(tx: Tx) -> Delivery:
            contact = contacts.by_id(tx.connection, task.contact.id, hold=True)
            return _window_closed(office, tx, task, contact, now) if contact else Delivery.WINDOW

        return office.write(closed)
    if fault.untried:
        at = now + (fault.wait or DOWN_SECONDS)
        office.write(lambda tx: outbox.put_back(tx.connection, task.waiting, at))
        return Delivery.WAITING
    if fault.opted_out:
        return _settle(office, task, Delivery.OPTED_OUT, now)
    if fault.permanent or (not fault.down and task.waiting.tries + 1 >= TRIES_AT_MOST):
        return _settle(office, task, Delivery.FAILED if fault.sure else Delivery.UNSURE, now)
    pause = DOWN_SECONDS if fault.down else pause_after(task.waiting.tries)
    at = now + max(fault.wait or 0.0, pause)
    office.write(
        lambda tx: outbox.again(tx.connection, task.waiting, at, surely_not_sent=fault.sure, counted=not fault.down)
    )
    return Delivery.WAITING
