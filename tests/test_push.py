"""Web Push without content: signed as RFC 8292 says, to known services only, and what becomes of their answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest

from app.alarms import Ways
from app.post import Post
from app.push import Push
from app.vapid import PushKey, PushKeyError
from bots.loopback.push import PushService
from bots.loopback.twilio import Twilio as SimulatedTwilio
from bots.sms import Twilio
from hotline.alert import PUSH_SERVICES, Rules, Way, is_push_service
from hotline.contact import Channel
from hotline.desk.alarm import Gone
from hotline.desk.deliver import NotSent
from hotline.store.reaches import Reach
from tests.loopback_help import Server
from tests.people import NOW
from tests.server_help import settings_for

HERE = Rules(loopback=True)


@pytest.fixture
def service() -> PushService:
    return PushService()


@pytest.fixture
def url(service: PushService) -> Iterator[str]:
    with Server() as server:
        server.app = service.app
        yield server.url


@pytest.fixture
def push(tmp_path: Path) -> Push:
    return Push(tmp_path / "push.key", "https://hotline.example", HERE)


def test_a_push_has_no_content_and_says_only_who_sends_it(push: Push, service: PushService, url: str) -> None:
    push.send(f"{url}/emil")
    (one,) = service.received
    assert one.body == b""
    assert one.claims["sub"] == "https://hotline.example"
    assert set(one.claims) == {"aud", "exp", "sub"}
    assert 0 < one.claims["exp"] - time() <= 3600
    asked = {name: one.headers[name] for name in ("ttl", "urgency", "topic", "content-length")}
    assert asked == {"ttl": "300", "urgency": "high", "topic": "waits", "content-length": "0"}
    assert one.headers["authorization"].endswith(f"k={push.public_key()}")
    assert {"user-agent", "referer", "cookie", "content-encoding"}.isdisjoint(one.headers)


def test_the_simulated_service_takes_no_other_signature(
    push: Push, service: PushService, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above would show nothing."""
    genuine = PushKey.authorization
    for wrong in (
        lambda key, audience, contact, until: genuine(key, "https://fcm.googleapis.com", contact, until),
        lambda key, audience, contact, until: genuine(key, audience, contact, until + 90_000),
        lambda key, audience, contact, until: genuine(key, audience, contact, until).replace(".", ".e", 1),
    ):
        monkeypatch.setattr(PushKey, "authorization", wrong)
        with pytest.raises(NotSent, match="push service 403"):
            push.send(f"{url}/emil")
    assert service.received == []


def test_a_browser_that_has_gone_is_told_so(push: Push, service: PushService, url: str) -> None:
    service.gone.add("emil")
    with pytest.raises(Gone):
        push.send(f"{url}/emil")


@pytest.mark.parametrize(("status", "down"), [(500, True), (503, True), (429, False), (400, False), (301, False)])
def test_any_other_answer_is_not_sent(push: Push, service: PushService, url: str, status: int, down: bool) -> None:
    service.status = status
    with pytest.raises(NotSent) as told:
        push.send(f"{url}/emil")
    assert (told.value.down, told.value.wait, isinstance(told.value, Gone)) == (down, 7.0, False)


def test_a_service_that_is_not_there_is_not_sent(push: Push) -> None:
    with pytest.raises(NotSent, match="no answer"):
        push.send("http://127.0.0.1:9/emil")


class TestOnlyKnownServices:
    def test_no_other_address_is_called_even_if_it_stands_in_the_database(
        self, tmp_path: Path, service: PushService, url: str
    ) -> None:
        strict = Push(tmp_path / "push.key", "https://hotline.example", Rules())
        for address in (f"{url}/emil", "https://169.254.169.254/latest/meta-data"):
            with pytest.raises(NotSent, match="not a push service that we call"):
                strict.send(address)
        assert service.received == []

    def test_with_that_check_off_it_would_be(
        self, tmp_path: Path, service: PushService, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Rules, "serves", lambda *_: True)
        Push(tmp_path / "push.key", "https://hotline.example", Rules()).send(f"{url}/emil")
        assert len(service.received) == 1

    def test_an_answer_that_leads_elsewhere_is_not_followed(self, push: Push, service: PushService, url: str) -> None:
        service.status = 307
        with pytest.raises(NotSent, match="push service 307"):
            push.send(f"{url}/emil")

    def test_in_the_demo_no_service_of_the_world_is_called(self, tmp_path: Path) -> None:
        rules = settings_for(tmp_path, demo=True).alerts
        assert rules.serves("http://127.0.0.1:8000/demo/push/x")
        assert not rules.serves("https://fcm.googleapis.com/fcm/send/x")
        assert not settings_for(tmp_path).alerts.serves("http://127.0.0.1:8000/demo/push/x")
        assert is_push_service("https://fcm.googleapis.com/fcm/send/x", PUSH_SERVICES)


class TestTheKey:
    def test_it_is_made_once_and_readable_by_nobody_else(self, tmp_path: Path) -> None:
        path = tmp_path / "push.key"
        publics = list[str]()
        threads = [threading.Thread(target=lambda: publics.append(PushKey(path).public)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(publics)) == 1
        assert len(publics) == 8
        assert path.stat().st_mode & 0o777 == 0o600
        assert [one.name for one in tmp_path.iterdir()] == ["push.key"]

    @pytest.mark.parametrize("content", [b"", b"short", bytes(32), b"\xff" * 32])
    def test_a_file_that_is_no_key_is_told(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "push.key").write_bytes(content)
        with pytest.raises(
            PushKeyError, match=r"push\.key does not hold a key: put the right file back, or remove it\."
        ):
            PushKey(tmp_path / "push.key")

    def test_a_folder_that_cannot_be_used_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(PushKeyError, match="cannot be used"):
            PushKey(tmp_path / "nowhere" / "push.key")


class TestTheWays:
    def test_an_alert_by_sms_comes_from_the_number_kept_for_it_and_says_nothing_but_that_somebody_waits(
        self, tmp_path: Path
    ) -> None:
        with Server() as server:
            twilio = SimulatedTwilio("AC" + "a1" * 16, "token", webhook_url="http://127.0.0.1:9/", pace=0.0)
            server.app = twilio.app
            settings = settings_for(tmp_path, twilio_api_url=server.url, alerts_from=twilio.number)
            bot = Twilio("AC" + "a1" * 16, "token", settings.public_url, server.url)
            settings.home.mkdir(parents=True)
            ways = Ways(settings, Post({"twilio": bot}), settings.alerts)
            assert ways.ways == {Way.PUSH, Way.SMS}
            ways.send(Reach(1, 1, Way.SMS, "+4791000001", NOW), "waits")
            (one,) = twilio.thread("+4791000001")
        assert one.text == "Somebody waits. Open the console: https://hotline.example/staff/"

    def test_without_a_number_or_a_bot_a_way_is_not_offered(self, tmp_path: Path) -> None:
        settings = settings_for(tmp_path)
        assert Ways(settings, Post({}), settings.alerts).ways == {Way.PUSH}

    @pytest.mark.parametrize(
        ("more", "number"),
        [
            ({"ways": {"sms": "+47 900 00 009"}}, "+4790000009"),
            ({"our_numbers": ("+4790000001",), "ways": {"sms": "+47 900 00 009"}}, "+4790000001"),
            ({"answers_from": "+4790000002", "our_numbers": ("+4790000001",)}, "+4790000002"),
            ({"alerts_from": "+4790000003", "answers_from": "+4790000002"}, "+4790000003"),
        ],
    )
    def test_which_number_alerts_come_from(self, tmp_path: Path, more: dict[str, object], number: str) -> None:
        settings = settings_for(tmp_path, **more)
        bot = Twilio("AC" + "a1" * 16, "token", settings.public_url, "http://127.0.0.1:9")
        ways = Ways(settings, Post({"twilio": bot}), settings.alerts)
        assert ways._ours == number
        assert Channel.SMS in bot.channels
