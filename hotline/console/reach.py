"""How I am alerted: browsers, a phone and Telegram, added, tested and removed by each member for themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from starlette.responses import RedirectResponse, Response

from hotline.alert import Way
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk import alarm
from hotline.desk.alarm import Gone
from hotline.desk.deliver import NotSent
from hotline.desk.work import Refused
from hotline.plain import number
from hotline.store import reaches
from hotline.store.reaches import Reach
from hotline.store.staff import StaffError
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console

PLACE = "/staff/alerts"
SCRIPT = "/staff/push-worker.js"
SHOWN_DIGITS = 3


def table(console: Console) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    """The addresses of this page, and of the script that shows an alert in a browser."""
    rows: list[tuple[str, str, Callable[[Console, Any], Awaitable[Response]]]] = [
        (PLACE, "GET", page),
        (f"{PLACE}/browser", "POST", add_browser),
        (f"{PLACE}/phone", "POST", add_phone),
        (f"{PLACE}/telegram", "POST", begin_telegram),
        (f"{PLACE}/remove", "POST", remove),
        (f"{PLACE}/test", "POST", test),
        (SCRIPT, "GET", script),
    ]
    return [(path, method, partial(handler, console)) for path, method, handler in rows]


async def page(
    console: Console, visit: Visit, notice: str = "", status: int = 200, shown: Mapping[str, Any] | None = None
) -> Response:
    """`shown`: what is seen only now: the code for Telegram, or how a test went."""
    desk, sender = console.office.desk, console.alerts
    known = await console.read(lambda connection: alarm.mine(desk, connection, visit.member))
    ways = sender.ways if sender else frozenset[Way]()
    values = {
        "member": visit.member,
        "reaches": [(one.id, one.way.value, _place(one), one.added_at) for one in known],
        "ways": {way.value: way in ways for way in Way},
        "key": await asyncio.to_thread(sender.public_key) if sender and Way.PUSH in ways else "",
        "wakes": [level.value for level in type(desk.alerts.climbs) if level.rank <= desk.alerts.climbs.rank],
        "day": lambda at: time.strftime("%Y-%m-%d", time.gmtime(at)),
        "notice": notice,
        "code": "",
        "link": "",
        "carried": [],
        "failed": [],
        **(shown or {}),
    }
    return console.page("staff/reach.html", values, status)


def _place(one: Reach) -> str:
    """What of an address is shown: the push service's name, the last digits of a number, nothing of a chat."""
    if one.way is Way.PUSH:
        return urlsplit(one.address).hostname or ""
    return f"… {one.address[-SHOWN_DIGITS:]}" if one.way is Way.SMS else ""


async def _changed(console: Console, visit: Visit, change: Callable[[Tx], object]) -> Response:
    try:
        await console.write(change)
    except (Refused, StaffError) as refusal:
        return await page(console, visit, str(refusal), 400)
    return RedirectResponse(PLACE, 303)


async def add_browser(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    desk, endpoint = console.office.desk, form.get("endpoint", "")
    return await _changed(console, visit, lambda tx: alarm.add_browser(desk, tx, visit.member, endpoint, now))


async def add_phone(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    desk, phone = console.office.desk, form.get("phone", "")[:40]
    return await _changed(console, visit, lambda tx: alarm.add_phone(desk, tx, visit.member, phone, now))


async def remove(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    reach_id = number(form.get("reach", "")) or 0
    return await _changed(console, visit, lambda tx: alarm.remove(tx, visit.member, reach_id, now))


async def begin_telegram(console: Console, visit: Visit) -> Response:
    """A link that opens the bot in this member's Telegram, with a code that says whose it is."""
    sender, now = console.alerts, time.time()
    if sender is None or Way.TELEGRAM not in sender.ways:
        return await page(console, visit, "Telegram is not set up on this server.", 400)
    code = await console.write(lambda tx: alarm.begin_telegram(tx, visit.member, now))
    link = f"https://t.me/{quote(sender.bot)}?start=staff_{code}" if sender.bot else ""
    minutes = int(reaches.CODE_SECONDS // 60)
    return await page(console, visit, shown={"code": f"/start staff_{code}", "link": link, "minutes": minutes})


async def test(console: Console, visit: Visit) -> Response:
    """A test alert by every way; each says whether it was taken."""
    desk, sender, now = console.office.desk, console.alerts, time.time()
    if sender is None:
        return await page(console, visit, alarm.OFF, 400)
    try:
        known = await console.write(lambda tx: alarm.begin_test(desk, tx, visit.member, now))
    except Refused as refusal:
        return await page(console, visit, str(refusal), 400)
    told = await asyncio.gather(*(asyncio.to_thread(_carried, sender, one) for one in known))
    gone = [one.id for one, taken in zip(known, told, strict=True) if taken is None]
    if gone:
        await console.write(lambda tx: [reaches.remove(tx.connection, visit.member.id, one, now) for one in gone])
    shown = {
        "carried": sorted({one.way.value for one, taken in zip(known, told, strict=True) if taken}),
        "failed": sorted({one.way.value for one, taken in zip(known, told, strict=True) if not taken}),
    }
    return await page(console, visit, shown=shown)


def _carried(sender: alarm.Sender, one: Reach) -> bool | None:
    """Whether it was taken; None for a browser that is not alerted any more."""
    try:
        sender.send(one, "test")
    except Gone:
        return None
    except NotSent:
        return False
    return True


async def script(console: Console, visit: Visit) -> Response:
    """It stands below /staff/ because a browser lets a script like this see only what lies beside it."""
    body = console.alerts.script() if console.alerts else b""
    return Response(body, media_type="text/javascript", headers={"Cache-Control": "no-cache"})
