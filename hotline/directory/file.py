"""From a parsed TOML table to a country of the directory, with every mistake as a sentence; and back to TOML."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from hotline.directory.hours import Span, read_open
from hotline.directory.model import Cost, Country, Entry, Kind, Need, Origin, Police, Said, Serves, State, Step
from hotline.language import LANGUAGES

E = TypeVar("E", bound=StrEnum)

STEP = "step"
KINDS = (*Kind, STEP)
"""The tables of a file, in this order; entries of one kind keep theirs."""

ORIGIN_KEYS = ("source", "source_date", "state", "note", "checked_on", "checked_by")
ENTRY_KEYS = (
    *("name", "needs", "phones", "phones_abroad", "sms", "chat", "web", "open", "hours", "cost"),
    *("languages", "serves", "anonymous", "police"),
    *ORIGIN_KEYS,
)
STEP_KEYS = ("title", "who", "what", *ORIGIN_KEYS)
LISTS = frozenset({"needs", "phones", "phones_abroad", "sms", "languages", "serves"})
SAID = frozenset({"hours", "title", "what"})
BETWEEN = "|"
"""What stands between the parts of a list where it is one cell of a table. No text may hold it."""

_NUMBER = re.compile(r"\+?[0-9(][0-9 ()/.-]*")
_ADDRESS = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?(/[^\s<>\"'`\\]*)?")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?|undated")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong: in which table (`line`, the first is 0; "" is the top of the file), at which key, and the remedy."""

    kind: str
    index: int
    key: str
    what: str


def read_country(
    code: str, table: Mapping[str, Any], today: datetime.date | None = None
) -> tuple[Country, list[Mistake]]:
    """The country that a parsed TOML table describes, and every mistake in it (then it must not be used).

    With `today`, dates in the future are mistakes. A server leaves it out: its clock may be wrong, and then it should
    start all the same, and take such a check for none.
    """
    reader = _Reader(today)
    return reader.country(code, table), reader.mistakes


class _Reader:
    def __init__(self, today: datetime.date | None) -> None:
        self.today = today
        self.mistakes: list[Mistake] = []
        self.at: tuple[str, int] = ("", 0)

    def wrong(self, key: str, what: str) -> None:
        self.mistakes.append(Mistake(*self.at, key, what))

    def country(self, code: str, table: Mapping[str, Any]) -> Country:
        self.only(table, ("zone", *KINDS))
        zone = self.text(table, "zone")
        entries = [entry for kind in Kind for entry in self.each(table, kind, ENTRY_KEYS, partial(self.entry, kind))]
        steps = self.each(table, STEP, STEP_KEYS, self.step)
        self.at = ("", 0)
        if not zone and any(entry.open not in ("", "always") for entry in entries):
            self.wrong("zone", 'Hours are of a clock: add zone = "Europe/Oslo" or the like above the first table.')
        return Country(code, zone, tuple(entries), tuple(steps))

    def each(
        self, table: Mapping[str, Any], kind: str, keys: Iterable[str], read: Callable[[Mapping[str, Any]], Any]
    ) -> list[Any]:
        raw = table.get(kind, [])
        if not isinstance(raw, list) or not all(isinstance(one, Mapping) for one in raw):
            self.at = ("", 0)
            self.wrong(kind, f"Write [[{kind}]] in two pairs of brackets above each {kind}.")
            return []
        made, names = [], set()
        for index, one in enumerate(raw):
            self.at = (kind, index)
            self.only(one, keys)
            made.append(read(one))
            name = str(one.get("name", one.get("title", "")))
            if name in names:
                self.wrong("name", f"{name!r} stands here a second time: give each {kind} a name of its own.")
            names.add(name)
        return made

    def entry(self, kind: Kind, raw: Mapping[str, Any]) -> Entry:
        entry = Entry(
            kind,
            self.must(raw, "name"),
            self.origin(raw),
            self.chosen(raw, "needs", Need),
            self.numbers(raw, "phones"),
            self.numbers(raw, "phones_abroad"),
            self.numbers(raw, "sms"),
            self.address(raw, "chat"),
            self.address(raw, "web"),
            self.text(raw, "open"),
            self.open(raw),
            self.said(raw, "hours"),
            self.one_of(raw, "cost", Cost) or Cost.UNKNOWN,
            self.tags(raw),
            self.chosen(raw, "serves", Serves),
            self.truth(raw, "anonymous"),
            self.one_of(raw, "police", Police) or Police.UNKNOWN,
        )
        if not any(raw.get(key) for key in ("phones", "phones_abroad", "sms", "chat", "web")):
            self.wrong("name", "Nobody can reach it: give phones, phones_abroad, sms, chat or web.")
        return entry

    def step(self, raw: Mapping[str, Any]) -> Step:
        for key in ("title", "what"):
            if not raw.get(key):
                self.wrong(key, f"{key} is missing.")
        return Step(self.said(raw, "title"), self.text(raw, "who"), self.said(raw, "what"), self.origin(raw))

    def origin(self, raw: Mapping[str, Any]) -> Origin:
        checked_on, checked_by = raw.get("checked_on"), self.text(raw, "checked_by")
        if checked_on is not None and type(checked_on) is not datetime.date:
            self.wrong("checked_on", "checked_on must be a date like 2026-11-22.")
            checked_on = None
        elif (checked_on is None) != (not checked_by):
            self.wrong(
                "checked_on", "checked_on and checked_by go together: who rang or read the official page, and when."
            )
        elif checked_on is not None and self.today is not None and checked_on > self.today:
            self.wrong("checked_on", f"{checked_on} is in the future.")
        if len(checked_by) == 1 or (checked_by and not checked_by[:2].isalpha()):
            self.wrong("checked_by", f"{checked_by!r} is not the name of a person.")
        state = self.one_of(raw, "state", State)
        return Origin(
            self.must(raw, "source"),
            self.source_date(raw),
            state or State.OLD,
            self.text(raw, "note"),
            checked_on,
            checked_by,
        )

    def source_date(self, raw: Mapping[str, Any]) -> str:
        given = raw.get("source_date")
        text = str(given) if type(given) is datetime.date else given
        if not isinstance(text, str) or not _DATE.fullmatch(text) or not _real(text):
            self.wrong("source_date", 'source_date must be like 2026-11-22, "2026-11", "2026" or "undated".')
            return "undated"
        if self.today is not None and text != "undated" and text > str(self.today):
            self.wrong("source_date", f"{text} is in the future.")
        return text

    def only(self, raw: Mapping[str, Any], known: Iterable[str]) -> None:
        known = tuple(known)
        for key in raw:
            if key not in known:
                self.wrong(key, f"{key!r} is not known here: use only {', '.join(known)}.")

    def text(self, raw: Mapping[str, Any], key: str) -> str:
        given = raw.get(key, "")
        if not isinstance(given, str):
            self.wrong(key, f"{key} must be text in quotes.")
            return ""
        self.clean(key, given)
        return given

    def clean(self, key: str, text: str) -> None:
        if _HIDDEN.search(text) or text != text.strip():
            self.wrong(key, f"{key} must be one line, with no spaces around it and no invisible signs in it.")
        if BETWEEN in text:
            self.wrong(key, f"{key} may not hold a {BETWEEN}: in tables it stands between the parts of a list.")

    def must(self, raw: Mapping[str, Any], key: str) -> str:
        text = self.text(raw, key)
        if key not in raw or raw[key] == "":
            self.wrong(key, f"{key} is missing.")
        return text

    def texts(self, raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
        given = raw.get(key, [])
        if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
            self.wrong(key, f'{key} must be a list of texts, such as ["one", "two"].')
            return ()
        for one in dict.fromkeys(one for one in given if given.count(one) > 1):
            self.wrong(key, f"{one!r} stands in {key} twice.")
        return tuple(given)

    def numbers(self, raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
        given = self.texts(raw, key)
        for one in given:
            digits = sum(sign.isdecimal() for sign in one)
            if not _NUMBER.fullmatch(one) or one != one.strip() or not 2 <= digits <= 15:
                self.wrong(key, f'{one!r} is not a phone number: write digits and spaces, such as "+47 22 33 11 60".')
        return given

    def address(self, raw: Mapping[str, Any], key: str) -> str:
        text = self.text(raw, key)
        if text and not _ADDRESS.fullmatch(text):
            self.wrong(key, f"{text!r} is not an address: write it as https://example.org/page.")
        return text

    def open(self, raw: Mapping[str, Any]) -> tuple[Span, ...]:
        text = raw.get("open", "")
        spans = read_open(text) if text and isinstance(text, str) else ()
        if spans is None:
            self.wrong("open", f'{text!r} is not understood: write "always" or "mon-fri 08:30-16:00; sat 09:00-15:00".')
        return spans or ()

    def said(self, raw: Mapping[str, Any], key: str) -> Said:
        given = raw.get(key, {})
        if not isinstance(given, Mapping) or not all(isinstance(text, str) and text for text in given.values()):
            self.wrong(key, f'{key} must be one text per language, such as {{ en = "…" }}.')
            return {}
        for tag, text in given.items():
            if tag not in LANGUAGES:
                self.wrong(key, f"{tag!r} is not one of our languages: {', '.join(LANGUAGES)}.")
            self.clean(key, text)
        return dict(given)

    def one_of(self, raw: Mapping[str, Any], key: str, kind: type[E]) -> E | None:
        given = raw.get(key, "")
        if isinstance(given, str) and given in set(kind):
            return kind(given)
        self.wrong(key, f"{given!r} is not known as {key}: write one of {_listed(kind)}.")
        return None

    def chosen(self, raw: Mapping[str, Any], key: str, kind: type[E]) -> tuple[E, ...]:
        given = self.texts(raw, key)
        for one in given:
            if one not in set(kind):
                self.wrong(key, f"{one!r} is not known in {key}: choose from {_listed(kind)}.")
        return tuple(kind(one) for one in given if one in set(kind))

    def tags(self, raw: Mapping[str, Any]) -> tuple[str, ...]:
        given = self.texts(raw, "languages")
        for one in given:
            if not _TAG.fullmatch(one):
                self.wrong("languages", f"{one!r} is not the tag of a language, such as en or zh-Hans.")
        return given

    def truth(self, raw: Mapping[str, Any], key: str) -> bool | None:
        given = raw.get(key)
        if given is not None and not isinstance(given, bool):
            self.wrong(key, f"{key} must be true or false, or left out if nobody knows.")
            return None
        return given


def _listed(kind: type[StrEnum]) -> str:
    return ", ".join(f'"{one}"' for one in kind if one)


def _real(date: str) -> bool:
    """Whether a day or month of this name has ever been."""
    if date == "undated":
        return True
    try:
        datetime.date.fromisoformat(date + "0000-01-01"[len(date) :])
    except ValueError:
        return False
    return True
