"""Who is asking: sessions kept on the server, closed by default, and no deed from another site's page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from hotline.store import staff
from hotline.store.staff import Member
from hotline.store.writer import Tx

TOUCH_SECONDS = 30.0
"""A session's last use is written at most this often."""


@dataclass(frozen=True, slots=True)
class SessionRules:
    idle_seconds: float
    longest_seconds: float
    secure: bool

    @property
    def cookie(self) -> str:
        return "__Host-staff" if self.secure else "staff"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request by a member of staff who is signed in."""

    request: Request
    member: Member
    token: str


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


def drop_cookie(response: Response, rules: SessionRules) -> None:
    response.delete_cookie(rules.cookie, path="/", secure=rules.secure, httponly=True, samesite="strict")
