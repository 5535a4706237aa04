"""A connection that stays open while somebody watches, so that a look costs no new one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from hotline.store.engine import StoreUnavailable

T = TypeVar("T")


class Lookout:
    """Reads one after the other, on a thread of its own. Between two reads no transaction is open: nothing that was
    deleted is held back in the log. Raises StoreUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "lookout")
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._watchers = 0

    async def read(self, do: Callable[[Connection], T]) -> T:
        return await self.run(partial(self.take, do))

    async def run(self, do: Callable[[], T]) -> T:
        """Something that takes what it wants by itself."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, do)

    def take(self, do: Callable[[Connection], T]) -> T:
        """Read on this thread."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._engine.connect()
                try:
                    return do(self._connection)
                finally:
                    self._connection.rollback()
            except (DBAPIError, NoConnectionLeft) as fault:
                self._close()
                raise StoreUnavailable(type(fault).__name__) from fault
            finally:
                if self._watchers == 0:
                    self._close()

    async def __aenter__(self) -> Lookout:
        self._watchers += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watchers -= 1
        if self._watchers == 0:
            self._thread.submit(self._rest)

    def _rest(self) -> None:
        with self._lock:
            if self._watchers == 0:
                self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
