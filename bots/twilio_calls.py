"""Twilio's REST interface: what we send, ask, list and delete there. The library's heavy half loads when first used."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from bots.twilio_form import SID, WHATSAPP
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Attachment, Erasure, Incoming
from hotline.plain import number, plain, storable

if TYPE_CHECKING:
    from twilio.rest import Client

TWILIO = "https://api.twilio.com"
CONTENT = "https://content.twilio.com/v1/Content"
TYPING = "https://messaging.twilio.com/v2/Indicators/Typing.json"
_HOST = re.compile(r"^https://(api|content|messaging)(\.[a-z0-9-]+){0,2}\.twilio\.com(?=/)")

OPTED_OUT, WINDOW, NOT_FINAL, NO_SUCH_CONTENT, NOT_THERE = 21610, 63016, 20009, 21655, 20404
PERMANENT = frozenset({21211, 21212, 21214, 21408, 21606, 21610, 21612, 21614, 21617, 63024})
"""Refusals that trying again cannot mend (Twilio's error dictionary)."""

CLOCKS_APART = 5.0
ONE_PAGE, FETCH_AT_MOST = 1000, 10_000
NOT_FINAL_SECONDS = 60.0
LOCKED_OUT_SECONDS = 300.0
"""A copy that Twilio will not let us delete (a wrong token, a refusal we do not know) is tried again after this: our
answer to a mistake of ours must not be that the copy stays."""

LONGEST_WAIT, STRANGE_WAIT = 3600.0, 60.0
"""The most seconds we wait because we were told to, and how many after a wait that is no number."""

FINAL = frozenset({"delivered", "undelivered", "failed", "read", "canceled"})
SETTLED_SECONDS, FORGOTTEN_SECONDS = 300.0, 2 * 3600.0
"""The age at which a final record, and at which any record, should have been told to us and deleted."""

STRANGE = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
"""What the library raises over an answer that has not the shape of Twilio's."""


class ContentGone(NotSent):
    """Twilio does not know the content that was to be sent."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What an organisation has at Twilio: `numbers` callers write to, `answers_from` kept free for answers of people by
    SMS, a messaging `service`, approved WhatsApp `notes` by language, and whether WhatsApp gets `buttons`."""

    numbers: tuple[str, ...] = ()
    answers_from: str = ""
    service: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    buttons: bool = False


class Calls:
    """One account, asked with a time-out of `seconds`. Everything raises NotSent and nothing else."""

    def __init__(
        self, account_sid: str, auth_token: str, api_url: str, status_url: str, lines: Lines, seconds: float = 10.0
    ) -> None:
        self._account_sid, self._auth_token = account_sid, auth_token
        self._api_url = api_url.rstrip("/")
        self._status_url = status_url
        self._lines = lines
        self.seconds = seconds
        self._heard = threading.local()

    def send(self, dispatch: Dispatch) -> str:
        """The SID under which Twilio took it."""
        if not dispatch.note:
            return self.create(dispatch, body=dispatch.text)
        content = self._lines.notes.get(dispatch.language or "en") or self._lines.notes.get("en")
        if content is None:
            raise NotSent("no note is set up", window=True)
        return self.create(dispatch, content_sid=content)

    def create(self, dispatch: Dispatch, **what: str) -> str:
        """Send `body` or `content_sid` where this dispatch goes."""
        to, sender = _prefixed(dispatch), self._sender(dispatch)
        made = self._asked(
            lambda client: client.messages.create(to=to, status_callback=self._status_url, **sender, **what)
        )
        if not SID.match(str(made.sid)):
            raise NotSent("taken without an id", sure=False, down=True)
        return str(made.sid)

    def _sender(self, dispatch: Dispatch) -> dict[str, str]:
        """WhatsApp answers come from the number written to: its 24 hours are open for that number alone, and it has no
        limit of one a second that people's answers had to be kept from."""
        ours = dispatch.address.ours
        if dispatch.channel is Channel.WHATSAPP:
            return {"from_": WHATSAPP + ours}
        if dispatch.by_staff and self._lines.answers_from:
            return {"from_": self._lines.answers_from}
        if self._lines.service:
            return {"messaging_service_sid": self._lines.service}
        return {"from_": ours}

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        """The SID of the same text to the same person, made since we began the try, that is no other of ours."""
        try:
            recent = self._asked(lambda client: client.messages.list(to=_prefixed(dispatch), limit=20))
        except NotSent:
            raise NotSent("cannot ask", sure=False, down=True) from None
        for message in recent:
            if _seconds(message.date_created) < int(since) - CLOCKS_APART:
                continue
            # The text of a note is Twilio's. Nothing else is sent to somebody whose window is closed.
            same = dispatch.note or _same(str(message.body or ""), dispatch.text)
            if same and message.direction == "outbound-api" and not known(message.sid):
                return str(message.sid)
        return None

    def fetch(self, since: float) -> list[Incoming]:
        """Messages to our numbers since that time, oldest first; all of the account's where no numbers are set."""
        numbers = [prefix + one for one in self._lines.numbers for prefix in ("", WHATSAPP)]
        found = self._records(since, [{"to": one} for one in numbers] or [{}])
        came = [one for one in found if one.direction == "inbound" and one.status == "received"]
        came.reverse()  # as Twilio lists them, the newest first: of one second, too
        return [_incoming(one) for one in sorted(came, key=lambda one: _seconds(one.date_sent or one.date_created))]

    def left(self, since: float, now: float) -> list[Erasure]:
        """What went out from our numbers since that time and should be deleted by now. A reply in a response has no SID
        here: with its status callback lost, its record would lie at Twilio for ever."""
        lines = self._lines
        ours = {prefix + one for one in (*lines.numbers, lines.answers_from) if one for prefix in ("", WHATSAPP)}
        # Without numbers all of the account is ours, as in `fetch`; a service chooses senders that we do not know.
        everything = not lines.numbers or bool(lines.service)
        found = self._records(since, [{}] if everything else [{"from_": one} for one in sorted(ours)])
        over = [one for one in found if SID.match(str(one.sid)) and self._is_ours(one, ours) and _is_over(one, now)]
        return [Erasure(_channel(one.to), one.sid, ours=True) for one in over]

    def _is_ours(self, one: Any, ours: Collection[str]) -> bool:
        lines = self._lines
        by_service = bool(lines.service) and one.messaging_service_sid == lines.service
        return str(one.direction).startswith("outbound-") and (not lines.numbers or one.from_ in ours or by_service)

    def _records(self, since: float, asked: Iterable[Mapping[str, str]]) -> list[Any]:
        after = datetime.fromtimestamp(since, UTC)
        bounds = {"date_sent_after": after, "limit": FETCH_AT_MOST, "page_size": ONE_PAGE}
        return [one for how in asked for one in self._asked(partial(_listed, {**bounds, **how}), down=True)]

    def look(self) -> bool:
        """Whether Twilio knows the account: asked for something small. NotSent when it does not answer."""
        url = f"{TWILIO}/2010-04-01/Accounts/{self._account_sid}/Messages.json"
        status, told = self._plainly("GET", url, params={"PageSize": 1})
        if status in (401, 403, 404):
            return False
        if status != 200 or told is None:
            raise NotSent(f"provider {status}", down=True)
        return True

    def erase(self, sid: str) -> None:
        """Delete a message's record; what Twilio says is not there is deleted. A page of a proxy or a portal may say 200
        or 404 as well, and is not believed."""
        if not SID.match(sid):
            raise NotSent("not an id of Twilio", permanent=True)
        url = f"{TWILIO}/2010-04-01/Accounts/{self._account_sid}/Messages/{sid}.json"
        status, told = self._plainly("DELETE", url)
        code = number(str((told or {}).get("code", ""))) or 0
        if status == 204 or (status == 404 and code == NOT_THERE):
            return
        if status == 429 or status >= 500:
            raise NotSent(f"provider {status}", wait=self._retry_after(), down=True)
        not_final = code == NOT_FINAL or status == 409
        raise NotSent(f"refused {status} {code}", wait=NOT_FINAL_SECONDS if not_final else LOCKED_OUT_SECONDS)

    def _plainly(self, method: str, url: str, **how: Any) -> tuple[int, dict[str, Any] | None]:
        """One request without the library's half for it: the status, and the JSON object in the answer."""
        from twilio.base.exceptions import TwilioException

        try:
            answer = self._client.request(method, url, **how)
        except (TwilioException, OSError, *STRANGE):
            raise NotSent("no answer", down=True) from None
        try:
            told = json.loads(answer.text)
        except (ValueError, RecursionError):
            told = None
        return answer.status_code, told if isinstance(told, dict) else None

    def post(self, url: str, data: Mapping[str, object], *, as_json: bool = False) -> Any:
        """One POST to an interface that is plainer than the library's half for it: the status and the text."""
        from twilio.base.exceptions import TwilioException

        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        try:
            return self._client.request("POST", url, data=dict(data), headers={"Content-Type": kind})
        except (TwilioException, OSError, *STRANGE):
            raise NotSent("no answer", sure=False, down=True) from None

    def _asked(self, ask: Callable[[Client], Any], *, down: bool = False) -> Any:
        from twilio.base.exceptions import TwilioException

        try:
            return ask(self._client)
        except TwilioException as fault:
            told = _not_sent(fault, self._retry_after())
            raise (NotSent(str(told), wait=told.wait, down=True) if down else told) from None
        except (OSError, *STRANGE) as fault:  # requests' own errors are OSErrors; a torn answer is a ValueError
            raise NotSent("no answer", sure=_never_left(fault), down=True) from None

    def _retry_after(self) -> float:
        """The seconds the last answer in this thread said to wait; 1 if it did not say."""
        said = getattr(self._heard, "headers", {}).get("Retry-After")
        if said is None:
            return 1.0
        seconds = number(str(said).strip())
        return STRANGE_WAIT if seconds is None else min(max(float(seconds), 1.0), LONGEST_WAIT)

    @cached_property
    def _client(self) -> Client:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        from bots.twilio_line import Timely

        base, heard, calls = self._api_url, self._heard, self

        class Rebased(TwilioHttpClient):  # type: ignore[misc]
            def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
                heard.headers = {}
                if not (_HOST.match(url) or url.startswith(f"{base}/")):
                    raise ValueError("an address that is not Twilio's")  # an answer may name any as its next page
                self.timeout = self.session.seconds = calls.seconds
                try:
                    answer = super().request(method, url if base == TWILIO else _HOST.sub(base, url), *args, **kwargs)
                finally:  # the library keeps the words and the token of its last request, for tests of its own
                    self._test_only_last_request = self._test_only_last_response = None
                heard.headers = answer.headers or {}
                return answer

        http = Rebased(timeout=self.seconds)
        http.session = Timely(self.seconds)
        return Client(self._account_sid, self._auth_token, http_client=http)


def _listed(how: dict[str, Any], client: Client) -> Any:
    return client.messages.list(**how)


def _prefixed(dispatch: Dispatch) -> str:
    return (WHATSAPP if dispatch.channel is Channel.WHATSAPP else "") + dispatch.address.caller


def _incoming(message: Any) -> Incoming:
    """A record as the webhook would have told it. What kind of media it has would be one more question each."""
    media = min(number(str(message.num_media or "")) or 0, 10)
    return Incoming(
        channel=_channel(message.from_),
        sender=storable(str(message.from_)).removeprefix(WHATSAPP),
        recipient=storable(str(message.to)).removeprefix(WHATSAPP),
        id=storable(str(message.sid)),
        text=storable(str(message.body or "")),
        attachments=(Attachment.FILE,) * media,
    )


def _channel(address: object) -> Channel:
    return Channel.WHATSAPP if str(address).startswith(WHATSAPP) else Channel.SMS


def _never_left(fault: Exception) -> bool:
    """Whether no connection came about, so that nothing can have been taken."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    reason = getattr(fault.args[0] if fault.args else None, "reason", None)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _same(body: str, text: str) -> bool:
    """A messaging service may have put plain signs in place of dear ones (smart encoding); letters stay."""
    return body == text or (plain(body) == plain(text) != "")


def _is_over(message: Any, now: float) -> bool:
    """Whether all that can be told of a message of ours should have been told."""
    age = now - _seconds(message.date_sent or message.date_created)
    return age > (SETTLED_SECONDS if message.status in FINAL else FORGOTTEN_SECONDS)


def _seconds(moment: object) -> float:
    """The library gives a moment that it cannot read as it came."""
    return moment.timestamp() if isinstance(moment, datetime) else 0.0


def _told(fault: Any) -> tuple[int, int]:
    """Status and code of an error, whichever of the library's kinds it is; 0 for what it does not say."""
    return number(str(getattr(fault, "status", 0))) or 0, number(str(getattr(fault, "code", 0))) or 0


def _not_sent(fault: Any, wait: float) -> NotSent:
    status, code = _told(fault)
    if code == OPTED_OUT:
        return NotSent("opted out", permanent=True, opted_out=True)
    if code == WINDOW:
        return NotSent("window closed", window=True)
    if code == NO_SUCH_CONTENT:
        return ContentGone("no such content", permanent=True)
    if code in PERMANENT or status in (401, 403, 404):
        return NotSent(f"refused {code}", permanent=True)
    if status == 429:
        return NotSent("too many", wait=wait, down=True)
    if status >= 500 or not status:
        return NotSent(f"provider {status}", sure=False, down=True)
    return NotSent(f"refused {code}", permanent=400 <= status < 500)
