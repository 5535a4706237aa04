"""A contact passes between colleagues: both present and then one leaves, or handed over with a note. Rights stand here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hotline.contact import Move, State, Who, moved
from hotline.desk.introduce import stored
from hotline.desk.notes import add_note, fitting
from hotline.desk.office import Desk
from hotline.desk.work import NotYours, Refused, held, let_go, owned
from hotline.roster import Ability, on_duty
from hotline.store import accounts, presence, roster, staff
from hotline.store.contacts import Contact
from hotline.store.staff import ANSWERING, Deed, Member
from hotline.store.writer import Tx


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who is there now. `fits`: they answer in the caller's language, on this channel. `has`: open contacts."""

    id: int
    name: str
    languages: tuple[str, ...]
    fits: bool
    has: int
    most: int

    @property
    def free(self) -> bool:
        return self.has < self.most


def colleagues(desk: Desk, connection: Connection, contact: Contact, staff_id: int, now: float) -> list[Colleague]:
    """Who else is on duty, at a console, and may answer: those who fit first, and of them whoever has most room."""
    duty = on_duty(roster.present(connection, now, desk.idle_seconds), now)
    there = (duty & presence.here(connection, now)) - {staff_id}
    abilities, load = roster.abilities_of(connection), presence.loads(connection)
    found = [
        _colleague(contact, one, abilities.get(one.id, Ability()), load[one.id])
        for one in staff.everybody(connection)
        if one.id in there and one.active and one.role in ANSWERING
    ]
    return sorted(found, key=lambda one: (not one.fits, not one.free, one.has - one.most, one.name))


def _colleague(contact: Contact, member: Member, ability: Ability, has: int) -> Colleague:
    fits = ability.answers(contact.conversation.language, contact.channel.value)
    return Colleague(member.id, member.name, ability.languages, fits, has, ability.most)


def state(contact: Contact) -> str:
    """Changes when a page that shows it is out of date: somebody joined, left or said no, or the caller has answered."""
    return f"{contact.owner} {contact.second} {int(contact.second_in)} {int(contact.pending is not None)}"


def ask_to_join(
    desk: Desk, tx: Tx, contact_id: str, staff_id: int, colleague_id: int, now: float, *, fence: int | None = None
) -> None:
    """The owner asks one colleague who is on duty to join. Nothing is theirs until they do."""
    contact = owned(desk, tx, contact_id, staff_id, fence=fence)
    if contact.second == colleague_id:
        return
    if contact.second is not None:
        raise Refused("Somebody is already asked or with you. Let that end first.")
    _there(desk, tx, contact, staff_id, colleague_id, now)
    desk.contacts.save(tx.connection, replace(contact, second=colleague_id, second_in=False))
    staff.write_journal(tx.connection, staff_id, Deed.ASKED_TO_JOIN, now)


def withdraw(desk: Desk, tx: Tx, contact_id: str, staff_id: int) -> None:
    """The owner asks no longer. Whoever has joined meanwhile stays."""
    contact = owned(desk, tx, contact_id, staff_id)
    if contact.second is not None and not contact.second_in:
        desk.contacts.save(tx.connection, replace(contact, second=None))


def join(desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float) -> None:
    """The colleague who was asked joins: they read and write from now on. For everybody else nothing is there."""
    contact = _asked(desk, tx, contact_id, staff_id)
    if not contact.second_in:
        desk.contacts.save(tx.connection, replace(contact, second_in=True))
        staff.write_journal(tx.connection, staff_id, Deed.JOINED, now)


def decline(desk: Desk, tx: Tx, contact_id: str, staff_id: int) -> None:
    """The colleague who was asked says no."""
    contact = _asked(desk, tx, contact_id, staff_id)
    if not contact.second_in:
        desk.contacts.save(tx.connection, replace(contact, second=None))


def leave(desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float) -> int | None:
    """One of two goes. When it is the owner, whoever joined owns it: the caller is never without a person.

    An outbox id to ring for, when the caller is told that another person writes now.
    """
    contact, outbox_id = held(desk, tx, contact_id, staff_id), None
    if contact.owner != staff_id:
        desk.contacts.save(tx.connection, replace(contact, second=None, second_in=False))
    elif contact.second_in:
        outbox_id = let_go(desk, tx, contact, now, Who.RESPONDER)
    else:
        raise Refused("Nobody else is in this contact: hand it over, or give it back to the queue.")
    staff.write_journal(tx.connection, staff_id, Deed.LEFT, now)
    return outbox_id


def hand_over(
    desk: Desk,
    tx: Tx,
    contact_id: str,
    staff_id: int,
    colleague_id: int | None,
    note: str,
    now: float,
    *,
    fence: int | None = None,
) -> None:
    """Give it away with a note that colleagues alone read: into the queue, meant for one colleague or for anybody.

    It keeps its waiting time, so whoever is in danger stands first again.
    """
    contact = owned(desk, tx, contact_id, staff_id, fence=fence)
    note = fitting(note)
    if colleague_id is not None:
        _there(desk, tx, contact, staff_id, colleague_id, now)
    if note:
        member = accounts.active_member(tx.connection, staff_id)
        contact = add_note(desk, tx, contact, note, now, member.name if member else "")
    state = moved(contact.state, Move.RELEASE, Who.RESPONDER)
    fence = contact.fence + 1
    given = replace(contact, state=state, owner=None, second=colleague_id, second_in=False, fence=fence, touched_at=now)
    desk.contacts.save(tx.connection, given)
    deed = Deed.RELEASED if colleague_id is None else Deed.HANDED_OVER
    staff.write_journal(tx.connection, staff_id, deed, now)


def _there(desk: Desk, tx: Tx, contact: Contact, staff_id: int, colleague_id: int, now: float) -> None:
    """Refused unless this colleague is on duty now and may answer."""
    if colleague_id not in {one.id for one in colleagues(desk, tx.connection, contact, staff_id, now)}:
        raise Refused("This colleague is not there now: choose somebody from the list.")


def _asked(desk: Desk, tx: Tx, contact_id: str, staff_id: int) -> Contact:
    contact = stored(desk, tx, contact_id)
    if contact is None or contact.state is not State.CLAIMED or contact.second != staff_id:
        raise NotYours
    return contact
