"""`hotline export`: the whole public site as files, for any web server: the same bytes as the server sends."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.asgi import CHAT_SCRIPTS, HEADERS
from app.assemble import open_shelf
from app.cli import USAGE, settings_of
from app.helping import HelpPages
from app.listening import folder_of
from app.offers.pages import OfferPages
from app.pages import Pages
from app.publishing import Publishing
from app.settings import Settings
from campaigns.publish import Assets, Published
from hotline.events import Log
from hotline.store.guide import read_guide
from hotline.store.shelf import Shelf, read_words

MARK = ".hotline-export"
"""Stands in every folder that an export has made: nothing else is ever emptied."""


def run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    folder: Path = options.folder
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        print(f"hotline: {folder} holds other files: name an empty folder, or one exported before.", file=sys.stderr)
        return USAGE
    files = exported(settings, open_shelf(settings), back=options.back.rstrip("/"))
    written = write(folder, files)
    same = "Forms go to the same address: send what is no file to the hotline."
    print(f"{written} files in {folder}. {f'Forms go to {options.back}.' if options.back else same}")
    return 0


def exported(
    settings: Settings, shelf: Shelf, *, back: str = "", today: datetime.date | None = None
) -> dict[str, bytes]:
    """Every file by its name: pages, style sheets, icons, and what a web server must be told.

    Without `back` a page is byte for byte what the server sends. With it, forms and links that need the server lead to
    that address.
    """
    day = today or datetime.datetime.now(datetime.UTC).date()
    assets = Assets(settings.static, CHAT_SCRIPTS)
    pages = Pages(settings, shelf, assets, read_words(settings.locales / "en", "console"))
    offers = OfferPages(settings, shelf, pages.page)
    found: Mapping[str, Published] = Publishing(settings, shelf.offered, pages.page, assets, Log(), offers).pages(day)
    files = {_name(path, page.media_type): page.plain for path, page in found.items() if page.cache != "no-store"}
    files |= dict(_help(settings, shelf, pages, day))
    default = settings.default_language if settings.default_language in shelf.words else shelf.offered[0]
    files["index.html"] = pages.page("choose.html", default, {}).encode()
    if back:
        files = {name: _pointing(data, back) if name.endswith(".html") else data for name, data in files.items()}
    files |= {f"listen/{path.name}": path.read_bytes() for path in sorted(folder_of(settings).glob("*.mp3"))}
    own = next((dict(page.headers) for path, page in found.items() if path.endswith("/keep")), {})
    return {**files, "nginx.conf": _nginx(back, own).encode()}


def _help(settings: Settings, shelf: Shelf, pages: Pages, day: datetime.date) -> Iterator[tuple[str, bytes]]:
    guide = read_guide(settings.content / "directory")
    helping = HelpPages(guide, shelf.pages, pages.page)
    for language in shelf.offered:
        for country in guide:
            code = country.code.lower()
            if (html := helping.page(language, code, day)) is not None:
                yield f"{language}/help/{code}.html", html.encode()


def _name(path: str, media_type: str) -> str:
    if path.endswith("/"):
        return f"{path[1:]}index.html"
    return f"{path[1:]}.html" if media_type.startswith("text/html") else path[1:]


def _pointing(page: bytes, back: str) -> bytes:
    """Forms and the figures are the server's: from another host they are reached by its whole address."""
    whole = back.encode()
    for own in (b'action="/', b'href="/figures"'):
        name, _, path = own.partition(b'"/')
        page = page.replace(own, name + b'"' + whole + b"/" + path)
    return page


def _nginx(back: str, kept: Mapping[str, str]) -> str:
    """For `include` inside a server block: how the files are found, and the headers that keep readers safe. `kept`: those
    of pages that are saved."""
    lines = [f'add_header {name} "{_allowing(name, value, back)}" always;' for name, value in HEADERS]
    return "\n".join(
        [
            "# Written by `hotline export`: put `root` of your server block to this folder and include this file.",
            "gzip_static on;",
            "charset utf-8;",
            *lines,
            "location /static/ { expires 1y; }",
            "location = /calendar.ics { default_type text/calendar; }",
            "location = /calendar.atom { default_type application/atom+xml; }",
            "location ~ ^/[^/]+/c/[^/]+/keep$ {",
            "  try_files $uri.html =404;",
            *(f'  add_header {name} "{_escaped(value)}" always;' for name, value in {**dict(HEADERS), **kept}.items()),
            "}",
            # A form is sent to the address of its own page, which is a file here.
            "location / { try_files $uri $uri.html $uri/index.html @hotline; error_page 405 = @hotline; }",
            "location @hotline { proxy_pass http://127.0.0.1:8000; }"
            if not back
            else "location @hotline { return 404; }",
            "location ~ (^|/)\\. { return 404; }",
            "location = /nginx.conf { return 404; }",
            "",
        ]
    )


def _escaped(value: str) -> str:
    return value.replace('"', '\\"')


def _allowing(name: str, value: str, back: str) -> str:
    if back and name == "Content-Security-Policy":
        return value.replace("form-action 'self'", f"form-action 'self' {back}")
    return value


def write(folder: Path, files: Mapping[str, bytes]) -> int:
    """Write what is new or has changed, with its compressed twin, and take away what is no longer there."""
    import gzip

    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    (folder / MARK).touch(mode=0o644)
    wanted = {MARK}
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        twin = [] if name.endswith(".mp3") else [(path.with_name(path.name + ".gz"), gzip.compress(data, 9, mtime=0))]
        for target, content in ((path, data), *twin):
            wanted.add(str(target.relative_to(folder)))
            if not target.exists() or target.read_bytes() != content:
                target.write_bytes(content)
                target.chmod(0o644)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and str(path.relative_to(folder)) not in wanted:
            path.unlink()
        elif path.is_dir():
            path.chmod(0o755)
            if not any(path.iterdir()):
                path.rmdir()
    return len(files)
