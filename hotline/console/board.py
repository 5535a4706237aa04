"""The board as a table and as text: what each who watches is shown of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from hotline.contact import Level
from hotline.desk.view import Board, Card, Part, Scene
from hotline.queue import Reason, Why
from hotline.store.packets import Packet


class Sheets:
    """One picture as text for each who watches: its cards are written once, and not for each of them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._cards: dict[tuple[str, bool, tuple[Why, ...]], str] = {}
        self._sheets: dict[tuple[int, int], str] = {}

    def text(self, staff_id: int, overdue: int = 0) -> str:
        key = staff_id, overdue
        if key not in self._sheets:
            self._sheets[key] = self._written(self.scene.board(staff_id), staff_id, overdue)
        return self._sheets[key]

    def _written(self, seen: Board, staff_id: int, overdue: int) -> str:
        table = {name: json.dumps(value) for name, value in _table(seen, staff_id, overdue, []).items()}
        table["waiting"] = f"[{', '.join(self._card(seen, card) for card in seen.waiting)}]"
        return "{" + ", ".join(f'"{name}": {text}' for name, text in table.items()) + "}"

    def _card(self, seen: Board, card: Card) -> str:
        key = card.id, card.id in seen.offered, tuple(seen.about(card))
        if key not in self._cards:
            self._cards[key] = json.dumps(_waiting(card, key[2], offered=key[1]))
        return self._cards[key]


def board_table(seen: Board, staff_id: int, overdue: int = 0) -> dict[str, Any]:
    """`overdue`: copies at providers that wait for deletion too long, for those who can do something about it."""
    cards = [_waiting(card, seen.about(card), offered=card.id in seen.offered) for card in seen.waiting]
    return _table(seen, staff_id, overdue, cards)


def _table(seen: Board, staff_id: int, overdue: int, cards: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "on_duty": staff_id in seen.on_duty,
        "people": len(seen.on_duty),
        "total": seen.total,
        "more": _unseen(seen),
        "surge": seen.standing.surge,
        "capped": seen.standing.capped,
        "overdue": overdue,
        "paused": {channel.value: until for channel, until in seen.paused.items()},
        "next": list(seen.next),
        "offered": len(seen.offered),
        "waiting": cards,
        "mine": [_card(card) for card in seen.mine],
        "packets": [packet_row(seen, one, staff_id) for one in seen.packets],
    }


def packet_row(seen: Board, packet: Packet, staff_id: int) -> dict[str, Any]:
    """A packet on the board. `taken`: a colleague who is on duty has it."""
    return {
        "id": packet.id,
        "partner": packet.partner,
        "level": packet.level.value,
        "at": packet.came_at,
        "mine": packet.owner == staff_id,
        "taken": packet.owner != staff_id and packet.owner in seen.on_duty,
    }


def _unseen(seen: Board) -> int:
    """How many wait whom no card shows: those drawn from a shared card are on that card already."""
    shared = {_group(card) for card in seen.waiting if card.ranked.alike > 1}
    counted = [card.ranked.alike for card in seen.waiting if card.ranked.alike > 1 or _group(card) not in shared]
    return max(0, seen.total - sum(counted))


def _group(card: Card) -> tuple[bytes | None, Level, bool]:
    return card.ranked.waiting.likeness, card.ranked.waiting.level, card.ranked.waiting.lower


def _waiting(card: Card, about: Iterable[Why], *, offered: bool) -> dict[str, Any]:
    """A card with its reasons: each a code with a time, where it has one."""
    every = [*card.ranked.reasons, *map(Reason, about)]
    reasons = [[reason.why.value, *_time(reason.seconds)] for reason in every]
    return {**_card(card), "offered": offered, "everyone": card.offer.everyone, "reasons": reasons}


def _time(seconds: int) -> tuple[str, int]:
    """In seconds, minutes or hours, as one would say it; nothing is rounded to 0."""
    if seconds < 60:
        return "s", seconds
    return ("min", seconds // 60) if seconds < 7200 else ("h", seconds // 3600)


def _card(card: Card) -> dict[str, Any]:
    place = card.ranked
    table = {
        "id": place.waiting.contact_id,
        "level": place.waiting.level.value,
        "since": place.waiting.since,
        "seconds": place.seconds,
        "late": place.late,
        "signals": list(place.signals),
        "channel": card.channel.value,
        "language": card.language,
        "hushed": card.hushed,
        "unanswered": card.unanswered,
        "lower": place.waiting.lower,
        "drawn": place.drawn,
        "alike": place.alike,
        "part": card.part.value if card.part else "",
        "offered": False,
        "everyone": False,
        "reasons": [],
        "asker": card.asker if card.part is Part.ASKED else "",
    }
    if place.alike > 1 and place.waiting.likeness is not None:
        since = int(place.newest - place.waiting.since)
        table |= {
            "likeness": place.waiting.likeness.hex(),
            "newest": place.newest,
            "newest_seconds": max(0, place.seconds - since),
        }
    return table
