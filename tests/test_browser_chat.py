"""Web chat in a real browser, with its script: words leave and answers arrive by themselves, and leaving is one tap."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.cli import LAUNCHER
from app.tools.house import House
from app.tools.visitor import Visitor
from tests.browser_help import DESK, PHONE, SHOTS, picture, window
from tests.people import comes_true

pytestmark = pytest.mark.browser

OFFLINE = "No connection. Your words are still here. We keep trying."
ELSEWHERE = "https://www.wikipedia.org/"
TO_A_PERSON = ("safe", "no_danger", "this", "person", "agree")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(LAUNCHER, Path(tmp_path_factory.mktemp("house")))
    one.start()
    yield one
    one.stop()


class Chloe:
    """At the console, without a screen."""

    def __init__(self, house: House) -> None:
        self._web = Visitor(house.base)
        self._web.post("/staff/login", {"name": "demo-chloe", "password": house.staff["demo-chloe"]})

    def _cards(self, name: str) -> list[str]:
        return [card["id"] for card in json.loads(self._web.get("/staff/board.json").text)[name]]

    def takes(self) -> str:
        """The one contact that waits."""
        (contact,) = self._cards("waiting")
        self._web.post(f"/staff/contacts/{contact}/claim", {})
        return contact

    def closes_all(self) -> None:
        codes = {"need": "legal", "outcome": "informed", "even_unsent": "1"}
        while cards := self._cards("mine") + self._cards("waiting"):
            for contact in cards:
                self._web.post(f"/staff/contacts/{contact}/claim", {})
                self._web.post(f"/staff/contacts/{contact}/close", codes)

    def answers(self, contact: str, text: str) -> None:
        assert self._web.post(f"/staff/contacts/{contact}/answer", {"text": text}).status in (200, 303)

    def reads(self, contact: str) -> str:
        return self._web.get(f"/staff/contacts/{contact}").text

    def has(self, contact: str) -> bool:
        return contact in self._cards("mine") + self._cards("waiting")


@pytest.fixture(scope="module")
def chloe(house: House) -> Chloe:
    return Chloe(house)


@pytest.fixture(autouse=True)
def nobody_waits(chloe: Chloe) -> Iterator[None]:
    """Each story begins with an empty board."""
    yield
    chloe.closes_all()


@contextmanager
def at_the_door(browser: Browser, house: House, language: str = "en", **how: object) -> Iterator[Page]:
    """A window in which somebody has come from the first page to the page before the chat."""
    with window(browser, **how) as page:  # type: ignore[arg-type]
        page.route(ELSEWHERE, lambda route: route.fulfill(body="somewhere else"))
        page.goto(f"{house.base}/{language}/")
        page.locator(".doors button").click()
        expect(page.locator("button[value=begin]")).to_be_visible()
        yield page


def begins(page: Page, *choices: str) -> None:
    page.locator("button[value=begin]").first.click()
    for choice in choices:
        page.locator(f'button[name=choice][value="{choice}"]').click()
        expect(page.locator(f'button[name=choice][value="{choice}"]')).to_have_count(0)


def sends(page: Page, text: str) -> None:
    page.fill("#words", text)
    page.locator("button[value=send]").click()
    expect(page.locator(".line.caller", has_text=text)).to_have_count(1)


def gone_elsewhere(page: Page) -> None:
    page.wait_for_url(ELSEWHERE)
    assert "somewhere else" in page.content()


def test_from_the_first_page_to_a_person_without_another_page(browser: Browser, house: House, chloe: Chloe) -> None:
    with at_the_door(browser, house, size=PHONE) as amara:
        loaded: list[str] = []
        amara.on("framenavigated", lambda frame: loaded.append(frame.url))
        begins(amara, *TO_A_PERSON)
        sends(amara, "He took my passport")
        expect(amara.locator("#words")).to_have_value("")
        expect(amara.locator(".line.caller").last.locator(".mark")).to_have_text("Received")
        expect(amara.locator("[data-part=state]")).to_have_text("Answers appear here by themselves.")
        expect(amara.locator("button[value=check]")).to_be_hidden()
        contact = chloe.takes()
        chloe.answers(contact, "I am here. <b>You</b> are not alone.")
        expect(amara.locator(".line.responder p")).to_have_text("I am here. <b>You</b> are not alone.")
        assert loaded == [], "no page was loaded since"
        assert amara.url == f"{house.base}/"
        assert amara.title() == house.base.removeprefix("http://")
        assert amara.context.cookies() == []
        assert amara.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert amara.evaluate("Promise.all([indexedDB.databases(), caches.keys()])") == [[], []]
        assert amara.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
        assert amara.locator("[name=token], [name=once]").count() == 0, "the token is nowhere in the page"
        picture(amara, "chat-live-360")


@pytest.mark.parametrize("how", ["button", "shift", "escape", "second link"])
def test_one_tap_or_a_few_keys_cover_end_and_leave(browser: Browser, house: House, chloe: Chloe, how: str) -> None:
    with at_the_door(browser, house) as amara:
        begins(amara, *TO_A_PERSON)
        sends(amara, "He took my passport")
        contact = chloe.takes()
        amara.locator("#words").focus()
        if how == "button":
            amara.locator(".leave").click()
        elif how == "shift":
            for _ in range(3):
                amara.keyboard.press("Shift")
        elif how == "escape":
            for _ in range(2):
                amara.keyboard.press("Escape")
        else:
            amara.evaluate("document.activeElement.blur()")
            amara.locator(".quick").focus()
            expect(amara.locator(".quick")).to_be_in_viewport()
            amara.keyboard.press("Enter")
        gone_elsewhere(amara)
        expect_gone(chloe, contact)
        amara.evaluate("setTimeout(() => history.back(), 0)")
        amara.wait_for_url(f"{house.base}/en/")
        assert "passport" not in amara.content()


def expect_gone(chloe: Chloe, contact: str) -> None:
    comes_true(lambda: not chloe.has(contact))


def test_the_page_is_covered_and_empty_before_the_next_one_is_asked_for(browser: Browser, house: House) -> None:
    """On a slow line the other website takes its time: the screen shows nothing meanwhile."""
    look = (
        "document.addEventListener('covered', () => note([document.body.textContent.trim(), "
        "document.elementFromPoint(100, 100).className, document.querySelectorAll('input, textarea, form').length]))"
    )
    with at_the_door(browser, house) as amara:
        begins(amara)
        seen: list[object] = []
        amara.expose_function("note", lambda what: seen.append(what))
        amara.evaluate(look)
        amara.locator(".leave").click()
        gone_elsewhere(amara)
        assert seen[0] == ["Leaving.", "cover", 0]


def test_covered_the_screen_shows_nothing_at_all(browser: Browser, house: House) -> None:
    with at_the_door(browser, house, size=PHONE, color_scheme="dark") as amara:
        begins(amara)
        amara.evaluate("window.dispatchEvent(new Event('pagehide'))")
        expect(amara.locator("body > *")).to_have_count(1)
        picture(amara, "chat-cover-360")
        assert (
            amara.evaluate("getComputedStyle(document.querySelector('.cover')).backgroundColor") == "rgb(255, 255, 255)"
        )


def test_without_its_last_word_to_the_server_the_talk_would_stay(browser: Browser, house: House, chloe: Chloe) -> None:
    """The twin of leaving: a page that only goes elsewhere ends nothing."""
    with at_the_door(browser, house) as amara:
        begins(amara, *TO_A_PERSON)
        sends(amara, "He took my passport")
        contact = chloe.takes()
        amara.evaluate("navigator.sendBeacon = () => true")
        amara.locator(".leave").click()
        gone_elsewhere(amara)
        amara.wait_for_timeout(500)
        assert chloe.has(contact)


def test_presses_are_counted_aloud_and_forgotten_after_a_while(browser: Browser, house: House) -> None:
    with at_the_door(browser, house) as amara:
        amara.clock.install()
        begins(amara)
        aloud, lights = amara.locator("[aria-live=assertive]"), amara.locator(".lights .on")
        amara.keyboard.press("Shift")
        expect(aloud).to_have_text("Press Shift 2 more times to leave.")
        expect(lights).to_have_count(1)
        amara.keyboard.press("Shift")
        expect(aloud).to_have_text("Press Shift 1 more time to leave.")
        expect(lights).to_have_count(2)
        amara.clock.run_for(5100)
        expect(aloud).to_have_text("You are still here.")
        expect(lights).to_have_count(0)
        amara.keyboard.press("Shift")
        expect(aloud).to_have_text("Press Shift 2 more times to leave.")


def test_writing_capital_letters_is_no_wish_to_leave(browser: Browser, house: House) -> None:
    with at_the_door(browser, house) as amara:
        begins(amara)
        amara.locator("#words").focus()
        for letter in "HELP":
            amara.keyboard.press(f"Shift+{letter}")
        expect(amara.locator("#words")).to_have_value("HELP")
        for key in ("Shift", "Shift", "a", "Shift", "Escape", "b", "Escape"):
            amara.keyboard.press(key)
        assert amara.url == f"{house.base}/"


def test_leaving_before_anything_was_said_leaves_too(browser: Browser, house: House) -> None:
    with at_the_door(browser, house) as amara:
        amara.keyboard.press("Escape")
        amara.keyboard.press("Escape")
        gone_elsewhere(amara)


def test_delete_everything_deletes_it_and_says_so(browser: Browser, house: House, chloe: Chloe) -> None:
    with at_the_door(browser, house, size=PHONE) as amara:
        begins(amara, *TO_A_PERSON)
        sends(amara, "He took my passport")
        contact = chloe.takes()
        amara.locator("button[value=delete]").click()
        expect(amara.locator(".ended")).to_be_visible()
        expect(amara.locator(".line.bot")).to_have_text("Done. Everything is deleted on our side.")
        assert "passport" not in amara.content()
        assert not chloe.has(contact)
        picture(amara, "chat-ended-360")
        amara.locator("[data-part=ended] button").click()
        expect(amara.locator("button[value=safe]")).to_be_visible()


def test_the_number_opens_the_talk_on_another_phone(browser: Browser, house: House, chloe: Chloe) -> None:
    with at_the_door(browser, house, size=PHONE) as amara, at_the_door(browser, house, "ar", size=PHONE) as other:
        begins(amara, *TO_A_PERSON)
        sends(amara, "He took my passport")
        contact = chloe.takes()
        amara.locator(".keep summary").click()
        amara.locator("button[value=code]").click()
        expect(amara.locator("[data-part=digits]")).to_be_visible()
        code = amara.locator("[data-part=digits]").inner_text()
        picture(amara, "chat-code-360")

        other.locator(".return summary").click()
        other.fill("#code", "1234 5678 1234 5678")
        other.locator("button[value=return]").click()
        expect(other.locator(".notice")).to_be_visible()
        other.fill("#code", code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
        other.locator("button[value=return]").click()
        expect(other.locator("[data-part=returned]")).to_contain_text("You are back.")
        assert other.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["en", "ltr"]
        assert "passport" not in other.content()
        picture(other, "chat-returned-360")
        expect(amara.locator(".ended")).to_be_visible()
        assert "passport" not in amara.content(), "the page of before shows nothing any more"

        sends(other, "I am at the station")
        chloe.answers(contact, "I am here.")
        expect(other.locator(".line.responder p")).to_have_text("I am here.")
        other.locator("button[value=show]").click()
        expect(other.locator(".line p")).to_have_text(["He took my passport", "I am at the station", "I am here."])
        other.locator("button[value=hide]").click()
        expect(other.locator(".line")).to_have_count(0)


def test_without_a_connection_the_words_stay_and_leave_later(browser: Browser, house: House, chloe: Chloe) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}
    )  # its browser complains of the missing connection, rightly
    amara = context.new_page()
    amara.goto(f"{house.base}/en/chat")
    begins(amara, *TO_A_PERSON)
    context.set_offline(True)
    amara.fill("#words", "He took my passport")
    amara.locator("button[value=send]").click()
    expect(amara.locator("[data-part=state]")).to_have_text(OFFLINE)
    expect(amara.locator("#words")).to_have_value("He took my passport")
    amara.screenshot(path=SHOTS / "chat-offline-360.png")
    context.set_offline(False)
    expect(amara.locator(".line.caller", has_text="passport")).to_have_count(1, timeout=20_000)
    expect(amara.locator("#words")).to_have_value("")
    assert chloe.reads(chloe.takes()).count("He took my passport") == 1
    context.close()


def test_an_answer_that_was_lost_on_the_way_makes_no_second_message(
    browser: Browser, house: House, chloe: Chloe
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    amara = context.new_page()
    amara.goto(f"{house.base}/en/chat")
    begins(amara, *TO_A_PERSON)
    lost: list[str] = []

    def lose(route: Route) -> None:
        body = route.request.post_data or ""
        if "passport" in body and len(lost) < 2:
            lost.append(re.findall(r"once=([^&]+)", body)[0])
            route.fetch()  # the server has it
            route.abort()
        else:
            route.continue_()

    amara.route(f"{house.base}/", lose)
    amara.fill("#words", "He took my passport")
    amara.locator("button[value=send]").click()
    expect(amara.locator("[data-part=state]")).to_have_text(OFFLINE)
    expect(amara.locator("#words")).to_have_value("", timeout=20_000)
    expect(amara.locator(".line.caller", has_text="passport")).to_have_count(1)
    assert len(lost) == 2
    assert len(set(lost)) == 1, "every try carries the same once"
    assert chloe.reads(chloe.takes()).count("He took my passport") == 1
    context.close()


def test_a_language_chosen_in_the_talk_changes_the_whole_page(browser: Browser, house: House) -> None:
    with at_the_door(browser, house, size=PHONE) as amara:
        begins(amara)
        sends_words(amara, "language")
        sends_words(amara, "العربية")
        expect(amara.locator(".leave")).to_have_text("خروج")
        assert amara.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
        assert amara.evaluate("document.documentElement.scrollWidth") <= 360


def sends_words(page: Page, text: str) -> None:
    page.fill("#words", text)
    page.locator("button[value=send]").click()
    expect(page.locator(".line.caller", has_text=text)).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("size", "name"), [(PHONE, "360"), (DESK, "1280")], ids=["phone", "desk"])
def test_leave_is_always_there_and_nothing_is_wider_than_the_screen(
    browser: Browser, house: House, language: str, size: dict[str, int], name: str
) -> None:
    with at_the_door(browser, house, language, size=size) as amara:
        picture(amara, f"chat-before-{language}-{name}")

        def fits() -> None:
            assert amara.evaluate("document.documentElement.scrollWidth") <= size["width"]
            for place in ("0", "document.documentElement.scrollHeight"):
                amara.evaluate(f"scrollTo(0, {place})")
                box = amara.locator(".leave").bounding_box()
                assert box
                assert 0 <= box["y"] <= 60
                middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
                top = amara.evaluate("([x, y]) => document.elementFromPoint(x, y).className", middle)
                assert "leave-now" in top, "nothing lies over it"

        fits()
        begins(amara)
        expect(amara.locator("button[value=safe]")).to_be_visible()
        fits()
        picture(amara, f"chat-choices-{language}-{name}")
        for choice in TO_A_PERSON:
            amara.locator(f'button[name=choice][value="{choice}"]').click()
            expect(amara.locator(f'button[name=choice][value="{choice}"]')).to_have_count(0)
        sends(amara, "My boss took my passport")
        fits()
        picture(amara, f"chat-person-{language}-{name}")
        amara.keyboard.press("Shift")
        fits()


def test_a_page_that_nobody_looks_at_holds_no_line_open(browser: Browser, house: House) -> None:
    with at_the_door(browser, house) as amara:
        begins(amara, *TO_A_PERSON)
        expect(amara.locator("[data-part=state]")).to_have_text("Answers appear here by themselves.")
        ended: list[str] = []
        amara.on("requestfailed", lambda request: ended.append(request.post_data or ""))
        amara.evaluate(
            "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        until = time.monotonic() + 60
        while not any("do=live" in body for body in ended) and time.monotonic() < until:
            amara.wait_for_timeout(250)
        assert ["do=live" in body for body in ended] == [True]
        amara.evaluate(
            "Object.defineProperty(document, 'hidden', { value: false, configurable: true });"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        expect(amara.locator("[data-part=state]")).to_have_text("Answers appear here by themselves.")


def test_begun_before_the_script_was_there_the_page_goes_on_with_it(
    browser: Browser, house: House, chloe: Chloe
) -> None:
    """On a slow line she taps before the script has come: the form works, and the next page's script takes over."""
    with window(browser, PHONE, java_script_enabled=False) as plain:
        plain.goto(f"{house.base}/en/chat")
        html = plain.content()
        assert html.count("<script") == 2
    with at_the_door(browser, house) as amara:
        amara.evaluate(
            "const form = document.querySelector('form.begin');"
            "const field = document.createElement('input'); field.type = 'hidden'; field.name = 'do'; field.value = 'begin';"
            "form.append(field); HTMLFormElement.prototype.submit.call(form)"
        )
        expect(amara.locator("button[value=safe]")).to_be_visible()
        assert amara.evaluate("history.length") >= 2
        for choice in TO_A_PERSON:
            amara.locator(f'button[name=choice][value="{choice}"]').click()
            expect(amara.locator(f'button[name=choice][value="{choice}"]')).to_have_count(0)
        sends(amara, "He took my passport")
        chloe.answers(chloe.takes(), "I am here.")
        expect(amara.locator(".line.responder p")).to_have_text("I am here.")
        assert amara.locator("[name=token]").count() == 0
