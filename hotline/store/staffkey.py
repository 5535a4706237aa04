"""The key under which the secrets of staff stand sealed (of authenticator apps, where they are alerted): one file
beside the database, not in it."""

from __future__ import annotations

import contextlib
import hashlib
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

    def seal(self, staff_id: int, secret: str, purpose: str = "totp") -> bytes:
        return self._sealer().seal(f"{purpose}/{staff_id}", secret)

    def open(self, staff_id: int, sealed: bytes, purpose: str = "totp") -> str | None:
        """The secret, or None when the key it was sealed under is gone."""
        try:
            return str(self._sealer().open(f"{purpose}/{staff_id}", sealed))
        except KeyGone:
            return None

    def digest(self, purpose: str, secret: str) -> bytes:
        """A name by which the same secret is known again; without the key nobody can try numbers against it."""
        data = f"{purpose} {secret}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, digest_size=32, key=self._key(), person=b"staff secret").digest()

    def _sealer(self) -> Sealer:
        return Sealer(self._key())

    def _key(self) -> bytes:
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
        return key

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
