"""The page on which each member says how they are alerted, and Telegram's way there through the real bot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from hotline.alert import Rules, Way
from hotline.desk import alarm
from hotline.store import staff
from hotline.store.staff import Role
from tests.alarm_help import ENDPOINT, Sender
from tests.people import Responder
from tests.server_help import Browser, House, Swapped, from_telegram, open_house, sign_in, update

PAGE = "/staff/alerts"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, ways={"telegram": "our_bot"}, our_numbers=("+4780000000",)) as opened:
        yield opened


@pytest.fixture
def chloe(house: House) -> tuple[Browser, Responder]:
    return sign_in(house, "Chloe")


def ways_of(house: House, one: Responder) -> list[tuple[Way, str]]:
    found = house.office.read(lambda connection: alarm.mine(house.office.desk, connection, one.member))
    return [(reach.way, reach.address) for reach in found]


def notice(text: str) -> str:
    match = re.search(r'<p class="notice" role="alert">([^<]+)</p>', text)
    return unescape(match[1]) if match else ""


def test_chloe_adds_a_phone_and_a_browser_and_sees_neither_in_full(
    house: House, chloe: tuple[Browser, Responder]
) -> None:
    browser, member = chloe
    assert "Nothing yet beside the open console" in browser.get(PAGE).text
    assert browser.post(f"{PAGE}/phone", {"phone": "+47 910 00 007"}).status_code == 303
    assert browser.post(f"{PAGE}/browser", {"endpoint": f"{ENDPOINT}secret-of-this-browser"}).status_code == 303
    assert ways_of(house, member) == [(Way.SMS, "+4791000007"), (Way.PUSH, f"{ENDPOINT}secret-of-this-browser")]
    page = browser.get(PAGE).text
    assert "… 007" in page
    assert "fcm.googleapis.com" in page
    assert "secret-of-this-browser" not in page
    assert "91000007" not in page


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("phone", {"phone": "call me"}, "Write your number with + and the country's code, such as +47 123 45 678."),
        ("phone", {}, "Write your number with + and the country's code, such as +47 123 45 678."),
        (
            "browser",
            {"endpoint": "https://169.254.169.254/"},
            "This browser's push service is not one that this server calls: use another browser or another way.",
        ),
        ("remove", {"reach": "99"}, "This way of alerting you is gone already."),
        ("remove", {"reach": "x"}, "This way of alerting you is gone already."),
        ("test", {}, "There is no way to alert you yet: add one first."),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence_on_the_page(
    house: House, chloe: tuple[Browser, Responder], path: str, form: dict[str, str], sentence: str
) -> None:
    answer = chloe[0].post(f"{PAGE}/{path}", form)
    assert (answer.status_code, notice(answer.text)) == (400, sentence)
    assert ways_of(house, chloe[1]) == []


def test_chloe_tests_her_ways_and_is_told_which_took_it(house: House, chloe: tuple[Browser, Responder]) -> None:
    browser, member = chloe
    browser.post(f"{PAGE}/phone", {"phone": "+4791000007"})
    for name in ("here", "gone"):
        browser.post(f"{PAGE}/browser", {"endpoint": ENDPOINT + name})
    sender = Sender(down={"+4791000007"}, gone={f"{ENDPOINT}gone"})
    with Swapped(house.server, "_ways", lambda: sender):
        house.app = house.server.application()
        again = house.browser()
        again.cookies.update(browser.cookies)
        text = " ".join(again.post(f"{PAGE}/test").text.split())
    assert "A test is on its way: Browser." in text
    assert "Not taken: Browser, SMS." in text
    assert sender.sent == [(Way.PUSH, f"{ENDPOINT}here", "test")]
    assert [address for _, address in ways_of(house, member)] == ["+4791000007", f"{ENDPOINT}here"]
    assert notice(browser.post(f"{PAGE}/test").text).startswith("You were alerted less than a minute ago")


def test_the_script_of_a_browser_lies_beside_the_console_for_those_who_are_signed_in(
    house: House, chloe: tuple[Browser, Responder]
) -> None:
    answer = chloe[0].get("/staff/push-worker.js")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    assert "showNotification" in answer.text
    assert house.browser().get("/staff/push-worker.js").status_code == 303


def test_a_campaign_manager_is_alerted_by_nobody(house: House) -> None:
    manager, _ = sign_in(house, "Maja", Role.MANAGER)
    assert manager.get(PAGE).status_code == 403
    assert manager.post(f"{PAGE}/phone", {"phone": "+4791000007"}).status_code == 403
    assert PAGE not in manager.get("/staff/account").text


def test_nobody_adds_a_way_from_another_sites_page(house: House, chloe: tuple[Browser, Responder]) -> None:
    answer = chloe[0].post(f"{PAGE}/phone", {"phone": "+4791000007"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert ways_of(house, chloe[1]) == []


class TestTelegram:
    def code(self, browser: Browser) -> str:
        page = browser.post(f"{PAGE}/telegram").text
        found = re.search(r"/start (staff_[A-Za-z0-9_-]{22})<", page)
        assert found is not None
        assert f"https://t.me/our_bot?start={found[1]}" in page
        return found[1]

    def test_chloes_telegram_is_alerted_from_now_on_and_no_contact_begins(
        self, house: House, chloe: tuple[Browser, Responder]
    ) -> None:
        code = self.code(chloe[0])
        answer = from_telegram(house, update(f"/start {code}"))
        assert json.loads(answer.content)["text"].startswith("Alerts come here from now on.")
        assert ways_of(house, chloe[1]) == [(Way.TELEGRAM, "700000001")]
        assert house.count("contacts", "messages", "vault", "tallies", "inbox") == [0] * 5
        page = chloe[0].get(PAGE).text
        assert "700000001" not in page
        assert house.events == []

    @pytest.mark.parametrize("payload", ["staff_" + "x" * 22, "staff_", "staff_short", "staff_" + "x" * 23])
    def test_a_wrong_code_is_answered_as_anybodys_first_message(self, house: House, payload: str) -> None:
        answer = json.loads(from_telegram(house, update(f"/start {payload}")).content)["text"]
        plain = json.loads(from_telegram(house, update("/start", 2, chat=700_000_002)).content)["text"]
        assert answer == plain
        assert house.count("contacts", "reaches") == [2, 0]

    def test_a_code_that_was_used_is_answered_so_too(self, house: House, chloe: tuple[Browser, Responder]) -> None:
        code = self.code(chloe[0])
        from_telegram(house, update(f"/start {code}"))
        answer = json.loads(from_telegram(house, update(f"/start {code}", 2, chat=700_000_002)).content)["text"]
        assert "Alerts" not in answer
        assert ways_of(house, chloe[1]) == [(Way.TELEGRAM, "700000001")]

    def test_an_edited_message_connects_nobody(self, house: House, chloe: tuple[Browser, Responder]) -> None:
        made = update(f"/start {self.code(chloe[0])}")
        from_telegram(house, {"update_id": made["update_id"], "edited_message": made["message"]})
        assert ways_of(house, chloe[1]) == []

    def test_words_that_only_look_like_a_code_stay_words(self, house: House) -> None:
        from_telegram(house, update("staff_" + "x" * 22))
        assert house.count("contacts", "reaches") == [1, 0]


def test_where_no_key_of_staff_is_set_up_nothing_is_kept(house: House, chloe: tuple[Browser, Responder]) -> None:
    with Swapped(house.office.desk, "reaches", None):
        answer = chloe[0].post(f"{PAGE}/phone", {"phone": "+4791000007"})
    assert notice(answer.text) == "Alerts outside the console are not set up on this server."


def test_who_is_switched_off_keeps_no_page(house: House, chloe: tuple[Browser, Responder]) -> None:
    house.office.write(lambda tx: staff.switch_off(tx.connection, "Chloe", 0.0))
    assert chloe[0].get(PAGE).status_code == 303
    assert house.office.desk.alerts == Rules()
