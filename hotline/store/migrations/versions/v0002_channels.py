"""What the channels need: messages we sent, copies to delete at providers, codes to come back, lanes and spending."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("kept_until", sa.Float))
    op.add_column("contacts", sa.Column("lower", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("contacts", sa.Column("likeness", sa.LargeBinary))
    op.create_index("ix_contacts_likeness", "contacts", ["likeness"])
    op.add_column("inbox", sa.Column("channel", sa.String(16), nullable=False, server_default=sa.text("''")))
    _sent()
    _erasures()
    _small()


def _contact_id(table: str) -> list[sa.schema.SchemaItem]:
    column = sa.Column("contact_id", sa.String(32), nullable=False)
    key = sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=f"fk_{table}_contact_id", ondelete="CASCADE")
    return [column, key]


def _sent() -> None:
    op.create_table(
        "sent",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        *_contact_id("sent"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.PrimaryKeyConstraint("digest", name="pk_sent"),
    )
    op.create_index("ix_sent_contact_id", "sent", ["contact_id"])


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("made_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sa.UniqueConstraint("digest", name="uq_erasures_digest"),
    )
    op.create_index("ix_erasures_due_at", "erasures", ["due_at"])


def _small() -> None:
    op.create_table(
        "codes",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        *_contact_id("codes"),
        sa.PrimaryKeyConstraint("digest", name="pk_codes"),
        sa.UniqueConstraint("contact_id", name="uq_codes_contact_id"),
    )
    op.create_table(
        "lowered",
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tag", name="pk_lowered"),
    )
    op.create_table(
        "spending",
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", name="pk_spending"),
    )
    op.create_table(
        "contents",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_contents"),
    )
