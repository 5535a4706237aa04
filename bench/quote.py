"""Writes docs/measured.md from the newest records, so that no figure is typed by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.__main__ import RESULTS

TARGET = Path(__file__).resolve().parent.parent / "docs" / "measured.md"


def text() -> str:
    parts = [
        "# Measured figures",
        "",
        "Made by `python -m bench.quote` from the records in `bench/results/`; do not edit.",
    ]
    for name in ("bench", "desk", "claims", "guessing", "idle", "flood", "fuzz", "soak", "page", "offers", "offerfuzz"):
        path = newest(name)
        if path is not None:
            parts += section(json.loads(path.read_text()), path.name)
    return "\n".join(parts) + "\n"


def newest(name: str) -> Path | None:
    return max(RESULTS.glob(f"*-{name}.json"), default=None)


def section(record: dict[str, Any], name: str) -> list[str]:
    lines = [
        "",
        f"## {name}",
        "",
        f"{record['at']}, commit {record['commit']}, Python {record['python']}, {record['machine']}.",
    ]
    for row in record["rows"]:
        lines += ["", f"**{row['bench']}**", "", "| | |", "|---|---|"]
        lines += [f"| {key.replace('_', ' ')} | {shown(value)} |" for key, value in row.items() if key != "bench"]
    return lines


def shown(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)}" + (f" ({', '.join(map(str, value[:5]))})" if value else "")
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items())
    return str(value)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text() == text() else "docs/measured.md is stale: run python -m bench.quote.")
    TARGET.write_text(text())
