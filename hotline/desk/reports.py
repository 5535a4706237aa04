"""A provider tells how far a message of ours has come. Reports may come twice, late and in any order."""

from __future__ import annotations

from dataclasses import replace

from hotline.channels import TRAITS, Reach
from hotline.desk.office import Desk
from hotline.message import Delivery, Erasure, Report
from hotline.store.keys import KeyGone
from hotline.store.writer import Tx


def report(desk: Desk, tx: Tx, told: Report, now: float) -> None:
    """Note it at its line, if it belongs to an open contact; once it is final, the provider's record is to be deleted."""
    if told.final and TRAITS[told.channel].reach is Reach.PROVIDER:
        desk.erasures.add(tx.connection, Erasure(told.channel, told.id), now)
    found = desk.sent.find(tx.connection, told.channel, told.id, now)
    if found is None:
        return
    contact_id, number = found
    try:
        contact = desk.contacts.by_id(tx.connection, contact_id, hold=True)
    except KeyGone:
        return
    if contact is None:
        return
    desk.contacts.mark_line(tx.connection, contact, number, told.delivery)
    if told.delivery is Delivery.OPTED_OUT and not contact.opted_out:
        desk.contacts.save(tx.connection, replace(contact, opted_out=True))
