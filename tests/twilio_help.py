# mypy: disable-error-code="import-untyped", allow-subclassing-any
"""A simulated Twilio with its clock and webhook, and Twilio's own client that asks it, for the tests of the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.responses import Response
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.rest import Client

from bots.loopback.faults import Faults
from bots.loopback.twilio import Delivery, Twilio
from tests.loopback_help import WEBHOOK, Clock, Server, Webhook

ACCOUNT, TOKEN = "AC" + "a1" * 16, "a token only Twilio and we know"
HOTLINE, AMARA, BOGDAN = "+15005550006", "+4790000001", "+40720000002"
WHATSAPP = "whatsapp:+14155238886"


class LoopbackHttp(TwilioHttpClient):
    """Twilio's own transport, sent to another address."""

    def __init__(self, address: str, timeout: float = 5.0) -> None:
        super().__init__(timeout=timeout)
        self.address = address

    def request(self, method: str, url: str, *args: Any, **more: Any) -> TwilioResponse:
        return super().request(method, url.replace("https://api.twilio.com", self.address), *args, **more)


def open_twilio(server: Server, clock: Clock, webhook: Webhook, **how: Any) -> Twilio:
    """A Twilio that listens at `server` and posts to `webhook`."""
    made = Twilio(
        ACCOUNT, TOKEN, webhook_url=WEBHOOK, clock=clock, client_factory=webhook.client, retry_wait=0.001,
        faults=Faults(patience=5.0), **how,
    )  # fmt: skip
    server.app = made.app
    return made


@contextmanager
def client_of(server: Server, token: str = TOKEN, timeout: float = 5.0) -> Iterator[Client]:
    http = LoopbackHttp(server.url, timeout)
    yield Client(ACCOUNT, token, http_client=http)
    assert http.session is not None
    http.session.close()


def write(twilio: Twilio, sender: str, text: str, **more: Any) -> Delivery:
    return asyncio.run(twilio.write(sender, text, **more))


def form_of(webhook: Webhook, place: int = -1) -> dict[str, str]:
    return dict(parse_qsl(webhook.posts[place].body.decode(), keep_blank_values=True))


def twiml(*messages: str) -> Response:
    inside = "".join(f"<Message>{message}</Message>" for message in messages)
    return Response(f"<?xml version='1.0' encoding='UTF-8'?><Response>{inside}</Response>", media_type="text/xml")


def texts(twilio: Twilio, number: str) -> list[tuple[str, str]]:
    return [(entry.who, entry.text) for entry in twilio.thread(number)]


def send(client: Client, text: str = "Hello", to: str = AMARA, **more: Any) -> Any:
    return client.messages.create(to=to, **{"from_": HOTLINE, "body": text, **more})


def refused(client: Client, **message: Any) -> tuple[int, int | None]:
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(**message)
    return caught.value.status, caught.value.code
