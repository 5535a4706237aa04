"""`hotline directory`: look into the directory, take it into a spreadsheet and back, and see what a person should check."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from app.cli import FINDINGS, USAGE, near, settings_of
from hotline.directory.countries import COUNTRIES
from hotline.directory.model import Country, Entry, Guide, Kind, Need, Origin
from hotline.directory.search import search
from hotline.directory.table import csv_of, table_of
from hotline.store.guide import has_own_comments, read_guide, read_sheet, unchecked_changes, write_country
from hotline.store.shelf import ContentError


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when nothing was found, 1 when something was."""
    wrong = _asked_wrongly(options)
    if wrong:
        print(f"hotline: {wrong} See hotline directory --help.", file=sys.stderr)
        return USAGE
    folder = settings_of(options).content / "directory"
    today = datetime.datetime.now(datetime.UTC).date()
    deeds: Mapping[str, Callable[[], int]] = {
        "list": lambda: _list(read_guide(folder), options, today),
        "check": lambda: _check(read_guide(folder, today), options.country, today),
        "export": lambda: _export(read_guide(folder), options.country, options.file),
        "import": lambda: _import(folder, options.file, today, write=options.write),
    }
    return deeds[options.deed]()


def _asked_wrongly(options: argparse.Namespace) -> str:
    takes_file = options.deed in ("export", "import")
    if takes_file and options.file is None:
        return f"{options.deed} needs the name of a CSV file."
    if not takes_file and options.file is not None:
        return f"{options.deed} takes no file."
    if options.write and options.deed != "import":
        return "--write belongs to import."
    if options.country and options.deed == "import":
        return "import takes every country of the file."
    if options.country and options.country.upper() not in COUNTRIES:
        return f"{options.country} is not the code of a country (ISO 3166), such as NO."
    if options.deed != "list" and (options.need or options.find):
        return "--need and --find belong to list."
    if options.need and options.need not in set(Need):
        return f"{options.need} is not a need: choose from {', '.join(Need)}."
    return ""


def _list(guide: Guide, options: argparse.Namespace, today: datetime.date) -> int:
    chosen = _chosen(guide, options.country)
    found = search(guide, options.find or "", options.country, options.need)
    if chosen is None or not found:
        print("Nothing in the directory fits." if chosen else _no_file(options.country))
        return FINDINGS
    for one in found:
        print(f"{one.country.code}  {_line(one.entry)}  [{standing(one.entry.origin, today)}]")
    if not (options.find or options.need):
        for country in chosen:
            for number, step in enumerate(country.steps, start=1):
                print(f"{country.code}  step {number}: {step.name}  [{standing(step.origin, today)}]")
    return 0


def _line(entry: Entry) -> str:
    abroad = [f"from abroad {number}" for number in entry.phones_abroad]
    sms = [f"SMS {number}" for number in entry.sms]
    ways = [*entry.phones, *abroad, *sms, *(way for way in (entry.chat, entry.web) if way)]
    return f"{entry.kind}: {entry.name}: {', '.join(ways)}"


def standing(origin: Origin, today: datetime.date) -> str:
    """In words for staff: confirmed by whom, or unconfirmed with what is known of its source."""
    if origin.confirmed(today):
        return f"checked on {origin.checked_on} by {origin.checked_by}"
    was = f"; last checked on {origin.checked_on} by {origin.checked_by}" if origin.checked_on else ""
    return f"unconfirmed: {origin.source}, {origin.source_date}, {origin.state}{was}"


def _check(guide: Guide, country: str | None, today: datetime.date) -> int:
    chosen = _chosen(guide, country)
    if chosen is None:
        print(_no_file(country))
        return FINDINGS
    stale = [(place, item) for place in chosen for item in place.unconfirmed(today)]
    for place, item in stale:
        shown = isinstance(item, Entry) and item.kind is Kind.EMERGENCY
        callers = "callers see it all the same" if shown else "hidden from callers"
        what = _line(item) if isinstance(item, Entry) else f"step: {item.name}"
        print(f"{place.code}  {what}  [{standing(item.origin, today)}; {callers}]")
    number = sum(len(place.everything) for place in chosen)
    print(f"{number} entries and steps: {len(stale) or 'none'} to be checked by a person.")
    return FINDINGS if stale else 0


def _export(guide: Guide, country: str | None, file: Path) -> int:
    chosen = _chosen(guide, country)
    if chosen is None:
        print(_no_file(country))
        return FINDINGS
    # With the mark at its head a spreadsheet knows the file as UTF-8.
    file.write_text(csv_of(chosen), encoding="utf-8-sig", newline="")
    print(f"{_counted(chosen)} written to {near(file)}.")
    return 0


def _import(folder: Path, file: Path, today: datetime.date, *, write: bool) -> int:
    guide = read_guide(folder)
    try:
        countries = read_sheet(file, today)
        findings = unchecked_changes(file, guide, countries)
    except ContentError as fault:
        countries, findings = [], fault.findings
    if findings:
        for finding in findings:
            print(f"{near(finding.file)}:{finding.line or 1}: {finding.what}")
        print("Nothing is written: mend this first.")
        return FINDINGS
    changed = []
    for country in countries:
        before = guide.lookup(country.code)
        differences = changes(before or Country(country.code), country)
        if before is None or differences:
            changed.append(country)
            print(f"{country.code}: {'changes' if before else 'new'}")
            print("".join(f"  {line}\n" for line in differences), end="")
    if not changed:
        print("Nothing in it differs from the directory.")
    elif not write:
        print("Nothing is written yet: add --write to take this over.")
    for country in changed if write else ():
        path = folder / f"{country.code.lower()}.toml"
        lost = " The comments that stood in it are gone." if has_own_comments(path) else ""
        print(f"{near(write_country(folder, country))} is written.{lost}")
    return 0


def changes(before: Country, after: Country) -> list[str]:
    """What an import would change, a line each: + is new, - is taken away, ~ is changed."""
    lines = [f"~ zone: {before.zone or 'none'} → {after.zone or 'none'}"] if before.zone != after.zone else []
    old, new = _rows(before), _rows(after)
    lines += [f"- {kind}: {name}" for kind, name in old if (kind, name) not in new]
    for (kind, name), row in new.items():
        was = old.get((kind, name))
        if was is None:
            lines.append(f"+ {kind}: {name}: {', '.join(f'{key} {_shown(row[key])}' for key in row if key != 'name')}")
            continue
        for key in dict.fromkeys((*was, *row)):
            if was.get(key) != row.get(key):
                lines.append(f"~ {kind}: {name}: {key}: {_shown(was.get(key))} → {_shown(row.get(key))}")
    if not lines and before != after:
        lines.append("~ the order of its entries")
    return lines


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"({tag}) {text}" for tag, text in value.items())
    if isinstance(value, list):
        return " and ".join(str(one) for one in value)
    return "none" if value is None else str(value)


def _rows(country: Country) -> dict[tuple[str, str], Mapping[str, object]]:
    table = table_of(country)
    steps = [("step", step.name, row) for step, row in zip(country.steps, table.get("step", []), strict=True)]
    entries = [(kind.value, row["name"], row) for kind in Kind for row in table.get(kind, [])]
    return {(kind, name): row for kind, name, row in (*entries, *steps)}


def _chosen(guide: Guide, country: str | None) -> list[Country] | None:
    """The countries asked for; None if the one that was named is not there."""
    if not country:
        return list(guide)
    found = guide.lookup(country)
    return [found] if found else None


def _no_file(country: str | None) -> str:
    return (
        f"The directory has no {COUNTRIES[(country or '').upper()]}: content/directory/{(country or '').lower()}.toml."
    )


def _counted(chosen: Iterable[Country]) -> str:
    rows = [len(country.everything) for country in chosen]
    return f"{len(rows)} countries with {sum(rows)} entries and steps"
