"""Time zones by name. Their rules are files, of the system or of the tzdata package: opened here and nowhere else."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


@lru_cache(maxsize=256)
def known_zone(name: str) -> tzinfo | None:
    """The zone of that name (`Europe/Oslo`), or None."""
    if len(name) > 64 or not _NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, not a zone, a folder
        return None


def zone_of(name: str) -> tzinfo:
    """The zone of a name that was checked when it was stored; UTC if its rules have gone from this machine since."""
    return known_zone(name) or UTC
