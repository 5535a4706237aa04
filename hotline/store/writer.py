"""One writer that commits in groups: three to four times the rate of a commit for each message, nothing told early.

On SQLite one thread owns the write connection, and all work that has gathered shares one durable commit; should a piece
of it fail, the group is rolled back and each piece is run again by itself. On PostgreSQL the database groups commits
itself, so a few threads each commit their own work and run it again when two of them collide.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from hotline.store.engine import StoreUnavailable, erase_remains

T = TypeVar("T")

GROUP_AT_MOST = 64
COLLISIONS_AT_MOST = 5
ERASE_PAUSE = 0.5
"""Seconds between two truncations of the write-ahead log, so that a burst of endings costs one."""


@dataclass(slots=True)
class Tx:
    """A running transaction. `erased`: rows of a caller were deleted, so the log must be truncated after the commit."""

    connection: Connection
    erased: bool = False


class _Failed(Exception):
    """A piece of work raised a fault of its own: its transaction is rolled back."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault


@dataclass(slots=True)
class _Work:
    do: Callable[[Tx], Any]
    done: Future[Any]


class Writer:
    """Runs pieces of work, each all or nothing, and answers only after a durable commit.

    A piece of work must be repeatable: it may be run again when a commit collides. StoreUnavailable means that
    nothing was stored.
    """

    def __init__(self, engine: Engine, *, on_commit: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._on_commit = on_commit
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._must_erase = threading.Event()
        self._grouping = engine.dialect.name == "sqlite"
        self._threads = [
            threading.Thread(target=self._run, name=f"writer-{number}", daemon=True)
            for number in range(1 if self._grouping else 6)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, do: Callable[[Tx], T]) -> Future[T]:
        done: Future[T] = Future()
        self._queue.put(_Work(do, done))
        return done

    def run(self, do: Callable[[Tx], T]) -> T:
        return self.submit(do).result()

    def close(self) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    def _run(self) -> None:
        connection: Connection | None = None
        erase_at = 0.0
        while True:
            group, last = self._gather()
            if group:
                connection = self._commit(connection, group)
            if self._must_erase.is_set() and (last or time.monotonic() >= erase_at):
                connection = self._erase(connection)
                erase_at = time.monotonic() + ERASE_PAUSE
            if last:
                break
        if connection is not None:
            connection.close()

    def _gather(self) -> tuple[list[_Work], bool]:
        wait = ERASE_PAUSE if self._must_erase.is_set() else None
        try:
            work = self._queue.get(timeout=wait)
        except queue.Empty:
            return [], False
        group: list[_Work] = []
        while work is not None:
            if work.done.set_running_or_notify_cancel():  # else whoever asked has stopped waiting for it
                group.append(work)
            if not self._grouping or len(group) >= GROUP_AT_MOST:
                return group, False
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, connection: Connection | None, group: list[_Work]) -> Connection | None:
        """Run a group in one transaction. If any of it fails nothing is kept, and each is run again by itself."""
        outcomes: list[tuple[_Work, Tx | None, Any]] = []
        try:
            connection = connection or self._engine.connect().execution_options(writing=True)
            try:
                outcomes = self._transact(connection, group)
            except _Failed as failed:
                outcomes = [(group[0], None, failed.fault)] if len(group) == 1 else []
        except Exception as fault:  # noqa: BLE001 - whatever it was, it is told; this thread must outlive it
            self._drop(connection)
            expected = isinstance(fault, (DBAPIError, NoConnectionLeft, OSError)) and not isinstance(
                fault, IntegrityError
            )
            for work in group:
                work.done.set_exception(StoreUnavailable(type(fault).__name__) if expected else fault)
            return None
        if not outcomes:
            for work in group:
                connection = self._commit(connection, [work])
            return connection
        self._tell(outcomes)
        return connection

    def _tell(self, outcomes: list[tuple[_Work, Tx | None, Any]]) -> None:
        for work, tx, outcome in outcomes:
            if tx is None:
                work.done.set_exception(outcome)
            else:
                work.done.set_result(outcome)
        if any(tx is not None for _, tx, _ in outcomes):
            with contextlib.suppress(Exception):  # a listener's fault must not end the thread that everybody waits for
                self._on_commit()

    def _transact(self, connection: Connection, group: list[_Work]) -> list[tuple[_Work, Tx | None, Any]]:
        for collision in range(COLLISIONS_AT_MOST):
            try:
                with connection.begin():
                    outcomes = [self._one(connection, work) for work in group]
            except DBAPIError as fault:
                if _is_collision(fault) and collision < COLLISIONS_AT_MOST - 1:
                    continue
                if isinstance(fault, IntegrityError):
                    raise _Failed(fault) from fault
                raise
            if any(tx is not None and tx.erased for _, tx, _ in outcomes):
                self._must_erase.set()
            return outcomes
        raise AssertionError("the last collision is raised above")

    def _one(self, connection: Connection, work: _Work) -> tuple[_Work, Tx | None, Any]:
        tx = Tx(connection)
        try:
            return work, tx, work.do(tx)
        except DBAPIError:
            raise
        except Exception as fault:
            raise _Failed(fault) from fault

    def _erase(self, connection: Connection | None) -> Connection | None:
        try:
            connection = connection or self._engine.connect().execution_options(writing=True)
            if erase_remains(connection):
                self._must_erase.clear()
        except Exception:  # noqa: BLE001 - tried again at the next pause
            self._drop(connection)
            return None
        return connection

    @staticmethod
    def _drop(connection: Connection | None) -> None:
        if connection is not None:
            connection.invalidate()
            connection.close()


def _is_collision(fault: DBAPIError) -> bool:
    """Serialization failure, deadlock, or two that inserted the same row: the work may simply be run again."""
    return getattr(fault.orig, "sqlstate", None) in {"40001", "40P01", "23505"}
