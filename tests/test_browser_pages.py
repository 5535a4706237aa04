"""The public pages as a cheap phone gets them: few requests, few bytes, no script; valid, and Lighthouse finds nothing.

Lighthouse and html-validate come from npm: `make web-tools` installs them; without them these two tests are left out.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request

from app.assemble import open_shelf
from app.tools.export import exported
from hotline.language import LANGUAGES
from tests.browser_help import FLAGS, PHONE, picture, window
from tests.browser_here import browser as chromium_here
from tests.every_page import Site, open_site
from tests.server_help import settings_for

pytestmark = pytest.mark.browser

NPM = Path(__file__).parent / "npm"
TOOLS = NPM / "node_modules" / ".bin"
MOST_BYTES, MOST_REQUESTS = 14 * 1024, 3
SCRIPTS = ("en", "ar", "th", "zh-Hans", "ru")
"""One language for each script we write."""
TEMPLATES = ("", "who", "c/when-home-is-not-safe", "help/no", "calendar")
WHOLE = ("accessibility", "best-practices", "seo")
"""What must be 100 on any machine."""
SWIFT = ("first-contentful-paint", "largest-contentful-paint", "cumulative-layout-shift", "speed-index")
"""What makes 100 for performance on an idle machine, in shares of 1. Blocking time is left out: no page has a script, so
it measures how busy the machine is."""
LEAST = 0.9
TRIES = 3


@dataclass(frozen=True)
class Public:
    """The running house, and its whole site as files."""

    site: Site
    files: dict[str, bytes]


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    with open_site(tmp_path_factory.mktemp("public")) as site:
        everything = settings_for(
            tmp_path_factory.mktemp("all"), languages=tuple(LANGUAGES), ways=site.house.settings.ways
        )
        yield Public(site, exported(everything, open_shelf(everything)))


def tool(name: str) -> str:
    path = TOOLS / name
    if not path.exists() or shutil.which("node") is None:
        pytest.skip(f"{name} is not installed: run `make web-tools` once (needs node 20 and npm)")
    return str(path)


def pages(public: Public) -> dict[str, bytes]:
    return {name: data for name, data in public.files.items() if name.endswith(".html")}


def test_every_page_with_its_style_sheet_weighs_at_most_14_kb(public: Public) -> None:
    (sheet,) = (data for name, data in public.files.items() if re.fullmatch(r"static/site\.[0-9a-f]+\.css", name))
    own = len(gzip.compress(sheet, 9))
    heavy = {name: own + len(gzip.compress(data, 9)) for name, data in pages(public).items()}
    assert {name: size for name, size in heavy.items() if size > MOST_BYTES} == {}
    assert len(heavy) >= 500


def test_no_page_holds_a_script_a_style_of_its_own_or_anything_from_elsewhere(public: Public) -> None:
    forbidden = re.compile(r"<script|<style|<iframe|<link[^>]+href=\"(?!/|data:)|\sstyle=|\son\w+=|src=\"(?!/)")
    shown = {name: data.decode() for name, data in pages(public).items() if not name.endswith("/keep.html")}
    assert {name for name, text in shown.items() if forbidden.search(text)} == set()


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)


def test_a_first_visit_takes_three_requests_at_most(browser: Browser, public: Public) -> None:
    for path in TEMPLATES:
        asked: list[str] = []
        with window(browser, PHONE, locale="en-US") as page:
            page.on("request", partial(_note, asked))
            page.goto(f"{public.site.base}/en/{path}", wait_until="networkidle")
        assert 0 < len(asked) <= MOST_REQUESTS, asked


def test_each_script_is_pictured_on_a_phone_and_fits_it(browser: Browser, public: Public) -> None:
    for tag in public.site.house.office.desk.shelf.offered:
        if tag not in SCRIPTS:
            continue
        for path in ("", "who", "calendar"):
            with window(browser, PHONE) as page:
                page.goto(f"{public.site.base}/{tag}/{path}")
                assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (tag, path)
                picture(page, f"public-{tag}-{path or 'home'}")


def test_the_choice_of_an_audience_leads_on_and_keeps_nothing(browser: Browser, public: Public) -> None:
    """Language from the address, region from the person: a cookie or a storage would outlive them."""
    with window(browser, PHONE, locale="tlh") as page:
        page.goto(f"{public.site.base}/")
        page.locator('main a[hreflang="en"]').click()
        page.locator('a[href="/en/who"]').click()
        page.locator(".these a").first.click()
        assert "/en/c/" in page.url
        page.locator(".checklist input").first.check()
        page.reload()
        assert not page.locator(".checklist input").first.is_checked()
        page.locator(".checklist input").first.press("Enter")
        assert "?" not in page.url
        assert page.context.cookies() == []
        assert page.evaluate("() => localStorage.length + sessionStorage.length") == 0


@pytest.mark.slow
def test_every_public_page_is_valid(public: Public, tmp_path: Path) -> None:
    validate = tool("html-validate")
    for name, data in pages(public).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "spoilt.html").write_text('<!doctype html><html lang="en"><title>x</title><p id="a"><p id="a">')
    command = [validate, "--config", str(NPM / "htmlvalidate.cjs"), "--formatter", "json", f"{tmp_path}/**/*.html"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    found = json.loads(answer.stdout)
    wrong = {(one["ruleId"], one["message"], file["filePath"][-40:]) for file in found for one in file["messages"]}
    assert {place for _, _, place in wrong} == {str(tmp_path / "spoilt.html")[-40:]}, wrong


@pytest.mark.slow
@pytest.mark.parametrize("path", TEMPLATES)
def test_lighthouse_finds_nothing_on_a_small_phone(public: Public, tmp_path: Path, path: str) -> None:
    lighthouse, out = tool("lighthouse"), tmp_path / "report.json"
    command = [
        lighthouse, f"{public.site.base}/en/{path}", "--quiet", "--output=json", f"--output-path={out}",
        f"--chrome-flags=--headless=new {' '.join(FLAGS)}", "--form-factor=mobile",
        "--screenEmulation.width=360", "--screenEmulation.height=740", f"--only-categories={','.join((*WHOLE, 'performance'))}",
    ]  # fmt: skip
    slow = list(SWIFT)
    for _ in range(TRIES):
        environment = {**os.environ, "CHROME_PATH": chromium_here() or ""}
        answer = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env=environment)
        if answer.returncode:  # its own browser did not come up, as happens on a busy machine
            slow = [answer.stderr[-400:]]
            continue
        report = json.loads(out.read_text())
        assert {name: report["categories"][name]["score"] for name in WHOLE} == dict.fromkeys(WHOLE, 1)
        slow = [name for name in SWIFT if report["audits"][name]["score"] < LEAST]
        if not slow:
            break
    assert slow == []
