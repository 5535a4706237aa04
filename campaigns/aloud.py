"""A page read aloud by a computer: what is said, in which voice, under which name it is kept. The engine is optional."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from campaigns.blocks import Ask, Block, Checklist, Emergency, Prose, Story, TrueFalse
from campaigns.campaign import Page
from campaigns.poster import plain
from hotline.language import Words

VOICES: Mapping[str, str] = {
    "en": "en", "sv": "sv", "fi": "fi", "nb": "nb", "da": "da", "is": "is", "et": "et", "lv": "lv", "lt": "lt",
    "ru": "ru", "uk": "uk", "pl": "pl", "ro": "ro", "tr": "tr", "zh-Hans": "cmn", "vi": "vi", "es": "es", "fr": "fr",
    "th": "th", "ar": "ar", "fa": "fa",
}  # fmt: skip
"""The engine's voice for each of our languages; it has none for Tagalog."""

ROUGH = frozenset({"th", "ar", "fa"})
"""Vowels or the ends of words are not written in these, and the engine guesses: only made when they are asked for by name."""

WORDS_A_MINUTE = 140
KILOBITS = 24
RATE = 22_050
"""Samples a second that the engine gives."""

_ITEM = re.compile(r"^(?:[-*]|\d+\.) +|^#+ +")
_HEARD = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_SYNCHRONOUS, _UTF8, _RATE = 2, 1, 1


def said(page: Page, words: Words, ways: Mapping[str, str], emergency: str) -> str:
    """Everything that is read, a sentence or line at a time; how to write to us comes last, since that is remembered."""
    lines = [page.title, page.summary]
    for block in page.blocks:
        lines += _lines(block, words, emergency)
    lines.append(words.filled("home/ways_intro"))
    for name in ("sms", "whatsapp"):
        if ways.get(name):
            lines.append(words.filled(f"ways/{name}", number=" ".join(sign for sign in ways[name] if sign.isdigit())))
    lines.append(words.filled("home/danger", emergency=" ".join(emergency)))
    return "\n".join(_ended(line) for line in lines if line.strip())


def _lines(block: Block, words: Words, emergency: str) -> Iterator[str]:
    if isinstance(block, (Prose, Story)):
        yield from (plain(_ITEM.sub("", line.strip())) for line in _joined(block.markdown))
    if isinstance(block, Story):
        yield words.filled("block/story")
    if isinstance(block, Checklist):
        yield from (plain(item) for item in block.items)
    if isinstance(block, TrueFalse):
        for claim in block.claims:
            yield claim.text
            yield words.filled("block/true" if claim.true else "block/false")
            yield claim.why
    if isinstance(block, Ask):
        for question, answer in block.questions:
            yield question
            yield answer
    if isinstance(block, Emergency):
        yield words.filled("home/danger", emergency=" ".join(emergency))


def _joined(markdown: str) -> Iterator[str]:
    """Paragraphs and items as one line each; tables are looked at, not heard."""
    held: list[str] = []
    for line in [*markdown.splitlines(), ""]:
        if held and (not line.strip() or _ITEM.match(line.strip())):
            yield " ".join(held)
            held = []
        if line.strip() and not line.lstrip().startswith("|"):
            held.append(line.strip())


def _ended(line: str) -> str:
    """A line that ends like a sentence, so that the voice rests after it."""
    return line if line.rstrip()[-1] in ".!?:;…。！？؟" else f"{line.rstrip()}."


def name_of(language: str, text: str) -> str:
    """The file's name: it changes with every word and says nothing."""
    made_of = f"{VOICES[language]}\0{WORDS_A_MINUTE}\0{KILOBITS}\0{text}"
    return blake2b(made_of.encode(), digest_size=12).hexdigest()


class NoEngine(Exception):
    """What is missing, in one sentence."""


class Engine:
    """espeak-ng and an MP3 encoder: `pip install 'hotline[aloud]'`. One at a time in a process."""

    def __init__(self) -> None:
        try:
            import espeakng_loader
            import lameenc
        except ImportError:
            raise NoEngine("No voice is installed, so no page is read aloud: pip install 'hotline[aloud]'.") from None
        self._encoder: Callable[[], Any] = lameenc.Encoder
        self._speech = ctypes.CDLL(espeakng_loader.get_library_path())
        folder = str(Path(espeakng_loader.get_data_path()).parent).encode()
        if self._speech.espeak_Initialize(_SYNCHRONOUS, 500, folder, 0) != RATE:
            raise NoEngine("The voice's data cannot be read: install hotline[aloud] again.")

    def speak(self, language: str, text: str) -> bytes:
        """The text as MP3."""
        encoder, made = self._encoder(), bytearray()
        encoder.set_bit_rate(KILOBITS)
        encoder.set_in_sample_rate(RATE)
        encoder.set_channels(1)
        encoder.set_quality(5)
        encoder.silence()  # no chatter on the terminal

        def heard(samples: Any, number: int, _events: Any) -> int:
            if samples and number > 0:
                made.extend(encoder.encode(ctypes.string_at(samples, number * 2)))
            return 0

        callback = _HEARD(heard)  # held until the end: the engine keeps only its address
        self._speech.espeak_SetSynthCallback(callback)
        if self._speech.espeak_SetVoiceByName(VOICES[language].encode()) != 0:
            raise NoEngine(f"The engine has no voice for {language}.")
        self._speech.espeak_SetParameter(_RATE, WORDS_A_MINUTE, 0)
        content = text.encode() + b"\0"
        self._speech.espeak_Synth(content, len(content), 0, 1, 0, _UTF8, None, None)
        self._speech.espeak_Synchronize()
        made.extend(encoder.flush())
        return bytes(made)
