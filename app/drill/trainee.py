"""An automatic trainee: signs in, takes whoever waits, answers with the phrasebook, and closes. So that a drill can be tried
without people; with `mistakes` it does what a newcomer should not, so that the debrief can be seen to name it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape

from app.drill.scenario import Scenario
from app.tools.visitor import Page, Visitor
from hotline.checklist import ITEMS

PAUSE_SECONDS = 0.5
WAITS_TO_CLOSE = 20
"""So often it waits until every answer has left; then it closes even so."""

HERE = "/staff/here"
FIRST, LAST = ("hello/first", "safe/now"), ("feel/thank", "end/goodbye")
MISTAKES = (
    "What is your name, and what is your address?",
    "I promise we will rescue you. You must leave now.",
    "Look at https://example.org for more.",
)
_PHRASES: Mapping[str, str] = {item.key: item.phrase for item in ITEMS}
_FORM = re.compile(r'<form[^>]*action="[^"]*/close"[^>]*>(.*?)</form>', re.DOTALL)
_SELECT = re.compile(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
_OPTION = re.compile(r'<option[^>]*value="([^"]*)"')
_TICK = re.compile(r'<input[^>]*type="checkbox"[^>]*>')
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
_NAME = re.compile(r'name="([^"]+)"')


@dataclass
class Trainee:
    """`whose`: which scenario a contact is, so that the codes of the close can be chosen as it wishes."""

    base: str
    name: str
    password: str
    whose: Callable[[str], Scenario | None]
    pace: float = PAUSE_SECONDS
    mistakes: bool = False
    _to_say: dict[str, list[str]] = field(default_factory=dict)
    _tries: dict[str, int] = field(default_factory=dict)
    _next_at: dict[str, float] = field(default_factory=dict)

    async def work(self) -> None:
        """Until it is cancelled."""
        browser = Visitor(self.base)
        await asyncio.to_thread(browser.post, "/staff/login", {"name": self.name, "password": self.password})
        while True:
            await asyncio.to_thread(self._round, browser)
            await asyncio.sleep(self.pace)

    def _round(self, browser: Visitor) -> None:
        board = browser.get("/staff/board.json")
        if board.status != 200:
            return
        table = json.loads(board.text)
        browser.post(HERE, {})
        for card in table["waiting"]:
            browser.post(f"/staff/contacts/{card['id']}/claim", {})
        for card in table["mine"]:
            if card.get("part", "owner") == "owner":
                self._one(browser, str(card["id"]))

    def _one(self, browser: Visitor, contact_id: str) -> None:
        """The next sentence to this caller, or the close once there is none left."""
        browser.post(HERE, {})  # as the page does by itself: whoever is not seen loses their contacts
        page = browser.get(f"/staff/contacts/{contact_id}")
        if page.status != 200 or time.monotonic() < self._next_at.get(contact_id, 0.0):
            return
        waiting = self._to_say.setdefault(contact_id, self._talk(contact_id))
        where, fence = f"/staff/contacts/{contact_id}", page.field("fence")
        if _hushed(page) and not self.mistakes:
            return
        if not waiting:
            browser.post(f"{where}/close", self._codes(page, contact_id))
            return
        said = waiting[0]
        tool, name = ("answer", "text") if said in MISTAKES else ("phrase", "phrase")
        if browser.post(f"{where}/{tool}", {"fence": fence, name: said}).status < 400 or self.mistakes:
            waiting.pop(0)
        self._next_at[contact_id] = time.monotonic() + 2 * self.pace

    def _talk(self, contact_id: str) -> list[str]:
        if self.mistakes:
            return list(MISTAKES)
        scenario = self.whose(contact_id)
        steps = [_PHRASES[key] for key in scenario.steps if _PHRASES[key]] if scenario else []
        return list(dict.fromkeys([*FIRST, *steps, *LAST]))

    def _codes(self, page: Page, contact_id: str) -> dict[str, str]:
        """Every list of the form, with the code that the scenario wishes, or "unknown", or the first."""
        form = _FORM.search(page.text)
        inside, scenario = form[1] if form else "", self.whose(contact_id)
        offered = {name: _OPTION.findall(options) for name, options in _SELECT.findall(inside)}
        wished = {} if self.mistakes or scenario is None else scenario.close
        codes = {name: unescape(value) for name, value in _HIDDEN.findall(inside)}
        for name, values in offered.items():
            known = [one for one in wished.get(name, ()) if one in values]
            codes[name] = (known or [one for one in values if one == "unknown"] or values)[0]
        ticks = [name[1] for tag in _TICK.findall(inside) if (name := _NAME.search(tag))]
        self._tries[contact_id] = self._tries.get(contact_id, 0) + 1
        even_so = {"even_unsent": "1"} if self._tries[contact_id] > WAITS_TO_CLOSE or self.mistakes else {}
        return codes | {name: "1" for name in ticks if name in wished} | even_so


def _hushed(page: Page) -> bool:
    found = re.search(r'<p class="notice hushed"[^>]*>', page.text)
    return found is not None and " hidden" not in found[0]
