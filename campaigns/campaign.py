"""A campaign and its pages. Pure: no files, no clock."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


@dataclass(frozen=True, slots=True)
class Page:
    """One language of a campaign. `body` is Markdown without the title; `unread`: no native reader has signed it."""

    language: str
    title: str
    summary: str
    body: str
    unread: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    slug: str
    audience: str
    goal: str
    organisation: str
    starts: datetime.date
    ends: datetime.date
    checked: datetime.date
    pages: Mapping[str, Page]


_TEXTS = ("audience", "goal", "organisation")
_DATES = ("starts", "ends", "checked")
_REVIEW = {"author", "native_reader", "survivor", "lawyer", "author_date", "native_reader_date"}


def read_campaign(slug: str, table: Mapping[str, Any], texts: Mapping[str, str]) -> tuple[Campaign | None, list[str]]:
    """The campaign that a campaign.toml and its Markdown texts describe, or every mistake in a sentence."""
    mistakes = []
    if not SLUG.match(slug):
        mistakes.append(f"The folder name {slug!r} may hold only a-z, 0-9 and single hyphens.")
    for name in _TEXTS:
        if not isinstance(table.get(name), str) or not table[name].strip():
            mistakes.append(f"{name} is missing: say it in one line of text.")
    for name in _DATES:
        if type(table.get(name)) is not datetime.date:
            mistakes.append(f"{name} is missing: write a date like 2026-11-22.")
    for name in table:
        if name not in {*_TEXTS, *_DATES, "review"}:
            mistakes.append(f"{name!r} is not known here.")
    if not mistakes and table["starts"] > table["ends"]:
        mistakes.append("starts lies after ends: exchange them.")
    if not texts:
        mistakes.append("There is no page: add a Markdown file named by its language, such as en.md.")
    review = table.get("review", {})
    if not isinstance(review, Mapping) or not all(isinstance(signed, Mapping) for signed in review.values()):
        mistakes.append("review must be tables: begin each with [review.LANGUAGE].")
        review = {}
    pages = {language: _page(language, text, review, mistakes) for language, text in texts.items()}
    if mistakes:
        return None, mistakes
    return Campaign(
        slug,
        table["audience"],
        table["goal"],
        table["organisation"],
        table["starts"],
        table["ends"],
        table["checked"],
        pages,
    ), []


def _page(language: str, text: str, review: Mapping[str, Any], mistakes: list[str]) -> Page:
    signed = review.get(language, {})
    for name in signed:
        if name not in _REVIEW:
            mistakes.append(f"review.{language}.{name} is not known here.")
    head, _, rest = text.lstrip().partition("\n")
    if not head.startswith("# ") or not head[2:].strip():
        mistakes.append(f"{language}.md:1: The first line must be the title: “# ” and then its words.")
    summary, _, body = rest.strip().partition("\n\n")
    if not summary.strip() or summary.startswith(("#", "-", "1.")):
        mistakes.append(f"{language}.md:3: After the title comes one short paragraph that says what the page is for.")
    return Page(language, head[2:].strip(), " ".join(summary.split()), body, not signed.get("native_reader"))
