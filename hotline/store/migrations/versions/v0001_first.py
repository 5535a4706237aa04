"""The first tables: contacts and their lines, vault, boxes, staff, tallies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _contact_id(table: str) -> list[sa.schema.SchemaItem]:
    column = sa.Column("contact_id", sa.String(32), nullable=False)
    key = sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=f"fk_{table}_contact_id", ondelete="CASCADE")
    return [column, key]


def _staff_id(table: str) -> list[sa.schema.SchemaItem]:
    column = sa.Column("staff_id", sa.Integer, nullable=False)
    return [
        column,
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=f"fk_{table}_staff_id", ondelete="CASCADE"),
    ]


def upgrade() -> None:
    _callers()
    _staff()
    _counts()


def _callers() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("handle", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.Float, nullable=False),
        sa.Column("touched_at", sa.Float, nullable=False),
        sa.Column("waiting_since", sa.Float),
        sa.Column("owner", sa.Integer),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("next_line", sa.Integer, nullable=False),
        sa.Column("reply_to", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint("handle", name="uq_contacts_handle"),
    )
    op.create_index("ix_contacts_state_level", "contacts", ["state", "level"])
    op.create_index("ix_contacts_reply_to", "contacts", ["reply_to"])
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, nullable=False),
        *_contact_id("messages"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("contact_id", "number", name="uq_messages_contact_id_number"),
    )
    op.create_table(
        "vault",
        *_contact_id("vault"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_vault"),
    )
    op.create_table(
        "seen",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_seen"),
    )
    op.create_index("ix_seen_day", "seen", ["day"])
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
    )
    op.create_index("ix_inbox_due_at", "inbox", ["due_at"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        *_contact_id("outbox"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("tried_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
    op.create_index("ix_outbox_contact_id", "outbox", ["contact_id"])


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("name", name="uq_staff_name"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        *_staff_id("sessions"),
        sa.Column("began_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.Integer, nullable=False),
        *_staff_id("shifts"),
        sa.Column("starts_at", sa.Float, nullable=False),
        sa.Column("ends_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
    )
    op.create_index("ix_shifts_ends_at", "shifts", ["ends_at"])
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("deed", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )


def _counts() -> None:
    op.create_table(
        "tallies",
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("first", sa.String(48), nullable=False),
        sa.Column("second", sa.String(48), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("period", "kind", "first", "second", name="pk_tallies"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )
