"""Where a caller stands in the scripts, and what was understood of their last message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hotline.contact import Level
from hotline.triage.effects import Raise
from hotline.triage.script import Place, Scripts
from hotline.triage.signals import Code, Signal


class Word(StrEnum):
    """Words that work in every state and every language."""

    PERSON = "person"
    PAUSE = "pause"
    DELETE = "delete"
    EMERGENCY = "emergency"
    LANGUAGE = "language"
    BACK = "back"
    STRANGER = "stranger"
    CODE = "code"
    SAFE = "safe"
    UNSAFE = "unsafe"


AGREED = (Word.SAFE, Word.UNSAFE)
"""Words that mean something only once the caller has chosen them."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood of one message. The words themselves never come in here.

    `more`: the next page of the list of languages was asked for. `staffed`: somebody is on duty now. `offer`: it is a job
    offer, and these are its marks. `pages`: how many answers it takes to explain what was found.
    """

    choice: str | None = None
    word: Word | None = None
    language: str | None = None
    signals: tuple[Signal, ...] = ()
    more: bool = False
    staffed: bool = True
    offer: tuple[str, ...] | None = None
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a caller stands. `language` is None until it is known; `place` is None before the first step.

    `handed`: a person has it, or will. `hushed`: the phone may be in other hands, so nothing is said that means anything.
    `decoyed`: hushed by a stranger or the agreed word, so only the agreed word opens it. `warned_at`: when the number was said.
    `code`: the pair of agreed words. `told`: the limits have been told. `followed`: the need has been taken from words.
    `marks`: what was found in an offer or told of a job. `pasted`: an offer came, and what was found is not told yet.
    `explained`: so many answers of its explanation have been given. `then`: where a choice told to go on from here.
    """

    language: str | None = None
    place: Place | None = None
    level: Level = Level.ROUTINE
    signals: tuple[Signal, ...] = ()
    trail: tuple[Place, ...] = ()
    misheard: int = 0
    choosing_language: bool = False
    touched_at: float = 0.0
    page: int = 0
    handed: bool = False
    hushed: bool = False
    code: str | None = None
    told: bool = False
    followed: bool = False
    decoyed: bool = False
    warned_at: float | None = None
    marks: tuple[str, ...] = ()
    pasted: bool = False
    explained: int = 0
    then: Place | None = None

    def as_table(self) -> dict[str, Any]:
        """Plain values, for sealing."""
        return {
            "language": self.language,
            "place": self.place and [self.place.script, self.place.step],
            "level": self.level.value,
            "signals": [signal.as_row() for signal in self.signals],
            "trail": [[place.script, place.step] for place in self.trail],
            "marks": list(self.marks),
            "then": self.then and [self.then.script, self.then.step],
            **{name: getattr(self, name) for name in _PLAIN},
        }

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Conversation:
        place = table["place"]
        return cls(
            language=table["language"],
            place=Place(*place) if place else None,
            level=Level(table["level"]),
            signals=tuple(Signal.from_row(row) for row in table["signals"]),
            trail=tuple(Place(*step) for step in table["trail"]),
            marks=tuple(table.get("marks", ())),
            then=Place(*table["then"]) if table.get("then") else None,
            **{name: table[name] for name in _PLAIN if name in table},
        )


_PLAIN = (
    "misheard", "choosing_language", "touched_at", "page", "handed", "hushed", "code", "told", "followed", "decoyed",
    "warned_at", "pasted", "explained",
)  # fmt: skip


def still_there(conversation: Conversation, scripts: Scripts, *, handed: bool) -> Conversation:
    """A conversation from before a change of the scripts: steps that are gone are forgotten, a lost place is the start."""
    place = conversation.place if conversation.place in scripts else None
    trail = tuple(step for step in conversation.trail if step in scripts)
    then = conversation.then if conversation.then in scripts else None
    found = replace(conversation, place=place, trail=trail, then=then, handed=handed)
    return conversation if found == conversation else found


def raise_levels(conversation: Conversation, signals: Iterable[Signal]) -> tuple[Conversation, tuple[Raise, ...]]:
    """Remember new signals; the level may go up and never down."""
    raised: list[Raise] = []
    for signal in signals:
        if signal.code == Code.INFO and not signal.sure:
            continue  # that somebody asks something is no news to whoever answers
        level = conversation.level.raised_to(signal.level)
        if level is not conversation.level:
            raised.append(Raise(level, signal.code))
        known = {one.code: one for one in conversation.signals}
        if signal.code not in known:
            conversation = replace(conversation, signals=(*conversation.signals, signal))
        elif known[signal.code].level.rank > signal.level.rank:
            kept = tuple(signal if one.code == signal.code else one for one in conversation.signals)
            conversation = replace(conversation, signals=kept)
        conversation = replace(conversation, level=level)
    return conversation, tuple(raised)
