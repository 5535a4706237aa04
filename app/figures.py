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
from hotline.desk.office import Office
from hotline.language import LANGUAGES, Words
from hotline.release import SMALLEST, Figure, figures
from hotline.store import tallies

CACHE = {"Cache-Control": "no-cache"}


def figures_routes(office: Office, pages: Pages, language_of: Callable[[Request], str]) -> list[BaseRoute]:
    """`/figures`, `/figures.csv`, `/figures.json`."""

    async def rows() -> list[Figure]:
        return figures(await asyncio.to_thread(office.read, tallies.all_cells))

    async def page(request: Request) -> Response:
        language = language_of(request)
        tables = by_week(await rows(), office.desk.shelf.pages[language])
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


def by_week(rows: list[Figure], words: Words) -> list[dict[str, Any]]:
    """The single-attribute rows, grouped for the page: week, then attribute, then its values with their names."""
    weeks: dict[str, dict[str, list[tuple[str, Figure]]]] = {}
    for row in rows:
        if "*" not in row.kind:
            weeks.setdefault(row.period, {}).setdefault(row.kind, []).append((named(row, words), row))
    return [{"week": week, "tables": sorted(kinds.items())} for week, kinds in weeks.items()]


def named(row: Figure, words: Words) -> str:
    """A value in the reader's words: a language by its own name, a campaign by its address."""
    if row.kind == "language":
        return LANGUAGES[row.first].name if row.first in LANGUAGES else row.first
    if row.kind == "visit":
        return f"{row.first} · {LANGUAGES[row.second].name if row.second in LANGUAGES else row.second}"
    key = f"value/{row.kind}/{row.first}"
    return words.by_key.get(key, row.first)
