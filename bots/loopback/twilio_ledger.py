"""What the simulated Twilio knows: the account's records, the phones, who opted out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bots.loopback.base import Clock
from bots.loopback.twilio_messages import FINAL, LONGEST_BODY, Button, Entry, Message, Refusal

WHATSAPP = "whatsapp:"
WINDOW = 24 * 3600.0

CARRIER_WORDS = {
    "STOP": frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}),
    "START": frozenset({"START", "YES", "UNSTOP"}),
    "HELP": frozenset({"HELP", "INFO"}),
}
CARRIER_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. "
    "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}

E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class _Line:
    who: str
    text: str
    at: float
    sid: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Content:
    """A template of the Content API that nobody has approved: it goes only to somebody who wrote within a day."""

    body: str
    buttons: tuple[Button, ...]


class Ledger:
    """Records can be deleted and redacted; a phone keeps what it received, as real phones do.

    `sent` holds what REST accepted, as it was accepted. `deleted` holds the sids of deleted records. `typing` holds the
    sids of the messages whose senders were shown that an answer is being written. `on_outbound` hears of every message
    that is to leave.
    """

    def __init__(
        self, numbers: tuple[str, str], clock: Clock, pace: float, receipt: float, senders: Sequence[str] = ()
    ) -> None:
        self.number, self.whatsapp_number = numbers[0], WHATSAPP + numbers[1].removeprefix(WHATSAPP)
        self.clock, self.pace, self.receipt = clock, pace, receipt
        self.messages: dict[str, Message] = {}
        self.templates: dict[str, str] = {}
        self.contents: dict[str, Content] = {}
        self.typing: list[str] = []
        self.read: set[str] = set()
        self.owned = {self.number, self.whatsapp_number, *senders}
        self.on_outbound: Callable[[Message], None] = lambda message: None
        self.sent: list[Message] = []
        self.deleted: list[str] = []
        self.opted_out: set[str] = set()
        self.serials: dict[str, int] = {}
        self._phones: dict[str, list[_Line]] = {}
        self._heard: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def sender_for(self, person: str) -> str:
        return self.whatsapp_number if person.startswith(WHATSAPP) else self.number

    def thread(self, person: str) -> list[Entry]:
        """What the phone of `person` shows, oldest first; `whatsapp:+1...` and `+1...` are different threads."""
        lines = sorted(self._phones.get(person, []), key=lambda line: line.at)
        return [Entry(line.who, line.text, line.at, line.sid, self._line_status(line), line.buttons) for line in lines]

    def status(self, message: Message) -> str:
        """Where a message is now: queued until its turn, sent until the receipt, then delivered; or failed."""
        now = self.clock()
        if message.direction == "inbound":
            return "received"
        if now < message.due:
            return "accepted" if message.service else "queued"
        if message.error is not None:
            return "failed"
        if message.sid in self.read:
            return "read"
        return "sent" if now < message.due + self.receipt else "delivered"

    def inbound(
        self, person: str, text: str, *, media: int = 0, sid: str | None = None, to: str | None = None
    ) -> Message:
        """Records what a person wrote; a sid seen before is the same message again and changes nothing."""
        now = self.clock()
        sid = sid or _sid("MM" if media else "SM")
        seen = sid in self.serials
        message = Message(
            sid, self._serial(sid), person, to or self.sender_for(person), text, "inbound", now, now, now, media=media
        )
        if not seen:
            self.messages[sid] = message
            self._heard[person] = now
            self._show(person, _Line("person", text, now, sid))
        return message

    def obey(self, person: str, text: str, *, repeat: bool = False) -> str | None:
        """Twilio's own words on SMS: opts out or in and answers by itself, once; says which kind of word it was."""
        word = text.strip().upper()
        kind = next((kind for kind, words in CARRIER_WORDS.items() if word in words), None)
        if kind is None or repeat:
            return kind
        out = person in self.opted_out
        if (kind, out) not in (("STOP", True), ("START", False)):
            self._show(person, _Line("carrier", CARRIER_REPLIES[kind], self.clock(), ""))
        if kind == "STOP":
            self.opted_out.add(person)
        if kind == "START":
            self.opted_out.discard(person)
        return kind

    def accept(
        self, to: str, sender: str, text: str, *, service: str | None, template: bool, media: int,
        callback: str = "", buttons: tuple[Button, ...] = (),
    ) -> Message:  # fmt: skip
        """Takes a message from REST; Refusal 21610 or 21617. WhatsApp's closed window shows only later, as failed."""
        code = self._refused(to, text)
        if code is not None:
            raise Refusal(code)
        error = None if template or self._window_open(to) else 63016
        message = self._outbound(
            to, sender, text, "outbound-api", error,
            service=service, media=media, callback=callback, buttons=buttons,
        )  # fmt: skip
        self.sent.append(message)
        return message

    def reply(self, person: str, text: str, *, sender: str | None = None, callback: str = "") -> Message:
        """Takes a message from TwiML, which cannot be refused: what may not go out is recorded as failed."""
        ours, error = sender or self.sender_for(person), self._refused(person, text)
        return self._outbound(person, ours, text, "outbound-reply", error, callback=callback)

    def find(self, sid: str, path: str) -> Message:
        if sid not in self.messages:
            raise Refusal(20404, path)
        return self.messages[sid]

    def redact(self, message: Message) -> Message:
        """Empties the record's body; Refusal 20009 while the message is on its way."""
        self._must_be_final(message)
        self.messages[message.sid] = replace(message, body="", updated=self.clock())
        return self.messages[message.sid]

    def delete(self, message: Message) -> None:
        """Forgets the record; Refusal 20009 while the message is on its way."""
        self._must_be_final(message)
        del self.messages[message.sid]
        self.deleted.append(message.sid)

    def _must_be_final(self, message: Message) -> None:
        if self.status(message) not in FINAL:
            raise Refusal(20009, f"the message is {self.status(message)}")

    def _refused(self, person: str, text: str) -> int | None:
        if len(text) > LONGEST_BODY:
            return 21617
        return 21610 if person in self.opted_out else None

    def _window_open(self, to: str) -> bool:
        return not to.startswith(WHATSAPP) or self.clock() - self._heard.get(to, -WINDOW) < WINDOW

    def _outbound(
        self, to: str, sender: str, text: str, direction: str, error: int | None, *,
        service: str | None = None, media: int = 0, callback: str = "", buttons: tuple[Button, ...] = (),
    ) -> Message:  # fmt: skip
        now = self.clock()
        due = now if error else max(now, self._last.get(sender, now - self.pace) + self.pace)
        sid = _sid("MM" if media else "SM")
        message = Message(
            sid, self._serial(sid), sender, to, text, direction, now, due, now,
            media=media, service=service, error=error, callback=callback,
        )  # fmt: skip
        self.messages[sid] = message
        if error is None:
            self._last[sender] = due
            self._show(to, _Line("hotline", text, due, sid, buttons))
        self.on_outbound(message)
        return message

    def _show(self, person: str, line: _Line) -> None:
        self._phones.setdefault(person, []).append(line)

    def _line_status(self, line: _Line) -> str:
        if line.who == "person":
            return "received"
        return "delivered" if line.at <= self.clock() else "queued"

    def _serial(self, sid: str) -> int:
        return self.serials.setdefault(sid, len(self.serials) + 1)


def fill(template: str, variables: Mapping[str, object]) -> str:
    """A content template with its {{1}}, {{name}} filled in; an unknown one stays as it is."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: str(variables.get(found[1], found[0])), template)


def _sid(kind: str) -> str:
    return kind + uuid.uuid4().hex
