"""Closing over HTTP: everything stands chosen, two clicks are enough, and what was destroyed is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from time import time

import httpx
import pytest

from hotline.checklist import missed
from hotline.coding import LISTS
from hotline.contact import Channel
from hotline.directory.model import Need as Referral
from hotline.store import tallies
from hotline.store.contacts import Contact, Contacts
from hotline.tally import Cell, week
from tests.people import BOGDAN, Caller
from tests.server_help import Browser, House, open_house, sign_in, waiting


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def contact(house: House) -> Contact:
    return waiting(house)


@pytest.fixture
def chloe(house: House, contact: Contact) -> Browser:
    """Chloe, who has the contact."""
    browser, _ = sign_in(house, "Chloe")
    browser.post(f"{page_of(contact)}/claim")
    return browser


def page_of(contact: Contact) -> str:
    return f"/staff/contacts/{contact.id}"


def form_of(text: str) -> dict[str, str]:
    """What the form for closing sends when nobody has changed anything in it."""
    form = text[text.index("data-closing") :]
    form = form[: form.index("</form>")]
    chosen = {}
    for name, inside in re.findall(r'<select id="[^"]+" name="(\w+)">(.*?)</select>', form, re.DOTALL):
        first, picked = re.findall(r'value="(\w+)"', inside), re.findall(r'value="(\w+)" selected', inside)
        chosen[name] = [*picked, *first][0]
    ticked = re.findall(r'name="([\w/]+)" value="1" checked', form)
    return {**chosen, **dict.fromkeys(ticked, "1")}


def rows_of(response: httpx.Response) -> dict[str, tuple[int, int]]:
    found = re.findall(r'data-table="(\w+)"><th scope="row">[^<]+</th><td>(\d+)</td><td>(\d+)</td>', response.text)
    return {name: (int(was), int(now)) for name, was, now in found}


def counted(house: House) -> dict[Cell, int]:
    return dict(house.office.read(tallies.all_cells))


def test_two_clicks_close_a_contact_of_which_nothing_is_known(house: House, chloe: Browser, contact: Contact) -> None:
    form = form_of(chloe.get(page_of(contact)).text)
    assert form == dict.fromkeys((*LISTS, "outcome"), "unknown")
    response = chloe.post(f"{page_of(contact)}/close", form)
    assert response.status_code == 200
    assert counted(house)[Cell(week(time()), "need", "unknown")] == 1


def test_what_the_script_heard_stands_chosen(house: House, chloe: Browser, contact: Contact) -> None:
    Caller(house.office).writes("I am 14 years old", time(), id="age")
    form = form_of(chloe.get(page_of(contact)).text)
    assert (form["need"], form["age"]) == ("children", "under_15")
    chloe.post(f"{page_of(contact)}/close", form)
    assert counted(house)[Cell(week(time()), "need*age", "children", "under_15")] == 1


def test_there_is_no_field_to_type_in(chloe: Browser, contact: Contact) -> None:
    text = chloe.get(page_of(contact)).text
    form = text[text.index("data-closing") :]
    form = form[: form.index("</form>")]
    assert "<textarea" not in form
    assert set(re.findall(r'<input type="(\w+)"', form)) == {"checkbox"}
    assert re.findall(r'name="referral/(\w+)"', form) == [one.value for one in Referral]


def test_nothing_that_is_typed_is_kept(house: House, chloe: Browser, contact: Contact) -> None:
    form = {"outcome": "informed", "note": "her name is Amara", "category": "Amara", "place": "Oslo"}
    assert chloe.post(f"{page_of(contact)}/close", form).status_code == 200
    kept = {text for cell in counted(house) for text in (cell.kind, cell.first, cell.second)}
    assert not [text for text in kept if "Amara" in text or "Oslo" in text]


def test_what_was_destroyed_is_shown_and_a_fresh_look_finds_none_of_it(
    house: House, chloe: Browser, contact: Contact
) -> None:
    Caller(house.office).writes("They keep my papers", time(), id="more")
    chloe.post(f"{page_of(contact)}/answer", {"text": "I am here."})
    response = chloe.post(f"{page_of(contact)}/close", {"outcome": "informed", "even_unsent": "1"})
    assert rows_of(response) == {
        "contacts": (1, 0),
        "messages": (2, 0),
        "vault": (1, 0),
        "outbox": (1, 0),
        "sent": (0, 0),
    }
    assert 'role="alert"' not in response.text
    assert response.headers["cache-control"] == "no-store"


def test_if_something_were_left_it_would_be_said_aloud(
    chloe: Browser, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: with the deletion switched off, the page does not claim that it happened."""
    monkeypatch.setattr(Contacts, "destroy", lambda *_: None)
    response = chloe.post(f"{page_of(contact)}/close", {"outcome": "informed"})
    assert rows_of(response)["vault"] == (1, 1)
    assert "Something is still there. Tell your administrator now" in response.text


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (Channel.SMS, "Their phone company keeps who wrote to whom and when, perhaps what"),
        (Channel.WHATSAPP, "Meta keeps who wrote to whom and when."),
        (Channel.TELEGRAM, "at Telegram until they delete it there."),
        (Channel.SIGNAL, "Signal knows that the number uses it"),
        (Channel.WEBCHAT, "no company has the words."),
    ],
)
def test_it_says_what_may_remain_elsewhere_by_channel(house: House, channel: Channel, words: str) -> None:
    bogdan = Caller(house.office, BOGDAN, channel)
    bogdan.asks_for_a_person(time())
    contact = bogdan.open_contact(time())
    browser, _ = sign_in(house, "Chloe")
    browser.post(f"{page_of(contact)}/claim")
    assert words in unescape(browser.post(f"{page_of(contact)}/close", {"outcome": "informed"}).text)


def test_the_next_who_needs_somebody_is_offered_and_the_board(house: House, chloe: Browser, contact: Contact) -> None:
    other = waiting(house, BOGDAN)
    text = chloe.post(f"{page_of(contact)}/close", {"outcome": "informed"}).text
    assert f'action="{page_of(other)}/claim"' in text
    assert 'href="/staff/">Back to the board' in text


def test_when_nobody_waits_it_says_so(chloe: Browser, contact: Contact) -> None:
    text = chloe.post(f"{page_of(contact)}/close", {"outcome": "informed"}).text
    assert "/claim" not in text
    assert '<p class="empty">' in text


def test_what_nobody_ticked_is_a_reminder_and_no_hindrance(house: House, chloe: Browser, contact: Contact) -> None:
    text = unescape(chloe.get(page_of(contact)).text)
    still = missed(contact.level, {signal.code for signal in contact.conversation.signals}, ())
    assert f"Not ticked on the checklist: {len(still)}" in text
    assert chloe.post(f"{page_of(contact)}/close", {"outcome": "informed"}).status_code == 200


def test_what_was_ticked_is_not_reminded_of(house: House, chloe: Browser, contact: Contact) -> None:
    still = missed(contact.level, {signal.code for signal in contact.conversation.signals}, ())

    def tick(now: Contact | None) -> Contact:
        assert now is not None
        return replace(now, ticks=still)

    desk = house.office.desk
    house.office.write(
        lambda tx: desk.contacts.save(tx.connection, tick(desk.contacts.by_id(tx.connection, contact.id)))
    )
    assert "Not ticked on the checklist" not in chloe.get(page_of(contact)).text


def test_a_refusal_keeps_what_was_chosen(house: House, chloe: Browser, contact: Contact) -> None:
    chloe.post(f"{page_of(contact)}/answer", {"text": "I am here."})
    form = {
        **dict.fromkeys(LISTS, "unknown"),
        "need": "asylum",
        "origin": "africa_east",
        "outcome": "referred",
        "referral/legal": "1",
    }
    response = chloe.post(f"{page_of(contact)}/close", form)
    assert response.status_code == 400
    assert "An answer is still on its way. Wait until it is sent, or tick “close even so”." in response.text
    assert form_of(response.text) == form
    assert chloe.post(f"{page_of(contact)}/close", {**form_of(response.text), "even_unsent": "1"}).status_code == 200


def test_the_figures_show_codes_from_ten_on_rounded_down_and_nothing_below(house: House) -> None:
    now = "2026-W47"
    cells = {
        Cell(now, "need", "housing"): 27,
        Cell(now, "need", "asylum"): 9,
        Cell(now, "origin", "africa_east"): 10,
        Cell(now, "referral", "legal"): 12,
        Cell(now, "gender", "woman"): 3,
        Cell(now, "exploitation*origin", "labour", "asia_south"): 19,
        Cell(now, "came", "work-in-a-home", "en"): 12,
        Cell(now, "category", "violence"): 11,
    }

    def count(tx: object) -> None:
        for cell, number in cells.items():
            tallies.count(tx.connection, [cell], number)  # type: ignore[attr-defined]

    house.office.write(count)
    text = house.browser().get("/figures", headers={"Accept-Language": "en"}).text
    assert (
        '<th scope="row">A safe place to stay</th><td class="count" data-cell="need/housing"><bdi dir="ltr">≥ 20</bdi></td>'
        in text
    )
    assert (
        '<th scope="row">Eastern Africa</th><td class="count" data-cell="origin/africa_east"><bdi dir="ltr">≥ 10</bdi></td>'
        in text
    )
    assert 'data-cell="category/violence">11</td>' in text
    assert "asylum" not in text
    assert "gender" not in text
    csv = house.browser().get("/figures.csv").text.splitlines()
    assert csv[1:] == [
        "2026-W47,came,work-in-a-home,en,12",
        "2026-W47,category,violence,,11",
        "2026-W47,exploitation*origin,labour,asia_south,10",
        "2026-W47,need,housing,,20",
        "2026-W47,origin,africa_east,,10",
        "2026-W47,referral,legal,,10",
    ]
    arabic = house.browser().get("/figures", headers={"Accept-Language": "ar"}).text
    assert '<th scope="row"><bdi lang="en" dir="ltr">Eastern Africa</bdi></th>' in arabic
