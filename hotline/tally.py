"""What is counted when a contact ends. Codes come from closed lists; the full cross is never formed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations


class Outcome(StrEnum):
    """How it ended. Up to November 2026 a `category` was counted too; such tallies are still read and published."""

    UNKNOWN = "unknown"
    SCRIPT_END = "script_end"
    INFORMED = "informed"
    REFERRED = "referred"
    EMERGENCY = "emergency"
    WILL_RETURN = "will_return"
    NO_ANSWER = "no_answer"
    NOT_OURS = "not_ours"
    MISUSE = "misuse"


STAFF_OUTCOMES = tuple(outcome for outcome in Outcome if outcome is not Outcome.SCRIPT_END)


OFFER_FLAG = "offer_flag"
"""The kind of count of the flags found in job offers."""

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


def cells_of_one(now: float, name: str, value: str, attributes: Mapping[str, str]) -> list[Cell]:
    """An attribute of which a contact may have several: each value alone, and together with these others, one by one."""
    period = week(now)
    pairs = [Cell(period, f"{name}*{other}", value, attributes[other]) for other in attributes]
    return [Cell(period, name, value), *pairs]


def offer_cells(now: float, flags: Iterable[str], channel: str, language: str) -> list[Cell]:
    """The flags of one offer that was checked: each once, with the channel and with the language; never two of them."""
    attributes = {"channel": channel, "language": language}
    return [cell for flag in dict.fromkeys(flags) for cell in cells_of_one(now, OFFER_FLAG, flag, attributes)]


def visit_cell(now: float, campaign: str, language: str) -> Cell:
    return Cell(week(now), "visit", campaign, language)


def misuse_cell(now: float, channel: str) -> Cell:
    """A contact that was no call for help: it stands in no other count, so that a flood changes no figure."""
    return Cell(week(now), UNPUBLISHED, channel)


def partner_cell(now: float) -> Cell:
    """A packet from a partner that one of us is done with."""
    return Cell(week(now), "partner", "done")


def came_cell(now: float, campaign: str, language: str) -> Cell:
    """A contact that began with the link of a campaign's page."""
    return Cell(week(now), "came", campaign, language)


def helped_cell(now: float, answer: str) -> Cell:
    """What a caller said at the end of a scripted talk; crossed with nothing, so that it stays anonymous."""
    return Cell(week(now), "helped", answer)
