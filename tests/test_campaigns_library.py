"""Campaigns: what an organisation writes is read strictly, and published as text and nothing else."""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from campaigns.blocks import Prose
from campaigns.campaign import Campaign, read_campaign
from campaigns.library import read_library
from campaigns.press import Press
from campaigns.publish import Assets, Published, Sources, published
from hotline.directory.model import Guide
from hotline.language import LANGUAGES
from hotline.store.shelf import ContentError
from tests.people import ROOT

HEAD = """audiences = ["restaurant-work"]
goal = "Know a fair offer"
organisation = "Sample organisation"
starts = 2026-11-01
ends = 2027-10-31
checked = 2026-11-22
"""
SOURCES = Sources(Guide({}), {}, datetime.date(2026, 11, 22))
PAGE = "# Restaurant work\n\nA few questions before you travel.\n\n## A fair offer\n\n- A contract.\n"


def campaign_in(folder: Path, table: str = HEAD, slug: str = "restaurant-work", **pages: str) -> Path:
    """A campaign's folder; pages by language."""
    place = folder / slug
    place.mkdir(parents=True)
    (place / "campaign.toml").write_text(table, encoding="utf-8")
    for language, text in (pages or {"en": PAGE}).items():
        (place / f"{language}.md").write_text(text, encoding="utf-8")
    return place


def told(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as fault:
        read_library(folder)
    return [str(finding).replace(f"{folder}/", "") for finding in fault.value.findings]


def only(folder: Path) -> Campaign:
    (campaign,) = read_library(folder)
    return campaign


def test_the_campaigns_that_come_with_the_hotline_are_right() -> None:
    found = {campaign.slug: set(campaign.pages) for campaign in read_library(ROOT / "content" / "campaigns")}
    assert {"restaurant-work-norway", "work-in-a-home"} <= set(found)
    assert all("en" in languages for languages in found.values())


def test_a_campaign_is_read(tmp_path: Path) -> None:
    campaign_in(tmp_path, es="# Trabajo\n\nUnas\npreguntas.\n\nMás.")
    campaign = only(tmp_path)
    assert (campaign.slug, campaign.starts, campaign.ends, campaign.checked) == (
        "restaurant-work",
        datetime.date(2026, 11, 1),
        datetime.date(2027, 10, 31),
        datetime.date(2026, 11, 22),
    )
    page = campaign.pages["es"]
    assert (page.title, page.summary, page.blocks, page.unread) == (
        "Trabajo",
        "Unas preguntas.",
        (Prose("Más.", 6),),
        True,
    )


def test_a_page_a_native_reader_has_signed_is_not_unread(tmp_path: Path) -> None:
    campaign_in(tmp_path, HEAD + '\n[review.en]\nnative_reader = "A reader"\n')
    assert not only(tmp_path).pages["en"].unread


def test_no_campaigns_are_no_mistake(tmp_path: Path) -> None:
    assert read_library(tmp_path) == []


MISSING_DATE = "is missing: write a date like 2026-11-22."
WRONG = {
    "no audience": (
        HEAD.replace("audiences", "# audiences"),
        "audiences is missing: name at least one file of content/audiences, without its ending.",
    ),
    "an empty goal": (HEAD.replace("Know a fair offer", " "), "goal is missing: say it in one line of text."),
    "no start": (HEAD.replace("starts", "# starts"), f"starts {MISSING_DATE}"),
    "a date in quotes": (HEAD.replace("2027-10-31", '"2027-10-31"'), f"ends {MISSING_DATE}"),
    "a date with a time": (HEAD.replace("2026-11-22", "2026-11-22T10:00:00"), f"checked {MISSING_DATE}"),
    "an unknown key": (HEAD + "budget = 5\n", "'budget' is not known here."),
    "an unknown key of a review": (HEAD + '[review.en]\nreader = "x"\n', "review.en.reader is not known here."),
}


@pytest.mark.parametrize(("table", "sentence"), WRONG.values(), ids=list(WRONG))
def test_a_mistake_in_a_campaign_is_told(tmp_path: Path, table: str, sentence: str) -> None:
    campaign_in(tmp_path, table)
    assert told(tmp_path) == [f"restaurant-work/campaign.toml: {sentence}"]


NO_TITLE = "en.md:1: The first line must be the title: “# ” and then its words."
NO_SUMMARY = "en.md:3: After the title comes one short paragraph that says what the page is for."
PAGES = {
    "no title": ("Restaurant work\n\nA few questions.\n", [NO_TITLE]),
    "an empty title": ("# \n\nA few questions.\n", [NO_TITLE]),
    "a smaller title": ("## Restaurant work\n\nA few questions.\n", [NO_TITLE]),
    "no summary": ("# Restaurant work\n", [NO_SUMMARY]),
    "a list for a summary": ("# Restaurant work\n\n- A contract.\n", [NO_SUMMARY]),
    "nothing": ("", [NO_TITLE, NO_SUMMARY]),
}


@pytest.mark.parametrize(("text", "sentences"), PAGES.values(), ids=list(PAGES))
def test_a_page_without_title_or_summary_is_told(tmp_path: Path, text: str, sentences: list[str]) -> None:
    campaign_in(tmp_path, en=text)
    assert told(tmp_path) == [f"restaurant-work/{sentence}" for sentence in sentences]


def test_a_campaign_without_pages_is_told(tmp_path: Path) -> None:
    (campaign_in(tmp_path) / "en.md").unlink()
    sentence = "There is no page: add a Markdown file named by its language, such as en.md."
    assert told(tmp_path) == [f"restaurant-work/campaign.toml: {sentence}"]


@pytest.mark.parametrize("slug", ["Work", "work_here", "-work", "work--here", "arbeit-für-alle"])
def test_a_folder_whose_name_is_no_address_is_told(tmp_path: Path, slug: str) -> None:
    campaign_in(tmp_path, slug=slug)
    sentence = f"The folder name {slug!r} may hold only a-z, 0-9 and single hyphens."
    assert told(tmp_path) == [f"{slug}/campaign.toml: {sentence}"]


def test_a_page_in_no_language_of_ours_is_told(tmp_path: Path) -> None:
    campaign_in(tmp_path, xx=PAGE)
    sentence = f"xx is not one of our languages: {', '.join(LANGUAGES)}."
    assert told(tmp_path) == [f"restaurant-work/xx.md: {sentence}"]


def test_a_page_that_is_not_utf8_is_told_with_its_byte(tmp_path: Path) -> None:
    (campaign_in(tmp_path) / "en.md").write_bytes(b"# Caf\xe9\n\nx\n")
    assert told(tmp_path) == ["restaurant-work/en.md: Byte 5 is not UTF-8: save it as UTF-8."]


def test_a_table_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    campaign_in(tmp_path, HEAD + "goal = \n")
    (sentence,) = told(tmp_path)
    assert sentence.startswith("restaurant-work/campaign.toml:7: Not TOML: ")


def test_the_mistakes_of_all_campaigns_are_told_at_once(tmp_path: Path) -> None:
    campaign_in(tmp_path, "", slug="one")
    campaign_in(tmp_path, HEAD, slug="two", en="")
    assert len(told(tmp_path)) == 8


@pytest.mark.parametrize("review", ["review = 5\n", 'review = "x"\n'])
def test_a_review_of_another_kind_is_told(tmp_path: Path, review: str) -> None:
    campaign_in(tmp_path, HEAD + review)
    assert told(tmp_path)


def test_every_mistake_of_an_empty_campaign_is_told() -> None:
    campaign, mistakes = read_campaign("x", {}, {})
    assert (campaign, len(mistakes)) == (None, 7)


def plainly(template: str, language: str, values: Mapping[str, Any]) -> str:
    """Renders a page as its name and its body."""
    return f"{template} {language} {''.join(piece['html'] for piece in values.get('pieces', ()))}"


def body_of(tmp_path: Path, text: str) -> str:
    campaign_in(tmp_path, en=f"# T\n\nS\n\n{text}\n")
    return Press(plainly).pages([only(tmp_path)], ["en"], SOURCES)["/en/c/restaurant-work"].plain.decode()


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<script>alert(1)</script>", "<script"),
        ('<img src="https://elsewhere.example/x.png">', "<img src"),
        ("[x](javascript:alert(1))", 'href="javascript'),
        ("[x](data:text/html;base64,xxxx)", 'href="data'),
        ("<style>body{display:none}</style>", "<style"),
    ],
)
def test_what_is_no_text_in_a_page_is_shown_as_text(tmp_path: Path, text: str, tag: str) -> None:
    assert tag not in body_of(tmp_path, text)


def test_tables_and_lists_are_rendered(tmp_path: Path) -> None:
    body = body_of(tmp_path, "| a | b |\n|---|---|\n| 1 | 2 |\n\n1. one\n")
    assert "<table>" in body
    assert "<li>one</li>" in body


def test_a_campaign_is_published_only_in_languages_that_are_offered_and_written(tmp_path: Path) -> None:
    campaign_in(tmp_path, en=PAGE, ar=PAGE)
    pages = Press(plainly).pages([only(tmp_path)], ["en", "es"], SOURCES)
    assert set(pages) == {"/en/", "/es/", "/en/c/restaurant-work", "/en/c/restaurant-work/keep"}
    assert pages["/en/c/restaurant-work"].counts_as == ("restaurant-work", "en")
    assert pages["/en/"].counts_as is None


def test_what_is_published_is_compressed_the_same_way_every_time() -> None:
    one, two = (published(b"hello", "text/html", "no-cache") for _ in range(2))
    assert one == two == Published("text/html", one.zipped, 5, one.etag, "no-cache")
    assert gzip.decompress(one.zipped) == one.plain == b"hello"
    assert published(b"hello!", "text/html", "no-cache").etag != one.etag


def test_a_file_of_ours_has_an_address_that_changes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "site.css"
    path.write_text("a {}")
    before = Assets(tmp_path).url("site.css")
    path.write_text("b {}")
    assets = Assets(tmp_path)
    assert assets.url("site.css") != before
    assert assets.files[assets.url("site.css")].plain == b"b {}"
    with pytest.raises(KeyError):
        assets.url("none.css")
