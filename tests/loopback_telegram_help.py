"""The simulated Telegram, asked by python-telegram-bot's own Bot."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.responses import JSONResponse
from telegram import Bot
from telegram.request import HTTPXRequest

from bots.loopback.faults import Faults
from bots.loopback.telegram import Delivery, Telegram
from tests.loopback_help import WEBHOOK, Clock, Server, Webhook

TOKEN, SECRET = "123456:a-token", "a_secret-Word"
AMARA, BOGDAN = 7001, 7002
TRUST = ssl.create_default_context()  # once: it is what a new client spends its time on
T = TypeVar("T")


def a_telegram(server: Server, clock: Clock, webhook: Webhook) -> Telegram:
    """One that Amara has written to before."""
    made = Telegram(
        TOKEN, webhook_url=WEBHOOK, webhook_secret=SECRET, clock=clock, client_factory=webhook.client,
        faults=Faults(patience=5.0), retry_wait=0.001,
    )  # fmt: skip
    made.meet(AMARA)
    server.app = made.app
    return made


def ask(server: Server, question: Callable[[Bot], Awaitable[T]], *, token: str = TOKEN, timeout: float = 5.0) -> T:
    """What the real Bot makes of the answer."""

    async def run() -> T:
        transport = HTTPXRequest(read_timeout=timeout, httpx_kwargs={"verify": TRUST})
        async with transport:
            bot = Bot(token, base_url=f"{server.url}/bot", request=transport, get_updates_request=transport)
            return await question(bot)

    return asyncio.run(run())


def write(telegram: Telegram, chat_id: int, text: str, **more: Any) -> Delivery:
    return asyncio.run(telegram.write(chat_id, text, **more))


def update_of(webhook: Webhook, place: int = -1) -> dict[str, Any]:
    update = json.loads(webhook.posts[place].body)
    assert isinstance(update, dict)
    return update


def texts(telegram: Telegram, chat_id: int) -> list[tuple[str, str]]:
    return [(entry.who, entry.text) for entry in telegram.thread(chat_id)]


def says(method: str, **params: Any) -> JSONResponse:
    return JSONResponse({"method": method, **params})
