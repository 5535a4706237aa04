"""The core of the bot: `advance` takes one thing heard and answers with the next conversation and its effects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hotline.contact import Level
from hotline.triage.effects import Effect, End, Forget, HandOff, KeepAddress, OfferLanguages, Raise, Say
from hotline.triage.script import Do, Place, Scripts, Step
from hotline.triage.signals import Signal

MISHEARD_AT_MOST = 2
"""After this many messages that fit no choice, the script offers a person instead of asking again."""

TRAIL_AT_MOST = 12


class Word(StrEnum):
    """Words that work in every state and every language."""

    PERSON = "person"
    PAUSE = "pause"
    DELETE = "delete"
    EMERGENCY = "emergency"
    LANGUAGE = "language"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood of one message. The words themselves never come in here."""

    choice: str | None = None
    word: Word | None = None
    language: str | None = None
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a caller stands. `language` is None until it is known; `place` is None before the first step."""

    language: str | None = None
    place: Place | None = None
    level: Level = Level.ROUTINE
    signals: tuple[Signal, ...] = ()
    trail: tuple[Place, ...] = ()
    misheard: int = 0
    choosing_language: bool = False
    touched_at: float = 0.0

    def as_table(self) -> dict[str, Any]:
        """Plain values, for sealing."""
        return {
            "language": self.language,
            "place": self.place and [self.place.script, self.place.step],
            "level": self.level.value,
            "signals": [[signal.code, signal.level.value, signal.evidence] for signal in self.signals],
            "trail": [[place.script, place.step] for place in self.trail],
            "misheard": self.misheard,
            "choosing_language": self.choosing_language,
            "touched_at": self.touched_at,
        }

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Conversation:
        place = table["place"]
        return cls(
            language=table["language"],
            place=Place(*place) if place else None,
            level=Level(table["level"]),
            signals=tuple(Signal(code, Level(level), evidence) for code, level, evidence in table["signals"]),
            trail=tuple(Place(*step) for step in table["trail"]),
            misheard=table["misheard"],
            choosing_language=table["choosing_language"],
            touched_at=table["touched_at"],
        )


def advance(
    conversation: Conversation, scripts: Scripts, heard: Heard, now: float
) -> tuple[Conversation, tuple[Effect, ...]]:
    """One turn. Signals outrank everything but the wish to be forgotten; universal words outrank the script."""
    if heard.word is Word.DELETE:
        return conversation, (Forget(),)
    conversation, raised = raise_levels(replace(conversation, touched_at=now), heard.signals)
    conversation, effects = _turn(conversation, scripts, heard, raised)
    return conversation, (*raised, *effects)


def raise_levels(conversation: Conversation, signals: Iterable[Signal]) -> tuple[Conversation, tuple[Raise, ...]]:
    """Remember new signals; the level may go up and never down."""
    raised: list[Raise] = []
    for signal in signals:
        level = conversation.level.raised_to(signal.level)
        if level is not conversation.level:
            raised.append(Raise(level, signal.code))
        if signal.code not in {known.code for known in conversation.signals}:
            conversation = replace(conversation, signals=(*conversation.signals, signal))
        conversation = replace(conversation, level=level)
    return conversation, tuple(raised)


def _turn(
    conversation: Conversation, scripts: Scripts, heard: Heard, raised: tuple[Raise, ...]
) -> tuple[Conversation, tuple[Effect, ...]]:
    outranking = _outranking(scripts, heard, raised)
    language = heard.language or conversation.language
    if outranking is not None and language is not None:
        return _enter(replace(conversation, language=language, choosing_language=False), scripts, outranking)
    if conversation.language is None or conversation.choosing_language:
        conversation, settled = _language(conversation, heard)
        if not settled and heard.word in (None, Word.LANGUAGE):
            return conversation, (OfferLanguages(),)
        if settled:
            return _resume(conversation, scripts)
        conversation = replace(conversation, choosing_language=False)
    if heard.word is not None:
        return _universal(conversation, scripts, heard.word)
    if conversation.place is None:
        return _enter(conversation, scripts, scripts.start)
    return _choose(conversation, scripts, heard, scripts.step(conversation.place))


def _outranking(scripts: Scripts, heard: Heard, raised: tuple[Raise, ...]) -> Place | None:
    """The step that the gravest signal leads to; a chosen number is an answer and is not second-guessed.

    Only the gravest counts: who writes of lost papers and of being watched is not sent away with a pause.
    """
    if heard.choice is not None or not heard.signals:
        return None
    gravest = min(heard.signals, key=lambda signal: signal.level.rank)
    return scripts.on_signal.get(gravest.code) if gravest.outranks or raised else None


def _language(conversation: Conversation, heard: Heard) -> tuple[Conversation, bool]:
    """Settle the language if it was said; whether the talk can go on."""
    if heard.language is not None:
        return replace(conversation, language=heard.language, choosing_language=False), True
    back = conversation.language is not None and heard.word is Word.BACK
    return replace(conversation, choosing_language=not back), back


def _resume(conversation: Conversation, scripts: Scripts) -> tuple[Conversation, tuple[Effect, ...]]:
    if conversation.place is None:
        return _enter(conversation, scripts, scripts.start)
    return conversation, (_say(scripts.step(conversation.place)),)


def _universal(conversation: Conversation, scripts: Scripts, word: Word) -> tuple[Conversation, tuple[Effect, ...]]:
    if word is Word.LANGUAGE:
        return replace(conversation, choosing_language=True), (OfferLanguages(),)
    if word is Word.BACK:
        *earlier, place = conversation.trail or (scripts.start,)
        return _enter(replace(conversation, trail=tuple(earlier)), scripts, place, back=True)
    return _enter(conversation, scripts, scripts.on_signal[word.value])


def _choose(
    conversation: Conversation, scripts: Scripts, heard: Heard, step: Step
) -> tuple[Conversation, tuple[Effect, ...]]:
    for choice in step.choices:
        if choice.key == heard.choice:
            done = tuple(_DOES[do] for do in choice.do)
            conversation, effects = _enter(conversation, scripts, choice.go)
            return conversation, (*done, *effects)
    if conversation.misheard >= MISHEARD_AT_MOST and scripts.on_misheard not in (None, step.place):
        assert scripts.on_misheard is not None
        return _enter(conversation, scripts, scripts.on_misheard)
    return replace(conversation, misheard=conversation.misheard + 1), (Say("desk/misheard"), _say(step))


def _enter(
    conversation: Conversation, scripts: Scripts, place: Place, *, back: bool = False
) -> tuple[Conversation, tuple[Effect, ...]]:
    """Go to a step and on through those that ask nothing, until one asks, ends or hands over."""
    effects: list[Effect] = []
    if conversation.place is not None and not back and conversation.place != place:
        trail = (*conversation.trail, conversation.place)[-TRAIL_AT_MOST:]
        conversation = replace(conversation, trail=trail)
    while True:
        step = scripts.step(place)
        conversation = replace(conversation, place=place, misheard=0)
        if step.level is not None and step.level.rank < conversation.level.rank:
            conversation = replace(conversation, level=step.level)
            effects.append(Raise(step.level, step.place.step))
        effects.append(_say(step))
        effects.extend(_DOES[do] for do in step.do)
        if step.end:
            effects.append(End())
        if step.go is None:
            return conversation, tuple(effects)
        place = step.go


def _say(step: Step) -> Say:
    return Say(step.say, tuple((choice.key, step.label(choice)) for choice in step.choices))


_DOES: dict[Do, Effect] = {Do.KEEP_ADDRESS: KeepAddress(), Do.HAND_OFF: HandOff(), Do.FORGET: Forget()}
