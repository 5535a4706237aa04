"""The public pages of the directory: `/{language}/help/{country}`, with what a caller may see on a day and no more."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.pages import RenderPage
from hotline.directory.countries import COUNTRIES
from hotline.directory.hours import DAYS
from hotline.directory.model import Country, Guide, Kind, for_callers, in_language
from hotline.language import Words

HELP_CACHE = "public, max-age=300"
"""Short: a number that turns out to be wrong must not live on in caches."""


class HelpPages:
    """Renders a page when it is first asked for and keeps it for that day: by midnight a check may have become too old."""

    def __init__(self, guide: Guide, pages: Mapping[str, Words], render: RenderPage) -> None:
        self._guide = guide
        self._pages = pages
        self._render = render
        self._kept: dict[tuple[str, str], str] = {}
        self._day: datetime.date | None = None

    def page(self, language: str, country: str, today: datetime.date) -> str | None:
        """The page as HTML; None if the language is not offered or the directory does not have the country.

        `country` is a code in small letters, as it stands in the address.
        """
        known = self._guide.lookup(country) if country == country.lower() else None
        if known is None or language not in self._pages:
            return None
        if today != self._day:
            self._kept, self._day = {}, today
        key = (language, known.code)
        if key not in self._kept:
            self._kept[key] = self._render("help.html", language, self._values(known, language, today))
        return self._kept[key]

    def _values(self, country: Country, language: str, today: datetime.date) -> dict[str, object]:
        shown = for_callers(country, today)
        names = {other.code: country_name(other.code, self._pages[language]) for other in self._guide}
        return {
            "path": f"help/{country.code.lower()}",
            "here": list(self._pages),
            "country": names[country.code],
            "countries": sorted((name, code.lower()) for code, name in names.items() if code != country.code),
            "first": shown.of(Kind.EMERGENCY),
            "entries": shown.of(Kind.LINE, Kind.SERVICE),
            "steps": shown.steps,
            "checking": len(shown.of(Kind.LINE, Kind.SERVICE)) < len(country.of(Kind.LINE, Kind.SERVICE)),
            "days": DAYS,
            "said": in_language,
        }


def country_name(code: str, words: Words) -> str:
    """The name of a country in a language; in English if nobody has translated it."""
    return words.by_key.get(f"help/country/{code}") or COUNTRIES[code]


def help_routes(pages: HelpPages) -> list[BaseRoute]:
    """`/{lang}/help/{country}`; a country in another spelling goes to ours, one that the directory lacks is not here."""

    async def page(request: Request) -> Response:
        language, country = request.path_params["lang"], request.path_params["country"]
        html = pages.page(language, country, datetime.datetime.now(datetime.UTC).date())
        if html is not None:
            return HTMLResponse(html, headers={"Cache-Control": HELP_CACHE})
        small = country.lower()
        if small != country and pages.page(language, small, datetime.datetime.now(datetime.UTC).date()):
            return RedirectResponse(f"/{language}/help/{small}", 308)
        raise HTTPException(404)

    return [Route("/{lang}/help/{country}", page)]
