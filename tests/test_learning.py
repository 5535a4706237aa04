"""Learning the sentence model: from phrases to a file, the same every time, and right on words it never saw."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learner import Learner
from app.romanised import romanised
from app.settings import Settings
from app.tools import learn
from app.tools.learn import (
    LABELS,
    OFFER_LABELS,
    TONGUES_OF_OFFERS,
    Phrase,
    fingerprint,
    make_model,
    make_offer_model,
    read_phrases,
)
from hotline.store.shelf import ContentError
from hotline.triage.grams import MEANING_BITS, TONGUE_BITS, meaning_grams, tongue_grams
from hotline.understanding import ModelUnusable, Understanding, open_model, open_offer_model

PHRASES = {
    "en": """
danger	he is beating me now
danger	he beats me every night
danger	my husband is beating me
danger	they beat us with a belt
danger	he hits me and locks the door
danger	he locked the door and beats me
rights	when must the boss pay my salary
rights	my salary is not paid
rights	the boss did not pay the salary
rights	how much salary for my hours
rights	they pay less salary than the contract says
rights	is the salary for extra hours right
joboffer	a man offers me a job as a waitress in Oslo
joboffer	is this job offer on a farm real
joboffer	the agency offers a job in a hotel
joboffer	they offer me a job on a ship
joboffer	an offer to work as a waitress abroad
joboffer	the offer says hotel job abroad
none	good morning
none	thank you very much
none	good evening and thank you
none	hello good day
none	thank you and good night
none	hello how are you
""",
    "ru": """
danger	он бьет меня сейчас
danger	муж бьет меня каждую ночь
danger	они бьют нас ремнем
danger	он запер дверь и бьет меня
rights	мне не платят зарплату
rights	начальник не платит зарплату
rights	какая зарплата за мои часы
rights	когда должны платить зарплату
joboffer	мне предлагают работу в гостинице
joboffer	предлагают работу официанткой за границей
joboffer	агентство предлагает работу на ферме
joboffer	предложение работы на корабле настоящее
none	доброе утро
none	большое спасибо
none	добрый вечер спасибо
none	здравствуйте как дела
""",
}

UNSEEN = {
    "he is beating me with a belt": ("danger", "en"),
    "my husband locked the door, he beats me": ("danger", "en"),
    "HE BEATS ME!!!": ("danger", "en"),
    "boss pay no salary for extra hours": ("rights", "en"),
    "is this offer for a job in a hotel real": ("joboffer", "en"),
    "good evening, thank you": ("none", "en"),
    "муж запер дверь и бьет": ("danger", "ru"),
    "начальник не платит за часы": ("rights", "ru"),
    "muzh byet menya": ("danger", "ru"),
    "предлагают работу официанткой в гостинице": ("joboffer", "ru"),
}
"""Sentences that are not among the phrases, and what they say in which language."""


def write_phrases(content: Path, phrases: Mapping[str, str]) -> Path:
    folder = content / "learning"
    folder.mkdir(parents=True, exist_ok=True)
    for tag, text in phrases.items():
        (folder / f"{tag}.tsv").write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Learnt:
    """What `hotline learn` answered."""

    code: int
    out: str
    err: str


@pytest.fixture
def hotline_learn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    return Run(monkeypatch, capsys, tmp_path)


@dataclass(frozen=True)
class Run:
    """`hotline learn`, on a content folder of the test and never on that of the house."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    content: Path

    def __call__(self) -> Learnt:
        self.monkeypatch.setattr(learn, "settings_of", lambda _: Settings(home=self.content, content=self.content))
        code = learn.run(Namespace())
        return Learnt(code, *self.capsys.readouterr())


def small_model(content: Path) -> bytes:
    """A model of the few phrases above."""
    folder = write_phrases(content, PHRASES)
    return make_model(read_phrases(folder), fingerprint(folder), Learner, lambda line: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return small_model(tmp_path_factory.mktemp("content"))


@pytest.fixture(scope="module")
def mind(made: bytes, tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    path = tmp_path_factory.mktemp("model") / "model.bin"
    path.write_bytes(made)
    return open_model(path)[0]


def test_a_model_is_learnt_from_a_few_dozen_phrases_and_read_back(hotline_learn: Run, made: bytes) -> None:
    folder = write_phrases(hotline_learn.content, PHRASES)
    told = hotline_learn()
    lines = told.out.splitlines()
    assert (told.code, told.err, lines[0]) == (0, "", "40 phrases of messages in 2 languages.")
    assert lines[-1].startswith("Wrote ")
    mind, made_from = open_model(folder / "model.bin")
    assert made_from == fingerprint(folder)
    assert mind.meaning.names == LABELS
    assert mind.tongue.names == ("en", "ru")
    assert sorted(path.name for path in folder.iterdir()) == ["en.tsv", "model.bin", "ru.tsv"]
    assert (folder / "model.bin").read_bytes() == made, "the same phrases give the same bytes"


def test_the_model_of_offers_is_learnt_from_sentences_and_read_back(tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    kept, fair = "documents_kept\tthe boss keeps your passport {}\n", "fair\tyou are paid every month {}\n"
    (folder / "en.tsv").write_text("".join(one.format(word) for word in "abcdefgh" for one in (kept, fair)))
    sentences = read_phrases(folder, OFFER_LABELS, TONGUES_OF_OFFERS)
    path = tmp_path / "model.bin"
    path.write_bytes(make_offer_model(sentences, fingerprint(folder), Learner, lambda line: None))
    model, made_from = open_offer_model(path)
    assert made_from == fingerprint(folder)
    likely = model.impressions("the boss keeps the passport")
    assert max(likely, key=lambda one: likely[one]) == "documents_kept"
    assert model.impressions("") == {}
    with pytest.raises(ModelUnusable):
        open_model(path)


@pytest.mark.parametrize(("text", "label", "language"), [(text, *right) for text, right in UNSEEN.items()])
def test_a_small_model_is_right_on_sentences_it_never_saw(
    mind: Understanding, text: str, label: str, language: str
) -> None:
    assert not any(text in phrases for phrases in PHRASES.values())
    impression = mind.impression(text)
    assert max(impression.labels, key=lambda one: impression.labels[one]) == label
    assert max(impression.languages, key=lambda one: impression.languages[one]) == language


def test_other_phrases_give_another_model_and_a_server_keeps_the_one_it_has_open(
    hotline_learn: Run, made: bytes
) -> None:
    folder = write_phrases(hotline_learn.content, PHRASES | {"en": PHRASES["en"].replace("belt", "stick")})
    (folder / "model.bin").write_bytes(made)
    old, old_print = open_model(folder / "model.bin")
    before = old.impression("with a stick")
    assert hotline_learn().code == 0
    new, new_print = open_model(folder / "model.bin")
    assert new_print == fingerprint(folder) != old_print
    assert new.impression("with a stick") != before == old.impression("with a stick")


def test_phrases_of_which_no_piece_can_be_learnt_are_no_trouble(tmp_path: Path) -> None:
    phrases = [Phrase("en", "none", "👍 ..."), Phrase("en", "danger", "he hits me"), Phrase("en", "none", "!!!")]
    for some in (phrases, phrases[:1]):
        (tmp_path / "model.bin").write_bytes(make_model(some, "x", Learner, lambda line: None))
        mind, _ = open_model(tmp_path / "model.bin")
        assert mind.impression("👍").labels == {}
        assert sum(mind.impression("he hits me").labels.values()) == pytest.approx(float(len(some) > 1))


A_LINE = f"A line is a label ({', '.join(LABELS)}), a tab and a text."
WRONG = {
    "a label nobody knows": ("# ours\n\nfire\tit burns\n", f"en.tsv:3: {A_LINE}"),
    "no tab": ("danger\the hits me\ndanger he hits me\n", f"en.tsv:2: {A_LINE}"),
    "no text": ("danger\t \n", f"en.tsv:1: {A_LINE}"),
    "no label": ("\the hits me\n", f"en.tsv:1: {A_LINE}"),
    "nothing at all": ("# nothing yet\n", ": There are no phrases here."),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_line_is_told_with_its_file_and_number_and_nothing_is_learnt(
    hotline_learn: Run, text: str, sentence: str
) -> None:
    folder = write_phrases(hotline_learn.content, {"en": text})
    told = hotline_learn()
    assert (told.code, told.err) == (1, "")
    assert told.out in (f"{folder}/{sentence}\n", f"{folder}{sentence}\n")
    assert not (folder / "model.bin").exists()


def test_every_wrong_line_of_every_file_is_told_at_once(hotline_learn: Run) -> None:
    folder = write_phrases(hotline_learn.content, PHRASES | {"es": "peligro\tx\ndanger\n", "xx": "danger\tx\n"})
    assert hotline_learn().out.splitlines() == [
        f"{folder}/es.tsv:1: {A_LINE}",
        f"{folder}/es.tsv:2: {A_LINE}",
        f"{folder}/xx.tsv: xx is not a language of the house (hotline/language.py).",
    ]


def test_phrases_that_are_not_utf8_are_told_with_their_file(hotline_learn: Run) -> None:
    folder = write_phrases(hotline_learn.content, PHRASES)
    (folder / "es.tsv").write_bytes("danger\tme pegó\n".encode("latin-1"))
    told = hotline_learn()
    assert (told.code, told.out) == (1, f"{folder}/es.tsv: Byte 13 is not UTF-8: save the file as UTF-8.\n")


def test_without_numpy_nothing_is_learnt_and_the_remedy_is_told(hotline_learn: Run) -> None:
    folder = write_phrases(hotline_learn.content, PHRASES)
    hotline_learn.monkeypatch.delitem(sys.modules, "app.learner")
    hotline_learn.monkeypatch.setitem(sys.modules, "numpy", None)
    told = hotline_learn()
    assert (told.code, told.out) == (2, "")
    assert told.err == "hotline: learning needs numpy: run `make learn`, or pip install numpy.\n"
    assert not (folder / "model.bin").exists()


# Russian and Ukrainian in Latin letters

LATIN = [
    ("ru", "Хорошо", 0, "horosho"),
    ("ru", "Хорошо", 1, "khorosho"),
    ("ru", "щи и цена", 0, "shchi i cena"),
    ("ru", "щи и цена", 1, "schi i tsena"),
    ("ru", "объявление", 0, "obyavlenie"),
    ("uk", "її гроші", 0, "yiyi hroshi"),
    ("uk", "хто це", 0, "khto tse"),
    ("uk", "хто це", 1, "hto tse"),
]


@pytest.mark.parametrize(("language", "text", "habit", "latin"), LATIN)
def test_russian_and_ukrainian_are_also_learnt_as_typed_without_cyrillic_letters(
    language: str, text: str, habit: int, latin: str
) -> None:
    assert romanised(language, text, habit) == romanised(language, text.upper(), habit + 2) == latin


@pytest.mark.parametrize(
    ("language", "text"), [("en", "привет"), ("ru", "hello 112"), ("ru", "да 你好"), ("th", "ไทย")]
)
def test_where_there_is_nothing_to_change_nothing_is_learnt_twice(language: str, text: str) -> None:
    assert romanised(language, text, 0) is None


# What a text is made of


@given(st.text(st.characters(), max_size=400))
def test_every_piece_of_a_text_has_its_slot(text: str) -> None:
    assert all(0 <= slot < 1 << MEANING_BITS for slot in meaning_grams(text))
    assert all(0 <= slot < 1 << TONGUE_BITS for slot in tongue_grams(text))


def test_accents_and_capitals_change_the_language_and_not_the_meaning() -> None:
    assert meaning_grams("Él me PEGÓ") == meaning_grams("el me pego")
    assert tongue_grams("Él me PEGÓ") == tongue_grams("él me pegó") != tongue_grams("el me pego")
    assert meaning_grams("he hits me") != meaning_grams("me hits he")
    assert meaning_grams("") == tongue_grams("...") == frozenset()


def test_a_wrong_line_stops_the_reading_of_all_phrases(tmp_path: Path) -> None:
    folder = write_phrases(tmp_path, PHRASES | {"es": "danger\n"})
    with pytest.raises(ContentError) as fault:
        read_phrases(folder)
    assert [(finding.file.name, finding.line) for finding in fault.value.findings] == [("es.tsv", 1)]
