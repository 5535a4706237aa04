"""The simulated phone offers every way to write; what it shows is what the simulated providers hold."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.assemble import open_bots, with_demo_providers
from app.demo import Phones
from tests.server_help import Browser, House, open_house, settings_for

APPS = ("sms", "whatsapp", "telegram", "signal")


class Demo:
    """The real application with the simulated phone, both in this process: webhooks are called without a socket."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.phones = Phones(house.settings, house.server.pages)
        house.server.extra = self.phones.routes()
        self.app = house.server.application()
        self.browser = Browser(self.app, house.runner, house.settings.public_url)
        for loopback in (self.phones.twilio, self.phones.telegram):
            loopback._poster._factory = self._client

    def _client(self) -> Any:
        import httpx

        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app))

    def does(self, app: str, person: int = 1, **what: str) -> None:
        answer = self.browser.post("/demo/phone", {"person": str(person), "app": app, **what})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/demo/phone?person={person}#{app}")

    def shows(self, app: str, person: int = 1) -> list[dict[str, Any]]:
        phones = json.loads(self.browser.get(f"/demo/phone.json?person={person}").text)
        (lines,) = (phone["lines"] for phone in phones if phone["app"] == app)
        assert isinstance(lines, list)
        return lines

    def said(self, app: str, person: int = 1) -> list[str]:
        return [line["text"] for line in self.shows(app, person)]

    def buttons(self, app: str) -> list[str]:
        return [button["press"] for button in self.shows(app)[-1]["buttons"]]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    (tmp_path / "var").mkdir()
    bare = settings_for(tmp_path, public_url="http://127.0.0.1:9", demo=True)
    given = with_demo_providers(bare)
    changes = {name: getattr(given, name) for name in _SET}
    with open_house(tmp_path, public_url=bare.public_url, demo=True, **changes) as house:
        yield Demo(house)


_SET = (
    "twilio_account_sid", "twilio_auth_token", "telegram_token", "telegram_secret", "twilio_api_url",
    "telegram_api_url", "signal_number", "signal_api_url",
)  # fmt: skip


def test_the_page_offers_four_apps_and_the_web_chat(demo: Demo) -> None:
    page = demo.browser.get("/demo/phone?person=7").text
    for app in APPS:
        assert page.count(f'data-app="{app}"') == 1
        assert page.count(f'name="app" value="{app}"') == 2, "one form to write, one to send a photo"
    assert 'href="/en/chat"' in page
    assert 'href="/demo/phone?person=8"' in page


@pytest.mark.parametrize("app", ["sms", "telegram"])
def test_whoever_writes_is_answered(demo: Demo, app: str) -> None:
    demo.does(app, text="Hello, I need help")
    first, second = demo.said(app)
    assert first == "Hello, I need help"
    assert second.startswith("Hello. Is it safe for you to write now?")


def test_a_button_of_telegram_can_be_pressed(demo: Demo) -> None:
    demo.does("telegram", text="Hello")
    demo.does("telegram", press=demo.buttons("telegram")[0])
    assert demo.said("telegram")[-1].startswith("Are you in danger now?")


@pytest.mark.parametrize("press", ["nonsense", "99 safe", "x safe", " ", "1"])
def test_a_button_that_is_not_there_does_nothing(demo: Demo, press: str) -> None:
    demo.does("whatsapp", press=press)
    demo.does("signal", press=press)
    demo.does("fax", press=press)
    assert [demo.said(app) for app in APPS] == [[], [], [], []]


@pytest.mark.parametrize("app", APPS)
def test_a_photo_can_be_sent_by_every_app(demo: Demo, app: str) -> None:
    demo.does(app, photo="1")
    assert demo.said(app)[0] == "Photo"


def test_people_at_different_phones_do_not_see_each_other(demo: Demo) -> None:
    for app in APPS:
        demo.does(app, person=1, text="I am Amara")
    assert [demo.said(app, person=2) for app in APPS] == [[], [], [], []]


@pytest.mark.parametrize("app", ["", "fax"])
def test_an_app_that_is_not_there_takes_nothing(demo: Demo, app: str) -> None:
    demo.does(app, text="Hello")
    assert [demo.said(known) for known in APPS] == [[], [], [], []]


def test_what_was_deleted_in_signal_says_so_and_in_telegram_is_gone(demo: Demo) -> None:
    at = demo.phones.signal.write("+4790000001", "my name is Amara")
    demo.phones.signal.undo("+4790000001", at)
    demo.phones.telegram.meet(700_000_001)
    asyncio.run(demo.phones.telegram.write(700_000_001, "my name is Amara"))
    call = demo.phones.telegram._methods.call
    call("deleteMessages", {"chat_id": 700_000_001, "message_ids": [1]})
    assert demo.said("signal") == ["This message was deleted."]
    assert "my name is Amara" not in demo.said("telegram")


def test_the_worker_of_the_demo_is_pointed_at_the_simulated_bridge(demo: Demo) -> None:
    bots = open_bots(demo.house.settings, demo.house.office.desk.shelf)
    assert set(bots) == {"twilio", "telegram", "signal"}
    assert demo.house.settings.signal_api_url == f"{demo.house.settings.public_url}/demo/signal"
    assert demo.browser.get("/demo/signal/v1/about").json()["mode"] == "native"
