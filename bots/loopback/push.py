"""A push service that lives in memory (RFC 8030): the pushes that browsers get, checked as RFC 8292 says."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bots.loopback.base import Clock

DAY = 86_400.0


@dataclass(frozen=True)
class Push:
    """One push as a browser would get it. `claims`: what the server signed."""

    name: str
    headers: dict[str, str]
    body: bytes
    claims: dict[str, Any]


@dataclass
class PushService:
    """`app` answers at `/{name}` for every browser; those in `gone` are unknown, and `status` is answered to all if set."""

    clock: Clock = time.time
    gone: set[str] = field(default_factory=set)
    status: int = 0
    received: list[Push] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = Starlette(routes=[Route("/{name}", self._push, methods=["POST"])])

    async def _push(self, request: Request) -> Response:
        name, body = request.path_params["name"], await request.body()
        if self.status:
            return Response(status_code=self.status, headers={"Retry-After": "7"})
        if name in self.gone:
            return Response("push subscription has unsubscribed or expired.\n", 410)
        if not request.headers.get("ttl", "").isdigit():
            return Response("missing TTL header.\n", 400)
        claims = self._claims(request)
        if claims is None:
            return Response("UnauthorizedRegistration\n", 403)
        self.received.append(Push(name, dict(request.headers), body, claims))
        return Response(status_code=201)

    def _claims(self, request: Request) -> dict[str, Any] | None:
        """What is signed, if the signature holds, names this service and ends within a day."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        try:
            signed, _, signature = parts["t"].rpartition(".")
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64(parts["k"]))
            raw = _unb64(signature)
            der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
            key.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
            claims: dict[str, Any] = json.loads(_unb64(signed.split(".")[1]))
        except (KeyError, ValueError, IndexError, InvalidSignature):
            return None
        own = f"{request.url.scheme}://{request.url.netloc}"
        left = claims.get("exp", 0) - self.clock()
        return claims if scheme == "vapid" and claims.get("aud") == own and 0 < left <= DAY else None


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
