"""What we send and list at Twilio: from the right number, found again after an outage, whole in every alphabet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import time
from typing import Any

import pytest

from bots.loopback.faults import Kind
from bots.sms import Lines, Twilio
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Attachment, Erasure, Incoming, Outgoing
from hotline.store.vault import Address
from tests.channel_lines import NUMBER, Answering, SmsLine, TwilioLine, WhatsappLine
from tests.loopback_help import Server
from tests.server_help import ACCOUNT, TOKEN

STAFF_NUMBER, SERVICE, NOTE, OTHER_NOTE = "+15005550010", "MG" + "1" * 32, "HX" + "1" * 32, "HX" + "2" * 32


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with Server() as provider, Server() as ours:
        yield provider, ours


@pytest.fixture
def hotline() -> Answering:
    return Answering()


Open = Any


@pytest.fixture
def opened(servers: tuple[Server, Server], hotline: Answering) -> Open:
    """Opens a line with these settings at Twilio."""

    def make(kind: type[TwilioLine] = SmsLine, **lines: Any) -> TwilioLine:
        provider, ours = servers
        ours.app, line = hotline, kind(provider, ours, Lines(**lines))
        line.loopback._ledger.owned.add(STAFF_NUMBER)
        hotline.bot = line.bot
        return line

    return make


def senders(line: TwilioLine) -> list[tuple[str, str | None]]:
    return [(message.sender, message.service) for message in line.loopback.sent]


# --- from which number


def test_answers_of_people_have_a_number_of_their_own_and_the_script_has_the_one_written_to(opened: Open) -> None:
    line = opened(answers_from=STAFF_NUMBER, service=SERVICE)
    line.bot.send(line.dispatch("Chloe writes.", by_staff=True))
    assert senders(line) == [(STAFF_NUMBER, None)]
    plain = opened(answers_from=STAFF_NUMBER)
    plain.bot.send(plain.dispatch("The script says."))
    assert senders(plain) == [(plain.loopback.number, None)]


def test_a_messaging_service_chooses_the_number_where_none_is_kept_for_people(opened: Open) -> None:
    line = opened(service=SERVICE)
    line.bot.send(line.dispatch("Chloe writes.", by_staff=True))
    assert senders(line) == [(line.loopback.number, SERVICE)]
    assert line.bot.was_sent(line.dispatch("Chloe writes."), time(), lambda _: False) == str(line.loopback.sent[0].sid)


def test_an_answer_in_which_the_service_put_plainer_signs_is_known_again_and_another_is_not(opened: Open) -> None:
    line = opened(service=SERVICE)
    sid = line.bot.send(line.dispatch('I am here - "call" me... today'))

    def found(text: str) -> str | None:
        taken: str | None = line.bot.was_sent(line.dispatch(text), time(), lambda _: False)
        return taken

    assert found("I am here \u2013 \u201ccall\u201d me\u2026 today") == sid
    assert [found(text) for text in ("I am here, call me", "!!!", "")] == [None] * 3
    line.bot.send(line.dispatch("???"))
    assert found("!!!") is None


def test_whatsapp_answers_from_the_number_written_to_for_its_window_is_open_there_alone(opened: Open) -> None:
    line = opened(WhatsappLine, answers_from=STAFF_NUMBER, service=SERVICE)
    line.bot.send(line.dispatch("Chloe writes.", by_staff=True))
    assert senders(line) == [(line.loopback.whatsapp_number, None)]


def test_an_answer_of_a_person_passes_a_hundred_of_the_script_that_wait_their_turn(opened: Open) -> None:
    line = opened(answers_from=STAFF_NUMBER)
    line.loopback._ledger.pace = 1.0
    for number in range(100):
        line.loopback._ledger.reply(f"+479000{number:04}", "The script says.")
    line.bot.send(line.dispatch("Chloe writes.", by_staff=True))
    (entry,) = (entry for entry in line.loopback.thread(NUMBER) if entry.text == "Chloe writes.")
    assert entry.at - time() <= 1.0
    line.bot.send(line.dispatch("The script says."))
    last = line.loopback.thread(NUMBER)[-1]
    assert last.at - time() > 90, "on the script's own number it would wait behind them all"


# --- WhatsApp's window


@pytest.mark.parametrize(("language", "expected"), [("ro", "Nota."), ("fr", "Note."), (None, "Note.")])
def test_a_note_is_the_approved_template_of_the_language_or_the_english_one(
    opened: Open, language: str | None, expected: str
) -> None:
    line = opened(WhatsappLine, notes={"ro": NOTE, "en": OTHER_NOTE})
    line.loopback.templates.update({NOTE: "Nota.", OTHER_NOTE: "Note."})
    note = line.dispatch("A secret answer.", by_staff=True, note=True, language=language)
    sid = line.bot.send(note)
    assert line.reads() == [expected]
    assert line.bot.was_sent(note, time(), lambda _: False) == sid, "its text is not ours, and still it is found"


def test_without_a_note_the_answer_waits_for_the_caller(opened: Open) -> None:
    line = opened(WhatsappLine)
    with pytest.raises(NotSent) as caught:
        line.bot.send(line.dispatch("A secret answer.", note=True, language="ro"))
    assert (caught.value.window, caught.value.permanent, line.loopback.sent) == (True, False, [])


def test_a_window_that_twilio_knows_to_be_closed_is_no_failure(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from bots.loopback import twilio_messages
    from bots.loopback.twilio_messages import Refusal

    line = opened(WhatsappLine)
    monkeypatch.setattr(twilio_messages, "REFUSALS", {**twilio_messages.REFUSALS, 63016: (400, "window closed")})

    def closed(*_: object, **__: object) -> None:
        raise Refusal(63016)

    monkeypatch.setattr(line.loopback._ledger, "accept", closed)
    with pytest.raises(NotSent) as caught:
        line.bot.send(line.dispatch("Chloe writes."))
    assert (caught.value.window, caught.value.permanent) == (True, False)


# --- what came while we were away


@pytest.mark.parametrize("kind", [SmsLine, WhatsappLine])
@pytest.mark.parametrize("numbered", [True, False])
def test_messages_of_an_outage_are_found_as_the_webhook_would_have_told_them(
    opened: Open, hotline: Answering, kind: type[TwilioLine], numbered: bool
) -> None:
    line = opened(kind, numbers=("+15005550006", "+14155238886") if numbered else ())
    texts = ["Hello 😀", "he has my passport", "1", "ж" * 700]
    for text in texts:
        line.writes(text)
    line.bot.send(line.dispatch("Ours is not among them."))
    assert list(line.bot.fetch(time() - 3600)) == hotline.heard
    assert [one.text for one in hotline.heard if one] == texts, "oldest first"


def test_a_picture_of_an_outage_is_named_and_never_fetched(opened: Open) -> None:
    line = opened(WhatsappLine)
    asyncio.run(line.loopback.write(NUMBER, "look", media=["passport.jpg", "a.pdf"], whatsapp=True))
    (found,) = line.bot.fetch(time() - 3600)
    assert found.attachments == (Attachment.FILE, Attachment.FILE)


def test_a_thousand_and_more_are_fetched_page_after_page(opened: Open) -> None:
    line = opened()
    for number in range(1200):
        line.loopback._ledger.inbound(f"+4790{number:06}", f"message {number}")
    found: list[Incoming] = list(line.bot.fetch(time() - 3600))
    assert [one.text for one in found] == [f"message {number}" for number in range(1200)]


def test_messages_of_another_number_of_the_account_are_not_ours(opened: Open) -> None:
    line = opened(numbers=("+15005550006",))
    line.writes("Hello")
    line.loopback._ledger.inbound(NUMBER, "to another service", to="+15005550099")
    assert [one.text for one in line.bot.fetch(time() - 3600)] == ["Hello"]


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.TOO_MANY, Kind.NO_ANSWER], ids=str)
def test_fetching_from_an_ill_provider_says_that_it_is_down(opened: Open, kind: Kind) -> None:
    line = opened()
    line.faults.schedule(kind, operation="list")
    with pytest.raises(NotSent) as caught:
        line.bot.fetch(time())
    assert (caught.value.down, caught.value.permanent) == (True, False)


# --- long texts and other alphabets, there and back


@pytest.mark.parametrize(
    "text",
    [
        "a" * 160,
        "a" * 161,
        "a" * 1600,
        "ж" * 71,
        "😀" * 100,
        "€" * 200,
        "Tu es là ? 🙏🏽 مرحبا สวัสดี",
        "a\r\nb\tc",
        "&<>\"'",
    ],
    ids=lambda text: f"{text[:3]!r}x{len(text)}",
)
@pytest.mark.parametrize("kind", [SmsLine, WhatsappLine])
def test_what_amara_writes_in_many_parts_is_one_message_and_so_is_our_reply(
    opened: Open, hotline: Answering, kind: type[TwilioLine], text: str
) -> None:
    line = opened(kind)
    hotline.says = (Outgoing(text),)
    assert line.writes(text).acknowledged
    assert [one and one.text for one in hotline.heard] == [text]
    assert line.reads() == [text.replace("\r\n", "\n").strip()], "XML knows one way to end a line"
    (record,) = (one for one in line.loopback.messages.values() if one.direction == "inbound")
    line.bot.erase(Erasure(line.channel, record.sid))
    assert record.sid not in line.loopback.messages


def test_the_longest_text_may_have_1600_characters_and_one_more_is_refused_for_good(opened: Open) -> None:
    line = opened()
    line.bot.send(line.dispatch("ж" * 1600))
    with pytest.raises(NotSent) as caught:
        line.bot.send(line.dispatch("ж" * 1601))
    assert caught.value.permanent
    assert [len(text) for text in line.reads()] == [1600]


def test_what_an_answer_says_to_wait_is_never_more_than_an_hour(opened: Open) -> None:
    line = opened()
    line.faults.schedule(Kind.TOO_MANY, retry_after=10**9)
    with pytest.raises(NotSent) as caught:
        line.bot.send(line.dispatch("Are you there?"))
    assert caught.value.wait == 3600.0


def test_without_another_address_twilios_own_is_asked() -> None:
    bot = Twilio(ACCOUNT, TOKEN, "https://hotline.example", "https://api.twilio.com")
    asked: list[str] = []

    def request(self: Any, method: str, url: str, *_: Any, **__: Any) -> None:
        asked.append(f"{method} {url}")
        raise OSError

    from twilio.http.http_client import TwilioHttpClient

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TwilioHttpClient, "request", request)
        address = Address(NUMBER, "+15005550006")
        with pytest.raises(NotSent):
            bot.send(Dispatch(Channel.SMS, address, "x"))
        bot.acknowledge(Incoming(Channel.WHATSAPP, NUMBER, "+14155238886", "SM" + "0" * 32, "x"))
    assert asked == [
        f"POST https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        "POST https://messaging.twilio.com/v2/Indicators/Typing.json",
    ]
