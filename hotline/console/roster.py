"""The roster's pages: the week, one's own plans, swaps, and calendars in and out. Thin: parse, ask the desk, render."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from hotline.console import forms
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.contact import Channel
from hotline.desk import roster
from hotline.desk.week import look
from hotline.desk.work import Refused
from hotline.language import LANGUAGES
from hotline.plain import number
from hotline.roster import MOST_AT_ONCE, RANKS, Ability
from hotline.shifts import EARLIEST, LATEST, MOST_WEEKS, Pattern, local
from hotline.store import roster as kept
from hotline.store.ical import LARGEST, Read, Unreadable, read_calendar
from hotline.store.icalout import DAYS_BACK, write_calendar
from hotline.store.writer import Tx
from hotline.store.zones import zone_of

if TYPE_CHECKING:
    from hotline.console.web import Console

Handler = Callable[[Any], Awaitable[Response]]

CALENDAR = "/staff/roster.ics"
"""Opened by its secret and not by signing in: a phone's calendar program has no session."""

PRIVATE = {"Cache-Control": "no-store"}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def table(console: Console) -> list[tuple[str, str, Handler]]:
    """The addresses of the roster."""
    posts: Mapping[str, Callable[[Console, Visit], Awaitable[Response]]] = {
        "shift": add_shift,
        "shift/remove": remove_shift,
        "day": change_day,
        "away": add_absence,
        "away/remove": remove_absence,
        "ability": set_ability,
        "calendar": change_calendar,
        "import": take_in,
    }
    found: list[tuple[str, str, Handler]] = [
        ("/staff/roster", "GET", partial(page, console)),
        (CALENDAR, "GET", partial(calendar, console)),
    ]
    return found + [(f"/staff/roster/{name}", "POST", partial(do, console)) for name, do in posts.items()]


async def page(console: Console, visit: Visit) -> Response:
    return await _page(console, visit, visit.request.query_params)


async def _page(
    console: Console,
    visit: Visit,
    about: Mapping[str, str],
    *,
    notices: Sequence[str] = (),
    taken: int | None = None,
    link: str = "",
    status: int = 200,
) -> Response:
    now, desk = time.time(), console.office.desk
    today = local(now, zone_of(desk.zone)).date()
    wanted = _date(about.get("week", "")) or today
    monday = wanted - timedelta(days=wanted.weekday())
    person = number(about.get("person", "")) or visit.member.id
    seen = await console.read(lambda connection: look(desk, connection, visit.member, person, monday, now))
    values = {
        "member": visit.member,
        "look": seen,
        "zone": desk.zone,
        "today": today,
        "ranks": RANKS,
        "channels": [channel.value for channel in Channel],
        "most_weeks": MOST_WEEKS,
        "most_at_once": MOST_AT_ONCE,
        "notices": notices,
        "taken": taken,
        "link": link,
        "largest": LARGEST // 1024,
    }
    return console.page("staff/roster.html", values, status)


async def _done(
    console: Console, form: Mapping[str, str], do: Callable[[Tx], object], anchor: str = ""
) -> RedirectResponse:
    await console.write(do)
    week, person = _date(form.get("week", "")), number(form.get("person", ""))
    pairs = ([f"week={week}"] if week else []) + ([f"person={person}"] if person else [])
    return RedirectResponse(f"/staff/roster{'?' if pairs else ''}{'&'.join(pairs)}{anchor}", 303, PRIVATE)


async def add_shift(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    pattern = _pattern(form, _person(form, visit), console.office.desk.zone)
    return await _done(console, form, lambda tx: roster.plan_shift(tx, visit.member, pattern, now), "#plans")


async def remove_shift(console: Console, visit: Visit) -> Response:
    form, now, desk = await read_form(visit.request), time.time(), console.office.desk
    pattern = _number(form, "pattern")
    return await _done(console, form, lambda tx: roster.remove_shift(desk, tx, visit.member, pattern, now), "#plans")


async def change_day(console: Console, visit: Visit) -> Response:
    """One day of a shift: offer it, take it, keep it after all, or leave it out."""
    deeds = {"offer": roster.offer, "take": roster.take, "withdraw": roster.withdraw, "leave_out": roster.leave_out}
    form, now = await read_form(visit.request), time.time()
    pattern, day, deed = _number(form, "pattern"), _needed_date(form, "day"), deeds.get(form.get("do", ""))
    if deed is None:
        raise Refused("Say what is to be done with this shift.")
    return await _done(console, form, lambda tx: deed(tx, visit.member, pattern, day, now))


async def add_absence(console: Console, visit: Visit) -> Response:
    form, now, desk = await read_form(visit.request), time.time(), console.office.desk
    first, last = _needed_date(form, "first"), _date(form.get("last", ""))
    whose = None if form.get("everybody") == "1" else _person(form, visit)
    return await _done(
        console, form, lambda tx: roster.be_away(desk, tx, visit.member, whose, first, last or first, now), "#away"
    )


async def remove_absence(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    absence = _number(form, "absence")
    return await _done(console, form, lambda tx: roster.be_back(tx, visit.member, absence, now), "#away")


async def set_ability(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    languages = tuple(tag for tag in LANGUAGES if form.get(f"language_{tag}") == "1")
    channels = tuple(channel.value for channel in Channel if form.get(f"channel_{channel.value}") == "1")
    ability = Ability(languages, channels, number(form.get("most", "")) or 0)
    whose = _person(form, visit)
    return await _done(console, form, lambda tx: roster.set_ability(tx, visit.member, whose, ability, now), "#ability")


async def change_calendar(console: Console, visit: Visit) -> Response:
    """A new secret address, shown once; or none any more."""
    form, now = await read_form(visit.request), time.time()
    if form.get("do") == "drop":
        return await _done(console, form, lambda tx: roster.drop_calendar_key(tx, visit.member, now), "#calendar")
    if form.get("do") != "make":
        raise Refused("Say whether the calendar's address is made or dropped.")
    key = await console.write(lambda tx: roster.new_calendar_key(tx, visit.member, now))
    place = visit.request.url.replace(path=CALENDAR, query=f"key={key}", fragment="")
    link = str(place.replace(scheme="https") if console.rules.secure else place)
    return await _page(console, visit, form, link=link)


async def calendar(console: Console, request: Request) -> Response:
    """The shifts of whoever's secret this is; one and the same answer for every other."""
    key, now = request.query_params.get("key", "")[:200], time.time()

    def read(connection: Any) -> bytes | None:
        owner = kept.calendar_owner(connection, key) if key else None
        return write_calendar(kept.plan(connection, now - DAYS_BACK * 86_400.0), owner, now) if owner else None

    found = await console.read(read)
    if found is None:
        return PlainTextResponse("There is no calendar here.\n", 404, PRIVATE)
    headers = PRIVATE | {"Content-Disposition": 'inline; filename="shifts.ics"'}
    return Response(found, 200, headers, "text/calendar; charset=utf-8")


async def take_in(console: Console, visit: Visit) -> Response:
    """A calendar file becomes shifts and absences; if anything in it is not understood, nothing does."""
    form, body = await read_upload(visit.request)
    whose, zone, now = _person(form, visit), console.office.desk.zone, time.time()
    if not roster.may_plan(visit.member, whose):
        raise Refused("Only supervisors and administrators plan for others.")
    try:
        read: Read = read_calendar(body, whose, zone, away=form.get("what") == "away")
    except Unreadable as fault:
        return await _page(console, visit, form, notices=fault.findings, status=400)
    taken = await console.write(lambda tx: roster.take_in(tx, visit.member, whose, read, now))
    return await _page(console, visit, form, taken=taken)


async def read_upload(request: Request) -> tuple[dict[str, str], bytes]:
    """The fields and the one calendar file of a posted form; Refused when it is not one."""
    too_large = f"The file is larger than {LARGEST // 1024} KB: export fewer years or calendars."
    return await forms.read_upload(request, LARGEST, too_large, "Choose a calendar file (.ics) first.")


def _pattern(form: Mapping[str, str], staff_id: int, zone: str) -> Pattern:
    first, last = _needed_date(form, "first"), _date(form.get("last", ""))
    days = frozenset(day for day in range(7) if form.get(f"day{day}") == "1")
    begins, ends = _minute(form, "begins"), _minute(form, "ends")
    where = form.get("zone", "").strip() or zone
    rank, every = number(form.get("rank", "0")), number(form.get("every", "1"))
    if rank is None or every is None:
        raise Refused("Fill in the rank and the weeks with numbers.")
    if not days:  # no weekday chosen: once, on the first day
        return Pattern(0, staff_id, frozenset({first.weekday()}), begins, ends, where, first, first, rank=rank)
    return Pattern(0, staff_id, days, begins, ends, where, first, last, every, rank)


def _person(form: Mapping[str, str], visit: Visit) -> int:
    return number(form.get("person", "")) or visit.member.id


def _number(form: Mapping[str, str], name: str) -> int:
    found = number(form.get(name, ""))
    if found is None or found >= 1 << 31:  # PostgreSQL counts no further
        raise Refused("The form does not say what is meant.")
    return found


def _minute(form: Mapping[str, str], name: str) -> int:
    match = _CLOCK.fullmatch(form.get(name, ""))
    if match is None:
        raise Refused("Fill in when the shift begins and ends, as 08:00.")
    return int(match[1]) * 60 + int(match[2])


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found is not None and EARLIEST <= found <= LATEST - timedelta(days=31) else None


def _needed_date(form: Mapping[str, str], name: str) -> date:
    found = _date(form.get(name, ""))
    if found is None:
        raise Refused("Fill in the day as 2026-11-24.")
    return found
