"""The residue scanner: a process of its own that looks for marked words in every file, in ten encodings.

Its own process, because reading a live SQLite file from inside the process that uses it drops its locks.
Reads a JSON object on standard input: {"roots": [folders], "marks": {name: text}}. Prints one JSON object.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import pickle
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

ENCODINGS = ("utf-8", "utf-16", "base64", "hex", "url", "json", "pickle", "gzip", "reversed", "digits")
_LONGEST = 256 * 1024 * 1024


def patterns(text: str) -> dict[str, list[bytes]]:
    """What a text looks like on a disk in each encoding. `gzip` is looked for by unpacking, so it has none here."""
    raw = text.encode()
    digits = "".join(sign for sign in text if sign.isdigit())
    found = {
        "utf-8": [raw],
        "utf-16": [text.encode("utf-16-le"), text.encode("utf-16-be")],
        "base64": [part for shift in range(3) for part in _base64(raw, shift)],
        "hex": [raw.hex().encode(), raw.hex().upper().encode()],
        "url": [quote(text, safe="").encode(), quote_plus(text).encode()],
        "json": [json.dumps(text)[1:-1].encode()],
        "pickle": [pickle.dumps(text, 0).split(b"\n")[0][1:]],
        "reversed": [text[::-1].encode()],
        "digits": [digits.encode()] if len(digits) >= 8 else [],
    }
    return {name: [part for part in parts if len(part) >= 8] for name, parts in found.items()}


def _base64(raw: bytes, shift: int) -> Iterator[bytes]:
    """The part of a base64 text that does not depend on what stands before and after, at one of three alignments."""
    body = raw[(3 - shift) % 3 :]
    body = body[: len(body) - len(body) % 3]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(body)


def search(roots: list[Path], marks: Mapping[str, str]) -> dict[str, object]:
    """Every place where a mark stands, with the number of files and bytes that were read."""
    wanted = {name: patterns(text) for name, text in marks.items()}
    findings, files, size = [], 0, 0
    for root in roots:
        for path in sorted(root.rglob("*")):
            if not path.is_file() or path.is_symlink():
                continue
            content = path.read_bytes()[:_LONGEST]
            files, size = files + 1, size + len(content)
            for name, encoding in _in(content, wanted):
                findings.append({"file": str(path.relative_to(root)), "mark": name, "encoding": encoding})
    return {"files": files, "bytes": size, "findings": findings}


def _in(content: bytes, wanted: Mapping[str, Mapping[str, list[bytes]]]) -> Iterator[tuple[str, str]]:
    unpacked = list(_unpacked(content))
    for name, encodings in wanted.items():
        for encoding, parts in encodings.items():
            if any(part in content for part in parts):
                yield name, encoding
        if any(part in body for body in unpacked for part in encodings["utf-8"]):
            yield name, "gzip"


def _unpacked(content: bytes) -> Iterator[bytes]:
    at = content.find(b"\x1f\x8b\x08")
    while at >= 0:
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj(31).decompress(content[at:], _LONGEST)
        at = content.find(b"\x1f\x8b\x08", at + 1)


def plant(folder: Path, text: str) -> list[str]:
    """Write a text into one file per encoding, as a positive control. Returns the encodings planted."""
    folder.mkdir(parents=True, exist_ok=True)
    planted = []
    for encoding in ENCODINGS:
        parts = [gzip.compress(text.encode())] if encoding == "gzip" else patterns(text)[encoding]
        if parts:
            (folder / f"{encoding}.bin").write_bytes(b"before " + parts[0] + b" after")
            planted.append(encoding)
    return planted


if __name__ == "__main__":
    order = json.load(sys.stdin)
    json.dump(search([Path(root) for root in order["roots"]], order["marks"]), sys.stdout)
