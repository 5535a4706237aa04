"""The offer check on the web: Amara pastes an offer and reads what is in it, what to ask and where to look; nothing stays."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.offers.answer import Beside
from app.pages import Pages
from app.tools.export import exported
from campaigns.papers import Paper, When, Whom
from hotline.language import Words
from hotline.offers.flags import Flag
from hotline.offers.registers import Register, What
from hotline.store import tallies
from tests.offers_help import FAIR, RISKY
from tests.people import AMARA
from tests.server_help import House, Swapped, from_twilio, open_house, settings_for, sms

SECRET = "Velvetparrot"
"""A name that stands in an offer, and nowhere else."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("offers"), with_pages=True, offer_pictures="off") as opened:
        yield opened


def checks(house: House, text: str, language: str = "en", **more: str) -> httpx.Response:
    """Somebody pastes an offer and presses the button."""
    return house.browser().post(f"/{language}/offer", {"text": text, "do": "check", **more})


def reads(response: httpx.Response) -> str:
    """What a reader of the page sees, in one line."""
    assert response.status_code == 200, response.status_code
    main = response.text.split('<main id="text">', 1)[1].split("</main>", 1)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def word(house: House, key: str, language: str = "en") -> str:
    return house.office.desk.shelf.offers[language][key]


# What Amara reads


def test_amara_reads_each_warning_sign_with_its_words_why_what_is_fair_and_what_to_ask(house: House) -> None:
    page = reads(checks(house, RISKY))
    assert page.startswith(word(house, "offer/verdict/stop_and_check"))
    for flag, words in {
        Flag.UPFRONT_FEE: "You pay 300 euro registration fee first",
        Flag.DOCUMENTS_KEPT: "The boss keeps your passport in the safe",
        Flag.MESSENGER_ONLY: "Only WhatsApp, no calls",
    }.items():
        name = f"offer/flag/{flag}"
        assert f"{word(house, name)} {word(house, 'offer/found_in')} {words}" in page
        for part in ("why", "fair", "ask"):
            assert f"{word(house, f'offer/{part}')} {word(house, f'{name}/{part}')}" in page


def test_she_reads_what_is_as_it_should_be_and_what_is_missing(house: House) -> None:
    page = reads(checks(house, RISKY))
    good = page.index(word(house, "offer/good"))
    assert word(house, "offer/good/paid_regularly") in page[good:]
    missing = page[page.index(word(house, "offer/missing/intro")) :]
    assert word(house, "offer/missing/employer") in missing
    assert word(house, "offer/missing/contract") in missing
    assert word(house, "offer/missing/place") not in missing, "Dubai was said"


def test_she_reads_three_next_steps_and_the_way_to_a_person(house: House) -> None:
    response = checks(house, RISKY)
    page = reads(response)
    steps = page[page.index(word(house, "offer/steps")) :]
    places = [steps.index(word(house, f"offer/steps/{step}")) for step in ("ask", "verify", "tell")]
    assert places == sorted(places)
    assert word(house, f"offer/flag/{Flag.DOCUMENTS_KEPT}/ask") in steps
    assert 'href="/en/offer/plan"' in response.text
    assert (
        '<form method="post" action="/" class="deeds"><input type="hidden" name="do" value="before">' in response.text
    )


def test_what_the_recruiter_wrote_keeps_its_own_direction_and_is_only_text(house: House) -> None:
    response = checks(house, "The boss keeps your passport <script>alert(1)</script> in the safe.")
    assert '<bdi dir="auto">The boss keeps your passport &lt;script&gt;' in response.text
    assert "<script" not in response.text


def test_a_fair_offer_shows_no_sign_and_is_never_called_safe(house: House) -> None:
    page = reads(checks(house, FAIR))
    assert page.startswith(word(house, "offer/verdict/no_flags_found"))
    assert word(house, "offer/verdict/no_flags_found/about") in page
    assert word(house, "offer/good/keeps_passport") in page
    assert " safe" not in page.replace("in the safe", "")


def test_a_light_sign_alone_is_something_to_check_first(house: House) -> None:
    page = reads(checks(house, "Cook wanted in Oslo by Berg Ltd. Only WhatsApp, no calls."))
    assert page.startswith(word(house, "offer/verdict/check_first"))


def test_an_offer_in_two_languages_is_read_in_both(house: House) -> None:
    """The page is English; the deeds are told in Spanish, the wrapping in English."""
    page = reads(
        checks(
            house, "NEW JOB IN SPAIN!! Best hotels. Hay que pagar 300 euros de inscripción antes de viajar. Call us."
        )
    )
    assert word(house, "offer/flag/upfront_fee") in page


def test_of_a_very_long_offer_the_first_part_is_read_and_the_page_says_so(house: House) -> None:
    long = f"{RISKY} {'We have a nice garden. ' * 400}"
    page = reads(checks(house, long))
    assert word(house, "offer/text/long") in page
    assert word(house, "offer/flag/upfront_fee") in page
    assert word(house, "offer/text/long") not in reads(checks(house, RISKY))


@pytest.mark.parametrize("text", ["", "   ", "…!?", "\0"])
def test_without_words_she_is_asked_for_them_and_keeps_her_countries(house: House, text: str) -> None:
    response = checks(house, text, job="NO")
    assert word(house, "offer/text/empty") in reads(response)
    assert '<option value="NO" selected>' in response.text


# Where to look, which papers


def register(**more: object) -> Register:
    values = {"how": "Type the name of the agency.", "source": "x.example", "source_date": "2026-11-22", **more}
    return Register(name="The Register", address="https://register.example/", what=What.AGENCIES, **values)  # type: ignore[arg-type]


def today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def test_registers_of_both_countries_stand_there_with_how_to_read_them_once_somebody_has_checked(house: House) -> None:
    beside = Beside(registers={"NO": [register(checked_on=today(), checked_by="Chloe")], "UA": [register()]})
    with Swapped(house.server.offers, "_beside", beside):
        response = checks(house, RISKY, job="NO", origin="UA")
    page = reads(response)
    norway, ukraine = page[page.index("Norway The Register") :].split("Ukraine The Register")
    assert "Type the name of the agency." in norway
    assert f"Checked on {today()}" in norway
    assert ukraine.startswith(f" {word(house, 'offer/registers/unchecked')}")
    assert response.text.count('href="https://register.example/" rel="noreferrer"') == 2
    assert "Chloe" not in response.text


def test_what_nobody_has_checked_of_a_register_is_only_its_address(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unchecked_say_nothing_more() -> None:
        with Swapped(house.server.offers, "_beside", Beside(registers={"NO": [register()]})):
            assert "Type the name" not in checks(house, RISKY, job="NO").text

    unchecked_say_nothing_more()
    monkeypatch.setattr(Register, "confirmed", lambda self, day: True)
    with pytest.raises(AssertionError):
        unchecked_say_nothing_more()


def test_where_no_register_is_known_the_page_says_whom_to_ask(house: House) -> None:
    with Swapped(house.server.offers, "_beside", Beside()):
        page = reads(checks(house, RISKY, job="NO"))
    assert word(house, "offer/registers/none") in page


def test_papers_of_the_country_of_the_job_are_shown_once_somebody_has_checked_them(house: House) -> None:
    paper = Paper(Whom.EEA, When.MONTHS, "Registration", "The Office", "https://office.example/", "x", "2026")
    sure = replace(paper, checked_on=today(), checked_by="Chloe")
    for lines, shown in (([paper], False), ([sure], True)):
        with Swapped(house.server.offers, "_beside", Beside(papers={"NO": lines})):
            page = reads(checks(house, RISKY, job="NO", origin="UA"))
        assert ("Registration" in page) is shown
        assert word(house, "offer/papers/forged") in page


# The page before anything is typed


def test_the_form_is_a_published_page_and_asks_for_nothing_but_words(house: House) -> None:
    response = house.browser().get("/en/offer")
    assert "/en/offer" in house.server.published()
    assert response.headers["cache-control"] == "public, max-age=300"
    assert response.headers["etag"]
    assert '<textarea id="offer" name="text"' in response.text
    assert 'type="file"' not in response.text
    names = set(re.findall(r'<(?:input|select|textarea|button)[^>]* name="([^"]+)"', response.text))
    assert names == {"text", "job", "origin", "do", "lang"}


def test_the_router_has_the_same_pages_where_nothing_is_published(tmp_path: Path, house: House) -> None:
    with open_house(tmp_path, offer_pictures="off") as bare:
        for path in house.server.offers.paths:
            assert bare.browser().get(f"/en/{path}").content == house.browser().get(f"/en/{path}").content


def test_home_and_the_campaigns_that_are_about_an_offer_lead_there(house: House) -> None:
    home = house.browser().get("/en/").text
    assert 'href="/en/offer"' in home
    about = [path for path in house.server.published() if re.fullmatch(r"/en/c/[^/]+", path)]
    leading = [path for path in about if 'href="/en/offer"' in house.browser().get(path).text]
    assert "/en/c/online-office-jobs" in leading


def test_where_a_language_has_no_words_for_it_campaigns_lead_to_people(house: House) -> None:
    shelf = replace(house.office.desk.shelf, offers={})
    pages = Pages(house.settings, shelf, house.server.assets, Words("en", {}))
    publishing = house.server.publishing
    with Swapped(publishing._press, "_render", pages.page), Swapped(publishing._press, "_made", {}):
        again = publishing.pages()
    page = again["/en/c/online-office-jobs"].plain.decode()
    assert 'href="/en/offer"' not in page.split("<article>")[1].split("</p>")[2]
    assert 'href="/en/offer"' not in again["/en/"].plain.decode()


def test_an_exported_page_sends_its_form_back_to_the_hotline(tmp_path: Path, house: House) -> None:
    settings = settings_for(tmp_path, offer_pictures="off")
    files = exported(settings, house.office.desk.shelf, back="https://hotline.example")
    assert 'action="https://hotline.example/en/offer"' in files["en/offer.html"].decode()
    response = house.browser(**{"Sec-Fetch-Site": "cross-site", "Origin": "null"}).post("/en/offer", {"text": RISKY})
    assert word(house, "offer/verdict/stop_and_check") in reads(response)


# What is refused


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"data": {"text": "x", "name": "Amara"}}, 400),
        ({"data": {"text": "x", "job": "XX"}}, 400),
        ({"content": b"text=a&text=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400),
        ({"content": b"text=%ff%fe", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400),
        ({"content": b"{}", "headers": {"Content-Type": "application/json"}}, 400),
        ({"data": {"text": "x" * 300_000}}, 413),
    ],
    ids=["a field of their own", "a country nobody knows", "a field twice", "no letters", "no form", "too long"],
)
def test_a_form_that_is_not_ours_is_refused_with_a_page(house: House, how: dict[str, object], status: int) -> None:
    response = house.browser().request("POST", "/en/offer", **how)
    assert response.status_code == status
    assert "<h1>" in response.text


def test_there_is_no_such_page_in_a_language_that_we_do_not_have(house: House) -> None:
    assert house.browser().get("/tlh/offer").status_code == 404
    assert house.browser().post("/tlh/offer", {"text": RISKY}).status_code == 404


def test_when_very_many_are_checked_at_once_the_next_is_asked_to_wait(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.offers.web.WAITING", 0)
    assert checks(house, RISKY).status_code == 503


# What stays


class TestNothingStays:
    def the_answer_is_not_to_be_kept_by_a_browser_or_told_by_its_size(self, house: House) -> None:
        risky, fair = checks(house, RISKY), checks(house, FAIR)
        for response in (risky, fair):
            assert response.headers["cache-control"] == "no-store, no-transform"
            assert len(response.content) % 4096 == 0
            assert "set-cookie" not in response.headers
            assert "location" not in response.headers
            assert "<title>Check a job offer</title>" in response.text

    def nothing_of_an_offer_is_on_the_disk_or_in_the_log(self, house: House) -> None:
        house.events.clear()
        response = checks(house, f"You must pay a deposit of 300 euro to the {SECRET} Lounge first.")
        assert SECRET in response.text
        house.settle()
        files = [path for path in house.settings.home.parent.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if SECRET.encode() in path.read_bytes()]
        assert SECRET not in str(house.events)

    def test_the_answer_is_not_to_be_kept_by_a_browser_or_told_by_its_size(self, house: House) -> None:
        self.the_answer_is_not_to_be_kept_by_a_browser_or_told_by_its_size(house)

    def test_twin_without_the_filling_its_size_tells(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.offers.web.padded_page", str.encode)
        with pytest.raises(AssertionError):
            self.the_answer_is_not_to_be_kept_by_a_browser_or_told_by_its_size(house)

    def test_twin_without_its_header_a_browser_keeps_it(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.offers.web.NO_STORE", {})
        with pytest.raises((AssertionError, KeyError)):
            self.the_answer_is_not_to_be_kept_by_a_browser_or_told_by_its_size(house)

    def test_nothing_of_an_offer_is_on_the_disk_or_in_the_log(self, house: House) -> None:
        self.nothing_of_an_offer_is_on_the_disk_or_in_the_log(house)

    def test_twin_a_count_that_holds_its_words_would_be_found(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.offers.web.CHANNEL", f"page of {SECRET}")
        with pytest.raises(AssertionError):
            self.nothing_of_an_offer_is_on_the_disk_or_in_the_log(house)


def test_each_flag_is_counted_once_with_the_channel_and_the_language(tmp_path: Path) -> None:
    with open_house(tmp_path, offer_pictures="off") as fresh:
        checks(fresh, f"{RISKY} Again: you must pay the deposit first.")
        checks(fresh, FAIR)
        with fresh.office.engine.connect() as connection:
            counted = {(cell.kind, cell.first, cell.second): number for cell, number in tallies.all_cells(connection)}
        flags = ("upfront_fee", "documents_kept", "messenger_only")
        assert counted == {
            **{("offer_flag", flag, ""): 1 for flag in flags},
            **{("offer_flag*channel", flag, "page"): 1 for flag in flags},
            **{("offer_flag*language", flag, "en"): 1 for flag in flags},
        }
        assert fresh.nothing_stored


def test_the_figures_name_the_signs_in_the_words_of_the_check(tmp_path: Path) -> None:
    with open_house(tmp_path, offer_pictures="off") as fresh:
        for _ in range(10):
            checks(fresh, "Cook in Oslo, Berg Ltd. Only WhatsApp, no calls.")
        page = fresh.browser(**{"Accept-Language": "en"}).get("/figures").text
        assert "Warning signs in offers" in page
        assert "They can be reached only by a messenger" in page
        assert fresh.browser().get("/figures.csv").text.count("messenger_only") == 3


def test_a_caller_who_writes_meanwhile_is_answered(house: House) -> None:
    checks(house, RISKY)
    assert from_twilio(house, sms("hello", 77, sender=AMARA)).status_code == 200


# The travel plan


PLAN = {"who": "Olena <b>", "word": "Blue umbrella", "where": "Storgata 1\nOslo", "job": "NO", "do": "make"}


def test_a_plan_comes_back_as_a_page_to_print_with_the_emergency_number_of_that_country(house: House) -> None:
    response = house.browser().post("/en/offer/plan", PLAN)
    page = reads(response)
    assert "Norway" in page
    assert "Blue umbrella" in page
    assert f"{word(house, 'offer/plan/emergency')} 112" in page
    assert '<bdi dir="auto">Olena &lt;b&gt;</bdi>' in response.text
    assert response.headers["cache-control"] == "no-store, no-transform"
    assert f"{word(house, 'offer/plan/money')} {word(house, 'offer/plan/papers')}" in page, (
        "what is empty is written by hand"
    )


def test_what_was_filled_in_can_be_changed(house: House) -> None:
    response = house.browser().post("/en/offer/plan", {**PLAN, "do": "change"})
    assert 'value="Blue umbrella"' in response.text
    assert ">\nStorgata 1\nOslo</textarea>" in response.text
    assert '<option value="NO" selected>' in response.text


def test_nothing_of_a_plan_is_stored_or_counted(tmp_path: Path) -> None:
    with open_house(tmp_path, offer_pictures="off") as fresh:
        fresh.browser().post("/en/offer/plan", {**PLAN, "who": SECRET})
        fresh.settle()
        assert fresh.nothing_stored
        assert fresh.count("tallies") == [0]
        assert not [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
