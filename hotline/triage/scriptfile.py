"""From a parsed TOML table to a script, with every mistake in it as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hotline.contact import Level
from hotline.offers.flags import Verdict
from hotline.offers.indicators import Much
from hotline.offers.marks import CODES
from hotline.triage.script import UNIVERSAL, UNSURE, Choice, Do, Place, Script, Scripts, Step
from hotline.triage.signals import Code

ONE_WAY = (
    'It must lead on in exactly one way: choices, go, end = true, resume = true, do = ["hand_off"], '
    "or verdict = {...} or marked = {...} without choices."
)
CIRCLE = "It goes round in a circle without ever asking anything."


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a script: `where` names the step or table, `what` says it and the remedy in one sentence."""

    where: str
    what: str


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
        known = {"start", "steps", "on_signal", "on_need", "on_misheard", "on_closed"}
        self._only(table, known, "the top of the file")
        raw = table.get("steps")
        if not isinstance(raw, Mapping) or not raw:
            self.wrong("steps", "There are no steps: add at least one [steps.NAME] table.")
            raw = {}
        steps = {key: self.step(key, value) for key, value in raw.items()}
        start = self._text(table, "start", "the top of the file") or next(iter(steps), "")
        if start not in steps:
            self.wrong("start", f"start = {start!r} is not a step of this script: name one of {', '.join(steps)}.")
        script = Script(
            self.name,
            Place(self.name, start),
            steps,
            self._places(table, "on_signal", (*Code, *UNIVERSAL, UNSURE)),
            self._place(table, "on_misheard"),
            self._place(table, "on_closed"),
            self._places(table, "on_need", tuple(Code)),
        )
        self._own_places(script)
        self._no_circle(steps)
        for where, what in _wrong_marks(script):
            self.wrong(where, what)
        return script

    def step(self, key: str, table: Any) -> Step:
        where = f"steps.{key}"
        if not isinstance(table, Mapping):
            self.wrong(where, "A step must be a table: write [steps.NAME] with choices, go, end or do below it.")
            table = {}
        self._only(table, _STEP, where)
        choices = tuple(self._choice(where, item) for item in self._list(where, table, "choices"))
        if len(choices) > 9:
            self.wrong(where, f"It offers {len(choices)} choices: nine are the most that one digit can name.")
        if len({choice.key for choice in choices}) < len(choices):
            self.wrong(where, "Two of its choices have the same key: give each its own.")
        do = self._do(where, table)
        go = table.get("go")
        yes = {flag: self._flag(where, table, flag) for flag in ("end", "resume", "duty", "follow", "paste")}
        verdict, marked = self._table(where, table, "verdict", Verdict), self._table(where, table, "marked", Much)
        decides = bool(verdict or marked) and not choices
        if sum([bool(choices), bool(go), yes["end"], yes["resume"], Do.HAND_OFF in do, decides]) != 1:
            self.wrong(where, ONE_WAY)
        explain = self._table(where, table, "explain", ("rest",), ("nothing",))
        self._pasting(where, yes["paste"], choices, verdict, marked, explain)
        if table.get("tells", "limits") != "limits":
            self.wrong(where, 'tells can only be "limits".')
        return Step(
            Place(self.name, key),
            choices,
            Place.read(str(go), self.name) if go else None,
            yes["end"],
            do,
            self._level(where, table),
            yes["resume"],
            table.get("tells"),
            yes["duty"],
            yes["follow"],
            self._otherwise(where, table, choices),
            yes["paste"],
            verdict,
            marked,
            explain,
        )

    def _pasting(self, where: str, paste: bool, choices: tuple[Choice, ...], *tables: Mapping[str, Place]) -> None:
        """Whether what is marked is used where it can be."""
        verdict, marked, explain = tables
        if verdict and marked:
            self.wrong(where, "It has both verdict and marked: an offer has a verdict, a job one is in is marked.")
        if paste and not (choices and verdict):
            what = "paste = true needs choices, for whoever has no text, and verdict, which says where an offer leads."
            self.wrong(where, what)
        if choices and (marked or (verdict and not paste)):
            self.wrong(where, "Only a step without choices, or one with paste = true, leads where the marks do.")
        if explain and not choices:
            self.wrong(where, "explain needs choices: what the caller can do when everything is explained.")

    def _otherwise(self, where: str, table: Mapping[str, Any], choices: tuple[Choice, ...]) -> str | None:
        key = table.get("otherwise")
        if key is not None and key not in [choice.key for choice in choices]:
            self.wrong(where, f"otherwise = {key!r} is not one of its choices: name one.")
            return None
        return key

    def _choice(self, where: str, item: Any) -> Choice:
        if not isinstance(item, Mapping) or not isinstance(item.get("key"), str) or not isinstance(item.get("go"), str):
            self.wrong(where, 'A choice must look like { key = "NAME", go = "STEP" }.')
            return Choice("", Place(self.name, ""))
        self._only(item, {"key", "go", "do", "mark", "level", "then"}, where)
        mark = item.get("mark")
        if mark is not None and mark not in CODES:
            self.wrong(where, f"mark = {mark!r} is not known: use one of {', '.join(CODES)}.")
            mark = None
        go, then = Place.read(item["go"], self.name), self._place(item, "then")
        return Choice(item["key"], go, self._do(where, item), mark, self._level(where, item), then)

    def _do(self, where: str, table: Mapping[str, Any]) -> tuple[Do, ...]:
        found = []
        for word in self._list(where, table, "do"):
            if word in list(Do):
                found.append(Do(word))
            else:
                self.wrong(where, f"do = {word!r} is not known: use one of {', '.join(Do)}.")
        return tuple(found)

    def _places(self, table: Mapping[str, Any], key: str, known: tuple[str, ...]) -> dict[str, Place]:
        value = table.get(key, {})
        if not isinstance(value, Mapping):
            self.wrong(key, f'It must be a table: write [{key}] and below it lines like danger = "STEP".')
            return {}
        for name in value:
            if name not in known:
                self.wrong(key, f"{name!r} is not a signal: use only {', '.join(known)}.")
        return {name: Place.read(str(place), self.name) for name, place in value.items()}

    def _table(
        self, where: str, table: Mapping[str, Any], key: str, needed: Iterable[str], others: Iterable[str] = ()
    ) -> dict[str, Place]:
        """A table of steps by these names."""
        value, names, more = table.get(key), [str(one) for one in needed], [str(one) for one in others]
        if value is None:
            return {}
        texts = isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())
        if not texts or not set(names) <= set(value) <= {*names, *more}:
            like = ", ".join(f'{name} = "STEP"' for name in names)
            also = f", and it may have {', '.join(more)}" if more else ""
            self.wrong(where, f"{key} must look like {{ {like} }}{also}.")
            return {}
        return {name: Place.read(place, self.name) for name, place in value.items()}

    def _place(self, table: Mapping[str, Any], key: str) -> Place | None:
        value = table.get(key)
        return Place.read(str(value), self.name) if value else None

    def _flag(self, where: str, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.wrong(where, f"{key} must be true or false.")
        return value is True

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

    def _own_places(self, script: Script) -> None:
        for where, place in script.pointers():
            if place.script == self.name and place.step not in script.steps:
                self.wrong(where, f"It goes to {place.step!r}, which is not a step here.")

    def _no_circle(self, steps: Mapping[str, Step]) -> None:
        for step in steps.values():
            if _comes_round(step, lambda place: steps.get(place.step) if place.script == self.name else None):
                self.wrong(f"steps.{step.place.step}", CIRCLE)


_STEP = {
    "choices", "go", "end", "do", "level", "resume", "tells", "duty", "follow", "otherwise", "paste", "verdict", "marked",
    "explain",
}  # fmt: skip


def _comes_round(step: Step, there: Callable[[Place], Step | None]) -> bool:
    """Whether a step can lead back to itself, or into a circle, without a question in between."""
    todo = [(step, frozenset[Place]())]
    while todo:
        here, before = todo.pop()
        if here.place in before:
            return True
        found = (there(place) for place in here.unasked())
        todo += [(one, before | {here.place}) for one in found if one is not None]
    return False


def _wrong_marks(script: Script) -> Iterator[tuple[str, str]]:
    """What is marked twice or never, a second step for offers, and what is explained in part and never to its end."""
    marking = {mark: name for name, step in reversed(list(script.steps.items())) for mark in _marks(step)}
    for name, step in script.steps.items():
        where = f"steps.{name}"
        for mark in sorted(_marks(step)):
            if marking[mark] != name:
                yield where, f"mark = {mark!r} stands in steps.{marking[mark]} too: one question is enough."
        if step.decides and not marking:
            yield where, 'Nothing is marked in this script: write mark = "…" into choices.'
        if step.paste and script.paste is not None and step.place != script.paste:
            yield where, f"paste = true stands in steps.{script.paste.step} too: a script has one such step."
        rest = step.explain.get("rest")
        waits = script.steps.get(rest.step) if rest is not None and rest.script == script.name else None
        if waits is not None and all(choice.go != step.place for choice in waits.choices):
            what = f"Nothing leads back here from steps.{waits.place.step}: give it a choice that asks for the rest."
            yield where, what


def _marks(step: Step) -> set[str]:
    return {choice.mark for choice in step.choices if choice.mark is not None}


def cross_mistakes(scripts: Scripts) -> list[tuple[str, Mistake]]:
    """Places that point into another script and do not exist there; each with the name of the script that points."""
    found = []
    for script in scripts.by_name.values():
        for where, place in script.pointers():
            other = scripts.by_name.get(place.script)
            if other is None or place.step not in other.steps:
                found.append((script.name, Mistake(where, f"It goes to {place}, which does not exist.")))
    return found or _circles(scripts) or _words_without_step(scripts)


def _words_without_step(scripts: Scripts) -> list[tuple[str, Mistake]]:
    if scripts.first not in scripts.by_name:
        return []
    missing = [word for word in (*UNIVERSAL, UNSURE) if word not in scripts.on_signal]
    return [
        (scripts.first, Mistake("on_signal", f"{word} is missing: say which step it leads to.")) for word in missing
    ]


def _circles(scripts: Scripts) -> list[tuple[str, Mistake]]:
    """Steps of different scripts that lead into each other without asking anything."""
    return [
        (script.name, Mistake(f"steps.{step.place.step}", CIRCLE))
        for script in scripts.by_name.values()
        for step in script.steps.values()
        if _comes_round(step, scripts.step)
    ]
