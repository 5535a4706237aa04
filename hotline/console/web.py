"""The console's routes. Thin: parse, ask the desk, render. Closed by default: who may open what stands in roles.py."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hotline.console import (
    account,
    contact,
    crowd,
    drill,
    invited,
    people,
    phrases,
    presence,
    reach,
    roster,
    session,
    signin,
    supervise,
    transfer,
)
from hotline.console.board import board_table
from hotline.console.forms import read_form
from hotline.console.live import Live
from hotline.console.news import News
from hotline.console.picture import Pictures
from hotline.console.presence import Presence
from hotline.console.roles import AT_ONCE, HOME, NEXT, OPEN, UNATTENDED, far_enough, may
from hotline.console.session import AccountRules, Lanes, SessionRules, Visit
from hotline.desk import work
from hotline.desk.alarm import Sender
from hotline.desk.office import Office
from hotline.desk.roster import leave
from hotline.elsewhere import from_elsewhere
from hotline.store import staff
from hotline.store.engine import StoreUnavailable
from hotline.store.keys import KeyGone
from hotline.store.phrasebook import Phrasebook
from hotline.store.shelf import READERS
from hotline.store.staff import Role
from hotline.store.writer import Tx

T = TypeVar("T")
Render = Callable[[str, Mapping[str, Any]], str]

NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Console:
    """The console of one hotline. `ring` tells the worker that an answer waits; `ways` are the channels it is reached by."""

    office: Office
    news: News
    rules: SessionRules
    render: Render
    ring: Callable[[int], None]
    shift_seconds: float
    demo_staff: Mapping[str, str]
    accounts: AccountRules
    pictures: Pictures
    phrasebook: Phrasebook
    ways: Sequence[str] = ()
    lanes: Lanes = field(default_factory=Lanes)
    alerts: Sender | None = None
    drill: Callable[[], Mapping[str, Any]] | None = None
    presence: Presence = field(default_factory=Presence)

    async def write(self, do: Callable[[Tx], T]) -> T:
        return await asyncio.wrap_future(self.office.writer.submit(do))

    async def read(self, do: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self.office.read, do)

    def page(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        member = values.get("member")
        home = HOME[member.role] if member else "/staff/"
        return HTMLResponse(self.render(template, {"home": home, **values}), status, NO_STORE)

    def trouble(self, visit: Visit | None, sentence: str, status: int) -> Response:
        return self.page(
            "staff/trouble.html", {"member": visit.member if visit else None, "sentence": sentence}, status
        )

    # The board

    async def board_page(self, visit: Visit) -> Response:
        return self.page("staff/board.html", {"member": visit.member, "board": await self.board_table(visit)})

    async def board_json(self, visit: Visit) -> Response:
        return JSONResponse(await self.board_table(visit), headers=NO_STORE)

    async def board_table(self, visit: Visit) -> dict[str, Any]:
        seen = (await self.pictures.now()).board(visit.member.id)
        late = await self.pictures.overdue() if visit.member.role is Role.ADMINISTRATOR else 0
        return board_table(seen, visit.member.id, late)

    async def shift(self, visit: Visit) -> Response:
        form, now = await read_form(visit.request), time.time()
        if form.get("do") == "begin":
            ends_at = now + self.shift_seconds
            await self.write(lambda tx: staff.begin_shift(tx.connection, visit.member.id, now, ends_at))
        elif form.get("do") == "end":
            await self.write(lambda tx: leave(tx, visit.member.id, now))
        else:
            raise work.Refused("Say whether the shift begins or ends.")
        return RedirectResponse("/staff/", 303)

    async def contact_page(
        self, visit: Visit, notice: str = "", draft: str = "", status: int = 200, **more: Any
    ) -> Response:
        return await contact.page(self, visit, notice, draft, status, **more)

    async def languages_page(self, visit: Visit) -> Response:
        """Which languages are offered, and who has read their words."""
        shelf = self.office.desk.shelf
        rows = [{"tag": tag, "offered": tag in shelf.words, "review": review} for tag, review in shelf.reviews.items()]
        return self.page("staff/languages.html", {"member": visit.member, "rows": rows, "readers": READERS})


Row = tuple[str, str, Callable[[Any], Awaitable[Response]]]


def _account_routes(console: Console) -> list[Row]:
    """Coming in and going out, one's own account, and everybody's for administrators."""
    mine, everybodys, link = "/staff/account", "/staff/people", "/staff/invited/{key}"
    table: list[tuple[str, str, Callable[[Console, Any], Awaitable[Response]]]] = [
        ("/staff/login", "GET", signin.login_page),
        ("/staff/login", "POST", signin.login),
        ("/staff/login/passkey/options", "POST", signin.passkey_options),
        ("/staff/login/passkey", "POST", signin.passkey),
        ("/staff/second", "GET", signin.second_page),
        ("/staff/second", "POST", signin.second),
        ("/staff/logout", "POST", signin.logout),
        (link, "GET", invited.invited_page),
        (link, "POST", invited.take_invitation),
        (f"{link}/options", "POST", invited.invited_options),
        (f"{link}/passkey", "POST", invited.take_invitation_by_passkey),
        (mine, "GET", account.page),
        (f"{mine}/password", "POST", account.change_password),
        (f"{mine}/app", "POST", account.begin_app),
        (f"{mine}/app/confirm", "POST", account.confirm_app),
        (f"{mine}/app/remove", "POST", account.remove_app),
        (f"{mine}/recovery", "POST", account.new_recovery),
        (f"{mine}/everywhere", "POST", account.everywhere),
        (f"{mine}/passkeys/options", "POST", account.add_options),
        (f"{mine}/passkeys", "POST", account.add_passkey),
        (f"{mine}/passkeys/remove", "POST", account.remove_passkey),
        (everybodys, "GET", people.page),
        (f"{everybodys}/invite", "POST", people.invite),
        (f"{everybodys}/off", "POST", people.off),
        (f"{everybodys}/reset", "POST", people.reset),
    ]
    return [(path, method, partial(handler, console)) for path, method, handler in table]


def routes(console: Console, more: Sequence[Row] = ()) -> list[BaseRoute]:
    """Every address of the console, each behind the one guard. `more`: those of rooms outside hotline."""
    one = "/staff/contacts/{id}"
    table: list[Row] = [
        *_account_routes(console),
        ("/staff/", "GET", console.board_page),
        ("/staff/board.json", "GET", console.board_json),
        ("/staff/languages", "GET", console.languages_page),
        ("/staff/drill", "GET", partial(drill.page, console)),
        ("/staff/shift", "POST", console.shift),
        ("/staff/alike", "POST", partial(crowd.close_alike, console)),
        (f"{one}/phrase", "POST", partial(phrases.send, console)),
        (f"{one}/describe", "POST", partial(crowd.describe, console)),
        (f"{one}/lane", "POST", partial(crowd.set_lane, console)),
        *contact.table(console),
        *presence.table(console),
        *reach.table(console),
        *roster.table(console),
        *transfer.table(console),
        *supervise.table(console),
        *more,
    ]
    found: list[BaseRoute] = [
        Route(path, _guarded(console, path, handler), methods=[method]) for path, method, handler in table
    ]
    live = Live(console.office, console.news, console.pictures, console.rules)
    return [*found, Route("/staff/events", live, methods=["GET"])]


def _guarded(
    console: Console, path: str, handler: Callable[[Any], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Signed in, active, and not sent by another site's page; then the handler, with its refusals told in words."""

    async def guarded(request: Request) -> Response:
        visit: Visit | None = None
        try:
            if request.method == "POST" and from_elsewhere(request.headers):
                return session.refused_elsewhere()
            if path in OPEN:
                return await handler(request)
            visit = await _visit(console, request, awake=path not in UNATTENDED | AT_ONCE)
            if visit is None:
                return session.sign_in_first()
            if not far_enough(visit.stage, path):
                return RedirectResponse(NEXT.get(visit.stage, "/staff/"), 303, NO_STORE)
            if not may(visit.member.role, path):
                return console.trouble(visit, "Your role does not open this page.", 403)
            return await handler(visit)
        except work.NotYours as refusal:
            return console.trouble(visit, str(refusal), 404)
        except work.Refused as refusal:
            return console.trouble(visit, str(refusal), 400)
        except StoreUnavailable:
            return console.trouble(visit, session.NOT_STORED, 503)
        except KeyGone:  # destroyed, or sealed anew, between two looks
            return console.trouble(visit, str(work.NotYours()), 404)

    return guarded


async def _visit(console: Console, request: Request, *, awake: bool) -> Visit | None:
    """Who asks. `awake`: this is a sign that they are at work, and their session goes on."""
    token, now = session.token_of(request, console.rules), time.time()
    found = await console.read(lambda connection: session.session_of(connection, token, console.rules, now))
    if found is None:
        return None
    if awake and now - found.used_at > session.TOUCH_SECONDS:
        with suppress(StoreUnavailable):  # what they ask for says so itself, and keeps what they have typed
            await console.write(lambda tx: session.touch(tx, token, now))
    return Visit(request, found.member, token, found.stage, found.began_at)
