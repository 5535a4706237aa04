"""The safety checklist: what a responder makes sure of, by level and signals. A table; its words are console words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hotline.contact import Level

_IMMEDIATE = frozenset({Level.IMMEDIATE})
_GRAVE = frozenset({Level.IMMEDIATE, Level.URGENT})
_EVERY = frozenset(Level)
_SERIOUS = _EVERY - {Level.ROUTINE}
_NONE: frozenset[Level] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to make sure of, on these levels or with one of these signals.

    `key`: its words are `console/check/KEY`. `phrase`: the phrasebook's sentence that asks or says it, if there is one.
    """

    key: str
    levels: frozenset[Level]
    signals: frozenset[str]
    phrase: str = ""


def _item(key: str, phrase: str, levels: frozenset[Level], *signals: str) -> Item:
    return Item(key, levels, frozenset(signals), phrase)


ITEMS: tuple[Item, ...] = (
    _item("number", "danger/call", _IMMEDIATE, "danger", "selfharm"),
    _item("safe_now", "safe/now", _EVERY),
    _item("alone", "safe/alone", _SERIOUS),
    _item("hurt", "danger/hurt", _IMMEDIATE, "danger"),
    _item("children", "danger/children", _GRAVE, "danger", "minor"),
    _item("selfharm", "feel/selfharm", _NONE, "selfharm"),
    _item("stay", "danger/stay", _NONE, "selfharm"),
    _item("limits", "danger/life", _NONE, "minor", "selfharm"),
    _item("trusted_adult", "", _NONE, "minor"),
    _item("way_out", "danger/where_safe", _IMMEDIATE, "danger"),
    _item("decides", "danger/you_decide", _GRAVE),
    _item("word", "safe/word", _SERIOUS),
    _item("stop", "safe/stop", _SERIOUS),
    _item("not_confront", "safe/not_confront", _NONE, "danger", "exploited", "witness"),
    _item("leave", "ask/leave", _NONE, "exploited"),
    _item("traces", "safe/delete", _SERIOUS),
    _item("no_promise", "tell/no_promise", _EVERY),
    _item("plan", "end/plan", _GRAVE, "danger", "selfharm"),
    _item("back", "end/back", _EVERY),
)
"""In the order in which they are asked: first what saves a life, last what ends a talk."""

KEYS = frozenset(item.key for item in ITEMS)


def items(level: Level, signals: Collection[str]) -> tuple[Item, ...]:
    """What is to be made sure of in a contact of this level, in which these signals were raised."""
    return tuple(item for item in ITEMS if level in item.levels or not item.signals.isdisjoint(signals))


def missed(level: Level, signals: Collection[str], ticks: Collection[str]) -> tuple[str, ...]:
    """The keys of what nobody has ticked, in order."""
    return tuple(item.key for item in items(level, signals) if item.key not in ticks)
