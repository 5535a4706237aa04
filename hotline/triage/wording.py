"""From effects to messages: the words of the caller's language, filled in, with numbered choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hotline import sms
from hotline.contact import Channel
from hotline.language import LANGUAGES, Words
from hotline.message import Button, Outgoing
from hotline.triage import noticing
from hotline.triage.conversation import Conversation
from hotline.triage.effects import Effect, Explained, Noticed, OfferLanguages, Say
from hotline.triage.noticing import LINE
from hotline.triage.script import CODES

PARTS = 2
"""SMS parts of one message at most: a third may come late, out of order, or cost the caller's credit."""

ONE_LIST = 12
"""So many languages fit into one list on a channel with little room; more are shown in pages of PAGE."""

PAGE = 11

MORE = "…"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an organisation must or may do, so that it is told before anything is asked. `country`: ISO 3166."""

    country: str = ""
    minors: bool = False
    life: bool = False

    def limits(self, words: Words) -> str:
        """The limits in one language, a sentence a line. A text for this country stands in place of the general one."""
        own = f"policy/{self.country}/limits"
        said = [words[own if own in words else "policy/limits"]]
        said += [words["policy/minors"]] if self.minors else []
        said += [words["policy/life"]] if self.life else []
        return "\n".join(said)


class Wording:
    """Puts effects into one contact's language and channel. `checking`: the words of the offer check, where it has them."""

    def __init__(
        self,
        words: Words,
        offered: Sequence[str],
        channel: Channel,
        conversation: Conversation,
        emergency: str,
        policy: Policy,
        checking: Words | None = None,
    ) -> None:
        self._words = words
        self._checking = checking
        self._offered = offered
        self._by_carrier = channel.by_carrier
        self._little_room = channel in (Channel.SMS, Channel.WHATSAPP)
        self._values = values(words, channel, conversation, emergency, policy)

    def say(self, key: str, **more: str) -> str:
        return self._words.filled(key, **self._values, **more)

    def messages(self, effects: Iterable[Effect]) -> list[Outgoing]:
        """Effects that speak, as messages. What is said one after another without a question in between is one message;
        by SMS it becomes several where one would take more than two parts."""
        texts: list[str] = []
        found: list[Outgoing] = []
        told: tuple[int, Noticed | Explained] | None = None
        for effect in effects:
            if isinstance(effect, (Noticed, Explained)):
                told = len(texts), effect
                continue
            if isinstance(effect, Say):
                texts += self.say(effect.key, **dict(effect.values)).split("\n")
                buttons = self._buttons(effect.choices)
            elif isinstance(effect, OfferLanguages):
                texts.append(self.say("desk/language"))
                buttons = self.languages(effect.page)
            else:
                continue
            if buttons:
                found += self._answer(texts, told, buttons)
                texts, told = [], None
        return found + self._answer(texts, told, ()) if texts or told else found

    def _answer(
        self, texts: list[str], told: tuple[int, Noticed | Explained] | None, buttons: tuple[Button, ...]
    ) -> list[Outgoing]:
        if told is None:
            return self._packed(texts, buttons)
        place, effect = told
        return self._telling(texts[:place], effect, texts[place:], buttons)

    def pages(self, explained: Explained) -> list[str]:
        """What is found, explained in as many answers as that takes; none without the words for it."""
        if self._checking is None:
            return []
        ends = [
            (self._end([self.say(tail.key)], tail.choices), self._buttons(tail.choices)) for tail in explained.tails
        ]
        return noticing.pages(explained.marks, self._words, self._checking, lambda text: self._fits([], text, ends))

    def _telling(
        self, before: list[str], told: Noticed | Explained, after: list[str], buttons: tuple[Button, ...]
    ) -> list[Outgoing]:
        """An answer about an offer. Where one message can hold it all, by SMS, it does; elsewhere the question stands alone:
        its buttons may be kept by the provider, and what was found may not."""
        text, end, short = "", LINE.join(after), self._end(after, buttons)
        if isinstance(told, Explained):
            pages = self.pages(told)
            text, end = (pages[min(told.page, len(pages) - 1)], short) if pages else ("", end)
        elif self._checking is not None:
            whole = self._noticed(told, lambda text: True)
            if not self._fits(before, whole, [(end, buttons)]):
                end = short
            text = self._noticed(told, lambda text: self._fits(before, text, [(end, buttons)]))
        lines = [one for one in (*before, text) if one]
        if self._by_carrier or not lines or not end:
            return [Outgoing(LINE.join([*lines, end] if end else lines), buttons)]
        return [Outgoing(LINE.join(lines)), Outgoing(end, buttons)]

    def _noticed(self, told: Noticed, fits: noticing.Fits) -> str:
        assert self._checking is not None
        return noticing.noticed(told.marks, self._words, self._checking, fits)

    def _end(self, after: list[str], choices: Sequence[object]) -> str:
        """What ends such an answer where room is short: by SMS the choices speak for themselves."""
        return "" if self._by_carrier and choices else LINE.join(after)

    def _fits(self, before: Sequence[str], text: str, ends: Iterable[tuple[str, tuple[Button, ...]]]) -> bool:
        """Whether there is room for this in one answer, whichever of these ends it."""
        lines = [one for one in (*before, text) if one]
        answers = [Outgoing(LINE.join([*lines, end] if end else lines), buttons).as_text() for end, buttons in ends]
        if not self._by_carrier:
            return all(len(answer) <= noticing.SIGNS for answer in answers)
        return all(sms.parts(answer) <= noticing.PARTS for answer in answers)

    def _packed(self, texts: Sequence[str], buttons: tuple[Button, ...]) -> list[Outgoing]:
        """The choices stay with the last statement; the statements before it share messages as far as there is room."""
        *before, last = texts
        whole = Outgoing("\n".join(texts), buttons)
        if not self._by_carrier or not before or sms.parts(whole.as_text()) <= PARTS:
            return [whole]
        found = [Outgoing(before[0])]
        for text in before[1:]:
            longer = f"{found[-1].text}\n{text}"
            found[-1:] = [Outgoing(longer)] if sms.parts(longer) <= PARTS else [found[-1], Outgoing(text)]
        with_last = Outgoing(f"{found[-1].text}\n{last}", buttons)
        fits = sms.parts(with_last.as_text()) <= PARTS
        return [*found[:-1], with_last] if fits else [*found, Outgoing(last, buttons)]

    def _buttons(self, choices: Sequence[tuple[str, str]]) -> tuple[Button, ...]:
        return tuple(Button(number, key, self._words[label]) for number, (key, label) in enumerate(choices, start=1))

    def languages(self, page: int) -> tuple[Button, ...]:
        """The list, or a page of it with a last line that leads to the next. A language keeps its number everywhere."""
        every = [Button(number, tag, LANGUAGES[tag].name) for number, tag in enumerate(self._offered, start=1)]
        if not self._little_room or len(every) <= ONE_LIST:
            return tuple(every)
        first = page % -(-len(every) // PAGE) * PAGE
        return (*every[first : first + PAGE], Button(len(every) + 1, str(len(every) + 1), MORE))


def values(
    words: Words, channel: Channel, conversation: Conversation, emergency: str, policy: Policy
) -> Mapping[str, str]:
    """What stands in place of the {names} in words."""
    code = conversation.code or CODES[0]
    return {
        "emergency": emergency,
        "traces": words[f"channel/{channel.value}/traces"],
        "kept": words[f"channel/{channel.value}/kept"],
        "limits": policy.limits(words),
        "delete": first_of(words, "universal/delete/also").upper(),
        "pause": first_of(words, "universal/pause/also").upper(),
        "code": first_of(words, "universal/code/also").upper(),
        "safe": first_of(words, f"code/{code}/safe").upper(),
        "unsafe": first_of(words, f"code/{code}/unsafe").upper(),
    }


def first_of(words: Words, key: str) -> str:
    """The first of several alternatives, which is the one that callers are told."""
    return words[key].split("|")[0].strip()
