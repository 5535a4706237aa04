"""What is still to be deleted at providers: leased, tried, done. Rows are sealed and die with their day of the ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from hotline.message import Erasure
from hotline.store.engine import insert_in
from hotline.store.keys import KeyGone, KeyRing, Sealer
from hotline.store.prepared import Prepared
from hotline.store.schema import erasures
from hotline.store.writer import Tx

LEASE_SECONDS = 30.0


_COLUMNS = ("digest", "day", "made_at", "due_at", "tries", "sealed")
_ADD = Prepared(
    lambda dialect, _: (
        insert_in(dialect, erasures).values({name: bindparam(name) for name in _COLUMNS}).on_conflict_do_nothing()
    )
)


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

    def add(self, connection: Connection, erasure: Erasure, now: float, *, due_at: float | None = None) -> None:
        """Delete this there, from `due_at` on. Asked twice on one day it is done once."""
        day = self._ring.today(now)
        name = f"{erasure.id} {erasure.chat} {erasure.first} {erasure.last}"
        row = {
            "digest": self._ring.digest(day, f"erase {erasure.channel.value}", name),
            "day": day,
            "made_at": now,
            "due_at": now if due_at is None else due_at,
            "tries": 0,
            "sealed": self._sealer(day).seal("erasure", erasure.as_table()),
        }
        _ADD.run(connection, row)

    def lease(self, tx: Tx, now: float) -> Task | None:
        """The next one whose turn it is, kept from others for LEASE_SECONDS."""
        query = select(erasures).where(erasures.c.due_at <= now).order_by(erasures.c.due_at, erasures.c.id).limit(1)
        while (row := tx.connection.execute(query.with_for_update()).mappings().first()) is not None:
            try:
                table: Any = self._sealer(row["day"]).open("erasure", row["sealed"])
            except KeyGone:
                self.done(tx, row["id"])
                continue
            later = {"due_at": now + LEASE_SECONDS, "tries": row["tries"] + 1}
            tx.connection.execute(update(erasures).where(erasures.c.id == row["id"]).values(**later))
            return Task(row["id"], Erasure.from_table(table), row["tries"], row["made_at"])
        return None

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
