"""Whole stories by way of the worker: Amara writes by Signal, and Bogdan has his Telegram chat deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.assemble import open_bots
from app.post import Post
from app.worker import Worker
from bots.loopback.faults import Faults, Kind
from bots.loopback.signal import Signal
from bots.loopback.telegram import Telegram
from hotline.contact import Channel, State
from hotline.message import Line
from hotline.store.contacts import Contact
from tests.loopback_help import Server
from tests.people import AMARA, Caller, comes_true, hire, lines_of
from tests.server_help import BOT_TOKEN, SECRET, TELEGRAM, House, open_house

OURS = "+4780000001"
CHAT = 700_000_002


class World:
    """The hotline and the two simulated providers it speaks to; the clock of the worker is moved by hand."""

    def __init__(self, house: House, signal: Signal, telegram: Telegram) -> None:
        self.house, self.signal, self.telegram = house, signal, telegram
        self.now = time.time()
        bots = {
            name: bot
            for name, bot in open_bots(house.settings, house.office.desk.shelf).items()
            if name in ("signal", "telegram")
        }
        post = Post(bots, lambda: self.now)
        self.worker = Worker(house.office, bots, house.server.log, lambda: self.now, post)

    def works(self, seconds: float = 5.0) -> None:
        """The worker goes about everything that waits, until `seconds` from now."""
        for _ in range(4):
            self.worker.reconcile()
            self.now += seconds / 4
        self.worker.reconcile()

    def writes(self, text: str) -> str:
        """By Signal; what Amara reads then."""
        self.signal.write(AMARA, text)
        self.works()
        return self.signal.thread(AMARA)[-1].text

    def contact(self) -> Contact:
        return Caller(self.house.office, self.signal.name_of(AMARA), Channel.SIGNAL).open_contact(self.now)

    def lines(self) -> list[Line]:
        return list(lines_of(self.house.office, self.contact()))


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with Server() as one, Server() as two:
        yield one, two


@pytest.fixture
def world(tmp_path: Path, servers: tuple[Server, Server]) -> Iterator[World]:
    bridge, api = servers
    signal = Signal(OURS, faults=Faults(patience=0.2))
    telegram = Telegram(BOT_TOKEN, webhook_url=None, webhook_secret=SECRET, pace=0.0)
    bridge.app, api.app = signal.app, telegram.app
    with open_house(tmp_path, signal_number=OURS, signal_api_url=bridge.url, telegram_api_url=api.url) as house:
        yield World(house, signal, telegram)


def to_a_person(world: World) -> None:
    for text in ("Hello, I need help", "person", "1", "1"):
        world.writes(text)
    assert world.contact().state is State.WAITING


def test_amara_writes_by_signal_is_answered_by_the_script_and_then_by_chloe(world: World) -> None:
    assert world.writes("Hello, I need help").startswith("Hello. Is it safe for you to write now?")
    assert world.signal.thread(AMARA)[0].read, "she sees that it was read"
    to_a_person(world)
    world.writes("my boss took my passport")
    chloe = hire(world.house.office, "Chloe")
    chloe.begins_shift(world.now)
    chloe.claims(world.contact(), world.now)
    chloe.answers(world.contact(), "I am here. You are not alone.", world.now)
    world.works()
    assert world.signal.thread(AMARA)[-1].text == "I am here. You are not alone."
    assert [line.text for line in world.lines()][-2:] == ["my boss took my passport", "I am here. You are not alone."]


def test_what_is_changed_in_signal_is_shown_to_chloe_as_changed(world: World) -> None:
    to_a_person(world)
    at = world.signal.write(AMARA, "he hits me")
    world.works()
    world.signal.edit(AMARA, at, "he hits us")
    world.works()
    assert [(line.text, line.edited) for line in world.lines()][-2:] == [("he hits me", False), ("he hits us", True)]


def test_our_words_are_deleted_in_signal_when_amara_asks(world: World) -> None:
    world.writes("Hello, I need help")
    world.writes("1")
    world.signal.write(AMARA, "delete everything")
    world.works(120.0)
    ours = [entry for entry in world.signal.thread(AMARA) if entry.who == "hotline"]
    assert [entry.deleted for entry in ours[:2]] == [True, True]
    assert Caller(world.house.office, world.signal.name_of(AMARA), Channel.SIGNAL).contact(world.now) is None


def test_a_bridge_that_is_away_for_a_while_loses_nothing(world: World) -> None:
    world.signal.faults.schedule(Kind.SERVER_ERROR, times=6, operation="fetch")
    world.signal.write(AMARA, "Hello, I need help")
    for _ in range(20):
        world.works(60.0)
    assert world.signal.thread(AMARA)[-1].text.startswith("Hello. Is it safe for you to write now?")
    assert world.house.count("contacts") == [1]


def test_bogdan_has_both_sides_of_his_telegram_chat_deleted(world: World) -> None:
    talk = world.telegram
    talk._poster._factory = lambda: _client(world)
    talk.webhook_url = f"{world.house.settings.public_url}{TELEGRAM}"
    for text in ("Hello, I need help", "1", "delete everything"):
        world.house.runner.run(talk.write(CHAT, text))
    world.house.settle()
    assert len(talk.thread(CHAT)) == 6
    world.works(30.0)
    left = [entry.text for entry in talk.thread(CHAT) if not entry.deleted]
    assert left == [world.house.office.desk.shelf.words["en"]["channel/telegram/deleted"]]
    comes_true(lambda: (CHAT, "typing") in talk.actions)


def _client(world: World) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=world.house.app))
