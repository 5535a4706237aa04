"""The page of one contact: tabs, checklist, notes, and a caller's words as text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import time

import pytest

from hotline.console import talk as talk_room
from hotline.console.talk import links
from hotline.store.contacts import Contact
from tests.people import BOGDAN, Caller, Responder, lines_of, stored
from tests.server_help import Browser, House, open_house, sign_in, waiting

TRAP = "see https://teIegram.org \u202eand call +47 900 00 123"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def contact(house: House) -> Contact:
    return waiting(house)


@pytest.fixture
def at_work(house: House, contact: Contact) -> tuple[Browser, Responder]:
    browser, chloe = sign_in(house, "Chloe")
    chloe.claims(contact, time())
    return browser, chloe


@pytest.fixture
def chloe(at_work: tuple[Browser, Responder]) -> Browser:
    return at_work[0]


@pytest.fixture
def page(contact: Contact) -> str:
    return f"/staff/contacts/{contact.id}"


def tabs(text: str) -> list[tuple[str, bool, bool]]:
    """Of each tab: which contact, whether it is this one, whether its caller waits for an answer."""
    found = re.findall(r'<a class="tab[^>]*data-tab="(\w+)"([^>]*)>(.*?)</a>', text)
    return [(one, "aria-current" in more, "waits" in inside) for one, more, inside in found]


def test_all_open_contacts_are_tabs_and_who_waits_is_marked(
    house: House, at_work: tuple[Browser, Responder], contact: Contact, page: str
) -> None:
    browser, chloe = at_work
    bogdan = Caller(house.office, BOGDAN)
    other = chloe.claims(bogdan.asks_for_a_person(time()), time())
    chloe.answers(contact, "I am here.", time())
    assert sorted(tabs(browser.get(page).text)) == sorted([(contact.id, True, False), (other.id, False, True)])


def ticked(text: str) -> dict[str, bool]:
    found = re.findall(r'<button name="(tick|untick)" value="(\w+)" aria-pressed="(true|false)">', text)
    assert all((name == "untick") is (pressed == "true") for name, _, pressed in found)
    return {key: pressed == "true" for _, key, pressed in found}


def test_the_checklist_is_ticked_and_unticked(chloe: Browser, house: House, contact: Contact, page: str) -> None:
    assert ticked(chloe.get(page).text) == {"safe_now": False, "no_promise": False, "back": False}
    assert chloe.post(f"{page}/check", {"tick": "safe_now"}).status_code == 303
    text = chloe.get(page).text
    assert ticked(text) == {"safe_now": True, "no_promise": False, "back": False}
    assert "2 left" in text
    chloe.post(f"{page}/check", {"untick": "safe_now"})
    assert not any(ticked(chloe.get(page).text).values())
    assert chloe.post(f"{page}/check", {"tick": "<b>"}).status_code == 400
    assert chloe.post(f"{page}/check", {}).status_code == 400


def test_with_danger_the_list_grows_and_each_phrase_is_one_press_away(
    chloe: Browser, house: House, contact: Contact, page: str
) -> None:
    Caller(house.office).writes("he has a knife", time(), id="danger")
    text = chloe.get(page).text
    assert next(iter(ticked(text))) == "number"
    phrase = re.search(r'<button class="quiet" name="phrase" value="(danger/call)"', text)
    assert phrase
    fence = str((stored(house.office, contact.id) or contact).fence)
    assert chloe.post(f"{page}/phrase", {"phrase": phrase[1], "fence": fence}).status_code == 303
    assert "call 112" in lines_of(house.office, contact)[-1].text


def test_a_note_is_shown_as_one_and_rings_no_bell(chloe: Browser, house: House, page: str) -> None:
    assert chloe.post(f"{page}/note", {"text": "Sister in <b>Oslo</b>"}).status_code == 303
    text = chloe.get(page).text
    note = re.findall(r'<li class="line note".*?</li>', text, re.DOTALL)
    assert len(note) == 1
    assert "only staff see this" in note[0]
    assert "<bdi>Chloe</bdi>" in note[0]
    assert "Sister in &lt;b&gt;Oslo&lt;/b&gt;" in note[0]
    assert house.rung == []


def test_a_note_that_is_too_long_comes_back_with_what_was_typed(chloe: Browser, page: str) -> None:
    answer = chloe.post(f"{page}/note", {"text": "x" * 2001})
    assert answer.status_code == 400
    assert "That is 2001 characters: a note has 2000 at most." in answer.text
    assert f">{'x' * 2001}</textarea>" in answer.text


@pytest.mark.parametrize("deed", ["check", "note", "back", "directory", "refer"])
def test_no_tool_opens_for_anybody_else(house: House, at_work: tuple[Browser, Responder], page: str, deed: str) -> None:
    other, _ = sign_in(house, "Emil")
    form = {"tick": "safe_now", "text": "hello", "number": "1"}
    real = other.post(f"{page}/{deed}", form)
    missing = other.post(f"/staff/contacts/{'0' * 32}/{deed}", form)
    assert (real.status_code, real.text) == (404, missing.text)


@pytest.mark.parametrize("deed", ["check", "note", "back", "directory", "refer", "answer"])
def test_no_tool_is_used_from_another_site(chloe: Browser, page: str, deed: str) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert chloe.post(f"{page}/{deed}", {"text": "hello"}, headers=headers).status_code == 403


def test_addresses_are_inert_set_apart_and_warned_of(chloe: Browser, house: House, page: str) -> None:
    Caller(house.office).writes(TRAP, time(), id="trap")
    text = chloe.get(page).text
    line = unescape(re.findall(r'<li class="line caller".*?</li>', text, re.DOTALL)[-1])
    assert '<bdi class="inert web odd" dir="ltr">https://<b>teIegram.org</b></bdi>' in line
    assert '<bdi class="inert phone" dir="ltr">+47 900 00 123</bdi>' in line
    assert ">RLO</bdi>" in line
    assert "It is made to look like telegram.org and is not." in line
    assert "<a" not in line
    assert "\u202e" not in text


def test_without_the_search_for_addresses_the_trap_would_stand_there_bare(
    chloe: Browser, house: House, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Caller(house.office).writes(TRAP, time(), id="trap")
    monkeypatch.setattr(talk_room, "links", lambda text: [])
    text = chloe.get(page).text
    assert "\u202e" in text
    assert "inert" not in text


def test_what_a_rule_heard_cannot_turn_the_page_round_either(chloe: Browser, house: House, page: str) -> None:
    Caller(house.office).writes("he has \u202ea knife", time(), id="danger")
    assert "\u202e" not in chloe.get(page).text


def test_plain_words_need_no_pieces() -> None:
    assert links("I need help.") == []
    assert [one["kind"] for one in links("a www.example.com b")] == ["", "web", ""]
    assert links("www.example.com")[0]["parts"] == ["", "www.example.com", ""]
