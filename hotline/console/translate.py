"""Machine translation beside a talk: what is shown of it, and the wish to see an answer translated back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from hotline.console.forms import read_form
from hotline.console.phrases import spoken
from hotline.console.session import Visit
from hotline.desk import translate
from hotline.plain import number
from hotline.store.contacts import Contact

if TYPE_CHECKING:
    from hotline.console.web import Console

READS, OTHERS, NONE, NEEDLESS = "reads", "others", "none", "needless"


async def state(console: Console, contact: Contact) -> str:
    """`needless` if the caller writes what the console reads; else if an engine `reads` it, only `others`, or there is none."""
    if spoken(console, contact) == translate.STAFF_LANGUAGE:
        return NEEDLESS
    default, now = console.office.desk.default_language, time.time()

    def ask(connection: Connection) -> tuple[bool, bool]:
        return translate.can(connection, contact, default, now)

    some, this = await console.read(ask)
    return READS if this else OTHERS if some else NONE


async def back(console: Console, visit: Visit) -> Response:
    """Ask for an answer of one's own in the responder's language again."""
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    line = number(form.get("number", ""))
    await console.write(lambda tx: translate.ask_back(desk, tx, contact_id, staff_id, line, now))
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)
