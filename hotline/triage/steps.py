"""Going to a step of a script, and on through those that ask nothing: what every kind of turn shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hotline.offers.indicators import Indicator
from hotline.offers.marks import much_in, verdict_in
from hotline.triage.conversation import Conversation, Heard
from hotline.triage.effects import (
    Effect,
    End,
    Explained,
    Forget,
    HandOff,
    Helped,
    KeepAddress,
    Noticed,
    OfferLanguages,
    Raise,
    Say,
)
from hotline.triage.script import CODES, Choice, Do, Place, Scripts, Step
from hotline.triage.signals import LIFE, Code, Signal

TRAIL_AT_MOST = 12

Turn = tuple[Conversation, tuple[Effect, ...]]


@dataclass(frozen=True, slots=True)
class Steps:
    """One turn's way through the scripts. `raised`: what its signals have raised already."""

    scripts: Scripts
    heard: Heard
    raised: tuple[Raise, ...]

    def gravest(self) -> Signal | None:
        """Of what is sure, and of danger sure or not; of equals, the wish to stop, which is soon too late to hear."""
        heard = [signal for signal in self.heard.signals if signal.sure or signal.code in LIFE]
        return min(heard, key=lambda signal: (signal.level.rank, signal.code != Code.STOP), default=None)

    def enter(self, conversation: Conversation, place: Place, *, back: bool = False) -> Turn:
        """Go to a step and on, until one asks, ends, hands over or leads back to where the caller was."""
        effects: list[Effect] = []
        if conversation.place is not None and not back:
            trail = (*conversation.trail, conversation.place)[-TRAIL_AT_MOST:]
            conversation = replace(conversation, trail=trail)
        following: Place | None = place
        while following is not None:
            conversation, there, noticed = self._decided(conversation, self._instead(conversation, following))
            step = self.scripts.step(there)
            explained, following = self._explained(conversation, step)
            if following is not None:
                conversation = replace(conversation, explained=conversation.explained + 1 if explained else 0)
                effects += explained
                continue
            conversation, said = self._one(conversation, step)
            effects += [*explained, *said, *noticed]
            following = step.go
            if step.resume:
                conversation, following = _returned(conversation, self.scripts)
        if conversation.place is not None and conversation.trail[-1:] == (conversation.place,):
            conversation = replace(conversation, trail=conversation.trail[:-1])
        return conversation, tuple(effects)

    def _instead(self, conversation: Conversation, place: Place) -> Place:
        """Another step in place of this one: nobody is there to hand over to, or the need is known already."""
        step = self.scripts.step(place)
        closed = self.scripts.on_closed
        if Do.HAND_OFF in step.do and not self.heard.staffed and closed is not None and closed.script != place.script:
            return closed
        if step.follow and not conversation.followed:
            return self.need(conversation.signals) or place
        return place

    def _decided(self, conversation: Conversation, place: Place) -> tuple[Conversation, Place, tuple[Effect, ...]]:
        """Where the marks lead, if it is for them to decide. A script that begins anew, or asks for an offer, begins without
        marks; whoever has sent an offer already is told of it in place of being asked for it."""
        step, script = self.scripts.step(place), self.scripts.by_name[place.script]
        begins = step.paste or (place == script.start and script.decides)
        if begins and conversation.pasted and script.paste is not None:
            step = self.scripts.step(script.paste)
        elif not step.decides:
            return _fresh(conversation) if begins else conversation, place, ()
        if step.marked:
            return conversation, step.marked[much_in(conversation.marks)], ()
        conversation = replace(conversation, pasted=False, explained=0)
        return conversation, step.verdict[verdict_in(conversation.marks)], (Noticed(conversation.marks),)

    def _explained(self, conversation: Conversation, step: Step) -> tuple[tuple[Effect, ...], Place | None]:
        """What a step explains before its own words, and where it leads instead of saying them. It explains when it is asked
        to, and not again to whoever comes back to it."""
        if not step.explain:
            return (), None
        if not self.heard.pages:
            empty = not conversation.marks and conversation.place != step.place
            return (), step.explain.get("nothing") if empty else None
        page = conversation.explained if conversation.explained < self.heard.pages else 0
        last = page + 1 == self.heard.pages
        return (explaining(self.scripts, step, conversation.marks, page),), None if last else step.explain["rest"]

    def need(self, signals: Iterable[Signal]) -> Place | None:
        """Where the first of these needs leads; what a rule or a sure model heard goes before what may be."""
        ordered = sorted(signals, key=lambda signal: not signal.sure)
        return next((self.scripts.on_need[one.code] for one in ordered if one.code in self.scripts.on_need), None)

    def _one(self, conversation: Conversation, step: Step) -> tuple[Conversation, list[Effect]]:
        known = step.tells is not None and conversation.told and step.go is not None
        came_from_need = step.place in self.scripts.on_need.values() or step.follow
        conversation = replace(
            conversation,
            place=step.place,
            misheard=0,
            told=conversation.told or step.tells is not None,
            followed=conversation.followed or came_from_need,
            handed=conversation.handed or Do.HAND_OFF in step.do,
            explained=0 if step.explain else conversation.explained,
            then=None,
        )
        conversation, raised = _raised(conversation, step, step.place.step)
        effects: list[Effect] = [*raised, *([] if known else [say(step)])]
        effects += [_DOES[do] for do in step.do if do in _DOES]
        if step.end:
            effects.append(End())
        return conversation, effects

    def choose(self, conversation: Conversation, step: Step, choice: Choice) -> Turn:
        """Do what a choice asks, and go where it leads. Nothing is kept when nobody is there to be handed to."""
        for do in choice.do:
            if do in _AGREES:
                conversation = replace(conversation, code=_AGREES[do])
        conversation = _marked(conversation, step, choice)
        if Do.LANGUAGE in choice.do:
            conversation = replace(conversation, place=choice.go, choosing_language=True, page=0)
            return conversation, (OfferLanguages(),)
        go = conversation.then if conversation.then is not None and choice.key == step.otherwise else choice.go
        kept = self._instead(conversation, go) == go
        done = tuple(_DOES[do] for do in choice.do if do in _DOES and (kept or do is not Do.KEEP_ADDRESS))
        conversation, raised = _raised(conversation, choice, step.place.step)
        conversation, effects = self.enter(conversation, go)
        return replace(conversation, then=choice.then), (*raised, *done, *effects)

    def list_languages(self, conversation: Conversation) -> Turn:
        """The list; asked for again while it is shown, its next page."""
        page = conversation.page + 1 if self.heard.more and conversation.choosing_language else 0
        return replace(conversation, choosing_language=True, page=page), (OfferLanguages(page),)


def _fresh(conversation: Conversation) -> Conversation:
    """Without marks; those of an offer that nobody has been told of yet are kept."""
    kept = [mark for mark in conversation.marks if conversation.pasted and mark not in list(Indicator)]
    return replace(conversation, marks=tuple(kept), explained=0)


def _raised(conversation: Conversation, by: Step | Choice, name: str) -> tuple[Conversation, tuple[Raise, ...]]:
    """The level goes up to that of a step or choice, and never down."""
    if by.level is None or by.level.rank >= conversation.level.rank:
        return conversation, ()
    return replace(conversation, level=by.level), (Raise(by.level, name),)


def _marked(conversation: Conversation, step: Step, choice: Choice) -> Conversation:
    """The marks with this answer; whoever answers a question again takes back what they marked there before."""
    others = {one.mark for one in step.choices}
    marks = [mark for mark in conversation.marks if mark not in others]
    marks += [choice.mark] if choice.mark is not None else []
    changed = tuple(marks) != conversation.marks
    return replace(conversation, marks=tuple(marks), explained=0) if changed else conversation


def _returned(conversation: Conversation, scripts: Scripts) -> tuple[Conversation, Place | None]:
    """Back to where the caller was before this script; a person's contact stays silent there."""
    assert conversation.place is not None
    trail = [place for place in conversation.trail if place.script != conversation.place.script]
    place = trail.pop() if trail else scripts.start
    conversation = replace(conversation, trail=tuple(trail), place=place)
    return conversation, None if conversation.handed else place


def say(step: Step) -> Say:
    return Say(step.say, tuple((choice.key, step.label(choice)) for choice in step.choices))


def explaining(scripts: Scripts, step: Step, marks: tuple[str, ...], page: int = 0) -> Explained:
    """What a step with `explain` says of these marks."""
    return Explained(marks, page, (say(step), say(scripts.step(step.explain["rest"]))))


def explained_from(conversation: Conversation, scripts: Scripts) -> Explained | None:
    """What an answer to the caller's step may ask to be explained."""
    step = scripts.step(conversation.place) if conversation.place is not None else None
    found = (scripts.step(choice.go) for choice in (step.choices if step is not None else ()))
    return next((explaining(scripts, one, conversation.marks) for one in found if one.explain), None)


_DOES: dict[Do, Effect] = {
    Do.KEEP_ADDRESS: KeepAddress(),
    Do.HAND_OFF: HandOff(),
    Do.FORGET: Forget(),
    Do.HELPED: Helped("helped"),
    Do.PARTLY: Helped("partly"),
    Do.NOT_HELPED: Helped("not_helped"),
}

_AGREES: dict[Do, str | None] = {Do.CODE_SUN: CODES[0], Do.CODE_BREAD: CODES[1], Do.CODE_NONE: None}
