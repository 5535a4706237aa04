"""What is counted when a contact ends. Codes come from closed lists; the full cross is never formed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations


class Category(StrEnum):
    """What a contact was about."""

    UNKNOWN = "unknown"
    SCRIPTED = "scripted"
    SEXUAL_EXPLOITATION = "sexual_exploitation"
    FORCED_LABOUR = "forced_labour"
    DOMESTIC_WORK = "domestic_work"
    FORCED_CRIME = "forced_crime"
    LABOUR_RIGHTS = "labour_rights"
    JOB_OFFER = "job_offer"
    VIOLENCE = "violence"
    OTHER = "other"


class Outcome(StrEnum):
    """How it ended."""

    UNKNOWN = "unknown"
    SCRIPT_END = "script_end"
    INFORMED = "informed"
    REFERRED = "referred"
    EMERGENCY = "emergency"
    WILL_RETURN = "will_return"
    NO_ANSWER = "no_answer"
    NOT_OURS = "not_ours"
    MISUSE = "misuse"


STAFF_CATEGORIES = tuple(category for category in Category if category is not Category.SCRIPTED)
STAFF_OUTCOMES = tuple(outcome for outcome in Outcome if outcome is not Outcome.SCRIPT_END)


UNPUBLISHED = "misuse"
"""The one kind of count that is not published: whoever floods the line must not read how well it went."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One count: a period, which attributes are crossed (`channel` or `channel*level`), and their values."""

    period: str
    kind: str
    first: str
    second: str = ""


def week(now: float) -> str:
    """The ISO week, UTC: `2026-W47`."""
    year, number, _ = datetime.datetime.fromtimestamp(now, datetime.UTC).isocalendar()
    return f"{year}-W{number:02d}"


def cells(now: float, attributes: Mapping[str, str]) -> list[Cell]:
    """Every attribute alone and every two together, for the week of `now`; never three."""
    period = week(now)
    alone = [Cell(period, name, value) for name, value in attributes.items()]
    pairs = [Cell(period, f"{one}*{two}", attributes[one], attributes[two]) for one, two in combinations(attributes, 2)]
    return [*alone, *pairs]


def visit_cell(now: float, campaign: str, language: str) -> Cell:
    return Cell(week(now), "visit", campaign, language)


def misuse_cell(now: float, channel: str) -> Cell:
    """A contact that was no call for help: it stands in no other count, so that a flood changes no figure."""
    return Cell(week(now), UNPUBLISHED, channel)


def came_cell(now: float, campaign: str, language: str) -> Cell:
    """A contact that began with the link of a campaign's page."""
    return Cell(week(now), "came", campaign, language)


def helped_cell(now: float, answer: str) -> Cell:
    """What a caller said at the end of a scripted talk; crossed with nothing, so that it stays anonymous."""
    return Cell(week(now), "helped", answer)
