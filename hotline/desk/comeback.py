"""A caller comes back to a web chat by a code: given once, and the talk lives on under fresh keys until its last day."""

from __future__ import annotations

import secrets
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, select, update

from hotline.contact import Channel, State
from hotline.desk.office import Desk
from hotline.desk.translate import purpose
from hotline.retention import DAY
from hotline.store import codes, vault
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone
from hotline.store.schema import contacts, messages, sent, translations
from hotline.store.vault import Address
from hotline.store.writer import Tx


def may_keep(contact: Contact, return_days: int) -> bool:
    """Whether a code is offered: only once a person has the talk or will, and not while the phone is in other hands."""
    handed = contact.state in (State.WAITING, State.CLAIMED)
    return return_days > 0 and handed and not contact.conversation.hushed


def give(desk: Desk, tx: Tx, sender: str, digest: bytes, now: float, return_days: int) -> bool:
    """Keep the talk of this page for its code, some days from now. False if it is none to be kept."""
    contact = _of_page(desk, tx, sender, now)
    if contact is None or not may_keep(contact, return_days):
        return False
    codes.keep(tx.connection, contact.id, digest)
    vault.keep(tx.connection, desk.contacts, contact, Address(sender, "web"))
    desk.contacts.save(tx.connection, replace(contact, kept_until=now + return_days * DAY))
    return True


def come_back(desk: Desk, tx: Tx, digest: bytes, token: str, now: float) -> Contact | None:
    """The talk that this code opens, from now on the talk of the page with this token; the page of before is dead."""
    contact_id = codes.contact_of(tx.connection, digest)
    if contact_id is None:
        return None
    try:
        contact = desk.contacts.by_id(tx.connection, contact_id, hold=True)
    except KeyGone:
        return None
    if contact is None or contact.kept_until is None or now >= contact.kept_until:
        return None
    _hand_to(desk, tx, contact, token)
    return contact


def part(desk: Desk, tx: Tx, sender: str, now: float) -> bool:
    """Leaving with a code: the talk stays for the code, and this page can never open it again. False without a code."""
    contact = _of_page(desk, tx, sender, now)
    if contact is None or contact.kept_until is None:
        return False
    _hand_to(desk, tx, contact, secrets.token_urlsafe(24))
    return True


def carry(desk: Desk, tx: Tx, now: float) -> int:
    """Seal kept talks anew under today's key: the ring forgets their day sooner than they may be come back to.

    Says how many. To be called before the ring is advanced.
    """
    today, carried = desk.ring.today(now), 0
    old = (contacts.c.kept_until > now) & (contacts.c.day < today)
    for contact_id in list(tx.connection.execute(select(contacts.c.id).where(old)).scalars()):
        try:
            contact = desk.contacts.by_id(tx.connection, contact_id, hold=True)
            if contact is not None:
                _reseal(desk, tx, contact, today)
                carried += 1
        except KeyGone:
            continue
    return carried


def _of_page(desk: Desk, tx: Tx, sender: str, now: float) -> Contact | None:
    try:
        return desk.contacts.by_sender(tx.connection, Channel.WEBCHAT, sender, now)
    except KeyGone:
        return None


def _hand_to(desk: Desk, tx: Tx, contact: Contact, token: str) -> None:
    vault.keep(tx.connection, desk.contacts, contact, Address(token, "web"))
    _set_handle(desk, tx.connection, contact, token)


def _set_handle(desk: Desk, connection: Connection, contact: Contact, sender: str) -> None:
    handle = desk.ring.digest(contact.day, contact.channel.value, sender)
    connection.execute(update(contacts).where(contacts.c.id == contact.id).values(handle=handle))


def _reseal(desk: Desk, tx: Tx, contact: Contact, today: int) -> None:
    """Everything of this contact that is sealed, and the handle that it is found by."""
    address = vault.address_of(tx.connection, desk.contacts, contact)
    renewed = replace(contact, day=today)
    before, after = (desk.contacts.sealer(one.day, one.id) for one in (contact, renewed))
    lines = select(messages.c.number, messages.c.sealed).where(messages.c.contact_id == contact.id)
    for number, sealed in tx.connection.execute(lines).all():
        here = (messages.c.contact_id == contact.id) & (messages.c.number == number)
        again = after.seal(f"line {number}", before.open(f"line {number}", sealed))
        tx.connection.execute(update(messages).where(here).values(sealed=again))
    said = select(sent.c.digest, sent.c.sealed).where(sent.c.contact_id == contact.id, sent.c.sealed.is_not(None))
    for digest, sealed in tx.connection.execute(said).all():
        message_id = before.open("sent", sealed)
        fresh = desk.ring.digest(today, f"sent {contact.channel.value}", str(message_id))
        values = {"digest": fresh, "sealed": after.seal("sent", message_id)}
        tx.connection.execute(update(sent).where(sent.c.digest == digest).values(**values))
    for row in tx.connection.execute(select(translations).where(_made_of(contact))).mappings().all():
        named = purpose(row["number"], row["back"])
        here = translations.c.id == row["id"]
        values = {"sealed": after.seal(named, before.open(named, row["sealed"]))}
        tx.connection.execute(update(translations).where(here).values(**values))
    desk.contacts.save(tx.connection, renewed)
    if address is not None:
        vault.keep(tx.connection, desk.contacts, renewed, address)
        _set_handle(desk, tx.connection, renewed, address.caller)
    tx.erased = True  # what the old key opens must not stay in the log


def _made_of(contact: Contact) -> ColumnElement[bool]:
    return (translations.c.contact_id == contact.id) & translations.c.sealed.is_not(None)
