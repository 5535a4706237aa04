"""Promises about the words themselves, in every language: complete, short, discreet, never asking who or where."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from hotline import sms
from hotline.contact import Channel, Level
from hotline.language import complete
from hotline.plain import plain
from hotline.triage import noticing
from hotline.triage.conversation import Conversation, Word
from hotline.triage.effects import Effect, Explained, Noticed, OfferLanguages, Say
from hotline.triage.listen import CARRIER_WORDS
from hotline.triage.proof.finding import Ledger
from hotline.triage.proof.noticed import prove_noticed
from hotline.triage.proof.tongue import Tongue, heard_in
from hotline.triage.script import CODES, Scripts
from hotline.triage.steps import say
from hotline.triage.wording import PAGE, PARTS, Policy, Wording, first_of

DANGER_PARTS = 1

EXAMPLES = (
    ("when", "24.11. 08:00"), ("lines", "ROSA: +47 22 33 11 60"), ("partner", "Safe House"), ("text", ""), ("flags", ""),
    ("question", ""), ("flag", ""), ("why", ""), ("fair", ""),
)  # fmt: skip
"""What stands in place of names that only the desk knows, at its longest; what is said of an offer is proven apart."""

_SENTENCE = re.compile(r"[^.!?。！？؟।\n]+[.!?。！？؟।]*")
_QUESTION = ("?", "？", "؟")


def prove_said(
    ledger: Ledger,
    scripts: Scripts,
    tongue: Tongue,
    offered: Sequence[str],
    needed: Sequence[str],
    discreet: Collection[str],
    emergency: Collection[str],
    replies: Iterable[tuple[Effect, ...]],
    number: str,
    policy: Policy,
) -> None:
    """`replies`: everything that is ever said at once. `needed`: keys every language must have.

    `discreet`: keys that can show on a lock screen. `emergency`: keys that must hold the number, which is `number`.
    """
    lacking = complete(needed, tongue.words)
    for key in needed:
        ledger.check(key not in lacking, "every step complete", key, "Has no words: write them.", tongue.tag)
    if lacking:
        return
    talk = Conversation(language=tongue.tag)
    for key in emergency:
        holds = "{emergency}" in tongue.words[key]
        ledger.check(holds, "emergency number within one reply", key, "Lacks {emergency}: say it here too.", tongue.tag)
    for step in scripts.speaking():
        holds = step.tells is None or "{limits}" in tongue.words[step.say]
        ledger.check(holds, "limits before duty", step.say, "Lacks {limits}: say it here too.", tongue.tag)
    by_sms = Wording(tongue.words, offered, Channel.SMS, talk, number, policy, tongue.checking)
    _lengths(ledger, scripts, tongue, offered, by_sms)
    for reply in replies:
        about_offer = any(isinstance(effect, (Noticed, Explained)) for effect in reply)
        room = noticing.PARTS if about_offer else PARTS
        for message in by_sms.messages(reply):
            first = next((effect.key for effect in reply if isinstance(effect, Say)), "desk/language")
            most = sms.parts(message.as_text())
            what = f"A reply that begins here takes {most} SMS parts, {room} at most: shorten its longest step."
            ledger.check(most <= room, "SMS parts", first, what, tongue.tag)
    if tongue.checking is not None:
        prove_noticed(ledger, scripts, tongue, by_sms)
    for channel in Channel:
        wording = Wording(tongue.words, offered, channel, talk, number, policy)
        _discreet(ledger, scripts, tongue, wording, discreet)
    _never_ask(ledger, scripts, tongue, by_sms)
    _codes(ledger, tongue)


def _lengths(ledger: Ledger, scripts: Scripts, tongue: Tongue, offered: Sequence[str], wording: Wording) -> None:
    said: list[tuple[str, Effect, int]] = []
    for step in scripts.speaking():
        grave = step.level is Level.IMMEDIATE or step.place == scripts.on_signal.get("emergency")
        said.append((step.say, say(step), DANGER_PARTS if grave else PARTS))
    said += [(key, Say(key, values=EXAMPLES), PARTS) for key in tongue.words.by_key if key.startswith("desk/")]
    said.append(("desk/emergency", Say("desk/emergency"), DANGER_PARTS))
    pages = -(-len(offered) // PAGE)
    said += [("desk/language", OfferLanguages(page), PARTS) for page in range(pages)]
    for key, effect, most in said:
        for message in wording.messages([effect]):
            text = message.as_text()
            found, limit = sms.parts(text), _limit(text, most)
            what = (
                f"Takes {found} SMS parts with its choices, {most} at most: "
                f"{sms.units(text)} of {limit} signs, so shorten it."
            )
            ledger.check(found <= most, "SMS parts", key, what, tongue.tag)


def _limit(text: str, most: int) -> int:
    one, many = (sms.GSM_ONE, sms.GSM_MANY) if sms.is_gsm(text) else (sms.UCS2_ONE, sms.UCS2_MANY)
    return one if most == 1 else many * most


def _discreet(ledger: Ledger, scripts: Scripts, tongue: Tongue, wording: Wording, discreet: Collection[str]) -> None:
    """As it shows: a step with its choices."""
    steps = {step.say: step for step in scripts.speaking()}
    for key in discreet:
        effect = say(steps[key]) if key in steps else Say(key, values=EXAMPLES)
        shown = "\n".join(message.as_text() for message in wording.messages([effect]))
        word = heard_in(shown, tongue.care.betrays)
        what = f"Says {word!r}, which betrays the caller on a lock screen: say it without that word."
        ledger.check(word is None, "no betraying word", key, what, tongue.tag)


def _never_ask(ledger: Ledger, scripts: Scripts, tongue: Tongue, wording: Wording) -> None:
    by_desk = [key for key in tongue.words.by_key if key.startswith("desk/")]
    # A question with marks is of an offer or a job, and yes or no is its answer.
    steps = [step for step in scripts.speaking() if not any(choice.mark for choice in step.choices)]
    for key in (*(step.say for step in steps), *by_desk):
        for sentence in _SENTENCE.findall(wording.say(key, **dict(EXAMPLES))):
            asks = sentence.rstrip().endswith(_QUESTION) or heard_in(sentence, tongue.care.asking)
            word = heard_in(sentence, tongue.care.private) if asks else None
            what = f"Asks for {word!r}: nobody needs to say who or where they are. Ask something else."
            ledger.check(word is None, "never asks who or where", key, what, tongue.tag)


def _codes(ledger: Ledger, tongue: Tongue) -> None:
    """The pair a caller chooses is the pair that works, and the two words differ from each other and from all others."""
    words = tongue.words
    every = [first_of(words, f"code/{code}/{kind}") for code in CODES for kind in ("safe", "unsafe")]
    ledger.check(
        len({plain(word) for word in every}) == len(every),
        "agreed words",
        "code/sun/safe",
        "Two agreed words are the same: take others.",
        tongue.tag,
    )
    taken = {said for word in Word for said in words.synonyms(f"universal/{word.value}/also")} | CARRIER_WORDS
    for key in (f"code/{code}/{kind}" for code in CODES for kind in ("safe", "unsafe")):
        for said in words.synonyms(key):
            what = f"{said!r} means something else already, here or for the phone company: take another word."
            ledger.check(said not in taken, "agreed words", key, what, tongue.tag)
    for code in CODES:
        label = words[f"discreet/start/choice/{code}"].casefold()
        named = all(first_of(words, f"code/{code}/{kind}").casefold() in label for kind in ("safe", "unsafe"))
        what = f"The label does not name both words of code/{code}/…: write them as they stand there."
        ledger.check(named, "agreed words", f"discreet/start/choice/{code}", what, tongue.tag)
