"""Telegram by webhook. The only importer of python-telegram-bot, which loads when an answer is first sent."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bots.contract import Refused, Request, Response
from hotline.contact import Channel
from hotline.desk.deliver import CannotAsk, Dispatch, NotSent
from hotline.message import Attachment, Erasure, Incoming, Outgoing, Report
from hotline.plain import storable

_ATTACHMENTS: dict[str, Attachment] = {
    "photo": Attachment.PHOTO,
    "voice": Attachment.AUDIO,
    "audio": Attachment.AUDIO,
    "video": Attachment.VIDEO,
    "video_note": Attachment.VIDEO,
    "animation": Attachment.VIDEO,
    "sticker": Attachment.STICKER,
    "location": Attachment.LOCATION,
    "venue": Attachment.LOCATION,
    "contact": Attachment.CARD,
    "document": Attachment.FILE,
}

TALKS = ("message", "edited_message", "callback_query")
"""Kinds of update that hold words for us; an edit counts as words said anew."""


class Telegram:
    """Telegram's side of the hotline. `secret` comes back with every genuine update."""

    channels = frozenset({Channel.TELEGRAM})
    fetch_seconds = 3600.0

    def __init__(self, token: str, secret: str, api_url: str) -> None:
        self._token = token
        self._secret = secret.encode()
        self._api_url = api_url.rstrip("/")

    def receive(self, request: Request) -> Incoming | None:
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), self._secret):
            raise Refused(403, "The X-Telegram-Bot-Api-Secret-Token header is missing or wrong.")
        try:
            update = json.loads(request.body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Refused(400, "The body is not JSON in UTF-8.") from None
        if not isinstance(update, dict) or type(update.get("update_id")) is not int:
            raise Refused(400, "The body is not an update of Telegram: update_id is missing.")
        talk = next((kind for kind in TALKS if isinstance(update.get(kind), dict)), None)
        return _incoming(update["update_id"], talk, update[talk]) if talk else None

    def reply(self, incoming: Incoming | None, messages: Sequence[Outgoing]) -> Response:
        """One call fits into a response, so several messages become one."""
        if incoming is None or not messages:
            return Response("application/json", b"{}")
        buttons = [button for message in messages for button in message.buttons]
        answer: dict[str, Any] = {
            "method": "sendMessage",
            "chat_id": int(incoming.sender),
            "text": "\n\n".join(message.text for message in messages),
        }
        if buttons:
            rows = [[{"text": f"{button.number} {button.label}", "callback_data": button.key}] for button in buttons]
            answer["reply_markup"] = {"inline_keyboard": rows}
        return Response("application/json", json.dumps(answer).encode())

    def calls(self, incoming: Incoming, messages: Sequence[Outgoing]) -> bool:
        return False

    def report(self, request: Request) -> Report | None:
        raise Refused(404, "Telegram tells nothing of what we sent.")

    def send(self, dispatch: Dispatch) -> str | None:
        return asyncio.run(self._send(int(dispatch.address.caller), dispatch.text))

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        raise CannotAsk

    def acknowledge(self, incoming: Incoming) -> None:
        return

    def fetch(self, since: float) -> Iterable[Incoming]:
        """Telegram keeps what it could not tell us for 24 hours and repeats by itself."""
        return ()

    def erase(self, erasure: Erasure) -> None:
        raise NotSent("not yet", permanent=True)

    async def _send(self, chat_id: int, text: str) -> str:
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # without it every RetryAfter warns of what it will become
        from telegram import Bot
        from telegram.error import (
            BadRequest,
            Forbidden,
            InvalidToken,
            NetworkError,
            RetryAfter,
            TelegramError,
            TimedOut,
        )
        from telegram.request import HTTPXRequest

        bot = Bot(
            self._token, base_url=f"{self._api_url}/bot", request=HTTPXRequest(read_timeout=10, connect_timeout=5)
        )
        try:
            await bot.request.initialize()
            sent = await bot.send_message(chat_id, text)
            return str(sent.message_id)
        except RetryAfter as fault:
            raise NotSent("too many", wait=_seconds(fault.retry_after), down=True) from None
        except (Forbidden, InvalidToken):
            raise NotSent("blocked by the caller, or the token is wrong", permanent=True) from None
        except BadRequest:
            raise NotSent("refused", permanent=True) from None
        except (TimedOut, NetworkError, TelegramError) as fault:
            raise NotSent("no answer", sure=_surely_not_taken(fault), down=True) from None
        finally:
            await bot.request.shutdown()


def _surely_not_taken(fault: BaseException) -> bool:
    """Telegram said so itself (a 5xx), or the connection never came about. Otherwise it may have taken the message."""
    cause = type(fault.__cause__).__name__
    return fault.__cause__ is None or cause in {"ConnectError", "ConnectTimeout", "PoolTimeout"}


def _seconds(wait: Any) -> float:
    return float(wait.total_seconds() if hasattr(wait, "total_seconds") else wait)


def _incoming(update_id: int, kind: str, talk: dict[str, Any]) -> Incoming | None:
    message = talk.get("message") if kind == "callback_query" else talk
    chat = message.get("chat") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(chat, dict) or chat.get("type") != "private":
        return None
    if type(chat.get("id")) is not int:
        raise Refused(400, "The update holds a chat without a number.")
    person = talk.get("from")
    language = person.get("language_code") if isinstance(person, dict) else None
    pressed = kind == "callback_query"
    text = "" if pressed else _text(talk)
    return Incoming(
        channel=Channel.TELEGRAM,
        sender=str(chat["id"]),
        recipient="bot",
        id=str(update_id),
        text=text,
        attachments=() if pressed else tuple(kind for name, kind in _ATTACHMENTS.items() if name in talk),
        choice=storable(talk["data"]) if pressed and isinstance(talk.get("data"), str) else None,
        language=storable(language) if isinstance(language, str) else None,
    )


def _text(message: dict[str, Any]) -> str:
    for name in ("text", "caption"):
        if isinstance(message.get(name), str):
            text = storable(message[name])
            return "" if text.startswith("/start") else text
    return ""
