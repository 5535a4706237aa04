"""From the text of a message to what the core can use: a number, a label, a universal word, or nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from hotline.language import LANGUAGES, Words
from hotline.plain import plain
from hotline.triage.conversation import Conversation, Heard, Word
from hotline.triage.script import Scripts, Step
from hotline.triage.signals import Rulebook, judge

CARRIER_WORDS = frozenset(
    [
        "stop",
        "end",
        "quit",
        "cancel",
        "unsubscribe",
        "stopall",
        "revoke",
        "optout",
        "start",
        "yes",
        "unstop",
        "help",
        "info",
    ]
)
"""Words that the phone company answers itself on SMS (facts/domain.md 6.1): never a menu answer, never a code word."""

OPT_IN_WORDS = frozenset("start yes unstop".split())

OPT_OUT_WORDS = frozenset(["stop", "end", "quit", "cancel", "unsubscribe", "stopall", "revoke", "optout"])

TAPPED_WORDS = {f"word {word.value}": word for word in Word}
"""What a button sends for a universal word: it means the same in every state and language."""

_NUMBER = re.compile(r"^\W*(\d{1,2})(?![\d:/.,]*\d)\W*(.*)$", re.DOTALL)


def is_carrier_word(text: str) -> bool:
    """Whether a message is nothing but a word that the phone company owns."""
    return text.strip().casefold() in CARRIER_WORDS


def is_opt_out(text: str) -> bool:
    return text.strip().casefold() in OPT_OUT_WORDS


def is_opt_in(text: str) -> bool:
    return text.strip().casefold() in OPT_IN_WORDS


def understand(
    conversation: Conversation,
    scripts: Scripts,
    words: Words | None,
    offered: Sequence[str],
    rules: Rulebook,
    text: str,
    *,
    tapped: str | None = None,
    by_carrier: bool = False,
) -> Heard:
    """What one message says to the core. `tapped` is the key that a button sent; `words` None: language not known yet."""
    if by_carrier and is_carrier_word(text):
        return Heard()
    if tapped in TAPPED_WORDS:
        return Heard(word=TAPPED_WORDS[tapped])
    signals = judge(text, rules)
    said = plain(text)
    if words is not None:
        word = _universal(words, said)
        if word is not None:
            return Heard(word=word, signals=signals)
    if conversation.language is None or conversation.choosing_language:
        numbered = conversation.choosing_language
        return Heard(language=_language(offered, text if numbered else "", said, tapped), signals=signals)
    if words is None or conversation.place is None:
        return Heard(signals=signals)
    choice = _choice(scripts.step(conversation.place), words, text, said, tapped)
    return Heard(choice=choice, signals=() if choice else signals)


def language_of_universal(offered: Iterable[Words], text: str, default: str) -> str | None:
    """The language in which this message is a universal word. Of several (0, 112 and SOS are in all) the default one:
    whoever asks for help is answered at once, and may change the language after."""
    said = plain(text)
    tongues = [words.language for words in offered if _universal(words, said) is not None]
    return default if default in tongues else next(iter(tongues), None)


def number_in(text: str) -> tuple[int, str] | None:
    """The number a message begins with, in the digits of any script, and what follows it."""
    western = "".join(str(unicodedata.decimal(sign, sign)) for sign in unicodedata.normalize("NFKC", text.strip()))
    match = _NUMBER.match(western)
    return (int(match[1]), match[2]) if match else None


def _universal(words: Words, said: str) -> Word | None:
    for word in Word:
        if said and said in words.synonyms(f"universal/{word.value}/also"):
            return word
    return None


def _language(offered: Sequence[str], text: str, said: str, tapped: str | None) -> str | None:
    from_button = tapped if tapped in offered else None
    number = number_in(text)
    if number and 1 <= number[0] <= len(offered):
        return from_button or offered[number[0] - 1]
    return from_button or _names_said(offered).get(said)


def _choice(step: Step, words: Words, text: str, said: str, tapped: str | None) -> str | None:
    keys = [choice.key for choice in step.choices]
    if tapped in keys:
        return tapped
    labels = {
        choice.key: {plain(words[step.label(choice)]), *words.synonyms(step.also(choice))} for choice in step.choices
    }
    number = number_in(text)
    if number and 1 <= number[0] <= len(keys):
        key = keys[number[0] - 1]
        return key if not number[1] or plain(number[1]) in labels[key] else None
    return next((key for key, said_for_it in labels.items() if said in said_for_it), None)


def _names_said(offered: Sequence[str]) -> Mapping[str, str]:
    found = {}
    for tag in offered:
        language = LANGUAGES[tag]
        found[plain(language.name)] = found[plain(language.english)] = found[tag.casefold()] = tag
    return found
