"""Notes between colleagues inside a contact."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk import notes, work

if TYPE_CHECKING:
    from hotline.console.web import Console


async def write(console: Console, visit: Visit) -> Response:
    """Write a note; one that is refused comes back with what was typed."""
    form, now = await read_form(visit.request), time.time()
    contact_id, text = visit.request.path_params["id"], form.get("text", "").replace("\0", "")
    desk, member = console.office.desk, visit.member
    try:
        await console.write(lambda tx: notes.note(desk, tx, contact_id, member, text, now))
    except work.Refused as refusal:
        return await console.contact_page(visit, str(refusal), status=400, note=text)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)
