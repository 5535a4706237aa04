"""Passkeys: a device made for another site, an old question, an unseen holder or a copied key opens nothing."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import webauthn as library

from hotline.console import signin, webauthn
from hotline.console.webauthn import PasskeyRefused, site_of
from hotline.store import passkeys
from hotline.store.staff import Role
from tests.accounts_help import Device, account, adds_passkey, b64, deeds, is_in, lands, signs_in, signs_in_by, unb64
from tests.server_help import Browser, House, open_house, sign_in

REFUSED = {"why": "refused", "told": ""}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "REFUSED_SECONDS", 0.0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def phone(house: House) -> Device:
    """Chloe's phone, which holds her passkey."""
    device = Device()
    browser, _ = sign_in(house, "Chloe")
    assert adds_passkey(browser, device).json() == {"go": "/staff/account"}
    return device


def refused(response: httpx.Response, browser: Browser) -> bool:
    return response.status_code == 403 and response.json() == REFUSED and not is_in(browser)


def test_a_passkey_signs_in_without_name_password_or_second_step(house: House, phone: Device) -> None:
    browser = house.browser()
    assert signs_in_by(browser, phone).json() == {"go": "/staff/"}
    assert is_in(browser)
    assert "Chloe" in browser.get("/staff/account").text
    assert "My phone" in browser.get("/staff/account").text


def test_a_passkey_is_the_second_step_that_an_account_needs(house: House) -> None:
    account(house)
    browser, phone = house.browser(), Device()
    assert lands(signs_in(browser)) == (303, "/staff/account")
    assert adds_passkey(browser, phone).json() == {"go": "/staff/account"}
    assert is_in(browser)
    again = house.browser()
    assert lands(signs_in(again)) == (303, "/staff/second"), "the password alone is not enough any more"
    assert "Sign in with a passkey" in again.get("/staff/second").text
    signs_in_by(again, phone)
    assert is_in(again)


def test_the_questions_ask_for_a_device_that_knows_its_holder(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    made = browser.post("/staff/account/passkeys/options").json()
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert (made["rp"]["id"], made["attestation"]) == ("hotline.example", "none")
    asked = house.browser().post("/staff/login/passkey/options").json()
    assert (asked["rpId"], asked["userVerification"], asked["allowCredentials"]) == ("hotline.example", "required", [])
    assert len(unb64(asked["challenge"])) == 32


LIES: dict[str, Callable[[Device], None]] = {
    "another site's passkey": lambda phone: setattr(phone, "rp_id", "hotline.example.evil.example"),
    "a page of another address": lambda phone: setattr(phone, "origin", "https://h0tline.example"),
    "the same host without TLS": lambda phone: setattr(phone, "origin", "http://hotline.example"),
    "another port": lambda phone: setattr(phone, "origin", "https://hotline.example:8443"),
    "nobody looked who holds it": lambda phone: setattr(phone, "verified", False),
    "a copy that counts from before": lambda phone: setattr(phone, "counter", 0),
    "another key": lambda phone: setattr(phone, "key", Device().key),
    "a passkey nobody has": lambda phone: setattr(phone, "id", b"x" * 32),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_what_is_not_true_does_not_sign_in(house: House, phone: Device, lie: Callable[[Device], None]) -> None:
    signs_in_by(house.browser(), phone)
    lie(phone)
    browser = house.browser()
    assert refused(signs_in_by(browser, phone), browser)


@pytest.mark.parametrize("lie", list(LIES.values())[:5], ids=list(LIES)[:5])
def test_what_is_not_true_is_not_added(house: House, lie: Callable[[Device], None]) -> None:
    browser, _ = sign_in(house, "Chloe")
    phone = Device()
    lie(phone)
    assert adds_passkey(browser, phone).json() == REFUSED
    assert house.count("passkeys") == [0]


def weak(monkeypatch: pytest.MonkeyPatch, **instead: Any) -> None:
    """The library told to look less closely."""
    real = library.verify_authentication_response
    monkeypatch.setattr(library, "verify_authentication_response", lambda **given: real(**(given | instead)))


TWINS: dict[str, dict[str, Any]] = {
    "another site's passkey": {"expected_rp_id": "hotline.example.evil.example"},
    "a page of another address": {"expected_origin": ["https://h0tline.example"]},
    "nobody looked who holds it": {"require_user_verification": False},
    "a copy that counts from before": {"credential_current_sign_count": 0},
}


@pytest.mark.parametrize("name", TWINS)
def test_without_the_check_the_lie_would_sign_in(
    house: House, phone: Device, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs_in_by(house.browser(), phone)
    LIES[name](phone)
    weak(monkeypatch, **TWINS[name])
    assert signs_in_by(house.browser(), phone).status_code == 200


def answered(house: House, phone: Device) -> dict[str, str]:
    return {"answer": phone.signs(house.browser().post("/staff/login/passkey/options").json())}


def test_a_question_is_answered_once(house: House, phone: Device) -> None:
    form = answered(house, phone)
    assert house.browser().post("/staff/login/passkey", form).status_code == 200
    browser = house.browser()
    assert refused(browser.post("/staff/login/passkey", form), browser)


def test_a_question_that_was_answered_wrongly_is_used_up(house: House, phone: Device) -> None:
    options = house.browser().post("/staff/login/passkey/options").json()
    stranger = Device(id=phone.id)
    assert house.browser().post("/staff/login/passkey", {"answer": stranger.signs(options)}).status_code == 403
    assert house.browser().post("/staff/login/passkey", {"answer": phone.signs(options)}).status_code == 403


def test_without_the_one_use_a_question_could_be_answered_again(
    house: House, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.counts, phone.counter = False, 0
    with house.office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE passkeys SET counter = 0")
    form = answered(house, phone)
    assert house.browser().post("/staff/login/passkey", form).status_code == 200
    assert house.browser().post("/staff/login/passkey", form).status_code == 403
    monkeypatch.setattr(passkeys, "take_challenge", lambda *_: True)
    assert house.browser().post("/staff/login/passkey", form).status_code == 200


def test_a_question_holds_two_minutes(house: House, phone: Device) -> None:
    form = answered(house, phone)
    with house.office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE challenges SET until = until - 121")
    browser = house.browser()
    assert refused(browser.post("/staff/login/passkey", form), browser)
    house.browser().post("/staff/login/passkey/options")
    assert house.count("challenges") == [1]


def test_a_question_of_our_own_making_is_none(house: House, phone: Device) -> None:
    browser = house.browser()
    form = {"answer": phone.signs({"challenge": b64(b"x" * 32)})}
    assert refused(browser.post("/staff/login/passkey", form), browser)


def test_a_question_for_signing_in_adds_no_passkey_and_one_members_none_for_another(house: House) -> None:
    chloe, _ = sign_in(house, "Chloe")
    dina, _ = sign_in(house, "Dina", Role.ADMINISTRATOR)
    for options in (
        house.browser().post("/staff/login/passkey/options").json(),
        dina.post("/staff/account/passkeys/options").json(),
    ):
        form = {"answer": Device().makes(options), "name": "x"}
        assert chloe.post("/staff/account/passkeys", form).json() == REFUSED
    assert house.count("passkeys") == [0]


def test_a_question_for_adding_signs_nobody_in(house: House, phone: Device) -> None:
    chloe, _ = sign_in(house, "Another Chloe")
    options = chloe.post("/staff/account/passkeys/options").json()
    browser = house.browser()
    assert refused(browser.post("/staff/login/passkey", {"answer": phone.signs(options)}), browser)


def test_of_two_devices_with_one_key_only_one_counts_on(house: House, phone: Device) -> None:
    """Both answers are true; the counter stands between them, in the database."""
    copy = Device(id=phone.id, key=phone.key, counter=phone.counter)
    forms = [answered(house, phone), answered(house, copy)]
    browser = house.browser()

    async def at_once() -> list[int]:
        posts = [browser.client.post("/staff/login/passkey", data=form) for form in forms]
        return [response.status_code for response in await asyncio.gather(*posts)]

    assert sorted(house.runner.run(at_once())) == [200, 403]
    assert "passkey_refused" in deeds(house) or house.count("sessions") == [2]


def test_a_member_who_is_switched_off_has_no_passkey_any_more(house: House, phone: Device) -> None:
    dina, _ = sign_in(house, "Dina", Role.ADMINISTRATOR)
    assert lands(dina.post("/staff/people/off", {"name": "Chloe"})) == (303, "/staff/people")
    browser = house.browser()
    assert refused(signs_in_by(browser, phone), browser)


def test_a_removed_passkey_opens_nothing_and_nobody_removes_anothers(house: House, phone: Device) -> None:
    other, _ = sign_in(house, "Dina", Role.ADMINISTRATOR)
    other.post("/staff/account/passkeys/remove", {"passkey": phone.id.hex()})
    assert house.count("passkeys") == [1]
    browser = house.browser()
    signs_in_by(browser, phone)
    adds_passkey(browser, Device(), "A key on a ring")
    browser.post("/staff/account/passkeys/remove", {"passkey": phone.id.hex()})
    assert house.count("passkeys") == [1]
    assert signs_in_by(house.browser(), phone).status_code == 403


def test_ten_passkeys_are_enough_and_none_is_added_twice(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    phone = Device()
    adds_passkey(browser, phone)
    assert adds_passkey(browser, phone).json()["told"] == "This passkey is there already."
    for _ in range(9):
        assert adds_passkey(browser, Device()).status_code == 200
    assert adds_passkey(browser, Device()).json()["told"] == (
        "You have ten passkeys: remove one you no longer use first."
    )


def test_its_name_is_shown_as_text(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    adds_passkey(browser, Device(), "<script>alert(1)</script>" + "x" * 100)
    text = browser.get("/staff/account").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def broken(text: str, chance: random.Random) -> str:
    """The same answer with something wrong in it."""
    table = json.loads(text)
    part = chance.choice(["cut", "swap", "type", "bytes", "field"])
    if part == "cut":
        return text[: chance.randrange(len(text))]
    if part == "type":
        table[chance.choice(list(table))] = chance.choice([None, 7, [], {}, "", True])
        return json.dumps(table)
    name = chance.choice(list(table["response"]))
    if part == "field":
        del table["response"][name]
    else:
        data = bytearray(unb64(table["response"][name]))
        place = chance.randrange(len(data))
        data[place] ^= 1 << chance.randrange(8)
        table["response"][name] = b64(bytes(data)) if part == "swap" else b64(bytes(data[:place]))
    return json.dumps(table)


def test_two_thousand_broken_answers_are_refused_and_none_is_a_fault(house: House) -> None:
    """Straight into what stands between the form and the library, so that many fit into a second."""
    site, chance = site_of("https://hotline.example", "Ours"), random.Random(5)
    phone, challenge = Device(counts=False), b64(b"c" * 32)
    made, signed = phone.makes({"challenge": challenge}), phone.signs({"challenge": challenge})
    held = webauthn.added(site, webauthn.read(made), 1, "phone")
    assert webauthn.counter_of(site, webauthn.read(signed), held) == 0
    accepted = 0
    for number in range(2_000):
        text = broken(made if number % 2 else signed, chance)
        try:
            brought = webauthn.read(text)
            if number % 2:  # who makes a passkey may say what they like of it, but only of the one they bring
                assert webauthn.added(site, brought, 1, "phone").id == brought.passkey_id
            else:
                webauthn.counter_of(site, brought, held)
                accepted += json.loads(text)["response"] != json.loads(signed)["response"]
        except PasskeyRefused:
            continue
    assert accepted == 0


@pytest.mark.parametrize(
    ("url", "rp_id", "origins"),
    [
        ("https://help.example.org", "help.example.org", ("https://help.example.org",)),
        ("https://help.example.org:8443/sub", "help.example.org", ("https://help.example.org:8443",)),
        ("http://127.0.0.1:8000", "localhost", ("http://127.0.0.1:8000", "http://localhost:8000")),
        ("http://localhost:8000", "localhost", ("http://localhost:8000", "http://localhost:8000")),
    ],
)
def test_whose_passkeys_they_are_stands_in_the_settings(url: str, rp_id: str, origins: tuple[str, ...]) -> None:
    site = site_of(url, "Ours")
    assert (site.rp_id, site.origins) == (rp_id, origins)
