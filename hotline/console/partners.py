"""Partners at the console: ask a caller whether something may go to one, and read what one has passed on to us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk import packets, work
from hotline.desk import partners as passing
from hotline.plain import number
from hotline.store import parcels
from hotline.store.contacts import Contact

if TYPE_CHECKING:
    from hotline.console.web import Console

ONE = "/staff/contacts/{id}"
PACKET = "/staff/packets/{id}"


def table(console: Console) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    rows: list[tuple[str, str, Callable[[Console, Any], Awaitable[Response]]]] = [
        (f"{ONE}/pass", "POST", ask),
        (f"{ONE}/pass/withdraw", "POST", withdraw),
        (f"{ONE}/pass/stop", "POST", stop),
        (PACKET, "GET", page),
        (f"{PACKET}/take", "POST", take),
        (f"{PACKET}/back", "POST", back),
        (f"{PACKET}/done", "POST", done),
        (f"{PACKET}/write", "POST", write_to),
    ]
    return [(path, method, partial(handler, console)) for path, method, handler in rows]


def panel(console: Console, connection: Connection, visit: Visit, contact: Contact) -> dict[str, Any]:
    """What the tool shows: partners, what may go, the question that is open, and what is under way."""
    desk = console.office.desk
    known = sorted(desk.partners.known.values(), key=lambda one: one.name.casefold())
    typed: dict[str, str] = getattr(visit.request.state, "passing", {"partner": "", "text": "", "with_number": ""})
    question = passing.question_of(contact)
    return {
        "note": getattr(visit.request.state, "handing", ""),
        "partners": known,
        "typed": typed,
        "with_number": passing.number_of(desk, connection, contact) is not None if known else False,
        "question": question,
        "under_way": parcels.of_contact(connection, contact.id),
    }


async def ask(console: Console, visit: Visit) -> Response:
    """Show the caller what would go, and ask."""
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    partner, text = form.get("partner", ""), form.get("text", "")
    with_number, fence = form.get("with_number") == "1", number(form.get("fence", ""))
    try:
        waiting = await console.write(
            lambda tx: passing.ask(
                desk, tx, contact_id, staff_id, partner, text, now, with_number=with_number, fence=fence
            )
        )
    except work.Refused as refusal:
        visit.request.state.passing = {"partner": partner, "text": text, "with_number": form.get("with_number", "")}
        return await console.contact_page(visit, str(refusal), "", 400)
    if waiting is not None:
        await asyncio.to_thread(console.ring, waiting)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


async def withdraw(console: Console, visit: Visit) -> Response:
    contact_id, desk, now = visit.request.path_params["id"], console.office.desk, time.time()
    await console.write(lambda tx: passing.withdraw(desk, tx, contact_id, visit.member.id, now))
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


async def stop(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, parcel = visit.request.path_params["id"], console.office.desk, number(form.get("parcel", ""))
    if parcel is None:
        raise work.Refused("The form does not say what is not to be sent.")
    await console.write(lambda tx: passing.stop(desk, tx, contact_id, visit.member.id, parcel, now))
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


async def page(console: Console, visit: Visit, notice: str = "", status: int = 200) -> Response:
    """What a partner passed on, for whoever took it."""
    packet_id, desk = visit.request.path_params["id"], console.office.desk
    found = await console.read(lambda connection: packets.read(desk, connection, packet_id, visit.member.id))
    if found is None:
        raise work.NotYours
    packet, words = found
    values = {
        "member": visit.member,
        "packet": packet,
        "words": words,
        "writable": packets.writable(desk, words) is not None,
        "notice": notice,
        "board": await console.board_table(visit),
    }
    return console.page("staff/packet.html", values, status)


async def take(console: Console, visit: Visit) -> Response:
    packet_id, now = visit.request.path_params["id"], time.time()
    await console.write(lambda tx: packets.take(console.office.desk, tx, packet_id, visit.member.id, now))
    return RedirectResponse(f"/staff/packets/{packet_id}", 303)


async def back(console: Console, visit: Visit) -> Response:
    packet_id = visit.request.path_params["id"]
    await console.write(lambda tx: packets.give_back(console.office.desk, tx, packet_id, visit.member.id))
    return RedirectResponse("/staff/", 303)


async def done(console: Console, visit: Visit) -> Response:
    packet_id, now = visit.request.path_params["id"], time.time()
    await console.write(lambda tx: packets.done(console.office.desk, tx, packet_id, visit.member.id, now))
    return RedirectResponse("/staff/", 303)


async def write_to(console: Console, visit: Visit) -> Response:
    """Go on with this person: an open contact in place of the packet."""
    packet_id, desk, now = visit.request.path_params["id"], console.office.desk, time.time()
    try:
        contact = await console.write(lambda tx: packets.write_to(desk, tx, packet_id, visit.member.id, now))
    except work.Refused as refusal:
        return await page(console, visit, str(refusal), 400)
    return RedirectResponse(f"/staff/contacts/{contact.id}", 303)
