"""SMS and WhatsApp through Twilio."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from twilio.twiml.messaging_response import MessagingResponse

from bots.contract import Request, Response
from bots.twilio_buttons import Buttons
from bots.twilio_calls import OPTED_OUT, TYPING, WINDOW, Calls
from bots.twilio_form import FIELDS, WHATSAPP, Gate
from bots.twilio_records import Lines
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Attachment, Delivery, Erasure, Incoming, Outgoing, Report
from hotline.plain import number
from hotline.store.contents import Contents

__all__ = ["FIELDS", "Lines", "Twilio"]

_KINDS: tuple[tuple[str, Attachment], ...] = (
    ("image/", Attachment.PHOTO),
    ("audio/", Attachment.AUDIO),
    ("video/", Attachment.VIDEO),
    ("text/vcard", Attachment.CARD),
    ("text/x-vcard", Attachment.CARD),
)

STATUSES: Mapping[str, tuple[Delivery, bool]] = {
    # `sent` is not the last word: a receipt may follow, and Twilio lets go of a record only after its last word.
    "sent": (Delivery.SENT, False),
    "partially_delivered": (Delivery.SENT, False),
    "delivered": (Delivery.DELIVERED, True),
    "read": (Delivery.READ, True),
    "undelivered": (Delivery.FAILED, True),
    "failed": (Delivery.FAILED, True),
    "canceled": (Delivery.FAILED, True),
}
"""What a status says and whether it is final. The others (queued, sending, ...) and new ones tell us nothing."""

FAILURES: Mapping[str, Delivery] = {str(OPTED_OUT): Delivery.OPTED_OUT, str(WINDOW): Delivery.WINDOW}

QUICK_SECONDS = 2.0
"""The time-out of what happens while Twilio waits for our response, or beside it."""


class Twilio:
    """Twilio's side of the hotline. `public_url` is what Twilio calls; request headers never say who we are."""

    channels = frozenset({Channel.SMS, Channel.WHATSAPP})
    fetch_seconds = 60.0

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        public_url: str,
        api_url: str,
        lines: Lines | None = None,
        contents: Contents | None = None,
    ) -> None:
        lines = lines or Lines()
        self._webhook = f"{public_url}/webhooks/twilio"
        self._status = f"{self._webhook}/status"
        self._gate = Gate(account_sid, auth_token)
        self._calls = Calls(account_sid, auth_token, api_url, self._status, lines)
        self._quick = Calls(account_sid, auth_token, api_url, self._status, lines, QUICK_SECONDS)
        self._buttons = Buttons(self._quick, contents, account_sid) if lines.buttons and contents else None

    def knock(self, headers: Mapping[str, str]) -> None:
        self._gate.knock(headers)

    def receive(self, request: Request) -> Incoming | None:
        return _incoming(self._gate.incoming(request, self._webhook))

    def reply(self, incoming: Incoming | None, messages: Sequence[Outgoing]) -> Response:
        sids: tuple[str, ...] = ()
        if incoming is not None and self._buttons is not None and self._buttons.carry(incoming, messages):
            messages, sids = self._buttons.say(incoming, messages)
        answer = MessagingResponse()
        for message in messages:
            answer.message(message.as_text(), status_callback=self._status)
        return Response("text/xml", str(answer).encode(), sids)

    def calls(self, incoming: Incoming, messages: Sequence[Outgoing]) -> bool:
        return self._buttons is not None and self._buttons.carry(incoming, messages)

    def report(self, request: Request) -> Report | None:
        fields = self._gate.status(request, self._status)
        told = STATUSES.get(fields["MessageStatus"])
        if told is None:
            return None
        delivery, final = told
        if delivery is Delivery.FAILED:
            delivery = FAILURES.get(fields.get("ErrorCode", ""), delivery)
        channel = Channel.WHATSAPP if fields["To"].startswith(WHATSAPP) else Channel.SMS
        return Report(channel, fields["MessageSid"], delivery, final)

    def send(self, dispatch: Dispatch) -> str | None:
        return self._calls.send(dispatch)

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        return self._calls.was_sent(dispatch, since, known)

    def acknowledge(self, incoming: Incoming) -> None:
        """WhatsApp marks the message as read and shows that something is being written."""
        if incoming.channel is not Channel.WHATSAPP:
            return
        with contextlib.suppress(Exception):  # best effort: the message itself is safe whatever happens here
            self._quick.post(TYPING, {"messageId": incoming.id, "channel": "whatsapp"})

    def fetch(self, since: float) -> Iterable[Incoming]:
        return self._calls.fetch(since)

    def left(self, since: float, now: float) -> Iterable[Erasure]:
        return self._calls.left(since, now)

    def erase(self, erasure: Erasure) -> None:
        self._calls.erase(erasure.id)

    def connected(self) -> str | None:
        """None when Twilio answers and knows the account; else one sentence: what is wrong, what to do."""
        try:
            known = self._calls.look()
        except NotSent:
            return "Twilio does not answer: check that this machine reaches api.twilio.com."
        return None if known else "Twilio does not know this account: copy SID and token from Twilio's console again."


def _incoming(fields: Mapping[str, str]) -> Incoming:
    count = number(fields.get("NumMedia", "")) or 0
    kinds = [fields.get(f"MediaContentType{place}", "") for place in range(min(count, 10))]
    attachments = [next((kind for start, kind in _KINDS if mime.startswith(start)), Attachment.FILE) for mime in kinds]
    if "Latitude" in fields:
        attachments.append(Attachment.LOCATION)
    whatsapp = fields["From"].startswith(WHATSAPP)
    return Incoming(
        channel=Channel.WHATSAPP if whatsapp else Channel.SMS,
        sender=fields["From"].removeprefix(WHATSAPP),
        recipient=fields["To"].removeprefix(WHATSAPP),
        id=fields["MessageSid"],
        text=fields["Body"].replace("\0", ""),
        attachments=tuple(attachments),
        choice=fields.get("ButtonPayload") or None,
        opted_out=fields.get("OptOutType") == "STOP",
    )
