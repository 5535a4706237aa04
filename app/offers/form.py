"""Forms of the offer check, in either of HTML's two kinds: strictly their own fields, or Refused in one sentence.

A picture is taken out of the body in memory: the libraries that read such forms put larger files on the disk.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from bots.contract import Refused

LONGEST_FORM = 256 * 1024
"""Bytes of a form without a picture: 8,000 letters of any script, as browsers write them in forms."""

MOST_FIELDS = 40
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
_BOUNDARY = re.compile(r'(?:^|;)\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'(?:^|[;\s])name="([^"\r\n]*)"', re.IGNORECASE)
_FILE = re.compile(rb"[;\s]filename\*?=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """`fields` as they were typed, `files` by the name of their field; a file that was not chosen is left out."""

    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def text(self, name: str, most: int = 1_000_000) -> str:
        """A field with lines as we write them, cut at `most` signs."""
        return self.fields.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()[:most]

    def one_of(self, name: str, known: Collection[str]) -> str:
        """A choice of ours, or nothing; Refused for one that the page does not have."""
        value = self.fields.get(name, "")
        if value and value not in known:
            raise Refused(400, "The form holds a choice that this page does not have.")
        return value


def read_form(body: bytes, media_type: str, names: Collection[str], files: Collection[str] = ()) -> Form:
    """The form, or Refused in one sentence: another kind, a field twice, or one that the page does not have."""
    kind = media_type.split(";")[0].strip().lower()
    if kind == FORM:
        # A browser without a picture to send writes the name of its file: it is not ours to know.
        pairs = [(name, value) for name, value in _pairs(body) if name not in files]
        return _strict(pairs, [], names)
    if kind != PARTS:
        raise Refused(415, f"The body must be a form ({FORM} or {PARTS}).")
    boundary = _BOUNDARY.search(media_type)
    if boundary is None:
        raise Refused(400, "The form does not say what parts its fields.")
    texts: list[tuple[str, str]] = []
    found: list[tuple[str, bytes]] = []
    for name, is_file, content in _parts(body, (boundary[1] or boundary[2]).encode()):
        if is_file and name not in files:
            raise Refused(400, "The form holds a file where this page has none.")
        if is_file:
            found.append((name, content))
        elif name not in files:
            texts.append((name, _said(content)))
    return _strict(texts, found, names)


def _strict(texts: list[tuple[str, str]], files: list[tuple[str, bytes]], names: Collection[str]) -> Form:
    fields = dict(texts)
    if len(fields) != len(texts) or len(dict(files)) != len(files) or not set(fields) <= set(names):
        raise Refused(400, "The form holds a field twice, or one that this page does not have.")
    return Form(fields, {name: content for name, content in files if content})


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Refused(400, "The body is not a form in UTF-8.") from None


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, bool, bytes]]:
    """Name, whether it is a file, content. Between two boundaries there is nothing else (RFC 7578, 4.1)."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--") or len(pieces) > MOST_FIELDS:
        raise Refused(400, "The form is cut short, or holds too many fields.")
    for piece in pieces[1:-1]:
        head, gap, content = piece.partition(b"\r\n\r\n")
        disposition = next(
            (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-disposition:")), b""
        )
        name = _NAME.search(disposition)
        if not gap or name is None:
            raise Refused(400, "The form holds a part without a name.")
        yield _said(name[1]), _FILE.search(disposition) is not None, content


def _said(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, "The body is not a form in UTF-8.") from None
