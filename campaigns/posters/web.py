"""The console's page of posters: choose, look, download. Made when it is asked for, one at a time, away from callers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from campaigns.campaign import Campaign
from campaigns.library import read_library
from campaigns.poster import KINDS, addresses
from campaigns.posters.maker import House, Maker, NotPrintable, Order, Sheet, sheet_data
from hotline.console.session import Visit
from hotline.desk.work import Refused
from hotline.language import Words
from hotline.store.shelf import ContentError

if TYPE_CHECKING:
    from hotline.console.web import Console

HERE = "/staff/posters"

SECONDS = 20.0
"""So long a sheet may take, its wait for others included; one takes about half of one."""

_PRIVATE = {"Cache-Control": "no-store"}
_NOT_READABLE = "The campaigns have mistakes: run hotline check and mend them first."


@dataclass(frozen=True, slots=True)
class Desk:
    """`words`: the public words of every offered language; `maker` sets the sheets, on a thread of its own."""

    console: Console
    content: Path
    words: Mapping[str, Words]
    house: House
    maker: Maker
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "posters"))


def table(desk: Desk) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    """The addresses of posters."""
    rows: list[tuple[str, str, Callable[[Desk, Any], Awaitable[Response]]]] = [
        (HERE, "GET", page),
        (f"{HERE}/picture", "GET", picture),
        (f"{HERE}/file", "GET", file),
    ]
    return [(path, method, partial(handler, desk)) for path, method, handler in rows]


async def page(desk: Desk, visit: Visit) -> Response:
    """The choice, and a picture of it once everything is chosen."""
    campaigns = await _campaigns(desk)
    chosen = {name: visit.request.query_params.get(name, "") for name in ("campaign", "language", "kind", "way")}
    campaign = campaigns.get(chosen["campaign"])
    languages = _languages(desk, campaign) if campaign else []
    notice, status = "", 200
    if campaign is not None and chosen["kind"] and chosen["language"]:
        try:
            sheet_data(*_order(desk, campaigns, chosen), desk.house)
        except NotPrintable as fault:
            notice, status = str(fault), 400
    elif chosen["campaign"] and campaign is None:
        notice, status = f"There is no campaign {chosen['campaign']!r}.", 404
    source = campaign.source if campaign else "en"
    values = {
        "member": visit.member,
        "campaigns": [(slug, one.pages[one.source].title) for slug, one in sorted(campaigns.items())],
        "tags": languages or list(desk.words),
        "kinds": list(KINDS),
        "ways": list(addresses(desk.house.public_url, desk.house.ways, "a", "en")),
        "chosen": {**chosen, "language": chosen["language"] or source},
        "ready": campaign is not None and chosen["kind"] != "" and chosen["language"] != "" and not notice,
        "page": campaign.pages.get(chosen["language"]) if campaign else None,
        "discreet": chosen["kind"] in KINDS and KINDS[chosen["kind"]].discreet,
        "query": visit.request.url.query,
        "notice": notice,
    }
    return desk.console.page("staff/posters.html", values, status)


async def picture(desk: Desk, visit: Visit) -> Response:
    """A small picture of the sheet."""
    made, _ = await _made(desk, visit, preview=True)
    return Response(made.content, media_type=made.media_type, headers=_PRIVATE)


async def file(desk: Desk, visit: Visit) -> Response:
    """The sheet itself. A discreet one has a discreet name, too."""
    made, order = await _made(desk, visit, preview=False)
    name = f"{order.kind}.{made.format}" if KINDS[order.kind].discreet else (
        f"{order.campaign.slug}-{order.language}-{order.kind}.{made.format}"
    )  # fmt: skip
    how = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made.content, media_type=made.media_type, headers={**_PRIVATE, **how})


async def _made(desk: Desk, visit: Visit, *, preview: bool) -> tuple[Sheet, Order]:
    campaigns = await _campaigns(desk)
    try:
        order, words = _order(desk, campaigns, visit.request.query_params)
        data = sheet_data(order, words, desk.house)
        work = partial(desk.maker.make, KINDS[order.kind], data, preview=preview)
        async with asyncio.timeout(SECONDS):
            return await asyncio.get_running_loop().run_in_executor(desk.thread, work), order
    except NotPrintable as fault:
        raise Refused(str(fault)) from fault
    except TimeoutError:
        raise Refused("This takes too long at the moment: try again in a minute.") from None


async def _campaigns(desk: Desk) -> dict[str, Campaign]:
    try:
        found = await asyncio.to_thread(read_library, desk.content / "campaigns")
    except ContentError as fault:
        raise Refused(_NOT_READABLE) from fault
    return {campaign.slug: campaign for campaign in found}


def _order(desk: Desk, campaigns: Mapping[str, Campaign], chosen: Mapping[str, str]) -> tuple[Order, Words]:
    campaign, language = campaigns.get(chosen.get("campaign", "")), chosen.get("language", "")
    if campaign is None:
        raise NotPrintable("There is no such campaign: choose one of the list.")
    if language not in _languages(desk, campaign):
        have = ", ".join(_languages(desk, campaign))
        raise NotPrintable(f"{campaign.slug} has no page in {language or 'no language'}: use {have}.")
    return Order(campaign, language, chosen.get("kind", ""), chosen.get("way", "") or "page"), desk.words[language]


def _languages(desk: Desk, campaign: Campaign) -> list[str]:
    """Those it is written in, and the site offers: a code that leads nowhere helps nobody."""
    return [tag for tag in campaign.pages if tag in desk.words]
