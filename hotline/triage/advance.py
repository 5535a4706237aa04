"""The core of the bot: `advance` takes one thing heard and answers with the next conversation and its effects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hotline.triage.conversation import Conversation, Heard, Word, raise_levels
from hotline.triage.effects import Effect, Forget, Say
from hotline.triage.script import UNSURE, Place, Scripts, Step
from hotline.triage.signals import LIFE, Code
from hotline.triage.steps import Steps, Turn, say

MISHEARD_AT_MOST = 2
"""After this many messages that fit no choice, the script offers a person instead of asking again."""

WARN_AGAIN_SECONDS = 600.0
"""While a person has the contact, a mere suspicion of danger is answered with the number at most this often."""


def advance(conversation: Conversation, scripts: Scripts, heard: Heard, now: float) -> Turn:
    """One turn. Signals outrank everything but the wish to be forgotten; universal words outrank the script."""
    if heard.word is Word.DELETE:
        return conversation, (Forget(),)
    conversation, raised = raise_levels(replace(conversation, touched_at=now), heard.signals)
    if heard.offer is not None:
        conversation = replace(conversation, marks=heard.offer, pasted=True, explained=0)
    turn = _Handed(scripts, heard, raised).turn if conversation.handed else _Scripted(scripts, heard, raised).turn
    conversation, effects = turn(conversation)
    return conversation, (*raised, *effects)


@dataclass(frozen=True, slots=True)
class _Scripted(Steps):
    """A turn while the script leads."""

    def turn(self, conversation: Conversation) -> Turn:
        heard, language = self.heard, self.heard.language or conversation.language
        outranking = self._outranking(conversation)
        if outranking is not None and language is not None:
            return self.enter(replace(conversation, language=language, choosing_language=False), outranking)
        if conversation.language is None or conversation.choosing_language:
            if heard.language is not None:
                return self._resume(replace(conversation, language=heard.language, choosing_language=False, page=0))
            if conversation.language is not None and heard.word is Word.BACK:
                return self._resume(replace(conversation, choosing_language=False))
            if heard.word in (None, Word.LANGUAGE):
                conversation, listed = self.list_languages(conversation)
                return conversation, (*self._number_first(), *listed)
            conversation = replace(conversation, choosing_language=False)
        if heard.word is not None and heard.word is not Word.SAFE:
            return self._universal(conversation, heard.word)
        if conversation.place is None:
            return self.enter(conversation, self.scripts.start)
        return self._answer(conversation, self.scripts.step(conversation.place))

    def _outranking(self, conversation: Conversation) -> Place | None:
        """The step that the gravest signal leads to; a chosen number is an answer and is not second-guessed.

        Only the gravest counts: who writes of lost papers and of being watched is not sent away with a pause.
        """
        gravest = self.gravest()
        if gravest is None or not gravest.outranks or (self.heard.choice is not None and gravest.code not in LIFE):
            return None
        if gravest.code == Code.STOP and self.heard.word is not None:
            return None
        if conversation.place is None and gravest.code == Code.STOP:
            return self.scripts.start  # "is it safe?" is the right answer to a first word of fear
        if gravest.code in LIFE and not gravest.sure:
            asked = self.scripts.on_signal.get(UNSURE)
            if asked != conversation.place:
                return asked
            # It is asked again, with the number; who is not understood then is taken at their word.
            return self.scripts.on_signal.get(gravest.code) if conversation.misheard >= MISHEARD_AT_MOST else None
        return self.scripts.on_signal.get(gravest.code)

    def _number_first(self) -> tuple[Effect, ...]:
        """The emergency number before the list of languages, when a life may be in danger."""
        grave = any(signal.code in LIFE for signal in self.heard.signals)
        return (Say("desk/emergency"),) if grave else ()

    def _resume(self, conversation: Conversation) -> Turn:
        if conversation.place is None:
            return self.enter(conversation, self.scripts.start)
        resumed, effects = self.enter(conversation, conversation.place, back=True)
        return replace(resumed, then=conversation.then), effects

    def _universal(self, conversation: Conversation, word: Word) -> Turn:
        if word is Word.LANGUAGE:
            return self.list_languages(conversation)
        if word is Word.BACK:
            *earlier, place = conversation.trail or (self.scripts.start,)
            return self.enter(replace(conversation, trail=tuple(earlier)), place, back=True)
        if word in (Word.STRANGER, Word.UNSAFE):
            if conversation.place is None:  # a first message that asks who we are is a question, not a stranger's
                return self.enter(conversation, self.scripts.start)
            return self.enter(conversation, self.scripts.on_signal[Word.STRANGER])
        return self.enter(conversation, self.scripts.on_signal[word.value])

    def _answer(self, conversation: Conversation, step: Step) -> Turn:
        for choice in step.choices:
            if choice.key == self.heard.choice:
                return self.choose(conversation, step, choice)
        taken = self.scripts.pasted(step.place) if self.heard.offer is not None else None
        if taken is not None:
            return self.enter(conversation, taken)
        need = self.need(self.heard.signals)
        if need is not None and step.follow:
            return self.enter(conversation, need)
        if need is not None and step.otherwise is not None and not any(one.code in LIFE for one in self.heard.signals):
            return self.choose(conversation, step, next(one for one in step.choices if one.key == step.otherwise))
        offered = self.scripts.on_misheard
        if conversation.misheard >= MISHEARD_AT_MOST and offered not in (None, step.place):
            assert offered is not None
            return self.enter(conversation, offered)
        misheard = min(conversation.misheard + 1, MISHEARD_AT_MOST)
        return replace(conversation, misheard=misheard), (Say("desk/misheard"), say(step))


@dataclass(frozen=True, slots=True)
class _Handed(Steps):
    """A turn while a person has the contact, or will: their words are held for them, and what keeps a caller safe
    still works. Nothing to say means that the desk may say "received"."""

    def turn(self, conversation: Conversation) -> Turn:
        word, gravest = self.heard.word, self.gravest()
        if word is Word.EMERGENCY or self._life_in_danger(conversation):
            return replace(conversation, warned_at=conversation.touched_at), (Say("desk/emergency"),)
        if word in (Word.STRANGER, Word.UNSAFE):
            return replace(self._hush(conversation), decoyed=True), (Say(self._decoy()),)
        if word is Word.PAUSE or (gravest is not None and gravest.code == Code.STOP):
            return self._hush(conversation), (Say(self.scripts.step(self.scripts.on_signal["pause"]).say),)
        if conversation.hushed:
            return self._hushed(conversation)
        if word is Word.LANGUAGE or (conversation.choosing_language and word is None):
            return self._choosing(conversation)
        conversation = replace(conversation, choosing_language=False)
        if word is Word.CODE:
            return self.enter(conversation, self.scripts.on_signal["code"])
        if word is Word.SAFE:
            return conversation, (Say("desk/held"),)
        if word is not None:
            return conversation, (Say("desk/on_duty" if self.heard.staffed else "desk/no_one"),)
        return self._codes(conversation)

    def _life_in_danger(self, conversation: Conversation) -> bool:
        """Sure danger always; what the model only suspects now and then, and never where a stranger may be reading."""
        grave = [signal for signal in self.heard.signals if signal.code in LIFE]
        warned = conversation.warned_at
        lately = warned is not None and conversation.touched_at - warned < WARN_AGAIN_SECONDS
        return any(signal.sure or not (conversation.hushed or lately) for signal in grave)

    def _decoy(self) -> str:
        return self.scripts.step(self.scripts.on_signal["stranger"]).say

    def _hush(self, conversation: Conversation) -> Conversation:
        return replace(conversation, hushed=True, choosing_language=False)

    def _hushed(self, conversation: Conversation) -> Turn:
        """Nothing that means anything is said until the agreed word comes, or, without one, the caller says it is safe."""
        word, agreed = self.heard.word, conversation.code is not None and conversation.decoyed
        question = self.scripts.step(self.scripts.is_it_safe)
        safe, *others = (choice.key for choice in question.choices)
        if word is Word.SAFE or (not agreed and self.heard.choice == safe):
            return replace(conversation, hushed=False, decoyed=False), (Say("desk/held"),)
        if not agreed and self.heard.choice in others:
            return conversation, (Say(self.scripts.step(self.scripts.on_signal["pause"]).say),)
        if agreed:
            return conversation, (Say(question.say if word is not None else self._decoy()),)
        return conversation, (say(question),)

    def _choosing(self, conversation: Conversation) -> Turn:
        if self.heard.language is not None:
            settled = replace(conversation, language=self.heard.language, choosing_language=False, page=0)
            return settled, (Say("desk/received"),)
        if self.heard.more or self.heard.word is Word.LANGUAGE:
            return self.list_languages(conversation)
        return replace(conversation, choosing_language=False), ()

    def _codes(self, conversation: Conversation) -> Turn:
        """The one script that also runs while a person has the contact: the one that agrees on words."""
        place = conversation.place
        if place is not None and place.script == self.scripts.on_signal["code"].script:
            step = self.scripts.step(place)
            chosen = next((choice for choice in step.choices if choice.key == self.heard.choice), None)
            if chosen is not None:
                return self.choose(conversation, step, chosen)
        return conversation, ()
