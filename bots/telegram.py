"""Telegram by webhook: what calls us, and what we do there by the line that loads when it is first needed."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from bots.ask import NoAnswer, ask
from bots.contract import Refused, Request, Response
from bots.pace import Pace
from bots.telegram_updates import TALKS, incoming
from hotline.contact import Channel
from hotline.desk.deliver import CannotAsk, Dispatch, NotSent
from hotline.message import Erasure, Incoming, Outgoing, Report

if TYPE_CHECKING:
    from bots.telegram_line import Bot, WebhookInfo

SHOWN_SECONDS = 3.0
"""How long a mark of receipt may take: it is a courtesy, and the answer itself does not wait for it."""

NOTE_SECONDS = 600.0
"""So long after the wish the note about it may still come: later the phone may be in other hands."""

BEFORE, AFTER = 1000, 50
"""Message numbers are counted over all chats of a bot. Deleting begins this many before the one that asked for it, or at
the first of the contact if that is further back, and ends this many behind it: our last reply has a later number. Where
others wrote in between, it has a much later one: so whatever lies between that end and the note is deleted as well."""

FURTHEST = 40_000
"""Numbers that one wish to delete may span: 400 calls. Beyond it the caller is told to delete the chat themselves."""


class Telegram:
    """Telegram's side of the hotline. `secret` comes back with every genuine update; `say` gives the words of a language
    for the note after deleting (the web process, which deletes nothing, needs none)."""

    channels = frozenset({Channel.TELEGRAM})
    fetch_seconds = 3600.0

    def __init__(
        self,
        token: str,
        secret: str,
        api_url: str,
        say: Callable[[str, str], str] = lambda language, key: "",
        *,
        clock: Callable[[], float] = time.monotonic,
        rest: Callable[[float], None] = time.sleep,
        today: Callable[[], float] = time.time,
    ) -> None:
        self._token = token
        self._secret = secret
        self._api_url = api_url.rstrip("/")
        self._say = say
        self._clock, self._rest, self._today = clock, rest, today
        self._pace, self._turns = Pace(), threading.Lock()

    def knock(self, headers: Mapping[str, str]) -> None:
        given = headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise Refused(403, "The X-Telegram-Bot-Api-Secret-Token header is missing or wrong.")

    def receive(self, request: Request) -> Incoming | None:
        self.knock(request.headers)
        try:
            update = json.loads(request.body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Refused(400, "The body is not JSON in UTF-8.") from None
        if not isinstance(update, dict) or type(update.get("update_id")) is not int:
            raise Refused(400, "The body is not an update of Telegram: update_id is missing.")
        return incoming(update)

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
        """Raises NotSent, untried, when it is not this chat's turn. The script's words wait here: no row keeps them."""
        chat = dispatch.address.caller
        while wait := self._wait(chat):
            if dispatch.by_staff:
                raise NotSent("not its turn", untried=True, wait=wait)
            self._rest(wait)
        try:
            return asyncio.run(self._send(int(chat), dispatch.text))
        except NotSent as fault:
            if fault.sure:
                with self._turns:
                    self._pace.give_back(chat)
            raise

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        raise CannotAsk

    def acknowledge(self, incoming: Incoming) -> None:
        """A tapped button stops turning; whoever wrote sees that something is being written."""
        with contextlib.suppress(Exception):  # best effort: the message itself is safe whatever happens here
            if incoming.tap is not None:
                self._show("answerCallbackQuery", {"callback_query_id": incoming.tap})
            else:
                self._show("sendChatAction", {"chat_id": int(incoming.sender), "action": "typing"})

    def fetch(self, since: float) -> Iterable[Incoming]:
        """Telegram keeps what it could not tell us for 24 hours and repeats by itself."""
        return ()

    def erase(self, erasure: Erasure) -> None:
        """Delete both sides' messages, newest first, then say honestly in the chat what was deleted, unless it is too late.

        Safe to repeat: what is gone is skipped, and the second try deletes the first one's note.
        """
        asyncio.run(self._erase(erasure))

    def connected(self, webhook: str) -> str | None:
        """None when Telegram knows us and calls `webhook` as it should; else one sentence: what is wrong, what to do."""
        try:
            about = asyncio.run(self._about())
        except NotSent as fault:
            if fault.permanent:
                return "Telegram does not know this token: copy HOTLINE_TELEGRAM_TOKEN from @BotFather again."
            return "Telegram does not answer: check that this machine reaches api.telegram.org."
        again = "run `hotline channels --connect`."
        if about.url != webhook:
            return f"Telegram calls {about.url or 'nobody'} and not {webhook}: {again}"
        if set(about.allowed_updates or ()) != set(TALKS):
            return f"Telegram does not call for {', '.join(TALKS)}, or calls for more: {again}"
        if about.pending_update_count and about.last_error_message:
            return f"Telegram could not deliver {about.pending_update_count} messages to {webhook}: {again}"
        return None

    def connect(self, webhook: str) -> None:
        """Tell Telegram to call `webhook`, and show no commands, which would tell what the chat is for. Raises NotSent."""

        async def both() -> None:
            async with self._bot() as bot:
                await bot.set_webhook(
                    webhook, secret_token=self._secret, allowed_updates=list(TALKS), drop_pending_updates=False
                )
                await bot.set_my_commands([])

        asyncio.run(both())

    def _wait(self, chat: str) -> float:
        with self._turns:
            return self._pace.wait(chat, self._clock())

    def _show(self, method: str, what: dict[str, Any]) -> None:
        with contextlib.suppress(NoAnswer):
            ask("POST", f"{self._api_url}/bot{self._token}/{method}", what, read=SHOWN_SECONDS)

    def _bot(self) -> AbstractAsyncContextManager[Bot]:
        from bots.telegram_line import opened

        return opened(self._token, self._api_url)

    async def _send(self, chat_id: int, text: str) -> str:
        from bots.telegram_line import said

        async with self._bot() as bot:
            return str(await said(bot, chat_id, text))

    async def _about(self) -> WebhookInfo:
        async with self._bot() as bot:
            await bot.get_me()
            return await bot.get_webhook_info()

    async def _erase(self, erasure: Erasure) -> None:
        from bots.telegram_line import said, wipe

        chat_id, last = int(erasure.chat), erasure.last
        first = max(1, min(erasure.first or last, last - BEFORE))
        near = last - first <= FURTHEST
        async with self._bot() as bot:
            gone = await wipe(bot, chat_id, range(max(first, last - FURTHEST), last + AFTER + 1), last)
            key = "channel/telegram/deleted" if gone and near else "channel/telegram/undeleted"
            note = self._say(erasure.language, key)
            if note and self._today() - erasure.asked_at <= NOTE_SECONDS:
                end = await said(bot, chat_id, note)
                await wipe(bot, chat_id, range(max(last + AFTER + 1, end - FURTHEST), end), last)
