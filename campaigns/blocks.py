"""The blocks of a page beyond Markdown: between a line `:::NAME` and a line `:::`. Pure: text in, blocks out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_FENCE = re.compile(r"^:::\s*(?P<name>[a-z-]*)\s*(?P<words>.*?)\s*$")
FINE = re.compile(r"^\s*<!-- fine: (?P<code>[a-z_]+): (?P<why>\S.*?) -->\s*$")
"""A line that answers a remark of `hotline check` about the next line. Nobody sees it on the page."""

_ANSWER = "\0"
"""Stands for such a line while a page is read: no page holds it."""

_COUNTRY = re.compile(r"^[A-Z]{2}$")


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown, as it is written."""

    markdown: str
    line: int


@dataclass(frozen=True, slots=True)
class Checklist:
    """Things to tick for oneself; nothing that is ticked is kept."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something people are told, whether it is true, and why."""

    text: str
    true: bool
    why: str


@dataclass(frozen=True, slots=True)
class TrueFalse:
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to somebody, told with names and details changed."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """The number to call now."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Which papers work in this country needs, from content/papers."""

    country: str


@dataclass(frozen=True, slots=True)
class Services:
    """Who helps in this country, from the directory: all, or those for these needs."""

    country: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """What people in the same place also ask, and the answers."""

    questions: tuple[tuple[str, str], ...]


Block = Prose | Checklist | TrueFalse | Story | Emergency | Papers | Services | Ask


def read_blocks(text: str, first: int = 1) -> tuple[list[Block], list[tuple[int, str]]]:
    """The blocks of a page's body, and every mistake with its line; `first` is the number of the body's first line."""
    blocks: list[Block] = []
    mistakes: list[tuple[int, str]] = []
    prose: list[str] = []
    lines = [_ANSWER if FINE.match(line) else line for line in text.splitlines()]
    at = start = 0

    def end_prose() -> None:
        if any(line.strip() for line in prose):
            blocks.append(Prose("\n".join(prose).strip("\n"), first + start))
        prose.clear()

    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence is None:
            if not any(line.strip() for line in prose):
                start = at
            prose.append("" if lines[at] == _ANSWER else lines[at])
            at += 1
            continue
        end_prose()
        opened, inside = at, list[str]()
        at += 1
        while at < len(lines) and not _FENCE.match(lines[at]):
            inside += [lines[at]] if lines[at] != _ANSWER else []
            at += 1
        if at == len(lines) or lines[at].strip() != ":::":
            mistakes.append((first + opened, "This block is never closed: end it with a line of three colons."))
            break
        at += 1
        _one(fence["name"], fence["words"], inside, first + opened, blocks, mistakes)
    end_prose()
    return blocks, mistakes


def _one(
    name: str, words: str, inside: list[str], line: int, blocks: list[Block], mistakes: list[tuple[int, str]]
) -> None:
    if name not in BLOCKS:
        mistakes.append((line, f"There is no block {name!r}: use {', '.join(BLOCKS)}."))
        return
    try:
        blocks.append(BLOCKS[name](words, [one.strip() for one in inside]))
    except ValueError as fault:
        mistakes.append((line, str(fault)))


def _checklist(words: str, lines: list[str]) -> Block:
    items = [line.removeprefix("- ").strip() for line in lines if line]
    if words or not items or not all(line.startswith("- ") for line in lines if line):
        raise ValueError("A checklist holds lines that begin with “- ”, and nothing else.")
    return Checklist(tuple(items))


def _true_false(words: str, lines: list[str]) -> Block:
    claims = []
    for head, why in _pairs(lines):
        said, _, answer = head.rpartition(" = ")
        if answer not in ("true", "false") or not said or not why:
            raise ValueError("Each claim is a line that ends with “ = true” or “ = false”, and below it why.")
        claims.append(Claim(said, answer == "true", why))
    if words or not claims:
        raise ValueError("There is no claim in this block.")
    return TrueFalse(tuple(claims))


def _story(words: str, lines: list[str]) -> Block:
    if words or not any(lines):
        raise ValueError("A story holds its paragraphs, and nothing stands after its name.")
    return Story("\n".join(lines).strip())


def _emergency(words: str, lines: list[str]) -> Block:
    if words or any(lines):
        raise ValueError("The emergency block is empty: its words and its number come by themselves.")
    return Emergency()


def _papers(words: str, lines: list[str]) -> Block:
    if not _COUNTRY.match(words) or any(lines):
        raise ValueError("Write the country after the name, such as “:::papers NO”, and nothing inside.")
    return Papers(words)


def _services(words: str, lines: list[str]) -> Block:
    country, *needs = words.split() or [""]
    if not _COUNTRY.match(country) or any(lines):
        raise ValueError("Write the country and the needs after the name, such as “:::services NO housing legal”.")
    return Services(country, tuple(needs))


def _ask(words: str, lines: list[str]) -> Block:
    questions = _pairs(lines)
    if words or not questions or not all(answer for _, answer in questions):
        raise ValueError(
            "Each question is a line, and its answer stands in the lines below it; a blank line parts two."
        )
    return Ask(tuple(questions))


def _pairs(lines: list[str]) -> list[tuple[str, str]]:
    """Paragraphs: the first line of each, and the rest of it."""
    found: list[tuple[str, str]] = []
    for paragraph in "\n".join(lines).split("\n\n"):
        head, _, rest = paragraph.strip().partition("\n")
        if head:
            found.append((head.strip(), " ".join(rest.split())))
    return found


BLOCKS: Mapping[str, Callable[[str, list[str]], Block]] = {
    "checklist": _checklist,
    "true-false": _true_false,
    "story": _story,
    "emergency": _emergency,
    "papers": _papers,
    "services": _services,
    "ask": _ask,
}
"""Every block by its name."""
