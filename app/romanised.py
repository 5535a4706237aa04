"""Russian and Ukrainian as people type them on a phone without Cyrillic letters. Only for learning."""

from __future__ import annotations

_COMMON = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h",
    "ц": "c", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "ё": "yo", "і": "i", "ї": "yi", "є": "ye", "ґ": "g", "'": "", "ʼ": "", "’": "",
}  # fmt: skip
_UKRAINIAN = {"г": "h", "и": "y", "х": "kh", "ц": "ts"}
_OTHER_HABIT = {"х": "kh", "ц": "ts", "щ": "sch", "й": "i", "ж": "j", "я": "ja", "ю": "ju"}

LETTERS = {
    "ru": (str.maketrans(_COMMON), str.maketrans(_COMMON | _OTHER_HABIT)),
    "uk": (str.maketrans(_COMMON | _UKRAINIAN), str.maketrans(_COMMON | _UKRAINIAN | {"й": "i", "щ": "sch", "х": "h"})),
}


def romanised(language: str, text: str, habit: int) -> str | None:
    """The text in Latin letters, in one of two habits; None for a language without a table, or with nothing to change."""
    if language not in LETTERS:
        return None
    latin = text.casefold().translate(LETTERS[language][habit % 2])
    return latin if latin.isascii() and latin != text.casefold() else None
