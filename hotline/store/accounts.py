"""How staff prove who they are beside a password: codes of an app, recovery codes, invitations; and their sessions."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, update

from hotline import totp
from hotline.store.schema import devices, invitations, passkeys, presence, recovery, sessions, staff, totps
from hotline.store.staff import (
    NOBODY,
    Deed,
    Member,
    Role,
    StaffError,
    Stage,
    check_name,
    found,
    insert_member,
    write_journal,
)
from hotline.store.staffkey import StaffKey

RECOVERY_CODES = 10
INVITATION_SECONDS = 48 * 3600.0
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has not ended, wherever it stands."""

    member: Member
    began_at: float
    used_at: float
    stage: Stage


@dataclass(frozen=True, slots=True)
class Factors:
    """What a member can prove themselves with."""

    password: bool
    app: bool
    passkeys: int
    recovery: int

    @property
    def second(self) -> bool:
        """Whether a password alone is not enough for this account."""
        return self.app or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Tried:
    """Whether a code was taken; if it was not even looked at, how many seconds to wait."""

    taken: bool
    wait: float = 0.0


def session_of(
    connection: Connection, token: str, now: float, *, idle_seconds: float, longest_seconds: float
) -> Session | None:
    """The session of this token, also one that is only half way in; None once it is idle, old or ended."""
    query = select(staff, sessions.c.began_at, sessions.c.used_at, sessions.c.stage)
    row = (
        connection.execute(
            query.join(sessions, sessions.c.staff_id == staff.c.id).where(
                sessions.c.digest == digest(token, b"session"),
                sessions.c.used_at > now - idle_seconds,
                sessions.c.began_at > now - longest_seconds,
                staff.c.active,
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    member = Member(row["id"], row["name"], Role(row["role"]), True)
    return Session(member, row["began_at"], row["used_at"], Stage(row["stage"]))


def sessions_of(connection: Connection, staff_id: int, began_after: float) -> int:
    query = select(func.count()).where(sessions.c.staff_id == staff_id, sessions.c.began_at > began_after)
    return connection.execute(query).scalar_one()


def still_in(connection: Connection, staff_id: int, now: float, *, idle_seconds: float, longest_seconds: float) -> bool:
    """Whether this member has a session left that can be worked in."""
    alive = (
        sessions.c.staff_id == staff_id,
        sessions.c.stage == Stage.IN.value,
        sessions.c.used_at > now - idle_seconds,
        sessions.c.began_at > now - longest_seconds,
    )
    return connection.execute(select(sessions.c.staff_id).where(*alive)).first() is not None


def end_sessions(connection: Connection, staff_id: int, *, but: str = "") -> None:
    """Every session of this member is over, except one that may be kept."""
    kept = digest(but, b"session")
    connection.execute(delete(sessions).where(sessions.c.staff_id == staff_id, sessions.c.digest != kept))


def sign_out_everywhere(connection: Connection, staff_id: int, now: float) -> None:
    """No session is left, and no device is known any more."""
    end_sessions(connection, staff_id)
    connection.execute(delete(devices).where(devices.c.staff_id == staff_id))
    write_journal(connection, staff_id, Deed.LOGGED_OUT_EVERYWHERE, now)


def active_member(connection: Connection, staff_id: int) -> Member | None:
    row = connection.execute(select(staff).where(staff.c.id == staff_id, staff.c.active)).mappings().first()
    return Member(row["id"], row["name"], Role(row["role"]), True) if row is not None else None


def factors_of(connection: Connection, staff_id: int) -> Factors:
    def count(table: Table, *also: ColumnElement[bool]) -> int:
        query = select(func.count()).where(table.c.staff_id == staff_id, *also)
        return connection.execute(query).scalar_one()

    hashed = connection.execute(select(staff.c.password).where(staff.c.id == staff_id)).scalar_one()
    return Factors(hashed != NOBODY, count(totps, totps.c.confirmed) > 0, count(passkeys), count(recovery))


def set_password(connection: Connection, staff_id: int, hashed: str, now: float, *, keep: str = "") -> None:
    """Another password; what was signed in with the old one is signed out, except the session that changed it."""
    connection.execute(update(staff).where(staff.c.id == staff_id).values(password=hashed))
    end_sessions(connection, staff_id, but=keep)
    write_journal(connection, staff_id, Deed.PASSWORD_CHANGED, now)


# Codes of an app


def begin_app(connection: Connection, staff_id: int, sealed: bytes) -> None:
    """A new secret, which counts only once a code of it has been typed. One that counts already is kept until then."""
    values = {"sealed": sealed, "confirmed": False, "last_step": 0, "failed": 0, "failed_at": 0.0}
    if connection.execute(select(totps.c.confirmed).where(totps.c.staff_id == staff_id)).scalar():
        raise StaffError("There is an authenticator app already: remove it first.")
    connection.execute(delete(totps).where(totps.c.staff_id == staff_id))
    connection.execute(insert(totps).values(staff_id=staff_id, **values))


def take_code(
    connection: Connection,
    staff_id: int,
    code: str,
    now: float,
    key: StaffKey,
    code_at: Callable[[str, int], str],
    *,
    confirming: bool = False,
    known: bool = False,
) -> Tried:
    """Take a code of the app, each at most once. `known`: from a device that was signed in before, which never waits.

    Row, look and new last step are one transaction: of fifty who bring the same code, one is let in.
    """
    row = (
        connection.execute(
            select(totps).where(totps.c.staff_id == staff_id, totps.c.confirmed.is_(not confirming)).with_for_update()
        )
        .mappings()
        .first()
    )
    secret = key.open(staff_id, row["sealed"]) if row is not None else None
    if row is None or secret is None:
        return Tried(False)
    wait = row["failed_at"] + totp.wait_after(row["failed"]) - now
    if 0 < wait <= totp.LONGEST_WAIT and not known:  # a clock set back must not keep anybody out
        return Tried(False, wait)
    step = totp.step_of(code, now, lambda step: code_at(secret, step))
    if step is None or not _steps_on(connection, staff_id, step):
        values = {"failed": row["failed"] + 1, "failed_at": now}
        connection.execute(update(totps).where(totps.c.staff_id == staff_id).values(**values))
        write_journal(connection, staff_id, Deed.SECOND_REFUSED, now)
        return Tried(False)
    if confirming:
        write_journal(connection, staff_id, Deed.APP_ADDED, now)
    return Tried(True)


def _steps_on(connection: Connection, staff_id: int, step: int) -> bool:
    """Whether this step is newer than the last one taken; it is the last one then."""
    taken = connection.execute(
        update(totps)
        .where(totps.c.staff_id == staff_id, totps.c.last_step < step)
        .values(last_step=step, failed=0, confirmed=True)
    )
    return taken.rowcount == 1


def remove_app(connection: Connection, staff_id: int, now: float) -> None:
    if connection.execute(delete(totps).where(totps.c.staff_id == staff_id)).rowcount:
        write_journal(connection, staff_id, Deed.APP_REMOVED, now)


def reset_factors(connection: Connection, name: str, now: float) -> tuple[Member, str]:
    """App, passkeys, recovery codes and known devices are gone, and everything is signed out; the password stays.

    Without a password nobody could come in then, so that an invitation is made: its secret, or nothing.
    """
    member = found(connection, name)
    has_password = factors_of(connection, member.id).password
    for table in (totps, passkeys, recovery, devices, sessions, presence):
        connection.execute(delete(table).where(table.c.staff_id == member.id))
    write_journal(connection, member.id, Deed.FACTORS_RESET, now)
    if has_password or not member.active:
        return member, ""
    return invite(connection, name, member.role, now)


# Recovery codes


def make_recovery(connection: Connection, staff_id: int, now: float) -> list[str]:
    """Ten new codes, to be shown once; the old ones are worth nothing. Only their hashes are kept."""
    codes = [
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)
    ]
    connection.execute(delete(recovery).where(recovery.c.staff_id == staff_id))
    rows = [{"digest": _recovery_digest(staff_id, code), "staff_id": staff_id} for code in codes]
    connection.execute(insert(recovery), rows)
    write_journal(connection, staff_id, Deed.RECOVERY_MADE, now)
    return codes


def use_recovery(connection: Connection, staff_id: int, code: str, now: float) -> bool:
    """Whether this was an unused code of this member; it is used now."""
    gone = connection.execute(
        delete(recovery).where(recovery.c.digest == _recovery_digest(staff_id, code), recovery.c.staff_id == staff_id)
    ).rowcount
    write_journal(connection, staff_id, Deed.RECOVERY_USED if gone else Deed.SECOND_REFUSED, now)
    return bool(gone)


def _recovery_digest(staff_id: int, code: str) -> bytes:
    signs = "".join(sign for sign in code.lower() if sign in _SIGNS)
    return digest(f"{staff_id}/{signs}", b"recovery")


# Invitations


def invite(connection: Connection, name: str, role: Role, now: float) -> tuple[Member, str]:
    """A link's secret for this name, whose account is made if there is none. An older link is worth nothing."""
    row = connection.execute(select(staff).where(staff.c.name == name.strip())).mappings().first()
    if row is None:
        check_name(connection, name)
        member = insert_member(connection, name, role, NOBODY)
    elif not row["active"]:
        raise StaffError(f"{row['name']} is switched off: a name is used once, so choose another.")
    else:
        member = Member(row["id"], row["name"], Role(row["role"]), True)
    token = secrets.token_urlsafe(32)
    connection.execute(delete(invitations).where(invitations.c.staff_id == member.id))
    values = {"digest": digest(token, b"invitation"), "staff_id": member.id, "until": now + INVITATION_SECONDS}
    connection.execute(insert(invitations).values(**values))
    write_journal(connection, member.id, Deed.INVITED, now)
    return member, token


def invited(connection: Connection, token: str, now: float) -> Member | None:
    """Whom this link invites, while it holds."""
    query = select(staff).join(invitations, invitations.c.staff_id == staff.c.id)
    holds = (invitations.c.digest == digest(token, b"invitation"), invitations.c.until > now, staff.c.active)
    row = connection.execute(query.where(*holds)).mappings().first()
    return Member(row["id"], row["name"], Role(row["role"]), True) if row is not None else None


def take_invitation(connection: Connection, token: str, now: float) -> Member | None:
    """As `invited`, and the link is used up: one of those who open it at once gets in."""
    member = invited(connection, token, now)
    gone = connection.execute(delete(invitations).where(invitations.c.digest == digest(token, b"invitation")))
    if member is None or gone.rowcount != 1:
        return None
    write_journal(connection, member.id, Deed.INVITATION_TAKEN, now)
    return member


def digest(token: str, purpose: bytes) -> bytes:
    return hashlib.blake2b(token.encode(), digest_size=32, person=purpose).digest()
