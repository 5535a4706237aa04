"""What partners pass on to us: taken in once, read by one of us, done with and forgotten."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from hotline.contact import Channel, Level, State
from hotline.desk.notes import add_note
from hotline.desk.office import Desk
from hotline.desk.partners import BY_NUMBER, PHONE
from hotline.desk.receive import spoken
from hotline.desk.work import NotYours, Refused
from hotline.impression import Impression
from hotline.message import LONGEST_TEXT
from hotline.retention import DAY, HOUR
from hotline.roster import on_duty
from hotline.store import presence, roster, staff, tallies, vault
from hotline.store.contacts import Contact, new_contact
from hotline.store.keys import KeyGone, day_of
from hotline.store.packets import Packet, Words
from hotline.store.partnerkey import NotOpened, Partners, Public, is_signed
from hotline.store.staff import Deed
from hotline.store.writer import Tx
from hotline.tally import partner_cell
from hotline.triage.conversation import Conversation
from hotline.triage.signals import judge
from hotline.triage.weigh import weigh

OLDEST = 6 * DAY
"""Shorter than messages are remembered: a parcel cannot be played to us again once we have forgotten it."""

AHEAD = HOUR
LEAST = Level.SOON
MOST = 200
"""So many packets of one partner wait here at most."""


class Declined(Exception):
    """A parcel is not taken. `code` is one of WHY, `status` the HTTP status that goes with it."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


WHY: Mapping[str, str] = {
    "unknown_sender": "they do not know our key; ask your administrator to give it to them",
    "bad_signature": "the signature is wrong",
    "not_for_them": "it was sealed for another key than theirs; ask your administrator for their present one",
    "not_a_parcel": "they cannot read this form of parcel",
    "too_old": "it is too old, or a clock is wrong",
}
"""What a partner may answer for good, and what the responder reads."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A parcel that is signed by a partner, sealed for us, whole and fresh."""

    id: str
    partner: str
    words: Words


def open_parcel(partners: Partners, document: object, now: float) -> Opened:
    """What a document holds, or Declined. Nothing is opened that a known partner did not sign."""
    if partners.own is None or not isinstance(document, dict):
        raise Declined("not_a_parcel")
    keys = Public.read(document["from"]) if isinstance(document.get("from"), str) else None
    sealed, signature = _bytes(document.get("sealed")), _bytes(document.get("signature"))
    if keys is None or sealed is None or signature is None:
        raise Declined("not_a_parcel")
    partner = partners.signed_by(keys.sign)
    if partner is None or partner.keys != keys:
        raise Declined("unknown_sender", 403)
    if not is_signed(sealed, signature, keys, partners.own.public):
        raise Declined("bad_signature", 403)
    try:
        table = partners.own.open(sealed)
    except NotOpened:
        raise Declined("not_for_them") from None
    if table.get("from") != keys.text():  # somebody else's sealed words under their own signature
        raise Declined("bad_signature", 403)
    return _read(table, partner.name, now)


def _read(table: Mapping[str, Any], partner: str, now: float) -> Opened:
    """What the caller agreed to and nothing else, whatever else a sender put beside it."""
    text, parcel_id = _words(table.get("text"), LONGEST_TEXT), _words(table.get("id"), 32)
    made_at = table.get("made_at")
    whole = table.get("version") == 1 and text and len(parcel_id) == 32 and parcel_id.isalnum()
    if not whole or type(made_at) is not int:
        raise Declined("not_a_parcel")
    if not now - OLDEST <= made_at <= now + AHEAD:
        raise Declined("too_old")
    number = _words(table.get("number"), 16)
    channel = next((one for one in BY_NUMBER if one.value == table.get("channel")), None)
    words = Words(text, None, made_at)
    if channel is not None and PHONE.fullmatch(number):
        words = replace(words, number=number, channel=channel.value)
    return Opened(parcel_id, partner, words)


def _words(said: object, longest: int) -> str:
    """What is text, not too long and storable; else nothing."""
    if not isinstance(said, str) or len(said) > longest:
        return ""
    return said if said.encode(errors="ignore").decode() == said else ""


def _bytes(text: object) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except ValueError:
        return None


def take_in(desk: Desk, tx: Tx, opened: Opened, now: float, impression: Impression | None = None) -> None:
    """Store a parcel, once however often it comes. Declined while too many of this partner wait.

    How urgent it is and in which language are ours to say, from the text: nothing of it came along. `impression` is what
    the model made of it, or None.
    """
    digests = desk.seen_ring.digests(day_of(now), "parcel", f"{opened.partner} {opened.id}")
    if desk.packets.waiting(tx.connection, opened.partner) >= MOST:
        raise Declined("too_many", 503)
    if desk.seen.first_time(tx.connection, digests, now):
        words = replace(opened.words, language=spoken(desk, opened.words.text, impression))
        level = _level(desk, words.text, impression)
        desk.packets.add(tx.connection, digests[0], opened.partner, level, words, now)


def _level(desk: Desk, text: str, impression: Impression | None) -> Level:
    """As urgent as its words, and never less than LEAST: somebody thought it worth the caller's yes."""
    heard = weigh(judge(text, desk.shelf.rules), impression)
    return min((LEAST, *(signal.level for signal in heard)), key=lambda level: level.rank)


def take(desk: Desk, tx: Tx, packet_id: str, staff_id: int, now: float) -> None:
    """One of us has it: free ones, and those of somebody who is not on duty any more. For the others NotYours."""
    packet, _ = _found(desk, tx, packet_id)
    if packet.owner == staff_id:
        return
    there = on_duty(roster.present(tx.connection, now, desk.idle_seconds), now)
    if packet.owner in there or desk.packets.give(tx.connection, packet, staff_id) is None:
        raise NotYours
    presence.note(tx.connection, {staff_id: now + presence.HERE_SECONDS})
    staff.write_journal(tx.connection, staff_id, Deed.PACKET_TAKEN, now)


def give_back(desk: Desk, tx: Tx, packet_id: str, staff_id: int) -> None:
    """Free for everybody again."""
    packet, _ = _mine(desk, tx, packet_id, staff_id)
    desk.packets.give(tx.connection, packet, None)


def read(desk: Desk, connection: Connection, packet_id: str, staff_id: int) -> tuple[Packet, Words] | None:
    """What it says, for whoever took it; None for everybody else, whether it exists or not."""
    found = desk.packets.by_id(connection, packet_id)
    return found if found is not None and found[0].owner == staff_id else None


def done(desk: Desk, tx: Tx, packet_id: str, staff_id: int, now: float) -> None:
    """Count it and destroy it."""
    packet, _ = _mine(desk, tx, packet_id, staff_id)
    tallies.count(tx.connection, [partner_cell(now)])
    desk.packets.destroy(tx, packet.id)
    staff.write_journal(tx.connection, staff_id, Deed.PACKET_DONE, now)


def write_to(desk: Desk, tx: Tx, packet_id: str, staff_id: int, now: float) -> Contact:
    """Go on with this person by the number they agreed to: an open contact of this member's, with the packet's words in it."""
    packet, words = _mine(desk, tx, packet_id, staff_id)
    channel = writable(desk, words)
    if channel is None:
        raise Refused("No number came along, or its channel is not set up here.")
    try:
        known = desk.contacts.by_sender(tx.connection, channel, words.number, now)
    except KeyGone:
        desk.contacts.destroy_sender(tx, channel, words.number, now)
        known = None
    if known is not None:
        raise Refused("They already write to us themselves: their contact is open here.")
    language = words.language if words.language in desk.shelf.words else None
    conversation = Conversation(language=language, level=packet.level, handed=True, touched_at=now)
    contact = new_contact(channel, now, conversation, desk.ring.today(now))
    # They have not written to us: WhatsApp carries free text only once they do.
    contact = replace(contact, state=State.CLAIMED, waiting_since=now, owner=staff_id, fence=1, heard_at=0.0)
    desk.contacts.add(tx.connection, contact, words.number)
    vault.keep(tx.connection, desk.contacts, contact, vault.Address(words.number, desk.partners.ours[channel]))
    contact = add_note(desk, tx, contact, f"From {packet.partner}: {words.text}", now)
    desk.contacts.save(tx.connection, contact)
    done(desk, tx, packet_id, staff_id, now)
    return contact


def writable(desk: Desk, words: Words) -> Channel | None:
    """The channel by which we can write to whoever this is about."""
    channel = next((one for one in BY_NUMBER if one.value == words.channel), None)
    return channel if words.number and channel in desk.partners.ours else None


def _found(desk: Desk, tx: Tx, packet_id: str) -> tuple[Packet, Words]:
    found = desk.packets.by_id(tx.connection, packet_id, hold=True)
    if found is None:
        raise NotYours
    return found


def _mine(desk: Desk, tx: Tx, packet_id: str, staff_id: int) -> tuple[Packet, Words]:
    packet, words = _found(desk, tx, packet_id)
    if packet.owner != staff_id:
        raise NotYours
    return packet, words
