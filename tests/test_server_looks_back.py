"""What a provider keeps of our words goes, though its own report of it was lost; and one bad message keeps out no other."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from app.post import Post
from app.rounds import Round
from bots.contract import Keeper
from bots.sms import Lines, Twilio
from hotline.contact import Channel
from hotline.desk.deliver import NotSent
from hotline.desk.office import Office
from hotline.message import Erasure, Incoming
from hotline.store.engine import StoreUnavailable
from tests.channel_lines import SmsLine, WhatsappLine
from tests.channel_people import Phone, a_line
from tests.loopback_help import Clock, Server
from tests.people import AMARA, BOGDAN, NOW, rows
from tests.server_help import House, from_twilio, open_house, whatsapp
from tests.test_server_worker import Provider, worker_of


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


# --- one bad message


class Full(Provider):
    """Has told of three messages, the middle one with half a sign that nothing can keep."""

    def __init__(self) -> None:
        super().__init__()
        self.told = [
            Incoming(Channel.SMS, AMARA, "+15005550006", "SM1", "Help, I am locked in"),
            Incoming(Channel.SMS, BOGDAN, "+15005550006", "SM2", "Hello \ud83d"),
            Incoming(Channel.SMS, "+4790000003", "+15005550006", "SM3", "Please call"),
        ]

    def fetch(self, since: float) -> list[Incoming]:
        return self.told


def test_one_message_that_cannot_be_kept_keeps_out_no_other(office: Office, clock: Clock) -> None:
    events: list[str] = []
    full = Full()
    worker = worker_of(office, full, clock, events)
    worker.reconcile()
    assert sorted(who for who, _ in full.took) == sorted([AMARA, "+4790000003"])
    assert [("UnicodeEncodeError" in one, "Hello" in one) for one in events if '"fault"' in one] == [(True, False)]
    assert worker.rounds[0]._unstored == []


def test_stored_only_all_together_it_would_keep_them_all_out(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Round, "_store_singly", lambda *_: None)
    full = Full()
    worker_of(office, full, clock).reconcile()
    assert full.took == []


def test_what_cannot_be_stored_for_the_moment_is_held_also_when_they_are_stored_one_by_one(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotline.desk.gather import put_by

    full, tries = Full(), [0]

    def failing(*given: Any, **how: Any) -> int:
        tries[0] += 1
        if tries[0] == 2:
            raise StoreUnavailable("disk full")
        return put_by(*given, **how)

    monkeypatch.setattr("app.rounds.put_by", failing)
    worker = worker_of(office, full, clock)
    worker.reconcile()
    assert (full.took, len(worker.rounds[0]._unstored)) == ([], 3)
    worker.reconcile()
    assert len(full.took) == 2


# --- what went out


class Keeping(Provider):
    """A provider that keeps records, and refuses to delete them when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = [Erasure(Channel.SMS, "SM1", ours=True), Erasure(Channel.WHATSAPP, "SM2", ours=True)]
        self.refuses, self.asked = False, 0

    def left(self, since: float, now: float) -> list[Erasure]:
        self.asked += 1
        return list(self.kept)

    def erase(self, erasure: Erasure) -> None:
        self.erased.append(erasure.id)
        if self.refuses:
            raise NotSent("refused", wait=3000.0)
        self.kept.remove(erasure)


def test_records_that_nobody_told_us_of_are_deleted(office: Office, clock: Clock) -> None:
    keeping = Keeping()
    worker_of(office, keeping, clock).reconcile()
    assert (keeping.erased, keeping.kept) == (["SM1", "SM2"], [])
    assert "erasures" not in rows(office)


def test_the_provider_is_asked_every_ten_minutes_and_a_refusal_is_not_hurried(office: Office, clock: Clock) -> None:
    keeping = Keeping()
    keeping.refuses = True
    worker = worker_of(office, keeping, clock)
    for _ in range(20):
        worker.reconcile()
        clock.move(60)
    assert (keeping.asked, keeping.erased) == (2, ["SM1", "SM2"])


def test_a_provider_that_keeps_nothing_is_not_asked(office: Office, clock: Clock) -> None:
    provider = Provider()
    assert not isinstance(provider, Keeper)
    worker = worker_of(office, provider, clock)
    worker.reconcile()
    assert Post({"twilio": provider}).left("twilio", 0.0, NOW) == []


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP], ids=str)
@pytest.mark.parametrize("looks", [True, False])
def test_amaras_replies_leave_twilio_though_every_callback_is_lost(
    tmp_path: Path, channel: Channel, looks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not looks:
        monkeypatch.setattr(Round, "_look_back", lambda _: None)
    with a_line(channel, tmp_path) as line:
        assert isinstance(line, Phone)
        line.loopback.receipts.on = False
        line.writes("hello")
        line.writes("DELETE")
        line.street.later += 700
        for _ in range(3):
            line.street.settle()
        assert (line.still_there() == []) is looks


# --- which records are over, and ours


@pytest.fixture
def servers() -> Any:
    with Server() as provider, Server() as ours:
        yield provider, ours


def left(bot: Twilio, later: float) -> list[tuple[Channel, str]]:
    return [(one.channel, one.id) for one in bot.left(time.time() - 86_400, time.time() + later)]


def test_a_record_is_over_soon_after_its_last_word_and_at_the_latest_after_two_hours(servers: Any) -> None:
    line = SmsLine(*servers)
    ledger = line.loopback._ledger
    ledger.receipt = 1e9  # it stays `sent`: not every carrier says a last word
    message = ledger.reply(AMARA, "The script says.")
    assert [left(line.bot, later) for later in (0, 400, 7100)] == [[], [], []]
    assert left(line.bot, 7300) == [(Channel.SMS, message.sid)]
    ledger.receipt = 0.0
    assert left(line.bot, 200) == [], "its callback may be on its way"
    assert left(line.bot, 400) == [(Channel.SMS, message.sid)]


def test_records_of_callers_and_of_other_numbers_of_the_account_are_left_alone(servers: Any) -> None:
    other = "+15005550077"
    lines = Lines(numbers=("+15005550006", "+14155238886"), answers_from="+15005550010")
    line = WhatsappLine(servers[0], servers[1], lines)
    ledger = line.loopback._ledger
    ledger.inbound(AMARA, "Hello")
    ledger.reply(AMARA, "Somebody else's.", sender=other)
    sids = {
        ledger.reply(AMARA, "One.").sid,
        ledger.reply(f"whatsapp:{AMARA}", "Two.").sid,
        ledger.reply(AMARA, "Three.", sender="+15005550010").sid,
    }
    found = left(line.bot, 400)
    assert {sid for _, sid in found} == sids
    assert sorted(channel for channel, _ in found) == [Channel.SMS, Channel.SMS, Channel.WHATSAPP]


# --- buttons


def test_what_went_by_buttons_is_noted_at_once_for_deletion(servers: Any, tmp_path: Path) -> None:
    line = WhatsappLine(*servers)
    with open_house(tmp_path, twilio_api_url=servers[0].url, whatsapp_buttons=True) as house:
        assert "<Message" not in from_twilio(house, whatsapp("Hello", To="whatsapp:+14155238886")).text
        sid = line.loopback.sent[0].sid
        assert house.count("sent") == [1]
        assert _erasures(house) == {sid, f"SM{1:032x}"}


def test_a_fault_while_they_are_noted_costs_nobody_a_word(
    servers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    line = WhatsappLine(*servers)
    monkeypatch.setattr("bots.web.remember_said", broken)
    with open_house(tmp_path, twilio_api_url=servers[0].url, whatsapp_buttons=True) as house:
        response = from_twilio(house, whatsapp("Hello", To="whatsapp:+14155238886"))
        assert (response.status_code, len(line.loopback.sent)) == (200, 1)
        assert any('"fault"' in one for one in house.events)


def _erasures(house: House) -> set[str]:
    erasures = house.office.desk.erasures
    far = time.time() + 1e6

    def work(tx: Any) -> set[str]:
        tasks = [erasures.lease(tx, one, far) for one in erasures.due(tx.connection, far)]
        return {task.erasure.id for task in tasks if task is not None}

    return house.office.write(work)
