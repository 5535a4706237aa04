"""A script: the steps a bot follows, as staff wrote them in TOML. Its words stand elsewhere, one set per language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotline.contact import Level
from hotline.triage.signals import Code

CIRCLE = "It goes round in a circle without ever asking anything."

UNIVERSAL = ("person", "pause", "emergency")
"""Universal words that lead to a step, which the first script must name under [on_signal]."""


class Do(StrEnum):
    """What entering a step, or choosing a choice, makes the desk do."""

    KEEP_ADDRESS = "keep_address"
    HAND_OFF = "hand_off"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Place:
    """A step of a script; written `step` inside its own script and `script:step` from another."""

    script: str
    step: str

    @classmethod
    def read(cls, text: str, script: str) -> Place:
        left, colon, right = text.partition(":")
        return cls(left, right) if colon else cls(script, left)

    def __str__(self) -> str:
        return f"{self.script}:{self.step}"


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    go: Place
    do: tuple[Do, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing said. It then offers `choices`, or goes on (`go`), or ends, or waits for a person (`do = hand_off`)."""

    place: Place
    choices: tuple[Choice, ...] = ()
    go: Place | None = None
    end: bool = False
    do: tuple[Do, ...] = ()
    level: Level | None = None

    @property
    def say(self) -> str:
        return f"{self.place.script}/{self.place.step}/say"

    def label(self, choice: Choice) -> str:
        return f"{self.place.script}/{self.place.step}/choice/{choice.key}"

    def also(self, choice: Choice) -> str:
        """Key of the synonyms of a choice; a language may leave it out."""
        return f"{self.place.script}/{self.place.step}/also/{choice.key}"

    def word_keys(self) -> Iterator[str]:
        """Every word key a language must have before it may offer this step."""
        yield self.say
        yield from (self.label(choice) for choice in self.choices)

    def next_places(self) -> Iterator[Place]:
        yield from (choice.go for choice in self.choices)
        if self.go:
            yield self.go


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a script: `where` names the step or table, `what` says it and the remedy in one sentence."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    start: Place
    steps: Mapping[str, Step]
    on_signal: Mapping[str, Place]
    on_misheard: Place | None


@dataclass(frozen=True, slots=True)
class Scripts:
    """All scripts together. `first` holds what outranks the others; a contact begins with `begin`, or else with it."""

    by_name: Mapping[str, Script]
    first: str = "first_contact"
    begin: str | None = None

    def step(self, place: Place) -> Step:
        return self.by_name[place.script].steps[place.step]

    @property
    def start(self) -> Place:
        return self.by_name[self.begin or self.first].start

    @property
    def on_signal(self) -> Mapping[str, Place]:
        return self.by_name[self.first].on_signal

    @property
    def on_misheard(self) -> Place | None:
        return self.by_name[self.first].on_misheard

    def reachable(self) -> list[Step]:
        """Every step a caller can come to, in a stable order."""
        seen: dict[Place, Step] = {}
        todo = [self.start, *self.on_signal.values(), *([self.on_misheard] if self.on_misheard else [])]
        while todo:
            place = todo.pop(0)
            if place not in seen:
                seen[place] = self.step(place)
                todo.extend(seen[place].next_places())
        return list(seen.values())


def read_script(name: str, table: Mapping[str, Any]) -> tuple[Script, list[Mistake]]:
    """The script that a parsed TOML table describes, and every mistake in it (then the script must not be used)."""
    reader = _Reader(name)
    return reader.script(table), reader.mistakes


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.mistakes: list[Mistake] = []

    def wrong(self, where: str, what: str) -> None:
        self.mistakes.append(Mistake(where, what))

    def script(self, table: Mapping[str, Any]) -> Script:
        self._only(table, {"start", "steps", "on_signal", "on_misheard"}, "the top of the file")
        raw = table.get("steps")
        if not isinstance(raw, Mapping) or not raw:
            self.wrong("steps", "There are no steps: add at least one [steps.NAME] table.")
            raw = {}
        steps = {key: self.step(key, value) for key, value in raw.items()}
        start = self._text(table, "start", "the top of the file") or next(iter(steps), "")
        if start not in steps:
            self.wrong("start", f"start = {start!r} is not a step of this script: name one of {', '.join(steps)}.")
        on_signal = self._signals(table.get("on_signal", {}))
        misheard = table.get("on_misheard")
        self._own_places(steps, on_signal)
        self._no_circle(steps)
        return Script(
            self.name,
            Place(self.name, start),
            steps,
            on_signal,
            Place.read(str(misheard), self.name) if misheard else None,
        )

    def step(self, key: str, table: Any) -> Step:
        where = f"steps.{key}"
        if not isinstance(table, Mapping):
            self.wrong(where, "A step must be a table: write [steps.NAME] with choices, go, end or do below it.")
            table = {}
        self._only(table, {"choices", "go", "end", "do", "level", "note"}, where)
        choices = tuple(self._choice(where, item) for item in self._list(where, table, "choices"))
        if len(choices) > 9:
            self.wrong(where, f"It offers {len(choices)} choices: nine are the most that one digit can name.")
        if len({choice.key for choice in choices}) < len(choices):
            self.wrong(where, "Two of its choices have the same key: give each its own.")
        do = self._do(where, table)
        go = table.get("go")
        ways = [bool(choices), bool(go), table.get("end") is True, Do.HAND_OFF in do]
        if sum(ways) != 1:
            self.wrong(where, 'It must lead on in exactly one way: choices, go, end = true, or do = ["hand_off"].')
        return Step(
            Place(self.name, key),
            choices,
            Place.read(str(go), self.name) if go else None,
            table.get("end") is True,
            do,
            self._level(where, table),
        )

    def _choice(self, where: str, item: Any) -> Choice:
        if not isinstance(item, Mapping) or not isinstance(item.get("key"), str) or not isinstance(item.get("go"), str):
            self.wrong(where, 'A choice must look like { key = "NAME", go = "STEP" }.')
            return Choice("", Place(self.name, ""))
        self._only(item, {"key", "go", "do"}, where)
        return Choice(item["key"], Place.read(item["go"], self.name), self._do(where, item))

    def _do(self, where: str, table: Mapping[str, Any]) -> tuple[Do, ...]:
        found = []
        for word in self._list(where, table, "do"):
            if word in list(Do):
                found.append(Do(word))
            else:
                self.wrong(where, f"do = {word!r} is not known: use one of {', '.join(Do)}.")
        return tuple(found)

    def _signals(self, table: Any) -> dict[str, Place]:
        if not isinstance(table, Mapping):
            self.wrong("on_signal", 'It must be a table: write [on_signal] and below it lines like danger = "STEP".')
            return {}
        for key in table:
            if key not in (*Code, *UNIVERSAL):
                self.wrong("on_signal", f"{key!r} is not a signal: use only {', '.join((*Code, *UNIVERSAL))}.")
        return {key: Place.read(str(value), self.name) for key, value in table.items()}

    def _list(self, where: str, table: Mapping[str, Any], key: str) -> list[Any]:
        value = table.get(key, [])
        if isinstance(value, list):
            return value
        self.wrong(where, f"{key} must be a list: put it between [ and ].")
        return []

    def _level(self, where: str, table: Mapping[str, Any]) -> Level | None:
        word = table.get("level")
        if word is None or (isinstance(word, str) and word in list(Level)):
            return Level(word) if word else None
        self.wrong(where, f"level = {word!r} is not known: use one of {', '.join(Level)}.")
        return None

    def _text(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = table.get(key)
        if isinstance(value, str):
            return value
        self.wrong(where, f"{key} is missing: name the first step.")
        return ""

    def _only(self, table: Mapping[str, Any], known: set[str], where: str) -> None:
        for key in table:
            if key not in known:
                self.wrong(where, f"{key!r} is not known here: use only {', '.join(sorted(known))}.")

    def _own_places(self, steps: Mapping[str, Step], on_signal: Mapping[str, Place]) -> None:
        for step in steps.values():
            for place in step.next_places():
                if place.script == self.name and place.step not in steps:
                    self.wrong(f"steps.{step.place.step}", f"It goes to {place.step!r}, which is not a step here.")
        for code, place in on_signal.items():
            if place.script == self.name and place.step not in steps:
                self.wrong("on_signal", f"{code} goes to {place.step!r}, which is not a step here.")

    def _no_circle(self, steps: Mapping[str, Step]) -> None:
        for step in steps.values():
            seen: set[str] = set()
            here: Step | None = step
            while here is not None and here.go is not None and here.go.script == self.name:
                if here.place.step in seen:
                    self.wrong(f"steps.{step.place.step}", CIRCLE)
                    break
                seen.add(here.place.step)
                here = steps.get(here.go.step)


def cross_mistakes(scripts: Scripts) -> list[tuple[str, Mistake]]:
    """Places that point into another script and do not exist there; each with the name of the script that points."""
    found = []
    for script in scripts.by_name.values():
        pointers = [
            (f"steps.{step.place.step}", place) for step in script.steps.values() for place in step.next_places()
        ]
        pointers += [("on_signal", place) for place in script.on_signal.values()]
        pointers += [("on_misheard", script.on_misheard)] if script.on_misheard else []
        for where, place in pointers:
            other = scripts.by_name.get(place.script)
            if other is None or place.step not in other.steps:
                found.append((script.name, Mistake(where, f"It goes to {place}, which does not exist.")))
    return found or _circles(scripts) or _words_without_step(scripts)


def _words_without_step(scripts: Scripts) -> list[tuple[str, Mistake]]:
    if scripts.first not in scripts.by_name:
        return []
    missing = [word for word in UNIVERSAL if word not in scripts.on_signal]
    return [
        (scripts.first, Mistake("on_signal", f"{word} is missing: say which step it leads to.")) for word in missing
    ]


def _circles(scripts: Scripts) -> list[tuple[str, Mistake]]:
    """Steps of different scripts that lead into each other without asking anything."""
    found = []
    for script in scripts.by_name.values():
        for step in script.steps.values():
            seen: set[Place] = set()
            here = step
            while here.go is not None and here.place not in seen:
                seen.add(here.place)
                here = scripts.step(here.go)
            if here.go is not None:
                found.append((script.name, Mistake(f"steps.{step.place.step}", CIRCLE)))
    return found
