"""Runs the program with one of its protections switched off, so that a test can show that it would notice.

    python tests/weakened.py no_sealing serve

Only for tests: it stands beside the program, and nothing in the program knows it. Child processes are weakened alike.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from hotline.store import engine
from hotline.store.boxes import Seen
from hotline.store.keys import Sealer


def no_sealing() -> None:
    """What is to be sealed is written as it is."""

    def seal(self: Sealer, purpose: str, table: object) -> bytes:
        return json.dumps(table, ensure_ascii=False).encode()

    def unseal(self: Sealer, purpose: str, sealed: bytes) -> object:
        return json.loads(bytes(sealed))

    _replace(Sealer, "seal", seal)
    _replace(Sealer, "open", unseal)


def no_dedupe() -> None:
    """Every message is taken for a new one."""

    def first_time(self: Seen, connection: object, digests: list[bytes], now: float) -> bool:
        return True

    _replace(Seen, "first_time", first_time)


def no_secure_delete() -> None:
    """What SQLite deletes stays in the file until something else is written over it."""
    engine._PRAGMAS["secure_delete"] = 0


SWITCHES: Mapping[str, Callable[[], None]] = {
    "no_sealing": no_sealing,
    "no_dedupe": no_dedupe,
    "no_secure_delete": no_secure_delete,
}


def _replace(owner: type, name: str, by: Callable[..., Any]) -> None:
    assert hasattr(owner, name), f"{owner.__name__}.{name} is gone: this switch would switch nothing off"
    setattr(owner, name, by)


def main(arguments: Sequence[str]) -> None:
    names = ", ".join(SWITCHES)
    if not arguments or arguments[0] not in SWITCHES:
        raise SystemExit(f"Say which protection to switch off: {names}.")
    SWITCHES[arguments[0]]()
    from app import cli

    cli.LAUNCHER[:] = [sys.executable, str(Path(__file__).resolve()), arguments[0]]
    cli.main(arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
