"""Amara takes a number with her and comes back: offered only when a person has her talk, shown once, hiding what was."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from hotline.store.codes import Codes
from tests.server_help import FORM, House, open_house
from tests.webchat_help import Tab, answer_of_chloe, with_a_person

WRONG = "No talk was found with this number. Look at the digits again. The talk may also be finished and deleted."
BUSY = "Too many people are trying at this moment. Please try again in a minute."
BACK = "You are back. What was written before is hidden."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def amara(house: House) -> Tab:
    tab = with_a_person(house)
    tab.posts(text="He took my passport")
    return tab


def takes_a_number(tab: Tab) -> str:
    tab.posts(do="code")
    assert len(tab.code) == 4
    return " ".join(tab.code)


def returns(house: House, code: str, language: str = "en") -> Tab:
    tab = Tab(house, language)
    tab.posts(do="return", code=code)
    return tab


def offers_a_number(tab: Tab) -> bool:
    return '<details class="keep" data-part="keep">' in tab.html


def says_hidden(tab: Tab) -> bool:
    return f'data-part="hides" data-word="returned">{BACK}' in tab.html and 'data-part="returned">' in tab.html


def test_a_number_is_offered_only_once_a_person_was_asked_for(house: House) -> None:
    tab = Tab(house).begins()
    assert not offers_a_number(tab)
    assert offers_a_number(with_a_person(house))


def test_where_numbers_are_switched_off_none_is_offered_given_or_taken(tmp_path: Path) -> None:
    with open_house(tmp_path, return_days=0) as house:
        tab = with_a_person(house)
        assert not offers_a_number(tab)
        tab.posts(do="code")
        assert tab.code == []
        assert "I have a number from before" not in house.browser().get("/en/chat").text
        back = Tab(house)
        back.posts(do="return", code="4242424242424242")
        assert back.notice == WRONG


def test_the_number_is_shown_once_in_four_groups(amara: Tab) -> None:
    code = takes_a_number(amara)
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", code)
    amara.posts(do="check")
    assert (amara.code, offers_a_number(amara)) == ([], False)
    assert code not in amara.html
    assert code.replace(" ", "") not in amara.html


def test_with_the_number_the_talk_opens_on_another_phone_and_hides_what_was(house: House, amara: Tab) -> None:
    back = returns(house, takes_a_number(amara))
    assert says_hidden(back)
    assert (back.lines, "line bot" in back.html) == ([], False)
    assert "passport" not in back.html


def test_digits_of_her_own_script_and_no_spaces_open_it_too(house: House, amara: Tab) -> None:
    code = takes_a_number(amara).replace(" ", "").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert says_hidden(returns(house, code))


def test_the_page_she_had_before_is_dead(house: House, amara: Tab) -> None:
    returns(house, takes_a_number(amara))
    amara.posts(do="check")
    assert amara.ended
    assert "passport" not in amara.html


def test_she_shows_it_and_hides_it_again(house: House, amara: Tab) -> None:
    back = returns(house, takes_a_number(amara))
    back.posts(do="show")
    assert back.lines == ["He took my passport"]
    back.posts(do="hide")
    assert (back.lines, says_hidden(back)) == ([], True)


def test_what_comes_after_her_return_is_shown_though_the_rest_is_hidden(house: House, amara: Tab) -> None:
    back = returns(house, takes_a_number(amara))
    back.posts(text="I am at the station")
    answer_of_chloe(house, "I am here.")
    back.posts(do="check")
    assert back.lines == ["I am at the station", "I am here."]
    assert says_hidden(back)
    back.posts(do="show")
    assert back.lines == ["He took my passport", "I am at the station", "I am here."]


def test_she_comes_back_to_a_page_in_the_language_of_her_talk(house: House) -> None:
    code = takes_a_number(with_a_person(house, "ar"))
    assert '<html lang="ar" dir="rtl">' in returns(house, code, "es").html


@pytest.mark.parametrize("code", ["", "4242", "4242 4242 4242 424", "a" * 16, "5353 5353 5353 5353"])
def test_a_wrong_number_opens_nothing_and_says_what_may_be(house: House, amara: Tab, code: str) -> None:
    takes_a_number(amara)
    back = returns(house, code)
    assert back.notice == WRONG
    assert '<details class="return" open>' in back.html


def test_nothing_of_the_number_is_kept_but_what_argon2_made_of_it(house: House, amara: Tab) -> None:
    code = takes_a_number(amara)
    with house.office.engine.connect() as connection:
        ((digest, _),) = connection.exec_driver_sql("SELECT * FROM codes").all()
    assert bytes(digest) == Codes(house.settings.keys).digest(code.replace(" ", ""))
    for path in house.settings.home.parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert code.encode() not in content
            assert code.replace(" ", "").encode() not in content


def test_a_hushed_talk_stays_hushed_when_she_comes_back(house: House, amara: Tab) -> None:
    code = takes_a_number(amara)
    contact = amara.contact
    hushed = replace(contact, conversation=replace(contact.conversation, hushed=True))
    house.office.write(lambda tx: house.office.desk.contacts.save(tx.connection, hushed))
    back = returns(house, code)
    back.posts(do="show")
    assert back.lines == []
    assert "passport" not in back.html


def test_leaving_with_a_number_ends_the_page_and_keeps_the_talk(house: House, amara: Tab) -> None:
    code = takes_a_number(amara)
    old = amara.html
    assert amara.posts(do="leave").headers["refresh"] == "0; url=https://www.wikipedia.org/"
    amara.html = old
    amara.posts(do="check")
    assert amara.ended
    assert says_hidden(returns(house, code))


def test_delete_everything_deletes_it_though_there_is_a_number(house: House, amara: Tab) -> None:
    code = takes_a_number(amara)
    amara.posts(do="delete")
    assert house.count("contacts", "messages", "vault", "codes") == [0, 0, 0, 0]
    assert returns(house, code).notice == WRONG


def test_the_script_of_the_page_is_told_the_same(house: House, amara: Tab) -> None:
    given = amara.asks("code")
    assert (len(given["code"]), given["keep"]) == (4, False)
    browser = Tab(house)
    wrong = browser.asks("return", code="5353535353535353")
    assert wrong["wrong"] == WRONG
    back = browser.asks("return", code=" ".join(given["code"]))
    assert (back["fresh"], back["lines"], back["messages"]) == (True, [], [])
    assert back["shown"].isdecimal()


def test_more_than_four_at_once_are_asked_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many try, the server gives them 64 MiB one after the other, and everybody else is served meanwhile."""
    real, looked = Codes.digest, []

    def slow(self: Codes, code: str) -> bytes:
        looked.append(code)
        return real(self, code)

    monkeypatch.setattr(Codes, "digest", slow)
    body = urlencode({"do": "return", "code": "5353535353535353"})

    async def at_once() -> list[httpx.Response]:
        client = house.browser().client
        tries = [client.post("/", content=body, headers={"Content-Type": FORM}) for _ in range(9)]
        answers = asyncio.gather(*tries)
        assert (await client.get("/healthz")).status_code == 200
        return list(await answers)

    answers = house.runner.run(at_once())
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [503] * 5
    assert len(looked) == 4
    busy = next(answer for answer in answers if answer.status_code == 503)
    assert BUSY in busy.text
