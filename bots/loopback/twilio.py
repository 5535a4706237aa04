"""A Twilio that lives in memory: its REST API for the hotline, and phones for the people who write to it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bots.loopback.base import Clock, Poster
from bots.loopback.faults import Faults
from bots.loopback.twilio_ledger import Ledger
from bots.loopback.twilio_messages import Button, Entry, Message
from bots.loopback.twilio_phone import TIMEOUT, Delivery, Phone
from bots.loopback.twilio_receipts import Receipt, Receipts
from bots.loopback.twilio_rest import Rest

if TYPE_CHECKING:
    from bots.loopback.base import ClientFactory

__all__ = ["Button", "Delivery", "Entry", "Message", "Receipt", "Twilio"]


class Twilio(Phone):
    """`app` is the REST side; `write`, `tap`, `look` and `thread` are a person's phone; `receipts` are the status
    callbacks.

    `senders` are more numbers of the account, each with a queue of its own; `pace` is the seconds between two messages
    of one sender (0: none wait); `receipt` the seconds from sent to delivered; `retry_wait` the first wait before a
    webhook is posted again.
    """

    def __init__(
        self, account_sid: str, auth_token: str, *, webhook_url: str | None, number: str = "+15005550006",
        whatsapp_number: str = "+14155238886", senders: Sequence[str] = (), clock: Clock = time.time,
        faults: Faults | None = None, pace: float = 1.0, receipt: float = 0.0,
        client_factory: ClientFactory | None = None, retry_wait: float = 0.1,
    ) -> None:  # fmt: skip
        faults = faults or Faults()
        ledger = Ledger((number, whatsapp_number), clock, pace, receipt, senders)
        poster = Poster(faults, client_factory, wait=retry_wait, timeout=TIMEOUT)
        # Their own poster: faults that are planned for messages are not used up by callbacks.
        receipts = Receipts(
            account_sid, auth_token, ledger, Poster(Faults(), client_factory, wait=retry_wait, timeout=TIMEOUT)
        )
        ledger.on_outbound = receipts.expect
        super().__init__(account_sid, auth_token, webhook_url, ledger, faults, poster, receipts)
        self.number, self.whatsapp_number = ledger.number, ledger.whatsapp_number
        self._rest = Rest(account_sid, auth_token, ledger, faults, receipts)
        self.app = self._rest.app()
