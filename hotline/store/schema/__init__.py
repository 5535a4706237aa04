"""The tables, the same on SQLite and PostgreSQL. Everything a caller wrote or is reached at is a sealed column.

Times are seconds since the epoch. `day` says which key of the ring seals a row.
"""

from __future__ import annotations

from hotline.store.schema.base import metadata
from hotline.store.schema.callers import (
    codes,
    contacts,
    contents,
    erasures,
    heartbeats,
    inbox,
    lowered,
    messages,
    outbox,
    packets,
    parcels,
    seen,
    sent,
    spending,
    tallies,
    translations,
    vault,
)
from hotline.store.schema.people import (
    abilities,
    absences,
    alarms,
    calendars,
    challenges,
    devices,
    invitations,
    journal,
    passkeys,
    pauses,
    presence,
    reaches,
    recovery,
    sessions,
    shift_patterns,
    shifts,
    staff,
    swaps,
    totps,
)

OF_CONTACT = tuple(table for _, table in sorted(metadata.tables.items()) if "contact_id" in table.c)
"""Every table in which something of one contact stands, beside its own row: a new one is destroyed by itself."""

__all__ = [
    "OF_CONTACT",
    "abilities",
    "absences",
    "alarms",
    "calendars",
    "challenges",
    "codes",
    "contacts",
    "contents",
    "devices",
    "erasures",
    "heartbeats",
    "inbox",
    "invitations",
    "journal",
    "lowered",
    "messages",
    "metadata",
    "outbox",
    "packets",
    "parcels",
    "passkeys",
    "pauses",
    "presence",
    "reaches",
    "recovery",
    "seen",
    "sent",
    "sessions",
    "shift_patterns",
    "shifts",
    "spending",
    "staff",
    "swaps",
    "tallies",
    "totps",
    "translations",
    "vault",
]
