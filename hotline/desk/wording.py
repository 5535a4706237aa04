"""From effects to messages: the words of the caller's language, filled in, with numbered choices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hotline.contact import Channel
from hotline.desk.office import Desk
from hotline.language import LANGUAGES, Words
from hotline.message import Button, Outgoing
from hotline.triage.conversation import Conversation
from hotline.triage.effects import Effect, OfferLanguages, Say


class Wording:
    """Puts the desk's words into one contact's language and channel."""

    def __init__(self, desk: Desk, channel: Channel, conversation: Conversation) -> None:
        self._desk = desk
        self._words = words_of(desk, conversation)
        self._values = {
            "emergency": desk.emergency,
            "traces": self._words[f"channel/{channel.value}/traces"],
            "kept": self._words[f"channel/{channel.value}/kept"],
            "delete": self._words["universal/delete/also"].split("|")[0].strip().upper(),
        }

    def say(self, key: str) -> str:
        return self._words.filled(key, **self._values)

    def messages(self, effects: Iterable[Effect]) -> list[Outgoing]:
        """Effects that speak, as messages. What is said one after another without a question in between is one message."""
        texts: list[str] = []
        found: list[Outgoing] = []
        for effect in effects:
            if isinstance(effect, Say):
                texts.append(self.say(effect.key))
                buttons = self._buttons(effect.choices)
            elif isinstance(effect, OfferLanguages):
                texts.append(self.say("desk/language"))
                buttons = self._languages()
            else:
                continue
            if buttons:
                found.append(Outgoing("\n".join(texts), buttons))
                texts = []
        if texts:
            found.append(Outgoing("\n".join(texts)))
        return found

    def _buttons(self, choices: Sequence[tuple[str, str]]) -> tuple[Button, ...]:
        return tuple(Button(number, key, self._words[label]) for number, (key, label) in enumerate(choices, start=1))

    def _languages(self) -> tuple[Button, ...]:
        offered = enumerate(self._desk.shelf.offered, start=1)
        return tuple(Button(number, tag, LANGUAGES[tag].name) for number, tag in offered)


def words_of(desk: Desk, conversation: Conversation) -> Words:
    """The words of the conversation's language; of the default one only while no language is known."""
    return desk.shelf.words[conversation.language or desk.default_language]
