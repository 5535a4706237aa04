"""The links by which a page's reader reaches us carry the page and its language, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app.asgi import Server
from bots.telegram_updates import linked
from tests.server_help import House, open_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house"), ways={"telegram": "sample_bot"}) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(house: House) -> dict[str, str]:
    return {
        path: page.plain.decode()
        for path, page in Server.published(house.server).items()
        if page.media_type.startswith("text/html")
    }


def payload(html: str) -> str:
    (found,) = re.findall(r'href="https://t\.me/sample_bot\?start=([^"]*)"', html)
    assert isinstance(found, str)
    return found


def test_a_campaigns_link_names_the_campaign_and_the_language_it_is_read_in(
    house: House, pages: dict[str, str]
) -> None:
    read = {path: html for path, html in pages.items() if "/c/" in path and not path.endswith("/keep")}
    assert len(read) > 5
    for path, html in read.items():
        language, _, slug = path[1:].partition("/c/")
        assert payload(html) == f"{slug}_{language}"
        assert linked(payload(html)) == (slug, language)
        assert slug in house.office.desk.campaigns


def test_a_home_pages_link_names_the_language_alone(pages: dict[str, str]) -> None:
    homes = {path: html for path, html in pages.items() if path.count("/") == 2 and path.endswith("/")}
    assert len(homes) > 3
    for path, html in homes.items():
        assert linked(payload(html)) == (None, path.strip("/"))


def test_a_name_that_is_too_long_for_telegram_is_left_out(house: House) -> None:
    class Campaign:
        slug = "x" * 70

    values = {"campaign": Campaign, "path": "", "here": []}
    assert payload(house.server.pages.page("ways.html", "ar", values)) == "_ar"
