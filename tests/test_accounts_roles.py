"""Every address of the console, every method, every role: who gets in is what one table says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from hotline.console import roles
from hotline.console.roles import ADMINISTRATORS, ALL, HOME, MAY, OPEN, far_enough, may
from hotline.store.shelf import read_words
from hotline.store.staff import ANSWERING, Deed, Role, Stage
from tests.accounts_help import account, is_in, lands, signs_in
from tests.people import ROOT
from tests.server_help import Browser, House, open_house, sign_in

NOT_FOR_YOU = "Your role does not open this page."
LET_IN: list[bool] = []
"""Whether each stream of news that was asked for would have shown anything."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house"), second_factor=False) as opened:
        yield opened


def console_routes(house: House) -> list[tuple[str, str]]:
    """Every method and path of the console, as the router has them."""
    return sorted(
        (method, route.path)
        for route in house.server.routes()
        if isinstance(route, Route) and route.path.startswith("/staff/")
        for method in (route.methods or ())
        if method != "HEAD"
    )


def test_the_table_names_every_address_of_the_router_and_no_other(house: House) -> None:
    assert {path for _, path in console_routes(house)} == set(MAY) | OPEN
    assert not set(MAY) & OPEN


def test_an_address_that_is_not_in_the_table_opens_for_nobody() -> None:
    assert not any(may(role, "/staff/nothing") for role in Role)
    assert not any(far_enough(stage, "/staff/nothing") for stage in (Stage.HALF, Stage.NEW))


def refused(browser: Browser, method: str, path: str) -> bool:
    """Whether this role is kept out; a stream of news answers everybody, and is empty for them."""
    response = browser.request(method, path.replace("{id}", "0" * 32).replace("{key}", "k"))
    if path == "/staff/events":
        return not LET_IN.pop()
    return response.status_code == 403 and NOT_FOR_YOU in response.text


@pytest.mark.parametrize("role", Role)
def test_every_address_opens_for_exactly_the_roles_of_the_table(
    house: House, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.console.live.Live._picture", _out_or_let_in)
    number = 0
    for method, path in console_routes(house):
        if path in OPEN or path == "/staff/second":
            continue
        number += 1
        browser, _ = sign_in(house, f"{role} {number} {house.count('staff')}", role)
        assert refused(browser, method, path) is (role not in MAY[path]), (method, path, role)
    assert number >= 30


async def _out_or_let_in(live: object, request: object, number: int) -> str | None:
    """Ends the stream at once, and notes whether it would have shown the board."""
    member = live._member(request)  # type: ignore[attr-defined]
    LET_IN.append(member is not None)
    return None


def test_who_answers_callers_and_who_changes_accounts() -> None:
    assert {Role.RESPONDER, Role.SUPERVISOR, Role.ADMINISTRATOR} == ANSWERING
    contacts = [path for path in MAY if path.startswith("/staff/contacts")]
    assert contacts
    assert all(not may(Role.MANAGER, path) for path in [*contacts, "/staff/", "/staff/events", "/staff/board.json"])
    people = [path for path in MAY if path.startswith("/staff/people")]
    assert people
    assert all(MAY[path] == ADMINISTRATORS for path in people)
    assert all(MAY[path] == ALL for path in MAY if path.startswith("/staff/account"))


def test_without_the_table_a_campaign_manager_would_see_the_queue(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    browser, _ = sign_in(house, "Mona", Role.MANAGER)
    assert refused(browser, "GET", "/staff/board.json")
    monkeypatch.setattr("hotline.console.web.may", lambda *_: True)
    assert browser.get("/staff/board.json").status_code == 200


@pytest.mark.parametrize("role", Role)
def test_everybody_comes_to_a_page_that_opens_for_them(house: House, role: Role) -> None:
    assert may(role, HOME[role])
    account(house, f"home {role}", role)
    browser = house.browser()
    assert lands(signs_in(browser, f"home {role}")) == (303, HOME[role])
    page = browser.get(HOME[role])
    assert page.status_code == 200
    assert f'<a class="name" href="{HOME[role]}">' in page.text
    assert is_in(browser)


@pytest.mark.parametrize("path", sorted(MAY))
def test_half_way_in_opens_only_what_is_needed_to_come_in(path: str) -> None:
    assert far_enough(Stage.IN, path) is (path != "/staff/second")
    assert far_enough(Stage.HALF, path) is (path in ("/staff/second", "/staff/logout"))
    assert far_enough(Stage.NEW, path) is (path == "/staff/logout" or path.startswith("/staff/account"))


def test_every_deed_and_role_has_its_word() -> None:
    words = read_words(ROOT / "locales" / "en", "console")
    for key in (*(f"console/deed/{deed}" for deed in Deed), *(f"console/role/{role}" for role in Role)):
        assert words.filled(key), key


def test_every_role_has_a_home_and_every_unfinished_session_a_way_on() -> None:
    assert set(HOME) == set(Role)
    assert set(roles.NEXT) == set(Stage) - {Stage.IN}


def test_the_words_of_the_pages_are_there(tmp_path: Path) -> None:
    """Every page of this part is rendered once, so that no word is missing in any of its branches."""
    with open_house(tmp_path) as house:
        dina, _ = sign_in(house, "Dina", Role.ADMINISTRATOR)
        for path in ("/staff/account", "/staff/people", "/staff/languages"):
            assert dina.get(path).status_code == 200
