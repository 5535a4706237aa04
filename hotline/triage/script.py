"""A script: the steps a bot follows, as staff wrote them in TOML. Its words stand elsewhere, one set per language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hotline.contact import Level

UNIVERSAL = ("person", "pause", "emergency", "stranger", "code")
"""Universal words that lead to a step, which the first script must name under [on_signal]."""

UNSURE = "unsure"
"""Key under [on_signal] of the step that asks "are you in danger now?" when a model and no rule heard danger."""

CODES = ("sun", "bread")
"""The pairs of agreed words a caller may choose from; the words themselves stand under `code/<name>/safe|unsafe`."""


class Do(StrEnum):
    """What entering a step, or choosing a choice, makes the desk do."""

    KEEP_ADDRESS = "keep_address"
    HAND_OFF = "hand_off"
    FORGET = "forget"
    LANGUAGE = "language"
    HELPED = "helped"
    PARTLY = "partly"
    NOT_HELPED = "not_helped"
    CODE_SUN = "code_sun"
    CODE_BREAD = "code_bread"
    CODE_NONE = "code_none"


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
    """One answer to a step. `mark`: the flag or indicator that it tells of. `level`: as a step's, raised before it is left.

    `then`: where the caller goes on from the step it leads to, in place of where that step's own `otherwise` leads.
    """

    key: str
    go: Place
    do: tuple[Do, ...] = ()
    mark: str | None = None
    level: Level | None = None
    then: Place | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing said. It then offers `choices`, goes on (`go`), ends, goes back to where the caller was (`resume`),
    or waits for a person (`do = hand_off`). Or it says nothing and goes where the marks lead (`verdict`, `marked`).

    `tells` = "limits": it says what we may have to pass on. `duty`: its answer may oblige us, so the limits come first.
    `follow`: it is passed over when the caller has already said what they need ([on_need]).
    `otherwise`: the choice that is meant when the answer tells of a need in words and of no danger.
    `paste`: words that are no answer are a job offer; `verdict` then says where it leads. `explain`: before its own words
    it explains what was found; while there is more to explain it leads to `rest` instead, with nothing found to `nothing`.
    """

    place: Place
    choices: tuple[Choice, ...] = ()
    go: Place | None = None
    end: bool = False
    do: tuple[Do, ...] = ()
    level: Level | None = None
    resume: bool = False
    tells: str | None = None
    duty: bool = False
    follow: bool = False
    otherwise: str | None = None
    paste: bool = False
    verdict: Mapping[str, Place] = field(default_factory=dict)
    marked: Mapping[str, Place] = field(default_factory=dict)
    explain: Mapping[str, Place] = field(default_factory=dict)

    @property
    def routes(self) -> Mapping[str, Place]:
        """Where the marks lead."""
        return self.verdict or self.marked

    @property
    def decides(self) -> bool:
        """Whether it says and asks nothing, and only leads where the marks do."""
        return bool(self.routes) and not self.choices

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
        if not self.decides:
            yield self.say
        yield from (self.label(choice) for choice in self.choices)

    def next_places(self) -> Iterator[Place]:
        yield from (choice.go for choice in self.choices)
        yield from (choice.then for choice in self.choices if choice.then)
        yield from self.unasked()

    def unasked(self) -> Iterator[Place]:
        """Where it may lead on without a question."""
        if self.go:
            yield self.go
        yield from self.routes.values()
        yield from self.explain.values()


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    start: Place
    steps: Mapping[str, Step]
    on_signal: Mapping[str, Place]
    on_misheard: Place | None
    on_closed: Place | None = None
    on_need: Mapping[str, Place] = field(default_factory=dict)

    def pointers(self) -> Iterator[tuple[str, Place]]:
        """Every place that anything here leads to, with where that stands."""
        for step in self.steps.values():
            yield from ((f"steps.{step.place.step}", place) for place in step.next_places())
        yield from (("on_signal", place) for place in self.on_signal.values())
        yield from (("on_need", place) for place in self.on_need.values())
        single = (("on_misheard", self.on_misheard), ("on_closed", self.on_closed))
        yield from ((where, place) for where, place in single if place)

    @property
    def paste(self) -> Place | None:
        """The step that takes a job offer."""
        return next((step.place for step in self.steps.values() if step.paste), None)

    @property
    def decides(self) -> bool:
        """Whether marks lead somewhere in it."""
        return any(step.routes for step in self.steps.values())

    def ways(self) -> list[Place]:
        """Every place that this script leads to without a step."""
        return [place for where, place in self.pointers() if not where.startswith("steps.")]


@dataclass(frozen=True, slots=True)
class Scripts:
    """All scripts together. `first` holds what outranks the others; a contact begins with `begin`, or else with it."""

    by_name: Mapping[str, Script]
    first: str = "first_contact"
    begin: str | None = None

    def __contains__(self, place: object) -> bool:
        """Whether there is such a step."""
        return isinstance(place, Place) and place.step in getattr(self.by_name.get(place.script), "steps", ())

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

    @property
    def on_closed(self) -> Place | None:
        """Where a caller goes who agreed to a person when nobody is on duty."""
        return self.by_name[self.first].on_closed

    @property
    def on_need(self) -> Mapping[str, Place]:
        return self.by_name[self.first].on_need

    @property
    def is_it_safe(self) -> Place:
        """The step that asks whether it is safe to write."""
        return self.by_name[self.first].start

    def hands_over(self, place: Place | None) -> bool:
        """Whether an answer to this step may lead straight to a person."""
        choices = self.step(place).choices if place else ()
        return any(Do.HAND_OFF in self.step(choice.go).do for choice in choices)

    def explains(self, place: Place | None) -> bool:
        """Whether an answer to this step may ask for what was found to be explained."""
        choices = self.step(place).choices if place else ()
        return any(self.step(choice.go).explain for choice in choices)

    def reachable(self) -> list[Step]:
        """Every step that a talk can come to, in a stable order."""
        seen: dict[Place, Step] = {}
        first = self.by_name[self.first]
        todo = [self.start, *first.ways()]
        while todo:
            place = todo.pop(0)
            if place not in seen:
                seen[place] = self.step(place)
                todo.extend(seen[place].next_places())
        return list(seen.values())

    def speaking(self) -> list[Step]:
        """Those among them that say something."""
        return [step for step in self.reachable() if not step.decides]

    def pasted(self, place: Place) -> Place | None:
        """The step that takes an offer in the script of this place, if it has one."""
        return self.by_name[place.script].paste
