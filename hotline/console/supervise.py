"""The supervisor's pages: the shift, one contact read along, and the panic button. Thin: parse, ask the desk, render."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.console.talk import talk_table
from hotline.contact import Channel
from hotline.desk import panic, supervise
from hotline.desk.notes import LONGEST_NOTE
from hotline.desk.work import NotYours, Refused
from hotline.store import pauses
from hotline.store.engine import StoreUnavailable

if TYPE_CHECKING:
    from hotline.console.web import Console

HERE, ONE, PANIC = "/staff/supervise", "/staff/supervise/{id}", "/staff/panic"

ROWS_SECONDS = 1.5
"""So long the page waits for the rows to be deleted; the keys are gone before it begins to."""

AGAIN_SECONDS = 1.0

NOT_DESTROYED = "The folder of the keys cannot be written: nothing is destroyed yet. Have the server switched off now."


def table(console: Console) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    """The addresses of a supervisor."""
    removing: set[asyncio.Task[int]] = set()
    rows: list[tuple[str, str, Callable[[Console, Any], Awaitable[Response]]]] = [
        (HERE, "GET", page),
        (f"{HERE}/pause", "POST", pause),
        (ONE, "GET", contact),
        (f"{ONE}/read", "POST", read),
        (f"{ONE}/stop", "POST", stop),
        (f"{ONE}/whisper", "POST", whisper),
        (f"{ONE}/take", "POST", take),
        (f"{ONE}/back", "POST", give_back),
        (PANIC, "GET", before_panic),
    ]
    found = [(path, method, partial(handler, console)) for path, method, handler in rows]
    return [*found, (PANIC, "POST", partial(press_panic, console, removing))]


async def page(console: Console, visit: Visit) -> Response:
    values = {
        "member": visit.member,
        "shift": await console.pictures.load.now(),
        "channels": [one.value for one in Channel],
        "reads": visit.member.role in supervise.READING,
        "hours": int(pauses.LONGEST_SECONDS // 3600),
    }
    return console.page("staff/supervise.html", values)


async def pause(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    channel = next((one for one in Channel if one.value == form.get("channel")), None)
    if channel is None or form.get("do") not in ("pause", "resume"):
        raise Refused("Say which channel is to be paused or go on.")
    if form["do"] == "pause":
        await console.write(lambda tx: supervise.pause(tx, channel, visit.member, now))
    else:
        await console.write(lambda tx: supervise.resume(tx, channel, visit.member, now))
    return RedirectResponse(f"{HERE}#channels", 303)


async def contact(console: Console, visit: Visit, notice: str = "", draft: str = "", status: int = 200) -> Response:
    """A contact that this supervisor reads along in. `draft`: a whisper that was refused, so that it is not lost."""
    contact_id, desk, now = visit.request.path_params["id"], console.office.desk, time.time()
    talk = await console.read(lambda one: supervise.overheard(desk, one, contact_id, visit.member, now))
    if talk is None:
        raise NotYours
    owners = await console.pictures.load.now()
    values = {
        "member": visit.member,
        "contact": talk.contact,
        "talk": talk_table(talk, now),
        "owner": next((one["owner"] for one in owners["held"] if one["id"] == contact_id), ""),
        "longest": LONGEST_NOTE,
        "minutes": int(supervise.READING_SECONDS // 60),
        "notice": notice,
        "draft": draft,
    }
    return console.page("staff/supervise_contact.html", values, status)


async def read(console: Console, visit: Visit) -> Response:
    contact_id, desk, now = visit.request.path_params["id"], console.office.desk, time.time()
    await console.write(lambda tx: supervise.read_along(desk, tx, contact_id, visit.member, now))
    return RedirectResponse(f"{HERE}/{contact_id}", 303)


async def stop(console: Console, visit: Visit) -> Response:
    contact_id, desk = visit.request.path_params["id"], console.office.desk
    await console.write(lambda tx: supervise.stop_reading(desk, tx, contact_id, visit.member))
    return RedirectResponse(HERE, 303)


async def whisper(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    contact_id, text = visit.request.path_params["id"], form.get("text", "").replace("\0", "")
    desk = console.office.desk
    try:
        await console.write(lambda tx: supervise.whisper(desk, tx, contact_id, visit.member, text, now))
    except Refused as refusal:
        return await contact(console, visit, str(refusal), text, 400)
    return RedirectResponse(f"{HERE}/{contact_id}", 303)


async def take(console: Console, visit: Visit) -> Response:
    contact_id, desk, now = visit.request.path_params["id"], console.office.desk, time.time()
    waiting = await console.write(lambda tx: supervise.take_over(desk, tx, contact_id, visit.member, now))
    await _ring(console, waiting)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


async def give_back(console: Console, visit: Visit) -> Response:
    contact_id, desk, now = visit.request.path_params["id"], console.office.desk, time.time()
    waiting = await console.write(lambda tx: supervise.give_back(desk, tx, contact_id, visit.member, now))
    await _ring(console, waiting)
    return RedirectResponse(HERE, 303)


async def _ring(console: Console, waiting: int | None) -> None:
    if waiting is not None:
        await asyncio.to_thread(console.ring, waiting)


async def before_panic(console: Console, visit: Visit) -> Response:
    """What would be lost, and the button. With no database to count in, the button alone."""
    try:
        losses: panic.Losses | None = await console.read(panic.losses)
    except StoreUnavailable:
        losses = None
    return console.page("staff/supervise_panic.html", {"member": visit.member, "losses": losses})


async def press_panic(console: Console, removing: set[asyncio.Task[int]], visit: Visit) -> Response:
    """The keys first, here and now: a thread to do it in might have to be waited for."""
    supervise.check_leads(visit.member)
    now = time.time()
    try:
        kept = panic.destroy_keys(console.office.desk, now)
    except OSError:
        raise Refused(NOT_DESTROYED) from None
    task = asyncio.create_task(_remove(console, kept, visit.member.id, now))
    removing.add(task)
    task.add_done_callback(removing.discard)
    done, _ = await asyncio.wait({task}, timeout=ROWS_SECONDS)
    number = task.result() if done else None
    return console.page("staff/supervise_panicked.html", {"member": visit.member, "number": number})


async def _remove(console: Console, kept: panic.Kept, staff_id: int, now: float) -> int:
    """Until it is done: the worker would delete the rows too, but not seal the erasures anew."""
    while True:
        try:
            return await console.write(lambda tx: panic.remove(console.office.desk, tx, kept, staff_id, now))
        except StoreUnavailable:
            await asyncio.sleep(AGAIN_SECONDS)
