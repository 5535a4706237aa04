"""The line to Telegram. The only importer of python-telegram-bot, and itself imported when it is first needed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from math import ceil
from typing import Any

import httpx

os.environ.setdefault("PTB_TIMEDELTA", "true")  # without it every RetryAfter warns of what it will become

from telegram import Bot, WebhookInfo
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bots.ask import LONGEST_ANSWER
from hotline.desk.deliver import NotSent

__all__ = ["Bot", "WebhookInfo", "opened", "said", "wipe"]

CALL_SECONDS = 20.0
"""How long one call may take as a whole, however slowly its answer comes."""

SHORTEST_WAIT, USUAL_WAIT, LONGEST_WAIT = 1.0, 60.0, 3600.0
"""How long we keep away when Telegram asks us to: at least, when nobody understands how long, and at most."""

TOGETHER = 100
"""Messages that Telegram deletes in one call."""

REFUSALS = 4
"""Messages that Telegram will not delete before we stop: what is older it will not delete either."""

NONSENSE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What the library raises on an answer that is JSON of another shape than Telegram's."""


class Line(HTTPXRequest):
    """The library's own way to ask, within bounds: of time, of size, and without writing what came into a log."""

    def __init__(self) -> None:
        plain = {"headers": {"Accept-Encoding": "identity"}, "event_hooks": {"response": [_bounded]}}
        super().__init__(read_timeout=10, connect_timeout=5, httpx_kwargs=plain)

    async def do_request(self, *what: Any, **how: Any) -> tuple[int, bytes]:
        async with asyncio.timeout(CALL_SECONDS):
            return await super().do_request(*what, **how)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            told = json.loads(payload)
        except (ValueError, RecursionError) as fault:
            raise TelegramError("no JSON") from fault
        if not isinstance(told, dict):
            raise TelegramError("no object") from TypeError()
        about = told.pop("parameters", None)
        if isinstance(about, dict) and about.get("retry_after") is not None:
            told["parameters"] = {"retry_after": ceil(seconds(about["retry_after"]))}
        return told


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > LONGEST_ANSWER:
                raise httpx.ReadError("too long")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bounded(response: httpx.Response) -> None:
    """From here on a body that is too long counts as none: the library would read it to its end, wherever that is."""
    if response.headers.get("content-encoding", "identity") != "identity":  # a small body could unfold into a huge one
        raise httpx.ReadError("packed, though we asked for plain words")
    assert isinstance(response.stream, httpx.AsyncByteStream), "the client is asynchronous"
    response.stream = _Bounded(response.stream)


@contextlib.asynccontextmanager
async def opened(token: str, api_url: str) -> AsyncIterator[Bot]:
    """The library's bot for one piece of work; what it raises becomes NotSent."""
    line = Line()
    try:
        await line.initialize()
        yield Bot(token, base_url=f"{api_url}/bot", request=line)
    except TelegramError as fault:
        raise _not_sent(fault) from None
    except NONSENSE:
        raise NotSent("no sense", sure=False, down=True) from None
    finally:
        await line.shutdown()


def _not_sent(fault: TelegramError) -> NotSent:
    """What an error of the library means. With a cause it is not Telegram that spoke: the page of a proxy refuses nothing."""
    if fault.__cause__ is not None:
        never_connected = type(fault.__cause__).__name__ in {"ConnectError", "ConnectTimeout", "PoolTimeout"}
        return NotSent("no answer", sure=never_connected, down=True)
    if isinstance(fault, RetryAfter):
        return NotSent("too many", wait=seconds(fault.retry_after), down=True)
    if isinstance(fault, Forbidden | InvalidToken):
        return NotSent("blocked by the caller, or the token is wrong", permanent=True)
    if isinstance(fault, BadRequest):
        return NotSent("refused", permanent=True)
    return NotSent("no answer", down=True)


async def said(bot: Bot, chat_id: int, text: str) -> int:
    """Say it. The number of the message."""
    number = (await bot.send_message(chat_id, text)).message_id
    if type(number) is not int:
        raise NotSent("no name", sure=False, down=True)
    return number


async def wipe(bot: Bot, chat_id: int, numbers: range, must: int) -> bool:
    """Delete these messages, newest first, a hundred a call; whether `must`, if it is one of them, is gone.

    A call is refused as a whole for one message that is too old, so a refused one is halved until that is found.
    """
    newest = list(reversed(numbers))
    waiting = [newest[at : at + TOGETHER] for at in range(0, len(newest), TOGETHER)][::-1]
    gone, refused = False, 0
    while waiting and refused < REFUSALS:
        some = waiting.pop()
        try:
            if await bot.delete_messages(chat_id, some) is not True:
                raise NotSent("neither deleted nor refused", sure=False, down=True)
            gone = gone or must in some
        except BadRequest as fault:
            if fault.__cause__ is not None:
                raise
            if len(some) == 1:
                refused += 1
            else:
                half = len(some) // 2
                waiting += [some[half:], some[:half]]
    return gone


def seconds(wait: Any) -> float:
    """The wait that was asked for, within reason: a provider that is ill must not keep us away for ever."""
    try:
        asked = float(wait.total_seconds() if hasattr(wait, "total_seconds") else wait)
    except NONSENSE:
        return USUAL_WAIT
    return USUAL_WAIT if asked != asked else min(max(asked, SHORTEST_WAIT), LONGEST_WAIT)
