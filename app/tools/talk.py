"""`hotline talk`: the hotline on a keyboard, with the same desk and a throw-away database. What is said can be kept as a
transcript, and a transcript can be played again: those under tests/transcripts are tests."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.assemble import open_office, open_shelf
from app.cli import USAGE, settings_of
from app.settings import Settings
from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.desk.receive import receive, reply_left
from hotline.desk.view import caller_talk
from hotline.message import Incoming
from hotline.store import staff
from hotline.store.shelf import Shelf

ENDED = "(the talk is over, and everything of it is deleted)"


def run(options: argparse.Namespace) -> int:
    """Exit code 2 when there is no such script, language or channel, or a transcript cannot be read."""
    settings = settings_of(options)
    shelf = open_shelf(settings)
    typed: Iterable[str] = _typed()
    try:
        talk = Transcript(options.script, options.language, _channel(options.channel), options.about, options.on_duty)
        if options.replay:
            written = read_transcript(options.replay)
            talk, typed = replace(written, heard=[]), written.typed
        _refuse_unknown(talk, shelf)
    except ValueError as fault:
        print(f"hotline: {fault}", file=sys.stderr)
        return USAGE
    with throwaway_office(settings, shelf, talk.script) as office:
        talk.play(office, typed, show=True)
    if options.save:
        options.save.write_text(str(talk), encoding="utf-8")
    return 0


def _refuse_unknown(talk: Transcript, shelf: Shelf) -> None:
    """ValueError in one sentence for a script or a language that is not there."""
    if talk.script not in shelf.scripts.by_name:
        raise ValueError(f"{talk.script} is not a script: {', '.join(shelf.scripts.by_name)}.")
    if talk.language not in shelf.offered:
        raise ValueError(f"{talk.language} is not offered: {', '.join(shelf.offered)}.")


def _channel(name: str) -> Channel:
    if name not in list(Channel):
        raise ValueError(f"{name} is not a channel: {', '.join(Channel)}.")
    return Channel(name)


@dataclass
class Transcript:
    """A talk as people read it: `<` was typed, `>` answered; a head says with which script, language and channel."""

    script: str
    language: str
    channel: Channel = Channel.WEBCHAT
    about: str = ""
    on_duty: bool = False
    heard: list[str] = field(default_factory=list)

    @property
    def typed(self) -> list[str]:
        return [line.removeprefix("<").strip() for line in self.heard if line.startswith("<")]

    def __str__(self) -> str:
        head = [f"# script {self.script}", f"# language {self.language}", f"# channel {self.channel.value}"]
        head += [f"# about {self.about}"] if self.about else []
        head += ["# on duty"] if self.on_duty else []
        return "\n".join([*head, "", *self.heard]) + "\n"

    def play(self, office: Office, typed: Iterable[str], *, show: bool = False) -> None:
        """Say each typed line to the desk and write down what it answers, until the lines or the talk are over.

        On a page the hotline speaks first; elsewhere the caller does.
        """
        if self.on_duty:
            _begin_shift(office)
        caller, ours = secrets.token_hex(8), "keyboard"
        lines = iter(typed)
        text: str | None = "" if self.channel is Channel.WEBCHAT else self._next(lines)
        while text is not None:
            incoming = Incoming(self.channel, caller, ours, secrets.token_hex(8), text, language=self.language)
            self._answered(office, incoming, show=show)
            if self._over(office, caller):
                self._note(ENDED, show=show)
                return
            text = self._next(lines)

    def _next(self, lines: Iterator[str]) -> str | None:
        text = next(lines, None)
        if text is not None:
            self.heard.append(f"< {text}".rstrip())
        return text

    def _answered(self, office: Office, incoming: Incoming, *, show: bool) -> None:
        impression, now = office.impression(incoming), time.time()
        reply = office.write(lambda tx: receive(office.desk, tx, incoming, now, impression))
        if reply.digest:
            reply_left(office, reply.digest)
        for message in reply.messages:
            for line in message.as_text().splitlines():
                self._note(line, show=show)

    def _note(self, line: str, *, show: bool) -> None:
        self.heard.append(f"> {line}")
        if show:
            print(line)

    def _over(self, office: Office, caller: str) -> bool:
        return office.read(lambda one: caller_talk(office.desk, one, self.channel, caller, time.time())) is None


def read_transcript(path: Path) -> Transcript:
    """A transcript from its file; OSError or ValueError (with the line) when it is not one."""
    talk = Transcript("first_contact", "en")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        word, _, rest = line.removeprefix("#").strip().partition(" ")
        if not line.strip() or line.startswith((">", "<")):
            talk.heard += [line.rstrip()] if line.strip() else []
        elif not line.startswith("#") or word not in _HEAD:
            raise ValueError(f"{path}:{number}: a line begins with <, > or # and one of {', '.join(_HEAD)}.")
        else:
            setattr(talk, word, _HEAD[word](rest)) if word != "on" else setattr(talk, "on_duty", True)
    return talk


_HEAD: Mapping[str, Callable[[str], object]] = {
    "script": str,
    "language": str,
    "channel": _channel,
    "about": str,
    "on": str,
}


@contextmanager
def throwaway_office(settings: Settings, shelf: Shelf, script: str) -> Iterator[Office]:
    """An office whose database and keys vanish with it, and which begins with this script."""
    shelf = replace(shelf, scripts=replace(shelf.scripts, begin=script))
    with tempfile.TemporaryDirectory(prefix="hotline-talk-") as name:
        home = Path(name)
        settings = replace(settings, home=home, keys=home / "keys", database_url=str(home / "talk.db"))
        office = open_office(settings, shelf)
        try:
            yield office
        finally:
            office.writer.close()
            office.engine.dispose()


def _begin_shift(office: Office) -> None:
    now = time.time()
    member = office.write(
        lambda tx: staff.add(tx.connection, "Chloe", staff.Role.RESPONDER, secrets.token_hex(16), now)
    )
    office.write(lambda tx: staff.begin_shift(tx.connection, member.id, now, now + 3600))


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("» " if sys.stdin.isatty() else "")
        except EOFError:
            return
