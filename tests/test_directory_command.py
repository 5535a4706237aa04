"""`hotline directory`: what Dina sees, takes into a spreadsheet, and takes back."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app import cli
from app.settings import Settings
from app.tools.directory import changes
from hotline.directory.model import Kind
from hotline.directory.table import csv_of
from hotline.store.guide import read_guide
from tests.directory_help import NORWAY, checked, folder_with, norway
from tests.people import ROOT

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with a configuration and Norway's file; the command works there."""
    folder_with(tmp_path, no=NORWAY)
    shutil.copy(ROOT / "config.toml", tmp_path)
    return tmp_path


@pytest.fixture
def run(house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("HOTLINE_HOME", str(house / "var"))
    monkeypatch.chdir(house)
    real = cli.settings_of

    def settings_of(options: argparse.Namespace) -> Settings:
        return replace(real(options), content=house / "content")

    monkeypatch.setattr("app.tools.directory.settings_of", settings_of)

    def command(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["--config", str(house / "config.toml"), "directory", *arguments])
        told = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, told.out, told.err

    return command


def signed_line(text: str) -> str:
    """Norway's file after Chloe rang the line."""
    return text.replace('note = "Hours', 'checked_on = 2026-11-20\nchecked_by = "Chloe"\nnote = "Hours')


def test_a_list_shows_staff_everything_and_what_of_it_is_unconfirmed_from_which_source(run: Run) -> None:
    code, out, _ = run("list")
    assert code == 0
    assert out.splitlines() == [
        "NO  emergency: Emergency: 112, SMS 112, https://example.org/112  [unconfirmed: example.org, 2026-01-02, read]",
        "NO  line: Rosa hjelpelinje: +47 22 33 11 60, from abroad +47 22 33 11 61  "
        "[unconfirmed: example.org/help, 2022-08, conflict]",
        "NO  service: A house in Bergen: https://example.org/chat  "
        "[unconfirmed: example.org/house, undated, read, old]",
        "NO  step 1: Rest  [unconfirmed: example.org/rest, 2025-05-05, read]",
    ]


def test_a_list_can_be_narrowed_and_says_when_nothing_fits(run: Run) -> None:
    assert run("list", "--find", "BERGEN", "--need", "housing")[1].startswith("NO  service: A house in Bergen")
    assert run("list", "--find", "Oslo") == (1, "Nothing in the directory fits.\n", "")
    assert run("list", "--country", "se") == (1, "The directory has no Sweden: content/directory/se.toml.\n", "")


def test_the_check_names_what_a_person_should_ring_next(run: Run, house: Path) -> None:
    code, out, _ = run("check")
    assert code == 1
    assert "callers see it all the same" in out.splitlines()[0]
    assert out.count("hidden from callers") == 3
    assert out.splitlines()[-1] == "4 entries and steps: 4 to be checked by a person."
    folder_with(
        house, no='[[line]]\nname = "x"\nphones = ["112"]\nsource = "s"\nsource_date = "9999"\nstate = "read"\n'
    )
    code, _, err = run("check")
    assert (code, "no.toml:5: 9999 is in the future." in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("export",), "export needs the name of a CSV file."),
        (("list", "d.csv"), "list takes no file."),
        (("export", "d.csv", "--write"), "--write belongs to import."),
        (("import", "d.csv", "--country", "NO"), "import takes every country of the file."),
        (("list", "--country", "Norway"), "Norway is not the code of a country (ISO 3166), such as NO."),
        (("check", "--find", "x"), "--need and --find belong to list."),
        (("list", "--need", "gold"), "gold is not a need: choose from health, housing,"),
    ],
)
def test_asked_wrongly_it_says_so_in_one_sentence(run: Run, arguments: tuple[str, ...], what: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"hotline: {what}")


def test_out_and_back_changes_nothing(run: Run, house: Path) -> None:
    assert run("export", "d.csv") == (0, "1 countries with 4 entries and steps written to d.csv.\n", "")
    assert run("import", "d.csv", "--write") == (0, "Nothing in it differs from the directory.\n", "")
    assert (house / "content/directory/no.toml").read_text(encoding="utf-8") == NORWAY


def test_an_import_shows_what_would_change_and_writes_only_when_told(run: Run, house: Path) -> None:
    text = csv_of([norway()]).replace("A house in Bergen", "A house in Oslo").replace('"free"', '""')
    (house / "d.csv").write_text(text.replace('"NO"', '"SE"') + csv_of([norway()]).split("\n", 1)[1], newline="")
    code, out, _ = run("import", "d.csv")
    assert (code, out.splitlines()[0]) == (0, "SE: new")
    (house / "d.csv").write_text(text, encoding="utf-8", newline="")
    code, out, _ = run("import", "d.csv")
    lines = out.splitlines()
    assert lines[:3] == [
        "NO: changes",
        "  - service: A house in Bergen",
        "  ~ line: Rosa hjelpelinje: cost: free → none",
    ]
    assert lines[3].startswith("  + service: A house in Oslo: needs housing, chat https://example.org/chat")
    assert lines[4:] == ["Nothing is written yet: add --write to take this over."]
    assert read_guide(house / "content/directory").countries == {"NO": norway()}
    path = house / "content/directory/no.toml"
    path.write_text(NORWAY.replace("[[service]]", "# ask Dina\n[[service]]"), encoding="utf-8")
    code, out, _ = run("import", "d.csv", "--write")
    assert out.splitlines()[-1] == ("content/directory/no.toml is written. The comments that stood in it are gone.")
    assert "A house in Oslo" in path.read_text(encoding="utf-8")
    assert run("import", "d.csv", "--write")[1] == "Nothing in it differs from the directory.\n"


class TestAnOldCheck:
    def a_new_number_under_an_old_check_is_refused(self, run: Run, house: Path) -> None:
        path = house / "content/directory/no.toml"
        path.write_text(signed_line(NORWAY), encoding="utf-8")
        country = read_guide(path.parent).countries["NO"]
        (house / "d.csv").write_text(csv_of([country]).replace("+47 22 33 11 60", "+47 90 00 00 09"), newline="")
        code, out, _ = run("import", "d.csv", "--write")
        assert path.read_text(encoding="utf-8") == signed_line(NORWAY)
        assert (code, out.splitlines()) == (
            1,
            [
                "d.csv:1: NO, Rosa hjelpelinje: it changed, and its check is still the old one: "
                "check it again, or empty checked_on and checked_by.",
                "Nothing is written: mend this first.",
            ],
        )

    def test_a_new_number_under_an_old_check_is_refused(self, run: Run, house: Path) -> None:
        self.a_new_number_under_an_old_check_is_refused(run, house)

    def test_twin_with_the_comparison_switched_off_it_is_written(
        self, run: Run, house: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.tools.directory.unchecked_changes", lambda *rest: [])
        with pytest.raises(AssertionError):
            self.a_new_number_under_an_old_check_is_refused(run, house)


def test_a_mistake_in_the_file_is_told_with_its_line_and_nothing_is_written(run: Run, house: Path) -> None:
    (house / "d.csv").write_text(csv_of([norway()]).replace("'+47 22 33 11 61", "call me"), newline="")
    code, out, _ = run("import", "d.csv", "--write")
    assert code == 1
    assert out.splitlines()[0].startswith("d.csv:4: NO: 'call me' is not a phone number")
    assert run("import", "nothing.csv")[1].startswith("nothing.csv:1: This file is missing.")
    assert (house / "content/directory/no.toml").read_text(encoding="utf-8") == NORWAY


def test_a_change_of_zone_or_order_is_told_too() -> None:
    country = norway()
    assert changes(country, replace(country, zone="Europe/Stockholm")) == ["~ zone: Europe/Oslo → Europe/Stockholm"]
    assert changes(country, replace(country, entries=country.entries[::-1])) == ["~ the order of its entries"]
    assert changes(country, checked(country))[0] == "~ emergency: Emergency: checked_on: none → 2026-11-22"
    assert changes(country, replace(country, entries=country.of(Kind.LINE), steps=()))[0] == "- emergency: Emergency"
