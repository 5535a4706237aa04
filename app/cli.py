"""The command `hotline`. Errors are one sentence; exit code 2 means it was asked wrongly, 1 that something was found."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from app.settings import ROOT, Settings, SettingsError, read_settings

LAUNCHER: list[str] = [sys.executable, "-m", "app"]
"""How this program starts another process of itself."""

USAGE, FINDINGS = 2, 1

Command = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}. See {self.prog} --help.", file=sys.stderr)
        raise SystemExit(USAGE)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = build_parser()
    options = parser.parse_args(arguments)
    raise SystemExit(run(options))


def run(options: argparse.Namespace) -> int:
    """Carry out a parsed command and answer with its exit code."""
    from app.assemble import CannotStart
    from hotline.store.engine import StoreError, StoreUnavailable
    from hotline.store.keys import KeyRingError
    from hotline.store.shelf import ContentError
    from hotline.store.staff import StaffError

    os.umask(0o077)  # whatever is written is for nobody else
    command: Command = options.command
    try:
        return command(options)
    except SettingsError as fault:
        return complain("The settings have mistakes:", fault.mistakes)
    except ContentError as fault:
        return complain("The content has mistakes:", [str(finding) for finding in fault.findings])
    except (CannotStart, StoreError, KeyRingError, StaffError) as fault:
        return complain(str(fault), [])
    except OSError as fault:
        return complain(f"{fault.filename or 'A file'} cannot be used ({fault.strerror}).", [])
    except StoreUnavailable:
        return complain("The database cannot be used at the moment: is the disk full, or another program in it?", [])
    except KeyboardInterrupt:
        return 130


def complain(head: str, rest: Sequence[str]) -> int:
    print(f"hotline: {head}", file=sys.stderr)
    for line in rest:
        print(f"  {line}", file=sys.stderr)
    return USAGE


def near(path: Path) -> str:
    """A file as somebody who stands in the project would name it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def settings_of(options: argparse.Namespace) -> Settings:
    return read_settings(os.environ, Path(options.config), port=getattr(options, "port", None))


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="hotline", description="Campaign pages and an anonymous hotline, on your own server.")
    parser.add_argument("--config", default=str(ROOT / "config.toml"), help="the settings file (default: config.toml)")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name: str, does: str, command: Command, example: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=does,
            description=does,
            epilog=f"Example: {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=command)
        return sub

    serve = add("serve", "Serve pages, chat, webhooks and console.", _serve, "PORT=8080 hotline serve")
    serve.add_argument("--port", type=int, help="the port (default: $PORT or 8000)")
    serve.add_argument("--no-worker", action="store_true", help="do not start a worker beside it")
    worker = add("worker", "Send answers and keep time.", _worker, "hotline worker")
    worker.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    add("migrate", "Bring the database to the present schema.", _migrate, "hotline migrate")
    _add_tools(add)
    return parser


def _add_tools(add: Callable[[str, str, Command, str], argparse.ArgumentParser]) -> None:
    check = add("check", "Check settings, scripts, words, signals and campaigns.", _tool("check"), "hotline check")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    audit = add("audit", "Prove that nothing of a caller is left in any file.", _tool("audit"), "hotline audit --json")
    audit.add_argument("--json", action="store_true", help="print one JSON object")
    prove = add(
        "prove",
        "Prove that no way through the scripts endangers a caller.",
        _tool("prove"),
        "hotline prove --language es",
    )
    prove.add_argument("--json", action="store_true", help="print one JSON object")
    prove.add_argument("--language", action="append", help="only this language; may be given several times")
    learn = add("learn", "Make the models from the phrases in content/.", _tool("learn"), "hotline learn --offers")
    learn.add_argument("--offers", action="store_true", help="only the model of job offers, which takes seconds")
    signals = add(
        "signals",
        "Say what signals messages hold.",
        _tool("signals"),
        """echo '{"id": "1", "text": "he locked me in"}' | hotline signals --jsonl""",
    )
    signals.add_argument("--jsonl", action="store_true", required=True, help="JSON objects, one a line, in and out")
    signals.add_argument("--no-model", action="store_true", help="the rules alone")
    _add_offer(add)
    talk = add("talk", "Talk with a script on the keyboard.", _tool("talk"), "hotline talk first_contact en")
    talk.add_argument("script", help="the script to begin with, such as first_contact")
    talk.add_argument("language", help="a language tag, such as en")
    talk.add_argument("--channel", default="webchat", help="as if by sms, whatsapp, telegram or webchat (the default)")
    talk.add_argument("--on-duty", action="store_true", help="as if somebody were on duty")
    talk.add_argument("--about", default="", help="one line for the transcript's head")
    talk.add_argument("--replay", type=Path, help="type the lines of this transcript, with its script and language")
    talk.add_argument("--save", type=Path, help="write the transcript to this file")
    channels = add(
        "channels",
        "Say of each channel whether it is set up and can be reached.",
        _tool("channels"),
        "hotline channels --connect",
    )
    channels.add_argument("--connect", action="store_true", help="tell Telegram to call this server")
    forget = add(
        "forget",
        "Destroy a caller's open contact, or everything.",
        _tool("forget"),
        "hotline forget sms +4790000001",
    )
    forget.add_argument("channel", nargs="?", help="sms, whatsapp, telegram")
    forget.add_argument("address", nargs="?", help="the number or chat id")
    forget.add_argument("--everything", action="store_true", help="destroy all keys and all open contacts, at once")
    add("panic", "Make every open contact unreadable, now and for ever.", _tool("panic"), "hotline panic")
    _add_directory(add)
    add("publish", "Have every running server show the content as it is now.", _tool("publish"), "hotline publish")
    _add_printing(add)
    export = add(
        "export",
        "Write the public site as files for any web server.",
        _tool("export"),
        "hotline export site --back https://hotline.example",
    )
    export.add_argument("folder", type=Path, help="an empty folder, or one exported before")
    export.add_argument("--back", default="", help="the hotline's address, if the files lie at another one")
    partner = add(
        "partner",
        "Print what a partner organisation needs of us, or list our partners.",
        _tool("partner"),
        "hotline partner key",
    )
    partner.add_argument("deed", choices=["key", "list"])
    _add_drill(add)
    staff = add(
        "staff",
        "Add, invite, list, reset and switch off staff accounts.",
        _tool("staff"),
        "hotline staff invite Chloe --role responder",
    )
    staff.add_argument("deed", choices=["add", "invite", "list", "off", "reset"])
    staff.add_argument("name", nargs="?")
    staff.add_argument("--role", default="responder", help="responder, supervisor, manager or administrator")
    staff.add_argument("--password-file", type=Path, help="a file that holds the password (else it is asked for)")


def _add_offer(add: Callable[[str, str, Command, str], argparse.ArgumentParser]) -> None:
    offer = add("offer", "Say what in job offers breaks a norm, and why.", _tool("offer"), "hotline offer advert.txt")
    source = offer.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", help="a file with one offer, or - for what is typed or piped in")
    source.add_argument("--jsonl", action="store_true", help="JSON objects, one a line, in and out")
    offer.add_argument("--language", help="answer in this language (default: the offer's own, if we have its words)")
    offer.add_argument("--no-model", action="store_true", help="the rules alone")


def _add_printing(add: Callable[[str, str, Command, str], argparse.ArgumentParser]) -> None:
    posters = add(
        "posters",
        "Make a poster, a card, a label or a picture of one campaign.",
        _tool("posters"),
        "hotline posters care-work-abroad ro a4 --out poster.pdf",
    )
    posters.add_argument("campaign", help="its folder under content/campaigns, such as care-work-abroad")
    posters.add_argument("language", help="a language tag, such as ro")
    posters.add_argument("kind", help="a4, a5, strips, card, square, story, lip-balm or bus-times")
    posters.add_argument("--way", default="page", help="where the code leads: page, sms, whatsapp, telegram or signal")
    posters.add_argument("--out", type=Path, help="the file (default: named after all three)")
    fonts = add(
        "fonts",
        "Make the fonts of printed pages again from the whole ones, see docs/printing.md.",
        _tool("fonts"),
        "hotline fonts noto",
    )
    fonts.add_argument("folder", type=Path, help="where the unpacked font packages lie")
    aloud = add(
        "aloud",
        "Have a computer read pages aloud, into files that their pages then offer.",
        _tool("aloud"),
        "hotline aloud --campaign care-work-abroad --language ro",
    )
    aloud.add_argument("--campaign", action="append", help="only this campaign; may be given several times")
    aloud.add_argument("--language", action="append", help="only this language; may be given several times")


def _add_drill(add: Callable[[str, str, Command, str], argparse.ArgumentParser]) -> None:
    drill = add(
        "drill",
        "Practise with simulated callers, in a hotline of its own that is thrown away.",
        _tool("drill"),
        "hotline drill passport_kept stranger_at_phone --minutes 30",
    )
    drill.add_argument("scenario", nargs="*", help="who writes (default: some that chance chooses; see --list)")
    drill.add_argument("--list", action="store_true", help="say which scenarios there are")
    drill.add_argument("--callers", type=int, help="how many callers (default: 4, or one for each scenario named)")
    drill.add_argument("--speed", type=float, default=1.0, help="2: callers write and answer twice as fast")
    drill.add_argument("--minutes", type=float, help="end after this long at the latest")
    drill.add_argument("--port", type=int, help="the port (default: 8010, or one that is free)")
    drill.add_argument("--json", action="store_true", help="print the debrief as one JSON object")
    drill.add_argument("--auto", action="store_true", help="a machine answers, and the drill ends by itself")
    drill.add_argument("--auto-mistakes", action="store_true", help=argparse.SUPPRESS)


def _add_directory(add: Callable[[str, str, Command, str], argparse.ArgumentParser]) -> None:
    directory = add(
        "directory",
        "List help lines and services, export and import them as CSV, say which are to be checked.",
        _tool("directory"),
        "hotline directory list --country NO --need housing",
    )
    directory.add_argument("deed", choices=["list", "export", "import", "check"])
    directory.add_argument("file", nargs="?", type=Path, help="the CSV file of export and import")
    directory.add_argument("--country", help="only this country, such as NO")
    directory.add_argument("--need", help="list: only what helps with this, such as housing")
    directory.add_argument("--find", help="list: only entries with all of these words")
    directory.add_argument("--write", action="store_true", help="import: write what would change")


def _serve(options: argparse.Namespace) -> int:
    from app.harden import harden
    from app.serve import serve

    harden()
    serve(settings_of(options), with_worker=not options.no_worker, launcher=launcher_of(options))
    return 0


def _worker(options: argparse.Namespace) -> int:
    from app.harden import harden
    from app.worker import work

    harden()
    work(settings_of(options), with_parent=options.with_parent)
    return 0


def _migrate(options: argparse.Namespace) -> int:
    from app.assemble import open_database, prepare_folders

    settings = settings_of(options)
    prepare_folders(settings)
    open_database(settings)
    return 0


def _tool(name: str) -> Command:
    """A command of app/tools, loaded when it is called."""

    def command(options: argparse.Namespace) -> int:
        from importlib import import_module

        tool: Command = import_module(f"app.tools.{name}").run
        return tool(options)

    return command


def launcher_of(options: argparse.Namespace) -> list[str]:
    return [*LAUNCHER, "--config", options.config]


if __name__ == "__main__":
    main()
