"""Packets that came from partners: read by one of us, sealed under our own ring, gone when done or when their time is over."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.engine import RowMapping

from hotline.contact import Level
from hotline.store.keys import KeyGone, KeyRing, Sealer
from hotline.store.schema import packets
from hotline.store.writer import Tx

_LEVELS = tuple(Level)
_SHOWN = (packets.c.id, packets.c.partner, packets.c.came_at, packets.c.level, packets.c.owner, packets.c.fence)

SHOWN = 50
"""So many stand on the board at most."""


@dataclass(frozen=True, slots=True)
class Packet:
    """What everybody on duty may see of one: never what it says."""

    id: str
    partner: str
    came_at: float
    level: Level
    owner: int | None
    fence: int


@dataclass(frozen=True, slots=True)
class Words:
    """What a packet says, in the `language` we take it for. `number` only if the caller agreed, with its channel."""

    text: str
    language: str | None
    made_at: float
    number: str = ""
    channel: str = ""


class Packets:
    """The packets of one database, sealed with one ring. Every method works inside the transaction it is given."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def add(self, connection: Connection, digest: bytes, partner: str, level: Level, words: Words, now: float) -> str:
        packet_id, day = secrets.token_hex(16), self._ring.today(now)
        sealed = self._sealer(day, packet_id).seal("packet", _table(words))
        row = {"id": packet_id, "digest": digest, "day": day, "partner": partner, "came_at": now, "level": level.rank}
        connection.execute(insert(packets).values(**row, owner=None, fence=0, sealed=sealed))
        return packet_id

    def shown(self, connection: Connection) -> list[Packet]:
        """Those that can still be opened, the most urgent first, of equals the oldest."""
        live = packets.c.day >= self._ring.oldest
        query = select(*_SHOWN).where(live).order_by(packets.c.level, packets.c.came_at).limit(SHOWN)
        return [_packet(row) for row in connection.execute(query).mappings()]

    def waiting(self, connection: Connection, partner: str) -> int:
        """How many of one partner are here."""
        query = select(func.count()).select_from(packets).where(packets.c.partner == partner)
        return int(connection.execute(query).scalar_one())

    def by_id(self, connection: Connection, packet_id: str, *, hold: bool = False) -> tuple[Packet, Words] | None:
        """A packet and what it says; None if there is none, or its key is gone."""
        query = select(packets).where(packets.c.id == packet_id)
        row = connection.execute(query.with_for_update() if hold else query).mappings().first()
        if row is None:
            return None
        try:
            table = self._sealer(row["day"], row["id"]).open("packet", row["sealed"])
        except KeyGone:
            return None
        assert isinstance(table, dict)
        return _packet(row), Words(**table)

    def give(self, connection: Connection, packet: Packet, staff_id: int | None) -> Packet | None:
        """To this member, or back to all; None if it was moved in between."""
        here = (packets.c.id == packet.id) & (packets.c.fence == packet.fence)
        moved = update(packets).where(here).values(owner=staff_id, fence=packets.c.fence + 1)
        if connection.execute(moved).rowcount != 1:
            return None
        return replace(packet, owner=staff_id, fence=packet.fence + 1)

    def destroy(self, tx: Tx, packet_id: str) -> None:
        self._delete(tx, packets.c.id == packet_id)

    def forget(self, tx: Tx, *, came_before: float) -> None:
        """Those that came before that time, and those whose key has fallen off the ring."""
        self._delete(tx, (packets.c.came_at <= came_before) | (packets.c.day < self._ring.oldest))

    def _delete(self, tx: Tx, which: ColumnElement[bool]) -> None:
        if tx.connection.execute(delete(packets).where(which)).rowcount:
            tx.erased = True

    def _sealer(self, day: int, packet_id: str) -> Sealer:
        return Sealer(self._ring.contact_key(day, f"packet {packet_id}"))


def _packet(row: RowMapping) -> Packet:
    level = _LEVELS[row["level"]]
    return Packet(row["id"], row["partner"], row["came_at"], level, row["owner"], row["fence"])


def _table(words: Words) -> dict[str, object]:
    return {name: getattr(words, name) for name in Words.__slots__}
