"""Twilio's Message resource and its errors, as its API writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

API = "/2010-04-01/Accounts"
LONGEST_BODY = 1600
FINAL = frozenset({"delivered", "undelivered", "failed", "received", "read", "canceled"})

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_ESCAPED = frozenset("^{}\\[~]|€\f")

REFUSALS: Mapping[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter: {about}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20009: (409, "Resource not complete: {about}"),
    20404: (404, "The requested resource {about} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21211: (400, "Invalid 'To' Phone Number: {about}"),
    21212: (400, "Invalid From Number (caller ID): {about}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The From phone number {about} is not a valid, SMS-capable inbound phone number for your account."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21655: (400, "The ContentSid {about} is Invalid"),
    21656: (400, "The ContentVariables parameter is invalid"),
    21701: (404, "The Messaging Service {about} does not exist"),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    30409: (409, "This message cannot be canceled"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
}
FAILURES: Mapping[int, str] = {
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit",
    63016: "Failed to send freeform message because you are outside the allowed window",
}


class Refusal(Exception):
    """An error Twilio answers instead of doing what was asked; `code` is Twilio's, `status` is HTTP's."""

    def __init__(self, code: int, about: str = "") -> None:
        self.code = code
        self.status, template = REFUSALS[code]
        self.message = template.format(about=about)
        super().__init__(f"{code}: {self.message}")

    def document(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


@dataclass(frozen=True)
class Message:
    """One record of the account; times in seconds since 1970, `due` is when it leaves for the person's phone."""

    sid: str
    serial: int
    sender: str
    to: str
    body: str
    direction: str
    created: float
    due: float
    updated: float
    media: int = 0
    service: str | None = None
    error: int | None = None
    callback: str = ""


@dataclass(frozen=True)
class Button:
    """A quick reply below a WhatsApp message."""

    title: str
    id: str


@dataclass(frozen=True)
class Entry:
    """One line on a person's phone; `who` is person, hotline or carrier. What still waits is `queued`, `at` ahead."""

    who: str
    text: str
    at: float
    sid: str
    status: str
    buttons: tuple[Button, ...] = ()


def segments(text: str) -> int:
    """How many parts a text is sent in: 160/153 GSM-7 units, or 70/67 UTF-16 units once one character is not GSM-7."""
    if all(letter in GSM or letter in GSM_ESCAPED for letter in text):
        units, alone, chained = sum(2 if letter in GSM_ESCAPED else 1 for letter in text), 160, 153
    else:
        units, alone, chained = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= alone else math.ceil(units / chained)


def resource(message: Message, account: str, status: str) -> dict[str, object]:
    """The Message document of the REST API."""
    here = f"{API}/{account}/Messages/{message.sid}"
    waiting = status in ("queued", "accepted")
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": _rfc2822(message.created),
        "date_sent": None if waiting else _rfc2822(message.due),
        "date_updated": _rfc2822(max(message.updated, message.created if waiting else message.due)),
        "direction": message.direction,
        "error_code": None if waiting else message.error,
        "error_message": None if waiting or message.error is None else FAILURES[message.error],
        "from": None if waiting and message.service else message.sender,
        "messaging_service_sid": message.service,
        "num_media": str(message.media),
        "num_segments": str(segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": status,
        "subresource_uris": {"media": f"{here}/Media.json"},
        "to": message.to,
        "uri": f"{here}.json",
    }


def _rfc2822(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))
