"""The durable inbox and outbox, and the memory of what was ingested. Work is leased, done and deleted, never lost.

The queue (huey) carries only ids from here; a bell that is lost costs seconds, because these tables are the truth.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.engine import RowMapping

from hotline.contact import Channel
from hotline.message import Attachment, Incoming
from hotline.store.contacts import Contact
from hotline.store.engine import insert_in
from hotline.store.keys import DAY_SECONDS, KeyGone, KeyRing, Sealer, day_of
from hotline.store.prepared import Prepared, among
from hotline.store.schema import inbox, outbox, seen
from hotline.store.writer import Tx

LEASE_SECONDS = 30.0
"""Longer than any one call to a provider may take, so that nobody else tries what is still being tried."""

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

    def note_told(self, connection: Connection, channel: Channel, message_id: str, told: str, now: float) -> None:
        """Remember what a provider told of a message that we do not know yet: its own answer may still be under way."""
        self.first_time(connection, self.digests(channel, f"{message_id} {told}", now), now)

    def was_told(self, connection: Connection, channel: Channel, message_id: str, told: str, now: float) -> bool:
        return self.known(connection, channel, f"{message_id} {told}", now)

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
        heads = select(outbox.c.contact_id, func.min(outbox.c.number)).group_by(outbox.c.contact_id)
        first = tuple_(outbox.c.contact_id, outbox.c.number).in_(heads)
        query = select(outbox.c.id).where(first, outbox.c.due_at <= now)
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
            select(func.min(outbox.c.number)).where(outbox.c.contact_id == row["contact_id"])
        ).scalar_one()
        if first != row["number"]:
            return None
        connection.execute(
            update(outbox)
            .where(outbox.c.id == outbox_id)
            .values(due_at=now + LEASE_SECONDS, tried_at=row["tried_at"] or now, tries=row["tries"] + 1)
        )
        return Waiting(row["id"], row["contact_id"], row["number"], row["tries"], row["tried_at"])

    def keep(self, connection: Connection, waiting: Waiting, now: float) -> bool:
        """Hold what was leased at `now` for as long again; False if it is gone, so must not be sent."""
        held = update(outbox).where(outbox.c.id == waiting.id, outbox.c.tries == waiting.tries + 1)
        return bool(connection.execute(held.values(due_at=now + 2 * LEASE_SECONDS)).rowcount)

    def done(self, tx: Tx, outbox_id: int) -> None:
        tx.connection.execute(delete(outbox).where(outbox.c.id == outbox_id))

    def again(
        self, connection: Connection, waiting: Waiting, at: float, *, surely_not_sent: bool, counted: bool = True
    ) -> None:
        """Try again at `at`; `surely_not_sent` clears the doubt that the try itself had raised."""
        values: dict[str, Any] = {"due_at": at}
        if not counted:
            values["tries"] = waiting.tries
        if surely_not_sent:
            values["tried_at"] = waiting.tried_at
        connection.execute(update(outbox).where(outbox.c.id == waiting.id).values(**values))

    def put_back(self, connection: Connection, waiting: Waiting, at: float) -> None:
        """It was not tried after all: look again at `at`. Neither a doubt nor a try is counted."""
        values = {"due_at": at, "tried_at": waiting.tried_at, "tries": waiting.tries}
        connection.execute(update(outbox).where(outbox.c.id == waiting.id).values(**values))

    def hurry(self, connection: Connection, contact_id: str, now: float, *, within: float) -> None:
        """What was put back lately may leave now; what is being tried, or in doubt, is left alone."""
        lately = (outbox.c.due_at > now) & (outbox.c.due_at <= now + within) & outbox.c.tried_at.is_(None)
        connection.execute(update(outbox).where(outbox.c.contact_id == contact_id, lately).values(due_at=now))

    def contacts(self, connection: Connection, ids: Collection[int]) -> dict[int, str]:
        """Whose answers these are."""
        query = select(outbox.c.id, outbox.c.contact_id).where(outbox.c.id.in_(ids))
        return {row[0]: row[1] for row in connection.execute(query)}

    def in_doubt(self, connection: Connection, before: float) -> list[str]:
        """Ids of the contacts with an answer that was tried before that time, nobody knowing how it ended."""
        query = select(outbox.c.contact_id).where(outbox.c.tried_at.is_not(None), outbox.c.tried_at <= before)
        return list(connection.execute(query.distinct()).scalars())

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

    def add(self, connection: Connection, incoming: Incoming, now: float, *, due_at: float | None = None) -> None:
        """Keep a message; it is left alone until `due_at`."""
        day = self._ring.today(now)
        sealed = self._sealer(day).seal("incoming", asdict(incoming))
        row = {"day": day, "due_at": now if due_at is None else due_at, "channel": incoming.channel.value}
        connection.execute(insert(inbox).values(**row, sealed=sealed))

    def lease(
        self, tx: Tx, now: float, limit: int = 1, channels: Collection[Channel] = tuple(Channel)
    ) -> list[tuple[int, int, Incoming]]:
        """The next messages of these channels whose turn it is: their ids, how often each was tried, what it said.

        One whose key is gone can never be read again and is removed on the way.
        """
        mine = inbox.c.channel.in_([channel.value for channel in channels])
        query = select(inbox).where(inbox.c.due_at <= now, mine).order_by(inbox.c.id).with_for_update(skip_locked=True)
        found: list[tuple[int, int, Incoming]] = []
        while len(found) < limit and (rows := tx.connection.execute(query.limit(limit - len(found))).mappings().all()):
            for row in rows:
                incoming = self._opened(row)
                if incoming is None:
                    self.done(tx, row["id"])
                    continue
                pause = LEASE_SECONDS + pause_after(row["tries"] + 2, 1.0)
                later = {"due_at": now + pause, "tries": row["tries"] + 1}
                tx.connection.execute(update(inbox).where(inbox.c.id == row["id"]).values(**later))
                found.append((row["id"], row["tries"], incoming))
        return found

    def _opened(self, row: RowMapping) -> Incoming | None:
        try:
            table: Any = self._sealer(row["day"]).open("incoming", row["sealed"])
        except KeyGone:
            return None
        table["channel"] = Channel(table["channel"])
        table["attachments"] = tuple(Attachment(kind) for kind in table["attachments"])
        return Incoming(**table)

    def remove_unreadable(self, tx: Tx) -> None:
        """Delete what nobody can open any more."""
        for row in tx.connection.execute(select(inbox)).mappings().all():
            if self._opened(row) is None:
                self.done(tx, row["id"])

    def again(self, connection: Connection, inbox_id: int, at: float) -> None:
        connection.execute(update(inbox).where(inbox.c.id == inbox_id).values(due_at=at))

    def done(self, tx: Tx, inbox_id: int) -> None:
        tx.connection.execute(delete(inbox).where(inbox.c.id == inbox_id))
        tx.erased = True

    def forget_before(self, tx: Tx, day: int) -> None:
        if tx.connection.execute(delete(inbox).where(inbox.c.day < day)).rowcount:
            tx.erased = True

    def size(self, connection: Connection) -> int:
        return int(connection.execute(select(func.count()).select_from(inbox)).scalar_one())
