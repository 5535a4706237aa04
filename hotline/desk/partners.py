"""Passing a caller on to a partner: the caller reads exactly what would go, and nothing goes before their yes.

What goes is sealed to the partner's key at the moment of the yes; from then on not even we can read or change it.
"""

from __future__ import annotations

import base64
import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from sqlalchemy import Connection

from hotline.channels import TRAITS
from hotline.contact import Channel
from hotline.desk.introduce import stored, tell
from hotline.desk.notes import add_note
from hotline.desk.office import Desk, Office
from hotline.desk.wording import words_of
from hotline.desk.work import Refused, held, owned
from hotline.message import Delivery, Speaker
from hotline.retention import DAY
from hotline.shifts import clock
from hotline.store import parcels, staff, vault
from hotline.store.boxes import pause_after
from hotline.store.contacts import Contact
from hotline.store.parcels import Parcel
from hotline.store.partnerkey import Partner, seal
from hotline.store.staff import Deed
from hotline.store.writer import Tx
from hotline.store.zones import zone_of
from hotline.triage.effects import Say

BY_NUMBER = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.SIGNAL})
"""Channels whose callers write from a number that somebody else could write to."""

PHONE = re.compile(r"\+[1-9][0-9]{6,14}")

GRACE_SECONDS = 20.0
"""So long a parcel stays here after the yes: a slip of the finger can be taken back."""

GIVE_UP = 5 * DAY
"""A partner that does not answer for so long is not tried any more; nobody takes a parcel that is older than six days."""

SHOWN = frozenset({Delivery.SENT, Delivery.DELIVERED, Delivery.READ})
"""A question counts as asked only once it is known to have left: a 1 before that answers something else."""


UNCLEAR = "Somebody had written after the question, so it may answer that. Nothing goes: ask again."


class NotTaken(Exception):
    """The partner did not take a parcel. `refused`: why they never will, in words; empty if they may be tried again."""

    def __init__(self, refused: str = "") -> None:
        super().__init__("not taken")
        self.refused = refused


class Courier(Protocol):
    def hand(self, partner: Partner, document: dict[str, str]) -> None:
        """Give the document to the partner's server. Raises NotTaken."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller is asked whether it may go: these very words. `line`: where it stands in the talk; `by`: who asked."""

    partner: str
    text: str
    with_number: bool
    line: int
    by: int


def question_of(contact: Contact) -> Question | None:
    """The question that is open, if one is."""
    return None if contact.pending is None else Question(**contact.pending)


def number_of(desk: Desk, connection: Connection, contact: Contact) -> str | None:
    """The number this caller writes from, where there is one and they agreed that we keep it."""
    if contact.channel not in BY_NUMBER:
        return None
    address = vault.address_of(connection, desk.contacts, contact)
    return address.caller if address is not None and PHONE.fullmatch(address.caller) else None


def ask(
    desk: Desk,
    tx: Tx,
    contact_id: str,
    staff_id: int,
    partner: str,
    text: str,
    now: float,
    *,
    with_number: bool,
    fence: int | None = None,
) -> int | None:
    """Show the caller what would go to this partner and ask. A question that was open is answered by nobody any more.

    The outbox id to ring for, or None where the caller fetches answers.
    """
    contact = owned(desk, tx, contact_id, staff_id, fence=fence)
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if partner not in desk.partners.known:
        raise Refused("Choose a partner from the list.")
    if not text:
        raise Refused("Write what the partner is to read.")
    if contact.opted_out:
        raise Refused("The caller's phone company blocks us since they sent STOP, so they cannot be asked.")
    if contact.conversation.hushed:
        raise Refused(
            "The caller's phone may be in other hands. Nothing was asked: wait until they write that it is safe."
        )
    if with_number and number_of(desk, tx.connection, contact) is None:
        raise Refused("There is no number that could go along.")
    said = _asked(desk, contact, partner, text, with_number=with_number)
    longest = TRAITS[contact.channel].longest
    if len(said) > longest:
        raise Refused(f"The caller could not be shown all of it: make it {len(said) - longest} characters shorter.")
    question = Question(partner, text, with_number, contact.next_line, staff_id)
    return tell(desk, tx, replace(contact, pending=asdict(question)), said, now)[1]


def _asked(desk: Desk, contact: Contact, partner: str, text: str, *, with_number: bool) -> str:
    words = words_of(desk, contact.conversation)
    said = [words.filled("desk/pass_on/ask", partner=partner, text=text)]
    said += [words["desk/pass_on/number"]] if with_number else []
    return "\n".join([*said, words["desk/pass_on/choose"]])


def withdraw(desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float) -> None:
    """Ask no longer: a 1 that comes later is only a 1."""
    contact = owned(desk, tx, contact_id, staff_id)
    question = question_of(contact)
    if question is not None:
        contact = add_note(desk, tx, contact, f"The question about {question.partner} is withdrawn.", now)
        desk.contacts.save(tx.connection, replace(contact, pending=None))


def answered(
    desk: Desk, tx: Tx, contact: Contact, text: str, now: float, seen: int | None = None
) -> tuple[Contact, Say | None]:
    """What a caller's words do to an open question: 1 is yes and 2 is no; whatever else they write leaves it open, and so
    does a digit once a person has written something else, which it may answer.

    The contact (to be saved) and what they are told; nothing, if it was no answer. `seen`: the last line of their page.
    """
    question, digit = question_of(contact), _digit(text)
    if question is None or digit not in (1, 2) or not _was_shown(desk, tx, contact, question, seen):
        return contact, None
    if _spoken_since(desk, tx, contact, question):
        return add_note(desk, tx, contact, f"The caller wrote {digit}. {UNCLEAR}", now), None
    partner = desk.partners.known.get(question.partner)
    told = (("partner", question.partner),)
    contact = replace(contact, pending=None)
    if digit == 2 or partner is None:
        note = f"The caller said no: nothing goes to {question.partner}."
        if digit == 1:
            note = f"The caller said yes, but {question.partner} is no partner any more: nothing goes."
        return add_note(desk, tx, contact, note, now), Say("desk/pass_on/not_sent", values=told)
    _pack(desk, tx, contact, question, partner, now)
    staff.write_journal(tx.connection, question.by, Deed.PASSED_ON, now)
    contact = add_note(desk, tx, contact, f"The caller said yes. On its way to {question.partner}.", now)
    return contact, Say("desk/pass_on/sent", values=told)


def _digit(text: str) -> int | None:
    """The one digit that a message consists of, in whatever script."""
    sign = text.strip()
    return unicodedata.decimal(sign, None) if len(sign) == 1 else None


def _was_shown(desk: Desk, tx: Tx, contact: Contact, question: Question, seen: int | None) -> bool:
    if not contact.channel.needs_address:  # what is to be fetched counts as sent at once: their page tells what it has
        return seen is not None and seen >= question.line
    lines = desk.contacts.lines(tx.connection, contact, after=question.line - 1)
    return any(number == question.line and line.delivery in SHOWN for number, line in lines)


def _spoken_since(desk: Desk, tx: Tx, contact: Contact, question: Question) -> bool:
    lines = desk.contacts.lines(tx.connection, contact, after=question.line)
    return any(line.speaker is Speaker.RESPONDER for _, line in lines)


def _pack(desk: Desk, tx: Tx, contact: Contact, question: Question, partner: Partner, now: float) -> None:
    """The text that was shown, a one-time id, a time, and the number where that was said. Nothing else of the caller."""
    assert desk.partners.own is not None, "whoever knows partners has keys"
    table: dict[str, Any] = {
        "version": 1,
        "id": secrets.token_hex(16),
        "from": desk.partners.own.public.text(),
        "made_at": int(now),
        "text": question.text,
    }
    number = number_of(desk, tx.connection, contact) if question.with_number else None
    if number is not None:
        table |= {"number": number, "channel": contact.channel.value}
    parcels.add(tx.connection, contact.id, partner.name, seal(table, partner.keys), now, now + GRACE_SECONDS)


def stop(desk: Desk, tx: Tx, contact_id: str, staff_id: int, parcel_id: int, now: float) -> None:
    """Do not send it after all. What was tried before may have arrived, and the note says so."""
    contact = held(desk, tx, contact_id, staff_id)
    for parcel in parcels.of_contact(tx.connection, contact.id):
        if parcel.id == parcel_id:
            parcels.drop(tx, parcel.id)
            tried = "; but it was tried before, so they may have it" if parcel.tries else ": nothing was sent"
            desk.contacts.save(tx.connection, add_note(desk, tx, contact, f"{parcel.partner}: stopped{tried}.", now))


def carry(office: Office, courier: Courier, parcel_id: int, now: float) -> bool:
    """Try one parcel, if it is its turn. Whether the partner took it. Safe to call from anywhere, as often as one likes."""
    parcel = office.write(lambda tx: parcels.lease(tx.connection, parcel_id, now))
    if parcel is None:
        return False
    partners = office.desk.partners
    partner = partners.known.get(parcel.partner)
    if partner is None or partners.own is None:
        _ended(office, parcel, "is no partner any more; it was not sent", now)
        return False
    signature = partners.own.sign(parcel.sealed, partner.keys)
    document = {
        "from": partners.own.public.text(),
        "sealed": base64.b64encode(parcel.sealed).decode(),
        "signature": base64.b64encode(signature).decode(),
    }
    try:
        courier.hand(partner, document)
    except NotTaken as fault:
        if fault.refused:
            _ended(office, parcel, f"did not take it: {fault.refused}", now)
        elif now - parcel.made_at > GIVE_UP:
            _ended(office, parcel, "could not be reached for five days; it was not sent", now)
        else:
            office.write(lambda tx: parcels.again(tx.connection, parcel.id, now + pause_after(parcel.tries)))
        return False
    at = clock(now, zone_of(office.desk.zone), now)
    _ended(office, parcel, f"took it at {at}", now)
    return True


def _ended(office: Office, parcel: Parcel, how: str, now: float) -> None:
    """The parcel is done with, one way or the other, and whoever has the contact reads how."""

    def work(tx: Tx) -> None:
        contact = stored(office.desk, tx, parcel.contact_id)
        if parcels.drop(tx, parcel.id) and contact is not None:
            noted = add_note(office.desk, tx, contact, f"{parcel.partner} {how}.", now)
            office.desk.contacts.save(tx.connection, noted)

    office.write(work)
