"""The tables, the same on SQLite and PostgreSQL. Everything a caller wrote or is reached at is a sealed column.

Times are seconds since the epoch. `day` says which key of the ring seals a row.
"""

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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _contact_id() -> Column[str]:
    return Column("contact_id", String(32), ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False)


contacts = Table(
    "contacts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("handle", LargeBinary, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("level", Integer, nullable=False),
    Column("opened_at", Float, nullable=False),
    Column("touched_at", Float, nullable=False),
    Column("waiting_since", Float),
    Column("owner", Integer),
    Column("fence", Integer, nullable=False, default=0),
    Column("next_line", Integer, nullable=False, default=1),
    Column("reply_to", LargeBinary),
    Column("sealed", LargeBinary, nullable=False),
    Column("kept_until", Float),
    Column("lower", Boolean, nullable=False, default=False, server_default=false()),
    Column("likeness", LargeBinary),
    Index("ix_contacts_state_level", "state", "level"),
    Index("ix_contacts_likeness", "likeness"),
    Index("ix_contacts_reply_to", "reply_to"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    _contact_id(),
    Column("number", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("contact_id", "number"),
)

vault = Table(
    "vault",
    metadata,
    Column("contact_id", String(32), ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

seen = Table(
    "seen",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("day", Integer, nullable=False),
    Index("ix_seen_day", "day"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Integer, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("due_at", Float, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("channel", String(16), nullable=False, server_default=text("''")),
    Index("ix_inbox_due_at", "due_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    _contact_id(),
    Column("number", Integer, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("due_at", Float, nullable=False),
    Column("tried_at", Float),
    Index("ix_outbox_due_at", "due_at"),
    Index("ix_outbox_contact_id", "contact_id"),
)

sent = Table(
    "sent",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _contact_id(),
    Column("number", Integer, nullable=False),
    Column("sealed", LargeBinary),
    Index("ix_sent_contact_id", "contact_id"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("day", Integer, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_erasures_due_at", "due_at"),
)

codes = Table(
    "codes",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("contact_id", String(32), ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, unique=True),
)

lowered = Table(
    "lowered",
    metadata,
    Column("tag", LargeBinary, primary_key=True),
    Column("day", Integer, nullable=False),
)

spending = Table(
    "spending",
    metadata,
    Column("day", Integer, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("parts", Integer, nullable=False),
)

contents = Table(
    "contents",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
)

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
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    Column("began_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
    Column("stage", String(8), nullable=False, default="in", server_default="in"),
)

shifts = Table(
    "shifts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
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

tallies = Table(
    "tallies",
    metadata,
    Column("period", String(8), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("first", String(48), primary_key=True),
    Column("second", String(48), primary_key=True),
    Column("count", Integer, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("at", Float, nullable=False),
)

shift_patterns = Table(
    "shift_patterns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
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
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
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


def _staff_id(*, unique: bool = False) -> Column[int]:
    return Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, unique=unique)


totps = Table(
    "totps",
    metadata,
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
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
    _staff_id(),
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
    _staff_id(),
    Index("ix_recovery_staff_id", "staff_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _staff_id(unique=True),
    Column("until", Float, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _staff_id(),
    Column("seen_at", Float, nullable=False),
    Column("failed", Integer, nullable=False),
    Index("ix_devices_staff_id", "staff_id"),
)
