"""The methods of the Bot API that the simulated Telegram understands, one table and one function each."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from bots.loopback.telegram_chats import Chats, Document, Note, entities, rows

LONGEST_TEXT = 4096
LONGEST_DATA = 64
DELETABLE = 48 * 3600.0
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip

Params = Mapping[str, Any]


class Refusal(Exception):
    """An error Telegram answers instead of doing what was asked."""

    def __init__(self, code: int, description: str, *, retry_after: float | None = None) -> None:
        self.code, self.description, self.retry_after = code, description, retry_after
        super().__init__(f"{code}: {description}")

    def document(self) -> Document:
        document: Document = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            document["parameters"] = {"retry_after": ceil(self.retry_after)}
        return document


def too_many(seconds: float) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {ceil(seconds)}", retry_after=seconds)


@dataclass
class Parcel:
    """One update on its way; `tried` posts so far, `status` of the last one, `replies` it brought back."""

    update: Document
    kind: str
    message_id: int | None
    acknowledged: bool = False
    status: int | None = None
    tried: int = 0
    replies: tuple[str, ...] = ()


@dataclass
class Hook:
    """Where updates go, and those that did not arrive yet, oldest first."""

    url: str | None
    secret: str | None
    allowed: list[str] = field(default_factory=list)
    pending: deque[Parcel] = field(default_factory=deque)
    last_error: tuple[int, str] | None = None


class Methods:
    """Does what a method asks, or raises Refusal. `pace`: seconds per message of one chat after a `burst`; 0: none."""

    def __init__(self, chats: Chats, hook: Hook, *, pace: float, burst: int) -> None:
        self.chats, self.hook, self._pace, self._burst = chats, hook, pace, burst
        self.queries: dict[str, str | None] = {}
        self.actions: list[tuple[int, str]] = []
        self.commands: list[Document] | None = None
        self._spent: dict[int, float] = {}

    def call(self, method: str, params: Params) -> object:
        """The result of a method; its name counts without regard to case."""
        if method.lower() not in METHODS:
            raise Refusal(404, "Not Found")
        return METHODS[method.lower()].do(self, params)

    def get_me(self, _params: Params) -> object:
        return {
            **self.chats.bot,
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def set_webhook(self, params: Params) -> object:
        secret = params.get("secret_token") or None
        if secret is not None and not SECRET.fullmatch(secret):
            raise _bad("secret token contains unallowed characters")
        self.hook.url, self.hook.secret = params.get("url") or None, secret
        self.hook.allowed = _decoded(params, "allowed_updates") or []
        self._drop(params)
        return True

    def delete_webhook(self, params: Params) -> object:
        self.hook.url = self.hook.secret = None
        self._drop(params)
        return True

    def get_webhook_info(self, _params: Params) -> object:
        hook = self.hook
        about: Document = {
            "url": hook.url or "",
            "has_custom_certificate": False,
            "pending_update_count": len(hook.pending),
            "max_connections": 40,
        }
        if hook.allowed:
            about["allowed_updates"] = hook.allowed
        if hook.last_error:
            about["last_error_date"], about["last_error_message"] = hook.last_error
        return about

    def send_message(self, params: Params) -> object:
        chat_id = self._chat(params)
        text = _text(params)
        self._spend(chat_id)
        content: Document = {"text": text}
        if found := entities(text):
            content["entities"] = found
        if markup := _markup(params):
            content["reply_markup"] = markup
        return self.chats.add("hotline", self.chats.bot, chat_id, content).document

    def answer_callback_query(self, params: Params) -> object:
        name = str(params.get("callback_query_id", ""))
        if name not in self.queries or self.queries[name] is not None:
            raise _bad("query is too old and response timeout expired or query ID is invalid")
        self.queries[name] = str(params.get("text") or "")
        return True

    def delete_message(self, params: Params) -> object:
        note = self._note(params, "delete")
        if not self._delete(note):
            raise _bad("message can't be deleted for everyone")
        return True

    def delete_messages(self, params: Params) -> object:
        chat_id = self._chat(params)
        numbers = _decoded(params, "message_ids") or []
        if not 1 <= len(numbers) <= 100:
            raise _bad("message identifiers are not specified" if not numbers else "too many messages to delete")
        notes = [note for number in numbers if (note := self.chats.find(chat_id, int(number))) is not None]
        if any(self._too_old(note) for note in notes):
            raise _bad("message can't be deleted for everyone")  # none of them, for the sake of one
        return all(self._delete(note) for note in notes)

    def set_my_commands(self, params: Params) -> object:
        commands = _decoded(params, "commands")
        if not isinstance(commands, list):
            raise _bad('parameter "commands" is required')
        self.commands = commands
        return True

    def edit_message_text(self, params: Params) -> object:
        return self._edit(params, _text(params))

    def edit_message_reply_markup(self, params: Params) -> object:
        return self._edit(params, None)

    def send_chat_action(self, params: Params) -> object:
        chat_id = self._chat(params)
        if params.get("action") not in ACTIONS:
            raise _bad("wrong parameter action in request")
        self.actions.append((chat_id, str(params["action"])))
        return True

    def _edit(self, params: Params, text: str | None) -> object:
        note = self._note(params, "edit")
        if note.who != "hotline":
            raise _bad("message can't be edited")
        before = note.document
        after = {name: value for name, value in before.items() if name not in ("reply_markup", "edit_date")}
        if text is not None:
            after |= {"text": text, "entities": entities(text)}
        if markup := _markup(params):
            after["reply_markup"] = markup
        if all(after.get(name) == before.get(name) for name in ("text", "reply_markup")):
            raise _bad(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        note.document = after | {"edit_date": int(self.chats.clock())}
        return note.document

    def _chat(self, params: Params) -> int:
        """The chat asked for, if the bot may write there."""
        asked = str(params.get("chat_id") or "")
        if not asked:
            raise _bad("chat_id is empty")
        if not re.fullmatch(r"-?\d+", asked) or int(asked) not in self.chats.known:
            raise _bad("chat not found")
        if int(asked) in self.chats.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return int(asked)

    def _note(self, params: Params, to_do: str) -> Note:
        chat_id, number = self._chat(params), str(params.get("message_id") or "")
        note = self.chats.find(chat_id, int(number)) if number.isdecimal() else None
        if note is None:
            raise _bad(f"message to {to_do} not found" if number else "message identifier is not specified")
        return note

    def _delete(self, note: Note) -> bool:
        if self._too_old(note):
            return False
        note.deleted = True
        self.chats.deleted.append((note.document["chat"]["id"], note.document["message_id"]))
        return True

    def _too_old(self, note: Note) -> bool:
        return self.chats.clock() - float(note.document["date"]) >= DELETABLE

    def _spend(self, chat_id: int) -> None:
        """Takes one of `burst` places; each is free again one pace after the one before it."""
        if not self._pace:
            return
        now = self.chats.clock()
        free_at = max(now, self._spent.get(chat_id, now))
        wait = free_at + self._pace - now - self._burst * self._pace
        if wait > 1e-9:
            raise too_many(wait)
        self._spent[chat_id] = free_at + self._pace

    def _drop(self, params: Params) -> None:
        if str(params.get("drop_pending_updates", "")).lower() == "true":
            self.hook.pending.clear()


@dataclass(frozen=True)
class Method:
    operation: str
    do: Callable[[Methods, Params], object]


METHODS: Mapping[str, Method] = {
    "getme": Method("other", Methods.get_me),
    "setwebhook": Method("other", Methods.set_webhook),
    "deletewebhook": Method("other", Methods.delete_webhook),
    "getwebhookinfo": Method("other", Methods.get_webhook_info),
    "setmycommands": Method("other", Methods.set_my_commands),
    "sendmessage": Method("send", Methods.send_message),
    "answercallbackquery": Method("answer", Methods.answer_callback_query),
    "deletemessage": Method("delete", Methods.delete_message),
    "deletemessages": Method("delete", Methods.delete_messages),
    "editmessagetext": Method("edit", Methods.edit_message_text),
    "editmessagereplymarkup": Method("edit", Methods.edit_message_reply_markup),
    "sendchataction": Method("other", Methods.send_chat_action),
}


def _bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


def _text(params: Params) -> str:
    text = str(params.get("text") or "")
    if not text.strip():
        raise _bad("message text is empty")
    if len(text) > LONGEST_TEXT:
        raise _bad("message is too long")
    return text


def _markup(params: Params) -> Document | None:
    markup = _decoded(params, "reply_markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise _bad("object expected as reply markup")
    for button in (button for row in rows(markup) for button in row):
        if button.data is None and button.url is None:
            raise _bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if button.data is not None and not 1 <= len(button.data.encode()) <= LONGEST_DATA:
            raise _bad("BUTTON_DATA_INVALID")
    return markup


def _decoded(params: Params, name: str) -> Any:
    """A structured parameter: JSON text in a form, the thing itself in a JSON body."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise _bad(f"can't parse {name.replace('_', ' ')} JSON object") from None
