"""The debrief: from what happened to what went well and what to try next time. Keys of console words; no score, no blame.

Nothing here looks at a clock or a database: it is given what was written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from app.drill.caller import CLOSED, DELETED, LEFT, OPEN
from app.drill.kinds import Kinds
from app.drill.watch import Deed, Story
from hotline.checklist import ITEMS
from hotline.queue import TARGET_SECONDS

ANSWERS = ("answer", "phrase", "describe", "refer")
NOT_CODES = frozenset({"even_unsent", "fence"})
SLIPS = ("while_hushed", "asks_who", "promises", "link", "presses")
"""What a responder should not have done, the gravest first."""

_PHRASES = {item.key: item.phrase for item in ITEMS}
_BY_KIND = {"number": "gives_number", "safe_now": "asks_safe", "alone": "asks_safe"}
"""Steps that one's own words can take as well as a phrase."""

STEPS_SHOWN = 4
"""Nobody remembers more advice than this of one talk."""


@dataclass(frozen=True, slots=True)
class Points:
    """`well` and `next`: (key below console/drill, values to fill in), in the order of what matters."""

    well: tuple[tuple[str, dict[str, str]], ...]
    next: tuple[tuple[str, dict[str, str]], ...]


def debrief(
    stories: Sequence[tuple[Story, Sequence[Deed]]], kinds: Kinds, now: float, *, over: bool = True
) -> dict[str, Any]:
    """The whole drill: each caller, and all together. Not `over`: nobody is told yet what they have not done."""
    callers = [_caller(story, deeds, kinds, now, over=over) for story, deeds in stories]
    return {"callers": callers, "all": _together(callers)}


def _caller(story: Story, deeds: Sequence[Deed], kinds: Kinds, now: float, *, over: bool) -> dict[str, Any]:
    scenario, end = story.scenario, story.ended_at or now
    claims = [deed.at for deed in deeds if deed.tool == "claim" and deed.done]
    answers = [deed for deed in deeds if deed.tool in ANSWERS and deed.done]
    closes = [deed for deed in deeds if deed.tool == "close" and deed.done]
    codes = {name: code for name, code in closes[-1].form.items() if name not in NOT_CODES and code} if closes else {}
    how = story.how or (CLOSED if closes else OPEN)
    asked = story.asked_at
    found: dict[str, Any] = {
        "name": scenario.name,
        "title": scenario.title,
        "about": scenario.about,
        "language": scenario.language,
        "channel": scenario.channel.value,
        "person": story.person,
        "level": story.level.value if story.level else None,
        "expected_level": scenario.level.value,
        "taken_after": _seconds(asked, min(claims, default=0.0)),
        "answered_after": _seconds(asked, min((deed.at for deed in answers), default=0.0)),
        "longest_silence": _longest_silence(story, answers, end),
        "steps_missed": _steps_missed(story, answers, kinds),
        "slips": _slips(story, deeds, kinds),
        "ended": how,
        "closed": bool(closes),
        "codes": codes,
        "codes_expected": {name: list(some) for name, some in scenario.close.items()},
        "codes_other": [name for name, some in scenario.close.items() if closes and codes.get(name) not in some],
        "talk": [{"at": turn.at, "who": turn.who, "text": turn.text, "english": turn.english} for turn in story.turns],
    }
    points = _points(story, found, done=over or how != OPEN)
    return {**found, "well": _rows(points.well), "next": _rows(points.next)}


def _seconds(since: float, until: float) -> int | None:
    """Whole seconds between two moments; None if one of them has not come."""
    return round(max(0.0, until - since)) if since and until else None


def _longest_silence(story: Story, answers: Sequence[Deed], end: float) -> int:
    """The longest a caller who could be answered waited for the next answer, in seconds."""
    longest = 0.0
    for turn in story.turns:
        if turn.who != "caller" or not story.asked_at or turn.at < story.asked_at or story.hushed(turn.at):
            continue
        after = min((deed.at for deed in answers if deed.at >= turn.at), default=end)
        longest = max(longest, after - turn.at)
    return round(longest)


def _steps_missed(story: Story, answers: Sequence[Deed], kinds: Kinds) -> list[str]:
    """The expected steps of the checklist that were neither ticked nor taken, by a phrase or in one's own words."""
    taken: set[str] = set()
    for deed in answers:
        taken.add(deed.form.get("phrase", ""))
        taken |= kinds.of(deed.form.get("text", ""), story.scenario.language)
    return [
        key
        for key in story.scenario.steps
        if key not in story.ticks and not {_PHRASES[key] or key, _BY_KIND.get(key, key)} & taken
    ]


def _slips(story: Story, deeds: Sequence[Deed], kinds: Kinds) -> list[str]:
    found = set()
    for deed in deeds:
        if deed.tool not in ANSWERS:
            continue
        if story.hushed(deed.at) and not deed.done:
            found.add("while_hushed")
        found |= kinds.of(deed.form.get("text", ""), story.scenario.language) & set(SLIPS)
    return [slip for slip in SLIPS if slip in found]


def _points(story: Story, found: dict[str, Any], *, done: bool) -> Points:
    well: list[tuple[str, dict[str, str]]] = []
    more: list[tuple[str, dict[str, str]]] = []
    level = story.level or story.scenario.level
    target, waited = TARGET_SECONDS[level], found["answered_after"]
    if waited is None and not done:
        return Points((), ())
    if waited is None:
        more.append(("next/left" if found["ended"] == LEFT else "next/not_answered", {}))
    elif waited <= target:
        well.append(("well/quick", {"seconds": str(waited)}))
    else:
        more.append(("next/slow", {"seconds": str(waited), "target": str(target)}))
    if waited is not None:
        steps = sorted(found["steps_missed"], key=lambda key: key != "number")
        more = [(f"step/{key}", {}) for key in steps if key == "number"] + more
        more += [(f"slip/{slip}", {}) for slip in found["slips"]]
        more += [(f"step/{key}", {}) for key in steps[:STEPS_SHOWN] if key != "number" and done]
        well += [("well/steps", {})] if story.scenario.steps and not found["steps_missed"] else []
        well += [("well/gentle", {})] if not found["slips"] else []
        well += [("well/hushed", {})] if story.hushes and "while_hushed" not in found["slips"] else []
    well += [("well/colleague", {})] if len(story.owners) > 1 else []
    if found["closed"] and not found["codes_other"]:
        well.append(("well/codes", {}))
    elif found["closed"]:
        more.append(("next/codes", {"names": ", ".join(found["codes_other"])}))
    elif found["ended"] == OPEN and story.asked_at and done:
        more.append(("next/open", {}))
    if found["ended"] == DELETED:
        well.append(("well/deleted", {}))
    return Points(tuple(well), tuple(more))


def _rows(points: Sequence[tuple[str, dict[str, str]]]) -> list[dict[str, Any]]:
    return [{"key": f"console/drill/{key}", "values": values} for key, values in points]


def _together(callers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    taken = [one["taken_after"] for one in callers if one["taken_after"] is not None]
    answered = [one["answered_after"] for one in callers if one["answered_after"] is not None]
    return {
        "callers": len(callers),
        "answered": len(answered),
        "closed": sum(one["closed"] for one in callers),
        "open": sum(one["ended"] == OPEN for one in callers),
        "median_taken_after": round(median(taken)) if taken else None,
        "median_answered_after": round(median(answered)) if answered else None,
        "longest_silence": max((one["longest_silence"] for one in callers), default=0),
        "steps_missed": sum(len(one["steps_missed"]) for one in callers),
        "slips": sum(len(one["slips"]) for one in callers),
    }
