"""What callers write stands on every screen as text, and nothing else happens: attack strings over five channels, in Chromium.

Each string comes in over its channel's own way (signed webhooks, the bridge, the chat's form) as a line of a contact, and is
looked at wherever callers' words show: on the page of the contact as the server draws it and as its script draws it, in the
chat, on the simulated phone, and on every page that the router has for staff. All of that once more without the content
security policy. ATTACK_STRINGS=2000 takes them all; a part of every kind is enough for each day.
"""

from __future__ import annotations

import asyncio
import html
import http.client
import os
import re
import shutil
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect

from bots.signal import Signal
from hotline.contact import Channel
from hotline.desk.gather import put_by, take_up
from hotline.store.contacts import Contact
from tests.attack_strings import MANY, attack_strings
from tests.every_page import PATIENCE, PEOPLE, SENDERS, Site, found, open_site
from tests.people import ROOT, Caller, lines_of

pytestmark = pytest.mark.browser

EVERY_DAY, A_CONTACT = 180, 400
STRINGS = attack_strings(min(MANY, int(os.environ.get("ATTACK_STRINGS", EVERY_DAY))))
CHAT = "/chat-as-drawn"
EMPTY_LIST = re.compile(r'(<ol class="talk"[^>]*>).*?(</ol>)', re.DOTALL)
HARMLESS = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d")
"""What the browser says of a page with a refusal, and those are looked at as well."""

ALLOWED = (
    "OL LI P SPAN SMALL FORM INPUT BUTTON BDI CODE B STRONG EM TIME Q DETAILS SUMMARY LABEL DIV UL SECTION H2 H3 H4 KBD"
)
SEND = """([address, text, fence]) => { const form = document.createElement("form");
  for (const [name, value] of [["text", text], ["fence", fence]]) {
    const field = document.createElement("textarea"); field.name = name; field.value = value; form.append(field); }
  form.method = "post"; form.action = address; document.body.append(form); form.submit(); }"""
STRANGE = """([selector, allowed]) => [...document.querySelectorAll(selector)].flatMap(list =>
  [...list.querySelectorAll("*")].filter(one => !allowed.includes(one.tagName.toUpperCase())
    || [...one.attributes].some(name => name.name.startsWith("on") || /script:|^data:/i.test(name.value))))
  .map(one => one.outerHTML.slice(0, 200))"""


@dataclass
class Alarm:
    """What happened in a browser that text alone cannot make happen."""

    happened: list[str] = field(default_factory=list)

    def note(self, what: str, text: object = "") -> None:
        if not HARMLESS.match(str(text)):
            self.happened.append(f"{what}: {str(text)[:200]}")


@contextmanager
def listening(site: Site, browser: Browser, who: str, *, policy: bool) -> Iterator[tuple[BrowserContext, Page, Alarm]]:
    """A window in which every run of a script of others is noted; without `policy` the browser is told of none."""
    alarm, context = Alarm(), site.context(browser, who, bypass_csp=not policy)
    context.expose_binding("__hit", lambda _, *numbers: alarm.note("a string was run", numbers))
    context.on("page", lambda page: _listen(page, alarm, site.base))
    if not policy:
        context.route("**/*", partial(_without_policy, site.base))
    page = context.new_page()
    try:
        yield context, page, alarm
    finally:
        page.unroute_all(behavior="ignoreErrors")
        context.unroute_all(behavior="ignoreErrors")
        context.close()


def _listen(page: Page, alarm: Alarm, base: str) -> None:
    def asked(url: str) -> None:
        if not url.startswith(base):
            alarm.note("an address that is not ours was asked", url)

    def opened(dialog: Dialog) -> None:
        """The page itself asks before it is left with something typed in it; no other dialog is ours."""
        if dialog.type != "beforeunload":
            alarm.note("a dialog opened", dialog.message)
        dialog.accept()

    page.on("dialog", opened)
    page.on("pageerror", lambda error: alarm.note("a script of the page broke", error))
    page.on(
        "console", lambda message: alarm.note("the console says", message.text) if message.type == "error" else None
    )
    page.on("request", lambda request: asked(request.url))


def _without_policy(base: str, route: Route) -> None:
    if not route.request.url.startswith(base):
        route.abort()
    elif route.request.resource_type != "document" or route.request.method != "GET":
        route.fallback()
    else:
        answer = route.fetch(max_redirects=0)
        headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
        route.fulfill(response=answer, headers=headers)


# The way in


@dataclass
class Talks:
    """The contacts of one batch of strings, all with Chloe, and the chat as its own browser would be shown it."""

    strings: list[str]
    contacts: dict[Channel, Contact] = field(default_factory=dict)
    person: int = 0
    chat: dict[str, str] = field(default_factory=dict)
    chat_page: str = ""


def elsewhere(job: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: the browser's driver keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, job).result()


def begin(site: Site, strings: list[str], person: int) -> Talks:
    """Somebody on each channel has asked for a person and is with Chloe, who has not read anything yet."""
    talks = Talks(strings, person=person)
    senders = {
        Channel.SMS: f"+4790000{person:03d}",
        Channel.WHATSAPP: f"+4790000{person:03d}",
        Channel.TELEGRAM: str(700_000_000 + person),
        Channel.SIGNAL: site.phones.signal.meet(f"+4790000{person:03d}"),
    }
    for channel, sender in senders.items():
        talks.contacts[channel] = _claimed(site, Caller(site.house.office, sender, channel))
    talks.chat = _chat(site, {"do": "begin"}, {})
    _claimed(site, Caller(site.house.office, talks.chat["token"], Channel.WEBCHAT), talks)
    return talks


def _claimed(site: Site, caller: Caller, talks: Talks | None = None) -> Contact:
    contact = site.takes("Chloe", caller.asks_for_a_person(time.time()))
    if talks is not None:
        talks.contacts[Channel.WEBCHAT] = contact
    return contact


def ingest(site: Site, talks: Talks) -> None:
    """Every string over every channel, by that channel's own way; and half of them from Chloe to the chat."""
    number, chat = f"+4790000{talks.person:03d}", 700_000_000 + talks.person

    async def write() -> None:
        for text in talks.strings:
            await asyncio.gather(
                site.phones.twilio.write(number, text, retries=0),
                site.phones.twilio.write(number, text, whatsapp=True, retries=0),
                site.phones.telegram.write(chat, text, retries=0),
            )

    elsewhere(write())
    bridge, office = Signal("+4780000009", f"{site.base}/demo/signal"), site.house.office
    for text in talks.strings:
        site.phones.signal.write(number, text)
    while put_by(office, bridge.fetch(0.0), time.time()):
        take_up(office, lambda incoming, reply: None, time.time(), _raise)
    for text in talks.strings:
        talks.chat = _chat(site, {"do": "send", "text": text}, talks.chat)
    for text in talks.strings[::2]:
        site.people["Chloe"].answers(talks.contacts[Channel.WEBCHAT], text, time.time())
    talks.chat_page = _post(site, {**talks.chat, "do": "check"})


def _raise(fault: Exception) -> None:
    raise fault


def _chat(site: Site, form: dict[str, str], hidden: dict[str, str]) -> dict[str, str]:
    """One post of the chat's page; its hidden fields after it."""
    page = _post(site, {"lang": "en", **hidden, **form})
    return {name: html.unescape(value) for name, value in re.findall(r'name="(token|once)" value="([^"]*)"', page)}


def _post(site: Site, form: dict[str, str]) -> str:
    connection = http.client.HTTPConnection(urlsplit(site.base).netloc, timeout=30)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/en/chat" if form.get("do") == "begin" else "/", urlencode(form), headers)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode()
    finally:
        connection.close()


# The views


def contact_as_drawn_by_the_server(site: Site, talks: Talks, page: Page) -> None:
    for contact in talks.contacts.values():
        page.goto(f"{site.base}/staff/contacts/{contact.id}")
        _settles(page, talks)


def contact_as_drawn_by_its_script(site: Site, talks: Talks, page: Page) -> None:
    """The server's own lines are taken out of the page on its way, so that the script draws every one of them."""

    def without_lines(route: Route) -> None:
        if route.request.resource_type != "document":
            route.fallback()
            return
        answer = route.fetch(max_redirects=0)
        body = EMPTY_LIST.sub(r"\1\2", answer.text())
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        if getattr(page, "policy_off", False):
            headers.pop("content-security-policy", None)
        route.fulfill(response=answer, body=body, headers=headers)

    for contact in talks.contacts.values():
        address = f"{site.base}/staff/contacts/{contact.id}"
        page.route(address, without_lines)
        page.goto(address)
        _settles(page, talks)
        page.unroute(address)


def chat(site: Site, talks: Talks, page: Page) -> None:
    """The chat's page with every line on it, as its own browser would get it; then its script goes on with it."""
    with ThreadPoolExecutor(1) as pool:
        headers = pool.submit(_headers, site).result()
    if getattr(page, "policy_off", False):
        headers.pop("content-security-policy", None)
    page.route(site.base + CHAT, lambda route: route.fulfill(body=talks.chat_page, headers=headers))
    page.goto(site.base + CHAT)
    expect(page.locator(".talk .line.caller")).to_have_count(len(talks.strings), timeout=PATIENCE)
    page.wait_for_timeout(500)
    assert page.evaluate(STRANGE, [".talk", ALLOWED.split()]) == []


def phone(site: Site, talks: Talks, page: Page) -> None:
    """All four apps; a second later its script has drawn them again."""
    with page.expect_response("**/demo/phone.json*", timeout=PATIENCE):
        page.goto(f"{site.base}/demo/phone?person={talks.person}")
    page.wait_for_timeout(300)
    assert page.locator(".talk .line.person").count() >= 4 * len(talks.strings)
    assert page.evaluate(STRANGE, [".talk", ALLOWED.split()]) == []


def a_refused_answer(site: Site, talks: Talks, page: Page) -> None:
    """What could not be sent comes back as a draft, and with a notice."""
    contact = talks.contacts[Channel.SMS]
    for start in range(0, len(talks.strings), 25):
        text = "\n".join(talks.strings[start : start + 25])[:9_000] + "x" * 1_600
        page.goto(f"{site.base}/staff/languages")  # it has no scripts: none of ours takes part in the sending
        with page.expect_navigation():
            page.evaluate(SEND, [f"/staff/contacts/{contact.id}/answer", text, str(contact.fence)])
        assert page.locator("#answer").input_value() != ""


def every_page_of_the_router(site: Site, talks: Talks, page: Page) -> None:
    """Whatever else there is for Chloe, Sara and Dina, such as reading along."""
    site.contacts = talks.contacts
    stops = [stop for stop in found(site) if stop.who in PEOPLE]
    for who in ("Sara", "Dina", "Chloe"):
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "staff", "value": site.tokens[who], "url": site.base}])
        for stop in stops:
            if stop.who == who or not stop.path.startswith("/staff/contacts/"):
                page.goto(site.base + stop.path)
                page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")


VIEWS: list[Callable[[Site, Talks, Page], None]] = [
    contact_as_drawn_by_the_server,
    contact_as_drawn_by_its_script,
    chat,
    phone,
    a_refused_answer,
    every_page_of_the_router,
]


def _settles(page: Page, talks: Talks) -> None:
    expect(page.locator(".talk .line.caller")).to_have_count(len(talks.strings), timeout=PATIENCE)
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.wait_for_timeout(150)
    assert page.evaluate(STRANGE, [".talk", ALLOWED.split()]) == []


def _headers(site: Site) -> dict[str, str]:
    connection = http.client.HTTPConnection(urlsplit(site.base).netloc, timeout=30)
    try:
        connection.request("GET", "/en/chat")
        return {
            name.lower(): value
            for name, value in connection.getresponse().getheaders()
            if name.lower() != "content-length"
        }
    finally:
        connection.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("site")) as one:
        yield one


@pytest.fixture(scope="module")
def talks(site: Site) -> list[Talks]:
    """All strings on all channels, A_CONTACT of them to a contact."""
    some: list[Talks] = []
    for place, start in enumerate(range(0, len(STRINGS), A_CONTACT)):
        one = begin(site, STRINGS[start : start + A_CONTACT], 11 + place)
        ingest(site, one)
        some.append(one)
    return some


def test_every_string_came_in_over_every_channel_as_it_was_written(site: Site, talks: list[Talks]) -> None:
    assert set(SENDERS) == set(Channel)
    for one in talks:
        for channel, contact in one.contacts.items():
            said = [line.text for line in lines_of(site.house.office, contact) if line.speaker.value == "caller"]
            assert len(said) == len(one.strings), channel
            same = sum(_plain(ours) == _plain(theirs) for ours, theirs in zip(one.strings, said, strict=True))
            assert same >= 0.95 * len(said), channel


def _plain(text: str) -> str:
    """Without what channels take away: signs that no phone can send, and white space at the ends."""
    return re.sub(r"[\s\x00-\x1f\ufffe\uffff\ufffd\x7f-\x9f\ufeff]", "", text)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
@pytest.mark.parametrize("policy", [True, False], ids=["with the policy", "without it"])
def test_nothing_runs(
    browser: Browser, site: Site, talks: list[Talks], view: Callable[[Site, Talks, Page], None], policy: bool
) -> None:
    with listening(site, browser, "Chloe", policy=policy) as (_, page, alarm):
        page.policy_off = not policy  # type: ignore[attr-defined]
        for one in talks:
            view(site, one, page)
        assert page.url.startswith(site.base)
    assert alarm.happened == []


def _careless_templates(folder: Path) -> Path:
    """The pages as they would be if somebody had taken the caller's words for HTML."""
    shutil.copytree(ROOT / "templates", folder)
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\{\{ ((?:line|piece)\.text) \}\}", r"{{ \1|safe }}", text), encoding="utf-8")
    return folder


def test_a_page_that_took_words_for_html_would_be_found_out(browser: Browser, tmp_path: Path) -> None:
    """The twin: the same strings in careless pages are run, asked for, and told by the policy."""
    strings = STRINGS[:120]
    with open_site(tmp_path, templates=_careless_templates(tmp_path / "templates")) as site:
        contact = _claimed(site, caller := Caller(site.house.office))
        for text in strings:
            caller.writes(text, time.time())
        for policy, told in ((False, "a string was run"), (True, "the console says")):
            with listening(site, browser, "Chloe", policy=policy) as (_, page, alarm):
                page.goto(f"{site.base}/staff/contacts/{contact.id}")
                until = time.monotonic() + PATIENCE / 1000
                while time.monotonic() < until and not any(one.startswith(told) for one in alarm.happened):
                    page.wait_for_timeout(100)
            assert any(one.startswith(told) for one in alarm.happened)
