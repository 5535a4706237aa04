"""Unshared memory of the embedded default (web process and worker together) when idle, from /proc."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from app.cli import LAUNCHER
from app.tools.house import House
from app.tools.visitor import Visitor

IDLE_SECONDS = 8.0


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        house = House(LAUNCHER, Path(name))
        house.start()
        try:
            Visitor(house.base).get("/en/")
            time.sleep(IDLE_SECONDS)
            assert house.server is not None
            assert house.server.process is not None
            web = house.server.process.pid
            parts = {"web": unshared(web), "worker": sum(unshared(child) for child in children(web))}
        except PermissionError:
            return {"skipped": "reading another process's memory map needs root here"}
        finally:
            house.stop()
    return {
        **{f"{part}_mib": round(size, 1) for part, size in parts.items()},
        "all_mib": round(sum(parts.values()), 1),
        "goal_mib": 110,
    }


def unshared(pid: int) -> float:
    """MiB that would be freed if the process ended."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(size) for size in re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", text, re.MULTILINE)) / 1024


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]
