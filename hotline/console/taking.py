"""To take a contact; and what becomes of words that were typed for one that is no longer theirs who typed them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk import work

if TYPE_CHECKING:
    from hotline.console.web import Console


async def claim(console: Console, visit: Visit) -> Response:
    """Take it; what was typed for it before (`draft`) is in the answer field again, or kept beside the refusal."""
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    draft, even_full = form.get("draft", ""), form.get("even_full") == "1"
    try:
        _, waiting = await console.write(
            lambda tx: work.take(desk, tx, contact_id, staff_id, now, even_full=even_full or bool(draft))
        )
    except work.Full as refusal:
        values = {"member": visit.member, "sentence": str(refusal), "id": contact_id}
        return console.page("staff/full.html", values, 409)
    except work.NotYours:
        if draft:
            return kept(console, visit, draft)
        raise
    if waiting is not None:
        await asyncio.to_thread(console.ring, waiting)
    if draft:
        return await console.contact_page(visit, "", draft)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


def kept(console: Console, visit: Visit, draft: str) -> Response:
    """Nothing was sent, and nothing typed is lost. The same for every contact, whether it exists or not."""
    values = {"member": visit.member, "id": "", "draft": draft, "refused": work.NotYours()}
    return console.page("staff/kept.html", values, 404)
