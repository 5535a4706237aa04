"""What the console does about many at once: close those who are alike, lower a sender's lane, ask for words."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from hotline.console.forms import digest, moment, read_form
from hotline.console.session import Visit
from hotline.contact import Level
from hotline.desk import work
from hotline.plain import number
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console

ROUNDS = 400
"""Pieces of work for one press of a button, at most: as many contacts as a night of flood may leave."""


async def close_alike(console: Console, visit: Visit) -> Response:
    """Close as misuse everybody on one card, as it stood on the page: who came later is left."""
    form, desk, staff_id = await read_form(visit.request), console.office.desk, visit.member.id
    likeness, until = digest(form, "likeness"), moment(form, "until")
    level = next((one for one in Level if one.value == form.get("level")), None)
    if likeness is None or until is None or level is None:
        raise work.Refused("The form does not say which contacts are meant.")
    lower = form.get("lower") == "1"

    def close(tx: Tx) -> int:
        return work.close_alike(desk, tx, likeness, level, until, staff_id, time.time(), lower=lower)

    for _ in range(ROUNDS):
        if await console.write(close) < work.AT_ONCE:
            break
    return RedirectResponse("/staff/", 303)


async def set_lane(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    if form.get("do") not in ("lower", "lift"):
        raise work.Refused("Say which lane is meant.")
    lower = form["do"] == "lower"
    await console.write(lambda tx: work.set_lane(desk, tx, contact_id, staff_id, now, lower=lower))
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


async def describe(console: Console, visit: Visit) -> Response:
    """Ask the caller to say in words what they sent along."""
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    fence = number(form.get("fence", ""))
    try:
        waiting = await console.write(lambda tx: work.ask_to_describe(desk, tx, contact_id, staff_id, now, fence=fence))
    except work.Refused as refusal:
        return await console.contact_page(visit, str(refusal), "", 400)
    if waiting is not None:
        await asyncio.to_thread(console.ring, waiting)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)
