"""Which message at a provider is which line of ours, as keyed hashes that live with the contact."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from hotline.contact import Channel
from hotline.store.contacts import Contact, Contacts
from hotline.store.engine import insert_for
from hotline.store.keys import KeyGone, KeyRing, day_of
from hotline.store.schema import sent

SCRIPT_LINE = 0
"""The number of words the script said: they are no line of the talk."""


class Sent:
    """What was handed to providers. With `readable`, the provider's id is kept sealed, so that it can be deleted there."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def _digests(self, channel: Channel, message_id: str, now: float) -> list[bytes]:
        return self._ring.digests(day_of(now), f"sent {channel.value}", message_id)

    def add(
        self,
        connection: Connection,
        contacts: Contacts,
        contact: Contact,
        number: int,
        message_id: str,
        now: float,
        *,
        readable: bool = False,
    ) -> None:
        """Remember that line `number` of this contact is the provider's message `message_id`."""
        digest = self._ring.digest(self._ring.today(now), f"sent {contact.channel.value}", message_id)
        sealed = contacts.sealer(contact.day, contact.id).seal("sent", message_id) if readable else None
        row = {"digest": digest, "contact_id": contact.id, "number": number, "sealed": sealed}
        connection.execute(insert_for(connection, sent).values(**row).on_conflict_do_nothing())

    def find(self, connection: Connection, channel: Channel, message_id: str, now: float) -> tuple[str, int] | None:
        """The contact's id and the line's number, or None for a message that is none of ours, or of a contact that ended."""
        digests = self._digests(channel, message_id, now)
        row = connection.execute(select(sent.c.contact_id, sent.c.number).where(sent.c.digest.in_(digests))).first()
        return (row[0], row[1]) if row is not None else None

    def forget(self, connection: Connection, channel: Channel, message_id: str, now: float) -> None:
        """This message came to nothing, and its line will be sent anew: what is still told of it is of no account."""
        connection.execute(delete(sent).where(sent.c.digest.in_(self._digests(channel, message_id, now))))

    def ids(self, connection: Connection, contacts: Contacts, contact: Contact) -> list[str]:
        """The provider's ids of everything sent to this contact, where they were kept readable."""
        rows = connection.execute(
            select(sent.c.sealed).where(sent.c.contact_id == contact.id, sent.c.sealed.is_not(None))
        ).scalars()
        sealer = contacts.sealer(contact.day, contact.id)
        found: list[Any] = []
        for sealed in rows:
            try:
                found.append(sealer.open("sent", sealed))
            except KeyGone:
                continue
        return [str(one) for one in found]
