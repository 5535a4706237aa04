"""Chloe's work over HTTP: take, answer, give back, close; and whoever it does not belong to sees that nothing is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import time

import pytest

from hotline.coding import LISTS
from hotline.store.contacts import Contact
from hotline.store.staff import Role, read_journal
from hotline.tally import STAFF_OUTCOMES
from tests.people import AMARA, BOGDAN, Caller, Responder, lines_of
from tests.server_help import Browser, House, open_house, sign_in, waiting

NOT_YOURS = "This contact is not open, or somebody else has it."
NOBODY = "0" * 32


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def contact(house: House) -> Contact:
    return waiting(house)


Desk = tuple[Browser, Responder]


@pytest.fixture
def at_work(house: House) -> Desk:
    return sign_in(house, "Chloe")


@pytest.fixture
def chloe(at_work: Desk) -> Browser:
    return at_work[0]


def page_of(contact: Contact) -> str:
    return f"/staff/contacts/{contact.id}"


def refusal(text: str) -> str:
    found = re.search(r'<p (?:class="notice" )?role="alert">(.*?)</p>', text)
    return unescape(found[1]) if found else ""


def fence_in(text: str) -> str:
    found = re.search(r'name="fence" value="(\d+)"', text)
    assert found
    return found[1]


def test_chloe_takes_a_contact_and_it_is_hers(chloe: Browser, contact: Contact) -> None:
    response = chloe.post(f"{page_of(contact)}/claim")
    assert (response.status_code, response.headers["location"]) == (303, page_of(contact))
    assert chloe.get(page_of(contact)).status_code == 200
    board = chloe.get("/staff/board.json").json()
    assert ([card["id"] for card in board["mine"]], board["waiting"]) == ([contact.id], [])


def test_taking_it_twice_changes_nothing(chloe: Browser, contact: Contact) -> None:
    for _ in range(2):
        assert chloe.post(f"{page_of(contact)}/claim").status_code == 303
    assert fence_in(chloe.get(page_of(contact)).text) == "1"


def test_the_board_shows_the_queue_and_never_what_was_said(house: House, chloe: Browser, contact: Contact) -> None:
    Caller(house.office).writes("he took my passport", time(), id="more")
    text = chloe.get("/staff/").text
    assert f'data-id="{contact.id}"' in text
    assert "passport" not in text
    assert AMARA not in text


def test_chloes_answer_waits_for_the_worker_and_the_bell_is_rung(
    house: House, chloe: Browser, contact: Contact
) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    response = chloe.post(f"{page_of(contact)}/answer", {"text": "  I am here.  ", "fence": "1"})
    assert (response.status_code, response.headers["location"]) == (303, page_of(contact))
    assert [line.text for line in lines_of(house.office, contact)] == ["I am here."]
    with house.office.engine.connect() as connection:
        assert house.rung == list(connection.exec_driver_sql("SELECT id FROM outbox").scalars())
    assert len(house.rung) == 1


BAD_ANSWERS = {
    "nothing": ("", "Please write something first."),
    "only spaces": (" \n ", "Please write something first."),
    "too much for an SMS": ("x" * 641, "That is 641 characters: 640 is the most that this channel carries at once."),
}


@pytest.mark.parametrize(("text", "sentence"), BAD_ANSWERS.values(), ids=list(BAD_ANSWERS))
def test_an_answer_that_cannot_go_comes_back_with_its_draft(
    house: House, chloe: Browser, contact: Contact, text: str, sentence: str
) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    response = chloe.post(f"{page_of(contact)}/answer", {"text": text})
    assert (response.status_code, refusal(response.text)) == (400, sentence)
    assert f">{text}</textarea>" in response.text
    assert house.count("messages", "outbox") == [0, 0]


def test_a_caller_who_sent_stop_is_not_written_to(house: House, chloe: Browser, contact: Contact) -> None:
    Caller(house.office).writes("STOP", time(), id="stop", opted_out=True)
    chloe.post(f"{page_of(contact)}/claim")
    response = chloe.post(f"{page_of(contact)}/answer", {"text": "Are you there?"})
    assert response.status_code == 400
    assert refusal(response.text.split("</ol>")[1]) == (
        "The caller's phone company blocks us since they sent STOP. They must write START first."
    )


def test_an_answer_from_a_page_of_before_another_claim_is_refused(chloe: Browser, contact: Contact) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    old = fence_in(chloe.get(page_of(contact)).text)
    chloe.post(f"{page_of(contact)}/release")
    chloe.post(f"{page_of(contact)}/claim")
    response = chloe.post(f"{page_of(contact)}/answer", {"text": "I am here.", "fence": old})
    assert (response.status_code, refusal(response.text)) == (404, NOT_YOURS)


@pytest.mark.parametrize("fence", ["", "x", "-1", "1e3"])
def test_a_fence_that_is_no_number_counts_as_none(chloe: Browser, contact: Contact, fence: str) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    assert chloe.post(f"{page_of(contact)}/answer", {"text": "I am here.", "fence": fence}).status_code == 303


@pytest.mark.parametrize("fence", ["²", "9" * 5000])
def test_a_fence_in_odd_digits_is_no_reason_to_fail(chloe: Browser, contact: Contact, fence: str) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    assert chloe.post(f"{page_of(contact)}/answer", {"text": "I am here.", "fence": fence}).status_code in (
        303,
        400,
        404,
    )


def test_giving_back_puts_it_in_the_queue_for_everybody(house: House, chloe: Browser, contact: Contact) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    response = chloe.post(f"{page_of(contact)}/release")
    assert (response.status_code, response.headers["location"]) == (303, "/staff/")
    dina, _ = sign_in(house, "Dina", Role.ADMINISTRATOR)
    assert dina.post(f"{page_of(contact)}/claim").status_code == 303


def test_closing_counts_once_and_destroys_everything(house: House, chloe: Browser, contact: Contact) -> None:
    Caller(house.office).writes("he took my passport", time(), id="more")
    chloe.post(f"{page_of(contact)}/claim")
    form = {"exploitation": "labour", "outcome": "referred"}
    response = chloe.post(f"{page_of(contact)}/close", form)
    assert response.status_code == 200
    assert "The contact was counted. Nothing that was said remains on this server." in response.text
    assert house.count("contacts", "messages", "vault", "outbox") == [0, 0, 0, 0]
    again = chloe.post(f"{page_of(contact)}/close", form)
    assert (again.status_code, refusal(again.text)) == (404, NOT_YOURS)
    with house.office.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT first, count FROM tallies WHERE kind = 'exploitation'").all()
    assert [tuple(row) for row in rows] == [("labour", 1)]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"exploitation": "labour"},
        {"exploitation": "nonsense", "outcome": "referred"},
        {"region": "Norway", "outcome": "referred"},
        {"referral/somebody I know": "1", "outcome": "referred"},
        {"exploitation": "labour", "outcome": "script_end"},
    ],
)
def test_a_contact_is_closed_only_with_codes_from_the_lists(
    house: House, chloe: Browser, contact: Contact, form: dict[str, str]
) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    response = chloe.post(f"{page_of(contact)}/close", form)
    assert response.status_code == 400
    assert "Choose what it was about and how it ended from the lists." in response.text
    assert house.count("contacts") == [1]


def test_the_page_offers_exactly_those_codes(chloe: Browser, contact: Contact) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    text = chloe.get(page_of(contact)).text
    form = text[text.index("data-closing") :]
    offered = re.findall(r'<option value="(\w+)"', form[: form.index("</form>")])
    values = [one.value for one_list in LISTS.values() for one in one_list]
    assert offered == [*values, *(one.value for one in STAFF_OUTCOMES)]


def test_while_an_answer_is_on_its_way_closing_must_be_meant(house: House, chloe: Browser, contact: Contact) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    chloe.post(f"{page_of(contact)}/answer", {"text": "I am here."})
    form = {"outcome": "informed"}
    response = chloe.post(f"{page_of(contact)}/close", form)
    assert response.status_code == 400
    assert "An answer is still on its way. Wait until it is sent, or tick “close even so”." in response.text
    assert chloe.post(f"{page_of(contact)}/close", {**form, "even_unsent": "1"}).status_code == 200
    assert house.count("contacts", "outbox") == [0, 0]


DEEDS = [
    ("GET", ""),
    ("POST", "/claim"),
    ("POST", "/answer"),
    ("POST", "/release"),
    ("POST", "/close"),
]


@pytest.mark.parametrize(("method", "deed"), DEEDS)
@pytest.mark.parametrize("role", [Role.RESPONDER, Role.ADMINISTRATOR])
def test_what_is_chloes_is_not_there_for_anybody_else(
    house: House, chloe: Browser, contact: Contact, method: str, deed: str, role: Role
) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    other, _ = sign_in(house, "Dina", role)
    form = {"text": "hello", "outcome": "informed"} if method == "POST" else None
    real = other.request(method, f"{page_of(contact)}{deed}", data=form)
    missing = other.request(method, f"/staff/contacts/{NOBODY}{deed}", data=form)
    assert (real.status_code, real.text) == (missing.status_code, missing.text)
    assert (real.status_code, refusal(real.text)) == (404, NOT_YOURS)
    assert real.headers == missing.headers
    assert house.count("contacts", "messages") == [1, 0]


@pytest.mark.parametrize("contact_id", ["x", "'", "%20", "é", "0" * 5000, "..%2f..%2fstaff"])
def test_an_address_that_is_no_contact_is_not_there_either(chloe: Browser, contact_id: str) -> None:
    response = chloe.get(f"/staff/contacts/{contact_id}")
    assert response.status_code in (404, 307)


def test_a_contact_that_waits_cannot_be_read_before_it_is_taken(chloe: Browser, contact: Contact) -> None:
    assert chloe.get(page_of(contact)).status_code == 404


def test_a_contact_whose_keys_are_gone_is_not_there(house: House, chloe: Browser, contact: Contact) -> None:
    chloe.post(f"{page_of(contact)}/claim")
    house.office.desk.ring.destroy()
    assert chloe.get(page_of(contact)).status_code == 404
    assert chloe.get("/staff/board.json").json()["mine"] == []


def test_only_one_of_two_takes_it(house: House, chloe: Browser, contact: Contact) -> None:
    dina, _ = sign_in(house, "Dina")
    answers = [who.post(f"{page_of(contact)}/claim").status_code for who in (chloe, dina)]
    assert answers == [303, 404]


def test_a_shift_begins_and_ends(house: House, chloe: Browser) -> None:
    assert chloe.get("/staff/board.json").json()["on_duty"] is False
    chloe.post("/staff/shift", {"do": "begin"})
    board = chloe.get("/staff/board.json").json()
    assert (board["on_duty"], board["people"]) == (True, 1)
    chloe.post("/staff/shift", {"do": "end"})
    assert chloe.get("/staff/board.json").json()["on_duty"] is False


def test_the_journal_says_what_chloe_did_and_nothing_of_whom(house: House, at_work: Desk, contact: Contact) -> None:
    chloe, member = at_work
    for deed in ("claim", "release", "claim"):
        chloe.post(f"{page_of(contact)}/{deed}")
    chloe.post(f"{page_of(contact)}/answer", {"text": "I am here."})
    chloe.post(f"{page_of(contact)}/close", {"outcome": "informed", "even_unsent": "1"})
    journal = house.office.read(read_journal)
    deeds = ["added", "logged_in", "claimed", "released", "claimed", "answered", "closed"]
    assert [(who, deed) for _, who, deed in journal] == [(member.id, deed) for deed in deeds]


def test_two_callers_stand_apart(house: House, chloe: Browser, contact: Contact) -> None:
    other = waiting(house, BOGDAN)
    for one in (contact, other):
        chloe.post(f"{page_of(one)}/claim")
    chloe.post(f"{page_of(other)}/answer", {"text": "For Bogdan alone."})
    assert "For Bogdan alone." not in chloe.get(page_of(contact)).text
    assert "For Bogdan alone." in chloe.get(page_of(other)).text
