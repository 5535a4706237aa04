"""The phrasebook in the console: one press sends a sentence in the caller's language, and the responder reads what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest

from hotline.contact import Channel
from hotline.store.contacts import Contact
from tests.people import Caller, lines_of
from tests.server_help import Browser, House, open_house, sign_in

THERE = "Is it safe for you to write now?"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


def spanish_talk(house: House) -> Contact:
    """Amara writes in Spanish and waits for a person."""
    amara = Caller(house.office, channel=Channel.WEBCHAT, sender="a-token-of-a-page-1234567")
    amara.writes("Hola, necesito ayuda por favor con mi trabajo", time(), language="es")
    amara.writes("0", time())
    amara.writes("1", time())
    if amara.open_contact(time()).state.value == "scripted":
        amara.writes("1", time())
    return amara.open_contact(time())


@pytest.fixture
def talk(house: House) -> tuple[Browser, Contact, str]:
    browser, chloe = sign_in(house, "Chloe")
    contact = chloe.claims(spanish_talk(house), time())
    return browser, contact, f"/staff/contacts/{contact.id}"


def said(house: House, contact: Contact) -> list[tuple[str, str]]:
    return [(line.text, line.english) for line in lines_of(house.office, contact)]


def test_the_page_has_every_phrase_in_the_callers_language_and_what_it_says(
    talk: tuple[Browser, Contact, str],
) -> None:
    browser, _, page = talk
    text = browser.get(page).text
    assert '<span lang="es" dir="ltr">' in text
    assert THERE in text
    assert "No native speaker has read them yet." in text
    assert text.count('<li><button name="phrase"') == 64


def test_one_press_sends_it_and_the_responder_reads_what_it_says(
    house: House, talk: tuple[Browser, Contact, str]
) -> None:
    browser, contact, page = talk
    answer = browser.post(f"{page}/phrase", {"phrase": "safe/now", "fence": str(contact.fence)})
    assert answer.status_code == 303
    ((text, english),) = said(house, contact)[-1:]
    assert english == THERE
    assert text
    assert text != THERE
    shown = browser.get(page).text
    assert text in shown
    assert shown.count(THERE) > 1


def test_what_a_phrase_asks_for_is_filled_in_or_nothing_is_sent(
    house: House, talk: tuple[Browser, Contact, str]
) -> None:
    browser, contact, page = talk
    fence = str(contact.fence)
    before = said(house, contact)
    for minutes in ("", "soon", "-5", "0", "5000", "<b>"):
        answer = browser.post(f"{page}/phrase", {"phrase": "pass/wait", "minutes": minutes, "fence": fence})
        assert answer.status_code == 400, minutes
        assert "Choose a phrase, and fill in the minutes or the time where it asks for them." in answer.text
    assert said(house, contact) == before
    assert browser.post(f"{page}/phrase", {"phrase": "pass/wait", "minutes": "10", "fence": fence}).status_code == 303
    assert "10" in said(house, contact)[-1][0]


def test_a_phrase_that_is_not_there_sends_nothing(house: House, talk: tuple[Browser, Contact, str]) -> None:
    browser, contact, page = talk
    before = said(house, contact)
    answer = browser.post(f"{page}/phrase", {"phrase": "../../secret", "fence": str(contact.fence)})
    assert answer.status_code == 400
    assert said(house, contact) == before


def test_nobody_else_can_send_one(house: House, talk: tuple[Browser, Contact, str]) -> None:
    _, contact, page = talk
    other, _ = sign_in(house, "Dina")
    assert other.post(f"{page}/phrase", {"phrase": "safe/now", "fence": str(contact.fence)}).status_code == 404


def test_what_it_says_in_english_never_reaches_the_caller(house: House, talk: tuple[Browser, Contact, str]) -> None:
    browser, contact, page = talk
    browser.post(f"{page}/phrase", {"phrase": "safe/now", "fence": str(contact.fence)})
    caller = house.browser()
    token = "a-token-of-a-page-1234567"
    form = {"do": "check", "token": token, "once": "b" * 24}
    seen = caller.post("/es/chat", form).text
    assert said(house, contact)[-1][0] in seen
    assert THERE not in seen
