"""Reading content/directory: every mistake with file, line and remedy; and what the repository ships."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from app.settings import read_settings
from app.tools.check import check
from hotline.directory.file import read_country
from hotline.directory.model import Cost, Kind, Need, Police, State
from hotline.directory.table import toml_of
from hotline.store.guide import read_guide, write_country
from hotline.store.shelf import ContentError
from tests.directory_help import NORWAY, SHIPPED, TODAY, folder_with, norway, shipped
from tests.people import ROOT


def told(folder: Path, today: datetime.date | None = TODAY, needed: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(ContentError) as caught:
        read_guide(folder, today, needed=needed)
    return [str(finding).replace(f"{folder}/", "") for finding in caught.value.findings]


class TestMistakes:
    @pytest.mark.parametrize(
        ("old", "new", "what"),
        [
            ('phones = ["112"]', 'phones = ["one"]', "6: 'one' is not a phone number: write digits and spaces"),
            ('phones = ["112"]', 'phones = ["1"]', "6: '1' is not a phone number: write digits and spaces"),
            ('phones = ["112"]', 'phones = ["+1234567890123456"]', "6: '+1234567890123456' is not a phone number"),
            ('phones = ["112"]', 'phones = ["١١٢"]', "6: '١١٢' is not a phone number: write digits and spaces"),
            ('phones = ["112"]', 'phones = ["112", "112"]', "6: '112' stands in phones twice."),
            ('phones = ["112"]', "phones = 112", '6: phones must be a list of texts, such as ["one", "two"].'),
            ('["housing"]', '["gold"]', '34: \'gold\' is not known in needs: choose from "health", "housing"'),
            ('cost = "free"', 'costs = "free"', "23: 'costs' is not known here: use only name, needs, phones"),
            ('cost = "free"', 'cost = "cheap"', '23: \'cheap\' is not known as cost: write one of "free", "paid".'),
            ('zone = "Europe/Oslo"', 'zona = "Europe/Oslo"', "1: 'zona' is not known here: use only zone, emergency"),
            ('zone = "Europe/Oslo"', "", ' Hours are of a clock: add zone = "Europe/Oslo"'),
            ('zone = "Europe/Oslo"', 'zone = "Europe/Bergen"', "1: 'Europe/Bergen' is not a time zone"),
            ('zone = "Europe/Oslo"', 'zone = "../etc/passwd"', "1: '../etc/passwd' is not a time zone"),
            ("mon-fri 08:30-16:00;", "weekdays 8-16;", "21: 'weekdays 8-16; sat,sun 22:00-02:00' is not understood"),
            ('state = "conflict"', 'state = "true"', "29: 'true' is not known as state: write one of \"read\""),
            ('state = "conflict"', "", '16: \'\' is not known as state: write one of "read", "read, old", "conflict"'),
            ('source = "example.org/help"', "", "16: source is missing."),
            ('source = "example.org/help"', 'source = " a"', "27: source must be one line, with no spaces around it"),
            (
                '"Hours conflict."',
                '"a\\u202eb"',
                "30: note must be one line, with no spaces around it and no invisible",
            ),
            ('"Hours conflict."', '"a | b"', "30: note may not hold a |: in tables it stands between the parts"),
            ('"2022-08"', '"2022-13"', '28: source_date must be like 2026-11-22, "2026-11", "2026" or "undated".'),
            ('"2022-08"', "2022", '28: source_date must be like 2026-11-22, "2026-11", "2026" or "undated".'),
            ('"2022-08"', '"2026-12"', "28: 2026-12 is in the future."),
            ('"2022-08"', "2026-11-23", "28: 2026-11-23 is in the future."),
            ('name = "A house in Bergen"', "", "32: name is missing."),
            ('chat = "https://example.org/chat"', "", "33: Nobody can reach it: give phones"),
            ('"https://example.org/chat"', '"http://example.org"', "35: 'http://example.org' is not an address"),
            ('"https://example.org/chat"', '"javascript:alert(1)"', "35: 'javascript:alert(1)' is not an address"),
            ('"https://example.org/chat"', '"https://a@example.org"', "35: 'https://a@example.org' is not an address"),
            ('"https://example.org/chat"', '"https://exаmple.org"', "35: 'https://exаmple.org' is not an address"),
            ('["nb", "en", "my"]', '["Norwegian"]', "24: 'Norwegian' is not the tag of a language, such as en"),
            ("anonymous = true", 'anonymous = "yes"', "10: anonymous must be true or false, or left out if nobody"),
            ("hours = { en", "hours = { english", "22: 'english' is not one of our languages: en, sv, fi"),
            (
                'title = { en = "Rest" }',
                'title = "Rest"',
                '41: title must be one text per language, such as { en = "…" }',
            ),
            ('what = { en = "You may rest for 6 months." }', "", "40: what is missing."),
            ("[[step]]", "[step]", "40: Write [[step]] in two pairs of brackets above each step."),
            ('name = "A house', 'name = 3\nx = "A house', "33: name must be text in quotes."),
        ],
    )
    def test_a_slip_is_told_with_its_line_and_remedy(self, tmp_path: Path, old: str, new: str, what: str) -> None:
        assert NORWAY.count(old) >= 1
        folder = folder_with(tmp_path, no=NORWAY.replace(old, new, 1))
        assert any(line.startswith(f"no.toml:{what}") for line in told(folder)), told(folder)

    def test_a_check_needs_a_day_and_a_name_and_no_day_to_come(self, tmp_path: Path) -> None:
        def with_check(text: str) -> list[str]:
            return told(folder_with(tmp_path, no=NORWAY.replace('state = "conflict"', f'state = "conflict"\n{text}')))

        together = "checked_on and checked_by go together: who rang or read the official page, and when."
        assert with_check("checked_on = 2026-11-20") == [f"no.toml:30: {together}"]
        assert with_check('checked_by = "Chloe"') == [f"no.toml:16: {together}"]
        assert with_check('checked_on = 2026-11-23\nchecked_by = "Chloe"') == [
            "no.toml:30: 2026-11-23 is in the future."
        ]
        assert with_check('checked_on = "today"\nchecked_by = "Chloe"') == [
            "no.toml:30: checked_on must be a date like 2026-11-22."
        ]
        assert with_check('checked_on = 2026-11-20\nchecked_by = "-"') == [
            "no.toml:31: '-' is not the name of a person."
        ]

    def test_a_server_whose_clock_is_wrong_starts_and_believes_no_check_of_a_day_to_come(self, tmp_path: Path) -> None:
        signed = NORWAY.replace(
            'state = "conflict"', 'state = "conflict"\nchecked_on = 2026-11-20\nchecked_by = "Chloe"'
        )
        guide = read_guide(folder_with(tmp_path, no=signed))
        assert len(guide.countries["NO"].unconfirmed(datetime.date(1970, 1, 1))) == 4

    def test_what_stands_twice_is_told(self, tmp_path: Path) -> None:
        service = NORWAY[NORWAY.index("[[service]]") : NORWAY.index("[[step]]")]
        assert told(folder_with(tmp_path, no=NORWAY + "\n" + service)) == [
            "no.toml:49: 'A house in Bergen' stands here a second time: give each service a name of its own."
        ]

    def test_every_mistake_of_every_file_is_told_at_once(self, tmp_path: Path) -> None:
        folder = folder_with(tmp_path, no=NORWAY.replace("112", "x"), xx="", Se="", dk="a = \n", norway="")
        findings = told(folder, needed=("NO", "FR"))
        unnamed = "is not named after a country (ISO 3166), such as no.toml."
        assert [line for line in findings if line.startswith("no.toml")] == [
            "no.toml:6: 'x' is not a phone number: write digits and spaces, such as \"+47 22 33 11 60\".",
            "no.toml:7: 'x' is not a phone number: write digits and spaces, such as \"+47 22 33 11 60\".",
        ]
        for name in ("Se", "norway", "xx"):
            assert f"{name}.toml: {name}.toml {unnamed}" in findings
        assert any(line.startswith("dk.toml:1: Not TOML: ") for line in findings)
        assert findings[-1] == f"{folder}: fr.toml is missing: nobody could be told where to turn in France."

    def test_nothing_that_toml_can_hold_ends_in_a_crash(self) -> None:
        odd = [1, 1.5, True, "x", [], {}, [[]], [{}], [1], datetime.date(2026, 1, 1), datetime.time(1), {"en": 1}]
        for key in ("zone", "emergency", "line", "step", "other"):
            for value in odd:
                read_country("NO", {key: value}, TODAY)
        for key in (*"name needs phones sms chat web open hours cost languages serves anonymous police".split(),):
            for value in odd:
                read_country("NO", {"line": [{"name": "x", key: value}]}, TODAY)
        for key in ("source", "source_date", "state", "note", "checked_on", "checked_by", "title", "who", "what"):
            for value in odd:
                _, mistakes = read_country("NO", {"step": [{key: value}]}, TODAY)
                assert mistakes


class TestShipped:
    def test_the_twenty_three_countries_are_there_and_nobody_has_checked_one_yet(self) -> None:
        guide = shipped()
        wanted = "SE NO DK FI IS EE LV LT PL RO UA NG TH PH IN NP KH US GB IT DE TR QA".split()
        assert sorted(guide.countries) == sorted(wanted)
        for country in guide:
            assert country.of(Kind.LINE), country.code
            assert country.unconfirmed(TODAY) == country.everything
            assert all(item.origin.checked_on is None and not item.origin.checked_by for item in country.everything)

    def test_conflicting_hours_are_not_decided_for_anybody(self) -> None:
        conflicts = {c.code: e for c in shipped() for e in c.entries if e.origin.state is State.CONFLICT}
        assert sorted(conflicts) == ["GB", "LV", "PL"]
        for entry in conflicts.values():
            assert entry.open == ""
            assert "conflict" in entry.origin.note

    def test_numbers_without_a_source_are_left_out(self) -> None:
        ways = {way.replace(" ", "") for country in shipped() for entry in country.entries for way in entry.ways()}
        assert not ways & {"1191", "1288", "16044", "116016"}
        assert not shipped().countries["QA"].of(Kind.EMERGENCY)

    def test_pathways_stand_where_facts_were_found_and_nowhere_else(self) -> None:
        assert sorted(country.code for country in shipped() if country.steps) == ["DE", "GB", "IS", "NO"]

    def test_the_files_are_as_the_program_writes_them_so_that_an_import_changes_only_what_it_says(self) -> None:
        for path in SHIPPED.glob("*.toml"):
            assert toml_of(shipped().countries[path.stem.upper()]) == path.read_text(encoding="utf-8"), path.name

    def test_the_check_reads_the_directory_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = read_settings({}, ROOT / "config.toml")
        asked: list[object] = []

        def read(folder: Path, today: datetime.date, needed: list[str]) -> None:
            asked.append((folder, needed))
            read_guide(folder, today, needed=["FR"])

        monkeypatch.setattr("app.tools.check.read_guide", read)
        monkeypatch.setattr("app.tools.check._words", lambda *rest: None)
        _, findings = check(settings)
        assert asked == [(SHIPPED, ["NO"])]
        assert "fr.toml is missing" in findings[0].what


def test_a_country_is_written_whole_and_read_back_as_it_was(tmp_path: Path) -> None:
    path = write_country(folder_with(tmp_path), norway())
    assert read_guide(path.parent, TODAY).countries == {"NO": norway()}
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in path.parent.iterdir()] == ["no.toml"]
    line = norway().of(Kind.LINE)[0]
    assert (line.cost, line.police, line.needs) == (Cost.FREE, Police.DANGER, (Need.TRAFFICKING_LINE, Need.LEGAL))
