"""The live side of the console: the board and one conversation as server-sent events, straight over ASGI."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from hotline.console.news import News
from hotline.console.picture import PAUSE_SECONDS, Pictures
from hotline.console.roles import may
from hotline.console.session import SessionRules, token_of, who
from hotline.console.talk import talk_table
from hotline.contact import Level
from hotline.desk.office import Office
from hotline.desk.supervise import overheard
from hotline.desk.view import Board, Card, Part, Talk, responder_talk
from hotline.store.engine import StoreUnavailable
from hotline.store.packets import Packet
from hotline.store.staff import Member, Role

QUIET_SECONDS = 5.0
"""Without news, the session is looked at again this often: somebody switched off is out within it."""


BEAT_SECONDS = 4.0
"""So often the page is asked whether somebody has it open, whatever else is going on."""

RETRY = "retry: 1000\n\n"
"""A page that lost its line tries again after a second: whoever stays away for ten is taken to be gone."""


class Live:
    """An ASGI endpoint: `?contact=ID` adds one conversation to the board."""

    def __init__(self, office: Office, news: News, pictures: Pictures, rules: SessionRules) -> None:
        self._office = office
        self._news = news
        self._pictures = pictures
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        gone, beats = asyncio.create_task(_gone(receive)), asyncio.create_task(asyncio.sleep(0))
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _send(send, RETRY)
        seen, before = self._news.number, ""
        try:
            async with self._news:
                while not gone.done():
                    text = await self._picture(request, seen)
                    if text is None:
                        await _send(send, "event: out\ndata: {}\n\n")
                        break
                    await _send(send, text if text != before else ": still here\n\n")
                    if not before:
                        beats = asyncio.create_task(_beats(send))
                    before = text
                    await asyncio.sleep(PAUSE_SECONDS)
                    seen = await self._news.wait(seen, QUIET_SECONDS)
            beats.cancel()
            await send({"type": "http.response.body", "body": b""})
        except OSError:
            return
        finally:
            gone.cancel()
            beats.cancel()

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
            parts += await self._for_supervisors(request, member, number)
        except StoreUnavailable:
            return "event: trouble\ndata: {}\n\n"
        return "".join(parts)

    async def _for_supervisors(self, request: Request, member: Member, number: int) -> list[str]:
        """`?shift=1`: how the whole shift stands; `?read=ID`: a contact that this member reads along in."""
        asked, parts = request.query_params, list[str]()
        if asked.get("shift") and may(member.role, "/staff/supervise"):
            parts.append(f"event: shift\ndata: {json.dumps(await self._pictures.load.since(number))}\n\n")
        if asked.get("read"):
            desk, now = self._office.desk, time.time()
            talk = await asyncio.to_thread(
                self._office.read, lambda one: overheard(desk, one, asked["read"], member, now)
            )
            parts.append(f"event: read\ndata: {json.dumps(talk_table(talk, now))}\n\n")
        return parts

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
        "paused": {channel.value: until for channel, until in seen.paused.items()},
        "next": list(seen.next),
        "offered": len(seen.offered),
        "waiting": [_waiting(seen, card) for card in seen.waiting],
        "mine": [_card(card) for card in seen.mine],
        "packets": [packet_row(seen, one, staff_id) for one in seen.packets],
    }


def packet_row(seen: Board, packet: Packet, staff_id: int) -> dict[str, Any]:
    """A packet on the board. `taken`: a colleague who is on duty has it."""
    return {
        "id": packet.id,
        "partner": packet.partner,
        "level": packet.level.value,
        "at": packet.came_at,
        "mine": packet.owner == staff_id,
        "taken": packet.owner != staff_id and packet.owner in seen.on_duty,
    }


def _unseen(seen: Board) -> int:
    """How many wait whom no card shows: those drawn from a shared card are on that card already."""
    shared = {_group(card) for card in seen.waiting if card.ranked.alike > 1}
    counted = [card.ranked.alike for card in seen.waiting if card.ranked.alike > 1 or _group(card) not in shared]
    return max(0, seen.total - sum(counted))


def _group(card: Card) -> tuple[bytes | None, Level, bool]:
    return card.ranked.waiting.likeness, card.ranked.waiting.level, card.ranked.waiting.lower


def _waiting(seen: Board, card: Card) -> dict[str, Any]:
    """A card with its reasons: each a code with a time, where it has one."""
    reasons = [[reason.why.value, *_time(reason.seconds)] for reason in seen.reasons(card)]
    offered, everyone = card.id in seen.offered, card.offer.everyone
    return {**_card(card), "offered": offered, "everyone": everyone, "reasons": reasons}


def _time(seconds: int) -> tuple[str, int]:
    """In seconds, minutes or hours, as one would say it; nothing is rounded to 0."""
    if seconds < 60:
        return "s", seconds
    return ("min", seconds // 60) if seconds < 7200 else ("h", seconds // 3600)


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
        "unanswered": card.unanswered,
        "lower": place.waiting.lower,
        "drawn": place.drawn,
        "alike": place.alike,
        "part": card.part.value if card.part else "",
        "offered": False,
        "everyone": False,
        "reasons": [],
        "asker": card.asker if card.part is Part.ASKED else "",
    }
    if place.alike > 1 and place.waiting.likeness is not None:
        since = int(place.newest - place.waiting.since)
        table |= {
            "likeness": place.waiting.likeness.hex(),
            "newest": place.newest,
            "newest_seconds": max(0, place.seconds - since),
        }
    return table


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
