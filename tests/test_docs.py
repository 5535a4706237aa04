"""Documents can fail the build: every command, setting, route and word that exists is told."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from app.cli import build_parser
from app.configfile import CONFIG
from app.settings import PLACES, SECRETS
from bench import quote

ROOT = Path(__file__).resolve().parent.parent


def told(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_command_is_told_and_shows_an_example() -> None:
    parser = build_parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for name, command in commands.choices.items():
        assert f"`hotline {name}`" in told("commands.md"), name
        assert "Example: " in command.format_help(), name


def test_every_setting_is_told() -> None:
    text = told("settings.md")
    for table, keys in CONFIG.items():
        for key in keys:
            assert f"`{table}.{key}`" in text
    for name in (*SECRETS, *PLACES, "PORT", "HOTLINE_HOME"):
        assert f"`{name}`" in text


def test_every_link_between_documents_leads_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert link.startswith("https://") or (path.parent / link).exists(), f"{path.name} links to {link}"


def test_every_decision_has_a_number_of_its_own() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]


def test_nothing_in_the_tree_names_a_folder_of_one_machine() -> None:
    places = re.compile(r"(?<![\w.])/(?:root|home/\w+|work)/")
    for folder in ("app", "hotline", "bots", "campaigns", "docs", "bench", "tests", "deploy", "templates"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in {".py", ".md", ".html", ".toml"} and path != Path(__file__):
                assert not places.search(path.read_text(encoding="utf-8")), path


def test_measured_figures_are_written_by_the_records_and_not_by_hand() -> None:
    assert told("measured.md") == quote.text()
