"""Staff accounts, their sessions, their shifts, and the journal of what they did (never of what callers said)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from hotline.roster import Shift
from hotline.store.schema import journal, sessions, shifts, staff


class Role(StrEnum):
    RESPONDER = "responder"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Deed(StrEnum):
    """What a journal line may say. Nothing else is ever written there."""

    ADDED = "added"
    SWITCHED_OFF = "switched_off"
    LOGGED_IN = "logged_in"
    LOGIN_REFUSED = "login_refused"
    LOGGED_OUT = "logged_out"
    SHIFT_BEGUN = "shift_begun"
    SHIFT_ENDED = "shift_ended"
    CLAIMED = "claimed"
    RELEASED = "released"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    name: str
    role: Role
    active: bool


class StaffError(Exception):
    """An account could not be made or changed; says why in one sentence."""


def hash_password(password: str, *, drawn: bool = False) -> str:
    """Argon2id with the library's defaults (RFC 9106, low-memory profile); lighter for one that we drew at random."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1) if drawn else PasswordHasher()
    return hasher.hash(password)


def password_fits(hashed: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""Verified when no such account exists, so that a wrong name takes as long as a wrong password."""


def add(connection: Connection, name: str, role: Role, password: str, now: float) -> Member:
    """A new account. The password must have at least 12 characters and the name be free."""
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise StaffError("A staff name needs 1 to 80 characters.")
    if len(password) < 12:
        raise StaffError("A password needs at least 12 characters.")
    if connection.execute(select(staff.c.id).where(staff.c.name == name)).first() is not None:
        raise StaffError(f"There is already somebody called {name}: choose another name.")
    values = {"name": name, "role": role.value, "password": hash_password(password), "active": True}
    member_id = connection.execute(insert(staff).values(**values).returning(staff.c.id)).scalar_one()
    write_journal(connection, member_id, Deed.ADDED, now)
    return Member(member_id, name, role, True)


def put(connection: Connection, name: str, role: Role, hashed: str) -> Member:
    """Make the account or give it this role and password; what was signed in with the old one is signed out."""
    values = {"role": role.value, "password": hashed, "active": True}
    row = connection.execute(select(staff.c.id).where(staff.c.name == name)).first()
    if row is None:
        new = insert(staff).values(name=name, **values).returning(staff.c.id)
        return Member(connection.execute(new).scalar_one(), name, role, True)
    connection.execute(update(staff).where(staff.c.id == row[0]).values(**values))
    connection.execute(delete(sessions).where(sessions.c.staff_id == row[0]))
    return Member(row[0], name, role, True)


def switch_off(connection: Connection, name: str, now: float) -> Member:
    """The account can do nothing from now on: sessions and shifts end at once."""
    row = connection.execute(select(staff).where(staff.c.name == name.strip())).mappings().first()
    if row is None:
        raise StaffError(f"There is nobody called {name}: see `hotline staff list`.")
    connection.execute(update(staff).where(staff.c.id == row["id"]).values(active=False))
    connection.execute(delete(sessions).where(sessions.c.staff_id == row["id"]))
    end_shift(connection, row["id"], now)
    write_journal(connection, row["id"], Deed.SWITCHED_OFF, now)
    return Member(row["id"], row["name"], Role(row["role"]), False)


def everybody(connection: Connection) -> list[Member]:
    rows = connection.execute(select(staff).order_by(staff.c.name)).mappings()
    return [Member(row["id"], row["name"], Role(row["role"]), row["active"]) for row in rows]


def login_row(connection: Connection, name: str) -> tuple[Member | None, str]:
    """The active member of that name with the password's hash; nobody's hash when there is none."""
    row = connection.execute(select(staff).where(staff.c.name == name.strip(), staff.c.active)).mappings().first()
    if row is None:
        return None, NOBODY
    return Member(row["id"], row["name"], Role(row["role"]), True), row["password"]


def open_session(connection: Connection, member: Member, now: float) -> str:
    """A new session; only its hash is stored. The token goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(32)
    values = {"digest": _digest(token), "staff_id": member.id, "began_at": now, "used_at": now}
    connection.execute(insert(sessions).values(**values))
    write_journal(connection, member.id, Deed.LOGGED_IN, now)
    return token


def session_member(
    connection: Connection, token: str, now: float, *, idle_seconds: float, longest_seconds: float
) -> tuple[Member, float] | None:
    """Whose session this is and when it was last used; None once it is idle, old, ended, or its owner switched off."""
    query = select(staff, sessions.c.used_at).join(sessions, sessions.c.staff_id == staff.c.id)
    row = (
        connection.execute(
            query.where(
                sessions.c.digest == _digest(token),
                sessions.c.used_at > now - idle_seconds,
                sessions.c.began_at > now - longest_seconds,
                staff.c.active,
            )
        )
        .mappings()
        .first()
    )
    return (Member(row["id"], row["name"], Role(row["role"]), True), row["used_at"]) if row is not None else None


def touch_session(connection: Connection, token: str, now: float) -> None:
    connection.execute(update(sessions).where(sessions.c.digest == _digest(token)).values(used_at=now))


def close_session(connection: Connection, token: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.digest == _digest(token)))


def forget_sessions_before(connection: Connection, began_at: float) -> None:
    connection.execute(delete(sessions).where(sessions.c.began_at < began_at))


def begin_shift(connection: Connection, staff_id: int, now: float, ends_at: float) -> None:
    end_shift(connection, staff_id, now)
    connection.execute(insert(shifts).values(staff_id=staff_id, starts_at=now, ends_at=ends_at))
    write_journal(connection, staff_id, Deed.SHIFT_BEGUN, now)


def end_shift(connection: Connection, staff_id: int, now: float) -> None:
    ended = connection.execute(
        update(shifts).where(shifts.c.staff_id == staff_id, shifts.c.ends_at > now).values(ends_at=now)
    )
    if ended.rowcount:
        write_journal(connection, staff_id, Deed.SHIFT_ENDED, now)


def shifts_after(connection: Connection, now: float) -> list[Shift]:
    """Shifts that hold now or start later."""
    rows = connection.execute(select(shifts).where(shifts.c.ends_at > now)).mappings()
    return [Shift(row["staff_id"], row["starts_at"], row["ends_at"]) for row in rows]


def write_journal(connection: Connection, staff_id: int, deed: Deed, now: float) -> None:
    connection.execute(insert(journal).values(at=now, staff_id=staff_id, deed=deed.value))


def read_journal(connection: Connection) -> Sequence[tuple[float, int, str]]:
    query = select(journal.c.at, journal.c.staff_id, journal.c.deed).order_by(journal.c.id)
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def _digest(token: str) -> bytes:
    return hashlib.blake2b(token.encode(), digest_size=32, person=b"session").digest()
