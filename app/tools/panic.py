"""`hotline panic`: make every open contact unreadable, in every process of this hotline, with the database or without."""

from __future__ import annotations

import argparse
import sys
import time

from sqlalchemy.exc import DBAPIError

from app.assemble import CannotStart, open_database, open_office, open_shelf, prepare_folders
from app.cli import FINDINGS, settings_of
from app.settings import Settings
from hotline.desk.panic import COMMAND_LINE, Kept, remove
from hotline.store.engine import StoreError, StoreUnavailable
from hotline.store.erasures import Erasures
from hotline.store.keys import KeyRing, day_of

WORD = "destroy"

QUESTION = f"""This makes every open contact unreadable, now and for ever: what callers wrote, what we answered, and where
they can be reached. Nobody can undo it. Staff stay signed in.
Type {WORD} and press Enter: """


def run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    print(QUESTION, end="", flush=True)
    if sys.stdin.readline().strip().lower() != WORD:
        print("\nNothing was destroyed.")
        return FINDINGS
    now = time.time()
    kept = _destroy_keys(settings, now)
    print("\nThe keys are destroyed: nothing of any open contact can be read any more.", flush=True)
    return _remove(settings, kept, now)


def _destroy_keys(settings: Settings, now: float) -> Kept:
    """Without a desk, which would need the database."""
    today = day_of(now)
    ring = KeyRing(settings.keys, "contacts", settings.retention.ring_days, today=today)
    kept = Erasures(ring).sealers(now)
    try:
        ring.destroy(now)
    finally:
        KeyRing(settings.keys, "seen", settings.retention.seen_days, today=today).destroy(now)
    return kept


def _remove(settings: Settings, kept: Kept, now: float) -> int:
    try:
        prepare_folders(settings)
        office = open_office(settings, open_shelf(settings, ready=False), open_database(settings))
        try:
            number = office.write(lambda tx: remove(office.desk, tx, kept, COMMAND_LINE, now))
        finally:
            office.writer.close()
    except (CannotStart, StoreError, StoreUnavailable, DBAPIError, OSError) as fault:
        print(f"What they were stored in could not be deleted yet ({type(fault).__name__}); the worker will do it.")
        return FINDINGS
    print(f"{number} open contacts were deleted.")
    return 0
