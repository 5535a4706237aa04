"""Passing a contact between colleagues, from its page: ask one to join, leave it to them, or hand it over with a note."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from hotline.console import partners
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk import transfer, work
from hotline.plain import number
from hotline.store import accounts
from hotline.store.contacts import Contact

if TYPE_CHECKING:
    from hotline.console.web import Console

ONE = "/staff/contacts/{id}"
BOARD = "/staff/"


def table(console: Console) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    rows: list[tuple[str, str, Callable[[Console, Any], Awaitable[Response]]]] = [
        (f"{ONE}/ask", "POST", ask),
        (f"{ONE}/ask/withdraw", "POST", withdraw),
        (f"{ONE}/join", "POST", join),
        (f"{ONE}/decline", "POST", decline),
        (f"{ONE}/leave", "POST", leave),
        (f"{ONE}/hand", "POST", hand_over),
    ]
    return [*((path, method, partial(handler, console)) for path, method, handler in rows), *partners.table(console)]


async def panel(console: Console, visit: Visit, contact: Contact) -> dict[str, Any]:
    """Who could take it or join, who is beside whom, and what may go to partners."""
    desk, staff_id, now = console.office.desk, visit.member.id, time.time()

    def look(connection: Connection) -> dict[str, Any]:
        other = contact.second if contact.owner == staff_id else contact.owner
        beside = accounts.active_member(connection, other) if other is not None else None
        return {
            "owner": contact.owner == staff_id,
            "beside": beside.name if beside else "",
            "joined": contact.second_in,
            "state": transfer.state(contact),
            "colleagues": transfer.colleagues(desk, connection, contact, staff_id, now),
            **partners.panel(console, connection, visit, contact),
        }

    return await console.read(look)


async def ask(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    colleague, fence = number(form.get("colleague", "")), number(form.get("fence", ""))
    if colleague is None:
        return await console.contact_page(visit, "Choose a colleague from the list.", "", 400)
    try:
        await console.write(
            lambda tx: transfer.ask_to_join(desk, tx, contact_id, staff_id, colleague, now, fence=fence)
        )
    except work.Refused as refusal:
        return await console.contact_page(visit, str(refusal), "", 400)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


async def withdraw(console: Console, visit: Visit) -> Response:
    contact_id, desk = visit.request.path_params["id"], console.office.desk
    await console.write(lambda tx: transfer.withdraw(desk, tx, contact_id, visit.member.id))
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


async def join(console: Console, visit: Visit) -> Response:
    contact_id, desk, now = visit.request.path_params["id"], console.office.desk, time.time()
    await console.write(lambda tx: transfer.join(desk, tx, contact_id, visit.member.id, now))
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


async def decline(console: Console, visit: Visit) -> Response:
    contact_id, desk = visit.request.path_params["id"], console.office.desk
    await console.write(lambda tx: transfer.decline(desk, tx, contact_id, visit.member.id))
    return RedirectResponse(BOARD, 303)


async def leave(console: Console, visit: Visit) -> Response:
    contact_id, desk, now = visit.request.path_params["id"], console.office.desk, time.time()
    try:
        waiting = await console.write(lambda tx: transfer.leave(desk, tx, contact_id, visit.member.id, now))
    except work.Refused as refusal:
        return await console.contact_page(visit, str(refusal), "", 400)
    if waiting is not None:
        await asyncio.to_thread(console.ring, waiting)
    return RedirectResponse(BOARD, 303)


async def hand_over(console: Console, visit: Visit) -> Response:
    """To one colleague, or to whoever takes it: then the field is empty."""
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    chosen, note = form.get("colleague", ""), form.get("note", "").replace("\0", "")
    colleague, fence = number(chosen), number(form.get("fence", ""))
    try:
        if chosen and colleague is None:
            raise work.Refused("Choose a colleague from the list.")
        await console.write(
            lambda tx: transfer.hand_over(desk, tx, contact_id, staff_id, colleague, note, now, fence=fence)
        )
    except work.Refused as refusal:
        visit.request.state.handing = note
        return await console.contact_page(visit, str(refusal), "", 400)
    return RedirectResponse(BOARD, 303)
