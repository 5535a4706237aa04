"""Passing on at the console: Chloe asks Emil to join, hands over, passes on to a refuge; and the refuge reads its packet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import time

import pytest

from hotline.contact import Channel, State
from hotline.desk.packets import Opened, take_in
from hotline.message import Delivery, Speaker
from hotline.store import presence
from hotline.store.contacts import Contact
from hotline.store.packets import Words
from hotline.store.partnerkey import Partner, PartnerKey, Partners
from tests.people import AMARA, BOGDAN, OURS, Caller, Responder, lines_of, stored
from tests.server_help import Browser, House, open_house, sign_in, waiting

REFUGE = 'Refuge "North" <b>'
TEXT = "She needs a bed <script>alert(1)</script> tonight."


class Office:
    """Chloe and Emil at their consoles; Chloe has Amara. A refuge is known."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        keys = PartnerKey(folder / "refuge" / "partner.key").public
        known = {REFUGE: Partner(REFUGE, "https://refuge.example", keys, ("en",), ("housing",))}
        own = house.office.desk.partners.own
        object.__setattr__(house.office.desk, "partners", Partners("Ours", own, known, {Channel.SMS: OURS}))
        self.contact = waiting(house)
        self.chloe, self.chloe_is = self._there("Chloe")
        self.emil, self.emil_is = self._there("Emil")
        self.chloe.post(f"{self.page}/claim")

    def _there(self, name: str) -> tuple[Browser, Responder]:
        browser, someone = sign_in(self.house, name)
        someone.begins_shift(time() - 1)
        self.house.office.write(lambda tx: presence.note(tx.connection, {someone.id: time() + 3600}))
        return browser, someone

    @property
    def page(self) -> str:
        return f"/staff/contacts/{self.contact.id}"

    def now(self) -> Contact:
        found = stored(self.house.office, self.contact.id)
        assert found is not None
        return found

    def fence(self) -> str:
        return str(self.now().fence)

    def asked(self) -> None:
        answer = self.chloe.post(f"{self.page}/ask", {"colleague": str(self.emil_is.id), "fence": self.fence()})
        assert answer.headers["location"] == self.page

    def packet(self, *, number: str = "") -> str:
        desk = self.house.office.desk
        words = Words(TEXT, None, time(), number, "sms" if number else "")
        opened = Opened("a" * 32, REFUGE, words)
        self.house.office.write(lambda tx: take_in(desk, tx, opened, time()))
        (row,) = self.emil.get("/staff/board.json").json()["packets"]
        return str(row["id"])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_house(tmp_path) as house:
        yield Office(house, tmp_path)


def said(text: str) -> str:
    """What a page says, as it is read."""
    return unescape(re.sub(r"<[^>]+>", " ", text))


def test_emil_is_asked_joins_writes_and_stays_when_chloe_leaves(office: Office) -> None:
    page = office.chloe.get(office.page).text
    assert re.search(r'<option value="\d+">Emil · 0 of 3', page)
    office.asked()
    assert "Emil is asked to join you." in said(office.chloe.get(office.page).text)
    board = office.emil.get("/staff/").text
    assert "Chloe asks you to join" in said(board)
    assert office.emil.get(office.page).status_code == 404
    assert office.emil.post(f"{office.page}/join").headers["location"] == office.page
    assert "You are beside Chloe: both of you read and write." in said(office.emil.get(office.page).text)
    office.emil.post(f"{office.page}/answer", {"text": "I am Emil", "fence": office.fence()})
    assert lines_of(office.house.office, office.now())[-1].by == "Emil"
    assert office.chloe.post(f"{office.page}/leave").headers["location"] == "/staff/"
    assert office.now().owner == office.emil_is.id
    assert office.chloe.get(office.page).status_code == 404


def test_emil_says_not_now(office: Office) -> None:
    office.asked()
    assert office.emil.post(f"{office.page}/decline").headers["location"] == "/staff/"
    assert office.now().second is None


def test_chloe_asks_no_longer(office: Office) -> None:
    office.asked()
    office.chloe.post(f"{office.page}/ask/withdraw")
    assert office.now().second is None
    assert office.emil.post(f"{office.page}/join").status_code == 404


@pytest.mark.parametrize("colleague", ["", "x", "999999", "-1"])
def test_a_colleague_who_is_not_in_the_list_is_refused_in_words(office: Office, colleague: str) -> None:
    answer = office.chloe.post(f"{office.page}/ask", {"colleague": colleague, "fence": office.fence()})
    assert answer.status_code == 400
    assert "from the list." in said(answer.text)


def test_handed_over_with_a_note_it_is_back_in_the_queue(office: Office) -> None:
    form = {"colleague": str(office.emil_is.id), "note": "afraid of the landlord", "fence": office.fence()}
    assert office.chloe.post(f"{office.page}/hand", form).headers["location"] == "/staff/"
    now = office.now()
    assert (now.state, now.second) == (State.WAITING, office.emil_is.id)
    office.emil.post(f"{office.page}/claim")
    assert "afraid of the landlord" in office.emil.get(office.page).text


def test_a_note_that_is_refused_is_not_lost(office: Office) -> None:
    form = {"colleague": "999", "note": "a note worth keeping", "fence": office.fence()}
    answer = office.chloe.post(f"{office.page}/hand", form)
    assert (answer.status_code, "a note worth keeping</textarea>" in answer.text) == (400, True)


def test_what_goes_to_a_partner_is_asked_shown_and_withdrawn(office: Office) -> None:
    page = office.chloe.get(office.page).text
    assert "housing" in page
    form = {"partner": REFUGE, "text": TEXT, "with_number": "1", "fence": office.fence()}
    assert office.chloe.post(f"{office.page}/pass", form).status_code == 303
    assert office.house.rung
    shown = office.chloe.get(office.page).text
    assert f"The caller is asked whether this may go to {REFUGE}:" in said(shown)
    assert "<script>alert" not in shown
    assert TEXT in lines_of(office.house.office, office.now())[-1].text
    office.chloe.post(f"{office.page}/pass/withdraw")
    assert office.now().pending is None


def test_a_text_that_is_refused_is_not_lost(office: Office) -> None:
    answer = office.chloe.post(f"{office.page}/pass", {"partner": "x", "text": "typed words", "fence": office.fence()})
    assert (answer.status_code, "typed words</textarea>" in answer.text) == (400, True)


def test_after_the_yes_it_shows_what_is_under_way_and_can_be_stopped(office: Office) -> None:
    form = {"partner": REFUGE, "text": TEXT, "fence": office.fence()}
    office.chloe.post(f"{office.page}/pass", form)
    desk, now = office.house.office.desk, office.now()
    office.house.office.write(lambda tx: desk.contacts.mark_line(tx.connection, now, now.next_line - 1, Delivery.SENT))
    Caller(office.house.office).writes("1", time())
    page = office.chloe.get(office.page).text
    assert f"For {REFUGE}, since" in said(page)
    found = re.search(r'name="parcel" value="(\d+)"', page)
    assert found
    office.chloe.post(f"{office.page}/pass/stop", {"parcel": found[1]})
    assert office.house.count("parcels") == [0]
    assert office.chloe.post(f"{office.page}/pass/stop", {"parcel": "x"}).status_code == 400


def test_without_partners_the_console_says_nothing_of_them(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        contact = waiting(house)
        browser, _ = sign_in(house, "Chloe")
        browser.post(f"/staff/contacts/{contact.id}/claim")
        assert "Pass on to a partner" not in browser.get(f"/staff/contacts/{contact.id}").text


def test_a_packet_is_taken_read_given_back_and_destroyed(office: Office) -> None:
    one = f"/staff/packets/{office.packet()}"
    assert office.chloe.get(one).status_code == 404
    assert TEXT not in office.chloe.get("/staff/").text
    assert office.emil.post(f"{one}/take").headers["location"] == one
    page = office.emil.get(one).text
    assert "&lt;script&gt;" in page
    assert "Write to them" not in page
    assert office.chloe.post(f"{one}/take").status_code == 404
    (row,) = office.chloe.get("/staff/board.json").json()["packets"]
    assert (row["mine"], row["taken"]) == (False, True)
    office.emil.post(f"{one}/back")
    assert office.chloe.post(f"{one}/take").status_code == 303
    assert office.chloe.post(f"{one}/done").headers["location"] == "/staff/"
    assert office.house.count("packets") == [0]


def test_with_a_number_emil_goes_on_in_a_contact_of_his_own(office: Office) -> None:
    one = f"/staff/packets/{office.packet(number=BOGDAN)}"
    office.emil.post(f"{one}/take")
    assert BOGDAN in office.emil.get(one).text
    answer = office.emil.post(f"{one}/write")
    page = office.emil.get(answer.headers["location"])
    assert (page.status_code, "She needs a bed" in page.text) == (200, True)
    (card,) = office.emil.get("/staff/board.json").json()["mine"]
    assert (card["level"], card["channel"]) == ("soon", "sms")


def test_whoever_writes_here_already_is_told_about_in_words(office: Office) -> None:
    one = f"/staff/packets/{office.packet(number=AMARA)}"
    office.emil.post(f"{one}/take")
    answer = office.emil.post(f"{one}/write")
    assert (answer.status_code, "They already write to us themselves" in answer.text) == (400, True)


def test_the_caller_never_gets_a_note(office: Office) -> None:
    form = {"colleague": "", "note": "between us", "fence": office.fence()}
    office.chloe.post(f"{office.page}/hand", form)
    notes = [line for line in lines_of(office.house.office, office.now()) if line.speaker is Speaker.NOTE]
    assert [(line.text, line.delivery) for line in notes] == [("between us", Delivery.NONE)]
    assert office.house.count("outbox") == [0]
