"""What the two providers have in common: posting webhooks and failing on request."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from bots.loopback.faults import Fault, Faults, Kind

if TYPE_CHECKING:
    import httpx

    ClientFactory = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]

Clock = Callable[[], float]


@dataclass(frozen=True)
class Answer:
    """What the webhook last said; `status` is None when nothing was heard, `attempts` counts the posts tried."""

    status: int | None
    attempts: int
    content_type: str = ""
    text: str = ""

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Poster:
    """Posts a webhook; tries again with the same body, waiting `wait`, 2 x `wait`, ... seconds in between."""

    def __init__(self, faults: Faults, factory: ClientFactory | None, *, wait: float, timeout: float) -> None:
        self._faults, self._factory, self._wait, self._timeout = faults, factory, wait, timeout

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, retries: int, again: Callable[[int], bool]
    ) -> Answer:
        """The last answer: at most 1 + `retries` posts, stopping at a status for which `again` says no."""
        answer = Answer(None, 0)
        for attempt in range(1, retries + 2):
            if attempt > 1:
                await asyncio.sleep(self._wait * 2 ** (attempt - 2))
            answer = await self._once(url, body, headers, attempt)
            if answer.status is not None and not again(answer.status):
                break
        return answer

    async def _once(self, url: str, body: bytes, headers: Mapping[str, str], attempt: int) -> Answer:
        import httpx  # heavy: an idle demo never pays for it

        fault = self._faults.take("webhook", Kind.NO_ANSWER, Kind.TIMEOUT_AFTER_ACCEPT)
        if fault and fault.kind is Kind.NO_ANSWER:
            return Answer(None, attempt)
        try:
            async with self._client(url) as client:
                heard = await client.post(url, content=body, headers=dict(headers), timeout=self._timeout)
        except httpx.HTTPError:
            return Answer(None, attempt)
        if fault:
            return Answer(None, attempt)
        return Answer(heard.status_code, attempt, heard.headers.get("content-type", ""), heard.text)

    def _client(self, url: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        import httpx

        if self._factory is not None:
            return self._factory()
        return httpx.AsyncClient(trust_env=False, verify=url.startswith("https:"))


async def stumble(
    request: Request, faults: Faults, operation: str,
    accept: Callable[[], Response], failure: Callable[[Fault], Response],
) -> Response:  # fmt: skip
    """The answer of `accept`, unless a fault is planned; call it after the body of the request has been read."""
    fault = faults.take(operation)
    if fault is None:
        return accept()
    if fault.kind is Kind.TIMEOUT_AFTER_ACCEPT:
        accept()
    if fault.kind in (Kind.TIMEOUT_AFTER_ACCEPT, Kind.NO_ANSWER):
        await _hold(request, faults.patience)
    return failure(fault)


async def _hold(request: Request, patience: float) -> None:
    """Waits until the client hangs up, `patience` seconds at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while (await request.receive())["type"] != "http.disconnect":
                pass
