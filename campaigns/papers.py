"""Which papers work in a country needs: who, what, when, where it is asked for. Pure.

A wrong line can cost somebody a permit. So, as in the directory, a line is shown to readers only while a named person has
checked it within CONFIRMED_DAYS; the page says that it is being checked, and where to ask.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotline.directory.model import CONFIRMED_DAYS


class Whom(StrEnum):
    NORDIC = "nordic"
    EEA = "eea"
    OTHERS = "others"
    SEASONAL = "seasonal"
    AU_PAIR = "au_pair"
    STUDENT = "student"
    UKRAINE = "ukraine"


class When(StrEnum):
    BEFORE = "before"
    ARRIVAL = "arrival"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Paper:
    """One line. `name` and `office` stand as the office itself writes them."""

    whom: Whom
    when: When
    name: str
    office: str
    address: str
    source: str
    source_date: str
    checked_on: datetime.date | None = None
    checked_by: str = ""

    def confirmed(self, today: datetime.date) -> bool:
        if self.checked_on is None or not self.checked_by:
            return False
        return 0 <= (today - self.checked_on).days <= CONFIRMED_DAYS


_TEXTS = ("name", "office", "address", "source", "source_date")
_KEYS = {"whom", "when", *_TEXTS, "checked_on", "checked_by"}


def read_papers(table: Mapping[str, Any], today: datetime.date | None = None) -> tuple[list[Paper], list[str]]:
    """The lines of one country's file, and every mistake in a sentence. With `today`, dates in the future are found."""
    rows = table.get("paper", [])
    mistakes = [f"{key!r} is not known here: use [[paper]]." for key in table if key != "paper"]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return [], [*mistakes, "paper must be tables: begin each with [[paper]]."]
    papers = [
        paper for number, row in enumerate(rows, 1) if (paper := _paper(number, row, today, mistakes)) is not None
    ]
    return papers, mistakes


def _paper(number: int, row: Mapping[str, Any], today: datetime.date | None, mistakes: list[str]) -> Paper | None:
    found = [f"{key!r} is not known here: use {', '.join(sorted(_KEYS))}." for key in row if key not in _KEYS]
    found += [f"{key} is missing." for key in _TEXTS if not isinstance(row.get(key), str) or not row[key].strip()]
    for key, known in (("whom", Whom), ("when", When)):
        if row.get(key) not in list(known):
            found.append(f"{key} must be one of {', '.join(known)}.")
    on, by = row.get("checked_on"), row.get("checked_by", "")
    if (on is not None and type(on) is not datetime.date) or not isinstance(by, str) or bool(on) != bool(by):
        found.append("checked_on (a date) and checked_by (a name) come together.")
    elif on is not None and today is not None and on > today:
        found.append("checked_on lies in the future.")
    if not str(row.get("address", "")).startswith("https://"):
        found.append("address must begin with https://")
    mistakes += [f"Paper {number}: {what}" for what in found]
    if found:
        return None
    texts = {key: row[key].strip() for key in _TEXTS}
    return Paper(Whom(row["whom"]), When(row["when"]), **texts, checked_on=on, checked_by=by)
