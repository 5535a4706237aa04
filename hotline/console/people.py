"""Staff accounts, for administrators: invite, switch off, reset; and the journal of what staff did."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from hotline.console.account import day
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.console.signin import NO_STORE
from hotline.desk import presence
from hotline.store import accounts, devices, staff
from hotline.store.staff import Deed, Role, StaffError
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console

PEOPLE = "/staff/people"
JOURNAL_SHOWN = 100


async def page(
    console: Console, visit: Visit, notice: str = "", status: int = 200, invited: tuple[str, str] = ("", "")
) -> Response:
    """`invited`: a name and its link, which is seen only now."""

    def look(connection: Connection) -> dict[str, Any]:
        people = [(one, accounts.factors_of(connection, one.id)) for one in staff.everybody(connection)]
        return {"people": people, "deeds": devices.last_deeds(connection, JOURNAL_SHOWN)}

    values = {"member": visit.member, "roles": list(Role), "day": day, "notice": notice, "invited": invited}
    return console.page("staff/staff.html", {**values, **await console.read(look)}, status)


async def invite(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    name = form.get("name", "")[:200]
    role = next((one for one in Role if one.value == form.get("role")), None)
    if role is None:
        return await page(console, visit, "Choose a role from the list.", 400)
    return await _done(console, visit, lambda tx: accounts.invite(tx.connection, name, role, now), now)


async def reset(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    name = form.get("name", "")[:200]

    def clear(tx: Tx) -> tuple[staff.Member, str]:
        member, secret = accounts.reset_factors(tx.connection, name, now)
        presence.gone(console.office.desk, tx, member.id, now)
        return member, secret

    return await _done(console, visit, clear, now)


async def off(console: Console, visit: Visit) -> Response:
    form, now = await read_form(visit.request), time.time()
    name = form.get("name", "")[:200]

    def switch_off(tx: Tx) -> tuple[staff.Member, str]:
        if staff.found(tx.connection, name).id == visit.member.id:
            raise StaffError("You cannot switch yourself off: ask another administrator.")
        member = staff.switch_off(tx.connection, name, now)
        presence.gone(console.office.desk, tx, member.id, now)
        return member, ""

    return await _done(console, visit, switch_off, now)


async def _done(console: Console, visit: Visit, do: Callable[[Tx], tuple[staff.Member, str]], now: float) -> Response:
    """Both lines of the journal have the same moment: what was done to whom, and who did it."""

    def both(tx: Tx) -> tuple[staff.Member, str]:
        done = do(tx)
        staff.write_journal(tx.connection, visit.member.id, Deed.ADMINISTERED, now)
        return done

    try:
        member, secret = await console.write(both)
    except StaffError as refusal:
        return await page(console, visit, str(refusal), 400)
    if not secret:
        return RedirectResponse(PEOPLE, 303, NO_STORE)
    return await page(console, visit, invited=(member.name, f"{console.accounts.address}/staff/invited/{secret}"))
