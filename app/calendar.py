"""The public calendar of the campaigns: one page per language, and the same as iCalendar, Atom and JSON.

All are published as the other pages are: ahead of the router, with no cookie and no log of who subscribes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from app.pages import RenderPage
from campaigns.calendars import as_atom, as_icalendar, as_json
from campaigns.campaign import Campaign
from campaigns.coordination import Entry, entry_of
from campaigns.press import HTML
from campaigns.publish import PAGE_CACHE, Published, published

ICALENDAR, ATOM, JSON = "/calendar.ics", "/calendar.atom", "/calendar.json"
TYPES: Mapping[str, str] = {
    ICALENDAR: "text/calendar; charset=utf-8",
    ATOM: "application/atom+xml; charset=utf-8",
    JSON: "application/json",
}
"""What each file says that it is."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One campaign on the page. `slug` is empty until its page can be read."""

    slug: str
    title: str
    summary: str
    starts: datetime.date
    ends: datetime.date


class Calendar:
    """`organisation` names the feed; `public_url` is the origin that subscribers come back to."""

    def __init__(self, render: RenderPage, organisation: str, public_url: str) -> None:
        self._render = render
        self._organisation = organisation
        self._public_url = public_url.rstrip("/")
        self._made: dict[str, tuple[object, Published]] = {}

    def pages(
        self, campaigns: Sequence[Campaign], languages: Sequence[str], today: datetime.date
    ) -> dict[str, Published]:
        """The page of every language in which something runs or comes, and the three files. What has not changed since
        the last time is the very same thing."""
        coming = sorted(
            (one for one in campaigns if one.ends >= today), key=lambda one: (one.starts, one.ends, one.slug)
        )
        made: dict[str, tuple[object, Published]] = {}

        def make(path: str, key: object, do: Callable[[], bytes], media_type: str) -> None:
            before = self._made.get(path)
            made[path] = (
                before if before is not None and before[0] == key else (key, published(do(), media_type, PAGE_CACHE))
            )

        here = [tag for tag in languages if any(tag in one.pages for one in coming)]
        for language in here:
            now, later = listed(coming, language, today)
            values = {"now": now, "later": later, "path": "calendar", "here": here, "files": tuple(TYPES)}

            make(f"/{language}/calendar", (now, later, tuple(here)), partial(self._page, language, values), HTML)
        entries = [entry_of(one, self._public_url) for one in coming]
        checked = max((one.checked for one in coming), default=datetime.date.min)
        for path, media_type in TYPES.items():
            make(path, (entries, checked), partial(self._file, path, entries, checked), media_type)
        self._made = made
        return {path: done for path, (_, done) in made.items()}

    def _page(self, language: str, values: Mapping[str, object]) -> bytes:
        return self._render("calendar.html", language, values).encode()

    def _file(self, path: str, entries: Sequence[Entry], checked: datetime.date) -> bytes:
        if path == JSON:
            return as_json(entries)
        if path == ATOM:
            return as_atom(entries, self._organisation, self._public_url + ATOM, checked)
        return as_icalendar(entries, datetime.datetime.combine(checked, datetime.time(), datetime.UTC))


def listed(
    campaigns: Sequence[Campaign], language: str, today: datetime.date
) -> tuple[tuple[Listed, ...], tuple[Listed, ...]]:
    """What runs and what comes, in one language."""
    rows = [
        Listed(
            one.slug if one.starts <= today else "",
            one.pages[language].title,
            one.pages[language].summary,
            one.starts,
            one.ends,
        )
        for one in campaigns
        if language in one.pages
    ]
    return tuple(row for row in rows if row.slug), tuple(row for row in rows if not row.slug)
