"""Official registers in which an agency or an employer can be looked up, country by country. Pure.

A wrong address could lead to somebody who only looks official. So, as in the directory, what a line says is shown to readers
while a named person has checked it within CONFIRMED_DAYS; until then it is a link, and the page says so.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotline.directory.model import CONFIRMED_DAYS


class What(StrEnum):
    """Whom a register lists."""

    AGENCIES = "agencies"
    EMPLOYERS = "employers"


@dataclass(frozen=True, slots=True)
class Register:
    """One line. `name` as the office writes it, `how`: in English, how somebody is looked up in it."""

    name: str
    address: str
    what: What
    how: str
    source: str
    source_date: str
    languages: tuple[str, ...] = ()
    checked_on: datetime.date | None = None
    checked_by: str = ""

    def confirmed(self, today: datetime.date) -> bool:
        if self.checked_on is None or not self.checked_by:
            return False
        return 0 <= (today - self.checked_on).days <= CONFIRMED_DAYS


_TEXTS = ("name", "address", "how", "source")
_KEYS = {"what", "languages", "source_date", "checked_on", "checked_by", *_TEXTS}


def read_registers(table: Mapping[str, Any], today: datetime.date | None = None) -> tuple[list[Register], list[str]]:
    """The lines of one country's file, and every mistake in a sentence. With `today`, dates in the future are found."""
    rows = table.get("register", [])
    mistakes = [f"{key!r} is not known here: use [[register]]." for key in table if key != "register"]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return [], [*mistakes, "register must be tables: begin each with [[register]]."]
    found: list[Register] = []
    for number, row in enumerate(rows, 1):
        faults = _faults(row, today)
        mistakes += [f"Register {number}: {fault}" for fault in faults]
        if not faults:
            found.append(_register(row))
    return found, mistakes


def _faults(row: Mapping[str, Any], today: datetime.date | None) -> list[str]:
    found = [f"{key!r} is not known here: use {', '.join(sorted(_KEYS))}." for key in row if key not in _KEYS]
    found += [f"{key} is missing." for key in _TEXTS if not isinstance(row.get(key), str) or not row[key].strip()]
    if type(row.get("source_date")) is not datetime.date and not _is_text(row.get("source_date")):
        found.append("source_date is missing: write the day on which the source was read, or when it was written.")
    if row.get("what") not in list(What):
        found.append(f"what must be one of {', '.join(What)}.")
    languages = row.get("languages", [])
    if not isinstance(languages, list) or not all(_is_text(tag) for tag in languages):
        found.append('languages must be a list of tags, such as ["en"].')
    if not str(row.get("address", "")).startswith("https://"):
        found.append("address must begin with https://")
    on, by = row.get("checked_on"), row.get("checked_by", "")
    if (on is not None and type(on) is not datetime.date) or not isinstance(by, str) or bool(on) != bool(by):
        found.append("checked_on (a date) and checked_by (a name) come together.")
    elif on is not None and today is not None and on > today:
        found.append("checked_on lies in the future.")
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _register(row: Mapping[str, Any]) -> Register:
    return Register(
        **{key: row[key].strip() for key in _TEXTS},
        what=What(row["what"]),
        source_date=str(row["source_date"]),
        languages=tuple(row.get("languages", ())),
        checked_on=row.get("checked_on"),
        checked_by=row.get("checked_by", ""),
    )
