"""The directory beside a talk: searched without a network, each entry with what is known of it; sent with one press.

What nobody has checked lately is shown as unconfirmed, and takes one more press.
"""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from hotline.console.forms import read_form
from hotline.console.phrases import spoken
from hotline.console.session import Visit
from hotline.desk import work
from hotline.desk.office import Desk
from hotline.desk.view import responder_talk
from hotline.directory.hours import DAYS
from hotline.directory.model import Entry, Kind, Need, Step, in_language
from hotline.directory.search import Found, search
from hotline.plain import number
from hotline.store.contacts import Contact
from hotline.store.guide import open_now
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console

SHOWN = 12
LONGEST_WORDS = 200
_POLICE = {"only with your yes": "consent", "the police answer": "themselves", "": ""}


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. `country` empty: everywhere in the directory."""

    country: str
    need: str = ""
    words: str = ""
    asked: bool = False


def panel(console: Console, contact: Contact, query: Query | None = None) -> dict[str, Any]:
    """The search, what it found, and the country's referral pathway."""
    desk, now = console.office.desk, time.time()
    home = desk.guide.lookup(desk.country)
    query = query or Query(home.code if home else "")
    names = _names(desk)
    found = search(desk.guide, query.words, query.country or None, query.need or None, named=names)
    today = datetime.datetime.fromtimestamp(now, datetime.UTC).date()
    place = desk.guide.lookup(query.country) if query.country else None
    lead = _lead(console, contact)
    return {
        "query": query,
        "countries": sorted((one.name, one.code) for one in desk.guide),
        "needs": [(need.value, _need(names, need)) for need in Need],
        "found": [_row(one, names, today, now, lead) for one in found[:SHOWN]],
        "more": max(0, len(found) - SHOWN),
        "steps": [_step(step, today) for step in place.steps] if place else [],
        "place": place.name if place else "",
        "language": spoken(console, contact),
    }


async def look(console: Console, visit: Visit) -> Response:
    """Search. By a form and not by an address: the browser's history keeps nothing of it."""
    form = await read_form(visit.request)
    country, need = form.get("country", ""), form.get("need", "")
    known = console.office.desk.guide.lookup(country)
    query = Query(
        known.code if known else "",
        need if need in list(Need) else "",
        form.get("words", "").replace("\0", "")[:LONGEST_WORDS],
        asked=True,
    )
    return await console.contact_page(visit, query=query)


async def refer(console: Console, visit: Visit) -> Response:
    """Send an entry of the directory as the responder's answer."""
    form, now = await read_form(visit.request), time.time()
    contact_id, desk, staff_id = visit.request.path_params["id"], console.office.desk, visit.member.id
    talk = await console.read(lambda connection: responder_talk(desk, connection, contact_id, staff_id))
    if talk is None:
        raise work.NotYours
    fence = number(form.get("fence", ""))
    try:
        entry = _chosen(desk, form)
        today = datetime.datetime.fromtimestamp(now, datetime.UTC).date()
        if not entry.origin.confirmed(today) and form.get("sure") != "1":
            raise work.Refused("Nobody has checked this entry lately. Press “Send even so” if you mean it.")
        said, english = _lead(console, talk.contact)
        ways = "\n".join((entry.name, *_sendable(entry)))

        def say(tx: Tx) -> int | None:
            text, means = f"{said}\n{ways}".strip(), f"{english}\n{ways}".strip()
            return work.answer(desk, tx, contact_id, staff_id, text, now, fence=fence, english=means)

        waiting = await console.write(say)
    except work.Refused as refusal:
        return await console.contact_page(visit, str(refusal), "", 400)
    if waiting is not None:
        await asyncio.to_thread(console.ring, waiting)
    return RedirectResponse(f"/staff/contacts/{contact_id}", 303)


def _chosen(desk: Desk, form: Mapping[str, str]) -> Entry:
    """The entry that the form names, with the way that its page showed first; Refused when there is none (any more)."""
    country = desk.guide.lookup(form.get("country", ""))
    for entry in country.entries if country else ():
        ways = _sendable(entry)
        named = entry.kind.value == form.get("kind") and entry.name == form.get("name")
        if named and ways and form.get("way", ways[0]) == ways[0]:
            return entry
    raise work.Refused("This entry is not in the directory. Search again.")


def _lead(console: Console, contact: Contact) -> tuple[str, str]:
    """The sentence before a number, in the caller's language and in English."""
    phrase = console.phrasebook.phrases(spoken(console, contact)).get("pass/number")
    return (phrase.text, phrase.english) if phrase else ("", "")


def _sendable(entry: Entry) -> tuple[str, ...]:
    """By what a caller reaches it, the nearest first; a few ways are enough for one message."""
    ways = (*entry.phones, *entry.phones_abroad, *entry.sms, entry.chat, entry.web)
    return tuple(dict.fromkeys(way for way in ways if way))[:4]


def _row(
    one: Found, names: Mapping[str, str], today: datetime.date, now: float, lead: tuple[str, str]
) -> dict[str, Any]:
    entry, origin = one.entry, one.entry.origin
    ways = _sendable(entry)
    police = _POLICE.get(entry.police.value, "danger")
    return {
        "country": one.country.code,
        "place": one.country.name,
        "kind": entry.kind.value,
        "name": entry.name,
        "urgent": entry.kind is Kind.EMERGENCY,
        "needs": [_need(names, need) for need in entry.needs],
        "phones": entry.phones,
        "abroad": entry.phones_abroad,
        "sms": entry.sms,
        "web": [way for way in (entry.chat, entry.web) if way],
        "open": open_now(one.country, entry, now),
        "hours": in_language(entry.hours, "en")[0] or _hours(entry),
        "cost": entry.cost.value,
        "languages": entry.languages,
        "serves": [serves.value for serves in entry.serves],
        "anonymous": entry.anonymous,
        "police": police,
        "confirmed": origin.confirmed(today),
        "checked_on": str(origin.checked_on or ""),
        "checked_by": origin.checked_by,
        "source": origin.source,
        "source_date": origin.source_date,
        "state": origin.state.value,
        "note": origin.note,
        "way": ways[0] if ways else "",
        "text": "\n".join(part for part in (lead[0], entry.name, *ways) if part) if ways else "",
    }


def _hours(entry: Entry) -> str:
    if entry.open == "always":
        return "24/7"
    spans = []
    for span in entry.spans:
        days = ", ".join(DAYS[a] if a == b else f"{DAYS[a]}–{DAYS[b]}" for a, b in span.runs())
        spans.append(f"{days} {span.clock()}")
    return "; ".join(spans)


def _step(step: Step, today: datetime.date) -> dict[str, Any]:
    return {
        "title": step.name,
        "who": step.who,
        "what": in_language(step.what, "en")[0],
        "confirmed": step.origin.confirmed(today),
        "source": step.origin.source,
        "source_date": step.origin.source_date,
    }


def _names(desk: Desk) -> Mapping[str, str]:
    """The names of needs and countries in English, as the public pages have them."""
    words = desk.shelf.pages.get("en")
    return words.by_key if words else {}


def _need(names: Mapping[str, str], need: Need) -> str:
    return names.get(f"help/need/{need.value}") or need.value.replace("_", " ").capitalize()
