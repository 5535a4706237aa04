"""Parcels on their way to partners: sealed to the partner's key, so that not even we can read them again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from hotline.store.boxes import LEASE_SECONDS
from hotline.store.schema import parcels
from hotline.store.writer import Tx


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel as it was leased. `tries`: how often it had been tried before."""

    id: int
    contact_id: str
    partner: str
    sealed: bytes
    made_at: float
    tries: int


def add(connection: Connection, contact_id: str, partner: str, sealed: bytes, now: float, due_at: float) -> int:
    row = {"contact_id": contact_id, "partner": partner, "sealed": sealed, "made_at": now, "due_at": due_at, "tries": 0}
    return int(connection.execute(insert(parcels).values(**row).returning(parcels.c.id)).scalar_one())


def due(connection: Connection, now: float, limit: int = 20) -> list[int]:
    query = select(parcels.c.id).where(parcels.c.due_at <= now).order_by(parcels.c.due_at, parcels.c.id)
    return list(connection.execute(query.limit(limit)).scalars())


def lease(connection: Connection, parcel_id: int, now: float) -> Parcel | None:
    """Take one in hand for LEASE_SECONDS, counted as tried before it is tried; None if it is not its turn, or gone."""
    mine = select(parcels).where(parcels.c.id == parcel_id, parcels.c.due_at <= now).with_for_update()
    row = connection.execute(mine).mappings().first()
    if row is None:
        return None
    later = {"due_at": now + LEASE_SECONDS, "tries": row["tries"] + 1}
    connection.execute(update(parcels).where(parcels.c.id == parcel_id).values(**later))
    return _parcel(row)


def again(connection: Connection, parcel_id: int, at: float) -> None:
    connection.execute(update(parcels).where(parcels.c.id == parcel_id).values(due_at=at))


def drop(tx: Tx, parcel_id: int) -> bool:
    """Delete it, taken or not. False if it was gone already."""
    gone = tx.connection.execute(delete(parcels).where(parcels.c.id == parcel_id)).rowcount == 1
    tx.erased = tx.erased or gone
    return gone


def of_contact(connection: Connection, contact_id: str) -> list[Parcel]:
    """Those of a contact that are under way, the oldest first."""
    query = select(parcels).where(parcels.c.contact_id == contact_id).order_by(parcels.c.id)
    return [_parcel(row) for row in connection.execute(query).mappings()]


def _parcel(row: RowMapping) -> Parcel:
    return Parcel(row["id"], row["contact_id"], row["partner"], bytes(row["sealed"]), row["made_at"], row["tries"])
