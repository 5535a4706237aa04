"""The queue as the board orders it; the lower lane and what the script's messages cost, deleted by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select

from hotline.contact import State
from hotline.store.engine import insert_for
from hotline.store.prepared import Prepared, among
from hotline.store.schema import contacts, lowered, spending

DAYS = 2
"""How long a sender stays in the lower lane, and a day's count is kept."""

SCRIPT, STAFF, TOLD = "script", "staff", "told"
"""What is counted: parts the script sent, parts people sent, and that the bound was reached and told."""

_IS_LOWERED = Prepared(lambda _, count: select(lowered.c.day).where(lowered.c.tag.in_(among(count))))
_SPENT = Prepared(
    lambda *_: select(spending.c.parts).where(spending.c.day == bindparam("day"), spending.c.kind == bindparam("kind"))
)


def lower(connection: Connection, contact_id: str, day: int) -> None:
    """Whoever this contact is with begins in the lower lane from now on. The tag is the contact's own keyed handle."""
    tag = connection.execute(select(contacts.c.handle).where(contacts.c.id == contact_id)).scalar_one()
    connection.execute(insert_for(connection, lowered).values(tag=tag, day=day).on_conflict_do_nothing())


def lift(connection: Connection, contact_id: str) -> None:
    """Back to the usual lane."""
    tag = select(contacts.c.handle).where(contacts.c.id == contact_id).scalar_subquery()
    connection.execute(delete(lowered).where(lowered.c.tag == tag))


def is_lowered(connection: Connection, handles: Sequence[bytes]) -> bool:
    """Whether one of these handles of a sender is in the lower lane."""
    return bool(_IS_LOWERED.run(connection, {}, handles))


def spend(connection: Connection, day: int, kind: str, parts: int) -> int:
    """Count what was sent; the day's total comes back."""
    statement = insert_for(connection, spending).values(day=day, kind=kind, parts=parts)
    counted = statement.on_conflict_do_update(
        index_elements=["day", "kind"], set_={"parts": spending.c.parts + parts}
    ).returning(spending.c.parts)
    return int(connection.execute(counted).scalar_one())


def spent(connection: Connection, day: int, kind: str) -> int:
    rows = _SPENT.run(connection, {"day": day, "kind": kind})
    return int(rows[0]["parts"]) if rows else 0


def tell_once(connection: Connection, day: int) -> bool:
    """Whether nobody has told yet that this day's bound is reached; from now on somebody has."""
    statement = insert_for(connection, spending).values(day=day, kind=TOLD, parts=1)
    return connection.execute(statement.on_conflict_do_nothing().returning(spending.c.day)).first() is not None


def forget_before(connection: Connection, day: int) -> None:
    """Delete what is from before that day."""
    connection.execute(delete(lowered).where(lowered.c.day < day))
    connection.execute(delete(spending).where(spending.c.day < day))


class Place(NamedTuple):
    """What the board is ordered by, of one contact: clear columns only, so that thousands cost little."""

    id: str
    state: str
    level: int
    since: float
    touched_at: float
    owner: int | None
    likeness: bytes | None
    lower: bool
    second: int | None
    second_in: bool
    fence: int
    many: int


def places(connection: Connection, oldest_day: int) -> list[Place]:
    """Every contact that waits or has a person, of the days that can still be opened."""
    c = contacts.c
    since = func.coalesce(c.waiting_since, c.opened_at)
    shown = (c.touched_at, c.owner, c.likeness, c.lower, c.second, c.second_in, c.fence)
    query = select(c.id, c.state, c.level, since, *shown)
    live = (c.state.in_((State.WAITING.value, State.CLAIMED.value))) & (c.day >= oldest_day)
    found = connection.execute(query.where(live)).all()
    # The silent fakes of a flood stay with the script: how many they are tells of those few who got further.
    alike = select(c.likeness, func.count()).where(c.likeness.is_not(None)).group_by(c.likeness)
    many: dict[bytes, int] = {row[0]: row[1] for row in connection.execute(alike)} if found else {}
    return [Place._make((*row, many.get(row[6], 1))) for row in found]


def alike(connection: Connection, likeness: bytes, level: int, until: float, most: int, *, lower: bool) -> list[str]:
    """Ids of those who wait, share this likeness, level and lane, and were waiting by then: held until the commit."""
    c = contacts.c
    which = (c.state == State.WAITING.value) & (c.likeness == likeness) & (c.level == level) & (c.lower == lower)
    query = select(c.id).where(which, c.waiting_since <= until).order_by(c.id).limit(most).with_for_update()
    return list(connection.execute(query).scalars())
