"""A small translator that is real: a dictionary of words. And everything that a machine may do wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping

SPANISH = {"hola": "hello", "necesito": "need", "ayuda": "help", "estoy": "am", "aquí": "here", "dónde": "where"}


class Words:
    """Translates word by word; what it does not know stays. Notes every text that it was given."""

    def __init__(
        self, pairs: Collection[tuple[str, str]] = (("es", "en"),), words: Mapping[str, str] = SPANISH
    ) -> None:
        self._pairs, self._words = pairs, words
        self.asked: list[str] = []

    def languages(self) -> Collection[tuple[str, str]]:
        return self._pairs

    def translate(self, text: str, source: str, target: str) -> str | None:
        self.asked.append(text)
        assert (source, target) in self._pairs
        return " ".join(self._words.get(word.lower(), word) for word in text.split())


class Broken(Words):
    """Fails as often as it is asked."""

    def translate(self, text: str, source: str, target: str) -> str | None:
        super().translate(text, source, target)
        raise RuntimeError(text)


class Silent(Words):
    def translate(self, text: str, source: str, target: str) -> str | None:
        super().translate(text, source, target)
        return None
