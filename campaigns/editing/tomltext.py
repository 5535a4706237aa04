"""TOML as we write it: new files, and single values of a file that keep every other line as it is. Pure."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from typing import Any

_HEAD = re.compile(r"^\s*\[")
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")


def toml_of(table: Mapping[str, Any]) -> str:
    """A table of texts, numbers, dates, lists of texts and tables of these."""
    plain = [line_of(key, value) for key, value in table.items() if not isinstance(value, Mapping)]
    parts = ["\n".join(plain)] if plain else []
    for key, value in table.items():
        if isinstance(value, Mapping):
            parts += _tables(_name(key), value)
    return "\n\n".join(parts) + "\n" if parts else ""


def _tables(name: str, table: Mapping[str, Any]) -> list[str]:
    own = [line_of(key, value) for key, value in table.items() if not isinstance(value, Mapping)]
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    parts = ["\n".join([f"[{name}]", *own])] if own or not inner else []
    for key, value in inner.items():
        parts += _tables(f"{name}.{_name(key)}", value)
    return parts


def line_of(key: str, value: object) -> str:
    return f"{_name(key)} = {_value(value)}"


def _name(key: str) -> str:
    return key if _BARE.match(key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(one) for one in value)}]"
    return _text(str(value))


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + "".join(sign if sign >= " " and sign != "\x7f" else f"\\u{ord(sign):04x}" for sign in escaped) + '"'


def with_values(text: str, section: str, values: Mapping[str, object]) -> str:
    """The file with these values in one section ("" is the top); None takes a value out. Comments and all other lines stay,
    unless a value is spread over lines: then the file is written anew."""
    wanted: dict[str, Any] = tomllib.loads(text)
    place = wanted
    for name in section.split(".") if section else ():
        place = place.setdefault(name, {})
    for key, value in values.items():
        place.pop(key, None)
        if value is not None:
            place[key] = list(value) if isinstance(value, tuple) else value
    edited = _edited(text, section, values)
    try:
        same = tomllib.loads(edited) == wanted
    except tomllib.TOMLDecodeError:
        same = False
    return edited if same else toml_of(wanted)


def _edited(text: str, section: str, values: Mapping[str, object]) -> str:
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.split("#")[0].strip() == f"[{section}]"]
    if section and not starts:
        own = [line_of(key, value) for key, value in values.items() if value is not None]
        return "\n".join([*lines, "", f"[{section}]", *own]) + "\n"
    first = starts[0] + 1 if section else 0
    last = next((number for number in range(first, len(lines)) if _HEAD.match(lines[number])), len(lines))
    body, left = [], dict(values)
    for line in lines[first:last]:
        key = line.partition("=")[0].strip()
        if key not in values:
            body.append(line)
        elif left.get(key) is not None:
            body.append(line_of(key, left.pop(key)))
    while body and not body[-1].strip():
        body.pop()
    body += [line_of(key, value) for key, value in left.items() if value is not None]
    rest = lines[last:]
    return "\n".join([*lines[:first], *body, *(["", *rest] if rest else [])]) + "\n"
