"""What is said of an offer that was checked: its flags and a question in one answer, their explanation in as many as it takes.

An answer has room for PARTS parts by SMS, elsewhere for so many characters as a frightened reader reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from hotline.language import Words
from hotline.offers.flags import Flag
from hotline.offers.marks import flags_in, is_possible, sure_in
from hotline.offers.questions import NO_QUESTION

PARTS = 3
"""SMS parts of an answer about an offer at most (issue 7)."""

SIGNS = 900
"""Characters of one elsewhere."""

LINE = "\n"

Fits = Callable[[str], bool]
"""Whether an answer has room for these lines beside what else stands in it."""

_BETWEEN = {"ar": "؛ ", "fa": "؛ ", "zh-Hans": "；", "th": " / "}
_SENTENCE = re.compile(r"(?<=[.!?…؟۔।])\s+(?!\d)|(?<=[。！？])(?!$)")
"""Where a sentence ends: not in “no. 1”."""


def noticed(marks: Sequence[str], words: Words, checking: Words, fits: Fits) -> str:
    """The flags by their names and one question, as far as there is room: first the question is left out, then flags from
    the end. The gravest one always stays; without any, nothing is said. What only the model saw is named here where there is
    nothing else: it is told, as possible, by `pages`."""
    flags = sure_in(marks) or flags_in(marks)
    if not flags:
        return ""
    every = _named(flags, words, checking)
    # Where a child is recruited there is nothing to ask of the recruiter (see its words in offers.po).
    asked = next((flag for flag in flags if flag not in NO_QUESTION), None) if NO_QUESTION.isdisjoint(flags) else None
    if asked is not None:
        question = words.filled("desk/offer_ask", question=checking[f"offer/flag/{asked}/ask"])
        if fits(f"{every}\n{question}"):
            return f"{every}\n{question}"
    fewer = (_named(flags[:many], words, checking) for many in range(len(flags), 1, -1))
    return next((text for text in fewer if fits(text)), _named(flags[:1], words, checking))


def _named(flags: Sequence[Flag], words: Words, checking: Words) -> str:
    between = _BETWEEN.get(words.language, "; ")
    return words.filled("desk/offer_noticed", flags=between.join(checking[f"offer/flag/{flag}"] for flag in flags))


def pages(marks: Sequence[str], words: Words, checking: Words, fits: Fits) -> list[str]:
    """Why each flag matters and what is fair, in as few answers as they fit into; cut between sentences where it can be."""
    found: list[str] = []
    for flag in flags_in(marks):
        for number, piece in enumerate(_SENTENCE.split(_explained(flag, marks, words, checking))):
            for part in _fitting(piece, fits):
                longer = f"{found[-1]}{' ' if number else LINE}{part}" if found else part
                found[-1:] = [longer] if fits(longer) or not found else [found[-1], part]
    return found


def _explained(flag: Flag, marks: Sequence[str], words: Words, checking: Words) -> str:
    own = f"offer/flag/{flag}"
    why = checking[f"{own}/why"]
    if is_possible(flag, marks):
        why = f"{checking['offer/possible']} {why}"
    return words.filled("desk/offer_more", flag=checking[own], why=why, fair=checking[f"{own}/fair"])


def _fitting(piece: str, fits: Fits) -> Iterator[str]:
    """A sentence, cut between words, or signs where there are none, as often as it must be. Whole where nothing has room."""
    while not fits(piece) and fits(piece[:1]):
        room, over = 1, len(piece)
        while over - room > 1:
            middle = (room + over) // 2
            room, over = (middle, over) if fits(piece[:middle]) else (room, middle)
        cut = piece.rfind(" ", room // 2, room + 1)
        cut = cut if cut > 0 else room
        yield piece[:cut].rstrip()
        piece = piece[cut:].lstrip()
    yield piece
