"""Who is asking: sessions kept on the server, closed by default, and no deed from another site's page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from hotline.console.webauthn import Site
from hotline.store import accounts, devices, staff
from hotline.store.accounts import Session
from hotline.store.staff import Member, Stage
from hotline.store.staffkey import StaffKey
from hotline.store.writer import Tx

NOT_STORED = "Nothing can be stored at the moment. Nothing was lost; try again."

TOUCH_SECONDS = 30.0
"""A session's last use is written at most this often."""

STRANGERS_WAITING = 50
"""Passwords from browsers we do not know that may wait at once; the next is told to try again. About five seconds' work."""


@dataclass(frozen=True, slots=True)
class SessionRules:
    idle_seconds: float
    longest_seconds: float
    secure: bool

    @property
    def cookie(self) -> str:
        return "__Host-staff" if self.secure else "staff"

    @property
    def device_cookie(self) -> str:
        return "__Host-device" if self.secure else "device"


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What accounts stand on: `second` says that a password alone is not enough, `remember` that browsers are known."""

    key: StaffKey
    site: Site
    address: str
    second: bool = True
    remember: bool = True


class Busy(Exception):
    """Too many passwords wait to be looked at."""


@dataclass(slots=True)
class Lanes:
    """Passwords are looked at two at a time: each costs 64 MiB, and whoever guesses must queue.

    One of the two is kept for browsers that have signed in before, so that nobody can hold them up by guessing. No
    account is ever locked.
    """

    known: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    strangers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    waiting: int = 0

    @asynccontextmanager
    async def turn(self, *, known: bool) -> AsyncIterator[None]:
        if known:
            async with self.known:
                yield
            return
        if self.waiting >= STRANGERS_WAITING:
            raise Busy
        self.waiting += 1
        try:
            async with self.strangers:
                yield
        finally:
            self.waiting -= 1


@dataclass(frozen=True, slots=True)
class Visit:
    """A request by a member of staff who is signed in, or half way in."""

    request: Request
    member: Member
    token: str
    stage: Stage = Stage.IN
    began_at: float = 0.0


Handler = Callable[[Visit], Awaitable[Response]]


def token_of(request: Request, rules: SessionRules) -> str:
    return request.cookies.get(rules.cookie, "")


def who(connection: Connection, token: str, rules: SessionRules, now: float) -> tuple[Member, float] | None:
    """The member whose session this is, and when it was last used."""
    if not token:
        return None
    return staff.session_member(
        connection, token, now, idle_seconds=rules.idle_seconds, longest_seconds=rules.longest_seconds
    )


def session_of(connection: Connection, token: str, rules: SessionRules, now: float) -> Session | None:
    """As `who`, and also while it is only half way in."""
    if not token:
        return None
    return accounts.session_of(
        connection, token, now, idle_seconds=rules.idle_seconds, longest_seconds=rules.longest_seconds
    )


def touch(tx: Tx, token: str, now: float) -> None:
    staff.touch_session(tx.connection, token, now)


def sign_in_first() -> Response:
    return RedirectResponse("/staff/login", 303)


def refused_elsewhere() -> Response:
    return PlainTextResponse("This request came from another site's page and was not carried out.\n", 403)


def set_cookie(response: Response, token: str, rules: SessionRules) -> None:
    response.set_cookie(
        rules.cookie,
        token,
        max_age=int(rules.longest_seconds),
        path="/",
        secure=rules.secure,
        httponly=True,
        samesite="strict",
    )


def set_device_cookie(response: Response, token: str, rules: SessionRules) -> None:
    response.set_cookie(
        rules.device_cookie,
        token,
        max_age=int(devices.DEVICE_SECONDS),
        path="/",
        secure=rules.secure,
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response, rules: SessionRules) -> None:
    response.delete_cookie(rules.cookie, path="/", secure=rules.secure, httponly=True, samesite="strict")
