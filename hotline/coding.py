"""What a responder says of a contact when it ends: closed lists, and what the script knew already.

There is no free text, and no country: a region is as close as it comes. docs/closing.md maps every value to the terms
of IC-TIP and CTDC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from hotline.directory.model import Need as Referral
from hotline.tally import STAFF_OUTCOMES, Outcome
from hotline.triage.script import Place
from hotline.triage.signals import Code, Signal


class Need(StrEnum):
    """What was needed most."""

    UNKNOWN = "unknown"
    SAFETY = "safety"
    HEALTH = "health"
    HOUSING = "housing"
    LEGAL = "legal"
    RECOVERY_PERIOD = "recovery_period"
    RESIDENCE = "residence"
    EDUCATION = "education"
    WORK = "work"
    COMPENSATION = "compensation"
    TRIAL_PROTECTION = "trial_protection"
    RECORD_ERASURE = "record_erasure"
    SAFE_RETURN = "safe_return"
    ASYLUM = "asylum"
    CHILDREN = "children"
    MATERIAL = "material"
    INTERPRETATION = "interpretation"
    INFORMATION = "information"


class Exploitation(StrEnum):
    """What kind of exploitation was told of."""

    UNKNOWN = "unknown"
    NONE = "none"
    SEXUAL = "sexual"
    LABOUR = "labour"
    DOMESTIC = "domestic"
    BEGGING = "begging"
    CRIME = "crime"
    MARRIAGE = "marriage"
    ORGANS = "organs"


class Sector(StrEnum):
    """Where the work was, or would have been."""

    UNKNOWN = "unknown"
    AGRICULTURE = "agriculture"
    BEAUTY = "beauty"
    BEGGING = "begging"
    CARE = "care"
    CLEANING = "cleaning"
    CONSTRUCTION = "construction"
    DOMESTIC = "domestic"
    FISHING = "fishing"
    HOSPITALITY = "hospitality"
    MANUFACTURING = "manufacturing"
    SEX_WORK = "sex_work"
    SCAM = "scam"
    SPORT = "sport"
    TRANSPORT = "transport"
    OTHER = "other"


class Age(StrEnum):
    """How old the person is whom it is about. `UNDER_18`: a child, and no more is known."""

    UNKNOWN = "unknown"
    UNDER_15 = "under_15"
    FROM_15 = "15_17"
    UNDER_18 = "under_18"
    FROM_18 = "18_24"
    FROM_25 = "25_34"
    FROM_35 = "35_49"
    FROM_50 = "50_up"


class Gender(StrEnum):
    UNKNOWN = "unknown"
    WOMAN = "woman"
    MAN = "man"
    ANOTHER = "another"


class Region(StrEnum):
    """Regions of the United Nations' list M49; the small islands of the Pacific are one."""

    UNKNOWN = "unknown"
    AFRICA_NORTH = "africa_north"
    AFRICA_EAST = "africa_east"
    AFRICA_MIDDLE = "africa_middle"
    AFRICA_SOUTH = "africa_south"
    AFRICA_WEST = "africa_west"
    AMERICA_NORTH = "america_north"
    AMERICA_CENTRAL = "america_central"
    AMERICA_SOUTH = "america_south"
    CARIBBEAN = "caribbean"
    ASIA_CENTRAL = "asia_central"
    ASIA_EAST = "asia_east"
    ASIA_SOUTHEAST = "asia_southeast"
    ASIA_SOUTH = "asia_south"
    ASIA_WEST = "asia_west"
    EUROPE_EAST = "europe_east"
    EUROPE_NORTH = "europe_north"
    EUROPE_SOUTH = "europe_south"
    EUROPE_WEST = "europe_west"
    AUSTRALIA = "australia"
    PACIFIC = "pacific"


LISTS: Mapping[str, type[StrEnum]] = {
    "need": Need,
    "exploitation": Exploitation,
    "sector": Sector,
    "age": Age,
    "gender": Gender,
    "region": Region,
    "origin": Region,
}
"""Each attribute that is asked for with its values. `region`: of the exploitation; `origin`: where the person is from."""

REFERRAL = "referral"
REFERRAL_CROSSED = ("exploitation", "region")
"""Referrals can be several, so they are counted each, and crossed with nothing but these."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What is counted of a contact besides its channel, language and level."""

    need: Need = Need.UNKNOWN
    exploitation: Exploitation = Exploitation.UNKNOWN
    sector: Sector = Sector.UNKNOWN
    age: Age = Age.UNKNOWN
    gender: Gender = Gender.UNKNOWN
    region: Region = Region.UNKNOWN
    origin: Region = Region.UNKNOWN
    outcome: Outcome = Outcome.UNKNOWN
    referrals: frozenset[Referral] = frozenset()

    def attributes(self) -> dict[str, str]:
        return {name: str(getattr(self, name)) for name in LISTS}


class NotInTheLists(ValueError):
    """Something else than a value of the lists was given."""


def read(form: Mapping[str, str]) -> Coding:
    """The codes of a form; what is left out is unknown, but how it ended must be said. NotInTheLists for all else."""
    try:
        outcome = Outcome(form.get("outcome", ""))
        values = {name: values(form.get(name, "unknown")) for name, values in LISTS.items()}
        ticked = [name.partition("/")[2] for name in form if name.startswith(f"{REFERRAL}/")]
        referrals = frozenset(Referral(one) for one in ticked)
    except ValueError:
        raise NotInTheLists from None
    if outcome not in STAFF_OUTCOMES:
        raise NotInTheLists
    return Coding(**values, outcome=outcome, referrals=referrals)  # type: ignore[arg-type]  # LISTS holds the fields' types


_BY_STEP: Mapping[Place, Need] = {
    Place("rights", "pay"): Need.COMPENSATION,
    Place("exploited", "pay"): Need.COMPENSATION,
    Place("exploited", "debt"): Need.LEGAL,
    Place("exploited", "papers"): Need.LEGAL,
    Place("exploited", "leave"): Need.LEGAL,
    Place("rights", "leave"): Need.LEGAL,
    Place("rights", "permit"): Need.RESIDENCE,
    Place("rights", "home"): Need.SAFE_RETURN,
}
"""What a caller chose in the script, as a need."""

_BY_SIGNAL: Mapping[str, Need] = {
    Code.DANGER: Need.SAFETY,
    Code.SELFHARM: Need.HEALTH,
    Code.MINOR: Need.CHILDREN,
    Code.JOBOFFER: Need.INFORMATION,
    Code.INFO: Need.INFORMATION,
}
_PRESSING = frozenset({Code.DANGER.value, Code.SELFHARM.value, Code.MINOR.value})
_AGE = re.compile(r"\d+")


def guessed(signals: Iterable[Signal], trail: Iterable[Place]) -> Coding:
    """What the page shows as chosen before anybody has chosen: what was heard and answered, and unknown otherwise.

    A language says nothing of where somebody is from, nor their words of what they are, so neither is guessed.
    """
    heard = {signal.code: signal for signal in signals if signal.sure}
    chosen = [_BY_STEP[place] for place in trail if place in _BY_STEP]
    pressing = [need for code, need in _BY_SIGNAL.items() if code in heard and code in _PRESSING]
    other = [need for code, need in _BY_SIGNAL.items() if code in heard]
    need = next(iter([*pressing, *reversed(chosen), *other]), Need.UNKNOWN)
    return replace(Coding(need=need), age=_age_in(heard.get(Code.MINOR)))


def _age_in(minor: Signal | None) -> Age:
    """The age that was said, if it is a child's; digits of any script."""
    if minor is None:
        return Age.UNKNOWN
    years = [int(number) for number in _AGE.findall(minor.evidence) if len(number) <= 2]
    children = [one for one in years if one < 18]
    if not children:
        return Age.UNDER_18
    return Age.UNDER_15 if children[0] < 15 else Age.FROM_15
