"""The editor's pages in the console: all campaigns at one glance, one campaign, its days and its readers' signatures.

What is written in a page is `editing/writing`, what begins is `editing/beginning`; files are the truth, and git works as well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from campaigns.campaign import ROLES
from campaigns.drafts import Unwritable
from campaigns.editing import beginning, deeds, writing
from campaigns.editing.desk import LIST, ONE, PAGE, Editing, NotThere
from campaigns.editing.kept import Kept, Shelf, coverage, read_kept, today_of
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk.work import Refused
from hotline.language import LANGUAGES
from hotline.store.shelf import ContentError

SIGNS = {"written": "✓", "unread": "○", "stale": "↻", "draft": "✎", "planned": "…", "missing": "–"}
"""What a state looks like beside its colour."""


def table(editing: Editing) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    """The addresses of the editor."""
    rows: list[tuple[str, str, Callable[[Editing, Visit], Awaitable[Response]]]] = [
        (LIST, "GET", all_of_them),
        (f"{LIST}/new", "GET", beginning.campaign_page),
        (f"{LIST}/new", "POST", beginning.begin_campaign),
        ("/staff/audiences/new", "GET", beginning.audience_page),
        ("/staff/audiences/new", "POST", beginning.begin_audience),
        (ONE, "GET", one_campaign),
        (f"{ONE}/plan", "POST", plan),
        (f"{ONE}/sign", "POST", sign),
        (PAGE, "GET", writing.page),
        (PAGE, "POST", writing.save),
        (f"{PAGE}/look", "POST", writing.look),
        (f"{PAGE}/answer", "POST", writing.answer),
        (f"{PAGE}/publish", "POST", writing.publish),
        (f"{PAGE}/back", "POST", writing.roll_back),
        (f"{PAGE}/machine", "POST", writing.ask_machine),
    ]
    return [(path, method, partial(_told, editing, handler)) for path, method, handler in rows]


async def _told(editing: Editing, handler: Callable[[Editing, Visit], Awaitable[Response]], visit: Visit) -> Response:
    """What no handler has told in its own page is told in one sentence."""
    try:
        return await handler(editing, visit)
    except (Unwritable, ContentError) as fault:
        raise Refused(str(fault).replace(f"{editing.content}/", "")) from None
    except NotThere as missing:
        return editing.console.trouble(visit, str(missing), 404)


async def all_of_them(editing: Editing, visit: Visit) -> Response:
    shelf = await editing.shelf()
    values = {
        "member": visit.member,
        "shelf": shelf,
        "grid": coverage(shelf),
        "signs": SIGNS,
        "locked_files": editing.locked_files(),
        "today": today_of(time.time()),
    }
    return editing.console.page("staff/campaigns.html", values)


async def one_campaign(editing: Editing, visit: Visit, notice: str = "", status: int = 200) -> Response:
    shelf = await editing.shelf()
    kept = editing.one(shelf, visit)
    today = today_of(time.time())
    values = {
        "member": visit.member,
        "kept": kept,
        "rows": _rows(kept, shelf),
        "others": [tag for tag in LANGUAGES if tag not in kept.languages(shelf.audiences)],
        "audiences": [shelf.audiences[slug] for slug in kept.about.audiences if slug in shelf.audiences],
        "signs": SIGNS,
        "roles": ROLES,
        "notice": notice,
        "today": today,
        "runs": kept.live and kept.about.runs(today),
        "locked_files": editing.locked_files(),
    }
    return editing.console.page("staff/campaign.html", values, status)


def _rows(kept: Kept, shelf: Shelf) -> list[dict[str, Any]]:
    rows = []
    for tag in kept.languages(shelf.audiences):
        page, draft = kept.about.pages.get(tag), kept.drafts.get(tag)
        rows.append(
            {
                "tag": tag,
                "state": kept.state(tag),
                "title": page.title if page else "",
                "draft": draft is not None and bool(draft.text.strip()),
                "by": draft.by if draft else "",
                "machine": bool(draft.machine if draft else page and page.review.machine),
                "review": page.review if page else None,
            }
        )
    return rows


async def plan(editing: Editing, visit: Visit) -> Response:
    return await _changed(editing, visit, lambda kept, form: deeds.plan(kept, form))


async def sign(editing: Editing, visit: Visit) -> Response:
    return await _changed(editing, visit, lambda kept, form: deeds.sign(kept, form, today_of(time.time())))


async def _changed(editing: Editing, visit: Visit, do: Callable[[Kept, dict[str, str]], None]) -> Response:
    """Do it to the campaign's file, and have every server show it."""
    form = await read_form(visit.request)
    folder = editing.folder(visit)
    try:
        await asyncio.to_thread(lambda: do(read_kept(folder), form))
    except (Refused, Unwritable) as refusal:
        return await one_campaign(editing, visit, str(refusal), 400)
    await editing.shown()
    return RedirectResponse(f"{LIST}/{quote(folder.name)}", 303)
