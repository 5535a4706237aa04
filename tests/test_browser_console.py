"""The desk in a real browser: several contacts at once, drafts, keys, the tools, and what a caller writes as text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from app.cli import LAUNCHER
from app.tools.house import House
from app.tools.visitor import Visitor
from tests.browser_help import DESK, PHONE, picture, window

pytestmark = pytest.mark.browser

TO_A_PERSON = ("hello", "1", "2", "1", "6", "1")
"""Safe, no danger, this language, a person, agreed: in the demo somebody is always on duty."""

TRAP = "look \u202eat\u202c https://teIegram.org/x or www.example.com, he is @boss_77, call +47 900 00 123"
PEOPLE = iter(range(40, 99))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(LAUNCHER, Path(tmp_path_factory.mktemp("house")))
    one.start()
    yield one
    one.stop()


def sign_in(page: Page, house: House, name: str = "demo-chloe") -> None:
    page.goto(f"{house.base}/staff/")
    page.fill("#name", name)
    page.fill("#password", house.staff[name])
    page.locator("main form button").click()
    expect(page).to_have_url(f"{house.base}/staff/")


class Phone:
    """Somebody who writes to the hotline, and is waiting for a person."""

    def __init__(self, house: House, app: str = "sms") -> None:
        self._phones, self._person, self._app = Visitor(house.base), str(next(PEOPLE)), app
        for text in TO_A_PERSON:
            self.writes(text)

    def writes(self, text: str) -> None:
        self._phones.post("/demo/phone", {"person": self._person, "app": self._app, "text": text})

    def reads(self) -> str:
        return self._phones.get(f"/demo/phone?person={self._person}").text


def take(page: Page, house: House) -> str:
    """Take whoever is first; says which contact it is."""
    page.goto(f"{house.base}/staff/")
    page.locator(".queue .list .card").get_by_role("button", name="Take").first.click()
    page.wait_for_url("**/staff/contacts/*")
    return page.url.rsplit("/", 1)[1]


def pressed(page: Page, house: House, *, cancelled: bool) -> str:
    """A hand goes down on the first card's button, one more caller comes, and the hand goes up; says whose card it was."""
    page.goto(f"{house.base}/staff/")
    card = page.locator(".queue .list .card").first
    known = page.locator(".queue .list .card").count()
    contact = card.get_attribute("data-id") or ""
    button = card.get_by_role("button", name="Take")
    expect(page.locator("[data-live]")).to_be_attached()
    button.hover()
    page.mouse.down()
    if cancelled:
        page.evaluate("document.dispatchEvent(new PointerEvent('pointercancel'))")
    Phone(house)
    if cancelled:
        expect(page.locator(".queue .list .card")).to_have_count(known + 1)
    else:
        page.wait_for_timeout(1500)
        expect(page.locator(".queue .list .card")).to_have_count(known)
    page.mouse.up()
    return contact


def close(page: Page, house: House, contact: str) -> None:
    page.goto(f"{house.base}/staff/contacts/{contact}")
    page.locator(".tools details.close > summary").last.click()
    page.locator(".close input[name=even_unsent]").check()
    page.locator(".close button.destroy").click()
    expect(page.locator("h1")).to_contain_text("Closed and destroyed")


def test_a_card_that_is_pressed_is_taken_though_the_board_moves_meanwhile(browser: Browser, house: House) -> None:
    Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        contact = pressed(chloe, house, cancelled=False)
        expect(chloe).to_have_url(f"{house.base}/staff/contacts/{contact}")
        close(chloe, house, contact)
        close(chloe, house, take(chloe, house))


def test_a_hand_of_which_nothing_more_is_heard_holds_the_board_ten_seconds_at_most(
    browser: Browser, house: House
) -> None:
    Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        chloe.evaluate("document.dispatchEvent(new PointerEvent('pointerdown'))")
        known = chloe.locator(".queue .list .card").count()
        Phone(house)
        expect(chloe.locator(".queue .list .card")).to_have_count(known + 1)
        for _ in range(2):
            close(chloe, house, take(chloe, house))


def test_drawn_anew_under_the_hand_the_press_would_be_lost(browser: Browser, house: House) -> None:
    Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        pressed(chloe, house, cancelled=True)
        chloe.wait_for_timeout(1000)
        expect(chloe).to_have_url(f"{house.base}/staff/")
        for _ in range(2):
            close(chloe, house, take(chloe, house))


def test_a_draft_waits_while_another_contact_is_answered(browser: Browser, house: House) -> None:
    amara, bogdan = Phone(house), Phone(house, "whatsapp")
    with window(browser) as chloe:
        sign_in(chloe, house)
        first = take(chloe, house)
        second = take(chloe, house)
        asked: list[str] = []
        chloe.on("request", lambda request: asked.append(f"{request.method} {request.url} {request.post_data or ''}"))
        expect(chloe.locator("[data-tabs] a")).to_have_count(2)
        chloe.fill("#answer", "Half an answer")
        (chloe.locator(f'a[data-tab="{first}"]')).click()
        expect(chloe.locator("main")).to_have_attribute("data-contact", first)
        expect(chloe.locator("#answer")).to_have_value("")
        chloe.fill("#answer", "A whole answer for the first")
        chloe.keyboard.press("Control+Enter")
        expect(chloe.locator(".line.responder")).to_contain_text("A whole answer for the first")
        expect(chloe.locator("#answer")).to_have_value("")
        chloe.locator(f'a[data-tab="{second}"]').click()
        expect(chloe.locator("#answer")).to_have_value("Half an answer")
        expect(chloe.locator(".line.responder")).to_have_count(0)
        chloe.go_back()
        expect(chloe.locator("main")).to_have_attribute("data-contact", first)
        chloe.go_forward()
        expect(chloe.locator("#answer")).to_have_value("Half an answer")
        assert not any("Half" in one for one in asked), "unsent typing is sent to nobody"
        assert chloe.evaluate("JSON.stringify([localStorage, sessionStorage, history.state])") == "[{},{},null]"
        chloe.fill("#answer", "")
        chloe.locator("[data-tool=note] summary").click()
        chloe.fill("#note", "Half a note")
        chloe.locator(f'a[data-tab="{first}"]').click()
        expect(chloe.locator("#note")).to_have_value("")
        chloe.locator(f'a[data-tab="{second}"]').click()
        expect(chloe.locator("#note")).to_have_value("Half a note")
        chloe.fill("#note", "")
        for one in (first, second):
            close(chloe, house, one)
    assert "A whole answer" in amara.reads() + bogdan.reads()


def test_what_is_typed_while_another_contact_opens_lands_in_nobody_s_box(browser: Browser, house: House) -> None:
    Phone(house), Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        first, second = take(chloe, house), take(chloe, house)
        held: list[Route] = []
        chloe.route(f"**/staff/contacts/{first}", lambda route: held.append(route))
        expect(chloe.locator("[data-tabs] a")).to_have_count(2)
        tabs = [one.get_attribute("data-tab") for one in chloe.locator("[data-tabs] a").all()]
        chloe.focus("#answer")
        with chloe.expect_request(f"**/staff/contacts/{first}"):
            chloe.keyboard.press(f"Alt+{tabs.index(first) + 1}")
        chloe.keyboard.type("for the first alone")
        chloe.keyboard.press("Control+Enter")
        held[0].continue_()
        expect(chloe.locator("main")).to_have_attribute("data-contact", first)
        expect(chloe.locator("#answer")).to_have_value("")
        chloe.keyboard.type("now it is open")
        expect(chloe.locator("#answer")).to_have_value("now it is open")
        chloe.fill("#answer", "")
        chloe.locator(f'a[data-tab="{second}"]').click()
        expect(chloe.locator("main")).to_have_attribute("data-contact", second)
        expect(chloe.locator("#answer")).to_have_value("")
        chloe.unroute_all()
        for one in (first, second):
            close(chloe, house, one)


def test_nor_while_an_answer_is_still_on_its_way_and_a_page_that_never_comes_holds_nobody(
    browser: Browser, house: House
) -> None:
    Phone(house), Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        first, second = take(chloe, house), take(chloe, house)
        expect(chloe.locator("[data-tabs] a")).to_have_count(2)
        number = [one.get_attribute("data-tab") for one in chloe.locator("[data-tabs] a").all()].index(first) + 1
        held: list[Route] = []
        chloe.route(f"**/staff/contacts/{second}/answer", lambda route: held.append(route))
        chloe.fill("#answer", "for the second")
        with chloe.expect_request(f"**/staff/contacts/{second}/answer"):
            chloe.keyboard.press("Control+Enter")
        chloe.keyboard.press(f"Alt+{number}")
        chloe.keyboard.type("for the first alone")
        held[0].continue_()
        expect(chloe.locator("main")).to_have_attribute("data-contact", first)
        expect(chloe.locator("#answer")).to_have_value("")
        chloe.unroute_all()
        chloe.route(f"**/staff/contacts/{second}", lambda route: None)
        chloe.locator(f'a[data-tab="{second}"]').click()
        expect(chloe.locator("main.contact")).to_have_attribute("inert", "")
        expect(chloe.locator("main.contact:not([inert])")).to_have_attribute("data-contact", first)
        expect(chloe.locator(".trouble")).to_be_visible()
        chloe.unroute_all(behavior="ignoreErrors")
        for one in (first, second):
            close(chloe, house, one)


def test_a_caller_who_writes_marks_their_tab_and_the_keys_lead_there(browser: Browser, house: House) -> None:
    amara, bogdan = Phone(house), Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        open_ones = [take(chloe, house), take(chloe, house)]
        for one in reversed(open_ones):
            expect(chloe.locator("main")).to_have_attribute("data-contact", one)
            chloe.fill("#answer", "I am here.")
            chloe.keyboard.press("Control+Enter")
            expect(chloe.locator(".line.responder")).to_have_count(1)
            expect(chloe.locator("[data-tabs] a[aria-current] .new")).to_have_count(0)
            chloe.keyboard.press("Alt+KeyN")
        here = chloe.locator("main").get_attribute("data-contact")
        amara.writes("Are you there?")
        bogdan.writes("Hello?")
        expect(chloe.locator("[data-tabs] .new")).to_have_count(2)
        picture(chloe, "desk-two-1280")
        chloe.keyboard.press("Alt+KeyN")
        expect(chloe.locator("main")).not_to_have_attribute("data-contact", str(here))
        at = [one.get_attribute("data-tab") for one in chloe.locator("[data-tabs] a").all()].index(here) + 1
        chloe.keyboard.press(f"Alt+Digit{at}")
        expect(chloe.locator("main")).to_have_attribute("data-contact", str(here))
        for one in open_ones:
            close(chloe, house, one)


def test_single_keys_work_outside_fields_and_can_be_switched_off(browser: Browser, house: House) -> None:
    Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        contact = take(chloe, house)
        chloe.locator("h1").first.click()
        chloe.keyboard.press("?")
        expect(chloe.locator("dialog.keylist")).to_be_visible()
        picture(chloe, "keys-1280")
        chloe.keyboard.press("Escape")
        chloe.keyboard.press("n")
        expect(chloe.locator("#note")).to_be_focused()
        chloe.keyboard.type("?/acd")
        expect(chloe.locator("#note")).to_have_value("?/acd")
        expect(chloe.locator("dialog.keylist")).to_be_hidden()
        chloe.fill("#note", "")
        chloe.keyboard.press("Escape")
        chloe.keyboard.press("/")
        expect(chloe.locator("#phrase-search")).to_be_focused()
        chloe.keyboard.press("Escape")
        chloe.locator("[data-keys]").click()
        chloe.locator("[data-keys-single]").uncheck()
        chloe.keyboard.press("Escape")
        chloe.reload()
        for key in ("?", "/", "n"):
            chloe.keyboard.press(key)
        expect(chloe.locator("dialog.keylist")).to_be_hidden()
        expect(chloe.locator(".phrasebook[open], .tool.note[open]")).to_have_count(0)
        chloe.locator("[data-keys]").click()
        chloe.locator("[data-keys-single]").check()
        chloe.keyboard.press("Escape")
        close(chloe, house, contact)


def test_what_a_caller_writes_is_shown_inert_live_as_after_a_reload(browser: Browser, house: House) -> None:
    amara = Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        contact = take(chloe, house)
        amara.writes(TRAP)
        line = chloe.locator(".line.caller").last
        expect(line.locator(".sign")).to_have_text(["RLO", "PDF"])
        expect(line.locator(".inert b")).to_have_text(["teIegram.org", "www.example.com"])
        expect(line.locator(".oddity")).to_contain_text("It is made to look like telegram.org and is not.")
        assert line.locator("a").count() == 0
        live = line.inner_html()
        chloe.reload()
        expect(line.locator(".sign")).to_have_count(2)
        assert squeezed(line.inner_html()) == squeezed(live)
        picture(chloe, "links-1280")
        close(chloe, house, contact)


def squeezed(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", html)).strip()


def test_the_tools_work_without_leaving_the_page_and_keep_what_is_typed(browser: Browser, house: House) -> None:
    amara = Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        contact = take(chloe, house)
        chloe.fill("#answer", "Half an answer")
        checks = chloe.locator("[data-tool=checks]")
        if not checks.evaluate("one => one.open"):
            checks.locator("summary").click()
        checks.get_by_role("button", name="Nothing promised").click()
        expect(checks.locator(".check.done")).to_have_count(1)
        chloe.locator("[data-tool=note] summary").click()
        chloe.fill("#note", "She wants to be called Amara")
        chloe.get_by_role("button", name="Keep the note").click()
        expect(chloe.locator(".line.note")).to_contain_text("only staff see this")
        expect(chloe.locator("#note")).to_have_value("")
        chloe.locator("[data-tool=directory] > summary").click()
        chloe.fill("#directory-words", "112")
        chloe.get_by_role("button", name="Search").click()
        expect(chloe.locator("#directory-words[value='112']")).to_be_visible()  # what was asked for has come
        expect(chloe.locator(".entry .number-of").first).to_be_visible()
        expect(chloe.locator("#answer")).to_have_value("Half an answer")
        entry = chloe.locator(".entry").first
        if entry.locator(".sure > summary").count():
            entry.locator(".sure > summary").click()
        entry.get_by_role("button", name="Put into answer").click()
        expect(chloe.locator("#answer")).to_have_value(re.compile("Half an answer\n.*112", re.DOTALL))
        picture(chloe, "tools-1280")
        chloe.keyboard.press("Control+Enter")
        expect(chloe.locator(".line.responder")).to_contain_text("112")
        assert "/directory" not in chloe.url
        chloe.reload()
        expect(chloe.locator(".line.note")).to_contain_text("She wants to be called Amara")
        assert "called Amara" not in amara.reads()
        close(chloe, house, contact)


def test_who_stays_when_the_owner_leaves_goes_on_writing_on_the_page_as_it_is(browser: Browser, house: House) -> None:
    """Found by this test: the fence rose, so that the first answer of whoever stayed was refused as one from before."""
    Phone(house)
    with window(browser, locale="en-US") as chloe, window(browser, locale="en-US") as emil:
        sign_in(chloe, house)
        sign_in(emil, house, "demo-emil")
        expect(emil.locator("[data-live]")).to_be_visible()
        contact = take(chloe, house)
        while not chloe.locator("#join").count():  # until his first beat is written down
            chloe.wait_for_timeout(500)
            chloe.reload()
        tool = chloe.locator("details.close", has=chloe.locator("#join"))
        tool.locator("summary").click()
        colleague = tool.locator("option", has_text="demo-emil").get_attribute("value")
        tool.locator("select").select_option(colleague)
        tool.locator(".button").click()
        emil.locator(".asked ~ .answers .button").click()
        emil.wait_for_url(f"**/{contact}")
        emil.fill("#answer", "I am still here.")
        chloe.goto(f"{house.base}/staff/contacts/{contact}")
        chloe.locator(".beside .quiet").click()
        chloe.wait_for_url("**/staff/")
        expect(emil.locator(".transfer .changed")).to_be_visible()
        emil.locator(".answer .button").click()
        expect(emil.locator(".talk .line.responder").last).to_contain_text("I am still here.")
        close(emil, house, contact)


def test_whoever_leaves_with_something_typed_is_asked_first(browser: Browser, house: House) -> None:
    Phone(house)
    with window(browser) as chloe:
        sign_in(chloe, house)
        contact = take(chloe, house)
        asked: list[str] = []

        def agree(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        chloe.on("dialog", agree)
        chloe.locator("#answer").press_sequentially("Half an answer")
        chloe.locator(".bar a.name").click()
        chloe.wait_for_url(f"{house.base}/staff/")
        assert asked == ["beforeunload"]
        chloe.goto(f"{house.base}/staff/contacts/{contact}")
        chloe.locator(".bar a.name").click()
        chloe.wait_for_url(f"{house.base}/staff/")
        assert asked == ["beforeunload"]
        close(chloe, house, contact)


@pytest.mark.parametrize(("size", "name"), [(PHONE, "360"), (DESK, "1280")], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_fits_every_screen(
    browser: Browser, house: House, size: dict[str, int], name: str, scheme: str
) -> None:
    amara, bogdan = Phone(house), Phone(house, "whatsapp")
    amara.writes("He has a knife and took my passport")
    bogdan.writes("مرحبا، أحتاج المساعدة")
    with window(browser, size, color_scheme=scheme) as chloe:
        sign_in(chloe, house)
        contacts = [take(chloe, house), take(chloe, house)]
        chloe.locator(f'a[data-tab="{contacts[0]}"]').click()
        expect(chloe.locator("main")).to_have_attribute("data-contact", contacts[0])
        for text in (TRAP, "Where can I sleep tonight?"):
            amara.writes(text)
        chloe.fill("#answer", "I am here with you.")
        chloe.keyboard.press("Control+Enter")
        expect(chloe.locator(".line.responder")).to_have_count(1)
        chloe.locator("[data-tool=note] summary").click()
        chloe.fill("#note", "Speaks a little English. Has a sister in Oslo.")
        chloe.get_by_role("button", name="Keep the note").click()
        expect(chloe.locator(".line.note")).to_have_count(1)
        wide = chloe.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{wide} px wide on a {size['width']} px screen"
        picture(chloe, f"desk-{name}-{scheme}")
        chloe.locator("[data-tool=directory] > summary").click()
        chloe.locator("[data-tool=directory]").scroll_into_view_if_needed()
        picture(chloe, f"desk-directory-{name}-{scheme}")
        small = chloe.evaluate(
            """() => [...document.querySelectorAll('main button, main summary, main a')].filter(one => {
                const box = one.getBoundingClientRect();
                return box.width && box.height && box.height < 43.5;
            }).map(one => one.outerHTML.slice(0, 90))"""
        )
        assert small == []
        for one in contacts:
            close(chloe, house, one)
