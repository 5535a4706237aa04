"""What each channel can carry, costs, tells and leaves behind: one row a channel, so that no rule asks for its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotline.contact import Channel
from hotline.message import LONGEST_TEXT

HOUR = 3600.0


class Reach(StrEnum):
    """How far our deleting reaches beyond this server."""

    HERE = "here"
    """Nothing lies elsewhere but what the browser remembers."""

    PROVIDER = "provider"
    """The provider's copies; the caller's phone keeps its own."""

    OUR_WORDS = "our words"
    """What we wrote, on both sides; what the caller wrote stays on their phone."""

    BOTH_SIDES = "both sides"
    """The whole chat, at the provider and on the caller's phone."""


@dataclass(frozen=True, slots=True)
class Traits:
    """One channel. `longest`: characters of one answer. `tappable`: choices that can be buttons. `paid`: a message costs.

    `asks`: it can be asked later whether it took a text. `reports`: it tells by itself how far a message came.
    `marks`: the caller sees that a message was received. `window_hours`: how long after the caller's last message free
    text is carried. `erase_hours`: how old a message may be that it still deletes.
    """

    longest: int
    reach: Reach
    tappable: int = 0
    paid: bool = False
    asks: bool = False
    reports: bool = False
    marks: bool = False
    window_hours: float | None = None
    erase_hours: float | None = None


TRAITS: Mapping[Channel, Traits] = {
    # An SMS has room for 1,600, but long ones arrive in pieces and out of order.
    Channel.SMS: Traits(640, Reach.PROVIDER, paid=True, asks=True, reports=True),
    Channel.WHATSAPP: Traits(
        1600, Reach.PROVIDER, tappable=3, paid=True, asks=True, reports=True, marks=True, window_hours=24.0
    ),
    Channel.TELEGRAM: Traits(LONGEST_TEXT, Reach.BOTH_SIDES, tappable=100, marks=True, erase_hours=48.0),
    Channel.WEBCHAT: Traits(LONGEST_TEXT, Reach.HERE, tappable=100, marks=True),
    Channel.SIGNAL: Traits(2000, Reach.OUR_WORDS, marks=True, erase_hours=24.0),
}
"""Sources: Twilio's glossary and error dictionary (63016: the 24 hours of WhatsApp), Telegram's Bot API (deleteMessage:
48 hours), Signal's own limit for deleting for everyone (24 hours)."""


def window_open(channel: Channel, heard_at: float, now: float) -> bool:
    """Whether the channel carries free text to somebody who last wrote at `heard_at`."""
    hours = TRAITS[channel].window_hours
    return hours is None or now - heard_at < hours * HOUR
