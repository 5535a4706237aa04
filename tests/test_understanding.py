"""The sentence model, read from its file: whole or refused in a sentence, and never a reason to fall over."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.assemble import CannotStart, open_mind
from app.settings import Settings
from app.tools.check import check
from app.tools.learn import LABELS, fingerprint, read_phrases
from hotline.language import LANGUAGES
from hotline.triage.grams import LONGEST_READ
from hotline.understanding import MAGIC, ModelUnusable, open_model
from tests.people import ROOT
from tests.test_learning import PHRASES, small_model, write_phrases

SHIPPED = ROOT / "content" / "learning"
MIND, MADE_FROM = open_model(SHIPPED / "model.bin")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small model: a few dozen phrases in two languages."""
    return small_model(tmp_path_factory.mktemp("content"))


# Reading a model


def assert_unusable(path: Path) -> None:
    with pytest.raises(ModelUnusable) as fault:
        open_model(path)
    said = str(fault.value)
    assert said.startswith(f"{path} ")
    assert said.endswith(": run `hotline learn`.")
    assert "\n" not in said


def headed(head: object) -> bytes:
    return MAGIC + json.dumps(head).encode() + b"\n\n"


def head_of(made: bytes) -> tuple[dict[str, object], bytes]:
    head, _, body = made.removeprefix(MAGIC).partition(b"\n\n")
    table = json.loads(head)
    assert isinstance(table, dict)
    return table, body


FOREIGN: dict[str, bytes] = {
    "an empty file": b"",
    "a blank line": b"\n\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400,
    "zeros": bytes(100_000),
    "another version": b"hotline-model 2\n{}\n\n",
    "the first line alone": MAGIC,
    "no blank line after the head": MAGIC + b"{}",
    "a head that is no JSON": MAGIC + b"phrases = 1\n\n",
    "a head that is not UTF-8": MAGIC + b'"\xff"\n\n',
    "a head that is a list": headed([1, 2]),
    "a head that is a number": headed(5),
    "a head that is empty": headed({}),
    "a head of heads": MAGIC + b"[" * 50_000 + b"\n\n",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=list(FOREIGN))
def test_a_file_that_is_no_model_is_told_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.bin").write_bytes(content)
    assert_unusable(tmp_path / "model.bin")


def test_a_model_that_is_missing_or_a_folder_is_told_in_one_sentence(tmp_path: Path) -> None:
    assert_unusable(tmp_path / "model.bin")
    assert_unusable(tmp_path)


@pytest.mark.parametrize("part", [0.0, 0.000001, 0.00001, 0.0001, 0.1, 0.5, 0.9, 0.999999])
def test_a_model_that_is_cut_short_is_told_in_one_sentence(tmp_path: Path, made: bytes, part: float) -> None:
    (tmp_path / "model.bin").write_bytes(made[: int(len(made) * part)])
    assert_unusable(tmp_path / "model.bin")


def test_a_model_that_lacks_its_last_byte_is_told_in_one_sentence(tmp_path: Path, made: bytes) -> None:
    (tmp_path / "model.bin").write_bytes(made[:-1])
    assert_unusable(tmp_path / "model.bin")


@pytest.mark.parametrize("key", ["phrases", "meaning", "tongue"])
def test_a_model_whose_head_lacks_a_part_is_told_in_one_sentence(tmp_path: Path, made: bytes, key: str) -> None:
    head, body = head_of(made)
    del head[key]
    (tmp_path / "model.bin").write_bytes(headed(head) + body)
    assert_unusable(tmp_path / "model.bin")


BENT = {
    "names": (None, 5, ["danger"]),
    "scale": (None, "much", [1]),
    "bias": (None, 5, [], ["much"] * len(LABELS), [0.0] * (len(LABELS) + 1)),
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in BENT.items() for value in values])
def test_a_model_whose_head_is_of_another_kind_is_told_in_one_sentence(
    tmp_path: Path, made: bytes, key: str, value: object
) -> None:
    head, body = head_of(made)
    table = head["meaning"]
    assert isinstance(table, dict)
    table[key] = value
    (tmp_path / "model.bin").write_bytes(headed(head) + body)
    assert_unusable(tmp_path / "model.bin")


@given(st.binary(max_size=300))
def test_whatever_follows_the_first_line_is_a_model_or_is_told(
    tmp_path_factory: pytest.TempPathFactory, rest: bytes
) -> None:
    path = tmp_path_factory.mktemp("model") / "model.bin"
    path.write_bytes(MAGIC + rest)
    assert_unusable(path)


def test_a_hotline_whose_model_cannot_be_used_does_not_start_and_says_what_to_do(tmp_path: Path, made: bytes) -> None:
    folder = write_phrases(tmp_path, PHRASES)
    settings = Settings(home=tmp_path, content=tmp_path)
    (folder / "model.bin").write_bytes(made[:-1])
    with pytest.raises(CannotStart) as fault:
        open_mind(settings)
    assert str(fault.value) == (
        f"{folder / 'model.bin'} cannot be read (ValueError): run `hotline learn`. Or set understanding.model = false."
    )
    assert open_mind(Settings(home=tmp_path, content=tmp_path, model=False)) is None
    (folder / "model.bin").write_bytes(made)
    assert open_mind(settings) is not None


# Any text at all


def is_likelihood(found: Mapping[str, float]) -> bool:
    """Empty, or numbers from 0 to 1 that sum to 1."""
    return not found or (all(0.0 <= one <= 1.0 for one in found.values()) and abs(sum(found.values()) - 1.0) < 1e-9)


ANYTHING = st.text(st.characters(), max_size=400)


@given(ANYTHING)
@example("")
@example("\ud800\udfff")
@example("he hits me \udc80")
@example("\0")
def test_every_text_gives_likelihoods_that_sum_to_one_or_nothing(text: str) -> None:
    impression = MIND.impression(text)
    assert is_likelihood(impression.labels)
    assert is_likelihood(impression.languages)
    assert set(impression.labels) in (set(), set(MIND.meaning.names))
    assert set(impression.languages) in (set(), set(MIND.tongue.names))
    assert MIND.impression(text) == impression


HOSTILE = {
    "one long word": "a" * 100_000,
    "many words": "help " * 20_000,
    "words of one sign": "a b c d " * 12_500,
    "emoji": "😡👍🏿" * 33_333,
    "halves of surrogate pairs": "\ud83d" * 100_000,
    "a sign that stands for a sentence": "\ufdfa" * 100_000,
    "accents upon accents": "a" + "\u0301" * 100_000,
    "digits": "٣" * 100_000,
    "Thai without spaces": "ช่วยด้วย" * 12_500,
    "line breaks": "\n" * 100_000,
    "no sign at all that is seen": "\u200b\u2060\u200f" * 33_333,
    "every sign there is": "".join(map(chr, range(0, 0x110000, 11))),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_text_costs_no_more_than_a_moment(text: str) -> None:
    began = time.process_time()
    impression = MIND.impression(text)
    assert time.process_time() - began < 0.5
    assert is_likelihood(impression.labels)
    assert is_likelihood(impression.languages)


@pytest.mark.parametrize("text", ["", " ", "😡👍", "...!?", "\ud83d\udc00", "\n\t", "🇺🇦🇺🇦"])
def test_a_text_without_a_letter_gives_nothing_to_go_by(text: str) -> None:
    impression = MIND.impression(text)
    assert (impression.labels, impression.languages) == ({}, {})


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    beginning = "он бьет меня " * 100
    assert MIND.impression(beginning[:LONGEST_READ] + "good morning " * 9_000) == MIND.impression(beginning)


# The model that is shipped


def test_the_shipped_model_knows_every_label_and_every_language_of_the_house() -> None:
    assert MIND.meaning.names == LABELS
    assert set(MIND.tongue.names) == set(LANGUAGES)
    assert {phrase.language for phrase in read_phrases(SHIPPED)} == set(LANGUAGES)


def test_the_shipped_model_was_made_from_the_phrases_that_lie_beside_it() -> None:
    assert fingerprint(SHIPPED) == MADE_FROM, "the phrases have changed: run `hotline learn`"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A content folder with a small model beside its phrases."""
    shutil.copytree(ROOT / "content", tmp_path / "content", ignore=shutil.ignore_patterns("learning", "signals"))
    folder = write_phrases(tmp_path / "content", PHRASES)
    (folder / "model.bin").write_bytes(headed({}))
    return folder


def about_the_model(folder: Path) -> list[str]:
    _, findings = check(Settings(home=folder, content=folder.parent))
    return [finding.what for finding in findings if finding.file == folder / "model.bin"]


def test_a_model_beside_other_phrases_is_stale_and_hotline_check_says_so(house: Path, made: bytes) -> None:
    (house / "model.bin").write_bytes(made)
    assert about_the_model(house) == []
    before = fingerprint(house)
    text = (house / "ru.tsv").read_text(encoding="utf-8")
    (house / "ru.tsv").write_text(text.replace("ремнем", "палкой"), encoding="utf-8")
    assert fingerprint(house) != before
    stale = "It was made from other phrases than those that lie here now: run `hotline learn`."
    assert about_the_model(house) == [stale]
    (house / "ru.tsv").write_text(text, encoding="utf-8")
    (house / "en.tsv").rename(house / "es.tsv")
    assert about_the_model(house) == [stale]


def test_a_model_that_cannot_be_read_is_found_by_hotline_check(house: Path, made: bytes) -> None:
    for content in (b"", headed({}), made[:-1]):
        (house / "model.bin").write_bytes(content)
        (what,) = about_the_model(house)
        assert what.endswith(": run `hotline learn`.")
    (house / "model.bin").unlink()
    assert about_the_model(house) == [f"{house / 'model.bin'} is missing: run `hotline learn`."]
