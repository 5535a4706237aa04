"""What the desk itself says to a caller who has a person: that it is another person now, or what they are asked."""

from __future__ import annotations

from dataclasses import replace

from hotline.channels import TRAITS
from hotline.desk.crowd import cost
from hotline.desk.office import Desk
from hotline.desk.wording import words_of
from hotline.message import Delivery, Line, Outgoing, Speaker
from hotline.store import lanes
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone, day_of
from hotline.store.writer import Tx


def introduce(desk: Desk, tx: Tx, contact: Contact, now: float, staff_id: int | None = None) -> int | None:
    """Tell a caller whom somebody has answered that another person writes now: `staff_id`, or else the owner.

    The outbox id to ring for, or None: nothing is said before the first answer, nor of somebody the caller knows, nor while
    the phone may be in other hands; and where callers fetch their answers, nothing rings. The contact is stored anew: read
    it again after this.
    """
    known = stored(desk, tx, contact.id)
    person = staff_id if staff_id is not None else (known.owner if known else None)
    if known is None or person is None or not known.met or person in known.met or not may_be_told(known):
        return None
    still_here = tuple(one for one in known.met if known.is_with(one))
    known = replace(known, met=(*still_here, person))
    return tell(desk, tx, known, words_of(desk, known.conversation)["desk/new_person"], now)[1]


def may_be_told(contact: Contact) -> bool:
    """Whether anything may be said to this caller unasked."""
    return not (contact.opted_out or contact.conversation.hushed)


def tell(desk: Desk, tx: Tx, contact: Contact, text: str, now: float) -> tuple[Contact, int | None]:
    """Say this to the caller as the hotline, not as a person. The contact as stored now, and the outbox id to ring for."""
    return say(desk, tx, contact, Line(Speaker.BOT, text, now), now)


def say(desk: Desk, tx: Tx, contact: Contact, line: Line, now: float) -> tuple[Contact, int | None]:
    """Put a line into the talk and on its way to the caller: where they fetch their answers, it is there with that."""
    fetched, number = not contact.channel.needs_address, contact.next_line
    line = replace(line, delivery=Delivery.SENT if fetched else Delivery.WAITING)
    contact = replace(desk.contacts.add_line(tx.connection, contact, line), touched_at=now, last_reply=())
    desk.contacts.save(tx.connection, contact)
    if TRAITS[contact.channel].paid:
        lanes.spend(tx.connection, day_of(now), lanes.STAFF, cost(contact.channel, [Outgoing(line.text)]))
    return contact, None if fetched else desk.outbox.add(tx.connection, contact, number, now)


def stored(desk: Desk, tx: Tx, contact_id: str) -> Contact | None:
    """The contact as it stands in this transaction, held until its commit; None if it cannot be opened."""
    try:
        return desk.contacts.by_id(tx.connection, contact_id, hold=True)
    except KeyGone:
        return None
