"""From the text of a message to what the core can use: a number, a label, a universal word, or nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from hotline.contact import Level
from hotline.impression import Impression
from hotline.language import LANGUAGES, Words
from hotline.plain import LONGEST, plain
from hotline.triage.conversation import AGREED, Conversation, Heard, Word
from hotline.triage.script import UNSURE, Scripts, Step
from hotline.triage.signals import LIFE, Code, Rulebook, Signal, judge
from hotline.triage.weigh import weigh

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

SOS = "\N{SQUARED SOS}"

OPT_IN_WORDS = frozenset("start yes unstop".split())

OPT_OUT_WORDS = frozenset(["stop", "end", "quit", "cancel", "unsubscribe", "stopall", "revoke", "optout"])

TAPPED_WORDS = {f"word {Word.DELETE.value}": Word.DELETE}
"""What a button sends for a universal word. Only deleting is offered as one: whoever forges what a button sends must not be
able to say "it is safe" in place of the word that the caller agreed."""

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
    impression: Impression | None = None,
    staffed: bool = True,
) -> Heard:
    """What one message says to the core. `tapped` is the key that a button sent; `words` None: language not known yet."""
    if by_carrier and is_carrier_word(text):
        return Heard(staffed=staffed)
    if tapped in TAPPED_WORDS:
        return Heard(word=TAPPED_WORDS[tapped], staffed=staffed)
    said = plain(text)
    choosing = conversation.language is None or conversation.choosing_language
    place = scripts.is_it_safe if conversation.hushed else conversation.place
    choice = None
    if not choosing and words is not None and place is not None:
        choice = _chosen(scripts, scripts.step(place), words, text, said, tapped, by_carrier=by_carrier)
    word = _universal(words, said, conversation.code, by_carrier=by_carrier) if words is not None else None
    if SOS in text:
        word = Word.EMERGENCY
    if word is not None and not (choice is not None and place == scripts.on_signal["code"]):
        return Heard(word=word, signals=judge(text, rules), staffed=staffed)
    if choice is not None:
        # Words that were typed and a button tapped: danger in the words is not lost by the tap.
        beside = judge(text, rules) if tapped is not None and said else ()
        return Heard(choice=choice, signals=tuple(one for one in beside if one.code in LIFE), staffed=staffed)
    signals = weigh(judge(text, rules), impression)
    if words is not None and said in _words_of_danger(scripts, words):
        signals = (Signal(Code.DANGER.value, Level.URGENT, said, sure=False), *signals)
    if not choosing:
        return Heard(signals=signals, staffed=staffed)
    numbered = text if conversation.choosing_language else ""
    number = number_in(numbered)
    more = number is not None and number == (len(offered) + 1, "")
    return Heard(language=_language(offered, numbered, said, tapped), signals=signals, more=more, staffed=staffed)


def is_plain_answer(text: str) -> bool:
    """Whether a message is nothing, or a bare number: then no model need be asked."""
    number = number_in(text)
    return not plain(text) or (number is not None and not number[1])


def language_of_universal(offered: Iterable[Words], text: str, default: str) -> str | None:
    """The language in which this message is a universal word. Of several (0, 112 and SOS are in all) the default one:
    whoever asks for help is answered at once, and may change the language after."""
    said = plain(text)
    tongues = [words.language for words in offered if _universal(words, said, None) is not None]
    return default if default in tongues else next(iter(tongues), None)


def number_in(text: str) -> tuple[int, str] | None:
    """The number a message begins with, in the digits of any script, and what follows it."""
    start = unicodedata.normalize("NFKC", text[:LONGEST].strip())
    western = "".join(str(unicodedata.decimal(sign, sign)) for sign in start)
    match = _NUMBER.match(western)
    return (int(match[1]), match[2]) if match else None


def _words_of_danger(scripts: Scripts, words: Words) -> frozenset[str]:
    """What callers answer who are in danger, in the words of the script: heard as that in every other step too.

    Not its yes, which means something else elsewhere.
    """

    def made() -> frozenset[str]:
        grave, others = set[str](), set[str]()
        for step in scripts.reachable():
            for choice in step.choices:
                said = {plain(words[step.label(choice)]), *words.synonyms(step.also(choice))}
                to_danger = scripts.step(choice.go).level is Level.IMMEDIATE
                (grave if to_danger and step.place == scripts.on_signal.get(UNSURE) else others).update(said)
        return frozenset(grave - others)

    return words.kept("words of danger", made)


def _universal(words: Words, said: str, code: str | None, *, by_carrier: bool = False) -> Word | None:
    if said == "help" and not by_carrier:  # by SMS the phone company answers it
        return Word.EMERGENCY
    for word in Word:
        if word not in AGREED and said and said in words.synonyms(f"universal/{word.value}/also"):
            return word
    if code is not None:
        return next((word for word in AGREED if said in words.synonyms(f"code/{code}/{word.value}")), None)
    return None


def _language(offered: Sequence[str], text: str, said: str, tapped: str | None) -> str | None:
    from_button, names = tapped if tapped in offered else None, _names_said(offered)
    number = number_in(text)
    if number and 1 <= number[0] <= len(offered):
        tag = offered[number[0] - 1]
        if not number[1] or names.get(plain(number[1])) == tag:
            return from_button or tag
    return from_button or names.get(said)


def _chosen(
    scripts: Scripts, step: Step, words: Words, text: str, said: str, tapped: str | None, *, by_carrier: bool
) -> str | None:
    """The choice of this step that a message makes; "it is safe" is also an answer to whether there is danger."""
    choice = _choice(step, words, text, said, tapped, by_carrier=by_carrier)
    if choice is not None or step.otherwise is None or scripts.is_it_safe == step.place:
        return choice
    safe = scripts.step(scripts.is_it_safe)
    said_safe = _choice(safe, words, "", said, None, by_carrier=by_carrier) == safe.choices[0].key
    return step.otherwise if said_safe else None


def _choice(
    step: Step, words: Words, text: str, said: str, tapped: str | None, *, by_carrier: bool = False
) -> str | None:
    keys = [choice.key for choice in step.choices]
    if tapped in keys:
        return tapped
    labels = {
        choice.key: {plain(words[step.label(choice)]), *words.synonyms(step.also(choice))} for choice in step.choices
    }
    number = number_in(text)
    if number and 1 <= number[0] <= len(keys):
        key = keys[number[0] - 1]
        if not number[1] or plain(number[1]) in labels[key]:
            return key
    found = next((key for key, said_for_it in labels.items() if said in said_for_it), None)
    if found is None and said == "yes" and not by_carrier:  # by SMS it belongs to the phone company
        found = next(
            (key for key, said_for_it in labels.items() if any(one.startswith("yes ") for one in said_for_it)), None
        )
    return found


def _names_said(offered: Sequence[str]) -> Mapping[str, str]:
    found = {}
    for tag in offered:
        language = LANGUAGES[tag]
        found[plain(language.name)] = found[plain(language.english)] = tag
    return found
