# mypy: disable-error-code="import-untyped", allow-subclassing-any
"""The simulated Twilio, asked by Twilio's own client: Amara and Bogdan write, the hotline answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from starlette.responses import PlainTextResponse, Response
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bots.loopback.faults import Faults, Kind
from bots.loopback.twilio import Delivery, Twilio
from bots.loopback.twilio_ledger import CARRIER_REPLIES, CARRIER_WORDS
from bots.loopback.twilio_messages import segments
from tests.loopback_help import WEBHOOK, Clock, Server, Webhook, wait_for

ACCOUNT, TOKEN = "AC" + "a1" * 16, "a token only Twilio and we know"
HOTLINE, AMARA, BOGDAN = "+15005550006", "+4790000001", "+40720000002"
WHATSAPP = "whatsapp:+14155238886"
SMS_FIELDS = {
    "ToCountry", "ToState", "SmsMessageSid", "NumMedia", "ToCity", "FromZip", "SmsSid", "FromState", "SmsStatus",
    "FromCity", "Body", "FromCountry", "To", "ToZip", "NumSegments", "MessageSid", "AccountSid", "From", "ApiVersion",
}  # fmt: skip


class LoopbackHttp(TwilioHttpClient):
    """Twilio's own transport, sent to another address."""

    def __init__(self, address: str, timeout: float = 5.0) -> None:
        super().__init__(timeout=timeout)
        self.address = address

    def request(self, method: str, url: str, *args: Any, **more: Any) -> TwilioResponse:
        return super().request(method, url.replace("https://api.twilio.com", self.address), *args, **more)


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
    made = Twilio(
        ACCOUNT, TOKEN, webhook_url=WEBHOOK, clock=clock, client_factory=webhook.client, retry_wait=0.001,
        faults=Faults(patience=5.0),
    )  # fmt: skip
    server.app = made.app
    return made


def client_of(server: Server, token: str = TOKEN, timeout: float = 5.0) -> Iterator[Client]:
    http = LoopbackHttp(server.url, timeout)
    yield Client(ACCOUNT, token, http_client=http)
    assert http.session is not None
    http.session.close()


@pytest.fixture
def client(server: Server, twilio: Twilio) -> Iterator[Client]:
    yield from client_of(server)


@pytest.fixture
def hasty(server: Server, twilio: Twilio) -> Iterator[Client]:
    yield from client_of(server, timeout=0.15)


@pytest.fixture
def stranger(server: Server, twilio: Twilio) -> Iterator[Client]:
    yield from client_of(server, token="wrong")


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


# --- REST


def test_a_sent_message_is_queued_then_delivered(client: Client, twilio: Twilio) -> None:
    made = send(client, "We are here")
    assert (made.status, made.direction, made.date_sent) == ("queued", "outbound-api", None)
    assert client.messages(made.sid).fetch().status == "delivered"
    assert [(entry.who, entry.text, entry.status) for entry in twilio.thread(AMARA)] == [
        ("hotline", "We are here", "delivered")
    ]
    assert [message.sid for message in twilio.sent] == [made.sid]


def test_one_message_a_second_leaves_each_sender(client: Client, twilio: Twilio, clock: Clock) -> None:
    sids = [send(client, text).sid for text in ("one", "two", "three")]
    assert [client.messages(sid).fetch().status for sid in sids] == ["delivered", "queued", "queued"]
    clock.move(1)
    assert [entry.status for entry in twilio.thread(AMARA)] == ["delivered", "delivered", "queued"]
    clock.move(1)
    assert [entry.status for entry in twilio.thread(AMARA)] == ["delivered"] * 3


def test_without_pace_nothing_waits(clock: Clock) -> None:
    quick = Twilio(ACCOUNT, TOKEN, webhook_url=None, clock=clock, pace=0)
    for text in ("one", "two"):
        quick._ledger.reply(AMARA, text)
    assert [entry.status for entry in quick.thread(AMARA)] == ["delivered", "delivered"]


def test_a_receipt_takes_its_time(clock: Clock) -> None:
    slow = Twilio(ACCOUNT, TOKEN, webhook_url=None, clock=clock, receipt=3)
    message = slow._ledger.reply(AMARA, "one")
    assert slow.status(message) == "sent"
    clock.move(3)
    assert slow.status(message) == "delivered"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"to": "Amara", "from_": HOTLINE, "body": "x"}, (400, 21211)),
        ({"to": "+15005550001", "from_": HOTLINE, "body": "x"}, (400, 21211)),
        ({"to": "", "from_": HOTLINE, "body": "x"}, (400, 21604)),
        ({"to": AMARA, "body": "x"}, (400, 21603)),
        ({"to": AMARA, "from_": "hotline", "body": "x"}, (400, 21212)),
        ({"to": AMARA, "from_": "+15005550007", "body": "x"}, (400, 21606)),
        ({"to": AMARA, "from_": WHATSAPP, "body": "x"}, (400, 21910)),
        ({"to": f"whatsapp:{AMARA}", "from_": "whatsapp:+15005550009", "body": "x"}, (400, 63007)),
        ({"to": AMARA, "messaging_service_sid": "MGx", "body": "x"}, (404, 21701)),
        ({"to": AMARA, "from_": HOTLINE}, (400, 21602)),
        ({"to": AMARA, "from_": HOTLINE, "body": "x" * 1601}, (400, 21617)),
        ({"to": AMARA, "from_": HOTLINE, "content_sid": "HX" + "0" * 32}, (400, 21655)),
    ],
)
def test_what_twilio_refuses(
    client: Client, twilio: Twilio, message: dict[str, str], expected: tuple[int, int]
) -> None:
    assert refused(client, **message) == expected
    assert twilio.sent == []


def test_a_wrong_token_is_told_to_authenticate(stranger: Client, twilio: Twilio) -> None:
    with pytest.raises(TwilioRestException) as caught:
        send(stranger)
    assert (caught.value.status, caught.value.code, caught.value.msg) == (
        401,
        20003,
        "Unable to create record: Authenticate",
    )
    assert twilio.sent == []


def test_an_error_is_written_as_twilio_writes_it(server: Server, twilio: Twilio) -> None:
    answer = requests.post(
        f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        data={"To": AMARA, "From": HOTLINE},
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    )
    assert answer.json() == {
        "code": 21602,
        "message": "Message body is required.",
        "more_info": "https://www.twilio.com/docs/errors/21602",
        "status": 400,
    }


@pytest.mark.parametrize(
    ("method", "path", "expected"), [("GET", "/2010-04-01/Elsewhere.json", 20404), ("PUT", "/Messages.json", 20004)]
)
def test_other_addresses_are_not_found_and_other_verbs_not_allowed(
    server: Server, twilio: Twilio, method: str, path: str, expected: int
) -> None:
    path = path if "Elsewhere" in path else f"/2010-04-01/Accounts/{ACCOUNT}{path}"
    assert requests.request(method, server.url + path, timeout=5).json()["code"] == expected


def test_a_messaging_service_picks_the_sender(client: Client, twilio: Twilio) -> None:
    made = client.messages.create(to=AMARA, messaging_service_sid="MG" + "0" * 32, body="x")
    assert (made.status, made.from_) == ("accepted", None)
    assert client.messages(made.sid).fetch().from_ == HOTLINE


def test_whatsapp_is_open_for_a_day_after_the_person_wrote(client: Client, twilio: Twilio, clock: Clock) -> None:
    write(twilio, AMARA, "hi", whatsapp=True)
    clock.move(23 * 3600)
    inside = send(client, to=f"whatsapp:{AMARA}", from_=WHATSAPP)
    clock.move(2 * 3600)
    outside = send(client, to=f"whatsapp:{AMARA}", from_=WHATSAPP)
    assert (outside.status, outside.error_code) == ("queued", None)
    assert client.messages(inside.sid).fetch().status == "delivered"
    failed = client.messages(outside.sid).fetch()
    assert (failed.status, failed.error_code) == ("failed", 63016)
    assert len(twilio.thread(f"whatsapp:{AMARA}")) == 2
    assert twilio.thread(AMARA) == []


def test_an_approved_template_passes_the_closed_window(client: Client, twilio: Twilio) -> None:
    content = "HX" + "1" * 32
    twilio.templates[content] = "Hello {{1}}, write when you like."
    made = client.messages.create(
        to=f"whatsapp:{AMARA}", from_=WHATSAPP, content_sid=content, content_variables='{"1": "again"}'
    )
    assert client.messages(made.sid).fetch().status == "delivered"
    assert texts(twilio, f"whatsapp:{AMARA}") == [("hotline", "Hello again, write when you like.")]


def test_a_deleted_record_is_gone_but_the_phone_keeps_the_message(client: Client, twilio: Twilio) -> None:
    made = send(client, "we will not keep this")
    assert client.messages(made.sid).delete()
    assert twilio.deleted == [made.sid]
    assert texts(twilio, AMARA) == [("hotline", "we will not keep this")]
    assert [message.body for message in twilio.sent] == ["we will not keep this"]
    with pytest.raises(TwilioRestException) as caught:
        client.messages(made.sid).delete()
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_a_message_on_its_way_can_be_neither_deleted_nor_redacted(client: Client, clock: Clock) -> None:
    send(client, "first")
    waiting = send(client, "second")
    for attempt in (client.messages(waiting.sid).delete, lambda: client.messages(waiting.sid).update(body="")):
        with pytest.raises(TwilioRestException) as caught:
            attempt()
        assert (caught.value.status, caught.value.code) == (409, 20009)
    clock.move(1)
    assert client.messages(waiting.sid).delete()


def test_redacting_empties_the_record(client: Client, twilio: Twilio) -> None:
    made = send(client, "words")
    assert client.messages(made.sid).update(body="").body == ""
    assert twilio.messages[made.sid].body == ""
    assert texts(twilio, AMARA) == [("hotline", "words")]
    with pytest.raises(TwilioRestException) as caught:
        client.messages(made.sid).update(body="other words")
    assert caught.value.code == 20001
    with pytest.raises(TwilioRestException) as caught:
        client.messages(made.sid).update(status="canceled")
    assert caught.value.code == 30409


def test_what_a_person_wrote_is_a_record_too_and_can_be_deleted(client: Client, twilio: Twilio) -> None:
    delivery = write(twilio, AMARA, "hello?")
    found = client.messages(delivery.message_sid).fetch()
    assert (found.direction, found.status, found.body) == ("inbound", "received", "hello?")
    assert client.messages(delivery.message_sid).delete()
    assert delivery.message_sid not in twilio.messages


def test_lists_are_filtered_by_address_and_date(client: Client, twilio: Twilio, clock: Clock) -> None:
    clock.now = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    for day in (1, 2, 3):
        send(client, f"day {day}", to=AMARA if day < 3 else BOGDAN)
        clock.move(86400)
    first, second = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    noon = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)

    def bodies(**filters: Any) -> list[str | None]:
        return [message.body for message in client.messages.list(**filters)]

    assert bodies() == ["day 3", "day 2", "day 1"]
    assert bodies(to=BOGDAN) == ["day 3"]
    assert bodies(from_=HOTLINE, to=AMARA) == ["day 2", "day 1"]
    assert bodies(from_=AMARA) == []
    assert bodies(date_sent=second) == ["day 2"]
    assert bodies(date_sent_after=noon) == ["day 3"]
    assert bodies(date_sent_before=noon) == ["day 2", "day 1"]
    assert bodies(date_sent_after=first, date_sent_before=first.replace(hour=13)) == ["day 1"]


def test_a_day_as_filter_takes_in_the_whole_day(server: Server, client: Client, twilio: Twilio, clock: Clock) -> None:
    clock.now = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
    send(client)
    address = f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    def count(name: str, day: str) -> int:
        answer = requests.get(address, params={name: day}, auth=(ACCOUNT, TOKEN), timeout=5)
        return len(answer.json()["messages"])

    assert [count(name, "2026-03-02") for name in ("DateSent", "DateSent<", "DateSent>")] == [1, 1, 1]
    assert [count("DateSent<", "2026-03-01"), count("DateSent>", "2026-03-03")] == [0, 0]
    assert count("DateSent", "2026-03-01") == 0
    assert requests.get(address, params={"DateSent": "soon"}, auth=(ACCOUNT, TOKEN), timeout=5).json()["code"] == 20001


def test_pages_lose_nothing_while_records_are_deleted(client: Client, twilio: Twilio) -> None:
    for number in range(7):
        write(twilio, AMARA, f"message {number}")
    seen = []
    for message in client.messages.stream(page_size=2):
        seen.append(message.body)
        assert client.messages(str(message.sid)).delete()
    assert seen == [f"message {number}" for number in reversed(range(7))]
    assert twilio.messages == {}


# --- faults of the REST side


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


# --- the person's side


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


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
        ("ж" * 70, 1), ("ж" * 71, 2), ("👍" * 35, 1), ("👍" * 36, 2),
    ],
)  # fmt: skip
def test_segments_are_counted_as_carriers_do(text: str, count: int) -> None:
    assert segments(text) == count


def test_the_held_request_ends_when_the_client_hangs_up(hasty: Client, twilio: Twilio, server: Server) -> None:
    twilio.faults.schedule(Kind.NO_ANSWER, operation="list")
    with pytest.raises(requests.Timeout):
        hasty.messages.list()
    wait_for(lambda: not server._server.server_state.tasks)
