"""The supervisor's pages: figures for those who lead, words only for supervisors, and a panic button in two steps."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.console.load import span
from hotline.contact import State
from hotline.desk import panic
from hotline.store import presence, staff
from hotline.store.contacts import Contact
from hotline.store.keys import KeyRing
from hotline.store.staff import Deed, Role
from tests.people import AMARA, BOGDAN, Caller, Responder, lines_of, stored
from tests.server_help import Browser, House, open_house, sign_in, waiting

WORDS = "He keeps my passport in the red drawer"
SHIFT, PANIC = "/staff/supervise", "/staff/panic"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


def in_hands(house: House, chloe: Responder) -> Contact:
    contact = chloe.claims(waiting(house), time.time())
    Caller(house.office, AMARA).writes(WORDS, time.time())
    house.office.write(lambda tx: presence.note(tx.connection, {chloe.id: time.time() + 600}))
    return contact


def deeds(house: House, who: Responder) -> list[str]:
    return [deed for _, staff_id, deed in house.office.read(staff.read_journal) if staff_id == who.id]


class TestTheShift:
    def test_it_shows_the_load_and_no_word_of_a_caller(self, house: House) -> None:
        _, chloe = sign_in(house, "Chloe")
        sara, _ = sign_in(house, "Sara", Role.SUPERVISOR)
        contact = in_hands(house, chloe)
        waiting(house, BOGDAN)
        page = sara.get(SHIFT)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert "Chloe" in page.text
        assert f"{SHIFT}/{contact.id}/read" in page.text
        assert "passport" not in page.text
        assert AMARA not in page.text
        assert 'type="search"' not in page.text

    def test_an_administrator_sees_figures_and_nothing_to_read_along_with(self, house: House) -> None:
        _, chloe = sign_in(house, "Chloe")
        dina, _ = sign_in(house, "Dina", Role.ADMINISTRATOR)
        contact = in_hands(house, chloe)
        page = dina.get(SHIFT).text
        assert f"{SHIFT}/{contact.id}/back" in page
        assert "/read" not in page
        for deed in ("read", "take", "whisper", "stop"):
            assert dina.post(f"{SHIFT}/{contact.id}/{deed}", {"text": "psst"}).status_code == 403
        assert dina.get(f"{SHIFT}/{contact.id}").status_code == 403

    @pytest.mark.parametrize("role", [Role.RESPONDER, Role.MANAGER])
    def test_nobody_else_opens_any_of_it(self, house: House, role: Role) -> None:
        _, chloe = sign_in(house, "Chloe")
        emil, _ = sign_in(house, "Emil", role)
        contact = in_hands(house, chloe)
        for path in (SHIFT, f"{SHIFT}/{contact.id}", PANIC):
            assert emil.get(path).status_code == 403
        one = f"{SHIFT}/{contact.id}"
        for path in (
            f"{SHIFT}/pause",
            PANIC,
            *(f"{one}/{deed}" for deed in ("read", "take", "whisper", "stop", "back")),
        ):
            assert emil.post(path).status_code == 403
        assert house.count("contacts") == [1]

    def test_a_pause_is_set_and_ended_and_told_on_every_board(self, house: House) -> None:
        chloe, _ = sign_in(house, "Chloe")
        sara, _ = sign_in(house, "Sara", Role.SUPERVISOR)
        assert sara.post(f"{SHIFT}/pause", {"channel": "sms", "do": "pause"}).status_code == 303
        board = json.loads(chloe.get("/staff/board.json").text)
        assert list(board["paused"]) == ["sms"]
        assert 3.9 * 3600 < board["paused"]["sms"] - time.time() <= 4 * 3600
        shown = chloe.get("/staff/").text
        assert '<p class="notice" data-banner="paused">' in shown
        assert "Sara" in sara.get(SHIFT).text
        sara.post(f"{SHIFT}/pause", {"channel": "sms", "do": "resume"})
        assert '<p class="notice" data-banner="paused" hidden>' in chloe.get("/staff/").text

    @pytest.mark.parametrize(
        "form", [{}, {"channel": "fax", "do": "pause"}, {"channel": "sms"}, {"channel": "sms", "do": "x"}]
    )
    def test_a_pause_of_nothing_is_refused_in_words(self, house: House, form: dict[str, str]) -> None:
        sara, _ = sign_in(house, "Sara", Role.SUPERVISOR)
        refused = sara.post(f"{SHIFT}/pause", form)
        assert refused.status_code == 400
        assert "Say which channel is to be paused or go on." in refused.text

    def test_times_are_read_at_a_glance(self) -> None:
        assert [span(one) for one in (0, 59, 60, 3599, 3600, 7500, 86_400 * 4)] == [
            "0 s", "59 s", "1 min", "59 min", "1 h 00", "2 h 05", "4 d",
        ]  # fmt: skip


class TestReadingAlong:
    def test_from_the_press_to_the_whisper_and_the_responder_sees_both(self, house: House) -> None:
        chloe_here, chloe = sign_in(house, "Chloe")
        sara, sara_self = sign_in(house, "Sara", Role.SUPERVISOR)
        contact = in_hands(house, chloe)
        one, theirs = f"{SHIFT}/{contact.id}", f"/staff/contacts/{contact.id}"
        assert sara.get(one).status_code == 404, "nobody reads unseen"
        assert '<p class="notice" role="status" data-reading hidden>' in chloe_here.get(theirs).text
        assert sara.post(f"{one}/read").headers["location"] == one
        assert WORDS in sara.get(one).text
        assert "<b data-names>Sara</b>" in chloe_here.get(theirs).text
        assert sara.post(f"{one}/whisper", {"text": "Ask <b>where</b> she is."}).status_code == 303
        assert "Ask &lt;b&gt;where&lt;/b&gt; she is." in chloe_here.get(theirs).text
        assert "Sara, supervisor" in chloe_here.get(theirs).text
        assert sara.post(f"{one}/stop").headers["location"] == SHIFT
        assert sara.get(one).status_code == 404
        assert deeds(house, sara_self)[-2:] == [Deed.LISTENED, Deed.WHISPERED]
        assert sara.get(theirs).status_code == 404, "it is still Chloe's"

    def test_a_whisper_that_is_refused_is_not_lost(self, house: House) -> None:
        _, chloe = sign_in(house, "Chloe")
        sara, _ = sign_in(house, "Sara", Role.SUPERVISOR)
        one = f"{SHIFT}/{in_hands(house, chloe).id}"
        sara.post(f"{one}/read")
        refused = sara.post(f"{one}/whisper", {"text": "w" * 2001})
        assert refused.status_code == 400
        assert "That is 2001 characters: a note has 2000 at most." in refused.text
        assert "w" * 2001 in refused.text

    def test_taking_over_and_what_the_owner_typed_is_kept_and_not_sent(self, house: House) -> None:
        chloe_here, chloe = sign_in(house, "Chloe")
        sara, sara_self = sign_in(house, "Sara", Role.SUPERVISOR)
        contact = in_hands(house, chloe)
        theirs = f"/staff/contacts/{contact.id}"
        assert sara.post(f"{SHIFT}/{contact.id}/take").headers["location"] == theirs
        assert sara.get(theirs).status_code == 200
        typed = chloe_here.post(f"{theirs}/answer", {"text": "My half sentence", "fence": str(contact.fence)})
        assert typed.status_code in (404, 409)
        assert "My half sentence" in typed.text
        assert all(line.text != "My half sentence" for line in lines_of(house.office, contact))
        after = stored(house.office, contact.id)
        assert after is not None
        assert after.owner == sara_self.id

    def test_giving_back_puts_it_into_the_queue(self, house: House) -> None:
        _, chloe = sign_in(house, "Chloe")
        dina, _ = sign_in(house, "Dina", Role.ADMINISTRATOR)
        contact = in_hands(house, chloe)
        assert dina.post(f"{SHIFT}/{contact.id}/back").headers["location"] == SHIFT
        after = stored(house.office, contact.id)
        assert after is not None
        assert after.state is State.WAITING
        assert dina.post(f"{SHIFT}/{contact.id}/back").status_code == 404


class TestPanic:
    def press(self, who: Browser) -> str:
        page = who.post(PANIC)
        assert page.status_code == 200
        return page.text

    @pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
    def test_the_page_says_what_will_be_lost_and_looking_at_it_destroys_nothing(self, house: House, role: Role) -> None:
        _, chloe = sign_in(house, "Chloe")
        lead, _ = sign_in(house, "Sara", role)
        in_hands(house, chloe)
        waiting(house, BOGDAN)
        page = lead.get(PANIC).text
        assert "<b>2</b> open contacts: 1 with a responder, 1 waiting, 0 with the script." in page
        assert "Destroy all open contacts now" in page
        assert house.count("contacts") == [2]

    def test_one_press_and_nothing_is_left_here_and_everybody_stays_signed_in(self, house: House) -> None:
        chloe_here, chloe = sign_in(house, "Chloe")
        sara, sara_self = sign_in(house, "Sara", Role.SUPERVISOR)
        contact = in_hands(house, chloe)
        chloe_here.get("/staff/")
        pictures = next(one for one in house.office.desk.ring._listeners if "Pictures.forget" in repr(one))
        assert "1 contacts were deleted from the database." in self.press(sara)
        assert house.count("contacts", "messages", "vault", "outbox") == [0, 0, 0, 0]
        assert pictures.__self__._opened._known == {}  # type: ignore[attr-defined]
        assert chloe_here.get(f"/staff/contacts/{contact.id}").status_code == 404
        assert json.loads(chloe_here.get("/staff/board.json").text)["mine"] == []
        assert deeds(house, sara_self)[-1] == Deed.PANIC
        assert [json.loads(line)["event"] for line in house.events].count("panic") == 1
        (said,) = Caller(house.office, AMARA).writes("Hello?", time.time())
        assert said.startswith("I lost my place, sorry.")

    def test_a_post_from_another_site_does_not_press_it(self, house: House) -> None:
        _, chloe = sign_in(house, "Chloe")
        in_hands(house, chloe)
        sara, _ = sign_in(house, "Sara", Role.SUPERVISOR)
        refused = sara.post(PANIC, headers={"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403
        assert house.count("contacts") == [1]

    def test_with_the_database_locked_the_keys_go_and_the_rows_follow(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, chloe = sign_in(house, "Chloe")
        sara, sara_self = sign_in(house, "Sara", Role.SUPERVISOR)
        in_hands(house, chloe)
        monkeypatch.setattr("hotline.console.session.TOUCH_SECONDS", -1.0)  # the session's last use is due to be noted
        with house.office.engine.connect().execution_options(writing=True) as held:
            held.begin()
            began = time.monotonic()
            page = self.press(sara)
            assert time.monotonic() - began < 4.0, "nothing waits for the lock"
            assert "The database does not answer." in page
            assert house.office.read(lambda one: house.office.desk.contacts.in_states(one, State)) == []
        monkeypatch.undo()
        deadline = time.monotonic() + 15
        while house.count("contacts") != [0] and time.monotonic() < deadline:
            sara.get(SHIFT)  # the loop of this house runs only while somebody asks
            time.sleep(0.1)
        assert house.count("contacts", "messages") == [0, 0]
        assert deeds(house, sara_self)[-1] == Deed.PANIC

    def test_where_the_keys_cannot_be_destroyed_it_says_so_plainly(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(self: KeyRing, now: float | None = None) -> None:
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr(KeyRing, "destroy", refused)
        sara, _ = sign_in(house, "Sara", Role.SUPERVISOR)
        page = sara.post(PANIC)
        assert page.status_code == 400
        assert "The folder of the keys cannot be written: nothing is destroyed yet." in page.text

    def test_twin_a_press_that_destroys_no_keys_leaves_what_is_read_here(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, chloe = sign_in(house, "Chloe")
        sara, _ = sign_in(house, "Sara", Role.SUPERVISOR)
        contact = in_hands(house, chloe)
        monkeypatch.setattr(KeyRing, "destroy", lambda self, now=None: None)
        monkeypatch.setattr(panic, "remove", lambda *_: 0)
        self.press(sara)
        assert [line.text for line in lines_of(house.office, contact)] == [WORDS]
