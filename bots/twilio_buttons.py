"""WhatsApp's reply buttons. No response can carry them, so such a reply goes by REST; whatever fails goes as text."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Sequence

from bots.twilio_calls import CONTENT, STRANGE, Calls, ContentGone
from bots.twilio_form import SID
from hotline.channels import TRAITS
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Button, Incoming, Outgoing
from hotline.store.contents import Contents
from hotline.store.vault import Address

LONGEST_TITLE, LONGEST_BODY = 20, 1024
"""Characters of a button and of the text above it (Twilio's twilio/quick-reply)."""

BUDGET = 3.0
"""Seconds after which no further message of a reply is begun by REST: Twilio waits 15 for our response."""

PAUSE = 60.0
"""Seconds without buttons after Twilio did not answer: an outage must not make every caller wait for it."""

AT_ONCE = 4
"""Replies in hand at a time; one more goes as text rather than waiting."""


class Buttons:
    """Sends replies with buttons. `calls` must be quick to give up."""

    def __init__(self, calls: Calls, contents: Contents, account_sid: str) -> None:
        self._calls, self._contents, self._account_sid = calls, contents, account_sid
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._mine: deque[str] = deque(maxlen=1000)
        self._paused_until = 0.0

    def carry(self, incoming: Incoming, messages: Sequence[Outgoing]) -> bool:
        """Whether this reply can have buttons now."""
        if incoming.channel is not Channel.WHATSAPP or not messages or time.monotonic() < self._paused_until:
            return False
        last = messages[-1]
        labels = [button.label for button in last.buttons]
        return (
            1 <= len(labels) <= TRAITS[Channel.WHATSAPP].tappable
            and len(set(labels)) == len(labels)
            and all(0 < len(label) <= LONGEST_TITLE for label in labels)
            and 0 < len(last.text) <= LONGEST_BODY
            and "{{" not in last.text + "".join(labels)  # a template would take it for a place to fill in
        )

    def say(self, incoming: Incoming, messages: Sequence[Outgoing]) -> tuple[Sequence[Outgoing], tuple[str, ...]]:
        """Send them in order. Gives back what did not leave for sure, and the SIDs of what did: from the first that did
        not leave, all must go as text."""
        sids: list[str] = []
        if not self._room.acquire(blocking=False):
            return messages, ()
        began = time.monotonic()
        try:
            for place, message in enumerate(messages):
                last = place == len(messages) - 1
                late = time.monotonic() - began > BUDGET
                sid = None if late else self._left(incoming, message, with_buttons=last)
                if sid is None:
                    return messages[place:], tuple(sids)
                sids.append(sid)
            return (), tuple(sids)
        finally:
            self._room.release()

    def _left(self, incoming: Incoming, message: Outgoing, *, with_buttons: bool) -> str | None:
        """The SID under which it left."""
        address = Address(incoming.sender, incoming.recipient)
        text = message.text if with_buttons else message.as_text()
        dispatch = Dispatch(incoming.channel, address, text)
        since = time.time()
        try:
            sid = self._with_buttons(dispatch, message) if with_buttons else self._calls.send(dispatch)
        except NotSent as fault:
            if fault.down:
                self._paused_until = time.monotonic() + PAUSE
            return None if fault.sure else self._was_taken(dispatch, since)
        self._mine.append(sid)
        return sid

    def _was_taken(self, dispatch: Dispatch, since: float) -> str | None:
        """Twilio is asked. If it does not answer that either, the words go once more: twice is better than never."""
        try:
            sid = self._calls.was_sent(dispatch, since, self._mine.__contains__)
        except NotSent:
            return None
        if sid is not None:
            self._mine.append(sid)
        return sid

    def _with_buttons(self, dispatch: Dispatch, message: Outgoing) -> str:
        types = {"twilio/quick-reply": {"body": message.text, "actions": actions(message.buttons)}}
        key = hashlib.sha256(json.dumps([self._account_sid, types]).encode()).hexdigest()
        content = self._contents.find(key) or self._made(key, types)
        try:
            return self._calls.create(dispatch, content_sid=content)
        except ContentGone:
            self._contents.forget(key)
            raise

    def _made(self, key: str, types: object) -> str:
        """A template of these words at Twilio. It holds the script's words only, and is no message to anybody."""
        # What is said is one language for Twilio: the tag is told to nobody, and decides nothing without an approval.
        form = {"friendly_name": f"buttons {key[:16]}", "language": "en", "variables": {}, "types": types}
        try:
            answer = self._calls.post(CONTENT, form, as_json=True)
        except NotSent as fault:
            raise NotSent(str(fault), down=True) from None  # a template made in vain sends nothing: that is sure
        try:
            sid = str(json.loads(answer.text)["sid"])
        except STRANGE:
            sid = ""
        status = answer.status_code
        if status not in (200, 201) or not SID.match(sid):
            raise NotSent(f"no template {status}", down=status in (401, 403, 429) or status >= 500)
        self._contents.keep(key, sid)
        return sid


def actions(buttons: Sequence[Button]) -> list[dict[str, str]]:
    """The buttons as Twilio takes them; with their numbers in front where all of them have room for it."""
    numbered = [f"{button.number} {button.label}" for button in buttons]
    titles = numbered if all(len(title) <= LONGEST_TITLE for title in numbered) else [one.label for one in buttons]
    return [
        {"type": "QUICK_REPLY", "title": title, "id": button.key} for title, button in zip(titles, buttons, strict=True)
    ]
