"""What may be looked at: a caller's own talk, the board of a shift, one responder's contact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import Connection

from hotline.contact import Channel, Level, State
from hotline.desk.crowd import Standing
from hotline.desk.office import Desk
from hotline.message import Line, Speaker
from hotline.queue import SHOWN, Ranked, Waiting, ranked
from hotline.roster import on_duty
from hotline.store import lanes, roster
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone
from hotline.store.lanes import Place

LOT_SECONDS = 60
"""The drawn places stand still for so long: a card must not jump away under somebody's hand."""

_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Talk:
    """An open contact with its numbered lines."""

    contact: Contact
    lines: list[tuple[int, Line]]


class Part(StrEnum):
    """What a member has to do with a contact that is in somebody's hands."""

    OWNER = "owner"
    SECOND = "second"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Card:
    """One contact as everybody on shift sees it: never what was said. `part`: what the one who looks has to do with it."""

    ranked: Ranked
    channel: Channel
    language: str | None
    hushed: bool = False
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """`waiting`: the first SHOWN places; `total`: how many contacts wait in all."""

    waiting: list[Card]
    mine: list[Card]
    on_duty: frozenset[int]
    total: int = 0
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class Scene:
    """The board as it is for everybody, and each responder's own contacts by their id."""

    waiting: list[Card]
    claimed: Mapping[int, list[Card]]
    on_duty: frozenset[int]
    total: int
    standing: Standing

    def board(self, staff_id: int) -> Board:
        return Board(self.waiting, self.claimed.get(staff_id, []), self.on_duty, self.total, self.standing)


class Opened:
    """The contacts whose cards are shown, unsealed once and not for each picture; and those that cannot be opened."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, float], Contact] = {}
        self._closed: set[str] = set()

    def openable(self, places: Iterable[Place]) -> list[Place]:
        return [place for place in places if place.id not in self._closed]

    def open(self, desk: Desk, connection: Connection, wanted: Mapping[str, Place]) -> dict[str, Contact]:
        """Those of these that can be opened; nothing else is kept."""
        keys = {(place.id, place.touched_at) for place in wanted.values()}
        known = {key: contact for key, contact in self._known.items() if key in keys}
        missing = [contact_id for contact_id, touched_at in keys if (contact_id, touched_at) not in known]
        found = desk.contacts.some(connection, missing) if missing else {}
        self._closed.update(set(missing) - set(found))
        self._known = {**known, **{(one, wanted[one].touched_at): contact for one, contact in found.items()}}
        return {contact_id: contact for (contact_id, _), contact in self._known.items()}


def caller_talk(desk: Desk, connection: Connection, channel: Channel, sender: str, now: float) -> Talk | None:
    """What the caller at this address may see of their own open contact."""
    try:
        contact = desk.contacts.by_sender(connection, channel, sender, now)
    except KeyGone:
        return None
    if contact is None:
        return None
    lines = desk.contacts.lines(connection, contact)
    return Talk(contact, [(number, line) for number, line in lines if line.speaker is not Speaker.NOTE])


def responder_talk(desk: Desk, connection: Connection, contact_id: str, staff_id: int, after: int = 0) -> Talk | None:
    """A contact for the responder who owns it, or is beside its owner; None for everybody else, whether it exists or not."""
    try:
        contact = desk.contacts.by_id(connection, contact_id)
    except KeyGone:
        return None
    if contact is None or contact.state is not State.CLAIMED or not contact.is_with(staff_id):
        return None
    return Talk(contact, desk.contacts.lines(connection, contact, after))


def board(desk: Desk, connection: Connection, staff_id: int, now: float) -> Board:
    """The queue in its order, and this responder's own contacts in the same."""
    return scene(desk, connection, now, Opened()).board(staff_id)


def scene(desk: Desk, connection: Connection, now: float, opened: Opened) -> Scene:
    """The board for everybody. It is ordered by clear columns; only what is shown is unsealed."""
    standing = desk.crowd.standing(now)
    every = lanes.places(connection, desk.ring.oldest)
    while True:
        live = opened.openable(every)
        waiting = [place for place in live if place.state == State.WAITING.value]
        claimed = [place for place in live if place.state == State.CLAIMED.value]
        lot = int(now // LOT_SECONDS)
        shown = ranked(map(_waiting, waiting), now, surge=standing.surge, lot=lot, most=SHOWN)
        ids = {one.waiting.contact_id for one in shown}
        wanted = {place.id: place for place in live if place.id in ids or place.state == State.CLAIMED.value}
        contacts = opened.open(desk, connection, wanted)
        if len(contacts) == len(wanted):
            break  # else one of them cannot be opened any more, and another takes its place
    return Scene(
        [_card(place, contacts) for place in shown],
        _in_hands(claimed, contacts, now),
        on_duty(roster.present(connection, now, desk.idle_seconds), now),
        len(waiting),
        standing,
    )


def _in_hands(claimed: Iterable[Place], contacts: Mapping[str, Contact], now: float) -> dict[int, list[Card]]:
    """Of each member who has a contact, or is asked to join one: their cards in the queue's order."""
    parts: dict[int, dict[str, Part]] = {}
    places = {place.id: place for place in claimed}
    for place in places.values():
        if place.owner is not None:
            parts.setdefault(place.owner, {})[place.id] = Part.OWNER
        if place.second is not None:
            parts.setdefault(place.second, {})[place.id] = Part.SECOND if place.second_in else Part.ASKED
    return {
        staff_id: [
            replace(_card(one, contacts), part=theirs[one.waiting.contact_id])
            for one in ranked((_waiting(places[contact_id]) for contact_id in theirs), now)
        ]
        for staff_id, theirs in parts.items()
    }


def _waiting(place: Place) -> Waiting:
    alike = place.likeness if place.state == State.WAITING.value else None
    likeness = None if alike is None else bytes(alike)
    many = place.many if likeness else 1
    return Waiting(place.id, _LEVELS[place.level], place.since, (), likeness, bool(place.lower), many)


def _card(place: Ranked, contacts: Mapping[str, Contact]) -> Card:
    contact = contacts[place.waiting.contact_id]
    signals = tuple(signal.code for signal in contact.conversation.signals)
    place = replace(place, signals=signals, waiting=replace(place.waiting, signals=signals))
    return Card(place, contact.channel, contact.conversation.language, contact.conversation.hushed)
