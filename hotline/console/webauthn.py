"""Passkeys as browsers bring them. The only importer of webauthn, which loads when a passkey is first used.

Every passkey is one that its device finds by itself and opens with a finger, a face or a PIN: the two factors in one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hotline.store.passkeys import CHALLENGE_SECONDS, Passkey

MILLISECONDS = int(CHALLENGE_SECONDS * 1000)
LOOPBACK = ("127.0.0.1", "[::1]", "localhost")


class PasskeyRefused(Exception):
    """What the browser brought is not a passkey's true answer to our question."""


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are: the name of this host, and the addresses its pages may have."""

    rp_id: str
    origins: tuple[str, ...]
    name: str


def site_of(public_url: str, name: str) -> Site:
    """From the address in the settings, never from a request. Browsers know no passkeys for an IP address, only localhost."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    origin = f"{parts.scheme}://{parts.netloc}"
    if host not in ("127.0.0.1", "::1", "localhost"):
        return Site(host, (origin,), name)
    port = f":{parts.port}" if parts.port else ""
    return Site("localhost", (origin, f"{parts.scheme}://localhost{port}"), name)


def options_to_add(site: Site, staff_id: int, name: str, there: Sequence[Passkey], challenge: bytes) -> str:
    """What a browser needs to make a passkey, as JSON."""
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=f"staff {staff_id}".encode(),
        user_name=name,
        challenge=challenge,
        timeout=MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.id) for one in there],
    )
    return webauthn.options_to_json(options)


def options_to_sign_in(site: Site, challenge: bytes) -> str:
    """What a browser needs to sign in with whichever passkey it has for us, as JSON."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        timeout=MILLISECONDS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a browser brought: its words as they are, which passkey, and which challenge it says it answers."""

    table: dict[str, Any]
    passkey_id: bytes
    challenge: bytes


def read(text: str) -> Brought:
    """The answer of a browser, not yet believed. PasskeyRefused when it is none."""
    import webauthn

    try:
        table = json.loads(text)
        client = json.loads(webauthn.base64url_to_bytes(table["response"]["clientDataJSON"]))
        challenge = webauthn.base64url_to_bytes(client["challenge"])
        return Brought(table, webauthn.base64url_to_bytes(table["rawId"]), challenge)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PasskeyRefused from None


def added(site: Site, brought: Brought, staff_id: int, name: str) -> Passkey:
    """The new passkey, if it was made for us, on one of our pages, by a device that looked who holds it."""
    import webauthn

    try:
        made = webauthn.verify_registration_response(
            credential=brought.table,
            expected_challenge=brought.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - a stranger's bytes: whatever the library stumbles over is a refusal
        raise PasskeyRefused from None
    if made.credential_id != brought.passkey_id:
        raise PasskeyRefused
    return Passkey(made.credential_id, staff_id, made.credential_public_key, made.sign_count, name, 0.0, None)


def counter_of(site: Site, brought: Brought, passkey: Passkey) -> int:
    """The passkey's new counter, if it has truly signed; PasskeyRefused too when it counts no further: it was copied."""
    import webauthn

    try:
        signed = webauthn.verify_authentication_response(
            credential=brought.table,
            expected_challenge=brought.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=list(site.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.counter,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - a stranger's bytes: whatever the library stumbles over is a refusal
        raise PasskeyRefused from None
    return signed.new_sign_count
