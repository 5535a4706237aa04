"""What can stand in a job offer: flags, good signs, and what an offer tells; and the verdict they make. Closed lists."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Flag(StrEnum):
    """A red flag: a deed that breaks a norm. Set only when the text itself shows it."""

    UPFRONT_FEE = "upfront_fee"
    DEBT_ADVANCE = "debt_advance"
    DOCUMENTS_KEPT = "documents_kept"
    TOURIST_VISA = "tourist_visa"
    NO_CONTRACT = "no_contract"
    VAGUE_JOB = "vague_job"
    PAY_TOO_GOOD = "pay_too_good"
    URGENT_PRESSURE = "urgent_pressure"
    SECRECY = "secrecy"
    TRAVEL_CONTROLLED = "travel_controlled"
    MESSENGER_ONLY = "messenger_only"
    PHOTOS_REQUESTED = "photos_requested"
    HOUSING_TIED = "housing_tied"
    WAGE_WITHHELD = "wage_withheld"
    CONTRACT_SWITCH = "contract_switch"
    ISOLATION_SCAM = "isolation_scam"
    MINOR_RECRUITED = "minor_recruited"
    LONG_HOURS_NOREST = "long_hours_norest"


class Good(StrEnum):
    """A good sign: a deed as it should be. It takes no flag away."""

    KEEPS_PASSPORT = "keeps_passport"
    FREE_TO_WORKER = "free_to_worker"
    CONTRACT_FIRST = "contract_first"
    PAID_REGULARLY = "paid_regularly"
    FREE_TO_LEAVE = "free_to_leave"


class Told(StrEnum):
    """What a fair offer tells. What is not told is shown as missing."""

    EMPLOYER = "employer"
    PLACE = "place"
    PAY = "pay"
    HOURS = "hours"
    CONTRACT = "contract"
    TICKET = "ticket"
    PERMIT = "permit"


class Verdict(StrEnum):
    """In words, never “safe”."""

    STOP_AND_CHECK = "stop_and_check"
    CHECK_FIRST = "check_first"
    NO_FLAGS_FOUND = "no_flags_found"


LIGHT = frozenset({Flag.VAGUE_JOB, Flag.PAY_TOO_GOOD, Flag.MESSENGER_ONLY, Flag.URGENT_PRESSURE, Flag.NO_CONTRACT})
"""Alone they are a reason to ask; honest but careless employers write so too."""

GRAVEST_FIRST = (
    Flag.ISOLATION_SCAM, Flag.MINOR_RECRUITED, Flag.DOCUMENTS_KEPT, Flag.SECRECY, Flag.CONTRACT_SWITCH, Flag.HOUSING_TIED,
    Flag.TRAVEL_CONTROLLED, Flag.DEBT_ADVANCE, Flag.UPFRONT_FEE, Flag.WAGE_WITHHELD, Flag.TOURIST_VISA,
    Flag.LONG_HOURS_NOREST, Flag.PHOTOS_REQUESTED, Flag.NO_CONTRACT, Flag.VAGUE_JOB, Flag.MESSENGER_ONLY,
    Flag.URGENT_PRESSURE, Flag.PAY_TOO_GOOD,
)  # fmt: skip
"""The order in which flags are told: what takes freedom away before what takes money."""


def verdict_of(sure: Collection[Flag], possible: Collection[Flag] = ()) -> Verdict:
    """One grave flag, or two of any kind, say stop; anything else found says check. `possible`: only the model saw it."""
    if len(sure) > 1 or any(flag not in LIGHT for flag in sure):
        return Verdict.STOP_AND_CHECK
    return Verdict.CHECK_FIRST if sure or possible else Verdict.NO_FLAGS_FOUND
