"""The simulated phone in a real browser, on a phone's screen and on a desk's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.cli import LAUNCHER
from app.tools.house import House
from tests.browser_help import DESK, PHONE, picture, window

pytestmark = pytest.mark.browser

APPS = ("sms", "whatsapp", "telegram", "signal")
QUESTION = "Hello. Is it safe for you to write now?"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(LAUNCHER, Path(tmp_path_factory.mktemp("house")))
    one.start()
    yield one
    one.stop()


@pytest.mark.parametrize(("size", "name"), [(PHONE, "360"), (DESK, "1280")], ids=["phone", "desk"])
def test_every_app_is_answered_and_fits_the_screen(
    browser: Browser, house: House, size: dict[str, int], name: str
) -> None:
    with window(browser, size) as page:
        page.goto(f"{house.base}/demo/phone?person={name[:2]}")
        for app in APPS:
            page.fill(f"#text-{app}", "hello")
            page.press(f"#text-{app}", "Enter")
            expect(page.locator(f"#{app} .line.person p").last).to_have_text("hello")
            expect(page.locator(f"#{app} .line.hotline p").last).to_contain_text(QUESTION, timeout=15_000)
        for app in ("whatsapp", "telegram"):
            page.locator(f"#{app} .choice").first.click()
            expect(page.locator(f"#{app} .line.hotline p").last).to_contain_text("Are you in danger now?")
        picture(page, f"phone-all-apps-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        if size is DESK:
            tops = {page.locator(f"#{app}").bounding_box()["y"] for app in APPS}  # type: ignore[index]
            assert len(tops) == 1, "four phones lie side by side"


def test_a_photo_can_be_sent_and_what_is_deleted_goes_from_the_screen(browser: Browser, house: House) -> None:
    with window(browser, DESK) as page:
        page.goto(f"{house.base}/demo/phone?person=50")
        for app in APPS:
            page.locator(f"#{app}").get_by_role("button", name="Send a photo").click()
            expect(page.locator(f"#{app} .line.person p").last).to_have_text("Photo")
        page.fill("#text-telegram", "delete everything")
        page.press("#text-telegram", "Enter")
        expect(page.locator("#telegram .line")).to_have_count(1, timeout=20_000)
        expect(page.locator("#telegram .line p")).to_contain_text("Messages of the last 48 hours are deleted here")
