"""Twilio's REST interface: what we send and ask there. The library's heavy half loads when something is first sent."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bots.twilio_form import SID, WHATSAPP
from bots.twilio_records import TWILIO, Lines, Records, waited
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Erasure, Incoming
from hotline.plain import number, plain

if TYPE_CHECKING:
    from twilio.rest import Client

CONTENT = "https://content.twilio.com/v1/Content"
TYPING = "https://messaging.twilio.com/v2/Indicators/Typing.json"
_HOST = re.compile(r"^https://(api|content|messaging)(\.[a-z0-9-]+){0,2}\.twilio\.com(?=/)")

OPTED_OUT, WINDOW, NO_SUCH_CONTENT = 21610, 63016, 21655
PERMANENT = frozenset({21211, 21212, 21214, 21408, 21606, 21610, 21612, 21614, 21617, 63024})
"""Refusals that trying again cannot mend (Twilio's error dictionary)."""

CLOCKS_APART = 5.0
STRANGE = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
"""What the library raises over an answer that has not the shape of Twilio's."""


class ContentGone(NotSent):
    """Twilio does not know the content that was to be sent."""


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
        self.records = Records(account_sid, auth_token, self._api_url, lines, lambda: self.seconds)
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
        return self.records.fetch(since)

    def left(self, since: float, now: float) -> list[Erasure]:
        return self.records.left(since, now)

    def look(self) -> bool:
        return self.records.look()

    def erase(self, sid: str) -> None:
        self.records.erase(sid)

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
        return waited(getattr(self._heard, "headers", {}).get("Retry-After"))

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


def _prefixed(dispatch: Dispatch) -> str:
    return (WHATSAPP if dispatch.channel is Channel.WHATSAPP else "") + dispatch.address.caller


def _never_left(fault: Exception) -> bool:
    """Whether no connection came about, so that nothing can have been taken."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    reason = getattr(fault.args[0] if fault.args else None, "reason", None)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _same(body: str, text: str) -> bool:
    """A messaging service may have put plain signs in place of dear ones (smart encoding); letters stay."""
    return body == text or (plain(body) == plain(text) != "")


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
