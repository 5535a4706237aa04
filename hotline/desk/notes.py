"""What responders keep in a contact for each other: notes, and ticks of the safety checklist, sealed; they die with it."""

from __future__ import annotations

from dataclasses import replace

from hotline.checklist import KEYS
from hotline.desk import work
from hotline.desk.office import Desk
from hotline.message import Line, Speaker
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.staff import Deed, Member
from hotline.store.writer import Tx

LONGEST_NOTE = 2000


def note(desk: Desk, tx: Tx, contact_id: str, member: Member, text: str, now: float) -> None:
    """Write something down for a colleague, into the contact. The caller never gets it on any channel."""
    text = written(text)
    contact = work.held(desk, tx, contact_id, member.id)
    desk.contacts.save(tx.connection, add_note(desk, tx, contact, text, now, member.name))
    staff.write_journal(tx.connection, member.id, Deed.NOTED, now)


def written(text: str) -> str:
    """The words of a note; Refused when there are none, or too many."""
    text = fitting(text)
    if not text:
        raise work.Refused("Please write something first.")
    return text


def fitting(text: str) -> str:
    """The words of a note, if there are any; Refused when there are too many."""
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise work.Refused(f"That is {len(text)} characters: a note has {LONGEST_NOTE} at most.")
    return text


def add_note(desk: Desk, tx: Tx, contact: Contact, text: str, now: float, by: str = "") -> Contact:
    """A line for staff alone (save the contact); without `by` it is the desk's own remark."""
    return desk.contacts.add_line(tx.connection, contact, Line(Speaker.NOTE, text, now, by=by))


def tick(desk: Desk, tx: Tx, contact_id: str, staff_id: int, key: str, *, done: bool) -> None:
    """Tick something on the safety checklist, or take the tick away."""
    contact = work.held(desk, tx, contact_id, staff_id)
    if key not in KEYS:
        raise work.Refused("That is not on the checklist.")
    others = tuple(one for one in contact.ticks if one != key)
    desk.contacts.save(tx.connection, replace(contact, ticks=(*others, key) if done else others))
