# mypy: disable-error-code="import-untyped", allow-subclassing-any
"""The REST side of the simulated Twilio, asked by Twilio's own client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from bots.loopback.twilio import Twilio
from bots.loopback.twilio_messages import segments
from tests.loopback_help import Clock, Server, Webhook
from tests.twilio_help import (
    ACCOUNT,
    AMARA,
    BOGDAN,
    HOTLINE,
    TOKEN,
    WHATSAPP,
    client_of,
    open_twilio,
    refused,
    send,
    texts,
    write,
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
def stranger(server: Server, twilio: Twilio) -> Iterator[Client]:
    with client_of(server, token="wrong") as made:
        yield made


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


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
        ("ж" * 70, 1), ("ж" * 71, 2), ("👍" * 35, 1), ("👍" * 36, 2),
    ],
)  # fmt: skip
def test_segments_are_counted_as_carriers_do(text: str, count: int) -> None:
    assert segments(text) == count
