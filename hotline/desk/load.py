"""The load of a shift as its supervisor sees it: who waits, who has what, who is there. Never what anybody said.

Only what is open now: there is no history here, and nothing to search by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from hotline.contact import Channel, Level, State
from hotline.desk.office import Desk
from hotline.desk.view import Opened
from hotline.queue import TARGET_SECONDS
from hotline.roster import Ability, on_call, on_duty
from hotline.store import alarms, lanes, pauses, presence, roster, staff
from hotline.store.contacts import Contact
from hotline.store.lanes import Place
from hotline.store.schema import contacts
from hotline.store.seen import last_seen
from hotline.store.staff import ANSWERING, Member

_LEVELS = tuple(Level)


_SCRIPTED = select(func.count()).select_from(contacts).where(contacts.c.state == State.SCRIPTED.value)


@dataclass(frozen=True, slots=True)
class Waits:
    """Those who wait at one level: how many, and since when the first of them."""

    level: Level
    number: int
    longest: int

    @property
    def late(self) -> bool:
        return self.longest > TARGET_SECONDS[self.level]


@dataclass(frozen=True, slots=True)
class Held:
    """A contact in somebody's hands. `unanswered`: for so many seconds the caller has had no answer to what they wrote."""

    id: str
    level: Level
    channel: Channel
    language: str | None
    hushed: bool
    owner: str
    beside: str
    unanswered: int | None

    @property
    def late(self) -> bool:
        return self.unanswered is not None and self.unanswered > TARGET_SECONDS[self.level]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the staff who answers. `here`: their console is open. `alerted`: how often since there was nothing."""

    member: Member
    on_duty: bool
    here: bool
    seen_at: float | None
    open: int
    ability: Ability
    alerted: int
    alerted_at: float


@dataclass(frozen=True, slots=True)
class Paused:
    channel: Channel
    name: str
    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Load:
    """`ladder`: who is on call now, by rank. `scripted`: how many talk with the script."""

    waits: list[Waits]
    held: list[Held]
    people: list[Person]
    ladder: list[list[str]]
    paused: list[Paused]
    scripted: int


def load(desk: Desk, connection: Connection, now: float, opened: Opened) -> Load:
    """How it stands. Only contacts in hands are unsealed, for their channel and language."""
    places = lanes.places(connection, desk.ring.oldest)
    claimed = {place.id: place for place in opened.openable(places) if place.state == State.CLAIMED.value}
    found = opened.open(desk, connection, claimed)
    everybody = {one.id: one for one in staff.everybody(connection) if one.active}
    names = {one.id: one.name for one in everybody.values()}
    held = [_held(claimed[one], contact, names, now) for one, contact in found.items()]
    planned = roster.planned(connection, now, now + 1)
    return Load(
        _waits(places, now),
        sorted(held, key=lambda one: (-(one.unanswered if one.unanswered is not None else -1), one.id)),
        _people(desk, connection, everybody, claimed.values(), now),
        [sorted(names[one] for one in rung if one in names) for rung in on_call(planned, now)],
        [
            Paused(one.channel, names.get(one.staff_id, ""), one.at, one.until)
            for one in pauses.standing(connection, now)
        ],
        int(connection.execute(_SCRIPTED).scalar_one()),
    )


def _waits(places: Iterable[Place], now: float) -> list[Waits]:
    waiting = [place for place in places if place.state == State.WAITING.value]
    found = []
    for level in _LEVELS:
        since = [place.since for place in waiting if _LEVELS[place.level] is level]
        found.append(Waits(level, len(since), max(0, int(now - min(since))) if since else 0))
    return found


def _held(place: Place, contact: Contact, names: Mapping[int, str], now: float) -> Held:
    asked = contact.heard_at if contact.answered_at else (contact.waiting_since or contact.heard_at)
    open_question = contact.heard_at > contact.answered_at
    second = names.get(place.second, "") if place.second is not None and place.second_in else ""
    conversation = contact.conversation
    return Held(
        contact.id,
        contact.level,
        contact.channel,
        conversation.language,
        conversation.hushed,
        names.get(place.owner or 0, ""),
        second,
        max(0, int(now - asked)) if open_question else None,
    )


def _people(
    desk: Desk, connection: Connection, everybody: Mapping[int, Member], claimed: Iterable[Place], now: float
) -> list[Person]:
    """Who answers: those on duty first, then those who are there, then by name."""
    has: Counter[int | None] = Counter()
    for place in claimed:
        has[place.owner] += 1
        has[place.second if place.second_in else None] += 1
    duty = on_duty(roster.present(connection, now, desk.idle_seconds), now)
    here, seen, abilities = presence.here(connection, now), last_seen(connection), roster.abilities_of(connection)
    paces = alarms.paces(connection)
    found = []
    for member in everybody.values():
        pace, ability = paces.get(member.id), abilities.get(member.id, Ability())
        alerted, at = (pace.times, pace.at) if pace is not None else (0, 0.0)
        if member.role not in ANSWERING and not has[member.id]:
            continue
        found.append(
            Person(
                member,
                member.id in duty,
                member.id in here,
                seen.get(member.id),
                has[member.id],
                ability,
                alerted,
                at,
            )
        )
    return sorted(found, key=lambda one: (not one.on_duty, not one.here, one.member.name.casefold()))
