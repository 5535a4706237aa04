"""Second factors of staff: apps, passkeys and their challenges, recovery codes; invitations, known devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("stage", sa.String(8), nullable=False, server_default="in"))
    _totps()
    _passkeys()
    _codes()
    _devices()


def _staff_id(table: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    column = sa.Column("staff_id", sa.Integer, nullable=nullable)
    key = sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=f"fk_{table}_staff_id", ondelete="CASCADE")
    return [column, key]


def _digest(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=f"pk_{table}"),
    ]


def _totps() -> None:
    op.create_table(
        "totps",
        *_staff_id("totps"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("last_step", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("failed_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_totps"),
    )


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.LargeBinary, nullable=False),
        *_staff_id("passkeys"),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("counter", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("added_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
    )
    op.create_index("ix_passkeys_staff_id", "passkeys", ["staff_id"])
    op.create_table(
        "challenges",
        *_digest("challenges"),
        sa.Column("purpose", sa.String(8), nullable=False),
        *_staff_id("challenges", nullable=True),
        sa.Column("until", sa.Float, nullable=False),
    )
    op.create_index("ix_challenges_until", "challenges", ["until"])


def _codes() -> None:
    op.create_table("recovery", *_digest("recovery"), *_staff_id("recovery"))
    op.create_index("ix_recovery_staff_id", "recovery", ["staff_id"])
    op.create_table(
        "invitations",
        *_digest("invitations"),
        *_staff_id("invitations"),
        sa.Column("until", sa.Float, nullable=False),
        sa.UniqueConstraint("staff_id", name="uq_invitations_staff_id"),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        *_digest("devices"),
        *_staff_id("devices"),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
    )
    op.create_index("ix_devices_staff_id", "devices", ["staff_id"])
