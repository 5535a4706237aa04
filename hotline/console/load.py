"""The load of the shift as a table, made once for all supervisors who watch it in this process."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from hotline.console.news import News
from hotline.desk.load import Held, Load, Person, load
from hotline.desk.office import Office
from hotline.desk.view import Opened
from hotline.queue import TARGET_SECONDS

OLDEST_SECONDS = 2.0
"""A table is not shown for longer than this, news or not: waiting times go on."""


class LoadPicture:
    """The load as it stands, of one process."""

    def __init__(self, office: Office, news: News) -> None:
        self._office, self._news = office, news
        self._lock = asyncio.Lock()
        self._opened = Opened()
        self._last: tuple[int, float, dict[str, Any]] | None = None

    def forget(self) -> None:
        """Drop everything that was opened."""
        self._opened, self._last = Opened(), None

    async def now(self) -> dict[str, Any]:
        async with self._lock:
            return await self._made()

    async def since(self, number: int) -> dict[str, Any]:
        """No older than that number of the news, and shared by all who ask for it."""
        async with self._lock:
            if self._last is not None:
                made, at, last = self._last
                if made >= number and time.monotonic() - at < OLDEST_SECONDS:
                    return last
            return await self._made()

    async def _made(self) -> dict[str, Any]:
        number, now = self._news.number, time.time()
        found = await asyncio.to_thread(
            self._office.read, lambda connection: load(self._office.desk, connection, now, self._opened)
        )
        self._last = number, time.monotonic(), load_table(found, now)
        return self._last[2]


def load_table(found: Load, now: float) -> dict[str, Any]:
    """For the page and its events alike: names of staff and figures, nothing of what was said."""
    return {
        "waits": [
            {
                "level": one.level.value,
                "number": one.number,
                "longest": span(one.longest) if one.number else "–",
                "target": span(TARGET_SECONDS[one.level]),
                "late": one.late,
            }
            for one in found.waits
        ],
        "waiting": sum(one.number for one in found.waits),
        "scripted": found.scripted,
        "held": [_held(one) for one in found.held],
        "people": [_person(one, now) for one in found.people],
        "on_duty": sum(one.on_duty for one in found.people),
        "ladder": found.ladder,
        "paused": {one.channel.value: {"name": one.name, "at": one.at, "until": one.until} for one in found.paused},
    }


def _held(one: Held) -> dict[str, Any]:
    return {
        "id": one.id,
        "level": one.level.value,
        "channel": one.channel.value,
        "language": one.language,
        "hushed": one.hushed,
        "owner": one.owner,
        "beside": one.beside,
        "unanswered": None if one.unanswered is None else span(one.unanswered),
        "late": one.late,
    }


def _person(one: Person, now: float) -> dict[str, Any]:
    ability = one.ability
    return {
        "id": one.member.id,
        "name": one.member.name,
        "role": one.member.role.value,
        "on_duty": one.on_duty,
        "here": one.here,
        "seen": None if one.seen_at is None else span(max(0, int(now - one.seen_at))),
        "open": one.open,
        "most": ability.most,
        "full": one.open >= ability.most,
        "languages": list(ability.languages),
        "channels": list(ability.channels),
        "alerted": one.alerted,
        "alerted_ago": span(max(0, int(now - one.alerted_at))) if one.alerted else "",
    }


def span(seconds: int) -> str:
    """So long, as it is read at a glance: 40 s, 12 min, 3 h 05."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    hours, rest = divmod(seconds // 60, 60)
    return f"{hours} h {rest:02}" if hours < 24 * 3 else f"{hours // 24} d"
