"""A contact is put in the queue for a person, and the caller is told truthfully who is there, or from when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from hotline.contact import Move, Who, moved
from hotline.desk.office import Desk
from hotline.desk.wording import words_of
from hotline.roster import next_start, on_duty
from hotline.shifts import clock
from hotline.store import roster
from hotline.store.contacts import Contact
from hotline.store.writer import Tx
from hotline.store.zones import zone_of
from hotline.triage.conversation import Conversation
from hotline.triage.effects import Effect, Say

AHEAD_SECONDS = 14 * 86_400.0
"""What is planned for later is no help to say."""

UNTIL = "desk/no_one_until"
"""The same as desk/no_one with {when}; said in the languages that have it."""


def hand_off(desk: Desk, tx: Tx, contact: Contact, now: float) -> tuple[Contact, Say]:
    """The waiting contact, and what the caller is told."""
    state = moved(contact.state, Move.HAND_OFF, Who.CALLER)
    contact = replace(contact, state=state, waiting_since=now)
    if anybody(desk, tx.connection, now):
        return contact, Say("desk/on_duty")
    return contact, _no_one(desk, tx, contact.conversation, now)


def anybody(desk: Desk, connection: Connection, now: float) -> bool:
    """Whether somebody is on duty and there."""
    return bool(on_duty(roster.present(connection, now, desk.idle_seconds), now))


def dated(desk: Desk, tx: Tx, conversation: Conversation, effects: Iterable[Effect], now: float) -> tuple[Effect, ...]:
    """The same effects; where they say that nobody is there, they say from when somebody is."""
    nobody = Say("desk/no_one")
    return tuple(_no_one(desk, tx, conversation, now) if effect == nobody else effect for effect in effects)


def _no_one(desk: Desk, tx: Tx, conversation: Conversation, now: float) -> Say:
    """Nobody is there: with the time of the next shift, if one is planned and the language has words for it."""
    if UNTIL not in words_of(desk, conversation):
        return Say("desk/no_one")
    planned = roster.planned(tx.connection, now, now + AHEAD_SECONDS)
    starts_at = next_start(planned, now)
    # Who should be here now and is not may come any minute: tomorrow's time would send the caller away.
    if starts_at is None or on_duty(planned, now):
        return Say("desk/no_one")
    return Say(UNTIL, values=(("when", clock(starts_at, zone_of(desk.zone), now)),))
