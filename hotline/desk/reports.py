"""A provider tells how far a message of ours has come. Reports may come twice, late and in any order."""

from __future__ import annotations

from dataclasses import replace

from hotline.channels import TRAITS, Reach
from hotline.desk.deliver import REPORT_SECONDS, TOLD, WINDOW_SECONDS, with_window_closed
from hotline.desk.office import Desk
from hotline.message import Delivery, Erasure, Report
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone
from hotline.store.sent import SCRIPT_LINE
from hotline.store.writer import Tx


def report(desk: Desk, tx: Tx, told: Report, now: float) -> None:
    """Note it at its line, if it belongs to an open contact; once it is final, the provider's record is to be deleted.

    A report can overtake the answer that gives a message its id, so what is told of an unknown one is remembered.
    """
    found = desk.sent.find(tx.connection, told.channel, told.id, now)
    if found is None and told.delivery in TOLD:
        desk.seen.note_told(tx.connection, told.channel, told.id, told.delivery.value, now)
    elif found is not None:
        _note(desk, tx, told, *found, now)
    if TRAITS[told.channel].reach is Reach.PROVIDER:
        # After the contact, which others hold while they add an erasure. Not every carrier says a last word: without one
        # the copy is deleted later all the same.
        due_at = now if told.final else now + REPORT_SECONDS
        desk.erasures.add(tx.connection, Erasure(told.channel, told.id, ours=True), now, due_at=due_at)


def _note(desk: Desk, tx: Tx, told: Report, contact_id: str, number: int, now: float) -> None:
    try:
        contact = desk.contacts.by_id(tx.connection, contact_id, hold=True)
    except KeyGone:
        return
    if contact is None:
        return
    if told.delivery is Delivery.WINDOW:
        _send_anew(desk, tx, told, contact, number, now)
        return
    desk.contacts.mark_line(tx.connection, contact, number, told.delivery)
    if told.delivery is Delivery.OPTED_OUT and not contact.opted_out:
        desk.contacts.save(tx.connection, replace(contact, opted_out=True))


def _send_anew(desk: Desk, tx: Tx, told: Report, contact: Contact, number: int, now: float) -> None:
    """It was taken, and then not carried because the caller had been silent for too long: it waits for them again."""
    desk.sent.forget(tx.connection, told.channel, told.id, now)
    if number == SCRIPT_LINE:
        return
    desk.contacts.save(tx.connection, with_window_closed(contact, now))
    desk.contacts.mark_line(tx.connection, contact, number, Delivery.WINDOW, back=True)
    desk.outbox.add(tx.connection, contact, number, now + WINDOW_SECONDS)
