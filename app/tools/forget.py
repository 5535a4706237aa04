"""`hotline forget`: destroy one caller's open contact, or all keys and all contacts at once."""

from __future__ import annotations

import argparse
import sys
import time

from sqlalchemy import delete

from app.assemble import open_office, open_shelf, prepare_folders
from app.cli import USAGE, settings_of
from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.desk.panic import COMMAND_LINE, destroy_keys, remove
from hotline.store.schema import seen
from hotline.store.writer import Tx


def run(options: argparse.Namespace) -> int:
    named = options.channel is not None and options.address is not None
    if named == options.everything:
        print(
            "hotline: name a channel and an address, or use --everything. See hotline forget --help.", file=sys.stderr
        )
        return USAGE
    if named and options.channel not in list(Channel):
        print(f"hotline: {options.channel} is not a channel: {', '.join(Channel)}.", file=sys.stderr)
        return USAGE
    settings = settings_of(options)
    prepare_folders(settings)
    office = open_office(settings, open_shelf(settings, ready=False))
    try:
        if options.everything:
            print(
                f"Destroyed every key and {forget_everything(office)} open contacts. Nothing of them can be read again."
            )
            return 0
        channel, address = Channel(options.channel), options.address
        number = office.write(lambda tx: office.desk.contacts.destroy_sender(tx, channel, address, time.time()))
        print("The open contact was destroyed." if number else "There is no open contact of this address.")
        return 0
    finally:
        office.writer.close()


def forget_everything(office: Office) -> int:
    """Keys first: from then on nothing can be read, whatever happens to the rows."""
    now = time.time()
    kept = destroy_keys(office.desk, now)

    def work(tx: Tx) -> int:
        tx.connection.execute(delete(seen))
        return remove(office.desk, tx, kept, COMMAND_LINE, now)

    return office.write(work)
