"""The forms of the offer check: whatever comes in is a form of ours, or is refused in one sentence."""

from __future__ import annotations

import contextlib

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.offers.form import FORM, PARTS, Form, read_form
from bots.contract import Refused

NAMES, FILES = ("text", "job", "do"), ("picture",)


def sent(fields: dict[str, str], files: dict[str, tuple[str, bytes, str]] | None = None) -> tuple[bytes, str]:
    """A body as a browser writes it, and its kind."""
    request = httpx.Request("POST", "https://hotline.example/", data=fields, files=files)
    return request.read(), request.headers["content-type"]


def refusal(body: bytes, kind: str) -> str:
    with pytest.raises(Refused) as caught:
        read_form(body, kind, NAMES, FILES)
    return caught.value.sentence


def test_both_kinds_say_the_same() -> None:
    fields = {"text": "Zażółć\r\nعربي ไทย & = +", "job": "NO"}
    plain, _ = sent(fields)
    parts, kind = sent(fields, {"picture": ("x.png", b"\r\n--\0\xff", "image/png")})
    one = read_form(plain, FORM, NAMES, FILES)
    two = read_form(parts, kind, NAMES, FILES)
    assert one.fields == two.fields == fields
    assert two.files == {"picture": b"\r\n--\0\xff"}
    assert two.text("text") == "Zażółć\nعربي ไทย & = +"
    assert two.text("text", 3) == "Zaż"


def test_a_file_that_was_not_chosen_is_none_and_the_name_of_one_is_not_kept() -> None:
    parts, kind = sent({"text": ""}, {"picture": ("", b"", "application/octet-stream")})
    assert read_form(parts, kind, NAMES, FILES).files == {}
    plain, _ = sent({"text": "x", "picture": "Amara-passport.png"})
    assert read_form(plain, FORM, NAMES, FILES) == Form({"text": "x"})


def test_what_is_wrong_is_said_in_a_sentence() -> None:
    twice, unknown = b"text=a&text=b", b"text=a&name=Amara"
    assert refusal(twice, FORM) == refusal(unknown, FORM)
    assert refusal(unknown, FORM) == "The form holds a field twice, or one that this page does not have."
    assert refusal(b"text=%ff", FORM) == "The body is not a form in UTF-8."
    assert refusal(b"{}", "application/json") == f"The body must be a form ({FORM} or {PARTS})."
    assert refusal(b"", PARTS) == "The form does not say what parts its fields."
    parts, kind = sent({"text": "a"}, {"picture": ("x", b"y", "image/png")})
    assert refusal(parts[:-6], kind) == "The form is cut short, or holds too many fields."
    assert refusal(parts.replace(b'name="text"', b""), kind) == "The form holds a part without a name."
    wrong, kind = sent({}, {"text": ("x", b"y", "text/plain")})
    assert refusal(wrong, kind) == "The form holds a file where this page has none."
    assert refusal(b"&".join(b"text=" for _ in range(60)), FORM) == "The body is not a form in UTF-8."


def test_a_choice_that_the_page_does_not_have_is_refused() -> None:
    form = Form({"job": "NO", "do": ""})
    assert form.one_of("job", {"NO"}) == "NO"
    assert form.one_of("do", {"check"}) == form.one_of("nothing", {"x"}) == ""
    with pytest.raises(Refused):
        form.one_of("job", {"SE"})


@given(
    st.binary(max_size=400)
    | st.lists(
        st.sampled_from(
            [
                b"--x",
                b"--x--",
                b"\r\n",
                b"\r\n\r\n",
                b'Content-Disposition: form-data; name="text"',
                b'; filename="a"',
                b"=&%00",
            ]
        )
    ).map(b"".join),
    st.sampled_from([FORM, PARTS, f"{PARTS}; boundary=x", f'{PARTS}; boundary="x"', ""]),
)
@settings(max_examples=400, deadline=None)
def test_whatever_comes_in_is_a_form_or_refused(body: bytes, kind: str) -> None:
    with contextlib.suppress(Refused):
        form = read_form(body, kind, NAMES, FILES)
        assert set(form.fields) <= set(NAMES)
        assert set(form.files) <= set(FILES)
