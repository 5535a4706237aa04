"""The live side of the chat: one talk as server-sent events, in the answer to a post, straight over ASGI.

The token comes in the body and never in an address. One question to the database wakes all pages that something
happened to; a page to which nothing happened costs a sign of life now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bots.turns import Bridge
from bots.webchat.padding import padded_event
from hotline.desk.watch import Height, heights
from hotline.store.engine import StoreUnavailable

PAUSE_SECONDS = 0.25
"""The least time between two questions, and between two events of one page."""

LIFE_SECONDS = 20.0
"""Without news a page hears this often that we are still here."""

LOOK_SECONDS = 1.0
STREAMS_AT_MOST = 2000
"""More pages than this are told to look for themselves."""


class Watch(Protocol):
    """A counter that goes up with every commit, whichever process it was."""

    async def wait(self, seen: int, seconds: float) -> int:
        """The newest number: at once if it is past `seen`, else when there is news or the seconds are over."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(self, *_: object) -> None: ...


class Hub:
    """Wakes whoever watches a talk that has changed."""

    def __init__(self, bridge: Bridge, watch: Watch) -> None:
        self._bridge = bridge
        self._watch = watch
        self._waiting: dict[asyncio.Event, tuple[str, Height | None]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._late = False
        self.streams = 0

    async def change(self, contact_id: str, height: Height | None, seconds: float) -> None:
        """Comes back when the contact is no longer as high as that, or after the seconds."""
        woken = asyncio.Event()
        self._waiting[woken] = (contact_id, height)
        self._late = True  # it may have changed after the look and before now
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        try:
            await asyncio.wait_for(woken.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            del self._waiting[woken]

    async def _ask(self) -> None:
        seen = -1
        async with self._watch:
            while self._waiting:
                self._late = False
                try:
                    now = await self._bridge.read(heights)
                    self._wake(now)
                except StoreUnavailable:
                    pass
                await asyncio.sleep(PAUSE_SECONDS)
                before, seen = seen, await self._watch.wait(seen, 0.0)
                while self._waiting and seen == before and not self._late:
                    seen = await self._watch.wait(seen, LOOK_SECONDS)

    def _wake(self, now: dict[str, Height]) -> None:
        for woken, (contact_id, height) in self._waiting.items():
            if now.get(contact_id) != height:
                woken.set()


@dataclass(frozen=True, slots=True)
class Glance:
    """What a page may see now. `after`: the last line in it. `over`: there is nothing more to come."""

    table: dict[str, Any]
    contact_id: str
    height: Height | None
    after: int
    over: bool

    @property
    def standing(self) -> dict[str, Any]:
        """What it says beside the lines, of which each comes once."""
        return {name: value for name, value in self.table.items() if name != "lines"}


Look = Callable[[int], Awaitable[Glance]]
"""Looks at a talk past the line of that number. Raises StoreUnavailable."""


class Stream(Response):
    """A response that stays open while its page is there."""

    def __init__(self, hub: Hub, look: Look, after: int, headers: Mapping[str, str]) -> None:
        self._hub = hub
        self._look = look
        self._after = after
        typed = {**headers, "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no"}
        self._sent = [(name.lower().encode(), value.encode()) for name, value in typed.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_gone(receive))
        talking = asyncio.create_task(self._talk(send))
        self._hub.streams += 1
        try:
            await asyncio.wait({gone, talking}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
        except OSError:
            return
        finally:
            self._hub.streams -= 1
            gone.cancel()
            talking.cancel()

    async def _talk(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._sent})
        standing: dict[str, Any] | None = None
        while True:
            try:
                glance = await self._look(self._after)
            except StoreUnavailable:
                await _send(send, None)
                await asyncio.sleep(LIFE_SECONDS)
                continue
            news = bool(glance.table["lines"]) or glance.standing != standing
            await _send(send, glance.table if news else None)
            if glance.over:
                break
            standing, self._after = glance.standing, glance.after
            await asyncio.sleep(PAUSE_SECONDS)
            await self._hub.change(glance.contact_id, glance.height, LIFE_SECONDS)
        await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, table: dict[str, Any] | None) -> None:
    await send({"type": "http.response.body", "body": padded_event(table), "more_body": True})
