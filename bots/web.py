"""The webhooks: bounded body in, a bot's three verbs, the reply out in the same response."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bots.contract import Refused, Request, Response, Webhook
from bots.turns import Bridge, answered, turn
from hotline.channels import TRAITS
from hotline.desk.gather import remember_said
from hotline.desk.receive import Reply
from hotline.desk.reports import report
from hotline.events import Event, Log
from hotline.message import Incoming
from hotline.plain import number
from hotline.store.engine import StoreUnavailable

LONGEST_BODY = 256 * 1024
RETRY_SECONDS = "5"
MARKS_AT_ONCE = 2
"""In a flood a courtesy must not hold the threads that answers need."""

BODY_SECONDS = 10.0
"""Nobody has signed a body that is still on its way, so nobody may keep us waiting for it."""

THREADS = 8
"""For what a bot asks of its provider meanwhile: apart from the threads in which the console and the chat read."""


class Called:
    """An ASGI endpoint for one provider's messages."""

    def __init__(self, bot: Webhook, bridge: Bridge, log: Log) -> None:
        self._bot = bot
        self._bridge = bridge
        self._log = log
        self._threads = ThreadPoolExecutor(THREADS, "provider")
        self._marking: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = HttpRequest(scope, receive)
        reply = Reply()

        async def answer() -> HttpResponse:
            nonlocal reply
            incoming = self._bot.receive(await read(http, self._bot))
            if incoming is not None:
                reply = await turn(self._bridge, self._log, incoming)
                if not reply.silent:
                    self._acknowledge(incoming)
            made = await self._reply(incoming, reply)
            if incoming is not None and made.sent:
                await self._remember(incoming, made.sent)
            return HttpResponse(made.body, media_type=made.media_type)

        try:
            response = await guarded(self._log, answer)
        except BaseException:  # no words left: the provider's repeat must get them
            if reply.digest is not None:
                self._bridge.office.desk.in_flight.discard([reply.digest])
            raise
        if response is not None:
            await answered(self._bridge, reply, lambda: response(scope, receive, send))

    async def _reply(self, incoming: Incoming | None, reply: Reply) -> Response:
        if incoming is not None and self._bot.calls(incoming, reply.messages):
            running = asyncio.get_running_loop()
            return await running.run_in_executor(self._threads, self._bot.reply, incoming, reply.messages)
        return self._bot.reply(incoming, reply.messages)

    async def _remember(self, incoming: Incoming, ids: Sequence[str]) -> None:
        """Under which ids the script's words lie at the provider. Whatever happens here, they have left."""
        desk = self._bridge.office.desk
        try:
            await self._bridge.write(lambda tx: remember_said(desk, tx, incoming, ids, time.time()))
        except Exception as fault:  # noqa: BLE001 - the worker finds them when it looks back
            self._log.record(Event.FAULT, fault=fault)

    def _acknowledge(self, incoming: Incoming) -> None:
        """Beside the answer, which must not wait for it; left out when too many are shown at once."""
        if TRAITS[incoming.channel].marks and len(self._marking) < MARKS_AT_ONCE:
            running = asyncio.get_running_loop()
            marking = running.run_in_executor(self._threads, self._bot.acknowledge, incoming)
            self._marking.add(marking)
            marking.add_done_callback(self._marking.discard)


class Told:
    """An ASGI endpoint for what one provider tells of our messages."""

    def __init__(self, bot: Webhook, bridge: Bridge, log: Log) -> None:
        self._bot = bot
        self._bridge = bridge
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = HttpRequest(scope, receive)

        async def answer() -> HttpResponse:
            told = self._bot.report(await read(http, self._bot))
            if told is not None:
                desk = self._bridge.office.desk
                await self._bridge.write(lambda tx: report(desk, tx, told, time.time()))
            return HttpResponse(status_code=204)

        response = await guarded(self._log, answer)
        if response is not None:
            await response(scope, receive, send)


async def read(http: HttpRequest, bot: Webhook) -> Request:
    """The request in the contract's words; Refused when it is no POST, too long, too slow, or surely not genuine."""
    if http.method != "POST":
        raise Refused(405, "Webhooks are called with POST.")
    headers = {name.lower(): value for name, value in http.headers.items()}
    bot.knock(headers)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await bounded_body(http, LONGEST_BODY)
    except TimeoutError:
        raise Refused(408, f"The body did not come within {BODY_SECONDS:g} seconds.") from None
    return Request(headers, body, http.url.query)


async def guarded(log: Log, answer: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse | None:
    """The answer, or what is said instead; None when nobody is there any more to hear it."""
    try:
        return await answer()
    except Refused as refusal:
        log.record(Event.WEBHOOK_REFUSED, status=refusal.status)
        # The rest of a body that was not read must not be held either.
        return PlainTextResponse(refusal.sentence + "\n", refusal.status, {"Connection": "close"})
    except StoreUnavailable as fault:
        log.record(Event.STORE_UNAVAILABLE, fault=fault)
        headers = {"Retry-After": RETRY_SECONDS}
        return PlainTextResponse("Messages cannot be stored at the moment: try again.\n", 503, headers)
    except ClientDisconnect:
        return None


async def bounded_body(request: HttpRequest, most: int) -> bytes:
    """The whole body, or Refused once it is longer than `most` bytes."""
    told = number(request.headers.get("content-length", "0"))
    if told is None or told > most:
        raise Refused(413, f"The body is longer than {most} bytes.")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Refused(413, f"The body is longer than {most} bytes.")
        parts.append(part)
    return b"".join(parts)


def routes(bots: Sequence[tuple[str, Webhook]], bridge: Bridge, log: Log) -> list[Route]:
    """Two routes per provider that calls us: `/webhooks/twilio`, and what it tells of our messages under `/status`."""
    return [
        route
        for name, bot in bots
        for route in (
            Route(f"/webhooks/{name}", Called(bot, bridge, log)),
            Route(f"/webhooks/{name}/status", Told(bot, bridge, log)),
        )
    ]
