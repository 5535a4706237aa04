"""What Twilio posts to us: a form with fields it documents, each once, signed for our own address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

from bots.contract import Refused, Request

FIELDS = frozenset(
    """AccountSid Address ApiVersion Body ButtonPayload ButtonText ButtonType ChannelMetadata ErrorCode ErrorUrl FlowData
    Forwarded FrequentlyForwarded From FromCity FromCountry FromState FromZip InteractiveData Label Latitude
    ListDescription ListId ListTitle Longitude MessageSid MessageType MessagingServiceSid NumMedia NumSegments OptOutType
    OriginalRepliedMessageSender OriginalRepliedMessageSid ProfileName ReferralBody ReferralCtwaClid ReferralHeadline
    ReferralMediaContentType ReferralMediaId ReferralMediaUrl ReferralNumMedia ReferralSourceId ReferralSourceType
    ReferralSourceUrl SmsMessageSid SmsSid SmsStatus To ToCity ToCountry ToState ToZip WaId""".split()
)
"""Every field Twilio documents for an incoming message; ErrorCode and ErrorUrl come when the first address failed and
the fallback address is called. A signature joins names and values without a separator, so a field that is not on the
list may be a piece cut from one that is: it is refused."""

STATUS_FIELDS = frozenset(
    """AccountSid ApiVersion ChannelInstallSid ChannelPrefix ChannelStatusCode ChannelStatusMessage ChannelToAddress
    ErrorCode ErrorMessage EventType From MessageSid MessageStatus MessagingServiceSid NumSegments Price PriceUnit
    RawDlrDoneDate SmsSid SmsStatus StructuredErrors StructuredMessage To""".split()
)
"""The same for a status callback."""

SID = re.compile(r"^[A-Z]{2}[0-9a-f]{32}\Z")
NUMBER = re.compile(r"^(\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11})\Z")
WHATSAPP = "whatsapp:"
UNFIT = "X-Twilio-Signature does not fit this request and HOTLINE_PUBLIC_URL."

_OPT_OUT = re.compile(r"^[A-Z]{0,16}\Z")
_HIDEABLE = (
    "ButtonPayload", "ButtonText", "ButtonType", "ChannelMetadata", "ErrorCode", "ErrorUrl", "FlowData", "Forwardedtrue",
    "Latitude", "MediaContentType", "NumMedia", "OptOutType",
)  # fmt: skip
"""Fields we use that may be absent, and those that can follow the words or a tap: swallowed by the field before them they
leave the signature as it was. Whoever really writes one of these names is heard a minute later, when we ask Twilio."""

_STATUS = re.compile(r"^[a-z_]{1,32}\Z")
_CODE = re.compile(r"^[0-9]{0,6}\Z")
_MEDIA = re.compile(r"^Media(Url|ContentType)\d\Z")


class Gate:
    """Lets through what Twilio signed for this account. Request headers never say who we are: `public_url` does."""

    def __init__(self, account_sid: str, auth_token: str) -> None:
        self._account_sid = account_sid
        self._validator = RequestValidator(auth_token)

    def knock(self, headers: Mapping[str, str]) -> str:
        """The signature that a genuine request bears. Raises Refused."""
        signature = headers.get("x-twilio-signature", "")
        if not signature:
            raise Refused(403, "The X-Twilio-Signature header is missing.")
        if not signature.isascii():
            raise Refused(403, UNFIT)
        return signature

    def incoming(self, request: Request, url: str) -> dict[str, str]:
        """The fields of an incoming message. Raises Refused."""
        fields = self._genuine(request, url, FIELDS)
        _must_match(fields, "MessageSid", "From", "To")
        hidden = any(name in value for value in fields.values() for name in _HIDEABLE)
        if hidden or not _OPT_OUT.match(fields.get("OptOutType", "")):
            raise Refused(400, "A field of the form stands in the value of another.")
        if any(fields.get(name, fields["MessageSid"]) != fields["MessageSid"] for name in ("SmsSid", "SmsMessageSid")):
            raise Refused(400, "SmsSid and SmsMessageSid must be the same as MessageSid.")
        if "Body" not in fields:
            raise Refused(400, "Body is missing: Twilio sends it with every message, empty or not.")
        return fields

    def status(self, request: Request, url: str) -> dict[str, str]:
        """The fields of a status callback. Raises Refused."""
        fields = self._genuine(request, url, STATUS_FIELDS)
        _must_match(fields, "MessageSid", "To")
        if fields.get("SmsSid", fields["MessageSid"]) != fields["MessageSid"]:
            raise Refused(400, "SmsSid must be the same as MessageSid.")
        if not _STATUS.match(fields.get("MessageStatus", "")):
            raise Refused(400, "MessageStatus is missing or is not what Twilio sends.")
        if fields.get("SmsStatus", fields["MessageStatus"]) != fields["MessageStatus"]:
            raise Refused(400, "SmsStatus must be the same as MessageStatus.")
        # The one field we use that may be absent: nobody may hide it in its neighbour, where the signature cannot see it.
        if any("ErrorCode" in value for value in fields.values()) or not _CODE.match(fields.get("ErrorCode", "")):
            raise Refused(400, "ErrorCode is not what Twilio sends.")
        return fields

    def _genuine(self, request: Request, url: str, known: frozenset[str]) -> dict[str, str]:
        fields = _form(request, known)
        signature = self.knock(request.headers)
        called = url + (f"?{request.query}" if request.query else "")
        if not self._validator.validate(called, fields, signature):
            raise Refused(403, UNFIT)
        if fields.get("AccountSid") != self._account_sid:
            raise Refused(403, "AccountSid is not the account of this hotline.")
        return fields


def _must_match(fields: Mapping[str, str], *names: str) -> None:
    for name in names:
        pattern = SID if name == "MessageSid" else NUMBER
        if not pattern.match(fields.get(name, "").removeprefix(WHATSAPP)):
            raise Refused(400, f"{name} is missing or is not what Twilio sends.")


def _form(request: Request, known: frozenset[str]) -> dict[str, str]:
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
    if any(name not in known and not (known is FIELDS and _MEDIA.match(name)) for name in fields):
        raise Refused(400, "The form holds a field that Twilio does not send.")
    return fields
