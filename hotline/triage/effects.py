"""What a step of a script asks of the desk. The core answers with these and does nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.contact import Level


@dataclass(frozen=True, slots=True)
class Say:
    """Say the words under `key` (script/step/say), with numbered choices if the step has any.

    `choices` pairs the choice's key with the key of its label; `values` what stands in place of further {names}.
    """

    key: str
    choices: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Noticed:
    """A job offer was checked: name its flags and one question to ask about them, as many as there is room for.

    `marks`: what was found (see offers/marks). Each flag is counted once.
    """

    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """Explain what was found, flag by flag: the `page`th of as many answers as that takes.

    `tails`: what may follow in the same answer, for which room is left.
    """

    marks: tuple[str, ...]
    page: int
    tails: tuple[Say, ...]


@dataclass(frozen=True, slots=True)
class OfferLanguages:
    """Show the numbered list of languages by their own names; a channel with little room shows one page of it."""

    page: int = 0


@dataclass(frozen=True, slots=True)
class Raise:
    """The triage level went up; `signal` is the code of the rule that raised it, or the step's name."""

    level: Level
    signal: str


@dataclass(frozen=True, slots=True)
class KeepAddress:
    """The caller agreed to be answered: seal the return address until the contact ends."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """Put the contact in the queue for a person."""


@dataclass(frozen=True, slots=True)
class End:
    """The script has reached its last step: count it and forget the contact."""


@dataclass(frozen=True, slots=True)
class Forget:
    """The caller asked us to delete everything, now."""


@dataclass(frozen=True, slots=True)
class Helped:
    """The caller said whether this helped: `helped`, `partly` or `not_helped`. It is counted, and nothing with it."""

    answer: str


Effect = Say | Noticed | Explained | OfferLanguages | Raise | KeepAddress | HandOff | End | Forget | Helped
