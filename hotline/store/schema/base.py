"""What every table stands on: one set of names for its keys, and the columns that many share."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def contact_id() -> Column[str]:
    return Column("contact_id", String(32), ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False)


def staff_id(*, unique: bool = False, key: bool = False) -> Column[int]:
    """Whose row it is; with `key` there is one row for each."""
    own = ForeignKey("staff.id", ondelete="CASCADE")
    if key:
        return Column("staff_id", Integer, own, primary_key=True, autoincrement=False)
    return Column("staff_id", Integer, own, nullable=False, unique=unique)
