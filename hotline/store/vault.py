"""The vault: return addresses, sealed, only with the caller's yes, only while the contact lives."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from hotline.store.contacts import Contact, Contacts
from hotline.store.engine import insert_for
from hotline.store.schema import vault


@dataclass(frozen=True, slots=True)
class Address:
    """Where an answer reaches the caller, and from which address of ours it is sent."""

    caller: str
    ours: str


def keep(connection: Connection, contacts: Contacts, contact: Contact, address: Address) -> None:
    sealed = contacts.sealer(contact.day, contact.id).seal("address", asdict(address))
    statement = insert_for(connection, vault).values(contact_id=contact.id, sealed=sealed)
    connection.execute(statement.on_conflict_do_update(index_elements=["contact_id"], set_={"sealed": sealed}))


def address_of(connection: Connection, contacts: Contacts, contact: Contact) -> Address | None:
    """The return address, or None when the caller has not agreed to one."""
    sealed = connection.execute(select(vault.c.sealed).where(vault.c.contact_id == contact.id)).scalar_one_or_none()
    if sealed is None:
        return None
    table: Any = contacts.sealer(contact.day, contact.id).open("address", sealed)
    return Address(**table)
