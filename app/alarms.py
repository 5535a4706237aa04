"""The worker's alarm: carries alerts by every way that is set up, on a thread of its own, so that nothing holds it up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from app.post import Post
from app.push import Push
from app.settings import Settings
from bots.contract import Bot
from hotline.alert import WORDS, Rules, Way
from hotline.contact import Channel
from hotline.desk.alarm import Alert, Gone, Sender, Watch, settle
from hotline.desk.deliver import Dispatch, NotSent
from hotline.desk.office import Office
from hotline.events import Event, Log
from hotline.store.engine import StoreUnavailable
from hotline.store.reaches import Reach
from hotline.store.vault import Address

LOOK_SECONDS = 2.0
AT_ONCE = 8
"""Alerts on their way at the same time: one way that hangs must not hold up the others."""


class Ways:
    """Every way by which this server can alert its staff."""

    def __init__(self, settings: Settings, post: Post, rules: Rules) -> None:
        self.bot = settings.ways.get("telegram", "").strip().removeprefix("@")
        self._post = post
        self._console = f"{settings.public_url}/staff/"
        self._ours = _number(settings)
        contact = settings.public_url if settings.secure else "mailto:staff@localhost"
        self._push = Push(settings.home / "push.key", contact, rules)
        self._script = (settings.static / "push-worker.js").read_bytes()
        ways = {Way.PUSH}
        if post.name_of(Channel.SMS) and self._ours:
            ways.add(Way.SMS)
        if post.name_of(Channel.TELEGRAM):
            ways.add(Way.TELEGRAM)
        self.ways = frozenset(ways)

    def script(self) -> bytes:
        return self._script

    def public_key(self) -> str:
        return self._push.public_key()

    def send(self, reach: Reach, words: str) -> None:
        """Raises NotSent, and Gone."""
        if reach.way is Way.PUSH:
            self._push.send(reach.address)
            return
        text = WORDS[words].format(console=self._console)
        channel, ours = (Channel.SMS, self._ours) if reach.way is Way.SMS else (Channel.TELEGRAM, "bot")
        self._post.send(Dispatch(channel, Address(reach.address, ours), text, by_staff=True))


def _number(settings: Settings) -> str:
    """The number that alerts come from; empty if there is none."""
    first = settings.our_numbers[0] if settings.our_numbers else ""
    shown = "".join(settings.ways.get("sms", "").split())
    return settings.alerts_from or settings.answers_from or first or shown


class Alarms:
    """Looks every two seconds whether somebody is to be alerted."""

    def __init__(self, office: Office, ways: Sender, log: Log, clock: Callable[[], float] = time.time) -> None:
        self._office = office
        self._ways = ways
        self._log = log
        self._clock = clock
        self._watch = Watch()

    def once(self) -> int:
        """Everybody whose turn it is, at the same time. Says how many were reached."""
        due = self._watch.alerts(self._office, self._ways.ways, self._clock())
        if not due:
            return 0
        with ThreadPoolExecutor(AT_ONCE, "alarm") as pool:
            return sum(pool.map(self._carry, due))

    def live(self, stopping: threading.Event) -> None:
        """Until `stopping`; a fault is noted and does not end it."""
        while not stopping.wait(LOOK_SECONDS):
            try:
                self.once()
            except StoreUnavailable as fault:
                self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
            except Exception as fault:  # noqa: BLE001 - the alarm must go on
                self._log.record(Event.FAULT, fault=fault)

    def _carry(self, one: Alert) -> bool:
        gone, sent = [], False
        for reach in one.reaches:
            try:
                self._ways.send(reach, "waits")
                sent = True
            except Gone:
                gone.append(reach)
            except NotSent as fault:
                sent = sent or not fault.sure  # it may have come: another try could wake somebody twice
            except Exception as fault:  # noqa: BLE001 - one way that fails must not keep the others
                self._log.record(Event.FAULT, fault=fault)
        if not sent:
            self._log.record(Event.NOT_ALERTED)
        settle(self._office, one, gone, self._clock(), sent=sent)
        return sent


def alarms_of(settings: Settings, office: Office, bots: Mapping[str, Bot], log: Log) -> Alarms:
    """The worker's alarm. Its post is its own: a provider's breaker must not spare it for what answers ran into."""
    return Alarms(office, Ways(settings, Post(bots), office.desk.alerts), log)
