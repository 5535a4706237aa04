"""Passkeys of staff, and the challenges that each may be used with once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from hotline.store.schema import challenges, passkeys
from hotline.store.staff import Deed, StaffError, write_journal

CHALLENGE_SECONDS = 120.0
MOST_PASSKEYS = 10


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Passkey:
    """`counter` is how often its device says it was used; 0 for those that do not count."""

    id: bytes
    staff_id: int
    public_key: bytes
    counter: int
    name: str
    added_at: float
    used_at: float | None


def new_challenge(connection: Connection, purpose: Purpose, staff_id: int | None, now: float) -> bytes:
    """A challenge for two minutes; only its hash is stored. Those that are over are cleared away."""
    challenge = secrets.token_bytes(32)
    connection.execute(delete(challenges).where(challenges.c.until <= now))
    values = {"digest": _digest(challenge), "purpose": purpose.value, "staff_id": staff_id}
    connection.execute(insert(challenges).values(**values, until=now + CHALLENGE_SECONDS))
    return challenge


def take_challenge(
    connection: Connection, challenge: bytes, purpose: Purpose, staff_id: int | None, now: float
) -> bool:
    """Whether it was given out for this, to this member, in the last two minutes. It is gone afterwards in any case."""
    gone = connection.execute(
        delete(challenges)
        .where(challenges.c.digest == _digest(challenge))
        .returning(challenges.c.purpose, challenges.c.staff_id, challenges.c.until)
    ).first()
    return gone is not None and (gone[0], gone[1]) == (purpose.value, staff_id) and gone[2] > now


def add(connection: Connection, one: Passkey, now: float) -> None:
    if len(of(connection, one.staff_id)) >= MOST_PASSKEYS:
        raise StaffError("You have ten passkeys: remove one you no longer use first.")
    if by_id(connection, one.id) is not None:
        raise StaffError("This passkey is there already.")
    connection.execute(
        insert(passkeys).values(
            id=one.id,
            staff_id=one.staff_id,
            public_key=one.public_key,
            counter=one.counter,
            name=one.name.strip()[:40] or "Passkey",
            added_at=now,
        )
    )
    write_journal(connection, one.staff_id, Deed.PASSKEY_ADDED, now)


def of(connection: Connection, staff_id: int) -> list[Passkey]:
    rows = connection.execute(select(passkeys).where(passkeys.c.staff_id == staff_id).order_by(passkeys.c.added_at))
    return [Passkey(**row) for row in rows.mappings()]


def by_id(connection: Connection, passkey_id: bytes) -> Passkey | None:
    row = connection.execute(select(passkeys).where(passkeys.c.id == passkey_id)).mappings().first()
    return Passkey(**row) if row is not None else None


def note_use(connection: Connection, one: Passkey, counter: int, now: float) -> bool:
    """Whether nobody else has used it since `one` was read: two devices with one key cannot both count on."""
    changed = connection.execute(
        update(passkeys)
        .where(passkeys.c.id == one.id, passkeys.c.counter == one.counter)
        .values(counter=counter, used_at=now)
    )
    return changed.rowcount == 1


def remove(connection: Connection, staff_id: int, passkey_id: bytes, now: float) -> bool:
    gone = connection.execute(delete(passkeys).where(passkeys.c.id == passkey_id, passkeys.c.staff_id == staff_id))
    if gone.rowcount:
        write_journal(connection, staff_id, Deed.PASSKEY_REMOVED, now)
    return bool(gone.rowcount)


def _digest(challenge: bytes) -> bytes:
    return hashlib.blake2b(challenge, digest_size=32, person=b"challenge").digest()
