"""What a supervisor does for a shift: read along, whisper, take over, give back, pause a channel. Who may, stands here.

Nobody reads unseen: the right to read a contact and the notice to whoever has it are one and the same record.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from hotline.contact import Channel, Move, State, Who, moved
from hotline.desk.introduce import introduce, stored
from hotline.desk.notes import add_note, written
from hotline.desk.office import Desk
from hotline.desk.translate import of as translations_of
from hotline.desk.view import Talk
from hotline.desk.work import NotYours, Refused, let_go
from hotline.store import pauses, presence, staff
from hotline.store.contacts import Contact, Reader
from hotline.store.keys import KeyGone
from hotline.store.staff import LEADING, Deed, Member, Role
from hotline.store.writer import Tx

READING = frozenset({Role.SUPERVISOR})
"""Who may read what others have, whisper and take over. Whoever makes accounts is not among them."""

READING_SECONDS = 1800.0
"""Reading along ends by itself after this, unless they whisper."""


def read_along(desk: Desk, tx: Tx, contact_id: str, member: Member, now: float) -> None:
    """From now on this member may read the contact, and whoever has it sees that they do."""
    contact = _in_hands(desk, tx, contact_id, member)
    _read(desk, tx, contact, member, now)
    staff.write_journal(tx.connection, member.id, Deed.LISTENED, now)


def stop_reading(desk: Desk, tx: Tx, contact_id: str, member: Member) -> None:
    """They read no longer; a contact that has ended meanwhile is no fault."""
    contact = stored(desk, tx, contact_id)
    if contact is not None:
        desk.contacts.save(tx.connection, replace(contact, readers=_without(contact, member)))


def overheard(desk: Desk, connection: Connection, contact_id: str, member: Member, now: float) -> Talk | None:
    """The contact for a supervisor who reads along; None for everybody else, and once the time is over."""
    try:
        contact = desk.contacts.by_id(connection, contact_id)
        if contact is None or contact.state is not State.CLAIMED or not reads(contact, member, now):
            return None
        return Talk(contact, desk.contacts.lines(connection, contact), translations_of(desk, connection, contact))
    except KeyGone:
        return None


def reads(contact: Contact, member: Member, now: float) -> bool:
    """Whether this member reads along at the moment."""
    told = any(one.staff_id == member.id and one.until > now for one in contact.readers)
    return told and member.role in READING


def reading(contact: Contact, now: float) -> list[str]:
    """The names of those who read along, for whoever has the contact."""
    return [one.name for one in contact.readers if one.until > now]


def whisper(desk: Desk, tx: Tx, contact_id: str, member: Member, text: str, now: float) -> None:
    """A note for whoever has the contact, said to be the supervisor's. The caller never gets it on any channel."""
    text = written(text)
    contact = _in_hands(desk, tx, contact_id, member)
    if not reads(contact, member, now):
        raise Refused("Read along first: whoever has the contact must see that you do.")
    _read(desk, tx, add_note(desk, tx, contact, text, now, f"{member.name}, supervisor"), member, now)
    staff.write_journal(tx.connection, member.id, Deed.WHISPERED, now)


def take_over(desk: Desk, tx: Tx, contact_id: str, member: Member, now: float) -> int | None:
    """The contact is the supervisor's from now on, and nothing its owner still sends is taken. An outbox id to ring for.

    A colleague who had joined stays beside the new owner.
    """
    contact = _in_hands(desk, tx, contact_id, member)
    state, readers = moved(contact.state, Move.TAKE_OVER, Who.SUPERVISOR), _without(contact, member)
    contact = replace(contact, state=state, owner=member.id, fence=contact.fence + 1, readers=readers)
    if contact.second == member.id:
        contact = replace(contact, second=None, second_in=False)
    desk.contacts.save(tx.connection, contact)
    presence.note(tx.connection, {member.id: now + presence.HERE_SECONDS})
    staff.write_journal(tx.connection, member.id, Deed.TAKEN_OVER, now)
    return introduce(desk, tx, contact, now)


def give_back(desk: Desk, tx: Tx, contact_id: str, member: Member, now: float) -> int | None:
    """Let a contact go for whoever has it, whose laptop is lost: it goes on as if they had. An outbox id to ring for."""
    check_leads(member)
    contact = stored(desk, tx, contact_id)
    if contact is None or contact.state is not State.CLAIMED:
        raise NotYours
    staff.write_journal(tx.connection, member.id, Deed.RELEASED, now)
    return let_go(desk, tx, contact, now, Who.SUPERVISOR)


def pause(tx: Tx, channel: Channel, member: Member, now: float) -> None:
    """Nobody is offered a contact of this channel for a while, whoever is in danger excepted."""
    check_leads(member)
    if pauses.pause(tx.connection, channel, member.id, now):
        staff.write_journal(tx.connection, member.id, Deed.PAUSED, now)


def resume(tx: Tx, channel: Channel, member: Member, now: float) -> None:
    check_leads(member)
    if pauses.resume(tx.connection, channel):
        staff.write_journal(tx.connection, member.id, Deed.RESUMED, now)


def check_leads(member: Member) -> None:
    """Refused, unless this member may lead a shift."""
    if member.role not in LEADING:
        raise Refused("Only a supervisor or an administrator can do that.")


def _in_hands(desk: Desk, tx: Tx, contact_id: str, member: Member) -> Contact:
    """A contact that somebody else has, for a member who may read it; NotYours for everybody else."""
    contact = stored(desk, tx, contact_id) if member.role in READING else None
    if contact is None or contact.state is not State.CLAIMED or contact.owner == member.id:
        raise NotYours
    return contact


def _read(desk: Desk, tx: Tx, contact: Contact, member: Member, now: float) -> None:
    readers = (*_without(contact, member), Reader(member.id, member.name, now + READING_SECONDS))
    desk.contacts.save(tx.connection, replace(contact, readers=readers))


def _without(contact: Contact, member: Member) -> tuple[Reader, ...]:
    return tuple(one for one in contact.readers if one.staff_id != member.id)
