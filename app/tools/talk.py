"""`hotline talk`: the hotline on a keyboard, with the same desk and a throw-away database."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from app.assemble import open_office, open_shelf
from app.cli import USAGE, settings_of
from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.desk.receive import receive, reply_left
from hotline.desk.view import caller_talk
from hotline.message import Incoming


def run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    shelf = open_shelf(settings)
    if options.script not in shelf.scripts.by_name:
        print(f"hotline: {options.script} is not a script: {', '.join(shelf.scripts.by_name)}.", file=sys.stderr)
        return USAGE
    if options.language not in shelf.offered:
        print(f"hotline: {options.language} is not offered: {', '.join(shelf.offered)}.", file=sys.stderr)
        return USAGE
    shelf = replace(shelf, scripts=replace(shelf.scripts, begin=options.script))
    with tempfile.TemporaryDirectory(prefix="hotline-talk-") as name:
        home = Path(name)
        settings = replace(settings, home=home, keys=home / "keys", database_url=str(home / "talk.db"))
        office = open_office(settings, shelf)
        try:
            said = _talk(office, options.language)
        finally:
            office.writer.close()
    if options.save:
        options.save.write_text("\n".join(said) + "\n", encoding="utf-8")
    return 0


def _talk(office: Office, language: str) -> list[str]:
    """Lines beginning with `<` were typed, lines beginning with `>` answered."""
    said: list[str] = []
    token, text = secrets.token_hex(8), ""
    while True:
        incoming = Incoming(Channel.WEBCHAT, token, "keyboard", secrets.token_hex(8), text, language=language)
        now = time.time()
        reply = office.write(lambda tx, incoming=incoming, now=now: receive(office.desk, tx, incoming, now))  # type: ignore[misc]
        if reply.digest:
            reply_left(office, reply.digest)
        for message in reply.messages:
            for line in message.as_text().splitlines():
                said.append(f"> {line}")
                print(line)
        if (
            office.read(lambda connection: caller_talk(office.desk, connection, Channel.WEBCHAT, token, time.time()))
            is None
        ):
            return said
        try:
            text = input("» " if sys.stdin.isatty() else "")
        except EOFError:
            return said
        said.append(f"< {text}")
