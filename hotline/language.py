"""Languages: their names, direction and words, which are offered, and how one is chosen or guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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

    def kept(self, key: str, make: Callable[[], frozenset[str]]) -> frozenset[str]:
        """A set of words worked out once and kept with the others."""
        if key not in self._synonyms:
            self._synonyms[key] = make()
        return self._synonyms[key]

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


LIKELY = 0.5
"""From this likelihood on, what the model of languages says is believed; below it the caller is shown the list."""

_LETTERS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"[\u0e00-\u0e7f]"), ("th",)),
    (re.compile(r"[\u4e00-\u9fff]"), ("zh-Hans",)),
    (re.compile(r"[\u0600-\u06ff]"), ("ar", "fa")),
    (re.compile(r"[\u0400-\u04ff]"), ("ru", "uk")),
)
_OWN_LETTERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[پچژگ]"), "fa"),
    (re.compile(r"[іїєґІЇЄҐ]"), "uk"),
    (re.compile(r"[ыэъёЫЭЪЁ]"), "ru"),
    (re.compile(r"[ةيىكأإ]"), "ar"),
)


def guess(text: str, offered: Sequence[str], likely: Mapping[str, float]) -> str | None:
    """The language a first message is in, or None when it cannot be said: then the caller is asked.

    The script decides where one offered language uses it. Else the likeliest of `likely` (from the model, by tag) among
    the offered ones that use this script, if it is likely enough; without a model, letters that one language alone has.
    """
    written = _by_script(text, offered)
    if written is not None and len(written) < 2:
        return written[0] if written else None
    among = written or offered
    best = max(among, key=lambda tag: likely.get(tag, 0.0), default=None)
    if best is not None and likely.get(best, 0.0) >= LIKELY * sum(likely.get(tag, 0.0) for tag in among) > 0.0:
        enough = written is not None or likely[best] >= LIKELY
        return best if enough else None
    return next((tag for letters, tag in _OWN_LETTERS if tag in among and letters.search(text)), None)


def script_tells(text: str) -> bool:
    """Whether the letters of a text leave but one or two languages: it is not in Latin letters."""
    return _by_script(text, tuple(LANGUAGES)) is not None


def _by_script(text: str, offered: Sequence[str]) -> list[str] | None:
    """The offered languages that are written in the letters of this text; None for Latin letters."""
    for letters, tags in _LETTERS:
        if len(letters.findall(text)) >= 2:
            return [tag for tag in tags if tag in offered]
    return None
