"""What the console's pages weigh, as a browser is served them: with every style sheet, script and icon."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from hotline.contact import Channel
from tests.every_page import PATIENCE, Site, Stop, fill, found, open_site

pytestmark = pytest.mark.browser

GOAL = 120 * 1024
"""Bytes over the line for one page and all that belongs to it, on a first visit. Answers of the router go uncompressed on
loopback; in front of it stands what docs/running.md says, and that compresses or not as it is told to."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("site")) as one:
        fill(one)
        yield one


def weight(browser: Browser, site: Site, stop: Stop) -> dict[str, int]:
    """Bytes received for each address, headers and compressed bodies, by a browser that has nothing kept."""
    with site.context(browser, stop.who) as context:
        page = context.new_page()
        received, under_way = _listening(page)
        page.goto(site.base + stop.path)
        _settles(page, under_way)
    return received


def _settles(page: Page, under_way: set[str]) -> None:
    """Nothing is on its way any more."""
    page.wait_for_timeout(100)
    until = time.monotonic() + PATIENCE / 1000
    while under_way and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert not under_way


def _listening(page: Page) -> tuple[dict[str, int], set[str]]:
    """Bytes received for each address, and what is still on its way; the open stream of the console never ends."""
    session, addresses = page.context.new_cdp_session(page), dict[str, str]()
    received, under_way = dict[str, int](), set[str]()
    session.send("Network.enable")

    def asked(event: dict[str, object]) -> None:
        if event["type"] != "EventSource":
            under_way.add(str(event["requestId"]))

    def came(event: dict[str, object]) -> None:
        addresses[str(event["requestId"])] = str(event["response"]["url"])  # type: ignore[index]

    def over(event: dict[str, object]) -> None:
        address = addresses.get(str(event["requestId"]), "")
        received[address] = received.get(address, 0) + int(event["encodedDataLength"])  # type: ignore[call-overload]
        under_way.discard(str(event["requestId"]))

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.responseReceived", came)
    session.on("Network.loadingFinished", over)
    session.on("Network.loadingFailed", lambda event: under_way.discard(str(event["requestId"])))
    return received, under_way


def test_no_page_of_the_console_weighs_more_than_it_may(browser: Browser, site: Site) -> None:
    stops = [stop for stop in found(site) if stop.path.startswith("/staff")]
    assert {"staff", "staff-roster", f"staff-contacts-{Channel.SMS.value}"} <= {stop.name for stop in stops}
    weights = {stop.name: sum(weight(browser, site, stop).values()) for stop in stops}
    print({name: round(one / 1024, 1) for name, one in sorted(weights.items(), key=lambda row: -row[1])})
    assert {name: one for name, one in weights.items() if one > GOAL} == {}
    assert min(weights.values()) > 4096, "what was measured is a whole page"


def test_style_sheets_and_scripts_are_served_compressed(browser: Browser, site: Site) -> None:
    stop = Stop("contact", f"/staff/contacts/{site.contacts[Channel.SMS].id}", "Chloe")
    static = {address: size for address, size in weight(browser, site, stop).items() if "/static/" in address}
    assert len(static) >= 3
    plain = {path: len(one.plain) for path, one in site.house.server.assets.files.items()}
    for address, size in static.items():
        path = address.removeprefix(site.base)
        assert size < 0.6 * plain[path] + 1_200, path


def test_a_page_that_is_there_already_costs_only_its_own_words(browser: Browser, site: Site) -> None:
    """Style sheets and scripts are kept by the browser: the next page asks for none of them again."""
    with site.context(browser, "Chloe") as context:
        page = context.new_page()
        received, under_way = _listening(page)
        page.goto(f"{site.base}/staff/")
        _settles(page, under_way)  # the icon comes late
        received.clear()
        page.goto(f"{site.base}/staff/?{time.time()}")
        _settles(page, under_way)
    assert sum(size for address, size in received.items() if "/static/" in address) == 0
