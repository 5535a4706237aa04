"""What Chloe, Dina and their colleagues do with the roster, and what Amara is told when nobody is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from hotline import sms
from hotline.desk import handoff, roster
from hotline.desk.office import Desk, Office
from hotline.desk.week import Look, look
from hotline.desk.work import Refused
from hotline.language import Words
from hotline.roster import Ability
from hotline.shifts import Absence, Pattern, clock, instant
from hotline.store import roster as kept
from hotline.store import staff
from hotline.store.ical import Read
from hotline.store.staff import Member, Role
from hotline.store.zones import zone_of
from tests.people import DAY, NOW, Caller, Responder, hire, rows
from tests.server_help import Swapped

SATURDAY = date(2026, 11, 21)
"""NOW is 13:00 on this day in Oslo."""
ENGLISH = "Someone answers from {when}. You can already write."


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def eva(office: Office) -> Responder:
    return hire(office, "Eva")


@pytest.fixture
def dina(office: Office) -> Responder:
    return hire(office, "Dina", Role.SUPERVISOR)


def shift(whose: Responder, first: date = SATURDAY, hours: tuple[int, int] = (8, 16), **more: object) -> Pattern:
    """Every day from this one on, by the clock in Oslo."""
    every = frozenset(range(7))
    pattern = Pattern(0, whose.id, every, hours[0] * 60, hours[1] * 60, "Europe/Oslo", first)
    return replace(pattern, **more)  # type: ignore[arg-type]


def plans(who: Responder, pattern: Pattern, now: float = NOW) -> int:
    """The id of the shift that was planned."""
    who.office.write(lambda tx: roster.plan_shift(tx, who.member, pattern, now))
    return who.office.read(lambda c: kept.patterns_of(c, pattern.staff_id))[-1].id


def sees(who: Responder, monday: date = date(2026, 11, 16), person: int = 0, now: float = NOW) -> Look:
    office, member = who.office, who.member
    return office.read(lambda c: look(office.desk, c, member, person or member.id, monday, now))


def names(seen: Look, day: date) -> list[str]:
    (found,) = [one for one in seen.days if one.day == day]
    return [entry.name for entry in found.entries]


class TestPlanning:
    def test_a_shift_stands_in_everybodys_week(self, chloe: Responder, eva: Responder) -> None:
        plans(chloe, shift(chloe))
        seen = sees(eva)
        assert [names(seen, seen.monday + timedelta(days=day)) for day in range(7)] == [[]] * 5 + [["Chloe"]] * 2
        (entry,) = seen.days[6].entries
        assert (entry.begins, entry.ends, entry.mine, entry.may_leave_out) == ("08:00", "16:00", False, False)
        assert sees(chloe).days[6].entries[0].may_leave_out

    def test_a_night_shift_of_sunday_stands_on_the_monday_after_as_well_as_its_rest(self, chloe: Responder) -> None:
        plans(chloe, shift(chloe, hours=(22, 6), first=date(2026, 11, 22), last=date(2026, 11, 22)))
        assert names(sees(chloe), date(2026, 11, 22)) == ["Chloe"]
        assert names(sees(chloe, date(2026, 11, 23)), date(2026, 11, 23)) == ["Chloe"]

    def test_only_who_plans_for_others_does(self, chloe: Responder, eva: Responder, dina: Responder) -> None:
        with pytest.raises(Refused) as caught:
            plans(chloe, shift(eva))
        assert str(caught.value) == "Only supervisors and administrators plan for others."
        number = plans(dina, shift(eva))
        for do in (
            lambda tx: roster.remove_shift(chloe.office.desk, tx, chloe.member, number, NOW),
            lambda tx: roster.leave_out(tx, chloe.member, number, SATURDAY, NOW),
            lambda tx: roster.be_away(chloe.office.desk, tx, chloe.member, eva.id, SATURDAY, SATURDAY, NOW),
            lambda tx: roster.be_away(chloe.office.desk, tx, chloe.member, None, SATURDAY, SATURDAY, NOW),
            lambda tx: roster.set_ability(tx, chloe.member, eva.id, Ability(), NOW),
            lambda tx: roster.take_in(tx, chloe.member, eva.id, Read((shift(eva),)), NOW),
        ):
            with pytest.raises(Refused):
                chloe.office.write(do)
        assert sees(chloe, person=eva.id).person == chloe.member
        assert [one.id for one in sees(dina, person=eva.id).patterns] == [number]

    def test_with_that_check_off_anybody_plans_for_anybody(self, chloe: Responder, eva: Responder) -> None:
        """The twin."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(roster, "may_plan", lambda member, staff_id: True)
            plans(chloe, shift(eva))

    def test_what_is_wrong_with_a_plan_is_told(self, chloe: Responder, eva: Responder, dina: Responder) -> None:
        wrong = {
            "Choose at least one day of the week.": shift(chloe, days=frozenset()),
            "The time zone is not known: use one like Europe/Oslo.": shift(chloe, zone="Atlantis"),
        }
        for told, pattern in wrong.items():
            with pytest.raises(Refused) as caught:
                plans(chloe, pattern)
            assert str(caught.value) == told
        eva.office.write(lambda tx: staff.switch_off(tx.connection, "Eva", NOW))
        with pytest.raises(Refused) as caught:
            plans(dina, shift(eva))
        assert str(caught.value) == "This member is no longer active."

    def test_nobody_fills_the_house_with_plans(self, chloe: Responder) -> None:
        with Swapped(roster, "MOST_PLANNED", 2):
            for day in range(2):
                plans(chloe, shift(chloe, SATURDAY + timedelta(days=day)))
            with pytest.raises(Refused) as caught:
                plans(chloe, shift(chloe, SATURDAY + timedelta(days=5)))
        assert str(caught.value) == "More than 2 shifts and absences: remove some that are over."

    def test_a_shift_is_left_out_on_one_day_or_removed(self, chloe: Responder) -> None:
        number = plans(chloe, shift(chloe))
        chloe.office.write(lambda tx: roster.leave_out(tx, chloe.member, number, SATURDAY, NOW))
        assert names(sees(chloe), SATURDAY) == []
        assert names(sees(chloe), SATURDAY + timedelta(days=1)) == ["Chloe"]
        chloe.office.write(lambda tx: roster.remove_shift(chloe.office.desk, tx, chloe.member, number, NOW))
        assert names(sees(chloe), SATURDAY + timedelta(days=1)) == []
        with pytest.raises(Refused) as caught:
            chloe.office.write(lambda tx: roster.remove_shift(chloe.office.desk, tx, chloe.member, number, NOW))
        assert str(caught.value) == "This shift is no longer in the roster: look again."

    def test_every_change_stands_in_the_journal(self, chloe: Responder) -> None:
        plans(chloe, shift(chloe))
        assert list(chloe.office.read(staff.read_journal))[-1] == (NOW, chloe.id, "roster_changed")


class TestAway:
    def test_who_is_away_works_no_shift_and_is_named_on_that_day(self, chloe: Responder) -> None:
        plans(chloe, shift(chloe))
        sunday = SATURDAY + timedelta(days=1)
        desk = chloe.office.desk
        chloe.office.write(lambda tx: roster.be_away(desk, tx, chloe.member, chloe.id, sunday, sunday, NOW))
        seen = sees(chloe)
        assert names(seen, sunday) == []
        assert seen.days[6].away == ["Chloe"]
        (away,) = seen.away
        chloe.office.write(lambda tx: roster.be_back(tx, chloe.member, away.absence.id, NOW))
        assert names(sees(chloe), sunday) == ["Chloe"]

    def test_a_holiday_is_for_everybody(self, chloe: Responder, dina: Responder) -> None:
        plans(chloe, shift(chloe))
        desk = chloe.office.desk
        chloe.office.write(lambda tx: roster.be_away(desk, tx, dina.member, None, SATURDAY, SATURDAY, NOW))
        seen = sees(chloe)
        assert (names(seen, SATURDAY), seen.days[5].holiday, seen.days[5].away) == ([], True, [])

    def test_an_absence_has_an_end(self, chloe: Responder) -> None:
        for last, told in (
            (SATURDAY - timedelta(days=1), "The last day must not come before the first."),
            (SATURDAY + timedelta(days=500), "An absence lasts at most a year."),
        ):
            with pytest.raises(Refused) as caught:
                chloe.office.write(
                    lambda tx, until=last: roster.be_away(  # type: ignore[misc]
                        chloe.office.desk, tx, chloe.member, chloe.id, SATURDAY, until, NOW
                    )
                )
            assert str(caught.value) == told

    def test_ending_a_shift_ends_the_planned_one_too_and_nothing_of_tomorrow(self, chloe: Responder) -> None:
        office = chloe.office
        plans(chloe, shift(chloe))
        office.write(lambda tx: staff.open_session(tx.connection, chloe.member, NOW))
        chloe.begins_shift()
        assert office.write(lambda tx: roster.duty(office.desk, tx, NOW)) == {chloe.id}
        office.write(lambda tx: roster.leave(tx, chloe.id, NOW))
        assert office.write(lambda tx: roster.duty(office.desk, tx, NOW)) == frozenset()
        tomorrow = office.read(lambda c: kept.planned(c, NOW + DAY, NOW + DAY + 1))
        assert [one.staff_id for one in tomorrow] == [chloe.id]
        chloe.begins_shift(NOW + 1)
        assert office.write(lambda tx: roster.duty(office.desk, tx, NOW + 1)) == {chloe.id}


class TestSwapping:
    SUNDAY = SATURDAY + timedelta(days=1)

    @pytest.fixture
    def number(self, chloe: Responder) -> int:
        return plans(chloe, shift(chloe))

    def test_offered_taken_and_offered_on(self, chloe: Responder, eva: Responder, number: int) -> None:
        office = chloe.office
        office.write(lambda tx: roster.offer(tx, chloe.member, number, self.SUNDAY, NOW))
        assert sees(eva).days[6].entries[0].offered
        assert names(sees(eva), self.SUNDAY) == ["Chloe"]
        office.write(lambda tx: roster.take(tx, eva.member, number, self.SUNDAY, NOW))
        assert names(sees(eva), self.SUNDAY) == ["Eva"]
        assert not sees(eva).days[6].entries[0].offered
        for do, told in (
            (roster.offer, "Only whoever has this shift can offer it."),
            (roster.take, "Somebody else has taken this shift already, or it is no longer offered."),
            (roster.withdraw, "Somebody has taken this shift already, or it was not offered."),
            (roster.leave_out, "Only whoever has this shift, or who plans for others, can leave it out."),
        ):
            with pytest.raises(Refused) as caught:
                office.write(lambda tx, deed=do: deed(tx, chloe.member, number, self.SUNDAY, NOW))  # type: ignore[misc]
            assert str(caught.value) == told

    def test_what_is_over_or_does_not_take_place_is_not_swapped(self, chloe: Responder, number: int) -> None:
        for day, told in (
            (SATURDAY - timedelta(days=1), "This shift is no longer in the roster: look again."),
            (SATURDAY, "This shift is over."),
        ):
            with pytest.raises(Refused) as caught:
                chloe.office.write(lambda tx, on=day: roster.offer(tx, chloe.member, number, on, NOW + DAY))  # type: ignore[misc]
            assert str(caught.value) == told

    def test_removing_a_shift_leaves_a_colleague_what_she_took_over(
        self, chloe: Responder, eva: Responder, number: int
    ) -> None:
        office = chloe.office
        office.write(lambda tx: roster.offer(tx, chloe.member, number, self.SUNDAY, NOW))
        office.write(lambda tx: roster.take(tx, eva.member, number, self.SUNDAY, NOW))
        office.write(lambda tx: roster.remove_shift(office.desk, tx, chloe.member, number, NOW))
        assert (names(sees(eva), self.SUNDAY), names(sees(eva), SATURDAY)) == (["Eva"], [])


class TestTheLadderAndWhatEachCanDo:
    def test_who_is_alerted_when_nobody_takes_a_contact(self, chloe: Responder, eva: Responder) -> None:
        plans(chloe, shift(chloe, rank=2))
        plans(eva, shift(eva, rank=1))
        alerted = chloe.office.write(lambda tx: roster.ladder(tx, NOW))
        assert alerted == (frozenset({eva.id}), frozenset({chloe.id}), frozenset())

    def test_only_languages_and_channels_that_there_are(self, chloe: Responder) -> None:
        office = chloe.office
        for wrong in (Ability(("tlh",)), Ability((), ("pigeon",))):
            with pytest.raises(Refused) as caught:
                office.write(lambda tx, a=wrong: roster.set_ability(tx, chloe.member, chloe.id, a, NOW))  # type: ignore[misc]
            assert str(caught.value) == "Choose languages and channels from the lists."
        with pytest.raises(Refused) as caught:
            office.write(lambda tx: roster.set_ability(tx, chloe.member, chloe.id, Ability(most=0), NOW))
        assert str(caught.value) == "Contacts at once: 1 to 20."

    def test_who_can_take_a_contact(self, chloe: Responder, eva: Responder) -> None:
        abilities = {chloe.id: Ability(("ar",), ("sms",))}
        assert roster.able(abilities, [chloe.id, eva.id], "ar", "sms") == {chloe.id}
        assert roster.able(abilities, [chloe.id, eva.id], None, "telegram") == {eva.id}

    def test_who_covers_arabic_on_sunday_night(self, chloe: Responder, eva: Responder) -> None:
        office = chloe.office
        plans(chloe, shift(chloe, hours=(0, 24)))
        plans(eva, shift(eva, hours=(8, 20)))
        for who, languages in ((chloe, ("en",)), (eva, ("en", "ar"))):
            ability = Ability(languages)
            office.write(lambda tx, w=who, a=ability: roster.set_ability(tx, w.member, w.id, a, NOW))  # type: ignore[misc]
        covers = {one.language: one for one in sees(chloe).covers}
        assert (covers["en"].hours, covers["en"].spans) == (0, [])
        assert covers["th"].never
        arabic = covers["ar"]
        assert arabic.hours == 14 * 12
        begins, ends = arabic.spans[1]
        assert (begins.weekday, begins.day, begins.clock) == (6, "22.11.", "20:00")
        assert (ends.weekday, ends.day, ends.clock) == (0, "23.11.", "08:00")


class TestCalendarsIn:
    def test_what_is_over_is_left_out_and_the_same_file_twice_changes_nothing(self, chloe: Responder) -> None:
        over = shift(chloe, date(2020, 1, 1), last=date(2020, 1, 1))
        read = Read((shift(chloe), over), (Absence(0, chloe.id, NOW - 5, NOW - 1), Absence(0, 9, NOW, NOW + 1)))
        for _ in range(2):
            assert chloe.office.write(lambda tx: roster.take_in(tx, chloe.member, chloe.id, read, NOW)) == 2
        before = rows(chloe.office)
        assert (before["shift_patterns"], before["absences"]) == (1, 1)
        assert [one.absence.staff_id for one in sees(chloe).away] == [chloe.id]

    def test_too_much_is_refused_whole(self, chloe: Responder) -> None:
        many = Read(tuple(shift(chloe, SATURDAY + timedelta(days=day)) for day in range(5)))
        with Swapped(roster, "MOST_PLANNED", 4), pytest.raises(Refused):
            chloe.office.write(lambda tx: roster.take_in(tx, chloe.member, chloe.id, many, NOW))
        assert "shift_patterns" not in rows(chloe.office)


def with_words(office: Office) -> Swapped:
    """The office with a shelf whose English has the words for a time."""
    shelf = office.desk.shelf
    english = Words("en", {**shelf.words["en"].by_key, handoff.UNTIL: ENGLISH})
    return Swapped(office.desk, "shelf", replace(shelf, words={**shelf.words, "en": english}))


def told(office: Office, now: float = NOW) -> str:
    """What Amara is told last when she has asked for a person."""
    amara = Caller(office)
    for text in ("Hello, I need help", "person", "1", "1"):
        said = amara.writes(text, now)
    return "\n".join(said)


class TestWhatTheCallerIsTold:
    def test_when_nobody_is_there_the_caller_is_told_from_when(self, office: Office, chloe: Responder) -> None:
        with with_words(office):
            plans(chloe, shift(chloe, hours=(18, 22)))
            assert "Someone answers from 18:00. You can already write." in told(office)

    def test_on_another_day_with_its_date_and_in_two_parts_of_sms_at_most(
        self, office: Office, chloe: Responder
    ) -> None:
        with with_words(office):
            plans(chloe, shift(chloe, date(2026, 11, 24)))
            said = told(office)
        assert "Someone answers from 24.11. 08:00. You can already write." in said
        assert sms.parts(said) <= 2

    def test_asking_again_while_waiting_the_time_is_told_again(self, office: Office, chloe: Responder) -> None:
        with with_words(office):
            plans(chloe, shift(chloe, hours=(18, 22)))
            told(office)
            assert "Someone answers from 18:00." in "\n".join(Caller(office).writes("person"))

    def test_a_language_without_these_words_says_it_without_a_time(self, office: Office, chloe: Responder) -> None:
        plans(chloe, shift(chloe, hours=(18, 22)))
        if handoff.UNTIL not in office.desk.shelf.words["en"]:
            assert "Someone answers when the team is back." in told(office)

    def test_nothing_is_promised_of_what_is_far_away_or_only_on_call_or_nobody_planned(
        self, office: Office, chloe: Responder
    ) -> None:
        with with_words(office):
            plans(chloe, shift(chloe, date(2026, 12, 20)))
            plans(chloe, shift(chloe, hours=(18, 22), rank=1))
            assert "Someone answers when the team is back." in told(office)

    def test_who_should_be_here_and_is_not_may_come_any_minute(self, office: Office, chloe: Responder) -> None:
        """Tomorrow's time would send away a caller whom somebody answers in five minutes."""
        with with_words(office):
            plans(chloe, shift(chloe))
            assert "Someone answers when the team is back." in told(office)

    def test_while_somebody_is_there_no_time_is_told(self, office: Office, chloe: Responder) -> None:
        with with_words(office):
            plans(chloe, shift(chloe, hours=(18, 22)))
            chloe.begins_shift()
            assert "from 18:00" not in told(office)

    def test_a_planned_shift_whose_owner_is_at_the_console_is_somebody(self, office: Office, chloe: Responder) -> None:
        plans(chloe, shift(chloe))
        assert not office.read(lambda c: handoff.anybody(office.desk, c, NOW))
        office.write(lambda tx: staff.open_session(tx.connection, chloe.member, NOW))
        assert office.read(lambda c: handoff.anybody(office.desk, c, NOW))
        assert sees(chloe).on_duty

    def test_no_name_of_the_staff_reaches_a_caller(self, office: Office, chloe: Responder) -> None:
        with with_words(office):
            plans(chloe, shift(chloe, hours=(18, 22)))
            assert "Chloe" not in told(office)


def test_the_clock_of_a_promise_is_that_of_the_organisation(office: Office) -> None:
    desk: Desk = replace(office.desk, zone="Asia/Bangkok")
    at = instant(SATURDAY, 20 * 60, zone_of(desk.zone))
    assert clock(at, zone_of(desk.zone), NOW) == "20:00"
    assert datetime.fromtimestamp(at, UTC).hour == 13


def test_who_may_plan_for_others() -> None:
    may = {role for role in Role if roster.may_plan(Member(1, "Dina", role, True), 2)}
    assert may == {Role.SUPERVISOR, Role.ADMINISTRATOR}
