"""The launcher that switches one protection off does what it says, and says what it cannot do."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.store import engine
from hotline.store.boxes import Seen
from hotline.store.keys import Sealer
from tests import weakened
from tests.people import NOW, ROOT, Caller


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test switches off is on again afterwards."""
    for owner, names in ((Sealer, ("seal", "open")), (Seen, ("first_time",))):
        for name in names:
            monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(engine, "_PRAGMAS", dict(engine._PRAGMAS))


def test_without_sealing_words_are_plain(sqlite_office: Office) -> None:
    weakened.no_sealing()
    sealed = Sealer(bytes(32)).seal("line 1", {"text": "канарейка"})
    assert json.loads(sealed) == {"text": "канарейка"}
    assert Sealer(bytes(32)).open("another", sealed) == {"text": "канарейка"}
    assert Caller(sqlite_office).asks_for_a_person().channel is Channel.SMS


def test_without_the_memory_of_repeats_a_repeat_is_taken_twice(sqlite_office: Office) -> None:
    weakened.no_dedupe()
    amara = Caller(sqlite_office)
    amara.writes("Hello", id="SM1")
    assert amara.writes("1", NOW, id="SM1") != []


def test_without_secure_delete_the_database_still_opens(sqlite_office: Office) -> None:
    weakened.no_secure_delete()
    assert sqlite_office.read(lambda c: c.exec_driver_sql("PRAGMA secure_delete").scalar_one()) == 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "tests/weakened.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_the_launcher_runs_the_program_and_hands_on_its_exit_code() -> None:
    helped = run("no_sealing", "--help")
    assert helped.returncode == 0
    assert helped.stdout.startswith("usage: hotline")
    assert run("no_sealing", "no-such-command").returncode == 2


@pytest.mark.parametrize("arguments", [(), ("no_brakes",)])
def test_an_unknown_switch_is_refused(arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert refused.returncode == 1
    assert refused.stderr == f"Say which protection to switch off: {', '.join(weakened.SWITCHES)}.\n"


def test_child_processes_are_weakened_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    from app import cli

    monkeypatch.setattr(cli, "LAUNCHER", list(cli.LAUNCHER))
    with pytest.raises(SystemExit):
        weakened.main(["no_secure_delete", "--help"])
    assert [sys.executable, str(ROOT / "tests" / "weakened.py"), "no_secure_delete"] == cli.LAUNCHER
