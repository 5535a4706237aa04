"""The forms by which a campaign and an audience begin. What was typed stands there again when something is wrong with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from campaigns.audience import REGIONS, SECTORS, Reading, Side
from campaigns.campaign import Action
from campaigns.drafts import Unwritable
from campaigns.editing import deeds
from campaigns.editing.desk import LIST, Editing
from campaigns.editing.kept import today_of
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk.work import Refused
from hotline.language import LANGUAGES

MOST_AUDIENCES = 3


async def campaign_page(
    editing: Editing, visit: Visit, notice: str = "", form: Mapping[str, str] | None = None
) -> Response:
    today = today_of(time.time())
    first = {
        "starts": today.isoformat(),
        "ends": today.replace(year=today.year + 1, day=min(today.day, 28)).isoformat(),
    }
    named = {"audience1": visit.request.query_params.get("audience", "")}
    values = {
        "member": visit.member,
        "shelf": await editing.shelf(),
        "actions": list(Action),
        "most": MOST_AUDIENCES,
        "notice": notice,
        "form": form if form is not None else {**first, **named, "source": "en", "action": "chat", "lang-en": "yes"},
        "locked_files": editing.locked_files(),
    }
    return editing.console.page("staff/campaign_new.html", values, 400 if notice else 200)


async def begin_campaign(editing: Editing, visit: Visit) -> Response:
    form = await read_form(visit.request)
    slug = form.get("slug", "").strip().lower()
    audiences = [form.get(f"audience{number}", "") for number in range(1, MOST_AUDIENCES + 1)]
    languages = [tag for tag in LANGUAGES if form.get(f"lang-{tag}") == "yes"]
    try:
        table: dict[str, Any] = {
            "audiences": list(dict.fromkeys(one for one in audiences if one)),
            "goal": _line(form, "goal"),
            "organisation": editing.house.organisation,
            "partners": [],
            "countries": _words(form.get("countries", "").upper()),
            "action": form.get("action", "chat"),
            "source": _source(form, languages),
            "starts": deeds.a_date(form.get("starts", ""), "First day"),
            "ends": deeds.a_date(form.get("ends", ""), "Last day"),
            "checked": today_of(time.time()),
        }
        await asyncio.to_thread(deeds.new_campaign, editing.content, table, slug, languages)
    except (Refused, Unwritable) as refusal:
        return await campaign_page(editing, visit, str(refusal), form)
    return RedirectResponse(f"{LIST}/{quote(slug)}", 303)


def _source(form: Mapping[str, str], languages: list[str]) -> str:
    source = form.get("source", "en")
    if source not in languages:
        raise Refused("Tick the language that the others are written from as well.")
    return source


async def audience_page(
    editing: Editing, visit: Visit, notice: str = "", form: Mapping[str, str] | None = None
) -> Response:
    values = {
        "member": visit.member,
        "sides": list(Side),
        "sectors": SECTORS,
        "readings": list(Reading),
        "regions": REGIONS,
        "notice": notice,
        "form": form if form is not None else {"reading": "easy", "side": "people", "sector": "any"},
        "locked_files": editing.locked_files(),
    }
    return editing.console.page("staff/campaign_audience.html", values, 400 if notice else 200)


async def begin_audience(editing: Editing, visit: Visit) -> Response:
    form = await read_form(visit.request)
    slug = form.get("slug", "").strip().lower()
    labels = {tag: label for tag in LANGUAGES if (label := _line(form, f"label-{tag}"))}
    table = {
        "name": _line(form, "name"),
        "side": form.get("side", ""),
        "sector": form.get("sector", ""),
        "reading": form.get("reading", ""),
        "languages": list(labels),
        "origin": [_place(one) for one in _words(form.get("origin", ""))],
        "destination": [_place(one) for one in _words(form.get("destination", ""))],
        "fears": _lines(form, "fears"),
        "next": _lines(form, "next"),
        "label": labels,
    }
    try:
        await asyncio.to_thread(deeds.new_audience, editing.content, slug, table)
    except (Refused, Unwritable) as refusal:
        return await audience_page(editing, visit, str(refusal), form)
    return RedirectResponse(f"{LIST}/new?audience={quote(slug)}", 303)


def _line(form: Mapping[str, str], name: str) -> str:
    return " ".join(form.get(name, "").replace("\0", "").split())


def _lines(form: Mapping[str, str], name: str) -> list[str]:
    return [" ".join(line.split()) for line in form.get(name, "").replace("\0", "").splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    return text.replace(",", " ").replace("\0", "").split()


def _place(word: str) -> str:
    """A country in capitals, a region as it is called."""
    return word.lower() if word.lower() in REGIONS else word.upper()
