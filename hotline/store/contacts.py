"""Open contacts and their lines. Clear columns hold what the queue is ordered by; everything said is sealed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, insert, null, select, update
from sqlalchemy.engine import RowMapping

from hotline.contact import Channel, Level, State
from hotline.message import Attachment, Delivery, Line, Speaker
from hotline.store.keys import KeyGone, KeyRing, Sealer, day_of
from hotline.store.prepared import Prepared, Row, among
from hotline.store.schema import OF_CONTACT, contacts, messages
from hotline.store.writer import Tx
from hotline.triage.conversation import Conversation

_COLUMNS = (
    "day", "state", "level", "opened_at", "touched_at", "waiting_since", "owner", "fence", "next_line", "kept_until",
    "lower", "likeness", "second", "second_in", "sealed",
)  # fmt: skip


def _by_handle(_: str, count: int) -> Select[Any]:
    query = select(contacts).where(contacts.c.handle.in_(among(count)))
    return query.order_by(contacts.c.opened_at).with_for_update()


_BY_HANDLE = Prepared(_by_handle)
_ADD = Prepared(
    lambda *_: insert(contacts).values({name: bindparam(name) for name in (*_COLUMNS, "id", "handle", "reply_to")})
)
_ADD_LINE = Prepared(
    lambda *_: insert(messages).values({name: bindparam(name) for name in ("contact_id", "number", "sealed")})
)
_REPLIES_LEFT = Prepared(
    lambda _, count: update(contacts).where(contacts.c.reply_to.in_(among(count))).values(reply_to=null())
)


def _save(*more: str) -> Prepared:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*_COLUMNS, *more)}
    return Prepared(lambda *_: update(contacts).where(contacts.c.id == bindparam("this")).values(values))


_SAVE, _SAVE_REPLYING = _save(), _save("reply_to")


class Reader(NamedTuple):
    """A supervisor who reads along until then, which whoever has the contact can see."""

    staff_id: int
    name: str
    until: float


@dataclass(frozen=True, slots=True)
class Contact:
    """An open contact, unsealed. `fence` rises with every claim: an answer that carries an old one is refused.

    `heard_at`: when the caller last wrote. `first_mark`, `last_mark`: the place of their first message in the chat, and the
    furthest that we know of. `nudged`: a note that an answer waits has been sent. `kept_until`: the caller may come back by
    a code until then. `lower`: staff put this sender into the lower lane. `likeness`: contacts whose first words were nearly
    the same share one. `unsaid`: a turn of the script that was held back: what it would have said, and where the
    conversation would stand. `second`: a colleague who was asked to join, or, with `second_in`, who has joined and reads and
    writes too; of a contact that waits, the colleague it is meant for. `ticks`: what its responders have ticked on the
    safety checklist. `answered_at`: when a person last wrote to the caller. `met`: who of the staff the caller knows to be
    writing. `pending`: what the caller is asked whether it may go to a partner. `readers`: supervisors who read along.
    """

    id: str
    day: int
    channel: Channel
    state: State
    opened_at: float
    touched_at: float
    conversation: Conversation
    waiting_since: float | None = None
    owner: int | None = None
    fence: int = 0
    next_line: int = 1
    last_reply: tuple[dict[str, Any], ...] = ()
    opted_out: bool = False
    counted: tuple[str, ...] = field(default=())
    heard_at: float = 0.0
    first_mark: int | None = None
    last_mark: int | None = None
    nudged: bool = False
    kept_until: float | None = None
    lower: bool = False
    likeness: bytes | None = None
    unsaid: dict[str, Any] | None = None
    second: int | None = None
    second_in: bool = False
    met: tuple[int, ...] = ()
    pending: dict[str, Any] | None = None
    ticks: tuple[str, ...] = ()
    answered_at: float = 0.0
    readers: tuple[Reader, ...] = ()

    def is_with(self, staff_id: int) -> bool:
        """Whether this member has the contact: as its owner, or beside them."""
        return self.owner == staff_id or (self.second_in and self.second == staff_id)

    @property
    def level(self) -> Level:
        return self.conversation.level

    def marked(self, mark: int | None) -> Contact:
        """The contact, which reaches at least to this place in the chat. An old message may be changed or tapped later."""
        if mark is None:
            return self
        return replace(self, first_mark=self.first_mark or mark, last_mark=max(self.last_mark or mark, mark))


class Times(NamedTuple):
    """When a contact was opened, last touched, and until when its caller may come back by a code."""

    id: str
    day: int
    state: State
    opened_at: float
    touched_at: float
    kept_until: float | None


_TIMES = tuple(contacts.c[name] for name in Times._fields)


def new_contact(channel: Channel, now: float, conversation: Conversation, day: int) -> Contact:
    return Contact(secrets.token_hex(16), day, channel, State.SCRIPTED, now, now, conversation, heard_at=now)


class Contacts:
    """The contacts of one database, sealed with one ring. Every method works inside the transaction it is given."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def sealer(self, day: int, contact_id: str) -> Sealer:
        return Sealer(self._ring.contact_key(day, contact_id))

    def by_sender(self, connection: Connection, channel: Channel, sender: str, now: float) -> Contact | None:
        """The open contact of whoever writes from this address, found by keyed handle and held until the commit.

        KeyGone if it exists but its words can no longer be opened.
        """
        handles = self._ring.digests(day_of(now), channel.value, sender)
        rows = _BY_HANDLE.run(connection, {}, handles)
        return self._opened(rows[0]) if rows else None

    def by_id(self, connection: Connection, contact_id: str, *, hold: bool = False) -> Contact | None:
        query = select(contacts).where(contacts.c.id == contact_id)
        row = connection.execute(query.with_for_update() if hold else query).mappings().first()
        return self._opened(row) if row is not None else None

    def in_states(self, connection: Connection, states: Iterable[State]) -> list[Contact]:
        """Every contact in one of the states that can still be opened."""
        rows = connection.execute(select(contacts).where(contacts.c.state.in_([state.value for state in states])))
        found = []
        for row in rows.mappings():
            try:
                found.append(self._opened(row))
            except KeyGone:
                continue
        return found

    def some(self, connection: Connection, ids: Sequence[str]) -> dict[str, Contact]:
        """Those of these contacts that can still be opened, by id."""
        rows = connection.execute(select(contacts).where(contacts.c.id.in_(ids)))
        found = {}
        for row in rows.mappings():
            try:
                found[row["id"]] = self._opened(row)
            except KeyGone:
                continue
        return found

    def times(self, connection: Connection) -> list[Times]:
        """What the clock needs to know of every contact, opened or not."""
        return [Times(row[0], row[1], State(row[2]), *row[3:]) for row in connection.execute(select(*_TIMES))]

    def add(self, connection: Connection, contact: Contact, sender: str, *, reply_to: bytes | None = None) -> None:
        handle = self._ring.digest(contact.day, contact.channel.value, sender)
        row = {**self._row(contact), "id": contact.id, "handle": handle, "reply_to": reply_to}
        _ADD.run(connection, row)

    def save(self, connection: Connection, contact: Contact, *, reply_to: bytes | None = None) -> None:
        """Write the contact back; `reply_to` marks the message whose reply is not known to have left yet."""
        values = {f"new_{name}": value for name, value in self._row(contact).items()}
        reply = {} if reply_to is None else {"new_reply_to": reply_to}
        statement = _SAVE if reply_to is None else _SAVE_REPLYING
        statement.run(connection, {**values, **reply, "this": contact.id})

    def claim(self, connection: Connection, contact: Contact, staff_id: int) -> Contact | None:
        """Own a waiting contact, or None if somebody else was quicker: one UPDATE decides."""
        taken = connection.execute(
            update(contacts)
            .where(contacts.c.id == contact.id, contacts.c.state == State.WAITING.value)
            .values(state=State.CLAIMED.value, owner=staff_id, second=None, second_in=False, fence=contacts.c.fence + 1)
        )
        return self.by_id(connection, contact.id) if taken.rowcount == 1 else None

    def destroy(self, tx: Tx, contact_id: str) -> None:
        """Delete everything of a contact; the log is truncated after the commit."""
        for table in OF_CONTACT:
            tx.connection.execute(delete(table).where(table.c.contact_id == contact_id))
        tx.connection.execute(delete(contacts).where(contacts.c.id == contact_id))
        tx.erased = True

    def destroy_sender(self, tx: Tx, channel: Channel, sender: str, now: float) -> int:
        """Destroy whatever contact this address has, opened or not. Says how many there were."""
        handles = self._ring.digests(day_of(now), channel.value, sender)
        found = list(tx.connection.execute(select(contacts.c.id).where(contacts.c.handle.in_(handles))).scalars())
        for contact_id in found:
            self.destroy(tx, contact_id)
        return len(found)

    def awaiting_reply(self, connection: Connection, digests: Sequence[bytes]) -> tuple[Contact, bytes] | None:
        """The contact whose reply to one of these messages is not known to have left, and that message's digest."""
        row = connection.execute(select(contacts).where(contacts.c.reply_to.in_(digests))).mappings().first()
        return (self._opened(row), bytes(row["reply_to"])) if row is not None else None

    def replies_left(self, connection: Connection, digests: Sequence[bytes]) -> None:
        """The replies to these messages are known to have left."""
        if digests:
            _REPLIES_LEFT.run(connection, {}, digests)

    def add_line(self, connection: Connection, contact: Contact, line: Line) -> Contact:
        """Append a line; the contact comes back with its counter moved on (save it)."""
        sealed = self.sealer(contact.day, contact.id).seal(f"line {contact.next_line}", asdict(line))
        _ADD_LINE.run(connection, {"contact_id": contact.id, "number": contact.next_line, "sealed": sealed})
        return replace(contact, next_line=contact.next_line + 1)

    def lines(self, connection: Connection, contact: Contact, after: int = 0) -> list[tuple[int, Line]]:
        """Numbered lines past `after`, in order."""
        rows = connection.execute(
            select(messages.c.number, messages.c.sealed)
            .where(messages.c.contact_id == contact.id, messages.c.number > after)
            .order_by(messages.c.number)
        ).all()
        sealer = self.sealer(contact.day, contact.id)
        return [(number, _line(sealer.open(f"line {number}", sealed))) for number, sealed in rows]

    def mark_line(
        self, connection: Connection, contact: Contact, number: int, delivery: Delivery, *, back: bool = False
    ) -> None:
        """Note how far an answer has come; unless `back`, it never comes back from where it was."""
        here = (messages.c.contact_id == contact.id) & (messages.c.number == number)
        sealed = connection.execute(select(messages.c.sealed).where(here)).scalar_one_or_none()
        if sealed is None:
            return
        sealer = self.sealer(contact.day, contact.id)
        line = _line(sealer.open(f"line {number}", sealed))
        line = replace(line, delivery=delivery if back else line.delivery.then(delivery))
        connection.execute(update(messages).where(here).values(sealed=sealer.seal(f"line {number}", asdict(line))))

    def _row(self, contact: Contact) -> dict[str, Any]:
        inner = {
            "channel": contact.channel.value,
            "conversation": contact.conversation.as_table(),
            "last_reply": contact.last_reply,
            "opted_out": contact.opted_out,
            "counted": contact.counted,
            "heard_at": contact.heard_at,
            "first_mark": contact.first_mark,
            "last_mark": contact.last_mark,
            "nudged": contact.nudged,
            "unsaid": contact.unsaid,
            "met": contact.met,
            "pending": contact.pending,
            "ticks": contact.ticks,
            "answered_at": contact.answered_at,
            "readers": contact.readers,
        }
        return {
            "day": contact.day,
            "state": contact.state.value,
            "level": contact.level.rank,
            "opened_at": contact.opened_at,
            "touched_at": contact.touched_at,
            "waiting_since": contact.waiting_since,
            "owner": contact.owner,
            "fence": contact.fence,
            "next_line": contact.next_line,
            "kept_until": contact.kept_until,
            "lower": contact.lower,
            "likeness": contact.likeness,
            "second": contact.second,
            "second_in": contact.second_in,
            "sealed": self.sealer(contact.day, contact.id).seal("contact", inner),
        }

    def _opened(self, row: Row | RowMapping) -> Contact:
        inner: Any = self.sealer(row["day"], row["id"]).open("contact", row["sealed"])
        return Contact(
            id=row["id"],
            day=row["day"],
            channel=Channel(inner["channel"]),
            state=State(row["state"]),
            opened_at=row["opened_at"],
            touched_at=row["touched_at"],
            conversation=Conversation.from_table(inner["conversation"]),
            waiting_since=row["waiting_since"],
            owner=row["owner"],
            fence=row["fence"],
            next_line=row["next_line"],
            last_reply=tuple(inner["last_reply"]),
            opted_out=inner["opted_out"],
            counted=tuple(inner["counted"]),
            heard_at=inner.get("heard_at", row["touched_at"]),
            first_mark=inner.get("first_mark"),
            last_mark=inner.get("last_mark"),
            nudged=inner.get("nudged", False),
            kept_until=row["kept_until"],
            lower=bool(row["lower"]),
            likeness=None if row["likeness"] is None else bytes(row["likeness"]),
            unsaid=inner.get("unsaid"),
            met=tuple(inner.get("met", ())),
            pending=inner.get("pending"),
            ticks=tuple(inner.get("ticks", ())),
            answered_at=inner.get("answered_at", 0.0),
            readers=tuple(Reader(*one) for one in inner.get("readers", ())),
            second=row["second"],
            second_in=bool(row["second_in"]),
        )


def _line(table: Any) -> Line:
    return Line(
        Speaker(table["speaker"]),
        table["text"],
        table["at"],
        tuple(Attachment(kind) for kind in table["attachments"]),
        Delivery(table["delivery"]),
        table.get("edited", False),
        table.get("english", ""),
        table.get("by", ""),
    )
