"""A contact is put in the queue for a person, and the caller is told truthfully who is there."""

from __future__ import annotations

from dataclasses import replace

from hotline.contact import Move, Who, moved
from hotline.desk.office import Desk
from hotline.roster import on_duty
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.writer import Tx
from hotline.triage.effects import Say


def hand_off(desk: Desk, tx: Tx, contact: Contact, now: float) -> tuple[Contact, Say]:
    """The waiting contact, and what the caller is told."""
    state = moved(contact.state, Move.HAND_OFF, Who.CALLER)
    contact = replace(contact, state=state, waiting_since=now)
    anybody = on_duty(staff.shifts_after(tx.connection, now), now)
    return contact, Say("desk/on_duty" if anybody else "desk/no_one")
