"""Amara's whole way through Twilio: webhook, reply, receipts, buttons, an outage, and nothing left there in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest

from app.worker import Worker
from bots.loopback.twilio import Twilio as LoopbackTwilio
from hotline.contact import Channel
from hotline.events import Log
from hotline.message import Delivery, Speaker
from tests.loopback_help import Server
from tests.people import AMARA, Caller, hire, lines_of
from tests.server_help import ACCOUNT, PUBLIC, TOKEN, TWILIO, House, open_house

SAFE = "Hello. Is it safe for you to write now?"
WHATSAPP = f"whatsapp:{AMARA}"


class Story:
    """A house, the simulated Twilio that calls it and is called by it, and a worker by a clock that we move."""

    def __init__(self, house: House, provider: Server) -> None:
        self.house = house
        self.later = 0.0
        self.twilio = LoopbackTwilio(
            ACCOUNT, TOKEN, webhook_url=PUBLIC + TWILIO, pace=0.0, retry_wait=0.001, client_factory=self._client,
            clock=self.clock,
        )  # fmt: skip
        self.twilio.receipts.held = True
        provider.app = self.twilio.app
        self.worker = Worker(house.office, house.server.bots, Log(house.events.append), self.clock)

    def clock(self) -> float:
        return time() + self.later

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self.house.app))

    def run(self, doing: Any) -> Any:
        done = self.house.runner.run(doing)
        self.house.settle()
        return done

    def writes(self, *texts: str, whatsapp: bool = False) -> list[str]:
        for text in texts:
            delivery = self.run(self.twilio.write(AMARA, text, whatsapp=whatsapp, retries=0))
        return list(delivery.replies)

    def is_told(self) -> set[int | None]:
        """Twilio tells what it has to tell; what we answered."""
        before = len(self.twilio.receipts.told)
        self.run(self.twilio.receipts.let_go(early=True))
        return {answered for _, answered in self.twilio.receipts.told[before:]}

    def works(self, until: Callable[[], object], step: float = 61.0) -> None:
        for _ in range(20):
            self.worker.reconcile()
            if until():
                return
            self.later += step
        raise AssertionError(f"it has not come true; what was logged: {self.house.events[-3:]}")


@pytest.fixture(scope="module")
def provider() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def story(tmp_path: Path, provider: Server) -> Iterator[Story]:
    with open_house(tmp_path, twilio_api_url=provider.url) as house:
        yield Story(house, provider)


def test_nothing_that_amara_or_we_wrote_is_left_at_twilio(story: Story) -> None:
    assert story.writes("Hello, I need help", "1")[-1].startswith("Are you in danger now?")
    assert len(story.twilio.messages) == 4
    assert story.is_told() == {204}
    story.works(lambda: not story.twilio.messages)
    assert len(story.twilio.deleted) == 4
    assert len(story.twilio.thread(AMARA)) == 4, "her own phone keeps them, as we tell her"


def test_a_reply_whose_carrier_gives_no_receipt_is_deleted_at_twilio_some_hours_later(story: Story) -> None:
    story.writes("Hello, I need help")
    story.run(story.twilio.receipts.let_go(lambda due: [one for one in due if one.status == "sent"]))
    story.works(lambda: len(story.twilio.messages) == 1)
    story.works(lambda: not story.twilio.messages, step=3 * 3600.0)


def test_an_answer_of_chloe_is_seen_to_arrive_and_then_deleted_at_twilio(story: Story) -> None:
    story.writes("Hello, I need help", "person", "1", "1")
    now = story.clock()
    contact = Caller(story.house.office).open_contact(now)
    chloe = hire(story.house.office, "Chloe")
    contact = chloe.claims(contact, now)
    chloe.answers(contact, "I am Chloe. Are you alone?", now)
    story.works(lambda: story.twilio.sent)

    def delivery() -> Delivery:
        contact = Caller(story.house.office).open_contact(story.clock())
        lines = lines_of(story.house.office, contact)
        return next(line.delivery for line in lines if line.speaker is Speaker.RESPONDER)

    assert delivery() is Delivery.SENT
    story.is_told()
    assert delivery() is Delivery.DELIVERED
    story.works(lambda: not story.twilio.messages)


def test_on_whatsapp_she_taps_her_way_to_the_next_question(story: Story) -> None:
    assert story.writes("Hello, I need help", whatsapp=True) == []
    (_, question) = story.twilio.thread(WHATSAPP)
    assert (question.text, [button.title for button in question.buttons]) == (SAFE, ["1 It is safe", "2 Not safe"])
    story.run(story.twilio.tap(AMARA, question.buttons[0].id))
    assert story.twilio.thread(WHATSAPP)[-1].text.startswith("Are you in danger now?")
    story.is_told()
    story.works(lambda: not story.twilio.messages)


def test_what_she_wrote_while_we_were_away_is_fetched_answered_once_and_deleted(story: Story) -> None:
    story.twilio.webhook_url = None
    story.writes("Hello, I need help")
    story.writes("1")
    story.twilio.webhook_url = PUBLIC + TWILIO
    story.works(lambda: story.twilio.sent, step=20.0)
    story.works(lambda: not story.twilio.receipts.pending or story.is_told())
    story.works(lambda: not story.twilio.messages)
    (said,) = (entry.text for entry in story.twilio.thread(AMARA) if entry.who == "hotline")
    assert said.startswith(SAFE), "both were read together, and answered once"
    assert story.house.count("inbox") == [0]


def test_the_fallback_address_gets_the_same_message_and_answers_it(story: Story) -> None:
    story.twilio.fallback_url = PUBLIC + TWILIO
    story.twilio.webhook_url = PUBLIC + "/webhooks/nobody"
    assert story.writes("Hello, I need help") == [f"{SAFE}\n1 It is safe\n2 Not safe"]
    assert story.house.count("contacts") == [1]


def test_long_words_in_any_alphabet_come_whole_to_the_desk(story: Story) -> None:
    story.writes("Hello, I need help", "person", "1", "1")
    texts = ["a" * 1600, "ж" * 1600, "😀" * 800, "Tu es là ? 🙏🏽 مرحبا สวัสดี €"]
    story.writes(*texts)
    contact = Caller(story.house.office).open_contact(story.clock())
    assert [line.text for line in lines_of(story.house.office, contact) if line.speaker is Speaker.CALLER] == texts


def test_nobody_can_tell_us_that_an_answer_failed_but_twilio(story: Story) -> None:
    story.writes("Hello, I need help")
    (receipt, *_) = story.twilio.receipts.pending
    forged = story.house.post(
        f"{TWILIO}/status",
        b"&".join(f"{name}={value}".encode() for name, value in receipt.form.items()),
        {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x" * 28},
    )
    assert (forged.status_code, story.house.count("erasures")) == (403, [1])


def test_whatsapp_and_sms_of_one_number_are_two_contacts(story: Story) -> None:
    story.writes("Hello, I need help")
    story.writes("Hello, I need help", whatsapp=True)
    now = story.clock()
    one, two = (Caller(story.house.office, AMARA, one).open_contact(now) for one in (Channel.SMS, Channel.WHATSAPP))
    assert one.id != two.id
