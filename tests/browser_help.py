"""A real Chromium for the tests, and the pictures it leaves under shots/ to be looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser_here import browser as chromium_here

SHOTS = Path(__file__).resolve().parent.parent / "shots"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
OURS = ("http://127.0.0.1:", "https://www.wikipedia.org/")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
expect.set_options(timeout=20_000)
"""Milliseconds; the machine may be busy with others. How quick an answer is, bench/ measures."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    path = chromium_here()
    assert path, "Chromium is missing: run `make test`, which installs it, or apt-get install chromium."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def window(browser: Browser, size: dict[str, int] = DESK, **more: object) -> Iterator[Page]:
    """A page that notes whatever its browser complains of, and every request that leaves this machine unasked."""
    context: BrowserContext = browser.new_context(viewport=size, **more)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(OURS) else complaints.append(request.url))
    yield page
    context.close()
    assert complaints == []


def picture(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
