"""Staff are alerted until somebody takes what waits: once by all workers together, sealed, and without a word of who it is."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hotline.alert import FAST, MOST, SLOW, SOON_AGAIN, Rules, Way
from hotline.contact import Channel, Level
from hotline.desk import alarm, packets
from hotline.desk.office import Office
from hotline.desk.work import Refused
from hotline.message import Incoming
from hotline.store import alarms, lanes, pauses, reaches, staff
from hotline.store.keys import Sealer, day_of
from hotline.store.packets import Words
from hotline.store.staff import Deed, Role, StaffError
from tests.alarm_help import ENDPOINT, Alarm, at_console, on_call, reached, waits, with_reaches
from tests.people import BOGDAN, NOW, Caller, Responder, hire, rows
from tests.weakened import no_sealing


@pytest.fixture
def home(office: Office, tmp_path: Path) -> Office:
    return with_reaches(office, tmp_path)


@pytest.fixture
def chloe(home: Office) -> Responder:
    """On duty, with a console open."""
    one = hire(home, "Chloe")
    one.begins_shift()
    at_console(one)
    return one


@pytest.fixture
def emil(home: Office) -> Responder:
    """First on call."""
    one = hire(home, "Emil")
    on_call(one, 1)
    return one


@pytest.fixture
def sara(home: Office) -> Responder:
    """Second on call."""
    one = hire(home, "Sara", Role.SUPERVISOR)
    on_call(one, 2)
    return one


def deeds(office: Office) -> list[tuple[int, str]]:
    return [(who, deed) for _, who, deed in office.read(staff.read_journal)]


class TestUntilSomebodyTakesIt:
    def test_those_on_duty_are_alerted_at_the_target_then_rank_by_rank_and_claiming_ends_it(
        self, home: Office, chloe: Responder, emil: Responder, sara: Responder
    ) -> None:
        duty, first, second = (reached(one) for one in (chloe, emil, sara))
        contact = waits(home, Level.IMMEDIATE)
        story = Alarm(home)
        assert story.looks(29) == []
        assert story.looks(30) == [duty, first]
        assert story.looks(59) == []
        assert story.looks(60) == [second]
        assert story.looks(30 + FAST) == [duty, first]
        chloe.claims(contact, NOW + 95)
        assert story.looks(30 + 3 * FAST) == []

    def test_a_packet_from_a_partner_calls_until_somebody_takes_it(
        self, home: Office, chloe: Responder, emil: Responder
    ) -> None:
        duty, first = reached(chloe), reached(emil)
        desk, words = home.desk, Words("She needs a bed", "en", int(NOW))
        packet = home.write(
            lambda tx: desk.packets.add(tx.connection, b"1" * 16, "Refuge North", Level.IMMEDIATE, words, NOW)
        )
        home.write(lambda tx: pauses.pause(tx.connection, Channel.SMS, chloe.id, NOW))
        story = Alarm(home)
        assert story.looks(29) == []
        assert story.looks(30) == [duty, first]
        home.write(lambda tx: packets.take(desk, tx, packet, chloe.id, NOW + 31))
        assert story.looks(30 + 2 * FAST) == []
        home.write(lambda tx: packets.give_back(desk, tx, packet, chloe.id))
        assert story.looks(30 + 3 * FAST) == [duty, first]

    def test_with_nobody_on_duty_the_first_on_call_is_called_at_once(self, home: Office, emil: Responder) -> None:
        first = reached(emil)
        waits(home, Level.URGENT)
        assert Alarm(home).looks(1) == [first]

    def test_whoever_is_on_duty_with_the_console_closed_is_called_at_once(
        self, home: Office, emil: Responder, sara: Responder
    ) -> None:
        sara.begins_shift()
        first, phone = reached(emil), reached(sara)
        waits(home, Level.URGENT)
        story = Alarm(home)
        assert story.looks(1) == [phone]
        assert story.looks(300) == [first]

    def test_nobody_is_called_more_than_ten_times_for_the_same_but_again_for_somebody_new(
        self, home: Office, emil: Responder
    ) -> None:
        first = reached(emil)
        waits(home, Level.IMMEDIATE)
        story = Alarm(home)
        found = [one for step in range(40) for one in story.looks(step * FAST)]
        assert found == [first] * MOST
        waits(home, Level.IMMEDIATE, BOGDAN, NOW + 40 * FAST)
        assert story.looks(40 * FAST) == [first]

    def test_what_comes_after_quiet_is_told_as_a_first_alert(self, home: Office, emil: Responder) -> None:
        first = reached(emil)
        contact = waits(home, Level.URGENT)
        story = Alarm(home)
        assert story.looks(0) == [first]
        assert story.looks(SLOW - 1) == []
        chloe = hire(home, "Chloe")
        chloe.claims(contact, NOW + 100)
        story.looks(100)
        waits(home, Level.URGENT, BOGDAN, NOW + 110)
        assert story.looks(110) == [first]
        assert [deed for _, deed in deeds(home)].count(Deed.ALERTED.value) == 2

    def test_what_can_wait_wakes_nobody_on_call_unless_the_organisation_wants_it(
        self, home: Office, emil: Responder, tmp_path: Path
    ) -> None:
        first = reached(emil)
        waits(home, Level.ROUTINE)
        assert Alarm(home).looks(9 * 3600) == []
        assert Alarm(with_reaches(home, tmp_path, Rules(climbs=Level.ROUTINE))).looks(9 * 3600) == [first]


class TestWhomNobodyIsWokenFor:
    def test_the_lower_lane_wakes_nobody(self, home: Office, emil: Responder) -> None:
        first = reached(emil)
        Caller(home).writes("Hello")
        known = Caller(home).open_contact().id
        home.write(lambda tx: lanes.lower(tx.connection, known, day_of(NOW)))
        Caller(home).writes("DELETE")
        waits(home, Level.IMMEDIATE)
        assert Alarm(home).looks(600) == []
        waits(home, Level.IMMEDIATE, BOGDAN)
        assert Alarm(home).looks(600) == [first]

    def test_a_paused_channel_wakes_nobody_but_for_what_is_immediate(
        self, home: Office, chloe: Responder, emil: Responder
    ) -> None:
        first = reached(emil)
        home.write(lambda tx: pauses.pause(tx.connection, Channel.SMS, chloe.id, NOW))
        waits(home, Level.URGENT)
        story = Alarm(home)
        assert story.looks(600) == []
        waits(home, Level.IMMEDIATE, BOGDAN)
        assert story.looks(601) == [first]
        home.write(lambda tx: pauses.resume(tx.connection, Channel.SMS))
        assert Alarm(home).looks(601 + FAST) == [first]

    def test_somebody_switched_off_is_called_no_more(self, home: Office, emil: Responder) -> None:
        reached(emil)
        waits(home, Level.IMMEDIATE)
        home.write(lambda tx: staff.switch_off(tx.connection, "Emil", NOW))
        assert Alarm(home).looks(600) == []

    def test_a_way_that_is_not_set_up_any_more_is_left_out(self, home: Office, emil: Responder) -> None:
        reached(emil, Way.TELEGRAM)
        waits(home, Level.IMMEDIATE)
        story = Alarm(home)
        story.sender.ways = frozenset({Way.SMS})
        assert story.looks(600) == []


class TestManyWorkers:
    def test_eight_that_look_at_once_alert_once(self, home: Office, emil: Responder) -> None:
        first = reached(emil)
        waits(home, Level.IMMEDIATE)
        assert alerted_by_eight(home) == [first]

    def test_without_that_one_update_they_would_all_alert(
        self, home: Office, emil: Responder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reached(emil)
        waits(home, Level.IMMEDIATE)
        monkeypatch.setattr(alarms, "take", lambda *_: True)
        assert len(alerted_by_eight(home)) > 1


def alerted_by_eight(home: Office) -> list[str]:
    together = threading.Barrier(8)
    stories = [Alarm(home) for _ in range(8)]
    look = alarm.Watch._look
    found: list[str] = []

    def looks(story: Alarm) -> None:
        watch = story.alarms._watch
        seen = home.read(lambda connection: look(watch, home.desk, connection, frozenset(Way), NOW))
        together.wait(20)
        story.alarms._watch = _Blind(seen)
        found.extend(story.looks())

    threads = [threading.Thread(target=looks, args=(story,)) for story in stories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


class _Blind(alarm.Watch):
    """Acts upon what was seen before the others acted."""

    def __init__(self, seen: alarm._Seen) -> None:
        super().__init__()
        self._seen = seen

    def _look(self, *_: object) -> alarm._Seen:
        return self._seen


class TestWaysThatFail:
    def test_an_alert_that_no_way_took_is_tried_again_soon(self, home: Office, emil: Responder) -> None:
        phone = reached(emil)
        waits(home, Level.URGENT)
        story = Alarm(home)
        story.sender.down = {phone}
        assert story.looks(0) == []
        assert '"event": "not_alerted"' in story.events[0]
        assert phone not in "".join(story.events)
        story.sender.down = set()
        assert story.looks(SOON_AGAIN - 1) == []
        assert story.looks(SOON_AGAIN) == [phone]
        assert story.looks(2 * SOON_AGAIN) == []

    def test_one_way_that_fails_keeps_no_other(self, home: Office, emil: Responder) -> None:
        phone, chat = reached(emil), reached(emil, Way.TELEGRAM)
        waits(home, Level.URGENT)
        story = Alarm(home)
        story.sender.down = {phone}
        assert story.looks(0) == [chat]
        assert story.looks(SOON_AGAIN) == []

    def test_a_browser_that_is_gone_is_forgotten(self, home: Office, emil: Responder) -> None:
        browser, phone = reached(emil, Way.PUSH), reached(emil)
        waits(home, Level.URGENT)
        story = Alarm(home)
        story.sender.gone = {browser}
        assert story.looks(0) == [phone]
        assert [one.way for one in home.read(lambda c: alarm.mine(home.desk, c, emil.member))] == [Way.SMS]


class TestHowIAmAlerted:
    def test_a_number_is_taken_as_people_write_it_and_the_next_takes_its_place(
        self, home: Office, emil: Responder
    ) -> None:
        for typed in ("+47 900 00 001", "+1 (202) 555-0123"):
            home.write(lambda tx, typed=typed: alarm.add_phone(home.desk, tx, emil.member, typed, NOW))  # type: ignore[misc]
        assert [one.address for one in home.read(lambda c: alarm.mine(home.desk, c, emil.member))] == ["+12025550123"]
        assert (emil.id, Deed.REACH_CHANGED.value) in deeds(home)

    @pytest.mark.parametrize("typed", ["", "90000001", "+47", "call me", "+47 900 00 001; +47 900 00 002"])
    def test_what_is_no_number_is_refused_in_words(self, home: Office, emil: Responder, typed: str) -> None:
        with pytest.raises(
            Refused, match=r"^Write your number with \+ and the country's code, such as \+47 123 45 678\.$"
        ):
            home.write(lambda tx: alarm.add_phone(home.desk, tx, emil.member, typed, NOW))

    @pytest.mark.parametrize(
        "endpoint", ["https://169.254.169.254/latest", "http://127.0.0.1:9/x", "https://evil.example/x"]
    )
    def test_only_addresses_of_push_services_are_kept(self, home: Office, emil: Responder, endpoint: str) -> None:
        with pytest.raises(Refused, match="push service is not one that this server calls"):
            home.write(lambda tx: alarm.add_browser(home.desk, tx, emil.member, endpoint, NOW))

    def test_with_that_check_off_any_address_would_be_kept(
        self, home: Office, emil: Responder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Rules, "serves", lambda *_: True)
        home.write(lambda tx: alarm.add_browser(home.desk, tx, emil.member, "https://169.254.169.254/latest", NOW))
        assert rows(home)["reaches"] == 1

    def test_the_same_browser_stands_there_once_and_five_are_the_most(self, home: Office, emil: Responder) -> None:
        for number in (1, 1, 2, 3, 4, 5):
            reached(emil, Way.PUSH, f"{ENDPOINT}{number}")
        assert rows(home)["reaches"] == 5
        with pytest.raises(StaffError, match="remove one that you no longer use first"):
            reached(emil, Way.PUSH, f"{ENDPOINT}6")

    def test_nobody_removes_what_is_a_colleagues(self, home: Office, emil: Responder, chloe: Responder) -> None:
        reached(emil)
        (mine,) = home.read(lambda c: alarm.mine(home.desk, c, emil.member))
        with pytest.raises(Refused, match="gone already"):
            home.write(lambda tx: alarm.remove(tx, chloe.member, mine.id, NOW))
        home.write(lambda tx: alarm.remove(tx, emil.member, mine.id, NOW))
        assert "reaches" not in rows(home)

    def test_a_test_goes_out_once_a_minute(self, home: Office, emil: Responder) -> None:
        with pytest.raises(Refused, match="add one first"):
            home.write(lambda tx: alarm.begin_test(home.desk, tx, emil.member, NOW))
        reached(emil)
        assert len(home.write(lambda tx: alarm.begin_test(home.desk, tx, emil.member, NOW))) == 1
        with pytest.raises(Refused, match="less than a minute ago"):
            home.write(lambda tx: alarm.begin_test(home.desk, tx, emil.member, NOW + 59))
        home.write(lambda tx: alarm.begin_test(home.desk, tx, emil.member, NOW + 60))

    def test_numbers_and_addresses_stand_sealed_and_a_lost_key_loses_only_them(
        self, sqlite_office: Office, tmp_path: Path
    ) -> None:
        home = with_reaches(sqlite_office, tmp_path)
        emil = hire(home, "Emil")
        phone = reached(emil)
        assert phone.encode() not in every_byte(tmp_path)
        (tmp_path / "staff.key").unlink()
        assert home.read(lambda c: alarm.mine(home.desk, c, emil.member)) == []

    def test_without_sealing_they_would_be_found(
        self, sqlite_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("seal", "open"):
            monkeypatch.setattr(Sealer, name, getattr(Sealer, name))
        no_sealing()
        home = with_reaches(sqlite_office, tmp_path)
        assert reached(hire(home, "Emil")).encode() in every_byte(tmp_path)


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("hotline.db*")))


def start(code: str, channel: Channel = Channel.TELEGRAM, id: str = "1") -> Incoming:
    return Incoming(channel, "700000001", "bot", id, "", staff_code=code)


def brings(home: Office, incoming: Incoming, now: float = NOW) -> list[str] | None:
    reply = home.write(lambda tx: alarm.connect(home.desk, tx, incoming, now))
    return None if reply is None else [message.text for message in reply.messages]


class TestConnectingTelegram:
    def test_the_chat_that_brings_the_code_is_alerted_and_no_contact_begins(
        self, home: Office, emil: Responder
    ) -> None:
        code = home.write(lambda tx: alarm.begin_telegram(tx, emil.member, NOW))
        said = brings(home, start(code))
        assert said == ["Alerts come here from now on. Do not answer them here: open the console."]
        (mine,) = home.read(lambda c: alarm.mine(home.desk, c, emil.member))
        assert (mine.way, mine.address) == (Way.TELEGRAM, "700000001")
        assert {"contacts", "tallies", "messages"}.isdisjoint(rows(home))

    def test_a_code_works_once(self, home: Office, emil: Responder) -> None:
        code = home.write(lambda tx: alarm.begin_telegram(tx, emil.member, NOW))
        assert brings(home, start(code))
        assert brings(home, start(code, id="2")) is None

    def test_when_telegram_repeats_the_message_nothing_is_said_and_no_contact_begins(
        self, home: Office, emil: Responder
    ) -> None:
        code = home.write(lambda tx: alarm.begin_telegram(tx, emil.member, NOW))
        brings(home, start(code))
        assert brings(home, start(code)) is None
        assert Caller(home, "700000001", Channel.TELEGRAM).sends(start(code)).messages == ()
        assert "contacts" not in rows(home)

    def test_an_old_wrong_or_replaced_code_or_another_channel_connects_nobody(
        self, home: Office, emil: Responder
    ) -> None:
        first = home.write(lambda tx: alarm.begin_telegram(tx, emil.member, NOW))
        second = home.write(lambda tx: alarm.begin_telegram(tx, emil.member, NOW))
        assert brings(home, start(first)) is None
        assert brings(home, start("x" * 22)) is None
        assert brings(home, start(second, Channel.SMS)) is None
        assert brings(home, start(second), NOW + reaches.CODE_SECONDS) is None
        assert "reaches" not in rows(home)

    def test_the_code_of_somebody_switched_off_connects_nobody(self, home: Office, emil: Responder) -> None:
        code = home.write(lambda tx: alarm.begin_telegram(tx, emil.member, NOW))
        home.write(lambda tx: staff.switch_off(tx.connection, "Emil", NOW))
        assert brings(home, start(code)) is None
