"""What may be looked at: a caller's own talk, the board of a shift, one responder's contact."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from hotline.contact import Channel, State
from hotline.desk.office import Desk
from hotline.message import Line
from hotline.queue import Ranked, Waiting, ranked
from hotline.roster import on_duty
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone


@dataclass(frozen=True, slots=True)
class Talk:
    """An open contact with its numbered lines."""

    contact: Contact
    lines: list[tuple[int, Line]]


@dataclass(frozen=True, slots=True)
class Card:
    """One waiting contact as everybody on shift sees it: never what was said."""

    ranked: Ranked
    channel: Channel
    language: str | None
    hushed: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    waiting: list[Card]
    mine: list[Card]
    on_duty: frozenset[int]


def caller_talk(desk: Desk, connection: Connection, channel: Channel, sender: str, now: float) -> Talk | None:
    """What the caller at this address may see of their own open contact."""
    try:
        contact = desk.contacts.by_sender(connection, channel, sender, now)
    except KeyGone:
        return None
    return Talk(contact, desk.contacts.lines(connection, contact)) if contact else None


def responder_talk(desk: Desk, connection: Connection, contact_id: str, staff_id: int, after: int = 0) -> Talk | None:
    """A contact for the responder who owns it; None for everybody else, whether it exists or not."""
    try:
        contact = desk.contacts.by_id(connection, contact_id)
    except KeyGone:
        return None
    if contact is None or contact.state is not State.CLAIMED or contact.owner != staff_id:
        return None
    return Talk(contact, desk.contacts.lines(connection, contact, after))


def board(desk: Desk, connection: Connection, staff_id: int, now: float) -> Board:
    """The queue in its order, and this responder's own contacts in the same."""
    contacts = {c.id: c for c in desk.contacts.in_states(connection, [State.WAITING, State.CLAIMED])}
    waiting = [contact for contact in contacts.values() if contact.state is State.WAITING]
    mine = [contact for contact in contacts.values() if contact.state is State.CLAIMED and contact.owner == staff_id]
    return Board(
        _cards(waiting, contacts, now),
        _cards(mine, contacts, now),
        on_duty(staff.shifts_after(connection, now), now),
    )


def _cards(some: list[Contact], contacts: dict[str, Contact], now: float) -> list[Card]:
    order = ranked(
        (
            Waiting(
                contact.id,
                contact.level,
                contact.waiting_since or contact.opened_at,
                tuple(signal.code for signal in contact.conversation.signals),
            )
            for contact in some
        ),
        now,
    )
    found = []
    for place in order:
        contact = contacts[place.waiting.contact_id]
        found.append(Card(place, contact.channel, contact.conversation.language, contact.conversation.hushed))
    return found
