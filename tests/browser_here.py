"""Makes sure that what browser tests open is on this machine: installs Debian's Chromium and Tesseract when it may.

Without Chromium it says how to get it and ends with 1; without Tesseract the one test that reads a real picture skips.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-core", "tesseract-ocr")


def browser() -> str | None:
    """The path of a Chromium, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    if browser() and shutil.which("tesseract"):
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        print("Installing Debian's chromium and tesseract-ocr for the browser tests …", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], check=False, **quiet)  # type: ignore[call-overload]
    if browser():
        return 0
    print("The browser tests need Chromium: run `sudo apt-get install chromium` once.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
