"""The command `hotline`: errors are one sentence and exit code 2, every command explains itself, nothing starts half."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main
from hotline.store import migrations
from hotline.store.engine import open_engine
from tests.people import ROOT

COMMANDS = ("serve", "worker", "migrate", "check", "audit", "signals", "talk", "forget", "staff")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of ours but what a test gives."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_") and name != "PORT"}
    return {**kept, "HOTLINE_HOME": str(home / "var"), **more}


def hotline(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(home, **more), capture_output=True, text=True, timeout=60, check=False
    )


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """What was said, of something that was asked wrongly: no traceback, nothing on stdout."""
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    return result.stderr


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


WRONG = {
    "nothing": ((), "hotline: the following arguments are required: COMMAND. See hotline --help."),
    "an unknown option": (("serve", "--fast"), "hotline: unrecognized arguments: --fast. See hotline --help."),
    "a port that is no number": (
        ("serve", "--port", "x"),
        "hotline serve: argument --port: invalid int value: 'x'. See hotline serve --help.",
    ),
    "too little": (
        ("talk",),
        "hotline talk: the following arguments are required: script, language. See hotline talk --help.",
    ),
}


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=list(WRONG))
def test_what_is_asked_wrongly_is_answered_in_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert (end.value.code, *capsys.readouterr()) == (2, "", f"{sentence}\n")


def test_an_unknown_command_is_told_with_those_there_are(tmp_path: Path) -> None:
    said = complaint(hotline(tmp_path, "fly"))
    assert said.startswith("hotline: argument COMMAND: invalid choice: 'fly'")
    assert said.endswith(". See hotline --help.\n")
    assert all(command in said for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    out, err = capsys.readouterr()
    assert (end.value.code, err) == (0, "")
    assert f"hotline {command}" in out.split("\nExample: ")[1]


def test_the_help_names_every_command(tmp_path: Path) -> None:
    result = hotline(tmp_path, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert all(f"\n    {command} " in result.stdout for command in COMMANDS)
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_broken_configuration_stops_every_command_with_all_its_mistakes(tmp_path: Path, command: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[staff]\nidle_minutes = 0\n[service]\nemergency = 112\n")
    result = hotline(tmp_path, "--config", str(config), command, PORT="x")
    assert complaint(result).splitlines() == [
        "hotline: The settings have mistakes:",
        "  config.toml: staff.idle_minutes = 0 must lie between 1 and 240.",
        "  config.toml: service.emergency = 112 must be text in quotes.",
        "  PORT = 'x' must be a whole number from 1 to 65535.",
    ]
    assert not (tmp_path / "var").exists()


def test_a_port_that_is_taken_is_told_with_another(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = complaint(hotline(tmp_path, "serve", PORT=str(port)))
    other = port + 1 if port < 65535 else 8000
    assert said == (
        f"hotline: Port {port} on 127.0.0.1 cannot be used (Address already in use): "
        f"set PORT to a free one, such as PORT={other}.\n"
    )


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_data_folder_that_cannot_be_written_is_told(tmp_path: Path, command: str) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    assert complaint(hotline(tmp_path, command)) == (
        f"hotline: The data folder {tmp_path / 'var'} cannot be written (File exists): "
        "set HOTLINE_HOME to one that can.\n"
    )


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_keys_that_others_can_read_are_refused(tmp_path: Path, free_port: int, command: str) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    keys.chmod(0o755)
    said = complaint(hotline(tmp_path, command, PORT=str(free_port), HOTLINE_KEYS=str(keys)))
    assert said == f"hotline: {keys} can be read by others: run chmod go-rwx {keys}\n"


@pytest.mark.parametrize("command", ["worker"])
def test_a_database_of_another_kind_is_told(tmp_path: Path, free_port: int, command: str) -> None:
    said = complaint(hotline(tmp_path, command, PORT=str(free_port), HOTLINE_DATABASE_URL="mysql://db/hotline"))
    assert said == "hotline: HOTLINE_DATABASE_URL begins with mysql://: use a file path or postgresql://\n"


UNUSABLE = {
    "a database that is not there": {"HOTLINE_DATABASE_URL": "postgresql://127.0.0.1:9/hotline"},
    "a folder for a database": {"HOTLINE_DATABASE_URL": "{home}"},
    "a file that is no database": {"HOTLINE_DATABASE_URL": "{home}/notes.txt"},
    "a file for the keys": {"HOTLINE_KEYS": "{home}/notes.txt"},
    "a file in the way of the keys": {"HOTLINE_KEYS": "{home}/notes.txt/keys"},
}


@pytest.mark.parametrize("given", UNUSABLE.values(), ids=list(UNUSABLE))
def test_whatever_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, free_port: int, given: dict[str, str]) -> None:
    (tmp_path / "notes.txt").write_text("not a database " * 1000)
    filled = {name: value.format(home=tmp_path) for name, value in given.items()}
    said = complaint(hotline(tmp_path, "worker", PORT=str(free_port), **filled))
    assert said.count("\n") == 1


def test_broken_content_stops_the_start_with_file_and_line(tmp_path: Path, free_port: int) -> None:
    shutil.copytree(ROOT / "content", tmp_path / "content")
    (tmp_path / "content" / "scripts" / "first_contact.toml").write_text("start = \n")
    program = (
        "import sys; from pathlib import Path; from dataclasses import replace; import app.cli as cli; "
        "before = cli.read_settings; "
        f"cli.read_settings = lambda *a, **k: replace(before(*a, **k), content=Path({str(tmp_path / 'content')!r})); "
        "cli.main(['serve'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(tmp_path, PORT=str(free_port)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    head, finding = complaint(result).splitlines()
    assert head == "hotline: The content has mistakes:"
    assert finding.startswith(f"  {tmp_path / 'content' / 'scripts' / 'first_contact.toml'}:1: Not TOML: Invalid value")


def test_migrate_makes_the_database_and_may_be_run_again(tmp_path: Path) -> None:
    for _ in range(2):
        result = hotline(tmp_path, "migrate")
        assert (result.returncode, result.stderr) == (0, "")
    engine = open_engine(str(tmp_path / "var" / "hotline.db"))
    assert migrations.is_present(engine)
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
