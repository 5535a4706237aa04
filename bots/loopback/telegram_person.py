"""The person's side of the simulated Telegram: a chat that writes and presses, and the updates made of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from bots.loopback.base import Answer, Poster
from bots.loopback.faults import Faults, Kind
from bots.loopback.telegram_chats import Chats, Document, Entry, entities
from bots.loopback.telegram_methods import Hook, Methods, Parcel, Refusal

TIMEOUT = 60.0


@dataclass(frozen=True)
class Delivery:
    """How an update went; `replies` are the texts sent by answering the webhook itself.

    `message_id` is what was written or pressed.
    """

    acknowledged: bool
    status: int | None
    attempts: int
    replies: tuple[str, ...]
    update_id: int
    message_id: int | None


class Person:
    """Everybody who writes to one bot; chats are told apart by their id."""

    def __init__(self, methods: Methods, faults: Faults, poster: Poster) -> None:
        self._methods, self.faults, self._poster = methods, faults, poster
        self._chats: Chats = methods.chats
        self._hook: Hook = methods.hook
        self._held: list[Parcel] = []
        self._update_id = int(self._chats.clock())
        self._in_order = asyncio.Lock()
        self.refused: list[tuple[str, str]] = []

    @property
    def webhook_url(self) -> str | None:
        return self._hook.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._hook.url = url

    @property
    def allowed(self) -> Sequence[str]:
        """The kinds of update that are told; none named means all."""
        return self._hook.allowed

    @allowed.setter
    def allowed(self, kinds: Sequence[str]) -> None:
        self._hook.allowed = list(kinds)

    @property
    def sent(self) -> list[Entry]:
        """Every message the bot sent, as it was sent; deleting and editing do not touch it."""
        return self._chats.sent

    @property
    def deleted(self) -> list[tuple[int, int]]:
        """(chat id, message id) of what the bot deleted."""
        return self._chats.deleted

    @property
    def blocked(self) -> set[int]:
        """Chats that blocked the bot; add to it or take away."""
        return self._chats.blocked

    @property
    def undelivered(self) -> list[Document]:
        """The updates the webhook has not acknowledged, oldest first; those held back by a reorder last."""
        return [parcel.update for parcel in (*self._hook.pending, *self._held)]

    @property
    def answered(self) -> dict[str, str]:
        """Callback queries the bot answered, id to the text shown."""
        return {name: text for name, text in self._methods.queries.items() if text is not None}

    @property
    def actions(self) -> list[tuple[int, str]]:
        """(chat id, action) of what the bot showed that it does, such as typing."""
        return self._methods.actions

    @property
    def commands(self) -> list[Document] | None:
        """The commands that the bot's menu offers; None when nobody has set any."""
        return self._methods.commands

    def meet(self, chat_id: int, chat_type: str = "private") -> None:
        """Makes a chat known without an update: as if it had written long ago."""
        self._chats.meet(chat_id, chat_type)

    def thread(self, chat_id: int) -> list[Entry]:
        """All messages of a chat, oldest first, deleted ones marked."""
        return self._chats.thread(chat_id)

    async def write(
        self, chat_id: int, text: str, *, language_code: str = "en", start: str | None = None, sticker: bool = False,
        photo: bool = False, edit_of: int | None = None, chat_type: str = "private", forward: bool = False,
        retries: int = 2,
    ) -> Delivery:  # fmt: skip
        """Writes in a chat and posts the update.

        `start` opens the bot by a link with that payload ("" for none) in place of `text`. `edit_of` changes an
        earlier message. Not acknowledged: posted again, at most `retries` times, with the same update_id; then it
        stays in `undelivered`, and nothing newer overtakes it.
        """
        self._chats.meet(chat_id, chat_type)
        if start is not None:
            text = f"/start {start}".strip()
        if edit_of is not None:
            document = self._edited(chat_id, edit_of, text)
            return await self._push("edited_message", document, edit_of, retries)
        content = _content(text, sticker=sticker, photo=photo)
        if forward:
            origin = {"type": "hidden_user", "sender_user_name": "Someone", "date": int(self._chats.clock())}
            content["forward_origin"] = origin
        document = self._chats.add("person", _user(chat_id, language_code), chat_id, content).document
        return await self._push("message", document, document["message_id"], retries)

    async def press(
        self, chat_id: int, message_id: int, data: str, *, language_code: str = "en", retries: int = 2
    ) -> Delivery:
        """Presses a button of the bot's message; a deleted message arrives as an inaccessible one."""
        note = self._chats.find(chat_id, message_id)
        gone = {"chat": self._chats.meet(chat_id), "message_id": message_id, "date": 0}
        name = f"{self._update_id + 1}{abs(chat_id)}"
        self._methods.queries[name] = None
        query = {
            "id": name,
            "from": _user(chat_id, language_code),
            "message": note.document if note else gone,
            "chat_instance": str(-abs(chat_id) * 7919),
            "data": data,
        }
        return await self._push("callback_query", query, message_id, retries)

    async def redeliver(self, *, retries: int = 0) -> list[Delivery]:
        """Tries everything undelivered again, in order, stopping at the first that fails again."""
        self._hook.pending.extend(self._held)
        self._held.clear()
        waiting = list(self._hook.pending)
        await self._drain(retries)
        return [_delivery(parcel) for parcel in waiting]

    def _edited(self, chat_id: int, message_id: int, text: str) -> Document:
        note = self._chats.find(chat_id, message_id)
        if note is None or note.who != "person":
            raise ValueError(f"chat {chat_id} has no message {message_id} of the person's own")
        kept = {name: value for name, value in note.document.items() if name not in ("text", "entities")}
        note.document = kept | {"edit_date": int(self._chats.clock())} | _content(text, sticker=False, photo=False)
        return note.document

    async def _push(self, kind: str, document: Document, message_id: int | None, retries: int) -> Delivery:
        self._update_id += 1
        parcel = Parcel({"update_id": self._update_id, kind: json.loads(json.dumps(document))}, kind, message_id)
        if self._hook.allowed and kind not in self._hook.allowed:
            return _delivery(parcel)
        if self.faults.take("webhook", Kind.REORDER):
            self._held.append(parcel)
            return _delivery(parcel)
        self._hook.pending.extend([parcel, *self._held])
        self._held.clear()
        await self._drain(retries)
        return _delivery(parcel)

    async def _drain(self, retries: int) -> None:
        async with self._in_order:
            pending = self._hook.pending
            while pending and self._hook.url:
                parcel = pending[0]
                await self._deliver(self._hook.url, parcel, retries)
                if not parcel.acknowledged:
                    break
                if pending and pending[0] is parcel:
                    pending.popleft()

    async def _deliver(self, url: str, parcel: Parcel, retries: int) -> None:
        rounds = 2 if self.faults.take("webhook", Kind.DUPLICATE) else 1
        for _ in range(rounds):
            answer = await self._post(url, parcel, retries)
            parcel.tried += answer.attempts
            parcel.status = answer.status
            if answer.ok:
                parcel.acknowledged = True
                parcel.replies += self._obey(answer)
            else:
                why = "Connection refused" if answer.status is None else f"{answer.status}"
                self._hook.last_error = (int(self._chats.clock()), f"Wrong response from the webhook: {why}")

    async def _post(self, url: str, parcel: Parcel, retries: int) -> Answer:
        headers = {"Content-Type": "application/json"}
        if self._hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._hook.secret
        body = json.dumps(parcel.update, ensure_ascii=False).encode()
        return await self._poster.post(
            url, body, headers, retries=retries, again=lambda status: not 200 <= status < 300
        )

    def _obey(self, answer: Answer) -> tuple[str, ...]:
        """Does the method a webhook answer names; like the real one it tells the bot nothing of a failure."""
        try:
            asked = json.loads(answer.text or "null")
        except ValueError:
            return ()
        if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
            return ()
        try:
            self._methods.call(asked["method"], asked)
        except Refusal as refusal:
            self.refused.append((asked["method"], refusal.description))
            return ()
        return (str(asked["text"]),) if asked["method"].lower() == "sendmessage" else ()


def _delivery(parcel: Parcel) -> Delivery:
    return Delivery(
        parcel.acknowledged, parcel.status, parcel.tried, parcel.replies, parcel.update["update_id"], parcel.message_id
    )


def _user(chat_id: int, language_code: str) -> Document:
    number = abs(chat_id)
    return {
        "id": number,
        "is_bot": False,
        "first_name": "Caller",
        "username": f"caller{number}",
        "language_code": language_code,
    }


def _content(text: str, *, sticker: bool, photo: bool) -> Document:
    if sticker:
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return {"sticker": {"file_id": "loopback-sticker", "file_unique_id": "sticker", "emoji": "👍", **shape}}
    if photo:
        sizes = [
            {"file_id": f"loopback-photo-{side}", "file_unique_id": f"photo{side}", "width": side, "height": side}
            for side in (90, 320)
        ]
        return {"photo": sizes, **({"caption": text} if text else {})}
    found = entities(text)
    return {"text": text, **({"entities": found} if found else {})}
