"""Every address with every method: safety headers, no cookie, one sentence or one page, and never a fault."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import Future
from time import time
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from app.asgi import HEADERS, HSTS
from hotline.store import heartbeats, tallies
from hotline.store.engine import StoreUnavailable
from hotline.tally import Cell
from tests.people import Caller, hire
from tests.server_help import PUBLIC, House, Swapped, open_house

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
ODD = ("/", "/nothing", "/en/", "/en/nothing/at/all", "/static/nothing.css", "/%00", "/%ff", "//evil.example/", "/\\")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house"), with_pages=True) as opened:
        yield opened


def addresses(house: House) -> list[str]:
    """One address for every route of the router, and some that have none."""
    paths = [route.path for route in house.server.routes() if isinstance(route, Route)]
    filled = [path.replace("{lang}", "en").replace("{id}", "0" * 32) for path in paths]
    return [*dict.fromkeys(filled), *ODD]


def test_the_matrix_holds_every_part_of_the_house(house: House) -> None:
    found = addresses(house)
    for path in ("/webhooks/twilio", "/webhooks/telegram", "/staff/events", "/figures.csv", "/readyz", "/en/chat"):
        assert path in found


@pytest.mark.parametrize("method", METHODS)
def test_every_answer_carries_the_safety_headers(house: House, method: str) -> None:
    browser = house.browser()
    for path in addresses(house):
        response = browser.request(method, path)
        assert response.status_code < 500 or path == "/readyz", path
        assert {name: response.headers.get(name) for name, _ in (*HEADERS, HSTS)} == dict((*HEADERS, HSTS)), path
        assert "set-cookie" not in response.headers, path
        assert "server" not in response.headers, path


def test_a_plain_address_promises_no_https(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_house(tmp_path_factory.mktemp("plain"), with_pages=True, public_url="http://127.0.0.1:8000") as plain:
        assert HSTS[0] not in plain.browser().get("/en/").headers
        assert HSTS[0] not in plain.browser().get("/healthz").headers


def test_a_fault_of_ours_is_a_page_and_its_text_goes_nowhere(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("what a caller said")

    monkeypatch.setattr("app.figures.figures", breaks)
    house.events.clear()
    transport = httpx.ASGITransport(app=house.app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=PUBLIC)
    response = house.runner.run(client.get("/figures", headers={"Accept-Language": "es"}))
    assert response.status_code == 500
    assert '<html lang="es" dir="ltr">' in response.text
    assert "what a caller said" not in response.text + str(house.events)
    (event,) = [json.loads(line) for line in house.events]
    assert (event["event"], event["fault"], event["status"]) == ("fault", "RuntimeError", 500)
    assert response.headers["cache-control"] == "no-store"
    assert {name: response.headers[name] for name, _ in HEADERS} == dict(HEADERS)


def test_the_process_is_up(house: House) -> None:
    response = house.browser().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"ok": True})


def ready(house: House) -> tuple[int, dict[str, bool]]:
    response = house.browser().get("/readyz")
    return response.status_code, response.json()


def worker_lived(house: House, seconds_ago: float) -> None:
    house.office.write(lambda tx: heartbeats.beat(tx.connection, "worker", time() - seconds_ago))


def test_without_a_worker_the_house_is_not_ready(house: House) -> None:
    with house.office.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM heartbeats")
    assert ready(house) == (503, {"ok": False, "storage": True, "disk": True, "queue": True, "worker": False})


def test_with_a_worker_the_house_is_ready(house: House) -> None:
    worker_lived(house, 1)
    assert ready(house) == (200, {"ok": True, "storage": True, "disk": True, "queue": True, "worker": True})


def test_a_worker_that_fell_silent_is_none(house: House) -> None:
    worker_lived(house, 60)
    assert ready(house) == (503, {"ok": False, "storage": True, "disk": True, "queue": True, "worker": False})


def test_while_an_answer_waits_for_more_than_a_minute_the_house_is_not_ready(house: House) -> None:
    chloe, then = hire(house.office, "Chloe"), time() - 90
    contact = chloe.claims(Caller(house.office).asks_for_a_person(then), then)
    chloe.answers(contact, "I am here.", then)
    worker_lived(house, 1)
    assert ready(house) == (503, {"ok": False, "storage": True, "disk": True, "queue": False, "worker": True})
    house.office.write(lambda tx: house.office.desk.contacts.destroy(tx, contact.id))
    assert ready(house)[0] == 200


def test_without_room_on_the_disk_the_house_is_not_ready(house: House) -> None:
    worker_lived(house, 1)
    with Swapped(house.office, "room_left", lambda: False):
        assert ready(house) == (503, {"ok": False, "storage": False, "disk": False, "queue": False, "worker": False})


def test_without_its_store_the_house_is_not_ready(house: House) -> None:
    def unavailable(*_: object) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_exception(StoreUnavailable("OperationalError"))
        return done

    with Swapped(house.office.writer, "submit", unavailable):
        assert ready(house) == (503, {"ok": False, "storage": False, "disk": True, "queue": False, "worker": False})


@pytest.fixture
def counted(house: House) -> House:
    """Two weeks: twelve contacts by SMS and three by web chat, and visits."""
    cells = {
        Cell("2026-W46", "channel", "sms"): 12,
        Cell("2026-W47", "channel", "webchat"): 3,
        Cell("2026-W47", "channel", "sms"): 10,
        Cell("2026-W47", "channel*level", "sms", "urgent"): 9,
        Cell("2026-W47", "visit", "work-in-a-home", "en"): 40,
        Cell("2026-W47", "language", "ar"): 11,
        Cell("2026-W47", "language", "unknown"): 11,
    }

    def count(tx: Any) -> None:
        tx.connection.exec_driver_sql("DELETE FROM tallies")
        for cell, number in cells.items():
            tallies.count(tx.connection, [cell], number)

    house.office.write(count)
    return house


ROWS = [
    ("2026-W47", "channel", "sms", "", 10),
    ("2026-W47", "channel", "webchat", "", "few"),
    ("2026-W47", "channel*level", "sms", "urgent", "few"),
    ("2026-W47", "language", "ar", "", 11),
    ("2026-W47", "language", "unknown", "", 11),
    ("2026-W47", "visit", "work-in-a-home", "en", 40),
    ("2026-W46", "channel", "sms", "", 12),
]


def test_figures_as_json_show_small_counts_as_few(counted: House) -> None:
    response = counted.browser().get("/figures.json")
    names = ("period", "kind", "first", "second", "count")
    assert response.json() == {
        "smallest_shown": 10,
        "figures": [dict(zip(names, row, strict=True)) for row in ROWS],
    }
    assert response.headers["cache-control"] == "no-cache"


def test_figures_as_csv_hold_the_same(counted: House) -> None:
    response = counted.browser().get("/figures.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(response.text))
    assert head == ["period", "kind", "first", "second", "count"]
    assert [tuple(row) for row in rows] == [(*row[:4], str(row[4])) for row in ROWS]


def test_the_page_of_figures_names_them_and_says_few(counted: House) -> None:
    text = counted.browser().get("/figures", headers={"Accept-Language": "en"}).text
    assert '<th scope="row">SMS</th><td class="count" data-cell="channel/sms">10</td>' in text
    assert '<th scope="row">Web chat</th><td class="count" data-cell="channel/webchat">few</td>' in text
    assert (
        '<th scope="row">work-in-a-home · English</th><td class="count" data-cell="visit/work-in-a-home">40</td>'
        in text
    )
    assert '<th scope="row">العربية</th>' in text
    assert text.index("2026-W47") < text.index("2026-W46")
    assert ">3<" not in text
    assert ">9<" not in text


def test_the_page_of_figures_speaks_the_browsers_language(counted: House) -> None:
    response = counted.browser().get("/figures", headers={"Accept-Language": "ar"})
    assert '<html lang="ar" dir="rtl">' in response.text
    assert response.headers["vary"] == "Accept-Language"


def test_without_counts_the_page_says_so(house: House) -> None:
    with house.office.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tallies")
    assert "There is nothing to count yet." in house.browser().get("/figures").text
    assert house.browser().get("/figures.json").json() == {"smallest_shown": 10, "figures": []}
