"""Rules of repetition (RFC 5545, RRULE) as far as they speak of weeks. Nothing is counted out one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from hotline.shifts import LATEST, MOST_WEEKS, Pattern

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN_PARTS = {"FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"}


class NotWeekly(Exception):
    """The rule is not one of weeks; says what about it is not understood."""


def repeated(pattern: Pattern, rule: Mapping[str, Any], begins: datetime, zone: tzinfo) -> Pattern:
    """A single shift, made to repeat as the rule says. Only what a week can say is understood; else NotWeekly."""
    parts = {str(name).upper(): list(value) if isinstance(value, list) else [value] for name, value in rule.items()}
    freq = str(parts.get("FREQ", [""])[0]).upper()
    every = int(parts.get("INTERVAL", [1])[0])
    if set(parts) - _KNOWN_PARTS or freq not in ("WEEKLY", "DAILY") or (freq == "DAILY" and every != 1):
        raise NotWeekly("only shifts that repeat by the week are understood.")
    if every > 1 and str(parts.get("WKST", ["MO"])[0]).upper() != "MO":
        raise NotWeekly("its weeks begin on another day than Monday.")
    if not 1 <= every <= MOST_WEEKS:
        raise NotWeekly(f"it comes back less often than every {MOST_WEEKS} weeks.")
    days = [str(day).upper() for day in parts.get("BYDAY", WEEKDAYS if freq == "DAILY" else ())]
    if any(day not in WEEKDAYS for day in days):
        raise NotWeekly("only shifts that repeat by the week are understood.")
    chosen = frozenset(map(WEEKDAYS.index, days)) or pattern.days
    if begins.weekday() not in chosen:
        raise NotWeekly("its first day is none of the days on which it repeats.")
    pattern = replace(pattern, days=chosen, every=every, last=None)
    if "UNTIL" in parts:
        return replace(pattern, last=_until(parts["UNTIL"][0], begins, zone))
    return replace(pattern, last=_nth(pattern, int(parts["COUNT"][0]))) if "COUNT" in parts else pattern


def _until(until: Any, begins: datetime, zone: tzinfo) -> date:
    """The last day on which it can begin."""
    if not isinstance(until, datetime):
        if not isinstance(until, date):
            raise NotWeekly("UNTIL cannot be read.")
        last = until
    else:
        try:
            shown = until.astimezone(zone).replace(tzinfo=None) if until.tzinfo is not None else until
            last = shown.date() if shown.time() >= begins.time() else shown.date() - timedelta(days=1)
        except OverflowError:
            last = LATEST
    if last < begins.date():
        raise NotWeekly("it ends before it begins.")
    return min(last, LATEST)


def _nth(pattern: Pattern, count: int) -> date:
    """The day of the last of `count` times, worked out and not counted out."""
    if not 1 <= count <= 10_000:
        raise NotWeekly("it repeats more than 10000 times: leave the end out.")
    monday = pattern.first - timedelta(days=pattern.first.weekday())
    days = sorted(pattern.days)
    weeks, place = divmod(days.index(pattern.first.weekday()) + count - 1, len(days))
    try:
        return min(monday + timedelta(weeks=weeks * pattern.every, days=days[place]), LATEST)
    except OverflowError:
        return LATEST
