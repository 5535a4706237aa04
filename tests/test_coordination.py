"""Mira sees whom everybody's campaigns reach; calendars and campaigns come from partners and go to them as files."""

from __future__ import annotations

import datetime
import json
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.calendars import as_icalendar, as_json
from campaigns.coordination import Entry, overlaps
from campaigns.library import read_audiences, read_library
from campaigns.packs import KIND, as_pack, read_pack, take_in, toml_of
from campaigns.timeline import DAYS, months, rows_of
from hotline.store.staff import Role
from tests.people import ROOT
from tests.server_help import Browser, House, open_house, sign_in

HERE = "/staff/coordination"
TODAY = datetime.datetime.now(datetime.UTC).date()
SOON = TODAY + datetime.timedelta(days=30)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder, ignore=shutil.ignore_patterns("learning", "signals"))
    return folder


@pytest.fixture
def house(tmp_path: Path, content: Path) -> Iterator[House]:
    with open_house(tmp_path, content=content, model=False, second_factor=False) as opened:
        yield opened


@pytest.fixture
def mira(house: House) -> Browser:
    return sign_in(house, "Mira", Role.MANAGER)[0]


def theirs(**more: tuple[str, ...]) -> Entry:
    return Entry("La strada", "Spring <b>fair</b>", SOON, SOON + datetime.timedelta(days=20), **more)  # type: ignore[arg-type]


def sends(browser: Browser, path: str, data: bytes, **fields: str) -> httpx.Response:
    return browser.request("POST", f"{HERE}/{path}", data=fields, files={"file": ("file", data)})


def test_mira_sees_where_a_partners_campaign_meets_ours_and_whom_nobody_reaches(mira: Browser, content: Path) -> None:
    page = mira.get(HERE).text
    assert "No campaign of ours meets one of a partner." in page
    assert "Whom nobody reaches" in page
    calendar = as_icalendar(
        [theirs(audiences=("workers-abroad",), countries=("NO",), languages=("en",))],
        datetime.datetime.now(datetime.UTC),
    )
    page = sends(mira, "partner", calendar, name="la-strada").text
    assert "Taken in: la-strada: 1." in page
    assert '<li class="card sure">' in page
    assert "Spring &lt;b&gt;fair&lt;/b&gt;" in page
    assert '<rect class="meets"' in page
    assert '<rect class="theirs"' in page
    assert (content / "partners" / "la-strada.ics").exists()
    assert "style=" not in page
    mira.post(f"{HERE}/remove", {"name": "la-strada"})
    assert not (content / "partners" / "la-strada.ics").exists()
    assert "No calendar of a partner stands here yet." in mira.get(HERE).text


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"hello", "la-strada", "This is no calendar: it must be iCalendar (.ics) or the JSON of another hotline."),
        (b'{"campaigns": []}', "../up", "Name the partner in at most 60 signs: a-z, 0-9 and single hyphens."),
        (b"x" * 1_100_000, "la-strada", "The file is larger than 1 MB: ask for one of campaigns alone."),
        (b"", "la-strada", "Choose a file first."),
    ],
)
def test_what_is_no_calendar_is_refused_in_a_sentence_and_nothing_is_kept(
    mira: Browser, content: Path, data: bytes, name: str, sentence: str
) -> None:
    answer = sends(mira, "partner", data, name=name)
    assert (answer.status_code, sentence in answer.text) == (400, True)
    assert not (content / "partners").exists()


def test_one_bad_calendar_of_a_partner_hides_no_other(mira: Browser, content: Path) -> None:
    sends(mira, "partner", as_json([theirs(audiences=("students",))]), name="good")
    (content / "partners" / "bad.ics").write_text("nonsense")
    page = mira.get(HERE).text
    assert "Good" in page
    assert "This is no calendar" in page


def test_a_campaign_goes_from_one_hotline_to_another_with_its_author_and_without_its_reviews(
    house: House, mira: Browser, content: Path
) -> None:
    given_away = mira.get(f"{HERE}/share/building-sites")
    assert given_away.headers["content-disposition"] == 'attachment; filename="building-sites.json"'
    assert "Hotline project" not in given_away.text.split('"texts"')[0]
    pack = json.loads(given_away.content) | {"organisation": "La Strada"}
    data = json.dumps(pack).encode()
    (content / "audiences" / "construction-men.toml").unlink()
    shutil.rmtree(content / "campaigns" / "building-sites")
    answer = sends(mira, "copy", data, slug="sites", starts=SOON.isoformat())
    assert answer.status_code == 200, answer.text
    table = tomllib.loads((content / "campaigns" / "sites" / "campaign.toml").read_text(encoding="utf-8"))
    assert (table["copied_from"], table["starts"]) == ("La Strada", SOON)
    assert table["organisation"] == house.settings.organisation
    assert all(not signed["native_reader"] and "author" not in signed for signed in table["review"].values())
    (copied,) = (
        one for one in read_library(content / "campaigns", read_audiences(content / "audiences")) if one.slug == "sites"
    )
    assert {tag: page.text for tag, page in copied.pages.items()} == pack["texts"]
    assert not any(page.stale for page in copied.pages.values())
    again = sends(mira, "copy", data, slug="sites", starts=SOON.isoformat())
    assert (again.status_code, "There is a campaign “sites” here already" in again.text) == (400, True)


@pytest.mark.parametrize(
    ("starts", "sentence"),
    [("", "Fill in the day on which it begins here"), ("2026-01-01", "Let it begin after today")],
)
def test_a_copy_is_public_only_after_somebody_could_read_it(
    mira: Browser, content: Path, starts: str, sentence: str
) -> None:
    answer = sends(mira, "copy", as_pack(content, "building-sites"), slug="sites", starts=starts)
    assert (answer.status_code, sentence in answer.text) == (400, True)
    assert 'value="sites"' in answer.text
    assert not (content / "campaigns" / "sites").exists()


def test_a_campaign_that_is_none_or_shows_a_country_without_words_is_refused(mira: Browser, content: Path) -> None:
    pack = json.loads(as_pack(content, "building-sites"))
    pack["texts"]["en"] += "\n:::papers ZW\n:::\n"
    for data, sentence in (
        (b"[]", "This is no campaign of another hotline"),
        (json.dumps(pack).encode(), "It shows papers or services of ZW, which we have no words for."),
        (json.dumps(pack | {"texts": {"../x": "# x"}}).encode(), "../x is not one of our languages."),
        (json.dumps(pack | {"audiences": {"../x": {}}}).encode(), "may hold only a-z"),
    ):
        answer = sends(mira, "copy", data, slug="sites", starts=SOON.isoformat())
        assert (answer.status_code, sentence in answer.text) == (400, True), sentence
    assert not (content / "campaigns" / "sites").exists()


def test_nobody_but_managers_and_administrators_comes_here(house: House) -> None:
    for name, role, status in (("Chloe", Role.RESPONDER, 403), ("Dina", Role.ADMINISTRATOR, 200)):
        assert sign_in(house, name, role)[0].get(HERE).status_code == status
    assert sign_in(house, "Mika", Role.MANAGER)[0].get(f"{HERE}/share/nothing-here").status_code == 404


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(("campaign", "texts", "audiences", "slug", "en", "starts")), inner)
        ),
        max_leaves=12,
    )
)
def test_no_file_breaks_the_reader_of_campaigns(value: object) -> None:
    table = {"kind": KIND, "slug": "x", "organisation": "They", "campaign": value, "texts": value, "audiences": value}
    assert read_pack(json.dumps(table).encode())[0] is None


_texts = st.text(st.characters(codec="utf-8"))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        _texts.filter(bool),
        _texts | st.booleans() | st.dates() | st.lists(st.just('ü\x7f"')),
    )
)
def test_what_is_written_as_toml_is_read_back_the_same(table: dict[str, object]) -> None:
    assert tomllib.loads(toml_of({**table, "\u00a0table": {"a b": table}})) == {**table, "\u00a0table": {"a b": table}}


def test_every_shipped_campaign_can_be_given_away_and_taken_over(content: Path) -> None:
    names = sorted(path.parent.name for path in (content / "campaigns").glob("*/campaign.toml"))
    for name in names:
        pack, mistakes = read_pack(as_pack(content, name))
        assert pack is not None, mistakes
        take_in(content, pack, f"{name}-copy", "They", SOON)
    assert len(read_library(content / "campaigns", read_audiences(content / "audiences"))) == 2 * len(names)


def test_the_picture_shows_each_day_where_it_is() -> None:
    first = datetime.date(2026, 11, 22)
    audiences = read_audiences(ROOT / "content" / "audiences")
    ours = Entry("We", "A", first, first + datetime.timedelta(days=89), ("students",), ("NO",), ("en",), ours=True)
    other = Entry("They", "B", first + datetime.timedelta(days=45), datetime.date(2030, 1, 1), ("students",), ("NO",))
    rows = rows_of(audiences, [ours, other, Entry("They", "Fair", first, first)], overlaps([ours, other]), first)
    (row,) = (one for one in rows if one.name == audiences["students"].name)
    assert [(bar.x, bar.width, bar.y, bar.ours) for bar in row.bars] == [(0.0, 50.0, 2, True), (25.0, 75.0, 20, False)]
    assert (row.meets, row.days_without, row.height) == (((25.0, 25.0),), 0, 36)
    assert rows[0].days_without == DAYS
    assert rows[-1].name == "Fair (They)"
    assert months(first)[0] == ("2026-12", 5.0)
