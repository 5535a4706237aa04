"""Web chat without JavaScript: each post answers with the whole page, and the token lives in the page alone."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bots.contract import Refused
from bots.turns import Bridge, answered, turn
from bots.web import RETRY_SECONDS, bounded_body
from hotline.contact import Channel, State
from hotline.desk.receive import Reply
from hotline.desk.view import Talk, caller_talk
from hotline.elsewhere import from_elsewhere
from hotline.events import Event, Log
from hotline.language import matching
from hotline.message import Incoming, Outgoing
from hotline.store.engine import StoreUnavailable
from hotline.triage.conversation import Word

LONGEST_WEB_TEXT = 2000
LONGEST_FORM = 64 * 1024
FIELDS = frozenset({"do", "token", "once", "text", "choice"})
DEEDS = frozenset({"begin", "send", "check", "leave", "delete"})
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{22,64}$")

Render = Callable[[str, str, Mapping[str, Any]], str]
"""Renders (template, language, values) to a page."""


@dataclass(frozen=True, slots=True)
class Post:
    """A posted form. `once` is drawn for each page, so that a form sent twice is one message."""

    do: str
    token: str
    once: str
    text: str
    choice: str | None

    def incoming(self, language: str, text: str) -> Incoming:
        return Incoming(
            channel=Channel.WEBCHAT,
            sender=self.token,
            recipient="web",
            id=f"{self.token} {self.once}",
            text=text,
            choice=self.choice,
            language=language,
        )


def read_post(body: bytes, media_type: str) -> Post:
    """The form, or Refused in one sentence."""
    if media_type.split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refused(415, "The body must be a form (application/x-www-form-urlencoded).")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise Refused(400, "The body is not a form in UTF-8.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or not set(fields) <= FIELDS:
        raise Refused(400, "The form holds a field twice, or one that this page does not have.")
    # A tapped choice comes without `do`: the button itself carries the answer.
    do = fields.get("do") or "send"
    if do not in DEEDS:
        raise Refused(400, "The form asks for something this page cannot do.")
    token, once = fields.get("token", ""), fields.get("once", "")
    if do != "begin" and not (_TOKEN.match(token) and _TOKEN.match(once)):
        raise Refused(400, "The form does not say which talk it belongs to.")
    return Post(do, token, once, fields.get("text", "").replace("\0", ""), fields.get("choice") or None)


class WebChat:
    """The chat page of every offered language."""

    def __init__(self, bridge: Bridge, log: Log, render: Render, exit_url: str) -> None:
        self._bridge = bridge
        self._log = log
        self._render = render
        self._exit_url = exit_url

    async def page(self, request: Request) -> Response:
        """GET shows what is kept before anything is written; POST is one turn."""
        language = matching(request.path_params["lang"], self._bridge.office.desk.shelf.offered)
        if language is None or language != request.path_params["lang"]:
            return self._error(404, self._bridge.office.desk.default_language)
        if request.method != "POST":
            return self._html("chat_before.html", language, {})
        try:
            if from_elsewhere(request.headers):
                raise Refused(403, "This message came from another site's page and was not taken.")
            post = read_post(await bounded_body(request, LONGEST_FORM), request.headers.get("content-type", ""))
            return await self._posted(post, language)
        except Refused as refusal:
            self._log.record(Event.WEBHOOK_REFUSED, channel=Channel.WEBCHAT, status=refusal.status)
            return self._error(refusal.status, language, refusal.sentence)
        except StoreUnavailable as fault:
            self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
            return self._error(503, language)
        except ClientDisconnect:
            return PlainTextResponse("", 400)

    async def _posted(self, post: Post, language: str) -> Response:
        if post.do == "begin":
            post = Post("send", secrets.token_urlsafe(24), secrets.token_urlsafe(16), "", None)
            return await self._turned(post, language)
        if await self._talk(post) is None:
            # Only a page of ours draws a token: one that somebody else made up must not open a talk they could read.
            return self._gone() if post.do == "leave" else await self._shown(post, language, ended=post.do == "delete")
        if post.do in ("leave", "delete"):
            return await self._forgotten(post, language)
        if post.do == "check":
            return await self._shown(post, language)
        if not post.text.strip() and post.choice is None:
            return await self._shown(post, language, notice="chat/empty")
        if len(post.text) > LONGEST_WEB_TEXT:
            return await self._shown(post, language, notice="chat/long", draft=post.text)
        return await self._turned(post, language)

    async def _turned(self, post: Post, language: str) -> Response:
        reply = await turn(self._bridge, self._log, post.incoming(language, post.text))
        return await self._shown(post, language, reply)

    async def _forgotten(self, post: Post, language: str) -> Response:
        # A fresh id: the wish to be forgotten counts whatever page it comes from, and however often.
        wish = Post("delete", post.token, secrets.token_urlsafe(16), "", f"word {Word.DELETE.value}")
        reply = await turn(self._bridge, self._log, wish.incoming(language, ""))
        return self._gone() if post.do == "leave" else await self._shown(post, language, reply, ended=True)

    async def _talk(self, post: Post) -> Talk | None:
        desk = self._bridge.office.desk
        return await self._bridge.read(
            lambda connection: caller_talk(desk, connection, Channel.WEBCHAT, post.token, time.time())
        )

    async def _shown(
        self,
        post: Post,
        language: str,
        reply: Reply | None = None,
        *,
        notice: str = "",
        draft: str = "",
        ended: bool = False,
    ) -> Response:
        reply = reply or Reply()
        talk = await self._talk(post)
        messages = reply.messages or (_last_reply(talk) if talk else ())
        spoken = _spoken(talk, language)
        values = {
            "token": post.token,
            "once": secrets.token_urlsafe(16),
            # Whoever holds the phone now may be a stranger: what was written before is not shown to them.
            "lines": [line for _, line in talk.lines] if talk and not talk.contact.conversation.hushed else [],
            "messages": messages,
            "with_person": talk is not None and talk.contact.state is not State.SCRIPTED,
            "ended": ended or talk is None,
            "notice": notice,
            "draft": draft,
            "most": LONGEST_WEB_TEXT,
            "checked_at": time.strftime("%H:%M", time.gmtime()) + " UTC" if post.do == "check" else "",
        }
        return _Answer(self._html("chat.html", spoken, values), self._bridge, reply)

    def _gone(self) -> Response:
        """Blank at once, then elsewhere. Not a redirect: browsers hold form-action against those, and would stay."""
        blank = "<!doctype html><meta charset=utf-8><title>.</title>"
        return HTMLResponse(blank, headers={"Cache-Control": "no-store", "Refresh": f"0; url={self._exit_url}"})

    def _html(self, template: str, language: str, values: Mapping[str, Any], status: int = 200) -> Response:
        page = self._render(template, language, {**values, "exit_url": self._exit_url})
        return HTMLResponse(page, status, {"Cache-Control": "no-store"})

    def _error(self, status: int, language: str, sentence: str = "") -> Response:
        known = status if status in (404, 413, 503) else 400
        response = self._html("error.html", language, {"status": known, "detail": sentence}, status)
        if status == 503:
            response.headers["Retry-After"] = RETRY_SECONDS
        return response


class _Answer(Response):
    """A page that notes when its words have left."""

    def __init__(self, page: Response, bridge: Bridge, reply: Reply) -> None:
        self._page = page
        self._bridge = bridge
        self._reply = reply

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await answered(self._bridge, self._reply, lambda: self._page(scope, receive, send))


def _last_reply(talk: Talk) -> tuple[Outgoing, ...]:
    return tuple(Outgoing.from_table(said) for said in talk.contact.last_reply)


def _spoken(talk: Talk | None, language: str) -> str:
    return (talk.contact.conversation.language if talk else None) or language


def routes(chat: WebChat) -> list[Route]:
    return [Route("/{lang}/chat", chat.page, methods=["GET", "POST"])]
