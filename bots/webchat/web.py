"""The chat page: each post is one turn and answers with the whole page, or with a table for the page's own script.

Forms go to `/`, so that the address of a talk is the name of the host and nothing more.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bots.contract import Refused
from bots.turns import Bridge, answered, turn
from bots.web import RETRY_SECONDS, bounded_body
from bots.webchat.form import LONGEST_FORM, LONGEST_WEB_TEXT, Post, read_post
from bots.webchat.live import STREAMS_AT_MOST, Glance, Hub, Stream, Watch
from bots.webchat.padding import padded_page, padded_table
from bots.webchat.tries import Tries
from bots.webchat.view import View, said
from hotline.contact import Channel, State
from hotline.desk import comeback
from hotline.desk.receive import Reply
from hotline.desk.view import Talk, caller_talk
from hotline.desk.watch import height
from hotline.elsewhere import from_elsewhere
from hotline.events import Event, Log
from hotline.message import Outgoing
from hotline.store import codes
from hotline.store.engine import StoreUnavailable
from hotline.triage.conversation import Word

NO_STORE = {"Cache-Control": "no-store, no-transform"}
JSON, EVENTS = "application/json", "text/event-stream"

Render = Callable[[str, str, Mapping[str, Any]], str]
"""Renders (template, language, values) to a page."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How this hotline's chat behaves. `name`: the title of every page, which the browser's history keeps."""

    exit_url: str
    name: str
    return_days: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One post, in the language of its page. `script`: the page's own script asks, and wants a table."""

    post: Post
    language: str
    script: bool


class WebChat:
    """The chat page of every offered language."""

    def __init__(
        self, bridge: Bridge, log: Log, render: Render, manner: Manner, code_book: codes.Codes, watch: Watch
    ) -> None:
        self._bridge = bridge
        self._desk = bridge.office.desk
        self._log = log
        self._render = render
        self._manner = manner
        self._tries = Tries(code_book)
        self._hub = Hub(bridge, watch)

    async def page(self, request: Request) -> Response:
        """GET shows what is kept before anything is written; POST is one turn."""
        language = request.path_params.get("lang", self._desk.default_language)
        if language not in self._desk.shelf.offered:
            return self._error(404, self._desk.default_language)
        if request.method != "POST":
            return self._before(language)
        accepts = request.headers.get("accept", "")
        script = JSON in accepts or EVENTS in accepts
        try:
            post = read_post(await bounded_body(request, LONGEST_FORM), request.headers.get("content-type", ""))
            if "lang" not in request.path_params and post.language in self._desk.shelf.offered:
                language = post.language
            # To be shown the first page changes nothing, and a page that sends no referrer sends no origin either.
            if post.do != "before" and from_elsewhere(request.headers):
                raise Refused(403, "This message came from another site's page and was not taken.")
            return await self._posted(Asked(post, language, script))
        except Refused as refusal:
            self._log.record(Event.WEBHOOK_REFUSED, channel=Channel.WEBCHAT, status=refusal.status)
            return self._error(refusal.status, language, refusal.sentence, script=script)
        except StoreUnavailable as fault:
            self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
            return self._error(503, language, script=script)
        except ClientDisconnect:
            return PlainTextResponse("", 400)

    async def _posted(self, asked: Asked) -> Response:
        post = asked.post
        if post.do == "before":
            return self._before(asked.language)
        if post.do == "begin":
            post = Post("begin", secrets.token_urlsafe(24), secrets.token_urlsafe(16))
            return await self._turned(replace(asked, post=post))
        if post.do == "return":
            return await self._returned(asked)
        talk = await self._talk(post)
        if talk is None:
            # Only a page of ours draws a token: one that somebody else made up must not open a talk they could read.
            return self._gone() if post.do == "leave" else await self._shown(asked, ended=post.do == "delete")
        if post.do == "leave":
            return await self._left(asked)
        if post.do == "live":
            return self._live(asked)
        if post.do == "hide":
            asked = replace(asked, post=replace(post, shown=str(talk.contact.next_line)))
        elif post.do == "show":
            asked = replace(asked, post=replace(post, shown="all"))
        deeds: dict[str, Callable[[Asked], Awaitable[Response]]] = {
            "delete": self._deleted,
            "code": self._code_given,
            "send": self._sent,
        }
        return await deeds.get(post.do, self._shown)(asked)

    async def _sent(self, asked: Asked) -> Response:
        post = asked.post
        if not post.text.strip() and post.choice is None:
            return await self._shown(asked, notice="chat/empty")
        if len(post.text) > LONGEST_WEB_TEXT:
            return await self._shown(asked, notice="chat/long", draft=post.text)
        return await self._turned(asked)

    async def _turned(self, asked: Asked) -> Response:
        reply = await turn(self._bridge, self._log, asked.post.incoming(asked.language, asked.post.text))
        return await self._shown(asked, reply)

    async def _forgotten(self, asked: Asked) -> Reply:
        # A fresh id: the wish to be forgotten counts whatever page it comes from, and however often.
        once, wish = secrets.token_urlsafe(16), f"word {Word.DELETE.value}"
        post = Post("delete", asked.post.token, once, "", wish)
        return await turn(self._bridge, self._log, post.incoming(asked.language, ""))

    async def _deleted(self, asked: Asked) -> Response:
        return await self._shown(asked, await self._forgotten(asked), ended=True)

    async def _left(self, asked: Asked) -> Response:
        desk, token = self._desk, asked.post.token
        if not await self._bridge.write(lambda tx: comeback.part(desk, tx, token, time.time())):
            await self._forgotten(asked)
        return self._gone()

    async def _code_given(self, asked: Asked) -> Response:
        """A code for this talk, once. The one before opens nothing any more."""
        desk, token, days = self._desk, asked.post.token, self._manner.return_days
        code = codes.draw()
        digest = await self._tries.digest(code)
        if digest is None:
            return await self._shown(asked, notice="chat/code_busy")
        given = await self._bridge.write(lambda tx: comeback.give(desk, tx, token, digest, time.time(), days))
        return await self._shown(asked, code=code if given else "")

    async def _returned(self, asked: Asked) -> Response:
        typed = codes.digits(asked.post.code) if self._manner.return_days else None
        if typed is None:
            return self._before(asked.language, "chat/code_wrong", script=asked.script)
        digest = await self._tries.digest(typed)
        if digest is None:
            return self._before(asked.language, "chat/code_busy", 503, script=asked.script)
        desk, token = self._desk, secrets.token_urlsafe(24)
        contact = await self._bridge.write(lambda tx: comeback.come_back(desk, tx, digest, token, time.time()))
        if contact is None:
            return self._before(asked.language, "chat/code_wrong", script=asked.script)
        post = Post("return", token, secrets.token_urlsafe(16), shown=str(contact.next_line))
        return await self._shown(replace(asked, post=post))

    async def _talk(self, post: Post) -> Talk | None:
        desk = self._desk
        return await self._bridge.read(
            lambda connection: caller_talk(desk, connection, Channel.WEBCHAT, post.token, time.time())
        )

    def _live(self, asked: Asked) -> Response:
        if self._hub.streams >= STREAMS_AT_MOST:
            return self._error(503, asked.language, script=True)

        async def look(after: int) -> Glance:
            talk = await self._talk(asked.post)
            view = self._view(asked, talk, after=after)
            contact_id = talk.contact.id if talk else ""
            high = await self._bridge.read(lambda connection: height(connection, contact_id))
            table = view.table(self._desk.shelf.pages[view.language], asked.language)
            last = view.lines[-1][0] if view.lines else after
            over = talk is None or talk.contact.state is State.SCRIPTED
            return Glance({**table, "once": ""}, contact_id, high, last, over)

        return Stream(self._hub, look, asked.post.after, NO_STORE)

    async def _shown(self, asked: Asked, reply: Reply | None = None, **more: Any) -> Response:
        reply = reply or Reply()
        view = self._view(asked, await self._talk(asked.post), reply, **more)
        if asked.script:
            body = padded_table(view.table(self._desk.shelf.pages[view.language], asked.language))
            made = Response(body, media_type=JSON, headers=NO_STORE)
        else:
            made = self._html("chat.html", view.language, view.values())
        return _Answer(made, self._bridge, reply)

    def _view(
        self,
        asked: Asked,
        talk: Talk | None,
        reply: Reply | None = None,
        *,
        after: int | None = None,
        notice: str = "",
        draft: str = "",
        ended: bool = False,
        code: str = "",
    ) -> View:
        post = asked.post
        ended = ended or talk is None
        hushed = talk is not None and talk.contact.conversation.hushed
        fresh = hushed or ended or post.do in ("begin", "return", "show", "hide")
        after = (0 if fresh or not asked.script else post.after) if after is None else after
        # Whoever holds the phone now may be a stranger: what was written before is not shown to them.
        seen = [] if talk is None or hushed else talk.lines
        speaks = not asked.script or (post.do in ("begin", "send", "show") and not notice)
        said_before = _last_reply(talk) if talk is not None and speaks and not post.hides else ()
        messages = reply.messages if reply and reply.messages else said_before
        may = talk is not None and comeback.may_keep(talk.contact, self._manner.return_days)
        return View(
            language=(talk.contact.conversation.language if talk else None) or asked.language,
            token=post.token,
            once=secrets.token_urlsafe(16),
            lines=tuple((number, line) for number, line in seen if number >= post.first and number > after),
            messages=tuple(messages),
            with_person=talk is not None and talk.contact.state is not State.SCRIPTED,
            ended=ended,
            notice=notice,
            draft=draft,
            shown=post.shown if talk is not None and not hushed else "",
            may_keep=may and talk is not None and talk.contact.kept_until is None,
            code=code,
            checked=post.do == "check",
            fresh=fresh,
            buttons_stay=asked.script and not speaks and not ended,
        )

    def _before(self, language: str, notice: str = "", status: int = 200, *, script: bool = False) -> Response:
        if script:
            table = {"wrong": said(notice, self._desk.shelf.pages[language])}
            return Response(padded_table(table), status, NO_STORE, JSON)
        empty = View(language).values()
        values = {**empty, "wrong": notice, "may_return": self._manner.return_days > 0}
        return self._html("chat_before.html", language, values, status)

    def _gone(self) -> Response:
        """Blank at once, then elsewhere. Not a redirect: browsers hold form-action against those, and would stay."""
        blank = padded_page("<!doctype html><meta charset=utf-8><title>.</title>")
        refresh = {"Refresh": f"0; url={self._manner.exit_url}"}
        return Response(blank, headers={**refresh, **NO_STORE}, media_type="text/html")

    def _html(self, template: str, language: str, values: Mapping[str, Any], status: int = 200) -> Response:
        own = {"exit_url": self._manner.exit_url, "host": self._manner.name}
        page = self._render(template, language, {**values, **own})
        return Response(padded_page(page), status, NO_STORE, "text/html")

    def _error(self, status: int, language: str, sentence: str = "", *, script: bool = False) -> Response:
        known = status if status in (404, 413, 503) else 400
        if script:
            words = self._desk.shelf.pages[language]
            table = {"failed": words.filled(f"error/{known}/text", emergency=self._desk.emergency)}
            response = Response(padded_table(table), status, NO_STORE, JSON)
        else:
            response = self._html("chat_error.html", language, {"status": known, "detail": sentence}, status)
        if status == 503:
            response.headers["Retry-After"] = RETRY_SECONDS
        return response


class _Answer(Response):
    """A page that notes when its words have left."""

    def __init__(self, page: Response, bridge: Bridge, reply: Reply) -> None:
        self._page, self._bridge, self._reply = page, bridge, reply

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await answered(self._bridge, self._reply, lambda: self._page(scope, receive, send))


def _last_reply(talk: Talk) -> tuple[Outgoing, ...]:
    return tuple(Outgoing.from_table(said_before) for said_before in talk.contact.last_reply)


def routes(chat: WebChat) -> list[Route]:
    return [
        Route("/", chat.page, methods=["POST"]),
        Route("/{lang}/chat", chat.page, methods=["GET", "POST"]),
    ]
