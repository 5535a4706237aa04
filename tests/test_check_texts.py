"""`hotline check` for texts: each finding with file, line, reason and what to do; what only time mends is noted."""

from __future__ import annotations

import datetime
import json
import shutil
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.settings import Settings, read_settings
from app.tools.check import looked_at, run
from app.tools.check_texts import Texts, check_texts, check_weight
from campaigns.audience import Reading
from campaigns.editing.proof import Around, answered, differences, marks_of, page_of
from campaigns.library import read_audiences, read_library, read_papers_of
from campaigns.tone import Ear, Tone
from hotline.store.guide import read_guide
from tests.people import ROOT

TODAY = datetime.date(2026, 11, 22)
HEAD = "# Title\n\nWhat it is for.\n\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    content = tmp_path / "content"
    keep = {"work-in-a-home", "care-work-abroad"}

    def others(folder: str, names: list[str]) -> set[str]:
        return set(names) - keep if folder.endswith("campaigns") else set()

    for name in ("campaigns", "audiences", "papers", "tone", "directory", "scripts"):
        shutil.copytree(ROOT / "content" / name, content / name, ignore=others)
    return replace(read_settings({}, ROOT / "config.toml"), content=content, model=False)


@pytest.fixture
def edited(settings: Settings) -> Callable[[str], None]:
    def write(text: str) -> None:
        (settings.content / "campaigns" / "care-work-abroad" / "en.md").write_text(text, encoding="utf-8")

    return write


def looked(settings: Settings) -> Texts:
    content = settings.content
    audiences = read_audiences(content / "audiences")
    campaigns, papers = read_library(content / "campaigns", audiences), read_papers_of(content / "papers", TODAY)
    return check_texts(settings, campaigns, audiences, papers, read_guide(content / "directory"), TODAY)


def told(settings: Settings) -> list[str]:
    return [f"{one.file.parent.name}/{one.file.name}:{one.line}: {one.what}" for one in looked(settings).findings]


BAD = {
    "a promise": (
        "We will rescue you.",
        "“we will rescue you” promises what nobody can keep: say what you do (“we listen”, “you decide”), not how it will end.",
    ),
    "a link to a page that is not there": ("[x](/en/c/nothing)", "/en/c/nothing leads nowhere: there is no such page."),
    "a script as a link": (
        "[x](javascript:alert)",
        "javascript:alert is not allowed: a link begins with https:// or with / for a page of ours.",
    ),
    "a link in clear": (
        "<http://example.org>",
        "http://example.org is not allowed: a link begins with https:// or with / for a page of ours.",
    ),
    "an address of another host": (
        "[x](//evil.example)",
        "//evil.example is not allowed: a link begins with https:// or with / for a page of ours.",
    ),
    "an image": ("![](/x.png)", "A page holds no images: they cost readers money and time. Say it in words."),
}


@pytest.mark.parametrize(("line", "what"), BAD.values(), ids=list(BAD))
def test_a_finding_names_file_line_reason_and_what_to_do(
    settings: Settings, edited: Callable[[str], None], line: str, what: str
) -> None:
    edited(HEAD + line + "\n")
    assert f"care-work-abroad/en.md:5: {what}" in told(settings)


def test_good_links_are_quiet(settings: Settings, edited: Callable[[str], None]) -> None:
    edited(HEAD + "[a](/en/c/work-in-a-home) [b](https://www.norden.org/en) [c](tel:112) [d](/en/help/no) [e](/ar/)\n")
    assert told(settings) == []


def test_a_remark_that_is_answered_is_quiet_and_an_answer_to_nothing_is_told(
    settings: Settings, edited: Callable[[str], None]
) -> None:
    edited(HEAD + "<!-- fine: promise: they say so -->\nThey say: we will rescue you.\n")
    assert told(settings) == []
    edited(HEAD + "<!-- fine: promise: they say so -->\nWe listen.\n")
    assert told(settings) == [
        "care-work-abroad/en.md:5: This answers a remark 'promise' that nobody makes about the next line: take it out."
    ]


HARD = f"{'Administrative correspondence regarding occupational circumstances ' * 3}necessitates documentation.\n"


def test_a_text_too_hard_for_its_readers_is_told_and_can_be_answered(
    settings: Settings, edited: Callable[[str], None]
) -> None:
    edited(HEAD + HARD)
    (finding,) = told(settings)
    assert finding.startswith("care-work-abroad/en.md:1: The text is too hard for these readers: ")
    assert finding.endswith("and they read up to 40. Make sentences shorter, and long words plain.")
    edited(HEAD + HARD + "\n<!-- fine: too_hard: the words of the law itself -->\n")
    assert told(settings) == []
    edited(HEAD + "Easy.\n\n<!-- fine: too_hard: it was once -->\n")
    assert ["too_hard" in one for one in told(settings)] == [True]


def test_a_country_or_a_need_that_the_directory_lacks_is_told(
    settings: Settings, edited: Callable[[str], None]
) -> None:
    edited(HEAD + ":::papers FR\n:::\n\n:::services NO housing luck\n:::\n")
    first, second = told(settings)
    assert first.startswith("care-work-abroad/en.md:5: The directory has no country FR: use DE, ")
    assert second.startswith("care-work-abroad/en.md:8: luck is no need of the directory: use ")


def test_what_is_stale_missing_or_drafted_is_noted_and_does_not_fail(
    settings: Settings, edited: Callable[[str], None]
) -> None:
    edited(HEAD + "Text.\n")
    folder = settings.content / "campaigns" / "care-work-abroad"
    (folder / "uk.md").unlink()
    (folder / "drafts").mkdir()
    (folder / "drafts" / "th.md").write_text("# ฉบับร่าง\n", encoding="utf-8")
    table = (folder / "campaign.toml").read_text(encoding="utf-8")
    (folder / "campaign.toml").write_text(table.partition("[review.uk]")[0], encoding="utf-8")
    (settings.content / "tone" / "pl.toml").unlink()
    texts = looked(settings)
    notes = [f"{one.file.name}: {one.what}" for one in texts.notes if "care-work-abroad" in str(one.file)]
    assert texts.findings == []
    assert "pl.md: Stale: en.md has changed since this was written from it." in notes
    assert "drafts: Drafts that are not published: th." in notes
    assert any(one.startswith("care-work-abroad: Its audience also reads uk") for one in notes)
    (tone,) = [one.what for one in texts.notes if one.file.name == "tone"]
    assert tone == "The tone is not checked in pl: there is no file for it yet."


def test_a_machines_page_that_nobody_has_gone_over_is_told_unless_it_is_allowed(settings: Settings) -> None:
    path = settings.content / "campaigns" / "care-work-abroad" / "campaign.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[review.pl]", "[review.pl]\nmachine = true"))
    (finding,) = told(settings)
    assert "review.pl.machine says so." in finding
    assert told(replace(settings, machine_unread=True)) == []


def test_a_page_heavier_than_one_round_trip_is_told(settings: Settings, edited: Callable[[str], None]) -> None:
    heavy = "".join(f"{number * 7919 % 1000003:x} " for number in range(6000))
    edited(HEAD + heavy + "\n")
    finding = check_weight(replace(settings, languages=("en",)), TODAY).findings[0]
    assert finding.file.parts[-2:] == ("care-work-abroad", "en.md")
    assert finding.what.endswith("more than 14336: make the page shorter.")


def test_the_shipped_content_passes_and_json_keeps_its_shape(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(Namespace(config=str(ROOT / "config.toml"), json=True))
    table = json.loads(capsys.readouterr().out)
    assert (code, table["ok"], table["findings"]) == (0, True, [])
    assert set(table) == {"ok", "checked", "findings", "notes"}
    assert {"file", "line", "what"} == set(table["notes"][0])


def test_broken_content_is_told_before_its_texts_are_read(settings: Settings, edited: Callable[[str], None]) -> None:
    edited("no title\n")
    assert any("must be the title" in one.what for one in looked_at(settings).findings)


AROUND = Around({"en": Ear([(Tone.PROMISE, ["we will rescue you"], [])])}, frozenset({"/en/"}), ("NO",))


def test_an_answer_is_written_before_its_line_and_closes_no_comment_early() -> None:
    text = HEAD + "We will rescue you.\n"
    (mark,) = marks_of(text, "en", Reading.EASY, AROUND)
    after = answered(text, mark, "they say --> so\n")
    assert after == HEAD + "<!-- fine: promise: they say – so -->\nWe will rescue you.\n"
    assert marks_of(after, "en", Reading.EASY, AROUND) == []


def test_where_a_page_is_built_otherwise_than_its_source_is_told() -> None:
    one, _ = page_of(HEAD + "## A\n\n- a\n- b\n\n:::true-false\nC = true\nwhy\n:::\n", "en")
    two, _ = page_of(HEAD + "- a\n\n:::true-false\nC = false\nwhy\n:::\n\n:::emergency\n:::\n", "en")
    assert one is not None
    assert two is not None
    assert differences(one, two) == [
        "Headings: 0 here, 1 in the source.",
        "Points: 1 here, 2 in the source.",
        "“:::emergency” blocks: 1 here, 0 in the source.",
        "A claim that is true in the source is false here, or the other way round.",
    ]
