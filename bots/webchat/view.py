"""What one answer of the chat shows: as values for its templates, or as a table for the script of the page."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.webchat.form import ALL, LONGEST_WEB_TEXT
from hotline.language import LANGUAGES, Words
from hotline.message import Line, Outgoing, Speaker

LABELS = (
    "title again check code_get code_keep code_title code_what code_yours delete ended exit_going exit_not exit_one "
    "exit_quick exit_two hide leave live offline received returned send sending show us write you"
).split()
"""The words of the page itself, which change with the language of the talk."""


@dataclass(frozen=True, slots=True)
class View:
    """One look at a talk. `fresh`: whatever the page showed before goes away first. `code`: shown this once.

    `buttons_stay`: nothing was said, so the choices that the page offers still hold.
    """

    language: str
    token: str = ""
    once: str = ""
    lines: tuple[tuple[int, Line], ...] = ()
    messages: tuple[Outgoing, ...] = ()
    with_person: bool = False
    ended: bool = False
    notice: str = ""
    draft: str = ""
    shown: str = ""
    may_keep: bool = False
    code: str = ""
    checked: bool = False
    fresh: bool = False
    buttons_stay: bool = False

    def values(self) -> dict[str, Any]:
        """For the templates."""
        return {
            "token": self.token,
            "once": self.once,
            "lines": self.lines,
            "messages": self.messages,
            "with_person": self.with_person,
            "ended": self.ended,
            "notice": self.notice,
            "draft": self.draft,
            "most": LONGEST_WEB_TEXT,
            "shown": self.shown,
            "all_shown": self.shown == ALL,
            "may_keep": self.may_keep,
            "code": groups(self.code),
            "checked_at": time.strftime("%H:%M", time.gmtime()) + " UTC" if self.checked else "",
        }

    def table(self, words: Words, asked_in: str) -> dict[str, Any]:
        """For the script. The labels come along only when the talk has another language than the page."""
        table: dict[str, Any] = {
            "token": self.token,
            "once": self.once,
            "shown": self.shown,
            "lines": [_line(number, line) for number, line in self.lines],
            "messages": [message.text.split("\n") for message in self.messages],
            "person": self.with_person,
            "ended": self.ended,
            "notice": said(self.notice, words),
            "draft": self.draft,
            "keep": self.may_keep,
            "code": groups(self.code),
            "fresh": self.fresh,
        }
        if not self.buttons_stay:
            buttons = self.messages[-1].buttons if self.messages else ()
            table["buttons"] = [[one.key, one.number, one.label] for one in buttons]
        if self.language != asked_in:
            table["language"] = self.language
            table["direction"] = LANGUAGES[self.language].direction
            table["labels"] = {name: words[f"chat/{name}"] for name in LABELS}
        return table


def said(notice: str, words: Words) -> str:
    return words.filled(notice, most=str(LONGEST_WEB_TEXT)) if notice else ""


def groups(code: str) -> list[str]:
    """A code as it is read and learnt: four digits and four digits."""
    return [code[at : at + 4] for at in range(0, len(code), 4)]


def _line(number: int, line: Line) -> Mapping[str, Any]:
    at = time.strftime("%H:%M", time.gmtime(line.at))
    return {"number": number, "mine": line.speaker is Speaker.CALLER, "text": line.text, "at": at}
