"""The whole suite in parts that run at once: what opens a browser or a server mostly waits, and the rest works meanwhile.

`python tests/side_by_side.py` ends with 0 only if every part does. What is given to it goes to each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVERS = (
    "test_audit",
    "test_drill",
    "test_flood",
    "test_kill",
    "test_outage",
    "test_panic",
    "test_partners",
    "test_server",
)
"""Files that begin so start servers of their own, and wait for them."""

NOTHING_CHOSEN = 5


def parts() -> dict[str, list[str]]:
    """What each part is given. Every test file belongs to exactly one of those that open no browser.

    The rest is dealt out in two, from the longest file to the shortest, so that neither core waits for the other.
    """
    files = sorted(HERE.glob("test_*.py"), key=lambda path: (-path.stat().st_size, path.name))
    servers = [path for path in files if path.name.startswith(SERVERS)]
    others = [path for path in files if path not in servers]
    dealt = {
        "one half": [path for at, path in enumerate(others) if at % 4 in (0, 3)],
        "other half": [path for at, path in enumerate(others) if at % 4 in (1, 2)],
        "servers": servers,
    }
    quiet = {name: ["-m", "not browser", *sorted(map(str, paths))] for name, paths in dealt.items()}
    return {**quiet, "browser": ["-m", "browser"]}


def main(more: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for number, (name, chosen) in enumerate(parts().items()):
            log = (Path(folder) / str(number)).open("wb+")
            command = [sys.executable, "-m", "pytest", *chosen, *more]
            out = None if number == 0 else log
            running.append((name, log, subprocess.Popen(command, stdout=out, stderr=out)))
        began, codes = time.monotonic(), []
        for name, log, process in running:
            codes.append(process.wait())
            log.seek(0)
            sys.stdout.buffer.write(log.read())
            print(f"{name}: exit {codes[-1]}, {time.monotonic() - began:.0f} s", flush=True)
            log.close()
        return next((code for code in codes if code not in (0, NOTHING_CHOSEN)), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
