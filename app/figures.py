"""The published figures: a page, and the same rows as CSV and JSON."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.pages import Pages
from hotline.coding import REFERRAL
from hotline.desk.office import Office
from hotline.language import LANGUAGES, Words
from hotline.release import SMALLEST, Figure, figures, is_coded
from hotline.store import tallies
from hotline.tally import OFFER_FLAG

CACHE = {"Cache-Control": "no-cache"}


def figures_routes(office: Office, pages: Pages, language_of: Callable[[Request], str]) -> list[BaseRoute]:
    """`/figures`, `/figures.csv`, `/figures.json`."""

    async def rows() -> list[Figure]:
        return figures(await asyncio.to_thread(office.read, tallies.all_cells))

    async def page(request: Request) -> Response:
        language = language_of(request)
        shelf = office.desk.shelf
        offers = shelf.offers.get(language) or shelf.offers.get(office.desk.default_language) or Words(language, {})
        tables = by_week(await rows(), shelf.pages[language], pages.staff_words, offers)
        html = pages.page("figures.html", language, {"weeks": tables, "few": str(SMALLEST)})
        return HTMLResponse(html, headers={**CACHE, "Vary": "Accept-Language"})

    async def as_csv(request: Request) -> Response:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["period", "kind", "first", "second", "count"])
        writer.writerows([row.period, row.kind, row.first, row.second, shown(row)] for row in await rows())
        return Response(out.getvalue(), media_type="text/csv", headers=CACHE)

    async def as_json(request: Request) -> Response:
        found = [
            {"period": row.period, "kind": row.kind, "first": row.first, "second": row.second, "count": shown(row)}
            for row in await rows()
        ]
        return JSONResponse({"smallest_shown": SMALLEST, "figures": found}, headers=CACHE)

    return [Route("/figures", page), Route("/figures.csv", as_csv), Route("/figures.json", as_json)]


def shown(row: Figure) -> int | str:
    return "few" if row.count is None else row.count


def by_week(rows: list[Figure], words: Words, english: Words, offers: Words) -> list[dict[str, Any]]:
    """The single-attribute rows, grouped for the page: week, then attribute, then its values with their names.

    What responders choose has words in `english`; where the reader's language has none, those stand there and say so.
    So it is with the signs in offers and the words in `offers`.
    """
    weeks: dict[str, dict[str, list[Figure]]] = {}
    for row in rows:
        if "*" not in row.kind:
            weeks.setdefault(row.period, {}).setdefault(row.kind, []).append(row)
    return [
        {"week": week, "tables": [_table(kind, some, words, english, offers) for kind, some in sorted(kinds.items())]}
        for week, kinds in weeks.items()
    ]


def _table(kind: str, rows: list[Figure], words: Words, english: Words, offers: Words) -> dict[str, Any]:
    coded = is_coded(kind)
    if kind == OFFER_FLAG:  # its names stand among the words of the check
        tongue = offers.language
        signs = [(tongue, offers.by_key.get(f"offer/flag/{row.first}", row.first), row) for row in rows]
        return {"kind": kind, "coded": coded, "title": (tongue, offers.by_key.get("offer/trend", kind)), "rows": signs}
    title = ("", kind) if not coded else (english.language, english.by_key[f"console/figures/{kind}"])
    named_rows = [(*(chosen(row, words, english) if coded else ("", named(row, words))), row) for row in rows]
    return {"kind": kind, "coded": coded, "title": title, "rows": named_rows}


def chosen(row: Figure, words: Words, english: Words) -> tuple[str, str]:
    """A value that a responder chose, and in which language it stands here if that is not the reader's."""
    own = words.by_key.get(f"help/need/{row.first}") if row.kind in ("need", REFERRAL) else None
    if own is not None:
        return "", own
    values = "region" if row.kind == "origin" else row.kind
    return english.language, english.by_key.get(f"console/{values}/{row.first}", row.first)


def named(row: Figure, words: Words) -> str:
    """A value in the reader's words: a language by its own name, a campaign by its address."""
    if row.kind == "language":
        return LANGUAGES[row.first].name if row.first in LANGUAGES else row.first
    if row.kind in ("visit", "came"):
        return f"{row.first} · {LANGUAGES[row.second].name if row.second in LANGUAGES else row.second}"
    key = f"value/{row.kind}/{row.first}"
    return words.by_key.get(key, row.first)
