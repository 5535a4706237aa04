"""The live side of the console: the board and one conversation as server-sent events, straight over ASGI.

A talk goes out as soon as it has changed, apart from the board, which has a pace of its own.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from hotline.console.lookout import Lookout
from hotline.console.marks import LOOK_SECONDS, Marks
from hotline.console.news import News
from hotline.console.picture import Pictures
from hotline.console.roles import may
from hotline.console.session import SessionRules, token_of, who
from hotline.console.talk import talk_table
from hotline.desk.office import Office
from hotline.desk.supervise import overheard
from hotline.desk.view import responder_talk
from hotline.desk.watch import Mark
from hotline.store.engine import StoreUnavailable
from hotline.store.staff import Member, Role

QUIET_SECONDS = 5.0
"""Without news, the session is looked at again this often, and so is a talk: somebody switched off is out within it."""

BEAT_SECONDS = 4.0
"""So often the page is asked whether somebody has it open, whatever else is going on."""

RETRY = "retry: 1000\n\n"
"""A page that lost its line tries again after a second: whoever stays away for ten is taken to be gone."""

TALK, READ = "talk", "read"
_ID = re.compile("[0-9a-f]{32}")


class Seat(NamedTuple):
    """Who watches: None once the session is over. `number`: of the news, before it was looked up."""

    number: int
    at: float
    member: Member | None


_NOBODY = Seat(-1, -LOOK_SECONDS, None)


class Live:
    """An ASGI endpoint: `?contact=ID` adds one conversation to the board."""

    def __init__(self, office: Office, news: News, pictures: Pictures, rules: SessionRules) -> None:
        self._office = office
        self._news = news
        self._pictures = pictures
        self._rules = rules
        self._lookout = Lookout(office.engine)
        self._marks = Marks(self._lookout, news)
        office.desk.ring.when_destroyed(self._marks.forget)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, tasks = Request(scope, receive), [asyncio.create_task(_gone(receive))]
        request.state.seat = _NOBODY
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            await _send(send, RETRY)
            async with self._news, self._lookout, self._pictures.lookout:
                await self._watched(request, send, tasks)
            await send({"type": "http.response.body", "body": b""})
        except OSError:
            return
        finally:
            for task in tasks:
                task.cancel()

    async def _watched(self, request: Request, send: Send, tasks: list[asyncio.Task[None]]) -> None:
        """Until the page is gone or the session over."""
        seen = self._news.number
        text = await self._picture(request, seen)
        if text is None:
            await _send(send, "event: out\ndata: {}\n\n")
            return
        await _send(send, text)
        going = [self._boards(request, send, seen, text), _beats(send), *self._talks(request, send)]
        tasks += [asyncio.create_task(one) for one in going]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _boards(self, request: Request, send: Send, seen: int, before: str) -> None:
        """The board whenever it changes, until the session is over."""
        while True:
            late = request.state.seat.number < seen
            seen = await self._news.wait(seen, min(LOOK_SECONDS, QUIET_SECONDS) if late else QUIET_SECONDS)
            text = await self._picture(request, seen)
            if text is None:
                await _send(send, "event: out\ndata: {}\n\n")
                return
            await _send(send, text if text != before else ": still here\n\n")
            before = text

    async def _picture(self, request: Request, number: int) -> str | None:
        """What this member may see, no older than that number of the news; None when the session is over."""
        try:
            member = await self._seated(request)
            if member is None:
                return None
            late = await self._pictures.overdue() if member.role is Role.ADMINISTRATOR else 0
            board = (await self._pictures.since(number)).text(member.id, late)
            text = f"event: board\ndata: {board}\n\n"
            if request.query_params.get("shift") and may(member.role, "/staff/supervise"):
                text += f"event: shift\ndata: {json.dumps(await self._pictures.load.since(number))}\n\n"
        except StoreUnavailable:
            return "event: trouble\ndata: {}\n\n"
        return text

    def _talks(self, request: Request, send: Send) -> list[Coroutine[Any, Any, None]]:
        """`?contact=ID`: one's own. `?read=ID`: a contact that this member reads along in."""
        asked = ((TALK, request.query_params.get("contact")), (READ, request.query_params.get("read")))
        return [self._follow(request, send, event, one) for event, one in asked if one]

    async def _follow(self, request: Request, send: Send, event: str, contact_id: str) -> None:
        """One talk, at once when it has changed; and now and then, since some of it changes by the clock."""
        mark: Mark | None = None
        before, contact_id = "", contact_id if _ID.fullmatch(contact_id) else ""
        with self._marks.watching(contact_id):
            while True:
                try:
                    mark = await self._marks.changed(contact_id, mark, QUIET_SECONDS)
                    member = await self._seated(request)
                    text = await self._lookout.read(partial(self._talk, event, contact_id, member))
                except StoreUnavailable:
                    mark = None
                    await asyncio.sleep(LOOK_SECONDS)
                    continue
                if text != before:
                    await _send(send, f"event: {event}\ndata: {text}\n\n")
                before = text

    def _talk(self, event: str, contact_id: str, member: Member | None, connection: Connection) -> str:
        desk, now, talk = self._office.desk, time.time(), None
        if member is not None and event == TALK:
            talk = responder_talk(desk, connection, contact_id, member.id)
        elif member is not None:
            talk = overheard(desk, connection, contact_id, member, now)
        return json.dumps(talk_table(talk, now))

    async def _seated(self, request: Request) -> Member | None:
        """Who watches, looked up once a second at most."""
        seat: Seat = request.state.seat
        if time.monotonic() - seat.at >= LOOK_SECONDS:
            number = self._news.number
            member = await self._lookout.run(partial(self._member, request))
            seat = request.state.seat = Seat(number, time.monotonic(), member)
        return seat.member

    def _member(self, request: Request) -> Member | None:
        token, now = token_of(request, self._rules), time.time()
        found = self._lookout.take(lambda connection: who(connection, token, self._rules, now))
        return found[0] if found and may(found[0].role, "/staff/events") else None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _beats(send: Send) -> None:
    """A page with scripts answers each of these. That it could be sent says nothing: a pulled plug takes minutes to show."""
    try:
        while True:
            await _send(send, "event: beat\ndata: {}\n\n")
            await asyncio.sleep(BEAT_SECONDS)
    except OSError:
        return


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
