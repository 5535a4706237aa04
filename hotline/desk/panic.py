"""The panic button: first the keys, so that nothing of a caller can be read again by anybody; then the rows.

The copies that are still to be deleted at providers are sealed anew, or they would lie there for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from hotline.contact import State
from hotline.desk.office import Desk
from hotline.store import staff
from hotline.store.keys import KeyGone, KeyRingError, Sealer
from hotline.store.schema import OF_CONTACT, codes, contacts, erasures, inbox, lowered, outbox, packets
from hotline.store.staff import Deed
from hotline.store.writer import Tx

COMMAND_LINE = 0
"""Who did it, in the journal, where it was nobody's account."""

DOUBT_SECONDS = 60.0
"""A contact that began so soon after the keys were destroyed may have been sealed by a process that did not know yet."""

Kept = Mapping[int, Sealer]
"""What still opens the erasures of before, and nothing else; it stands in the memory of whoever pressed, for a moment."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What the button destroys, as it stands now; and `copies` at providers, which go on being deleted."""

    scripted: int
    waiting: int
    claimed: int
    answers: int
    aside: int
    returns: int
    packets: int
    copies: int

    @property
    def contacts(self) -> int:
        return self.scripted + self.waiting + self.claimed


def losses(connection: Connection) -> Losses:
    """Counted by clear columns; nothing is opened."""
    rows = connection.execute(select(contacts.c.state, func.count()).group_by(contacts.c.state))
    states: dict[str, int] = {row[0]: row[1] for row in rows}
    others = [
        int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in (outbox, inbox, codes, packets, erasures)
    ]
    return Losses(*(states.get(one.value, 0) for one in (State.SCRIPTED, State.WAITING, State.CLAIMED)), *others)


def destroy_keys(desk: Desk, now: float) -> Kept:
    """From here on nothing opens what callers wrote, in this process at once and in the others within half a second.

    Needs no database and no room on the disk. OSError: the folder of the keys cannot be written, and they are still there.
    """
    try:
        kept = desk.erasures.sealers(now)
    except (KeyRingError, OSError):  # a ring that cannot be read holds nothing to keep, and is replaced all the same
        kept = {}
    try:
        desk.ring.destroy(now)
    finally:
        desk.seen_ring.destroy(now)
    return kept


def remove(desk: Desk, tx: Tx, kept: Kept, staff_id: int, now: float) -> int:
    """Delete the rows of what can no longer be opened. Says how many contacts there were. Safe to repeat, and late."""
    staff.write_journal(tx.connection, staff_id, Deed.PANIC, now)
    desk.erasures.reseal(tx, kept, now)
    return sweep(desk, tx)


def sweep(desk: Desk, tx: Tx) -> int:
    """Delete what is left from before the keys were destroyed; the clock asks for it too. Says how many contacts went."""
    destroyed_at = desk.ring.destroyed_at
    if not destroyed_at:
        return 0
    dead = _dead(desk, tx.connection, destroyed_at)
    old = tx.connection.execute(delete(packets).where(packets.c.came_at <= destroyed_at)).rowcount
    desk.inbox.remove_unreadable(tx)
    if dead:
        tx.connection.execute(delete(lowered))
    for start in range(0, len(dead), 500):
        some = dead[start : start + 500]
        for table in OF_CONTACT:
            tx.connection.execute(delete(table).where(table.c.contact_id.in_(some)))
        tx.connection.execute(delete(contacts).where(contacts.c.id.in_(some)))
    tx.erased |= bool(dead or old)
    return len(dead)


def _dead(desk: Desk, connection: Connection, destroyed_at: float) -> list[str]:
    """Every contact of before, and those of soon after that cannot be opened."""
    began = contacts.c.opened_at
    query = select(contacts.c.id, began).where(began <= destroyed_at + DOUBT_SECONDS)
    rows = connection.execute(query.order_by(contacts.c.id).with_for_update()).all()
    young = [row[0] for row in rows if row[1] > destroyed_at]
    return [row[0] for row in rows if row[1] <= destroyed_at] + [
        one for one in young if not _opens(desk, connection, one)
    ]


def _opens(desk: Desk, connection: Connection, contact_id: str) -> bool:
    try:
        return desk.contacts.by_id(connection, contact_id) is not None
    except KeyGone:
        return False
