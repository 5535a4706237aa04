"""The order in which waiting contacts are shown, and the reason for each place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotline.contact import Level

TARGET_SECONDS: dict[Level, int] = {Level.IMMEDIATE: 30, Level.URGENT: 300, Level.SOON: 1800, Level.ROUTINE: 28800}
"""Waiting time we aim to stay under, per level."""


@dataclass(frozen=True, slots=True)
class Waiting:
    contact_id: str
    level: Level
    since: float
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    waiting: Waiting
    seconds: int
    late: bool
    signals: tuple[str, ...]


def ranked(contacts: Iterable[Waiting], now: float) -> list[Ranked]:
    """Most urgent level first; within a level who has waited longest. The id settles a tie, so the order is total."""
    order = sorted(contacts, key=lambda contact: (contact.level.rank, contact.since, contact.contact_id))
    return [_ranked(contact, now) for contact in order]


def _ranked(contact: Waiting, now: float) -> Ranked:
    seconds = max(0, int(now - contact.since))
    return Ranked(contact, seconds, seconds > TARGET_SECONDS[contact.level], contact.signals)
