"""`hotline staff`: accounts on the command line."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
import time

from app.assemble import open_office, open_shelf, prepare_folders
from app.cli import USAGE, settings_of
from hotline.store import staff
from hotline.store.staff import Role, StaffError


def run(options: argparse.Namespace) -> int:
    if options.deed != "list" and not options.name:
        print(f"hotline: say who: hotline staff {options.deed} NAME.", file=sys.stderr)
        return USAGE
    if options.role not in list(Role):
        print(f"hotline: {options.role} is not a role: {', '.join(Role)}.", file=sys.stderr)
        return USAGE
    settings = settings_of(options)
    prepare_folders(settings)
    office = open_office(settings, open_shelf(settings, ready=False))
    try:
        if options.deed == "list":
            for member in office.read(staff.everybody):
                print(f"{member.name}\t{member.role.value}\t{'active' if member.active else 'switched off'}")
        elif options.deed == "off":
            member = office.write(lambda tx: staff.switch_off(tx.connection, options.name, time.time()))
            print(f"{member.name} is switched off and signed out everywhere.")
        else:
            password, told = _password(options)
            role = Role(options.role)
            member = office.write(lambda tx: staff.add(tx.connection, options.name, role, password, time.time()))
            print(f"{member.name} can sign in at {settings.public_url}/staff/ as {member.role.value}.")
            if told:
                print(f"Password, shown only now: {password}")
        return 0
    finally:
        office.writer.close()


def _password(options: argparse.Namespace) -> tuple[str, bool]:
    """The password from its file, from the keyboard, or a fresh one; and whether it must be told."""
    if options.password_file is not None:
        try:
            return options.password_file.read_text(encoding="utf-8").strip(), False
        except OSError as fault:
            raise StaffError(f"{options.password_file} cannot be read ({fault.strerror}).") from None
    if sys.stdin.isatty():
        first = getpass.getpass("Password (empty: make one): ")
        if first:
            if getpass.getpass("Again: ") != first:
                raise StaffError("The two passwords differ: nothing was changed.")
            return first, False
    return secrets.token_urlsafe(12), True
