"""SMS and WhatsApp through Twilio. The only importer of the twilio library, whose heavy half loads when first used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from bots.contract import Refused, Request, Response
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Attachment, Erasure, Incoming, Outgoing, Report
from hotline.plain import number

if TYPE_CHECKING:
    from twilio.rest import Client

FIELDS = frozenset(
    """AccountSid Address ApiVersion Body ButtonPayload ButtonText ButtonType ChannelMetadata ErrorCode FlowData Forwarded
    FrequentlyForwarded From FromCity FromCountry FromState FromZip InteractiveData Label Latitude ListDescription
    ListId ListTitle Longitude MessageSid MessageType MessagingServiceSid NumMedia NumSegments OptOutType
    OriginalRepliedMessageSender OriginalRepliedMessageSid ProfileName ReferralBody ReferralCtwaClid ReferralHeadline
    ReferralMediaContentType ReferralMediaId ReferralMediaUrl ReferralNumMedia ReferralSourceId ReferralSourceType
    ReferralSourceUrl SmsMessageSid SmsSid SmsStatus To ToCity ToCountry ToState ToZip WaId""".split()
)
"""Every field Twilio documents for an incoming message. A signature joins names and values without a separator, so a
field that is not on the list may be a piece cut from one that is: it is refused."""

_MEDIA = re.compile(r"^Media(Url|ContentType)\d$")
_SID = re.compile(r"^[A-Z]{2}[0-9a-f]{32}$")
_NUMBER = re.compile(r"^\+?[0-9]{3,15}$|^[A-Za-z0-9 ]{1,11}$")
_KINDS: tuple[tuple[str, Attachment], ...] = (
    ("image/", Attachment.PHOTO),
    ("audio/", Attachment.AUDIO),
    ("video/", Attachment.VIDEO),
    ("text/vcard", Attachment.CARD),
    ("text/x-vcard", Attachment.CARD),
)

WHATSAPP = "whatsapp:"
OPTED_OUT = 21610
PERMANENT = frozenset({21211, 21212, 21214, 21408, 21606, 21610, 21612, 21614, 21617, 63016, 63024})
"""Refusals that trying again cannot mend (Twilio's error dictionary)."""

CLOCKS_APART = 5.0


class Twilio:
    """Twilio's side of the hotline. `public_url` is what Twilio calls; request headers never say who we are."""

    channels = frozenset({Channel.SMS, Channel.WHATSAPP})
    fetch_seconds = 60.0

    def __init__(self, account_sid: str, auth_token: str, public_url: str, api_url: str) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._api_url = api_url.rstrip("/")
        self._webhook = f"{public_url}/webhooks/twilio"
        self._validator = RequestValidator(auth_token)

    def receive(self, request: Request) -> Incoming | None:
        fields = self._fields(request)
        self._check_signature(request, fields)
        if fields.get("AccountSid") != self._account_sid:
            raise Refused(403, "AccountSid is not the account of this hotline.")
        for name, pattern in (("MessageSid", _SID), ("From", _NUMBER), ("To", _NUMBER)):
            if not pattern.match(fields.get(name, "").removeprefix(WHATSAPP)):
                raise Refused(400, f"{name} is missing or is not what Twilio sends.")
        if any(fields.get(name, fields["MessageSid"]) != fields["MessageSid"] for name in ("SmsSid", "SmsMessageSid")):
            raise Refused(400, "SmsSid and SmsMessageSid must be the same as MessageSid.")
        if "Body" not in fields:
            raise Refused(400, "Body is missing: Twilio sends it with every message, empty or not.")
        return _incoming(fields)

    def reply(self, incoming: Incoming | None, messages: Sequence[Outgoing]) -> Response:
        answer = MessagingResponse()
        for message in messages:
            answer.message(message.as_text())
        return Response("text/xml", str(answer).encode())

    def calls(self, incoming: Incoming, messages: Sequence[Outgoing]) -> bool:
        return False

    def report(self, request: Request) -> Report | None:
        raise Refused(404, "Nothing is told here.")

    def send(self, dispatch: Dispatch) -> str | None:
        from twilio.base.exceptions import TwilioRestException

        prefix = WHATSAPP if dispatch.channel is Channel.WHATSAPP else ""
        address = dispatch.address
        try:
            made = self._client.messages.create(
                to=prefix + address.caller, from_=prefix + address.ours, body=dispatch.text
            )
        except TwilioRestException as fault:
            raise _not_sent(fault) from None
        except (OSError, ValueError):  # requests' own errors are OSErrors; a torn answer is a ValueError
            raise NotSent("no answer", sure=False, down=True) from None
        return str(made.sid)

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        """Twilio is asked: the same text to the same person, made since we began the try, that is no other of ours."""
        from twilio.base.exceptions import TwilioException

        prefix = WHATSAPP if dispatch.channel is Channel.WHATSAPP else ""
        address = dispatch.address
        try:
            recent = self._client.messages.list(to=prefix + address.caller, from_=prefix + address.ours, limit=20)
        except (TwilioException, OSError, ValueError):
            raise NotSent("cannot ask", sure=False, down=True) from None
        for message in recent:
            if message.date_created is None or message.date_created.timestamp() < int(since) - CLOCKS_APART:
                continue
            if message.body == dispatch.text and not known(message.sid):
                return str(message.sid)
        return None

    def acknowledge(self, incoming: Incoming) -> None:
        return

    def fetch(self, since: float) -> Iterable[Incoming]:
        return ()

    def erase(self, erasure: Erasure) -> None:
        raise NotSent("not yet", permanent=True)

    @cached_property
    def _client(self) -> Client:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        base = self._api_url

        class Rebased(TwilioHttpClient):  # type: ignore[misc]
            def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
                return super().request(method, url.replace("https://api.twilio.com", base, 1), *args, **kwargs)

        return Client(self._account_sid, self._auth_token, http_client=Rebased(timeout=10.0))

    def _fields(self, request: Request) -> dict[str, str]:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Refused(415, "The body must be a form (application/x-www-form-urlencoded).")
        try:
            pairs = parse_qsl(
                request.body.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=bool(request.body),
                encoding="utf-8",
                errors="strict",
                max_num_fields=100,
            )
        except ValueError:
            raise Refused(400, "The body is not a form in UTF-8.") from None
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise Refused(400, "A field of the form stands there twice.")
        for name in fields:
            if name not in FIELDS and not _MEDIA.match(name):
                raise Refused(400, "The form holds a field that Twilio does not send.")
        return fields

    def _check_signature(self, request: Request, fields: Mapping[str, str]) -> None:
        signature = request.headers.get("x-twilio-signature", "")
        if not signature:
            raise Refused(403, "The X-Twilio-Signature header is missing.")
        url = self._webhook + (f"?{request.query}" if request.query else "")
        if not signature.isascii() or not self._validator.validate(url, fields, signature):
            raise Refused(403, "X-Twilio-Signature does not fit this request and HOTLINE_PUBLIC_URL.")


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


def _not_sent(fault: Any) -> NotSent:
    code = fault.code or 0
    if code == OPTED_OUT:
        return NotSent("opted out", permanent=True, opted_out=True)
    if code in PERMANENT or fault.status in (401, 403, 404):
        return NotSent(f"refused {code}", permanent=True)
    if fault.status == 429:
        return NotSent("too many", wait=1.0, down=True)
    if fault.status >= 500:
        return NotSent(f"provider {fault.status}", sure=False, down=True)
    return NotSent(f"refused {code}", permanent=400 <= fault.status < 500)
