# mypy: disable-error-code="import-untyped", allow-subclassing-any
"""What the simulated Twilio tells by itself: callbacks, and a second address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.responses import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bots.loopback.twilio import Twilio
from bots.loopback.twilio_receipts import Receipt
from tests.loopback_help import WEBHOOK, Clock, Server, Webhook, wait_for
from tests.twilio_help import (
    ACCOUNT,
    AMARA,
    HOTLINE,
    TOKEN,
    WHATSAPP,
    client_of,
    form_of,
    open_twilio,
    refused,
    send,
    twiml,
    write,
)

CALLBACK = "https://hotline.example/webhooks/here/status"
FALLBACK = "https://second.example/webhooks/here"


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
    return open_twilio(server, clock, webhook, senders=("+15005550010",))


@pytest.fixture
def client(server: Server, twilio: Twilio) -> Iterator[Client]:
    with client_of(server) as made:
        yield made


def statuses(webhook: Webhook) -> list[str]:
    forms = [dict(parse_qsl(post.body.decode())) for post in webhook.posts if post.url == CALLBACK]
    return [form["MessageStatus"] for form in forms]


def told(twilio: Twilio) -> list[tuple[str, int | None]]:
    return [(receipt.status, answered) for receipt, answered in twilio.receipts.told]


def tell(twilio: Twilio) -> None:
    asyncio.run(twilio.receipts.tell())


def test_a_message_of_rest_is_told_of_where_it_asked_signed_as_twilio_signs(
    client: Client, twilio: Twilio, webhook: Webhook
) -> None:
    made = send(client, status_callback=CALLBACK)
    wait_for(lambda: len(twilio.receipts.told) == 2)
    post, form = webhook.posts[-1], form_of(webhook)
    assert RequestValidator(TOKEN).validate(CALLBACK, form, post.headers["x-twilio-signature"])
    assert form == {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "MessageSid": made.sid, "SmsSid": made.sid,
        "MessageStatus": "delivered", "SmsStatus": "delivered", "From": HOTLINE, "To": AMARA,
        "RawDlrDoneDate": "2601010000",
    }  # fmt: skip
    assert told(twilio) == [("sent", 200), ("delivered", 200)]


def test_a_message_that_asked_for_nothing_is_not_told_of(client: Client, twilio: Twilio, webhook: Webhook) -> None:
    send(client)
    tell(twilio)
    assert (webhook.posts, twilio.receipts.pending) == ([], [])


def test_nothing_is_told_when_receipts_are_switched_off(client: Client, twilio: Twilio) -> None:
    twilio.receipts.on = False
    send(client, status_callback=CALLBACK)
    tell(twilio)
    assert told(twilio) == []


def test_a_reply_is_told_of_where_its_twiml_asked(twilio: Twilio, webhook: Webhook) -> None:
    webhook.answers.append(
        Response(
            f'<Response><Message statusCallback="{CALLBACK}">One</Message><Message>Two</Message></Response>',
            media_type="text/xml",
        )
    )
    assert write(twilio, AMARA, "hello").replies == ("One", "Two")
    assert statuses(webhook) == ["sent", "delivered"]


def test_what_waits_its_turn_is_told_when_its_time_has_come(client: Client, twilio: Twilio, clock: Clock) -> None:
    for text in ("one", "two"):
        send(client, text, status_callback=CALLBACK)
    wait_for(lambda: len(twilio.receipts.told) == 2)
    clock.move(1)
    tell(twilio)
    assert told(twilio) == [("sent", 200), ("delivered", 200)] * 2


def test_by_a_clock_that_runs_it_is_told_by_itself(server: Server, webhook: Webhook) -> None:
    twilio = Twilio(ACCOUNT, TOKEN, webhook_url=None, client_factory=webhook.client, pace=0.05, receipt=0.05)
    server.app = twilio.app
    with client_of(server) as client:
        for text in ("one", "two"):
            send(client, text, status_callback=CALLBACK)
    wait_for(lambda: len(twilio.receipts.told) == 4)
    assert sorted(statuses(webhook)) == ["delivered", "delivered", "sent", "sent"]


def test_a_service_tells_that_it_queued_and_a_refused_reply_tells_why(
    client: Client, twilio: Twilio, webhook: Webhook
) -> None:
    client.messages.create(to=AMARA, messaging_service_sid="MG" + "0" * 32, body="x", status_callback=CALLBACK)
    wait_for(lambda: len(twilio.receipts.told) == 3)
    assert statuses(webhook) == ["queued", "sent", "delivered"]
    twilio.opted_out.add(AMARA)
    webhook.answers.append(
        Response(f'<Response><Message action="{CALLBACK}">x</Message></Response>', media_type="text/xml")
    )
    write(twilio, AMARA, "hello")
    assert (form_of(webhook)["MessageStatus"], form_of(webhook)["ErrorCode"]) == ("failed", "21610")


def test_whatsapp_tells_that_the_chat_was_opened(client: Client, twilio: Twilio, webhook: Webhook) -> None:
    write(twilio, AMARA, "hi", whatsapp=True)
    made = send(client, to=f"whatsapp:{AMARA}", from_=WHATSAPP, status_callback=CALLBACK)
    wait_for(lambda: len(twilio.receipts.told) == 2)
    asyncio.run(twilio.look(f"whatsapp:{AMARA}"))
    asyncio.run(twilio.look(f"whatsapp:{AMARA}"))
    assert statuses(webhook) == ["sent", "delivered", "read"]
    assert form_of(webhook)["EventType"] == "READ"
    assert client.messages(made.sid).fetch().status == "read"


def test_the_order_can_be_chosen_and_what_is_held_can_be_let_go_twice(client: Client, twilio: Twilio) -> None:
    twilio.receipts.order = lambda due: reversed(due)
    send(client, status_callback=CALLBACK)
    wait_for(lambda: len(twilio.receipts.told) == 2)
    assert [status for status, _ in told(twilio)] == ["delivered", "sent"]
    twilio.receipts.held = True
    send(client, "two", status_callback=CALLBACK)
    tell(twilio)

    def all_twice(due: Any) -> list[Receipt]:
        return [*due, *due]

    asyncio.run(twilio.receipts.let_go(all_twice, early=True))
    assert [status for status, _ in told(twilio)][2:] == ["sent", "delivered"] * 2


def test_faults_planned_for_messages_are_not_used_up_by_callbacks(client: Client, twilio: Twilio) -> None:
    twilio.faults.schedule("no_answer", operation="webhook")
    send(client, status_callback=CALLBACK)
    wait_for(lambda: len(twilio.receipts.told) == 2)
    assert len(twilio.faults.left("webhook")) == 1


def test_each_sender_has_a_queue_of_its_own(client: Client, twilio: Twilio) -> None:
    for _ in range(30):
        send(client, "the script")
    send(client, "a person", from_="+15005550010")
    entries = {entry.text: entry.status for entry in twilio.thread(AMARA)}
    assert entries == {"the script": "queued", "a person": "delivered"}
    assert refused(client, to=AMARA, from_="+15005550011", body="x") == (400, 21606)


# --- the fallback address


def test_the_fallback_address_is_called_after_a_failure_with_what_went_wrong(twilio: Twilio, webhook: Webhook) -> None:
    twilio.fallback_url = FALLBACK
    webhook.fail(1)
    webhook.answers.append(twiml("from the second"))
    delivery = write(twilio, AMARA, "hello", retries=0)
    assert (delivery.acknowledged, delivery.status, delivery.replies) == (True, 200, ("from the second",))
    first, second = webhook.posts
    form = form_of(webhook)
    assert (second.url, form["ErrorCode"], form["ErrorUrl"]) == (FALLBACK, "11200", WEBHOOK)
    assert RequestValidator(TOKEN).validate(FALLBACK, form, second.headers["x-twilio-signature"])
    assert set(form) - {"ErrorCode", "ErrorUrl"} == set(form_of(webhook, 0))
    assert first.url == WEBHOOK


def test_nobody_there_is_another_error_and_a_good_answer_needs_no_fallback(twilio: Twilio, webhook: Webhook) -> None:
    twilio.fallback_url = FALLBACK
    webhook.break_off()
    write(twilio, AMARA, "hello", retries=0)
    assert form_of(webhook)["ErrorCode"] == "11205"
    write(twilio, AMARA, "hello")
    assert [post.url for post in webhook.posts] == [WEBHOOK, FALLBACK, WEBHOOK]
