"""The job somebody is in: the eleven indicators of forced labour (ILO), and how much of it there is. Closed lists. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Indicator(StrEnum):
    """An indicator, by the question that content/scripts/job_now.toml asks about it."""

    PAPERS = "papers"
    """Retention of identity documents."""

    MOVE = "move"
    """Restriction of movement."""

    WAGES = "wages"
    """Withholding of wages."""

    DEBT = "debt"
    """Debt bondage."""

    DECEIVED = "deceived"
    """Deception."""

    HOURS = "hours"
    """Excessive overtime."""

    CONDITIONS = "conditions"
    """Abusive working and living conditions."""

    ALONE = "alone"
    """Isolation."""

    USE = "use"
    """Abuse of vulnerability."""

    THREAT = "threat"
    """Intimidation and threats."""

    HARM = "harm"
    """Physical and sexual violence."""


class Much(StrEnum):
    """How much of what must not be there is in a job."""

    MANY = "many"
    SOME = "some"
    NONE = "none"


GRAVE = frozenset({Indicator.MOVE, Indicator.THREAT, Indicator.HARM})
"""Each of these alone is much."""

MANY = 3
"""So many are much, whichever they are."""


def much_of(found: Collection[Indicator]) -> Much:
    if len(found) >= MANY or not GRAVE.isdisjoint(found):
        return Much.MANY
    return Much.SOME if found else Much.NONE
