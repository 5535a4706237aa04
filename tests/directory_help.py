"""A small directory for the tests: Norway, with an emergency number, a line, a service and a step."""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import replace
from pathlib import Path

from hotline.directory.file import read_country
from hotline.directory.model import Country, Guide, Origin
from hotline.store.guide import read_guide
from tests.people import ROOT

TODAY = datetime.date(2026, 11, 22)
SHIPPED = ROOT / "content" / "directory"

NORWAY = """zone = "Europe/Oslo"

[[emergency]]
name = "Emergency"
needs = ["emergency"]
phones = ["112"]
sms = ["112"]
web = "https://example.org/112"
open = "always"
anonymous = true
police = "only with your yes"
source = "example.org"
source_date = 2026-01-02
state = "read"

[[line]]
name = "Rosa hjelpelinje"
needs = ["trafficking_line", "legal"]
phones = ["+47 22 33 11 60"]
phones_abroad = ["+47 22 33 11 61"]
open = "mon-fri 08:30-16:00; sat,sun 22:00-02:00"
hours = { en = "Not on holidays", ar = "ليس في أيام العطل" }
cost = "free"
languages = ["nb", "en", "my"]
serves = ["women", "men"]
police = "only with your yes, or to save a life or a child"
source = "example.org/help"
source_date = "2022-08"
state = "conflict"
note = "Hours conflict."

[[service]]
name = "A house in Bergen"
needs = ["housing"]
chat = "https://example.org/chat"
source = "example.org/house"
source_date = "undated"
state = "read, old"

[[step]]
title = { en = "Rest" }
who = "UDI"
what = { en = "You may rest for 6 months." }
source = "example.org/rest"
source_date = 2025-05-05
state = "read"
"""


def folder_with(tmp_path: Path, **files: str) -> Path:
    """content/directory with these files, by the name of each."""
    folder = tmp_path / "content" / "directory"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def norway() -> Country:
    country, mistakes = read_country("NO", tomllib.loads(NORWAY), TODAY)
    assert not mistakes
    return country


def shipped() -> Guide:
    return read_guide(SHIPPED, TODAY)


def checked(country: Country, on: datetime.date = TODAY, by: str = "Chloe") -> Country:
    """The country after somebody has rung every number of it."""

    def signed(origin: Origin) -> Origin:
        return replace(origin, checked_on=on, checked_by=by)

    return replace(
        country,
        entries=tuple(replace(entry, origin=signed(entry.origin)) for entry in country.entries),
        steps=tuple(replace(step, origin=signed(step.origin)) for step in country.steps),
    )
