"""The tables of what callers bring, sealed, and of what outlives them: counts."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from hotline.store.schema.base import contact_id, metadata

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
    Column("second", Integer),
    Column("second_in", Boolean, nullable=False, default=False, server_default=false()),
    Index("ix_contacts_state_level", "state", "level"),
    Index("ix_contacts_likeness", "likeness"),
    Index("ix_contacts_reply_to", "reply_to"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    contact_id(),
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
    contact_id(),
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
    contact_id(),
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

translations = Table(
    "translations",
    metadata,
    Column("id", Integer, primary_key=True),
    contact_id(),
    Column("number", Integer, nullable=False),
    Column("back", Boolean, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("due_at", Float, nullable=False),
    Column("sealed", LargeBinary),
    UniqueConstraint("contact_id", "number", "back"),
    Index("ix_translations_due_at", "due_at"),
)

parcels = Table(
    "parcels",
    metadata,
    Column("id", Integer, primary_key=True),
    contact_id(),
    Column("partner", String(80), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Index("ix_parcels_due_at", "due_at"),
    Index("ix_parcels_contact_id", "contact_id"),
)

packets = Table(
    "packets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("day", Integer, nullable=False),
    Column("partner", String(80), nullable=False),
    Column("came_at", Float, nullable=False),
    Column("level", Integer, nullable=False),
    Column("owner", Integer),
    Column("fence", Integer, nullable=False, default=0),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_packets_came_at", "came_at"),
)
