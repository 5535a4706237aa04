"""Every page of the house, for those who see little, hear a screen reader, use only a keyboard, or have a small screen.

axe-core finds what a program can find; the keyboard is walked, the text doubled and the screen made 320 px wide. Pages
come from the router (tests/every_page.py), so that a new one is looked at without being named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from itertools import pairwise
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.every_page import Site, Stop, fill, found, open_site, stories

pytestmark = pytest.mark.browser

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
Scheme = Literal["light", "dark"]
DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
IN_TURN: list[list[tuple[ViewportSize, Scheme]]] = [
    [(DESK, "light"), (PHONE, "dark")],
    [(DESK, "dark"), (PHONE, "light")],
]
"""Each page in both sizes and both themes; which theme goes with which size changes from page to page."""
SMALL = ViewportSize(width=320, height=640)
STILL = "* { transition: none !important; animation: none !important; }"
"""Colours are looked at when they have come to rest."""

RUN_AXE = """async tags => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations.map(one => [one.id, one.nodes.map(node => node.html.slice(0, 160) + " " + node.target.join(" "))]);
}"""
OPEN_ALL = """async () => { const closed = [...document.querySelectorAll("details:not([open])")];
  const told = closed.map(one => new Promise(done => one.addEventListener("toggle", done, {once: true})));
  closed.forEach(one => { one.open = true; });
  document.querySelectorAll("dialog:not([open])").forEach(one => one.show());
  await Promise.all(told); }"""
SHOW_ALL = """() => document.querySelectorAll("main p[hidden], main section[hidden], main div[hidden]").forEach(
  one => { one.hidden = false; one.dataset.washidden = ""; })"""
HIDE_AGAIN = """() => document.querySelectorAll("[data-washidden]").forEach(one => { one.hidden = true; })"""

TABBABLE = """() => [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex], audio[controls]")].filter(one => {
  if (one.tabIndex < 0 || one.disabled || one.type === "hidden") return false;
  if (one.type === "radio" && !one.checked && document.querySelector(`[name="${one.name}"]:checked`)) return false;
  if (one.type === "radio" && !one.checked
      && document.querySelector(`input[type=radio][name="${one.name}"]`) !== one) return false;
  return one.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true});
}).map((one, place) => { one.dataset.stop = place; return one.outerHTML.slice(0, 110); })"""
NOTE_FOCUS = """() => { window.came = []; document.addEventListener("focusin", event => {
  const one = event.target, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const shown = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  const scrolls = one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth;
  window.came.push([one.dataset.stop === undefined ? -1 : Number(one.dataset.stop), shown,
    scrolls && one.tabIndex < 0 ? "" : one.outerHTML.slice(0, 110)]);
}); }"""
STAND_STILL = """() => { const add = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (name, f) {
    add.call(this, name, event => { if (!window.still) f(event); }); };
  const send = XMLHttpRequest.prototype.send; window.asking = 0;
  XMLHttpRequest.prototype.send = function (body) { window.asking += 1;
    this.addEventListener("loadend", () => { window.asking -= 1; }); send.call(this, body); }; }"""
"""What comes by itself would put new cards under the keyboard in the middle of the walk; `asking` counts what is on its way."""
ALIKE = [f"staff-contacts-{channel}" for channel in ("whatsapp", "telegram", "signal", "webchat")]
"""Pages that offer the keyboard what the one of SMS does; axe looks at each of them once."""

UNNAMED = ("- button", "- link", "- textbox", "- combobox", "- checkbox", "- radio", "- searchbox", "- spinbutton")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Nobody has written yet."""
    with open_site(tmp_path_factory.mktemp("quiet")) as site:
        yield site


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Callers on every channel, of every level, in every state."""
    with open_site(tmp_path_factory.mktemp("busy")) as site:
        fill(site)
        yield site


Look = Callable[[Page, Stop], list[str]]


def looked_at(browser: Browser, site: Site, looks: Mapping[str, Look], stops: list[Stop]) -> dict[str, list[str]]:
    """What each look finds wrong, on every page; a page is opened once, in a window of its own."""
    wrong: dict[str, list[str]] = {name: [] for name in looks}
    for stop in stops:
        context = site.context(browser, stop.who, bypass_csp=True, viewport=DESK)
        context.add_init_script(f"({STAND_STILL})()")
        page = context.new_page()
        site.comes(page, stop)
        page.add_style_tag(content=STILL)
        page.evaluate(OPEN_ALL)
        page.wait_for_function("() => window.asking === 0")
        for name, look in looks.items():
            wrong[name] += [f"{stop.name}: {one}" for one in look(page, stop)]
        context.close()
    return wrong


@pytest.fixture(scope="module")
def seen(browser: Browser, busy: Site) -> dict[str, list[str]]:
    """What was found wrong on the pages of a busy house."""
    return looked_at(browser, busy, LOOKS, [*found(busy), *stories(busy)])


def axe(page: Page) -> list[str]:
    if not page.evaluate("() => !!window.axe"):
        page.evaluate(AXE)
    found_here = page.evaluate(RUN_AXE, TAGS)
    return [f"{rule}: {node}" for rule, nodes in found_here for node in nodes[:3]]


def in_every_look(page: Page, stop: Stop) -> list[str]:
    """All rules at each width and in each theme, first with every notice shown and then as it is."""
    wrong: list[str] = []
    page.evaluate(SHOW_ALL)
    looks = IN_TURN[len(stop.name) % 2]
    for number, (size, scheme) in enumerate(looks[:1] if stop.name in ALIKE else looks):
        if number:
            page.evaluate(HIDE_AGAIN)
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{size['width']} {scheme}: {one}" for one in axe(page)]
    return wrong


def test_axe_finds_nothing_on_any_page_while_nobody_writes(browser: Browser, quiet: Site) -> None:
    stops = [stop for stop in found(quiet) if stop.who]
    assert looked_at(browser, quiet, {"axe": in_every_look}, stops) == {"axe": []}


def test_axe_finds_nothing_on_any_page_while_many_write(seen: dict[str, list[str]]) -> None:
    assert seen["axe"] == []


def test_axe_finds_what_is_wrong(browser: Browser, quiet: Site) -> None:
    """The twin: a page that is spoilt in four ways is told in four ways."""
    context = quiet.context(browser, bypass_csp=True)
    site_page = context.new_page()
    site_page.goto(f"{quiet.base}/en/")
    site_page.evaluate("""() => { document.documentElement.lang = ""; document.querySelector("h1").remove();
      const button = document.createElement("button"); document.querySelector("main").append(button);
      const pale = document.createElement("p"); pale.textContent = "pale"; pale.style.color = "#ccc";
      pale.style.background = "#fff"; document.querySelector("main").append(pale); }""")
    told = {one.split(":")[0] for one in axe(site_page)}
    context.close()
    assert {"html-has-lang", "page-has-heading-one", "button-name", "color-contrast"} <= told


def walked(page: Page, stop: Stop) -> list[str]:
    """From the top of the page with the Tab key, until the keyboard has left it again."""
    if stop.name in ALIKE:
        return []
    page.evaluate("() => { window.still = true; document.activeElement.blur(); }")
    stops = page.evaluate(TABBABLE)
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")
    page.evaluate(NOTE_FOCUS)
    for _ in range(12):
        for _ in range(len(stops) // 3 + 5):
            page.keyboard.press("Tab")
        came = page.evaluate("() => window.came")
        if [one[0] for one in came].count(0) > 1:
            break
    places = [place for place, _, _ in came]
    if places.count(0) > 1:
        came = came[: places.index(0, places.index(0) + 1)]
    order = list(dict.fromkeys(place for place, _, _ in came if place >= 0))
    wrong = [f"the keyboard comes to something unforeseen: {html}" for place, _, html in came if place < 0 and html]
    wrong += [f"one does not see that the keyboard is at {html}" for place, shown, html in came if not shown and html]
    wrong += [f"the keyboard never comes to {html}" for place, html in enumerate(stops) if place not in order]
    if order != sorted(order):
        wrong.append(f"the keyboard goes in another order than the page: {order}")
    return wrong


def test_the_keyboard_comes_to_everything_in_order_and_is_seen_there(seen: dict[str, list[str]]) -> None:
    assert seen["keyboard"] == []


def skipped(page: Page, stop: Stop) -> list[str]:
    link = page.locator("a.skip")
    if link.count() != 1:
        return ["there is no skip link"] if stop.path.startswith("/staff") else []
    link.focus()
    box = link.bounding_box()
    seen = box is not None and box["width"] > 40 and box["x"] >= 0 and box["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("""() => { const one = document.activeElement;
      const target = document.querySelector(document.querySelector("a.skip").getAttribute("href"));
      return !target ? "nowhere" : target.contains(one) || one === document.body
        || !target.querySelector("a[href], button, input:not([type=hidden]), select, textarea, summary") ? "in" : "out";}""")
    return ([] if seen else ["the skip link is not seen"]) + (
        [] if inside == "in" else [f"the skip link leads {inside}"]
    )


def test_the_skip_link_is_seen_and_leads_to_the_work(seen: dict[str, list[str]]) -> None:
    assert seen["skip link"] == []


def read_out(page: Page, stop: Stop) -> list[str]:
    """What a screen reader would be told: names of controls, live parts, headings."""
    tree = page.locator("body").aria_snapshot().splitlines()
    wrong = [f"a control without a name: {one.strip()}" for one in tree if one.strip().rstrip(":") in UNNAMED]
    loud = page.evaluate("""() => [...document.querySelectorAll("[aria-live=assertive]")]
      .filter(one => one.getAttribute("role") !== "alert").map(one => one.outerHTML.slice(0, 120))""")
    wrong += [f"it breaks in on what is read, and is no alert: {one}" for one in loud]
    levels = page.evaluate("""() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
      .filter(one => one.checkVisibility()).map(one => Number(one.tagName[1]))""")
    if levels.count(1) != 1:
        wrong.append(f"{levels.count(1)} headings of the first level")
    wrong += [f"a heading {two} after {one}" for one, two in pairwise(levels) if two > one + 1]
    return wrong


def test_a_screen_reader_finds_names_headings_and_nothing_loud(seen: dict[str, list[str]]) -> None:
    assert seen["read out"] == []


def test_what_changes_by_itself_is_read_out_politely(browser: Browser, busy: Site) -> None:
    with busy.context(browser, "Chloe") as context:
        page = context.new_page()
        for stop in found(busy):
            if not stop.name.startswith("staff-contacts"):
                continue
            page.goto(busy.base + stop.path)
            assert page.locator('[data-list="lines"]').get_attribute("aria-live") == "polite"
            assert page.locator(".trouble").get_attribute("role") == "status"


OVERFLOWING = """() => [...document.querySelectorAll("body *")].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map(one => one.outerHTML.slice(0, 120)).slice(0, 3)"""


def too_wide(page: Page) -> list[str]:
    wide, has = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
    return [f"{wide} px wide on {has}: {page.evaluate(OVERFLOWING)}"] if wide > has else []


def small_and_large(page: Page, stop: Stop) -> list[str]:
    """320 px, which is 400 % of 1280; then text twice as large on a desk's screen."""
    page.set_viewport_size(SMALL)
    wrong = [f"reflow: {one}" for one in too_wide(page)]
    page.set_viewport_size(DESK)
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    wrong += [f"text doubled: {one}" for one in too_wide(page)]
    page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    return wrong


def test_every_page_fits_320_px_and_text_twice_as_large(seen: dict[str, list[str]]) -> None:
    assert seen["small and large"] == []


LOOKS: Mapping[str, Look] = {
    "keyboard": walked,
    "skip link": skipped,
    "read out": read_out,
    "small and large": small_and_large,
    "axe": in_every_look,
}
