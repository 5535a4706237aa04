"""Settings of the channels: what they are when nothing is said, and each mistake with its key and its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.surge import Bounds
from tests.test_settings import mistakes, settings

ONION = "http://" + "a2" * 28 + ".onion"
SERVICE, NOTE = "MG" + "0" * 32, "HX" + "1" * 32


def test_nothing_said_is_what_most_organisations_want(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.exit_url, found.onion, found.return_days) == ("https://www.wikipedia.org/", "", 7)
    assert (found.our_numbers, found.answers_from, found.messaging_service) == ((), "", "")
    assert (found.whatsapp_buttons, dict(found.whatsapp_notes)) == (True, {})
    assert (found.signal_number, found.signal_api_url) == ("", "http://127.0.0.1:8080")
    assert found.surge == Bounds(arrivals=60, replies=20, daily_parts=0)


def test_what_the_file_says_of_the_channels_is_taken(tmp_path: Path) -> None:
    config = f"""
[chat]
exit_url = "https://weather.example/"
onion = "{ONION}"
return_days = 0
[twilio]
numbers = ["+4712345678", "+4712345679"]
answers_from = "+4712345679"
messaging_service = "{SERVICE}"
[whatsapp]
buttons = false
notes = {{ en = "{NOTE}", zh-Hans = "{NOTE}" }}
[signal]
number = "+4712345670"
[surge]
arrivals = 10
replies = 5
daily_parts = 1000
"""
    found = settings(tmp_path, config, {"HOTLINE_SIGNAL_API_URL": "http://127.0.0.1:9922"})
    assert (found.exit_url, found.onion, found.return_days) == ("https://weather.example/", ONION, 0)
    assert found.our_numbers == ("+4712345678", "+4712345679")
    assert (found.answers_from, found.messaging_service) == ("+4712345679", SERVICE)
    assert (found.whatsapp_buttons, dict(found.whatsapp_notes)) == (False, {"en": NOTE, "zh-Hans": NOTE})
    assert (found.signal_number, found.signal_api_url) == ("+4712345670", "http://127.0.0.1:9922")
    assert found.surge == Bounds(10, 5, 1000)


def test_a_signal_number_is_something_real_so_there_is_no_demo_beside_it(tmp_path: Path) -> None:
    assert settings(tmp_path).demo
    assert not settings(tmp_path, '[signal]\nnumber = "+4712345670"').demo


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            '[twilio]\nnumbers = ["+47 123", 5]',
            "config.toml: twilio.numbers holds +47 123, 5: write numbers as +47123456789, without spaces.",
        ),
        (
            '[twilio]\nanswers_from = "12345"',
            "config.toml: twilio.answers_from holds 12345: write numbers as +47123456789, without spaces.",
        ),
        (
            '[signal]\nnumber = "me"',
            "config.toml: signal.number holds me: write numbers as +47123456789, without spaces.",
        ),
        (
            '[twilio]\nmessaging_service = "mine"',
            "config.toml: twilio.messaging_service must be MG and 32 signs, as Twilio's console shows it.",
        ),
        (
            '[whatsapp]\nnotes = { xx = "HX1" }',
            "config.toml: whatsapp.notes.xx must be a language's tag and the ContentSid (HX…) of its note.",
        ),
        ("[whatsapp]\nnotes = 5", "config.toml: whatsapp.notes = 5 must be a table."),
        (
            '[chat]\nonion = "http://here.onion"',
            "config.toml: chat.onion must be http:// and the 56 signs of a version 3 address and .onion",
        ),
        ('[chat]\nexit_url = "http://a.example"', "config.toml: chat.exit_url must begin with https://"),
        ("[chat]\nreturn_days = 30", "config.toml: chat.return_days = 30 must lie between 0 and 7."),
        (
            "[chat]\nreturn_days = 3",
            "config.toml: chat.return_days must be 7, as the words that callers read say, or 0 for no codes.",
        ),
        ("[surge]\narrivals = 1", "config.toml: surge.arrivals = 1 must lie between 5 and 100000."),
    ],
)
def test_a_mistake_is_told_with_its_key_and_its_remedy(tmp_path: Path, config: str, sentence: str) -> None:
    assert mistakes(tmp_path, config) == [sentence]
