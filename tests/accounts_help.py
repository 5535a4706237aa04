"""Somebody of the staff at a browser with what they sign in with: an app that shows codes, a device that makes passkeys."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from time import time
from typing import Any

import cbor2
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import update

from hotline.console.signin import code_at
from hotline.store import accounts, staff
from hotline.store.schema import totps
from hotline.store.staff import Member, Role
from hotline.store.staffkey import StaffKey
from hotline.totp import step_at
from tests.people import PASSWORD
from tests.server_help import PUBLIC, Browser, House

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RP_ID = "hotline.example"
USER_PRESENT, USER_VERIFIED, WITH_CREDENTIAL = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """A device with one passkey, in software: it answers as told, so that it can also lie."""

    rp_id: str = RP_ID
    origin: str = PUBLIC
    verified: bool = True
    counts: bool = True
    counter: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to an invitation to make a passkey."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        about = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(WITH_CREDENTIAL) + credential})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": b64(client), "attestationObject": b64(about)})

    def signs(self, options: dict[str, Any]) -> str:
        """The answer to a question of who this is."""
        data, client = self._data(0), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        return self._answer(response)

    def _data(self, flags: int) -> bytes:
        self.counter += self.counts
        flags |= USER_PRESENT | (USER_VERIFIED if self.verified else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        table = {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
        return json.dumps({**table, "clientExtensionResults": {}})


def account(house: House, name: str = "Chloe", role: Role = Role.RESPONDER) -> Member:
    """An account with the usual password and nothing else."""
    hashed = staff.hash_password(PASSWORD, drawn=True)
    return house.office.write(lambda tx: staff.put(tx.connection, name, role, hashed))


def key_of(house: House) -> StaffKey:
    return house.server._account_rules().key


def with_app(house: House, member: Member) -> str:
    """The member has an authenticator app from now on; no code of it was used at this sign-in."""
    secret = SECRET
    sealed = key_of(house).seal(member.id, secret)

    def add(connection: Any) -> None:
        accounts.begin_app(connection, member.id, sealed)
        connection.execute(update(totps).values(confirmed=True))

    house.office.write(lambda tx: add(tx.connection))
    return secret


def code_now(secret: str, away: int = 0) -> str:
    return code_at(secret, step_at(time()) + away)


def signs_in(browser: Browser, name: str = "Chloe", password: str = PASSWORD) -> httpx.Response:
    return browser.post("/staff/login", {"name": name, "password": password})


def lands(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.headers.get("location", "")


def is_in(browser: Browser) -> bool:
    return browser.get("/staff/account").status_code == 200 and browser.get("/staff/languages").status_code == 200


def adds_passkey(browser: Browser, device: Device, name: str = "My phone") -> httpx.Response:
    options = browser.post("/staff/account/passkeys/options").json()
    return browser.post("/staff/account/passkeys", {"answer": device.makes(options), "name": name})


def signs_in_by(browser: Browser, device: Device) -> httpx.Response:
    options = browser.post("/staff/login/passkey/options").json()
    return browser.post("/staff/login/passkey", {"answer": device.signs(options)})


def codes_shown(response: httpx.Response) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9-]{19})</code></li>", response.text)


def notice_of(response: httpx.Response) -> str:
    match = re.search(r'<p class="notice" role="alert">([^<]+)</p>', response.text)
    return unescape(match[1]) if match else ""


def deeds(house: House) -> list[str]:
    return [deed for _, _, deed in house.office.read(staff.read_journal)]
