"""The live side of the console: the board and one conversation as server-sent events, straight over ASGI."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from hotline.channels import window_open
from hotline.console.news import News
from hotline.console.picture import PAUSE_SECONDS, Pictures
from hotline.console.roles import may
from hotline.console.session import SessionRules, token_of, who
from hotline.contact import Level
from hotline.desk.office import Office
from hotline.desk.view import Board, Card, Talk, responder_talk
from hotline.message import Line
from hotline.store.engine import StoreUnavailable
from hotline.store.staff import Member, Role

QUIET_SECONDS = 5.0
"""Without news, the session is looked at again this often: somebody switched off is out within it."""


class Live:
    """An ASGI endpoint: `?contact=ID` adds one conversation to the board."""

    def __init__(self, office: Office, news: News, pictures: Pictures, rules: SessionRules) -> None:
        self._office = office
        self._news = news
        self._pictures = pictures
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        gone = asyncio.create_task(_gone(receive))
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        seen, before = self._news.number, ""
        try:
            async with self._news:
                while not gone.done():
                    text = await self._picture(request, seen)
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

    async def _picture(self, request: Request, number: int) -> str | None:
        """What this member may see, no older than that number of the news; None when the session is over."""
        contact_id = request.query_params.get("contact", "")
        try:
            member = await asyncio.to_thread(self._member, request)
            if member is None:
                return None
            seen = (await self._pictures.since(number)).board(member.id)
            late = await self._pictures.overdue() if member.role is Role.ADMINISTRATOR else 0
            parts = [f"event: board\ndata: {json.dumps(board_table(seen, member.id, late))}\n\n"]
            if contact_id:
                talk = await asyncio.to_thread(self._talk, contact_id, member.id)
                parts.append(f"event: talk\ndata: {json.dumps(talk_table(talk, time.time()))}\n\n")
        except StoreUnavailable:
            return "event: trouble\ndata: {}\n\n"
        return "".join(parts)

    def _member(self, request: Request) -> Member | None:
        token, now = token_of(request, self._rules), time.time()
        found = self._office.read(lambda connection: who(connection, token, self._rules, now))
        return found[0] if found and may(found[0].role, "/staff/events") else None

    def _talk(self, contact_id: str, staff_id: int) -> Talk | None:
        return self._office.read(lambda one: responder_talk(self._office.desk, one, contact_id, staff_id))


def board_table(seen: Board, staff_id: int, overdue: int = 0) -> dict[str, Any]:
    """`overdue`: copies at providers that wait for deletion too long, for those who can do something about it."""
    return {
        "on_duty": staff_id in seen.on_duty,
        "people": len(seen.on_duty),
        "total": seen.total,
        "more": _unseen(seen),
        "surge": seen.standing.surge,
        "capped": seen.standing.capped,
        "overdue": overdue,
        "waiting": [_card(card) for card in seen.waiting],
        "mine": [_card(card) for card in seen.mine],
    }


def _unseen(seen: Board) -> int:
    """How many wait whom no card shows: those drawn from a shared card are on that card already."""
    shared = {_group(card) for card in seen.waiting if card.ranked.alike > 1}
    counted = [card.ranked.alike for card in seen.waiting if card.ranked.alike > 1 or _group(card) not in shared]
    return max(0, seen.total - sum(counted))


def _group(card: Card) -> tuple[bytes | None, Level, bool]:
    return card.ranked.waiting.likeness, card.ranked.waiting.level, card.ranked.waiting.lower


def _card(card: Card) -> dict[str, Any]:
    place = card.ranked
    table = {
        "id": place.waiting.contact_id,
        "level": place.waiting.level.value,
        "since": place.waiting.since,
        "seconds": place.seconds,
        "late": place.late,
        "signals": list(place.signals),
        "channel": card.channel.value,
        "language": card.language,
        "hushed": card.hushed,
        "lower": place.waiting.lower,
        "drawn": place.drawn,
        "alike": place.alike,
        "part": card.part.value if card.part else "",
    }
    if place.alike > 1 and place.waiting.likeness is not None:
        since = int(place.newest - place.waiting.since)
        table |= {
            "likeness": place.waiting.likeness.hex(),
            "newest": place.newest,
            "newest_seconds": max(0, place.seconds - since),
        }
    return table


def talk_table(talk: Talk | None, now: float) -> dict[str, Any]:
    if talk is None:
        return {"open": False}
    contact = talk.contact
    return {
        "open": True,
        "level": contact.level.value,
        "opted_out": contact.opted_out,
        "hushed": contact.conversation.hushed,
        "window": not window_open(contact.channel, contact.heard_at, now),
        "lower": contact.lower,
        "lines": [_line(number, line) for number, line in talk.lines],
    }


def _line(number: int, line: Line) -> dict[str, Any]:
    return {
        "number": number,
        "speaker": line.speaker.value,
        "text": line.text,
        "at": line.at,
        "attachments": [kind.value for kind in line.attachments],
        "english": line.english,
        "delivery": line.delivery.value,
        "edited": line.edited,
    }


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
