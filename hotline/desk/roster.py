"""What staff do with the roster: plan, leave out, be away, swap, say what they can take on. Who may what is checked here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from hotline.contact import Channel
from hotline.desk.office import Desk
from hotline.desk.work import Refused
from hotline.language import LANGUAGES
from hotline.roster import MOST_AT_ONCE, Ability, on_call, on_duty
from hotline.shifts import LONGEST_ABSENCE, Absence, Pattern, day_span, holder, local
from hotline.store import roster, staff
from hotline.store.ical import Read
from hotline.store.staff import LEADING, Deed, Member
from hotline.store.writer import Tx
from hotline.store.zones import known_zone, zone_of

MOST_PLANNED = 500
"""Planned shifts and absences of one member."""

GONE = "This shift is no longer in the roster: look again."


def may_plan(member: Member, staff_id: int | None) -> bool:
    return member.role in LEADING or member.id == staff_id


def plan_shift(tx: Tx, member: Member, pattern: Pattern, now: float) -> None:
    """A new shift, once or every week."""
    _may(tx, member, pattern.staff_id)
    mistakes = pattern.mistakes()
    if known_zone(pattern.zone) is None:
        mistakes.append("The time zone is not known: use one like Europe/Oslo.")
    if mistakes:
        raise Refused(" ".join(mistakes))
    _room(tx, pattern.staff_id, 1)
    roster.add_pattern(tx.connection, pattern)
    _written(tx, member, now)


def remove_shift(desk: Desk, tx: Tx, member: Member, pattern_id: int, now: float) -> None:
    """The shift with all its days; those that a colleague has taken over stay with them."""
    pattern = _pattern(tx, member, pattern_id)
    today = local(now, zone_of(desk.zone)).date()
    for swap in roster.plan(tx.connection, now).swaps:
        if swap.pattern == pattern_id and swap.staff_id != pattern.staff_id and swap.day >= today:
            roster.add_pattern(tx.connection, _once(pattern, swap.staff_id, swap.day))
    roster.remove_pattern(tx.connection, pattern_id)
    _written(tx, member, now)


def leave_out(tx: Tx, member: Member, pattern_id: int, day: date, now: float) -> None:
    """The shift does not take place on this one day."""
    pattern, whose = _on(tx, pattern_id, day)
    if not may_plan(member, whose):
        raise Refused("Only whoever has this shift, or who plans for others, can leave it out.")
    changed = replace(pattern, without=pattern.without | {day})
    mistakes = changed.mistakes()
    if mistakes:
        raise Refused(" ".join(mistakes))
    roster.put_pattern(tx.connection, changed)
    _written(tx, member, now)


def be_away(desk: Desk, tx: Tx, member: Member, staff_id: int | None, first: date, last: date, now: float) -> None:
    """Whole days; `staff_id` None is a holiday for everybody."""
    _may(tx, member, staff_id)
    if last < first:
        raise Refused("The last day must not come before the first.")
    starts_at, ends_at = day_span(first, last, zone_of(desk.zone))
    if ends_at - starts_at > LONGEST_ABSENCE:
        raise Refused("An absence lasts at most a year.")
    _room(tx, staff_id, 1)
    roster.add_absence(tx.connection, Absence(0, staff_id, starts_at, ends_at))
    _written(tx, member, now)


def be_back(tx: Tx, member: Member, absence_id: int, now: float) -> None:
    absence = roster.absence_of(tx.connection, absence_id)
    if absence is None:
        raise Refused("This absence is no longer in the roster: look again.")
    _may(tx, member, absence.staff_id)
    roster.remove_absence(tx.connection, absence_id)
    _written(tx, member, now)


def offer(tx: Tx, member: Member, pattern_id: int, day: date, now: float) -> None:
    """My shift of that day is for whoever takes it. Until somebody does, it stays mine."""
    pattern, whose = _on(tx, pattern_id, day)
    if whose != member.id:
        raise Refused("Only whoever has this shift can offer it.")
    _ahead(pattern, day, now)
    roster.offer(tx.connection, pattern_id, day, member.id)
    _written(tx, member, now)


def withdraw(tx: Tx, member: Member, pattern_id: int, day: date, now: float) -> None:
    if not roster.withdraw(tx.connection, pattern_id, day, member.id):
        raise Refused("Somebody has taken this shift already, or it was not offered.")
    _written(tx, member, now)


def take(tx: Tx, member: Member, pattern_id: int, day: date, now: float) -> None:
    """Exactly one of those who try gets it."""
    pattern, _ = _on(tx, pattern_id, day)
    _ahead(pattern, day, now)
    if not roster.take(tx.connection, pattern_id, day, member.id):
        raise Refused("Somebody else has taken this shift already, or it is no longer offered.")
    _written(tx, member, now)


def leave(tx: Tx, staff_id: int, now: float) -> None:
    """My shift ends now: the one that I began, and the one that is planned for this moment."""
    staff.end_shift(tx.connection, staff_id, now)
    for shift in roster.plan(tx.connection, now).shifts((), now, now + 1.0):
        if shift.staff_id == staff_id and shift.rank == 0 and shift.holds(now):
            roster.add_absence(tx.connection, Absence(0, staff_id, now, shift.ends_at))


def set_ability(tx: Tx, member: Member, staff_id: int, ability: Ability, now: float) -> None:
    _may(tx, member, staff_id)
    if not set(ability.languages) <= set(LANGUAGES) or not set(ability.channels) <= {one.value for one in Channel}:
        raise Refused("Choose languages and channels from the lists.")
    if not 1 <= ability.most <= MOST_AT_ONCE:
        raise Refused(f"Contacts at once: 1 to {MOST_AT_ONCE}.")
    roster.put_ability(tx.connection, staff_id, ability)
    _written(tx, member, now)


def take_in(tx: Tx, member: Member, staff_id: int, read: Read, now: float) -> int:
    """What a calendar says becomes this member's plan, all or nothing. What is over is left out. Says how much came in."""
    _may(tx, member, staff_id)
    today = local(now, zone_of("UTC")).date()
    patterns = [one for one in read.patterns if one.last is None or one.last >= today]
    away = [one for one in read.absences if one.ends_at > now]
    _room(tx, staff_id, len(patterns) + len(away))
    for pattern in patterns:
        roster.add_pattern(tx.connection, replace(pattern, staff_id=staff_id))
    for absence in away:
        roster.add_absence(tx.connection, replace(absence, staff_id=staff_id))
    _written(tx, member, now)
    return len(patterns) + len(away)


def new_calendar_key(tx: Tx, member: Member, now: float) -> str:
    """The secret of my calendar's address; it is shown once, and one made before opens nothing any more."""
    key = roster.make_calendar_key(tx.connection, member.id)
    _written(tx, member, now)
    return key


def drop_calendar_key(tx: Tx, member: Member, now: float) -> None:
    roster.drop_calendar_key(tx.connection, member.id)
    _written(tx, member, now)


def duty(desk: Desk, tx: Tx, now: float) -> frozenset[int]:
    """Who is on duty at this moment."""
    return on_duty(roster.present(tx.connection, now, desk.idle_seconds), now)


def ladder(tx: Tx, now: float) -> tuple[frozenset[int], ...]:
    """Who is on call at this moment: alerted first, second and third when nobody on duty takes a contact."""
    return on_call(roster.planned(tx.connection, now, now + 1.0), now)


def able(abilities: dict[int, Ability], among: Collection[int], language: str | None, channel: str) -> frozenset[int]:
    """Those among these who can take a contact in this language on this channel."""
    return frozenset(one for one in among if abilities.get(one, Ability()).answers(language, channel))


def _may(tx: Tx, member: Member, staff_id: int | None) -> None:
    if not may_plan(member, staff_id):
        raise Refused("Only supervisors and administrators plan for others.")
    if staff_id is not None and not any(one.id == staff_id and one.active for one in staff.everybody(tx.connection)):
        raise Refused("This member is no longer active.")


def _room(tx: Tx, staff_id: int | None, more: int) -> None:
    if roster.count_of(tx.connection, staff_id) + more > MOST_PLANNED:
        raise Refused(f"More than {MOST_PLANNED} shifts and absences: remove some that are over.")


def _pattern(tx: Tx, member: Member, pattern_id: int) -> Pattern:
    pattern = roster.pattern_of(tx.connection, pattern_id)
    if pattern is None:
        raise Refused(GONE)
    if not may_plan(member, pattern.staff_id):
        raise Refused("Only supervisors and administrators plan for others.")
    return pattern


def _on(tx: Tx, pattern_id: int, day: date) -> tuple[Pattern, int]:
    """The pattern, which takes place on this day, and whose it is then."""
    pattern = roster.pattern_of(tx.connection, pattern_id)
    if pattern is None or not pattern.on(day):
        raise Refused(GONE)
    swap = roster.swap_of(tx.connection, pattern_id, day)
    return pattern, holder(pattern, day, {(pattern_id, day): swap} if swap is not None else {})


def _ahead(pattern: Pattern, day: date, now: float) -> None:
    if pattern.span(day, zone_of)[1] <= now:
        raise Refused("This shift is over.")


def _once(pattern: Pattern, staff_id: int, day: date) -> Pattern:
    days = frozenset({day.weekday()})
    return replace(pattern, staff_id=staff_id, days=days, first=day, last=day, every=1, without=frozenset())


def _written(tx: Tx, member: Member, now: float) -> None:
    roster.forget_before(tx.connection, now)
    staff.write_journal(tx.connection, member.id, Deed.ROSTER_CHANGED, now)
