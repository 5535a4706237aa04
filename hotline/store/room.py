"""Room on the disk. With too little left, messages are refused before they are taken, and erasing still works."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

LOOK_AGAIN_SECONDS = 1.0
MEGABYTE = 1 << 20


class Room:
    """Says whether a folder's disk still has `keep_free` bytes. Looks at most once a second."""

    def __init__(self, folder: Path, keep_free: int, free: Callable[[Path], int] | None = None) -> None:
        self._folder = folder
        self._keep_free = keep_free
        self._free = free or _free
        self._looked_at = float("-inf")
        self._left = True

    def left(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_AGAIN_SECONDS:
            self._looked_at = now
            self._left = self._free(self._folder) >= self._keep_free
        return self._left


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
