"""From the start of the process to its word of readiness: with an empty folder, and with one that was used before."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from app.cli import LAUNCHER
from app.tools.house import House

ROUNDS = 5


def run() -> dict[str, Any]:
    first, later = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
            house = House(LAUNCHER, Path(name))
            first.append(_seconds(house))
            later.append(_seconds(house))
    return {
        "first_start_s": round(statistics.median(first), 2),
        "later_start_s": round(statistics.median(later), 2),
        "goal_s": 2.0,
        "rounds": ROUNDS,
    }


def _seconds(house: House) -> float:
    began = time.perf_counter()
    house.start()
    took = time.perf_counter() - began
    house.stop()
    return took
