"""The person's side of the simulated Twilio: a phone that writes, and the webhook Twilio makes of it."""

from __future__ import annotations

import json
import mimetypes
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from bots.loopback.base import Answer, Poster
from bots.loopback.faults import Faults, Kind
from bots.loopback.twilio_ledger import WHATSAPP, Content, Ledger
from bots.loopback.twilio_messages import API, Button, Entry, Message, segments
from bots.loopback.twilio_receipts import Receipts, signature

TIMEOUT = 15.0
COUNTRIES = {
    "1": "US", "7": "RU", "20": "EG", "33": "FR", "34": "ES", "39": "IT", "40": "RO", "44": "GB", "45": "DK",
    "46": "SE", "47": "NO", "48": "PL", "49": "DE", "63": "PH", "84": "VN", "86": "CN", "90": "TR", "91": "IN",
    "212": "MA", "234": "NG", "251": "ET", "355": "AL", "359": "BG", "373": "MD", "380": "UA", "977": "NP",
}  # fmt: skip
US_PLACE = {"City": "SAN FRANCISCO", "State": "CA", "Zip": "94103"}


@dataclass(frozen=True)
class Delivery:
    """How a webhook went: `replies` are the texts of the answer that reached (or will reach) the phone."""

    acknowledged: bool
    status: int | None
    attempts: int
    replies: tuple[str, ...]
    message_sid: str


@dataclass(frozen=True)
class _Parcel:
    person: str
    sid: str
    form: Mapping[str, str]
    token: str
    retries: int


class Phone:
    """Writes to the hotline's numbers; `webhook_url` and `fallback_url` may be set or changed at any time."""

    def __init__(
        self, account_sid: str, auth_token: str, webhook_url: str | None, ledger: Ledger, faults: Faults, poster: Poster,
        receipts: Receipts,
    ) -> None:  # fmt: skip
        self.account_sid, self.webhook_url, self.faults = account_sid, webhook_url, faults
        self.fallback_url: str | None = None
        self.receipts = receipts
        self._token, self._ledger, self._poster = auth_token, ledger, poster
        self._held: list[_Parcel] = []

    @property
    def sent(self) -> list[Message]:
        """Every message accepted through REST, as it was accepted; deleting and redacting do not touch it."""
        return self._ledger.sent

    @property
    def messages(self) -> dict[str, Message]:
        """The account's records as they are now, by sid: inbound, outbound, failed."""
        return self._ledger.messages

    @property
    def deleted(self) -> list[str]:
        return self._ledger.deleted

    @property
    def opted_out(self) -> set[str]:
        return self._ledger.opted_out

    @property
    def templates(self) -> dict[str, str]:
        """Approved WhatsApp templates, ContentSid to text with {{1}}; add to it what a test needs."""
        return self._ledger.templates

    @property
    def contents(self) -> dict[str, Content]:
        """What the Content API made, by ContentSid."""
        return self._ledger.contents

    @property
    def typing(self) -> list[str]:
        """The sids of the messages whose senders were shown that an answer is being written, and theirs read."""
        return self._ledger.typing

    def thread(self, number: str) -> list[Entry]:
        """What the phone shows, oldest first; `whatsapp:+1...` and `+1...` are different threads."""
        return self._ledger.thread(number)

    def status(self, message: Message) -> str:
        return self._ledger.status(message)

    async def write(
        self, sender: str, text: str, *, media: Sequence[str] = (), whatsapp: bool = False,
        message_sid: str | None = None, profile_name: str = "Caller", retries: int = 2, to: str | None = None,
        tapped: Button | None = None,
    ) -> Delivery:  # fmt: skip
        """Sends from a phone and posts the webhook; `media` are file names or addresses, their ending tells the type.

        No answer or 5xx: posted again, at most `retries` times, with the same MessageSid.
        A message that a planned reorder holds back is posted after the next one, or by `flush`.
        """
        person = WHATSAPP + sender.removeprefix(WHATSAPP) if whatsapp else sender
        repeat = message_sid in self._ledger.serials
        message = self._ledger.inbound(person, text, media=len(media), sid=message_sid, to=to)
        form = self._form(message, text, media)
        if person.startswith(WHATSAPP):
            form |= _whatsapp_fields(person, profile_name, form.get("MediaContentType0"))
            form |= {"ButtonPayload": tapped.id, "ButtonText": tapped.title, "MessageType": "button"} if tapped else {}
        else:
            form |= _sms_fields(person, message.to)
            word = self._ledger.obey(person, text, repeat=repeat)
            form |= {"OptOutType": word} if word else {}
        parcel = _Parcel(person, message.sid, form, str(uuid.uuid4()), retries)
        if self.faults.take("webhook", Kind.REORDER):
            self._held.append(parcel)
            return Delivery(False, None, 0, (), message.sid)
        delivery = await self._deliver(parcel)
        await self.flush()
        await self.receipts.tell()
        return delivery

    async def tap(self, sender: str, id: str, *, retries: int = 2) -> Delivery:
        """Taps the button of that id below the last message that has one; ValueError where no such button is shown."""
        person = WHATSAPP + sender.removeprefix(WHATSAPP)
        shown = next((entry.buttons for entry in reversed(self.thread(person)) if entry.buttons), ())
        for button in shown:
            if button.id == id:
                return await self.write(sender, button.title, whatsapp=True, tapped=button, retries=retries)
        raise ValueError(f"no button {id!r} is shown: {', '.join(button.id for button in shown)}")

    async def look(self, number: str) -> None:
        """The person opens the chat: WhatsApp tells that everything in it was read."""
        self.receipts.expect_read([one for one in self.messages.values() if one.to == number])
        await self.receipts.tell()

    async def flush(self) -> list[Delivery]:
        """Posts what a planned reorder still holds back."""
        held, self._held = self._held, []
        return [await self._deliver(parcel) for parcel in held]

    async def _deliver(self, parcel: _Parcel) -> Delivery:
        if not self.webhook_url:
            return Delivery(False, None, 0, (), parcel.sid)
        answers = [await self._post(self.webhook_url, parcel)]
        if not answers[0].ok and self.fallback_url:
            error = "11205" if answers[0].status is None else "11200"
            again = {**parcel.form, "ErrorCode": error, "ErrorUrl": self.webhook_url.partition("#")[0]}
            answers.append(await self._post(self.fallback_url, replace(parcel, form=again)))
        if self.faults.take("webhook", Kind.DUPLICATE):
            answers.append(await self._post(self.webhook_url, parcel))
        replies = tuple(text for answer in answers for text in self._hear(parcel, answer))
        attempts = sum(answer.attempts for answer in answers)
        return Delivery(any(answer.ok for answer in answers), answers[-1].status, attempts, replies, parcel.sid)

    async def _post(self, webhook_url: str, parcel: _Parcel) -> Answer:
        url = webhook_url.partition("#")[0]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": signature(self._token, url, parcel.form),
            "I-Twilio-Idempotency-Token": parcel.token,
        }
        body = urlencode(parcel.form).encode()
        return await self._poster.post(url, body, headers, retries=parcel.retries, again=lambda status: status >= 500)

    def _hear(self, parcel: _Parcel, answer: Answer) -> list[str]:
        if not answer.ok:
            return []
        went = [
            self._ledger.reply(parcel.person, text, sender=parcel.form["To"], callback=callback)
            for text, callback in said(answer.content_type, answer.text)
        ]
        return [message.body for message in went if message.error is None]

    def _form(self, message: Message, text: str, media: Sequence[str]) -> dict[str, str]:
        sid = message.sid
        form = {
            "SmsMessageSid": sid, "SmsSid": sid, "MessageSid": sid, "AccountSid": self.account_sid,
            "From": message.sender, "To": message.to, "Body": text, "NumMedia": str(len(media)),
            "NumSegments": str(segments(text)), "SmsStatus": "received", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        for place, name in enumerate(media):
            kept = f"https://api.twilio.com{API}/{self.account_sid}/Messages/{sid}/Media/ME{uuid.uuid4().hex}"
            form[f"MediaUrl{place}"] = name if "://" in name else kept
            form[f"MediaContentType{place}"] = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return form


def said(content_type: str, text: str) -> list[tuple[str, str]]:
    """The messages an answer asks to send, each with its status callback: TwiML, or plain text as one message;
    anything else sends nothing."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return [(text, "")] if text.strip() else []
    if kind not in ("text/xml", "application/xml"):
        return []
    try:
        root = ET.fromstring(text)  # noqa: S314  the bot under test wrote it
    except ET.ParseError:
        return []
    verbs = root.iter("Message") if root.tag == "Response" else ()
    return [
        (words, verb.get("statusCallback") or verb.get("action") or "") for verb in verbs if (words := _words(verb))
    ]


def _words(verb: ET.Element) -> str:
    bodies = verb.findall("Body")
    return ("".join(body.text or "" for body in bodies) if bodies else verb.text or "").strip()


def _sms_fields(person: str, hotline: str) -> dict[str, str]:
    return {
        side + field: value
        for side, number in (("From", person), ("To", hotline))
        for field, value in _place(number).items()
    }


def _place(number: str) -> dict[str, str]:
    digits = number.removeprefix("+")
    country = next((COUNTRIES[digits[:size]] for size in (3, 2, 1) if digits[:size] in COUNTRIES), "")
    return {"Country": country, **(US_PLACE if country == "US" else dict.fromkeys(US_PLACE, ""))}


def _whatsapp_fields(person: str, profile_name: str, content_type: str | None) -> dict[str, str]:
    number = person.removeprefix(f"{WHATSAPP}+")
    kind = (content_type or "text").partition("/")[0]
    context = {"ProfileName": profile_name, "WaId": number}
    return {
        "ProfileName": profile_name,
        "WaId": number,
        "MessageType": "document" if kind == "application" else kind,
        "ReferralNumMedia": "0",
        "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": context}}),
    }
