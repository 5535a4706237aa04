"""A contact: the live exchange between one caller and the hotline, its states and who may move them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    WEBCHAT = "webchat"
    SIGNAL = "signal"

    @property
    def by_carrier(self) -> bool:
        """Whether a phone company owns some words on this channel (STOP, HELP and the like)."""
        return self is Channel.SMS

    @property
    def needs_address(self) -> bool:
        """Whether a later answer can reach the caller only at a return address we would have to keep."""
        return self is not Channel.WEBCHAT


class Level(StrEnum):
    """How soon a person must answer. Order of urgency is the order of definition."""

    IMMEDIATE = "immediate"
    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return list(Level).index(self)

    def raised_to(self, other: Level) -> Level:
        """The more urgent of the two: a rule may raise a level, never lower it (design, decision 7)."""
        return min(self, other, key=lambda level: level.rank)


class State(StrEnum):
    SCRIPTED = "scripted"
    WAITING = "waiting"
    CLAIMED = "claimed"
    GONE = "gone"


class Who(StrEnum):
    CALLER = "caller"
    SCRIPT = "script"
    RESPONDER = "responder"
    SUPERVISOR = "supervisor"
    CLOCK = "clock"


class Move(StrEnum):
    HAND_OFF = "hand_off"
    CLAIM = "claim"
    RELEASE = "release"
    HAND_OVER = "hand_over"
    TAKE_OVER = "take_over"
    CLOSE = "close"
    END = "end"
    FORGET = "forget"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Transition:
    before: State
    move: Move
    after: State
    who: frozenset[Who]


def _row(before: State, move: Move, after: State, *who: Who) -> Transition:
    return Transition(before, move, after, frozenset(who))


TRANSITIONS: tuple[Transition, ...] = (
    _row(State.SCRIPTED, Move.HAND_OFF, State.WAITING, Who.CALLER),
    _row(State.SCRIPTED, Move.END, State.GONE, Who.SCRIPT),
    _row(State.SCRIPTED, Move.FORGET, State.GONE, Who.CALLER),
    _row(State.SCRIPTED, Move.EXPIRE, State.GONE, Who.CLOCK),
    _row(State.WAITING, Move.CLAIM, State.CLAIMED, Who.RESPONDER),
    _row(State.WAITING, Move.FORGET, State.GONE, Who.CALLER),
    _row(State.WAITING, Move.EXPIRE, State.GONE, Who.CLOCK),
    _row(State.CLAIMED, Move.RELEASE, State.WAITING, Who.RESPONDER, Who.SUPERVISOR, Who.CLOCK),
    _row(State.CLAIMED, Move.HAND_OVER, State.CLAIMED, Who.RESPONDER, Who.SUPERVISOR, Who.CLOCK),
    _row(State.CLAIMED, Move.TAKE_OVER, State.CLAIMED, Who.SUPERVISOR),
    _row(State.CLAIMED, Move.CLOSE, State.GONE, Who.RESPONDER),
    _row(State.CLAIMED, Move.FORGET, State.GONE, Who.CALLER),
    _row(State.CLAIMED, Move.EXPIRE, State.GONE, Who.CLOCK),
)


class NotAllowed(Exception):
    """A move that the table does not hold; says which, from where, by whom."""

    def __init__(self, before: State, move: Move, who: Who) -> None:
        super().__init__(f"A {who.value} may not {move.value.replace('_', ' ')} a contact that is {before.value}.")


def moved(before: State, move: Move, who: Who) -> State:
    """The state after `move`, or NotAllowed."""
    for row in TRANSITIONS:
        if row.before is before and row.move is move and who in row.who:
            return row.after
    raise NotAllowed(before, move, who)
