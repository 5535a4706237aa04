"""The order in which waiting contacts are shown, and the reason for each place."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from hotline.contact import Level

TARGET_SECONDS: dict[Level, int] = {Level.IMMEDIATE: 30, Level.URGENT: 300, Level.SOON: 1800, Level.ROUTINE: 28800}
"""Waiting time we aim to stay under, per level."""

CROWD = 25
"""With more than so many waiting, every DRAWNth place is drawn and the many alike stand behind those alone."""

DRAWN = 5

TOGETHER = 3
"""From so many on, contacts that are alike share one card, and count as many: two people may well say the same."""

SHOWN = 100


class Why(StrEnum):
    """What a place in the queue comes from, and what to know of it; the board has a sentence for each."""

    TARGET = "target"
    """Its level asks for an answer within so many seconds."""
    LEFT = "left"
    """So many seconds are left of them."""
    OVER = "over"
    """It has waited so many seconds longer."""
    BACK = "back"
    """It had a responder before, and keeps its place."""
    SPOKEN = "spoken"
    """Whoever looks speaks its language."""
    UNSPOKEN = "unspoken"
    """Nobody on duty does."""
    MINE = "mine"
    """It is meant for the one who looks."""
    MEANT = "meant"
    """It is meant for one colleague first."""
    PAUSED = "paused"
    """Its channel is paused."""
    NOBODY = "nobody"
    """Nobody is on duty."""


@dataclass(frozen=True, slots=True)
class Reason:
    why: Why
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """`likeness`: shared with those whose first words were nearly the same; `many`: how many they are in all, those too
    who have never answered the script and so do not wait. `lower`: staff put them behind the others. `back`: it had a
    responder before."""

    contact_id: str
    level: Level
    since: float
    signals: tuple[str, ...] = ()
    likeness: bytes | None = None
    lower: bool = False
    many: int = 1
    back: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place. `alike`: how many waiting contacts it stands for, who came until `newest`. `drawn`: by lot."""

    waiting: Waiting
    seconds: int
    late: bool
    signals: tuple[str, ...]
    alike: int = 1
    newest: float = 0.0
    drawn: bool = False

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it stands here, for everybody who looks: what its level asks, how the wait compares, what came before."""
        target = TARGET_SECONDS[self.waiting.level]
        over = self.seconds - target
        wait = Reason(Why.OVER, over) if over > 0 else Reason(Why.LEFT, -over)
        back = (Reason(Why.BACK),) if self.waiting.back else ()
        return (Reason(Why.TARGET, target), wait, *back)


def ranked(
    contacts: Iterable[Waiting], now: float, *, surge: bool = False, lot: int = 0, most: int | None = None
) -> list[Ranked]:
    """Most urgent level first; within a level, where all have the same target, who has waited longest against it. The id
    settles a tie, so the order is total and the same for everybody; what fits one who looks is for `offer.soonest`.

    Whoever is in the lower lane comes after all others. Contacts that are alike, of one level, share a place. In a crowd
    each fifth place is drawn by `lot` from all who wait, those who share a place too: a caller who happens to write as a
    flood does is seen all the same. One `lot` gives one order.
    """
    every = list(contacts)
    crowded = surge or len(every) > CROWD
    groups = sorted(_together(every), key=lambda group: _place(group, crowded=crowded))
    most = len(every) if most is None else most
    if not crowded:
        return [_ranked(group[0], now, group) for group in groups[:most]]
    lots = (blake2b(one.contact_id.encode(), digest_size=8, key=b"%d" % lot).digest() for one in every)
    drawn = heapq.nsmallest(most, zip(lots, (one.contact_id for one in every), every, strict=True))
    return list(_drawn_between(groups, (one for _, _, one in drawn), now, most))


def _drawn_between(groups: list[list[Waiting]], lot: Iterator[Waiting], now: float, most: int) -> Iterator[Ranked]:
    """The places in turn, each DRAWNth one by lot; the last one too, so that a lone crowd of one kind is drawn from."""
    shown: set[str] = set()
    following = iter(groups)
    for place in range(1, most + 1):
        found = None if place % DRAWN == 0 else _next_unseen(following, shown)
        first, group = found or (_next_drawn(lot, shown), [])
        if first is None:
            return
        shown.add(first.contact_id)
        yield _ranked(first, now, group or [first], drawn=not group)
        if found is None and place % DRAWN != 0:
            return


def _next_drawn(lot: Iterator[Waiting], shown: set[str]) -> Waiting | None:
    return next((one for one in lot if one.contact_id not in shown), None)


def _next_unseen(groups: Iterator[list[Waiting]], shown: set[str]) -> tuple[Waiting, list[Waiting]] | None:
    """The next place that somebody is left for who has not been drawn, and who is first there."""
    for group in groups:
        first = next((one for one in group if one.contact_id not in shown), None)
        if first is not None:
            return first, group
    return None


def _together(contacts: list[Waiting]) -> list[list[Waiting]]:
    """Those who are alike, of one level and lane, oldest first; everybody else alone."""
    alike: dict[object, list[Waiting]] = {}
    for one in contacts:
        key = one.contact_id if one.likeness is None else (one.likeness, one.level, one.lower)
        alike.setdefault(key, []).append(one)
    found: list[list[Waiting]] = []
    for group in alike.values():
        if len(group) < TOGETHER:
            found += [[one] for one in group]
        else:
            found.append(sorted(group, key=lambda one: (one.since, one.contact_id)))
    return found


def _place(group: list[Waiting], *, crowded: bool) -> tuple[bool, int, bool, float, str]:
    first = group[0]
    return first.lower, first.level.rank, crowded and first.many >= TOGETHER, first.since, first.contact_id


def _ranked(one: Waiting, now: float, group: list[Waiting], *, drawn: bool = False) -> Ranked:
    seconds = max(0, int(now - one.since))
    late = seconds > TARGET_SECONDS[one.level]
    return Ranked(one, seconds, late, one.signals, len(group), group[-1].since, drawn)
