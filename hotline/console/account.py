"""The account page: one's own password, passkeys, authenticator app, recovery codes, and signing out everywhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyotp
import segno
from starlette.responses import JSONResponse, RedirectResponse, Response

from hotline.console import session
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.console.signin import NO_STORE, brought_to_add, code_at, come_in, gone, options_to_add, told
from hotline.console.webauthn import PasskeyRefused
from hotline.desk import presence
from hotline.store import accounts, devices, passkeys, staff
from hotline.store.staff import StaffError, Stage
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console

FRESH_SECONDS = 900.0
"""What an account is opened with may be changed this long after signing in: a desk left open is not enough."""

DEEDS_SHOWN = 12
ACCOUNT = "/staff/account"


async def page(
    console: Console, visit: Visit, notice: str = "", status: int = 200, shown: Mapping[str, Any] | None = None
) -> Response:
    """`shown`: what is seen only now: recovery codes, or the secret of an app."""
    now, staff_id = time.time(), visit.member.id
    began_after = now - console.rules.longest_seconds

    def look(connection: Any) -> dict[str, Any]:
        return {
            "factors": accounts.factors_of(connection, staff_id),
            "passkeys": passkeys.of(connection, staff_id),
            "sessions": accounts.sessions_of(connection, staff_id, began_after),
            "deeds": devices.last_deeds(connection, DEEDS_SHOWN, staff_id),
        }

    values = {
        "member": visit.member,
        "setting_up": visit.stage is Stage.NEW,
        "fresh": is_fresh(visit, now),
        "notice": notice,
        "codes": [],
        "day": day,
        "secret": "",
        "link": "",
        "picture": None,
        "rp_id": console.accounts.site.rp_id,
        "elsewhere": _elsewhere(console, visit),
        **await console.read(look),
        **(shown or {}),
    }
    return console.page("staff/account.html", values, status)


def day(at: float) -> str:
    """The day of a moment, UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))


def _elsewhere(console: Console, visit: Visit) -> str:
    """Where this page has to be opened for passkeys, if not here: browsers know none for an IP address."""
    host = visit.request.headers.get("host", "")
    here = [one for one in console.accounts.site.origins if one.endswith(f"//{host}")]
    return "" if not here or here[0] == console.accounts.site.origins[-1] else console.accounts.site.origins[-1]


def is_fresh(visit: Visit, now: float) -> bool:
    return now - visit.began_at <= FRESH_SECONDS


def _check_fresh(visit: Visit) -> None:
    if not is_fresh(visit, time.time()):
        raise StaffError("You signed in more than a quarter of an hour ago. Sign out and in again to change this.")


async def change_password(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    old, new = form.get("old", "")[:1000], form.get("password", "")[:1000]
    _, hashed = await console.read(lambda connection: staff.login_row(connection, visit.member.name))
    has = hashed != staff.NOBODY
    try:
        _check_fresh(visit)
        staff.check_password(new)
        if new != form.get("again", ""):
            raise StaffError("The two passwords differ: type the same one twice.")
        async with console.lanes.turn(known=True):
            fits = not has or await asyncio.to_thread(staff.password_fits, hashed, old)
            fresh = await asyncio.to_thread(staff.hash_password, new)
        if not fits:
            raise StaffError("This is not your present password.")
    except StaffError as refusal:
        return await page(console, visit, str(refusal), 400)
    await console.write(lambda tx: accounts.set_password(tx.connection, visit.member.id, fresh, now, keep=visit.token))
    return RedirectResponse(ACCOUNT, 303, NO_STORE)


# Authenticator app


async def begin_app(console: Console, visit: Visit) -> Response:
    secret, key, staff_id = pyotp.random_base32(), console.accounts.key, visit.member.id
    try:
        _check_fresh(visit)
        sealed = await asyncio.to_thread(key.seal, staff_id, secret)
        await console.write(lambda tx: accounts.begin_app(tx.connection, staff_id, sealed))
    except StaffError as refusal:
        return await page(console, visit, str(refusal), 400)
    link = pyotp.TOTP(secret).provisioning_uri(name=visit.member.name, issuer_name=console.accounts.site.name)
    return await page(console, visit, shown={"secret": secret, "link": link, "picture": picture_of(link)})


QUIET = 4
"""White modules around a QR code: readers need them to find it (ISO/IEC 18004)."""


def picture_of(link: str) -> dict[str, Any]:
    """A QR code as the side of its square and the path that draws it: no file holds the key, and no address leads to it."""
    rows = [bytes(row) for row in segno.make(link, error="m", micro=False).matrix]
    strokes = [
        f"M{across + QUIET} {down + QUIET}h1v1h-1z"
        for down, row in enumerate(rows)
        for across, dark in enumerate(row)
        if dark
    ]
    return {"side": len(rows) + 2 * QUIET, "path": "".join(strokes)}


async def confirm_app(console: Console, visit: Visit) -> Response:
    """The first code shows that the app has the secret; from now on the account asks for one."""
    form, now, staff_id = await read_form(visit.request), time.time(), visit.member.id
    code, key = form.get("code", ""), console.accounts.key

    def take(tx: Tx) -> list[str] | None:
        tried = accounts.take_code(tx.connection, staff_id, code, now, key, code_at, confirming=True, known=True)
        if not tried.taken:
            return None
        has_some = accounts.factors_of(tx.connection, staff_id).recovery
        return [] if has_some else accounts.make_recovery(tx.connection, staff_id, now)

    try:
        _check_fresh(visit)
        codes = await console.write(take)
        if codes is None:
            raise StaffError("This code does not fit. Check the clock of your phone, and begin again with a new key.")
    except StaffError as refusal:
        return await page(console, visit, str(refusal), 400)
    visit, token = await _all_the_way_in(console, visit)
    response = await page(console, visit, "console/account/app_added", shown={"codes": codes})
    if token:
        session.set_cookie(response, token, console.rules)
    return response


async def _all_the_way_in(console: Console, visit: Visit) -> tuple[Visit, str]:
    """Who had to set up a second step first is in now, with another session; its token, if there is a new one."""
    if visit.stage is Stage.IN:
        return visit, ""
    now = time.time()

    def enter(tx: Tx) -> str:
        staff.close_session(tx.connection, visit.token)
        return staff.open_session(tx.connection, visit.member, now)

    token = await console.write(enter)
    return Visit(visit.request, visit.member, token, Stage.IN, now), token


async def remove_app(console: Console, visit: Visit) -> Response:
    now, staff_id = time.time(), visit.member.id

    def remove(tx: Tx) -> None:
        accounts.remove_app(tx.connection, staff_id, now)
        _still_safe(console, tx, staff_id)

    return await _changed(console, visit, remove)


def _still_safe(console: Console, tx: Tx, staff_id: int) -> None:
    """Refused, and with it whatever this transaction did, when it would leave too little to sign in with."""
    left = accounts.factors_of(tx.connection, staff_id)
    if not left.password and not left.passkeys:
        raise StaffError("This is the only thing you can sign in with: choose a password or add a passkey first.")
    if console.accounts.second and not left.second:
        raise StaffError("Every account needs a second step: set up another one before you remove this one.")


async def _changed(console: Console, visit: Visit, change: Any) -> Response:
    try:
        _check_fresh(visit)
        await console.write(change)
    except StaffError as refusal:
        return await page(console, visit, str(refusal), 400)
    return RedirectResponse(ACCOUNT, 303, NO_STORE)


async def new_recovery(console: Console, visit: Visit) -> Response:
    now, staff_id = time.time(), visit.member.id
    try:
        _check_fresh(visit)
        codes = await console.write(lambda tx: accounts.make_recovery(tx.connection, staff_id, now))
    except StaffError as refusal:
        return await page(console, visit, str(refusal), 400)
    return await page(console, visit, shown={"codes": codes})


# Passkeys


async def add_options(console: Console, visit: Visit) -> Response:
    try:
        _check_fresh(visit)
    except StaffError as refusal:
        return told("", 400, str(refusal))
    return await options_to_add(console, visit.member)


async def add_passkey(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    try:
        _check_fresh(visit)
        made = await brought_to_add(console, visit.member, form)
        await console.write(lambda tx: passkeys.add(tx.connection, made, now))
    except PasskeyRefused:
        return told("refused", 403)
    except StaffError as refusal:
        return told("", 400, str(refusal))
    if visit.stage is Stage.NEW:
        return await come_in(console, visit.request, visit.member, Stage.IN, by_script=True, go=ACCOUNT)
    return JSONResponse({"go": ACCOUNT}, headers=NO_STORE)


async def remove_passkey(console: Console, visit: Visit) -> Response:
    form, now, staff_id = await read_form(visit.request), time.time(), visit.member.id
    try:
        passkey_id = bytes.fromhex(form.get("passkey", ""))
    except ValueError:
        passkey_id = b""

    def remove(tx: Tx) -> None:
        passkeys.remove(tx.connection, staff_id, passkey_id, now)
        _still_safe(console, tx, staff_id)

    return await _changed(console, visit, remove)


async def everywhere(console: Console, visit: Visit) -> Response:
    now = time.time()

    def end(tx: Tx) -> None:
        accounts.sign_out_everywhere(tx.connection, visit.member.id, now)
        presence.gone(console.office.desk, tx, visit.member.id, now)

    await console.write(end)
    console.presence.gone(visit.member.id)
    return gone(console)
