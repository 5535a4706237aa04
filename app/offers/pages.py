"""The pages of the offer check: rendered once and served like other public pages, and again for each answer."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from typing import Any

from app.offers import guided, picture, plan
from app.offers.answer import Beside, Journey, read_beside, values_of
from app.pages import RenderPage
from app.settings import Settings
from campaigns.press import HTML
from campaigns.publish import PAGE_CACHE, Published, published
from hotline.language import Words
from hotline.offers.check import Checked
from hotline.offers.indicators import GRAVE, Indicator, much_of
from hotline.store.shelf import Shelf

_COUNTRY = "help/country/"


class OfferPages:
    """`pictures`: whether pictures are read here. Languages without the words of the check have no such pages."""

    def __init__(self, settings: Settings, shelf: Shelf, render: RenderPage, *, pictures: bool | None = None) -> None:
        self._settings = settings
        self._shelf = shelf
        self._render = render
        self.pictures = bool(picture.found(settings.offer_pictures)) if pictures is None else pictures
        self.languages = tuple(tag for tag in shelf.offered if tag in shelf.offers)
        self._questions = {name: guided.questions(shelf.scripts, name) for name in (guided.OFFER, guided.JOB)}
        self._beside: Beside | None = None
        self._made: dict[str, Published] = {}

    @property
    def beside(self) -> Beside:
        if self._beside is None:
            self._beside = read_beside(self._settings)
        return self._beside

    def published(self) -> dict[str, Published]:
        """Every page before anything is typed, rendered once: nothing in it changes while we run. What stands beside an
        answer is read again; ContentError when it has mistakes."""
        self._beside = read_beside(self._settings)
        if not self._made:
            self._made = {
                f"/{language}/{path}": published(self.first(language, path).encode(), HTML, PAGE_CACHE)
                for language in self.languages
                for path in self.paths
            }
        return self._made

    @property
    def paths(self) -> tuple[str, ...]:
        """Of the pages that there are, below a language."""
        guides = {"offer/questions": guided.OFFER, "offer/job": guided.JOB}
        return ("offer", *(path for path, name in guides.items() if self._questions[name]), "offer/plan")

    def first(self, language: str, path: str) -> str:
        """A page before anything is typed."""
        makes: Mapping[str, Callable[[str], str]] = {
            "offer": self.form,
            "offer/questions": self.ask,
            "offer/job": self.ask_job,
            "offer/plan": self.plan,
        }
        return makes[path](language)

    def questions(self, name: str) -> list[guided.Question]:
        return self._questions[name]

    def countries(self, language: str) -> dict[str, str]:
        """The countries we have words for, by code, in the order of their names."""
        words = self._shelf.pages[language].by_key
        names = {key.removeprefix(_COUNTRY): name for key, name in words.items() if key.startswith(_COUNTRY)}
        return dict(sorted(names.items(), key=lambda row: row[1].casefold()))

    def form(self, language: str, *, text: str = "", journey: Journey | None = None, notice: str = "") -> str:
        """`notice`: the key of what went wrong, or of what is to be done now."""
        return self._page("offer.html", language, "offer", text=text, journey=journey or Journey(), notice=notice)

    def ask(self, language: str, *, notice: str = "") -> str:
        return self._asked(language, "offer/questions", guided.OFFER, notice)

    def ask_job(self, language: str, *, notice: str = "") -> str:
        return self._asked(language, "offer/job", guided.JOB, notice)

    def _asked(self, language: str, path: str, name: str, notice: str) -> str:
        spoken = self._shelf.words[language]
        asked = [one.asked(spoken) for one in self._questions[name]]
        about = "offer/questions" if name == guided.OFFER else "offer/now"
        return self._page("offer_questions.html", language, path, asked=asked, about=about, notice=notice)

    def answer(
        self, language: str, checked: Checked, journey: Journey, today: datetime.date, *, cut: bool = False
    ) -> str:
        more = values_of(checked, self.words(language), self.beside, journey, today, cut=cut)
        return self._page("offer_answer.html", language, "", journey=journey, **more)

    def job(self, language: str, signs: Collection[Indicator], country: str) -> str:
        """What is said of the job somebody is in; the danger first, where the answers tell of it."""
        danger = not GRAVE.isdisjoint(signs)
        return self._page("offer_job.html", language, "", much=much_of(signs), danger=danger, country=country)

    def plan(self, language: str, lines: Mapping[str, str] | None = None, *, country: str = "") -> str:
        lines = lines or dict.fromkeys(plan.FIELDS, "")
        return self._page("plan.html", language, "offer/plan", lines=lines, long=plan.LONG, country=country)

    def plan_made(self, language: str, lines: Mapping[str, str], country: str, today: datetime.date) -> str:
        emergency = lines["emergency"] or self.beside.emergency(country, today)
        shown = {**lines, "emergency": emergency}
        return self._page("plan_made.html", language, "", lines=lines, shown=shown, country=country)

    def words(self, language: str) -> Words:
        return self._shelf.offers[language]

    def _page(self, template: str, language: str, path: str, **values: Any) -> str:
        """`path`: where the same page stands in the other languages; empty for an answer, which has no address."""
        common = {
            "path": path,
            "here": self.languages if path else [],
            "pictures": self.pictures,
            "paths": self.paths,
            "countries": self.countries(language),
        }
        return self._render(template, language, {**common, **values})
