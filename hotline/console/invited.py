"""An invitation's link: the invited person chooses a password or makes a passkey, and the link is used up with it."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from hotline.console.forms import read_form
from hotline.console.signin import brought_to_add, come_in, options_to_add, stage_after_password, told
from hotline.console.webauthn import PasskeyRefused
from hotline.store import accounts, passkeys, staff
from hotline.store.staff import Member, StaffError, Stage
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console


async def invited_page(console: Console, request: Request, notice: str = "", status: int = 200) -> Response:
    key, now = request.path_params["key"], time.time()
    member, protected = await console.read(partial(_whom, key, now))
    values = {"member": None, "invited": member, "protected": protected, "key": key, "notice": notice}
    return console.page("staff/invited.html", values, status if member is not None else 404)


def _whom(key: str, now: float, connection: Connection) -> tuple[Member | None, bool]:
    """Whom the link invites, and whether that account has a second step: a link alone must not get around it."""
    member = accounts.invited(connection, key, now)
    return member, member is not None and accounts.factors_of(connection, member.id).second


async def take_invitation(console: Console, request: Request) -> Response:
    """The invited person chooses a password. The link is used up with it."""
    form, key, now = await read_form(request), request.path_params["key"], time.time()
    password = form.get("password", "")[:1000]
    try:
        staff.check_password(password)
    except StaffError as refusal:
        return await invited_page(console, request, str(refusal), 400)
    if password != form.get("again", ""):
        return await invited_page(console, request, "The two passwords differ: type the same one twice.", 400)
    if await console.read(lambda connection: accounts.invited(connection, key, now)) is None:
        return await invited_page(console, request)
    async with console.lanes.turn(known=True):  # whoever holds a link that is good has been asked in
        hashed = await asyncio.to_thread(staff.hash_password, password)

    def take(tx: Tx) -> tuple[Member, accounts.Factors] | None:
        member = accounts.take_invitation(tx.connection, key, now)
        if member is None:
            return None
        accounts.set_password(tx.connection, member.id, hashed, now)
        return member, accounts.factors_of(tx.connection, member.id)

    taken = await console.write(take)
    if taken is None:
        return await invited_page(console, request)
    member, factors = taken
    return await come_in(console, request, member, stage_after_password(console, factors))


async def invited_options(console: Console, request: Request) -> Response:
    key, now = request.path_params["key"], time.time()
    member, protected = await console.read(partial(_whom, key, now))
    return await options_to_add(console, member) if member and not protected else told("over", 404)


async def take_invitation_by_passkey(console: Console, request: Request) -> Response:
    form, key, now = await read_form(request), request.path_params["key"], time.time()
    member, protected = await console.read(partial(_whom, key, now))
    if member is None or protected:
        return told("over", 404)

    def take(tx: Tx) -> bool:
        if accounts.take_invitation(tx.connection, key, now) is None:
            return False
        passkeys.add(tx.connection, made, now)
        return True

    try:
        made = await brought_to_add(console, member, form)
        if not await console.write(take):
            return told("over", 404)
    except PasskeyRefused:
        return told("refused", 403)
    except StaffError as refusal:
        return told("", 400, str(refusal))
    return await come_in(console, request, member, Stage.IN, by_script=True)
