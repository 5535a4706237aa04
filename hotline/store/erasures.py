"""What is still to be deleted at providers: leased, tried, done. Rows are sealed and die with their day of the ring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, select, update

from hotline.contact import Channel
from hotline.message import Erasure
from hotline.store.engine import insert_in
from hotline.store.keys import KeyGone, KeyRing, Sealer
from hotline.store.prepared import Prepared
from hotline.store.schema import erasures
from hotline.store.writer import Tx

LEASE_SECONDS = 30.0


_COLUMNS = ("digest", "day", "made_at", "due_at", "tries", "sealed")


def _add(dialect: str, _: int) -> Any:
    asked = insert_in(dialect, erasures).values({name: bindparam(name) for name in _COLUMNS})
    sooner = case((asked.excluded.due_at < erasures.c.due_at, asked.excluded.due_at), else_=erasures.c.due_at)
    return asked.on_conflict_do_update(index_elements=["digest"], set_={"due_at": sooner})


_ADD = Prepared(_add)


@dataclass(frozen=True, slots=True)
class Task:
    """One erasure in hand: how often it was tried before, and since when it waits."""

    id: int
    erasure: Erasure
    tries: int
    made_at: float


class Erasures:
    """The erasures of one database."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def _sealer(self, day: int) -> Sealer:
        return Sealer(self._ring.contact_key(day, "erasures"))

    def _digest(self, day: int, erasure: Erasure) -> bytes:
        name = f"{erasure.id} {erasure.chat} {erasure.first} {erasure.last}"
        return self._ring.digest(day, f"erase {erasure.channel.value}", name)

    def add(self, connection: Connection, erasure: Erasure, now: float, *, due_at: float | None = None) -> None:
        """Delete this there, from `due_at` on. Asked twice on one day it is done once, at the earlier time."""
        day = self._ring.today(now)
        row = {
            "digest": self._digest(day, erasure),
            "day": day,
            "made_at": now,
            "due_at": now if due_at is None else due_at,
            "tries": 0,
            "sealed": self._sealer(day).seal("erasure", erasure.as_table()),
        }
        _ADD.run(connection, row)

    def due(self, connection: Connection, now: float, limit: int = 10_000) -> list[int]:
        """Ids whose turn it is, the longest due first."""
        query = select(erasures.c.id).where(erasures.c.due_at <= now).order_by(erasures.c.due_at, erasures.c.id)
        return list(connection.execute(query.limit(limit)).scalars())

    def channel_of(self, connection: Connection, task_id: int) -> Channel | None:
        """The channel of one of them; None if it is gone, or nobody can open it any more."""
        query = select(erasures.c.day, erasures.c.sealed).where(erasures.c.id == task_id)
        row = connection.execute(query).first()
        if row is None:
            return None
        try:
            table: Any = self._sealer(row[0]).open("erasure", row[1])
        except KeyGone:
            return None
        return Channel(table["channel"])

    def lease(self, tx: Tx, task_id: int, now: float) -> Task | None:
        """Take one in hand for LEASE_SECONDS; None if it is not its turn, or nobody can open it any more."""
        query = select(erasures).where(erasures.c.id == task_id, erasures.c.due_at <= now)
        row = tx.connection.execute(query.with_for_update()).mappings().first()
        if row is None:
            return None
        try:
            table: Any = self._sealer(row["day"]).open("erasure", row["sealed"])
        except KeyGone:
            self.done(tx, row["id"])
            return None
        later = {"due_at": now + LEASE_SECONDS, "tries": row["tries"] + 1}
        tx.connection.execute(update(erasures).where(erasures.c.id == row["id"]).values(**later))
        return Task(row["id"], Erasure.from_table(table), row["tries"], row["made_at"])

    def sealers(self, now: float) -> dict[int, Sealer]:
        """What opens the rows of each live day, and nothing else."""
        return {day: self._sealer(day) for day in self._ring.live_days(self._ring.today(now))}

    def reseal(self, tx: Tx, before: Mapping[int, Sealer], now: float) -> int:
        """After the ring was destroyed: seal anew, under the fresh ring and due now, what names a provider's record.

        What names a caller's chat is deleted, as its keys were. Says how many are left.
        """
        day, kept = self._ring.today(now), set[bytes]()
        for row in tx.connection.execute(select(erasures).with_for_update()).mappings().all():
            erasure = _opened(before.get(row["day"]), row["sealed"])
            if erasure is None:
                continue  # it came after the keys were gone, or whoever else destroyed them will open it
            here, digest = erasures.c.id == row["id"], self._digest(day, erasure)
            if erasure.chat or digest in kept:
                tx.connection.execute(delete(erasures).where(here))
                continue
            values = {"day": day, "digest": digest, "due_at": now}
            sealed = self._sealer(day).seal("erasure", erasure.as_table())
            tx.connection.execute(update(erasures).where(here).values(**values, sealed=sealed))
            kept.add(digest)
        tx.erased = True
        return len(kept)

    def again(self, connection: Connection, task: Task, at: float) -> None:
        connection.execute(update(erasures).where(erasures.c.id == task.id).values(due_at=at))

    def done(self, tx: Tx, task_id: int) -> None:
        tx.connection.execute(delete(erasures).where(erasures.c.id == task_id))
        tx.erased = True

    def waiting(self, connection: Connection, made_before: float | None = None) -> int:
        """How many wait; with `made_before`, how many have waited since before that time."""
        query = select(func.count()).select_from(erasures)
        if made_before is not None:
            query = query.where(erasures.c.made_at < made_before)
        return int(connection.execute(query).scalar_one())

    def forget_before(self, tx: Tx, day: int) -> None:
        if tx.connection.execute(delete(erasures).where(erasures.c.day < day)).rowcount:
            tx.erased = True


def _opened(sealer: Sealer | None, sealed: bytes) -> Erasure | None:
    if sealer is None:
        return None
    try:
        table: Any = sealer.open("erasure", sealed)
    except KeyGone:
        return None
    return Erasure.from_table(table)
