"""Content is shown as it is when somebody asks for it or a day begins; with a mistake in it nothing changes."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest

from app.publishing import ask_to_publish
from tests.people import ROOT
from tests.server_help import House, open_house

PAGE = "/en/c/work-in-a-home"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    content = tmp_path / "content"
    shutil.copytree(ROOT / "content", content, ignore=shutil.ignore_patterns("learning", "signals"))
    with open_house(tmp_path, with_pages=True, content=content, model=False) as opened:
        yield opened


def due(house: House, now: float | None = None) -> bool:
    return house.office.read(lambda connection: house.server.publishing.is_due(connection, now or time()))


def edited(house: House, text: str) -> None:
    path = house.settings.content / "campaigns" / "work-in-a-home" / "en.md"
    path.write_text(text, encoding="utf-8")


def test_a_page_changes_when_it_is_asked_for_and_not_before(house: House) -> None:
    browser = house.browser()
    assert not due(house)
    edited(house, "# Work in a home, anew\n\nWhat is yours.\n\nText.\n")
    assert "anew" not in browser.get(PAGE).text
    house.office.write(lambda tx: ask_to_publish(tx.connection, time()))
    assert due(house)
    assert not due(house)
    assert house.server.publishing.again()
    assert "anew" in browser.get(PAGE).text
    assert "anew" in browser.get("/en/").text


def test_a_new_day_publishes_what_begins_on_it(house: House) -> None:
    assert not due(house)
    assert due(house, time() + 86_400)


def test_with_a_mistake_everything_stays_as_it_was(house: House) -> None:
    before = house.browser().get(PAGE).text
    edited(house, "no title")
    assert not house.server.publishing.again()
    assert house.browser().get(PAGE).text == before


def test_a_campaign_is_shown_from_its_first_day_and_listed_until_its_last(house: House) -> None:
    publishing = house.server.publishing
    early, during, late = (datetime.date(2026, 10, 31), datetime.date(2026, 11, 1), datetime.date(2027, 11, 1))
    assert PAGE not in publishing.pages(early)
    assert b"work-in-a-home" in publishing.pages(during)["/en/"].plain
    ended = publishing.pages(late)
    assert b"work-in-a-home" not in ended["/en/"].plain
    assert b"This campaign is over" in ended[PAGE].plain


def test_only_what_changed_is_rendered_again(house: House) -> None:
    publishing, today = house.server.publishing, datetime.date(2026, 11, 22)
    before = publishing.pages(today)
    same = publishing.pages(today)
    assert all(before[path] is same[path] for path in before)
    edited(house, "# Another title\n\nWhat is yours.\n\nText.\n")
    after = publishing.pages(today)
    changed = {path for path in after if after[path] is not same.get(path)}
    assert {PAGE, "/en/"} <= changed
    assert all(b"Another title" in after[path].plain for path in changed)
    assert len(changed) < len(after) / 4
