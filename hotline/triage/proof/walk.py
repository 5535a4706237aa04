"""Every state a contact can reach and every turn from it, found by taking them. No words are involved here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from hotline.contact import Level
from hotline.offers.flags import Flag, Verdict
from hotline.offers.indicators import Indicator, Much
from hotline.offers.marks import much_in, verdict_in
from hotline.triage.advance import advance
from hotline.triage.conversation import AGREED, Conversation, Heard, Word
from hotline.triage.effects import Effect, End, Explained, Forget, HandOff, Noticed, OfferLanguages, Say
from hotline.triage.pasted import may_be_told
from hotline.triage.script import Place, Script, Scripts
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
        """Everything that is ever said in one reply, each once. An offer's answers take their length from its flags."""
        spoken = (Say, OfferLanguages, Noticed, Explained)
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
        conversation.marks,
        conversation.pasted,
        bool(conversation.explained),
        conversation.then,
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
        marks=_alike(conversation, scripts),
        pasted=_waits(conversation, scripts),
        explained=min(conversation.explained, 1),
    )


OFFERS: Mapping[Verdict, tuple[str, ...]] = {
    Verdict.STOP_AND_CHECK: (Flag.UPFRONT_FEE.value,),
    Verdict.CHECK_FIRST: (Flag.VAGUE_JOB.value,),
    Verdict.NO_FLAGS_FOUND: (),
}
"""An offer for each verdict: others with the same one lead the same ways."""


def _alike(conversation: Conversation, scripts: Scripts) -> tuple[str, ...]:
    """Marks that lead wherever these do, from the first questions that can lead there: nobody who goes on answers those
    again. None of a kind that nothing here looks at."""
    marks, place, then = conversation.marks, conversation.place, conversation.then
    if not marks:
        return ()
    script = scripts.by_name[(then or place).script] if place is not None else None
    found: tuple[str, ...] = ()
    if _waits(conversation, scripts):
        found = OFFERS[verdict_in(marks)]
    elif script is not None and any(step.verdict for step in script.steps.values()):
        verdict = verdict_in(marks)
        found = next(((mark,) for mark in _marks(script) if verdict_in((mark,)) is verdict), OFFERS[verdict])
    if script is not None and any(step.marked for step in script.steps.values()):
        told = [one for one in Indicator if one in marks]
        some = [mark for mark in _marks(script) if much_in((mark,)) is Much.SOME][: len(told)]
        many = [mark for mark in _marks(script) if much_in((mark,)) is Much.MANY][:1] or marks
        found += tuple(many if much_in(marks) is Much.MANY else some)
    return found


def _marks(script: Script) -> list[str]:
    """All that its questions mark, in their order."""
    return [choice.mark for step in script.steps.values() for choice in step.choices if choice.mark is not None]


def _waits(conversation: Conversation, scripts: Scripts) -> bool:
    """Whether an offer that came is still to be told of. From other scripts the way to that leads through the first one."""
    place = conversation.place
    return conversation.pasted and (place is None or place.script == scripts.first or scripts.pasted(place) is not None)


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
            if scripts.step(choice.go).explain and conversation.marks:
                yield from (Heard(choice=choice.key, pages=pages) for pages in (1, 2))
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
    yield from _offers(conversation, scripts)
    if conversation.language is None or conversation.choosing_language:
        yield Heard(language=TALK)
        yield Heard(language=TALK, signals=(Signal(Code.DANGER.value, Level.IMMEDIATE, "words"),))
        yield Heard(more=True)


def _offers(conversation: Conversation, scripts: Scripts) -> Iterator[Heard]:
    """Offers, where they are heard: one for each verdict where one is asked for, else one."""
    if not may_be_told(conversation, scripts):
        return
    if conversation.place is not None and scripts.step(conversation.place).paste:
        yield from (Heard(offer=marks) for marks in OFFERS.values())
    else:
        named = (Signal(Code.JOBOFFER.value, LEVELS[Code.JOBOFFER], ""),)
        yield Heard(offer=OFFERS[Verdict.STOP_AND_CHECK], signals=named)


def _asking(conversation: Conversation, scripts: Scripts) -> list[Place]:
    if conversation.hushed:
        return [scripts.is_it_safe]
    if conversation.place is None or conversation.choosing_language:
        return []
    return [conversation.place]
