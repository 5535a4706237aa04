"""The form of the chat page: strictly its own fields, or Refused in one sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from bots.contract import Refused
from hotline.contact import Channel
from hotline.message import Incoming

LONGEST_WEB_TEXT = 2000
LONGEST_FORM = 64 * 1024
FIELDS = frozenset({"do", "token", "once", "text", "choice", "lang", "code", "shown", "after"})
OPENING = frozenset({"before", "begin", "return"})
"""What is asked without a talk."""

DEEDS = OPENING | {"send", "check", "live", "leave", "delete", "code", "show", "hide"}
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{22,64}$")
_NUMBER = re.compile(r"^[0-9]{1,9}$")
ALL = "all"


@dataclass(frozen=True, slots=True)
class Post:
    """A posted form. `once` is drawn for each page, so that a form sent twice is one message.

    `shown`: after coming back by a code, the number of the first line that may be seen, or ALL; "" on any other page.
    `after`: the last line that the page has. `code`: the digits as they were typed.
    """

    do: str
    token: str = ""
    once: str = ""
    text: str = ""
    choice: str | None = None
    language: str = ""
    code: str = ""
    shown: str = ""
    after: int = 0

    @property
    def first(self) -> int:
        """The number of the first line that this page may show."""
        return int(self.shown) if self.hides else 0

    @property
    def hides(self) -> bool:
        return bool(self.shown) and self.shown != ALL

    def incoming(self, language: str, text: str) -> Incoming:
        return Incoming(
            channel=Channel.WEBCHAT,
            sender=self.token,
            recipient="web",
            id=f"{self.token} {self.once}",
            text=text,
            choice=self.choice,
            language=language,
            seen=self.after,
        )


def read_post(body: bytes, media_type: str) -> Post:
    """The form, or Refused in one sentence."""
    if media_type.split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refused(415, "The body must be a form (application/x-www-form-urlencoded).")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise Refused(400, "The body is not a form in UTF-8.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or not set(fields) <= FIELDS:
        raise Refused(400, "The form holds a field twice, or one that this page does not have.")
    # A tapped choice comes without `do`: the button itself carries the answer.
    do = fields.get("do") or "send"
    if do not in DEEDS:
        raise Refused(400, "The form asks for something this page cannot do.")
    token, once = fields.get("token", ""), fields.get("once", "")
    if do not in OPENING and not (_TOKEN.match(token) and _TOKEN.match(once)):
        raise Refused(400, "The form does not say which talk it belongs to.")
    shown, after = fields.get("shown", ""), fields.get("after") or "0"
    if not (shown in ("", ALL) or _NUMBER.match(shown)) or not _NUMBER.match(after):
        raise Refused(400, "The form asks for lines that this page cannot have.")
    return Post(
        do,
        token,
        once,
        fields.get("text", "").replace("\0", ""),
        fields.get("choice") or None,
        fields.get("lang", ""),
        fields.get("code", ""),
        shown,
        int(after),
    )
