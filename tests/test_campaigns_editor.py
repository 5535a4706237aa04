"""The editor: Mira writes, Dina publishes, files stay the truth, and nothing that was typed is lost."""

from __future__ import annotations

import datetime
import re
import shutil
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import time
from typing import Any, ClassVar

import httpx
import pytest

from campaigns.campaign import digest_of
from campaigns.drafts import drafts_of, versions_of
from campaigns.editing.kept import coverage, read_shelf, shown_pages
from campaigns.library import read_audiences, read_library
from hotline.language import LANGUAGES as HOUSE
from hotline.store import translations
from hotline.store.staff import Role
from tests.people import ROOT
from tests.server_help import Browser, House, open_house, sign_in

LIST = "/staff/campaigns"
HOME = f"{LIST}/work-in-a-home"
AR = f"{HOME}/ar"
TODAY = datetime.datetime.now(datetime.UTC).date()
GOOD = "# Work in a home\n\nWhat is yours.\n\n- your pay\n"
BAD = GOOD + "\nWe will rescue you.\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    content = tmp_path / "content"

    def others(folder: str, names: list[str]) -> set[str]:
        return set(names) - {"work-in-a-home"} if folder.endswith("/campaigns") else set()

    for name in ("campaigns", "audiences", "papers", "tone", "directory"):
        shutil.copytree(ROOT / "content" / name, content / name, ignore=others)
    with open_house(tmp_path, with_pages=True, content=content, model=False, second_factor=False) as opened:
        yield opened


@pytest.fixture
def mira(house: House) -> Browser:
    return sign_in(house, "Mira", Role.MANAGER)[0]


@pytest.fixture
def dina(house: House) -> Browser:
    return sign_in(house, "Dina", Role.ADMINISTRATOR)[0]


def folder(house: House, slug: str = "work-in-a-home") -> Path:
    return house.settings.content / "campaigns" / slug


def table(house: House, slug: str = "work-in-a-home") -> dict[str, Any]:
    return tomllib.loads((folder(house, slug) / "campaign.toml").read_text(encoding="utf-8"))


def fields(response: httpx.Response) -> dict[str, str]:
    """What the form of a page would send: what stands in it, and what it has seen."""
    html = response.text
    text = re.search(r"<textarea id=\"text\"[^>]*>\n(.*?)</textarea>", html, re.DOTALL)
    seen = re.search(r'name="seen" value="(\w*)"', html)
    assert text
    assert seen
    return {"text": unescape(text[1]), "seen": seen[1]}


def saves(browser: Browser, path: str, text: str, **more: str) -> httpx.Response:
    return browser.post(path, {**fields(browser.get(path)), "text": text, **more})


def publishes(browser: Browser, path: str) -> httpx.Response:
    return browser.post(f"{path}/publish", fields(browser.get(path)))


def alert(response: httpx.Response) -> str:
    found = re.search(r'role="alert">(.*?)</p>', response.text)
    return unescape(found[1]) if found else ""


class TestWriting:
    def test_a_draft_is_kept_beside_the_page_and_readers_see_nothing_of_it(self, house: House, mira: Browser) -> None:
        before = (folder(house) / "ar.md").read_text(encoding="utf-8")
        assert saves(mira, AR, GOOD).status_code == 303
        assert drafts_of(folder(house))["ar"].by == "Mira"
        assert (folder(house) / "ar.md").read_text(encoding="utf-8") == before
        assert house.server.publishing.again()
        assert "What is yours." not in house.browser().get("/ar/c/work-in-a-home").text

    def test_the_source_stands_beside_in_its_own_direction_and_the_phone_shows_the_page(self, mira: Browser) -> None:
        html = mira.get(AR).text
        assert re.search(r'<pre class="source" lang="en" dir="ltr"', html)
        assert re.search(r'<textarea id="text"[^>]* lang="ar" dir="rtl"', html)
        preview = html.partition('shadowrootmode="open"')[2].partition("</template>")[0]
        assert '<div class="screen" lang="ar" dir="rtl">' in preview
        assert "<form" not in preview
        assert not re.search(r'(?:href|action)="/(?!static)', preview)

    def test_a_look_shows_what_is_typed_and_saves_nothing(self, house: House, mira: Browser) -> None:
        shown = mira.post(f"{HOME}/en/look", {"text": BAD, "seen": ""})
        assert shown.status_code == 200
        assert "We will rescue you" in shown.text.partition("shadowrootmode")[2]
        assert "promises what nobody can keep" in shown.text
        assert fields(shown)["text"] == BAD
        assert drafts_of(folder(house)) == {}

    def test_what_another_wrote_meanwhile_is_shown_and_neither_is_lost(self, mira: Browser, dina: Browser) -> None:
        seen = fields(mira.get(AR))
        saves(dina, AR, GOOD + "\nDina's line.\n")
        answer = mira.post(AR, {**seen, "text": GOOD + "\nMira's line.\n"})
        assert answer.status_code == 409
        assert alert(answer) == (
            "Somebody else has changed this text since you opened it. Yours is not saved: take over what you need, then save."
        )
        assert "Dina&#39;s line." in answer.text
        assert fields(answer)["text"] == GOOD + "\nMira's line.\n"
        assert mira.post(AR, {**fields(answer), "text": GOOD}).status_code == 303

    def test_a_remark_is_answered_with_a_reason_that_stands_in_the_file(self, house: House, mira: Browser) -> None:
        path = f"{HOME}/en"
        saves(mira, path, BAD)
        form = fields(mira.get(path))
        assert (
            alert(mira.post(f"{path}/answer", {**form, "answer": "7-promise"}))
            == "Write why it is meant so, then answer."
        )
        form |= {"answer": "7-promise", "why-7-promise": "their words"}
        assert mira.post(f"{path}/answer", form).status_code == 303
        assert "<!-- fine: promise: their words -->\nWe will rescue you." in drafts_of(folder(house))["en"].text
        assert "Nothing to mend." in mira.get(path).text
        form |= fields(mira.get(path))
        assert alert(mira.post(f"{path}/answer", form)) == "This remark is not there any more: look again."

    def test_half_a_text_is_shown_with_what_is_wrong_and_without_a_phone(self, mira: Browser) -> None:
        shown = mira.post(f"{HOME}/en/look", {"text": "no title", "seen": ""})
        assert "The first line must be the title" in shown.text
        assert "It can be shown once it has a title" in shown.text

    @pytest.mark.parametrize("path", [f"{LIST}/nothing", f"{LIST}/..%2f", f"{HOME}/xx", f"{LIST}/nothing/en"])
    def test_what_is_not_there_is_told(self, mira: Browser, path: str) -> None:
        assert mira.get(path).status_code == 404

    def test_a_name_in_a_text_is_never_markup(self, mira: Browser) -> None:
        shown = mira.post(
            f"{HOME}/en/look", {"text": "# <script>x</script>\n\n<b>y</b>\n\n</textarea><i>z</i>\n", "seen": ""}
        )
        for bad in ("<script>x", "<b>y", "<i>z"):
            assert bad not in shown.text


class TestPublishing:
    def test_whoever_edited_last_does_not_publish_and_another_does(
        self, house: House, mira: Browser, dina: Browser
    ) -> None:
        saves(mira, AR, GOOD)
        alone = publishes(mira, AR)
        assert alone.status_code == 400
        assert alert(alone) == "You edited this last: another member of staff reads it and publishes it."
        assert publishes(dina, AR).headers["location"] == HOME
        assert house.office.read(lambda connection: house.server.publishing.is_due(connection, time())) is not None
        assert house.server.publishing.again()
        assert "What is yours." in house.browser().get("/ar/c/work-in-a-home").text
        review = table(house)["review"]["ar"]
        source = (folder(house) / "en.md").read_text(encoding="utf-8")
        assert review == {
            "author": "Mira", "author_date": TODAY, "native_reader": "", "made_from": digest_of(source)
        }  # fmt: skip
        assert drafts_of(folder(house)) == {}
        assert len(versions_of(folder(house), "ar")) == 1

    def test_where_one_person_is_enough_one_person_publishes(self, house: House, mira: Browser) -> None:
        object.__setattr__(house.settings, "two_people", False)
        browser = Browser(house.server.application(), house.runner)
        browser.cookies.update(mira.cookies)
        saves(browser, AR, GOOD)
        assert publishes(browser, AR).status_code == 303

    def test_the_tone_stops_a_page_until_it_is_mended(self, house: House, mira: Browser, dina: Browser) -> None:
        path, before = f"{HOME}/en", (folder(house) / "en.md").read_text(encoding="utf-8")
        saves(mira, path, BAD)
        stopped = publishes(dina, path)
        assert alert(stopped) == "There are remarks to mend or to answer first: line 7."
        assert (folder(house) / "en.md").read_text(encoding="utf-8") == before
        saves(mira, path, GOOD)
        assert publishes(dina, path).status_code == 303
        assert (folder(house) / "en.md").read_text(encoding="utf-8") == GOOD

    def test_a_text_that_is_not_saved_is_not_published_and_stays_in_the_form(
        self, mira: Browser, dina: Browser
    ) -> None:
        saves(mira, AR, GOOD)
        form = fields(dina.get(AR))
        answer = dina.post(f"{AR}/publish", {**form, "text": GOOD + "\nMore.\n"})
        assert alert(answer) == "This text is not saved yet: save it, then publish."
        assert fields(answer)["text"] == GOOD + "\nMore.\n"

    def test_a_changed_source_makes_the_others_stale(self, house: House, mira: Browser, dina: Browser) -> None:
        saves(mira, AR, GOOD)
        publishes(dina, AR)
        assert read_shelf(house.settings.content).campaigns["work-in-a-home"].state("ar") == "unread"
        saves(mira, f"{HOME}/en", GOOD)
        publishes(dina, f"{HOME}/en")
        assert read_shelf(house.settings.content).campaigns["work-in-a-home"].state("ar") == "stale"

    def test_an_earlier_version_comes_back_with_the_names_of_its_readers(
        self, house: House, mira: Browser, dina: Browser
    ) -> None:
        old = (folder(house) / "ar.md").read_text(encoding="utf-8")
        form = {"language": "ar", "role": "native_reader", "name": "Amal", "date": TODAY.isoformat()}
        assert mira.post(f"{HOME}/sign", form).status_code == 303
        saves(mira, AR, GOOD)
        publishes(dina, AR)
        assert table(house)["review"]["ar"]["native_reader"] == ""
        (version,) = versions_of(folder(house), "ar")
        assert mira.post(f"{AR}/back", {"version": version.name}).status_code == 303
        assert (folder(house) / "ar.md").read_text(encoding="utf-8") == old
        assert table(house)["review"]["ar"]["native_reader"] == "Amal"
        assert alert(mira.post(f"{AR}/back", {"version": "../../x"})) == "This version is not kept any more."

    def test_a_machines_draft_waits_for_a_person(self, house: House, mira: Browser, dina: Browser) -> None:
        saves(mira, AR, GOOD)
        about = folder(house) / "drafts" / "ar.toml"
        about.write_text(about.read_text(encoding="utf-8") + "machine = true\n", encoding="utf-8")
        assert "A machine wrote this: go over the whole of it first" in alert(publishes(dina, AR))
        saves(mira, AR, GOOD + "\nMore.\n")
        assert drafts_of(folder(house))["ar"].machine
        saves(mira, AR, GOOD, gone_over="yes")
        assert publishes(dina, AR).status_code == 303
        assert "machine" not in table(house)["review"]["ar"]

    def test_a_machine_is_asked_only_where_one_is_installed(self, house: House, mira: Browser) -> None:
        path = f"{HOME}/fr"
        assert "Have a machine" not in mira.get(path).text
        mira.post(f"{path}/machine")
        assert not (folder(house) / "drafts" / "fr.asked").exists()
        house.office.write(lambda tx: translations.tell_installed(tx.connection, {("en", "fr")}, time()))
        assert "Have a machine make a first draft" in mira.get(path).text
        mira.post(f"{path}/machine")
        assert "A machine is making a draft" in mira.get(path).text

    def test_a_machines_page_put_there_by_git_is_not_shown_unless_it_is_allowed(self, house: House) -> None:
        path = folder(house) / "campaign.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("[review.ar]", "[review.ar]\nmachine = true"))
        content = house.settings.content
        campaigns = read_library(content / "campaigns", read_audiences(content / "audiences"))
        assert "ar" not in shown_pages(campaigns, machine=False)[0].pages
        assert "ar" in shown_pages(campaigns, machine=True)[0].pages


class TestBeginning:
    NEW: ClassVar = {
        "slug": "fish", "audience1": "fishers", "goal": "To know the rules", "action": "chat", "countries": "no, is",
        "starts": "2026-11-01", "ends": "2027-11-01", "source": "en", "lang-en": "yes", "lang-ar": "yes",
    }  # fmt: skip

    def test_a_campaign_begins_as_drafts_and_is_published_source_first(
        self, house: House, mira: Browser, dina: Browser
    ) -> None:
        assert mira.post(f"{LIST}/new", self.NEW).headers["location"] == f"{LIST}/fish"
        assert not (folder(house, "fish") / "campaign.toml").exists()
        assert house.server.publishing.again()
        saves(mira, f"{LIST}/fish/ar", GOOD)
        assert "Publish the language that the others are written from first." in alert(
            publishes(dina, f"{LIST}/fish/ar")
        )
        saves(mira, f"{LIST}/fish/en", GOOD)
        assert publishes(dina, f"{LIST}/fish/en").status_code == 303
        assert publishes(dina, f"{LIST}/fish/ar").status_code == 303
        written = table(house, "fish")
        assert (written["audiences"], written["countries"]) == (["fishers"], ["NO", "IS"])
        assert not (folder(house, "fish") / "drafts" / "campaign.toml").exists()
        assert house.server.publishing.again()
        assert house.browser().get("/ar/c/fish").status_code == 200

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"slug": "A fish!"}, "The folder name 'a fish!' may hold only a-z, 0-9 and single hyphens."),
            ({"slug": "new"}, "The name 'new' is taken by the editor itself."),
            ({"slug": "work-in-a-home"}, "There is a campaign work-in-a-home already."),
            ({"starts": "soon"}, "First day must be a date like 2026-11-22."),
            ({"starts": "2028-01-01"}, "starts lies after ends: exchange them."),
            ({"audience1": "nobody"}, "There is no audience nobody."),
            ({"countries": "norway"}, "countries names NORWAY: use codes like NO."),
            ({"source": "th"}, "Tick the language that the others are written from as well."),
        ],
    )
    def test_bad_input_is_one_sentence_and_what_was_typed_stands_there_again(
        self, mira: Browser, change: dict[str, str], sentence: str
    ) -> None:
        answer = mira.post(f"{LIST}/new", {**self.NEW, **change})
        assert answer.status_code == 400
        assert alert(answer) == sentence
        assert 'value="To know the rules"' in answer.text

    def test_an_audience_begins_with_how_its_members_name_themselves(self, house: House, mira: Browser) -> None:
        form = {
            "slug": "bakers", "name": "People who bake", "side": "people", "sector": "any", "reading": "easy",
            "origin": "baltic ua", "destination": "no", "fears": "debt\n\nthe boss", "next": "ask", "label-en": "I bake",
        }  # fmt: skip
        assert mira.post("/staff/audiences/new", form).headers["location"] == f"{LIST}/new?audience=bakers"
        made = read_audiences(house.settings.content / "audiences")["bakers"]
        assert (made.languages, made.fears, made.origin) == (("en",), ("debt", "the boss"), ("baltic", "UA"))
        again = mira.post("/staff/audiences/new", form)
        assert alert(again) == "There is an audience bakers already."
        assert ">debt\n\nthe boss</textarea>" in again.text
        without = mira.post("/staff/audiences/new", {**form, "slug": "x", "label-en": ""})
        assert alert(without) == "languages is empty: a group without it cannot be written for."


class TestOverview:
    def test_the_grid_tells_every_state_by_sign_and_word(self, house: House, mira: Browser) -> None:
        html = mira.get(LIST).text
        assert "Written, not yet read by a native reader" in html
        row = {audience.slug: cells for audience, cells in coverage(read_shelf(house.settings.content))}[
            "domestic-workers"
        ]
        here = dict(zip(HOUSE, row, strict=True))
        assert here["en"] == "unread"
        assert set(row) <= {"", "written", "unread", "stale", "draft", "missing"}

    def test_days_and_signatures_are_kept_in_the_file(self, house: House, mira: Browser) -> None:
        days = {"starts": "2026-11-01", "ends": "2028-01-31", "checked": "2026-11-22"}
        assert mira.post(f"{HOME}/plan", days).status_code == 303
        assert table(house)["ends"] == datetime.date(2028, 1, 31)
        assert (
            alert(mira.post(f"{HOME}/plan", {**days, "ends": "2020-01-01"})) == "starts lies after ends: exchange them."
        )
        sign = {"language": "ar", "role": "lawyer", "name": "Liv", "date": "2199-01-01"}
        assert alert(mira.post(f"{HOME}/sign", sign)) == "The date lies in the future."
        mira.post(f"{HOME}/sign", {**sign, "date": TODAY.isoformat()})
        assert table(house)["review"]["ar"]["lawyer_date"] == TODAY
        mira.post(f"{HOME}/sign", {**sign, "name": "", "date": TODAY.isoformat()})
        assert "lawyer_date" not in table(house)["review"]["ar"]

    def test_a_file_that_cannot_be_read_is_told_and_hides_nothing_else(self, house: House, mira: Browser) -> None:
        broken = folder(house, "broken")
        broken.mkdir()
        (broken / "campaign.toml").write_text("goal =")
        html = mira.get(LIST).text
        assert re.search(r"campaigns/broken/campaign.toml(:1)?: Not TOML", html)
        assert "work-in-a-home" in html
        assert "cannot be read" in mira.get(f"{LIST}/broken").text

    def test_a_page_broken_by_git_can_be_mended_here(self, house: House, mira: Browser, dina: Browser) -> None:
        (folder(house) / "ar.md").write_text("no title\n")
        assert "ar.md:1: The first line must be the title" in unescape(mira.get(HOME).text)
        saves(mira, AR, GOOD)
        assert publishes(dina, AR).status_code == 303

    def test_where_nothing_can_be_written_that_is_said_in_one_sentence(
        self, house: House, mira: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("campaigns.editing.desk.writable", lambda folder: False)
        for path in (LIST, HOME, AR, f"{LIST}/new", "/staff/audiences/new"):
            assert alert(mira.get(path)).startswith("The folder content/ of this server can only be read")

    def test_responders_have_no_part_in_it(self, house: House) -> None:
        chloe, _ = sign_in(house, "Chloe", Role.RESPONDER)
        assert chloe.get(LIST).status_code == 403
        assert chloe.post(AR, {"text": GOOD, "seen": ""}).status_code == 403
