"""Drafts of pages, the versions they replaced, and the table of a campaign: plain files, which git may change as well.

Every write is whole or not at all, and one at a time on this machine. Nothing here says who may do what.
"""

from __future__ import annotations

import datetime
import fcntl
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.campaign import digest_of
from campaigns.editing.tomltext import toml_of
from hotline.language import LANGUAGES

DRAFTS, HISTORY, TABLE = "drafts", "history", "campaign.toml"
KEPT_VERSIONS = 20
_STAMP = "%Y%m%dT%H%M%SZ"
_VERSION = re.compile(r"^(?P<language>[A-Za-z-]+)-(?P<at>\d{8}T\d{6}Z)$")


class Unwritable(Exception):
    """The folder cannot be written; the text is one sentence for whoever tried."""


class Changed(Exception):
    """Somebody else has written since: nothing was written over. `now` is their text."""

    def __init__(self, now: str) -> None:
        self.now = now
        super().__init__("Somebody else has changed this text since you opened it.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A page that is not published. `by` and `staff_id`: who edited it last; empty and 0 when that was not done here, or
    the file was changed since by other means. `machine`: no person has gone over the whole of it."""

    language: str
    text: str
    by: str = ""
    staff_id: int = 0
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A page as it once was, and what was said of its readers then."""

    name: str
    at: datetime.datetime
    text: str
    review: Mapping[str, Any]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else on this machine writes into this folder meanwhile. Unwritable when it cannot be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as fault:
        raise _unwritable(folder, fault) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it finds all of the old or all of the new one. Unwritable says why not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as fault:
        raise _unwritable(path, fault) from None


def writable(folder: Path) -> bool:
    """Whether the editor can write here at all."""
    return os.access(folder, os.W_OK | os.X_OK)


def table_of(folder: Path) -> Path:
    """Where a campaign's table stands: among the drafts until its first page is published."""
    live = folder / TABLE
    return live if live.exists() else folder / DRAFTS / TABLE


def drafts_of(folder: Path) -> dict[str, Draft]:
    """Every draft by its language; a file of another name is none."""
    paths = sorted((folder / DRAFTS).glob("*.md"))
    found = {path.stem: _draft(path) for path in paths if path.stem in LANGUAGES}
    return {tag: draft for tag, draft in found.items() if draft is not None}


def _draft(path: Path) -> Draft | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise Unwritable(f"{path.parent.parent.name}/{DRAFTS}/{path.name} is not UTF-8: save it as UTF-8.") from None
    about = _table(path.with_suffix(".toml"))
    same = about.get("digest") == digest_of(text)
    by, staff_id = about.get("by"), about.get("staff_id")
    return Draft(
        path.stem,
        text,
        by if same and isinstance(by, str) else "",
        staff_id if same and isinstance(staff_id, int) else 0,
        about.get("machine") is True,
    )


def keep_draft(folder: Path, draft: Draft, seen: str | None = None) -> None:
    """Put this in the place of the draft of its language. `seen`: the digest of the draft it was made from (empty: there
    was none); Changed when the draft is another one by now."""
    with locked(folder):
        path = folder / DRAFTS / f"{draft.language}.md"
        before = _draft(path)
        if seen is not None and seen != seen_of(before) and (before is None or before.text != draft.text):
            raise Changed(before.text if before else "")
        about: dict[str, Any] = {"by": draft.by, "staff_id": draft.staff_id, "digest": digest_of(draft.text)}
        write_whole(path, draft.text)
        write_whole(path.with_suffix(".toml"), toml_of({**about, **({"machine": True} if draft.machine else {})}))


def seen_of(draft: Draft | None) -> str:
    """What a form remembers of the draft it shows."""
    return digest_of(draft.text) if draft else ""


def drop_draft(folder: Path, language: str) -> None:
    for ending in (".md", ".toml", ".asked"):
        (folder / DRAFTS / f"{language}{ending}").unlink(missing_ok=True)


def replace_page(folder: Path, language: str, text: str, review: Mapping[str, Any], now: datetime.datetime) -> None:
    """Write the page; the one that stood there goes into the history, with what was said of its readers (`review`)."""
    path = folder / f"{language}.md"
    if path.exists():
        before = path.read_text(encoding="utf-8")
        latest = next((one.at for one in versions_of(folder, language)), now - datetime.timedelta(days=1))
        at = max(now, latest + datetime.timedelta(seconds=1))  # two within a second stay two, in their order
        old = folder / HISTORY / f"{language}-{at.strftime(_STAMP)}.md"
        write_whole(old, before)
        write_whole(old.with_suffix(".toml"), toml_of(review))
    write_whole(path, text)
    for version in versions_of(folder, language)[KEPT_VERSIONS:]:
        for ending in (".md", ".toml"):
            (folder / HISTORY / f"{version.name}{ending}").unlink(missing_ok=True)


def versions_of(folder: Path, language: str) -> list[Version]:
    """What this page once was, the latest first."""
    found = []
    for path in (folder / HISTORY).glob(f"{language}-*.md"):
        match = _VERSION.match(path.stem)
        if match and match["language"] == language:
            at = datetime.datetime.strptime(match["at"], _STAMP).replace(tzinfo=datetime.UTC)
            text = path.read_text(encoding="utf-8", errors="replace")
            found.append(Version(path.stem, at, text, _table(path.with_suffix(".toml"))))
    return sorted(found, key=lambda version: version.at, reverse=True)


def ask_machine(folder: Path, language: str) -> None:
    """Have the worker write a draft."""
    write_whole(folder / DRAFTS / f"{language}.asked", "")


def asked_of_machine(folder: Path) -> list[Path]:
    """What the worker is asked for, over all campaigns."""
    return sorted(path for path in folder.glob(f"*/{DRAFTS}/*.asked") if path.stem in LANGUAGES)


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _unwritable(path: Path, fault: OSError) -> Unwritable:
    place = "/".join(path.parts[-3:])
    return Unwritable(
        f"{place} cannot be written ({fault.strerror}): nothing was changed. Let the hotline write there."
    )
