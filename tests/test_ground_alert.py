"""Who is alerted when: rungs, pace, and which addresses are called at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import sms
from hotline.alert import (
    FAST,
    MOST,
    PUSH_SERVICES,
    SLOW,
    WORDS,
    Crew,
    Due,
    Pace,
    Unclaimed,
    due,
    is_phone,
    is_push_service,
    origin,
)
from hotline.contact import Level
from hotline.queue import TARGET_SECONDS
from tests.people import NOW

CHLOE, EMIL, SARA, DINA = 1, 2, 3, 4
ON_CALL = (frozenset({EMIL}), frozenset({SARA}), frozenset({DINA}))
AT_WORK = Crew(frozenset({CHLOE}), ON_CALL, staffed=True, there=True)
POCKET = Crew(frozenset({CHLOE}), ON_CALL, staffed=True, there=False)
NOBODY = Crew(frozenset(), ON_CALL, staffed=False, there=False)


def one(level: Level, waited: float, *, lower: bool = False, paused: bool = False) -> Unclaimed:
    return Unclaimed(level, NOW - waited, lower, paused)


def woken(crew: Crew, *waiting: Unclaimed, climbs: Level = Level.URGENT) -> set[int]:
    return set(due(waiting, crew, NOW, climbs))


@pytest.mark.parametrize("level", [Level.IMMEDIATE, Level.URGENT])
class TestTheLadder:
    def test_at_the_target_those_on_duty_and_the_first_on_call_are_alerted(self, level: Level) -> None:
        target = TARGET_SECONDS[level]
        assert woken(AT_WORK, one(level, target - 1)) == set()
        assert woken(AT_WORK, one(level, target)) == {CHLOE, EMIL}

    def test_each_further_rank_comes_one_target_later(self, level: Level) -> None:
        target = TARGET_SECONDS[level]
        assert woken(AT_WORK, one(level, 2 * target - 1)) == {CHLOE, EMIL}
        assert woken(AT_WORK, one(level, 2 * target)) == {CHLOE, EMIL, SARA}
        assert woken(AT_WORK, one(level, 3 * target)) == {CHLOE, EMIL, SARA, DINA}

    def test_with_nobody_on_duty_the_first_on_call_is_alerted_at_once(self, level: Level) -> None:
        assert woken(NOBODY, one(level, 0)) == {EMIL}
        assert woken(NOBODY, one(level, 2 * TARGET_SECONDS[level])) == {EMIL, SARA}

    def test_whoever_is_on_duty_without_a_console_is_alerted_at_once_and_before_those_on_call(
        self, level: Level
    ) -> None:
        assert woken(POCKET, one(level, 0)) == {CHLOE}
        assert woken(POCKET, one(level, TARGET_SECONDS[level])) == {CHLOE, EMIL}

    def test_a_rank_without_anybody_costs_no_time(self, level: Level) -> None:
        crew = Crew(frozenset(), (frozenset(), frozenset({SARA}), frozenset()), staffed=False, there=False)
        assert woken(crew, one(level, 0)) == {SARA}


@pytest.mark.parametrize("level", [Level.SOON, Level.ROUTINE])
def test_what_can_wait_wakes_nobody_who_is_only_on_call_unless_it_is_so_set(level: Level) -> None:
    long = 10 * TARGET_SECONDS[level]
    assert woken(AT_WORK, one(level, long)) == {CHLOE}
    assert woken(NOBODY, one(level, long)) == set()
    assert woken(NOBODY, one(level, long), climbs=level) == {EMIL, SARA, DINA}


def test_the_lower_lane_wakes_nobody() -> None:
    assert woken(NOBODY, one(Level.IMMEDIATE, 9999, lower=True)) == set()


def test_a_paused_channel_wakes_nobody_but_for_what_is_immediate() -> None:
    assert woken(NOBODY, one(Level.URGENT, 9999, paused=True)) == set()
    assert woken(NOBODY, one(Level.IMMEDIATE, 0, paused=True)) == {EMIL}


def test_a_newcomer_who_is_not_due_yet_does_not_hide_one_who_is() -> None:
    assert woken(AT_WORK, one(Level.IMMEDIATE, 5), one(Level.SOON, 1800)) == {CHLOE}


def test_whoever_is_alerted_for_several_is_for_the_most_urgent_and_knows_of_the_newest() -> None:
    found = due([one(Level.URGENT, 500), one(Level.IMMEDIATE, 90), one(Level.URGENT, 310)], AT_WORK, NOW)
    assert found[CHLOE] == Due(Level.IMMEDIATE, NOW - 10)


waits = st.builds(one, st.sampled_from(list(Level)), st.floats(0, 90_000), lower=st.booleans(), paused=st.booleans())
crews = st.builds(
    Crew,
    st.frozensets(st.integers(1, 3)),
    st.tuples(*[st.frozensets(st.integers(4, 9), max_size=2)] * 3),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(waits, max_size=6), crews, st.floats(1, 4000))
def test_whoever_is_alerted_stays_so_while_it_waits_and_more_who_wait_alert_nobody_less(
    waiting: list[Unclaimed], crew: Crew, later: float
) -> None:
    now = set(due(waiting, crew, NOW))
    assert now <= set(due(waiting, crew, NOW + later))
    assert set(due(waiting[1:], crew, NOW)) <= now
    assert now <= crew.duty.union(*crew.ladder)


class TestThePace:
    def test_a_first_alert_goes_at_once(self) -> None:
        assert Pace().again(Due(Level.SOON, NOW), NOW)

    @pytest.mark.parametrize(("level", "rests"), [(Level.IMMEDIATE, FAST), (Level.URGENT, SLOW), (Level.SOON, SLOW)])
    def test_it_is_repeated_every_minute_for_what_is_immediate_and_every_five_for_the_rest(
        self, level: Level, rests: float
    ) -> None:
        why = Due(level, NOW)
        assert not Pace(NOW, 1).again(why, NOW + rests - 1)
        assert Pace(NOW, 1).again(why, NOW + rests)

    def test_after_ten_only_somebody_new_counts(self) -> None:
        tired = Pace(NOW, MOST)
        assert not tired.again(Due(Level.IMMEDIATE, NOW - 1), NOW + 9999)
        assert tired.again(Due(Level.IMMEDIATE, NOW + 1), NOW + FAST)

    def test_a_new_wave_begins_a_minute_after_the_last_alert_at_the_earliest(self) -> None:
        assert not Pace(NOW, 0).again(Due(Level.URGENT, NOW), NOW + FAST - 1)
        assert Pace(NOW, 0).again(Due(Level.URGENT, NOW), NOW + FAST)


GOOD = [
    "https://fcm.googleapis.com/fcm/send/abc:APA91b-_x",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
    "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD%2b",
    "https://web.push.apple.com/QGuQyavXutnMH",
    "https://fcm.googleapis.com:443/fcm/send/x",
]
BAD = [
    "",
    "fcm.googleapis.com/fcm/send/x",
    "http://fcm.googleapis.com/fcm/send/x",
    "https://fcm.googleapis.com:8443/fcm/send/x",
    "https://fcm.googleapis.com@evil.example/x",
    "https://evil.example/fcm.googleapis.com",
    "https://evil.example#fcm.googleapis.com",
    "https://fcm.googleapis.com.evil.example/x",
    "https://evilnotify.windows.com/x",
    "https://notify.windows.com/x",
    "https://notify.windows.com.evil.example/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::1",
    "http://127.0.0.1:8000/demo/push/x",
    "http://localhost/x",
    "https://127.0.0.1/x",
    "https://fcm.googleapis.com\\@evil.example/x",
    "https://fcm.googleapis.com/\r\nHost: evil.example",
    "https://fcm.googleapis.com/ x",
    "https://fcm.googleapis.com/\u0430",
    "https://f\u0441m.googleapis.com/x",
    "file:///etc/passwd",
    "https://fcm.googleapis.com:99999/x",
    "https://fcm.googleapis.com/" + "x" * 1000,
]


@pytest.mark.parametrize("endpoint", GOOD)
def test_the_push_services_of_the_browsers_are_called(endpoint: str) -> None:
    assert is_push_service(endpoint, PUSH_SERVICES)
    assert endpoint.startswith(origin(endpoint))


@pytest.mark.parametrize("endpoint", BAD)
def test_no_other_address_is_called(endpoint: str) -> None:
    assert not is_push_service(endpoint, PUSH_SERVICES)


def test_the_simulated_service_of_this_machine_is_called_only_where_it_is_allowed() -> None:
    here = "http://127.0.0.1:8000/demo/push/x"
    assert is_push_service(here, (), loopback=True)
    for other in ("http://127.0.0.1.evil.example/x", "http://127.0.0.1@evil.example/x", "http://10.0.0.1/x"):
        assert not is_push_service(other, PUSH_SERVICES, loopback=True)


@pytest.mark.parametrize("phone", ["+4790000001", "+12025550123", "+998901234567"])
def test_a_number_is_one(phone: str) -> None:
    assert is_phone(phone)


@pytest.mark.parametrize(
    "phone", ["", "+", "90000001", "+0790000001", "+47 90000001", "+12345", "+1234567890123456", "+٤٧٩٠٠٠٠٠٠١", "+47a"]
)
def test_anything_else_is_none(phone: str) -> None:
    assert not is_phone(phone)


def test_an_alert_has_no_content_and_fits_into_one_sms() -> None:
    text = WORDS["waits"].format(console="https://hotline.a-rather-long-name.example/staff/")
    assert text == "Somebody waits. Open the console: https://hotline.a-rather-long-name.example/staff/"
    assert sms.parts(text) == 1
