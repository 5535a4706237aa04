"""What a model makes of a message, as plain numbers: the ground never sees the model itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Impression:
    """`labels`: how likely the message is each of the ten labels (sums to 1, or empty). `languages`: each language."""

    labels: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)
