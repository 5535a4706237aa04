"""Codes by which a caller comes back: 16 digits drawn by us, kept only as Argon2id.

The digits are few enough to be learnt by heart, so each look costs memory and time: 64 MiB and about 0.2 s, one at a
time. The salt is the site's own and lies beside the key ring, outside the database and its copies.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import threading
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from hotline.plain import folded
from hotline.store.keys import KeyRingError, make_private, refuse_if_shared
from hotline.store.schema import codes

DIGITS = 16
LONGEST_TYPED = 200
_SALT = 32
_BETWEEN = re.compile(r"[\s\-‐-―.,·_/]+")
_PLAIN = re.compile(rf"[0-9]{{{DIGITS}}}")


def draw() -> str:
    """A new code: 16 digits of chance."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def digits(typed: str) -> str | None:
    """The 16 digits in what was typed, in any script, with any spaces and strokes between; None if there are not 16."""
    found = _BETWEEN.sub("", folded(typed[:LONGEST_TYPED]))
    return found if _PLAIN.fullmatch(found) else None


class Codes:
    """Makes digests of codes. Safe to use from any thread; call it outside a transaction and outside the event loop."""

    def __init__(self, folder: Path) -> None:
        make_private(folder)
        self._file = folder / "codes.salt"
        self._turn = threading.Lock()

    def digest(self, code: str) -> bytes:
        """What is kept of a code. Takes its time; two at once wait for each other."""
        from argon2.low_level import Type, hash_secret_raw

        with self._turn:
            return hash_secret_raw(
                code.encode(),
                self._salt(),
                time_cost=3,
                memory_cost=64 * 1024,
                parallelism=1,
                hash_len=32,
                type=Type.ID,
            )

    def _salt(self) -> bytes:
        with contextlib.suppress(FileNotFoundError):
            return self._read()
        # Several processes may need it at once: the first one's salt wins, the others read it.
        fresh = self._file.with_suffix(f".{secrets.token_hex(4)}.new")
        number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(secrets.token_bytes(_SALT))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh, self._file)
        finally:
            fresh.unlink()
        return self._read()

    def _read(self) -> bytes:
        refuse_if_shared(self._file)
        salt = self._file.read_bytes()
        if len(salt) != _SALT:
            raise KeyRingError(
                f"The salt {self._file} is not whole: put back a copy, or move it away (then given codes open nothing)."
            )
        return salt


def keep(connection: Connection, contact_id: str, digest: bytes) -> None:
    """This code opens this contact from now on, and no earlier one does."""
    connection.execute(delete(codes).where(codes.c.contact_id == contact_id))
    connection.execute(insert(codes).values(digest=digest, contact_id=contact_id))


def contact_of(connection: Connection, digest: bytes) -> str | None:
    """The id of the contact that this code opens."""
    return connection.execute(select(codes.c.contact_id).where(codes.c.digest == digest)).scalar_one_or_none()
