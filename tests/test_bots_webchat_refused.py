"""Forms that the chat page did not make are refused in one sentence, on a page, and nothing of them is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server_help import FORM, House, open_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


REFUSED = {
    "an unknown field": ("do=begin&more=1", 400, "The form holds a field twice, or one that this page does not have."),
    "a field twice": ("do=begin&do=begin", 400, "The form holds a field twice, or one that this page does not have."),
    "an unknown deed": ("do=destroy", 400, "The form asks for something this page cannot do."),
    "no token": ("do=send&text=hi", 400, "The form does not say which talk it belongs to."),
    "a short token": (f"token=x&once={'y' * 22}&text=hi", 400, "The form does not say which talk it belongs to."),
    "an odd token": (
        f"token={'%3Cb%3E' * 8}&once={'y' * 22}&text=hi",
        400,
        "The form does not say which talk it belongs to.",
    ),
    "no once": (f"token={'x' * 32}&text=hi", 400, "The form does not say which talk it belongs to."),
    "nothing": ("", 400, "The form does not say which talk it belongs to."),
    "escapes that are not UTF-8": ("text=%ff", 400, "The body is not a form in UTF-8."),
    "more fields than there are": ("&".join(f"f{n}=1" for n in range(21)), 400, "The body is not a form in UTF-8."),
    "64 kilobytes": ("text=" + "a" * 66_000, 413, "The body is longer than 65536 bytes."),
}


@pytest.mark.parametrize(("body", "status", "sentence"), REFUSED.values(), ids=list(REFUSED))
def test_a_form_that_is_not_ours_is_refused_in_one_sentence(
    house: House, body: str, status: int, sentence: str
) -> None:
    response = house.browser().request("POST", "/en/chat", content=body, headers={"Content-Type": FORM})
    assert response.status_code == status
    assert f'<p class="detail" lang="en" dir="ltr">{sentence}</p>' in response.text
    assert house.nothing_stored


def test_json_is_no_form(house: House) -> None:
    response = house.browser().request("POST", "/en/chat", json={"do": "begin"})
    assert response.status_code == 415
    assert "The body must be a form (application/x-www-form-urlencoded)." in response.text


@pytest.mark.parametrize("language", ["fr", "EN", "xx", "en-GB", "..", "<b>"])
def test_a_language_that_is_not_offered_has_no_chat(house: House, language: str) -> None:
    response = house.browser().get(f"/{language}/chat")
    assert response.status_code == 404
    assert "<h1>This page is not here</h1>" in response.text


def test_a_form_on_another_site_cannot_open_or_write_a_talk(house: House) -> None:
    before = house.count("contacts")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        response = house.browser().post("/en/chat", {"do": "begin"}, headers=headers)
        assert response.status_code == 403
        assert "This message came from another site&#39;s page and was not taken." in response.text
    assert house.count("contacts") == before


def test_a_token_that_somebody_made_up_opens_no_talk(house: House) -> None:
    before = house.count("contacts")
    form = {"do": "send", "token": "x" * 32, "once": "y" * 22, "text": "He hits me"}
    assert house.browser().post("/en/chat", form).status_code == 200
    assert house.count("contacts") == before
