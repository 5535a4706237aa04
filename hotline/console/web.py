"""The console's routes. Thin: parse, ask the desk, render. Everything is closed but the names in OPEN."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hotline.channels import TRAITS
from hotline.console import session
from hotline.console.live import Live, board_table, talk_table
from hotline.console.news import News
from hotline.console.session import SessionRules, Visit
from hotline.desk import work
from hotline.desk.office import Office
from hotline.desk.view import board, responder_talk
from hotline.desk.wording import words_of
from hotline.elsewhere import from_elsewhere
from hotline.plain import number
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.engine import StoreUnavailable
from hotline.store.shelf import READERS
from hotline.store.staff import Deed
from hotline.store.writer import Tx
from hotline.tally import STAFF_CATEGORIES, STAFF_OUTCOMES, Category, Outcome
from hotline.triage.wording import first_of

T = TypeVar("T")
Render = Callable[[str, Mapping[str, Any]], str]

OPEN = frozenset({"/staff/login"})
"""The only addresses of the console that answer somebody who is not signed in."""

TRIES_AT_ONCE = 2
"""Passwords looked at together: each costs 64 MiB, and whoever guesses must queue. Nobody's account is ever locked."""

REFUSED_SECONDS = 0.3

LONGEST_FORM = 64 * 1024
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Console:
    """The console of one hotline. `ring` tells the worker that an answer waits."""

    office: Office
    news: News
    rules: SessionRules
    render: Render
    ring: Callable[[int], None]
    shift_seconds: float
    demo_staff: Mapping[str, str]
    trying: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TRIES_AT_ONCE))

    async def write(self, do: Callable[[Tx], T]) -> T:
        return await asyncio.wrap_future(self.office.writer.submit(do))

    async def read(self, do: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self.office.read, do)

    def page(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        return HTMLResponse(self.render(template, values), status, NO_STORE)

    def trouble(self, visit: Visit | None, sentence: str, status: int) -> Response:
        return self.page(
            "staff/trouble.html", {"member": visit.member if visit else None, "sentence": sentence}, status
        )

    # Signing in and out

    async def login_page(self, request: Request) -> Response:
        return self.page("staff/login.html", {"notice": "", "name": "", "demo_staff": self.demo_staff})

    async def login(self, request: Request) -> Response:
        form = await read_form(request)
        name, password, now = form.get("name", "")[:200], form.get("password", "")[:1000], time.time()
        member, hashed = await self.read(lambda connection: staff.login_row(connection, name))
        async with self.trying:
            fits = await asyncio.to_thread(staff.password_fits, hashed, password)
        if member is None or not fits:
            await asyncio.sleep(REFUSED_SECONDS)
            if member is not None:
                await self.write(lambda tx: staff.write_journal(tx.connection, member.id, Deed.LOGIN_REFUSED, now))
            values = {"notice": "console/login/refused", "name": name, "demo_staff": self.demo_staff}
            return self.page("staff/login.html", values, 403)
        token = await self.write(lambda tx: staff.open_session(tx.connection, member, now))
        response = RedirectResponse("/staff/", 303, NO_STORE)
        session.set_cookie(response, token, self.rules)
        return response

    async def logout(self, visit: Visit) -> Response:
        def end(tx: Tx) -> None:
            staff.close_session(tx.connection, visit.token)
            staff.write_journal(tx.connection, visit.member.id, Deed.LOGGED_OUT, time.time())

        await self.write(end)
        response = RedirectResponse("/staff/login", 303, {**NO_STORE, "Clear-Site-Data": '"cache", "storage"'})
        session.drop_cookie(response, self.rules)
        return response

    # The board

    async def board_page(self, visit: Visit) -> Response:
        return self.page("staff/board.html", {"member": visit.member, "board": await self._board(visit)})

    async def board_json(self, visit: Visit) -> Response:
        return JSONResponse(await self._board(visit), headers=NO_STORE)

    async def _board(self, visit: Visit) -> dict[str, Any]:
        now = time.time()
        seen = await self.read(lambda connection: board(self.office.desk, connection, visit.member.id, now))
        return board_table(seen, visit.member.id)

    async def shift(self, visit: Visit) -> Response:
        form, now = await read_form(visit.request), time.time()
        if form.get("do") == "begin":
            ends_at = now + self.shift_seconds
            await self.write(lambda tx: staff.begin_shift(tx.connection, visit.member.id, now, ends_at))
        elif form.get("do") == "end":
            await self.write(lambda tx: staff.end_shift(tx.connection, visit.member.id, now))
        else:
            raise work.Refused("Say whether the shift begins or ends.")
        return RedirectResponse("/staff/", 303)

    # One contact

    async def contact_page(self, visit: Visit, notice: str = "", draft: str = "", status: int = 200) -> Response:
        contact_id, desk = visit.request.path_params["id"], self.office.desk
        talk = await self.read(lambda connection: responder_talk(desk, connection, contact_id, visit.member.id))
        if talk is None:
            raise work.NotYours
        values = {
            "member": visit.member,
            "contact": talk.contact,
            "talk": talk_table(talk),
            "board": await self._board(visit),
            "categories": STAFF_CATEGORIES,
            "outcomes": STAFF_OUTCOMES,
            "longest": TRAITS[talk.contact.channel].longest,
            "notice": notice,
            "draft": draft,
            "agreed": self._agreed(talk.contact),
        }
        return self.page("staff/contact.html", values, status)

    def _agreed(self, contact: Contact) -> str:
        """The word with which this caller says that it is safe; empty if none was agreed."""
        code = contact.conversation.code
        words = words_of(self.office.desk, contact.conversation)
        return first_of(words, f"code/{code}/safe").upper() if code else ""

    async def languages_page(self, visit: Visit) -> Response:
        """Which languages are offered, and who has read their words."""
        shelf = self.office.desk.shelf
        rows = [{"tag": tag, "offered": tag in shelf.words, "review": review} for tag, review in shelf.reviews.items()]
        return self.page("staff/languages.html", {"member": visit.member, "rows": rows, "readers": READERS})

    async def claim(self, visit: Visit) -> Response:
        contact_id, now = visit.request.path_params["id"], time.time()
        await self.write(lambda tx: work.claim(self.office.desk, tx, contact_id, visit.member.id, now))
        return RedirectResponse(f"/staff/contacts/{contact_id}", 303)

    async def release(self, visit: Visit) -> Response:
        contact_id, now = visit.request.path_params["id"], time.time()
        await self.write(lambda tx: work.release(self.office.desk, tx, contact_id, visit.member.id, now))
        return RedirectResponse("/staff/", 303)

    async def answer(self, visit: Visit) -> Response:
        form, now = await read_form(visit.request), time.time()
        contact_id, text = visit.request.path_params["id"], form.get("text", "").replace("\0", "")
        fence = number(form.get("fence", ""))
        desk, staff_id = self.office.desk, visit.member.id
        try:
            waiting = await self.write(lambda tx: work.answer(desk, tx, contact_id, staff_id, text, now, fence=fence))
        except work.Refused as refusal:
            return await self.contact_page(visit, str(refusal), text, 400)
        if waiting is not None:
            await asyncio.to_thread(self.ring, waiting)
        return RedirectResponse(f"/staff/contacts/{contact_id}", 303)

    async def close(self, visit: Visit) -> Response:
        form, now = await read_form(visit.request), time.time()
        contact_id, desk, staff_id = visit.request.path_params["id"], self.office.desk, visit.member.id
        try:
            category, outcome = Category(form.get("category", "")), Outcome(form.get("outcome", ""))
            even_unsent = form.get("even_unsent") == "1"
            await self.write(
                lambda tx: work.close(desk, tx, contact_id, staff_id, category, outcome, now, even_unsent=even_unsent)
            )
        except ValueError:
            return await self.contact_page(visit, "Choose what it was about and how it ended from the lists.", "", 400)
        except work.Refused as refusal:
            return await self.contact_page(visit, str(refusal), "", 400)
        return self.page("staff/closed.html", {"member": visit.member})


async def read_form(request: Request) -> dict[str, str]:
    """A posted form of bounded size; Refused when it is not one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise work.Refused("The form is too long.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise work.Refused("The form is not in UTF-8.") from None
    if len(dict(pairs)) != len(pairs):
        raise work.Refused("A field of the form stands there twice.")
    return dict(pairs)


def routes(console: Console) -> list[BaseRoute]:
    """Every address of the console, each behind the one guard."""
    one = "/staff/contacts/{id}"
    table: list[tuple[str, str, Callable[[Any], Awaitable[Response]]]] = [
        ("/staff/login", "GET", console.login_page),
        ("/staff/login", "POST", console.login),
        ("/staff/logout", "POST", console.logout),
        ("/staff/", "GET", console.board_page),
        ("/staff/board.json", "GET", console.board_json),
        ("/staff/languages", "GET", console.languages_page),
        ("/staff/shift", "POST", console.shift),
        (one, "GET", console.contact_page),
        (f"{one}/claim", "POST", console.claim),
        (f"{one}/answer", "POST", console.answer),
        (f"{one}/release", "POST", console.release),
        (f"{one}/close", "POST", console.close),
    ]
    found: list[BaseRoute] = [
        Route(path, _guarded(console, path, handler), methods=[method]) for path, method, handler in table
    ]
    live = Live(console.office, console.news, console.rules)
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
            visit = await _visit(console, request)
            return await handler(visit) if visit else session.sign_in_first()
        except work.NotYours as refusal:
            return console.trouble(visit, str(refusal), 404)
        except work.Refused as refusal:
            return console.trouble(visit, str(refusal), 400)
        except StoreUnavailable:
            return console.trouble(visit, "Nothing can be stored at the moment. Nothing was lost; try again.", 503)

    return guarded


async def _visit(console: Console, request: Request) -> Visit | None:
    token, now = session.token_of(request, console.rules), time.time()
    found = await console.read(lambda connection: session.who(connection, token, console.rules, now))
    if found is None:
        return None
    member, used_at = found
    if now - used_at > session.TOUCH_SECONDS:
        await console.write(lambda tx: session.touch(tx, token, now))
    return Visit(request, member, token)
