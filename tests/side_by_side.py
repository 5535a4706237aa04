"""The whole suite in two halves at once: what opens a browser mostly waits for it, and the rest has a core meanwhile.

`python tests/side_by_side.py` ends with 0 only if both halves do. What is given to it goes to both.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

HALVES = ("not browser", "browser")
NOTHING_CHOSEN = 5


def main(more: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for number, half in enumerate(HALVES):
            log = (Path(folder) / str(number)).open("wb+")
            command = [sys.executable, "-m", "pytest", "-m", half, *more]
            out = None if number == 0 else log
            running.append((half, log, subprocess.Popen(command, stdout=out, stderr=out)))
        began, codes = time.monotonic(), []
        for half, log, process in running:
            codes.append(process.wait())
            log.seek(0)
            sys.stdout.buffer.write(log.read())
            print(f"{half}: exit {codes[-1]}, {time.monotonic() - began:.0f} s", flush=True)
            log.close()
        return next((code for code in codes if code not in (0, NOTHING_CHOSEN)), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
