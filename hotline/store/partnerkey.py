"""The keys with which partner organisations know each other: one seals what is for us alone, one signs what is from us.

A partner's two public keys stand in one line of text, with two bytes that notice a slip of the pen. X25519 (sealed boxes)
and Ed25519 of libsodium, by PyNaCl.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

from hotline.contact import Channel
from hotline.store.keys import KeyRingError, refuse_if_shared

KEY = 32
CHECK = 2
BLOCK = 512
"""Bytes. What is sealed fills whole blocks, so that its length tells little of what it says."""

SIGNED = b"hotline parcel 1\0"
"""What a signature is for stands in what is signed, so that it is worth nothing anywhere else."""


class PartnerKeyError(KeyRingError):
    """The key file cannot be used; says which and what to do."""


class NotOpened(Exception):
    """This was not sealed for us, or was changed on the way."""


@dataclass(frozen=True, slots=True)
class Public:
    """The public keys of one organisation."""

    sign: bytes
    seal: bytes

    def text(self) -> str:
        both = self.sign + self.seal
        return base64.urlsafe_b64encode(both + _check(both)).decode()

    @classmethod
    def read(cls, text: str) -> Public | None:
        """The keys in a line of text; None when a sign of it is wrong."""
        try:
            raw = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
        except ValueError:
            return None
        both, check = raw[: 2 * KEY], raw[2 * KEY :]
        return cls(both[:KEY], both[KEY:]) if len(both) == 2 * KEY and check == _check(both) else None


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation that callers may be passed on to. `languages` and `needs` only help to choose."""

    name: str
    url: str
    keys: Public
    languages: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


class PartnerKey:
    """Our own keys: made at the first need, readable by nobody else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def public(self) -> Public:
        sign, seal = self._keys()
        return Public(bytes(sign.verify_key), bytes(seal.public_key))

    def open(self, sealed: bytes) -> dict[str, Any]:
        """What somebody sealed for us, or NotOpened."""
        _, seal = self._keys()
        try:
            table = json.loads(SealedBox(seal).decrypt(sealed))
        except (CryptoError, ValueError, TypeError, RecursionError):
            raise NotOpened from None
        if not isinstance(table, dict):
            raise NotOpened
        return table

    def sign(self, sealed: bytes, to: Public) -> bytes:
        """Our signature under what goes to this partner."""
        sign, _ = self._keys()
        return sign.sign(_to_sign(sealed, to)).signature

    def _keys(self) -> tuple[SigningKey, PrivateKey]:
        try:
            if not self._path.exists():
                self._make()
            refuse_if_shared(self._path)
            raw = self._path.read_bytes()
        except OSError as fault:
            raise PartnerKeyError(
                f"{self._path} cannot be used ({fault.strerror}): ask whoever runs this server."
            ) from None
        if len(raw) != 2 * KEY:
            raise PartnerKeyError(
                f"{self._path} does not hold the keys: put the right file back or remove it and tell your partners the new one."
            )
        return SigningKey(raw[:KEY]), PrivateKey(raw[KEY:])

    def _make(self) -> None:
        """Whole or not at all, and only one of those who make it at the same time has made it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        place = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(place, bytes(SigningKey.generate()) + bytes(PrivateKey.generate()))
            os.fsync(place)
            with contextlib.suppress(FileExistsError):
                os.link(fresh, self._path)
        finally:
            os.close(place)
            fresh.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Partners:
    """What one hotline knows of the others. `ours`: our own address on each channel by which a number can be written to."""

    name: str = ""
    own: PartnerKey | None = None
    known: Mapping[str, Partner] = field(default_factory=dict)
    ours: Mapping[Channel, str] = field(default_factory=dict)

    def signed_by(self, sign: bytes) -> Partner | None:
        return next((one for one in self.known.values() if one.keys.sign == sign), None)


def seal(table: Mapping[str, Any], to: Public) -> bytes:
    """Only whoever holds the secret half of `to` can read this again; we cannot."""
    plain = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    return SealedBox(PublicKey(to.seal)).encrypt(plain + b" " * (-len(plain) % BLOCK))


def is_signed(sealed: bytes, signature: bytes, by: Public, to: Public) -> bool:
    try:
        VerifyKey(by.sign).verify(_to_sign(sealed, to), signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def _to_sign(sealed: bytes, to: Public) -> bytes:
    return SIGNED + to.sign + to.seal + sealed


def _check(both: bytes) -> bytes:
    return hashlib.blake2b(both, digest_size=CHECK, person=b"partner key").digest()
