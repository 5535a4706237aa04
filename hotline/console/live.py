"""The live side of the console: the board and one conversation as server-sent events, straight over ASGI."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from hotline.console.news import News
from hotline.console.session import SessionRules, token_of, who
from hotline.desk.office import Office
from hotline.desk.view import Board, Card, Talk, board, responder_talk
from hotline.message import Line
from hotline.store.engine import StoreUnavailable

PAUSE_SECONDS = 0.2
"""The least time between two pictures, so that a burst of messages costs one."""

QUIET_SECONDS = 5.0
"""Without news, the session is looked at again this often: somebody switched off is out within it."""


class Live:
    """An ASGI endpoint: `?contact=ID` adds one conversation to the board."""

    def __init__(self, office: Office, news: News, rules: SessionRules) -> None:
        self._office = office
        self._news = news
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        gone = asyncio.create_task(_gone(receive))
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        seen, before = -1, ""
        try:
            async with self._news:
                while not gone.done():
                    text = await asyncio.to_thread(self._picture, request)
                    if text is None:
                        await _send(send, "event: out\ndata: {}\n\n")
                        break
                    await _send(send, text if text != before else ": still here\n\n")
                    before = text
                    await asyncio.sleep(PAUSE_SECONDS)
                    seen = await self._news.wait(seen, QUIET_SECONDS)
            await send({"type": "http.response.body", "body": b""})
        except OSError:
            return
        finally:
            gone.cancel()

    def _picture(self, request: Request) -> str | None:
        """What this member may see now; None when the session is over."""
        now = time.time()
        desk, contact_id = self._office.desk, request.query_params.get("contact", "")
        try:
            member = self._office.read(
                lambda connection: who(connection, token_of(request, self._rules), self._rules, now)
            )
            if member is None:
                return None
            staff_id = member[0].id
            table = board_table(self._office.read(lambda connection: board(desk, connection, staff_id, now)), staff_id)
            parts = [f"event: board\ndata: {json.dumps(table)}\n\n"]
            if contact_id:
                talk = self._office.read(lambda connection: responder_talk(desk, connection, contact_id, staff_id))
                parts.append(f"event: talk\ndata: {json.dumps(talk_table(talk))}\n\n")
        except StoreUnavailable:
            return "event: trouble\ndata: {}\n\n"
        return "".join(parts)


def board_table(seen: Board, staff_id: int) -> dict[str, Any]:
    return {
        "on_duty": staff_id in seen.on_duty,
        "people": len(seen.on_duty),
        "waiting": [_card(card) for card in seen.waiting],
        "mine": [_card(card) for card in seen.mine],
    }


def _card(card: Card) -> dict[str, Any]:
    return {
        "id": card.ranked.waiting.contact_id,
        "level": card.ranked.waiting.level.value,
        "since": card.ranked.waiting.since,
        "seconds": card.ranked.seconds,
        "late": card.ranked.late,
        "signals": list(card.ranked.signals),
        "channel": card.channel.value,
        "language": card.language,
        "hushed": card.hushed,
    }


def talk_table(talk: Talk | None) -> dict[str, Any]:
    if talk is None:
        return {"open": False}
    return {
        "open": True,
        "level": talk.contact.level.value,
        "opted_out": talk.contact.opted_out,
        "hushed": talk.contact.conversation.hushed,
        "lines": [_line(number, line) for number, line in talk.lines],
    }


def _line(number: int, line: Line) -> dict[str, Any]:
    return {
        "number": number,
        "speaker": line.speaker.value,
        "text": line.text,
        "at": line.at,
        "attachments": [kind.value for kind in line.attachments],
        "delivery": line.delivery.value,
    }


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
