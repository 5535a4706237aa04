"""Campaigns as an editor sees them: what is published, what is drafted, and what is wrong, each campaign by itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from campaigns.audience import Audience, Reading
from campaigns.campaign import Campaign, read_campaign
from campaigns.drafts import Draft, Unwritable, drafts_of, table_of
from campaigns.editing.proof import Around, strictest
from campaigns.library import read_audiences, read_texts
from campaigns.tone import Ear, read_tone
from hotline.language import LANGUAGES
from hotline.store.shelf import ContentError, Finding, read_toml

_ANY_PAGE = "# Title\n\nSummary.\n"


@dataclass(frozen=True, slots=True)
class Kept:
    """One campaign's folder. `about` has pages only while all that are published can be read; `live`: its first page
    has been published; `wrong`: what keeps it from being read, told with file and line."""

    slug: str
    folder: Path
    about: Campaign
    texts: Mapping[str, str]
    drafts: Mapping[str, Draft]
    live: bool
    wrong: tuple[str, ...] = ()

    def state(self, language: str) -> str:
        """One of `written unread stale draft planned missing`."""
        page = self.about.pages.get(language)
        if page is not None:
            return "stale" if page.stale else "unread" if page.unread else "written"
        draft = self.drafts.get(language)
        if draft is None:
            return "missing"
        return "draft" if draft.text.strip() else "planned"

    def source_text(self) -> str:
        """The words that the other languages are written from: published, or drafted."""
        draft = self.drafts.get(self.about.source)
        return self.texts.get(self.about.source) or (draft.text if draft else "")

    def languages(self, audiences: Mapping[str, Audience]) -> list[str]:
        """Those it has or should have, in the order of the house, the source first."""
        wanted = {tag for slug in self.about.audiences if slug in audiences for tag in audiences[slug].languages}
        every = {*wanted, *self.texts, *self.drafts, self.about.source}
        return [self.about.source, *(tag for tag in LANGUAGES if tag in every and tag != self.about.source)]

    def reading(self, audiences: Mapping[str, Audience]) -> Reading:
        return strictest(audiences[slug] for slug in self.about.audiences if slug in audiences)


def read_kept(folder: Path) -> Kept:
    """One campaign, as much of it as can be read. ContentError when not even its table can."""
    path = table_of(folder)
    table = read_toml(path)
    live = path.parent == folder
    texts = read_texts(folder) if live else {}
    campaign, mistakes = read_campaign(folder.name, table, texts) if live else (None, [])
    if campaign is None:
        source = table.get("source", "en")
        source = source if isinstance(source, str) and source in LANGUAGES else "en"
        dummy = dict.fromkeys({source, *texts}, _ANY_PAGE)
        campaign, worse = read_campaign(folder.name, {**table, "source": source}, dummy)
        if campaign is None:
            raise ContentError([Finding(path, 0, one) for one in worse])
        campaign = replace(campaign, pages={})
    return Kept(folder.name, folder, campaign, texts, drafts_of(folder), live, tuple(mistakes))


def shown_pages(campaigns: Iterable[Campaign], *, machine: bool) -> list[Campaign]:
    """The campaigns with the pages that may be shown: those that a machine drafted and nobody has gone over only where
    the organisation allows it (`machine`)."""
    return [
        replace(one, pages={tag: page for tag, page in one.pages.items() if machine or not page.review.machine})
        for one in campaigns
    ]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything that campaign managers work on. `wrong`: files that cannot be read."""

    campaigns: Mapping[str, Kept]
    audiences: Mapping[str, Audience]
    around: Around
    wrong: tuple[str, ...]


def read_shelf(content: Path) -> Shelf:
    """All that can be read of a content folder; what cannot is told and hides nothing else."""
    wrong: list[str] = []
    campaigns: dict[str, Kept] = {}
    for folder in sorted(path for path in (content / "campaigns").glob("*") if path.is_dir()):
        if not table_of(folder).exists():
            continue
        try:
            campaigns[folder.name] = kept = read_kept(folder)
            wrong += [f"campaigns/{folder.name}/{one}" for one in kept.wrong]
        except (ContentError, Unwritable) as fault:
            wrong.append(_told(fault, content))
    try:
        audiences: Mapping[str, Audience] = read_audiences(content / "audiences")
    except ContentError as fault:
        audiences = {}
        wrong.append(_told(fault, content))
    around, more = read_around(content, campaigns.values())
    return Shelf(campaigns, audiences, around, (*wrong, *more))


def read_around(content: Path, campaigns: Iterable[Kept]) -> tuple[Around, list[str]]:
    """What texts are judged by, and what is wrong with it."""
    ears, findings = read_ears(content / "tone")
    countries = sorted(path.stem.upper() for path in (content / "directory").glob("*.toml"))
    pages = [(kept.slug, tag) for kept in campaigns for tag in {*kept.texts, *kept.drafts}]
    around = Around(ears, addresses_of(pages, countries), countries)
    return around, [f"tone/{one.file.name}: {one.what}" for one in findings]


def addresses_of(pages: Iterable[tuple[str, str]], countries: Iterable[str]) -> frozenset[str]:
    """The addresses of ours that a page may lead to."""
    codes = [code.lower() for code in countries]
    fixed = [f"/{tag}/{rest}" for tag in LANGUAGES for rest in ("", "who", "chat", *(f"help/{one}" for one in codes))]
    return frozenset([*fixed, "/figures", *(f"/{tag}/c/{slug}" for slug, tag in pages)])


def read_ears(folder: Path) -> tuple[dict[str, Ear], list[Finding]]:
    """The ears of every language that has a file, and what is wrong with these files."""
    ears: dict[str, Ear] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in LANGUAGES:
            findings.append(Finding(path, 0, f"{path.stem} is not one of our languages."))
            continue
        try:
            ears[path.stem], mistakes = read_tone(read_toml(path))
        except ContentError as fault:
            findings += fault.findings
            continue
        findings += [Finding(path, 0, mistake) for mistake in mistakes]
    return ears, findings


def _told(fault: Exception, content: Path) -> str:
    return str(fault).replace(f"{content}/", "")


# The grid: which audience reads which language, and what there is for it

WORST_FIRST = ("stale", "unread", "written")


def coverage(shelf: Shelf) -> list[tuple[Audience, list[str]]]:
    """For every audience, per language: what there is, or "" where it reads no such language and there is nothing. Of
    several pages the one that needs work most is told; a draft counts only where there is no page."""
    return [(audience, [_cell(shelf, audience, tag) for tag in LANGUAGES]) for audience in shelf.audiences.values()]


def _cell(shelf: Shelf, audience: Audience, language: str) -> str:
    states = {kept.state(language) for kept in shelf.campaigns.values() if audience.slug in kept.about.audiences}
    for state in (*WORST_FIRST, "draft"):
        if state in states:
            return state
    return "missing" if language in audience.languages or "planned" in states else ""


def review_table(kept: Kept, language: str) -> dict[str, Any]:
    """What the campaign's file says of the readers of one language."""
    found = read_toml(table_of(kept.folder)).get("review", {}).get(language, {})
    return dict(found) if isinstance(found, Mapping) else {}


def today_of(now: float) -> datetime.date:
    return datetime.datetime.fromtimestamp(now, datetime.UTC).date()
