"""Coming in: name and password, the second step, or a passkey; and going out.

An account that is not there looks and takes as long as a wrong password, and no account is ever locked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pyotp
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from hotline.console import roles, session, webauthn
from hotline.console.forms import read_form
from hotline.console.session import Busy, Visit
from hotline.console.webauthn import PasskeyRefused
from hotline.desk import presence
from hotline.store import accounts, devices, passkeys, staff
from hotline.store.passkeys import Purpose
from hotline.store.staff import Deed, Member, StaffError, Stage
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console

REFUSED_SECONDS = 0.3
HALF_SECONDS = 300.0
"""How long after the password the second step may come."""

NO_STORE = {"Cache-Control": "no-store"}


def code_at(secret: str, step: int) -> str:
    """The code of an authenticator app at that step of the clock."""
    return pyotp.TOTP(secret).generate_otp(step)


# Name and password


async def login_page(console: Console, request: Request) -> Response:
    return _login_page(console, "", "", 200)


def _login_page(console: Console, notice: str, name: str, status: int) -> Response:
    return console.page("staff/login.html", {"notice": notice, "name": name, "demo_staff": console.demo_staff}, status)


async def login(console: Console, request: Request) -> Response:
    form = await read_form(request)
    name, password, now = form.get("name", "")[:200], form.get("password", "")[:1000], time.time()
    device = request.cookies.get(console.rules.device_cookie, "")
    member, hashed = await console.read(lambda connection: staff.login_row(connection, name))
    asked = member.id if member is not None else 0
    known = await console.read(lambda connection: devices.knows_device(connection, asked, device, now))
    try:
        async with console.lanes.turn(known=known):
            fits = await asyncio.to_thread(staff.password_fits, hashed, password)
    except Busy:
        return _login_page(console, "console/login/busy", name, 429)
    if member is None or not fits:
        # Beside the pause, not after it: a name that is there must not take longer by a commit.
        await asyncio.gather(asyncio.sleep(REFUSED_SECONDS), console.write(partial(_refused, member, device, now)))
        return _login_page(console, "console/login/refused", name, 403)
    factors = await console.read(lambda connection: accounts.factors_of(connection, member.id))
    return await come_in(console, request, member, stage_after_password(console, factors))


def stage_after_password(console: Console, factors: accounts.Factors) -> Stage:
    if factors.second:
        return Stage.HALF
    return Stage.NEW if console.accounts.second else Stage.IN


def _refused(member: Member | None, device: str, now: float, tx: Tx) -> None:
    if member is not None:
        staff.write_journal(tx.connection, member.id, Deed.LOGIN_REFUSED, now)
    if device:
        devices.device_failed(tx.connection, device)


async def come_in(
    console: Console, request: Request, member: Member, stage: Stage, *, by_script: bool = False, go: str = ""
) -> Response:
    """A new session in place of whatever this browser had: no session from before a sign-in is good after it."""
    old, now, rules = session.token_of(request, console.rules), time.time(), console.rules
    device = request.cookies.get(rules.device_cookie, "")
    remember = console.accounts.remember and stage is Stage.IN

    def enter(tx: Tx) -> tuple[str, str]:
        if old:
            staff.close_session(tx.connection, old)
        token = staff.open_session(tx.connection, member, now, stage)
        if not remember:
            return token, ""
        if devices.knows_device(tx.connection, member.id, device, now):
            devices.device_fits(tx.connection, device, now)
            return token, ""
        return token, devices.know_device(tx.connection, member.id, now)

    token, new_device = await console.write(enter)
    go = go or (roles.HOME[member.role] if stage is Stage.IN else roles.NEXT[stage])
    response = JSONResponse({"go": go}, headers=NO_STORE) if by_script else RedirectResponse(go, 303, NO_STORE)
    session.set_cookie(response, token, rules)
    if new_device:
        session.set_device_cookie(response, new_device, rules)
    return response


async def logout(console: Console, visit: Visit) -> Response:
    staff_id, rules = visit.member.id, console.rules

    def end(tx: Tx) -> bool:
        now = time.time()
        staff.close_session(tx.connection, visit.token)
        staff.write_journal(tx.connection, staff_id, Deed.LOGGED_OUT, now)
        idle, longest = rules.idle_seconds, rules.longest_seconds
        if accounts.still_in(tx.connection, staff_id, now, idle_seconds=idle, longest_seconds=longest):
            return False
        presence.gone(console.office.desk, tx, staff_id, now)
        return True

    if await console.write(end):
        console.presence.gone(staff_id)
    return gone(console)


def gone(console: Console) -> Response:
    response = RedirectResponse("/staff/login", 303, {**NO_STORE, "Clear-Site-Data": '"cache", "storage"'})
    session.drop_cookie(response, console.rules)
    return response


# The second step


async def second_page(
    console: Console, visit: Visit, notice: str = "", status: int = 200, more: Mapping[str, str] | None = None
) -> Response:
    factors = await console.read(lambda connection: accounts.factors_of(connection, visit.member.id))
    values = {"member": None, "factors": factors, "notice": notice, "more": more or {}}
    return console.page("staff/second.html", values, status)


async def second(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    if now - visit.began_at > HALF_SECONDS:
        return RedirectResponse("/staff/login", 303, NO_STORE)
    device = visit.request.cookies.get(console.rules.device_cookie, "")
    key, staff_id = console.accounts.key, visit.member.id

    def look(tx: Tx) -> accounts.Tried:
        if form.get("recovery"):
            return accounts.Tried(accounts.use_recovery(tx.connection, staff_id, form["recovery"], now))
        known = devices.knows_device(tx.connection, staff_id, device, now)
        tried = accounts.take_code(tx.connection, staff_id, form.get("code", ""), now, key, code_at, known=known)
        if known and not tried.taken:
            devices.device_failed(tx.connection, device)
        return tried

    try:
        tried = await console.write(look)
    except StaffError as refusal:
        return await second_page(console, visit, str(refusal), 503)
    if tried.taken:
        return await come_in(console, visit.request, visit.member, Stage.IN)
    await asyncio.sleep(REFUSED_SECONDS)
    if tried.wait:
        wait = {"seconds": str(int(tried.wait) + 1)}
        return await second_page(console, visit, "console/second/wait", 403, wait)
    return await second_page(console, visit, "console/second/refused", 403)


# Passkeys


async def passkey_options(console: Console, request: Request) -> Response:
    now = time.time()
    challenge = await console.write(lambda tx: passkeys.new_challenge(tx.connection, Purpose.SIGN_IN, None, now))
    return Response(
        webauthn.options_to_sign_in(console.accounts.site, challenge), headers=NO_STORE, media_type="application/json"
    )


async def passkey(console: Console, request: Request) -> Response:
    """Signed in by a passkey: its device has looked who holds it, so no second step follows."""
    form, now = await read_form(request), time.time()
    try:
        member = await _member_of(console, webauthn.read(form.get("answer", "")), now)
    except PasskeyRefused:
        await asyncio.sleep(REFUSED_SECONDS)
        return told("refused", 403)
    return await come_in(console, request, member, Stage.IN, by_script=True)


async def _member_of(console: Console, brought: webauthn.Brought, now: float) -> Member:
    """The challenge is used up first, whatever comes of it; the counter is moved on only from where it was read."""
    if not await console.write(
        lambda tx: passkeys.take_challenge(tx.connection, brought.challenge, Purpose.SIGN_IN, None, now)
    ):
        raise PasskeyRefused
    held = await console.read(lambda connection: passkeys.by_id(connection, brought.passkey_id))
    if held is None:
        raise PasskeyRefused
    try:
        counter = await asyncio.to_thread(webauthn.counter_of, console.accounts.site, brought, held)
    except PasskeyRefused:
        await console.write(lambda tx: staff.write_journal(tx.connection, held.staff_id, Deed.PASSKEY_REFUSED, now))
        raise

    def use(tx: Tx) -> Member | None:
        member = accounts.active_member(tx.connection, held.staff_id)
        return member if passkeys.note_use(tx.connection, held, counter, now) else None

    member = await console.write(use)
    if member is None:
        raise PasskeyRefused
    return member


def told(why: str, status: int, sentence: str = "") -> Response:
    """For the page's script: which of its sentences to show, or one that is not among them."""
    return JSONResponse({"why": why, "told": sentence}, status, NO_STORE)


async def options_to_add(console: Console, member: Member) -> Response:
    now = time.time()

    def prepare(tx: Tx) -> tuple[list[passkeys.Passkey], bytes]:
        there = passkeys.of(tx.connection, member.id)
        return there, passkeys.new_challenge(tx.connection, Purpose.ADD, member.id, now)

    there, challenge = await console.write(prepare)
    text = webauthn.options_to_add(console.accounts.site, member.id, member.name, there, challenge)
    return Response(text, headers=NO_STORE, media_type="application/json")


async def brought_to_add(console: Console, member: Member, form: Mapping[str, str]) -> passkeys.Passkey:
    """The passkey that this form brings for this member, checked and not yet stored."""
    brought, now = webauthn.read(form.get("answer", "")), time.time()
    if not await console.write(
        lambda tx: passkeys.take_challenge(tx.connection, brought.challenge, Purpose.ADD, member.id, now)
    ):
        raise PasskeyRefused
    name = form.get("name", "")
    return await asyncio.to_thread(webauthn.added, console.accounts.site, brought, member.id, name)
