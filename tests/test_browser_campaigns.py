"""A campaign manager's day in a real browser: a new audience, three languages, stopped by the tone check, served."""

from __future__ import annotations

import datetime
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from campaigns.calendars import as_icalendar
from campaigns.coordination import Entry
from hotline.store.staff import Role
from tests.browser_help import DESK, PHONE, picture
from tests.every_page import Site, open_site, opened
from tests.people import ROOT, hire

pytestmark = pytest.mark.browser

TEXT = {
    "en": "# Baking at night\n\nMany like night work. This page helps you know what is yours.\n\n"
    "## What you can check\n\n- your pay for nights\n- your free days\n\n:::emergency\n:::\n\nWe will rescue you.\n",
    "ar": "# العمل ليلاً في المخبز\n\nكثيرون يحبون العمل ليلاً. تساعدك هذه الصفحة على معرفة حقوقك.\n\n"
    "## ما يمكنك أن تتحقق منه\n\n- أجرك عن الليل\n- أيام عطلتك\n\n:::emergency\n:::\n",
    "ro": "# Noaptea la brutărie\n\nMulți lucrează noaptea. Aici afli ce ți se cuvine.\n\n"
    "## Ce poți verifica\n\n- plata pentru noapte\n- zilele libere\n\n:::emergency\n:::\n",
}
WEEK = datetime.timedelta(days=7)
LABELS = {"en": "I bake bread at night", "ar": "أخبز ليلاً", "ro": "Fac pâine noaptea"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")

    def others(path: str, names: list[str]) -> set[str]:
        return set(names) - {"work-in-a-home", "care-work-abroad"} if path.endswith("/campaigns") else set()

    shutil.copytree(ROOT / "content", folder / "content", ignore=others)
    with open_site(folder, content=folder / "content", model=False) as one:
        one.tokens["Mira"] = opened(one.house, hire(one.house.office, "Mira", Role.MANAGER))
        with showing(one):
            yield one


@contextmanager
def showing(site: Site) -> Iterator[None]:
    """What the server's own round does every two seconds: show what has been published."""
    house, over = site.house, threading.Event()
    publishing = house.server.publishing

    def look() -> None:
        while not over.wait(0.5):
            if house.office.read(lambda connection: publishing.is_due(connection, time.time())):
                publishing.again()

    round_of_the_server = threading.Thread(target=look)
    round_of_the_server.start()
    yield
    over.set()
    round_of_the_server.join()


@pytest.fixture
def desks(browser: Browser, site: Site) -> Iterator[tuple[Page, Page]]:
    """Mira's window and Dina's; neither browser may complain."""
    contexts = [site.context(browser, who, viewport=DESK) for who in ("Mira", "Dina")]
    complaints: list[str] = []
    pages = [watched(context, complaints) for context in contexts]
    yield pages[0], pages[1]
    for context in contexts:
        context.close()
    assert complaints == []


def watched(context: BrowserContext, complaints: list[str]) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    return page


def test_mira_makes_a_campaign_in_three_languages_and_dina_publishes_it(
    desks: tuple[Page, Page], site: Site, tmp_path: Path
) -> None:
    mira, dina = desks
    list_at, here = f"{site.base}/staff/campaigns", f"{site.base}/staff/campaigns/night-bakers"
    mira.goto(list_at)
    mira.get_by_role("link", name="New audience").first.click()
    a_new_audience(mira)
    expect(mira).to_have_url(f"{list_at}/new?audience=bakers")
    a_new_campaign(mira)
    expect(mira).to_have_url(here)
    picture(mira, "campaign-new-1280")

    for tag in ("en", "ar", "ro"):
        write(mira, f"{here}/{tag}", TEXT[tag])
    picture(mira, "campaign-list-1280")
    the_tone_stops_it(mira, dina, f"{here}/en")
    for tag in ("en", "ar", "ro"):
        dina.goto(f"{here}/{tag}")
        dina.get_by_role("button", name="Publish", exact=True).click()
        expect(dina).to_have_url(here)
    picture(dina, "campaign-published-1280")
    for tag, words in (("ar", "العمل ليلاً في المخبز"), ("ro", "Noaptea la brutărie"), ("en", "Baking at night")):
        served(mira, f"{site.base}/{tag}/c/night-bakers", words)
    picture(mira, "campaign-served-en-1280")
    a_poster_to_print(mira, site)
    the_calendar_tells_what_meets(mira, site, tmp_path)


def a_new_audience(page: Page) -> None:
    page.fill("#slug", "bakers")
    page.fill("#name", "People offered work in bakeries")
    page.fill("#destination", "NO SE")
    page.fill("#fears", "the debt for the journey\nto lose the room")
    page.fill("#next", "write down hours\nwrite to the hotline")
    for tag, label in LABELS.items():
        page.fill(f"#label-{tag}", label)
    picture(page, "campaign-audience-1280")
    page.get_by_role("button", name="Save the audience").click()


def a_new_campaign(page: Page) -> None:
    page.fill("#slug", "night-bakers")
    page.fill("#goal", "To know what night work pays")
    page.fill("#countries", "NO")
    for tag in ("ar", "ro"):
        page.check(f'[name="lang-{tag}"]')
    picture(page, "campaign-form-1280")
    page.get_by_role("button", name="Begin").click()


def write(page: Page, address: str, text: str) -> None:
    """Type it, see it on the phone before it is saved, save it."""
    page.goto(address)
    page.fill("#text", text)
    title = text.splitlines()[0].removeprefix("# ")
    expect(page.locator(".screen h1")).to_have_text(title, timeout=15_000)
    assert page.locator(".phone").bounding_box()["width"] <= 376  # type: ignore[index]
    picture(page, f"campaign-writing-{address.rpartition('/')[2]}-1280")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#text")).to_have_value(text)
    expect(page.locator(".against")).to_contain_text("another member of staff")


def the_tone_stops_it(mira: Page, dina: Page, address: str) -> None:
    dina.goto(address)
    expect(dina.locator(".marks")).to_contain_text("promises what nobody can keep")
    expect(dina.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    picture(dina, "campaign-stopped-1280")
    mira.goto(address)
    mira.locator("[data-line]").click()
    assert mira.evaluate("document.getSelection().toString()") == "We will rescue you."
    mira.keyboard.type("We listen, and you decide.")
    expect(mira.locator('[data-part="remarks"]')).to_contain_text("Nothing to mend.", timeout=15_000)
    mira.get_by_role("button", name="Save the draft").click()
    expect(mira.locator("#text")).to_have_value(TEXT["en"].replace("We will rescue you.", "We listen, and you decide."))


def served(page: Page, address: str, words: str) -> None:
    """Within a few seconds, and without a restart."""
    for _ in range(40):
        answer = page.goto(address)
        if answer is not None and answer.status == 200:
            break
        time.sleep(0.5)
    expect(page.locator("h1")).to_have_text(words)


def a_poster_to_print(page: Page, site: Site) -> None:
    """In Arabic, with the code that leads to the page: seen as a picture first, then taken as a file for the printer."""
    page.goto(f"{site.base}/staff/campaigns")
    page.locator('.bar a[href="/staff/posters"]').click()
    page.select_option("#campaign", "night-bakers")
    page.get_by_role("button", name="Show").click()
    page.select_option("#language", "ar")
    page.check('[name=kind][value="a4"]')
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#seen")).to_contain_text("Arabic")
    proof = page.locator(".posters img")
    expect(proof).to_have_js_property("complete", True)
    assert proof.evaluate("image => image.naturalWidth") > 200
    picture(page, "campaign-poster-1280")
    with page.expect_download() as arriving:
        page.get_by_role("link", name="Download").click()
    assert arriving.value.suggested_filename == "night-bakers-ar-a4.pdf"
    sheet = arriving.value.path().read_bytes()
    assert sheet.startswith(b"%PDF-")
    assert len(sheet) > 5_000


def the_calendar_tells_what_meets(page: Page, site: Site, folder: Path) -> None:
    """A partner speaks to the same people in the same country in the same weeks: both see it, and can talk."""
    today = datetime.datetime.now(datetime.UTC).date()
    theirs = Entry(
        "La Strada", "Bread and sleep", today + WEEK, today + 9 * WEEK,
        audiences=("bakers",), countries=("NO",), languages=("ar",),
    )  # fmt: skip
    calendar = folder / "la-strada.ics"
    calendar.write_bytes(as_icalendar([theirs], datetime.datetime.now(datetime.UTC)))
    page.goto(f"{site.base}/staff/campaigns")
    page.locator('.bar a[href="/staff/coordination"]').click()
    expect(page.locator('[aria-labelledby="meeting"]')).not_to_contain_text("Bread and sleep")
    page.fill("#partner-name", "la-strada")
    page.set_input_files("#partner-file", calendar)
    page.locator('form[action$="/partner"] button').click()
    expect(page.locator('[aria-labelledby="meeting"] .card.sure')).to_contain_text(["Bread and sleep"])
    expect(page.locator('[aria-labelledby="meeting"] .card.sure')).to_contain_text(["Baking at night"])
    picture(page, "campaign-overlap-1280")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "name"), [(PHONE, "360"), (DESK, "1280")], ids=["phone", "desk"])
def test_the_editor_fits_every_screen(
    browser: Browser, site: Site, size: dict[str, int], name: str, scheme: str
) -> None:
    context = site.context(browser, "Mira", viewport=size, color_scheme=scheme)
    page = context.new_page()
    places = ("campaigns", "campaigns/new", "audiences/new", "campaigns/work-in-a-home", "campaigns/work-in-a-home/ar")
    for place in places:
        page.goto(f"{site.base}/staff/{place}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{place} is {wide} px wide on a {size['width']} px screen"
        picture(page, f"staff-{place.replace('/', '-')}-{name}-{scheme}")
    context.close()


def test_without_javascript_a_button_shows_the_preview(browser: Browser, site: Site) -> None:
    context = site.context(browser, "Mira", viewport=DESK, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.base}/staff/campaigns/work-in-a-home/th")
    page.fill("#text", "# ชื่อเรื่อง\n\nข้อความ\n")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".screen h1")).to_have_text("ชื่อเรื่อง")
    expect(page.locator("#text")).to_have_value("# ชื่อเรื่อง\n\nข้อความ\n")
    expect(page.locator("#against")).to_contain_text("Not saved yet.")
    context.close()
