"""Who is at a console: until when each is taken to be there, lest something new be heard of their browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, delete, select, update

from hotline.contact import State
from hotline.store.engine import insert_for
from hotline.store.schema import contacts, packets, presence, staff

HERE_SECONDS = 10.0
"""A browser that runs scripts answers every few seconds; so long after its last answer, nobody is there."""

READING_SECONDS = 300.0
"""A page opened without scripts says so once."""


def note(connection: Connection, until: Mapping[int, float]) -> None:
    """Each of these is there until then at least. Who has been switched off meanwhile is not."""
    if not until:
        return
    active = select(staff.c.id).where(staff.c.active, staff.c.id.in_(list(until)))
    rows = [{"staff_id": one, "until": until[one]} for one in sorted(connection.execute(active).scalars())]
    if rows:
        new = insert_for(connection, presence)
        later = new.excluded.until > presence.c.until
        connection.execute(
            new.on_conflict_do_update(index_elements=["staff_id"], set_={"until": new.excluded.until}, where=later),
            rows,
        )


def end(connection: Connection, staff_id: int) -> None:
    """They have gone, and said so."""
    connection.execute(delete(presence).where(presence.c.staff_id == staff_id))


def cut(connection: Connection, latest: float) -> None:
    """Nobody is taken to be there for longer than this: the clock was set back."""
    connection.execute(update(presence).where(presence.c.until > latest).values(until=latest))


def here(connection: Connection, now: float) -> frozenset[int]:
    """Who is there."""
    return frozenset(connection.execute(select(presence.c.staff_id).where(presence.c.until > now)).scalars())


def left_alone(connection: Connection, now: float) -> list[str]:
    """Ids of the contacts whose owner, or whose second, is not there."""
    there = select(presence.c.staff_id).where(presence.c.until > now)
    alone = contacts.c.owner.not_in(there) | contacts.c.second.not_in(there)
    claimed = contacts.c.state == State.CLAIMED.value
    return list(connection.execute(select(contacts.c.id).where(claimed, alone).order_by(contacts.c.id)).scalars())


def packets_left_alone(connection: Connection, now: float) -> list[str]:
    """Ids of partners' packets whose reader is not there."""
    there = select(presence.c.staff_id).where(presence.c.until > now)
    alone = select(packets.c.id).where(packets.c.owner.not_in(there))
    return list(connection.execute(alone.order_by(packets.c.id)).scalars())


def held_by(connection: Connection, staff_id: int) -> list[str]:
    """Ids of the contacts that this member owns, has joined or is asked to join."""
    theirs = (contacts.c.owner == staff_id) | (contacts.c.second == staff_id)
    claimed = contacts.c.state == State.CLAIMED.value
    return list(connection.execute(select(contacts.c.id).where(claimed, theirs).order_by(contacts.c.id)).scalars())


def loads(connection: Connection) -> Counter[int]:
    """How many contacts each member has, as owner or beside one."""
    c, found = contacts.c, Counter[int]()
    rows = connection.execute(select(c.owner, c.second, c.second_in).where(c.state == State.CLAIMED.value))
    for owner, second, second_in in rows:
        found.update({owner, second if second_in else None} - {None})
    return found
