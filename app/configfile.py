"""config.toml: what may stand in it, and its reading. Every mistake is gathered with its key and its remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    kind: type
    least: int = 1
    most: int = 1_000_000


CONFIG: Mapping[str, Mapping[str, _Key]] = {
    "organisation": {"name": _Key("organisation", str), "country": _Key("country", str), "zone": _Key("zone", str)},
    "service": {"listen": _Key("listen", str), "emergency": _Key("emergency", str)},
    "ways": {
        "sms": _Key("sms", str),
        "whatsapp": _Key("whatsapp", str),
        "telegram": _Key("telegram", str),
        "signal": _Key("signal", str),
    },
    "languages": {
        "offered": _Key("languages", list),
        "default": _Key("default_language", str),
        "offer_unread": _Key("offer_unread", bool),
    },
    "retention": {
        "quiet_minutes": _Key("quiet_minutes", int, 5, 1440),
        "open_hours": _Key("open_hours", int, 1, 168),
        "ring_days": _Key("ring_days", int, 2, 30),
        "seen_days": _Key("seen_days", int, 7, 31),
    },
    "staff": {
        "idle_minutes": _Key("idle_minutes", int, 1, 240),
        "session_hours": _Key("session_hours", int, 1, 24),
        "shift_hours": _Key("shift_hours", int, 1, 24),
        "second_factor": _Key("second_factor", bool),
    },
    "alerts": {
        "wakes": _Key("alert_wakes", str),
        "from": _Key("alerts_from", str),
        "push_services": _Key("push_services", list),
    },
    "policy": {"report_minors": _Key("report_minors", bool), "report_life": _Key("report_life", bool)},
    "understanding": {"model": _Key("model", bool)},
    "offers": {"pictures": _Key("offer_pictures", str)},
    "chat": {
        "exit_url": _Key("exit_url", str),
        "onion": _Key("onion", str),
        "return_days": _Key("return_days", int, 0, 7),
    },
    "twilio": {
        "numbers": _Key("our_numbers", list),
        "answers_from": _Key("answers_from", str),
        "messaging_service": _Key("messaging_service", str),
    },
    "whatsapp": {"buttons": _Key("whatsapp_buttons", bool), "notes": _Key("whatsapp_notes", dict)},
    "signal": {"number": _Key("signal_number", str)},
    "surge": {
        "arrivals": _Key("arrivals", int, 5, 100_000),
        "replies": _Key("replies", int, 1, 100_000),
        "daily_parts": _Key("daily_parts", int, 0, 10_000_000),
    },
    "campaigns": {"two_people": _Key("two_people", bool), "machine_unread": _Key("machine_unread", bool)},
    "storage": {"keep_free_mb": _Key("keep_free_mb", int, 0, 1_000_000)},
}
"""Every key of config.toml: its table, its name, what it sets, and its bounds."""

PARTNERS = "partners"
"""Its tables have names that the organisation chooses; app/partners.py reads them."""

_WORDS: Mapping[type, str] = {
    str: "text in quotes",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def read_config(path: Path, mistakes: list[str]) -> dict[str, Any]:
    """The values by the names of settings; what is wrong is added to `mistakes` and left out."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        mistakes.append(f"{path} is missing: copy the one that came with the hotline.")
        return {}
    except OSError as fault:
        mistakes.append(f"{path} cannot be read ({fault.strerror}): check the path.")
        return {}
    except UnicodeDecodeError:
        mistakes.append(f"{path} is not UTF-8: save it as UTF-8.")
        return {}
    except tomllib.TOMLDecodeError as fault:
        mistakes.append(f"{path} is not TOML: {fault}.")
        return {}
    values: dict[str, Any] = {}
    for table, keys in tables.items():
        if table == PARTNERS and isinstance(keys, dict):
            values[PARTNERS] = keys
            continue
        if table not in CONFIG or not isinstance(keys, dict):
            known = ", ".join(f"[{name}]" for name in (*CONFIG, PARTNERS))
            mistakes.append(f"config.toml: [{table}] is not known: use {known}.")
            continue
        for name, value in keys.items():
            _one(table, name, value, values, mistakes)
    return values


def _one(table: str, name: str, value: Any, values: dict[str, Any], mistakes: list[str]) -> None:
    key = CONFIG[table].get(name)
    where = f"config.toml: {table}.{name}"
    if key is None:
        mistakes.append(f"{where} is not known: use {', '.join(CONFIG[table])}.")
    elif type(value) is not key.kind:
        mistakes.append(f"{where} = {value!r} must be {_WORDS[key.kind]}.")
    elif type(value) is int and not key.least <= value <= key.most:
        mistakes.append(f"{where} = {value} must lie between {key.least} and {key.most}.")
    elif isinstance(value, str) and not value.strip():
        mistakes.append(f"{where} is empty: fill it in or leave the line out.")
    else:
        values[key.name] = value
