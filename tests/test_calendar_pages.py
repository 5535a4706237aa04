"""The public calendar: what runs and comes, in every language, and as files that other programs subscribe to."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.calendar import ATOM, ICALENDAR, JSON, TYPES
from app.tools.export import exported
from campaigns.calendars import read_calendar
from hotline.store.schema import metadata
from tests.people import ROOT
from tests.server_help import PUBLIC, House, open_house

BEFORE, DURING, AFTER = datetime.date(2026, 10, 20), datetime.date(2026, 11, 22), datetime.date(2027, 11, 1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("calendar"), with_pages=True) as opened:
        yield opened


def test_the_page_lists_what_runs_with_its_days_in_digits(house: House) -> None:
    page = house.server.publishing.pages(DURING)["/en/calendar"].plain.decode()
    assert '<a href="/en/c/work-in-a-home">' in page
    assert '<time datetime="2026-11-01">2026-11-01</time> – <time datetime="2027-10-31">2027-10-31</time>' in page
    assert "<h2>Now</h2>" in page
    assert "<h2>Later</h2>" not in page
    assert all(f'href="{path}"' in page for path in TYPES)


def test_what_has_not_begun_is_announced_without_a_page_and_what_is_over_is_gone(house: House) -> None:
    pages = house.server.publishing.pages(BEFORE)
    early = pages["/en/calendar"].plain.decode()
    assert "<h2>Later</h2>" in early
    assert "<h2>Now</h2>" not in early
    assert "/c/" not in early
    assert b"SUMMARY" in pages[ICALENDAR].plain
    late = house.server.publishing.pages(AFTER)
    assert "/en/calendar" not in late
    assert json.loads(late[JSON].plain) == {"campaigns": []}


def test_each_language_lists_only_what_it_can_read(house: House) -> None:
    pages = house.server.publishing.pages(DURING)
    english, thai = (pages[f"/{tag}/calendar"].plain.decode() for tag in ("en", "th"))
    assert 0 < thai.count('class="card"') < english.count('class="card"')
    assert 'hreflang="th"' in english


@pytest.mark.parametrize("path", TYPES)
def test_the_files_come_by_the_fast_lane_with_their_own_media_types(house: House, path: str) -> None:
    answer = house.browser().get(path)
    assert answer.headers["content-type"] == TYPES[path]
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert house.server.publishing.shown is not None
    wire = house.server.publishing.shown.wire(path.encode())
    assert wire is not None
    assert wire.counts_as is None


def test_another_hotline_reads_what_ours_publishes(house: House) -> None:
    browser = house.browser()
    for path in (ICALENDAR, JSON):
        entries, mistakes = read_calendar(browser.get(path).content, "Sample organisation")
        assert mistakes == []
        assert f"{PUBLIC}/en/c/work-in-a-home" in {one.address for one in entries}
    feed = ElementTree.fromstring(browser.get(ATOM).content)  # noqa: S314 - our own feed
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == len(entries)


def test_nothing_is_made_anew_while_nothing_changes(house: House) -> None:
    publishing = house.server.publishing
    one, two = publishing.pages(DURING), publishing.pages(DURING + datetime.timedelta(days=1))
    for path in (*TYPES, "/en/calendar"):
        assert one[path] is two[path]


def test_who_subscribes_or_reads_is_not_known_afterwards(house: House) -> None:
    """No cookie, nothing from another host, nothing written, and the address's query is not even looked at."""
    browser = house.browser()
    tables = [table.name for table in metadata.sorted_tables]
    before, said = house.count(*tables), len(house.events)
    for path in (*TYPES, "/en/calendar", "/en/who"):
        for asked in (path, f"{path}?from=Amara&phone=4790000001"):
            answer = browser.get(asked, headers={"Referer": "https://evil.example/", "Accept-Language": "th"})
            assert answer.status_code == 200, asked
            assert "set-cookie" not in answer.headers
            assert "Amara" not in answer.text
            if path.startswith("/en/"):
                assert "src=" not in answer.text
                assert 'href="http' not in answer.text.replace('rel="alternate"', "")
    assert not browser.cookies
    assert house.count(*tables) == before
    assert house.events[said:] == []
    assert not house.server.visits.taken()


def test_a_static_site_has_the_calendar_too(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(ROOT / "content", content, ignore=shutil.ignore_patterns("learning", "signals"))
    with open_house(tmp_path, with_pages=True, content=content, model=False) as opened:
        files = exported(opened.settings, opened.office.desk.shelf)
        for path in TYPES:
            assert files[path[1:]] == opened.browser().get(path).content
        assert "en/calendar.html" in files
        assert b"default_type text/calendar" in files["nginx.conf"]
