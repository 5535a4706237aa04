"""The directory: where a caller can be referred to, country by country, and what of it a caller may be shown.

A number that somebody only read somewhere may ring at the wrong desk, or at nobody's. So an entry is *unconfirmed* until a
person has rung it or read the official page, and again CONFIRMED_DAYS later: staff see it with its source, callers do not.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from hotline.directory.countries import COUNTRIES
from hotline.directory.hours import Span

CONFIRMED_DAYS = 180
"""How long what a person has checked may be shown to callers."""


class Need(StrEnum):
    """What somebody may need: a closed list, so that it can be chosen, counted and translated."""

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
    INTERPRETATION = "interpretation"
    CHILDREN = "children"
    EMERGENCY = "emergency"
    PSYCHOLOGICAL = "psychological"
    MATERIAL = "material"
    TRAFFICKING_LINE = "trafficking_line"
    WAGE_CLAIM = "wage_claim"
    POLICE = "police"


class Kind(StrEnum):
    EMERGENCY = "emergency"
    LINE = "line"
    SERVICE = "service"


class State(StrEnum):
    """How a source was found."""

    READ = "read"
    OLD = "read, old"
    CONFLICT = "conflict"


class Cost(StrEnum):
    FREE = "free"
    PAID = "paid"
    UNKNOWN = ""


class Serves(StrEnum):
    ALL = "all"
    WOMEN = "women"
    MEN = "men"
    CHILDREN = "children"
    FAMILIES = "families"
    WORKERS = "workers"
    PROFESSIONALS = "professionals"


class Police(StrEnum):
    """Whether the police hear of a caller."""

    CONSENT = "only with your yes"
    DANGER = "only with your yes, or to save a life or a child"
    THEMSELVES = "the police answer"
    UNKNOWN = ""


Said = Mapping[str, str]
"""One text in several languages, by tag."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was read and when, and who has made sure of it since. Both `checked_*` are there, or neither.

    `source_date` is a day, a month, a year (`2022-08`), or "undated". `note` is for staff alone.
    """

    source: str
    source_date: str
    state: State
    note: str = ""
    checked_on: datetime.date | None = None
    checked_by: str = ""

    def confirmed(self, today: datetime.date) -> bool:
        """A named person has checked it, not in the future (a slip, or a wrong clock) and not too long ago."""
        if self.checked_on is None or not self.checked_by:
            return False
        return 0 <= (today - self.checked_on).days <= CONFIRMED_DAYS


@dataclass(frozen=True, slots=True)
class Entry:
    """An emergency number, a help line, or a service. Whatever no source says is empty, or None, and means unknown."""

    kind: Kind
    name: str
    origin: Origin
    needs: tuple[Need, ...] = ()
    phones: tuple[str, ...] = ()
    phones_abroad: tuple[str, ...] = ()
    sms: tuple[str, ...] = ()
    chat: str = ""
    web: str = ""
    open: str = ""
    spans: tuple[Span, ...] = ()
    hours: Said = field(default_factory=dict)
    cost: Cost = Cost.UNKNOWN
    languages: tuple[str, ...] = ()
    serves: tuple[Serves, ...] = ()
    anonymous: bool | None = None
    police: Police = Police.UNKNOWN

    def ways(self) -> tuple[str, ...]:
        """Everything by which it is reached."""
        return (*self.phones, *self.phones_abroad, *self.sms, *(way for way in (self.chat, self.web) if way))

    def open_at(self, local: datetime.datetime) -> bool | None:
        """Whether it is open at a moment of its own country's clock; None when no hours are known."""
        if not self.spans:
            return None
        return any(span.holds(local.weekday(), local.hour * 60 + local.minute) for span in self.spans)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a national referral pathway: what happens, and who does it, if a source says."""

    title: Said
    who: str
    what: Said
    origin: Origin

    @property
    def name(self) -> str:
        """Its title in English, or in whatever language it has."""
        return in_language(self.title, "en")[0]


@dataclass(frozen=True, slots=True)
class Country:
    """All that is known of one country. `code` is ISO 3166-1 in capitals, `zone` an IANA time zone, if one is needed."""

    code: str
    zone: str = ""
    entries: tuple[Entry, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        return COUNTRIES[self.code]

    @property
    def everything(self) -> tuple[Entry | Step, ...]:
        return (*self.entries, *self.steps)

    def of(self, *kinds: Kind) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.kind in kinds)

    def unconfirmed(self, today: datetime.date) -> tuple[Entry | Step, ...]:
        """What a person should check next; emergency numbers too, though callers see them meanwhile."""
        return tuple(item for item in self.everything if not item.origin.confirmed(today))


def for_callers(country: Country, today: datetime.date) -> Country:
    """The country as a caller may see it: what is confirmed, and the bare emergency numbers that have a source.

    What nobody has checked about an emergency number is left out: a promise such as "no name" must hold.
    """
    entries = []
    for entry in country.entries:
        if entry.origin.confirmed(today):
            entries.append(entry)
        elif entry.kind is Kind.EMERGENCY and entry.origin.source and (entry.phones or entry.sms):
            entries.append(Entry(entry.kind, entry.name, entry.origin, entry.needs, phones=entry.phones, sms=entry.sms))
    steps = tuple(step for step in country.steps if step.origin.confirmed(today))
    return Country(country.code, country.zone, tuple(entries), steps)


@dataclass(frozen=True, slots=True)
class Guide:
    """The countries of the directory, by code."""

    countries: Mapping[str, Country] = field(default_factory=dict)

    def lookup(self, country: str) -> Country | None:
        """The country of a code, in any case; None if the directory has none. For staff: a caller sees `for_callers`."""
        return self.countries.get(country.strip().upper())

    def __iter__(self) -> Iterator[Country]:
        return iter(self.countries.values())


def in_language(text: Said, language: str) -> tuple[str, str]:
    """A text in a language, with its tag: in English, else in any, where it is not written in this one."""
    for tag in (language, "en", *text):
        if text.get(tag):
            return text[tag], tag
    return "", language


def forgets_to_check_again(before: Country, after: Country) -> list[Entry | Step]:
    """What is no longer as it was when it was checked, and yet bears the same check. A translation may be added."""
    entries = {(entry.kind, entry.name): entry for entry in before.entries}
    steps = {step.name: step for step in before.steps}
    found: list[Entry | Step] = []
    for entry in after.entries:
        was = entries.get((entry.kind, entry.name))
        if was is not None and _same_check(was.origin, entry.origin):
            same = replace(entry, origin=was.origin, hours=was.hours) == was and _kept(was.hours, entry.hours)
            found += [] if same else [entry]
    for step in after.steps:
        then = steps.get(step.name)
        if then is not None and _same_check(then.origin, step.origin):
            same = then.who == step.who and _kept(then.what, step.what)
            found += [] if same else [step]
    return found


def _same_check(before: Origin, after: Origin) -> bool:
    return after.checked_on is not None and after.checked_on == before.checked_on


def _kept(before: Said, after: Said) -> bool:
    return all(after.get(tag) == text for tag, text in before.items())
