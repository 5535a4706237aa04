"""The queue: a doorbell that carries ids, and nothing that must not be lost. The only importer of huey."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

from app.settings import Settings

FIRST_DELAY = 0.05


def open_queue(settings: Settings) -> Any:
    """The queue beside the database: a SQLite file, or tables of the same PostgreSQL."""
    from huey import PostgresHuey, SqliteHuey

    if settings.database_url.startswith("postgres"):
        return PostgresHuey("hotline", results=False, dsn=settings.database_url.replace("+psycopg", ""))
    # The journal is not a write-ahead log: huey opens this file with Python's own, older SQLite (see decisions/0004).
    return SqliteHuey(
        "hotline", results=False, filename=str(settings.home / "bell.db"), journal_mode="truncate", fsync=False
    )


class Bell:
    """`ring(id)` wakes the worker for one answer. It may be lost; the worker looks for itself every few seconds.

    The queue is opened at the first ring: an idle web process does without huey.
    """

    def __init__(self, settings: Settings, deliver: Callable[[int], None] = lambda _: None) -> None:
        self._settings = settings
        self._deliver = deliver

    def ring(self, outbox_id: int) -> None:
        try:
            self._task(int(outbox_id))
        except Exception:  # noqa: BLE001 - whatever ails the bell, the outbox holds the truth and is looked at anyway
            return

    @cached_property
    def queue(self) -> Any:
        return open_queue(self._settings)

    @cached_property
    def _task(self) -> Callable[[int], object]:
        return self._register()

    def _register(self) -> Callable[[int], object]:
        def answer_waits(outbox_id: int) -> None:
            self._deliver(outbox_id)

        task: Callable[[int], object] = self.queue.task()(answer_waits)
        return task

    def answer(self, stopping: threading.Event) -> None:
        """In the worker: carry out what is rung for, until `stopping`."""
        self._register()
        run_consumer(self.queue, stopping)


def run_consumer(queue: Any, stopping: threading.Event) -> None:
    """Answer the bell until `stopping`. Signals stay with the process; huey's own handling of them is not wanted."""
    from huey.consumer import Consumer

    consumer = Consumer(queue, workers=1, periodic=False, initial_delay=FIRST_DELAY, max_delay=0.25, backoff=1.3)
    consumer._set_signal_handlers = lambda: None
    consumer.start()
    stopping.wait()
    consumer.stop()


def die_with_parent() -> None:
    """Linux: this process ends when the one that started it ends, however that happens."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() == 1:
        os.kill(os.getpid(), signal.SIGTERM)
