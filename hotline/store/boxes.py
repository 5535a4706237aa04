"""The durable inbox and outbox, and the memory of what was ingested. Work is leased, done and deleted, never lost.

The queue (huey) carries only ids from here; a bell that is lost costs seconds, because these tables are the truth.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from hotline.contact import Channel
from hotline.message import Attachment, Incoming
from hotline.store.contacts import Contact
from hotline.store.engine import insert_in
from hotline.store.keys import DAY_SECONDS, KeyGone, KeyRing, Sealer, day_of
from hotline.store.prepared import Prepared, among
from hotline.store.schema import inbox, outbox, seen
from hotline.store.writer import Tx

LEASE_SECONDS = 15.0
LONGEST_PAUSE = 300.0
MIDNIGHT_SECONDS = 60.0


_SEEN = Prepared(lambda _, count: select(seen.c.day).where(seen.c.digest.in_(among(count))))
_REMEMBER = Prepared(
    lambda dialect, _: (
        insert_in(dialect, seen)
        .values(digest=bindparam("digest"), day=bindparam("day"))
        .on_conflict_do_nothing(index_elements=["digest"])
        .returning(seen.c.day)
    )
)


class Seen:
    """Which provider messages were ingested, as keyed hashes that live for the ring's days."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def digests(self, channel: Channel, message_id: str, now: float) -> list[bytes]:
        return self._ring.digests(day_of(now), f"id {channel.value}", message_id)

    def first_time(self, connection: Connection, digests: list[bytes], now: float) -> bool:
        """Remember a message; False when it was ingested before."""
        if _SEEN.run(connection, {}, digests):
            return False
        # Two processes that see the same message on both sides of midnight must still collide on one row.
        both_days = now % DAY_SECONDS < MIDNIGHT_SECONDS
        for age, digest in enumerate(digests[: 2 if both_days else 1]):
            row = {"digest": digest, "day": self._ring.today(now) - age}
            if not _REMEMBER.run(connection, row):
                return False
        return True

    def known(self, connection: Connection, channel: Channel, message_id: str, now: float) -> bool:
        """Whether this message was ingested before. Remembers nothing."""
        return bool(_SEEN.run(connection, {}, self.digests(channel, message_id, now)))

    def forget_before(self, connection: Connection, day: int) -> None:
        connection.execute(delete(seen).where(seen.c.day < day))


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer on its way: line `number` of a contact. `tried_at`: an earlier try whose outcome nobody knows."""

    id: int
    contact_id: str
    number: int
    tries: int
    tried_at: float | None


class Outbox:
    """Answers awaiting a provider. The text lives sealed with the contact; a row here is only its place in the order."""

    def add(self, connection: Connection, contact: Contact, number: int, now: float) -> int:
        row = connection.execute(
            insert(outbox).values(contact_id=contact.id, number=number, due_at=now).returning(outbox.c.id)
        )
        return int(row.scalar_one())

    def due(self, connection: Connection, now: float, limit: int = 50) -> list[int]:
        """Ids whose turn it is: due, and the first of their contact, so that order is kept."""
        heads = select(func.min(outbox.c.id)).group_by(outbox.c.contact_id)
        query = select(outbox.c.id).where(outbox.c.id.in_(heads), outbox.c.due_at <= now)
        return list(connection.execute(query.order_by(outbox.c.due_at, outbox.c.id).limit(limit)).scalars())

    def lease(self, connection: Connection, outbox_id: int, now: float) -> Waiting | None:
        """Take one answer in hand for LEASE_SECONDS, marked as tried before it is tried; None if not its turn.

        `tried_at` stays that of the first try whose outcome is in doubt, so that asking about it misses nothing.
        """
        earlier = select(outbox.c.id).where(outbox.c.id == outbox_id, outbox.c.due_at <= now).with_for_update()
        if connection.execute(earlier).first() is None:
            return None
        row = connection.execute(select(outbox).where(outbox.c.id == outbox_id)).mappings().one()
        first = connection.execute(
            select(func.min(outbox.c.id)).where(outbox.c.contact_id == row["contact_id"])
        ).scalar_one()
        if first != outbox_id:
            return None
        connection.execute(
            update(outbox)
            .where(outbox.c.id == outbox_id)
            .values(due_at=now + LEASE_SECONDS, tried_at=row["tried_at"] or now, tries=row["tries"] + 1)
        )
        return Waiting(row["id"], row["contact_id"], row["number"], row["tries"], row["tried_at"])

    def done(self, tx: Tx, outbox_id: int) -> None:
        tx.connection.execute(delete(outbox).where(outbox.c.id == outbox_id))

    def again(self, connection: Connection, waiting: Waiting, at: float, *, surely_not_sent: bool) -> None:
        """Try again at `at`; `surely_not_sent` clears the doubt that the try itself had raised."""
        values: dict[str, Any] = {"due_at": at}
        if surely_not_sent:
            values["tried_at"] = waiting.tried_at
        connection.execute(update(outbox).where(outbox.c.id == waiting.id).values(**values))

    def put_back(self, connection: Connection, waiting: Waiting, at: float) -> None:
        """It was not tried after all: look again at `at`. Neither a doubt nor a try is counted."""
        values = {"due_at": at, "tried_at": waiting.tried_at, "tries": waiting.tries}
        connection.execute(update(outbox).where(outbox.c.id == waiting.id).values(**values))

    def overdue(self, connection: Connection, before: float) -> int:
        """How many answers should have been tried before that time and were not: more than none means nobody works."""
        query = select(func.count()).select_from(outbox).where(outbox.c.due_at < before)
        return int(connection.execute(query).scalar_one())

    def pending(self, connection: Connection, contact_id: str) -> int:
        query = select(func.count()).select_from(outbox).where(outbox.c.contact_id == contact_id)
        return int(connection.execute(query).scalar_one())


def pause_after(tries: int, chance: float | None = None) -> float:
    """Seconds until the next try: exponential with full jitter, never more than LONGEST_PAUSE."""
    drawn = random.random() if chance is None else chance  # noqa: S311 - jitter, not a secret
    return min(LONGEST_PAUSE, 2.0 ** min(tries, 10)) * (0.2 + 0.8 * drawn)


class Inbox:
    """Messages that were acknowledged and could not be handled at once (a fault of ours): sealed, leased, tried again."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def _sealer(self, day: int) -> Sealer:
        return Sealer(self._ring.contact_key(day, "inbox"))

    def add(self, connection: Connection, incoming: Incoming, now: float) -> None:
        day = self._ring.today(now)
        sealed = self._sealer(day).seal("incoming", asdict(incoming))
        connection.execute(insert(inbox).values(day=day, due_at=now, sealed=sealed))

    def lease(self, tx: Tx, now: float) -> tuple[int, int, Incoming] | None:
        """The next message whose turn it is: its id, how often it was tried, and what it said.

        One whose key is gone can never be read again and is removed on the way.
        """
        query = select(inbox).where(inbox.c.due_at <= now).order_by(inbox.c.id).limit(1).with_for_update()
        while (row := tx.connection.execute(query).mappings().first()) is not None:
            try:
                table: Any = self._sealer(row["day"]).open("incoming", row["sealed"])
            except KeyGone:
                self.done(tx, row["id"])
                continue
            pause = LEASE_SECONDS + pause_after(row["tries"] + 2, 1.0)
            later = {"due_at": now + pause, "tries": row["tries"] + 1}
            tx.connection.execute(update(inbox).where(inbox.c.id == row["id"]).values(**later))
            table["channel"] = Channel(table["channel"])
            table["attachments"] = tuple(Attachment(kind) for kind in table["attachments"])
            return row["id"], row["tries"], Incoming(**table)
        return None

    def done(self, tx: Tx, inbox_id: int) -> None:
        tx.connection.execute(delete(inbox).where(inbox.c.id == inbox_id))
        tx.erased = True

    def forget_before(self, tx: Tx, day: int) -> None:
        if tx.connection.execute(delete(inbox).where(inbox.c.day < day)).rowcount:
            tx.erased = True

    def size(self, connection: Connection) -> int:
        return int(connection.execute(select(func.count()).select_from(inbox)).scalar_one())
