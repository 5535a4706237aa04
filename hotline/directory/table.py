"""The directory as text that people edit: a TOML file per country, and one table with a row for each entry and step.

Spreadsheets take some cells for something else: `=…` for a formula that may send data away, 02800 for the number 2800, 2022-08
for a day in August. Such cells leave here with an apostrophe before them, which is taken off again on the way in.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hotline.directory.countries import COUNTRIES
from hotline.directory.file import BETWEEN, ENTRY_KEYS, KINDS, LISTS, SAID, STEP, STEP_KEYS
from hotline.directory.model import Country, Entry, Origin, Step

COUNTRY = "country"
COLUMNS = (COUNTRY, "kind", "zone", *dict.fromkeys((*ENTRY_KEYS, *STEP_KEYS)))
"""A row's kind is country (then it holds the zone alone), emergency, line, service or step."""

_MISREAD = re.compile(r"['=+\-@\t\r\n＝＋－＠].*|0[0-9]+|[0-9]{12,}|[0-9]{4}-[0-9]{2}(-[0-9]{2})?", re.DOTALL)


def table_of(country: Country) -> dict[str, Any]:
    """As the TOML file of a country holds it: what is empty is left out."""
    table: dict[str, Any] = {"zone": country.zone} if country.zone else {}
    for entry in country.entries:
        table.setdefault(entry.kind.value, []).append(_fields(entry, ENTRY_KEYS))
    if country.steps:
        table[STEP] = [_fields(step, STEP_KEYS) for step in country.steps]
    return table


def _fields(item: Entry | Step, keys: Iterable[str]) -> dict[str, Any]:
    values = {key: getattr(item.origin if hasattr(item.origin, key) else item, key) for key in keys}
    values["source_date"] = _day(item.origin)
    return {
        key: [str(one) for one in value] if key in LISTS else dict(value) if key in SAID else value
        for key, value in values.items()
        if value not in ("", (), {}, None)
    }


def _day(origin: Origin) -> datetime.date | str:
    try:
        return datetime.date.fromisoformat(origin.source_date) if len(origin.source_date) == 10 else origin.source_date
    except ValueError:
        return origin.source_date


def toml_of(country: Country) -> str:
    """The file of a country, always written the same way. `read_country` makes the same country of it."""
    table = table_of(country)
    lines = [f"# {country.name}. What each key means, and how an entry is checked: docs/directory.md"]
    if country.zone:
        lines.append(f"zone = {_toml(country.zone)}")
    for kind in KINDS:
        for one in table.get(kind, []):
            lines += ["", f"[[{kind}]]", *(f"{key} = {_toml(value)}" for key, value in one.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{tag} = {_toml(text)}' for tag, text in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(str(value), ensure_ascii=False)


def csv_of(countries: Iterable[Country]) -> str:
    """One table of everything, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    for country in countries:
        table = table_of(country)
        writer.writerow(_row(country.code, COUNTRY, {"zone": country.zone}))
        writer.writerows(_row(country.code, kind, one) for kind in KINDS for one in table.get(kind, []))
    return out.getvalue()


def _row(code: str, kind: str, values: Mapping[str, Any]) -> dict[str, str]:
    return {COUNTRY: code, "kind": kind, **{key: guarded(_cell(value)) for key, value in values.items()}}


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return f" {BETWEEN} ".join(f"{tag}: {text}" for tag, text in value.items())
    if isinstance(value, list):
        return f" {BETWEEN} ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, a number or a day; `unguarded` undoes it."""
    return f"'{cell}" if _MISREAD.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _MISREAD.fullmatch(cell[1:]) else cell


@dataclass(slots=True)
class Sheet:
    """What a CSV file holds: a table per country, as its TOML file would be; on which line each row began; mistakes."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[tuple[str, str, int], int] = field(default_factory=dict)
    mistakes: list[tuple[int, str]] = field(default_factory=list)


def read_csv(text: str) -> Sheet:
    """The tables of a CSV file with comma or semicolon, as spreadsheets save it. Values are checked by `read_country`."""
    sheet = Sheet()
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",", strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        if _columns_right(names, sheet):
            line = reader.line_num + 1
            for cells in reader:
                if any(cells):
                    _take(sheet, line, names, cells)
                line = reader.line_num + 1
    except csv.Error as fault:
        sheet.mistakes.append((reader.line_num, f"This is not CSV ({fault}): export the directory again."))
    return sheet


def _columns_right(names: list[str], sheet: Sheet) -> bool:
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in COLUMNS if name not in names]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1 and name in COLUMNS]
    sheet.mistakes += [(1, f"The column {name!r} is not known: use only {', '.join(COLUMNS)}.") for name in unknown]
    # Without the column, what stands in it now would be taken away without anybody having said so.
    sheet.mistakes += [
        (1, f"The column {name!r} is missing: leave it in, empty where nothing is known.") for name in missing
    ]
    sheet.mistakes += [(1, f"The column {name!r} stands here twice.") for name in twice]
    return not sheet.mistakes


def _take(sheet: Sheet, line: int, names: list[str], cells: list[str]) -> None:
    if len(cells) != len(names):
        sheet.mistakes.append((line, f"This row has {len(cells)} cells and the first row {len(names)}."))
        return
    given = {name: unguarded(cell.strip()) for name, cell in zip(names, cells, strict=True)}
    code, kind = given.pop(COUNTRY).upper(), given.pop("kind").lower()
    if code not in COUNTRIES:
        sheet.mistakes.append((line, f"{code!r} is not the code of a country (ISO 3166), such as NO."))
        return
    values = {key: _value(key, cell) for key, cell in given.items() if cell}
    table = sheet.tables.setdefault(code, {})
    if kind == COUNTRY:
        sheet.mistakes += [(line, f"{key} has no place in a row of kind country.") for key in values if key != "zone"]
        if (code, kind, 0) in sheet.lines:
            sheet.mistakes.append((line, f"{code} has a second row of kind country: one is enough."))
        table |= {key: value for key, value in values.items() if key == "zone"}
        sheet.lines[code, kind, 0] = line
    elif kind in KINDS:
        rows = table.setdefault(kind, [])
        sheet.lines[code, kind, len(rows)] = line
        rows.append(values)
    else:
        sheet.mistakes.append((line, f"{kind!r} is not a kind of row: write one of {COUNTRY}, {', '.join(KINDS)}."))


def _value(key: str, cell: str) -> Any:
    """As TOML would give it; what does not fit stays text, and `read_country` says what is wrong with it."""
    if key in SAID:
        pairs = [part.strip().partition(": ") for part in cell.split(BETWEEN)]
        texts = {tag: text.strip() for tag, _, text in pairs}
        return texts if len(texts) == len(pairs) else cell
    if key in LISTS:
        return [part.strip() for part in cell.split(BETWEEN)]
    if key == "anonymous":
        return {"yes": True, "no": False}.get(cell.lower(), cell)
    if key == "checked_on":
        try:
            return datetime.date.fromisoformat(cell)
        except ValueError:
            return cell
    return cell
