"""`hotline drill`: practise with simulated callers in a hotline of its own that is thrown away."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from app.cli import LAUNCHER, USAGE
from app.drill.house import STAFF, Plan, Practice, practise
from app.drill.scenario import Scenario, read_scenarios
from app.drill.trainee import PAUSE_SECONDS, Trainee
from app.harden import harden
from app.settings import ROOT
from hotline.language import LANGUAGES, Words
from hotline.store.shelf import read_words

CALLERS = 4
"""So many come where nobody says how many."""

BOUNDS: Mapping[str, tuple[float, float]] = {"callers": (1, 99), "speed": (0.1, 100), "minutes": (0.1, 600)}


def run(options: argparse.Namespace) -> int:
    """Exit code 2 when there is no such scenario, or a number makes no sense."""
    known = read_scenarios(ROOT / "content")
    if options.list:
        _listed(known, as_json=options.json)
        return 0
    complaint = _complaint(options, known)
    if complaint:
        print(f"hotline: {complaint}", file=sys.stderr)
        return USAGE
    harden()
    plan = Plan(
        _chosen(options, known), options.speed, options.minutes or 0.0, ends=options.auto or options.auto_mistakes
    )
    tell = partial(_told, sys.stderr if options.json else sys.stdout)
    found = practise(Path(options.config), options.port, plan, _launcher, tell, _beside(options))
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print("\n".join(told(found, read_words(ROOT / "locales" / "en", "console"))))
    return 0


def _complaint(options: argparse.Namespace, known: Mapping[str, Scenario]) -> str:
    unknown = [name for name in options.scenario if name not in known]
    if unknown:
        return f"{', '.join(unknown)} is not a scenario: {', '.join(known)}."
    for name, (least, most) in BOUNDS.items():
        value = getattr(options, name)
        if value is not None and not least <= value <= most:
            return f"--{name} must lie between {least:g} and {most:g}."
    return ""


def _chosen(options: argparse.Namespace, known: Mapping[str, Scenario]) -> list[Scenario]:
    """The scenarios that were named, in their order and again from the first; else some that chance chooses."""
    if not options.scenario:
        chance = random.SystemRandom()
        order = chance.sample(list(known.values()), len(known))
    else:
        order = [known[name] for name in options.scenario]
    number = options.callers or (len(order) if options.scenario else CALLERS)
    return [order[place % len(order)] for place in range(number)]


def _launcher(config: Path) -> Sequence[str]:
    return [*LAUNCHER, "--config", str(config)]


def _beside(options: argparse.Namespace) -> Callable[[Practice], Sequence[Callable[[], Any]]]:
    def beside(practice: Practice) -> Sequence[Callable[[], Any]]:
        if not (options.auto or options.auto_mistakes):
            return ()
        name = next(iter(STAFF))
        pace = max(PAUSE_SECONDS, 4.0 / options.speed)
        trainee = Trainee(practice.settings.public_url, name, practice.passwords[name], practice.scenario_of, pace)
        trainee.mistakes = options.auto_mistakes
        return [trainee.work]

    return beside


def _told(stream: Any, line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=stream, flush=True)


def _listed(known: Mapping[str, Scenario], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"name": one.name, "title": one.title, "about": one.about, "language": one.language,
             "channel": one.channel.value, "level": one.level.value, "read_by": one.read_by}
            for one in known.values()
        ]  # fmt: skip
        print(json.dumps({"scenarios": rows}, ensure_ascii=False))
        return
    for one in known.values():
        print(f"{one.name}\n  {one.title}. {LANGUAGES[one.language].english}, {one.channel.value}, {one.level.value}.")
        print(f"  {one.about}")
    print("Written with a language model. Read by a native speaker: " + _read(known) + ".")


def _read(known: Mapping[str, Scenario]) -> str:
    read = [f"{one.name} by {one.read_by}" for one in known.values() if one.read_by]
    return ", ".join(read) if read else "none of them yet"


def told(found: Mapping[str, Any], words: Words) -> list[str]:
    """The debrief as lines for people to read."""
    lines = ["", words["console/drill/title"], ""]
    for one in found["callers"]:
        lines.append(f"{one['title']} ({LANGUAGES[one['language']].english}, {one['channel']})")
        lines.append(
            "  "
            + words.filled(
                "console/drill/times",
                taken=_seconds(one["taken_after"], words),
                answered=_seconds(one["answered_after"], words),
                silence=_seconds(one["longest_silence"], words),
            )
        )
        lines.append("  " + words[f"console/drill/ended/{one['ended']}"])
        for head, rows in (("well", one["well"]), ("next", one["next"])):
            lines += [f"  {words[f'console/drill/{head}']}"] if rows else []
            lines += [f"    - {words.filled(row['key'], **row['values'])}" for row in rows]
        lines.append("")
    every = {name: str(value) for name, value in found["all"].items() if name in ("callers", "answered", "closed")}
    return [*lines, words.filled("console/drill/all", **every), words["console/drill/thanks"]]


def _seconds(value: int | None, words: Words) -> str:
    return words["console/drill/never"] if value is None else words.filled("console/drill/seconds", number=str(value))
