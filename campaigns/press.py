"""Renders every public page of the campaigns, and again only what has changed since."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.audience import Audience
from campaigns.blocks import Papers, Services
from campaigns.campaign import Campaign, Page
from campaigns.keep import kept
from campaigns.publish import PAGE_CACHE, Published, Render, Sources, pieces_of, published

HTML = "text/html; charset=utf-8"

MORE = 6
"""So many other pages are named at the end of one: those for the same people first."""

Link = tuple[str, str]
"""A campaign's slug and its title in one language."""

Groups = list[tuple[str, list[tuple[str, str]]]]
"""The chooser: per side, how each audience names itself, and the campaign that is for it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is listed in one language on one day: campaigns that have begun, of these those that still run, and
    those again by audience and by country."""

    begun: tuple[Campaign, ...]
    running: tuple[Campaign, ...]
    near: Mapping[str, list[Campaign]]


class Press:
    """`same`: whatever else the pages are made of (templates, words, settings), as one value that changes with them."""

    def __init__(self, render: Render, same: object = None) -> None:
        self._render = render
        self._same = same
        self._made: dict[str, tuple[object, Published]] = {}

    def pages(
        self,
        campaigns: Sequence[Campaign],
        languages: Sequence[str],
        sources: Sources,
        audiences: Mapping[str, Audience] | None = None,
    ) -> dict[str, Published]:
        """The home page and the chooser of every language, and every campaign page whose language is offered and whose
        campaign has begun. What has gone is forgotten."""
        made: dict[str, tuple[object, Published]] = {}

        def page(
            path: str,
            key: object,
            do: Callable[[], str],
            counts_as: tuple[str, str] | None = None,
            finish: Callable[[str], Published] | None = None,
        ) -> None:
            whole = (self._same, key)
            before = self._made.get(path)
            if before is not None and before[0] == whole:
                made[path] = before
            else:
                html = do()
                done = finish(html) if finish else published(html.encode(), HTML, PAGE_CACHE, counts_as)
                made[path] = whole, done

        begun = [campaign for campaign in campaigns if campaign.starts <= sources.today]
        shown = {language: _shown(begun, language, sources.today) for language in languages}
        groups = {language: _groups(shown[language], audiences or {}, language) for language in languages}
        choosing = [language for language in languages if groups[language]]
        for language in languages:
            self._home(page, language, languages, shown[language], chooser=language in choosing)
            if language in choosing:
                self._who(page, language, choosing, groups[language])
            for campaign in shown[language].begun:
                self._campaign(page, campaign, language, languages, shown[language], sources)
        self._made = made
        return {path: done for path, (_, done) in made.items()}

    def _home(
        self, page: Callable[..., None], language: str, languages: Sequence[str], shown: Shown, *, chooser: bool
    ) -> None:
        listed = [(campaign.slug, campaign.pages[language]) for campaign in shown.running]
        key = [(slug, one.title, one.summary) for slug, one in listed]
        values: dict[str, Any] = {"campaigns": listed, "path": "", "here": list(languages), "chooser": chooser}
        page(f"/{language}/", (key, tuple(languages), chooser), lambda: self._render("home.html", language, values))

    def _who(self, page: Callable[..., None], language: str, languages: Sequence[str], groups: Groups) -> None:
        values = {"groups": groups, "path": "who", "here": list(languages)}
        page(f"/{language}/who", (groups, tuple(languages)), lambda: self._render("who.html", language, values))

    def _campaign(
        self,
        page: Callable[..., None],
        campaign: Campaign,
        language: str,
        languages: Sequence[str],
        shown: Shown,
        sources: Sources,
    ) -> None:
        one, here = campaign.pages[language], [tag for tag in languages if tag in campaign.pages]
        more = more_of(campaign, shown, language)
        ended = not campaign.runs(sources.today)

        listen = sources.listen(one)

        def do(template: str = "campaign.html") -> str:
            values = {
                "campaign": campaign,
                "page": one,
                "pieces": pieces_of(one, sources),
                "more": more,
                "path": f"c/{campaign.slug}",
                "here": here,
                "ended": ended,
                "listen": listen,
            }
            return self._render(template, language, values)

        key = (_about(campaign), one.text, one.review, more, here, ended, listen, _drawn(one, sources))
        page(f"/{language}/c/{campaign.slug}", key, do, (campaign.slug, language))
        page(f"/{language}/c/{campaign.slug}/keep", key, lambda: do("keep.html"), finish=kept)


def _shown(begun: Sequence[Campaign], language: str, today: datetime.date) -> Shown:
    here = tuple(campaign for campaign in begun if language in campaign.pages)
    running = tuple(campaign for campaign in here if campaign.runs(today))
    near: dict[str, list[Campaign]] = defaultdict(list)
    for campaign in running:
        for name in (*campaign.audiences, *campaign.countries):
            near[name].append(campaign)
    return Shown(here, running, near)


def more_of(campaign: Campaign, shown: Shown, language: str) -> list[Link]:
    """Where to read on: for the same audience first, then in the same countries, then whatever came first."""
    near = (
        *(shown.near[audience] for audience in campaign.audiences),
        *(shown.near[country] for country in campaign.countries),
        shown.running[: MORE + 1],
    )
    found: dict[str, Link] = {}
    for others in near:
        for other in others[: MORE + 1]:
            if other.slug != campaign.slug:
                found.setdefault(other.slug, (other.slug, other.pages[language].title))
        if len(found) >= MORE:
            break
    return list(found.values())[:MORE]


def _groups(shown: Shown, audiences: Mapping[str, Audience], language: str) -> Groups:
    """Each audience once, with the first campaign that is for it."""
    found: dict[str, list[tuple[str, str]]] = {}
    named: set[str] = set()
    for campaign in shown.running:
        for slug in campaign.audiences:
            audience = audiences.get(slug)
            if audience is not None and slug not in named and language in audience.label:
                named.add(slug)
                found.setdefault(audience.side.value, []).append((audience.label[language], campaign.slug))
    return [(side, sorted(found[side])) for side in ("people", "demand", "professionals") if side in found]


def _about(campaign: Campaign) -> tuple[object, ...]:
    """What a page says of its campaign."""
    return campaign.organisation, campaign.partners, campaign.action, campaign.checked, campaign.copied_from


def _drawn(page: Page, sources: Sources) -> str:
    """What a page draws from the directory and the papers, which may change without the page."""
    if not any(isinstance(block, (Papers, Services)) for block in page.blocks):
        return ""
    return repr([piece for piece in pieces_of(page, sources) if piece["kind"] in ("papers", "services")])
