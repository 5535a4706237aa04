"""Nobody is left with a responder who is gone: what they had goes to the colleague beside them, or back to the queue.

One responder owns a contact; whose console is not heard of for ten seconds is gone. `tick` runs every two seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hotline.contact import State, Who
from hotline.desk.introduce import stored
from hotline.desk.office import Desk
from hotline.desk.work import let_go
from hotline.store import presence, staff
from hotline.store.contacts import Contact
from hotline.store.staff import Deed
from hotline.store.writer import Tx

SWEEP_SECONDS = 2.0


def tick(desk: Desk, tx: Tx, heard: Mapping[int, float], now: float, *, sweeping: bool = True) -> int:
    """Write down who was heard of and, if `sweeping`, give back what lost its responder. Says how many contacts."""
    presence.note(tx.connection, heard)
    return sweep(desk, tx, now) if sweeping else 0


def sweep(desk: Desk, tx: Tx, now: float) -> int:
    """Give back every contact whose owner is gone, and forget every second who is. Says how many lost their owner."""
    lost = 0
    for contact_id in presence.left_alone(tx.connection, now):
        contact = stored(desk, tx, contact_id)
        if contact is not None:
            there = presence.here(tx.connection, now)  # once it is held: somebody may have taken it since it was found
            lost += _without(desk, tx, contact, now, {contact.owner, contact.second} - there - {None})
    _free_packets(desk, tx, now)
    return lost


def _free_packets(desk: Desk, tx: Tx, now: float, whose: int | None = None) -> None:
    """What a partner passed on, and somebody who is gone had taken, is anybody's again. `whose`: of nobody else."""
    for packet_id in presence.packets_left_alone(tx.connection, now):
        found = desk.packets.by_id(tx.connection, packet_id, hold=True)
        if found is None or found[0].owner in {None, *presence.here(tx.connection, now)}:
            continue
        if whose in (None, found[0].owner):
            desk.packets.give(tx.connection, found[0], None)


def gone(desk: Desk, tx: Tx, staff_id: int, now: float) -> None:
    """Somebody signs out or is switched off: what they had is free at once."""
    presence.end(tx.connection, staff_id)
    for contact_id in presence.held_by(tx.connection, staff_id):
        contact = stored(desk, tx, contact_id)
        if contact is not None:
            _without(desk, tx, contact, now, {staff_id})
    _free_packets(desk, tx, now, staff_id)


def _without(desk: Desk, tx: Tx, contact: Contact, now: float, away: set[int | None]) -> bool:
    """The contact goes on without these; whether its owner was among them. It may have moved since it was found."""
    if contact.state is not State.CLAIMED:
        return False
    if contact.second is not None and contact.second in away:
        if contact.second_in:
            staff.write_journal(tx.connection, contact.second, Deed.LOST, now)
        contact = replace(contact, second=None, second_in=False)
        desk.contacts.save(tx.connection, contact)
    if contact.owner is None or contact.owner not in away:
        return False
    staff.write_journal(tx.connection, contact.owner, Deed.LOST, now)
    let_go(desk, tx, contact, now, Who.CLOCK)
    return True
