"""Reads the words in a picture of an offer with Tesseract, if it is installed: see docs/decisions.

A picture goes to the program by its standard input, within bounds of time, memory and number, and is never on a disk: the
limits under which the program runs forbid it to write any file. Nothing of it or of what was read is kept.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

LONGEST_PICTURE = 6 * 1024 * 1024
SECONDS = 20.0
MEMORY_KB = 1024 * 1024
WAITING = 5
"""So many pictures may wait while one is read; whoever comes then is told to try again or to paste the text."""

MOST_LETTERS = 8_000
WRAPPED = 0.6
"""A line at least so long, as a part of the longest beside it, may have been ended by the edge alone."""

_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ENDS = re.compile(r"[.!?:;…。！？؟،۔।]$")
_ITEM = re.compile(r"[-–—*•·●▪✓✔»>]|\d+[.)]\s")
LIST_SECONDS = 10.0
PROGRAM = "tesseract"

COLUMN = "4"
"""One column of text: by itself Tesseract takes apart the lines of a message on a wide picture."""

_LIMITS = 'ulimit -v "$1" && ulimit -t "$2" && ulimit -f 0 && ulimit -c 0 && shift 2 && exec "$@"'
"""Limits of the shell, which a child keeps. Python's way to set them before a program starts is not made for threads."""

_KINDS = (
    re.compile(rb"\x89PNG\r\n\x1a\n"),
    re.compile(rb"\xff\xd8\xff"),
    re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
)
"""PNG, JPEG, WebP. What begins in another way Tesseract may take for a list of files to open."""

_CODES: Mapping[str, tuple[str, ...]] = {
    "en": ("eng",), "sv": ("swe",), "fi": ("fin",), "nb": ("nor",), "da": ("dan",), "is": ("isl",), "et": ("est",),
    "lv": ("lav",), "lt": ("lit",), "ru": ("rus",), "uk": ("ukr",), "pl": ("pol",), "ro": ("ron",), "tr": ("tur",),
    "th": ("tha",), "zh-Hans": ("chi_sim",), "ar": ("ara",), "fa": ("fas",), "vi": ("vie",), "tl": ("fil", "tgl"),
    "es": ("spa",), "fr": ("fra",),
}  # fmt: skip
"""What Tesseract calls our languages."""


class NotAPicture(Exception):
    """The file is none of the kinds that are read, or too large."""


class Busy(Exception):
    """Too many pictures wait already."""


def found(mode: str) -> str:
    """The program's path where pictures are to be read and it is installed, else nothing. `mode`: auto or off."""
    return (shutil.which(PROGRAM) or "") if mode == "auto" else ""


class PictureReader:
    """Reads one picture at a time. `path`: the program; empty: pictures are not read here."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._installed = _installed(path) if path else frozenset()
        self._places = WAITING + 1
        self._turn = asyncio.Semaphore(1)

    @property
    def can_read(self) -> bool:
        return bool(self._installed)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, taken before a picture's bytes are; Busy when there is none."""
        if not self._places:
            raise Busy
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1

    async def words(self, picture: bytes, language: str) -> str:
        """What stands in a picture, for somebody who holds a place; nothing if no words could be made out in time.

        `language`: that of the page, which is looked for first; English is looked for as well.
        """
        if len(picture) > LONGEST_PICTURE or not any(kind.match(picture) for kind in _KINDS):
            raise NotAPicture
        async with self._turn:
            return tidied(await self._run(picture, self._codes(language)))

    def _codes(self, language: str) -> str:
        wanted = [code for tag in (language, "en") for code in _CODES.get(tag, ()) if code in self._installed]
        return "+".join(dict.fromkeys(wanted)) or min(self._installed)

    async def _run(self, picture: bytes, codes: str) -> str:
        limits = (str(MEMORY_KB), str(int(SECONDS)))
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", _LIMITS, "sh", *limits, self._path, "stdin", "stdout", "-l", codes, "--psm", COLUMN,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=_environment(), cwd="/", start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                out, _ = await process.communicate(picture)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            return ""
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return out.decode("utf-8", "replace") if process.returncode == 0 else ""


def tidied(text: str) -> str:
    """What was read as somebody would have typed it: a line that only the picture's edge has ended goes on."""
    blocks = re.split(r"\n\s*\n", _MARKS.sub("", text).replace("\f", "\n\n"))
    kept = "\n\n".join(one for block in blocks if (one := _unwrapped(block.splitlines())))
    return kept[:MOST_LETTERS] if any(map(str.isalnum, kept)) else ""


def _unwrapped(lines: list[str]) -> str:
    lines = [line for one in lines if (line := " ".join(one.split()))]
    edge = WRAPPED * max(map(len, lines), default=0)
    text = ""
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else ""
        goes_on = before and len(before) >= edge and not _ENDS.search(before) and not _ITEM.match(line)
        text += f"{' ' if goes_on else chr(10) if before else ''}{line}"
    return text


def _installed(path: str) -> frozenset[str]:
    """The languages that the program has; none where it does not answer as it should."""
    try:
        done = subprocess.run(
            [path, "--list-langs"],
            capture_output=True,
            timeout=LIST_SECONDS,
            env=_environment(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    # Old versions write the list to the standard error; it begins with a heading, and `osd` is no language.
    lines = (done.stdout or done.stderr).decode("utf-8", "replace").splitlines()
    return frozenset(line for line in lines if re.fullmatch(r"[a-z]{3}(_[a-z]{3,4})?", line)) - {"osd", "equ"}


def _environment() -> dict[str, str]:
    """What the program needs to know, and nothing of ours: no secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}
