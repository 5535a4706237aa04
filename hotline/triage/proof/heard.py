"""Promises about what is understood, with real words in every step and language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hotline.plain import plain
from hotline.triage.advance import advance
from hotline.triage.conversation import AGREED, Conversation, Heard, Word
from hotline.triage.effects import Say
from hotline.triage.listen import CARRIER_WORDS, understand
from hotline.triage.proof.finding import Ledger
from hotline.triage.proof.tongue import Tongue
from hotline.triage.script import Scripts, Step
from hotline.triage.signals import LIFE, Code, Rule, Rulebook

EXAMPLES = 2
"""Sentences of danger and of self-harm tried in every step, of those that stand beside the rules."""

_DIGITS = {"ar": "٠١٢٣٤٥٦٧٨٩", "fa": "۰۱۲۳۴۵۶۷۸۹", "th": "๐๑๒๓๔๕๖๗๘๙"}


class _Remembering(Rulebook):
    """The same words are said in every step: what the rules make of them is worked out once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        super().__init__(rules)
        self._known: dict[str, list[tuple[Rule, str]]] = {}

    def speaking(self, text: str) -> list[tuple[Rule, str]]:
        if text not in self._known:
            self._known[text] = super().speaking(text)
        return self._known[text]


@dataclass(frozen=True, slots=True)
class _Ear:
    """Understands as the desk does, for one language."""

    scripts: Scripts
    tongue: Tongue
    offered: Sequence[str]
    rules: Rulebook

    def hear(self, step: Step, text: str, tapped: str | None = None, *, by_carrier: bool = False) -> Heard:
        talk = Conversation(language=self.tongue.tag, place=step.place)
        return understand(
            talk, self.scripts, self.tongue.words, self.offered, self.rules, text, tapped=tapped, by_carrier=by_carrier
        )


def prove_heard(
    ledger: Ledger, scripts: Scripts, tongue: Tongue, offered: Sequence[str], emergency: Collection[str]
) -> None:
    """Every number, label, synonym, button and universal word is taken for what it is; danger is heard in every step."""
    ear = _Ear(scripts, tongue, offered, _Remembering(tongue.rules))
    words = tongue.words
    universal = [
        (word, said) for word in Word if word not in AGREED for said in _parts(words[f"universal/{word.value}/also"])
    ]
    for step in scripts.reachable():
        _answers(ledger, ear, step)
        for word, said in universal:
            heard = ear.hear(step, said)
            what = f"{said!r} is not heard as the universal word {word.value!r}: another universal word has it too."
            ledger.check(
                heard.word is word, "universal words work everywhere", f"universal/{word.value}/also", what, tongue.tag
            )
    _life(ledger, ear, emergency)
    for word, said in universal:
        what = f"{said!r} belongs to the phone company: take another word."
        ledger.check(
            plain(said) not in CARRIER_WORDS, "no carrier word", f"universal/{word.value}/also", what, tongue.tag
        )


def _answers(ledger: Ledger, ear: _Ear, step: Step) -> None:
    words, tag = ear.tongue.words, ear.tongue.tag
    for number, choice in enumerate(step.choices, start=1):
        said = [words[step.label(choice)], *_parts(words.by_key.get(step.also(choice), ""))]
        for text in (*_numbers(number, tag), *said):
            heard = ear.hear(step, text)
            key = step.label(choice) if text in said[:1] else step.also(choice)
            what = f"{text!r} is taken for {heard.choice or heard.word or 'nothing'}, not for this choice: use other words."
            same = heard.word is not None and ear.scripts.on_signal.get(heard.word.value) == choice.go
            ledger.check(heard.choice == choice.key or same, "answers are understood", key, what, tag)
        tapped = ear.hear(step, "", choice.key).choice
        ledger.check(
            tapped == choice.key, "answers are understood", step.label(choice), "Its button is not understood.", tag
        )
        for text in said:
            key = step.label(choice) if text in said[:1] else step.also(choice)
            what = f"{text!r} belongs to the phone company: by SMS it would not be heard. Take another word."
            ledger.check(plain(text) not in CARRIER_WORDS, "no carrier word", key, what, tag)


def _numbers(number: int, tag: str) -> Iterator[str]:
    yield from (str(number), f"{number}.", f" {number} ")
    if tag in _DIGITS:
        yield _DIGITS[tag][number]


def _life(ledger: Ledger, ear: _Ear, emergency: Collection[str]) -> None:
    """Real sentences of danger, in every step: heard, and answered with the number. A language must have some."""
    scripts, tag = ear.scripts, ear.tongue.tag
    for code in (Code.DANGER, Code.SELFHARM):
        sentences = [text for rule in ear.tongue.rules if rule.code is code for text in rule.heard[:EXAMPLES]]
        what = f"There is no rule for {code.value}: write content/signals/{tag}.toml."
        ledger.check(bool(sentences), "danger is heard everywhere", scripts.start, what, tag)
        for text in sentences:
            for step in scripts.reachable():
                heard = ear.hear(step, text)
                talk = Conversation(language=tag, place=step.place)
                _, effects = advance(talk, scripts, heard, 0.0)
                told = any(isinstance(effect, Say) and effect.key in emergency for effect in effects)
                known = any(signal.code in LIFE for signal in heard.signals)
                what = f"{text!r} is not heard as danger here, or not answered with {{emergency}}."
                ledger.check(known and told, "danger is heard everywhere", step.say, what, tag)


def _parts(alternatives: str) -> Iterable[str]:
    return [part.strip() for part in alternatives.split("|") if part.strip()]
