"""The only log: event codes with enumerated fields. No address, no text, no query string can get in.

Other libraries' loggers are switched off altogether: httpx logs Telegram's token, huey the text of exceptions.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import PurePath
from types import TracebackType

from hotline.contact import Channel


class Event(StrEnum):
    STARTED = "started"
    STOPPED = "stopped"
    FAULT = "fault"
    STORE_UNAVAILABLE = "store_unavailable"
    DISK_FULL = "disk_full"
    WEBHOOK_REFUSED = "webhook_refused"
    PUT_ASIDE = "put_aside"
    WORKER_STARTED = "worker_started"
    WORKER_ENDED = "worker_ended"
    CONTACTS_LOST = "contacts_lost"
    RING_ADVANCED = "ring_advanced"
    NOT_DELIVERED = "not_delivered"
    PARCEL_DECLINED = "parcel_declined"
    PROVIDER_AWAY = "provider_away"
    ERASURE_OVERDUE = "erasure_overdue"
    SURGE_BEGAN = "surge_began"
    SURGE_ENDED = "surge_ended"
    COST_CAP_REACHED = "cost_cap_reached"
    PUBLISHED = "published"
    NOT_PUBLISHED = "not_published"
    PANIC = "panic"
    NOT_ALERTED = "not_alerted"


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


class Log:
    """Writes events through `write`, one JSON object a line."""

    def __init__(self, write: Callable[[str], None] = _to_stderr, clock: Callable[[], float] = time.time) -> None:
        self._write = write
        self._clock = clock

    def record(
        self,
        event: Event,
        *,
        channel: Channel | None = None,
        status: int | None = None,
        fault: BaseException | None = None,
    ) -> None:
        """One event. Of a fault only its type and the lines of code it passed are kept, never what it says."""
        table: dict[str, object] = {"at": int(self._clock()), "event": event.value}
        if channel is not None:
            table["channel"] = channel.value
        if status is not None:
            table["status"] = int(status)
        if fault is not None:
            table["fault"] = type(fault).__name__
            table["where"] = _places(fault.__traceback__)
        self._write(json.dumps(table))


def _places(trace: TracebackType | None) -> list[str]:
    found = []
    while trace is not None:
        found.append(f"{PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-6:]


def silence_other_loggers() -> None:
    """From here on nothing but `Log` writes anything."""
    logging.disable(logging.CRITICAL)
