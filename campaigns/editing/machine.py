"""The worker's duty: drafts that a machine makes, where an engine is installed. They are marked; no server waits for them."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from campaigns.blocks import FINE
from campaigns.drafts import Draft, Unwritable, asked_of_machine, drafts_of, keep_draft, seen_of
from campaigns.editing.kept import read_kept
from hotline.store.shelf import ContentError

_LINE = re.compile(r"^(?P<sign>\s*(?:#+\s|[-*+]\s|\d+[.)]\s)?)(?P<words>.*?)(?P<answer> = (?:true|false))?\s*$")


class Engine(Protocol):
    """What hotline/desk/translate.py asks of a translator."""

    def languages(self) -> Collection[tuple[str, str]]: ...

    def translate(self, text: str, source: str, target: str) -> str | None: ...


class Drafter:
    """Looks for what campaign managers have asked for. `campaigns`: the folder of all campaigns."""

    def __init__(self, campaigns: Path, engine: Engine) -> None:
        self._campaigns, self._engine = campaigns, engine
        self._pairs = frozenset(engine.languages())

    def once(self, now: float) -> int:
        """Write what is asked for. Says how many drafts were made."""
        if not self._pairs:
            return 0
        return sum(self._one(path) for path in asked_of_machine(self._campaigns))

    def _one(self, asked: Path) -> bool:
        """A wish is taken away before the work: an engine that dies of a text is not asked again for ever."""
        folder, language = asked.parent.parent, asked.stem
        asked.unlink(missing_ok=True)
        try:
            kept = read_kept(folder)
            before = drafts_of(folder).get(language)
            if (kept.about.source, language) not in self._pairs or (before and before.text.strip()):
                return False
            made = translated(self._engine, kept.source_text(), kept.about.source, language)
            if made is not None:
                keep_draft(folder, Draft(language, made, machine=True), seen_of(before))
        except (ContentError, Unwritable):
            return False
        return made is not None


def translated(engine: Engine, text: str, source: str, target: str) -> str | None:
    """A page line by line, its signs and blocks kept; None when the engine cannot say one of the lines."""
    lines = []
    for line in text.splitlines():
        parts = _LINE.match(line)
        if FINE.match(line):
            continue
        if parts is None or not parts["words"] or line.startswith(":::"):
            lines.append(line)
            continue
        words = engine.translate(parts["words"], source, target)
        if words is None:
            return None
        lines.append(parts["sign"] + " ".join(words.split()) + (parts["answer"] or ""))
    return "\n".join(lines) + "\n"
