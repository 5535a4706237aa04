"""Closing a contact: the lists beside the talk, and the page that shows what was destroyed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from hotline.checklist import missed
from hotline.coding import LISTS, Coding, NotInTheLists, guessed, read
from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk import work
from hotline.directory.model import Need as Referral
from hotline.store.contacts import Contact
from hotline.store.remains import remains
from hotline.tally import STAFF_OUTCOMES

if TYPE_CHECKING:
    from hotline.console.web import Console

ALWAYS = ("contacts", "messages", "vault", "outbox", "sent")
AT_TIMES = ("codes", "translations", "parcels")
"""The tables in which something of a contact can stand; the page names these only where something stood in them."""


def panel(contact: Contact, sent: Coding | None = None) -> dict[str, Any]:
    """The lists with what is chosen in them: what was just sent, if that was refused, else what the script knew."""
    conversation = contact.conversation
    place = [conversation.place] if conversation.place else []
    chosen = sent or guessed(conversation.signals, [*conversation.trail, *place])
    signals = {signal.code for signal in conversation.signals}
    return {
        "lists": [(name, list(values), getattr(chosen, name)) for name, values in LISTS.items()],
        "outcomes": STAFF_OUTCOMES,
        "outcome": chosen.outcome,
        "referrals": [(one, one in chosen.referrals) for one in Referral],
        "missed": missed(contact.level, signals, contact.ticks),
        "again": sent is not None,
    }


async def close(console: Console, visit: Visit) -> Response:
    """Count and destroy, then look into the database anew and show that nothing is left."""
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    even_unsent = form.get("even_unsent") == "1"
    try:
        coding = read(form)
        destroyed = await console.write(
            lambda tx: work.close(desk, tx, contact_id, staff_id, coding, now, even_unsent=even_unsent)
        )
    except NotInTheLists:
        return await console.contact_page(visit, "Choose what it was about and how it ended from the lists.", "", 400)
    except work.Refused as refusal:
        return await console.contact_page(visit, str(refusal), "", 400, coding=coding)
    left = await console.read(lambda connection: remains(connection, contact_id))
    board = await console.board_table(visit)
    meant = [one for one in board["waiting"] if one["id"] in board["next"]]
    values = {
        "member": visit.member,
        "board": board,
        "next": next(iter([*meant, *board["waiting"]]), None),
        "channel": destroyed.channel.value,
        "rows": shown(destroyed.rows, left),
        "clean": not any(left.values()),
    }
    return console.page("staff/closed.html", values)


def shown(before: Mapping[str, int], left: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """What was there and what is there now; a table that the page has no name for counts as the contact's."""
    named = {name: (before[name], left[name]) for name in (*ALWAYS, *AT_TIMES)}
    others = [name for name in before if name not in named]
    own, own_left = named["contacts"]
    named["contacts"] = own + sum(before[name] for name in others), own_left + sum(left[name] for name in others)
    return [(name, was, now) for name, (was, now) in named.items() if name in ALWAYS or was or now]
