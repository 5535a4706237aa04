"""Each of the 720 orders in which six events of one channel can come ends in the same state.

Events are what providers, callers and staff do at once: messages, their repeats, an edit, a STOP, the answer that leaves,
reports of it. The state is everything that is kept. What truly depends on order, the order of the lines, is compared as
a set: no order of two messages of different ids is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Connection, select

from hotline.contact import Channel
from hotline.desk.deliver import CannotAsk, Dispatch, deliver
from hotline.desk.gather import put_by, take_up
from hotline.desk.office import InFlight, Office
from hotline.desk.receive import receive, reply_left
from hotline.desk.reports import report
from hotline.desk.work import answer
from hotline.message import Attachment, Delivery, Erasure, Incoming, Report
from hotline.store import schema
from hotline.store.boxes import Seen
from hotline.store.writer import Tx
from tests.people import AMARA, NOW, OURS, Caller, hire

LATER = NOW + 5.0


@dataclass
class Provider:
    """Takes the answer, once or as often as it is given."""

    taken: list[str] = field(default_factory=list)

    def send(self, dispatch: Dispatch) -> str | None:
        self.taken.append(dispatch.text)
        return f"out {len(self.taken)}"

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        raise CannotAsk


@dataclass
class Here:
    """A writer that works inside one open transaction, so that each story can be undone in an instant."""

    tx: Tx

    def submit(self, do: Callable[[Tx], Any]) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(do(self.tx))
        return done

    def run(self, do: Callable[[Tx], Any]) -> Any:
        return do(self.tx)


class Room(Office):
    """An office whose every transaction is the one of the story."""

    def read(self, do: Callable[[Connection], Any]) -> Any:
        return do(self.writer.tx.connection)  # type: ignore[attr-defined]


@dataclass
class Story:
    """Amara's contact is Chloe's, and one answer of hers waits."""

    office: Office
    channel: Channel
    contact_id: str
    staff_id: int
    waiting: int | None
    tx: Tx
    provider: Provider = field(default_factory=Provider)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens in here has not happened afterwards."""
        before, undo = list(self.provider.taken), self.tx.connection.begin_nested()
        yield
        undo.rollback()
        self.provider.taken = before

    def lives(self, *names: str) -> dict[str, Any]:
        """The state after these events."""
        with self.undone():
            for name in names:
                EVENTS[self.channel][name](self)
            return self.state()

    def message(self, message_id: str, text: str, **more: Any) -> Incoming:
        return Incoming(self.channel, AMARA, OURS, message_id, text, **more)

    def hears(self, message_id: str, text: str, **more: Any) -> None:
        incoming = self.message(message_id, text, **more)
        reply = self.office.write(lambda tx: receive(self.office.desk, tx, incoming, LATER))
        if reply.digest is not None:
            reply_left(self.office, reply.digest)

    def fetches(self, *messages: tuple[str, str]) -> None:
        put_by(self.office, [self.message(*one) for one in messages], LATER)
        take_up(self.office, lambda incoming, said: None, LATER, self.fails)

    def fails(self, fault: Exception) -> None:
        raise fault

    def leaves(self) -> None:
        assert self.waiting is not None
        deliver(self.office, self.provider, self.waiting, LATER)

    def tells(self, delivery: Delivery, *, final: bool) -> None:
        told = Report(self.channel, "out 1", delivery, final)
        self.office.write(lambda tx: report(self.office.desk, tx, told, LATER))

    def answers(self, text: str) -> None:
        desk = self.office.desk
        self.office.write(lambda tx: answer(desk, tx, self.contact_id, self.staff_id, text, LATER))

    def state(self) -> dict[str, Any]:
        """Everything that is kept, without the order of lines and the times."""
        desk = self.office.desk

        def read(connection: Connection) -> dict[str, Any]:
            contact = desk.contacts.by_id(connection, self.contact_id)
            assert contact is not None
            lines = desk.contacts.lines(connection, contact)
            counted = {name: len(connection.execute(select(table)).all()) for name, table in _tables()}
            due = desk.erasures.due(connection, LATER + 86_400)
            return {
                "contact": (contact.state, contact.owner, contact.level, contact.opted_out, contact.nudged),
                "numbers": [number for number, _ in lines],
                "lines": sorted(
                    (line.speaker, line.text, line.edited, line.attachments, line.delivery) for _, line in lines
                ),
                "copies": sorted(str(_erasure(self.office, connection, one)) for one in due),
                "taken": self.provider.taken,
                **counted,
            }

        return dict(self.office.read(read))


def _tables() -> list[tuple[str, Any]]:
    kept = ("contacts", "messages", "vault", "outbox", "inbox", "sent", "erasures", "codes")
    return [(name, schema.metadata.tables[name]) for name in kept]


def _erasure(office: Office, connection: Connection, task_id: int) -> Erasure:
    row = connection.execute(select(schema.erasures).where(schema.erasures.c.id == task_id)).mappings().one()
    table: Any = office.desk.erasures._sealer(row["day"]).open("erasure", row["sealed"])
    return Erasure.from_table(table)


Event = Callable[[Story], None]
PHOTO = (Attachment.PHOTO,)

EVENTS: Mapping[Channel, Mapping[str, Event]] = {
    Channel.SMS: {
        "one": lambda story: story.hears("m1", "one"),
        "one, said again by Twilio": lambda story: story.hears("m1", "one"),
        "STOP": lambda story: story.hears("m2", "STOP", opted_out=True),
        "the answer leaves": lambda story: story.leaves(),
        "it is reported as sent": lambda story: story.tells(Delivery.SENT, final=False),
        "it is reported as delivered": lambda story: story.tells(Delivery.DELIVERED, final=True),
    },
    Channel.WHATSAPP: {
        "one": lambda story: story.hears("m1", "one"),
        "a photo": lambda story: story.hears("m2", "", attachments=PHOTO),
        "both are fetched": lambda story: story.fetches(("m1", "one"), ("m3", "three")),
        "the answer leaves": lambda story: story.leaves(),
        "it is reported as delivered": lambda story: story.tells(Delivery.DELIVERED, final=True),
        "it is reported as read": lambda story: story.tells(Delivery.READ, final=True),
    },
    Channel.TELEGRAM: {
        "one": lambda story: story.hears("1", "one", mark=11),
        "one, said again by Telegram": lambda story: story.hears("1", "one", mark=11),
        "one, edited": lambda story: story.hears("2", "one!", mark=11, edited=True),
        "two": lambda story: story.hears("3", "two", mark=12),
        "the answer leaves": lambda story: story.leaves(),
        "the bell rings twice": lambda story: story.leaves(),
    },
    Channel.WEBCHAT: {
        "one": lambda story: story.hears("page 1", "one"),
        "one, from the page sent twice": lambda story: story.hears("page 1", "one"),
        "two": lambda story: story.hears("page 2", "two"),
        "two, from the page sent twice": lambda story: story.hears("page 2", "two"),
        "Chloe answers": lambda story: story.answers("I am here."),
        "Chloe answers more": lambda story: story.answers("Are you safe?"),
    },
    Channel.SIGNAL: {
        "one is fetched": lambda story: story.fetches(("s1", "one")),
        "one and two are fetched": lambda story: story.fetches(("s1", "one"), ("s2", "two")),
        "two is fetched": lambda story: story.fetches(("s2", "two")),
        "one, edited": lambda story: story.hears("s3", "one!", mark=11, edited=True),
        "the answer leaves": lambda story: story.leaves(),
        "the bell rings twice": lambda story: story.leaves(),
    },
}


@contextmanager
def opened(office: Office, channel: Channel) -> Iterator[Story]:
    """The beginning of all stories of one channel, in a transaction that is never kept."""
    chloe = hire(office, "Chloe")
    contact = chloe.claims(Caller(office, channel=channel).asks_for_a_person())
    waiting = chloe.answers(contact, "Hello")
    with office.engine.connect().execution_options(writing=True) as connection, connection.begin() as never_kept:
        tx = Tx(connection)
        room = Room(replace(office.desk, in_flight=InFlight()), office.engine, Here(tx))  # type: ignore[arg-type]
        yield Story(room, channel, contact.id, chloe.id, waiting, tx)
        never_kept.rollback()


def ends(story: Story) -> dict[str, list[tuple[str, ...]]]:
    """Every state that comes of the 720 orders, each with the orders that lead to it. Common beginnings are lived once."""
    found: dict[str, list[tuple[str, ...]]] = {}

    def go_on(order: tuple[str, ...]) -> None:
        for name, event in EVENTS[story.channel].items():
            if name not in order:
                with story.undone():
                    event(story)
                    go_on((*order, name))
        if len(order) == len(EVENTS[story.channel]):
            found.setdefault(str(story.state()), []).append(order)

    go_on(())
    assert sum(map(len, found.values())) == 720
    return found


@pytest.mark.parametrize("channel", Channel)
def test_every_order_ends_in_the_same_state(sqlite_office: Office, channel: Channel) -> None:
    with opened(sqlite_office, channel) as story:
        found = ends(story)
        assert len(found) == 1, [(orders[0], state) for state, orders in found.items()]
        nothing_is_double(story.lives(*EVENTS[channel]), channel)


def nothing_is_double(state: Mapping[str, Any], channel: Channel) -> None:
    lines = state["lines"]
    assert len({line[:3] for line in lines}) == len(lines)
    assert state["numbers"] == list(range(1, len(lines) + 1))
    assert (state["outbox"], state["inbox"], state["contacts"]) == (0, 0, 1)
    if channel is not Channel.WEBCHAT:
        assert state["taken"] == ["Hello"]
    ids = [text for text in state["copies"] if "out 1" in text]
    assert len(ids) == (channel in (Channel.SMS, Channel.WHATSAPP))


class TestTwins:
    def test_without_the_memory_of_repeats_something_is_double(
        self, sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Seen, "first_time", lambda *_: True)
        with opened(sqlite_office, Channel.SMS) as story:
            state = story.lives(*EVENTS[Channel.SMS])
        with pytest.raises(AssertionError):
            nothing_is_double(state, Channel.SMS)

    def test_without_the_memory_of_early_reports_the_order_matters(
        self, sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Seen, "note_told", lambda *_: None)
        with opened(sqlite_office, Channel.WHATSAPP) as story:
            order = list(EVENTS[Channel.WHATSAPP])
            assert story.lives(*order) != story.lives(*reversed(order))
