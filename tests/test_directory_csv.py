"""The directory as a spreadsheet: out and back without a loss, without a formula, and without a silent change."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.directory.file import read_country
from hotline.directory.model import Country
from hotline.directory.table import COLUMNS, csv_of, guarded, read_csv, toml_of, unguarded
from hotline.store.guide import read_sheet
from hotline.store.shelf import ContentError
from tests.directory_help import NORWAY, SHIPPED, TODAY, checked, norway, shipped

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


def told(path: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        read_sheet(path, TODAY)
    return [str(finding).replace(str(path), "d.csv") for finding in caught.value.findings]


class TestRoundTrip:
    def test_what_goes_out_comes_back_as_the_same_files(self, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        path.write_text(csv_of(shipped()), encoding="utf-8-sig", newline="")
        back = read_sheet(path, TODAY)
        assert {f"{one.code.lower()}.toml": toml_of(one) for one in back} == {
            file.name: file.read_text(encoding="utf-8") for file in SHIPPED.glob("*.toml")
        }

    @pytest.mark.parametrize("country", [norway(), checked(norway()), Country("SE")])
    def test_so_does_everything_an_entry_can_hold(self, tmp_path: Path, country: Country) -> None:
        path = tmp_path / "d.csv"
        path.write_text(csv_of([country]), encoding="utf-8", newline="")
        assert read_sheet(path, TODAY) == [country]

    def test_a_spreadsheet_that_writes_semicolons_is_read_as_well(self, tmp_path: Path) -> None:
        rows = list(csv.reader(io.StringIO(csv_of([norway()]))))
        path = tmp_path / "d.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=";").writerows(rows)
        assert read_sheet(path, TODAY) == [norway()]

    @given(st.text(alphabet=st.sampled_from("'=+-@0128 a\tＡ＝"), max_size=16))
    def test_a_guard_comes_off_as_it_went_on(self, cell: str) -> None:
        assert unguarded(guarded(cell)) == cell


class TestFormulas:
    def no_cell_is_a_formula(self) -> None:
        evil = NORWAY.replace('"Rosa hjelpelinje"', '"=HYPERLINK(\\"https://evil.example\\",\\"x\\")"')
        evil = evil.replace('"Hours conflict."', '"@SUM(1)"').replace('"A house in Bergen"', '"-2+3"')
        country, mistakes = read_country("NO", tomllib.loads(evil), TODAY)
        assert mistakes == []
        text = csv_of([country])
        assert "HYPERLINK" in text
        assert [cell for cell in cells(text) if cell.startswith(DANGEROUS)] == []
        assert read_csv(text).tables["NO"]["service"][0]["name"] == "-2+3"

    def test_no_cell_is_a_formula(self) -> None:
        self.no_cell_is_a_formula()

    def test_twin_with_the_guard_switched_off_one_would_be(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("hotline.directory.table.guarded", lambda cell: cell)
        with pytest.raises(AssertionError):
            self.no_cell_is_a_formula()

    def test_a_spreadsheet_would_take_no_zero_from_a_number_and_make_no_day_of_a_month(self) -> None:
        assert [guarded(cell) for cell in ("02800", "+47 1", "2022-08", "2026-11-22", "112", "2012")] == [
            "'02800",
            "'+47 1",
            "'2022-08",
            "'2026-11-22",
            "112",
            "2012",
        ]


class TestMistakes:
    def test_columns_that_are_unknown_missing_or_twice_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        head = [name for name in COLUMNS if name != "phones"]
        path.write_text(",".join([*head, "telephone", "name"]) + "\n")
        findings = told(path)
        assert findings[0].startswith(
            "d.csv:1: The column 'telephone' is not known: use only country, kind, zone, name"
        )
        assert findings[1:] == [
            "d.csv:1: The column 'phones' is missing: leave it in, empty where nothing is known.",
            "d.csv:1: The column 'name' stands here twice.",
        ]

    def test_a_mistake_in_a_row_names_its_line(self, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        rows = list(csv.reader(io.StringIO(csv_of([norway()]))))
        rows[3][COLUMNS.index("phones")] = "call me"
        rows[3][COLUMNS.index("name")] = "two\nlines"
        rows[4][COLUMNS.index("checked_on")] = "22/11/2026"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        findings = told(path)
        assert [line.split(": ")[0] for line in findings] == ["d.csv:4", "d.csv:4", "d.csv:6"]
        assert findings[2] == "d.csv:6: NO: checked_on must be a date like 2026-11-22."

    @pytest.mark.parametrize(
        ("row", "what"),
        [
            ("XX,line", "'XX' is not the code of a country (ISO 3166), such as NO."),
            ("NO,hotline", "'hotline' is not a kind of row: write one of country, emergency, line, service, step."),
            ("NO,country,,Norway", "name has no place in a row of kind country."),
        ],
    )
    def test_a_row_of_no_country_or_kind_is_told(self, tmp_path: Path, row: str, what: str) -> None:
        path = tmp_path / "d.csv"
        filled = row + "," * (len(COLUMNS) - 1 - row.count(","))
        path.write_text(",".join(COLUMNS) + "\n" + filled + "\n")
        assert told(path) == [f"d.csv:2: {what}"]

    def test_a_key_that_has_no_place_in_a_row_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        text = csv_of([norway()])
        path.write_text(text.replace('"step","","","', '"step","","Name","'))
        assert told(path)[0].startswith("d.csv:6: NO: 'name' is not known here: use only title, who, what")

    def test_a_file_that_is_no_table_is_told_and_never_a_crash(self, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        head = ",".join(COLUMNS)
        for content in (
            b"",
            b"\xff\xfe",
            b"\0",
            b'"',
            f'{head}\n"NO'.encode(),
            f"{head}\nNO\n".encode(),
            head.encode(),
        ):
            path.write_bytes(content)
            assert told(path)
        assert told(tmp_path / "none.csv")
