"""The records that Twilio keeps: listed, looked at and deleted there. Its library would cost an idle worker 20 MB."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from bots.ask import Answer, NoAnswer, ask
from bots.twilio_form import SID, WHATSAPP
from hotline.contact import Channel
from hotline.desk.deliver import NotSent
from hotline.message import Attachment, Erasure, Incoming
from hotline.plain import number, storable

TWILIO = "https://api.twilio.com"
NOT_FINAL, NOT_THERE = 20009, 20404
ONE_PAGE, FETCH_AT_MOST = 1000, 10_000
CONNECT_SECONDS, READS = 5.0, 2.0
"""The whole of a request may take READS times what one read may."""

NOT_FINAL_SECONDS = 60.0
LOCKED_OUT_SECONDS = 300.0
"""A copy that Twilio will not let us delete (a wrong token, a refusal we do not know) is tried again after this: our
answer to a mistake of ours must not be that the copy stays."""

LONGEST_WAIT, STRANGE_WAIT = 3600.0, 60.0
"""The most seconds we wait because we were told to, and how many after a wait that is no number."""

FINAL = frozenset({"delivered", "undelivered", "failed", "read", "canceled"})
SETTLED_SECONDS, FORGOTTEN_SECONDS = 300.0, 2 * 3600.0
"""The age at which a final record, and at which any record, should have been told to us and deleted."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What an organisation has at Twilio: `numbers` callers write to, `answers_from` kept free for answers of people by
    SMS, a messaging `service`, approved WhatsApp `notes` by language, and whether WhatsApp gets `buttons`."""

    numbers: tuple[str, ...] = ()
    answers_from: str = ""
    service: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    buttons: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One message as Twilio lists it; what is not there is empty. `at`: when it was sent, 0 for what cannot be read."""

    sid: str
    sender: str
    to: str
    body: str
    direction: str
    status: str
    service: str
    media: int
    at: float


class Records:
    """One account's. Everything raises NotSent and nothing else."""

    def __init__(
        self, account_sid: str, auth_token: str, api_url: str, lines: Lines, seconds: Callable[[], float]
    ) -> None:
        self._root = f"/2010-04-01/Accounts/{account_sid}/Messages"
        self._api_url = api_url
        self._lines = lines
        self._seconds = seconds
        token = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    def fetch(self, since: float) -> list[Incoming]:
        """Messages to our numbers since that time, oldest first; all of the account's where no numbers are set."""
        numbers = [prefix + one for one in self._lines.numbers for prefix in ("", WHATSAPP)]
        found = self._records(since, [{"To": one} for one in numbers] or [{}])
        came = [one for one in found if one.direction == "inbound" and one.status == "received"]
        came.reverse()  # as Twilio lists them, the newest first: of one second, too
        return [_incoming(one) for one in sorted(came, key=lambda one: one.at)]

    def left(self, since: float, now: float) -> list[Erasure]:
        """What went out from our numbers since that time and should be deleted by now. A reply in a response has no SID
        here: with its status callback lost, its record would lie at Twilio for ever."""
        lines = self._lines
        ours = {prefix + one for one in (*lines.numbers, lines.answers_from) if one for prefix in ("", WHATSAPP)}
        # Without numbers all of the account is ours, as in `fetch`; a service chooses senders that we do not know.
        everything = not lines.numbers or bool(lines.service)
        found = self._records(since, [{}] if everything else [{"From": one} for one in sorted(ours)])
        over = [one for one in found if SID.match(one.sid) and self._is_ours(one, ours) and _is_over(one, now)]
        return [Erasure(_channel(one.to), one.sid, ours=True) for one in over]

    def look(self) -> bool:
        """Whether Twilio knows the account: asked for something small. NotSent when it does not answer."""
        answer = self._ask("GET", f"{self._root}.json?PageSize=1")
        if answer.status in (401, 403, 404):
            return False
        if answer.status != 200 or not isinstance(answer.document, dict):
            raise NotSent(f"provider {answer.status}", down=True)
        return True

    def erase(self, sid: str) -> None:
        """Delete a message's record; what Twilio says is not there is deleted. A page of a proxy or a portal may say 200
        or 404 as well, and is not believed."""
        if not SID.match(sid):
            raise NotSent("not an id of Twilio", permanent=True)
        answer = self._ask("DELETE", f"{self._root}/{sid}.json")
        told = answer.document if isinstance(answer.document, dict) else {}
        code = number(str(told.get("code", ""))) or 0
        if answer.status == 204 or (answer.status == 404 and code == NOT_THERE):
            return
        if answer.status == 429 or answer.status >= 500:
            raise NotSent(f"provider {answer.status}", wait=waited(answer.retry_after), down=True)
        not_final = code == NOT_FINAL or answer.status == 409
        raise NotSent(f"refused {answer.status} {code}", wait=NOT_FINAL_SECONDS if not_final else LOCKED_OUT_SECONDS)

    def _is_ours(self, one: Record, ours: Collection[str]) -> bool:
        lines = self._lines
        by_service = bool(lines.service) and one.service == lines.service
        return one.direction.startswith("outbound-") and (not lines.numbers or one.sender in ours or by_service)

    def _records(self, since: float, asked: list[dict[str, str]]) -> list[Record]:
        after = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        bounds = {"DateSent>": after, "PageSize": str(ONE_PAGE)}
        return [one for how in asked for one in islice(self._pages({**bounds, **how}), FETCH_AT_MOST)]

    def _pages(self, query: Mapping[str, str]) -> Iterator[Record]:
        path = f"{self._root}.json?{urlencode(query)}"
        while path:
            answer = self._ask("GET", path)
            if answer.status == 429 or answer.status >= 500:
                raise NotSent(f"provider {answer.status}", wait=waited(answer.retry_after), down=True)
            told = answer.document
            messages = told.get("messages") if isinstance(told, dict) else None
            if answer.status != 200 or not isinstance(messages, list):
                raise NotSent(f"no list but {answer.status}", down=True)
            for one in messages:
                if not isinstance(one, dict):
                    raise NotSent("no list of records", down=True)
                yield _record(one)
            path = self._next(told)

    def _next(self, told: Mapping[str, Any]) -> str:
        """The path of the next page; an answer may name any address as it, and only one of this list is followed."""
        following = told.get("next_page_uri")
        if told.get("meta") or not (following is None or isinstance(following, str)):
            raise NotSent("a page of another kind", down=True)
        if following and not following.startswith(f"{self._root}.json?"):
            raise NotSent("a next page that is not of this list", down=True)
        return following or ""

    def _ask(self, method: str, path: str) -> Answer:
        seconds = self._seconds()
        try:
            return ask(
                method,
                self._api_url + path,
                connect=min(seconds, CONNECT_SECONDS),
                read=seconds * READS,
                headers=self._headers,
            )
        except NoAnswer as fault:
            raise NotSent("no answer", sure=fault.sure, down=True) from None


def waited(said: object) -> float:
    """The seconds that Retry-After says, within bounds; 1 if it says nothing."""
    if said is None:
        return 1.0
    seconds = number(str(said).strip())
    return STRANGE_WAIT if seconds is None else min(max(float(seconds), 1.0), LONGEST_WAIT)


def _record(table: Mapping[str, Any]) -> Record:
    def text(name: str) -> str:
        value = table.get(name)
        return storable(value) if isinstance(value, str) else ""

    return Record(
        sid=text("sid"),
        sender=text("from"),
        to=text("to"),
        body=text("body"),
        direction=text("direction"),
        status=text("status"),
        service=text("messaging_service_sid"),
        media=min(number(str(table.get("num_media") or "")) or 0, 10),
        at=_moment(text("date_sent")) or _moment(text("date_created")),
    )


def _moment(text: str) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _incoming(record: Record) -> Incoming:
    """A record as the webhook would have told it. What kind of media it has would be one more question each."""
    return Incoming(
        channel=_channel(record.sender),
        sender=record.sender.removeprefix(WHATSAPP),
        recipient=record.to.removeprefix(WHATSAPP),
        id=record.sid,
        text=record.body,
        attachments=(Attachment.FILE,) * record.media,
    )


def _channel(address: str) -> Channel:
    return Channel.WHATSAPP if address.startswith(WHATSAPP) else Channel.SMS


def _is_over(record: Record, now: float) -> bool:
    """Whether all that can be told of a message of ours should have been told."""
    return now - record.at > (SETTLED_SECONDS if record.status in FINAL else FORGOTTEN_SECONDS)
