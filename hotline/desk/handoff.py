"""A contact is put in the queue for a person, and the caller is told truthfully who is there, or from when, and who else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from hotline import sms
from hotline.contact import Channel, Level, Move, Who, moved
from hotline.desk.office import Desk
from hotline.desk.wording import words_of
from hotline.directory.model import Cost, Entry, Kind, Need, Police, Serves, for_callers
from hotline.language import LANGUAGES
from hotline.roster import next_start, on_duty
from hotline.shifts import clock, local
from hotline.store import pauses, roster
from hotline.store.contacts import Contact
from hotline.store.guide import open_now
from hotline.store.writer import Tx
from hotline.store.zones import zone_of
from hotline.triage.effects import Effect, Say

AHEAD_SECONDS = 14 * 86_400.0
"""What is planned for later is no help to say."""

UNTIL = "desk/no_one_until"
"""The same as desk/no_one with {when}; said in the languages that have it."""

OTHERS = "desk/others_now"
MOST_OTHERS = 2
"""Lines that a caller is told: more are no choice but a list, and by SMS a second part."""


def hand_off(desk: Desk, tx: Tx, contact: Contact, now: float) -> tuple[Contact, tuple[Say, ...]]:
    """The waiting contact, and what the caller is told."""
    state = moved(contact.state, Move.HAND_OFF, Who.CALLER)
    contact = replace(contact, state=state, waiting_since=now)
    if anybody(desk, tx.connection, now, contact):
        return contact, (Say("desk/on_duty"),)
    return contact, _no_one(desk, tx, contact, now)


def anybody(desk: Desk, connection: Connection, now: float, contact: Contact | None = None) -> bool:
    """Whether somebody is on duty and there; for the caller of a contact on a paused channel nobody is, save at once."""
    if not on_duty(roster.present(connection, now, desk.idle_seconds), now):
        return False
    if contact is None or contact.level is Level.IMMEDIATE:
        return True
    return contact.channel not in pauses.paused(connection, now)


def dated(desk: Desk, tx: Tx, contact: Contact, effects: Iterable[Effect], now: float) -> tuple[Effect, ...]:
    """The same effects; where they say that nobody is there, they say from when somebody is, and who else is now."""
    nobody, said = Say("desk/no_one"), list[Effect]()
    for effect in effects:
        said += _no_one(desk, tx, contact, now) if effect == nobody else [effect]
    return tuple(said)


def _no_one(desk: Desk, tx: Tx, contact: Contact, now: float) -> tuple[Say, ...]:
    """Nobody is there: from when somebody is, and other lines that are open now, if there are any to tell of."""
    others = _others(desk, contact, now)
    until = _until(desk, tx, contact, now)
    return (until,) if others is None else (until, others)


def _until(desk: Desk, tx: Tx, contact: Contact, now: float) -> Say:
    """With the time of the next shift, if one is planned and the language has words for it."""
    if UNTIL not in words_of(desk, contact.conversation):
        return Say("desk/no_one")
    planned = roster.planned(tx.connection, now, now + AHEAD_SECONDS)
    starts_at = next_start(planned, now)
    # Who should be here now and is not may come any minute: tomorrow's time would send the caller away.
    if starts_at is None or on_duty(planned, now):
        return Say("desk/no_one")
    return Say(UNTIL, values=(("when", clock(starts_at, zone_of(desk.zone), now)),))


def _others(desk: Desk, contact: Contact, now: float) -> Say | None:
    """Other lines, as far as they are sure: nothing while others may read along, nothing that costs a second SMS part."""
    conversation = contact.conversation
    words = words_of(desk, conversation)
    if conversation.hushed or OTHERS not in words:
        return None
    language = conversation.language or desk.default_language
    lines = [_line(one, language) for one in other_lines(desk, language, now)]
    for many in range(len(lines), 0, -1):
        said = "; ".join(lines[:many])
        if contact.channel is not Channel.SMS or sms.parts(words.filled(OTHERS, lines=said)) == 1:
            return Say(OTHERS, values=(("lines", said),))
    return None


def other_lines(desk: Desk, language: str, now: float) -> list[Entry]:
    """The hotlines of our country that a caller can be sent to at this moment, the best first, MOST_OTHERS at most.

    Confirmed by a person, open by their own clock, with a number, for everybody, and not the police, whom a caller may
    fear: who wants them knows the emergency number already.
    """
    country = desk.guide.lookup(desk.country)
    if country is None:
        return []
    today = local(now, zone_of(desk.zone)).date()
    known = for_callers(country, today).of(Kind.LINE)
    fit = [one for one in known if _fits(one) and open_now(country, one, now)]
    return sorted(fit, key=lambda one: _rank(one, language))[:MOST_OTHERS]


def _fits(one: Entry) -> bool:
    for_all = not one.serves or Serves.ALL in one.serves
    return bool(one.phones) and for_all and one.police is not Police.THEMSELVES and Need.POLICE not in one.needs


def _rank(one: Entry, language: str) -> tuple[bool, bool, bool]:
    """Lines against trafficking first, then those that speak the language, then what costs nothing."""
    return Need.TRAFFICKING_LINE not in one.needs, language not in one.languages, one.cost is not Cost.FREE


def _line(one: Entry, language: str) -> str:
    """Name and number. Among letters that run from right to left the number's groups would change places."""
    number = one.phones[0]
    return f"{one.name}: " + (f"\u2066{number}\u2069" if LANGUAGES[language].direction == "rtl" else number)
