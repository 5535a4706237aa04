"""Something was committed: wakes everybody who watches the board, whichever process it happened in."""

from __future__ import annotations

import asyncio
import threading

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from hotline.store.engine import beat

POLL_SECONDS = 0.2
"""How often a commit by another process is looked for, and only while somebody watches."""


class News:
    """A counter that goes up with every commit. `bump` may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._number = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiters: set[asyncio.Event] = set()
        self._poller: asyncio.Task[None] | None = None
        self._watchers = 0

    @property
    def number(self) -> int:
        """How often there was news so far."""
        return self._number

    def bump(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._number += 1
        for waiter in self._waiters:
            waiter.set()

    async def wait(self, seen: int, seconds: float) -> int:
        """The newest number: at once if it is past `seen`, else when there is news or the seconds are over."""
        if self._number == seen:
            waiter = asyncio.Event()
            self._waiters.add(waiter)
            try:
                await asyncio.wait_for(waiter.wait(), seconds)
            except TimeoutError:
                pass
            finally:
                self._waiters.discard(waiter)
        return self._number

    async def __aenter__(self) -> News:
        self._loop = asyncio.get_running_loop()
        self._watchers += 1
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watchers -= 1
        if self._watchers == 0 and self._poller is not None:
            self._poller.cancel()
            self._poller = None

    async def _poll(self) -> None:
        line = _Line(self._engine)
        last: object = None
        try:
            while True:
                await asyncio.sleep(POLL_SECONDS)
                try:
                    now = await asyncio.to_thread(line.ask)
                except DBAPIError:
                    continue
                if now != last:
                    last = now
                    self._wake()
        finally:
            line.hang_up()


class _Line:
    """One connection, for one question after the other, each in whatever thread.

    A thread cannot be called back, and to close the connection under its question would end the whole process: so whoever
    hangs up meanwhile leaves the closing to the thread that asks.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._asking = threading.Lock()
        self._over = False

    def ask(self) -> object:
        """What `beat` says; None once somebody has hung up."""
        try:
            with self._asking:
                return None if self._over else self._answer()
        finally:
            if self._over:
                self.hang_up()

    def _answer(self) -> object:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            return beat(self._connection)
        except DBAPIError:
            self._close()
            raise
        finally:
            if self._connection is not None:
                self._connection.rollback()

    def hang_up(self) -> None:
        """For good, and without waiting."""
        self._over = True
        if self._asking.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._asking.release()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
