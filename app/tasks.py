"""The queue: a doorbell that carries ids, and nothing that must not be lost. The only importer of huey."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from huey import PostgresHuey, SqliteHuey
from huey.consumer import Consumer

from app.settings import Settings

DEMO_DELAY = 0.05


def open_queue(settings: Settings) -> Any:
    """The queue beside the database: a SQLite file, or tables of the same PostgreSQL."""
    if settings.database_url.startswith("postgres"):
        return PostgresHuey("hotline", results=False, dsn=settings.database_url.replace("+psycopg", ""))
    # The journal is not a write-ahead log: huey opens this file with Python's own, older SQLite (see decisions/0004).
    return SqliteHuey(
        "hotline", results=False, filename=str(settings.home / "bell.db"), journal_mode="truncate", fsync=False
    )


class Bell:
    """`ring(id)` wakes the worker for one answer. It may be lost; the worker looks for itself every few seconds."""

    def __init__(self, queue: Any, deliver: Callable[[int], None]) -> None:
        self._queue = queue

        def answer_waits(outbox_id: int) -> None:
            deliver(outbox_id)

        self._task = queue.task()(answer_waits)

    def ring(self, outbox_id: int) -> None:
        try:
            self._task(int(outbox_id))
        except Exception:  # noqa: BLE001 - whatever ails the bell, the outbox holds the truth and is looked at anyway
            return

    def pending(self) -> int:
        return int(self._queue.pending_count())


def run_consumer(queue: Any, stopping: threading.Event) -> None:
    """Answer the bell until `stopping`. Signals stay with the process; huey's own handling of them is not wanted."""
    consumer = Consumer(queue, workers=1, periodic=False, initial_delay=DEMO_DELAY, max_delay=0.25, backoff=1.3)
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
