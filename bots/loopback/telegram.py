"""A Telegram that lives in memory: the Bot API for one bot, and the people who write to it."""

from __future__ import annotations

import json
import time
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bots.loopback.base import Clock, Poster, stumble
from bots.loopback.faults import Fault, Faults, Kind
from bots.loopback.telegram_chats import Button, Chats, Entry
from bots.loopback.telegram_methods import METHODS, Hook, Methods, Refusal, too_many
from bots.loopback.telegram_person import TIMEOUT, Delivery, Person

if TYPE_CHECKING:
    from bots.loopback.base import ClientFactory

__all__ = ["Button", "Delivery", "Entry", "Telegram"]


class Telegram(Person):
    """`app` is the Bot API; `write`, `press` and `thread` are a person's chat.

    `pace` is the seconds per message of one chat once a `burst` of them is spent (0: no limit); `retry_wait` the
    first wait before an update is posted again.
    """

    def __init__(
        self, token: str, *, webhook_url: str | None, webhook_secret: str | None, clock: Clock = time.time,
        faults: Faults | None = None, client_factory: ClientFactory | None = None, pace: float = 1.0, burst: int = 5,
        retry_wait: float = 0.1,
    ) -> None:  # fmt: skip
        faults = faults or Faults()
        number = token.partition(":")[0]
        bot = {
            "id": int(number) if number.isdecimal() else 1,
            "is_bot": True,
            "first_name": "Loopback",
            "username": "loopback_bot",
        }
        methods = Methods(Chats(bot, clock), Hook(webhook_url, webhook_secret), pace=pace, burst=burst)
        super().__init__(methods, faults, Poster(faults, client_factory, wait=retry_wait, timeout=TIMEOUT))
        self._token = token
        self.app = Starlette(
            routes=[Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"])],
            exception_handlers={Refusal: _refused, 404: _not_found, 405: _not_found},
        )

    async def _answer(self, request: Request) -> Response:
        if request.path_params["token"] != self._token:
            raise Refusal(401, "Unauthorized")
        name = request.path_params["method"].lower()
        if name not in METHODS:
            raise Refusal(404, "Not Found")
        params = await _params(request)

        def accept() -> Response:
            return JSONResponse({"ok": True, "result": self._methods.call(name, params)})

        return await stumble(request, self.faults, METHODS[name].operation, accept, _failure)


async def _params(request: Request) -> dict[str, Any]:
    """The parameters of a call, from wherever the Bot API allows them: address, form or JSON."""
    params: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return params | dict(await request.form())
    body = await request.body()
    if kind != "application/json":
        return params | dict(parse_qsl(body.decode(), keep_blank_values=True))
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Refusal(400, "Bad Request: can't parse JSON object")
    return params | said


def _failure(fault: Fault) -> Response:
    if fault.kind is Kind.TOO_MANY:
        return _written(too_many(fault.retry_after))
    return _written(Refusal(502, "Bad Gateway"))


def _written(refusal: Refusal) -> Response:
    wait = refusal.retry_after
    return JSONResponse(
        refusal.document(), refusal.code, headers=None if wait is None else {"Retry-After": str(ceil(wait))}
    )


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _written(error)


async def _not_found(_request: Request, _error: Exception) -> Response:
    return _written(Refusal(404, "Not Found"))
