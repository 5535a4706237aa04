"""Which questions to ask the recruiter: one for each flag, then one for what the offer does not say. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.offers.check import Checked
from hotline.offers.flags import Flag, Told

_FOR_MISSING: Mapping[Told, Flag] = {
    Told.EMPLOYER: Flag.VAGUE_JOB,
    Told.CONTRACT: Flag.NO_CONTRACT,
    Told.PERMIT: Flag.TOURIST_VISA,
    Told.HOURS: Flag.LONG_HOURS_NOREST,
    Told.PAY: Flag.WAGE_WITHHELD,
    Told.TICKET: Flag.DEBT_ADVANCE,
}
"""The question that also asks for what is missing."""

NO_QUESTION = frozenset({Flag.MINOR_RECRUITED})
"""Where a child is recruited nothing is to be asked of the recruiter."""


def questions_of(checked: Checked) -> tuple[Flag, ...]:
    """The flags whose questions to ask, in the order in which to ask them, each once: what only the model saw comes later."""
    asked = [flag for flag in (*checked.sure, *checked.codes) if flag not in NO_QUESTION]
    asked += [flag for missing, flag in _FOR_MISSING.items() if missing in checked.missing]
    return tuple(dict.fromkeys(asked))
