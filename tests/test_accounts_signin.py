"""Coming in with a second step: what a password opens alone, what it does not, and that nobody can be kept out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import time

import httpx
import pytest

from hotline.console import roles, signin
from hotline.store import staff
from tests.accounts_help import (
    Device,
    account,
    adds_passkey,
    code_now,
    codes_shown,
    deeds,
    is_in,
    key_of,
    lands,
    notice_of,
    signs_in,
    with_app,
)
from tests.people import AMARA, PASSWORD, Caller
from tests.server_help import PUBLIC, Browser, House, open_house, sign_in, waiting

SECOND, ACCOUNT, HOME = (303, "/staff/second"), (303, "/staff/account"), (303, "/staff/")
STALE = "You signed in more than a quarter of an hour ago. Sign out and in again to change this."
WRONG_CODE = "This code does not fit, or it was used before. Wait for the next one."


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "REFUSED_SECONDS", 0.0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


def at_code_prompt(house: House) -> tuple[Browser, str]:
    """Chloe with an app, after her password, and the secret of her app."""
    secret = with_app(house, account(house))
    browser = house.browser()
    assert lands(signs_in(browser)) == SECOND
    return browser, secret


def test_a_password_alone_leads_to_the_account_page_and_to_no_contact(house: House) -> None:
    account(house)
    contact = waiting(house)
    Caller(house.office, AMARA).writes("He took my passport", time())
    browser = house.browser()
    assert lands(signs_in(browser)) == ACCOUNT
    assert "A password alone is not enough here." in browser.get("/staff/account").text
    for path in ("/staff/", "/staff/board.json", f"/staff/contacts/{contact.id}", "/staff/languages"):
        assert lands(browser.get(path)) == ACCOUNT
    assert lands(browser.post(f"/staff/contacts/{contact.id}/claim")) == ACCOUNT
    assert browser.get("/staff/events").text.endswith("event: out\ndata: {}\n\n")


def test_without_the_rule_a_password_alone_opens_the_board(tmp_path: Path) -> None:
    with open_house(tmp_path, second_factor=False) as house:
        account(house)
        assert lands(signs_in(house.browser())) == HOME


def test_the_rule_is_what_keeps_a_password_alone_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without the table of stages the board would open."""
    account(house)
    browser = house.browser()
    signs_in(browser)
    monkeypatch.setattr("hotline.console.web.far_enough", lambda *_: True)
    assert browser.get("/staff/board.json").status_code == 200


def test_setting_up_an_app_opens_the_console_and_shows_ten_codes_once(house: House) -> None:
    account(house)
    browser = house.browser()
    signs_in(browser)
    before = browser.cookies["__Host-staff"]
    page = browser.post("/staff/account/app")
    secret = page.text.split('data-secret="')[1].split('"')[0]
    assert f"otpauth://totp/Sample%20organisation:Chloe?secret={secret}" in page.text
    assert "does not fit" in notice_of(browser.post("/staff/account/app/confirm", {"code": "000000"}))
    done = browser.post("/staff/account/app/confirm", {"code": code_now(secret)})
    assert len(codes_shown(done)) == 10
    assert is_in(browser)
    assert browser.cookies["__Host-staff"] != before
    assert lands(house.browser(Cookie=f"__Host-staff={before}").get("/staff/")) == (303, "/staff/login")
    assert codes_shown(browser.get("/staff/account")) == []
    assert browser.get("/staff/board.json").status_code == 200


def test_the_code_lets_in_and_the_session_from_before_it_is_dead(house: House) -> None:
    browser, secret = at_code_prompt(house)
    half = browser.cookies["__Host-staff"]
    assert lands(browser.get("/staff/")) == SECOND
    assert lands(browser.post("/staff/second", {"code": code_now(secret)})) == HOME
    assert is_in(browser)
    assert lands(house.browser(Cookie=f"__Host-staff={half}").get("/staff/")) == (303, "/staff/login")
    assert deeds(house) == ["logged_in"]


def test_a_session_of_before_the_sign_in_is_never_taken_over(house: House) -> None:
    """Fixation: what somebody else put into the browser opens nothing for them afterwards."""
    other, _ = sign_in(house, "Bogus")
    planted = other.cookies["__Host-staff"]
    account(house)
    browser = house.browser(Cookie=f"__Host-staff={planted}")
    response = signs_in(browser)
    assert planted not in response.headers["set-cookie"]
    assert lands(house.browser(Cookie=f"__Host-staff={planted}").get("/staff/")) == (303, "/staff/login")


def test_without_the_end_of_the_old_session_it_could_be_taken_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    other, _ = sign_in(house, "Bogus")
    planted = other.cookies["__Host-staff"]
    account(house)
    monkeypatch.setattr(staff, "close_session", lambda *_: None)
    signs_in(house.browser(Cookie=f"__Host-staff={planted}"))
    assert house.browser(Cookie=f"__Host-staff={planted}").get("/staff/").status_code == 200


def test_the_same_code_does_not_open_a_second_door(house: House) -> None:
    browser, secret = at_code_prompt(house)
    code = code_now(secret)
    assert lands(browser.post("/staff/second", {"code": code})) == HOME
    thief = house.browser()
    assert lands(signs_in(thief)) == SECOND
    assert notice_of(thief.post("/staff/second", {"code": code})) == WRONG_CODE
    assert not is_in(thief)


def test_half_way_in_is_not_in(house: House) -> None:
    browser, _ = at_code_prompt(house)
    for path in ("/staff/account", "/staff/languages", "/staff/board.json", "/staff/people"):
        assert lands(browser.get(path)) == SECOND
    assert browser.get("/staff/events").text.endswith("event: out\ndata: {}\n\n")
    assert lands(browser.post("/staff/account/app/remove")) == SECOND


def test_after_five_minutes_the_password_is_asked_again(house: House) -> None:
    browser, secret = at_code_prompt(house)
    with house.office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sessions SET began_at = began_at - 301")
    assert lands(browser.post("/staff/second", {"code": code_now(secret)})) == (303, "/staff/login")


def test_a_recovery_code_opens_once(house: House) -> None:
    browser, secret = at_code_prompt(house)
    browser.post("/staff/second", {"code": code_now(secret)})
    codes = codes_shown(browser.post("/staff/account/recovery"))
    again = house.browser()
    signs_in(again)
    assert "My phone or passkey is not here" in again.get("/staff/second").text
    assert lands(again.post("/staff/second", {"recovery": codes[3]})) == HOME
    third = house.browser()
    signs_in(third)
    assert notice_of(third.post("/staff/second", {"recovery": codes[3]})) == WRONG_CODE


def test_after_wrong_codes_a_strange_browser_waits_and_is_told_how_long(house: House) -> None:
    browser, secret = at_code_prompt(house)
    for _ in range(4):
        assert notice_of(browser.post("/staff/second", {"code": "000000"})) == WRONG_CODE
        with house.office.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE totps SET failed_at = failed_at - 5")
    browser.post("/staff/second", {"code": "000000"})
    told = notice_of(browser.post("/staff/second", {"code": code_now(secret)}))
    assert told.startswith("Too many codes were wrong. Wait ")


def test_a_spoilt_key_file_is_told_and_not_a_fault(house: House) -> None:
    browser, secret = at_code_prompt(house)
    (house.settings.home / "staff.key").write_bytes(b"short")
    response = browser.post("/staff/second", {"code": code_now(secret)})
    assert response.status_code == 503
    assert "does not hold a key" in notice_of(response)


def test_a_browser_is_known_after_it_was_all_the_way_in(house: House) -> None:
    browser, secret = at_code_prompt(house)
    assert "__Host-device" not in browser.cookies
    browser.post("/staff/second", {"code": code_now(secret)})
    known = browser.cookies["__Host-device"]
    assert house.count("devices") == [1]
    lands(browser.post("/staff/logout"))
    signs_in(browser)
    for _ in range(5):
        assert notice_of(browser.post("/staff/second", {"code": "000000"})) == WRONG_CODE
    assert house.count("devices") == [0], "five wrong codes in a row, and it is a stranger again"
    assert browser.cookies["__Host-device"] == known


def test_no_browser_is_remembered_in_the_demo(tmp_path: Path) -> None:
    with open_house(tmp_path, demo=True, public_url="http://127.0.0.1:8000") as house:
        account(house, "demo-chloe")
        response = signs_in(house.browser(), "demo-chloe")
        assert lands(response) == HOME
        assert [name for name in response.headers.get_list("set-cookie") if not name.startswith("staff=")] == []


# One's own account


def test_a_session_opened_long_ago_changes_nothing_about_the_account(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    with house.office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sessions SET began_at = began_at - 901")
    for path in ("password", "app", "app/confirm", "app/remove", "recovery", "passkeys/remove"):
        form = {"password": PASSWORD + "!", "again": PASSWORD + "!", "old": PASSWORD}
        response = browser.post(f"/staff/account/{path}", form)
        assert (response.status_code, notice_of(response)) == (400, STALE), path
    assert browser.post("/staff/account/passkeys/options").json() == {"why": "", "told": STALE}
    assert browser.post("/staff/account/passkeys", {"answer": "{}"}).json() == {"why": "", "told": STALE}
    assert house.count("totps", "recovery", "passkeys") == [0, 0, 0]


NEW = "seven wet stones by the door"
WRONG_PASSWORDS = {
    "too short": ({"old": PASSWORD, "password": "short", "again": "short"}, "A password needs at least 12 characters."),
    "two": (
        {"old": PASSWORD, "password": NEW, "again": NEW + "!"},
        "The two passwords differ: type the same one twice.",
    ),
    "not hers": ({"old": "a guess", "password": NEW, "again": NEW}, "This is not your present password."),
}


@pytest.mark.parametrize(("form", "told"), WRONG_PASSWORDS.values(), ids=list(WRONG_PASSWORDS))
def test_a_password_is_not_changed_without_reason(house: House, form: dict[str, str], told: str) -> None:
    browser, secret = at_code_prompt(house)
    browser.post("/staff/second", {"code": code_now(secret)})
    assert notice_of(browser.post("/staff/account/password", form)) == told
    assert lands(signs_in(house.browser())) == SECOND


def test_a_new_password_signs_out_all_other_browsers(house: House) -> None:
    browser, secret = at_code_prompt(house)
    browser.post("/staff/second", {"code": code_now(secret)})
    other = house.browser()
    signs_in(other)
    form = {"old": PASSWORD, "password": NEW, "again": NEW}
    assert lands(browser.post("/staff/account/password", form)) == ACCOUNT
    assert is_in(browser)
    assert lands(other.get("/staff/second")) == (303, "/staff/login")
    assert signs_in(house.browser()).status_code == 403
    assert lands(signs_in(house.browser(), password=NEW)) == SECOND


def test_sign_out_everywhere_leaves_no_session_and_no_known_browser(house: House) -> None:
    browser, secret = at_code_prompt(house)
    browser.post("/staff/second", {"code": code_now(secret)})
    other = house.browser()
    signs_in(other)
    other.post("/staff/second", {"code": code_now(secret, 1)})
    assert is_in(other)
    assert lands(browser.post("/staff/account/everywhere")) == (303, "/staff/login")
    for one in (browser, other):
        assert lands(one.get("/staff/")) == (303, "/staff/login")
    assert house.count("sessions", "devices") == [0, 0]
    assert deeds(house)[-1] == "logged_out_everywhere"


def test_the_last_second_step_cannot_be_removed(house: House) -> None:
    browser, secret = at_code_prompt(house)
    browser.post("/staff/second", {"code": code_now(secret)})
    told = notice_of(browser.post("/staff/account/app/remove"))
    assert told == "Every account needs a second step: set up another one before you remove this one."
    assert house.count("totps") == [1]
    device = Device()
    assert adds_passkey(browser, device).json() == {"go": "/staff/account"}
    assert lands(browser.post("/staff/account/app/remove")) == ACCOUNT
    assert house.count("totps", "passkeys") == [0, 1]
    browser.post("/staff/account/passkeys/remove", {"passkey": device.id.hex()})
    assert house.count("passkeys") == [1]


def test_bad_forms_of_the_account_page_change_nothing(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    for path in roles.MAY:
        if path.startswith("/staff/account/"):
            for body in (b"\xff", b"a=1&a=2", b"passkey=zz&answer=%7B&code=x", b"x" * 70_000):
                response = browser.request("POST", path, content=body)
                assert response.status_code in (200, 303, 400, 403), (path, body)
            browser, _ = sign_in(house, f"Chloe {path}")
    assert house.count("passkeys") == [0]


def test_the_account_page_shows_no_secret_again(house: House) -> None:
    browser, secret = at_code_prompt(house)
    browser.post("/staff/second", {"code": code_now(secret)})
    text = browser.get("/staff/account").text
    assert secret not in text
    assert key_of(house).open(1, b"x" * 64) is None
    assert response_is_kept_nowhere(browser.get("/staff/account"))


def response_is_kept_nowhere(response: httpx.Response) -> bool:
    return response.headers["cache-control"] == "no-store" and PUBLIC not in response.headers.get("location", "")
