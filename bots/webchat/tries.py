"""Looking up codes, one at a time: each look takes 64 MiB, so a crowd is asked to come again rather than let in."""

from __future__ import annotations

import asyncio

from hotline.store.codes import Codes

TRIES_AT_ONCE = 4
"""So many may be looked up or wait for it."""


class Tries:
    """The one way to the digest of a code."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._trying = 0
        self._one = asyncio.Lock()

    async def digest(self, code: str) -> bytes | None:
        """What is kept of a code, or None when too many wait for theirs. In a thread, so that nobody else waits."""
        if self._trying >= TRIES_AT_ONCE:
            return None
        self._trying += 1
        try:
            async with self._one:
                return await asyncio.to_thread(self._codes.digest, code)
        finally:
            self._trying -= 1
