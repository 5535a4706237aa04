"""One contact: its page, and what its responder does there. Each tool beside the talk has a room of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from hotline.channels import TRAITS
from hotline.coding import Coding
from hotline.console import checklist, closing, notes, phrases, referral, taking, transfer, translate
from hotline.console.forms import read_form
from hotline.console.referral import Query
from hotline.console.session import NOT_STORED, Visit
from hotline.console.talk import talk_table
from hotline.desk import work
from hotline.desk.notes import LONGEST_NOTE
from hotline.desk.view import responder_talk
from hotline.desk.wording import words_of
from hotline.plain import number
from hotline.store.contacts import Contact
from hotline.store.engine import StoreUnavailable
from hotline.triage.wording import first_of

if TYPE_CHECKING:
    from hotline.console.web import Console

ONE = "/staff/contacts/{id}"


def table(console: Console) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    """The addresses of one contact."""
    rows: list[tuple[str, str, Callable[[Console, Any], Awaitable[Response]]]] = [
        (ONE, "GET", page),
        (f"{ONE}/claim", "POST", taking.claim),
        (f"{ONE}/answer", "POST", answer),
        (f"{ONE}/check", "POST", checklist.tick),
        (f"{ONE}/directory", "POST", referral.look),
        (f"{ONE}/refer", "POST", referral.refer),
        (f"{ONE}/note", "POST", notes.write),
        (f"{ONE}/back", "POST", translate.back),
        (f"{ONE}/release", "POST", release),
        (f"{ONE}/close", "POST", closing.close),
    ]
    return [(path, method, partial(handler, console)) for path, method, handler in rows]


async def page(
    console: Console,
    visit: Visit,
    notice: str = "",
    draft: str = "",
    status: int = 200,
    *,
    note: str = "",
    query: Query | None = None,
    coding: Coding | None = None,
) -> Response:
    """The talk, and beside it the tools. `notice`: what was wrong with the last deed; `draft`, `note`: what was typed and not
    taken; `query`: what the directory is searched for."""
    contact_id, desk = visit.request.path_params["id"], console.office.desk
    talk = await console.read(lambda connection: responder_talk(desk, connection, contact_id, visit.member.id))
    if talk is None:
        raise work.NotYours
    contact = talk.contact
    values = {
        "member": visit.member,
        "contact": contact,
        "talk": talk_table(talk, time.time()),
        "other_ways": [way for way in console.ways if way != contact.channel.value],
        "board": await console.board_table(visit),
        "closing": closing.panel(contact, coding),
        "longest": TRAITS[contact.channel].longest,
        "notice": notice,
        "draft": draft,
        "agreed": _agreed(console, contact),
        "note": note,
        "longest_note": LONGEST_NOTE,
        "phrases": phrases.panel(console, contact),
        "transfer": await transfer.panel(console, visit, contact),
        "checks": checklist.panel(console, contact),
        "directory": referral.panel(console, contact, query),
        "translation": await translate.state(console, contact),
    }
    return console.page("staff/contact.html", values, status)


def _agreed(console: Console, contact: Contact) -> str:
    """The word with which this caller says that it is safe; empty if none was agreed."""
    code = contact.conversation.code
    words = words_of(console.office.desk, contact.conversation)
    return first_of(words, f"code/{code}/safe").upper() if code else ""


async def release(console: Console, visit: Visit) -> Response:
    contact_id, now = visit.request.path_params["id"], time.time()
    await console.write(lambda tx: work.release(console.office.desk, tx, contact_id, visit.member.id, now))
    return RedirectResponse("/staff/", 303)


async def answer(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    contact_id, text = visit.request.path_params["id"], form.get("text", "").replace("\0", "")
    fence = number(form.get("fence", ""))
    desk, staff_id = console.office.desk, visit.member.id
    try:
        waiting = await console.write(lambda tx: work.answer(desk, tx, contact_id, staff_id, text, now, fence=fence))
    except work.NotYours:
        return taking.kept(console, visit, text)
    except (work.Refused, StoreUnavailable) as refusal:
        refused = isinstance(refusal, work.Refused)
        try:
            return await page(console, visit, str(refusal) if refused else NOT_STORED, text, 400 if refused else 503)
        except work.NotYours:
            return taking.kept(console, visit, text)
    if waiting is not None:
        await asyncio.to_thread(console.ring, waiting)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)
