"""The translation engine that this hotline has installed. The worker alone imports this file: no server ever loads an engine.

What an engine must do stands in `hotline/desk/translate.py`, `Translator`. None ships yet.
"""

from __future__ import annotations

from collections.abc import Collection

Pair = tuple[str, str]
"""From which language into which, by tag."""


class NoTranslator:
    """Nothing is installed: responders have the phrasebook."""

    def languages(self) -> Collection[Pair]:
        return ()

    def translate(self, text: str, source: str, target: str) -> str | None:
        return None


def open_translator() -> NoTranslator:
    """What is installed on this machine."""
    return NoTranslator()
