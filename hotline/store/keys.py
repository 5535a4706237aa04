"""The key ring: a hash ratchet of day keys, kept in a folder outside the database.

The key of day n+1 is derived one-way from that of day n. The folder holds only the key of the oldest day still
alive, so every later day can be derived and no earlier one can. Advancing the ring overwrites the file: whatever
was sealed on a day that has fallen off is unreadable for ever, in every backup, log and replica.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt as _open,
)
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_encrypt as _seal,
)
from nacl.exceptions import CryptoError

DAY_SECONDS = 86_400
_NONCE = 24
_KEY = 32

READS_AT_MOST = 20

LOOK_AGAIN_SECONDS = 0.5
"""How soon a process notices that another one advanced the ring or destroyed it."""

TURN_SECONDS = 0.5
"""So long a process waits for another one that is changing the ring; one that hangs must not hold up a panic."""

_Stamp = tuple[int, int]


class KeyRingError(Exception):
    """The ring cannot be used; says which file and what to do."""


class KeyGone(Exception):
    """The day's key has been destroyed, or the sealed bytes are not ours: what they held cannot be had again."""


def day_of(now: float) -> int:
    """Days since the epoch, in UTC."""
    return int(now // DAY_SECONDS)


def _derive(key: bytes, purpose: bytes, data: bytes = b"") -> bytes:
    return hashlib.blake2b(data, digest_size=_KEY, key=key, person=purpose).digest()


class KeyRing:
    """Keys of the last `days` days (today included). Safe to share between processes: each reads the same file."""

    def __init__(self, folder: Path, name: str, days: int, *, today: int) -> None:
        self._file = folder / f"{name}.ring"
        self._days = days
        self._cache: dict[int, bytes] = {}
        self._stamp: _Stamp = (0, 0)
        self._destroyed_at = self._noticed = 0.0
        self._listeners: list[Callable[[], None]] = []
        self._looked_at = time.monotonic()
        self._lock = threading.RLock()
        make_private(folder)
        if self._file.exists():
            self._read()
        else:
            self._oldest = today - days + 1
            self._key = secrets.token_bytes(_KEY)
            self._create()
        self._noticed = self._destroyed_at
        self.advance(today)

    def advance(self, today: int) -> bool:
        """Destroy the keys of days that are over. Says whether any was destroyed. A clock set back changes nothing."""
        wanted = today - self._days + 1
        with self._lock:
            if wanted <= self._oldest:
                return False
            with self._turn():
                self._read()
                while self._oldest < wanted:
                    self._key = _derive(self._key, b"next day")
                    self._oldest += 1
                self._replace()
        self._tell()
        return True

    @property
    def oldest(self) -> int:
        return self._oldest

    def today(self, now: float) -> int:
        """The day to seal under. A ring that once ran ahead of a wrong clock cannot go back: then it is its oldest."""
        self._look_again()
        return max(day_of(now), self._oldest)

    def live_days(self, today: int) -> range:
        """Days that may still hold something, the newest first."""
        return range(max(today, self._oldest), self._oldest - 1, -1)

    def day_key(self, day: int) -> bytes:
        """The key of a day, or KeyGone."""
        self._look_again()
        with self._lock:
            if day < self._oldest:
                raise KeyGone(f"The key of day {day} has been destroyed.")
            if day > self._oldest + 10 * 366:
                raise KeyGone(f"Day {day} lies too far ahead of this ring.")
            if day not in self._cache:
                key = self._key
                for _ in range(day - self._oldest):
                    key = _derive(key, b"next day")
                self._cache[day] = key
            return self._cache[day]

    def digest(self, day: int, purpose: str, data: str) -> bytes:
        """A keyed handle: the same for the same data on the same day, and worthless once the day's key is gone."""
        return _derive(_derive(self.day_key(day), b"handle"), purpose.encode()[:16], data.encode())[:16]

    def digests(self, today: int, purpose: str, data: str) -> list[bytes]:
        """The handles of `data` for every live day, today's first."""
        return [self.digest(day, purpose, data) for day in self.live_days(today)]

    def contact_key(self, day: int, contact_id: str) -> bytes:
        return _derive(self.day_key(day), b"contact", contact_id.encode())

    def destroy(self, now: float | None = None) -> None:
        """Make everything sealed so far unreadable at once, and begin a fresh ring (the panic button).

        A full disk is no obstacle. OSError: the keys are still there.
        """
        with self._lock, self._turn():
            with contextlib.suppress(KeyRingError):  # a file that cannot be read is replaced all the same
                self._read()
            before = self._key, self._destroyed_at
            self._key, self._destroyed_at = secrets.token_bytes(_KEY), time.time() if now is None else now
            try:
                try:
                    self._write_over()
                except OSError:
                    self._replace()
            except OSError:
                self._key, self._destroyed_at = before
                raise
            finally:
                self._cache = {}
        self._tell()

    @property
    def destroyed_at(self) -> float:
        """When this ring was last destroyed, by whichever process; 0 if it never was."""
        self._look_again()
        return self._destroyed_at

    def look(self) -> None:
        """Notice what other processes did: for those that would otherwise not use the ring for a while."""
        self._look_again()

    def when_destroyed(self, forget: Callable[[], None]) -> None:
        """Call this, in any thread, once it is noticed here that the ring was destroyed: what was opened must go too."""
        self._listeners.append(forget)

    def _tell(self) -> None:
        if self._noticed != self._destroyed_at:
            self._noticed = self._destroyed_at
            for forget in self._listeners:
                forget()

    def _look_again(self) -> None:
        """Another process may have advanced or destroyed the ring: notice it within LOOK_AGAIN_SECONDS."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_AGAIN_SECONDS:
            return
        self._looked_at = now
        with self._lock:
            if _stamp(self._file) != self._stamp:
                self._read()
        self._tell()

    def _read(self) -> None:
        for _ in range(READS_AT_MOST):
            self._stamp = _stamp(self._file)
            refuse_if_shared(self._file)
            content = self._file.read_bytes()
            if b"\0" not in content:
                break  # else another process has just replaced the file and is wiping the one that we opened
        try:
            table = json.loads(content)
            self._oldest, self._key = int(table["oldest"]), bytes.fromhex(table["key"])
            if len(self._key) != _KEY:
                raise ValueError(len(self._key))
            self._destroyed_at = float(table.get("destroyed_at", 0.0))
        except (ValueError, KeyError, TypeError) as fault:
            raise KeyRingError(
                f"The key ring {self._file} cannot be read: put back a whole copy, or move it away to begin a new one "
                f"(then open contacts are lost)."
            ) from fault
        self._cache = {}

    def _content(self) -> bytes:
        table: dict[str, object] = {"oldest": self._oldest, "key": self._key.hex()}
        if self._destroyed_at:
            table["destroyed_at"] = self._destroyed_at
        return json.dumps(table).encode()

    def _create(self) -> None:
        """Several processes may start at once: the first one's key wins, the others read it."""
        fresh = self._file.with_suffix(f".{secrets.token_hex(4)}.new")
        _write(fresh, self._content())
        try:
            os.link(fresh, self._file)
            self._stamp = _stamp(self._file)
        except FileExistsError:
            self._read()
        finally:
            _destroy_file(fresh)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """One process at a time changes the ring: else one that advances it could bring back what another destroyed."""
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            give_up = time.monotonic() + TURN_SECONDS
            while time.monotonic() < give_up:
                try:
                    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    time.sleep(0.01)
            yield
        finally:
            os.close(folder)

    def _replace(self) -> None:
        old = os.open(self._file, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fresh = self._file.with_suffix(f".{secrets.token_hex(4)}.new")
            _write(fresh, self._content())
            os.replace(fresh, self._file)
            size = os.fstat(old).st_size
            os.pwrite(old, b"\0" * size, 0)
            os.fsync(old)
            self._stamp = _stamp(self._file)
        finally:
            os.close(old)

    def _write_over(self) -> None:
        """Where the file stands: every process sees it at once, before any disk is waited for, and it needs no room."""
        here = os.open(self._file, os.O_RDWR | os.O_NOFOLLOW)
        try:
            os.pwrite(here, self._content().ljust(os.fstat(here).st_size), 0)
            now = time.time_ns()
            os.utime(here, ns=(now, now))  # else whoever read in the middle of it would not look again
            os.fsync(here)
        finally:
            os.close(here)
        self._stamp = _stamp(self._file)


def _stamp(file: Path) -> _Stamp:
    """Another one for every content: a file system gives the number of a file that is gone to the next one."""
    status = file.stat()
    return status.st_ino, status.st_mtime_ns


def _write(path: Path, content: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        _destroy_file(path)
        raise


def _destroy_file(path: Path) -> None:
    path.unlink(missing_ok=True)


def make_private(folder: Path) -> None:
    """Create a folder that only we may read; refuse one that others may."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_if_shared(folder)


def refuse_if_shared(path: Path) -> None:
    """KeyRingError unless `path` belongs to us and to nobody else."""
    status = path.stat()
    if status.st_uid != os.getuid():
        raise KeyRingError(f"{path} belongs to another user: run as its owner, or set HOTLINE_KEYS to your own folder.")
    if status.st_mode & 0o077:
        raise KeyRingError(f"{path} can be read by others: run chmod go-rwx {path}")


class Sealer:
    """Seals one contact's things under the key derived for it. The purpose is bound in, so rows cannot be swapped."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, purpose: str, table: object) -> bytes:
        plain = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
        nonce = secrets.token_bytes(_NONCE)
        return nonce + _seal(_padded(plain), purpose.encode(), nonce, self._key)

    def open(self, purpose: str, sealed: bytes) -> object:
        """What was sealed, or KeyGone if the key or the bytes are not the right ones."""
        try:
            plain = _open(bytes(sealed[_NONCE:]), purpose.encode(), bytes(sealed[:_NONCE]), self._key)
        except (CryptoError, ValueError, TypeError) as fault:
            raise KeyGone("What was sealed here cannot be opened any more.") from fault
        return json.loads(plain)


SealerOf = Callable[[int, str], Sealer]


def _padded(plain: bytes) -> bytes:
    """Whole blocks of 64 bytes (JSON ignores the spaces), so that a length tells little of what was said."""
    return plain + b" " * (-len(plain) % 64)
