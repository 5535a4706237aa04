"""The ground of the offer check: sentences, figures, rules over lists of words, and what they make together."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import offers as bench
from hotline.offers.check import check
from hotline.offers.figures import figures, monthly
from hotline.offers.flags import GRAVEST_FIRST, LIGHT, Flag, Good, Told, Verdict, verdict_of
from hotline.offers.lexicon import Lexicon, read_lexicon
from hotline.offers.pieces import LONGEST_OFFER, sentences

WORDS = {
    "passport": ["passport"],
    "kept": ["we keep", "stays with us"],
    "mine": ["you keep"],
    "pays": ["you pay"],
    "free": ["nobody pays"],
}
KEPT = {
    "code": "documents_kept",
    "all": ["@passport", "@kept"],
    "unless": ["@mine"],
    "heard": ["We keep the passport."],
    "quiet": ["You keep your passport."],
}
FEE = {"code": "upfront_fee", "any": ["@pays"], "unless": ["@free"], "heard": ["You pay 200 euros."]}


def lexicon(*rules: dict[str, Any], language: str = "en", words: dict[str, list[str]] | None = None) -> Lexicon:
    made, mistakes = read_lexicon(language, {"words": words or WORDS, "rule": list(rules)})
    assert mistakes == []
    return made


def codes(text: str, *lexicons: Lexicon) -> list[str]:
    return [str(one.code) for one in check(text, lexicons).flags]


def test_the_deed_counts_and_not_the_word() -> None:
    ours = lexicon(KEPT)
    assert codes("We keep the passport in the office.", ours) == ["documents_kept"]
    assert codes("You keep your passport. We keep the keys of the car.", ours) == []
    (found,) = check("Good pay! We keep the passport in the office.", [ours]).flags
    assert found.evidence == "We keep the passport in the office"


@pytest.mark.parametrize(("within", "heard"), [("sentence", False), ("two", True), ("offer", True)])
def test_how_far_a_rule_looks(within: str, heard: bool) -> None:
    wide = lexicon({**KEPT, "within": within})
    assert bool(codes("About the passport. It stays with us.", wide)) is heard
    assert bool(codes("The passport. Work is light. It stays with us.", wide)) is (within == "offer")


def test_what_the_likeliest_language_denies_no_other_hears() -> None:
    spanish = lexicon(
        {**FEE, "heard": ["Usted paga."]}, language="es", words={**WORDS, "pays": ["usted paga"], "free": ["sin fee"]}
    )
    english = lexicon({**FEE, "any": ["fee"], "heard": ["A fee."]})
    assert codes("Trabajo sin fee.", spanish, english) == []
    assert codes("Trabajo sin fee.", english) == ["upfront_fee"]
    assert codes("Hay un fee. Trabajo sin fee.", spanish, english) == ["upfront_fee"]


def test_the_model_adds_and_never_takes_away() -> None:
    ours = lexicon(KEPT)

    def model(sentence: str) -> dict[str, float]:
        return {"secrecy": 0.95, "fair": 0.05} if "quiet" in sentence else {"fair": 1.0}

    found = check("We keep the passport. Be quiet about it.", [ours], model)
    assert [(one.code, one.possible) for one in found.flags] == [(Flag.DOCUMENTS_KEPT, False), (Flag.SECRECY, True)]
    alone = check("Be quiet about it.", [ours], model)
    assert (alone.verdict, alone.flags[0].evidence) == (Verdict.CHECK_FIRST, "Be quiet about it")


def test_one_grave_flag_or_two_say_stop() -> None:
    assert verdict_of([]) is Verdict.NO_FLAGS_FOUND
    for flag in Flag:
        assert verdict_of([flag]) is (Verdict.CHECK_FIRST if flag in LIGHT else Verdict.STOP_AND_CHECK)
    assert verdict_of([Flag.VAGUE_JOB, Flag.PAY_TOO_GOOD]) is Verdict.STOP_AND_CHECK
    assert verdict_of([], [Flag.SECRECY]) is Verdict.CHECK_FIRST
    assert sorted(GRAVEST_FIRST) == sorted(Flag)


def test_what_is_not_told_is_missing_and_good_signs_are_named() -> None:
    ours = lexicon(
        {"code": "keeps_passport", "any": ["you keep your passport"], "heard": ["You keep your passport."]},
        {"code": "pay", "any": ["$pay"], "heard": ["900 euros."]},
    )
    found = check("You keep your passport. 1.450 € a month.", [ours])
    assert [one.code for one in found.good] == [Good.KEEPS_PASSPORT]
    assert Told.PAY not in found.missing
    assert Told.EMPLOYER in found.missing


@pytest.mark.parametrize(
    ("text", "euros"),
    [
        ("1.450 € netos", 1450), ("3-5k € per month", 5000), ("$5,000/month", 4600), ("月薪3万", 3840),
        ("5000 долларов в месяц", 4600),
        ("١٢٠٠ دولار", 1104), ("150€ per day", 3300), ("room 14, bus 200", None), ("2 000 kr", 174),
        ("$45k-$67k per year", 5137), ("1,800 € for 40 hours a week", 1800), ("每天八小时，月薪3600元", 461),
        ("10 годин на день 24 000 грн", 552), ("Hourly wage: 15 €", 1350), ("1200 zł tygodniowo", 1195),
        ("€14 to €17 per hour", 1530), ("12 saat çalışma, aylık 30 000 TL", 840),
    ],
)  # fmt: skip
def test_pay_is_read_in_every_script(text: str, euros: int | None) -> None:
    found = list(monthly(text))
    assert (round(max(found)) if found else None) == euros


@pytest.mark.parametrize(
    ("text", "name", "there"),
    [
        ("Working day 06:00–22:00", "$long_day", True),
        ("6 am - 10 pm", "$long_day", True),
        ("09:00-17:00", "$long_day", False),
        ("ages 10-22", "$long_day", False),
        ("only WhatsApp", "$messenger", True),
        ("加微信", "$messenger", True),
        ("write to crew@haddrick.example", "$contact", True),
        ("£12.80/hr, no experience", "$high_pay", False),
        ("4500 € a month", "$high_pay", True),
    ],
)
def test_figures_that_mean_the_same_everywhere(text: str, name: str, there: bool) -> None:
    assert (name in figures(text)) is there


def test_an_offer_is_taken_apart_as_people_write() -> None:
    text = "🔹 Cook\n• 1.450 € a month. No fee!!! Call\n\n- ask for Dee"
    assert sentences(text) == ["Cook", "1.450 € a month", "No fee", "Call", "ask for Dee"]
    assert len("".join(sentences("word " * 4000))) <= LONGEST_OFFER
    assert max(len(one) for one in sentences("งานดีเงินดี " * 300)) <= 320


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        ({"rules": []}, "'rules' is not known here: use [words] and [[rule]]."),
        ({"words": {"fee": "fee"}}, "words.fee must be a list of phrases in quotes."),
        ({"words": {"fee": ["@pay"]}}, "words.fee: '@pay' can stand in a rule only, not in a list of words."),
        ({"rule": [{**FEE, "code": "fees"}]}, "rule 1: code = 'fees' is not known: use one of "),
        ({"rule": [{**FEE, "within": "page"}]}, "rule 1: within must be one of sentence, two, offer."),
        ({"rule": [{**FEE, "any": ["@nothing"], "unless": []}]}, "rule 1: there is no list 'nothing' under [words]."),
        ({"rule": [{**FEE, "any": ["$gold"], "unless": []}]}, "rule 1: $gold is no figure: use one of "),
        (
            {"rule": [{**FEE, "any": ["fee"], "unless": []}]},
            "rule 1 (upfront_fee): the example 'You pay 200 euros.' is not heard",
        ),
        ({"rule": [{"code": "secrecy", "heard": ["x"]}]}, "rule 1: it needs entries under all = [...] or any = [...]."),
        ({"rule": ["x"]}, "rule 1: it must be a table: begin it with [[rule]]."),
    ],
)
def test_a_mistake_is_told_with_its_place(table: dict[str, Any], mistake: str) -> None:
    _, mistakes = read_lexicon("en", {"words": WORDS, **table} if "words" not in table else table)
    assert any(one.startswith(mistake) for one in mistakes), mistakes


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_no_text_is_a_fault(text: str) -> None:
    found = check(text, [lexicon(KEPT, FEE)])
    assert len(found.missing) == len(Told)


def test_a_copied_page_whose_lines_have_run_together_is_taken_apart() -> None:
    text = "Bring your passport.We keep the shop clean (two days off).Pay: 14.50 an hour.Ask at farm.example, U.S.A."
    assert sentences(text) == [
        "Bring your passport",
        "We keep the shop clean (two days off)",
        "Pay: 14.50 an hour",
        "Ask at farm.example, U.S.A",
    ]
    assert codes(text, lexicon(KEPT)) == []


class TestWhatTheModelMayAdd:
    """`check` with a model that sees a fee in every sentence, more or less likely."""

    KEPT = "We keep the passport in the office."

    def test_of_a_fragment_it_is_not_asked(self) -> None:
        assert self.told("Waitress in Dubai. We keep the passport in the office.", 0.99)[1:] == [("upfront_fee", True)]
        assert self.told("Waitress in Dubai.", 0.99) == []

    def test_only_what_a_rule_found_is_counted(self) -> None:
        found = check(self.KEPT, [lexicon(KEPT)], lambda sentence: {"upfront_fee": 0.9})
        assert (found.sure, len(found.codes)) == ((Flag.DOCUMENTS_KEPT,), 2)

    def told(self, text: str, likely: float) -> list[tuple[str, bool]]:
        found = check(text, [lexicon(KEPT)], lambda sentence: {"upfront_fee": likely, "fair": 1 - likely})
        return [(str(one.code), one.possible) for one in found.flags]

    def test_beside_a_rule_it_is_heard_sooner_than_alone(self) -> None:
        assert self.told(self.KEPT, 0.4) == [("documents_kept", False), ("upfront_fee", True)]
        assert self.told("A calm house by the sea.", 0.4) == []
        assert self.told("A calm house by the sea.", 0.95) == [("upfront_fee", True)]

    def test_what_it_hardly_believes_is_not_told(self) -> None:
        assert self.told(self.KEPT, 0.2) == [("documents_kept", False)]

    @pytest.mark.parametrize(
        ("text", "verdict"), [(KEPT, Verdict.STOP_AND_CHECK), ("A calm house by the sea.", Verdict.CHECK_FIRST)]
    )
    def test_alone_it_never_says_stop(self, text: str, verdict: Verdict) -> None:
        sees = {str(flag): 1.0 for flag in Flag}
        assert check(text, [lexicon(KEPT)], lambda sentence: sees).verdict is verdict

    def test_what_a_rule_found_stays_whatever_it_says(self) -> None:
        (found,) = check(self.KEPT, [lexicon(KEPT)], lambda sentence: {"fair": 1.0}).flags
        assert (found.code, found.possible) == (Flag.DOCUMENTS_KEPT, False)


def test_of_three_hundred_hostile_texts_none_fails_or_takes_a_second() -> None:
    """`make soak` throws a million."""
    result = bench.fuzz(300, seed=7)
    assert (result["faults"], result["over a second"]) == ({}, 0)


def test_offers_that_no_rule_was_written_for_are_told_apart() -> None:
    """What was reached in November 2026 is in docs/measured.md; this is a little below it."""
    result = bench.score(bench.lexicons(), bench.labelled(bench.MEASURE), bench.model())
    assert result["balanced"] >= 0.88
    assert result["flags_f1"] >= 0.74
    assert result["offers"] == 184


def test_an_offer_of_two_thousand_letters_costs_twenty_milliseconds_at_most() -> None:
    known = bench.lexicons()
    rng = random.Random(1)
    said = [text for rule in known["en"].rules for text in rule.heard]
    best = min(_milliseconds(known, " ".join(rng.choices(said, k=60))[:2_000]) for _ in range(5))
    assert best <= 20


def _milliseconds(known: dict[str, Lexicon], text: str) -> float:
    import time

    began = time.process_time()
    bench.judged(known, text, "en")
    return (time.process_time() - began) * 1000
