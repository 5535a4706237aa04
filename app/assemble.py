"""Puts the house together, in plain sight: from settings to an office, bots, pages and the server's application."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Engine

from app.partners import partners_of
from app.settings import Settings
from bots.contract import Bot, Webhook
from bots.signal import Signal
from bots.sms import Lines, Twilio
from bots.telegram import Telegram
from campaigns.library import slugs
from hotline.contact import State
from hotline.desk.crowd import Crowd
from hotline.desk.office import Desk, Mind, Office
from hotline.events import Log
from hotline.impression import Impression
from hotline.store import migrations
from hotline.store.boxes import Inbox, Outbox, Seen
from hotline.store.contacts import Contacts
from hotline.store.contents import Contents
from hotline.store.engine import open_engine
from hotline.store.erasures import Erasures
from hotline.store.guide import read_guide
from hotline.store.keys import KeyRing, day_of
from hotline.store.offers import Checker, Impressed, Lexicons
from hotline.store.reaches import Reaches
from hotline.store.room import MEGABYTE, Room
from hotline.store.sent import Sent
from hotline.store.shelf import Shelf, read_shelf
from hotline.store.staffkey import StaffKey
from hotline.store.writer import Writer
from hotline.triage.grams import tongue_grams
from hotline.understanding import ModelUnusable, Understanding, open_model, open_offer_model

DEMO_TWILIO_SID = "AC" + "0" * 31 + "1"
DEMO_SIGNAL_NUMBER = "+15005550020"
DEMO_NUMBER = "+15005550006"


PROBE_BYTES = 256 * 1024
"""A start needs this much room: on a disk without it SQLite's shared memory would end the process with a bus error."""


class CannotStart(Exception):
    """Something on this machine is in the way; says what it is and what to do."""


class DataFolderError(CannotStart):
    """The data folder cannot be used."""


def prepare_folders(settings: Settings) -> None:
    """Make the data folder, readable by nobody else. Raises DataFolderError."""
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = settings.home / f".probe-{secrets.token_hex(4)}"
        try:
            probe.write_bytes(b"\0" * PROBE_BYTES)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as fault:
        raise DataFolderError(
            f"The data folder {settings.home} cannot be written ({fault.strerror}): set HOTLINE_HOME to one that can."
        ) from None
    if os.stat(settings.home).st_mode & 0o077:
        settings.home.chmod(0o700)


def open_database(settings: Settings) -> Engine:
    """The database, at the present schema."""
    engine = open_engine(settings.database_url)
    if not migrations.is_present(engine):
        migrations.bring_up(engine)
    return engine


def open_shelf(settings: Settings, *, ready: bool = True) -> Shelf:
    return read_shelf(
        settings.content, settings.locales, settings.languages, offer_unread=settings.offer_unread, ready=ready
    )


def open_desk(settings: Settings, shelf: Shelf, engine: Engine) -> Desk:
    today = day_of(time.time())
    ring = KeyRing(settings.keys, "contacts", settings.retention.ring_days, today=today)
    seen_ring = KeyRing(settings.keys, "seen", settings.retention.seen_days, today=today)
    contacts = Contacts(ring)
    default = settings.default_language if settings.default_language in shelf.words else shelf.offered[0]
    desk = Desk(
        shelf,
        contacts,
        Seen(seen_ring),
        Inbox(ring),
        Outbox(),
        Sent(ring),
        Erasures(ring),
        ring,
        seen_ring,
        settings.retention,
        settings.emergency,
        default,
        policy=settings.policy,
        campaigns=slugs(settings.content / "campaigns"),
        crowd=Crowd(settings.surge, Log().record),
        zone=settings.zone,
        idle_seconds=settings.idle_minutes * 60.0,
        guide=read_guide(settings.content / "directory"),
        country=settings.country,
        partners=partners_of(settings),
        reaches=Reaches(StaffKey(settings.home / "staff.key")),
        alerts=settings.alerts,
    )
    ring.when_destroyed(desk.in_flight.forget)
    ring.when_destroyed(desk.crowd.forget)
    return replace(desk, lost_contacts=_any_lost(engine, contacts))


def open_office(
    settings: Settings, shelf: Shelf, engine: Engine | None = None, *, on_commit: Callable[[], None] = lambda: None
) -> Office:
    """Database, keys and desk, ready for work."""
    engine = engine or open_database(settings)
    mind = open_mind(settings)
    desk = replace(open_desk(settings, shelf, engine), checker=open_checker(settings, mind))
    room = Room(settings.home, settings.keep_free_mb * MEGABYTE)
    return Office(desk, engine, Writer(engine, on_commit=on_commit), room.left, mind)


def open_mind(settings: Settings) -> Mind | None:
    """The sentence model, or None where it is switched off. CannotStart when it is wanted and cannot be used."""
    if not settings.model:
        return None
    try:
        understanding, _ = open_model(settings.content / "learning" / "model.bin")
    except ModelUnusable as fault:
        raise CannotStart(f"{fault} Or set understanding.model = false.") from None
    return understanding


def open_checker(settings: Settings, mind: Mind | None, *, model: bool = True) -> Checker:
    """What checks offers. CannotStart when the offers' model is there and wanted, and cannot be used."""
    lexicons, impression = Lexicons(settings.content / "offers"), _languages_only(mind)
    path = settings.content / "offers" / "model.bin"
    if not (settings.model and model and path.exists()):
        return Checker(lexicons, impression)
    try:
        offers, _ = open_offer_model(path)
    except ModelUnusable as fault:
        raise CannotStart(f"{fault} Or set understanding.model = false.") from None
    return Checker(lexicons, impression, offers.impressions)


def _languages_only(mind: Mind | None) -> Impressed | None:
    """That half of the sentence model which knows languages: a fifth of the time of both."""
    if not isinstance(mind, Understanding):
        return mind.impression if mind is not None else None
    tongue = mind.tongue
    return lambda text: Impression({}, tongue.likely(tongue_grams(text)))


def _any_lost(engine: Engine, contacts: Contacts) -> bool:
    """Whether there are contacts whose keys died with the power: their callers are told so."""
    with engine.connect() as connection:
        return len(contacts.times(connection)) > len(contacts.in_states(connection, State))


def open_bots(settings: Settings, shelf: Shelf | None = None) -> dict[str, Bot]:
    """Every provider that is set up, by its name. `shelf` has the words of those that say something by themselves."""
    bots: dict[str, Bot] = dict(open_webhooks(settings, shelf))
    if settings.signal_number:
        bots["signal"] = Signal(settings.signal_number, settings.signal_api_url)
    return bots


def open_webhooks(settings: Settings, shelf: Shelf | None = None) -> dict[str, Webhook]:
    """Every provider that calls us and whose secrets are set, by the name of its webhook."""
    bots: dict[str, Webhook] = {}
    if settings.twilio_auth_token:
        bots["twilio"] = Twilio(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            settings.public_url,
            settings.twilio_api_url,
            Lines(
                settings.our_numbers,
                settings.answers_from,
                settings.messaging_service,
                settings.whatsapp_notes,
                settings.whatsapp_buttons,
            ),
            Contents(lambda: open_engine(settings.database_url)),
        )
    if settings.telegram_token:
        bots["telegram"] = Telegram(
            settings.telegram_token,
            settings.telegram_secret,
            settings.telegram_api_url,
            lambda language, key: _said(settings, shelf, language, key),
        )
    return bots


def _said(settings: Settings, shelf: Shelf | None, language: str, key: str) -> str:
    """Words of the scripts in this language, or in ours where the caller's is not known; none without a shelf."""
    if shelf is None:
        return ""
    default = settings.default_language if settings.default_language in shelf.words else shelf.offered[0]
    return shelf.words[language if language in shelf.words else default][key]


def with_demo_providers(settings: Settings) -> Settings:
    """Settings whose providers are the simulated ones of this machine; their secrets open nothing outside it.

    The secrets are the same for every process of one demo: drawn at the first start, kept in the data folder.
    """
    path = settings.home / "demo-secrets"
    if not path.exists():
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(f"{secrets.token_hex(16)} {secrets.token_hex(16)} {secrets.token_hex(16)}")
        os.replace(fresh, path)
    token, telegram, secret = path.read_text().split()
    return replace(
        settings,
        twilio_account_sid=DEMO_TWILIO_SID,
        twilio_auth_token=token,
        alerts_from=DEMO_NUMBER,
        telegram_token=f"100000001:{telegram}",
        telegram_secret=secret,
        twilio_api_url=f"{settings.public_url}/demo/twilio",
        telegram_api_url=f"{settings.public_url}/demo/telegram",
        signal_number=DEMO_SIGNAL_NUMBER,
        signal_api_url=f"{settings.public_url}/demo/signal",
    )
