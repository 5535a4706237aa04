"""Status callbacks: what Twilio tells of the messages that it was given, signed, at the address each came with."""

from __future__ import annotations

import asyncio
import base64
import hmac
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bots.loopback.base import Poster
from bots.loopback.twilio_ledger import WHATSAPP, Ledger
from bots.loopback.twilio_messages import Message


@dataclass(frozen=True)
class Receipt:
    """One callback that is due at `at`."""

    sid: str
    status: str
    url: str
    at: float
    form: Mapping[str, str]


Order = Callable[[Sequence[Receipt]], Iterable[Receipt]]


class Receipts:
    """Tells by itself as messages move on; not while `held`, and not at all unless `on`. `pending` is still to be told,
    `told` was, each with the status it was answered with. `order` arranges what is due at the same moment."""

    def __init__(self, account: str, token: str, ledger: Ledger, poster: Poster) -> None:
        self.on, self.held = True, False
        self.order: Order = lambda due: due
        self.pending: list[Receipt] = []
        self.told: list[tuple[Receipt, int | None]] = []
        self._account, self._token, self._ledger, self._poster = account, token, ledger, poster
        self._lock = threading.Lock()

    def expect(self, message: Message) -> None:
        """Plans what will be told of a message that was just taken."""
        if message.error is not None:
            self._plan(message, "failed", message.due)
            return
        if message.service:
            self._plan(message, "queued", message.created)
        self._plan(message, "sent", message.due)
        self._plan(message, "delivered", message.due + self._ledger.receipt)

    def expect_read(self, messages: Iterable[Message]) -> None:
        for message in list(messages):
            if message.direction != "inbound" and self._ledger.status(message) == "delivered":
                self._plan(message, "read", self._ledger.clock())
                self._ledger.read.add(message.sid)

    async def tell(self) -> None:
        """Posts what is due; comes back by itself for what will be."""
        if self.held:
            return
        await self.let_go(self.order)
        if self.pending and self._ledger.pace + self._ledger.receipt > 0:
            # A little later than due: a timer may ring a moment early, and then nobody would look again.
            wait = max(0.0, min(receipt.at for receipt in self.pending) - self._ledger.clock()) + 0.01
            loop = asyncio.get_running_loop()
            loop.call_later(wait, lambda: loop.create_task(self._later()))

    async def _later(self) -> None:
        if any(receipt.at <= self._ledger.clock() for receipt in self.pending):
            await self.tell()

    async def let_go(self, order: Order = lambda due: due, *, early: bool = False) -> None:
        """Posts what is due, or with `early` everything, in that order."""
        now = self._ledger.clock()
        with self._lock:  # the phone and the REST side may stand in two threads
            due = [receipt for receipt in self.pending if early or receipt.at <= now]
            self.pending = [receipt for receipt in self.pending if not (early or receipt.at <= now)]
        for receipt in order(due):
            self.told.append((receipt, await self._post(receipt)))

    def _plan(self, message: Message, status: str, at: float) -> None:
        if not self.on or not message.callback:
            return
        form = {
            "AccountSid": self._account, "ApiVersion": "2010-04-01", "MessageSid": message.sid, "SmsSid": message.sid,
            "MessageStatus": status, "SmsStatus": status, "From": message.sender, "To": message.to,
        }  # fmt: skip
        if message.service:
            form["MessagingServiceSid"] = message.service
        if status == "failed":
            form["ErrorCode"] = str(message.error)
        if message.to.startswith(WHATSAPP):
            form |= {"ChannelPrefix": "whatsapp", "ChannelInstallSid": "XE" + "0" * 32, "EventType": status.upper()}
            form["ChannelToAddress"] = f"{message.to[:-4].removeprefix(WHATSAPP)}XXXX"
        elif status == "delivered":
            form["RawDlrDoneDate"] = "2601010000"
        with self._lock:
            self.pending.append(Receipt(message.sid, status, message.callback, at, form))

    async def _post(self, receipt: Receipt) -> int | None:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": signature(self._token, receipt.url, receipt.form),
        }
        body = urlencode(receipt.form).encode()
        answer = await self._poster.post(receipt.url, body, headers, retries=0, again=lambda status: False)
        return answer.status


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the address and the sorted fields, in base64."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode(), "sha1")).decode()
