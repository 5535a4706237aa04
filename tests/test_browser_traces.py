"""What a chat leaves in a real browser's profile: every file is searched, by another process, after the browser has ended.

Whoever takes the phone afterwards finds the name of the host, and neither the words nor the address nor the title of the
chat. That holds for who came through the site's own door; who typed the chat's address finds that address again.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Error, Page, sync_playwright

from app.cli import LAUNCHER
from app.tools.house import House, free_port
from tests.browser_help import FLAGS
from tests.browser_here import browser as chromium_here
from tests.people import comes_true

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAID, UNSENT = "QuerzSaidThis11", "QuerzTypedOnly22"
TO_A_PERSON = ("safe", "no_danger", "this", "person", "agree")
FLUSHED = 4_000
"""Chromium writes its session after two and a half seconds."""

HISTORY = 11_000
"""And its history after ten."""

SEARCH = """
import json, sys
from pathlib import Path
root, words = Path(sys.argv[1]), sys.argv[2:]
found = {word: set() for word in words}
for path in root.rglob("*"):
    if path.is_file() and not path.is_symlink():
        content = path.read_bytes()
        for word in words:
            if any(word.encode(code) in content for code in ("utf-8", "utf-16-le", "utf-16-be")):
                found[word].add(path.relative_to(root).parts[1] if len(path.relative_to(root).parts) > 1 else path.name)
print(json.dumps({word: sorted(places) for word, places in found.items()}))
"""

Story = Callable[[Page], None]


def found(profile: Path, *words: str) -> dict[str, list[str]]:
    """In which parts of the profile each word stands, in UTF-8 or UTF-16. SQLite files are searched as bytes, and with
    them whatever they have deleted and not yet overwritten."""
    run = subprocess.run(
        [sys.executable, "-c", SEARCH, str(profile), *words], capture_output=True, text=True, check=True, timeout=60
    )
    table: dict[str, list[str]] = json.loads(run.stdout)
    return table


def nowhere(profile: Path, *words: str) -> bool:
    hits = {word: places for word, places in found(profile, *words).items() if places}
    assert hits == {}
    return True


@contextmanager
def chromium_with(profile: Path, *, kill: bool) -> Iterator[Page]:
    """A Chromium with a profile on the disk, as a person has it: nothing switched off that remembers. `kill` ends it
    as a flat battery would; else it is closed."""
    path = chromium_here()
    assert path, "Chromium is missing: run `make test`, which installs it, or apt-get install chromium."
    port = free_port()
    command = [path, "--headless=new", *FLAGS, f"--user-data-dir={profile}", f"--remote-debugging-port={port}"]
    process = subprocess.Popen(
        [*command, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.connect_over_cdp(_address(port))
            yield browser.contexts[0].pages[0]
            if kill:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                _close(browser.new_browser_cdp_session())
            process.wait(timeout=20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=20)


def _close(session: CDPSession) -> None:
    with contextlib.suppress(Error):  # it may be gone before it has answered
        session.send("Browser.close")


def _address(port: int) -> str:
    comes_true(lambda: _listens(port), 30)
    return f"http://127.0.0.1:{port}"


def _listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/json/version")
        return bool(connection.getresponse().read())
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(LAUNCHER, Path(tmp_path_factory.mktemp("house")))
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def careless() -> Iterator[str]:
    """A chat as most are: an address and a title of its own, and a form that is posted."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (
                b"<!doctype html><title>QuerzTitle33</title><form method=post action=/querz-path-44>"
                b"<textarea name=t id=t></textarea><button>Send</button></form>"
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def talks(page: Page, house: House, address: str = "") -> None:
    """Through the door of the first page, or by `address`, to a person, and one message."""
    page.goto(f"{house.base}{address or '/en/'}")
    if not address:
        page.locator(".doors button").click()
    page.locator("button[value=begin]").click()
    for choice in TO_A_PERSON:
        page.locator(f'button[name=choice][value="{choice}"]').click()
        page.locator(f'button[name=choice][value="{choice}"]').wait_for(state="detached")
    page.fill("#words", SAID)
    page.locator("button[value=send]").click()
    page.locator(".line.caller", has_text=SAID).wait_for()


def leaves(page: Page) -> None:
    page.evaluate("setTimeout(() => document.querySelector('.leave').click(), 0)")
    page.wait_for_timeout(FLUSHED)


def types_on(page: Page) -> None:
    page.fill("#words", UNSENT)
    page.wait_for_timeout(HISTORY)


def goes_back(page: Page) -> None:
    page.evaluate("setTimeout(() => history.back(), 0)")
    page.wait_for_timeout(FLUSHED)
    assert SAID not in page.content()


def leaves_and_goes_back(page: Page) -> None:
    leaves(page)
    goes_back(page)


def of_the_chat() -> tuple[str, ...]:
    """Whatever would tell of it: the words, the path, the heading, the names of its files."""
    return (SAID, UNSENT, "/en/chat", "Messages", "chat.", "leave.", "do=send", "do=begin")


@pytest.mark.parametrize("kill", [False, True], ids=["closed", "killed"])
def test_the_search_finds_what_a_careless_chat_leaves(tmp_path: Path, careless: str, kill: bool) -> None:
    with chromium_with(tmp_path, kill=kill) as page:
        page.goto(f"{careless}/querz-first")
        page.fill("#t", SAID)
        page.click("button")
        page.wait_for_url("**/querz-path-44")
        page.fill("#t", UNSENT)
        page.wait_for_timeout(HISTORY)
    hits = found(tmp_path, SAID, UNSENT, "querz-path-44", "QuerzTitle33")
    for word in (SAID, UNSENT):
        assert "Sessions" in hits[word]
    for word in ("querz-path-44", "QuerzTitle33"):
        assert {"Sessions", "History"} <= set(hits[word])


STORIES: dict[str, tuple[Story, bool]] = {
    "she leaves": (leaves, False),
    "she leaves and the battery is flat": (leaves, True),
    "she has typed on and closes the browser": (types_on, False),
    "she has typed on and the battery is flat": (types_on, True),
    "she leaves and somebody goes back": (leaves_and_goes_back, True),
}


@pytest.mark.parametrize(("story", "kill"), STORIES.values(), ids=list(STORIES))
def test_of_a_chat_nothing_remains_but_the_name_of_the_host(
    tmp_path: Path, house: House, story: Story, kill: bool
) -> None:
    with chromium_with(tmp_path, kill=kill) as page:
        talks(page, house)
        story(page)
    assert nowhere(tmp_path, *of_the_chat())
    if not kill:
        host = house.base.removeprefix("http://")
        assert "History" in found(tmp_path, host)[host], "that much remains, and the page says so"


def test_back_from_another_site_shows_nothing_though_the_browser_kept_the_page(
    tmp_path: Path, house: House, careless: str
) -> None:
    """She types another address over it, without leaving by the button."""
    with chromium_with(tmp_path, kill=True) as page:
        talks(page, house)
        page.goto(f"{careless}/querz-elsewhere")
        goes_back(page)
        assert page.url.startswith(f"{house.base}/")
        assert page.locator(".line").count() == 0
    assert nowhere(tmp_path, *of_the_chat())


def test_who_types_the_address_of_the_chat_finds_that_address_again_and_nothing_else(
    tmp_path: Path, house: House
) -> None:
    """No page can take back its own address once it was visited: so the site's door has none. This is what remains."""
    with chromium_with(tmp_path, kill=False) as page:
        talks(page, house, "/en/chat")
        leaves(page)
    hits = found(tmp_path, *of_the_chat())
    assert "History" in hits.pop("/en/chat")
    assert {word: places for word, places in hits.items() if places} == {}


def test_without_the_script_the_browser_remembers_what_was_posted_and_still_no_address(
    tmp_path: Path, house: House
) -> None:
    """What fetch is for: a form that the browser itself posts is kept with its session, until that is over."""
    with chromium_with(tmp_path, kill=True) as page:
        page.context.new_cdp_session(page).send("Emulation.setScriptExecutionDisabled", {"value": True})
        page.goto(f"{house.base}/en/")
        page.locator(".doors button").click()
        page.locator("button[value=begin]").click()
        page.fill("#words", SAID)
        page.locator("button[value=send]").click()
        page.locator(".line.bot", has_text="safe").wait_for()
        page.wait_for_timeout(FLUSHED)
    hits = found(tmp_path, SAID, "/en/chat", "Messages")
    assert hits == {SAID: ["Sessions"], "/en/chat": [], "Messages": []}
