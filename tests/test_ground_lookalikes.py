"""Addresses in a caller's words: found to be shown inert, with what is odd about them said in words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import lookalikes
from hotline.known import BRANDS
from hotline.lookalikes import SIGNS, Kind, Odd, imitated, pieces, shown

FOUND = {
    "https://example.com/a?b#c": (Kind.WEB, "example.com"),
    "www.example.com": (Kind.WEB, "www.example.com"),
    "WWW.EXAMPLE.COM": (Kind.WEB, "WWW.EXAMPLE.COM"),
    "example.no:8080/x": (Kind.WEB, "example.no"),
    "пример.рф": (Kind.WEB, "пример.рф"),
    "a.b+c@example.org": (Kind.EMAIL, "example.org"),
    "mailto:a@example.org": (Kind.EMAIL, "example.org"),
    "@boss_77": (Kind.NAME, ""),
    "+47 22 33 11 60": (Kind.PHONE, ""),
    "0047-22331160": (Kind.PHONE, ""),
    "٠٤٧٢٢٣٣١١": (Kind.PHONE, ""),
    "tel:112": (Kind.PHONE, ""),
}


@pytest.mark.parametrize(("text", "expected"), FOUND.items(), ids=list(FOUND))
@pytest.mark.parametrize("around", ["{}", "look at {} now", "({})", "«{}».", "{}, and", "\n{}\n"])
def test_what_looks_like_an_address_is_found(text: str, expected: tuple[Kind, str], around: str) -> None:
    found = [one for one in pieces(around.format(text)) if one.kind]
    assert [(one.text, one.kind, one.text[slice(*one.host)], one.odd) for one in found] == [(text, *expected, ())]


PLAIN = [
    "", " ", "He took my passport.He said so", "at 18.00", "2026-11-22", "22/11/2026", "1 000 000 kr", "1.5", "e.g.", "...",
    "I am 17", "112", "a@b", "@", "@@", "x@", "3 of us, 12 hours", "Да.Нет", "http", "http:", "://", "f(x).y()", "kr 12 000",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_words_and_numbers_that_are_no_address_stay_words(text: str) -> None:
    assert [one for one in pieces(text) if one.kind] == []


def test_an_address_without_spaces_around_is_found_in_languages_that_have_none() -> None:
    assert [one.text for one in pieces("请看telegram.org谢谢") if one.kind] == ["telegram.org"]


ODD = {
    "https://teIegram.org/x": {Odd.LIKE: "telegram.org"},
    "telegrarn.org": {Odd.LIKE: "telegram.org"},
    "te1egram.org": {Odd.LIKE: "telegram.org"},
    "whatsap.com": {Odd.LIKE: "whatsapp.com"},
    "whatsapp.com.evil.ru": {Odd.LIKE: "whatsapp.com"},
    "paypal-login.com": {Odd.LIKE: "paypal.com"},
    "udi.no.verify.com": {Odd.LIKE: "udi.no"},
    "mail@gmaiI.com": {Odd.LIKE: "gmail.com"},
    "раураl.com": {Odd.SCRIPTS: "", Odd.LIKE: "paypal.com"},
    "tеlegram.org": {Odd.SCRIPTS: "", Odd.LIKE: "telegram.org"},
    "exаmple.com": {Odd.SCRIPTS: ""},
    "@bоss": {Odd.SCRIPTS: ""},
    "xn--80ak6aa92e.com": {Odd.PUNYCODE: "аррӏе.com", Odd.LIKE: "apple.com"},
    "https://vipps.no@evil.com/": {Odd.USERINFO: ""},
    "https://vipps.no:pw@evil.com": {Odd.USERINFO: ""},
    "http://192.168.1.1/": {Odd.NUMBERS: ""},
    "192.168.1.1": {Odd.NUMBERS: ""},
    "http://2130706433/": {Odd.NUMBERS: ""},
    "http://0x7f.1/": {Odd.NUMBERS: ""},
    "http://[::1]/": {Odd.NUMBERS: ""},
    "javascript:alert": {Odd.SCHEME: "javascript"},
    "data:text/html": {Odd.SCHEME: "data"},
    "intent://x": {Odd.SCHEME: "intent"},
    "file:///etc/passwd": {Odd.SCHEME: "file"},
    "bit.ly/abc": {Odd.SHORT: ""},
    "exam\u200bple.com": {Odd.HIDDEN: ""},
    "https://example。com/": {},
    "https://evil.com\\@vipps.no": {},
}


@pytest.mark.parametrize(("text", "odd"), ODD.items(), ids=list(ODD))
def test_what_is_odd_is_named(text: str, odd: dict[Odd, str]) -> None:
    (found,) = [one for one in pieces(text) if one.kind]
    assert dict(found.odd) == odd


def test_the_host_is_where_a_browser_would_go() -> None:
    hosts = {
        "https://vipps.no@evil.com/a": "evil.com",
        "https://evil.com\\@vipps.no": "evil.com",
        "https://evil.com#@vipps.no": "evil.com",
        "https://evil.com?vipps.no": "evil.com",
        "vipps.no.evil.com/vipps.no": "vipps.no.evil.com",
    }
    for text, host in hosts.items():
        (found,) = [one for one in pieces(text) if one.kind]
        assert found.text[slice(*found.host)] == host


@pytest.mark.parametrize(
    "own", [own for _, owns in BRANDS for own in owns] + ["google.no", "www.google.co.uk", "m.vk.com"]
)
def test_a_known_name_is_not_said_to_imitate_itself(own: str) -> None:
    assert imitated(own) == ""
    assert imitated(f"www.{own}") == ""


@pytest.mark.parametrize(
    "host", ["example.org", "clearly.com", "hotline.example", "helse-bergen.no", "caritas.no", "navn.no"]
)
def test_an_honest_host_is_left_alone(host: str) -> None:
    assert imitated(host) == ""


def test_without_the_table_of_looks_the_same_trap_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookalikes, "skeleton", lambda text: text)
    monkeypatch.setattr(lookalikes, "_KNOWN", ())
    (found,) = [one for one in pieces("https://teIegram.org/x") if one.kind]
    assert found.odd == ()


def test_signs_that_turn_the_text_are_pieces_and_an_address_around_them_is_odd() -> None:
    found = pieces("a \u202ehttps://exa\u2066mple.com\u202c")
    assert [(one.kind, one.shown) for one in found] == [
        (Kind.TEXT, "a "),
        (Kind.SIGN, "RLO"),
        (Kind.SIGN, "LRI"),
        (Kind.WEB, "https://example.com"),
        (Kind.SIGN, "PDF"),
    ]
    assert found[3].odd == ((Odd.TURNED, ""),)
    assert shown("x\u202ey") == "x[RLO]y"


TEXT = st.text(st.sampled_from([*SIGNS, *"ab.@:/ \n0+-(xn，é中ب\u200b"]) | st.characters(codec="utf-8"), max_size=80)


@given(TEXT)
def test_nothing_is_lost_or_added(text: str) -> None:
    found = pieces(text)
    words = "".join(one.text for one in found if one.kind is not Kind.SIGN)
    assert words == "".join(letter for letter in text if letter not in SIGNS)
    assert sorted(one.text for one in found if one.kind is Kind.SIGN) == sorted(one for one in text if one in SIGNS)
    assert not any(sign in one.shown for one in found for sign in SIGNS)
    assert all(0 <= one.host[0] <= one.host[1] <= len(one.text) for one in found)


BITS = ("a.b@c.com ", "1 ", "a.", "@", "http://", "(1", "-", "1-", "+0", "\u202e", "xn--a.", "://", "1.1.")


@pytest.mark.parametrize("bit", BITS)
def test_the_longest_message_takes_no_time(bit: str) -> None:
    begun = time.thread_time()
    pieces(bit * (4096 // len(bit)))
    assert time.thread_time() - begun < 0.5
