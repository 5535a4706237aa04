"""The safety checklist: short, by level and signals, with phrases that exist in every language."""

from __future__ import annotations

import pytest

from hotline.checklist import ITEMS, KEYS, items, missed
from hotline.contact import Level
from hotline.store.phrasebook import Phrasebook
from hotline.store.shelf import read_words
from tests.people import ROOT

SIGNALS = ("danger", "selfharm", "minor", "exploited", "witness", "joboffer", "rights", "info", "stop")


def keys(level: Level, *signals: str) -> list[str]:
    return [item.key for item in items(level, signals)]


def test_a_routine_contact_has_few_and_the_first_is_whether_it_is_safe() -> None:
    assert keys(Level.ROUTINE) == ["safe_now", "no_promise", "back"]


def test_danger_begins_with_the_number() -> None:
    for level in Level:
        assert keys(level, "danger")[:2] == ["number", "safe_now"]
    assert keys(Level.IMMEDIATE)[0] == "number"


def test_a_child_is_told_the_limits_before_more_is_asked() -> None:
    assert {"limits", "trusted_adult", "children"} <= set(keys(Level.URGENT, "minor"))
    assert "limits" not in keys(Level.URGENT)


def test_whoever_may_hurt_themselves_is_asked_plainly_and_not_left() -> None:
    assert {"selfharm", "stay", "number", "limits"} <= set(keys(Level.SOON, "selfharm"))


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("signal", SIGNALS)
def test_it_grows_with_level_and_signals_and_stays_short(level: Level, signal: str) -> None:
    assert set(keys(level)) <= set(keys(level, signal)) <= set(keys(Level.IMMEDIATE, *SIGNALS))
    assert len(keys(level, signal)) <= 16


def test_what_nobody_ticked_is_missed_in_order() -> None:
    assert missed(Level.ROUTINE, (), ()) == ("safe_now", "no_promise", "back")
    assert missed(Level.ROUTINE, (), ("no_promise", "of another level")) == ("safe_now", "back")
    assert missed(Level.IMMEDIATE, SIGNALS, KEYS) == ()


def test_every_item_has_words_and_its_phrase_is_in_the_book() -> None:
    words = read_words(ROOT / "locales" / "en", "console")
    phrases = Phrasebook(ROOT / "locales", "112").phrases("en")
    for item in ITEMS:
        assert words[f"console/check/{item.key}"]
        assert not item.phrase or not phrases[item.phrase].asks
    assert len(KEYS) == len(ITEMS)
