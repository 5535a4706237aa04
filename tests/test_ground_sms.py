"""How many parts an SMS takes, counted at every border, and how what is said is packed into them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.loopback.twilio_messages import GSM, GSM_ESCAPED
from hotline.contact import Channel
from hotline.message import Outgoing
from hotline.sms import is_gsm, parts, units
from hotline.store.shelf import Shelf
from hotline.triage.conversation import Conversation
from hotline.triage.effects import Effect, Say
from hotline.triage.script import Place
from hotline.triage.steps import say
from hotline.triage.wording import PARTS, Policy, Wording
from tests.people import LANGUAGES

SMILE = "😀"
"""A sign outside the basic plane: two units of UCS-2."""


@pytest.mark.parametrize(
    ("sign", "number", "found"),
    [
        ("a", 0, 1),
        ("a", 1, 1),
        ("a", 160, 1),
        ("a", 161, 2),
        ("a", 306, 2),
        ("a", 307, 3),
        ("a", 459, 3),
        ("a", 460, 4),
        ("я", 70, 1),
        ("я", 71, 2),
        ("я", 134, 2),
        ("я", 135, 3),
        ("я", 201, 3),
        ("я", 202, 4),
        ("€", 80, 1),
        ("€", 81, 2),
        (SMILE, 35, 1),
        (SMILE, 36, 2),
    ],
)
def test_a_part_more_begins_at_its_border_and_not_before(sign: str, number: int, found: int) -> None:
    assert parts(sign * number) == found


def test_the_tables_are_those_of_the_simulated_provider_and_of_their_size() -> None:
    every = {chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000 and is_gsm(chr(code))}
    assert every == GSM | GSM_ESCAPED
    assert len(every - GSM_ESCAPED) == 127, "128 places, of which one is the escape"
    assert {sign for sign in every if units(sign) == 2} == GSM_ESCAPED == set("^{}\\[~]|€\f")
    assert {units(sign) for sign in every} == {1, 2}


@pytest.mark.parametrize("sign", ["á", "ç", "ê", "ş", "ă", "`", "’", "…", "я", "ก", "ع", "中", SMILE])
def test_one_sign_that_is_not_in_the_tables_makes_the_whole_text_wide(sign: str) -> None:
    assert not is_gsm("a" * 69 + sign)
    assert parts("a" * 70) == parts("a" * 68 + sign) == 1
    assert parts("a" * 70 + sign) == 2
    assert units("a" * 10 + sign) == (12 if sign == SMILE else 11)


@pytest.mark.parametrize("sign", ["Ç", "à", "é", "Ø", "å", "ñ", "ü", "ß", "Ω", "¿", "@", "\n"])
def test_a_sign_of_the_basic_table_takes_one_place(sign: str) -> None:
    assert (parts(sign * 160), parts(sign * 161)) == (1, 2)


@pytest.mark.parametrize("sign", sorted("^{}\\[~]|€\f"))
def test_a_sign_of_the_extension_table_takes_two_places(sign: str) -> None:
    assert (parts("a" * 158 + sign), parts("a" * 159 + sign)) == (1, 2)
    assert (units(sign), units(sign + "я")) == (2, 2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("a" * 151 + "€" + "a" * 153, 2),
        ("я" * 66 + SMILE + "я" * 65, 2),
        ("я" * 66 + SMILE + "я" * 66, 3),
        ("я" * 65 + SMILE + "я" * 67, 2),
        (SMILE * 66, 2),
        (SMILE * 67, 3),
    ],
)
def test_no_sign_is_cut_in_two_at_the_end_of_a_part(text: str, found: int) -> None:
    """Found by this test: 306 places with a € across the border were counted as two parts, and are sent as three."""
    assert parts(text) == found


def packed(text: str) -> list[int]:
    """Places taken in each part, in another way than the product counts them."""
    gsm = all(sign in GSM or sign in GSM_ESCAPED for sign in text)
    sizes = [(2 if sign in GSM_ESCAPED else 1) if gsm else len(sign.encode("utf-16-le")) // 2 for sign in text]
    if sum(sizes) <= (160 if gsm else 70):
        return [sum(sizes)]
    found = [0]
    for size in sizes:
        if found[-1] + size > (153 if gsm else 67):
            found.append(0)
        found[-1] += size
    return found


@given(
    st.text(st.sampled_from("ab €^{é\n"), max_size=1200) | st.text(st.sampled_from(f"aя{SMILE}中€"), max_size=500),
    st.integers(0, 320),
)
def test_any_text_is_counted_as_it_is_packed_and_more_text_never_takes_less(text: str, cut: int) -> None:
    assert parts(text) == len(packed(text))
    assert units(text) == sum(packed(text))
    if is_gsm(text):
        assert parts(text[:cut]) <= parts(text)


OPENING = [Say(f"first_contact/{step}/say") for step in ("who_we_are", "what_is_kept", "limits")]


def worded(shelf: Shelf, language: str, channel: Channel, effects: list[Effect]) -> list[Outgoing]:
    policy = Policy("NO", minors=True, life=True)
    talk = Conversation(language)
    return Wording(shelf.words[language], shelf.offered, channel, talk, "112", policy).messages(effects)


def opening(shelf: Shelf) -> list[Effect]:
    return [*OPENING, say(shelf.scripts.step(Place("first_contact", "language")))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_long_leaves_by_sms_in_messages_of_two_parts_at_most_and_nothing_is_lost(
    shelf: Shelf, language: str
) -> None:
    (whole,) = worded(shelf, language, Channel.TELEGRAM, opening(shelf))
    messages = worded(shelf, language, Channel.SMS, opening(shelf))
    assert [parts(message.as_text()) for message in messages if parts(message.as_text()) > PARTS] == []
    assert len(messages) > 1
    assert [message.buttons for message in messages] == [()] * (len(messages) - 1) + [whole.buttons]
    said = "\n".join(message.text for message in messages).split("\n")
    assert len(said) == len(whole.text.split("\n"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_no_more_than_they_need_to_be(shelf: Shelf, language: str) -> None:
    messages = worded(shelf, language, Channel.SMS, opening(shelf))
    for one, other in pairwise(messages):
        first, *_ = other.text.split("\n")
        joined = Outgoing(f"{one.text}\n{first}", other.buttons if first == other.text else ())
        assert parts(joined.as_text()) > PARTS


def test_what_fits_into_two_parts_stays_one_message(shelf: Shelf) -> None:
    (message,) = worded(shelf, "en", Channel.SMS, [Say("desk/misheard"), say(shelf.scripts.step(shelf.scripts.start))])
    assert message.buttons
    assert parts(message.as_text()) <= PARTS
