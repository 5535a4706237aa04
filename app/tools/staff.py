"""`hotline staff`: accounts on the command line."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
import time
from collections.abc import Callable, Mapping

from app.assemble import open_office, open_shelf, prepare_folders
from app.cli import USAGE, settings_of
from app.settings import Settings
from hotline.desk.office import Office
from hotline.store import accounts, staff
from hotline.store.staff import Role, StaffError

Deed = Callable[[Office, Settings, argparse.Namespace], None]


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
        DEEDS[options.deed](office, settings, options)
        return 0
    finally:
        office.writer.close()


def _list(office: Office, settings: Settings, options: argparse.Namespace) -> None:
    for member in office.read(staff.everybody):
        print(f"{member.name}\t{member.role.value}\t{'active' if member.active else 'switched off'}")


def _off(office: Office, settings: Settings, options: argparse.Namespace) -> None:
    member = office.write(lambda tx: staff.switch_off(tx.connection, options.name, time.time()))
    print(f"{member.name} is switched off and signed out everywhere.")


def _add(office: Office, settings: Settings, options: argparse.Namespace) -> None:
    password, told = _password(options)
    role = Role(options.role)
    member = office.write(lambda tx: staff.add(tx.connection, options.name, role, password, time.time()))
    print(f"{member.name} can sign in at {settings.public_url}/staff/ as {member.role.value}.")
    if told:
        print(f"Password, shown only now: {password}")


def _invite(office: Office, settings: Settings, options: argparse.Namespace) -> None:
    role, now = Role(options.role), time.time()
    member, secret = office.write(lambda tx: accounts.invite(tx.connection, options.name, role, now))
    _tell_link(settings, member, secret)


def _reset(office: Office, settings: Settings, options: argparse.Namespace) -> None:
    member, secret = office.write(lambda tx: accounts.reset_factors(tx.connection, options.name, time.time()))
    print(f"{member.name} is signed out; passkeys, authenticator app and recovery codes are removed.")
    if secret:
        _tell_link(settings, member, secret)


def _tell_link(settings: Settings, member: staff.Member, secret: str) -> None:
    print(f"{member.name} comes in as {member.role.value} by this link, once, within two days:")
    print(f"{settings.public_url}/staff/invited/{secret}")


DEEDS: Mapping[str, Deed] = {"add": _add, "invite": _invite, "list": _list, "off": _off, "reset": _reset}


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
