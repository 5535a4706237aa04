"""Staff accounts, their sessions, their shifts, and the journal of what they did (never of what callers said)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from hotline.roster import Shift
from hotline.store.schema import devices, journal, passkeys, presence, recovery, sessions, shifts, staff, totps


class Role(StrEnum):
    RESPONDER = "responder"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


ANSWERING = frozenset({Role.RESPONDER, Role.SUPERVISOR, Role.ADMINISTRATOR})
"""Who may have contacts."""

LEADING = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
"""Who may plan for others, see the load of the shift, give a contact back for a colleague, pause a channel and press panic."""


class Deed(StrEnum):
    """What a journal line may say. Nothing else is ever written there."""

    ADDED = "added"
    INVITED = "invited"
    INVITATION_TAKEN = "invitation_taken"
    SWITCHED_OFF = "switched_off"
    LOGGED_IN = "logged_in"
    LOGIN_REFUSED = "login_refused"
    LOGGED_OUT = "logged_out"
    LOGGED_OUT_EVERYWHERE = "logged_out_everywhere"
    SECOND_REFUSED = "second_refused"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_REFUSED = "passkey_refused"
    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    RECOVERY_MADE = "recovery_made"
    RECOVERY_USED = "recovery_used"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a deed
    FACTORS_RESET = "factors_reset"
    ADMINISTERED = "administered"
    SHIFT_BEGUN = "shift_begun"
    SHIFT_ENDED = "shift_ended"
    ROSTER_CHANGED = "roster_changed"
    CLAIMED = "claimed"
    RELEASED = "released"
    ANSWERED = "answered"
    CLOSED = "closed"
    CLOSED_AS_MISUSE = "closed_as_misuse"
    LOWERED = "lowered"
    LIFTED = "lifted"
    LOST = "lost"
    ASKED_TO_JOIN = "asked_to_join"
    JOINED = "joined"
    LEFT = "left"
    HANDED_OVER = "handed_over"
    NOTED = "noted"
    PASSED_ON = "passed_on"
    PACKET_TAKEN = "packet_taken"
    PACKET_DONE = "packet_done"
    LISTENED = "listened"
    WHISPERED = "whispered"
    TAKEN_OVER = "taken_over"
    PAUSED = "paused"
    RESUMED = "resumed"
    PANIC = "panic"
    ALERTED = "alerted"
    REACH_CHANGED = "reach_changed"


class Stage(StrEnum):
    """How far a session has come in."""

    IN = "in"
    HALF = "half"
    """The password fitted; the second step is still to come."""
    NEW = "new"
    """Signed in with a password alone, where a second step is asked of everybody: it has to be set up first."""


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
    check_password(password)
    check_name(connection, name)
    member = insert_member(connection, name, role, hash_password(password))
    write_journal(connection, member.id, Deed.ADDED, now)
    return member


def check_password(password: str) -> None:
    if len(password) < 12:
        raise StaffError("A password needs at least 12 characters.")


def check_name(connection: Connection, name: str) -> None:
    if not 1 <= len(name.strip()) <= 80:
        raise StaffError("A staff name needs 1 to 80 characters.")
    if connection.execute(select(staff.c.id).where(staff.c.name == name.strip())).first() is not None:
        raise StaffError(f"There is already somebody called {name.strip()}: choose another name.")


def insert_member(connection: Connection, name: str, role: Role, hashed: str) -> Member:
    """A row for this free name."""
    values = {"name": name.strip(), "role": role.value, "password": hashed, "active": True}
    member_id = connection.execute(insert(staff).values(**values).returning(staff.c.id)).scalar_one()
    return Member(member_id, name.strip(), role, True)


def found(connection: Connection, name: str) -> Member:
    """The account of this name, active or not; StaffError when there is none."""
    row = connection.execute(select(staff).where(staff.c.name == name.strip())).mappings().first()
    if row is None:
        raise StaffError(f"There is nobody called {name}: see `hotline staff list`.")
    return Member(row["id"], row["name"], Role(row["role"]), row["active"])


def put(connection: Connection, name: str, role: Role, hashed: str) -> Member:
    """Make the account or give it this role and password, which is enough then; what was signed in is signed out."""
    values = {"role": role.value, "password": hashed, "active": True}
    row = connection.execute(select(staff.c.id).where(staff.c.name == name)).first()
    if row is None:
        new = insert(staff).values(name=name, **values).returning(staff.c.id)
        return Member(connection.execute(new).scalar_one(), name, role, True)
    connection.execute(update(staff).where(staff.c.id == row[0]).values(**values))
    for table in (sessions, totps, passkeys, recovery, devices):
        connection.execute(delete(table).where(table.c.staff_id == row[0]))
    return Member(row[0], name, role, True)


def switch_off(connection: Connection, name: str, now: float) -> Member:
    """The account can do nothing from now on: sessions and shifts end at once."""
    member = found(connection, name)
    connection.execute(update(staff).where(staff.c.id == member.id).values(active=False))
    connection.execute(delete(sessions).where(sessions.c.staff_id == member.id))
    connection.execute(delete(presence).where(presence.c.staff_id == member.id))
    end_shift(connection, member.id, now)
    write_journal(connection, member.id, Deed.SWITCHED_OFF, now)
    return Member(member.id, member.name, member.role, False)


def everybody(connection: Connection) -> list[Member]:
    rows = connection.execute(select(staff).order_by(staff.c.name)).mappings()
    return [Member(row["id"], row["name"], Role(row["role"]), row["active"]) for row in rows]


def login_row(connection: Connection, name: str) -> tuple[Member | None, str]:
    """The active member of that name with the password's hash; nobody's hash when there is none."""
    row = connection.execute(select(staff).where(staff.c.name == name.strip(), staff.c.active)).mappings().first()
    if row is None:
        return None, NOBODY
    return Member(row["id"], row["name"], Role(row["role"]), True), row["password"]


def open_session(connection: Connection, member: Member, now: float, stage: Stage = Stage.IN) -> str:
    """A new session; only its hash is stored. The token goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(32)
    values = {"digest": _digest(token), "staff_id": member.id, "began_at": now, "used_at": now}
    connection.execute(insert(sessions).values(**values, stage=stage.value))
    if stage is not Stage.HALF:
        write_journal(connection, member.id, Deed.LOGGED_IN, now)
    return token


def session_member(
    connection: Connection, token: str, now: float, *, idle_seconds: float, longest_seconds: float
) -> tuple[Member, float] | None:
    """Whose session this is and when it was last used; None once it is idle, old, ended, or its owner switched off.

    None as well while it is only half way in.
    """
    query = select(staff, sessions.c.used_at).join(sessions, sessions.c.staff_id == staff.c.id)
    row = (
        connection.execute(
            query.where(
                sessions.c.digest == _digest(token),
                sessions.c.used_at > now - idle_seconds,
                sessions.c.began_at > now - longest_seconds,
                sessions.c.stage == Stage.IN.value,
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
