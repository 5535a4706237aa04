"""Templates: one environment, the words of a language at hand in every page as `t`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.settings import Settings
from campaigns.poster import shown_address
from campaigns.publish import Assets
from hotline.language import LANGUAGES, Words
from hotline.store.shelf import Shelf

RenderPage = Callable[[str, str, Mapping[str, Any]], str]


class Pages:
    """Renders (template, language, values). A word or value that is missing is an error, never an empty place."""

    def __init__(self, settings: Settings, shelf: Shelf, assets: Assets, console_words: Words) -> None:
        self._shelf = shelf
        self._settings = settings
        self._console_words = console_words
        country = settings.country.upper()
        known = {path.stem.upper() for path in (settings.content / "directory").glob("*.toml")}
        self._helped = frozenset(
            one for one in known if all(f"help/country/{one}" in words for words in shelf.pages.values())
        )
        self._help_here = country if country in self._helped else ""
        self._environment = Environment(
            loader=FileSystemLoader(settings.templates),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(asset=assets.url, languages=LANGUAGES, clock=_clock)

    @property
    def staff_words(self) -> Words:
        """The words of the console, in its own language."""
        return self._console_words

    def page(self, template: str, language: str, values: Mapping[str, Any]) -> str:
        """A page for the public, in one language."""
        return self._render(template, language, self._shelf.pages[language], values, self._shelf.offers.get(language))

    def console(self, template: str, values: Mapping[str, Any]) -> str:
        """A page for staff."""
        return self._render(template, self._console_words.language, self._console_words, values)

    def _render(
        self, template: str, language: str, words: Words, values: Mapping[str, Any], offers: Words | None = None
    ) -> str:
        context = {
            "t": self._words(words, offers),
            "checks_offers": offers is not None,
            "language": language,
            "direction": LANGUAGES[language].direction,
            "offered": self._shelf.offered,
            "unread": language in self._shelf.reviews and self._shelf.reviews[language].unread,
            "demo": self._settings.demo,
            "practice": self._settings.practice,
            "ways": {name: self._settings.ways.get(name, "") for name in ("sms", "whatsapp", "telegram", "signal")},
            "emergency": self._settings.emergency,
            "help_here": self._help_here,
            "site": shown_address(self._settings.public_url),
            "helped": self._helped,
            "path": "",
            "here": [],
            **values,
        }
        return self._environment.get_template(template).render(context)

    def _words(self, words: Words, offers: Words | None) -> Callable[..., str]:
        """The words of the offer check begin with offer/ and stand in a catalogue of their own."""

        def word(key: str, **values: str) -> str:
            among = offers if offers is not None and key.startswith("offer/") else words
            return among.filled(key, emergency=self._settings.emergency, **values)

        return word


def _clock(at: float) -> str:
    """Hours and minutes of a moment, UTC."""
    return time.strftime("%H:%M", time.gmtime(at))
