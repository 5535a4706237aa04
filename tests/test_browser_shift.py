"""A whole shift in a real browser: three people of the staff, four callers on four channels.

Chloe and Emil answer, Sara supervises. Chloe asks Emil to join a talk and leaves it to him; Emil's browser dies and his
callers are offered again; Sara whispers, takes over, and at the end presses the panic button.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.cli import LAUNCHER
from app.tools.house import House
from tests.browser_help import PHONE, picture, window

pytestmark = pytest.mark.browser

TO_A_PERSON = ("1", "2", "1", "6", "1")
"""Safe, no danger, this language, a person, agreed: in the demo somebody is always on duty."""

FOR_A_PERSON = ("safe", "no_danger", "this", "person", "agree")
OFFERED_AGAIN_SECONDS = 15.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(LAUNCHER, Path(tmp_path_factory.mktemp("house")))
    one.start()
    yield one
    one.stop()


class Staff:
    """Somebody at the console, in a browser window of their own."""

    def __init__(self, page: Page, house: House, name: str) -> None:
        self.page, self.house = page, house
        page.goto(f"{house.base}/staff/")
        page.fill("#name", name)
        page.fill("#password", house.staff[name])
        page.locator("main form button").click()
        expect(page).to_have_url(f"{house.base}/staff/")

    def card(self, channel: str) -> Locator:
        """The waiting contact of a channel, wherever in the queue it stands."""
        lists = self.page.locator('[data-list="next"] .card, [data-list="waiting"] .card')
        return lists.filter(has=self.page.locator(".about", has_text=re.compile(f"^{channel} ")))

    def takes(self, channel: str) -> str:
        """Take that contact; the page of it stays open, and its address comes back."""
        self.page.goto(f"{self.house.base}/staff/")
        self.card(channel).get_by_role("button", name="Take").click()
        expect(self.page.locator("#answer")).to_be_visible()
        return self.page.url

    def answers(self, text: str) -> None:
        self.page.fill("#answer", text)
        self.page.locator("form.answer .button").click()
        expect(self.page.locator(".talk .line.responder p").last).to_have_text(text)

    def opens(self, summary: str) -> Locator:
        """One of the tools beside the talk."""
        tool = self.page.locator("details", has=self.page.locator("summary", has_text=re.compile(summary))).first
        if tool.get_attribute("open") is None:
            tool.locator("summary").first.click()
        return tool


class Phone:
    """A caller at one of the simulated apps."""

    def __init__(self, page: Page, house: House, person: int, app: str) -> None:
        self.page, self.app = page, app
        page.goto(f"{house.base}/demo/phone?person={person}")

    def writes(self, *texts: str) -> None:
        for text in texts:
            heard = self.page.locator(f"#{self.app} .line.hotline").count()
            self.page.locator(f"#text-{self.app}").fill(text)
            self.page.locator(f"#{self.app} form.write button").click()
            expect(self.page.locator(f"#{self.app} .line.person p").last).to_have_text(text)
            if text in TO_A_PERSON or text == "hello":
                expect(self.page.locator(f"#{self.app} .line.hotline")).not_to_have_count(heard, timeout=15_000)

    def asks_for_a_person(self, words: str) -> None:
        self.writes("hello", *TO_A_PERSON, words)

    def reads(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator(f"#{self.app} .line.hotline").filter(has_text=text).last).to_be_visible(timeout=20_000)


def test_a_shift_of_three_with_four_callers(browser: Browser, house: House) -> None:
    with ExitStack() as open_windows:

        def new() -> Page:
            return open_windows.enter_context(window(browser, locale="en-US"))

        amara, bogdan, chinara = (
            Phone(new(), house, person, app) for person, app in ((1, "sms"), (2, "whatsapp"), (3, "telegram"))
        )
        dao = new()
        amara.asks_for_a_person("My boss took my passport")
        bogdan.asks_for_a_person("They do not pay me")
        chinara.asks_for_a_person("My friend works in a locked house")
        dao.goto(f"{house.base}/en/chat")
        dao.locator("button[value=begin]").click()
        for key in FOR_A_PERSON:
            dao.locator(f'button[name="choice"][value="{key}"]').click()
        dao.fill("#words", "I want to ask about a job")
        dao.locator("button[value=send]").click()

        chloe, sara = Staff(new(), house, "demo-chloe"), Staff(new(), house, "demo-sara")
        emils = browser.new_context(locale="en-US")
        emil = Staff(emils.new_page(), house, "demo-emil")

        first = _each_takes_one_and_answers(chloe, emil, amara, bogdan)
        _a_warm_transfer(chloe, emil, amara, first)
        _a_browser_dies(chloe, emil, bogdan)
        emils.close()
        _the_supervisor_helps(chloe, sara, bogdan)
        _panic(chloe, sara, chinara, dao, house)


def _each_takes_one_and_answers(chloe: Staff, emil: Staff, amara: Phone, bogdan: Phone) -> str:
    """Four wait, with the reason for each rank on its card; two are taken."""
    for channel in ("SMS", "WhatsApp", "Telegram", "Web chat"):
        expect(chloe.card(channel)).to_have_count(1)
    expect(chloe.card("SMS")).to_contain_text("Urgent")
    expect(chloe.card("SMS").locator(".reasons")).not_to_be_empty()
    picture(chloe.page, "shift-board-1280")
    first = chloe.takes("SMS")
    chloe.answers("I am here. Are you alone now?")
    amara.reads("I am here. Are you alone now?")
    emil.takes("WhatsApp")
    emil.answers("Hello. We can talk about your pay.")
    bogdan.reads("We can talk about your pay.")
    expect(chloe.card("SMS")).to_have_count(0)
    return first


def _a_warm_transfer(chloe: Staff, emil: Staff, amara: Phone, first: str) -> None:
    """Both are there, then one leaves; the caller is told once another person writes."""
    amara.writes("Yes I am alone")
    expect(chloe.page.locator(".talk .line.caller").last).to_contain_text("Yes I am alone")
    tool = chloe.opens("^Ask a colleague")
    tool.locator("select").select_option(tool.locator("option", has_text="demo-emil").get_attribute("value"))
    tool.locator(".button").click()
    emil.page.goto(f"{emil.house.base}/staff/")
    emil.page.locator(".asked ~ .answers .button").click()
    expect(emil.page).to_have_url(first)
    expect(emil.page.locator(".talk .line.caller").first).to_contain_text("passport")
    chloe.page.goto(first)
    picture(chloe.page, "shift-two-in-one-talk-1280")
    chloe.page.locator('form[action$="/leave"] button').click()
    emil.page.goto(first)
    emil.answers("I am Emil's answer: we go on together.")
    amara.reads("Another person from our team writes to you now.")
    amara.reads("we go on together")


def _a_browser_dies(chloe: Staff, emil: Staff, bogdan: Phone) -> None:
    """Nobody says goodbye: within fifteen seconds both of Emil's callers are offered again, and say why."""
    chloe.page.goto(f"{chloe.house.base}/staff/")
    expect(chloe.card("SMS")).to_have_count(0)
    emil.page.context.set_offline(True)
    began = time.monotonic()
    for channel in ("SMS", "WhatsApp"):
        expect(chloe.card(channel)).to_have_count(1, timeout=20_000)
    assert time.monotonic() - began <= OFFERED_AGAIN_SECONDS
    expect(chloe.card("WhatsApp").locator(".reasons")).to_contain_text("keeps its place")
    picture(chloe.page, "shift-offered-again-1280")
    chloe.takes("WhatsApp")
    chloe.answers("I read what you wrote to my colleague.")
    bogdan.reads("Another person from our team writes to you now.")
    bogdan.reads("I read what you wrote to my colleague.")


def _the_supervisor_helps(chloe: Staff, sara: Staff, bogdan: Phone) -> None:
    """Sara reads along, which Chloe sees, whispers, which Bogdan does not, and takes over."""
    sara.page.goto(f"{sara.house.base}/staff/supervise")
    held = sara.page.locator('[data-list="held"] .card')
    expect(held).to_have_count(1)
    picture(sara.page, "shift-supervisor-1280")
    held.get_by_role("button", name=re.compile("^Read along")).click()
    expect(sara.page.locator(".talk .line.caller").first).to_contain_text("do not pay")
    expect(chloe.page.locator("[data-reading]")).to_contain_text("demo-sara")
    sara.page.fill("#whisper", "Ask whether he has a contract.")
    sara.page.locator("form.whisper .button").click()
    expect(chloe.page.locator(".talk .line.note").last).to_contain_text("Ask whether he has a contract.")
    assert "contract" not in (bogdan.page.locator("#whatsapp .talk").text_content() or "")
    chloe.page.fill("#answer", "half a sentence")
    sara.page.locator("details summary").last.click()
    sara.page.locator('form[action$="/take"] button').click()
    expect(sara.page.locator("#answer")).to_be_visible()
    sara.answers("I am the one who decides here. Do you have a contract?")
    bogdan.reads("Do you have a contract?")
    expect(chloe.page.locator(".notice.gone")).to_be_visible()
    expect(chloe.page.locator("textarea").filter(visible=True).first).to_have_value("half a sentence")


def _panic(chloe: Staff, sara: Staff, chinara: Phone, dao: Page, house: House) -> None:
    """Two steps, and nothing that was written can be read by anybody."""
    chloe.page.goto(f"{house.base}/staff/")
    chloe.takes("Telegram")
    expect(chloe.page.locator(".talk .line.caller").first).to_contain_text("locked house")
    sara.page.goto(f"{house.base}/staff/panic")
    picture(sara.page, "shift-panic-1280")
    sara.page.locator(".destroy").click()
    pressed = time.monotonic()
    expect(chloe.page.locator(".notice.gone")).to_be_visible(timeout=5_000)
    assert time.monotonic() - pressed <= 4.0
    expect(chloe.page.locator(".talk .line")).to_have_count(0)
    picture(sara.page, "shift-panicked-1280")
    expect(chloe.card("Web chat")).to_have_count(0)
    chinara.writes("are you there?")
    chinara.reads("I lost my place, sorry.")
    with_phone = dao.locator("body")
    dao.reload()
    assert "ask about a job" not in (with_phone.text_content() or "")


def test_the_shift_fits_a_phone(browser: Browser, house: House) -> None:
    with window(browser, PHONE, locale="en-US", color_scheme="dark") as page:
        sara = Staff(page, house, "demo-sara")
        for path in ("/staff/", "/staff/supervise", "/staff/panic", "/staff/alerts", "/staff/roster"):
            page.goto(f"{house.base}{path}")
            picture(sara.page, f"shift{path.replace('/', '-').rstrip('-')}-dark-360")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
