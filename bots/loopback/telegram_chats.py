"""What the simulated Telegram knows: the chats of one bot and the messages in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bots.loopback.base import Clock

COMMAND = re.compile(r"(?:^|(?<=\s))/[A-Za-z0-9_]{1,32}(?:@\w+)?")

Document = dict[str, Any]


@dataclass(frozen=True)
class Button:
    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Entry:
    """One message of a chat; `who` is person or hotline, `buttons` are rows, a deleted one keeps its words here."""

    who: str
    text: str
    at: float
    chat_id: int
    message_id: int
    buttons: tuple[tuple[Button, ...], ...] = ()
    deleted: bool = False
    edited: bool = False


@dataclass
class Note:
    """A message as Telegram stores it; `document` is its Message object."""

    who: str
    document: Document
    deleted: bool = False

    @property
    def entry(self) -> Entry:
        document = self.document
        return Entry(
            self.who,
            str(document.get("text") or document.get("caption") or ""),
            float(document["date"]),
            document["chat"]["id"],
            document["message_id"],
            rows(document.get("reply_markup")),
            self.deleted,
            "edit_date" in document,
        )


@dataclass
class Chats:
    """`known` are the chats that wrote first (a bot cannot begin), `blocked` those that blocked the bot.

    `sent` holds what the bot sent, as it was sent; `deleted` holds (chat id, message id).
    """

    bot: Document
    clock: Clock
    known: dict[int, Document] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    sent: list[Entry] = field(default_factory=list)
    deleted: list[tuple[int, int]] = field(default_factory=list)
    notes: dict[int, list[Note]] = field(default_factory=dict)
    counter: int = 0

    def meet(self, chat_id: int, chat_type: str = "private") -> Document:
        """The Chat object, from now on known to the bot."""
        if chat_id not in self.known:
            name = {"first_name": "Caller"} if chat_type == "private" else {"title": "Group"}
            self.known[chat_id] = {"id": chat_id, "type": chat_type, **name}
        return self.known[chat_id]

    def add(self, who: str, sender: Document, chat_id: int, content: Document) -> Note:
        """A new message at the end of a known chat, with the next message id."""
        self.counter += 1
        document = {
            "message_id": self.counter,
            "from": sender,
            "chat": self.known[chat_id],
            "date": int(self.clock()),
            **content,
        }
        note = Note(who, document)
        self.notes.setdefault(chat_id, []).append(note)
        if who == "hotline":
            self.sent.append(note.entry)
        return note

    def find(self, chat_id: int, message_id: int) -> Note | None:
        """The message, unless it never was or has been deleted."""
        for note in self.notes.get(chat_id, []):
            if note.document["message_id"] == message_id and not note.deleted:
                return note
        return None

    def thread(self, chat_id: int) -> list[Entry]:
        return [note.entry for note in self.notes.get(chat_id, [])]


def rows(markup: Document | None) -> tuple[tuple[Button, ...], ...]:
    keyboard = (markup or {}).get("inline_keyboard", [])
    return tuple(tuple(_button(one) for one in row) for row in keyboard)


def _button(one: Document) -> Button:
    return Button(one["text"], one.get("callback_data"), one.get("url"))


def entities(text: str) -> list[Document]:
    """The commands of a text, placed in UTF-16 units as Telegram counts."""
    return [
        {"type": "bot_command", "offset": _units(text[: found.start()]), "length": _units(found[0])}
        for found in COMMAND.finditer(text)
    ]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
