"""Questions for whoever has no text, from the scripts of the talk: ten about an offer, eleven about the job one is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline.language import Words
from hotline.offers.check import Checked, Found
from hotline.offers.flags import GRAVEST_FIRST, Flag, Good, Told, verdict_of
from hotline.offers.indicators import Indicator
from hotline.triage.script import Scripts

OFFER, JOB = "job_offer", "job_now"
"""The scripts, by the names of their files."""

UNKNOWN = "unknown"
"""The choice of somebody who does not know; where a question has none, the page adds one that says nothing."""

GOOD: Mapping[tuple[str, str], Good] = {
    ("pays", "no"): Good.FREE_TO_WORKER,
    ("papers", "mine"): Good.KEEPS_PASSPORT,
    ("contract", "have"): Good.CONTRACT_FIRST,
    ("contract", "before"): Good.CONTRACT_FIRST,
    ("live", "free"): Good.FREE_TO_LEAVE,
    ("wage", "monthly"): Good.PAID_REGULARLY,
}
"""What an answer says that is as it should be."""

MISSING: Mapping[str, Told] = {
    "employer": Told.EMPLOYER,
    "wage": Told.PAY,
    "contract": Told.CONTRACT,
    "debt": Told.TICKET,
    "visa": Told.PERMIT,
}
"""What somebody does not know yet who left this question without an answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """One step of a script that can mark something. `choices`: key and label; `marks`: what each choice marks, if anything."""

    key: str
    say: str
    labels: Mapping[str, str]
    marks: Mapping[str, str]

    def asked(self, words: Words) -> tuple[str, str, list[tuple[str, str]]]:
        """Key, question and choices in one language."""
        return self.key, words[self.say], [(key, words[label]) for key, label in self.labels.items()]


def questions(scripts: Scripts, name: str) -> list[Question]:
    """The questions of a script in the order of its file; none where the organisation has taken the script away."""
    script = scripts.by_name.get(name)
    steps = script.steps.values() if script is not None else ()
    return [
        Question(
            step.place.step,
            step.say,
            {choice.key: step.label(choice) for choice in step.choices},
            {choice.key: choice.mark for choice in step.choices if choice.mark},
        )
        for step in steps
        if any(choice.mark for choice in step.choices)
    ]


def marked(asked: Sequence[Question], answers: Mapping[str, str]) -> list[str]:
    """What these answers mark, each once, in the order of the questions."""
    return list(dict.fromkeys(one.marks[key] for one in asked if (key := answers.get(one.key, "")) in one.marks))


def offer_of(asked: Sequence[Question], answers: Mapping[str, str]) -> Checked:
    """An offer as its reader answered for it: no words of it are known, so nothing is quoted."""
    marks = marked(asked, answers)
    flags = [flag for flag in GRAVEST_FIRST if flag in marks]
    good = {GOOD[answer] for answer in answers.items() if answer in GOOD}
    unknown = {MISSING[one.key] for one in asked if one.key in MISSING and answers.get(one.key, "") in ("", UNKNOWN)}
    missing = unknown | ({Told.CONTRACT} if Flag.NO_CONTRACT in flags else set())
    return Checked(
        verdict_of(flags),
        tuple(Found(flag, "") for flag in flags),
        tuple(Found(sign, "") for sign in Good if sign in good),
        tuple(one for one in Told if one in missing),
    )


def job_of(asked: Sequence[Question], answers: Mapping[str, str]) -> list[Indicator]:
    """What the answers about the job somebody is in tell of."""
    marks = marked(asked, answers)
    return [one for one in Indicator if one in marks]
