"""Reads the directory from content/directory, once, at start; and a CSV file of it, before it is taken over."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from hotline.directory.countries import COUNTRIES
from hotline.directory.file import Mistake, read_country
from hotline.directory.model import Country, Entry, Guide, forgets_to_check_again
from hotline.directory.table import COUNTRY, Sheet, read_csv, toml_of
from hotline.store.shelf import ContentError, Finding, read_toml


def read_guide(folder: Path, today: datetime.date | None = None, *, needed: Iterable[str] = ()) -> Guide:
    """Every country of a folder, or ContentError with every finding.

    `needed` names countries that must have a file. With `today`, dates in the future are found too.
    """
    countries: dict[str, Country] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        code = path.stem.upper()
        if path.stem != path.stem.lower() or code not in COUNTRIES:
            findings.append(Finding(path, 0, f"{path.name} is not named after a country (ISO 3166), such as no.toml."))
            continue
        try:
            country, mistakes = read_country(code, read_toml(path), today)
        except ContentError as fault:
            findings += fault.findings
            continue
        countries[code] = country
        mistakes += _zone(country)
        findings += _found(path, mistakes)
    findings += [
        Finding(folder, 0, f"{code.lower()}.toml is missing: nobody could be told where to turn in {_named(code)}.")
        for code in needed
        if code and not (folder / f"{code.lower()}.toml").exists()
    ]
    if findings:
        raise ContentError(findings)
    return Guide(countries)


def open_now(country: Country, entry: Entry, now: float) -> bool | None:
    """Whether it is open at this moment, by the clock of its country; None when that cannot be said."""
    try:
        zone = ZoneInfo(country.zone) if country.zone else datetime.UTC
    except (KeyError, OSError, ValueError):  # some machines have no zones at all
        return None
    if not country.zone and entry.open != "always":
        return None
    return entry.open_at(datetime.datetime.fromtimestamp(now, zone))


def read_sheet(path: Path, today: datetime.date) -> list[Country]:
    """The countries of a CSV file, or ContentError with the line of every mistake."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ContentError([Finding(path, 0, "This file is missing.")]) from None
    except UnicodeDecodeError as fault:
        raise ContentError([Finding(path, 0, f"Byte {fault.start} is not UTF-8: save the file as UTF-8.")]) from None
    sheet = read_csv(text)
    findings = [Finding(path, line, what) for line, what in sheet.mistakes]
    countries = []
    for code, table in sheet.tables.items() if not findings else ():
        country, mistakes = read_country(code, table, today)
        mistakes += _zone(country)
        findings += [Finding(path, _row_of(sheet, code, mistake), f"{code}: {mistake.what}") for mistake in mistakes]
        countries.append(country)
    if not countries and not findings:
        findings.append(Finding(path, 0, "There is no row in it."))
    if findings:
        raise ContentError(findings)
    return countries


def unchecked_changes(path: Path, guide: Guide, countries: Iterable[Country]) -> list[Finding]:
    """What a CSV file may not do: change a number and keep the check that somebody made of the old one."""
    what = "it changed, and its check is still the old one: check it again, or empty checked_on and checked_by."
    return [
        Finding(path, 0, f"{country.code}, {item.name}: {what}")
        for country in countries
        if (before := guide.lookup(country.code)) is not None
        for item in forgets_to_check_again(before, country)
    ]


def write_country(folder: Path, country: Country) -> Path:
    """Write one country's file, whole or not at all. It is public content, so whoever serves it may read it."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    path = folder / f"{country.code.lower()}.toml"
    draft = path.with_suffix(".new")
    draft.write_text(toml_of(country), encoding="utf-8")
    draft.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    os.replace(draft, path)
    return path


def has_own_comments(path: Path) -> bool:
    """Whether somebody has written comments into a file, which are lost when it is written anew."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return any(line.lstrip().startswith("#") for line in lines[1:])


def _zone(country: Country) -> list[Mistake]:
    try:
        ZoneInfo(country.zone or "UTC")
    except (KeyError, OSError, ValueError):
        if available_timezones():  # else this machine knows no zone, and the file may well be right
            return [Mistake("", 0, "zone", f"{country.zone!r} is not a time zone: write one like Europe/Oslo.")]
    return []


def _named(code: str) -> str:
    return COUNTRIES.get(code.upper(), code)


def _found(path: Path, mistakes: Iterable[Mistake]) -> list[Finding]:
    if not mistakes:
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Finding(path, _line_of(lines, mistake), mistake.what) for mistake in mistakes]


def _line_of(lines: list[str], mistake: Mistake) -> int:
    """The line of the key a mistake names, else of its table; 0 where TOML was written in another way than usual."""
    heads = [number for number, line in enumerate(lines, 1) if line.split("#")[0].strip() == f"[[{mistake.kind}]]"]
    if mistake.kind and mistake.index >= len(heads):
        return 0
    first = heads[mistake.index] if mistake.kind else 0
    key = re.compile(rf"\s*\"?{re.escape(mistake.key)}\"?\s*=|\s*\[+\s*{re.escape(mistake.key)}\s*\]+")
    for number, line in enumerate(lines[first:], first + 1):
        if key.match(line):
            return number
        if mistake.kind and line.lstrip().startswith("["):
            break
    return first


def _row_of(sheet: Sheet, code: str, mistake: Mistake) -> int:
    return sheet.lines.get((code, mistake.kind or COUNTRY, mistake.index), 0)
