"""The picture that an authenticator app scans: it stands in the answer to one press, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno

from hotline.console.account import QUIET, picture_of
from tests.accounts_help import account, signs_in
from tests.server_help import House, open_house

LINK = "otpauth://totp/Hotline:Chloe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Hotline"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


def drawn(side: int, path: str) -> list[list[bool]]:
    """The square that a browser draws from the path."""
    square = [[False] * side for _ in range(side)]
    for across, down in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
        square[int(down)][int(across)] = True
    return square


def test_what_is_drawn_is_the_code_of_the_link_with_white_around_it() -> None:
    picture = picture_of(LINK)
    square = drawn(picture["side"], picture["path"])
    inner = [row[QUIET:-QUIET] for row in square[QUIET:-QUIET]]
    expected = [[bool(dark) for dark in row] for row in segno.make(LINK, error="m", micro=False).matrix]
    assert inner == expected
    assert sum(map(sum, square)) == sum(map(sum, expected)), "nothing is drawn in the white around it"


def test_the_picture_stands_beside_the_key_and_holds_the_same(house: House) -> None:
    account(house)
    chloe = house.browser()
    signs_in(chloe)
    response = chloe.post("/staff/account/app")
    (secret,) = re.findall(r'data-secret="(\w+)"', response.text)
    (link,) = re.findall(r'<a href="(otpauth://[^"]+)"', response.text)
    (path,) = re.findall(r'<path fill="#000" d="([^"]+)"', response.text)
    assert f"secret={secret}" in link
    assert path == picture_of(link.replace("&amp;", "&"))["path"]
    assert response.headers["cache-control"] == "no-store"
    svg = response.text[response.text.index("<svg") : response.text.index("</svg>")]
    assert "style" not in svg
    assert "<script" not in svg


def test_it_is_seen_once(house: House) -> None:
    account(house)
    chloe = house.browser()
    signs_in(chloe)
    chloe.post("/staff/account/app")
    assert "<svg" not in chloe.get("/staff/account").text
