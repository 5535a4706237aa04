"""The offer check in a real browser: pasted, pictured and asked for, on phone and desk, in both directions, with no script."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser_help import DESK, PHONE, picture, window
from tests.every_page import Site, open_site
from tests.offers_help import RISKY, SEES, tesseract
from tests.test_browser_axe import OPEN_ALL, Scheme, axe

pytestmark = pytest.mark.browser

ARABIC = (
    "مطلوب عاملات في مطعم في دبي براتب 4000 يورو شهريا بدون خبرة. يجب دفع 300 يورو رسوم تسجيل مقدما. "
    "صاحب العمل يحتفظ بجواز سفرك حتى نهاية العقد. تواصل عبر واتساب فقط."
)
KEPT = "صاحب العمل يحتفظ بجواز سفرك حتى نهاية العقد"
STAYS = "() => localStorage.length + sessionStorage.length"
FITS = "() => document.documentElement.scrollWidth <= innerWidth"
SMALL = ViewportSize(width=360, height=740)
LOOKS: tuple[tuple[ViewportSize, Scheme], ...] = (
    (SMALL, "dark"),
    (ViewportSize(width=1280, height=800), "light"),
)
REAL = shutil.which("tesseract")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A house whose Tesseract reads the risky offer in every picture."""
    folder = tmp_path_factory.mktemp("offers")
    program = tesseract(folder / "bin", SEES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        with open_site(folder) as opened:
            yield opened


def word(site: Site, key: str, language: str = "en") -> str:
    return site.house.office.desk.shelf.offers[language][key]


def pastes(site: Site, page: Page, text: str, language: str = "en") -> None:
    """From the home page to the answer, as somebody comes to it."""
    page.goto(f"{site.base}/{language}/")
    page.locator(f'main a[href="/{language}/offer"]').first.click()
    page.locator("#offer").fill(text)
    page.select_option("#job", "NO")
    page.select_option("#origin", "PH")
    page.locator("button[value=check]").click()
    expect(page.locator("h1.verdict")).to_have_text(word(site, "offer/verdict/stop_and_check", language))


def nothing_is_kept(site: Site, page: Page, path: str) -> None:
    assert page.url == f"{site.base}{path}"
    assert page.context.cookies() == []
    assert page.evaluate(STAYS) == 0
    assert page.evaluate(FITS)


def test_a_pasted_arabic_offer_is_answered_on_a_phone_from_right_to_left(browser: Browser, site: Site) -> None:
    with window(browser, PHONE) as page:
        page.goto(f"{site.base}/ar/offer")
        picture(page, "offer-ar-360")
        pastes(site, page, ARABIC, "ar")
        assert page.locator("html").get_attribute("dir") == "rtl"
        signs = page.locator(".flag h3")
        assert word(site, "offer/flag/upfront_fee", "ar") in signs.all_inner_texts()
        assert word(site, "offer/flag/documents_kept", "ar") in signs.all_inner_texts()
        nothing_is_kept(site, page, "/ar/offer")
        picture(page, "offer-ar-360-answer")


def test_a_pasted_english_offer_is_answered_at_a_desk(browser: Browser, site: Site) -> None:
    with window(browser, DESK) as page:
        pastes(site, page, RISKY)
        assert page.title() == "Check a job offer", "the history does not keep what was found"
        said = page.locator(".flag .said bdi").first
        expect(said).to_have_text("The boss keeps your passport in the safe")
        assert said.get_attribute("dir") == "auto"
        nothing_is_kept(site, page, "/en/offer")
        picture(page, "offer-en-1280-answer")
        page.locator('a[href="/en/offer/plan"]').click()
        expect(page.locator("h1")).to_have_text(word(site, "offer/plan"))


def test_in_an_offer_of_two_directions_each_line_keeps_its_own(browser: Browser, site: Site) -> None:
    with window(browser, PHONE) as page:
        pastes(site, page, f"You pay 300 euro registration fee first.\n{KEPT}.")
        directions = page.evaluate(
            "() => [...document.querySelectorAll('.said bdi')].map(one => getComputedStyle(one).direction)"
        )
        assert set(directions) == {"ltr", "rtl"}
        assert page.evaluate(FITS)


def test_everything_goes_without_a_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport=SMALL, java_script_enabled=False)
    page = context.new_page()
    pastes(site, page, RISKY)
    page.goto(f"{site.base}/en/offer/plan")
    page.locator("#who").fill("Olena")
    page.locator("button[value=make]").click()
    expect(page.locator(".plan")).to_contain_text("Olena")
    context.close()


def test_the_ten_questions_lead_to_the_same_answer(browser: Browser, site: Site) -> None:
    with window(browser, PHONE) as page:
        page.goto(f"{site.base}/en/offer")
        page.locator('a[href="/en/offer/questions"]').click()
        page.locator('.pick:has([name=pays][value="yes"])').click()
        page.locator('.pick:has([name=papers][value="kept"])').click()
        picture(page, "offer-en-360-questions")
        page.locator("form.offer button").click()
        expect(page.locator(".flag")).to_have_count(2)
        nothing_is_kept(site, page, "/en/offer/questions")
        page.go_back()
        assert page.locator(":checked[type=radio]").count() <= 2


def test_who_is_threatened_in_the_job_they_are_in_reads_the_number_first(browser: Browser, site: Site) -> None:
    with window(browser, PHONE) as page:
        page.goto(f"{site.base}/en/offer/job")
        page.locator('.pick:has([name=threat][value="yes"])').click()
        page.locator("form.offer button").click()
        expect(page.locator("main > .danger a")).to_have_attribute("href", "tel:112")
        nothing_is_kept(site, page, "/en/offer/job")
        picture(page, "offer-en-360-job")


def test_a_plan_is_made_printed_and_changed(browser: Browser, site: Site) -> None:
    with window(browser, PHONE) as page:
        page.goto(f"{site.base}/en/offer/plan")
        page.select_option("#job", "NO")
        page.fill("#who", "Olena, +380 44 000 00 00")
        page.fill("#word", "مظلة زرقاء")
        page.fill("#where", "Storgata 1\nOslo")
        page.locator("button[value=make]").click()
        expect(page.locator(".plan")).to_contain_text("Olena")
        nothing_is_kept(site, page, "/en/offer/plan")
        picture(page, "offer-en-360-plan")
        page.emulate_media(media="print")
        expect(page.locator("form.deeds button")).to_be_hidden()
        expect(page.locator(".notice")).to_be_hidden()
        picture(page, "offer-en-360-plan-print")
        page.emulate_media(media="screen")
        page.locator("button[value=change]").click()
        expect(page.locator("#where")).to_have_value("Storgata 1\nOslo")


def test_a_screenshot_is_read_shown_to_be_corrected_and_checked(browser: Browser, site: Site, tmp_path: Path) -> None:
    with window(browser, PHONE) as page:
        page.goto(f"{site.base}/en/offer")
        shot = tmp_path / "shot.png"
        page.screenshot(path=shot)
        page.select_option("#job", "NO")
        page.set_input_files("#picture", shot)
        picture(page, "offer-en-360-picture")
        page.locator("button[value=read]").click()
        expect(page.locator("#offer")).to_have_value(RISKY)
        expect(page.locator("#job")).to_have_value("NO")
        expect(page.locator(".notice")).to_have_text(word(site, "offer/photo/shown"))
        page.locator("button[value=check]").click()
        expect(page.locator("h1.verdict")).to_be_visible()
        nothing_is_kept(site, page, "/en/offer")


@pytest.mark.skipif(REAL is None, reason="Tesseract is not installed: apt-get install tesseract-ocr")
def test_the_real_tesseract_reads_a_screenshot_of_a_message(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("real")
    with open_site(folder) as real, window(browser, PHONE) as page:
        page.goto(f"{real.base}/en/offer")
        drawn = browser.new_page(viewport=SMALL, device_scale_factor=3)
        drawn.set_content(f'<body style="margin: 24px; font: 20px sans-serif">{RISKY}')
        page.set_input_files("#picture", {"name": "x.png", "mimeType": "image/png", "buffer": drawn.screenshot()})
        drawn.close()
        page.locator("button[value=read]").click()
        expect(page.locator("#offer")).to_have_value(re.compile("keeps your passport in the safe"))


# Every page for everybody


def answered(page: Page, base: str, language: str, path: str) -> None:
    """A page with its form sent; the plan and the answers have no address of their own."""
    page.goto(f"{base}/{language}/{path}")
    if path == "offer":
        page.locator("#offer").fill(RISKY)
        page.select_option("#job", "NO")
    for name in ("pays", "harm"):
        radio = page.locator(f'[name={name}][value="yes"]')
        if radio.count():
            radio.check()
    page.locator("form.offer button").last.click()
    page.wait_for_load_state()


def looked_at(context: BrowserContext, site: Site, language: str, path: str, *, sent: bool) -> list[str]:
    page = context.new_page()
    wrong = []
    for size, scheme in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        if sent:
            answered(page, site.base, language, path)
        else:
            page.goto(f"{site.base}/{language}/{path}")
        page.evaluate(OPEN_ALL)
        found = [*axe(page), *([] if page.evaluate(FITS) else ["wider than the screen"])]
        wrong += [f"{language}/{path} {'sent ' if sent else ''}{size['width']} {scheme}: {one}" for one in found]
    page.close()
    return wrong


def test_axe_finds_nothing_on_any_page_of_the_check_or_its_answers(browser: Browser, site: Site) -> None:
    context = browser.new_context(bypass_csp=True)
    paths = site.house.server.offers.paths
    assert len(paths) == 4
    wrong = [
        one
        for language in ("en", "ar")
        for path in paths
        for sent in (False, True)
        for one in looked_at(context, site, language, path, sent=sent)
    ]
    context.close()
    assert wrong == []
