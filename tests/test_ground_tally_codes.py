"""What is counted of a closed contact, and what somebody who reads every published figure can learn of one person."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import release
from hotline.coding import LISTS, REFERRAL, REFERRAL_CROSSED, Coding
from hotline.contact import Channel, Level
from hotline.directory.model import Need as Referral
from hotline.release import CODED, SMALLEST, Figure, figures, is_coded
from hotline.tally import STAFF_OUTCOMES, Cell, cells, cells_of_one
from tests.people import NOW

ATTRIBUTES = ("channel", "language", "level", "outcome", *LISTS)
"""In the order in which they are counted."""

One = tuple[dict[str, str], frozenset[str]]
"""One contact: its attributes, and the referrals that were ticked."""

contacts = st.tuples(
    st.fixed_dictionaries(
        {
            "channel": st.sampled_from([one.value for one in Channel]),
            "language": st.sampled_from(["en", "ar", "zh-Hans", "unknown"]),
            "level": st.sampled_from([one.value for one in Level]),
            "outcome": st.sampled_from([one.value for one in STAFF_OUTCOMES]),
            **{name: st.sampled_from([one.value for one in values]) for name, values in LISTS.items()},
        }
    ),
    st.frozensets(st.sampled_from([one.value for one in Referral]), max_size=5),
)


def cells_of(one: One) -> list[Cell]:
    given, referrals = one
    attributes = {name: given[name] for name in ATTRIBUTES}
    crossed = {name: attributes[name] for name in REFERRAL_CROSSED}
    of_referrals = [cell for each in referrals for cell in cells_of_one(NOW, REFERRAL, each, crossed)]
    return [*cells(NOW, attributes), *of_referrals]


def tallied(week: Iterable[One]) -> Counter[Cell]:
    return Counter(cell for one in week for cell in cells_of(one))


class TestCells:
    @given(contacts)
    def test_no_cell_crosses_three_and_each_says_what_is_true(self, one: One) -> None:
        attributes, referrals = one
        found = cells_of(one)
        assert len(set(found)) == len(found) == 11 + 55 + 3 * len(referrals)
        for cell in found:
            names = cell.kind.split("*")
            assert len(names) <= 2
            assert len(cell.kind) <= 24
            assert max(len(cell.first), len(cell.second)) <= 48
            for name, value in zip(names, (cell.first, cell.second), strict=False):
                assert value in referrals if name == REFERRAL else attributes[name] == value

    @given(contacts)
    def test_referrals_are_crossed_with_exploitation_and_region_alone(self, one: One) -> None:
        kinds = {cell.kind for cell in cells_of(one) if REFERRAL in cell.kind}
        assert kinds <= {"referral", "referral*exploitation", "referral*region"}

    @given(st.lists(contacts, max_size=12))
    def test_totals_agree(self, week: list[One]) -> None:
        counted = tallied(week)
        for kind in [*ATTRIBUTES, *("*".join(pair) for pair in combinations(ATTRIBUTES, 2))]:
            assert sum(number for cell, number in counted.items() if cell.kind == kind) == len(week)
        lists: dict[str, list[str]] = {name: [one.value for one in values] for name, values in LISTS.items()}
        for name, values in {**lists, REFERRAL: [one.value for one in Referral]}.items():
            for value in values:
                alone = counted[Cell("2026-W47", name, value)]
                for other in REFERRAL_CROSSED if name == REFERRAL else ATTRIBUTES:
                    kinds = {f"{name}*{other}": "first", f"{other}*{name}": "second"}
                    if name != other:
                        crossed = sum(
                            n for c, n in counted.items() if c.kind in kinds and value == getattr(c, kinds[c.kind])
                        )
                        assert crossed == alone

    def test_the_lists_and_what_the_release_suppresses_are_the_same(self) -> None:
        assert frozenset({*LISTS, REFERRAL}) == CODED
        assert set(Coding().attributes()) == set(LISTS)


def known_exactly(published: Iterable[Figure], total: int) -> list[tuple[str, str, int]]:
    """The attack: whoever knows how many contacts were coded takes what is published of one attribute, and subtracts.

    Returns values of which they now know for certain that between 1 and 9 contacts had them, and how many.
    """
    shown: dict[str, dict[str, int | None]] = {name: {} for name in LISTS}
    for row in published:
        if row.kind in shown:
            shown[row.kind][row.first] = row.count
    found = []
    for name, values in LISTS.items():
        some = shown[name]
        spans = {one.value: span(some, one.value) for one in values}
        for value, (low, high) in spans.items():
            others = [spans[other] for other in spans if other != value]
            least = max(low, total - sum(most for _, most in others))
            most = min(high, total - sum(fewest for fewest, _ in others))
            if least == most and 0 < least < SMALLEST:
                found.append((name, value, least))
    return found


def span(some: Mapping[str, int | None], value: str) -> tuple[int, int]:
    """Between what numbers the true one lies, for whoever knows how figures are made."""
    if value not in some:
        return 0, release.SMALLEST - 1
    count = some[value]
    return (1, release.SMALLEST - 1) if count is None else (count, count + release.SMALLEST - 1)


def random_week(seed: int, number: int) -> list[One]:
    """A week like a real one: a few values are frequent, most are rare."""
    rng = random.Random(seed)
    attributes = {
        "channel": ["sms"],
        "language": ["en"],
        "level": ["soon"],
        "outcome": ["informed"],
        **{name: [one.value for one in values] for name, values in LISTS.items()},
    }
    common = {name: rng.choice(values) for name, values in attributes.items()}
    week = []
    for _ in range(number):
        one = {name: common[name] if rng.random() < 0.8 else rng.choice(values) for name, values in attributes.items()}
        week.append((one, frozenset({"housing"} if rng.random() < 0.5 else ())))
    return week


def coded(week: Iterable[One]) -> list[Figure]:
    return [row for row in figures(tallied(week).items()) if is_coded(row.kind)]


class TestTheAttack:
    @given(st.lists(contacts, max_size=SMALLEST - 1))
    def test_of_a_week_with_few_contacts_nothing_that_was_coded_is_published(self, week: list[One]) -> None:
        assert coded(week) == []

    @given(st.lists(contacts, max_size=SMALLEST - 1), st.randoms(use_true_random=False))
    def test_two_such_weeks_look_the_same_whoever_called(self, week: list[One], rng: random.Random) -> None:
        other = [
            ({**one, **{name: rng.choice(list(values)).value for name, values in LISTS.items()}}, frozenset[str]())
            for one, _ in week
        ]
        assert figures(tallied(week).items()) == figures(tallied(other).items())

    @pytest.mark.parametrize("number", [10, 11, 12, 19, 20, 27, 45, 120])
    def test_subtracting_tells_of_nobody(self, number: int) -> None:
        for seed in range(40):
            assert known_exactly(coded(random_week(seed, number)), number) == []

    @given(st.lists(contacts, min_size=1, max_size=40))
    def test_no_small_count_is_published_and_no_other_is_exact(self, week: list[One]) -> None:
        true = tallied(week)
        for row in coded(week):
            number = true[Cell(row.period, row.kind, row.first, row.second)]
            assert row.count is not None
            assert row.count >= SMALLEST
            assert row.count % SMALLEST == 0
            assert row.count <= number < row.count + SMALLEST


def test_without_suppression_the_attack_tells_of_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "SMALLEST", 1)
    week = random_week(1, 5)
    assert coded(week) != []
    assert known_exactly(coded(week), 5) != []


def test_with_small_counts_as_few_and_large_ones_exact_it_would_tell_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why codes are suppressed harder than the rest: a lone `few` names a value, and subtracting counts it."""
    monkeypatch.setattr(release, "_publishable", lambda _, number: [number if number >= SMALLEST else None])
    week = random_week(1, 1)
    assert {row.first for row in coded(week) if row.kind == "origin"} == {week[0][0]["origin"]}
