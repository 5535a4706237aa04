# mypy: disable-error-code="import-untyped", allow-subclassing-any
"""The phones of the simulated Twilio: Amara and Bogdan write, a webhook answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.responses import PlainTextResponse, Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bots.loopback.faults import Kind
from bots.loopback.twilio import Delivery, Twilio
from bots.loopback.twilio_ledger import CARRIER_REPLIES, CARRIER_WORDS
from tests.loopback_help import WEBHOOK, Clock, Server, Webhook
from tests.twilio_help import (
    ACCOUNT,
    AMARA,
    BOGDAN,
    HOTLINE,
    TOKEN,
    WHATSAPP,
    client_of,
    form_of,
    open_twilio,
    refused,
    send,
    texts,
    twiml,
    write,
)

SMS_FIELDS = {
    "ToCountry", "ToState", "SmsMessageSid", "NumMedia", "ToCity", "FromZip", "SmsSid", "FromState", "SmsStatus",
    "FromCity", "Body", "FromCountry", "To", "ToZip", "NumSegments", "MessageSid", "AccountSid", "From", "ApiVersion",
}  # fmt: skip


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


def test_an_sms_is_posted_and_signed_as_twilio_does(twilio: Twilio, webhook: Webhook) -> None:
    webhook.answers.append(twiml("Hello &amp; welcome", "<Body>Second</Body>"))
    delivery = write(twilio, "+14155550123", "Hej på dig")
    post, form = webhook.posts[0], form_of(webhook)
    assert post.url == WEBHOOK
    assert RequestValidator(TOKEN).validate(WEBHOOK, form, post.headers["x-twilio-signature"])
    assert not RequestValidator("other").validate(WEBHOOK, form, post.headers["x-twilio-signature"])
    assert post.headers["i-twilio-idempotency-token"]
    assert set(form) == SMS_FIELDS
    assert (form["From"], form["To"], form["FromCountry"]) == ("+14155550123", HOTLINE, "US")
    assert delivery == Delivery(True, 200, 1, ("Hello & welcome", "Second"), form["MessageSid"])
    assert texts(twilio, "+14155550123") == [
        ("person", "Hej på dig"),
        ("hotline", "Hello & welcome"),
        ("hotline", "Second"),
    ]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/webhooks/twilio", "https://x.example:8443/a?b=c%20d#rc=2", "https://x.example/"]
)
def test_the_signature_holds_for_any_address(clock: Clock, webhook: Webhook, url: str) -> None:
    twilio = Twilio(ACCOUNT, TOKEN, webhook_url=url, clock=clock, client_factory=webhook.client)
    write(twilio, AMARA, "")
    sign = webhook.posts[0].headers["x-twilio-signature"]
    assert RequestValidator(TOKEN).validate(url.partition("#")[0], form_of(webhook), sign)
    assert (form_of(webhook)["FromCountry"], form_of(webhook)["FromCity"]) == ("NO", "")


def test_whatsapp_has_its_own_fields_and_thread(twilio: Twilio, webhook: Webhook) -> None:
    webhook.answers.append(twiml("hello"))
    write(twilio, AMARA, "hi", whatsapp=True, profile_name="Amara")
    form = form_of(webhook)
    assert (form["From"], form["To"]) == (f"whatsapp:{AMARA}", WHATSAPP)
    assert (form["ProfileName"], form["WaId"], form["MessageType"]) == ("Amara", AMARA[1:], "text")
    assert '"type": "whatsapp"' in form["ChannelMetadata"]
    assert "FromCountry" not in form
    assert texts(twilio, f"whatsapp:{AMARA}") == [("person", "hi"), ("hotline", "hello")]
    write(twilio, f"whatsapp:{AMARA}", "STOP")
    assert "OptOutType" not in form_of(webhook)
    assert twilio.opted_out == set()


def test_pictures_come_as_addresses_with_their_type(twilio: Twilio, webhook: Webhook) -> None:
    delivery = write(twilio, AMARA, "look", media=["passport.jpg", "https://files.example/a.pdf"])
    form = form_of(webhook)
    assert delivery.message_sid.startswith("MM")
    assert (form["NumMedia"], form["MediaContentType0"], form["MediaUrl1"]) == (
        "2",
        "image/jpeg",
        "https://files.example/a.pdf",
    )
    assert form["MediaUrl0"].startswith(f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM")
    write(twilio, AMARA, "", media=["paper.pdf"], whatsapp=True)
    assert form_of(webhook)["MessageType"] == "document"


@pytest.mark.parametrize("word", sorted(CARRIER_WORDS["STOP"]))
def test_a_stop_word_cuts_the_person_off(client: Client, twilio: Twilio, webhook: Webhook, word: str) -> None:
    webhook.answers.append(twiml("Goodbye"))
    delivery = write(twilio, AMARA, f" {word.lower()}\n")
    assert form_of(webhook)["OptOutType"] == "STOP"
    assert delivery.acknowledged
    assert delivery.replies == ()
    assert [entry.text for entry in twilio.thread(AMARA) if entry.who != "person"] == [CARRIER_REPLIES["STOP"]]
    assert [one.error for one in twilio.messages.values() if one.direction == "outbound-reply"] == [21610]
    assert refused(client, to=AMARA, from_=HOTLINE, body="Still there?") == (400, 21610)
    assert twilio.opted_out == {AMARA}


@pytest.mark.parametrize("word", sorted(CARRIER_WORDS["START"]))
def test_a_start_word_lets_the_person_back_in(client: Client, twilio: Twilio, webhook: Webhook, word: str) -> None:
    write(twilio, AMARA, "STOP")
    webhook.answers.append(twiml("Welcome back"))
    assert write(twilio, AMARA, word).replies == ("Welcome back",)
    assert form_of(webhook)["OptOutType"] == "START"
    assert texts(twilio, AMARA)[-2:] == [("carrier", CARRIER_REPLIES["START"]), ("hotline", "Welcome back")]
    send(client)
    assert twilio.opted_out == set()


def test_help_gets_the_stock_reply_and_words_inside_a_sentence_do_not(twilio: Twilio, webhook: Webhook) -> None:
    for word in ("HELP", "info"):
        write(twilio, AMARA, word)
        assert form_of(webhook)["OptOutType"] == "HELP"
    for text in ("help me", "STOP it", "yes", "STOP."):
        write(twilio, BOGDAN, text)
    assert [who for who, _ in texts(twilio, AMARA)] == ["person", "carrier"] * 2
    assert [who for who, _ in texts(twilio, BOGDAN)] == ["person"] * 4
    assert twilio.opted_out == set()


def test_a_second_stop_is_not_answered_again(twilio: Twilio) -> None:
    write(twilio, AMARA, "STOP")
    write(twilio, AMARA, "STOP")
    assert [who for who, _ in texts(twilio, AMARA)] == ["person", "carrier", "person"]


def test_a_failing_webhook_is_tried_again_with_the_same_message(twilio: Twilio, webhook: Webhook) -> None:
    webhook.fail(1, 503)
    webhook.break_off()
    webhook.answers.append(twiml("there you are"))
    delivery = write(twilio, AMARA, "hello")
    assert (delivery.acknowledged, delivery.attempts, delivery.replies) == (True, 3, ("there you are",))
    assert len({post.body for post in webhook.posts}) == 1
    assert len({post.headers["i-twilio-idempotency-token"] for post in webhook.posts}) == 1


def test_retries_are_bounded_and_a_refusal_is_not_retried(twilio: Twilio, webhook: Webhook) -> None:
    webhook.fail(2)
    assert write(twilio, AMARA, "hello", retries=1) == Delivery(False, 500, 2, (), form_of(webhook)["MessageSid"])
    webhook.fail(1, 403)
    assert write(twilio, AMARA, "hello").attempts == 1
    assert [who for who, _ in texts(twilio, AMARA)] == ["person", "person"]


def test_nobody_listening_is_not_acknowledged(twilio: Twilio, server: Server) -> None:
    real = Twilio(ACCOUNT, TOKEN, webhook_url="http://127.0.0.1:9/", retry_wait=0.001)
    delivery = write(real, AMARA, "hello", retries=1)
    assert (delivery.acknowledged, delivery.status, delivery.attempts) == (False, None, 2)
    real.webhook_url = None
    assert write(real, AMARA, "hello").attempts == 0


def test_a_webhook_over_the_network_is_heard(server: Server, webhook: Webhook) -> None:
    server.app = webhook
    real = Twilio(ACCOUNT, TOKEN, webhook_url=f"{server.url}/webhooks/twilio")
    webhook.answers.append(PlainTextResponse("plain words"))
    assert write(real, AMARA, "hello").replies == ("plain words",)


def test_the_same_message_again_appears_once_on_the_phone(twilio: Twilio, webhook: Webhook) -> None:
    first = write(twilio, AMARA, "HELP")
    again = write(twilio, AMARA, "HELP", message_sid=first.message_sid)
    assert again.message_sid == first.message_sid
    assert [who for who, _ in texts(twilio, AMARA)] == ["person", "carrier"]
    assert webhook.posts[0].body == webhook.posts[1].body


def test_a_duplicate_delivers_twice_and_shows_both_answers(twilio: Twilio, webhook: Webhook) -> None:
    twilio.faults.schedule(Kind.DUPLICATE, operation="webhook")
    webhook.answers.append(twiml("answer"))
    delivery = write(twilio, AMARA, "hello")
    assert (delivery.attempts, delivery.replies) == (2, ("answer",))
    assert webhook.posts[0].body == webhook.posts[1].body


def test_a_reorder_swaps_two_messages(twilio: Twilio, webhook: Webhook) -> None:
    twilio.faults.schedule(Kind.REORDER, operation="webhook")
    assert write(twilio, AMARA, "first") == Delivery(False, None, 0, (), next(iter(twilio.messages)))
    assert write(twilio, AMARA, "second").acknowledged
    assert [form_of(webhook, place)["Body"] for place in (0, 1)] == ["second", "first"]


def test_what_a_reorder_holds_back_can_be_let_go(twilio: Twilio, webhook: Webhook) -> None:
    twilio.faults.schedule(Kind.REORDER, operation="webhook")
    write(twilio, AMARA, "only")
    assert [delivery.acknowledged for delivery in asyncio.run(twilio.flush())] == [True]
    assert form_of(webhook)["Body"] == "only"


def test_an_acknowledgement_that_is_lost_brings_the_message_again(twilio: Twilio, webhook: Webhook) -> None:
    twilio.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT, operation="webhook")
    twilio.faults.schedule(Kind.NO_ANSWER, operation="webhook")
    webhook.answers.append(twiml("lost"))
    delivery = write(twilio, AMARA, "hello")
    assert (delivery.acknowledged, delivery.attempts, delivery.replies) == (True, 3, ())
    assert len(webhook.posts) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Response("<Response><Message>cut off", media_type="text/xml"),
        Response("<html><Message>x</Message></html>", media_type="text/xml"),
        Response("<Response><Message>x</Message></Response>", media_type="text/html"),
        Response("<Response><Message>  </Message></Response>", media_type="application/xml"),
        Response('{"message": "x"}', media_type="application/json"),
        Response(status_code=204),
    ],
)
def test_an_answer_that_is_not_twiml_sends_nothing(twilio: Twilio, webhook: Webhook, answer: Response) -> None:
    webhook.answers.append(answer)
    delivery = write(twilio, AMARA, "hello")
    assert (delivery.acknowledged, delivery.replies) == (True, ())


def test_a_reply_too_long_for_twilio_never_arrives(twilio: Twilio, webhook: Webhook) -> None:
    webhook.answers.append(twiml("x" * 1601))
    assert write(twilio, AMARA, "hello").replies == ()
    assert [one.error for one in twilio.messages.values()] == [None, 21617]
