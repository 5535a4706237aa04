"""What a talk keeps of an offer that was checked, or of answers about a job: codes of two closed lists, never words. Pure."""

from __future__ import annotations

from collections.abc import Collection

from hotline.offers.check import Checked
from hotline.offers.flags import GRAVEST_FIRST, Flag, Verdict, verdict_of
from hotline.offers.indicators import Indicator, Much, much_of

CODES = (*Flag, *Indicator)
"""What a choice of a script can mark."""

MAYBE = "?"
"""What stands behind a flag that only the model saw."""


def marks_of(checked: Checked) -> tuple[str, ...]:
    """The flags of an offer, the gravest first."""
    return tuple(f"{one.code}{MAYBE if one.possible else ''}" for one in checked.flags)


def flags_in(marks: Collection[str]) -> tuple[Flag, ...]:
    """The flags in the order in which they are told: what is sure, then what only the model saw; the gravest first."""
    return (*sure_in(marks), *(flag for flag in GRAVEST_FIRST if is_possible(flag, marks)))


def is_possible(flag: Flag, marks: Collection[str]) -> bool:
    """Whether only the model saw this flag."""
    return f"{flag}{MAYBE}" in marks and flag not in marks


def verdict_in(marks: Collection[str]) -> Verdict:
    return verdict_of(sure_in(marks), flags_in(marks))


def much_in(marks: Collection[str]) -> Much:
    return much_of([one for one in Indicator if one in marks])


def sure_in(marks: Collection[str]) -> tuple[Flag, ...]:
    """The flags that a rule found or somebody answered to, the gravest first."""
    return tuple(flag for flag in GRAVEST_FIRST if flag in marks)
