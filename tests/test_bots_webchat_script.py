"""What the page's own script is told, and that the address of a chat is the name of the host and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.asgi import HSTS
from bots.webchat.view import LABELS
from tests.server_help import House, open_house
from tests.webchat_help import Tab, answer_of_chloe, with_a_person

ONION = "http://" + "a" * 56 + ".onion"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house"), with_pages=True, onion=ONION) as opened:
        yield opened


class TestOneTurn:
    def test_it_is_the_words_the_choices_and_the_next_once(self, house: House) -> None:
        begun = Tab(house).asks("begin", lang="en")
        assert begun["messages"] == [["Hello. Is it safe for you to write now?"]]
        assert begun["buttons"] == [["safe", 1, "It is safe"], ["not_safe", 2, "Not safe"]]
        assert (begun["ended"], begun["person"], begun["keep"], begun["lines"]) == (False, False, False, [])
        assert len(begun["token"]) >= 32
        assert begun["once"] != begun["token"]
        assert "labels" not in begun

    def test_a_sent_line_comes_back_with_its_number_and_only_once(self, house: House) -> None:
        tab = with_a_person(house)
        first = tab.asks("send", text="He took my passport")
        assert [(one["number"], one["mine"], one["text"]) for one in first["lines"]] == [
            (1, True, "He took my passport")
        ]
        second = tab.asks("send", once=first["once"], after="1", text="And my pay")
        assert [one["text"] for one in second["lines"]] == ["And my pay"]
        assert second["once"] != first["once"]

    def test_the_same_words_sent_twice_are_one_message(self, house: House) -> None:
        tab = with_a_person(house)
        for _ in range(3):
            answer = tab.asks("send", text="Is somebody there?")
        assert [one["text"] for one in answer["lines"]] == ["Is somebody there?"]

    def test_a_look_says_nothing_again_and_leaves_the_choices(self, house: House) -> None:
        tab = Tab(house).begins()
        look = tab.asks("check")
        assert look["messages"] == []
        assert "buttons" not in look

    def test_words_that_are_none_or_too_many_come_back_with_a_notice(self, house: House) -> None:
        tab = Tab(house).begins()
        assert tab.asks("send", text="  ")["notice"] == "Please write something first."
        long = tab.asks("send", text="ж" * 2001)
        assert long["notice"] == "That is too long. Please send at most 2000 letters at once."
        assert long["draft"] == "ж" * 2001

    def test_a_new_language_brings_the_labels_of_the_page(self, house: House) -> None:
        tab = Tab(house).begins()
        tab.posts(text="language")
        answer = tab.asks("send", text="العربية")
        assert (answer["language"], answer["direction"]) == ("ar", "rtl")
        assert answer["labels"]["leave"] == "خروج"
        assert set(answer["labels"]) == set(LABELS)

    def test_delete_says_that_it_is_done_and_that_the_talk_is_over(self, house: House) -> None:
        answer = with_a_person(house).asks("delete")
        assert answer["messages"] == [["Done. Everything is deleted on our side."]]
        assert (answer["ended"], answer["fresh"], answer["lines"]) == (True, True, [])

    def test_a_talk_that_is_over_is_told_without_words(self, house: House) -> None:
        answer = Tab(house).asks("check", token="x" * 32, once="y" * 22)
        assert (answer["ended"], answer["messages"], answer["lines"]) == (True, [], [])

    def test_what_cannot_be_read_is_told_in_the_words_of_the_page(self, house: House) -> None:
        headers = {"Accept": "application/json"}
        refused = house.browser().post("/", {"do": "no such", "lang": "es"}, headers=headers)
        assert (refused.status_code, set(refused.json())) == (400, {"failed", "pad"})

    def test_an_answer_of_a_person_comes_with_a_look(self, tmp_path: Path) -> None:
        with open_house(tmp_path) as own:
            tab = with_a_person(own)
            answer_of_chloe(own, "I am here.")
            assert [(one["mine"], one["text"]) for one in tab.asks("check")["lines"]] == [(False, "I am here.")]


class TestTheAddress:
    def test_every_form_of_the_chat_goes_to_the_first_page(self, house: House) -> None:
        pages = [house.browser().get("/en/chat").text, Tab(house).begins().html, with_a_person(house).html]
        for page in pages:
            assert set(re.findall(r'action="([^"]*)"', page)) <= {"/", "/#now"}
            assert "/en/chat" not in page

    def test_the_title_is_the_name_of_the_host(self, house: House) -> None:
        wrong = house.browser().post("/", {"do": "return", "code": "1"}).text
        for page in (house.browser().get("/ar/chat").text, Tab(house).begins().html, wrong):
            assert "<title>hotline.example</title>" in page

    def test_the_door_on_the_sites_pages_opens_the_first_page_of_its_language(self, house: House) -> None:
        door = re.search(r'<form method="post" action="/">(.*?)</form>', house.browser().get("/es/").text)
        assert door
        fields = dict(re.findall(r'name="(\w+)" value="(\w+)"', door[1]))
        assert fields == {"do": "before", "lang": "es"}
        page = house.browser().post("/", fields)
        assert '<html lang="es"' in page.text
        assert house.count("contacts") == house.count("contacts")

    def test_the_door_opens_for_a_browser_that_says_not_where_it_comes_from(self, house: House) -> None:
        """With no referrer a browser sends `Origin: null`, and an old one nothing beside it."""
        answer = house.browser().post("/", {"do": "before", "lang": "en"}, headers={"Origin": "null"})
        assert answer.status_code == 200
        assert '<meta name="referrer" content="same-origin">' in answer.text
        refused = house.browser().post("/", {"do": "begin", "lang": "en"}, headers={"Origin": "null"})
        assert refused.status_code == 403

    def test_an_unknown_language_is_the_one_of_the_house(self, house: House) -> None:
        assert '<html lang="en"' in house.browser().post("/", {"do": "before", "lang": "xx"}).text

    def test_leaving_is_the_first_thing_that_a_keyboard_reaches(self, house: House) -> None:
        for page in (house.browser().get("/en/chat").text, Tab(house).begins().html):
            first = re.search(r"<(?:a|button|input|summary|textarea)\b[^>]*>([^<]*)", page[page.index("<body") :])
            assert first
            assert first[1] == "Leave this page now"
            assert 'href="https://www.wikipedia.org/"' in first[0]


class TestTor:
    @pytest.mark.parametrize("path", ["/en/", "/ar/", "/figures", "/en/chat", "/nothing/here"])
    def test_every_page_tells_of_the_onion_address(self, house: House, path: str) -> None:
        assert house.browser().get(path).headers["onion-location"] == ONION + path

    def test_what_is_no_page_does_not(self, house: House) -> None:
        assert "onion-location" not in house.browser().get("/healthz").headers
        assert "onion-location" not in house.browser().get(house.server.assets.url("site.css")).headers

    def test_without_an_onion_address_no_page_tells_of_one(self, tmp_path: Path) -> None:
        with open_house(tmp_path, with_pages=True) as plain:
            for path in ("/en/", "/en/chat", "/figures"):
                assert "onion-location" not in plain.browser().get(path).headers

    def test_inside_tor_nothing_promises_https(self, house: House) -> None:
        host = ONION.removeprefix("http://")
        for path in ("/en/", "/en/chat", "/healthz", house.server.assets.url("site.css")):
            assert HSTS[0] in house.browser().get(path).headers
            assert HSTS[0] not in house.browser().get(path, headers={"Host": host}).headers, path

    def test_a_talk_begins_inside_tor_and_not_from_a_page_outside(self, house: House) -> None:
        host = ONION.removeprefix("http://")
        inside = house.browser().post("/", {"do": "begin"}, headers={"Host": host, "Origin": ONION})
        assert inside.status_code == 200
        assert "Is it safe for you to write now?" in inside.text
        outside = {"Host": host, "Origin": "https://hotline.example"}
        assert house.browser().post("/", {"do": "begin"}, headers=outside).status_code == 403
