"""The settings of a practice house: those of the real one, without whatever reaches anybody."""

from __future__ import annotations

import tomllib
from pathlib import Path

from app.assemble import CannotStart
from app.configfile import CONFIG

STAY = frozenset({"organisation", "languages", "policy", "understanding", "surge", "staff", "retention"})
"""The tables of config.toml that a practice house shares with the real one: nothing that reaches anybody."""


def harmless(config: Path) -> str:
    """config.toml without whatever reaches a provider or another machine; what is wrong in it is found as ever."""
    try:
        tables = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise CannotStart(f"{config} cannot be read ({type(fault).__name__}): run `hotline check`.") from None
    kept = {name: tables[name] for name in STAY & CONFIG.keys() & tables.keys() if isinstance(tables[name], dict)}
    service = tables.get("service")
    if isinstance(service, dict) and "emergency" in service:
        kept["service"] = {"emergency": service["emergency"]}
    lines = []
    for name, table in kept.items():
        lines += [f"[{name}]", *(f"{key} = {_toml(one)}" for key, one in table.items()), ""]
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
