"""What responders keep in a contact for each other: notes, and ticks of the safety checklist, sealed; they die with it."""

from __future__ import annotations

from dataclasses import replace

from hotline.checklist import KEYS
from hotline.desk import work
from hotline.desk.office import Desk
from hotline.message import Line, Speaker
from hotline.store import staff
from hotline.store.staff import Deed, Member
from hotline.store.writer import Tx

LONGEST_NOTE = 2000


def note(desk: Desk, tx: Tx, contact_id: str, member: Member, text: str, now: float) -> None:
    """Write something down for a colleague, into the contact. The caller never gets it on any channel."""
    text = text.strip()
    if not text:
        raise work.Refused("Please write something first.")
    if len(text) > LONGEST_NOTE:
        raise work.Refused(f"That is {len(text)} characters: a note has {LONGEST_NOTE} at most.")
    contact = work.held(desk, tx, contact_id, member.id)
    contact = desk.contacts.add_line(tx.connection, contact, Line(Speaker.NOTE, text, now, by=member.name))
    desk.contacts.save(tx.connection, contact)
    staff.write_journal(tx.connection, member.id, Deed.NOTED, now)


def tick(desk: Desk, tx: Tx, contact_id: str, staff_id: int, key: str, *, done: bool) -> None:
    """Tick something on the safety checklist, or take the tick away."""
    contact = work.held(desk, tx, contact_id, staff_id)
    if key not in KEYS:
        raise work.Refused("That is not on the checklist.")
    others = tuple(one for one in contact.ticks if one != key)
    desk.contacts.save(tx.connection, replace(contact, ticks=(*others, key) if done else others))
