"""Alerts in a real Chromium: its service worker under our strict policy, and the alarm of the open console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from app.cli import LAUNCHER
from app.tools.house import House
from tests.browser_help import DESK, PHONE, picture, window

pytestmark = pytest.mark.browser

STUB = """
Notification.requestPermission = () => Promise.resolve("granted");
PushManager.prototype.subscribe = function (options) {
  if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) return Promise.reject(new Error("key"));
  return Promise.resolve({ endpoint: location.origin + "/demo/push/one" });
};
"""
"""What needs a push service of the world. Everything else is Chromium's own."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(LAUNCHER, Path(tmp_path_factory.mktemp("house")))
    one.start()
    yield one
    one.stop()


def signs_in(page: Page, house: House) -> None:
    page.goto(f"{house.base}/staff/")
    page.fill("#name", "demo-chloe")
    page.fill("#password", house.staff["demo-chloe"])
    page.locator("main form button").click()
    expect(page).to_have_url(f"{house.base}/staff/")


@pytest.mark.parametrize(("size", "name"), [(PHONE, "360"), (DESK, "1280")], ids=["phone", "desk"])
def test_chloe_adds_her_browser_and_is_shown_that_somebody_waits_and_nothing_else(
    browser: Browser, house: House, size: dict[str, int], name: str
) -> None:
    scheme = "dark" if size is PHONE else "light"
    with window(browser, size, color_scheme=scheme, permissions=["notifications"]) as page:
        page.add_init_script(STUB)
        signs_in(page, house)
        page.goto(f"{house.base}/staff/alerts")
        page.get_by_role("button", name="Alert me in this browser").click()
        expect(page.locator(".things li").first).to_contain_text("Browser 127.0.0.1")
        if size is DESK:
            page.get_by_role("button", name="Send me a test alert").click()
            expect(page.locator("div.notice")).to_contain_text("A test is on its way: Browser.")
        page.get_by_role("button", name="Connect Telegram").click()
        expect(page.locator("code.secret")).to_contain_text("/start staff_")
        picture(page, f"alerts-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        shown = pushed(page, house)
        assert shown == [{"title": "Somebody waits", "body": "Open the console.", "tag": "waits"}]
        page.get_by_role("button", name="Remove Browser").click()
        expect(page.locator(".things li")).to_have_count(0)


def pushed(page: Page, house: House) -> list[dict[str, str]]:
    """What the service worker shows when a push without content comes."""
    cdp = page.context.new_cdp_session(page)
    found: list[str] = []

    def note(event: dict[str, Any]) -> None:
        found.extend(one["registrationId"] for one in event["registrations"] if not one["isDeleted"])

    cdp.on("ServiceWorker.workerRegistrationUpdated", note)
    cdp.send("ServiceWorker.enable")
    page.wait_for_function("() => navigator.serviceWorker.ready.then((one) => one.active.state === 'activated')")
    origin = f"http://127.0.0.1:{urlsplit(house.base).port}/"
    cdp.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[0], "data": ""})
    seen = """() => navigator.serviceWorker.ready.then((one) => one.getNotifications())
        .then((all) => all.map((one) => ({title: one.title, body: one.body, tag: one.tag})))"""
    shown: list[dict[str, str]] = []
    for _ in range(100):
        shown = page.evaluate(seen)
        if shown:
            break
        page.wait_for_timeout(100)
    return shown


def board(page: Page, *cards: dict[str, Any], on_duty: bool = True) -> None:
    """The page hears of this board."""
    waiting = [{"lower": False, "late": False, "offered": True, "reasons": [], "since": 1, **card} for card in cards]
    detail = {"on_duty": on_duty, "people": 1, "waiting": waiting}
    page.evaluate("(seen) => document.dispatchEvent(new CustomEvent('desk:board', {detail: seen}))", detail)


def tones(page: Page) -> int:
    return int(page.locator("[data-alarm]").get_attribute("data-tones") or 0)


@pytest.mark.parametrize(("size", "name"), [(PHONE, "360"), (DESK, "1280")], ids=["phone", "desk"])
def test_the_open_console_calls_until_nobody_waits_too_long(
    browser: Browser, house: House, size: dict[str, int], name: str
) -> None:
    scheme = "light" if size is PHONE else "dark"
    with window(browser, size, color_scheme=scheme) as page:
        signs_in(page, house)
        page.route(
            "**/staff/events", lambda route: route.fulfill(status=200, content_type="text/event-stream", body="")
        )
        page.goto(f"{house.base}/staff/")
        bar, quiet = page.locator("[data-alarm]"), page.locator("[data-quiet]")
        board(page)
        page.locator("#sound").check()
        before = tones(page)
        board(page, {"id": "a", "level": "soon"})
        assert tones(page) == before + 1
        expect(bar).to_be_hidden()
        board(
            page,
            {"id": "a", "level": "soon", "late": True},
            {"id": "b", "level": "urgent", "lower": True, "late": True},
        )
        expect(bar).to_be_visible()
        page.wait_for_function("() => document.title.startsWith('\\u203c ')")
        picture(page, f"alarm-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        bar.get_by_role("button", name="Quiet for 5 minutes").click()
        expect(bar).to_be_hidden()
        expect(quiet).to_be_visible()
        board(page, {"id": "a", "level": "soon", "late": True}, {"id": "c", "level": "routine"})
        assert tones(page) == before + 1, "muted"
        board(page, {"id": "a", "level": "soon", "late": True}, {"id": "d", "level": "immediate"})
        assert tones(page) == before + 2, "somebody new in danger"
        expect(bar).to_be_visible()
        paused = {"id": "e", "level": "urgent", "late": True, "reasons": [["paused", "s", 0]]}
        board(page, paused)
        expect(bar).to_be_hidden()
        expect(quiet).to_be_hidden()
        page.wait_for_function("() => !document.title.startsWith('\\u203c ')")
        page.reload()
        expect(page.locator("#sound")).to_be_checked()
