"""The tables of staff: accounts, sessions, roster, what they did, and how they are reached."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from hotline.store.schema.base import metadata, staff_id

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(24), nullable=False),
    Column("password", String(200), nullable=False),
    Column("active", Boolean, nullable=False, default=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    staff_id(),
    Column("began_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
    Column("stage", String(8), nullable=False, default="in", server_default="in"),
)

shifts = Table(
    "shifts",
    metadata,
    Column("id", Integer, primary_key=True),
    staff_id(),
    Column("starts_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Index("ix_shifts_ends_at", "ends_at"),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("staff_id", Integer, nullable=False),
    Column("deed", String(24), nullable=False),
)

shift_patterns = Table(
    "shift_patterns",
    metadata,
    Column("id", Integer, primary_key=True),
    staff_id(),
    Column("days", Integer, nullable=False),
    Column("begins", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("first", String(10), nullable=False),
    Column("last", String(10)),
    Column("every", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("without", Text, nullable=False),
    Index("ix_shift_patterns_staff_id", "staff_id"),
)

absences = Table(
    "absences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE")),
    Column("starts_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Index("ix_absences_ends_at", "ends_at"),
)

swaps = Table(
    "swaps",
    metadata,
    Column("pattern", Integer, ForeignKey("shift_patterns.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),
    staff_id(),
    Column("offered", Boolean, nullable=False),
)

abilities = Table(
    "abilities",
    metadata,
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("languages", String(400), nullable=False),
    Column("channels", String(200), nullable=False),
    Column("most", Integer, nullable=False),
)

calendars = Table(
    "calendars",
    metadata,
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
)

totps = Table(
    "totps",
    metadata,
    staff_id(key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("last_step", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("failed_at", Float, nullable=False),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    staff_id(),
    Column("public_key", LargeBinary, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("name", String(40), nullable=False),
    Column("added_at", Float, nullable=False),
    Column("used_at", Float),
    Index("ix_passkeys_staff_id", "staff_id"),
)

challenges = Table(
    "challenges",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("purpose", String(8), nullable=False),
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE")),
    Column("until", Float, nullable=False),
    Index("ix_challenges_until", "until"),
)

recovery = Table(
    "recovery",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    staff_id(),
    Index("ix_recovery_staff_id", "staff_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    staff_id(unique=True),
    Column("until", Float, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    staff_id(),
    Column("seen_at", Float, nullable=False),
    Column("failed", Integer, nullable=False),
    Index("ix_devices_staff_id", "staff_id"),
)

presence = Table(
    "presence",
    metadata,
    staff_id(key=True),
    Column("until", Float, nullable=False),
)

pauses = Table(
    "pauses",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("at", Float, nullable=False),
    staff_id(),
)

reaches = Table(
    "reaches",
    metadata,
    Column("id", Integer, primary_key=True),
    staff_id(),
    Column("way", String(16), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("added_at", Float, nullable=False),
    Index("ix_reaches_staff_id", "staff_id"),
)

alarms = Table(
    "alarms",
    metadata,
    staff_id(key=True),
    Column("at", Float, nullable=False),
    Column("times", Integer, nullable=False),
)
