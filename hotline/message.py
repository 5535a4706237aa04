"""What comes in from a caller and what goes out, the same on every channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from hotline.contact import Channel

LONGEST_TEXT = 4096
"""Characters kept of one message: Telegram's own limit, the largest of our channels."""


class Attachment(StrEnum):
    """What kind of thing was sent along. It is named to staff and never fetched."""

    PHOTO = "photo"
    AUDIO = "audio"
    VIDEO = "video"
    STICKER = "sticker"
    LOCATION = "location"
    CARD = "contact card"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as a channel delivered it.

    `sender` is the address on the channel and lives only until it has become a keyed handle;
    `id` is the provider's own id of the message, the same when the provider repeats itself. `mark` is its place in
    the chat, where deleting needs one. `campaign` is the page whose link led here. `tap` names the press of a button,
    so that its app can be told that it arrived. `staff_code` is what the link of a member of staff carries. `seen` is the
    last line of the talk that stood on the caller's page, where callers fetch their answers.
    """

    channel: Channel
    sender: str
    recipient: str
    id: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    choice: str | None = None
    opted_out: bool = False
    language: str | None = None
    mark: int | None = None
    campaign: str | None = None
    edited: bool = False
    tap: str | None = None
    staff_code: str | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A numbered choice: `number` is what a caller types, `key` what a tapped button sends."""

    number: int
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to a caller. Channels without buttons show them as numbered lines."""

    text: str
    buttons: tuple[Button, ...] = ()

    def as_table(self) -> dict[str, Any]:
        """Plain values, for sealing."""
        return {"text": self.text, "buttons": [[one.number, one.key, one.label] for one in self.buttons]}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Outgoing:
        return cls(table["text"], tuple(Button(*row) for row in table["buttons"]))

    def as_text(self) -> str:
        return "\n".join([self.text, *(f"{button.number} {button.label}" for button in self.buttons)])


@dataclass(frozen=True, slots=True)
class Erasure:
    """Something to delete at a provider: its record of the message `id`, or in `chat` the messages `first` to `last`.

    `ours`: we wrote it. While an answer is in doubt, such a record may be the only witness that it left. `asked_at`: when
    a caller wished it; 0 for what we delete unasked.
    """

    channel: Channel
    id: str = ""
    chat: str = ""
    first: int = 0
    last: int = 0
    language: str = ""
    ours: bool = False
    asked_at: float = 0.0

    def as_table(self) -> dict[str, Any]:
        """Plain values, for sealing."""
        return {**asdict(self), "channel": self.channel.value}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Erasure:
        return cls(**{**table, "channel": Channel(table["channel"])})


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider tells of a message of ours. `final`: it has come as far as it will, so its record can go."""

    channel: Channel
    id: str
    delivery: Delivery
    final: bool = False


class Speaker(StrEnum):
    CALLER = "caller"
    BOT = "bot"
    RESPONDER = "responder"
    NOTE = "note"
    """From one member of staff to another; the caller never sees it."""


class Delivery(StrEnum):
    """How far an answer has come. `UNSURE`: it was tried, no answer came, and the provider cannot be asked.

    `WINDOW`: the channel carries it only once the caller writes again.
    """

    NONE = "none"
    WAITING = "waiting"
    WINDOW = "window"
    UNSURE = "unsure"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    OPTED_OUT = "opted_out"

    def then(self, told: Delivery) -> Delivery:
        """What is known after the provider has told `told`, in whatever order it tells."""
        return max(self, told, key=list(Delivery).index)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an open contact, as it stands sealed in storage. `by`: the member of staff who wrote it."""

    speaker: Speaker
    text: str
    at: float
    attachments: tuple[Attachment, ...] = ()
    delivery: Delivery = Delivery.NONE
    edited: bool = False
    english: str = ""
    by: str = ""
