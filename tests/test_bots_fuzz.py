"""Thousands of spoiled requests: never a fault, and nothing is taken that Twilio or Telegram did not send."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench import fuzz
from bots.sms import FIELDS
from hotline.message import Incoming
from tests.people import AMARA, BOGDAN
from tests.server_help import (
    FORM,
    SECRET,
    TELEGRAM,
    TWILIO,
    Form,
    House,
    Watched,
    open_house,
    pressed,
    signature,
    sms,
    update,
    whatsapp,
    with_watch,
)

MANY = settings(
    max_examples=1200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
FEWER = settings(MANY, max_examples=400)

Guarded = tuple[House, Watched]


@pytest.fixture(scope="module")
def at_twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with open_house(tmp_path_factory.mktemp("twilio")) as opened:
        yield with_watch(opened, "twilio")


@pytest.fixture(scope="module")
def at_telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with open_house(tmp_path_factory.mktemp("telegram")) as opened:
        yield with_watch(opened, "telegram")


def used(form: Form) -> tuple[str, ...]:
    """What the hotline uses of a form."""
    bare = [form[name].removeprefix("whatsapp:") for name in ("From", "To")]
    return (*bare, form["MessageSid"], form["Body"].replace("\0", ""))


def taken(incoming: Incoming) -> tuple[str, ...]:
    return incoming.sender, incoming.recipient, incoming.id, incoming.text


texts = st.one_of(
    st.sampled_from(["Hello, I need help", "1", "2", "person", "delete", "language", "STOP", "", "he has a knife"]),
    st.text(max_size=40),
)
names = st.one_of(st.sampled_from(sorted(FIELDS)), st.text(min_size=1, max_size=12))
numbers = st.integers(1, 2**32)
forms = st.builds(
    lambda make, text, number, sender: make(text, number, sender=sender),
    st.sampled_from([sms, whatsapp]),
    texts,
    numbers,
    st.sampled_from([AMARA, BOGDAN]),
)


@st.composite
def spoiled_forms(draw: st.DrawFn) -> tuple[Form, str, bytes]:
    """A genuine form, its signature, and another body."""
    genuine = draw(forms)
    other = dict(genuine)
    for _ in range(draw(st.integers(1, 3))):
        do, name = draw(st.sampled_from(["change", "drop", "add", "swap", "merge"])), draw(names)
        known = draw(st.sampled_from(sorted(other))) if other else name
        if do == "change":
            other[known] = draw(st.one_of(texts, st.just(other.get(known, "") + " "), st.just(BOGDAN)))
        elif do == "drop":
            other.pop(known, None)
        elif do == "add":
            other[name] = draw(texts)
        elif do == "swap" and name in other and known in other:
            other[name], other[known] = other[known], other[name]
        elif do == "merge" and known in other:
            other = merged(other, known)
    body = urlencode(other).encode()
    if draw(st.booleans()) and body:
        place = draw(st.integers(0, len(body) - 1))
        tail = b"" if draw(st.booleans()) else body[place + 1 :]
        body = body[:place] + draw(st.binary(max_size=3)) + tail
    return genuine, signature(genuine), body


def merged(form: Form, name: str) -> Form:
    """The form with the field after `name` swallowed by it, which leaves the signature as it was."""
    order = sorted(form)
    after = order[order.index(name) + 1 : order.index(name) + 2]
    rest = {key: value for key, value in form.items() if key not in after}
    return {**rest, name: form[name] + "".join(key + form[key] for key in after)}


def post_form(guarded: Guarded, body: bytes, signed: str) -> tuple[int, list[Incoming]]:
    return post(guarded, TWILIO, body, {"Content-Type": FORM, "X-Twilio-Signature": signed})


def post(guarded: Guarded, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, list[Incoming]]:
    """The status, and what was accepted; the log never holds more than that something was refused."""
    house, watched = guarded
    watched.accepted.clear()
    house.events.clear()
    response = house.post(path, body, headers, settled=False)
    assert all(json.loads(event).keys() == {"at", "event", "status"} for event in house.events)
    return response.status_code, watched.accepted


@MANY
@given(spoiled=spoiled_forms())
def test_a_spoiled_form_is_never_a_fault_and_never_other_words(
    at_twilio: Guarded, spoiled: tuple[Form, str, bytes]
) -> None:
    genuine, signed, body = spoiled
    status, accepted = post_form(at_twilio, body, signed)
    assert status in (200, 400, 403)
    assert bool(accepted) == (status == 200)
    assert all(taken(incoming) == used(genuine) for incoming in accepted)


@FEWER
@given(
    form=forms, more=st.dictionaries(st.sampled_from(sorted(FIELDS - {"AccountSid", "NumMedia"})), texts, max_size=6)
)
def test_whatever_twilio_signs_is_never_a_fault(at_twilio: Guarded, form: Form, more: Form) -> None:
    signed = form | more
    status, accepted = post_form(at_twilio, urlencode(signed).encode(), signature(signed))
    assert status in (200, 400)
    assert all(taken(incoming) == used(signed) for incoming in accepted)


pieces = st.one_of(
    st.sampled_from([*sorted(FIELDS), AMARA, BOGDAN, "SM" + "9" * 32, "whatsapp:", "1"]), st.text(max_size=4)
)


@FEWER
@given(text=st.lists(pieces, max_size=5).map("".join), number=numbers, choose=st.data())
def test_a_signature_cannot_be_cut_into_another_sender_recipient_or_message(
    at_twilio: Guarded, text: str, number: int, choose: st.DataObject
) -> None:
    """A signature joins names and values without a separator, so that Body may end early: nothing worse can be made."""
    genuine = sms(text, number)
    signed = "".join(name + genuine[name] for name in sorted(genuine))
    found = [match.span() for match in re.finditer("|".join(sorted(FIELDS, key=len, reverse=True)), signed)]
    cuts = [span for span in found if span[0] == 0 or choose.draw(st.integers(0, 5))]
    ends = [start for start, _ in cuts[1:]] + [len(signed)]
    other = {signed[start:end]: signed[end:until] for (start, end), until in zip(cuts, ends, strict=True)}
    _, accepted = post_form(at_twilio, urlencode(other).encode(), signature(genuine))
    for incoming in accepted:
        assert taken(incoming)[:3] == used(genuine)[:3]
        assert used(genuine)[3].startswith(incoming.text)


leaves = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=20), texts)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@st.composite
def spoiled_updates(draw: st.DrawFn) -> bytes:
    """A genuine update in which something was replaced, dropped or added, or whose bytes were."""
    number = draw(st.integers(1, 2**31))
    make: Any = draw(st.sampled_from([update, pressed]))
    table = make(draw(texts), number)
    if draw(st.booleans()):
        table[draw(st.sampled_from(["edited_message", "channel_post", "callback_query"]))] = table.pop("message", {})
    for _ in range(draw(st.integers(0, 3))):
        here = table
        while True:
            inner = [value for value in here.values() if isinstance(value, dict) and value]
            if not inner or draw(st.booleans()):
                break
            here = draw(st.sampled_from(inner))
        key = draw(st.one_of(st.sampled_from([*here, "text", "data", "photo", "caption", "type"]), st.text(max_size=6)))
        if draw(st.booleans()):
            here[key] = draw(anything)
        else:
            here.pop(key, None)
    body = json.dumps(table).encode()
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(body)))
        body = body[:place] + draw(st.binary(max_size=4)) + body[place + draw(st.integers(0, 4)) :]
    return body


@MANY
@given(body=spoiled_updates(), secret=st.sampled_from([SECRET] * 9 + [SECRET[1:], "", "a guess"]))
def test_a_spoiled_update_is_never_a_fault(at_telegram: Guarded, body: bytes, secret: str) -> None:
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
    status, accepted = post(at_telegram, TELEGRAM, body, headers)
    assert status in ((200, 400) if secret == SECRET else (403,))
    if accepted:
        assert secret == SECRET
        assert json.loads(body)["update_id"] == int(accepted[0].id)


def test_after_all_this_nothing_had_to_be_put_aside(at_twilio: Guarded, at_telegram: Guarded) -> None:
    assert at_twilio[0].count("inbox") == at_telegram[0].count("inbox") == [0]


SPOILED = 20_000


def test_of_twenty_thousand_spoiled_requests_none_is_a_fault_and_none_is_taken_for_another() -> None:
    """Messages, status callbacks, updates, pages of the chat and envelopes of Signal, by the hand of `make soak`."""
    result = fuzz.throw(SPOILED, seed=2026)
    assert (result["faults"], result["differing"]) == ([], [])
    assert result["thrown"] == SPOILED
    assert set(result["taken"]) == set(fuzz.KINDS), "of every kind some must still be taken, or nothing was tried"


def test_the_hand_that_spoils_notices_a_gate_without_a_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twilio.request_validator.RequestValidator.validate", lambda *_: True)
    assert fuzz.throw(2_000, seed=2026)["differing_count"] > 0


def test_a_fault_in_what_reads_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.telegram_updates._text", lambda _: 1 // 0)
    assert fuzz.throw(500, seed=2026)["faults_count"] > 0


def test_a_field_swallowed_by_its_neighbour_is_refused(at_twilio: Guarded) -> None:
    """Found by the hand that spoils: Twilio signs names and values joined, so the tap went into the words, or the STOP
    into a number, and the signature still fitted."""
    tapped = whatsapp("Hello", ButtonPayload="safe", ButtonText="It is safe")
    opted = sms("STOP", 2, OptOutType="STOP")
    for form, name in ((tapped, "Body"), (tapped, "ButtonPayload"), (opted, "NumSegments"), (opted, "OptOutType")):
        status, accepted = post_form(at_twilio, urlencode(fuzz.swallowed(form, name)).encode(), signature(form))
        assert (status, accepted) == (400, [])
