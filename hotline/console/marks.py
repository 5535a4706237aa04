"""Wakes whoever has a talk on the screen when it has changed: one question to the database for all of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Connection

from hotline.console.lookout import Lookout
from hotline.console.news import News
from hotline.desk.watch import Mark, marks
from hotline.store.engine import StoreUnavailable

PAUSE_SECONDS = 0.05
"""The least time between two questions, so that a burst of messages costs one."""

LOOK_SECONDS = 1.0


class Marks:
    """The marks of all talks that somebody has open in this process."""

    def __init__(self, lookout: Lookout, news: News) -> None:
        self._lookout = lookout
        self._news = news
        self._destroyed = 0
        self._watched: Counter[str] = Counter()
        self._now: dict[str, Mark] = {}
        self._waiting: dict[asyncio.Event, tuple[str, Mark]] = {}
        self._asking: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """The keys are gone: every talk is looked at again, whether its rows are still there or not."""
        self._destroyed += 1
        self._news.bump()

    @contextmanager
    def watching(self, contact_id: str) -> Iterator[None]:
        """For as long as somebody has it open."""
        self._watched[contact_id] += 1
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        try:
            yield
        finally:
            self._watched[contact_id] -= 1
            if not self._watched[contact_id]:
                del self._watched[contact_id]
                self._now.pop(contact_id, None)
            if not self._watched and self._asking is not None:
                self._asking.cancel()
                self._asking = None

    async def changed(self, contact_id: str, mark: Mark | None, seconds: float) -> Mark:
        """Its mark, once it is another than that, or after the seconds; at once if there was none."""
        if mark is None:
            found = await self._lookout.read(partial(self._look, [contact_id]))
            return found[contact_id]
        if self._now.get(contact_id, mark) == mark:
            woken = asyncio.Event()
            self._waiting[woken] = (contact_id, mark)
            try:
                await asyncio.wait_for(woken.wait(), seconds)
            except TimeoutError:
                pass
            finally:
                del self._waiting[woken]
        return self._now.get(contact_id, mark)

    def _look(self, ids: list[str], connection: Connection) -> dict[str, Mark]:
        destroyed = self._destroyed
        found = marks(connection, ids)
        return {one: (destroyed, *found.get(one, ())) for one in ids}

    async def _ask(self) -> None:
        while True:
            seen = self._news.number
            try:
                now = await self._lookout.read(partial(self._look, sorted(self._watched)))
            except StoreUnavailable:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            self._now = {one: mark for one, mark in now.items() if one in self._watched}
            for woken, (contact_id, mark) in self._waiting.items():
                if self._now.get(contact_id, mark) != mark:
                    woken.set()
            await asyncio.sleep(PAUSE_SECONDS)
            while await self._news.wait(seen, LOOK_SECONDS) == seen:
                pass
