"""Pictures of every page, to be looked at: on a phone and on a desk, dark and light, for whoever opens it.

    python -m bench.looks FOLDER [PART OF A NAME ...]

Pages are found as the tests find them (tests/every_page.py), those for the public in English and in Arabic.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize

from tests.browser_help import chromium
from tests.every_page import Site, Stop, fill, found, open_site, stories

SIZES = (ViewportSize(width=360, height=740), ViewportSize(width=1280, height=800))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def look(browser: Browser, site: Site, stop: Stop, folder: Path) -> None:
    """Four pictures of one page in one state, and one more with everything on it unfolded."""
    with site.context(browser, stop.who) as context:
        page = context.new_page()
        page.set_viewport_size(SIZES[1])
        site.comes(page, stop)
        for size in SIZES:
            page.set_viewport_size(size)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(350)
                page.screenshot(path=folder / f"{stop.name}-{size['width']}-{scheme}.png", full_page=True)
        if page.locator("details").count():
            page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
            page.screenshot(path=folder / f"{stop.name}-open.png", full_page=True)


def main(arguments: list[str]) -> int:
    if not arguments:
        print("Say into which folder: python -m bench.looks FOLDER [PART OF A NAME ...]", file=sys.stderr)
        return 2
    folder, parts = Path(arguments[0]), arguments[1:]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, open_site(Path(home)) as site, chromium() as browser:
        fill(site)
        for stop in [*found(site), *stories(site)]:
            if not parts or any(part in stop.name for part in parts):
                look(browser, site, stop, folder)
                print(stop.name, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
