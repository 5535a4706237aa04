"""Every state a contact can reach and every turn from it, found by taking them. No words are involved here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hotline.contact import Level
from hotline.triage.advance import advance
from hotline.triage.conversation import AGREED, Conversation, Heard, Word
from hotline.triage.effects import Effect, End, Forget, HandOff, OfferLanguages, Say
from hotline.triage.script import Place, Scripts
from hotline.triage.signals import LEVELS, Code, Signal

State = tuple[object, ...]

TALK = "xx"
"""Any language: the walk knows no words."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing a caller can do in a state, what is answered, and the state after; None when the contact is over."""

    before: State
    heard: Heard
    effects: tuple[Effect, ...]
    after: State | None

    @property
    def said(self) -> list[str]:
        return [effect.key for effect in self.effects if isinstance(effect, Say)]

    @property
    def speaks(self) -> bool:
        return any(isinstance(effect, (Say, OfferLanguages, Forget)) for effect in self.effects)

    @property
    def hands_over(self) -> bool:
        return any(isinstance(effect, HandOff) for effect in self.effects)

    @property
    def ends(self) -> bool:
        return any(isinstance(effect, (End, Forget)) for effect in self.effects)


@dataclass(slots=True)
class Walk:
    """All states (by key, with one conversation that shows it) and all turns, by the state they start from."""

    states: dict[State, Conversation] = field(default_factory=dict)
    turns: dict[State, list[Turn]] = field(default_factory=dict)

    def replies(self) -> set[tuple[Effect, ...]]:
        """Everything that is ever said in one reply, each once."""
        spoken = (Say, OfferLanguages)
        return {tuple(one for one in turn.effects if isinstance(one, spoken)) for turn in self.every_turn()}

    def every_turn(self) -> Iterator[Turn]:
        for turns in self.turns.values():
            yield from turns


def key_of(conversation: Conversation) -> State:
    """What tells one state from another. Not the way back: wherever it leads is a step that was reached forwards."""
    return (
        conversation.language,
        conversation.place,
        0 if conversation.choosing_language else conversation.misheard,
        conversation.choosing_language,
        conversation.handed,
        conversation.hushed,
        conversation.code,
        conversation.told,
        conversation.followed,
        bool(conversation.signals),
        conversation.level,
    )


def settled(conversation: Conversation, scripts: Scripts) -> Conversation:
    """A conversation without what changes nothing later: only a need that a step will follow is remembered, the level
    steers no step but what is said of danger while a person has the contact, and so do agreed words."""
    need = [] if conversation.followed else [one for one in conversation.signals if one.code in scripts.on_need]
    return replace(
        conversation,
        level=conversation.level if conversation.handed and conversation.level is Level.IMMEDIATE else Level.ROUTINE,
        trail=conversation.trail[-3:],
        signals=tuple(need[:1]),
        code=conversation.code if conversation.handed else None,
        page=conversation.page % 2,
    )


def walk(scripts: Scripts) -> Walk:
    """From a first message on, in a language that is known and in one that is not, until nothing new is reached."""
    found = Walk()
    todo = [Conversation(), Conversation(language=TALK)]
    for start in todo:
        found.states[key_of(start)] = start
    while todo:
        conversation = todo.pop()
        before = key_of(conversation)
        turns = found.turns[before] = []
        for heard in inputs(conversation, scripts):
            after, effects = advance(conversation, scripts, heard, 0.0)
            over = any(isinstance(effect, (End, Forget)) for effect in effects)
            after = settled(after, scripts)
            state = None if over else key_of(after)
            turns.append(Turn(before, heard, effects, state))
            if state is not None and state not in found.states:
                found.states[state] = after
                todo.append(after)
    return found


def inputs(conversation: Conversation, scripts: Scripts) -> Iterator[Heard]:
    """Every kind of message: nothing understood, each choice, each universal word, each signal, a language."""
    yield Heard()
    for place in _asking(conversation, scripts):
        for choice in scripts.step(place).choices:
            yield Heard(choice=choice.key)
            if scripts.hands_over(place):
                yield Heard(choice=choice.key, staffed=False)
    for word in Word:
        if word not in AGREED or conversation.code is not None:
            yield Heard(word=word)
            if conversation.handed:
                yield Heard(word=word, staffed=False)
    for code in Code:
        yield Heard(signals=(Signal(code.value, LEVELS[code], "words"),))
    for code in (Code.DANGER, Code.SELFHARM):
        yield Heard(signals=(Signal(code.value, Level.URGENT, "model", sure=False),))
    if conversation.language is None or conversation.choosing_language:
        yield Heard(language=TALK)
        yield Heard(language=TALK, signals=(Signal(Code.DANGER.value, Level.IMMEDIATE, "words"),))
        yield Heard(more=True)


def _asking(conversation: Conversation, scripts: Scripts) -> list[Place]:
    if conversation.hushed:
        return [scripts.is_it_safe]
    if conversation.place is None or conversation.choosing_language:
        return []
    return [conversation.place]
