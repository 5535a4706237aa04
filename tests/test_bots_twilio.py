"""Amara writes by SMS and WhatsApp: genuine posts of Twilio are answered in the same response, once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from time import time
from urllib.parse import urlencode

import httpx
import pytest

from hotline.contact import Channel
from hotline.message import Attachment
from hotline.sms import parts
from hotline.store.contacts import Contact
from hotline.triage.listen import CARRIER_WORDS, OPT_OUT_WORDS
from hotline.triage.wording import PARTS
from tests.people import AMARA, BOGDAN, Caller, lines_of
from tests.server_help import (
    FORM,
    PUBLIC,
    TWILIO,
    Form,
    House,
    Swapped,
    from_twilio,
    open_house,
    signature,
    sms,
    whatsapp,
    with_watch,
)

SAFE = "Hello. Is it safe for you to write now?\n1 It is safe\n2 Not safe"
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'
PICTURE = "I cannot open pictures or files here. Please write in words."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


def said(response: httpx.Response) -> list[str]:
    """The messages that Twilio would send on."""
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    return [message.text or "" for message in ET.fromstring(response.text).iter("Message")]  # noqa: S314


def contact_of(house: House, sender: str = AMARA, channel: Channel = Channel.SMS) -> Contact:
    return Caller(house.office, sender, channel).open_contact(time())


def to_a_person(house: House, make: object = sms) -> None:
    assert callable(make)
    for number, text in enumerate(["Hello, I need help", "person", "1", "1"], start=1):
        from_twilio(house, make(text, number))


def test_a_genuine_sms_is_answered_as_twiml(house: House) -> None:
    assert said(from_twilio(house, sms("Hello, I need help"))) == [SAFE]


def test_a_genuine_whatsapp_message_is_answered_and_is_another_contact_than_the_sms(house: House) -> None:
    from_twilio(house, sms("Hello, I need help"))
    assert said(from_twilio(house, whatsapp("Hello, I need help", 2))) == [SAFE]
    assert contact_of(house, channel=Channel.WHATSAPP).id != contact_of(house).id


def test_what_is_special_in_xml_is_only_text(house: House) -> None:
    with Swapped(house.office.desk, "emergency", '<a href="x">&112'):
        from_twilio(house, sms("Hello, I need help"))
        assert said(from_twilio(house, sms("1", 2)))[0].startswith(
            'Are you in danger now? If so, call <a href="x">&112.'
        )


def test_what_is_too_long_for_one_message_is_two_in_the_same_response_and_in_order(house: House) -> None:
    for number, text in enumerate(["Hello, I need help", "1"], start=1):
        from_twilio(house, sms(text, number))
    first, second = said(from_twilio(house, sms("2", 3)))
    assert first.startswith("We help people with work and travel.")
    assert second == "We go on in English.\n1 English is good\n2 Another language"
    assert max(parts(first), parts(second)) <= PARTS


def test_twilio_repeats_a_message_whose_answer_left_and_gets_nothing(house: House) -> None:
    form = sms("Hello, I need help")
    assert said(from_twilio(house, form)) == [SAFE]
    again = from_twilio(house, form)
    assert (again.status_code, again.text) == (200, EMPTY)
    assert house.count("contacts", "seen") == [1, 1]


def test_a_signature_may_be_used_again_only_for_the_same_message(house: House) -> None:
    form = sms("Hello, I need help")
    from_twilio(house, form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(form)}
    other = house.post(TWILIO, urlencode({**form, "MessageSid": "SM" + "f" * 32}).encode(), headers)
    assert other.status_code == 403


def test_two_people_who_write_the_same_have_two_contacts(house: House) -> None:
    from_twilio(house, sms("Hello, I need help", 1))
    from_twilio(house, sms("Hello, I need help", 2, sender=BOGDAN))
    assert house.count("contacts") == [2]


@pytest.mark.parametrize("word", sorted(OPT_OUT_WORDS))
def test_stop_words_belong_to_the_carrier_and_are_answered_by_nobody_else(house: House, word: str) -> None:
    to_a_person(house)
    assert said(from_twilio(house, sms(word.upper(), 9, OptOutType="STOP"))) == []
    assert contact_of(house).opted_out


@pytest.mark.parametrize("word", sorted(OPT_OUT_WORDS))
def test_a_stop_word_as_the_first_message_opens_no_contact(house: House, word: str) -> None:
    assert said(from_twilio(house, sms(word))) == []
    assert house.count("contacts") == [0]


@pytest.mark.parametrize("word", sorted(CARRIER_WORDS - OPT_OUT_WORDS))
def test_other_words_of_the_carrier_are_no_answer_to_a_question(house: House, word: str) -> None:
    from_twilio(house, sms("Hello, I need help"))
    assert said(from_twilio(house, sms(word.upper(), 2))) == [
        f"I read that. Please send a number, or 0 for a person.\n{SAFE}"
    ]


def test_an_empty_text_is_answered_with_the_choice_of_languages(house: House) -> None:
    (answer,) = said(from_twilio(house, sms("")))
    assert answer == "Language\n1 English\n2 Español\n3 Română\n4 Русский\n5 العربية\n6 ไทย"


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ({"NumMedia": "1", "MediaContentType0": "image/jpeg"}, Attachment.PHOTO),
        ({"NumMedia": "1", "MediaContentType0": "audio/amr"}, Attachment.AUDIO),
        ({"NumMedia": "1", "MediaContentType0": "video/mp4"}, Attachment.VIDEO),
        ({"NumMedia": "1", "MediaContentType0": "text/x-vcard"}, Attachment.CARD),
        ({"NumMedia": "1", "MediaContentType0": "application/pdf"}, Attachment.FILE),
        ({"NumMedia": "1"}, Attachment.FILE),
        ({"Latitude": "59.91", "Longitude": "10.75"}, Attachment.LOCATION),
    ],
)
def test_a_picture_is_named_to_chloe_and_never_fetched(
    house: House, monkeypatch: pytest.MonkeyPatch, media: Form, kind: Attachment
) -> None:
    def no_traffic(*_: object) -> None:
        raise AssertionError("something was fetched")

    to_a_person(house)
    monkeypatch.setattr("socket.socket.connect", no_traffic)
    where = {"MediaUrl0": "https://api.twilio.com/secret"} if "NumMedia" in media else {}
    from_twilio(house, sms("", 9, **media, **where))
    (line,) = lines_of(house.office, contact_of(house))
    assert (line.text, line.attachments) == ("", (kind,))


def test_a_picture_without_words_in_the_script_is_told_that_it_cannot_be_seen(house: House) -> None:
    from_twilio(house, sms("Hello, I need help"))
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/jpeg"}
    answers = said(from_twilio(house, sms("", 2, **media)))
    assert answers[0].startswith(PICTURE)


def test_more_pictures_than_twilio_sends_are_counted_to_ten(house: House) -> None:
    to_a_person(house)
    assert from_twilio(house, sms("look", 9, NumMedia="4000")).status_code == 200
    (line,) = lines_of(house.office, contact_of(house))
    assert line.attachments == (Attachment.FILE,) * 10


def test_an_odd_number_of_media_is_no_reason_to_fail(house: House) -> None:
    assert said(from_twilio(house, sms("Hello, I need help", NumMedia="many"))) == [SAFE]


def test_a_whatsapp_button_counts_as_its_choice(house: House) -> None:
    from_twilio(house, whatsapp("Hello, I need help"))
    answers = said(from_twilio(house, whatsapp("It is safe", 2, ButtonPayload="safe", ButtonText="It is safe")))
    assert answers[0].startswith("Are you in danger now?")


def test_ten_thousand_letters_are_taken_and_kept_to_the_longest(house: House) -> None:
    to_a_person(house)
    assert said(from_twilio(house, sms("ж" * 10_000, 9))) == ["Received. A person will read it."]
    (line,) = lines_of(house.office, contact_of(house))
    assert line.text == "ж" * 4096


def test_a_zero_byte_in_a_text_is_left_out(house: House) -> None:
    to_a_person(house)
    from_twilio(house, sms("before\0after", 9))
    (line,) = lines_of(house.office, contact_of(house))
    assert line.text == "beforeafter"


def test_the_number_is_stored_only_after_amara_agreed(house: House) -> None:
    from_twilio(house, sms("Hello, I need help", 1))
    from_twilio(house, sms("person", 2))
    assert house.count("contacts", "vault") == [1, 0]
    from_twilio(house, sms("1", 3))
    assert house.count("contacts", "vault") == [1, 0], "nobody is on duty, and she has not chosen to wait"
    from_twilio(house, sms("1", 4))
    assert house.count("contacts", "vault") == [1, 1]


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http", "X_Forwarded_For": "10.0.0.1"},
        {"Forwarded": "host=evil.example;proto=http"},
        {"Host": "evil.example"},
        {"X_Original_URL": "/webhooks/other", "X_Rewrite_URL": "/x"},
    ],
)
def test_headers_about_our_address_change_nothing(house: House, headers: dict[str, str]) -> None:
    assert said(from_twilio(house, sms("Hello, I need help"), **headers)) == [SAFE]


def test_a_webhook_address_with_a_query_is_signed_with_it(house: House) -> None:
    form = sms("Hello, I need help")
    path = f"{TWILIO}?from=twilio&n=1"
    headers = {"Content-Type": f"{FORM}; charset=UTF-8", "X-Twilio-Signature": signature(form, PUBLIC + path)}
    assert said(house.post(path, urlencode(form).encode(), headers)) == [SAFE]


def test_what_reaches_the_desk_is_what_twilio_signed(house: House) -> None:
    house, watched = with_watch(house, "twilio")
    from_twilio(house, sms("Hello & goodbye = ä 😀\r\n"))
    (incoming,) = watched.accepted
    assert (incoming.channel, incoming.sender, incoming.text) == (Channel.SMS, AMARA, "Hello & goodbye = ä 😀\r\n")


def test_a_number_of_media_in_odd_digits_is_no_reason_to_fail(house: House) -> None:
    assert said(from_twilio(house, sms("Hello, I need help", NumMedia="²"))) == [SAFE]
