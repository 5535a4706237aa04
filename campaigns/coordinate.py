"""The console's page of coordination: partners' calendars, what meets and whom nobody reaches, campaigns given and taken.

Managers and administrators. Files under content/ are the truth: what is taken in here, git sees.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from campaigns.audience import SLUG
from campaigns.blocks import Papers, Services, read_blocks
from campaigns.calendars import LONGEST_FILE, read_calendar, write_partner
from campaigns.coordination import Entry, entry_of, gaps, overlaps
from campaigns.library import read_audiences, read_library
from campaigns.packs import LONGEST_PACK, Pack, as_pack, read_pack, take_in
from campaigns.timeline import DAYS, months, rows_of
from hotline.console.forms import read_form, read_upload
from hotline.console.session import Visit
from hotline.desk.work import Refused
from hotline.language import LANGUAGES
from hotline.store.shelf import ContentError

if TYPE_CHECKING:
    from hotline.console.web import Console

HERE = "/staff/coordination"
_DAYS_TO_READ = 14
"""So long somebody has to read what was taken over, before it is public."""

_NOT_WRITABLE = "The folder content/ cannot be written by this server: put the file there by hand or with git."
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Desk:
    """`content` is where campaigns and partners' calendars lie; `organisation` and `public_url` are ours."""

    console: Console
    content: Path
    organisation: str
    public_url: str

    @property
    def partners(self) -> Path:
        return self.content / "partners"


@dataclass(frozen=True, slots=True)
class Partner:
    """A calendar file as it was read: `mistakes` say what in it is left out."""

    name: str
    organisation: str
    entries: tuple[Entry, ...]
    mistakes: tuple[str, ...]


def table(desk: Desk) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    """The addresses of coordination."""
    rows: list[tuple[str, str, Callable[[Desk, Any], Awaitable[Response]]]] = [
        (HERE, "GET", page),
        (f"{HERE}/partner", "POST", partner),
        (f"{HERE}/remove", "POST", remove),
        (f"{HERE}/share/{{slug}}", "GET", share),
        (f"{HERE}/copy", "POST", copy),
    ]
    return [(path, method, partial(handler, desk)) for path, method, handler in rows]


async def page(
    desk: Desk,
    visit: Visit,
    notices: tuple[str, ...] = (),
    typed: Mapping[str, str] | None = None,
    status: int = 200,
    *,
    done: str = "",
) -> Response:
    """`notices`: what was wrong with the last deed; `typed`: what was filled in; `done`: what has happened."""
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        values = await asyncio.to_thread(_values, desk, today)
    except ContentError as fault:
        raise Refused(f"The content has mistakes, so nothing can be compared: {fault}") from None
    begins = today + datetime.timedelta(days=_DAYS_TO_READ)
    values |= {"notices": notices, "typed": {"name": "", "slug": "", "starts": begins.isoformat(), **(typed or {})}}
    return desk.console.page("staff/coordination.html", {"member": visit.member, "done": done, **values}, status)


def _values(desk: Desk, today: datetime.date) -> dict[str, Any]:
    last = today + datetime.timedelta(days=DAYS - 1)
    audiences = read_audiences(desk.content / "audiences")
    campaigns = read_library(desk.content / "campaigns", audiences)
    partners = partners_of(desk.partners)
    theirs = [entry for one in partners for entry in one.entries]
    entries = [one for one in (*(entry_of(one, desk.public_url) for one in campaigns), *theirs) if one.ends >= today]
    meeting = [one for one in overlaps(entries) if one.days[1] >= today]
    unreached: dict[str, list[dict[str, Any]]] = {}
    for gap in gaps(audiences, entries, today, last):
        whole = gap.days == (today, last)
        language = LANGUAGES[gap.language].english if gap.language else ""
        unreached.setdefault(gap.audience, []).append({"language": language, "days": gap.days, "whole": whole})
    return {
        "months": months(today),
        "rows": rows_of(audiences, entries, [one for one in meeting if not _own(one.one, one.two)], today),
        "meeting": [one for one in meeting if not _own(one.one, one.two)],
        "own": [one for one in meeting if _own(one.one, one.two)],
        "unreached": [(audiences[slug].name, found) for slug, found in unreached.items()],
        "names": {slug: one.name for slug, one in audiences.items()},
        "partners": partners,
        "campaigns": [(one.slug, one.pages[one.source].title, len(one.pages)) for one in campaigns],
        "days": DAYS,
        "largest": LONGEST_FILE // (1024 * 1024),
    }


def _own(one: Entry, two: Entry) -> bool:
    return one.ours and two.ours


def partners_of(folder: Path) -> list[Partner]:
    """Every partner's calendar, each by itself: what cannot be read in one takes nothing from the others."""
    found = []
    for path in sorted((*folder.glob("*.ics"), *folder.glob("*.json"))):
        if SLUG.match(path.stem):
            organisation = path.stem.replace("-", " ").capitalize()
            entries, mistakes = read_calendar(path.read_bytes(), organisation)
            found.append(Partner(path.stem, organisation, tuple(entries), tuple(mistakes)))
    return found


async def partner(desk: Desk, visit: Visit) -> Response:
    """A partner's calendar is taken in, and replaces the one that stood under the same name."""
    form, data = await read_upload(
        visit.request,
        LONGEST_FILE,
        "The file is larger than 1 MB: ask for one of campaigns alone.",
        "Choose a file first.",
    )
    name = form.get("name", "").strip().lower()
    entries, mistakes = read_calendar(data, name)
    if not SLUG.match(name) or len(name) > 60:
        mistakes = ["Name the partner in at most 60 signs: a-z, 0-9 and single hyphens."]
    elif entries or not mistakes:
        try:
            await asyncio.to_thread(write_partner, desk.partners, name, data)
        except OSError:
            raise Refused(_NOT_WRITABLE) from None
        return await page(desk, visit, tuple(mistakes), done=f"{name}: {len(entries)}")
    return await page(desk, visit, tuple(mistakes[:5]), {"name": name}, 400)


async def remove(desk: Desk, visit: Visit) -> Response:
    form = await read_form(visit.request)
    name = form.get("name", "")
    if not SLUG.match(name):
        raise Refused("Say whose calendar is to be removed.")
    try:
        for suffix in (".ics", ".json"):
            await asyncio.to_thread((desk.partners / f"{name}{suffix}").unlink, missing_ok=True)
    except OSError:
        raise Refused(_NOT_WRITABLE) from None
    return RedirectResponse(f"{HERE}#partners", 303, _NO_STORE)


async def share(desk: Desk, visit: Visit) -> Response:
    """One campaign as a file for another organisation."""
    slug = visit.request.path_params["slug"]
    try:
        data = await asyncio.to_thread(as_pack, desk.content, slug)
    except FileNotFoundError:
        raise HTTPException(404) from None
    named = {"Content-Disposition": f'attachment; filename="{slug}.json"'}
    return Response(data, 200, _NO_STORE | named, "application/json")


async def copy(desk: Desk, visit: Visit) -> Response:
    """A campaign of another organisation becomes one of ours, that nobody has read yet and that begins later."""
    form, data = await read_upload(
        visit.request, LONGEST_PACK, "The file is larger than 1 MB: no campaign is.", "Choose a file first."
    )
    typed = {"slug": form.get("slug", "").strip(), "starts": form.get("starts", "")}
    pack, mistakes = read_pack(data)
    if pack is None:
        return await page(desk, visit, tuple(mistakes[:5]), typed, 400)
    try:
        starts = datetime.date.fromisoformat(typed["starts"])
    except ValueError:
        return await page(desk, visit, ("Fill in the day on which it begins here, as 2027-01-31.",), typed, 400)
    if starts <= datetime.datetime.now(datetime.UTC).date():
        return await page(
            desk, visit, ("Let it begin after today, so that somebody here can read it first.",), typed, 400
        )
    if unknown := _unknown_countries(desk, pack):
        return await page(
            desk, visit, (f"It shows papers or services of {unknown}, which we have no words for.",), typed, 400
        )
    try:
        taken = await asyncio.to_thread(
            take_in, desk.content, pack, typed["slug"] or pack.slug, desk.organisation, starts
        )
    except ValueError as fault:
        return await page(desk, visit, (str(fault),), typed, 400)
    except OSError:
        raise Refused(_NOT_WRITABLE) from None
    return await page(desk, visit, done=taken.pages[taken.source].title)


def _unknown_countries(desk: Desk, pack: Pack) -> str:
    """Countries that blocks of its pages draw on and that have no name in our languages."""
    blocks = [block for text in pack.texts.values() for block in read_blocks(text)[0]]
    named = {block.country for block in blocks if isinstance(block, (Papers, Services))}
    pages = desk.console.office.desk.shelf.pages.values()
    return ", ".join(sorted(one for one in named if any(f"help/country/{one}" not in words for words in pages)))
