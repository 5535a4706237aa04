"""An audience: one group of people, what they fear, what they can do next, and the languages they read. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotline.directory.countries import COUNTRIES
from hotline.language import LANGUAGES

SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")

REGIONS = (
    "baltic", "balkans", "central_asia", "east_africa", "middle_east", "nordic", "south_asia", "southeast_asia",
    "west_africa",
)  # fmt: skip
"""Wider than a country, where a group comes from many."""

SECTORS = (
    "agriculture", "any", "beauty", "care", "cleaning", "construction", "domestic", "fishing", "hospitality",
    "manufacturing", "online", "sex_work", "sport", "transport",
)  # fmt: skip


class Side(StrEnum):
    """Where a group stands: those who may be exploited, those who buy or gain, those who may notice."""

    PEOPLE = "people"
    DEMAND = "demand"
    PROFESSIONALS = "professionals"


class Reading(StrEnum):
    """How much schooling a text may ask for."""

    EASY = "easy"
    PLAIN = "plain"
    TRADE = "trade"


@dataclass(frozen=True, slots=True)
class Audience:
    """`label`: how members of the group would name themselves, per language, for the chooser. `origin` and `destination`
    are countries (ISO 3166) or REGIONS; none named: anywhere."""

    slug: str
    name: str
    side: Side
    sector: str
    reading: Reading
    languages: tuple[str, ...]
    fears: tuple[str, ...]
    next: tuple[str, ...]
    label: Mapping[str, str]
    origin: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()


_KEYS = {"name", "side", "sector", "reading", "languages", "fears", "next", "label", "origin", "destination"}


def read_audience(slug: str, table: Mapping[str, Any]) -> tuple[Audience | None, list[str]]:
    """The audience that a file describes, or every mistake in a sentence."""
    mistakes = [f"{name!r} is not known here: use {', '.join(sorted(_KEYS))}." for name in table if name not in _KEYS]
    if not SLUG.match(slug):
        mistakes.append(f"The file name {slug!r} may hold only a-z, 0-9 and single hyphens.")
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        mistakes.append("name is missing: say in one line who they are.")
    _one_of(table, "side", [one.value for one in Side], mistakes)
    _one_of(table, "sector", SECTORS, mistakes)
    _one_of(table, "reading", [one.value for one in Reading], mistakes)
    languages = _texts(table, "languages", mistakes, LANGUAGES, "our languages")
    where = {*COUNTRIES, *REGIONS}
    origin, destination = (_texts(table, name, mistakes, where, "NO or a region") for name in ("origin", "destination"))
    fears, following = _texts(table, "fears", mistakes), _texts(table, "next", mistakes)
    for key, found in (("languages", languages), ("fears", fears), ("next", following)):
        if not found and not any(one.startswith(key) for one in mistakes):
            mistakes.append(f"{key} is empty: a group without it cannot be written for.")
    label = table.get("label", {})
    if not isinstance(label, Mapping) or not all(isinstance(text, str) and text.strip() for text in label.values()):
        mistakes.append('label must be a table: begin it with [label], then LANGUAGE = "…".')
        label = {}
    mistakes += [
        f"label.{tag} is not one of languages: add it there or take it out." for tag in label if tag not in languages
    ]
    mistakes += [f"label.{tag} is missing: how would they name themselves?" for tag in languages if tag not in label]
    if mistakes:
        return None, mistakes
    return Audience(
        slug, str(name).strip(), Side(table["side"]), table["sector"], Reading(table["reading"]), languages, fears,
        following, dict(label), origin, destination,
    ), []  # fmt: skip


def _one_of(table: Mapping[str, Any], key: str, known: Collection[str], mistakes: list[str]) -> None:
    if table.get(key) not in known:
        mistakes.append(f"{key} = {table.get(key)!r} must be one of {', '.join(known)}.")


def _texts(
    table: Mapping[str, Any], key: str, mistakes: list[str], known: Collection[str] = (), what: str = ""
) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        mistakes.append(f"{key} must be a list of texts.")
        return ()
    unknown = [one for one in found if known and one not in known]
    if unknown:
        mistakes.append(f"{key} names {', '.join(unknown)}: use {what}.")
    return tuple(found)
