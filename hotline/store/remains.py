"""What stands of one contact in the database, table by table: looked at before it is destroyed, and after."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from hotline.store.schema import OF_CONTACT, contacts


def remains(connection: Connection, contact_id: str) -> Mapping[str, int]:
    """How many rows each table has of this contact. A table that comes to name contacts is looked at by itself."""
    columns = [(contacts.name, contacts.c.id), *((table.name, table.c.contact_id) for table in OF_CONTACT)]
    queries = [
        select(func.count()).where(column == contact_id).scalar_subquery().label(f"of_{name}")
        for name, column in columns
    ]
    row = connection.execute(select(*queries)).one()
    return {name: number for (name, _), number in zip(columns, row, strict=True)}
