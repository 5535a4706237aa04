"""One line for each channel: our bot, the simulated provider it speaks to, and a caller. New channels are added to LINES."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.types import Receive, Scope, Send

from bots import telegram_line
from bots.ask import ask
from bots.contract import Bot, Refused, Request, Webhook
from bots.loopback.faults import Fault, Faults, Kind
from bots.loopback.signal import Signal as LoopbackSignal
from bots.loopback.telegram import Telegram as LoopbackTelegram
from bots.loopback.twilio import Twilio as LoopbackTwilio
from bots.signal import Signal
from bots.sms import Lines, Twilio
from bots.telegram import Telegram
from hotline.channels import TRAITS, Traits
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch
from hotline.message import Incoming, Outgoing, Report
from hotline.store.vault import Address
from tests.loopback_help import Server
from tests.server_help import ACCOUNT, BOT_TOKEN, SECRET, TOKEN

NUMBER, CHAT, SIGNAL = "+4790000001", 700_000_001, "+4780000001"
NOWHERE = "http://127.0.0.1:9"
PATIENCE, LONG = 1.0, 10.0
"""Seconds after which the clients give up here: one where it is planned that no answer comes, as in production elsewhere."""

WITHHELD = frozenset({Kind.TIMEOUT_AFTER_ACCEPT, Kind.NO_ANSWER})


class Planned(Faults):
    """Faults that tell the client how long to wait for the next answer: a busy machine is no reason to give up."""

    def __init__(self, waits: Callable[[float], None]) -> None:
        super().__init__(patience=20)
        self._waits = waits

    def schedule(self, kind: Kind | str, times: int = 1, *, operation: str = "send", retry_after: float = 1.0) -> None:
        super().schedule(kind, times, operation=operation, retry_after=retry_after)
        self._tell()

    def take(self, operation: str, *kinds: Kind) -> Fault | None:
        taken = super().take(operation, *kinds)
        if taken:
            self._tell()
        return taken

    def _tell(self) -> None:
        self._waits(PATIENCE if any(fault.kind in WITHHELD for fault in self.left()) else LONG)


class Answering:
    """A hotline that answers everything with the same words, through the bot's own verbs."""

    def __init__(self) -> None:
        self.bot: Webhook | None = None
        self.heard: list[Incoming | None] = []
        self.told: list[Report | None] = []
        self.says: tuple[Outgoing, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = HttpRequest(scope, receive)
        assert self.bot is not None
        request = Request(dict(http.headers), await http.body(), http.url.query)
        try:
            response = await (self._status if http.url.path.endswith("/status") else self._message)(request)
        except Refused as refusal:
            response = HttpResponse(refusal.sentence, refusal.status)
        await response(scope, receive, send)

    async def _message(self, request: Request) -> HttpResponse:
        assert self.bot is not None
        heard = self.bot.receive(request)
        self.heard.append(heard)
        if heard is not None and self.bot.calls(heard, self.says):
            answer = await asyncio.to_thread(self.bot.reply, heard, self.says)
        else:
            answer = self.bot.reply(heard, self.says)
        return HttpResponse(answer.body, media_type=answer.media_type)

    async def _status(self, request: Request) -> HttpResponse:
        assert self.bot is not None
        self.told.append(self.bot.report(request))
        return HttpResponse(status_code=204)


class Line:
    """What the contract asks of every channel. `messages` come from the caller, `texts` stand on the caller's phone."""

    channel: ClassVar[Channel]
    retry_after: ClassVar[float] = 7.0
    """The wait that is told for a 429 which said 7."""
    says_opted_out: ClassVar[bool] = False
    sure_after_fault: ClassVar[bool] = False
    """Whether a 5xx of this provider says by itself that nothing was taken."""
    erases_records: ClassVar[bool] = False

    bot: Bot
    faults: Faults
    address: Address

    @property
    def traits(self) -> Traits:
        return TRAITS[self.channel]

    def writes(self, text: str) -> Any:
        """The caller writes once; what the provider makes of our response."""
        raise NotImplementedError

    def reads(self) -> list[str]:
        raise NotImplementedError

    def waits(self, seconds: float) -> None:
        """From now on the client waits that long for an answer."""
        raise NotImplementedError

    def shuts_us_out(self) -> None:
        raise NotImplementedError

    def nowhere(self) -> None:
        """From now on the provider is not there."""
        raise NotImplementedError

    def wrong_token(self) -> None:
        raise NotImplementedError

    def nobody(self) -> Address:
        """An address that the provider refuses for good."""
        raise NotImplementedError

    def shown_choices(self) -> list[str]:
        """The choices as the caller sees them below or in the last message."""
        raise NotImplementedError

    def dispatch(self, text: str, **how: Any) -> Dispatch:
        return Dispatch(self.channel, self.address, text, **how)


class TwilioLine(Line):
    says_opted_out = True
    erases_records = True

    def __init__(self, provider: Server, ours: Server, lines: Lines | None = None) -> None:
        self.faults = Planned(self.waits)
        self.loopback = LoopbackTwilio(ACCOUNT, TOKEN, webhook_url=None, faults=self.faults, pace=0.0)
        # WhatsApp lets us write only to somebody who wrote first.
        asyncio.run(self.loopback.write(NUMBER, "Hello", whatsapp=True))
        self.loopback.messages.clear()
        self.loopback.webhook_url = f"{ours.url}/webhooks/twilio"
        provider.app = self.loopback.app
        self._urls, self._lines = (ours.url, provider.url), lines
        self.bot: Twilio = self._made(TOKEN, *self._urls)
        whatsapp = self.channel is Channel.WHATSAPP
        number = self.loopback.whatsapp_number.removeprefix("whatsapp:") if whatsapp else self.loopback.number
        self.address = Address(NUMBER, number)

    def _made(self, token: str, ours: str, api: str) -> Twilio:
        bot = Twilio(ACCOUNT, token, ours, api, self._lines)
        bot._calls.seconds = bot._quick.seconds = LONG
        return bot

    def waits(self, seconds: float) -> None:
        self.bot._calls.seconds = self.bot._quick.seconds = seconds

    @property
    def caller(self) -> str:
        return f"whatsapp:{NUMBER}" if self.channel is Channel.WHATSAPP else NUMBER

    def writes(self, text: str) -> Any:
        return asyncio.run(self.loopback.write(self.caller, text, retries=0))

    def reads(self) -> list[str]:
        return [entry.text for entry in self.loopback.thread(self.caller) if entry.who == "hotline"]

    def shuts_us_out(self) -> None:
        self.loopback.opted_out.add(self.caller)

    def nowhere(self) -> None:
        self.bot = self._made(TOKEN, NOWHERE, NOWHERE)

    def wrong_token(self) -> None:
        self.bot = self._made("wrong", *self._urls)

    def nobody(self) -> Address:
        return Address("+15005550001", self.address.ours)

    def shown_choices(self) -> list[str]:
        return self.reads()[-1].split("\n")[1:]


class SmsLine(TwilioLine):
    channel = Channel.SMS


class WhatsappLine(TwilioLine):
    channel = Channel.WHATSAPP


class TelegramLine(Line):
    channel = Channel.TELEGRAM
    sure_after_fault = True

    def __init__(self, provider: Server, ours: Server) -> None:
        self.faults = Planned(self.waits)
        self.loopback = LoopbackTelegram(
            BOT_TOKEN,
            webhook_url=f"{ours.url}/webhooks/telegram",
            webhook_secret=SECRET,
            faults=self.faults,
            pace=0.0,
        )
        self.loopback.meet(CHAT)
        provider.app = self.loopback.app
        self._api = provider.url
        self.bot: Telegram = Telegram(BOT_TOKEN, SECRET, provider.url)
        self.address = Address(str(CHAT), "bot")

    def waits(self, seconds: float) -> None:
        telegram_line.CALL_SECONDS = seconds

    def writes(self, text: str) -> Any:
        return asyncio.run(self.loopback.write(CHAT, text, retries=0))

    def reads(self) -> list[str]:
        return [entry.text for entry in self.loopback.thread(CHAT) if entry.who == "hotline"]

    def shuts_us_out(self) -> None:
        self.loopback.blocked.add(CHAT)

    def nowhere(self) -> None:
        self.bot = Telegram(BOT_TOKEN, SECRET, NOWHERE)

    def wrong_token(self) -> None:
        self.bot = Telegram("100000001:wrong", SECRET, self._api)

    def nobody(self) -> Address:
        return Address("1", self.address.ours)

    def shown_choices(self) -> list[str]:
        return [button.text for row in self.loopback.thread(CHAT)[-1].buttons for button in row]


class SignalLine(Line):
    """Nobody calls us here: what the worker would do (fetch, hand on, send the reply) is done in `writes`."""

    channel = Channel.SIGNAL
    retry_after = 60.0
    seconds: ClassVar[float] = LONG

    def __init__(self, provider: Server, ours: Server) -> None:
        self.faults = Planned(self.waits)
        self.loopback = LoopbackSignal(SIGNAL, faults=self.faults)
        provider.app = self.loopback.app
        self._api, self._ours = provider.url, ours
        self.bot: Signal = Signal(SIGNAL, provider.url)
        self.address = Address(self.loopback.meet(NUMBER), SIGNAL)

    def waits(self, seconds: float) -> None:
        SignalLine.seconds = seconds

    def writes(self, text: str) -> Any:
        hotline = self._ours.app
        assert isinstance(hotline, Answering)
        self.loopback.write(NUMBER, text)
        found = list(self.bot.fetch(0.0))
        hotline.heard += found * (2 if self.faults.take("webhook", Kind.DUPLICATE) else 1)
        for message in hotline.says:
            self.bot.send(self.dispatch(message.as_text()))
        return Fetched(bool(found))

    def reads(self) -> list[str]:
        return [entry.text for entry in self.loopback.thread(NUMBER) if entry.who == "hotline"]

    def shuts_us_out(self) -> None:
        self.loopback.gone.add(NUMBER)

    def nowhere(self) -> None:
        self.bot = Signal(SIGNAL, NOWHERE)

    def wrong_token(self) -> None:
        self.bot = Signal("+4780000009", self._api)

    def nobody(self) -> Address:
        return Address("nobody", self.address.ours)

    def shown_choices(self) -> list[str]:
        return self.reads()[-1].split("\n")[1:]


@dataclass(frozen=True)
class Fetched:
    acknowledged: bool


LINES: dict[Channel, Callable[[Server, Server], Line]] = {
    Channel.SMS: SmsLine,
    Channel.WHATSAPP: WhatsappLine,
    Channel.TELEGRAM: TelegramLine,
    Channel.SIGNAL: SignalLine,
}


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients of Telegram and Signal wait no longer than the others; what they wait elsewhere comes back."""

    def quick(*what: Any, **how: Any) -> Any:
        return ask(*what, **{**how, "read": SignalLine.seconds})

    monkeypatch.setattr("bots.signal.ask", quick)
    monkeypatch.setattr(SignalLine, "seconds", LONG)
    monkeypatch.setattr(telegram_line, "CALL_SECONDS", LONG)
