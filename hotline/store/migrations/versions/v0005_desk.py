"""The desk: who is at the console, what is paused, how staff are alerted; a second responder; translations; partners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("second", sa.Integer))
    op.add_column("contacts", sa.Column("second_in", sa.Boolean, nullable=False, server_default=sa.false()))
    _staff()
    _reaches()
    _translations()
    _partners()


def _of_staff(table: str) -> list[sa.schema.SchemaItem]:
    column = sa.Column("staff_id", sa.Integer, nullable=False)
    key = sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=f"fk_{table}_staff_id", ondelete="CASCADE")
    return [column, key]


def _of_contact(table: str) -> list[sa.schema.SchemaItem]:
    column = sa.Column("contact_id", sa.String(32), nullable=False)
    key = sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=f"fk_{table}_contact_id", ondelete="CASCADE")
    return [column, key]


def _staff() -> None:
    op.create_table(
        "presence",
        *_of_staff("presence"),
        sa.Column("until", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_presence"),
    )
    op.create_table(
        "pauses",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        *_of_staff("pauses"),
        sa.PrimaryKeyConstraint("channel", name="pk_pauses"),
    )
    op.create_table(
        "alarms",
        *_of_staff("alarms"),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_alarms"),
    )


def _reaches() -> None:
    op.create_table(
        "reaches",
        sa.Column("id", sa.Integer, nullable=False),
        *_of_staff("reaches"),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("added_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reaches"),
        sa.UniqueConstraint("digest", name="uq_reaches_digest"),
    )
    op.create_index("ix_reaches_staff_id", "reaches", ["staff_id"])


def _translations() -> None:
    op.create_table(
        "translations",
        sa.Column("id", sa.Integer, nullable=False),
        *_of_contact("translations"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("back", sa.Boolean, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_translations"),
        sa.UniqueConstraint("contact_id", "number", "back", name="uq_translations_contact_id_number_back"),
    )
    op.create_index("ix_translations_due_at", "translations", ["due_at"])


def _partners() -> None:
    op.create_table(
        "parcels",
        sa.Column("id", sa.Integer, nullable=False),
        *_of_contact("parcels"),
        sa.Column("partner", sa.String(80), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parcels"),
    )
    op.create_index("ix_parcels_due_at", "parcels", ["due_at"])
    op.create_index("ix_parcels_contact_id", "parcels", ["contact_id"])
    op.create_table(
        "packets",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("partner", sa.String(80), nullable=False),
        sa.Column("came_at", sa.Float, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("owner", sa.Integer),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_packets"),
        sa.UniqueConstraint("digest", name="uq_packets_digest"),
    )
    op.create_index("ix_packets_came_at", "packets", ["came_at"])
