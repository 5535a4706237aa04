"""Wakes a browser by its push service (RFC 8030), without any content: what it shows stands in the browser already."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bots.ask import NoAnswer, ask
from hotline.alert import SLOW, Rules, origin
from hotline.desk.alarm import Gone
from hotline.desk.deliver import NotSent
from hotline.plain import number

if TYPE_CHECKING:
    from app.vapid import PushKey

LIFE_SECONDS = int(SLOW)
"""A browser that is away gets it within this time or never: the next alert comes by itself."""

TOKEN_SECONDS = 3600.0
CALL_SECONDS = 10.0
LONGEST_WAIT = 3600.0


class Push:
    """The way to browsers. `contact`: the address that a push service may complain to."""

    def __init__(self, key: Path, contact: str, rules: Rules, clock: Callable[[], float] = time.time) -> None:
        self._path = key
        self._contact = contact
        self._rules = rules
        self._clock = clock

    @cached_property
    def _key(self) -> PushKey:
        from app.vapid import PushKey

        return PushKey(self._path)

    def public_key(self) -> str:
        return self._key.public

    def send(self, endpoint: str) -> None:
        """Raises NotSent, and Gone where nobody listens any more. Only known push services are called, at every call."""
        if not self._rules.serves(endpoint):
            raise NotSent("not a push service that we call", permanent=True)
        until = self._clock() + TOKEN_SECONDS
        headers = {
            "Authorization": self._key.authorization(origin(endpoint), self._contact, until),
            "TTL": str(LIFE_SECONDS),
            "Urgency": "high",
            "Topic": "waits",
        }
        try:
            answer = ask("POST", endpoint, headers=headers, read=CALL_SECONDS)
        except NoAnswer as fault:
            raise NotSent("no answer", sure=fault.sure, down=True) from None
        if answer.status in (404, 410):
            raise Gone
        if not answer.ok:
            wait = min(float(number(answer.retry_after or "") or 0), LONGEST_WAIT)
            raise NotSent(f"push service {answer.status}", wait=wait or None, down=answer.status >= 500)
