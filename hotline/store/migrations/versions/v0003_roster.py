"""The roster: planned shifts, absences, swaps, what each can take on, and the secret links of calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _planned()
    _changes()
    _of_each()


def _staff_id(table: str, *, needed: bool = True) -> list[sa.schema.SchemaItem]:
    column = sa.Column("staff_id", sa.Integer, nullable=not needed)
    key = sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=f"fk_{table}_staff_id", ondelete="CASCADE")
    return [column, key]


def _planned() -> None:
    op.create_table(
        "shift_patterns",
        sa.Column("id", sa.Integer, nullable=False),
        *_staff_id("shift_patterns"),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("begins", sa.Integer, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("first", sa.String(10), nullable=False),
        sa.Column("last", sa.String(10)),
        sa.Column("every", sa.Integer, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("without", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shift_patterns"),
    )
    op.create_index("ix_shift_patterns_staff_id", "shift_patterns", ["staff_id"])


def _changes() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.Integer, nullable=False),
        *_staff_id("absences", needed=False),
        sa.Column("starts_at", sa.Float, nullable=False),
        sa.Column("ends_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_absences"),
    )
    op.create_index("ix_absences_ends_at", "absences", ["ends_at"])
    op.create_table(
        "swaps",
        sa.Column("pattern", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["pattern"], ["shift_patterns.id"], name="fk_swaps_pattern", ondelete="CASCADE"),
        sa.Column("day", sa.String(10), nullable=False),
        *_staff_id("swaps"),
        sa.Column("offered", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("pattern", "day", name="pk_swaps"),
    )


def _of_each() -> None:
    op.create_table(
        "abilities",
        *_staff_id("abilities"),
        sa.Column("languages", sa.String(400), nullable=False),
        sa.Column("channels", sa.String(200), nullable=False),
        sa.Column("most", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_abilities"),
    )
    op.create_table(
        "calendars",
        *_staff_id("calendars"),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_calendars"),
        sa.UniqueConstraint("digest", name="uq_calendars_digest"),
    )
