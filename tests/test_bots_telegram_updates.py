"""What an update carries beside the words: where it stands in the chat, which page led here, and in which language."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.contract import Request
from bots.telegram import Telegram
from bots.telegram_updates import linked
from hotline.message import Incoming
from tests.server_help import BOT_TOKEN, NOWHERE, SECRET, pressed, update

BOT = Telegram(BOT_TOKEN, SECRET, NOWHERE)


def heard(body: dict[str, Any]) -> Incoming:
    headers = {"x-telegram-bot-api-secret-token": SECRET}
    incoming = BOT.receive(Request(headers, json.dumps(body).encode()))
    assert incoming is not None
    return incoming


@pytest.mark.parametrize(
    ("payload", "campaign", "language"),
    [
        ("restaurant-work-norway_ar", "restaurant-work-norway", "ar"),
        ("work-in-a-home_zh-Hans", "work-in-a-home", "zh-Hans"),
        ("work_zh-hans", "work", "zh-Hans"),
        ("work_no", "work", "nb"),
        ("an_odd_name_es", "an_odd_name", "es"),
        ("_th", None, "th"),
    ],
)
def test_a_link_carries_the_page_and_its_language(payload: str, campaign: str | None, language: str) -> None:
    said = heard(update(f"/start {payload}", language="en"))
    assert (said.text, said.campaign, said.language) == ("", campaign, language)


@pytest.mark.parametrize(
    "payload",
    [
        "", "es", "work_", "_", "work_xx", "work_zh-TW", "a" * 60 + "_xyz",
    ],
)  # fmt: skip
def test_a_link_that_is_none_of_ours_is_neither_taken_nor_shown(payload: str) -> None:
    said = heard(update(f"/start {payload}", language="ro"))
    assert (said.text, said.campaign, said.language) == ("", None, "ro")


@pytest.mark.parametrize(
    "words",
    [
        "please help me he will kill me tonight", "work es", "work_es please", "work_es\nhe hits me", "¡ayuda!", "помогите",
        "work_es/../x", "a" * 62 + "_es", "x" * 4000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("start", ["/start ", "/start@sample_bot ", "/start\n"])
def test_what_no_link_can_carry_was_written_by_a_person_and_is_words(start: str, words: str) -> None:
    said = heard(update(f"{start}{words}", language="ro"))
    assert (said.text, said.campaign, said.language) == (words, None, "ro")


@pytest.mark.parametrize("text", ["/start", "/start@sample_bot", "/start@sample_bot _es"])
def test_a_start_says_nothing(text: str) -> None:
    assert heard(update(text)).text == ""


@pytest.mark.parametrize("text", ["/started crying", "start", " /start", "I pressed /start _es"])
def test_what_only_looks_like_a_start_is_words(text: str) -> None:
    assert heard(update(text)).text == text


@given(st.text(max_size=80))
def test_no_payload_yields_more_than_a_page_and_a_known_language(payload: str) -> None:
    campaign, language = linked(payload)
    assert campaign is None or (payload.startswith(f"{campaign}_") and len(payload) <= 64 and campaign.isascii())
    assert language is not None or campaign is None


def test_a_message_has_its_place_in_the_chat() -> None:
    said = heard(update("Hello", 17))
    assert (said.mark, said.tap, said.edited) == (17, None, False)


def test_a_pressed_button_has_the_place_of_its_message_and_a_name() -> None:
    said = heard(pressed("safe", 18))
    assert (said.mark, said.tap, said.choice, said.text) == (18, "18", "safe", "")


def test_a_changed_message_is_known_as_changed_and_has_an_id_of_its_own() -> None:
    first = heard(update("Hello", 5))
    edited = heard({"update_id": 900, "edited_message": {**update("Hello you", 5)["message"], "edit_date": 1}})
    assert (edited.text, edited.edited, edited.mark) == ("Hello you", True, first.mark)
    assert edited.id != first.id


@pytest.mark.parametrize("number", [None, "5", 0, -1, True, 2.0, 2**60])
def test_an_odd_place_is_no_place(number: Any) -> None:
    body = update("Hello")
    body["message"]["message_id"] = number
    assert heard(body).mark is None


@pytest.mark.parametrize("name", [None, 5, ["1"]])
def test_an_odd_press_has_no_name(name: Any) -> None:
    body = pressed("safe", 2)
    body["callback_query"]["id"] = name
    assert heard(body).tap is None
