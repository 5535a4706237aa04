"""The webhooks: bounded body in, a bot's three verbs, the reply out in the same response."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bots.contract import Bot, Refused, Request
from bots.turns import Bridge, answered, turn
from hotline.desk.receive import Reply
from hotline.events import Event, Log
from hotline.plain import number
from hotline.store.engine import StoreUnavailable

LONGEST_BODY = 256 * 1024
RETRY_SECONDS = "5"


class Webhook:
    """An ASGI endpoint for one bot."""

    def __init__(self, bot: Bot, bridge: Bridge, log: Log) -> None:
        self._bot = bot
        self._bridge = bridge
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = HttpRequest(scope, receive)
        reply = Reply()
        try:
            if http.method != "POST":
                raise Refused(405, "Webhooks are called with POST.")
            request = Request(
                {name.lower(): value for name, value in http.headers.items()},
                await bounded_body(http, LONGEST_BODY),
                http.url.query,
            )
            incoming = self._bot.receive(request)
            if incoming is not None:
                reply = await turn(self._bridge, self._log, incoming)
            answer = self._bot.reply(incoming, reply.messages)
            response = HttpResponse(answer.body, media_type=answer.media_type)
        except Refused as refusal:
            self._log.record(Event.WEBHOOK_REFUSED, status=refusal.status)
            response = PlainTextResponse(refusal.sentence + "\n", refusal.status)
        except StoreUnavailable as fault:
            self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
            headers = {"Retry-After": RETRY_SECONDS}
            response = PlainTextResponse("Messages cannot be stored at the moment: try again.\n", 503, headers)
        except ClientDisconnect:
            return
        await answered(self._bridge, reply, lambda: response(scope, receive, send))


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


def routes(bots: Sequence[tuple[str, Bot]], bridge: Bridge, log: Log) -> list[Route]:
    """One route per provider that is set up: `/webhooks/twilio`, `/webhooks/telegram`."""
    return [Route(f"/webhooks/{name}", Webhook(bot, bridge, log)) for name, bot in bots]
