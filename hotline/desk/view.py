"""What may be looked at: a caller's own talk, the board of a shift, one responder's contact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import Connection

from hotline.contact import Channel, Level, State
from hotline.desk.crowd import Standing
from hotline.desk.office import Desk
from hotline.desk.translate import Translations
from hotline.desk.translate import of as translations_of
from hotline.message import Line, Speaker
from hotline.offer import NEXT, Call, Hand, Offer, offers, soonest
from hotline.queue import SHOWN, Ranked, Reason, Waiting, Why, ranked
from hotline.roster import Ability, on_duty
from hotline.store import lanes, pauses, presence, roster, staff
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone
from hotline.store.lanes import Place
from hotline.store.packets import Packet

LOT_SECONDS = 60
"""The drawn places stand still for so long: a card must not jump away under somebody's hand."""

_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Talk:
    """An open contact with its numbered lines, and what a machine made of them for whoever reads another language."""

    contact: Contact
    lines: list[tuple[int, Line]]
    translated: Translations = field(default_factory=dict)


class Part(StrEnum):
    """What a member has to do with a contact that is in somebody's hands."""

    OWNER = "owner"
    SECOND = "second"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Card:
    """One contact as everybody on shift sees it: never what was said. `part`: what the one who looks has to do with it.

    `offer`: whose turn it is, of one that waits. `unanswered`: the caller has written since a person last answered. `asker`:
    who has asked somebody to join.
    """

    ranked: Ranked
    channel: Channel
    language: str | None
    hushed: bool = False
    part: Part | None = None
    offer: Offer = field(default_factory=Offer)
    unanswered: bool = False
    asker: str = ""

    @property
    def id(self) -> str:
        return self.ranked.waiting.contact_id


@dataclass(frozen=True, slots=True)
class Board:
    """`waiting`: the first SHOWN places, the same for everybody; `total`: how many contacts wait in all.

    What follows is about the one who looks: ids `offered` to them, the first of these as `next`, and their `languages`.
    """

    waiting: list[Card]
    mine: list[Card]
    on_duty: frozenset[int]
    total: int = 0
    standing: Standing = field(default_factory=Standing)
    offered: frozenset[str] = frozenset()
    next: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    staff_id: int = 0
    packets: list[Packet] = field(default_factory=list)
    paused: Mapping[Channel, float] = field(default_factory=dict)

    def reasons(self, card: Card) -> list[Reason]:
        """Why this card stands where it does, and what it is to the one who looks."""
        return [*card.ranked.reasons, *(Reason(why) for why in self.about(card))]

    def about(self, card: Card) -> list[Why]:
        """The last of these, which are not the same for everybody."""
        found = list[Why]()
        if card.offer.meant is not None:
            found.append(Why.MINE if card.offer.meant == self.staff_id else Why.MEANT)
        if card.language in self.languages:
            found.append(Why.SPOKEN)
        elif card.offer.unspoken and self.on_duty:
            found.append(Why.UNSPOKEN)
        if card.offer.paused:
            found.append(Why.PAUSED)
        return found if self.on_duty else [*found, Why.NOBODY]


@dataclass(frozen=True, slots=True)
class Scene:
    """The board as it is for everybody, each responder's own contacts by their id, and what they can take on.

    `here`: who is on duty and has a console open.
    """

    waiting: list[Card]
    claimed: Mapping[int, list[Card]]
    on_duty: frozenset[int]
    total: int
    standing: Standing
    abilities: Mapping[int, Ability] = field(default_factory=dict)
    here: frozenset[int] = frozenset()
    packets: list[Packet] = field(default_factory=list)
    paused: Mapping[Channel, float] = field(default_factory=dict)

    def board(self, staff_id: int) -> Board:
        languages = self.abilities.get(staff_id, Ability()).languages
        offered = [card for card in self.waiting if self._is_offered(card, staff_id)]
        offered.sort(key=lambda card: _soonest(card, languages))
        return Board(
            self.waiting,
            self.claimed.get(staff_id, []),
            self.on_duty,
            self.total,
            self.standing,
            frozenset(card.id for card in offered),
            tuple(card.id for card in offered[:NEXT]),
            languages,
            staff_id,
            self.packets,
            self.paused,
        )

    def _is_offered(self, card: Card, staff_id: int) -> bool:
        return staff_id in card.offer.to or (card.offer.everyone and not self.here)


def _soonest(card: Card, languages: tuple[str, ...]) -> tuple[int, int, bool, float]:
    place = card.ranked
    fits = card.language in languages
    return soonest(place.waiting.level, place.seconds, place.waiting.since, fits=fits)


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
        lines = desk.contacts.lines(connection, contact) if contact is not None else []
    except KeyGone:
        return None
    if contact is None:
        return None
    return Talk(contact, [(number, line) for number, line in lines if line.speaker is not Speaker.NOTE])


def responder_talk(desk: Desk, connection: Connection, contact_id: str, staff_id: int, after: int = 0) -> Talk | None:
    """A contact for the responder who owns it, or is beside its owner; None for everybody else, whether it exists or not."""
    try:
        contact = desk.contacts.by_id(connection, contact_id)
        if contact is None or contact.state is not State.CLAIMED or not contact.is_with(staff_id):
            return None
        lines = desk.contacts.lines(connection, contact, after)
        return Talk(contact, lines, translations_of(desk, connection, contact))
    except KeyGone:
        return None


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
    duty = on_duty(roster.present(connection, now, desk.idle_seconds), now)
    here = duty & presence.here(connection, now)
    abilities = roster.abilities_of(connection)
    paused = pauses.paused(connection, now)
    offered = _offers(shown, wanted, contacts, _hands(here, abilities, claimed), paused, now)
    return Scene(
        [_card(place, contacts, offered[place.waiting.contact_id]) for place in shown],
        _in_hands(claimed, contacts, now, _askers(connection, claimed)),
        duty,
        len(waiting),
        standing,
        abilities,
        here,
        desk.packets.shown(connection),
        paused,
    )


def _hands(here: Iterable[int], abilities: Mapping[int, Ability], claimed: Iterable[Place]) -> list[Hand]:
    """Who is there, with what they have."""
    load: Counter[int | None] = Counter()
    for place in claimed:
        load[place.owner] += 1
        load[place.second if place.second_in else None] += 1
    return [Hand(one, abilities.get(one, Ability()), load[one]) for one in sorted(here)]


def _offers(
    shown: Iterable[Ranked],
    places: Mapping[str, Place],
    contacts: Mapping[str, Contact],
    hands: list[Hand],
    paused: Collection[Channel],
    now: float,
) -> dict[str, Offer]:
    calls = []
    for one in shown:
        contact, place = contacts[one.waiting.contact_id], places[one.waiting.contact_id]
        channel, language = contact.channel, contact.conversation.language
        calls.append(Call(one.waiting, language, channel.value, place.second, place.touched_at, channel in paused))
    return offers(calls, hands, now)


def _askers(connection: Connection, claimed: Iterable[Place]) -> dict[int, str]:
    """The names of those who have asked somebody to join."""
    asking = {place.owner for place in claimed if place.second is not None and not place.second_in}
    return {one.id: one.name for one in staff.everybody(connection) if one.id in asking} if asking else {}


def _in_hands(
    claimed: Iterable[Place], contacts: Mapping[str, Contact], now: float, names: Mapping[int, str]
) -> dict[int, list[Card]]:
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
            replace(
                _card(one, contacts),
                part=theirs[one.waiting.contact_id],
                asker=names.get(places[one.waiting.contact_id].owner or 0, ""),
            )
            for one in ranked((_waiting(places[contact_id]) for contact_id in theirs), now)
        ]
        for staff_id, theirs in parts.items()
    }


def _waiting(place: Place) -> Waiting:
    alike = place.likeness if place.state == State.WAITING.value else None
    likeness = None if alike is None else bytes(alike)
    many = place.many if likeness else 1
    back = place.state == State.WAITING.value and place.fence > 0
    return Waiting(place.id, _LEVELS[place.level], place.since, (), likeness, bool(place.lower), many, back)


def _card(place: Ranked, contacts: Mapping[str, Contact], offer: Offer | None = None) -> Card:
    contact = contacts[place.waiting.contact_id]
    signals = tuple(signal.code for signal in contact.conversation.signals)
    place = replace(place, signals=signals, waiting=replace(place.waiting, signals=signals))
    language, hushed = contact.conversation.language, contact.conversation.hushed
    unanswered = contact.heard_at > contact.answered_at
    return Card(place, contact.channel, language, hushed, offer=offer or Offer(), unanswered=unanswered)
