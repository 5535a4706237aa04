"""First words that are nearly the same share a name; those that are not do not."""

from __future__ import annotations

import random
from itertools import count

import pytest

from hotline.alike import ALIKE, MOST, SECONDS, Recent, Sketcher, words
from tests.people import ROOT

SKETCHER = Sketcher(b"one seed")
FLOOD = "please help me they hold me in a house near the harbour and I cannot leave this place tonight"
_fresh = (number.to_bytes(8, "big") for number in count(1))


def likeness(one: str, two: str) -> float:
    first, second = SKETCHER.sketch(one), SKETCHER.sketch(two)
    assert first is not None
    assert second is not None
    return first.likeness_to(second)


def name(recent: Recent, text: str, now: float = 0.0) -> bytes:
    sketch = SKETCHER.sketch(text)
    assert sketch is not None
    return recent.name_of(sketch, now, next(_fresh))


@pytest.mark.parametrize(
    "changed",
    [
        FLOOD.upper(),
        FLOOD + "!!!",
        FLOOD.replace("harbour", "station"),
        FLOOD.replace("please ", ""),
        "hi " + FLOOD,
        FLOOD.replace("house", "hоuse"),
        FLOOD + " 4711",
    ],
)
def test_small_changes_are_alike(changed: str) -> None:
    recent = Recent()
    assert name(recent, FLOOD) == name(recent, changed)


@pytest.mark.parametrize(
    "other",
    [
        "my boss keeps my passport and says that I owe him for the journey",
        "I cannot leave the house where I work because they lock the door",
        "they hold my papers and I cannot go home",
    ],
)
def test_others_who_tell_of_the_same_trouble_in_their_own_words_are_not(other: str) -> None:
    recent = Recent()
    assert name(recent, FLOOD) != name(recent, other)


def test_short_words_are_alike_only_when_they_are_the_same() -> None:
    assert likeness("help me", "Help me!") == 1.0
    assert likeness("help me", "help us") == 0.0
    assert SKETCHER.sketch("help") is None
    assert SKETCHER.sketch("") is None


def test_numbers_make_no_difference() -> None:
    assert words("call 112 now") == words("call 999 now") == ["call", "0", "now"]


@pytest.mark.parametrize("text", ["他们拿走了我的护照我不能离开", "เขายึดหนังสือเดินทางของฉัน"])
def test_scripts_without_spaces_are_compared_sign_by_sign(text: str) -> None:
    recent = Recent()
    assert name(recent, text) == name(recent, text + text[-2:])


def test_sketches_of_two_seeds_have_nothing_to_do_with_one_another() -> None:
    one, two = Sketcher(b"one").sketch(FLOOD), Sketcher(b"two").sketch(FLOOD)
    assert one is not None
    assert two is not None
    assert one.likeness_to(two) == 0.0


def test_after_twenty_quiet_minutes_a_name_is_forgotten() -> None:
    recent = Recent()
    first = name(recent, FLOOD)
    assert name(recent, FLOOD, SECONDS - 1) == first
    assert name(recent, FLOOD, 2 * SECONDS - 2) == first
    assert name(recent, FLOOD, 3 * SECONDS) != first


def test_a_flood_of_different_words_takes_no_more_room_than_there_is() -> None:
    chance, recent = random.Random(1), Recent(most=300)
    for number in range(1000):
        name(recent, " ".join(f"w{chance.randrange(10**9)}x" for _ in range(8)), float(number) / 100)
    assert len(recent) <= 300
    assert sum(map(len, recent._bands.values())) <= 300 * 25
    assert MOST * 25 < 200_000


def test_of_the_phrases_that_people_may_write_hardly_any_two_are_alike() -> None:
    """The learning phrases of one language: each written by itself, though many tell of the same."""
    lines = (ROOT / "content" / "learning" / "en.tsv").read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t")[-1] for line in lines if len(line.split("\t")[-1].split()) >= 4]
    recent = Recent(most=len(texts) + 1)
    names = [name(recent, text) for text in texts]
    assert len(texts) > 200
    assert 1 - len(set(names)) / len(texts) < 0.01, ALIKE


def test_two_hundred_templates_with_small_changes_become_about_two_hundred_names() -> None:
    chance, recent = random.Random(2), Recent()
    pool = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("ana", "ero", "ilo", "umi", "ote", "eka")]
    templates = [[chance.choice(pool) for _ in range(chance.randint(10, 16))] for _ in range(200)]
    names = []
    for _ in range(3000):
        said = list(chance.choice(templates))
        said[chance.randrange(len(said))] = chance.choice(pool)
        names.append(name(recent, " ".join(said)))
    assert len(set(names)) < 400
