"""When nobody is there, a caller is told of other lines: only what is sure, open and short, and never while others read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from hotline import sms
from hotline.contact import Channel, Level
from hotline.desk import handoff
from hotline.desk.office import Office
from hotline.directory.hours import ALWAYS, Span
from hotline.directory.model import Cost, Country, Entry, Guide, Kind, Need, Origin, Police, Serves, State
from hotline.store import pauses
from hotline.triage.effects import Say
from tests.people import NOW, Caller, hire

CHECKED = Origin("rosa.no", "2026-11", State.READ, checked_on=date(2026, 11, 1), checked_by="Dina")
UNCHECKED = Origin("rosa.no", "2026-11", State.READ)
OLD = replace(CHECKED, checked_on=date(2026, 1, 1))

ROSA = Entry(
    Kind.LINE, "ROSA", CHECKED, (Need.TRAFFICKING_LINE,), phones=("+47 22 33 11 60",), open="always", spans=ALWAYS
)
CRISIS = Entry(Kind.LINE, "Crisis line", CHECKED, (Need.PSYCHOLOGICAL,), phones=("116 123",), open="x", spans=ALWAYS)


def with_lines(office: Office, *lines: Entry, country: str = "NO") -> Office:
    guide = Guide({"NO": Country("NO", "Europe/Oslo", tuple(lines))})
    return replace(office, desk=replace(office.desk, guide=guide, country=country))


def told(office: Office, channel: Channel = Channel.WEBCHAT, language: str = "en") -> str:
    """The last words before Amara waits; she asks for a person at once."""
    amara = Caller(office, channel=channel)
    said = [amara.writes("Hello, I need help", language=language)]
    said += [amara.writes(text) for text in ("person", "1", "1")]
    return "\n".join(said[-1])


def names(office: Office, language: str = "en", now: float = NOW) -> list[str]:
    return [one.name for one in handoff.other_lines(office.desk, language, now)]


def test_amara_is_told_who_answers_now(office: Office) -> None:
    home = with_lines(office, CRISIS, ROSA)
    assert told(home).splitlines()[-2:] == [
        "Someone answers when the team is back. You can already write.",
        "You can also reach these now: ROSA: +47 22 33 11 60; Crisis line: 116 123",
    ]


def test_she_is_told_again_when_she_asks_again(office: Office) -> None:
    home = with_lines(office, ROSA)
    told(home)
    assert "ROSA: +47 22 33 11 60" in "\n".join(Caller(home, channel=Channel.WEBCHAT).writes("person"))


def test_while_somebody_is_there_no_other_line_is_told(office: Office) -> None:
    home = with_lines(office, ROSA)
    hire(home, "Chloe").begins_shift()
    assert "ROSA" not in told(home)


@pytest.mark.parametrize("language", ["ar", "ru", "th"])
def test_in_her_language_and_a_number_among_arabic_letters_keeps_its_order(office: Office, language: str) -> None:
    home = with_lines(office, ROSA)
    caller = Caller(home, channel=Channel.WEBCHAT)
    caller.writes("Hello, I need help", language=language)
    contact = caller.open_contact()
    assert contact.conversation.language == language
    said = handoff._others(home.desk, contact, NOW)
    number = "\u2066+47 22 33 11 60\u2069" if language == "ar" else "+47 22 33 11 60"
    assert said == Say("desk/others_now", values=(("lines", f"ROSA: {number}"),))


class TestWhatIsSure:
    @pytest.mark.parametrize("origin", [UNCHECKED, OLD], ids=["nobody checked it", "checked long ago"])
    def test_what_nobody_has_checked_lately_is_told_to_no_caller(self, office: Office, origin: Origin) -> None:
        home = with_lines(office, replace(ROSA, origin=origin))
        assert names(home) == []
        assert "also reach" not in told(home)

    def test_without_that_rule_it_would_be_told(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(handoff, "for_callers", lambda country, today: country)
        assert names(with_lines(office, replace(ROSA, origin=UNCHECKED))) == ["ROSA"]

    @pytest.mark.parametrize(
        "spans",
        [(), (Span((0, 1, 2, 3, 4), 480, 960),), (Span((5,), 480, 720),)],
        ids=["unknown", "weekdays", "closed an hour ago"],
    )
    def test_what_is_closed_or_may_be_is_not_told(self, office: Office, spans: tuple[Span, ...]) -> None:
        assert names(with_lines(office, replace(ROSA, open="x", spans=spans))) == []

    def test_what_is_open_by_its_own_clock_is_told(self, office: Office) -> None:
        """Noon in London is one in Oslo."""
        assert names(with_lines(office, replace(ROSA, open="x", spans=(Span((5,), 780, 840),)))) == ["ROSA"]

    @pytest.mark.parametrize(
        "other",
        [
            replace(ROSA, police=Police.THEMSELVES),
            replace(ROSA, needs=(Need.POLICE,)),
            replace(ROSA, serves=(Serves.PROFESSIONALS,)),
            replace(ROSA, phones=()),
            replace(ROSA, kind=Kind.SERVICE),
        ],
        ids=["the police answer", "a police line", "for professionals", "without a number", "no line"],
    )
    def test_what_does_not_fit_everybody_is_not_told(self, office: Office, other: Entry) -> None:
        assert names(with_lines(office, other)) == []

    def test_another_countrys_lines_are_not_told(self, office: Office) -> None:
        assert names(with_lines(office, ROSA, country="SE")) == []

    def test_two_at_most_and_first_who_knows_of_trafficking_and_speaks_the_language(self, office: Office) -> None:
        lines = [
            replace(CRISIS, cost=Cost.FREE),
            replace(CRISIS, name="In Thai", languages=("th",)),
            replace(ROSA, name="Second", languages=("no",)),
            ROSA,
        ]
        assert names(with_lines(office, *lines)) == ["Second", "ROSA"]
        assert names(with_lines(office, *lines[:3]), "th") == ["Second", "In Thai"]


class TestWithCare:
    def test_nothing_of_it_is_told_while_others_may_read(self, office: Office) -> None:
        home = with_lines(office, ROSA)
        caller = Caller(home, channel=Channel.WEBCHAT)
        caller.writes("Hello", language="en")
        contact = caller.open_contact()
        assert handoff._others(home.desk, contact, NOW) is not None
        hushed = replace(contact, conversation=replace(contact.conversation, hushed=True))
        assert handoff._others(home.desk, hushed, NOW) is None

    @pytest.mark.parametrize(
        ("lines", "many"),
        [
            ([ROSA, CRISIS], 2),
            ([replace(ROSA, name="R" * 60), replace(CRISIS, name="C" * 60)], 1),
            ([replace(ROSA, name="R" * 200)], 0),
        ],
        ids=["both fit", "one fits", "none fits"],
    )
    def test_by_sms_it_takes_one_part_at_most(self, office: Office, lines: Sequence[Entry], many: int) -> None:
        home = with_lines(office, *lines)
        said = [line for line in told(home, Channel.SMS).splitlines() if "also reach" in line]
        assert len(said) == bool(many)
        for line in said:
            assert sms.parts(line) == 1
            assert line.count(": ") == many + 1


class TestAPausedChannel:
    def test_its_callers_are_told_that_nobody_is_there_and_the_others_are_not(self, office: Office) -> None:
        home = with_lines(office, ROSA)
        chloe = hire(home, "Chloe")
        chloe.begins_shift()
        home.write(lambda tx: pauses.pause(tx.connection, Channel.WEBCHAT, chloe.id, NOW))
        said = told(home)
        assert "Someone answers when the team is back." in said
        assert "ROSA" in said
        bogdan = Caller(home)
        said = "\n".join(line for text in ("Hello, I need help", "person", "1") for line in bogdan.writes(text))
        assert "A person answers you here soon." in said

    def test_whoever_is_in_danger_is_told_that_somebody_is_there(self, office: Office) -> None:
        chloe = hire(office, "Chloe")
        chloe.begins_shift()
        office.write(lambda tx: pauses.pause(tx.connection, Channel.WEBCHAT, chloe.id, NOW))
        caller = Caller(office, channel=Channel.WEBCHAT)
        caller.writes("Hello", language="en")
        contact = caller.open_contact()
        danger = replace(contact, conversation=replace(contact.conversation, level=Level.IMMEDIATE))
        assert not office.read(lambda c: handoff.anybody(office.desk, c, NOW, contact))
        assert office.read(lambda c: handoff.anybody(office.desk, c, NOW, danger))
