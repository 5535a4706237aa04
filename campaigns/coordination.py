"""Whose campaign reaches whom, where and when: what runs together, and whom nobody reaches. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from campaigns.audience import Audience
from campaigns.campaign import Campaign

Days = tuple[datetime.date, datetime.date]


@dataclass(frozen=True, slots=True)
class Entry:
    """One campaign in the calendar, ours or a partner's. Days are both included; nothing named means not known."""

    organisation: str
    title: str
    starts: datetime.date
    ends: datetime.date
    audiences: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    address: str = ""
    ours: bool = False

    def meets(self, other: Entry) -> Days | None:
        """The days on which both run."""
        first, last = max(self.starts, other.starts), min(self.ends, other.ends)
        return (first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two campaigns for the same people in the same place at the same time. `sure`: both say whom they are for and where;
    else one of them leaves it open."""

    one: Entry
    two: Entry
    days: Days
    audiences: tuple[str, ...]
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which nobody reaches this audience; `language` empty: in no language at all."""

    audience: str
    language: str
    days: Days


def entry_of(campaign: Campaign, public_url: str) -> Entry:
    """Our own campaign as the calendar has it, under its title in its source language."""
    source = campaign.pages[campaign.source]
    return Entry(
        campaign.organisation,
        source.title,
        campaign.starts,
        campaign.ends,
        campaign.audiences,
        campaign.countries,
        tuple(sorted(campaign.pages)),
        f"{public_url}/{campaign.source}/c/{campaign.slug}",
        ours=True,
    )


def overlaps(entries: Sequence[Entry]) -> list[Overlap]:
    """Every two that meet, the sure ones first, then by day. Two of one organisation are its own affair and are named too."""
    found = []
    for one, two in combinations(entries, 2):
        days = one.meets(two)
        if days is None:
            continue
        people, people_known = _shared(one.audiences, two.audiences)
        places, places_known = _shared(one.countries, two.countries)
        if people is None or places is None:
            continue
        tongues, _ = _shared(one.languages, two.languages)
        if tongues is None:
            continue  # the same people in other languages complete each other
        sure = people_known and places_known
        if sure or people_known:
            found.append(Overlap(one, two, days, people, places, tongues, sure))
    return sorted(found, key=lambda one: (not one.sure, one.days, one.one.title, one.two.title))


def _shared(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[tuple[str, ...] | None, bool]:
    """What both name, None if both name something and share nothing; and whether both name something."""
    if not one or not two:
        return (), False
    shared = tuple(sorted(set(one) & set(two)))
    return (shared or None), True


def gaps(
    audiences: Mapping[str, Audience], entries: Iterable[Entry], first: datetime.date, last: datetime.date
) -> list[Gap]:
    """Whom nobody reaches between these days: an audience in no language, or in one of its languages."""
    every = list(entries)
    found: list[Gap] = []
    for slug, audience in sorted(audiences.items()):
        theirs = [entry for entry in every if slug in entry.audiences]
        without = _uncovered(theirs, first, last)
        found += [Gap(slug, "", days) for days in without]
        for language in audience.languages:
            spoken = [entry for entry in theirs if not entry.languages or language in entry.languages]
            found += [Gap(slug, language, days) for days in _uncovered(spoken, first, last) if days not in without]
    return found


def _uncovered(entries: Iterable[Entry], first: datetime.date, last: datetime.date) -> list[Days]:
    reached, found, day = first, list[Days](), datetime.timedelta(days=1)
    for entry in sorted(entries, key=lambda one: (one.starts, one.ends)):
        if entry.ends < reached or entry.starts > last:
            continue
        if entry.starts > reached:
            found.append((reached, entry.starts - day))
        reached = max(reached, entry.ends + day)
    if reached <= last:
        found.append((reached, last))
    return found
