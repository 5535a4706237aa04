"""Promises about the ways through the scripts: help within reach, no dead end, limits told in time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from hotline.triage.conversation import Heard, Word
from hotline.triage.effects import Forget, OfferLanguages, Say
from hotline.triage.proof.finding import Ledger
from hotline.triage.proof.walk import State, Turn, Walk
from hotline.triage.script import Do, Scripts, Step
from hotline.triage.signals import LIFE, Code

PERSON_WITHIN = 3
"""So many messages at most, from anywhere, until a person has the contact."""

_BY_THE_DESK = frozenset(
    f"desk/{name}"
    for name in (
        "received",
        "held",
        "on_duty",
        "no_one",
        "no_one_until",
        "language",
        "others_now",
        "new_person",
        "pass_on/number",
        "pass_on/choose",
        "pass_on/sent",
        "pass_on/not_sent",
    )
)

NUMBER_WITHIN = 2
"""So many replies at most until a caller who answers plainly has been told the emergency number."""


def prove_paths(ledger: Ledger, scripts: Scripts, found: Walk, emergency: Collection[str]) -> None:
    """`emergency`: keys of words that hold the emergency number."""
    steps = {step.say: step for step in scripts.reachable()}
    for turn in found.every_turn():
        _life(ledger, found, turn, emergency)
        _universal(ledger, scripts, found, turn, emergency)
        _limits(ledger, steps, found, turn)
        _answered(ledger, found, turn)
    _person_near(ledger, found)
    _way_out(ledger, found)
    _number_early(ledger, scripts, found, emergency)
    _verdicts(ledger, scripts, found)


def _verdicts(ledger: Ledger, scripts: Scripts, found: Walk) -> None:
    """Wherever marks may lead, some answers do lead, or some offer does."""
    said = {by_offer: set[str]() for by_offer in (False, True)}
    for turn in found.every_turn():
        said[turn.heard.offer is not None].update(turn.said)
    for step in scripts.reachable():
        for name, place in step.routes.items():
            told = f"though steps.{step.place.step} says so under {name}"
            what = (
                f"No offer leads here, {told}: mend what leads to it."
                if step.paste
                else f"No answers lead here, {told}: mark some choices, not all."
            )
            ledger.check(scripts.step(place).say in said[step.paste], "every verdict reachable", place, what)


def _where(found: Walk, state: State) -> object:
    conversation = found.states[state]
    return conversation.place or "first_contact:start"


def _life(ledger: Ledger, found: Walk, turn: Turn, emergency: Collection[str]) -> None:
    talk = found.states[turn.before]
    for signal in turn.heard.signals:
        again = talk.handed and talk.level.rank <= signal.level.rank
        if signal.code in LIFE and (signal.sure or not (talk.hushed or again)):
            told = any(key in emergency for key in turn.said)
            what = "Words of danger are not answered with {emergency}: let [on_signal] lead to steps that say it."
            ledger.check(told, "emergency number within one reply", _where(found, turn.before), what)


def _universal(ledger: Ledger, scripts: Scripts, found: Walk, turn: Turn, emergency: Collection[str]) -> None:
    word = turn.heard.word
    if word is None:
        return
    works = _WORKS.get(word, _speaks)(scripts, turn, emergency)
    hushed = found.states[turn.before].hushed and turn.speaks
    what = f"The universal word {word.value!r} does not do its work here: see [on_signal]."
    ledger.check(works or hushed, "universal words work everywhere", _where(found, turn.before), what)


def _speaks(scripts: Scripts, turn: Turn, _: Collection[str]) -> bool:
    return turn.speaks


def _leads_to_person(scripts: Scripts, turn: Turn, _: Collection[str]) -> bool:
    step = scripts.step(scripts.on_signal["person"])
    asked = step.say in turn.said and not turn.ends
    return asked or any(key in ("desk/on_duty", "desk/no_one") for key in turn.said) or turn.hands_over


def _pauses(scripts: Scripts, turn: Turn, _: Collection[str]) -> bool:
    step = scripts.step(scripts.on_signal["pause"])
    return step.end and turn.said == [step.say]


def _is_nobody(scripts: Scripts, turn: Turn, _: Collection[str]) -> bool:
    """A stranger learns nothing; as a first message the question may also be a caller's."""
    step = scripts.step(scripts.on_signal["stranger"])
    return step.end and turn.said in ([step.say], [scripts.step(scripts.start).say])


def _agrees_on_words(scripts: Scripts, turn: Turn, _: Collection[str]) -> bool:
    step = scripts.step(scripts.on_signal["code"])
    offered = {do for choice in step.choices for do in choice.do}
    return step.say in turn.said and {Do.CODE_SUN, Do.CODE_BREAD, Do.CODE_NONE} <= offered


_WORKS: dict[Word, Callable[[Scripts, Turn, Collection[str]], bool]] = {
    Word.PERSON: _leads_to_person,
    Word.PAUSE: _pauses,
    Word.STRANGER: _is_nobody,
    Word.CODE: _agrees_on_words,
    Word.DELETE: lambda scripts, turn, _: any(isinstance(effect, Forget) for effect in turn.effects),
    Word.EMERGENCY: lambda scripts, turn, emergency: any(key in emergency for key in turn.said),
    Word.LANGUAGE: lambda scripts, turn, _: any(isinstance(effect, OfferLanguages) for effect in turn.effects),
    Word.BACK: lambda scripts, turn, _: turn.speaks and "desk/misheard" not in turn.said,
}


def _limits(ledger: Ledger, steps: Mapping[str, Step], found: Walk, turn: Turn) -> None:
    """A question whose answer may oblige us comes after the limits, also within one reply."""
    told = found.states[turn.before].told
    for effect in turn.effects:
        step = steps.get(effect.key) if isinstance(effect, Say) else None
        if step is None:
            continue
        told = told or step.tells is not None
        if step.duty:
            what = 'It is asked before the limits: let every way to it pass a step with tells = "limits".'
            ledger.check(told, "limits before duty", step.place, what)


def _answered(ledger: Ledger, found: Walk, turn: Turn) -> None:
    """Every message gets a reply, save those held for a person."""
    silent_is_right = found.states[turn.before].handed
    what = "A message here gets no reply: lead it to a step that says something."
    ledger.check(turn.speaks or silent_is_right, "no dead end", _where(found, turn.before), what)


def _person_near(ledger: Ledger, found: Walk) -> None:
    """By answers, the word for a person and the agreed word alone: nobody should have to write of danger for it."""
    near = {state for state, talk in found.states.items() if talk.handed and not talk.hushed}

    def plain(turn: Turn) -> bool:
        return not turn.heard.signals and turn.heard.word in (None, Word.PERSON, Word.SAFE)

    distance = _distances(found, near, lambda turn: turn.hands_over, plain)
    for state in found.states:
        far = distance.get(state, PERSON_WITHIN + 1) > PERSON_WITHIN
        what = f"No person within {PERSON_WITHIN} messages from here: give a step on the way a choice that leads to consent."
        ledger.check(not far, "a person within three messages", _where(found, state), what)


def _way_out(ledger: Ledger, found: Walk) -> None:
    """By answering alone, without knowing any word, every talk can come to an end or to a person."""
    near = {state for state, talk in found.states.items() if talk.handed}

    def answers(turn: Turn) -> bool:
        first = turn.heard == Heard() and found.states[turn.before].place is None
        return turn.heard.choice is not None or turn.heard.language is not None or first

    distance = _distances(found, near, lambda turn: answers(turn) and (turn.ends or turn.hands_over), answers)
    for state in found.states:
        what = (
            "Whoever only answers goes round for ever: give one of these steps a choice that ends or leads to a person."
        )
        ledger.check(state in distance, "no loop without exit", _where(found, state), what)


def _distances(
    found: Walk, near: set[State], arrives: Callable[[Turn], bool], along: Callable[[Turn], bool] = lambda turn: True
) -> dict[State, int]:
    """Messages from each state until a turn that arrives, along turns that count; states without a way are left out."""
    distance = dict.fromkeys(near, 0)
    for state, turns in found.turns.items():
        if state not in distance and any(arrives(turn) for turn in turns):
            distance[state] = 1
    before: dict[State, set[State]] = {}
    for turn in found.every_turn():
        if turn.after is not None and along(turn):
            before.setdefault(turn.after, set()).add(turn.before)
    todo = sorted(distance, key=lambda state: distance[state])
    for state in todo:
        for earlier in before.get(state, ()):
            if earlier not in distance:
                distance[earlier] = distance[state] + 1
                todo.append(earlier)
    return distance


def _number_early(ledger: Ledger, scripts: Scripts, found: Walk, emergency: Collection[str]) -> None:
    """Is it safe to write? comes first, and the emergency number no later than the second reply."""
    start = next(state for state, talk in found.states.items() if talk.place is None and talk.language is not None)
    said, state = list[str](), start
    for _ in range(NUMBER_WITHIN):
        turn = next(one for one in found.turns[state] if one.heard.choice is not None or state == start)
        said += turn.said
        if turn.after is None:
            break
        state = turn.after
    safe = scripts.step(scripts.is_it_safe)
    stops = [scripts.step(choice.go).end for choice in safe.choices[1:]]
    first = said[:1] == [safe.say] and any(stops) and all(stops)
    what = "Begin first_contact with the question whether it is safe: its first answer goes on, every other one ends."
    ledger.check(first, "safe to write comes first", scripts.start, what)
    what = f"The emergency number does not come within {NUMBER_WITHIN} replies: say {{emergency}} in the second step."
    ledger.check(any(key in emergency for key in said), "emergency number early", scripts.start, what)


def discreet_keys(scripts: Scripts, found: Walk) -> set[str]:
    """Words that can stand on a lock screen before the caller has said that it is safe, or after they said it is not."""
    keys = {
        key for step in scripts.reachable() if step.level is not None and step.level.rank == 0 for key in (step.say,)
    }
    hushing = {Word.PAUSE, Word.STRANGER, Word.UNSAFE}
    for turn in found.every_turn():
        talk = found.states[turn.before]
        stops = any(signal.code == Code.STOP for signal in turn.heard.signals)
        unsafe = talk.place == scripts.is_it_safe and turn.heard.choice not in (
            None,
            scripts.step(talk.place).choices[0].key,
        )
        if talk.place is None or talk.hushed or turn.heard.word in hushing or stops or unsafe:
            keys.update(turn.said)
    return keys | _BY_THE_DESK
