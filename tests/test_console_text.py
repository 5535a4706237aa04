"""Whatever a caller or a colleague wrote stands on the console as text, and nothing else happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import time

import pytest

from hotline.lookalikes import SIGNS
from tests.people import Caller
from tests.server_help import House, open_house, sign_in, waiting


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


NASTY = {
    "a script": "<script>alert(document.cookie)</script>",
    "an attribute": "\" onmouseover='alert(1)' x=\"",
    "a closing tag": "</textarea></li></ol><h1>Signed out</h1>",
    "a template": "{{ member.name }}{% raw %}",
    "letters that turn the line round": "\u202ehello\u202c \u2066x\u2069 \u200f",
    "ten thousand letters": "ж" * 10_000,
    "odd signs": "\x01\x02\ufffe 🏳️‍🌈 e\u0301\u0301\u0301",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_whatever_a_caller_writes_is_only_text(house: House, text: str) -> None:
    contact = waiting(house)
    Caller(house.office).writes(text, time(), id="nasty")
    chloe, member = sign_in(house, "Chloe")
    member.claims(contact, time())
    page = chloe.get(f"/staff/contacts/{contact.id}").text
    said = re.findall(r'<p class="said" dir="auto">(.*?)</p>', page, re.DOTALL)
    inert = re.compile(r'<bdi class="(?:inert [a-z ]+" dir="ltr|sign" title="[^"<>]+)">|</bdi>|</?b>')
    assert [unescape(inert.sub("", one)) for one in said] == [seen(text[:4096])]
    assert page.count("<script") == page.count("<script src=")
    assert "<h1>Signed out" not in page
    assert not re.search(r"<[^>]*onmouseover", page)


def seen(text: str) -> str:
    """As staff see it: a sign that would turn the text round stands there by its name."""
    return "".join(SIGNS.get(letter, letter) for letter in text)


def test_a_name_of_the_staff_is_only_text(house: House) -> None:
    browser, _ = sign_in(house, "<b>Chloe</b>")
    assert "&lt;b&gt;Chloe&lt;/b&gt;" in browser.get("/staff/").text
