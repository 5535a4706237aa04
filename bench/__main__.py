"""`make bench`: every benchmark, one JSON object a line, kept as a dated record under bench/results/."""

from __future__ import annotations

import datetime
import json
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import flood, memory, offers, page, sms, start, triage

BENCHES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "start": start.run,
    "memory": memory.run,
    "page": page.run,
    "sms": sms.run,
    "triage": triage.run,
    "offers": offers.run,
    "flood": flood.run,
}
RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"bench: {', '.join(unknown)} is not a benchmark: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    rows = []
    for name in names or BENCHES:
        row = {"bench": name, **BENCHES[name]()}
        print(json.dumps(row), flush=True)
        rows.append(row)
    if not names:
        keep("bench", rows)
    return 0


def keep(name: str, rows: list[dict[str, Any]]) -> Path:
    """Write a dated record of a run."""
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    record = {
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {cores()} cores",
        "rows": rows,
    }
    path = RESULTS / f"{record['at'][:10]}-{name}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    return path


def cores() -> int:
    import os

    return os.cpu_count() or 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
