"""Broken twins of the words: in each, one language breaks one promise, and `hotline prove` names exactly that one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hotline import sms
from hotline.language import LANGUAGES
from hotline.triage.proof import prover
from hotline.triage.proof.prover import prove
from hotline.triage.proof.tongue import Care, read_care
from hotline.triage.signals import Code, read_rules
from hotline.triage.wording import Policy
from tests.twins import (
    NEEDED,
    SCRIPTS,
    proof_of_words,
    rules_broken,
    tongue_of,
    twin_tongue,
)

NUMBER = "emergency number within one reply"
COMPLETE = "every step complete"
PARTS = "SMS parts"
BETRAYS = "no betraying word"
ASKS = "never asks who or where"
AGREED = "agreed words"
UNDERSTOOD = "answers are understood"
UNIVERSAL = "universal words work everywhere"
CARRIER = "no carrier word"
DANGER = "danger is heard everywhere"
LIMITS = "limits before duty"

SAY = "You can rest now. "


@dataclass(frozen=True)
class Twin:
    """These words under this key, and nothing else changed, break this promise there."""

    rule: str
    key: str
    words: str
    language: str = "en"


TWINS = {
    "a step without words": Twin(COMPLETE, "rights/home/say", "", "es"),
    "a choice without words": Twin(COMPLETE, "first_contact/need/choice/young", "", "th"),
    "limits without words": Twin(COMPLETE, "policy/minors", "", "fa"),
    "a universal word without words": Twin(COMPLETE, "universal/pause/also", "", "pl"),
    "danger without the number in one language": Twin(NUMBER, "danger/start/say", "No estás sola.", "es"),
    "self-harm without the number in one language": Twin(NUMBER, "selfharm/start/say", "Ty nie jesteś sam.", "pl"),
    "the limits of which one language says nothing": Twin(LIMITS, "child/limits/say", "Un momento.", "es"),
    "three parts in 7-bit signs": Twin(PARTS, "rights/home/say", SAY * 18),
    "three parts in 16-bit signs": Twin(PARTS, "rights/home/say", "Отдохните немного. " * 8, "ru"),
    "three parts because of the choices": Twin(PARTS, "rights/start/choice/pay", SAY * 16),
    "three parts because of one accent": Twin(PARTS, "rights/home/say", SAY * 10 + "ê"),
    "danger in two parts in 7-bit signs": Twin(PARTS, "danger/start/say", "Call {emergency}. " + SAY * 7),
    "danger in two parts in 16-bit signs": Twin(PARTS, "danger/do_now/say", "Отдохните. " * 6, "ru"),
    "danger in two parts because of the choices": Twin(PARTS, "danger/do_now/choice/person", SAY * 8),
    "the emergency number in two parts": Twin(PARTS, "desk/emergency", "{emergency}. " + SAY * 9),
    "what the desk says in three parts": Twin(PARTS, "desk/received", SAY * 18),
    "the first words name the hotline": Twin(BETRAYS, "first_contact/safe_now/say", "The hotline. Safe to write?"),
    "a choice below the first words": Twin(BETRAYS, "first_contact/safe_now/choice/safe", "Ask about trafficking"),
    "the answer to not safe": Twin(BETRAYS, "first_contact/stop_now/say", "OK. The police are not told."),
    "the answer to a pause": Twin(BETRAYS, "first_contact/pause/say", "Bien. Sin policía.", "es"),
    "the answer to a stranger": Twin(BETRAYS, "discreet/decoy/say", "This is a helpline."),
    "the answer to danger": Twin(BETRAYS, "danger/start/say", "Your boss hurt you. Call {emergency}."),
    "a betraying word with another ending": Twin(BETRAYS, "desk/received", "Received, you were exploited."),
    "a betraying word in a language without spaces": Twin(BETRAYS, "desk/held", "好的，警察不知道。", "zh-Hans"),
    "a name": Twin(ASKS, "rights/start/say", "What is your name?"),
    "a number": Twin(ASKS, "rights/start/say", "Can we have your phone number?"),
    "an address": Twin(ASKS, "witness/start/say", "In danger, call {emergency}. What is the address?"),
    "a workplace": Twin(ASKS, "exploited/start/say", "You have rights. Where is your workplace?"),
    "a name, politely and without a question mark": Twin(ASKS, "rights/pay/say", "Please state the name of the boss."),
    "a name in words that ask": Twin(ASKS, "rights/pay/say", "Tell us your surname."),
    "a name in Arabic": Twin(ASKS, "rights/start/say", "ما اسمك؟", "ar"),
    "a name where no question mark is written": Twin(ASKS, "rights/start/say", "คุณชื่ออะไร", "th"),
    "a workplace where words are not spaced": Twin(ASKS, "rights/start/say", "你在哪里上班？", "zh-Hans"),
    "a name, when nothing is understood": Twin(ASKS, "desk/misheard", "I read that. What is your name?"),
    "two agreed words that are the same": Twin(AGREED, "code/bread/safe", "sun"),
    "an agreed word that differs by an accent alone": Twin(AGREED, "code/sun/unsafe", "milk | Sün"),
    "an agreed word that is a universal word": Twin(AGREED, "code/sun/unsafe", "rain | back"),
    "an agreed word of the phone company": Twin(AGREED, "code/sun/safe", "sun | stop"),
    "an agreed word that its choice does not name": Twin(AGREED, "code/sun/unsafe", "snow"),
    "a choice that names another word": Twin(AGREED, "discreet/start/choice/bread", "bread, wine"),
    "a label that is a universal word": Twin(UNDERSTOOD, "rights/start/choice/leave", "Delete"),
    "a label that is another choice": Twin(UNDERSTOOD, "rights/start/choice/leave", "Pay and hours"),
    "a synonym that is another choice": Twin(UNDERSTOOD, "first_contact/need/also/rights", "home | work | my work"),
    "a synonym that is another choice's number": Twin(UNDERSTOOD, "job_offer/pays/also/no", "no | 1"),
    "a universal word that is another one's": Twin(UNIVERSAL, "universal/pause/also", "pause | person"),
    "a universal word of the phone company": Twin(CARRIER, "universal/emergency/also", "emergency | help | 112"),
    "a synonym of the phone company": Twin(CARRIER, "first_contact/safe_now/also/safe", "safe | yes"),
    "a label of the phone company": Twin(CARRIER, "first_contact/safe_now/choice/safe", "Yes!"),
}


@pytest.mark.parametrize("twin", TWINS.values(), ids=list(TWINS))
def test_a_broken_twin_of_the_words_breaks_its_promise_and_no_other(
    monkeypatch: pytest.MonkeyPatch, twin: Twin
) -> None:
    proof = proof_of_words(monkeypatch, twin_tongue(twin.language, {twin.key: twin.words}))
    assert rules_broken(proof) == {twin.rule}
    assert {finding.language for finding in proof.findings} == {twin.language}


def test_a_finding_names_the_key_the_language_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = twin_tongue("en", {"first_contact/stop_now/say": "OK. Delete this chat with the hotline."})
    (finding,) = proof_of_words(monkeypatch, twin).findings
    assert (finding.script, finding.step, finding.language) == ("first_contact", "first_contact/stop_now/say", "en")
    assert finding.what == "Says 'hotline', which betrays the caller on a lock screen: say it without that word."


def test_only_the_language_that_lacks_words_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, lacking = tongue_of("es"), twin_tongue("ru", {"rights/home/say": ""})
    proof = proof_of_words(monkeypatch, whole, lacking)
    assert [(one.rule, one.step, one.language) for one in proof.findings] == [(COMPLETE, "rights/home/say", "ru")]


def test_every_page_of_the_list_of_languages_fits_into_two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The heading alone fits; with eleven names below it, some of them in 16-bit signs, it does not."""
    heading = SAY * 3
    assert sms.parts(heading) == 1
    monkeypatch.setattr(prover, "prove_heard", lambda *_: None)
    tongues = [twin_tongue("en", {"desk/language": heading})]
    tongues += [twin_tongue(tag, {}) for tag in LANGUAGES if tag != "en"]
    proof = proof_of_words(monkeypatch, *tongues)
    assert {(one.rule, one.step, one.language) for one in proof.findings} >= {(PARTS, "desk/language", "en")}
    assert rules_broken(proof) == {PARTS}
    assert proof_of_words(monkeypatch, *(tongue_of(tag) for tag in LANGUAGES)).findings == ()


def test_what_the_organisation_must_do_is_measured_with_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = twin_tongue("en", {"policy/minors": SAY * 18})
    assert proof_of_words(monkeypatch, twin, policy=Policy("NO")).findings == ()
    assert rules_broken(proof_of_words(monkeypatch, twin, policy=Policy("NO", minors=True))) == {PARTS}


@pytest.mark.parametrize("code", [Code.DANGER, Code.SELFHARM])
def test_a_language_without_rules_for_danger_is_found(monkeypatch: pytest.MonkeyPatch, code: Code) -> None:
    rules = tuple(rule for rule in tongue_of("en").rules if rule.code is not code)
    (finding,) = proof_of_words(monkeypatch, twin_tongue("en", {}, rules=rules)).findings
    assert (finding.rule, finding.language) == (DANGER, "en")
    assert finding.what == f"There is no rule for {code.value}: write content/signals/en.toml."


def test_a_language_without_any_rules_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = proof_of_words(monkeypatch, twin_tongue("th", {}, rules=()))
    assert rules_broken(proof) == {DANGER}
    assert len(proof.findings) == 2


def test_sentences_of_danger_that_their_rule_does_not_hear_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = [
        {"code": code, "any": ["the moon is blue"], "heard": ["they beat me every night"]}
        for code in ("danger", "selfharm")
    ]
    rules, mistakes = read_rules({"rule": deaf}, "en", prove=False)
    assert mistakes == []
    proof = proof_of_words(monkeypatch, twin_tongue("en", {}, rules=rules))
    assert rules_broken(proof) == {DANGER}
    assert {one.step for one in proof.findings} == {step.say for step in SCRIPTS.reachable()}


def test_a_label_that_is_a_sentence_of_danger_hides_it_and_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = next(rule for rule in tongue_of("en").rules if rule.code is Code.DANGER).heard[0]
    proof = proof_of_words(monkeypatch, twin_tongue("en", {"rights/start/also/home": f"home | {sentence}"}))
    assert {(one.rule, one.step) for one in proof.findings} == {(DANGER, "rights/start/say")}


def test_without_words_to_be_careful_with_nothing_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"first_contact/stop_now/say": "The police!", "rights/start/say": "Your name?"}
    assert proof_of_words(monkeypatch, twin_tongue("en", words, care=Care())).findings == ()
    assert rules_broken(proof_of_words(monkeypatch, twin_tongue("en", words))) == {BETRAYS, ASKS}


CARES = {
    "a list that is empty": ({"betrays": []}, "betrays is empty: list at least one word, or the check"),
    "a list that is missing": ({}, "private is empty"),
    "a list that is a word": ({"asking": "please"}, "asking must be a list of words in quotes."),
    "a word that is empty": ({"private": ["name", " "]}, "private must be a list of words in quotes."),
    "a list nobody knows": ({"betrayed": ["x"]}, "'betrayed' is not known here: use betrays, private, asking."),
}


@pytest.mark.parametrize(("table", "sentence"), CARES.values(), ids=list(CARES))
def test_a_list_that_would_let_everything_pass_is_told(table: dict[str, object], sentence: str) -> None:
    _, mistakes = read_care(table)
    assert any(mistake.startswith(sentence) for mistake in mistakes)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_language_that_names_the_hotline_in_its_first_words_is_found(
    monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    """The list of every language catches a word that stands in it."""
    monkeypatch.setattr(prover, "prove_heard", lambda *_: None)
    word = tongue_of(tag).care.betrays[0].rstrip("~").split("*")[0].strip()
    proof = proof_of_words(monkeypatch, twin_tongue(tag, {"first_contact/safe_now/say": f"{word}?"}))
    assert rules_broken(proof) == {BETRAYS}


def test_the_words_of_one_language_alone_are_more_than_ten_thousand_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = proof_of_words(monkeypatch, tongue_of("en"))
    assert proof.findings == ()
    assert proof.checked > 10_000


def test_the_ways_and_the_words_are_proven_in_stages_that_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(prover, "prove_heard", lambda *_: None)
    tongues = [tongue_of("en"), tongue_of("th")]
    prove(SCRIPTS, tongues[0], tongues, NEEDED, "112", Policy(), progress=told.append)
    assert told == ["every way through the scripts", "en", "th"]
