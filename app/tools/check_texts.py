"""`hotline check` for texts: what would hurt or mislead readers, and what has gone stale. Findings fail, notes tell."""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.assemble import open_shelf
from app.offers.pages import OfferPages
from app.pages import Pages
from app.publishing import Publishing
from app.settings import Settings
from campaigns.audience import Audience
from campaigns.campaign import Campaign
from campaigns.drafts import DRAFTS, drafts_of
from campaigns.editing.kept import addresses_of, read_ears
from campaigns.editing.proof import Around, marks_of, strictest
from campaigns.papers import Paper
from campaigns.publish import Assets
from hotline.directory.model import Guide
from hotline.events import Log
from hotline.store.shelf import Finding, read_words

HEAVIEST = 14 * 1024
"""Bytes of a page with its style sheet, compressed: what a first round trip carries."""

STYLE = "site.css"


@dataclass(slots=True)
class Texts:
    """`notes` are told and do not fail: time and people mend them, not this change."""

    checked: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)


def check_texts(
    settings: Settings,
    campaigns: Sequence[Campaign],
    audiences: Mapping[str, Audience],
    papers: Mapping[str, Sequence[Paper]],
    guide: Guide,
    today: datetime.date,
) -> Texts:
    """Every page of every campaign, and what it draws on; all of it can be read."""
    texts, content = Texts(), settings.content
    ears, wrong = read_ears(content / "tone")
    texts.findings += wrong
    countries = [country.code for country in guide]
    around = Around(ears, addresses_of(_pages(campaigns), countries), countries)
    for campaign in campaigns:
        reading = strictest(audiences[slug] for slug in campaign.audiences if slug in audiences)
        folder = content / "campaigns" / campaign.slug
        for tag, page in campaign.pages.items():
            texts.checked += 1
            path = folder / f"{tag}.md"
            marks = marks_of(page.text, tag, reading, around)
            texts.findings += [Finding(path, mark.line, mark.what) for mark in marks]
            if page.review.machine and not settings.machine_unread:
                what = f"A machine wrote this and nobody has gone over it, so it is not shown: review.{tag}.machine says so."
                texts.findings.append(Finding(folder / "campaign.toml", 0, what))
        texts.notes += _stale(settings, campaign, audiences)
    texts.notes += _no_ears(settings, campaigns, ears)
    texts.notes += _unchecked(settings, papers, guide, today)
    texts.checked += len(campaigns)
    return texts


def _pages(campaigns: Iterable[Campaign]) -> Iterator[tuple[str, str]]:
    return ((campaign.slug, tag) for campaign in campaigns for tag in campaign.pages)


def _stale(settings: Settings, campaign: Campaign, audiences: Mapping[str, Audience]) -> Iterator[Finding]:
    folder = settings.content / "campaigns" / campaign.slug
    for tag, page in campaign.pages.items():
        if page.stale:
            yield Finding(
                folder / f"{tag}.md", 0, f"Stale: {campaign.source}.md has changed since this was written from it."
            )
    named = (audiences[slug] for slug in campaign.audiences if slug in audiences)
    wanted = dict.fromkeys(tag for audience in named for tag in audience.languages)
    missing = [tag for tag in wanted if tag not in campaign.pages]
    if missing:
        yield Finding(folder, 0, f"Its audience also reads {', '.join(missing)}: there is no page yet.")
    drafts = sorted(tag for tag, draft in drafts_of(folder).items() if draft.text.strip())
    if drafts:
        yield Finding(folder / DRAFTS, 0, f"Drafts that are not published: {', '.join(drafts)}.")


def _no_ears(settings: Settings, campaigns: Iterable[Campaign], ears: Mapping[str, object]) -> Iterator[Finding]:
    deaf = sorted({tag for _, tag in _pages(campaigns)} - set(ears))
    if deaf:
        yield Finding(
            settings.content / "tone", 0, f"The tone is not checked in {', '.join(deaf)}: there is no file for it yet."
        )


def _unchecked(
    settings: Settings, papers: Mapping[str, Sequence[Paper]], guide: Guide, today: datetime.date
) -> Iterator[Finding]:
    for code, lines in papers.items():
        old = sum(not paper.confirmed(today) for paper in lines)
        if old:
            path = settings.content / "papers" / f"{code.lower()}.toml"
            yield Finding(
                path, 0, f"{old} of {len(lines)} lines are not shown: no person has checked them in the last 180 days."
            )
    old_by_country = {country.code: len(country.unconfirmed(today)) for country in guide}
    if any(old_by_country.values()):
        told = ", ".join(f"{code} {old}" for code, old in old_by_country.items() if old)
        yield Finding(
            settings.content / "directory", 0, f"Not checked by a person in the last 180 days, by country: {told}."
        )


def check_weight(settings: Settings, today: datetime.date) -> Texts:
    """Every public page, rendered as it would be sent: with its style sheet it fits into one round trip."""
    texts = Texts()
    shelf, assets = open_shelf(settings), Assets(settings.static)
    pages = Pages(settings, shelf, assets, read_words(settings.locales / "en", "console"))
    sheet = assets.url(STYLE).encode()
    style = len(gzip.compress((settings.static / STYLE).read_bytes(), 9, mtime=0))
    offers = OfferPages(settings, shelf, pages.page, pictures=True)
    for address, page in Publishing(settings, shelf.offered, pages.page, assets, Log(), offers).pages(today).items():
        if not page.media_type.startswith("text/html"):
            continue
        texts.checked += 1
        weight = len(page.zipped) + (style if sheet in page.plain else 0)  # a page to keep holds its style itself
        if weight > HEAVIEST:
            what = f"{address} and its style sheet weigh {weight} bytes, more than {HEAVIEST}: make the page shorter."
            texts.findings.append(Finding(_file_of(settings, address), 0, what))
    return texts


def _file_of(settings: Settings, address: str) -> Path:
    """The file to shorten: a campaign's page, or the templates."""
    parts = address.strip("/").split("/")
    if len(parts) >= 3 and parts[1] == "c":
        return settings.content / "campaigns" / parts[2] / f"{parts[0]}.md"
    return settings.templates
