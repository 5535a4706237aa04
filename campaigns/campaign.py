"""A campaign and its pages. Pure: no files, no clock."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from campaigns.audience import SLUG
from campaigns.blocks import FINE, Block, read_blocks
from hotline.directory.countries import COUNTRIES

ROLES = ("author", "native_reader", "survivor", "lawyer")
"""Who may have read a language, each with the day."""

_DIGEST = re.compile(r"^[0-9a-f]{12}$")


class Action(StrEnum):
    """What a page leads to first."""

    CHAT = "chat"
    OFFER = "offer"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Review:
    """Who read one language, and when; a name that is empty means nobody yet. `machine`: a draft that no person has gone
    over. `made_from`: digest of the source page that it was written from."""

    names: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, datetime.date] = field(default_factory=dict)
    machine: bool = False
    made_from: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One language of a campaign. `text` is the file as it stands; `stale`: its source has changed since it was written."""

    language: str
    title: str
    summary: str
    blocks: tuple[Block, ...]
    text: str
    review: Review = field(default_factory=Review)
    stale: bool = False

    @property
    def unread(self) -> bool:
        """Whether no native reader has signed it."""
        return not self.review.names.get("native_reader")


@dataclass(frozen=True, slots=True)
class Campaign:
    """`audiences` are slugs of content/audiences, `countries` where it takes place (ISO 3166); `source`: the language that
    the others are written from; `copied_from`: whose it was before this organisation took it over."""

    slug: str
    audiences: tuple[str, ...]
    goal: str
    organisation: str
    partners: tuple[str, ...]
    action: Action
    countries: tuple[str, ...]
    source: str
    starts: datetime.date
    ends: datetime.date
    checked: datetime.date
    pages: Mapping[str, Page]
    copied_from: str = ""

    def runs(self, today: datetime.date) -> bool:
        return self.starts <= today <= self.ends


_TEXTS = ("goal", "organisation")
_DATES = ("starts", "ends", "checked")
_LISTS = ("audiences", "partners", "countries")
_KEYS = {*_TEXTS, *_DATES, *_LISTS, "action", "source", "copied_from", "review"}


def digest_of(text: str) -> str:
    """Twelve signs that change when a page's words do; blanks at line ends and the end do not count."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return blake2b(lines.encode(), digest_size=6).hexdigest()


def read_campaign(slug: str, table: Mapping[str, Any], texts: Mapping[str, str]) -> tuple[Campaign | None, list[str]]:
    """The campaign that a campaign.toml and its Markdown texts describe, or every mistake in a sentence."""
    mistakes = []
    if not SLUG.match(slug):
        mistakes.append(f"The folder name {slug!r} may hold only a-z, 0-9 and single hyphens.")
    mistakes += _values(table)
    if not mistakes and table["starts"] > table["ends"]:
        mistakes.append("starts lies after ends: exchange them.")
    if not texts:
        mistakes.append("There is no page: add a Markdown file named by its language, such as en.md.")
    source = table.get("source", "en" if "en" in texts else min(texts, default="en"))
    if texts and source not in texts:
        mistakes.append(f"source = {source!r} has no page: name the language that the others are written from.")
    reviews = _reviews(table.get("review", {}), texts, mistakes)
    now = digest_of(texts[source]) if source in texts else ""
    pages = {
        language: _page(language, text, reviews.get(language, Review()), "" if language == source else now, mistakes)
        for language, text in texts.items()
    }
    if mistakes:
        return None, mistakes
    return Campaign(
        slug,
        tuple(table["audiences"]),
        table["goal"],
        table["organisation"],
        tuple(table.get("partners", ())),
        Action(table.get("action", "chat")),
        tuple(table.get("countries", ())),
        source,
        table["starts"],
        table["ends"],
        table["checked"],
        pages,
        table.get("copied_from", ""),
    ), []


def _values(table: Mapping[str, Any]) -> list[str]:
    found = [f"{name!r} is not known here." for name in table if name not in _KEYS]
    for name in _TEXTS:
        if not isinstance(table.get(name), str) or not table[name].strip():
            found.append(f"{name} is missing: say it in one line of text.")
    for name in _DATES:
        if type(table.get(name)) is not datetime.date:
            found.append(f"{name} is missing: write a date like 2026-11-22.")
    for name in _LISTS:
        values = table.get(name, [])
        if not isinstance(values, list) or not all(isinstance(one, str) and one.strip() for one in values):
            found.append(f"{name} must be a list of texts.")
    if not table.get("audiences"):
        found.append("audiences is missing: name at least one file of content/audiences, without its ending.")
    countries = table.get("countries", [])
    strange = [str(one) for one in countries if one not in COUNTRIES] if isinstance(countries, list) else []
    if strange:
        found.append(f"countries names {', '.join(strange)}: use codes like NO.")
    if table.get("action", "chat") not in [one.value for one in Action]:
        found.append(f"action = {table['action']!r} must be one of {', '.join(Action)}.")
    if not isinstance(table.get("copied_from", ""), str):
        found.append("copied_from must be text: whose campaign it was.")
    return found


def _reviews(table: object, texts: Mapping[str, str], mistakes: list[str]) -> dict[str, Review]:
    if not isinstance(table, Mapping) or not all(isinstance(signed, Mapping) for signed in table.values()):
        mistakes.append("review must be tables: begin each with [review.LANGUAGE].")
        return {}
    return {language: _review(language, signed, mistakes) for language, signed in table.items()}


def _review(language: str, signed: Mapping[str, Any], mistakes: list[str]) -> Review:
    names: dict[str, str] = {}
    dates: dict[str, datetime.date] = {}
    for key, value in signed.items():
        where, role = f"review.{language}.{key}", key.removesuffix("_date")
        if key in ROLES and isinstance(value, str):
            names[key] = value.strip()
        elif key.endswith("_date") and role in ROLES and type(value) is datetime.date:
            dates[role] = value
        elif (key == "machine" and isinstance(value, bool)) or (
            key == "made_from" and isinstance(value, str) and _DIGEST.match(value)
        ):
            continue
        elif key in ROLES or key in ("machine", "made_from") or (key.endswith("_date") and role in ROLES):
            mistakes.append(f"{where} = {value!r} does not fit: see docs/content.md.")
        else:
            mistakes.append(f"{where} is not known here.")
    return Review(names, dates, signed.get("machine") is True, str(signed.get("made_from", "")))


def _page(language: str, text: str, review: Review, source: str, mistakes: list[str]) -> Page:
    """`source`: the digest of the source page as it is now; empty for the source itself."""
    read = _without_answers(text)
    whole = read.lstrip()
    skipped = read[: len(read) - len(whole)].count("\n")
    head, _, rest = whole.partition("\n")
    if not head.startswith("# ") or not head[2:].strip():
        mistakes.append(f"{language}.md:1: The first line must be the title: “# ” and then its words.")
    summary, _, body = rest.strip().partition("\n\n")
    if not summary.strip() or summary.startswith(("#", "-", "1.", ":::")):
        mistakes.append(f"{language}.md:3: After the title comes one short paragraph that says what the page is for.")
    first = skipped + whole.rstrip().count("\n") - body.rstrip().count("\n") + 1
    blocks, wrong = read_blocks(body, first)
    mistakes += [f"{language}.md:{line}: {what}" for line, what in wrong]
    stale = bool(source and review.made_from and review.made_from != source)
    return Page(language, head[2:].strip(), " ".join(summary.split()), tuple(blocks), text, review, stale)


def _without_answers(text: str) -> str:
    """Answers to remarks about the title and the paragraph after it blanked out; those of the body are read with it."""
    lines, begun = text.splitlines(), 0
    for number, line in enumerate(lines):
        if FINE.match(line):
            lines[number] = " "
        elif line.strip():
            begun += 1
        elif begun >= 2:
            break
    return "\n".join(lines)
