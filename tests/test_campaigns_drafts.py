"""Drafts, the versions they replace, and the campaign's file: whole or not at all, and nothing of anybody's is written over."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path

import pytest

from campaigns.campaign import digest_of, read_campaign
from campaigns.drafts import (
    KEPT_VERSIONS,
    Changed,
    Draft,
    Unwritable,
    ask_machine,
    drafts_of,
    drop_draft,
    keep_draft,
    replace_page,
    seen_of,
    versions_of,
    write_whole,
)
from campaigns.editing.kept import read_kept
from campaigns.editing.machine import Drafter
from campaigns.editing.tomltext import toml_of, with_values
from campaigns.library import read_texts

MIRA, DINA = ("Mira", 1), ("Dina", 2)
NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
PAGE = "# Title\n\nWhat it is for.\n\n:::true-false\nYou pay for a job = false\nNobody pays for a job.\n:::\n\n- one\n"
TABLE = """# A comment that stays.
audiences = ["a"]   # and this one
goal = "To know"
organisation = "Sample organisation"
starts = 2026-11-01
ends = 2027-10-31
checked = 2026-11-22

[review.en]
author = "Mira"
"""


def written(text: str, by: tuple[str, int] = MIRA, language: str = "en") -> Draft:
    return Draft(language, text, *by)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "campaigns" / "berries"
    made.mkdir(parents=True)
    return made


class TestDrafts:
    def test_a_draft_knows_who_edited_it_last_and_is_no_page(self, folder: Path) -> None:
        keep_draft(folder, written("One.\n"), "")
        assert drafts_of(folder) == {"en": written("One.\n")}
        assert read_texts(folder) == {}

    def test_what_is_changed_by_other_means_was_edited_by_nobody_we_know(self, folder: Path) -> None:
        keep_draft(folder, written("One.\n"), "")
        (folder / "drafts" / "en.md").write_text("By git.\n")
        assert drafts_of(folder) == {"en": Draft("en", "By git.\n")}

    def test_nobody_writes_over_what_another_wrote_meanwhile(self, folder: Path) -> None:
        keep_draft(folder, written("One.\n"), "")
        seen = seen_of(drafts_of(folder)["en"])
        keep_draft(folder, written("Two.\n", DINA), seen)
        with pytest.raises(Changed) as meanwhile:
            keep_draft(folder, written("Three.\n"), seen)
        assert meanwhile.value.now == "Two.\n"
        assert drafts_of(folder)["en"].text == "Two.\n"

    def test_a_draft_that_went_away_is_gone_whole(self, folder: Path) -> None:
        keep_draft(folder, written("One.\n"), "")
        drop_draft(folder, "en")
        assert list((folder / "drafts").iterdir()) == []

    def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(self, folder: Path) -> None:
        (folder / "drafts").write_text("a file in the way")
        with pytest.raises(Unwritable) as told:
            keep_draft(folder, written("One.\n"), "")
        assert str(told.value).startswith("berries/drafts/en.md cannot be written (")
        assert str(told.value).endswith("): nothing was changed. Let the hotline write there.")

    def test_a_write_that_fails_leaves_the_old_file_and_no_rest(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = folder / "en.md"
        write_whole(path, "old\n")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("campaigns.drafts.os.replace", full)
        with pytest.raises(Unwritable, match="No space left"):
            write_whole(path, "new\n")
        assert [one.name for one in folder.iterdir()] == ["en.md"]
        assert path.read_text() == "old\n"


class TestHistory:
    def test_the_page_that_is_replaced_stays_with_the_names_of_its_readers(self, folder: Path) -> None:
        replace_page(folder, "en", "One.\n", {}, NOON)
        replace_page(folder, "en", "Two.\n", {"native_reader": "Ana", "native_reader_date": NOON.date()}, NOON)
        (version,) = versions_of(folder, "en")
        assert (version.text, version.at) == ("One.\n", NOON)
        assert version.review == {"native_reader": "Ana", "native_reader_date": NOON.date()}
        assert (folder / "en.md").read_text() == "Two.\n"

    def test_twenty_versions_are_kept_even_of_one_second(self, folder: Path) -> None:
        for number in range(KEPT_VERSIONS + 5):
            replace_page(folder, "en", f"{number}\n", {}, NOON)
        kept = versions_of(folder, "en")
        assert [one.text for one in kept] == [f"{number}\n" for number in range(23, 3, -1)]
        assert len(list((folder / "history").iterdir())) == 2 * KEPT_VERSIONS

    def test_one_language_is_not_taken_for_another(self, folder: Path) -> None:
        for tag in ("zh-Hans", "en"):
            replace_page(folder, tag, "One.\n", {}, NOON)
            replace_page(folder, tag, "Two.\n", {}, NOON)
        assert [len(versions_of(folder, tag)) for tag in ("zh-Hans", "en", "zh")] == [1, 1, 0]


class TestToml:
    def test_one_value_changes_and_every_other_line_stays(self) -> None:
        after = with_values(TABLE, "", {"ends": datetime.date(2028, 1, 1)})
        assert after == TABLE.replace("ends = 2027-10-31", "ends = 2028-01-01")

    def test_a_section_that_is_missing_is_added_and_one_that_is_there_is_filled(self) -> None:
        after = with_values(TABLE, "review.zh-Hans", {"author": 'Li "the pen"', "machine": True})
        after = with_values(after, "review.en", {"author": None, "native_reader": "Åse"})
        review = tomllib.loads(after)["review"]
        assert review == {"en": {"native_reader": "Åse"}, "zh-Hans": {"author": 'Li "the pen"', "machine": True}}
        assert after.startswith("# A comment that stays.")

    def test_a_value_spread_over_lines_costs_the_comments_and_nothing_else(self) -> None:
        spread = TABLE.replace('audiences = ["a"] ', 'audiences = [\n  "a",\n] ')
        after = with_values(spread, "", {"audiences": ["a", "b"]})
        assert tomllib.loads(after) == {**tomllib.loads(TABLE), "audiences": ["a", "b"]}

    @pytest.mark.parametrize("text", ["", 'a "b" \\ c', "two\nlines\tand\x00\x7f", "نص", "#"])
    def test_what_is_written_is_read_back(self, text: str) -> None:
        table = {"text": text, "list": [text], "inner": {"a b": {"text": text}, "on": True}}
        assert tomllib.loads(toml_of(table)) == table


class Engine:
    """Says every word backwards."""

    def languages(self) -> set[tuple[str, str]]:
        return {("en", "ar")}

    def translate(self, text: str, source: str, target: str) -> str | None:
        assert (source, target) == ("en", "ar")
        return None if "unspeakable" in text else text[::-1]


class TestMachine:
    @pytest.fixture
    def asked(self, folder: Path) -> Path:
        (folder / "campaign.toml").write_text(TABLE)
        (folder / "en.md").write_text(PAGE)
        ask_machine(folder, "ar")
        return folder

    def test_a_draft_is_made_line_by_line_and_marked(self, asked: Path) -> None:
        assert Drafter(asked.parent, Engine()).once(0.0) == 1
        draft = read_kept(asked).drafts["ar"]
        assert draft.machine
        assert draft.text == (
            "# eltiT\n\n.rof si ti tahW\n\n:::true-false\nboj a rof yap uoY = false\n.boj a rof syap ydoboN\n:::\n\n- eno\n"
        )
        assert Drafter(asked.parent, Engine()).once(0.0) == 0

    def test_a_draft_of_a_person_is_not_written_over(self, asked: Path) -> None:
        keep_draft(asked, written("Mine.\n", language="ar"), "")
        assert Drafter(asked.parent, Engine()).once(0.0) == 0
        assert drafts_of(asked)["ar"].text == "Mine.\n"

    def test_a_line_it_cannot_say_makes_no_draft(self, asked: Path) -> None:
        (asked / "en.md").write_text(PAGE + "\nunspeakable\n")
        assert Drafter(asked.parent, Engine()).once(0.0) == 0
        assert drafts_of(asked) == {}


def test_an_answer_about_the_title_or_the_first_paragraph_is_no_part_of_it() -> None:
    text = "<!-- fine: promise: quoted -->\n# Title\n\n<!-- fine: promise: quoted -->\nWhat it\n"
    text += "<!-- fine: graphic: said so -->\nis for.\n\nText.\n"
    day = NOON.date()
    table = {"audiences": ["a"], "goal": "g", "organisation": "o", "starts": day, "ends": day, "checked": day}
    campaign, mistakes = read_campaign("berries", table, {"en": text})
    assert mistakes == []
    assert campaign is not None
    page = campaign.pages["en"]
    assert (page.title, page.summary, page.text) == ("Title", "What it is for.", text)
    assert digest_of(page.text) == digest_of(text)
