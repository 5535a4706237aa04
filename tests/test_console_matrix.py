"""Everybody at every door of the console: who is not (any more) signed in, and who has what to do with a contact.

Doors come from the router. Roles are tested in test_accounts_roles.py; here are sessions, and one contact after the other:
whoever it is not with is told that it is not there, in the same words as for one that never was, and nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import time
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from hotline.console.roles import MAY, NEXT, OPEN, SUPERVISORS, far_enough
from hotline.console.session import Visit
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.schema import metadata
from hotline.store.staff import LEADING, Role, Stage
from hotline.surge import Bounds
from tests.people import Caller
from tests.server_help import Browser, House, open_house, sign_in

ONE = "/staff/contacts/{id}"
KEPT = frozenset(
    {"contacts", "messages", "vault", "outbox", "journal", "tallies", "lanes", "parcels", "packets", "shifts"}
)
"""What a deed that is refused may not change."""

LET_IN: list[bool] = []


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    many = Bounds(arrivals=100_000)  # all these callers in one minute would be a surge
    with open_house(tmp_path_factory.mktemp("house"), second_factor=False, surge=many) as opened:
        yield opened


def doors(house: House) -> list[tuple[str, str]]:
    """Every method and path of the console that needs a session, as the router has them."""
    return sorted(
        (method, route.path)
        for route in house.server.routes()
        if isinstance(route, Route) and route.path.startswith("/staff/") and route.path not in OPEN
        for method in (route.methods or ())
        if method != "HEAD"
    )


def filled(path: str) -> str:
    return path.replace("{id}", "0" * 32)


def opens(browser: Browser, method: str, path: str) -> httpx.Response:
    return browser.request(method, filled(path), headers={"Sec-Fetch-Site": "same-origin"})


# Sessions


def _with_session(house: House, name: str, role: Role, stage: Stage, age: float, idle: float) -> Browser:
    browser, someone = sign_in(house, name, role)
    began, used = time() - age, time() - idle

    def open_one(tx: Any) -> str:
        token = staff.open_session(tx.connection, someone.member, began, stage)
        staff.touch_session(tx.connection, token, used)
        return token

    browser.cookies.set("__Host-staff", house.office.write(open_one), domain="hotline.example", path="/")
    return browser


def _signed_out(house: House) -> Browser:
    return house.browser()


def _made_up(house: House) -> Browser:
    browser = house.browser()
    browser.cookies.set("__Host-staff", "A" * 43, domain="hotline.example", path="/")
    return browser


def _switched_off(house: House) -> Browser:
    browser = _with_session(house, f"off {time()}", Role.SUPERVISOR, Stage.IN, 10, 0)
    with house.office.engine.connect() as connection:
        name = connection.exec_driver_sql("SELECT name FROM staff ORDER BY id DESC LIMIT 1").scalar_one()
    house.office.write(lambda tx: staff.switch_off(tx.connection, name, time()))
    return browser


def _idle(house: House) -> Browser:
    return _with_session(house, f"idle {time()}", Role.SUPERVISOR, Stage.IN, 1000, 16 * 60)


def _too_long(house: House) -> Browser:
    return _with_session(house, f"long {time()}", Role.SUPERVISOR, Stage.IN, 12 * 3600 + 1, 0)


NOBODY: dict[str, Callable[[House], Browser]] = {
    "signed out": _signed_out,
    "with a cookie that nobody gave": _made_up,
    "switched off": _switched_off,
    "idle": _idle,
    "signed in too long ago": _too_long,
}


async def _out_or_let_in(live: object, request: object, number: int) -> str | None:
    LET_IN.append(live._member(request) is not None)  # type: ignore[attr-defined]
    return None


@pytest.mark.parametrize("who", NOBODY)
def test_no_door_opens_for_somebody_without_a_session(house: House, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.console.live.Live._picture", _out_or_let_in)
    browser = NOBODY[who](house)
    before = _everything(house)
    for method, path in doors(house):
        response = opens(browser, method, path)
        if path == "/staff/events":
            assert not LET_IN.pop()
        else:
            assert (response.status_code, response.headers.get("location")) == (303, "/staff/login"), (method, path)
    assert _everything(house) == before


@pytest.mark.parametrize("stage", [Stage.HALF, Stage.NEW])
def test_half_way_in_every_other_door_leads_on_to_the_next_step(
    house: House, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.console.live.Live._picture", _out_or_let_in)
    for method, path in doors(house):
        if far_enough(stage, path):
            continue
        browser = _with_session(house, f"{stage} {time()}", Role.ADMINISTRATOR, stage, 10, 0)
        before = _everything(house)
        response = opens(browser, method, path)
        if path == "/staff/events":
            assert not LET_IN.pop()
        else:
            assert (response.status_code, response.headers.get("location")) == (303, NEXT[stage]), (method, path)
        assert _everything(house) == before


def test_no_deed_is_done_for_another_sites_page(house: House) -> None:
    browser, _ = sign_in(house, f"Dina {time()}", Role.ADMINISTRATOR)
    before = _everything(house)
    posts = [path for method, path in doors(house) if method == "POST"]
    assert len(posts) >= 40
    for path in posts:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            assert browser.request("POST", filled(path), headers=headers).status_code == 403, path
    assert _everything(house) == before


def test_without_the_guard_a_stranger_would_be_let_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with the look at the session switched off, the board opens for whoever brings any cookie."""
    assert opens(_made_up(house), "GET", "/staff/board.json").status_code == 303
    _, someone = sign_in(house, f"Chloe {time()}")

    async def anybody(console: Any, request: Any, **_: Any) -> Any:
        return Visit(request, someone.member, "", Stage.IN, time())

    monkeypatch.setattr("hotline.console.web._visit", anybody)
    assert opens(_made_up(house), "GET", "/staff/board.json").status_code == 200


# Contacts


OWNER, SECOND, ASKED, STRANGER, LEADS = "the owner", "who joined", "who is asked", "a stranger", "the supervisor"
WITH = frozenset({OWNER, SECOND})
DEEDS: dict[tuple[str, str], frozenset[str]] = {
    ("GET", ONE): WITH,
    **{
        ("POST", f"{ONE}/{deed}"): WITH
        for deed in (
            "answer",
            "back",
            "check",
            "describe",
            "directory",
            "leave",
            "note",
            "pass/stop",
            "phrase",
            "refer",
        )
    },
    **{
        ("POST", f"{ONE}/{deed}"): frozenset({OWNER})
        for deed in (
            "ask",
            "ask/withdraw",
            "claim",
            "close",
            "hand",
            "lane",
            "pass",
            "pass/withdraw",
            "release",
        )
    },
    **{("POST", f"{ONE}/{deed}"): frozenset({SECOND, ASKED}) for deed in ("join", "decline")},
}
"""Who may do what with a contact that is in Chloe's hands: nobody else, whatever their role."""

FORMS: dict[str, dict[str, str]] = {
    f"{ONE}/answer": {"text": "I am here."},
    f"{ONE}/close": {"category": "labour_rights", "outcome": "informed", "even_unsent": "1"},
    f"{ONE}/lane": {"do": "lower"},
    f"{ONE}/note": {"text": "seen"},
    f"{ONE}/check": {"tick": "safe_now"},
    f"{ONE}/directory": {"country": "no", "words": "shelter"},
    f"{ONE}/phrase": {"phrase": "hello/here"},
    f"{ONE}/back": {"number": "1"},
    f"{ONE}/pass/stop": {"parcel": "1"},
}


class Scene:
    """One contact that is with Chloe, and somebody at a browser."""

    def __init__(self, house: House, who: str) -> None:
        now, mark = time(), f"{time()}"
        self.house = house
        self.chloe, chloe = sign_in(house, f"Chloe {mark}")
        self.emil, emil = sign_in(house, f"Emil {mark}")
        self.stranger, self.farid = sign_in(house, f"Farid {mark}")
        self.farid.begins_shift(now - 60)
        self.sara, _ = sign_in(house, f"Sara {mark}", Role.SUPERVISOR)
        self.caller = Caller(house.office, f"+4791{int(now * 1000) % 10**6:06d}")
        self.contact = chloe.claims(self.caller.asks_for_a_person(now), now)
        self.caller.writes("he took my passport", now)
        self.contact = replace(self.caller.open_contact(now), second=emil.id, second_in=who == SECOND)
        if who not in (SECOND, ASKED):
            self.contact = replace(self.contact, second=None, second_in=False)
        house.office.write(lambda tx: house.office.desk.contacts.save(tx.connection, self.contact))
        self.browser = {
            OWNER: self.chloe, SECOND: self.emil, ASKED: self.emil, STRANGER: self.stranger, LEADS: self.sara,
        }[who]  # fmt: skip

    def does(self, method: str, path: str) -> httpx.Response:
        form = {"fence": str(self.contact.fence), "colleague": str(self.farid.id), **FORMS.get(path, {})}
        address = path.replace("{id}", self.contact.id)
        return self.browser.get(address) if method == "GET" else self.browser.post(address, form)


def contact_doors(house: House) -> list[tuple[str, str]]:
    return [door for door in doors(house) if door[1].startswith(ONE)]


def test_every_deed_with_a_contact_stands_in_the_table(house: House) -> None:
    assert set(contact_doors(house)) == set(DEEDS)


@pytest.mark.parametrize("who", [OWNER, SECOND, ASKED, STRANGER, LEADS])
def test_exactly_those_act_whom_the_table_names(house: House, who: str) -> None:
    for door in contact_doors(house):
        scene = Scene(house, who)
        before = _everything(house)
        response = scene.does(*door)
        assert response.status_code < 500, door
        if who in DEEDS[door]:
            assert response.status_code not in (403, 404), (door, who)
        else:
            assert response.status_code == 404, (door, who, response.status_code)
            assert _everything(house) == before, door


NOTHING_TO_STOP = frozenset({"/staff/supervise/{id}/stop"})
"""Whoever does not read along may stop to: nothing is done, and the answer is one and the same for every id."""

FOREIGN = ("0" * 32, "nonsense", "'--", "%00", "%ff", "a" * 3000, "１" * 32, "{id}", "-1", "%2e%2e")


def test_what_is_no_contact_is_answered_like_one_that_never_was(house: House) -> None:
    browser, _ = sign_in(house, f"Chloe {time()}")
    sara, _ = sign_in(house, f"Sara {time()}", Role.SUPERVISOR)
    before = _everything(house)
    bound = [(method, path) for method, path in doors(house) if "{id}" in path]
    for method, path in bound:
        who = sara if MAY[path] in (LEADING, SUPERVISORS) else browser
        told = set()
        for foreign in (*FOREIGN, gone(house)):
            form = FORMS.get(path, {})
            address = path.replace("{id}", foreign)
            response = who.get(address) if method == "GET" else who.post(address, form)
            usual = (303,) if path in NOTHING_TO_STOP else (404, 405)
            assert response.status_code in usual, (method, path, foreign, response.status_code)
            if foreign in ("0" * 32, "nonsense"):
                told.add(response.text.replace(foreign, ""))
        assert len(told) == 1, (method, path)
    assert before["messages"] == _everything(house)["messages"]


GONE: dict[int, str] = {}


def gone(house: House) -> str:
    """The id of a contact that was closed."""
    if id(house) not in GONE:
        caller = Caller(house.office, "+4791999999")
        contact = caller.asks_for_a_person(time())
        caller.writes("delete", time())
        GONE[id(house)] = contact.id
    return GONE[id(house)]


def test_somebody_elses_contact_and_none_are_told_apart_by_nothing(house: House) -> None:
    scene = Scene(house, STRANGER)
    for method, path in contact_doors(house):
        form = {"fence": str(scene.contact.fence), **FORMS.get(path, {})}
        answers = []
        for contact_id in (scene.contact.id, "0" * 32):
            address = path.replace("{id}", contact_id)
            answer = scene.browser.get(address) if method == "GET" else scene.browser.post(address, form)
            answers.append((answer.status_code, answer.text.replace(contact_id, "")))
        assert answers[0] == answers[1], (method, path)


def test_without_the_look_at_the_owner_a_stranger_would_act(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    scene = Scene(house, STRANGER)
    assert scene.does("POST", f"{ONE}/release").status_code == 404
    monkeypatch.setattr(Contact, "is_with", lambda contact, staff_id: True)
    assert scene.does("GET", ONE).status_code == 200


def _everything(house: House) -> dict[str, list[Any]]:
    """The rows of every table that a deed may change."""
    with house.office.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(table.select())]
            for name, table in metadata.tables.items()
            if name in KEPT
        }
