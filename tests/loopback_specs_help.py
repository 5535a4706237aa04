"""The providers' own descriptions of their interfaces, and parameters that remember which of them were read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(__file__).resolve().parents[1].parent / "shared" / "specs"

Spec = dict[str, Any]


def spec(name: str) -> Spec:
    place = SPECS / name
    if not place.is_file():
        pytest.skip(f"the provider's description is not there: shared/specs/{name} next to the repository")
    loaded = json.loads(place.read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


class Spy(dict[str, Any]):
    """Parameters that remember which of them were read."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)
