"""Signal through signal-cli-rest-api: a bridge on our own machine or network that is asked for what came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from bots.ask import Answer, NoAnswer, ask
from hotline.channels import HOUR, TRAITS
from hotline.contact import Channel
from hotline.desk.deliver import CannotAsk, Dispatch, NotSent
from hotline.message import Attachment, Erasure, Incoming
from hotline.plain import storable

_KINDS: tuple[tuple[str, Attachment], ...] = (
    ("image/", Attachment.PHOTO),
    ("audio/", Attachment.AUDIO),
    ("video/", Attachment.VIDEO),
    ("text/vcard", Attachment.CARD),
    ("text/x-vcard", Attachment.CARD),
)
_BESIDE = {"sticker": Attachment.STICKER, "contacts": Attachment.CARD}

MODES = ("normal", "native")
"""Ways of running the bridge in which it can be asked for messages; in json-rpc it only pushes them."""

CONNECT_SECONDS, SHOWN_SECONDS = 2.0, 3.0
FETCHED_AT_ONCE = 50
"""The bridge ends its collecting after this many messages, or one quiet second. It loses what it has collected when it is
stopped after 120 seconds (its SIGNAL_CLI_CMD_TIMEOUT), so that people who write every second must not keep it that long."""

FETCH_SECONDS = 150.0
"""Longer than the bridge itself takes at most: it gives every message once, so nobody may hang up on it."""

_FOR_GOOD = ("unregistered user", "untrusted identity", "invalid recipient", "user not found", "is not registered")
"""What the bridge says when trying again will not help: of somebody who left, or of a number of ours that it lost."""


class Signal:
    """Signal's side of the hotline: `number` is ours, registered or linked at the bridge that listens at `api_url`."""

    channels = frozenset({Channel.SIGNAL})
    fetch_seconds = 1.0

    def __init__(self, number: str, api_url: str, clock: Callable[[], float] = time.time) -> None:
        self._number = number
        self._api_url = api_url.rstrip("/")
        self._clock = clock

    def send(self, dispatch: Dispatch) -> str | None:
        message = {"number": self._number, "recipients": [dispatch.address.caller], "message": dispatch.text}
        answer = self._ask("POST", "/v2/send", message, read=20.0)
        told = answer.document.get("timestamp") if isinstance(answer.document, dict) else None
        if isinstance(told, bool) or not str(told).isdecimal():  # what has no name could never be deleted again
            raise NotSent("no name", sure=False)
        return str(told)

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        raise CannotAsk

    def acknowledge(self, incoming: Incoming) -> None:
        """Mark it as read, and show that something is being written."""
        try:
            if incoming.mark is not None:
                read = {"receipt_type": "read", "recipient": incoming.sender, "timestamp": incoming.mark}
                self._ask("POST", self._path("receipts"), read, read=SHOWN_SECONDS)
            self._ask("PUT", self._path("typing-indicator"), {"recipient": incoming.sender}, read=SHOWN_SECONDS)
        except Exception:  # noqa: BLE001, S110 - best effort: the message itself is safe whatever happens here
            pass

    def fetch(self, since: float) -> Iterable[Incoming]:
        """What came since we last asked: the bridge gives everything once."""
        how = "?timeout=1&ignore_attachments=true&ignore_stories=true&send_read_receipts=false"
        how += f"&max_messages={FETCHED_AT_ONCE}"
        came = self._ask("GET", self._path("receive") + how, None, read=FETCH_SECONDS).document
        if not isinstance(came, list):
            raise NotSent("no list", sure=False, down=True)
        found = (_incoming(one, self._number) for one in came)
        return [one for one in found if one is not None]

    def erase(self, erasure: Erasure) -> None:
        """Delete one message of ours for both sides. Apps carry that out for a day; later it cannot be undone."""
        timestamp = int(erasure.id) if erasure.id.isdecimal() else 0
        hours = TRAITS[Channel.SIGNAL].erase_hours or 0.0
        if self._clock() - timestamp / 1000 > hours * HOUR:
            raise NotSent("too old to be deleted", permanent=True)
        try:
            what = {"recipient": erasure.chat, "timestamp": timestamp}
            self._ask("DELETE", self._path("remote-delete"), what, read=20.0)
        except NotSent as fault:
            if fault.down:
                raise
            raise NotSent("refused", permanent=True) from None

    def connected(self) -> str | None:
        """None when the bridge is there and can be asked; else one sentence: what is wrong, what to do."""
        try:
            about = self._ask("GET", "/v1/about", None).document
        except NotSent:
            return f"The Signal bridge does not answer at {self._api_url}: start it, or set HOTLINE_SIGNAL_API_URL."
        mode = about.get("mode") if isinstance(about, dict) else None
        if mode not in MODES:
            return f"The Signal bridge runs in mode {mode}: start it with MODE=native."
        try:
            accounts = self._ask("GET", "/v1/accounts", None).document
        except NotSent:
            accounts = None
        if not isinstance(accounts, list) or self._number not in accounts:
            return f"The Signal bridge does not know {self._number}: register or link this number there."
        return None

    def _path(self, what: str) -> str:
        return f"/v1/{what}/{quote(self._number, safe='')}"

    def _ask(self, method: str, path: str, document: object, *, read: float = 10.0) -> Answer:
        """The answer to what the bridge did; NotSent for what it did not."""
        try:
            answer = ask(method, self._api_url + path, document, connect=CONNECT_SECONDS, read=read)
        except NoAnswer as fault:
            raise NotSent("no answer", sure=fault.sure, down=True) from None
        if answer.ok:
            return answer
        if answer.status == 429:
            raise NotSent("too many", wait=60.0, down=True) from None
        if answer.status >= 500:
            raise NotSent(f"bridge {answer.status}", sure=False, down=True) from None
        said = str(answer.document.get("error", "")) if isinstance(answer.document, dict) else ""
        raise NotSent("refused", permanent=any(word in said.casefold() for word in _FOR_GOOD)) from None


def _incoming(parcel: Any, number: str) -> Incoming | None:
    """The message in an envelope; None for what is no person's message to us alone. Never raises: it cannot be refused."""
    envelope = parcel.get("envelope") if isinstance(parcel, dict) else None
    if not isinstance(envelope, dict):
        return None
    edit = envelope.get("editMessage")
    message = edit.get("dataMessage") if isinstance(edit, dict) else envelope.get("dataMessage")
    sender = next((one for name in ("sourceUuid", "sourceNumber", "source") if _named(one := envelope.get(name))), None)
    at = envelope.get("timestamp")
    if not isinstance(message, dict) or sender is None or type(at) is not int or not 0 < at < 2**52:
        return None
    if any(message.get(name) for name in ("groupInfo", "groupV2", "remoteDelete", "reaction")):
        return None
    text = storable(message["message"]) if isinstance(message.get("message"), str) else ""
    attachments = tuple(_attachments(message))
    if not text and not attachments:
        return None  # a timer that was set, a call, a story
    return Incoming(
        channel=Channel.SIGNAL,
        sender=storable(sender),
        recipient=number,
        id=f"{storable(sender)} {at}",
        text=text,
        attachments=attachments,
        mark=at,
        edited=isinstance(edit, dict),
    )


def _named(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _attachments(message: dict[str, Any]) -> Iterable[Attachment]:
    sent = message.get("attachments")
    for one in sent if isinstance(sent, list) else ():
        kind = one.get("contentType") if isinstance(one, dict) else None
        kind = kind if isinstance(kind, str) else ""
        yield next((named for start, named in _KINDS if kind.startswith(start)), Attachment.FILE)
    yield from (named for name, named in _BESIDE.items() if message.get(name))
