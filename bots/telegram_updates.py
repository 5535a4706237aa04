"""What an update of Telegram says to us. Nothing here asks Telegram anything."""

from __future__ import annotations

import re
from typing import Any

from bots.contract import Refused
from hotline.contact import Channel
from hotline.language import LANGUAGES, matching
from hotline.message import Attachment, Incoming
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

_START = re.compile(r"^/start(?:@\w+)?(?:\s+(?P<payload>.*))?$", re.DOTALL)
_PAYLOAD = re.compile(r"^(?=.{1,64}$)(?P<campaign>[A-Za-z0-9-]*(?:_[A-Za-z0-9-]+)*)_(?P<tag>[A-Za-z0-9-]+)$")
"""What a link of a page carries: which campaign, and in which language it was read. Telegram allows 64 of these signs."""

_STAFF = re.compile(r"^staff_(?P<code>[A-Za-z0-9_-]{22})$")
"""What the link of a member of staff carries who wants to be alerted here."""

_LINKS = re.compile(r"^[A-Za-z0-9_-]{0,64}$")
"""What any link may carry. Everything else behind /start was written by a person, and is their words."""


def incoming(update: dict[str, Any]) -> Incoming | None:
    """The message in an update, or None when it holds nothing for us. Raises Refused."""
    kind = next((kind for kind in TALKS if isinstance(update.get(kind), dict)), None)
    if kind is None:
        return None
    talk: dict[str, Any] = update[kind]
    pressed = kind == "callback_query"
    message = talk.get("message") if pressed else talk
    chat = message.get("chat") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(chat, dict) or chat.get("type") != "private":
        return None
    if type(chat.get("id")) is not int:
        raise Refused(400, "The update holds a chat without a number.")
    person = talk.get("from")
    language = person.get("language_code") if isinstance(person, dict) else None
    text = "" if pressed else _text(talk)
    payload = ""
    if started := _START.match(text):
        payload = (started["payload"] or "").strip()
        text = "" if _LINKS.match(payload) else payload
    campaign, read_in = linked(payload)
    staff = _STAFF.match(payload) if kind == "message" else None
    return Incoming(
        channel=Channel.TELEGRAM,
        sender=str(chat["id"]),
        recipient="bot",
        id=str(update["update_id"]),
        text=text,
        attachments=() if pressed else tuple(kind for name, kind in _ATTACHMENTS.items() if name in talk),
        choice=storable(talk["data"]) if pressed and isinstance(talk.get("data"), str) else None,
        language=read_in or (storable(language) if isinstance(language, str) else None),
        mark=_mark(message),
        campaign=campaign,
        edited=kind == "edited_message",
        tap=storable(talk["id"]) if pressed and isinstance(talk.get("id"), str) else None,
        staff_code=staff["code"] if staff else None,
    )


def linked(payload: str) -> tuple[str | None, str | None]:
    """The campaign and the language of a page's link; of anything else nothing is taken, for anybody can make one up."""
    found = _PAYLOAD.match(payload)
    language = matching(found["tag"], tuple(LANGUAGES)) if found else None
    if found is None or language is None:
        return None, None
    return found["campaign"] or None, language


def _mark(message: dict[str, Any]) -> int | None:
    number = message.get("message_id")
    return number if type(number) is int and 0 < number < 2**52 else None


def _text(message: dict[str, Any]) -> str:
    for name in ("text", "caption"):
        if isinstance(message.get(name), str):
            return storable(message[name])
    return ""
