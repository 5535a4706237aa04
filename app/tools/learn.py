"""`hotline learn`: makes the models from the phrases in content/learning and content/offers/examples. Needs numpy."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.cli import FINDINGS, USAGE, settings_of
from app.romanised import romanised
from hotline.language import LANGUAGES
from hotline.offers.flags import Flag
from hotline.store.shelf import ContentError, Finding
from hotline.triage.grams import FLAG_BITS, MEANING_BITS, TONGUE_BITS, flag_grams, meaning_grams, tongue_grams
from hotline.triage.signals import Code
from hotline.understanding import MAGIC

LABELS = (*(code.value for code in Code), "none")
OFFER_LABELS = (*(flag.value for flag in Flag), "fair")
TONGUES_OF_OFFERS = frozenset({*LANGUAGES, "ne"})
"""Offers are read in Nepali too, though nobody answers in it yet."""


@dataclass(frozen=True, slots=True)
class Phrase:
    language: str
    label: str
    text: str


def run(options: argparse.Namespace) -> int:
    """Exit code 1 when a phrase is wrong, 2 without numpy."""
    try:
        from app.learner import Learner
    except ModuleNotFoundError:
        print("hotline: learning needs numpy: run `make learn`, or pip install numpy.", file=sys.stderr)
        return USAGE
    content, only_offers = settings_of(options).content, getattr(options, "offers", False)
    messages, offers = content / "learning", content / "offers"
    try:
        phrases = read_phrases(messages)
        examples = offers / "examples"
        sentences = read_phrases(examples, OFFER_LABELS, TONGUES_OF_OFFERS) if examples.exists() else []
    except ContentError as fault:
        print("\n".join(str(finding) for finding in fault.findings))
        return FINDINGS
    if only_offers and not sentences:
        print(f"hotline: there are no sentences of offers in {examples}.", file=sys.stderr)
        return USAGE
    for name, many in (("messages", phrases), ("offers", sentences)):
        if many:
            print(f"{len(many)} phrases of {name} in {len({one.language for one in many})} languages.")
    if not only_offers:
        _put(messages / "model.bin", make_model(phrases, fingerprint(messages), Learner, _progress))
    if sentences:
        _put(offers / "model.bin", make_offer_model(sentences, fingerprint(examples), Learner, _progress))
    print("Wrote the models. Now run `make transcripts` and look at what changed.")
    return 0


def _progress(line: str) -> None:
    """One line that changes, for whoever watches; every line, for a log."""
    print(f"\r{line:40}" if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n", flush=True)


def read_phrases(
    folder: Path, labels: Sequence[str] = LABELS, languages: Collection[str] = frozenset(LANGUAGES)
) -> list[Phrase]:
    """Every `label<TAB>text` line of every language. ContentError names file and line of each that is not one."""
    found: list[Phrase] = []
    wrong: list[Finding] = []
    for path in sorted(folder.glob("*.tsv")):
        if path.stem not in languages:
            wrong.append(Finding(path, 0, f"{path.stem} is not a language of the house (hotline/language.py)."))
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as fault:
            wrong.append(Finding(path, 0, f"Byte {fault.start} is not UTF-8: save the file as UTF-8."))
            continue
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            label, tab, text = line.partition("\t")
            if label not in labels or not tab or not text.strip():
                wrong.append(Finding(path, number, f"A line is a label ({', '.join(labels)}), a tab and a text."))
            else:
                found.append(Phrase(path.stem, label, text))
    if wrong or not found:
        raise ContentError(wrong or [Finding(folder, 0, "There are no phrases here.")])
    return found


def fingerprint(folder: Path) -> str:
    """Of all phrases: a model made from others is stale, and `hotline check` says so."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.tsv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


class Learns(Protocol):
    """What learns one head (app.learner.Learner)."""

    def __init__(self, bits: int, names: Sequence[str]) -> None: ...

    def learnt(
        self, texts: Sequence[frozenset[int]], names: Sequence[str], tell: Callable[[str], None]
    ) -> tuple[dict[str, Any], bytes]: ...


def make_model(phrases: Sequence[Phrase], made_from: str, learner: type[Learns], tell: Callable[[str], None]) -> bytes:
    """The bytes of a model file; the same phrases give the same bytes on the same machine."""
    typed = [typed for number, one in enumerate(phrases) for typed in _as_typed(one, number)]
    meaning, languages = learner(MEANING_BITS, LABELS), tuple(sorted({one.language for one in phrases}))
    table, body = meaning.learnt([meaning_grams(one.text) for one in typed], [one.label for one in typed], tell)
    tongue = learner(TONGUE_BITS, languages)
    table2, body2 = tongue.learnt([tongue_grams(one.text) for one in typed], [one.language for one in typed], tell)
    head = json.dumps({"phrases": made_from, "meaning": table, "tongue": table2})
    return MAGIC + head.encode() + b"\n\n" + body + body2


def make_offer_model(
    sentences: Sequence[Phrase], made_from: str, learner: type[Learns], tell: Callable[[str], None]
) -> bytes:
    """The same for the sentences of job offers: one head, over the flags and `fair`."""
    typed = [typed for number, one in enumerate(sentences) for typed in _as_typed(one, number)]
    table, body = learner(FLAG_BITS, OFFER_LABELS).learnt(
        [flag_grams(one.text) for one in typed], [one.label for one in typed], tell
    )
    return MAGIC + json.dumps({"phrases": made_from, "flags": table}).encode() + b"\n\n" + body


def _as_typed(phrase: Phrase, number: int) -> Iterator[Phrase]:
    """A phrase as it stands, without its accents, and in Latin letters, as many type on a small phone."""
    yield phrase
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", phrase.text) if not unicodedata.combining(sign))
    if bare != phrase.text and bare.isascii():
        yield Phrase(phrase.language, phrase.label, bare)
    latin = romanised(phrase.language, phrase.text, number)
    if latin is not None:
        yield Phrase(phrase.language, phrase.label, latin)


def _put(path: Path, made: bytes) -> None:
    """Whole or not at all: a server may be reading the old one."""
    fresh = path.with_suffix(f".{secrets.token_hex(4)}")
    fresh.write_bytes(made)
    os.replace(fresh, path)
