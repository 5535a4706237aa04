"""The key under which the secrets of authenticator apps stand sealed: one file beside the database, not in it."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from hotline.store.keys import KeyGone, Sealer
from hotline.store.staff import StaffError

KEY_BYTES = 32


class StaffKeyError(StaffError):
    """The key file cannot be used; says which and what to do."""


class StaffKey:
    """Made at the first need, readable by nobody else. A lost file costs the codes of the apps and nothing more."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seal(self, staff_id: int, secret: str) -> bytes:
        return self._sealer().seal(f"totp/{staff_id}", secret)

    def open(self, staff_id: int, sealed: bytes) -> str | None:
        """The secret, or None when the key it was sealed under is gone."""
        try:
            return str(self._sealer().open(f"totp/{staff_id}", sealed))
        except KeyGone:
            return None

    def _sealer(self) -> Sealer:
        try:
            if not self._path.exists():
                self._make()
            key = self._path.read_bytes()
        except OSError as fault:
            raise StaffKeyError(
                f"{self._path} cannot be used ({fault.strerror}): ask whoever runs this server."
            ) from None
        if len(key) != KEY_BYTES:
            raise StaffKeyError(
                f"{self._path} does not hold a key: put the right file back, or remove it and run `hotline staff reset`."
            )
        return Sealer(key)

    def _make(self) -> None:
        """Whole or not at all, and only one of those who make it at the same time has made it."""
        fresh = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        place = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(place, secrets.token_bytes(KEY_BYTES))
            os.fsync(place)
            with contextlib.suppress(FileExistsError):
                os.link(fresh, self._path)
        finally:
            os.close(place)
            fresh.unlink(missing_ok=True)
