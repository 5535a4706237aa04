"""The directory beside a talk: found without a network, shown with what is known of it, sent with one press or two."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from time import time

import pytest

from hotline.directory.file import read_country
from hotline.directory.model import Guide
from hotline.store.contacts import Contact
from tests.directory_help import NORWAY
from tests.people import lines_of
from tests.server_help import Browser, House, Swapped, open_house, sign_in, waiting

ROSA = {"country": "NO", "kind": "line", "name": "Rosa hjelpelinje"}
BERGEN = {"country": "NO", "kind": "service", "name": "A house in Bergen"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With a small directory in which somebody has checked one line today, and nobody the rest."""
    today = datetime.datetime.now(datetime.UTC).date()
    checked = f'{today.isoformat()}\nchecked_by = "Sara"'
    text = NORWAY.replace('source = "example.org/help"\n', f'source = "example.org/help"\nchecked_on = {checked}\n')
    country, mistakes = read_country("NO", tomllib.loads(text))
    assert mistakes == []
    with open_house(tmp_path) as opened, Swapped(opened.office.desk, "guide", Guide({"NO": country})):
        yield opened


@pytest.fixture
def talk(house: House) -> tuple[Browser, Contact, str]:
    browser, chloe = sign_in(house, "Chloe")
    contact = chloe.claims(waiting(house), time())
    return browser, contact, f"/staff/contacts/{contact.id}"


def entries(text: str) -> dict[str, str]:
    """What is shown of each entry, by its name."""
    end = r'(?=<li class="entry|</ul>\s*(?:<details class="pathway|</details>))'
    found = re.findall(rf'<li class="entry.*?{end}', text, re.DOTALL)
    return {
        unescape(re.findall(r"<h3><bdi>(.*?)</bdi>", one)[0]): " ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split())
        for one in found
    }


def test_the_organisations_country_is_shown_first_with_all_that_is_known(talk: tuple[Browser, Contact, str]) -> None:
    browser, _, page = talk
    shown = entries(browser.get(page).text)
    assert list(shown) == ["Emergency", "Rosa hjelpelinje", "A house in Bergen"]
    rosa = shown["Rosa hjelpelinje"]
    facts = (
        "+47 22 33 11 60", "from abroad", "Not on holidays", "free", "women, men", "English", "Sources differ.", "by Sara.",
        "Source: example.org/help, 2022-08.", "police only with the caller's yes, or to save a life or a child",
    )  # fmt: skip
    assert [fact for fact in facts if fact not in rosa] == []
    assert "Unconfirmed" not in rosa
    assert "Unconfirmed: nobody here has checked this, and its source has no date." in shown["A house in Bergen"]


def test_the_pathway_of_the_country_stands_there_as_steps(talk: tuple[Browser, Contact, str]) -> None:
    browser, _, page = talk
    text = browser.get(page).text
    assert "Steps of the referral pathway: Norway" in text
    assert "<strong>Rest</strong> (<bdi>UDI</bdi>)<br>You may rest for 6 months." in text


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ({"words": "bergen"}, ["A house in Bergen"]),
        ({"words": "22 33 11"}, ["Rosa hjelpelinje"]),
        ({"need": "housing"}, ["A house in Bergen"]),
        ({"country": "no", "need": "legal"}, ["Rosa hjelpelinje"]),
        ({"words": "nothing of the kind"}, []),
        ({"country": "XX", "need": "<b>", "words": "bergen"}, ["A house in Bergen"]),
    ],
)
def test_it_is_searched_by_country_need_and_words(
    talk: tuple[Browser, Contact, str], form: dict[str, str], names: list[str]
) -> None:
    browser, _, page = talk
    answer = browser.post(f"{page}/directory", form)
    assert answer.status_code == 200
    assert list(entries(answer.text)) == names
    if not names:
        assert "Nothing found. Try another country or fewer words." in answer.text


def test_what_was_searched_for_is_only_text(talk: tuple[Browser, Contact, str]) -> None:
    browser, _, page = talk
    text = browser.post(f"{page}/directory", {"words": '"><script>alert(1)</script>' + "x" * 500}).text
    assert "<script>alert" not in text


def test_whether_it_is_open_now_is_said(talk: tuple[Browser, Contact, str]) -> None:
    browser, _, page = talk
    shown = entries(browser.get(page).text)
    assert "open now" in shown["Emergency"]
    assert "open now" not in shown["A house in Bergen"]
    assert "closed now" not in shown["A house in Bergen"]


def test_a_checked_line_is_sent_with_one_press_in_the_callers_language(
    house: House, talk: tuple[Browser, Contact, str]
) -> None:
    browser, contact, page = talk
    answer = browser.post(f"{page}/refer", {**ROSA, "fence": str(contact.fence)})
    assert answer.status_code == 303
    (line,) = lines_of(house.office, contact)
    assert line.text == "This is a number that can help you:\nRosa hjelpelinje\n+47 22 33 11 60\n+47 22 33 11 61"
    assert len(house.rung) == 1


def test_what_nobody_checked_asks_for_one_more_press(house: House, talk: tuple[Browser, Contact, str]) -> None:
    browser, contact, page = talk
    form = {**BERGEN, "fence": str(contact.fence)}
    answer = browser.post(f"{page}/refer", form)
    assert answer.status_code == 400
    assert "Nobody has checked this entry lately. Press “Send even so” if you mean it." in answer.text
    assert lines_of(house.office, contact) == []
    assert browser.post(f"{page}/refer", {**form, "sure": "1"}).status_code == 303
    assert "https://example.org/chat" in lines_of(house.office, contact)[0].text


def test_on_the_page_the_second_press_lies_behind_the_first(talk: tuple[Browser, Contact, str]) -> None:
    browser, _, page = talk
    text = browser.get(page).text
    rosa = text[text.index("Rosa hjelpelinje") : text.index("A house in Bergen")]
    bergen = text[text.rindex("A house in Bergen</bdi>") :]
    assert 'name="sure"' not in rosa
    assert bergen.index('<details class="sure">') < bergen.index('name="sure" value="1"')


@pytest.mark.parametrize("change", [{"name": "Somebody"}, {"kind": "emergency"}, {"country": "SE"}, {"country": ""}])
def test_only_what_stands_in_the_directory_is_sent(
    house: House, talk: tuple[Browser, Contact, str], change: dict[str, str]
) -> None:
    browser, contact, page = talk
    answer = browser.post(f"{page}/refer", {**ROSA, **change})
    assert answer.status_code == 400
    assert "This entry is not in the directory. Search again." in answer.text
    assert lines_of(house.office, contact) == []


def test_nobody_else_searches_beside_it_or_sends(house: House, talk: tuple[Browser, Contact, str]) -> None:
    _, contact, page = talk
    other, _ = sign_in(house, "Emil")
    for deed in ("directory", "refer"):
        assert other.post(f"{page}/{deed}", ROSA).status_code == 404
    assert lines_of(house.office, contact) == []


def test_a_directory_that_is_empty_is_no_reason_to_fail(house: House, talk: tuple[Browser, Contact, str]) -> None:
    browser, _, page = talk
    with Swapped(house.office.desk, "guide", Guide({})):
        assert "Nothing found." in browser.get(page).text


def test_of_two_entries_of_one_name_the_one_that_was_pressed_is_sent(
    house: House, talk: tuple[Browser, Contact, str]
) -> None:
    """Two numbers of one police force, say: the other one would be the wrong number."""
    browser, contact, page = talk
    (norway,) = house.office.desk.guide
    rosa = next(one for one in norway.entries if one.name == ROSA["name"])
    twice = replace(norway, entries=(*norway.entries, replace(rosa, phones=("+47 99",))))
    with Swapped(house.office.desk, "guide", Guide({"NO": twice})):
        text = browser.get(page).text
        assert re.findall(r'name="name" value="Rosa hjelpelinje"><input type="hidden" name="way" value="(.*?)"', text) == [
            "+47 22 33 11 60", "+47 99",
        ]  # fmt: skip
        browser.post(f"{page}/refer", {**ROSA, "way": "+47 99", "fence": str(contact.fence)})
        assert "+47 99" in lines_of(house.office, contact)[-1].text
        answer = browser.post(f"{page}/refer", {**ROSA, "way": "+47 1", "fence": str(contact.fence)})
        assert (answer.status_code, "not in the directory" in answer.text) == (400, True)
