"""Languages: their names, direction and words, which are offered, and how one is chosen or guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hotline.plain import plain


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its BCP 47 tag. `name` is what its speakers call it."""

    tag: str
    name: str
    english: str
    rtl: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if self.rtl else "ltr"


LANGUAGES: Mapping[str, Language] = {
    language.tag: language
    for language in (
        Language("en", "English", "English"),
        Language("sv", "Svenska", "Swedish"),
        Language("fi", "Suomi", "Finnish"),
        Language("nb", "Norsk", "Norwegian"),
        Language("da", "Dansk", "Danish"),
        Language("is", "Íslenska", "Icelandic"),
        Language("et", "Eesti", "Estonian"),
        Language("lv", "Latviešu", "Latvian"),
        Language("lt", "Lietuvių", "Lithuanian"),
        Language("ru", "Русский", "Russian"),
        Language("uk", "Українська", "Ukrainian"),
        Language("pl", "Polski", "Polish"),
        Language("ro", "Română", "Romanian"),
        Language("tr", "Türkçe", "Turkish"),
        Language("th", "ไทย", "Thai"),
        Language("zh-Hans", "简体中文", "Chinese"),
        Language("ar", "العربية", "Arabic", rtl=True),
        Language("fa", "فارسی", "Persian", rtl=True),
        Language("vi", "Tiếng Việt", "Vietnamese"),
        Language("tl", "Tagalog", "Tagalog"),
        Language("es", "Español", "Spanish"),
        Language("fr", "Français", "French"),
    )
}
"""The 22 languages of the house, in the order in which a list offers them."""


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one language by key. A key that is missing is a fault of the set-up, never a silent fall-back."""

    language: str
    by_key: Mapping[str, str]
    _synonyms: dict[str, frozenset[str]] = field(default_factory=dict, compare=False)

    def __getitem__(self, key: str) -> str:
        return self.by_key[key]

    def __contains__(self, key: str) -> bool:
        return key in self.by_key

    def filled(self, key: str, **values: str) -> str:
        """The words under a key with every {name} replaced; a name without a value raises KeyError."""
        return self.by_key[key].format_map(values)

    def synonyms(self, key: str) -> frozenset[str]:
        """The alternatives under a key, written `one | two`, as rules compare them; none if the key is left out."""
        if key not in self._synonyms:
            said = (plain(part) for part in self.by_key.get(key, "").split("|"))
            self._synonyms[key] = frozenset(part for part in said if part)
        return self._synonyms[key]


def complete(needed: Iterable[str], words: Words) -> list[str]:
    """The keys that a language still lacks; it is offered only when there are none."""
    return [key for key in needed if not words.by_key.get(key)]


_RANGE = re.compile(r"^\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$")
_SAME_LANGUAGE = {"no": "nb", "nn": "nb", "zh": "zh-Hans", "fil": "tl", "prs": "fa", "mo": "ro"}


def from_accept_language(header: str, offered: Sequence[str]) -> str | None:
    """The offered language a browser prefers (RFC 9110, 12.5.4; look-up of RFC 4647), or None."""
    wishes = []
    for place, part in enumerate(header[:1000].split(",")):
        match = _RANGE.match(part)
        if match and match[1] != "*":
            weight = float(match[2]) if match[2] else 1.0
            if weight > 0:
                wishes.append((-weight, place, match[1]))
    for _, _, wish in sorted(wishes):
        tag = matching(wish, offered)
        if tag:
            return tag
    return None


def matching(wish: str, offered: Sequence[str]) -> str | None:
    """The offered tag for a wished one: exact, else its language alone, else a known other name for it."""
    by_lower = {tag.casefold(): tag for tag in offered}
    parts = wish.casefold().split("-")
    if parts[0] == "zh" and len(parts) > 1 and parts[1] in {"hant", "tw", "hk", "mo"}:
        return None
    while parts:
        tag = "-".join(parts)
        found = by_lower.get(tag) or by_lower.get(_SAME_LANGUAGE.get(tag, "").casefold())
        if found:
            return found
        parts.pop()
    return None


_SCRIPTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
    (re.compile(r"[\u0600-\u06ff]"), "ar"),
    (re.compile(r"[\u0400-\u04ff]"), "ru"),
)

_COMMON: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        "hello hi hey the i my me am is are you your need help please can what where work job have not and to "
        "for they with dont cant someone want afraid good morning".split()
    ),
    "es": frozenset(
        "hola yo mi me es soy estoy el la los las necesito ayuda por favor puedo que trabajo tengo no y para "
        "ellos con quiero miedo buenos buenas dias tardes gracias un una de".split()
    ),
    "ro": frozenset(
        "buna salut eu meu mea imi sunt este am nevoie ajutor va rog pot ce unde munca lucru nu si pentru ei cu "
        "vreau frica ziua multumesc un o de la ajutati".split()
    ),
}


def guess(text: str, offered: Sequence[str]) -> str | None:
    """The language a first message is in, when its script or its commonest words settle it; else None.

    The script decides only where one offered language uses it; common words decide only with a clear lead.
    """
    for letters, tag in _SCRIPTS:
        if tag in offered and len(letters.findall(text)) >= 2:
            return tag
    said = plain(text).split()
    counts = sorted(
        ((sum(word in common for word in said), tag) for tag, common in _COMMON.items() if tag in offered),
        reverse=True,
    )
    if not counts or counts[0][0] == 0:
        return None
    lead = counts[0][0] - (counts[1][0] if len(counts) > 1 else 0)
    return counts[0][1] if lead > 0 else None
