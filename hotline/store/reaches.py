"""How each member is reached outside the console: addresses sealed under the key of staff, never in clear."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from hotline.alert import Way
from hotline.store.schema import challenges, reaches, staff
from hotline.store.staff import Deed, StaffError, write_journal
from hotline.store.staffkey import StaffKey

MOST_BROWSERS = 5
CODE_SECONDS = 600.0
CODE_SIGNS = 22
_PURPOSE = "reach"


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to one member. `address`: an endpoint, a number or the name of a chat."""

    id: int
    staff_id: int
    way: Way
    address: str
    added_at: float


class Reaches:
    """The ways of all members, sealed under `key`."""

    def __init__(self, key: StaffKey) -> None:
        self._key = key

    def add(self, connection: Connection, staff_id: int, way: Way, address: str, now: float) -> None:
        """From now on this member is alerted there. A number or a chat takes the place of the one before."""
        digest = self._key.digest(f"{way.value}/{staff_id}", address)
        known = connection.execute(select(reaches.c.id).where(reaches.c.digest == digest)).first()
        if known is not None:
            return
        if way is not Way.PUSH:
            connection.execute(delete(reaches).where(reaches.c.staff_id == staff_id, reaches.c.way == way.value))
        elif len([one for one in self.of(connection, [staff_id]) if one.way is Way.PUSH]) >= MOST_BROWSERS:
            raise StaffError(f"You are alerted in {MOST_BROWSERS} browsers: remove one that you no longer use first.")
        sealed = self._key.seal(staff_id, address, f"reach/{way.value}")
        values = {"staff_id": staff_id, "way": way.value, "digest": digest, "sealed": sealed, "added_at": now}
        connection.execute(insert(reaches).values(**values))
        write_journal(connection, staff_id, Deed.REACH_CHANGED, now)

    def of(self, connection: Connection, staff_ids: Collection[int]) -> list[Reach]:
        """Those of these members who are active, without what cannot be opened any more."""
        query = select(reaches).join(staff, staff.c.id == reaches.c.staff_id).order_by(reaches.c.added_at, reaches.c.id)
        found = []
        for row in connection.execute(query.where(reaches.c.staff_id.in_(staff_ids), staff.c.active)):
            address = self._key.open(row.staff_id, row.sealed, f"reach/{row.way}")
            if address is not None:
                found.append(Reach(row.id, row.staff_id, Way(row.way), address, row.added_at))
        return found


def remove(connection: Connection, staff_id: int, reach_id: int, now: float) -> bool:
    """Whether this member had it; it is gone afterwards."""
    mine = delete(reaches).where(reaches.c.id == reach_id, reaches.c.staff_id == staff_id)
    gone = connection.execute(mine).rowcount == 1
    if gone:
        write_journal(connection, staff_id, Deed.REACH_CHANGED, now)
    return gone


def new_code(connection: Connection, staff_id: int, now: float) -> str:
    """A code with which this member's Telegram shows whose it is: for ten minutes, once. Only its hash is stored."""
    code = secrets.token_urlsafe(16)
    mine = (challenges.c.staff_id == staff_id) & (challenges.c.purpose == _PURPOSE)
    connection.execute(delete(challenges).where(mine | (challenges.c.until <= now)))
    values = {"digest": _digest(code), "purpose": _PURPOSE, "staff_id": staff_id, "until": now + CODE_SECONDS}
    connection.execute(insert(challenges).values(**values))
    return code


def take_code(connection: Connection, code: str, now: float) -> int | None:
    """Whose code it is; None for one that is wrong, old or used, or whose owner is no longer active."""
    known = (challenges.c.digest == _digest(code)) & (challenges.c.purpose == _PURPOSE)
    gone = connection.execute(delete(challenges).where(known).returning(challenges.c.staff_id, challenges.c.until))
    row = gone.first()
    if row is None or row[1] <= now:
        return None
    return connection.execute(select(staff.c.id).where(staff.c.id == row[0], staff.c.active)).scalar_one_or_none()


def _digest(code: str) -> bytes:
    return hashlib.blake2b(code.encode("utf-8", "surrogatepass"), digest_size=32, person=b"reach code").digest()
