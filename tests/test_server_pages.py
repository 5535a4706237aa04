"""Every public page in every language: right direction, no script, no cookie, nobody else's address, the same bytes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from time import time
from urllib.parse import urlsplit

import pytest

from app.asgi import HEADERS, HSTS
from campaigns.publish import Published
from hotline.language import LANGUAGES as KNOWN
from hotline.store import tallies
from hotline.tally import Cell, week
from tests.people import LANGUAGES
from tests.server_help import PUBLIC, Browser, House, lifespan, open_house

WAYS = {"sms": "+47 123 45 678", "whatsapp": "+47 123 45 678", "telegram": "sample_bot"}
ALLOWED = {"wa.me", "t.me"}
CAMPAIGN = "/en/c/work-in-a-home"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house"), with_pages=True, ways=WAYS) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(house: House) -> dict[str, Published]:
    """Every page that is looked at here; those that are kept as a file are another thing (test_keep)."""
    found = house.server.published().items()
    return {path: page for path, page in found if "html" in page.media_type and not path.endswith("/keep")}


@pytest.fixture
def browser(house: House) -> Browser:
    return house.browser(**{"Accept-Encoding": "identity"})


class Reader(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def addresses(self) -> list[str]:
        names = ("href", "src", "action", "srcset", "poster", "data", "formaction")
        return [value for _, attributes in self.tags for name in names if (value := attributes.get(name))]


def test_every_language_has_a_home_and_its_campaigns(pages: dict[str, Published]) -> None:
    assert {path for path in pages if path.endswith("/")} == {f"/{tag}/" for tag in LANGUAGES}
    assert "/th/who" in pages
    assert {CAMPAIGN, "/en/c/restaurant-work-norway"} <= set(pages)


def test_every_page_names_its_language_and_direction(pages: dict[str, Published]) -> None:
    for path, page in pages.items():
        tag = path.split("/")[1]
        (html,) = [attributes for name, attributes in Reader(page.plain.decode()).tags if name == "html"]
        assert html == {"lang": tag, "dir": KNOWN[tag].direction}, path
    assert b'dir="rtl"' in pages["/ar/"].plain


def test_no_page_has_a_script_a_style_or_anything_from_elsewhere(pages: dict[str, Published]) -> None:
    for path, page in pages.items():
        reader = Reader(page.plain.decode())
        names = {name for name, _ in reader.tags}
        assert not names & {"script", "style", "iframe", "img", "object", "embed", "video", "audio"}, path
        # The door to the chat is a form, so that the browser's history keeps no address of the chat.
        # A list to tick off is a dialog's form, which is sent nowhere; an offer is sent to the page it stands on.
        forms = [attributes for name, attributes in reader.tags if name == "form"]
        to = {("post", "/"), ("dialog", None)} | ({("post", path)} if "/offer" in path else set())
        assert {(one["method"], one.get("action")) for one in forms} <= to, path
        assert not [
            key for _, attributes in reader.tags for key in attributes if key.startswith("on") or key == "style"
        ]
        hosts = {urlsplit(address).netloc for address in reader.addresses()} - {""}
        assert hosts <= ALLOWED, path
        assert b"url(" not in page.plain


def test_no_style_sheet_or_script_of_ours_asks_anybody_else(house: House) -> None:
    for path, page in house.server.assets.files.items():
        found = re.findall(rb"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", page.plain)
        assert set(found) <= {b"http://www.w3.org"}, path


def test_every_link_inside_leads_somewhere(pages: dict[str, Published], browser: Browser) -> None:
    inside = {
        address.split("#")[0]
        for page in pages.values()
        for address in Reader(page.plain.decode()).addresses()
        if address.startswith("/")
    }
    for address in sorted(inside):
        assert browser.get(address).status_code == 200, address


def test_every_page_is_the_same_plain_and_compressed(pages: dict[str, Published], house: House) -> None:
    zipping = house.browser(**{"Accept-Encoding": "br, gzip"})
    for path, page in {**pages, **house.server.assets.files}.items():
        response = zipping.get(path)
        assert response.headers["content-encoding"] == "gzip"
        assert int(response.headers["content-length"]) == len(page.zipped)
        assert response.content == page.plain == gzip.decompress(page.zipped)


def test_every_page_says_its_type_length_and_how_long_it_may_be_kept(
    pages: dict[str, Published], house: House, browser: Browser
) -> None:
    for path, page in {**pages, **house.server.assets.files}.items():
        response = browser.get(path)
        assert (response.status_code, response.content) == (200, page.plain)
        assert int(response.headers["content-length"]) == len(page.plain)
        assert response.headers["content-type"] == page.media_type
        kept = "public, max-age=31536000, immutable" if path.startswith("/static/") else "public, max-age=300"
        kept = "no-store" if path.startswith("/static/") and path.count(".") == 1 else kept
        assert (response.headers["cache-control"], response.headers["vary"]) == (kept, "accept-encoding")
        assert "set-cookie" not in response.headers
        assert "last-modified" not in response.headers


def test_a_page_that_has_not_changed_is_not_sent_again(browser: Browser) -> None:
    etag = browser.get(CAMPAIGN).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        again = browser.get(CAMPAIGN, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert browser.get(CAMPAIGN, headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_says_what_get_would_and_sends_nothing(browser: Browser) -> None:
    get, head = browser.get(CAMPAIGN), browser.request("HEAD", CAMPAIGN)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers


def test_every_page_carries_the_safety_headers(pages: dict[str, Published], house: House, browser: Browser) -> None:
    for path in [*pages, *house.server.assets.files]:
        headers = browser.get(path).headers
        assert {name: headers[name] for name, _ in (*HEADERS, HSTS)} == dict((*HEADERS, HSTS)), path


def test_the_ways_to_write_are_on_every_page(pages: dict[str, Published]) -> None:
    for path, page in pages.items():
        if path.endswith("/calendar"):
            continue  # for partner organisations
        addresses = Reader(page.plain.decode()).addresses()
        assert "sms:+4712345678" in addresses, path
        assert "https://wa.me/4712345678" in addresses, path
        language, slug = path.split("/")[1], path.partition("/c/")[2]
        assert f"https://t.me/sample_bot?start={slug}_{language}" in addresses, path
        assert f'name="lang" value="{path.split("/")[1]}" class="button">' in page.plain.decode(), path


def test_a_page_nobody_of_that_language_has_read_says_so(pages: dict[str, Published]) -> None:
    sentence = "A person who grew up with this language has not read this text yet."
    assert sentence in pages[CAMPAIGN].plain.decode()


def test_an_address_with_a_query_is_the_same_page_and_the_query_is_not_kept(browser: Browser) -> None:
    assert browser.get(f"{CAMPAIGN}?fbclid=tracker").content == browser.get(CAMPAIGN).content


@pytest.mark.parametrize(
    ("wish", "goes"),
    [
        ("ro", "/ro/"),
        ("ro-RO,ro;q=0.9,en;q=0.8", "/ro/"),
        ("fr;q=1, ar;q=0.5", "/ar/"),
        ("en;q=0.1, th;q=0.9", "/th/"),
        ("ES-mx", "/es/"),
    ],
)
def test_the_front_door_leads_to_the_browsers_language(browser: Browser, wish: str, goes: str) -> None:
    response = browser.get("/", headers={"Accept-Language": wish})
    assert (response.status_code, response.headers["location"]) == (302, goes)
    assert response.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("wish", ["", "fr", "*", "xx-YY", ";;;", "en;q=0", "a" * 5000, "é"])
def test_without_a_language_of_ours_the_front_door_is_a_choice(house: House, wish: str) -> None:
    response = house.browser().get("/", headers={"Accept-Language": wish.encode("latin-1")})
    assert response.status_code == 200
    assert [f'href="/{tag}/"' in response.text for tag in LANGUAGES] == [True] * len(LANGUAGES)


@pytest.mark.parametrize("path", ["/xx", "/fr", "/en/nothing", "/en/c/nothing", "/EN/c/work-in-a-home", "/.env"])
def test_what_is_not_here_is_told_on_a_page(browser: Browser, path: str) -> None:
    response = browser.get(path)
    assert response.status_code == 404
    assert "<h1>This page is not here</h1>" in response.text


def test_what_is_not_here_is_told_in_the_language_of_the_address(browser: Browser) -> None:
    response = browser.get("/ar/nothing", headers={"Accept-Language": "th"})
    assert '<html lang="ar" dir="rtl">' in response.text
    assert '<html lang="th" dir="ltr">' in browser.get("/nothing/at/all", headers={"Accept-Language": "th"}).text


@pytest.mark.parametrize("path", ["/xx/", "/fr/", "/en/chat/", "/figures/", "/..%2f"])
def test_an_address_with_a_slash_too_many_is_not_here(house: House, path: str) -> None:
    response = house.browser().get(path, headers={"Host": "evil.example"})
    assert "evil.example" not in response.headers.get("location", "")
    assert response.status_code == 404


@pytest.mark.parametrize(("path", "goes"), [("/en", "/en/"), ("/AR", "/ar/"), ("/es-MX", "/es/")])
def test_a_language_without_its_slash_goes_on(browser: Browser, path: str, goes: str) -> None:
    response = browser.get(path)
    assert (response.status_code, response.headers["location"]) == (308, goes)


def test_visits_are_counted_after_the_page_has_left_and_only_those(house: House) -> None:
    with house.office.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tallies")
    house.server.visits.taken()
    browser = house.browser()
    etag = browser.get("/en/").headers["etag"]

    async def visit() -> None:
        async with lifespan(house.app):
            for _ in range(3):
                await browser.client.get(CAMPAIGN)
            await browser.client.get("/en/c/restaurant-work-norway")
            await browser.client.head(CAMPAIGN)
            await browser.client.get("/en/", headers={"If-None-Match": etag})
            await browser.client.get("/en/c/nothing")

    house.runner.run(visit())
    period = week(time())
    assert dict(house.office.read(tallies.all_cells)) == {
        Cell(period, "visit", "work-in-a-home", "en"): 3,
        Cell(period, "visit", "restaurant-work-norway", "en"): 1,
    }


def test_the_public_address_is_https(house: House) -> None:
    assert house.settings.secure
    assert house.settings.public_url == PUBLIC
