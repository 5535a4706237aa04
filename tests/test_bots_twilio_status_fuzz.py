"""Thousands of spoiled status callbacks: never a fault, and nothing is believed that Twilio did not say."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.contract import Refused, Request
from bots.sms import Twilio
from bots.twilio_form import STATUS_FIELDS
from hotline.message import Report
from tests.people import AMARA, BOGDAN, OURS
from tests.server_help import ACCOUNT, FORM, PUBLIC, TOKEN, signature

STATUS = f"{PUBLIC}/webhooks/twilio/status"
USED = ("MessageSid", "MessageStatus", "To", "ErrorCode")
MANY = settings(max_examples=2000, deadline=None, derandomize=True, database=None)
FEWER = settings(MANY, max_examples=700)
Form = dict[str, str]

BOT = Twilio(ACCOUNT, TOKEN, PUBLIC, "http://127.0.0.1:9")

statuses = st.sampled_from(["sent", "delivered", "read", "failed", "undelivered", "queued", "odd"])
values = st.one_of(statuses, st.sampled_from(["", "21610", "63016", AMARA, BOGDAN, "whatsapp:"]), st.text(max_size=20))
names = st.one_of(st.sampled_from(sorted(STATUS_FIELDS)), st.text(min_size=1, max_size=12))


@st.composite
def genuine_forms(draw: st.DrawFn) -> Form:
    sid, status = f"SM{draw(st.integers(1, 2**64)):032x}", draw(statuses)
    prefix = draw(st.sampled_from(["", "whatsapp:"]))
    more = draw(st.sampled_from([{}, {"ErrorCode": "21610"}, {"ErrorCode": "63016"}, {"RawDlrDoneDate": "2601010000"}]))
    about = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "AccountSid": ACCOUNT}
    return {**about, "From": prefix + OURS, "To": prefix + AMARA, "ApiVersion": "2010-04-01", **more}


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[Form, bytes]:
    """A genuine form and another body."""
    genuine = draw(genuine_forms())
    other = dict(genuine)
    for _ in range(draw(st.integers(1, 3))):
        known = draw(st.sampled_from(sorted(other)))
        do = draw(st.sampled_from(["change", "drop", "add", "merge", "split"]))
        if do == "change":
            other[known] = draw(values)
        elif do == "drop" and len(other) > 1:
            del other[known]
        elif do == "add":
            other[draw(names)] = draw(values)
        elif do == "merge":
            order = sorted(other)
            after = order[order.index(known) + 1 :][:1]
            other[known] += "".join(one + other.pop(one) for one in after)
        elif do == "split" and other[known]:
            place = draw(st.integers(0, len(other[known]) - 1))
            other[known + other[known][: place + 1]] = other[known][place + 1 :]
            del other[known]
    body = urlencode(other).encode()
    if draw(st.booleans()) and body:
        place = draw(st.integers(0, len(body) - 1))
        body = body[:place] + draw(st.binary(max_size=3)) + body[place + draw(st.integers(0, 2)) :]
    return genuine, body


def asked(body: bytes, signed: str) -> Report | Refused | None:
    try:
        return BOT.report(Request({"content-type": FORM, "x-twilio-signature": signed}, body))
    except Refused as refusal:
        return refusal


def believed_something_else(case: tuple[Form, bytes]) -> bool:
    """Whether a spoiled callback was taken although it differs in what we use of it."""
    genuine, body = case
    answer = asked(body, signature(genuine, STATUS))
    if isinstance(answer, Refused):
        return False
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return any(form.get(name) != genuine.get(name) for name in USED)


@MANY
@given(spoiled())
def test_no_spoiled_status_is_believed(case: tuple[Form, bytes]) -> None:
    assert not believed_something_else(case)


@FEWER
@given(st.dictionaries(names, values, max_size=12), genuine_forms())
def test_whatever_twilio_signs_is_never_a_fault(form: Form, genuine: Form) -> None:
    for one in (form, {**genuine, **form}):
        answer = asked(urlencode(one).encode(), signature(one, STATUS))
        assert answer is None or isinstance(answer, (Report, Refused))
        if isinstance(answer, Refused):
            assert answer.sentence.endswith(".")


def test_with_the_signature_unchecked_a_spoiled_status_would_be_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twilio.request_validator.RequestValidator.validate", lambda *_: True)
    with pytest.raises(AssertionError):
        test_no_spoiled_status_is_believed()
