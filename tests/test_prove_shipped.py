"""`hotline prove`: all scripts in all languages hold every promise, and a broken one is told with its place and remedy."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.cli import main, settings_of
from app.tools import prove as tool
from hotline.language import LANGUAGES
from hotline.triage.proof import prover
from hotline.triage.wording import Policy
from tests.people import ROOT
from tests.test_content_words import spoil
from tests.test_server_command import complaint, hotline
from tests.twins import proof_of_words, tongue_of, walked

CPU_SECONDS = 30.0
PARTS = ("content/scripts", "content/signals", "content/discreet", "locales/en", "locales/es")


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.slow
def test_every_script_in_every_language_holds_every_promise_in_half_a_minute(tmp_path: Path) -> None:
    before = cpu_of_children()
    result = hotline(tmp_path, "prove", "--json")
    used = cpu_of_children() - before
    assert result.stderr == ""
    told = json.loads(result.stdout)
    assert told["findings"] == []
    assert (result.returncode, list(told), told["ok"]) == (0, ["ok", "checked", "findings"], True)
    assert told["checked"] > 10_000 * len(LANGUAGES) / 2
    assert used < CPU_SECONDS
    assert not (tmp_path / "var").exists()


def test_no_language_of_the_house_is_passed_over() -> None:
    assert {path.parent.name for path in (ROOT / "locales").glob("*/scripts.po")} == set(LANGUAGES)
    assert {path.stem for path in (ROOT / "content" / "discreet").glob("*.toml")} == set(LANGUAGES)


def test_an_unknown_language_is_told_with_those_there_are(tmp_path: Path) -> None:
    said = complaint(hotline(tmp_path, "prove", "--json", "--language", "en", "--language", "xx"))
    assert said == f"hotline: xx has no folder under {ROOT / 'locales'}: {', '.join(LANGUAGES)}.\n"


@dataclass(frozen=True)
class Told:
    """What `hotline prove` says of a folder with English and Spanish, and its exit code."""

    code: object
    out: str
    err: str

    @property
    def table(self) -> dict[str, Any]:
        table = json.loads(self.out)
        assert isinstance(table, dict)
        return table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The content of the house, to be spoiled."""
    for name in PARTS:
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def prove(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run the command on that folder, from inside it."""
    monkeypatch.setattr(
        tool,
        "settings_of",
        lambda options: replace(settings_of(options), content=folder / "content", locales=folder / "locales"),
    )
    monkeypatch.setattr(prover, "walk", walked)
    monkeypatch.chdir(folder)

    def run(*arguments: str, config: str = "") -> Told:
        (folder / "config.toml").write_text(config, encoding="utf-8")
        with pytest.raises(SystemExit) as end:
            main(["--config", "config.toml", "prove", *arguments])
        return Told(end.value.code, *capsys.readouterr())

    return run


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_holds_is_told_in_one_line(prove: Callable[..., Told]) -> None:
    told = prove("--language", "en")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Checked ")
    assert told.out.endswith(": every promise holds.\n")
    checked = int(told.out.removeprefix("Checked ").split(":")[0])
    assert prove("--language", "en", "--json").table == {"ok": True, "checked": checked, "findings": []}
    assert checked > 10_000


def test_all_languages_of_the_folder_are_proven_unless_some_are_named(prove: Callable[..., Told], folder: Path) -> None:
    spoil(folder / "locales/es/scripts.po", "rights/home/say", 'msgstr ""')
    assert prove("--language", "en").code == 0
    assert prove("--language", "es").code == 1
    both = prove("--language", "en", "--language", "es")
    assert (both.code, both) == (1, prove())


def test_a_broken_promise_of_the_words_is_told_with_file_key_language_and_remedy(
    prove: Callable[..., Told], folder: Path
) -> None:
    spoil(folder / "locales/es/scripts.po", "first_contact/pause/say", 'msgstr "Es la policía."')
    what = "Says 'policia', which betrays the caller on a lock screen: say it without that word."
    row = {
        "file": "locales/es/scripts.po",
        "step": "first_contact/pause/say",
        "language": "es",
        "rule": "no betraying word",
        "what": what,
    }
    told = prove("--language", "es", "--json")
    assert (told.code, told.err) == (1, "")
    assert (told.table["ok"], told.table["findings"]) == (False, [row])
    told = prove("--language", "es")
    assert told.code == 1
    assert told.out.splitlines() == [
        f"locales/es/scripts.po: first_contact/pause/say in es: {what} (promise: no betraying word)",
        f"Checked {prove('--language', 'es', '--json').table['checked']}: 1 to mend.",
    ]


def test_a_broken_promise_of_a_script_is_told_with_file_step_and_remedy(
    prove: Callable[..., Told], folder: Path
) -> None:
    change(folder / "content/scripts/first_contact.toml", 'minor = "child:start"\nstop', 'minor = "child:who"\nstop')
    told = prove("--language", "en", "--json")
    assert told.code == 1
    assert told.table["findings"] == [
        {
            "file": "content/scripts/child.toml",
            "step": "child/who",
            "language": "",
            "rule": "limits before duty",
            "what": 'It is asked before the limits: let every way to it pass a step with tells = "limits".',
        }
    ]


def test_every_broken_promise_is_told_once_and_in_order(prove: Callable[..., Told], folder: Path) -> None:
    spoil(folder / "locales/en/scripts.po", "rights/start/say", 'msgstr "What is your name?"')
    spoil(folder / "locales/en/scripts.po", "first_contact/pause/say", 'msgstr "The police."')
    change(folder / "content/scripts/first_contact.toml", 'minor = "child:start"\nstop', 'minor = "child:who"\nstop')
    rows = prove("--language", "en", "--json").table["findings"]
    assert {row["rule"] for row in rows} == {
        "limits before duty",
        "never asks who or where",
        "no betraying word",
    }
    assert [tuple(row.values()) for row in rows] == list(dict.fromkeys(tuple(row.values()) for row in rows))
    assert [row["rule"] for row in rows] == sorted(row["rule"] for row in rows)


def test_the_words_are_measured_with_the_number_and_the_duties_of_the_organisation(prove: Callable[..., Told]) -> None:
    assert prove("--language", "en", config='[service]\nemergency = "112"\n').code == 0
    told = prove("--language", "en", "--json", config=f'[service]\nemergency = "{"1 1 2 " * 20}"\n')
    assert told.code == 1
    assert {row["rule"] for row in told.table["findings"]} == {"SMS parts"}
    assert prove("--language", "en", config="[policy]\nreport_life = true\n").code == 0


@pytest.mark.parametrize("policy", [Policy("NO", minors=True), Policy("NO", life=True), Policy("NO", True, True)])
def test_every_language_holds_its_promises_whatever_the_organisation_must_do(
    monkeypatch: pytest.MonkeyPatch, policy: Policy
) -> None:
    monkeypatch.setattr(prover, "prove_heard", lambda *_: None)
    assert proof_of_words(monkeypatch, *(tongue_of(tag) for tag in LANGUAGES), policy=policy).findings == ()


def test_a_step_that_leads_nowhere_stops_the_proof_with_its_line(prove: Callable[..., Told], folder: Path) -> None:
    change(folder / "content/scripts/rights.toml", '[steps.pay]\ngo = "next"', "[steps.pay]")
    told = prove("--language", "en")
    assert (told.code, told.out) == (2, "")
    head, line = told.err.splitlines()
    assert head == "hotline: The content has mistakes:"
    assert line.startswith(f"  {folder}/content/scripts/rights.toml:14: It must lead on in exactly one way: ")


LACKING = {
    "no list of betraying words": ("content/discreet/es.toml", "This file is missing."),
    "no rules": ("content/signals/es.toml", "This file is missing."),
    "no words": ("locales/es/scripts.po", "This file is missing."),
}


@pytest.mark.parametrize(("file", "sentence"), LACKING.values(), ids=list(LACKING))
def test_a_file_that_is_missing_stops_the_proof(
    prove: Callable[..., Told], folder: Path, file: str, sentence: str
) -> None:
    (folder / file).unlink()
    told = prove("--language", "es", "--json")
    assert (told.code, told.out) == (2, "")
    assert told.err.splitlines() == ["hotline: The content has mistakes:", f"  {folder / file}: {sentence}"]


def test_a_list_of_betraying_words_that_is_empty_stops_the_proof(prove: Callable[..., Told], folder: Path) -> None:
    (folder / "content/discreet/es.toml").write_text('betrays = []\nprivate = ["nombre"]\nasking = ["diga"]\n')
    told = prove("--language", "es")
    assert told.code == 2
    assert "es.toml: betrays is empty: list at least one word, or the check would pass over everything." in told.err
