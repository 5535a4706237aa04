"""Somebody forwards an offer on Telegram and is told what to ask before they pay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser_help import PHONE, picture, window
from tests.every_page import Site, open_site

pytestmark = pytest.mark.browser

FORWARDED = (
    "Hello dear, a hotel in Dubai needs cleaners, 600 dollars a month. You pay 400 dollars for the visa before Friday or your "
    "place goes to the next person. You sign the contract when you arrive."
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("site")) as one:
        yield one


def writes(page: Page, text: str) -> None:
    page.locator("#text-telegram").fill(text)
    page.locator("#telegram form.write button[type=submit], #telegram form.write button").first.click()
    expect(page.locator("#telegram .line.person").last).to_contain_text(text[:60])


def test_a_forwarded_offer_is_answered_with_what_to_ask(browser: Browser, site: Site) -> None:
    with window(browser, PHONE) as grace:
        grace.goto(f"{site.base}/demo/phone?person=61")
        writes(grace, FORWARDED)
        said = grace.locator("#telegram .line.hotline")
        for answer in ("1", "2", "1"):  # it is safe; no danger; this language
            writes(grace, answer)
        expect(said.last).to_contain_text("Stop and check")
        expect(said.last).to_contain_text("You pay to get the job")
        expect(said.last).to_contain_text("Who pays the fees")
        writes(grace, "1")
        expect(said.last).to_contain_text("The employer pays all costs")
        picture(grace, "offer-forwarded-360")
    for path in site.house.settings.home.rglob("*"):
        if path.is_file():
            assert b"hotel in Dubai" not in path.read_bytes(), path
