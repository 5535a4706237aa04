"""To whom a waiting contact is offered first. Computed anew for each picture of the board from the time it has waited;
nothing is kept, so that nothing can be lost. An offer shuts nobody out: everybody may take any contact at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from hotline.contact import Level
from hotline.queue import TARGET_SECONDS, Waiting
from hotline.roster import Ability

STEP_SECONDS: Mapping[Level, float] = {Level.IMMEDIATE: 5, Level.URGENT: 15, Level.SOON: 30, Level.ROUTINE: 60}
"""After so long without a taker a contact is offered to the next one too."""

ALONE = 2
"""So many are asked one after the other; then everybody is."""

NEXT = 3
"""Cards under "next for you": one to take, two to see coming."""

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Call:
    """A contact that waits. `meant`: the colleague it was passed to, at `passed_at`. `paused`: its channel is."""

    waiting: Waiting
    language: str | None
    channel: str
    meant: int | None = None
    passed_at: float = 0.0
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Hand:
    """A responder on duty whose console is open. `load`: the contacts they have."""

    staff_id: int
    ability: Ability
    load: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """`to`: whose turn it is. `everyone`: everybody's, those too who look and are not on duty when nobody is.

    `unspoken`: nobody on duty speaks the language. `meant`: the one whose it is alone, for now.
    """

    to: frozenset[int] = frozenset()
    everyone: bool = False
    unspoken: bool = False
    paused: bool = False
    meant: int | None = None


def offers(calls: Iterable[Call], hands: Sequence[Hand], now: float) -> dict[str, Offer]:
    """Of each contact, in the queue's order: whose turn it is. Who is offered one counts as having it for the next."""
    load = {hand.staff_id: hand.load for hand in hands}
    return {call.waiting.contact_id: _offer(call, hands, load, now) for call in calls}


def _offer(call: Call, hands: Sequence[Hand], load: dict[int, int], now: float) -> Offer:
    unspoken = call.language is not None and not any(call.language in hand.ability.languages for hand in hands)
    if call.paused and call.waiting.level is not Level.IMMEDIATE:
        return Offer(unspoken=unspoken, paused=True)
    step = STEP_SECONDS[call.waiting.level]
    if call.meant in load and now - call.passed_at < ALONE * step:
        load[call.meant] += 1
        return Offer(frozenset({call.meant}), unspoken=unspoken, meant=call.meant)
    asked = int(max(0.0, now - call.waiting.since) // step) + 1
    fitting = [] if asked > ALONE else [hand for hand in hands if _fits(hand, call, load)]
    if not fitting:
        return Offer(frozenset(load), everyone=True, unspoken=unspoken)
    fitting.sort(key=lambda hand: (load[hand.staff_id], _lot(call.waiting.contact_id, hand.staff_id)))
    load[fitting[0].staff_id] += 1
    return Offer(frozenset(hand.staff_id for hand in fitting[:asked]), unspoken=unspoken)


def _fits(hand: Hand, call: Call, load: Mapping[int, int]) -> bool:
    return load[hand.staff_id] < hand.ability.most and hand.ability.answers(call.language, call.channel)


def _lot(contact_id: str, staff_id: int) -> bytes:
    """Settles a tie, each time for somebody else and for all processes alike."""
    return blake2b(f"{contact_id}/{staff_id}".encode(), digest_size=8).digest()


def soonest(level: Level, seconds: int, since: float, *, fits: bool) -> tuple[int, int, bool, float]:
    """The order of what is offered to one responder: level, then waiting time in tenths of the level's target; among those
    who have waited about as long, who writes in a language of theirs."""
    return level.rank, -(seconds * TENTHS // TARGET_SECONDS[level]), not fits, since
