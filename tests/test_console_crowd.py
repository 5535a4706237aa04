"""The console in a flood and on every channel: one card for many, two presses to close them, and honest states of answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from hotline.contact import Channel
from hotline.message import Attachment, Delivery
from hotline.store.contacts import Contact
from hotline.store.schema import erasures
from hotline.store.staff import Role
from hotline.surge import Bounds
from tests.people import BOGDAN, DAY, Caller, lines_of
from tests.server_help import Browser, House, open_house, sign_in, waiting

TEXT = "they hold me in a house near the harbour and I cannot leave"
OVERDUE = "Copies at the provider have waited for deletion for more than a day."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def chloe(house: House) -> Browser:
    return sign_in(house, "Chloe")[0]


def alike(house: House, number: int, start: int = 0) -> list[Caller]:
    callers = [Caller(house.office, f"fake {start + n}", Channel.TELEGRAM) for n in range(number)]
    for place, caller in enumerate(callers):
        for said in (f"{TEXT} {place}", "person", "1", "1"):
            if caller.contact(time()) is None or caller.open_contact(time()).waiting_since is None:
                caller.writes(said, time(), language="en")
        assert caller.open_contact(time()).waiting_since is not None
    return callers


def form_in(page: str) -> dict[str, str]:
    part = page.split('action="/staff/alike"')[1].split("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', part))


def hidden(page: str, name: str) -> bool:
    found = re.search(rf'<p class="notice[^>]*{name}[^>]*>', page)
    assert found, name
    return found[0].endswith(" hidden>")


def test_many_alike_are_one_card_and_two_presses_close_them(house: House, chloe: Browser) -> None:
    alike(house, 5)
    amara = waiting(house)
    page = chloe.get("/staff/").text
    assert page.count('<li class="card') == 2
    assert "5 alike" in page
    assert "<details class=" in page
    form = form_in(page)
    response = chloe.post("/staff/alike", form)
    assert (response.status_code, response.headers["location"]) == (303, "/staff/")
    board = chloe.get("/staff/board.json").json()
    assert ([card["id"] for card in board["waiting"]], board["total"]) == ([amara.id], 1)
    with house.office.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT kind, first, count FROM tallies").all()
    assert [tuple(row) for row in rows] == [("misuse", "telegram", 5)]
    assert "misuse" not in house.browser().get("/figures.csv").text


def test_who_came_after_the_page_was_looked_at_is_not_closed_with_them(house: House, chloe: Browser) -> None:
    alike(house, 4)
    form = form_in(chloe.get("/staff/").text)
    (late,) = alike(house, 1, 100)
    chloe.post("/staff/alike", form)
    board = chloe.get("/staff/board.json").json()
    assert [card["id"] for card in board["waiting"]] == [late.open_contact(time()).id]


def test_more_than_one_piece_of_work_closes_them_all(
    house: House, chloe: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.desk.work.AT_ONCE", 2)
    alike(house, 7)
    chloe.post("/staff/alike", form_in(chloe.get("/staff/").text))
    assert house.count("contacts") == [0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"likeness": ""},
        {"likeness": "zz"},
        {"likeness": "é"},
        {"until": "nan"},
        {"until": "inf"},
        {"until": "soon"},
        {"level": "very"},
        {"level": ""},
    ],
)
def test_a_form_that_does_not_say_who_closes_nobody(house: House, chloe: Browser, wrong: dict[str, str]) -> None:
    alike(house, 3)
    form = form_in(chloe.get("/staff/").text)
    response = chloe.post("/staff/alike", {**form, **wrong})
    assert response.status_code == 400
    assert "The form does not say which contacts are meant." in response.text
    assert house.count("contacts") == [3]


def test_take_one_takes_the_first_and_leaves_the_others(house: House, chloe: Browser) -> None:
    callers = alike(house, 4)
    card = chloe.get("/staff/board.json").json()["waiting"][0]
    assert card["id"] == callers[0].open_contact(time()).id
    chloe.post(f"/staff/contacts/{card['id']}/claim")
    board = chloe.get("/staff/board.json").json()
    assert ([one["alike"] for one in board["waiting"]], len(board["mine"])) == ([3], 1)


def test_the_lower_lane_is_set_and_lifted_on_the_contacts_page(house: House, chloe: Browser) -> None:
    contact = waiting(house)
    chloe.post(f"/staff/contacts/{contact.id}/claim")
    page = f"/staff/contacts/{contact.id}"
    assert "Nobody is refused." in chloe.get(page).text
    assert chloe.post(f"{page}/lane", {"do": "lower"}).status_code == 303
    assert Caller(house.office).open_contact(time()).lower
    assert "Back to the usual lane" in chloe.get(page).text
    assert chloe.get("/staff/board.json").json()["mine"][0]["lower"] is True
    chloe.post(f"{page}/lane", {"do": "lift"})
    assert not Caller(house.office).open_contact(time()).lower
    assert chloe.post(f"{page}/lane", {"do": "drop"}).status_code == 400


def test_amara_is_asked_for_words_with_one_press(house: House, chloe: Browser) -> None:
    contact = waiting(house)
    chloe.post(f"/staff/contacts/{contact.id}/claim")
    assert f"/{contact.id}/describe" not in chloe.get(f"/staff/contacts/{contact.id}").text
    Caller(house.office).writes("", time(), attachments=(Attachment.PHOTO,))
    assert "Ask to describe it in words" in chloe.get(f"/staff/contacts/{contact.id}").text
    assert chloe.post(f"/staff/contacts/{contact.id}/describe", {"fence": "1"}).status_code == 303
    assert lines_of(house.office, contact)[-1].text.startswith("I cannot open pictures, sound or files.")
    assert len(house.rung) == 1
    assert chloe.post(f"/staff/contacts/{contact.id}/describe", {"fence": "7"}).status_code == 404


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        (Delivery.WINDOW, "waits until the caller writes again"),
        (Delivery.DELIVERED, "delivered"),
        (Delivery.READ, "read"),
    ],
)
def test_how_far_an_answer_came_stands_in_words(house: House, chloe: Browser, delivery: Delivery, words: str) -> None:
    contact = waiting(house)
    chloe.post(f"/staff/contacts/{contact.id}/claim")
    chloe.post(f"/staff/contacts/{contact.id}/answer", {"text": "I am here."})
    house.office.write(lambda tx: house.office.desk.contacts.mark_line(tx.connection, contact, 1, delivery))
    page = chloe.get(f"/staff/contacts/{contact.id}").text
    assert f'<span class="delivery {delivery.value}">{words}</span>' in page


def test_an_edited_line_is_marked(house: House, chloe: Browser) -> None:
    contact = waiting(house)
    chloe.post(f"/staff/contacts/{contact.id}/claim")
    amara = Caller(house.office)
    amara.sends(replace(amara.message("I meant Tuesday"), edited=True), time())
    assert '<span class="edited">edited</span>' in chloe.get(f"/staff/contacts/{contact.id}").text


def changed(house: House, contact: Contact, **what: object) -> None:
    def work(tx: object) -> None:
        found = house.office.desk.contacts.by_id(tx.connection, contact.id)  # type: ignore[attr-defined]
        assert found is not None
        house.office.desk.contacts.save(tx.connection, replace(found, **what))  # type: ignore[attr-defined, arg-type]

    house.office.write(work)


def test_after_a_day_the_window_of_whatsapp_is_told(house: House, chloe: Browser) -> None:
    contact = Caller(house.office, BOGDAN, Channel.WHATSAPP).asks_for_a_person(time())
    chloe.post(f"/staff/contacts/{contact.id}/claim")
    page = f"/staff/contacts/{contact.id}"
    assert hidden(chloe.get(page).text, "window")
    changed(house, contact, heard_at=time() - DAY)
    assert not hidden(chloe.get(page).text, "window")


def test_who_sent_stop_can_still_reach_us_by_the_other_ways_that_are_set_up(tmp_path: Path) -> None:
    with open_house(tmp_path, ways={"sms": "sms:+1", "telegram": "https://t.me/x"}) as house:
        chloe = sign_in(house, "Chloe")[0]
        contact = waiting(house)
        Caller(house.office).writes("STOP", time(), id="stop", opted_out=True)
        chloe.post(f"/staff/contacts/{contact.id}/claim")
        page = " ".join(chloe.get(f"/staff/contacts/{contact.id}").text.split())
        assert "They can also reach us by: Web chat, Telegram.</p>" in page


def test_copies_that_wait_too_long_are_told_to_administrators_alone(house: House, chloe: Browser) -> None:
    waiting(house)
    dina = sign_in(house, "Dina", Role.ADMINISTRATOR)[0]
    assert dina.get("/staff/board.json").json()["overdue"] == 0
    with house.office.engine.begin() as connection:
        connection.execute(erasures.update().values(made_at=time() - 2 * DAY))
    object.__setattr__(house, "app", house.server.application())  # what was looked up is remembered for half a minute
    dina.client._transport.app = house.app  # type: ignore[attr-defined]
    chloe.client._transport.app = house.app  # type: ignore[attr-defined]
    assert dina.get("/staff/board.json").json()["overdue"] > 0
    assert not hidden(dina.get("/staff/").text, "overdue")
    assert chloe.get("/staff/board.json").json()["overdue"] == 0
    assert hidden(chloe.get("/staff/").text, "overdue")


def test_a_surge_and_a_days_bound_stand_on_the_board(tmp_path: Path) -> None:
    with open_house(tmp_path, surge=Bounds(arrivals=5, replies=4, daily_parts=5)) as house:
        chloe = sign_in(house, "Chloe")[0]
        assert hidden(chloe.get("/staff/").text, "surge")
        for number in range(8):
            Caller(house.office, f"+47900011{number}").writes("Hello, I need help", time())
        board = chloe.get("/staff/board.json").json()
        assert (board["surge"], board["capped"]) == (True, True)
        page = chloe.get("/staff/").text
        assert not hidden(page, "surge")
        assert not hidden(page, "capped")
