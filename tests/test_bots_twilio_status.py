"""Twilio tells how far a message of ours came: signed, with fields it documents, in any order and as often as it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import pairwise, permutations
from time import time
from urllib.parse import urlencode

import pytest

from bots.contract import Refused, Request
from bots.sms import STATUSES, Twilio
from bots.twilio_form import FIELDS, STATUS_FIELDS, Gate
from hotline.contact import Channel
from hotline.message import Delivery, Outgoing, Report
from tests.channel_lines import Answering, SmsLine, WhatsappLine
from tests.loopback_help import Server, wait_for
from tests.people import AMARA, OURS
from tests.server_help import ACCOUNT, FORM, PUBLIC, TOKEN, signature

STATUS = f"{PUBLIC}/webhooks/twilio/status"
SID = "SM" + "0" * 31 + "1"
Form = dict[str, str]


@pytest.fixture
def bot() -> Twilio:
    return Twilio(ACCOUNT, TOKEN, PUBLIC, "http://127.0.0.1:9")


def told(status: str, whatsapp: bool = False, /, **more: str) -> Form:
    """The form of a status callback."""
    prefix = "whatsapp:" if whatsapp else ""
    about = {"MessageSid": SID, "SmsSid": SID, "MessageStatus": status, "SmsStatus": status, "AccountSid": ACCOUNT}
    return {**about, "From": prefix + OURS, "To": prefix + AMARA, "ApiVersion": "2010-04-01", **more}


def request(form: Mapping[str, str], signed: str | None = None, query: str = "") -> Request:
    sign = signature(form, STATUS) if signed is None else signed
    headers = {"content-type": FORM, "x-twilio-signature": sign}
    return Request(headers, urlencode(form).encode(), query)


@pytest.mark.parametrize(
    ("status", "more", "expected"),
    [
        ("sent", {}, (Delivery.SENT, False)),
        ("delivered", {"RawDlrDoneDate": "2601010000"}, (Delivery.DELIVERED, True)),
        ("undelivered", {"ErrorCode": "30005"}, (Delivery.FAILED, True)),
        ("failed", {"ErrorCode": "30001", "ErrorMessage": "Queue overflow"}, (Delivery.FAILED, True)),
        ("failed", {}, (Delivery.FAILED, True)),
        ("canceled", {}, (Delivery.FAILED, True)),
        ("failed", {"ErrorCode": "21610"}, (Delivery.OPTED_OUT, True)),
        ("undelivered", {"ErrorCode": "21610"}, (Delivery.OPTED_OUT, True)),
        ("failed", {"ErrorCode": "63016"}, (Delivery.WINDOW, True)),
        ("delivered", {"ErrorCode": "0"}, (Delivery.DELIVERED, True)),
    ],
)
def test_a_status_says_how_far_it_came(bot: Twilio, status: str, more: Form, expected: tuple[Delivery, bool]) -> None:
    assert bot.report(request(told(status, **more))) == Report(Channel.SMS, SID, *expected)


def test_whatsapp_tells_that_it_was_read(bot: Twilio) -> None:
    more = {"ChannelPrefix": "whatsapp", "ChannelInstallSid": "XE" + "0" * 32, "EventType": "READ"}
    report = bot.report(request(told("read", True, **more)))
    assert report == Report(Channel.WHATSAPP, SID, Delivery.READ, True)


@pytest.mark.parametrize("status", ["queued", "accepted", "scheduled", "sending", "receiving", "received", "tomorrow"])
def test_a_status_that_tells_nothing_is_taken_and_changes_nothing(bot: Twilio, status: str) -> None:
    assert bot.report(request(told(status))) is None


def without(form: Form, name: str) -> Form:
    return {key: value for key, value in form.items() if key != name}


NOT_SENT = "is missing or is not what Twilio sends."


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({**told("sent"), "AccountSid": "AC" + "b" * 32}, 403, "AccountSid is not the account of this hotline."),
        ({**told("sent"), "Extra": "1"}, 400, "The form holds a field that Twilio does not send."),
        ({**told("sent"), "Body": "words"}, 400, "The form holds a field that Twilio does not send."),
        ({**told("sent"), "MediaUrl0": "x"}, 400, "The form holds a field that Twilio does not send."),
        (without(told("sent"), "MessageSid"), 400, f"MessageSid {NOT_SENT}"),
        ({**told("sent"), "MessageSid": f"{SID}\n"}, 400, f"MessageSid {NOT_SENT}"),
        (without(told("sent"), "To"), 400, f"To {NOT_SENT}"),
        (without(told("sent"), "MessageStatus"), 400, f"MessageStatus {NOT_SENT}"),
        (told("Sent!"), 400, f"MessageStatus {NOT_SENT}"),
        ({**told("sent"), "SmsSid": "SM" + "2" * 32}, 400, "SmsSid must be the same as MessageSid."),
        ({**told("sent"), "SmsStatus": "failed"}, 400, "SmsStatus must be the same as MessageStatus."),
        ({**told("failed"), "ErrorCode": "none"}, 400, "ErrorCode is not what Twilio sends."),
        ({**told("failed"), "ApiVersion": "2010-04-01ErrorCode21610"}, 400, "ErrorCode is not what Twilio sends."),
    ],
)
def test_what_twilio_would_not_send_is_refused_in_one_sentence(
    bot: Twilio, form: Form, status: int, sentence: str
) -> None:
    with pytest.raises(Refused) as caught:
        bot.report(request(form))
    assert (caught.value.status, caught.value.sentence) == (status, sentence)


FORGED = [
    ("no signature", request(told("failed"), signed="")),
    ("a guess", request(told("failed"), signed=signature(told("failed"), STATUS, token="a guess"))),
    ("for the address of messages", request(told("failed"), signed=signature(told("failed")))),
    ("another status", request(told("failed"), signed=signature(told("sent"), STATUS))),
    ("a query that was not signed", request(told("failed"), query="again=1")),
]


@pytest.mark.parametrize("forged", [one for _, one in FORGED], ids=[name for name, _ in FORGED])
def test_nobody_but_twilio_can_say_that_an_answer_failed(bot: Twilio, forged: Request) -> None:
    with pytest.raises(Refused) as caught:
        bot.report(forged)
    assert caught.value.status == 403


def test_without_the_check_of_the_signature_a_forged_status_would_be_believed(
    bot: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio.request_validator.RequestValidator.validate", lambda *_: True)
    assert bot.report(FORGED[1][1]) == Report(Channel.SMS, SID, Delivery.FAILED, True)


def test_a_boundary_that_is_moved_into_another_field_is_refused(bot: Twilio) -> None:
    genuine = told("sent", EventType="x")
    sign = signature(genuine, STATUS)
    order = sorted(genuine)
    for name, after in pairwise(order):
        rest = {key: value for key, value in genuine.items() if key != after}
        moved = {**rest, name: f"{genuine[name]}{after}{genuine[after]}"}
        assert signature(moved, STATUS) == sign, "the signature alone would let it pass"
        used = {"AccountSid", "MessageSid", "MessageStatus", "To"} & {name, after}
        if used:
            with pytest.raises(Refused):
                bot.report(request(moved))


def test_the_fields_of_messages_and_of_statuses_are_kept_apart() -> None:
    assert "Body" not in STATUS_FIELDS
    assert "MessageStatus" not in FIELDS
    assert set(STATUSES) == {"sent", "partially_delivered", "delivered", "read", "undelivered", "failed", "canceled"}


def test_six_reports_end_in_the_same_state_in_each_of_720_orders(bot: Twilio) -> None:
    forms = [told("queued"), told("sending"), told("sent"), told("delivered"), told("read"), told("sent")]
    reports = [bot.report(request(form)) for form in forms]
    ends = set()
    for order in permutations(reports):
        delivery = Delivery.WAITING
        for report in order:
            delivery = delivery if report is None else delivery.then(report.delivery)
        ends.add(delivery)
    assert ends == {Delivery.READ}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with Server() as provider, Server() as ours:
        yield provider, ours


@pytest.mark.parametrize("kind", [SmsLine, WhatsappLine])
def test_every_message_of_ours_asks_to_be_told_of(
    servers: tuple[Server, Server], kind: type[SmsLine] | type[WhatsappLine]
) -> None:
    provider, ours = servers
    hotline = Answering()
    ours.app, line = hotline, kind(provider, ours)
    hotline.bot = line.bot
    hotline.says = (Outgoing("One."), Outgoing("Two."))
    line.writes("Hello")
    sid = line.bot.send(line.dispatch("A person has read it."))
    wait_for(lambda: len(hotline.told) == 6)
    asyncio.run(line.loopback.look(line.caller))
    assert {status for _, status in line.loopback.receipts.told} == {204}
    heard = [(one.id, one.delivery) for one in hotline.told if one is not None]
    replies = [one.sid for one in line.loopback.messages.values() if one.direction == "outbound-reply"]
    assert len(replies) == 2, "only so do we learn under which ids our replies lie at Twilio, and can delete them"
    for one in (*replies, sid):
        assert [delivery for id, delivery in heard if id == one] == [
            Delivery.SENT,
            Delivery.DELIVERED,
            Delivery.READ,
        ]
    assert {one.channel for one in hotline.told if one is not None} == {line.channel}


def test_a_reply_to_somebody_who_opted_out_is_told_as_such(servers: tuple[Server, Server]) -> None:
    provider, ours = servers
    hotline = Answering()
    ours.app, line = hotline, SmsLine(provider, ours)
    hotline.bot, hotline.says = line.bot, (Outgoing("Goodbye."),)
    line.writes("STOP")
    assert [one and (one.delivery, one.final) for one in hotline.told] == [(Delivery.OPTED_OUT, True)]


def test_an_answer_outside_whatsapps_window_is_told_as_such(servers: tuple[Server, Server]) -> None:
    provider, ours = servers
    hotline = Answering()
    ours.app, line = hotline, WhatsappLine(provider, ours)
    hotline.bot = line.bot
    line.loopback._ledger.clock = lambda: time() + 25 * 3600
    sid = line.bot.send(line.dispatch("A person has read it."))
    assert line.reads() == []
    wait_for(lambda: hotline.told)
    assert hotline.told == [Report(Channel.WHATSAPP, str(sid), Delivery.WINDOW, True)]


def test_a_gate_knows_its_own_account_only() -> None:
    other = Gate("AC" + "c" * 32, TOKEN)
    with pytest.raises(Refused, match="AccountSid is not the account"):
        other.status(request(told("sent")), STATUS)
