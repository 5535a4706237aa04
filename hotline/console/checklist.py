"""The safety checklist beside a talk: what is ticked, and the phrase that asks for it, one press away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from hotline.checklist import items, missed
from hotline.console.forms import read_form
from hotline.console.phrases import spoken
from hotline.console.session import Visit
from hotline.desk import notes
from hotline.store.contacts import Contact

if TYPE_CHECKING:
    from hotline.console.web import Console


def panel(console: Console, contact: Contact) -> dict[str, Any]:
    """The items of this contact, each with its tick and what its phrase says, and how many are left."""
    codes = [signal.code for signal in contact.conversation.signals]
    phrases = console.phrasebook.phrases(spoken(console, contact))
    rows = []
    for item in items(contact.level, codes):
        phrase = phrases.get(item.phrase)
        ready = phrase if phrase is not None and not phrase.asks else None
        rows.append({"key": item.key, "done": item.key in contact.ticks, "phrase": ready})
    return {"items": rows, "left": len(missed(contact.level, codes, contact.ticks))}


async def tick(console: Console, visit: Visit) -> Response:
    """Tick one thing, or take its tick away: `tick` or `untick` says which."""
    form = await read_form(visit.request)
    contact_id, desk = visit.request.path_params["id"], console.office.desk
    done = "tick" in form
    key = form.get("tick" if done else "untick", "")
    await console.write(lambda tx: notes.tick(desk, tx, contact_id, visit.member.id, key, done=done))
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)
