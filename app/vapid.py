"""The key by which push services know this server (RFC 8292), and what it signs. The only importer of cryptography."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NUMBER = 32
"""Bytes of a number of P-256."""


class PushKeyError(Exception):
    """The key file cannot be used; says which and what to do."""


class PushKey:
    """Made at the first need, readable by nobody else. If it is lost, every browser has to be added anew."""

    def __init__(self, path: Path) -> None:
        try:
            if not path.exists():
                _make(path)
            secret = path.read_bytes()
        except OSError as fault:
            raise PushKeyError(f"{path} cannot be used ({fault.strerror}): ask whoever runs this server.") from None
        try:
            if len(secret) != NUMBER:
                raise ValueError
            self._key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
        except ValueError:
            raise PushKeyError(f"{path} does not hold a key: put the right file back, or remove it.") from None

    @property
    def public(self) -> str:
        """As a browser wants it: the point, uncompressed."""
        return _b64(self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def authorization(self, audience: str, contact: str, until: float) -> str:
        """The header that says who we are: to this push service, until then, and whom it may write to about us."""
        head = {"typ": "JWT", "alg": "ES256"}
        claims = {"aud": audience, "exp": int(until), "sub": contact}
        signed = ".".join(_b64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = _b64(r.to_bytes(NUMBER, "big") + s.to_bytes(NUMBER, "big"))
        return f"vapid t={signed}.{signature}, k={self.public}"


def _make(path: Path) -> None:
    """Whole or not at all, and only one of those who make it at the same time has made it."""
    secret = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(NUMBER, "big")
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    place = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(place, secret)
        os.fsync(place)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        os.close(place)
        fresh.unlink(missing_ok=True)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
