"""The page that is kept: one file, a neutral name, nothing that phones home, and nothing that is counted."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

import pytest

from app.tools.export import exported
from campaigns.keep import kept
from tests.server_help import House, open_house

WAYS = {"sms": "+47 900 00 000", "whatsapp": "+47 900 00 001", "telegram": "our_bot"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house"), with_pages=True, ways=WAYS) as opened:
        yield opened


def test_every_campaign_page_can_be_kept_as_one_file(house: House) -> None:
    browser = house.browser()
    pages = [path for path in house.server.published() if re.fullmatch(r"/[^/]+/c/[^/]+", path)]
    assert len(pages) > 20
    for path in pages:
        assert f'href="{path}/keep" download="page.html"' in browser.get(path).text
        answer = browser.get(f"{path}/keep")
        html = answer.text
        assert answer.headers["content-disposition"] == 'attachment; filename="page.html"', path
        assert set(re.findall(r"<form\b[^>]*>", html)) <= {
            '<form class="checklist" method="dialog" autocomplete="off">'
        }
        addresses = re.findall(r'\b(?:href|src|action|srcset|data)\s*=\s*"([^"]*)"', html)
        assert {one.split(":")[0] for one in addresses} == {"tel", "sms"}, path
        assert not re.search(r"<(?:script|link|img|iframe|base|audio)\b|url\(|@import|style=|\son\w+=", html), path


def test_its_rules_hold_on_the_way_and_on_the_phone(house: House) -> None:
    answer = house.browser().get("/ar/c/work-in-a-home/keep")
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    own = f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'"
    assert f'content="{own}"' in answer.text
    assert answer.headers["content-security-policy"] == f"{own}; frame-ancestors 'none'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert len(answer.headers.get_list("content-security-policy")) == 1


def test_its_name_and_title_tell_nothing(house: House) -> None:
    html = house.browser().get("/en/c/when-home-is-not-safe/keep").text
    assert "<title>Work and travel help</title>" in html


def test_it_says_how_to_write_and_whom_to_call(house: House) -> None:
    html = house.browser().get("/en/c/work-in-a-home/keep").text
    assert 'href="sms:+4790000000"' in html
    assert 'href="tel:112"' in html
    assert "@our_bot" in html
    assert "hotline.example/en/" in html


def test_keeping_is_not_counted(house: House) -> None:
    browser = house.browser()
    house.server.visits.taken()
    browser.get("/en/c/work-in-a-home/keep")
    assert not house.server.visits.taken()
    browser.get("/en/c/work-in-a-home")
    assert house.server.visits.taken() == {("work-in-a-home", "en"): 1}


def test_links_become_words_and_calls_stay() -> None:
    html = '<p><a class="x" href="https://a.example/?q=1">the <b>office</b></a> <a href="tel:112">call</a></p>'
    assert kept(html).plain.decode() == '<p>the <b>office</b> <a href="tel:112">call</a></p>'


def test_a_web_server_sends_the_exported_file_with_the_same_headers(house: House) -> None:
    files = exported(house.settings, house.office.desk.shelf)
    answer = house.browser().get("/en/c/work-in-a-home/keep")
    assert files["en/c/work-in-a-home/keep.html"] == answer.content
    told = files["nginx.conf"].decode()
    assert f'add_header Content-Security-Policy "{answer.headers["content-security-policy"]}" always;' in told
    assert r'add_header Content-Disposition "attachment; filename=\"page.html\"" always;' in told
