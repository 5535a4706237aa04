"""What somebody on the line sees of a chat: whole buckets. And what a slow phone has to fetch for it: little."""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.webchat import padding
from bots.webchat.padding import BUCKET, padded_event, padded_page, padded_table
from tests.server_help import House, Swapped, open_house
from tests.webchat_help import Tab, with_a_person

LIGHT = 25_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house"), with_pages=True) as opened:
        yield opened


def fifty_talks(house: House) -> list[tuple[int, int]]:
    """The sizes of all answers of fifty different talks: with a page, and as a table."""
    chance = random.Random(4)
    sizes = []
    for number in range(50):
        tab = with_a_person(house, chance.choice(("en", "es", "ru", "ar", "th")))
        for _ in range(number % 4):
            words = "".join(chance.choice("abc где مر ") for _ in range(chance.randrange(1, 1500)))
            tab.posts(text=words or "a")
            sizes.append((len(tab.browser.post("/", tab_form(tab)).content), table_size(tab)))
        tab.posts(do="delete")
    return sizes


def tab_form(tab: Tab) -> dict[str, str]:
    return {"do": "check", "token": tab.hidden("token"), "once": tab.hidden("once"), "lang": tab.hidden("lang")}


def table_size(tab: Tab) -> int:
    return len(tab.browser.post("/", tab_form(tab), headers={"Accept": "application/json"}).content)


def test_the_answers_of_fifty_different_talks_are_whole_buckets(house: House) -> None:
    sizes = fifty_talks(house)
    assert len(sizes) > 70
    assert {size % BUCKET for pair in sizes for size in pair} == {0}
    assert len({page for page, _ in sizes}) <= 4, "fifty talks look like four at most"


def test_without_padding_the_same_talks_would_be_told_apart(house: House) -> None:
    with Swapped(padding, "BUCKET", 1), pytest.raises(AssertionError):
        fifty_talks(house)


@pytest.mark.parametrize("path", ["/en/chat", "/ar/chat", "/zz/chat"])
def test_the_first_page_and_a_page_that_is_not_here_are_whole_buckets_too(house: House, path: str) -> None:
    assert len(house.browser().get(path).content) % BUCKET == 0


@pytest.mark.parametrize("text", ["", "a", "ж" * 333, "x" * 4096, "y" * 4089, "z" * 9000])
def test_whatever_is_said_fills_whole_buckets(text: str) -> None:
    assert len(padded_page(text)) % BUCKET == 0
    assert len(padded_event({"text": text})) % BUCKET == 0
    table = padded_table({"text": text})
    assert len(table) % BUCKET == 0
    assert json.loads(table)["text"] == text


@pytest.mark.parametrize("size", range(4070, 4097))
def test_at_the_edge_of_a_bucket_nothing_is_lost(size: int) -> None:
    text = "a" * size
    assert padded_page(text).startswith(text.encode())
    assert len(padded_page(text)) % BUCKET == 0


def test_padding_is_of_chance_and_cannot_be_pressed_out_again() -> None:
    one, two = padded_page("<p>Yes.</p>"), padded_page("<p>Yes.</p>")
    assert one != two
    pressed = {len(zlib.compress(padded_page("<p>Yes.</p>"), 9)) for _ in range(20)}
    assert min(pressed) > 3000
    assert b"-->" in one[-3:]
    assert one.count(b"--") == 2, "nothing in the padding ends its comment"


def test_no_store_and_no_transform_stand_on_every_answer(house: House) -> None:
    browser = house.browser()
    tab = Tab(house).begins()
    answers = [
        browser.get("/en/chat"),
        browser.post("/", {"do": "before", "lang": "es"}),
        browser.post("/", tab_form(tab)),
        browser.post("/", tab_form(tab), headers={"Accept": "application/json"}),
        browser.post("/", {**tab_form(tab), "do": "leave"}),
        browser.post("/", {"do": "no such"}),
    ]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store, no-transform"}
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("language", ["en", "ar", "th", "ru"])
def test_the_whole_chat_is_light_enough_for_a_slow_phone(house: House, language: str) -> None:
    """Page as it is sent, without its padding; what it fetches as it is sent, gzipped."""
    page = house.browser().post("/", {"do": "before", "lang": language}).text
    html = re.sub(r"<!--[A-Za-z0-9_]*-->$", "", page)
    fetched = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    assert sorted(Path(path).suffix for path in fetched) == [".css", ".js", ".js", ".svg"]
    files = house.server.assets.files
    weight = len(html.encode()) + sum(len(files[path].zipped) for path in fetched)
    assert len(gzip.compress(html.encode())) < 6_000
    assert weight <= LIGHT, f"{weight} bytes"
    print(f"{language}: {weight} bytes, of which {len(html.encode())} are the page")


def test_the_scripts_of_the_chat_are_not_kept_and_their_addresses_say_nothing(house: House) -> None:
    page = house.browser().get("/en/chat").text
    for path in re.findall(r'<script src="([^"]+)"', page):
        assert re.fullmatch(r"/static/[0-9a-f]{12}\.js", path)
        assert house.browser().get(path).headers["cache-control"] == "no-store"
