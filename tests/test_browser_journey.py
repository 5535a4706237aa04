"""The whole journey in a real browser: Amara writes on her phone, Chloe answers, a count remains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.cli import LAUNCHER
from app.tools.house import House
from app.tools.visitor import Visitor
from tests.browser_help import DESK, PHONE, picture, window

pytestmark = pytest.mark.browser

TO_A_PERSON = ("1", "2", "1", "6", "1")
"""Safe, no danger, this language, a person, agreed: in the demo somebody is always on duty."""

CARDS = '[data-list="next"] .card, [data-list="waiting"] .card'
IMMEDIATE = '[data-list="next"] .card.immediate, [data-list="waiting"] .card.immediate'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(LAUNCHER, Path(tmp_path_factory.mktemp("house")))
    one.start()
    yield one
    one.stop()


def write_sms(page: Page, text: str) -> None:
    page.locator("#text-sms").fill(text)
    page.locator("#sms form.write button").click()
    expect(page.locator("#sms .line.person").last).to_have_text(text)


def sign_in(page: Page, house: House) -> None:
    name = "demo-chloe"
    page.goto(f"{house.base}/staff/")
    page.fill("#name", name)
    page.fill("#password", house.staff[name])
    page.locator("main form button").click()
    expect(page).to_have_url(f"{house.base}/staff/")


def nine_short_talks_by_sms(house: House) -> None:
    """Nine people say that it is not safe to write; each is counted once and forgotten."""
    phones = Visitor(house.base)
    for person in range(11, 20):
        for text in ("hello", "2"):
            phones.post("/demo/phone", {"person": str(person), "app": "sms", "text": text})


def sms_figure(page: Page, house: House) -> str:
    page.goto(f"{house.base}/figures")
    return page.locator('[data-cell="channel/sms"]').inner_text()


def test_an_sms_comes_in_a_person_answers_only_a_count_remains(browser: Browser, house: House) -> None:
    nine_short_talks_by_sms(house)
    with window(browser, locale="en-US") as amara, window(browser, locale="en-US") as chloe:
        amara.goto(house.base)
        picture(amara, "front-1280")
        assert amara.locator('a[href="/demo/phone"]').count() == 1
        assert amara.locator('a[href="/staff/"]').count() == 1
        assert sms_figure(amara, house) == "few"
        sign_in(chloe, house)
        expect(chloe.locator(CARDS)).to_have_count(0)

        amara.goto(f"{house.base}/demo/phone?person=1")
        for text in ("hello", *TO_A_PERSON, "My boss took my passport <b>and</b> my pay"):
            write_sms(amara, text)
        picture(amara, "phone-after-handoff-1280")

        card = chloe.locator(CARDS)
        expect(card).to_have_count(1)
        expect(card).to_contain_text("Urgent")
        expect(card).to_contain_text("Exploited")
        expect(card).not_to_contain_text("passport")
        picture(chloe, "board-1280")
        card.get_by_role("button", name="Take").click()
        expect(chloe.locator(".talk .line.caller")).to_have_text(re.compile("<b>and</b> my pay"))

        write_sms(amara, "Are you there?")
        expect(chloe.locator(".talk .line.caller")).to_have_count(2)
        chloe.fill("#answer", "I am here. You are not alone.")
        chloe.locator("form.answer button").click()
        expect(amara.locator("#sms .line.hotline").last).to_have_text("I am here. You are not alone.")
        expect(chloe.locator(".delivery.sent, .delivery.delivered")).to_have_count(1)
        picture(chloe, "contact-1280")
        picture(amara, "phone-answered-1280")

        address = chloe.url
        chloe.locator("details.close summary", has_text="Close this contact").click()
        chloe.select_option("#close-need", "legal")
        chloe.select_option("#outcome", "informed")
        picture(chloe, "closing-1280")
        chloe.locator(".close button.destroy").click()
        expect(chloe.locator("h1")).to_have_text("Closed and destroyed")
        assert sms_figure(amara, house) == "10"
        picture(amara, "figures-1280")

    with window(browser) as later:
        later.goto(f"{house.base}/staff/")
        later.goto(address)
        assert "/staff/login" in later.url


def test_web_chat_works_without_javascript_at_360_px(browser: Browser, house: House) -> None:
    with window(browser, PHONE, java_script_enabled=False) as bogdan:
        bogdan.goto(f"{house.base}/ro/chat")
        picture(bogdan, "chat-before-ro-360")
        bogdan.locator("button[value=begin]").click()
        for key in ("safe", "no_danger", "this", "person", "agree"):
            bogdan.locator(f'button[name="choice"][value="{key}"]').click()
        picture(bogdan, "chat-handed-ro-360")
        bogdan.fill("#words", "Am nevoie de ajutor")
        bogdan.locator("button[value=send]").click()
        expect(bogdan.locator(".line.caller")).to_contain_text("Am nevoie de ajutor")
        assert bogdan.url.split("#")[0] == f"{house.base}/", "the address says nothing of the talk"
        bogdan.locator("button[value=delete]").click()
        expect(bogdan.locator(".ended")).to_be_visible()
        expect(bogdan.locator(".line.caller")).to_have_count(0)
        picture(bogdan, "chat-deleted-ro-360")
        assert bogdan.context.cookies() == []


def test_leave_blanks_the_screen_and_goes_elsewhere(browser: Browser, house: House) -> None:
    with window(browser, PHONE, java_script_enabled=False) as amara:
        amara.route("https://www.wikipedia.org/", lambda route: route.fulfill(body="somewhere else"))
        amara.goto(f"{house.base}/en/chat")
        amara.locator("button[value=begin]").click()
        amara.locator('button[name="choice"][value="safe"]').click()
        amara.locator("button[value=leave]").click()
        amara.wait_for_url("https://www.wikipedia.org/")
        assert "somewhere else" in amara.content()


@pytest.mark.parametrize(("size", "name"), [(PHONE, "360"), (DESK, "1280")], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_public_pages_fit_every_screen_and_direction(
    browser: Browser, house: House, size: dict[str, int], name: str, scheme: str
) -> None:
    paths = ("/en/", "/ar/", "/th/", "/en/c/restaurant-work-norway", "/ar/c/work-in-a-home", "/ar/chat", "/figures")
    with window(browser, size, color_scheme=scheme) as reader:
        for path in paths:
            reader.goto(house.base + path)
            wide = reader.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{path} is {wide} px wide on a {size['width']} px screen"
            assert reader.locator("h1").count() == 1
            picture(reader, f"{path.strip('/').replace('/', '-')}-{name}-{scheme}")
        assert reader.context.cookies() == []


def test_a_first_visit_is_two_requests_and_no_script(browser: Browser, house: House) -> None:
    with window(browser, PHONE) as reader:
        asked: list[str] = []
        reader.on("request", lambda request: asked.append(request.resource_type))
        reader.goto(f"{house.base}/en/c/restaurant-work-norway")
        assert sorted(set(asked)) in (["document", "stylesheet"], ["document", "other", "stylesheet"])
        assert reader.locator("script").count() == 0


def test_the_console_serves_a_phone_screen_and_the_dark(browser: Browser, house: House) -> None:
    phones = Visitor(house.base)
    for text in ("hello", *TO_A_PERSON, "he has a knife"):
        phones.post("/demo/phone", {"person": "31", "app": "whatsapp", "text": text})
    with window(browser, PHONE, color_scheme="dark", locale="en-US") as chloe:
        sign_in(chloe, house)
        expect(chloe.locator(IMMEDIATE)).to_have_count(1)
        picture(chloe, "board-360-dark")
        chloe.locator(".card.immediate").get_by_role("button", name="Take").click()
        expect(chloe.locator(".signals")).to_contain_text("has a knife")
        picture(chloe, "contact-360-dark")
        assert chloe.evaluate("document.documentElement.scrollWidth") <= 360
