"""Every page of the house, found from its router, with people and callers in every state: for tests and pictures of looks.

A route that is new is found by itself: its page is opened by somebody who may. What needs a story to come to stands in
`stories`.
"""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect
from starlette.routing import Route

from app.demo import Phones
from hotline.console.roles import MAY
from hotline.contact import Channel
from hotline.desk import work
from hotline.message import Attachment
from hotline.store import accounts, staff, tallies
from hotline.store.contacts import Contact
from hotline.store.staff import ANSWERING, Role, Stage
from hotline.store.writer import Tx
from hotline.tally import Cell
from tests.loopback_help import Server
from tests.people import Caller, Responder, hire
from tests.server_help import House, open_house

PEOPLE = {
    "Chloe": Role.RESPONDER,
    "Emil": Role.RESPONDER,
    "Sara": Role.SUPERVISOR,
    "Dina": Role.ADMINISTRATOR,
    "Mona": Role.MANAGER,
}
SENDERS = {
    Channel.SMS: "+4790000001",
    Channel.WHATSAPP: "+4790000002",
    Channel.TELEGRAM: "700000003",
    Channel.SIGNAL: "+4790000004",
    Channel.WEBCHAT: "a token that only one browser has",
}
NOT_PAGES = ("/healthz", "/readyz", "/webhooks", "/staff/events", "/staff/roster.ics", "/demo/phone.json", "/figures.")
"""Addresses that a browser asks for and that are no pages; whatever else does not answer with HTML is left out as well."""

PATIENCE = 20_000
"""Milliseconds; the machine may be busy with others."""

LONG = "I worked in a kitchen from six in the morning until midnight and he kept my passport. " * 6
ARABIC = "أخذ جواز سفري ولا أستطيع الخروج من البيت"
SAID = (
    "My boss took my passport",
    LONG,
    ARABIC,
    "https://pаypal.example/login?next=//evil.example",
    "Donaudampfschifffahrtsgesellschaftskapitän" * 8,
)


CAMPAIGNS = ("building-sites", "rights-norway", "when-home-is-not-safe")
EVERY_CAMPAIGN = "EVERY_CAMPAIGN" in os.environ
"""Set by `make soak`: every page of every campaign is looked at, which takes minutes."""


@dataclass(frozen=True)
class Stop:
    """One page in one state. `who`: the cookie it is opened with; `acts`: what is done there before it is looked at."""

    name: str
    path: str
    who: str = ""
    acts: Callable[[Page], None] | None = None
    language: str = "en"


@dataclass(repr=False)
class Site:
    """A running house. `tokens`: the session of each person, and of some who are not all the way in."""

    house: House
    base: str
    phones: Phones
    people: dict[str, Responder] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    contacts: dict[Channel, Contact] = field(default_factory=dict)
    invitation: str = ""

    def context(self, browser: Browser, who: str = "", **more: Any) -> BrowserContext:
        """A window of this person's browser."""
        context = browser.new_context(**{"locale": "en-US", **more})
        if who:
            context.add_cookies([{"name": "staff", "value": self.tokens[who], "url": self.base}])
        return context

    def takes(self, name: str, contact: Contact) -> Contact:
        """However many this person has already."""
        office, someone, now = self.house.office, self.people[name], time.time()
        return office.write(lambda tx: work.claim(office.desk, tx, contact.id, someone.id, now, even_full=True))

    def comes(self, page: Page, stop: Stop) -> None:
        """Opens the page and does what brings it into its state."""
        page.goto(self.base + stop.path)
        if stop.acts:
            stop.acts(page)


@contextmanager
def open_site(folder: Path, **changes: Any) -> Iterator[Site]:
    """The real application on a port of loopback, with its staff signed in and nobody waiting.

    It is opened and closed in a thread of its own: the browser's driver keeps a loop running in the test's.
    """
    opening = _opened_site(folder, **changes)
    with ThreadPoolExecutor(1) as elsewhere:
        try:
            yield elsewhere.submit(opening.__enter__).result()
        finally:
            elsewhere.submit(opening.__exit__, None, None, None).result()


@contextmanager
def _opened_site(folder: Path, **changes: Any) -> Iterator[Site]:
    changes = {"with_pages": True, "second_factor": False, "signal_number": "+4780000009", **changes}
    with Server() as server, open_house(folder, public_url=server.url, **changes) as house:
        phones = Phones(house.settings, house.server.pages)
        house.server.extra = phones.routes()
        server.app = house.server.application()
        house = replace(house, app=server.app)
        site = Site(house, server.url, phones)
        for name, role in PEOPLE.items():
            site.people[name] = hire(house.office, name, role)
            site.tokens[name] = opened(house, site.people[name])
        site.tokens["half in"] = opened(house, site.people["Emil"], Stage.HALF)
        site.tokens["setting up"] = opened(house, site.people["Emil"], Stage.NEW)
        _, site.invitation = house.office.write(
            lambda tx: accounts.invite(tx.connection, "Farid", Role.RESPONDER, time.time())
        )
        yield site


def opened(house: House, someone: Responder, stage: Stage = Stage.IN) -> str:
    """The token of a fresh session."""
    return house.office.write(lambda tx: staff.open_session(tx.connection, someone.member, time.time(), stage))


def fill(site: Site) -> None:
    """Callers on five channels with Chloe, others who wait at every level, a shift, an application's figures."""
    office, now = site.house.office, time.time()
    for name in ("Chloe", "Sara"):
        site.people[name].begins_shift(now - 60)
    for channel, sender in SENDERS.items():
        caller = Caller(office, sender, channel)
        contact = site.takes("Chloe", caller.asks_for_a_person(now))
        for text in SAID:
            caller.writes(text, now)
        caller.writes("", now, attachments=(Attachment.PHOTO,))
        site.people["Chloe"].answers(contact, "I am here. You are not alone.", now)
        site.contacts[channel] = caller.open_contact(now)
    _special(site, now)
    for number, text in enumerate(("he has a knife", "he took my passport and my pay", "I want to know my rights", "")):
        waits = Caller(office, f"+479000010{number}")
        waits.asks_for_a_person(now - 3600 * number)
        if text:
            waits.writes(text, now)
    cells = {
        Cell("2026-W46", "channel", "sms"): 12,
        Cell("2026-W47", "channel", "webchat"): 3,
        Cell("2026-W47", "channel*level", "sms", "urgent"): 19,
    }

    def count(tx: Tx) -> None:
        for cell, many in cells.items():
            tallies.count(tx.connection, [cell], many)

    office.write(count)


def _special(site: Site, now: float) -> None:
    """One whose phone is in other hands, one who sent STOP, one whom Emil has joined, one whose window has closed."""
    contacts, office = site.contacts, site.house.office

    def change(channel: Channel, **how: Any) -> None:
        changed = replace(contacts[channel], **how)
        office.write(lambda tx: office.desk.contacts.save(tx.connection, changed))
        contacts[channel] = changed

    change(Channel.TELEGRAM, conversation=replace(contacts[Channel.TELEGRAM].conversation, hushed=True))
    change(Channel.SMS, opted_out=True)
    change(Channel.WHATSAPP, heard_at=now - 25 * 3600)
    change(Channel.SIGNAL, second=site.people["Emil"].id, second_in=True)


# What the router has


def found(site: Site) -> list[Stop]:
    """Every page that the router answers a GET with, for somebody who may open it."""
    stops: dict[str, Stop] = {}
    for route in site.house.server.routes():
        if not isinstance(route, Route) or "GET" not in (route.methods or ("GET",)):
            continue
        if route.path.startswith(NOT_PAGES):
            continue
        for path, who in addresses(site, route.path):
            name = path.strip("/").replace("/", "-").replace(".", "-") or "choose"
            for one in site.contacts.values():
                name = name.replace(one.id, one.channel.value)
            stops.setdefault(path, Stop(name.replace(site.invitation, "key"), path, who))
    for path, published in site.house.server.published().items():
        shown = published.media_type.startswith("text/html") and not path.endswith("/keep")  # that one is a download
        if shown and path.startswith(("/en/", "/ar/")) and (EVERY_CAMPAIGN or _is_looked_at(path)):
            stops[path] = Stop(path.strip("/").replace("/", "-"), path)
    return [stop for stop in stops.values() if is_page(site, stop)]


def _is_looked_at(path: str) -> bool:
    """Campaigns share one template: a few hold every kind of block between them, in both directions of writing."""
    return "/c/" not in path or path.rpartition("/")[2] in CAMPAIGNS


def addresses(site: Site, path: str) -> list[tuple[str, str]]:
    """The addresses of one route, and who opens each."""
    who = whose(path)
    if "{id}" in path:
        return [(path.replace("{id}", one.id), "Chloe") for one in site.contacts.values()]
    if path == "/staff/second":
        return [(path, "half in")]
    for name, value in (("{key}", site.invitation), ("{country}", "no"), ("{country:path}", "no")):
        path = path.replace(name, value)
    if "{lang}" in path:
        return [(path.replace("{lang}", tag), who) for tag in ("en", "ar")]
    return [(path, who)] if "{" not in path else []


def whose(path: str) -> str:
    """Somebody whom this address opens for, the one with the most to see there."""
    may = MAY.get(path, frozenset())
    order: Sequence[str] = ("Chloe", "Sara", "Dina", "Mona") if may == ANSWERING else ("Sara", "Dina", "Mona")
    return next((name for name in order if PEOPLE[name] in may), "")


def is_page(site: Site, stop: Stop) -> bool:
    headers = {"Accept-Language": "tlh", "Cookie": f"staff={site.tokens[stop.who]}" if stop.who else ""}
    connection = http.client.HTTPConnection(urlsplit(site.base).netloc, timeout=20)
    try:
        connection.request("GET", quote(stop.path), headers=headers)
        answer = connection.getresponse()
        return answer.status == 200 and (answer.getheader("Content-Type") or "").startswith("text/html")
    finally:
        connection.close()


# What a story leads to


def stories(site: Site) -> list[Stop]:
    """Pages that no address alone leads to."""
    stops = [
        Stop("error-404", "/en/nothing/here"),
        Stop("error-404-ar", "/ar/nothing/here"),
        Stop("staff-login", "/staff/login"),
        Stop("staff-login-refused", "/staff/login", acts=_signs_in_wrongly),
        Stop("staff-trouble-role", "/staff/people", "Chloe"),
        Stop("staff-account-setting-up", "/staff/account", "setting up"),
        Stop("staff-account-app", "/staff/account", "setting up", _begins_app),
        Stop("staff-board-supervisor", "/staff/", "Sara"),
        Stop("staff-board-administrator", "/staff/", "Dina"),
    ]
    for tag in ("en", "ar"):
        stops += [
            Stop(f"chat-{tag}-begun", f"/{tag}/chat", acts=_begins),
            Stop(f"chat-{tag}-danger", f"/{tag}/chat", acts=lambda page: _begins(page, "safe", "in_danger")),
            Stop(f"chat-{tag}-handed", f"/{tag}/chat", acts=_asks_for_a_person),
            Stop(f"chat-{tag}-ended", f"/{tag}/chat", acts=_deletes),
        ]
    if site.contacts:
        sms, chat = (f"/staff/contacts/{site.contacts[one].id}" for one in (Channel.SMS, Channel.WEBCHAT))
        stops += [
            Stop("staff-contact-refused", sms, "Chloe", _answers),
            Stop("staff-contact-gone", f"/staff/contacts/{'0' * 32}", "Chloe"),
            Stop("staff-contact-second", f"/staff/contacts/{site.contacts[Channel.SIGNAL].id}", "Emil"),
            Stop("staff-contact-answered", chat, "Chloe", _answers),
        ]
    return stops


def _signs_in_wrongly(page: Page) -> None:
    page.fill("#name", "Chloe")
    page.fill("#password", "not this one")
    page.locator('form[action="/staff/login"] button').click()
    page.wait_for_load_state()


def _begins_app(page: Page) -> None:
    page.locator('form[action="/staff/account/app"] button').first.click()
    page.wait_for_load_state()


def _answers(page: Page) -> None:
    page.fill("#answer", "I am here.")
    page.locator("form.answer button.button").first.click()
    page.wait_for_load_state()


def _begins(page: Page, *choices: str) -> None:
    page.locator("button[value=begin]").first.click()
    page.locator("button[name=choice]").first.wait_for(timeout=PATIENCE)
    for choice in choices:
        button = page.locator(f'button[name=choice][value="{choice}"]')
        button.click(timeout=PATIENCE)
        expect(button).to_have_count(0, timeout=PATIENCE)


def _asks_for_a_person(page: Page) -> None:
    _begins(page, "safe", "no_danger", "this", "person", "agree")


def _deletes(page: Page) -> None:
    _begins(page, "safe")
    delete = page.locator("button[value=delete]")
    delete.first.click()
    expect(delete.first).to_be_hidden(timeout=PATIENCE)
