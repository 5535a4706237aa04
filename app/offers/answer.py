"""What stands on the page of a checked offer: its values for templates/offer_answer.html, in one language."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.settings import Settings
from campaigns.library import read_papers_of
from campaigns.papers import Paper
from hotline.directory.model import Guide, Kind, for_callers
from hotline.language import Words
from hotline.offers.check import Checked
from hotline.offers.questions import questions_of
from hotline.store.guide import read_guide
from hotline.store.registers import Registers, read_registers_of

ASKED = 3
"""So many questions stand under the first of the three next steps."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What the organisation's content says beside an answer: where to look somebody up, which papers, which number."""

    registers: Registers = field(default_factory=dict)
    papers: Mapping[str, Sequence[Paper]] = field(default_factory=dict)
    guide: Guide = field(default_factory=lambda: Guide({}))

    def emergency(self, country: str, today: datetime.date) -> str:
        """The emergency numbers of a country, as callers may see them; nothing where none is known."""
        known = self.guide.lookup(country) if country else None
        if known is None:
            return ""
        return ", ".join(number for entry in for_callers(known, today).of(Kind.EMERGENCY) for number in entry.phones)


def read_beside(settings: Settings) -> Beside:
    """From the content folder as it is now; ContentError with every mistake."""
    content = settings.content
    return Beside(
        read_registers_of(content / "registers"),
        read_papers_of(content / "papers"),
        read_guide(content / "directory"),
    )


@dataclass(frozen=True, slots=True)
class Journey:
    """Countries in capitals, or nothing: where the job is, and where its reader comes from."""

    job: str = ""
    origin: str = ""

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for one in (self.job, self.origin) if one))


def values_of(
    checked: Checked, words: Words, beside: Beside, journey: Journey, today: datetime.date, *, cut: bool = False
) -> dict[str, Any]:
    """`words` hold the offer check; `cut`: the offer was longer than what is read."""
    return {
        "checked": checked,
        "asks": [words[f"offer/flag/{flag}/ask"] for flag in questions_of(checked)][:ASKED],
        "registers": [_registers(country, beside, today) for country in journey.countries],
        "papers": _papers(journey.job, beside, today) if journey.job else None,
        "cut": cut,
    }


def _registers(country: str, beside: Beside, today: datetime.date) -> dict[str, Any]:
    lines = beside.registers.get(country, ())
    return {"country": country, "lines": [(line, line.confirmed(today)) for line in lines]}


def _papers(country: str, beside: Beside, today: datetime.date) -> dict[str, Any]:
    """The same piece as on the pages of campaigns (templates/blocks.html)."""
    every = beside.papers.get(country, ())
    sure = [paper for paper in every if paper.confirmed(today)]
    return {"kind": "papers", "country": country, "papers": sure, "checking": len(sure) < len(every) or not every}
