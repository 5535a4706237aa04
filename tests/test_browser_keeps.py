"""A potential migrant on a cheap phone and a slow line: finds the page for people like her, and keeps it. No script runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, expect

from tests.browser_help import PHONE, picture
from tests.every_page import Site, open_site

pytestmark = pytest.mark.browser

ROUND_TRIP, BYTES_A_SECOND = 800, 35_000
"""Milliseconds and bytes of a slow 2G line, as Chromium's own preset for it had them ("GPRS/2G regular")."""

MOST_SECONDS = 8.0
"""Two round trips for the page with its style sheet and 14 KB take about 2.5 s on such a line; the rest: a busy machine."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("site"), model=False) as one:
        yield one


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    small = ViewportSize(width=PHONE["width"], height=PHONE["height"])
    context = browser.new_context(viewport=small, locale="ro-RO", java_script_enabled=False, accept_downloads=True)
    yield context
    context.close()


def slow_line(page: Page) -> CDPSession:
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    how = {"offline": False, "latency": ROUND_TRIP, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": 10_000}
    line.send("Network.emulateNetworkConditions", how)
    return line


def seconds(page: Page, deed: str) -> float:
    began = time.monotonic()
    page.locator(deed).first.click()
    page.wait_for_load_state("load")
    return time.monotonic() - began


def test_ioana_finds_the_page_for_people_like_her_and_keeps_it(
    phone: BrowserContext, site: Site, tmp_path: Path
) -> None:
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slow_line(page)
    began = time.monotonic()
    page.goto(site.base)
    assert time.monotonic() - began < MOST_SECONDS
    assert page.locator("html").get_attribute("lang") == "ro", "the browser says which language it reads"
    picture(page, "slow-home-ro-360")
    assert seconds(page, 'a[href="/ro/who"]') < MOST_SECONDS
    picture(page, "slow-who-ro-360")
    assert seconds(page, '.these a[href="/ro/c/care-work-abroad"]') < MOST_SECONDS
    picture(page, "slow-campaign-ro-360")
    title = page.locator("h1").inner_text()
    with page.expect_download() as arriving:
        page.locator("a[download]").first.click()
    assert arriving.value.suggested_filename == "page.html", "a name that tells nothing"
    kept = tmp_path / "page.html"
    arriving.value.save_as(kept)
    assert all(url.startswith(site.base) for url in asked)
    assert phone.cookies() == []
    it_opens_without_internet(phone, kept, title)


def it_opens_without_internet(phone: BrowserContext, kept: Path, title: str) -> None:
    phone.set_offline(True)
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(kept.as_uri())
    expect(page.locator("h1")).to_have_text(title)
    assert page.title() != title
    page.locator(".checklist input").first.check()
    assert page.locator('a[href^="tel:"]').count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert asked == [kept.as_uri()]
    picture(page, "kept-ro-360")
