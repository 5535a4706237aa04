"""The console is closed: who may come in, for how long, and that no other site's page can do anything in it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from http.cookies import SimpleCookie
from pathlib import Path
from time import time

import httpx
import pytest
from starlette.routing import Route

from hotline.console.roles import OPEN
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.engine import StoreUnavailable
from hotline.store.staff import Role
from tests.people import AMARA, HOUR, MINUTE, PASSWORD, Caller
from tests.server_help import Browser, House, Swapped, open_house, sign_in, waiting

REFUSED = "This name and password do not fit together, or the account is switched off."
ELSEWHERE = "This request came from another site's page and was not carried out.\n"
WORDS = "He took my passport"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A password alone is enough here: what a second step changes is in the tests of accounts."""
    with open_house(tmp_path, second_factor=False) as opened:
        yield opened


@pytest.fixture
def contact(house: House) -> Contact:
    found = waiting(house)
    Caller(house.office).writes(WORDS, time(), id="the passport")
    return found


def routes(house: House, contact_id: str) -> list[tuple[str, str]]:
    """Every method and address of the console, as the router has them."""
    found = []
    for route in house.server.routes():
        if isinstance(route, Route) and route.path.startswith("/staff"):
            found += [(method, route.path.replace("{id}", contact_id)) for method in route.methods or ()]
    return sorted(found)


def signs_in(browser: Browser, name: str = "Chloe", password: str = PASSWORD) -> httpx.Response:
    return browser.post("/staff/login", {"name": name, "password": password})


def add(house: House, name: str, role: Role = Role.RESPONDER) -> None:
    hashed = staff.hash_password(PASSWORD, drawn=True)
    house.office.write(lambda tx: staff.put(tx.connection, name, role, hashed))


def is_in(browser: Browser) -> bool:
    response = browser.get("/staff/")
    assert response.status_code == 200 or response.headers["location"] == "/staff/login"
    return response.status_code == 200


def test_only_signing_in_invitations_and_the_calendar_are_open_by_name() -> None:
    """The last two by a secret in their address."""
    login, invited = "/staff/login", "/staff/invited/{key}"
    by_passkey = {f"{login}/passkey", f"{login}/passkey/options", f"{invited}/passkey", f"{invited}/options"}
    assert {login, invited, *by_passkey, "/staff/roster.ics"} == OPEN


def test_without_a_session_nothing_of_the_console_answers(house: House, contact: Contact) -> None:
    before = house.count("contacts", "messages", "shifts", "outbox", "sessions", "journal")
    for method, path in routes(house, contact.id):
        if path in OPEN:
            continue
        for cookie in ({}, {"Cookie": "__Host-staff=guess"}, {"Cookie": "staff=guess"}):
            response = house.browser().request(method, path, headers=cookie)
            closed = response.status_code in (303, 403, 404, 405)
            told_out = path == "/staff/events" and (
                not response.text or response.text.endswith("event: out\ndata: {}\n\n")
            )
            assert closed or told_out, (method, path)
            assert response.headers.get("location", "/staff/login") in ("/staff/login", "/staff/")
            assert WORDS not in response.text
            assert contact.id not in response.text
    assert house.count("contacts", "messages", "shifts", "outbox", "sessions", "journal") == before


def test_chloe_signs_in(house: House) -> None:
    add(house, "Chloe")
    browser = house.browser()
    response = signs_in(browser)
    assert (response.status_code, response.headers["location"]) == (303, "/staff/")
    assert response.headers["cache-control"] == "no-store"
    assert is_in(browser)
    assert "Chloe" in browser.get("/staff/").text


def test_the_cookie_is_for_this_address_only_and_no_script_can_read_it(house: House) -> None:
    add(house, "Chloe")
    cookie = SimpleCookie(signs_in(house.browser()).headers.get_list("set-cookie")[0])["__Host-staff"]
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", str(12 * 3600))
    assert cookie["secure"] is True
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "strict"


def test_the_cookie_is_not_what_is_stored(house: House) -> None:
    add(house, "Chloe")
    browser = house.browser()
    signs_in(browser)
    token = browser.cookies["__Host-staff"]
    house.settle()
    for path in Path(house.settings.database_url).parent.glob("hotline.db*"):
        assert token.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Chloe", "a guess"),
        ("Chloe", ""),
        ("Chloe", PASSWORD.upper()),
        ("", PASSWORD),
        ("Nobody", PASSWORD),
        ("chloe", PASSWORD),
        ("Chloe' OR 1=1 --", PASSWORD),
        ("x" * 10_000, "y" * 10_000),
    ],
)
def test_a_wrong_name_or_password_is_refused_in_one_sentence(house: House, name: str, password: str) -> None:
    add(house, "Chloe")
    browser = house.browser()
    response = signs_in(browser, name, password)
    assert response.status_code == 403
    assert f'<p class="notice" role="alert">{REFUSED}</p>' in response.text
    assert password == "" or password not in response.text
    assert not is_in(browser)


def test_the_name_comes_back_as_text(house: House) -> None:
    response = signs_in(house.browser(), '"><script>alert(1)</script>', "x")
    assert "<script>alert" not in response.text
    assert 'value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in response.text


def test_after_logging_out_the_cookie_opens_nothing(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    kept = browser.cookies["__Host-staff"]
    response = browser.post("/staff/logout")
    assert (response.status_code, response.headers["location"]) == (303, "/staff/login")
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    assert "max-age=0" in response.headers["set-cookie"].lower()
    again = house.browser(Cookie=f"__Host-staff={kept}")
    assert not is_in(again)


def aged(house: House, *, began: float = 0.0, used: float = 0.0) -> None:
    """Every session began and was last used so many seconds ago."""
    with house.office.engine.begin() as connection:
        moments = (time() - began, time() - used)
        connection.exec_driver_sql("UPDATE sessions SET began_at = ?, used_at = ?", moments)


def test_a_session_ends_after_fifteen_minutes_without_a_click(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    aged(house, began=HOUR, used=14 * MINUTE)
    assert is_in(browser)
    aged(house, began=HOUR, used=15 * MINUTE + 1)
    assert not is_in(browser)


def test_a_click_keeps_a_session_awake(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    aged(house, began=HOUR, used=14 * MINUTE)
    assert is_in(browser)
    with house.office.engine.connect() as connection:
        (used,) = connection.exec_driver_sql("SELECT used_at FROM sessions").scalars()
    assert time() - used < 60


def test_a_session_ends_after_twelve_hours_in_any_case(house: House) -> None:
    browser, _ = sign_in(house, "Chloe")
    aged(house, began=12 * HOUR - 60)
    assert is_in(browser)
    aged(house, began=12 * HOUR + 1)
    assert not is_in(browser)


def test_a_member_who_is_switched_off_is_out_at_once_and_cannot_come_back(house: House) -> None:
    add(house, "Chloe")
    browser = house.browser()
    signs_in(browser)
    house.office.write(lambda tx: staff.switch_off(tx.connection, "Chloe", time()))
    assert not is_in(browser)
    assert signs_in(house.browser()).status_code == 403


def test_a_new_session_does_not_end_the_others(house: House) -> None:
    add(house, "Chloe")
    one, two = house.browser(), house.browser()
    signs_in(one)
    signs_in(two)
    assert is_in(one)
    assert is_in(two)


ELSEWHERE_HEADERS = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://hotline.example.evil.example"},
    {"Origin": "https://hotline.example:8443"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://hotline.example"},
]


@pytest.mark.parametrize("headers", ELSEWHERE_HEADERS, ids=str)
def test_another_sites_page_can_do_nothing(house: House, contact: Contact, headers: dict[str, str]) -> None:
    browser, chloe = sign_in(house, "Chloe")
    chloe.claims(contact, time())
    before = house.count("contacts", "messages", "shifts", "sessions", "outbox")
    for method, path in routes(house, contact.id):
        if method == "POST":
            response = browser.post(path, {"do": "begin", "text": "x", "name": "Chloe"}, headers=headers)
            assert (response.status_code, response.text) == (403, ELSEWHERE), path
    assert house.count("contacts", "messages", "shifts", "sessions", "outbox") == before


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://hotline.example"}],
)
def test_our_own_page_can(house: House, headers: dict[str, str]) -> None:
    browser, _ = sign_in(house, "Chloe")
    response = browser.post("/staff/shift", {"do": "begin"}, headers=headers)
    assert (response.status_code, response.headers["location"]) == (303, "/staff/")


def test_no_page_of_the_console_may_be_kept_or_found(house: House, contact: Contact) -> None:
    browser, chloe = sign_in(house, "Chloe")
    chloe.claims(contact, time())
    for path in ("/staff/login", "/staff/", "/staff/board.json", f"/staff/contacts/{contact.id}"):
        response = browser.get(path)
        assert response.headers["cache-control"] == "no-store", path
        assert path.endswith(".json") or '<meta name="robots" content="noindex">' in response.text
        assert AMARA not in response.text


def test_when_nothing_can_be_stored_chloe_is_told_that_nothing_was_lost(house: House, contact: Contact) -> None:
    def unavailable(*_: object) -> Future[None]:
        done: Future[None] = Future()
        done.set_exception(StoreUnavailable("OperationalError"))
        return done

    browser, _ = sign_in(house, "Chloe")
    with Swapped(house.office.writer, "submit", unavailable):
        response = browser.post(f"/staff/contacts/{contact.id}/claim")
    assert response.status_code == 503
    assert "Nothing can be stored at the moment. Nothing was lost; try again." in response.text


BAD_FORMS = {
    "not UTF-8": (b"do=%ff", "The form is not in UTF-8."),
    "letters that were not escaped": ("do=ж".encode(), "The form is not in UTF-8."),
    "a field twice": (b"do=begin&do=end", "A field of the form stands there twice."),
    "too long": (b"do=" + b"x" * 70_000, "The form is too long."),
    "an unknown deed": (b"do=sleep", "Say whether the shift begins or ends."),
    "nothing": (b"", "Say whether the shift begins or ends."),
}


@pytest.mark.parametrize(("body", "sentence"), BAD_FORMS.values(), ids=list(BAD_FORMS))
def test_a_form_that_cannot_be_read_is_refused_in_one_sentence(house: House, body: bytes, sentence: str) -> None:
    browser, _ = sign_in(house, "Chloe")
    response = browser.request("POST", "/staff/shift", content=body)
    assert response.status_code == 400
    assert f'<p role="alert">{sentence}</p>' in response.text
    assert house.count("shifts") == [0]
