"""Amara writes in a browser without JavaScript: every page says all, nothing stays in the browser, a repeat is one message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import time
from urllib.parse import urlencode

import pytest

from bots.webchat.form import read_post
from hotline.desk import work
from hotline.store import staff
from hotline.store.staff import Role
from tests.people import hire, lines_of
from tests.server_help import FORM, House, open_house
from tests.webchat_help import Tab, with_a_person

SAFE = "Hello. Is it safe for you to write now?"
ENDED = "This talk is finished. Everything in it is deleted here."
GONE = "https://www.wikipedia.org/"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def tab(house: House) -> Tab:
    return Tab(house)


@pytest.fixture
def with_person(tab: Tab) -> Tab:
    return with_a_person(tab.house)


def test_before_anything_is_written_the_page_says_what_is_kept(tab: Tab) -> None:
    page = tab.browser.get("/en/chat")
    assert page.status_code == 200
    assert "We ask no name. What you write is locked while we talk and deleted when we finish." in page.text
    assert tab.house.nothing_stored


def test_a_talk_begins_with_the_question_whether_it_is_safe(tab: Tab) -> None:
    tab.begins()
    assert (tab.says, tab.choices) == (SAFE, ["safe", "not_safe"])


@pytest.mark.parametrize("how", [{"choice": "safe"}, {"text": "1"}, {"text": "it is safe"}, {"text": "١"}])
def test_a_button_a_number_and_words_say_the_same(tab: Tab, how: dict[str, str]) -> None:
    tab.begins().posts(do="send", **how)
    assert tab.says == "Are you in danger now? If so, call 112."


def test_the_next_page_belongs_to_the_same_talk_and_to_another_message(tab: Tab) -> None:
    token, once = tab.begins().hidden("token"), tab.hidden("once")
    tab.posts(choice="safe")
    assert tab.hidden("token") == token
    assert tab.hidden("once") != once


def test_free_words_that_fit_nothing_are_asked_again(tab: Tab) -> None:
    tab.begins().posts(text="what is this?")
    assert tab.says == f"I read that. Please send a number, or 0 for a person.\n{SAFE}"


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_nothing_written_is_said_and_counts_for_nothing(tab: Tab, text: str) -> None:
    tab.begins().posts(do="send", text=text)
    assert (tab.notice, tab.says) == ("Please write something first.", SAFE)
    assert tab.contact.conversation.misheard == 0


def test_a_text_that_is_too_long_comes_back_whole(tab: Tab) -> None:
    draft = "ж" * 2001
    tab.begins().posts(text=draft)
    assert tab.notice == "That is too long. Please send at most 2000 letters at once."
    assert f">{draft}</textarea>" in tab.html
    tab.posts(text=draft[:2000])
    assert tab.notice == ""


def test_a_form_sent_twice_is_one_message(with_person: Tab) -> None:
    page = with_person.html
    for _ in range(2):
        with_person.html = page
        with_person.posts(text="He took my passport")
    assert [line.text for line in lines_of(with_person.house.office, with_person.contact)] == ["He took my passport"]
    assert with_person.html.count("He took my passport") == 1


def test_two_tabs_of_two_people_know_nothing_of_each_other(house: House) -> None:
    amara, bogdan = Tab(house).begins(), Tab(house).begins()
    amara.posts(choice="safe")
    bogdan.posts(text="2")
    assert amara.hidden("token") != bogdan.hidden("token")
    assert bogdan.ended
    assert house.count("contacts") == [1]


def test_chloe_answers_and_amara_sees_it_when_she_looks(with_person: Tab) -> None:
    house = with_person.house
    with_person.posts(text="Is somebody there?")
    chloe = hire(house.office, "Chloe", Role.RESPONDER)
    contact_id, now = with_person.contact.id, time()
    house.office.write(lambda tx: work.claim(house.office.desk, tx, contact_id, chloe.id, now))
    house.office.write(lambda tx: work.answer(house.office.desk, tx, contact_id, chloe.id, "I am here.", now))
    with_person.posts(do="check")
    said = re.findall(r'<p dir="auto">(.*?)</p>', with_person.html)
    assert said == ["Is somebody there?", "I am here."]
    assert re.search(r"Looked for an answer at .*\d\d:\d\d UTC", with_person.html)


def test_looking_for_an_answer_sends_nothing(with_person: Tab) -> None:
    with_person.posts(do="check", text="a draft")
    assert with_person.house.count("messages") == [0]


def test_amara_is_told_truthfully_who_is_there(house: House, tab: Tab) -> None:
    chloe = hire(house.office, "Chloe")
    house.office.write(lambda tx: staff.begin_shift(tx.connection, chloe.id, time() - 5, time() + 3600))
    tab.begins().posts(text="person")
    tab.posts(choice="agree")
    assert "A person answers you here soon. You can already write." in tab.html


def test_no_address_is_kept_for_the_web(with_person: Tab) -> None:
    assert with_person.house.count("contacts", "vault") == [1, 0]


def test_delete_destroys_everything_and_says_so(with_person: Tab) -> None:
    with_person.posts(text="He took my passport")
    with_person.posts(do="delete")
    assert (with_person.ended, with_person.says) == (True, "Done. Everything is deleted on our side.")
    assert with_person.house.count("contacts", "messages", "vault") == [0, 0, 0]


def test_leave_destroys_everything_and_goes_to_a_page_anybody_may_have_open(with_person: Tab) -> None:
    response = with_person.posts(do="leave")
    assert (response.status_code, response.headers["refresh"]) == (200, f"0; url={GONE}")
    assert "<body" not in response.text, "the screen is blank at once, whatever the network does"
    assert with_person.house.count("contacts", "messages") == [0, 0]


@pytest.mark.parametrize("do", ["delete", "leave", "check"])
def test_what_is_over_stays_over(tab: Tab, do: str) -> None:
    tab.begins().posts(do="delete")
    tab.html = tab.html or ""
    response = tab.browser.post("/en/chat", {"do": do, "token": "x" * 32, "once": "y" * 22})
    assert response.status_code == 200
    assert tab.house.count("contacts") == [0]


def test_after_not_safe_the_talk_is_over_and_nothing_is_kept(tab: Tab) -> None:
    tab.begins().posts(choice="not_safe")
    assert tab.ended
    assert tab.house.count("contacts", "messages") == [0, 0]


@pytest.mark.parametrize("do", ["delete", "leave"])
def test_delete_works_from_a_page_that_was_used_already(with_person: Tab, do: str) -> None:
    """She sends, presses Back, and deletes: the old page carries the `once` of what she sent."""
    page = with_person.html
    with_person.posts(text="He took my passport")
    with_person.html = page
    with_person.posts(do=do)
    assert with_person.house.count("contacts", "messages") == [0, 0]


@pytest.mark.parametrize("do", ["delete", "leave"])
def test_delete_works_from_a_page_in_the_language_of_before(tab: Tab, do: str) -> None:
    """She begins in English, goes over to Spanish, presses Back, and deletes on the English page."""
    tab.begins().posts(text="language")
    english = tab.browser.post("/en/chat", {"do": "check", "token": tab.hidden("token"), "once": "x" * 22}).text
    tab.posts(text="Español")
    assert 'lang="es"' in tab.html
    tab.html = english
    tab.posts(do=do)
    assert tab.house.count("contacts") == [0]


def test_a_changed_language_speaks_on_the_next_page(tab: Tab) -> None:
    tab.begins().posts(text="language")
    tab.posts(text="العربية")
    assert '<html lang="ar" dir="rtl">' in tab.html
    assert tab.hidden("lang") == "ar"


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("th", "ltr")])
def test_a_page_runs_the_way_its_language_is_written(house: House, language: str, direction: str) -> None:
    tab = Tab(house, language).begins()
    assert f'<html lang="{language}" dir="{direction}">' in tab.html


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&lt;b&gt;"]
)
def test_what_amara_writes_is_only_text(with_person: Tab, text: str) -> None:
    with_person.posts(text=text)
    assert unescape(re.findall(r'<p dir="auto">(.*?)</p>', with_person.html)[-1]) == text
    assert re.findall(r"<script[^>]*>", with_person.html) == re.findall(
        r'<script src="/static/[a-z.0-9]+" defer>', with_person.html
    )
    assert "<img" not in with_person.html


def test_somebody_elses_token_must_be_guessed(with_person: Tab) -> None:
    with_person.posts(text="He took my passport")
    other = with_person.browser.post("/en/chat", {"do": "check", "token": "a" * 32, "once": "b" * 22})
    assert "He took my passport" not in other.text
    assert ENDED in other.text
    assert len(with_person.hidden("token")) >= 32


def test_a_form_says_which_line_its_page_had_last(with_person: Tab) -> None:
    """By it the desk knows whether a digit can answer a question that this page never showed."""
    assert with_person.hidden("after") == ""
    with_person.posts(text="Is somebody there?")
    assert with_person.hidden("after") == "1"
    post = read_post(urlencode({"token": "t" * 22, "once": "o" * 22, "after": "7", "text": "1"}).encode(), FORM)
    assert post.incoming("en", "1").seen == 7
