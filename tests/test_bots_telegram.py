"""Amara writes on Telegram: each update is answered in its own response, and what is not for us is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from hotline.contact import Channel
from hotline.message import Attachment
from hotline.store.contacts import Contact
from hotline.store.schema import tallies
from tests.people import Caller, lines_of
from tests.server_help import SECRET, TELEGRAM, House, from_telegram, open_house, pressed, update

CHAT = 700_000_001
SAFE = "Hello. Is it safe for you to write now?"
BUTTONS = [[{"text": "1 It is safe", "callback_data": "safe"}], [{"text": "2 Not safe", "callback_data": "not_safe"}]]
WRONG_SECRET = "The X-Telegram-Bot-Api-Secret-Token header is missing or wrong.\n"
NOT_JSON = "The body is not JSON in UTF-8.\n"
NO_UPDATE = "The body is not an update of Telegram: update_id is missing.\n"
NOTHING: dict[str, Any] = {}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def quiet_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """For updates that leave nothing behind."""
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


def answer(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    table = response.json()
    assert isinstance(table, dict)
    return table


def contact_of(house: House) -> Contact:
    return Caller(house.office, str(CHAT), Channel.TELEGRAM).open_contact(time())


def to_a_person(house: House) -> None:
    for number, text in enumerate(["Hello, I need help", "person", "1", "1"], start=1):
        from_telegram(house, update(text, number))


def test_a_genuine_message_is_answered_with_buttons_in_the_same_response(house: House) -> None:
    assert answer(from_telegram(house, update("Hello, I need help"))) == {
        "method": "sendMessage",
        "chat_id": CHAT,
        "text": SAFE,
        "reply_markup": {"inline_keyboard": BUTTONS},
    }


def test_the_same_update_again_gets_nothing_once_the_answer_has_left(house: House) -> None:
    from_telegram(house, update("Hello, I need help"))
    assert answer(from_telegram(house, update("Hello, I need help"))) == NOTHING
    assert house.count("contacts") == [1]


@pytest.mark.parametrize("say", [update("1", 2), update("it is safe", 2), pressed("safe", 2)])
def test_a_number_words_and_a_button_say_the_same(house: House, say: dict[str, Any]) -> None:
    from_telegram(house, update("Hello, I need help"))
    assert answer(from_telegram(house, say))["text"] == "Are you in danger now? If so, call 112."


@pytest.mark.parametrize("data", ["no such choice", "", None, 7, "x" * 64])
def test_a_button_of_long_ago_is_answered_with_the_question_again(house: House, data: Any) -> None:
    from_telegram(house, update("Hello, I need help"))
    table = answer(from_telegram(house, pressed(data, 2)))
    assert table["text"] == f"I read that. Please send a number, or 0 for a person.\n{SAFE}"
    assert table["reply_markup"] == {"inline_keyboard": BUTTONS}


def test_a_message_that_was_changed_counts_as_said_anew(house: House) -> None:
    from_telegram(house, update("Hello, I need help"))
    edited = {"update_id": 500, "edited_message": {**update("1", 1)["message"], "edit_date": 1_795_262_500}}
    assert answer(from_telegram(house, edited))["text"].startswith("Are you in danger now?")


def test_what_was_changed_after_a_handoff_is_shown_to_chloe_as_changed(house: House) -> None:
    to_a_person(house)
    from_telegram(house, update("he locked me in", 8))
    edited = {**update("he locked us in", 8)["message"], "edit_date": 1_795_262_500}
    from_telegram(house, {"update_id": 500, "edited_message": edited})
    lines = lines_of(house.office, contact_of(house))
    assert [(line.text, line.edited) for line in lines] == [("he locked me in", False), ("he locked us in", True)]


def test_the_link_of_a_page_starts_a_talk_in_its_readers_language_and_counts_its_campaign(house: House) -> None:
    (slug, *_) = sorted(house.office.desk.campaigns)
    assert answer(from_telegram(house, update(f"/start {slug}_es", language="en")))["text"].startswith("Hola.")
    assert came(house) == [(slug, "es", 1)]
    assert lines_of(house.office, contact_of(house)) == []


def test_a_link_that_somebody_made_up_counts_nothing(house: House) -> None:
    assert answer(from_telegram(house, update("/start no-such-campaign_es")))["text"].startswith("Hola.")
    assert came(house) == []


def came(house: House) -> list[tuple[str, str, int]]:
    """Contacts that began with the link of a campaign's page, by campaign and language."""
    with house.office.engine.connect() as connection:
        query = select(tallies.c.first, tallies.c.second, tallies.c.count).where(tallies.c.kind == "came")
        return [tuple(row) for row in connection.execute(query)]


def test_an_app_in_an_unknown_language_is_offered_a_choice(house: House) -> None:
    table = answer(from_telegram(house, update("/start", language="xx")))
    assert [row[0]["callback_data"] for row in table["reply_markup"]["inline_keyboard"]] == [
        "en",
        "es",
        "ro",
        "ru",
        "ar",
        "th",
    ]


@pytest.mark.parametrize(
    ("content", "text", "kind"),
    [
        ({"sticker": {"file_id": "x", "emoji": "👍"}}, "", Attachment.STICKER),
        ({"photo": [{"file_id": "x"}]}, "", Attachment.PHOTO),
        ({"photo": [{"file_id": "x"}], "caption": "my papers"}, "my papers", Attachment.PHOTO),
        ({"voice": {"file_id": "x"}}, "", Attachment.AUDIO),
        ({"video_note": {"file_id": "x"}}, "", Attachment.VIDEO),
        ({"location": {"latitude": 1, "longitude": 2}}, "", Attachment.LOCATION),
        ({"contact": {"phone_number": "+4790000002"}}, "", Attachment.CARD),
        ({"document": {"file_id": "x", "file_name": "passport.pdf"}}, "", Attachment.FILE),
    ],
)
def test_a_file_is_named_to_chloe_and_never_fetched(
    house: House, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any], text: str, kind: Attachment
) -> None:
    asked: list[object] = []

    def no_traffic(_: object, address: object) -> None:
        asked.append(address)
        raise OSError("nothing is fetched")

    to_a_person(house)
    monkeypatch.setattr("socket.socket.connect", no_traffic)
    sent = update("", 9, **content)
    del sent["message"]["text"]
    from_telegram(house, sent)
    (line,) = lines_of(house.office, contact_of(house))
    assert (line.text, line.attachments) == (text, (kind,))
    assert set(asked) <= {("127.0.0.1", 9)}, "only Telegram itself may be told that the message came"


def test_a_forwarded_message_is_taken_as_words_and_its_author_is_not_kept(house: House) -> None:
    to_a_person(house)
    origin = {"type": "user", "sender_user": {"id": 5, "first_name": "Bogdan"}, "date": 1}
    from_telegram(house, update("come to the station", 9, forward_origin=origin))
    (line,) = lines_of(house.office, contact_of(house))
    assert line.text == "come to the station"


CALL = {"id": CHAT, "type": "private"}
NOT_FOR_US = {
    "a group": update("Hello, I need help", chat=-5) | {},
    "a supergroup": {"update_id": 1, "message": {"text": "hi", "chat": {"id": -100, "type": "supergroup"}}},
    "a channel post": {"update_id": 1, "channel_post": {"text": "hi", "chat": {"id": -1, "type": "channel"}}},
    "a poll": {"update_id": 1, "poll": {"id": "1"}},
    "a member who left": {"update_id": 1, "my_chat_member": {"chat": CALL}},
    "a button without its message": {"update_id": 1, "callback_query": {"id": "1", "data": "safe"}},
    "a button of an inline message": {"update_id": 1, "callback_query": {"id": "1", "inline_message_id": "5"}},
    "a button in a group": {
        "update_id": 1,
        "callback_query": {"id": "1", "data": "safe", "message": {"chat": {"id": -5, "type": "group"}}},
    },
    "a message without a chat": {"update_id": 1, "message": {"text": "hi"}},
    "a message that is a list": {"update_id": 1, "message": ["hi"]},
    "a message that is null": {"update_id": 1, "message": None},
    "only its number": {"update_id": 1},
}
NOT_FOR_US["a group"] = json.loads(json.dumps(NOT_FOR_US["a group"]).replace('"private"', '"group"'))


@pytest.mark.parametrize("body", NOT_FOR_US.values(), ids=list(NOT_FOR_US))
def test_what_is_not_for_us_is_acknowledged_and_left_alone(quiet_house: House, body: object) -> None:
    assert answer(from_telegram(quiet_house, body)) == NOTHING
    assert quiet_house.nothing_stored


REFUSED = {
    "not JSON": (b"update_id=1", NOT_JSON),
    "half an update": (b'{"update_id": 1, "mess', NOT_JSON),
    "nothing": (b"", NOT_JSON),
    "not UTF-8": (b'{"update_id": 1, "x": "\xff"}', NOT_JSON),
    "UTF-16": (json.dumps(update("hi")).encode("utf-16"), NOT_JSON),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(update("hi")).encode(), NOT_JSON),
    "a hundred thousand brackets": (b"[" * 100_000, NOT_JSON),
    "brackets inside a message": (b'{"update_id": 1, "message": ' + b'{"a":' * 40_000 + b"1", NOT_JSON),
    "a number of five thousand digits": (b'{"update_id": ' + b"9" * 5000 + b"}", NOT_JSON),
    "a list": (b"[]", NO_UPDATE),
    "a word": (b'"hello"', NO_UPDATE),
    "null": (b"null", NO_UPDATE),
    "no update_id": (json.dumps({"message": update("hi")["message"]}).encode(), NO_UPDATE),
    "an update_id in quotes": (b'{"update_id": "1"}', NO_UPDATE),
    "an update_id that is true": (b'{"update_id": true}', NO_UPDATE),
    "an update_id with a point": (b'{"update_id": 1.0}', NO_UPDATE),
    "a chat without a number": (
        json.dumps({"update_id": 1, "message": {"text": "hi", "chat": {"id": "5", "type": "private"}}}).encode(),
        "The update holds a chat without a number.\n",
    ),
}


@pytest.mark.parametrize(("body", "sentence"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_update_is_refused_in_one_sentence(quiet_house: House, body: bytes, sentence: str) -> None:
    response = from_telegram(quiet_house, body)
    assert (response.status_code, response.text) == (400, sentence)
    assert quiet_house.nothing_stored


@pytest.mark.parametrize(
    "secret",
    [None, "", "a guess", SECRET[:-1], f"{SECRET}x", SECRET.upper(), "\N{LATIN SMALL LETTER AE}" * len(SECRET)],
)
def test_without_the_secret_nothing_is_taken(quiet_house: House, secret: str | None) -> None:
    response = from_telegram(quiet_house, update("Hello, I need help"), secret)
    assert (response.status_code, response.text) == (403, WRONG_SECRET)
    assert quiet_house.nothing_stored


def test_the_secret_is_looked_at_before_the_body(quiet_house: House) -> None:
    assert from_telegram(quiet_house, b"not JSON", "a guess").status_code == 403


def test_a_long_body_is_refused(quiet_house: House) -> None:
    response = from_telegram(quiet_house, update("a" * 2_000_000))
    assert (response.status_code, response.text) == (413, "The body is longer than 262144 bytes.\n")
    assert quiet_house.nothing_stored


def test_a_webhook_is_called_with_post_only(quiet_house: House) -> None:
    response = quiet_house.browser().get(TELEGRAM)
    assert (response.status_code, response.text) == (405, "Webhooks are called with POST.\n")


@pytest.mark.parametrize(
    "odd",
    [{"language_code": 5}, {"language_code": "x" * 10_000}, {"language_code": None}, {"language_code": "zh-Hant-TW"}],
)
def test_an_odd_language_of_the_app_is_no_reason_to_fail(house: House, odd: dict[str, Any]) -> None:
    body = update("Hello, I need help")
    body["message"]["from"] |= odd
    assert answer(from_telegram(house, body))["text"] == SAFE


def test_half_of_a_pair_in_a_text_is_no_reason_to_fail(house: House) -> None:
    to_a_person(house)
    assert from_telegram(house, update("help \ud83d me", 9)).status_code == 200
    (line,) = lines_of(house.office, contact_of(house))
    assert line.text.startswith("help ")
