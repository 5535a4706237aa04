# mypy: disable-error-code="import-untyped", allow-subclassing-any
"""The misfortunes of the simulated Twilio's REST side, as Twilio's own client meets them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from twilio.rest import Client

from bots.loopback.faults import Faults, Kind
from bots.loopback.twilio import Twilio
from tests.loopback_help import Clock, Server, Webhook, wait_for
from tests.twilio_help import (
    AMARA,
    HOTLINE,
    client_of,
    open_twilio,
    refused,
    send,
    texts,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def twilio(server: Server, clock: Clock, webhook: Webhook) -> Twilio:
    return open_twilio(server, clock, webhook)


@pytest.fixture
def client(server: Server, twilio: Twilio) -> Iterator[Client]:
    with client_of(server) as made:
        yield made


@pytest.fixture
def hasty(server: Server, twilio: Twilio) -> Iterator[Client]:
    with client_of(server, timeout=0.15) as made:
        yield made


def test_too_many_says_how_long_to_wait_and_sends_nothing(client: Client, twilio: Twilio) -> None:
    twilio.faults.schedule(Kind.TOO_MANY, retry_after=7)
    assert refused(client, to=AMARA, from_=HOTLINE, body="x") == (429, 20429)
    assert client.http_client._test_only_last_response.headers["Retry-After"] == "7"
    assert twilio.sent == []
    send(client)
    assert len(twilio.sent) == 1


def test_a_server_error_sends_nothing(client: Client, twilio: Twilio) -> None:
    twilio.faults.schedule("server_error", times=2)
    for _ in range(2):
        assert refused(client, to=AMARA, from_=HOTLINE, body="x")[0] == 500
    assert twilio.sent == []
    assert not twilio.faults.left()


def test_a_timeout_after_accept_leaves_the_message_sent(hasty: Client, twilio: Twilio) -> None:
    twilio.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT)
    with pytest.raises(requests.Timeout):
        send(hasty, "did this arrive?")
    assert [message.body for message in twilio.sent] == ["did this arrive?"]
    assert texts(twilio, AMARA) == [("hotline", "did this arrive?")]


def test_no_answer_leaves_nothing_sent(hasty: Client, twilio: Twilio) -> None:
    twilio.faults.schedule(Kind.NO_ANSWER)
    with pytest.raises(requests.Timeout):
        send(hasty)
    assert twilio.sent == []


def test_faults_hit_only_the_operation_they_are_planned_for(client: Client, twilio: Twilio) -> None:
    made = send(client)
    for operation in ("delete", "list", "fetch", "update"):
        twilio.faults.schedule(Kind.SERVER_ERROR, operation=operation)
    one = client.messages(made.sid)
    for asked in (one.delete, client.messages.list, one.fetch, lambda: one.update(body="")):
        with pytest.raises(Exception, match="Internal Server Error"):
            asked()
    assert one.delete()


def test_a_fault_that_cannot_happen_is_refused() -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=r"^reorder cannot happen to 'send'$"):
        faults.schedule(Kind.REORDER)
    with pytest.raises(ValueError, match=r"^too_many cannot happen to 'webhook'$"):
        faults.schedule(Kind.TOO_MANY, operation="webhook")
    with pytest.raises(ValueError, match=r"^no operation 'sned': one of answer, delete, edit, "):
        faults.schedule(Kind.TOO_MANY, operation="sned")


def test_the_held_request_ends_when_the_client_hangs_up(hasty: Client, twilio: Twilio, server: Server) -> None:
    twilio.faults.schedule(Kind.NO_ANSWER, operation="list")
    with pytest.raises(requests.Timeout):
        hasty.messages.list()
    wait_for(lambda: not server._server.server_state.tasks)
