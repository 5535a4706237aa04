"""The phrasebook beside a conversation: sentences written beforehand in the caller's language, sent with one press."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from hotline.console.forms import read_form
from hotline.console.session import Visit
from hotline.desk import work
from hotline.desk.view import responder_talk
from hotline.language import LANGUAGES
from hotline.plain import number
from hotline.store.contacts import Contact
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console

LONGEST_WAIT = 600
_TIME = re.compile(r"^([01]?[0-9]|2[0-3])[:.][0-5][0-9]$")


def panel(console: Console, contact: Contact) -> dict[str, Any]:
    """The phrases of the caller's language by group, with its tag, its direction, and whether no native speaker has read it."""
    language = spoken(console, contact)
    phrases = console.phrasebook.phrases(language).values()
    groups = [(name, list(some)) for name, some in groupby(phrases, key=lambda phrase: phrase.group)]
    unread = console.office.desk.shelf.reviews[language].unread
    return {"language": language, "direction": LANGUAGES[language].direction, "groups": groups, "unread": unread}


def spoken(console: Console, contact: Contact) -> str:
    return contact.conversation.language or console.office.desk.default_language


async def send(console: Console, visit: Visit) -> Response:
    """Send one phrase as the responder's answer."""
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    talk = await console.read(lambda connection: responder_talk(desk, connection, contact_id, staff_id))
    if talk is None:
        raise work.NotYours
    language, key = spoken(console, talk.contact), form.get("phrase", "")
    try:
        text = console.phrasebook.said(language, key, _filled(form))
        if text is None:
            raise work.Refused("Choose a phrase, and fill in the minutes or the time where it asks for them.")
        english = console.phrasebook.said("en", key, _filled(form)) or ""
        fence = number(form.get("fence", ""))

        def say(tx: Tx) -> int | None:
            return work.answer(desk, tx, contact_id, staff_id, text, now, fence=fence, english=english)

        waiting = await console.write(say)
    except work.Refused as refusal:
        return await console.contact_page(visit, str(refusal), "", 400)
    if waiting is not None:
        await asyncio.to_thread(console.ring, waiting)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


def _filled(form: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, each thing only if it is what it should be."""
    found = {}
    minutes, time_of_day = number(form.get("minutes", "").strip()), form.get("time", "").strip()
    if minutes is not None and 1 <= minutes <= LONGEST_WAIT:
        found["minutes"] = str(minutes)
    if _TIME.match(time_of_day):
        found["time"] = time_of_day
    return found
