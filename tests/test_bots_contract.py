"""One contract for every provider: the same verbs, tried with the real client libraries against the simulated ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import time
from typing import Any

import pytest
import telegram.request
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.types import Receive, Scope, Send

from bots.contract import Bot, Request
from bots.loopback.faults import Faults, Kind
from bots.loopback.telegram import Telegram as LoopbackTelegram
from bots.loopback.twilio import Twilio as LoopbackTwilio
from bots.sms import Twilio
from bots.telegram import Telegram
from hotline.contact import Channel
from hotline.desk.deliver import NotSent
from hotline.message import Button, Incoming, Outgoing
from hotline.store.vault import Address
from tests.loopback_help import Server
from tests.server_help import ACCOUNT, BOT_TOKEN, SECRET, TOKEN

NUMBER, CHAT = "+4790000001", 700_000_001
Servers = tuple[Server, Server]
PATIENCE = 0.3
"""Seconds after which the clients give up here; in production they wait ten."""


@dataclass
class Line:
    """One channel, wired up: our bot, the provider it speaks to, and somebody who writes."""

    channel: Channel
    bot: Bot
    faults: Faults
    loopback: Any
    address: Address

    @property
    def caller(self) -> Any:
        if self.channel is Channel.TELEGRAM:
            return int(self.address.caller)
        return f"whatsapp:{NUMBER}" if self.channel is Channel.WHATSAPP else NUMBER

    def reads(self) -> list[str]:
        """What stands on the caller's phone from us."""
        return [entry.text for entry in self.loopback.thread(self.caller) if entry.who == "hotline"]

    def writes(self, text: str) -> Any:
        how = {"whatsapp": True} if self.channel is Channel.WHATSAPP else {}
        who = self.caller if self.channel is Channel.TELEGRAM else NUMBER
        return asyncio.run(self.loopback.write(who, text, retries=0, **how))

    def send(self, text: str) -> None:
        self.bot.send(self.channel, self.address, text)

    def fails(self, text: str = "Are you there?") -> NotSent:
        with pytest.raises(NotSent) as caught:
            self.send(text)
        return caught.value

    def was_sent(self, text: str) -> bool | None:
        return self.bot.was_sent(self.channel, self.address, text, time())

    def shuts_us_out(self) -> None:
        if self.channel is Channel.TELEGRAM:
            self.loopback.blocked.add(CHAT)
        else:
            self.loopback.opted_out.add(self.caller)


class Answering:
    """A hotline that answers everything with the same words, through the bot's own verbs."""

    def __init__(self) -> None:
        self.bot: Bot | None = None
        self.heard: list[Incoming | None] = []
        self.says: tuple[Outgoing, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = HttpRequest(scope, receive)
        assert self.bot is not None
        request = Request(dict(http.headers), await http.body(), http.url.query)
        self.heard.append(self.bot.receive(request))
        answer = self.bot.reply(self.heard[-1], self.says)
        await HttpResponse(answer.body, media_type=answer.media_type)(scope, receive, send)


@pytest.fixture
def hotline() -> Answering:
    return Answering()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Where the provider listens, and where we do."""
    with Server() as provider, Server() as ours:
        yield provider, ours


@pytest.fixture(params=[Channel.SMS, Channel.WHATSAPP, Channel.TELEGRAM], ids=str)
def line(request: pytest.FixtureRequest, servers: Servers, hotline: Answering, monkeypatch: pytest.MonkeyPatch) -> Line:
    channel: Channel = request.param
    faults = Faults(patience=20)
    _, ours = servers
    ours.app = hotline
    on_telegram = channel is Channel.TELEGRAM
    made = telegram_line(servers, faults, monkeypatch) if on_telegram else twilio_line(channel, servers, faults)
    hotline.bot = made.bot
    return made


def telegram_line(servers: Servers, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> Line:
    provider, ours = servers
    url = f"{ours.url}/webhooks/telegram"
    loopback = LoopbackTelegram(BOT_TOKEN, webhook_url=url, webhook_secret=SECRET, faults=faults, pace=0.0)
    loopback.meet(CHAT)
    provider.app = loopback.app
    quick = partial(_request, telegram.request.HTTPXRequest)
    monkeypatch.setattr("telegram.request.HTTPXRequest", quick)
    bot = Telegram(BOT_TOKEN, SECRET, provider.url)
    return Line(Channel.TELEGRAM, bot, faults, loopback, Address(str(CHAT), "bot"))


def _request(make: Callable[..., Any], **_: object) -> Any:
    return make(read_timeout=PATIENCE, connect_timeout=PATIENCE, write_timeout=PATIENCE, pool_timeout=PATIENCE)


def twilio_line(channel: Channel, servers: Servers, faults: Faults) -> Line:
    provider, ours = servers
    loopback = LoopbackTwilio(ACCOUNT, TOKEN, webhook_url=None, faults=faults, pace=0.0)
    # WhatsApp lets us write only to somebody who wrote first.
    asyncio.run(loopback.write(NUMBER, "Hello", whatsapp=True))
    loopback.webhook_url = f"{ours.url}/webhooks/twilio"
    provider.app = loopback.app
    bot = Twilio(ACCOUNT, TOKEN, ours.url, provider.url)
    bot._client.http_client.timeout = PATIENCE
    number = loopback.number if channel is Channel.SMS else loopback.whatsapp_number.removeprefix("whatsapp:")
    return Line(channel, bot, faults, loopback, Address(NUMBER, number))


def test_what_a_person_writes_is_received(line: Line, hotline: Answering) -> None:
    assert line.writes("Hello, I need help 😀").acknowledged
    (incoming,) = hotline.heard
    assert incoming is not None
    assert (incoming.channel, incoming.text) == (line.channel, "Hello, I need help 😀")
    assert (incoming.sender, incoming.recipient) == (line.address.caller, line.address.ours)


def test_a_repeat_of_the_provider_carries_the_same_id(line: Line, hotline: Answering) -> None:
    line.faults.schedule(Kind.DUPLICATE, operation="webhook")
    line.writes("Hello")
    one, two = (incoming for incoming in hotline.heard if incoming)
    assert one == two


def test_two_messages_have_two_ids(line: Line, hotline: Answering) -> None:
    for _ in range(2):
        line.writes("Hello")
    assert len({incoming.id for incoming in hotline.heard if incoming}) == 2


def test_a_reply_reaches_the_phone_in_the_same_response(line: Line, hotline: Answering) -> None:
    hotline.says = (Outgoing("Is it safe?", (Button(1, "safe", "It is safe"), Button(2, "not", "Not safe"))),)
    line.writes("Hello")
    (text,) = line.reads()
    if line.channel is Channel.TELEGRAM:
        assert text == "Is it safe?"
        rows = line.loopback.thread(CHAT)[-1].buttons
        assert [[(button.text, button.data) for button in row] for row in rows] == [
            [("1 It is safe", "safe")],
            [("2 Not safe", "not")],
        ]
    else:
        assert text == "Is it safe?\n1 It is safe\n2 Not safe"


def test_several_messages_all_arrive(line: Line, hotline: Answering) -> None:
    hotline.says = (Outgoing("One."), Outgoing("Two."))
    line.writes("Hello")
    assert "\n\n".join(line.reads()) == "One.\n\nTwo."


def test_no_reply_is_no_message(line: Line) -> None:
    assert (line.writes("Hello").acknowledged, line.reads()) == (True, [])


def test_a_later_answer_is_delivered(line: Line) -> None:
    line.send("A person has read it. <b>&amp; ä 😀")
    assert line.reads() == ["A person has read it. <b>&amp; ä 😀"]


def test_whoever_shut_us_out_gets_nothing_and_we_do_not_try_again(line: Line) -> None:
    line.shuts_us_out()
    fault = line.fails()
    assert fault.permanent
    assert fault.opted_out == (line.channel is not Channel.TELEGRAM)
    assert line.reads() == []


def test_too_many_at_once_means_wait(line: Line) -> None:
    line.faults.schedule(Kind.TOO_MANY, retry_after=7)
    fault = line.fails()
    assert (fault.permanent, fault.sure) == (False, True)
    assert fault.wait == (7.0 if line.channel is Channel.TELEGRAM else 1.0)
    line.send("Are you there?")
    assert line.reads() == ["Are you there?"]


def test_a_fault_of_the_provider_is_no_answer_for_good(line: Line) -> None:
    line.faults.schedule(Kind.SERVER_ERROR)
    fault = line.fails()
    assert not fault.permanent
    assert fault.sure == (line.channel is Channel.TELEGRAM), "Telegram's 5xx says itself that nothing was taken"


def test_an_answer_that_was_taken_and_not_confirmed_is_never_simply_sent_again(line: Line) -> None:
    line.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT)
    fault = line.fails()
    assert (fault.permanent, fault.sure) == (False, False)
    assert line.reads() == ["Are you there?"]
    assert line.was_sent("Are you there?") is (None if line.channel is Channel.TELEGRAM else True)


def test_an_answer_that_was_not_taken_and_not_refused_is_unsure(line: Line) -> None:
    line.faults.schedule(Kind.NO_ANSWER)
    fault = line.fails()
    assert (fault.permanent, fault.sure) == (False, False)
    assert line.reads() == []
    assert line.was_sent("Are you there?") is (None if line.channel is Channel.TELEGRAM else False)


def test_a_provider_that_is_not_there_can_be_tried_again(line: Line) -> None:
    nowhere = "http://127.0.0.1:9"
    if line.channel is Channel.TELEGRAM:
        line.bot = Telegram(BOT_TOKEN, SECRET, nowhere)
    else:
        line.bot = Twilio(ACCOUNT, TOKEN, nowhere, nowhere)
    assert not line.fails().permanent


def test_what_the_provider_refuses_for_good_is_not_tried_again(line: Line) -> None:
    nobody = "1" if line.channel is Channel.TELEGRAM else "+15005550001"
    line.address = Address(nobody, line.address.ours)
    fault = line.fails()
    assert (fault.permanent, fault.sure, fault.opted_out) == (True, True, False)


def test_a_wrong_token_is_not_tried_again(line: Line, servers: Servers) -> None:
    provider, ours = servers
    if line.channel is Channel.TELEGRAM:
        line.bot = Telegram("100000001:wrong", SECRET, provider.url)
    else:
        line.bot = Twilio(ACCOUNT, "wrong", ours.url, provider.url)
    assert line.fails().permanent


def test_the_same_text_of_long_ago_or_to_another_is_not_this_one(line: Line) -> None:
    line.send("Are you there?")
    if line.channel is Channel.TELEGRAM:
        assert line.was_sent("Are you there?") is None, "Telegram cannot be asked"
        return
    assert line.was_sent("Are you there?") is True
    assert line.was_sent("Are you still there?") is False
    assert line.bot.was_sent(line.channel, line.address, "Are you there?", time() + 3600) is False


@pytest.mark.parametrize("line", [Channel.SMS, Channel.WHATSAPP], indirect=True, ids=str)
@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.TOO_MANY], ids=str)
def test_a_provider_that_cannot_be_asked_leaves_us_unsure(line: Line, kind: Kind) -> None:
    line.faults.schedule(kind, operation="list")
    with pytest.raises(NotSent) as caught:
        line.was_sent("Are you there?")
    assert (caught.value.permanent, caught.value.sure) == (False, False)


@pytest.mark.parametrize("line", [Channel.SMS, Channel.WHATSAPP], indirect=True, ids=str)
def test_a_provider_that_is_silent_when_asked_leaves_us_unsure(line: Line) -> None:
    line.faults.schedule(Kind.NO_ANSWER, operation="list")
    with pytest.raises(NotSent) as caught:
        line.was_sent("Are you there?")
    assert (caught.value.permanent, caught.value.sure) == (False, False)


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.TOO_MANY, Kind.TIMEOUT_AFTER_ACCEPT], ids=str)
def test_no_error_tells_the_number_the_text_or_the_token(line: Line, kind: Kind) -> None:
    line.faults.schedule(kind)
    fault = line.fails("a secret text")
    assert fault.__suppress_context__, "the library's own error, which holds the address, is not carried along"
    for secret in (NUMBER, str(CHAT), "a secret text", TOKEN, BOT_TOKEN):
        assert secret not in repr(fault)
