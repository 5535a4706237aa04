"""Offers, pictures and a Tesseract of the tests' own, for the tests of the offer check."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

RISKY = (
    "Waitress in Dubai! You pay 300 euro registration fee first. The boss keeps your passport in the safe. "
    "Only WhatsApp, no calls. You get paid every month."
)
FAIR = (
    "Haddrick Marine Ltd, 14 Quay Street, Oslo, needs a cook. 3 000 NOK a week, 38 hours a week, weekends free. "
    "Written contract before you travel. You keep your passport. Ticket paid by the employer. We pay for the work permit. "
    "Call or write to us."
)


def picture(size: int = 8) -> bytes:
    """A small white PNG, filled up with a comment to so many bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    rest = chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")
    filling = max(size - 8 - len(head) - len(rest) - 12, 0)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"tEXt", b"x" * filling) + rest


def tesseract(folder: Path, does: str, languages: str = "eng ara") -> Path:
    """A program of this name in a folder: it lists these languages, and for a picture does this (in the shell)."""
    folder.mkdir(exist_ok=True)
    path = folder / "tesseract"
    listed = "\\n".join(("List of available languages (2):", *languages.split(), "osd"))
    path.write_text(f"#!/bin/sh\nif [ \"$1\" = --list-langs ]; then printf '{listed}\\n'; exit; fi\n{does}\n")
    path.chmod(0o755)
    return path


SEES = f"""cat > /dev/null; echo "{RISKY}" """
"""It reads the risky offer in any picture."""
