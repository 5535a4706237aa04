"""What a responder does with a contact: claim, answer, release, close. Ownership is checked here and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from hotline.channels import TRAITS
from hotline.contact import Move, State, Who, moved
from hotline.desk.forget import count_and_destroy
from hotline.desk.office import Desk
from hotline.message import Delivery, Line, Speaker
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone
from hotline.store.staff import Deed
from hotline.store.writer import Tx
from hotline.tally import STAFF_CATEGORIES, STAFF_OUTCOMES, Category, Outcome


class NotYours(Exception):
    """The contact is not open, or belongs to somebody else: one and the same answer for both."""

    def __init__(self) -> None:
        super().__init__("This contact is not open, or somebody else has it.")


class Refused(Exception):
    """The deed cannot be done as asked; says what is wrong in one sentence."""


def claim(desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float) -> Contact:
    """Take a waiting contact. Exactly one of those who try at once succeeds; the others get NotYours."""
    contact = _open(desk, tx, contact_id)
    if contact.state is State.CLAIMED and contact.owner == staff_id:
        return contact
    claimed = desk.contacts.claim(tx.connection, contact, staff_id) if contact.state is State.WAITING else None
    if claimed is None:
        raise NotYours
    staff.write_journal(tx.connection, staff_id, Deed.CLAIMED, now)
    return claimed


def release(desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float) -> None:
    """Give a contact back to the queue, where it keeps its waiting time."""
    contact = owned(desk, tx, contact_id, staff_id)
    state = moved(contact.state, Move.RELEASE, Who.RESPONDER)
    desk.contacts.save(tx.connection, replace(contact, state=state, owner=None, fence=contact.fence + 1))
    staff.write_journal(tx.connection, staff_id, Deed.RELEASED, now)


def answer(
    desk: Desk, tx: Tx, contact_id: str, staff_id: int, text: str, now: float, *, fence: int | None = None
) -> int | None:
    """Write to the caller. Returns the outbox id to ring for, or None where the caller fetches answers (web chat)."""
    text = text.strip()
    if not text:
        raise Refused("Please write something first.")
    contact = owned(desk, tx, contact_id, staff_id, fence=fence)
    longest = TRAITS[contact.channel].longest
    if len(text) > longest:
        raise Refused(f"That is {len(text)} characters: {longest} is the most that this channel carries at once.")
    if contact.opted_out:
        raise Refused("The caller's phone company blocks us since they sent STOP. They must write START first.")
    if contact.conversation.hushed:
        raise Refused(
            "The caller's phone may be in other hands. Nothing was sent: wait until they write that it is safe."
        )
    fetched = not contact.channel.needs_address
    line = Line(Speaker.RESPONDER, text, now, delivery=Delivery.SENT if fetched else Delivery.WAITING)
    number = contact.next_line
    contact = desk.contacts.add_line(tx.connection, contact, line)
    desk.contacts.save(tx.connection, replace(contact, touched_at=now, last_reply=()))
    staff.write_journal(tx.connection, staff_id, Deed.ANSWERED, now)
    return None if fetched else desk.outbox.add(tx.connection, contact, number, now)


def close(
    desk: Desk,
    tx: Tx,
    contact_id: str,
    staff_id: int,
    category: Category,
    outcome: Outcome,
    now: float,
    *,
    even_unsent: bool = False,
) -> None:
    """Count and destroy the contact. Refused while an answer is still on its way, unless `even_unsent`."""
    contact = owned(desk, tx, contact_id, staff_id)
    if category not in STAFF_CATEGORIES or outcome not in STAFF_OUTCOMES:
        raise Refused("Choose what it was about and how it ended from the lists.")
    if not even_unsent and desk.outbox.pending(tx.connection, contact.id):
        raise Refused("An answer is still on its way. Wait until it is sent, or tick “close even so”.")
    count_and_destroy(desk, tx, contact, category, outcome, now, Move.CLOSE, Who.RESPONDER)
    staff.write_journal(tx.connection, staff_id, Deed.CLOSED, now)


def owned(desk: Desk, tx: Tx, contact_id: str, staff_id: int, *, fence: int | None = None) -> Contact:
    """The contact, if it is this person's and (when a fence is given) was not claimed anew since."""
    contact = _open(desk, tx, contact_id)
    if contact.state is not State.CLAIMED or contact.owner != staff_id or fence not in (None, contact.fence):
        raise NotYours
    return contact


def _open(desk: Desk, tx: Tx, contact_id: str) -> Contact:
    try:
        contact = desk.contacts.by_id(tx.connection, contact_id, hold=True)
    except KeyGone:
        contact = None
    if contact is None:
        raise NotYours
    return contact
