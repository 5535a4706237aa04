"""Amara is passed on to a refuge: she reads exactly what would go, nothing goes before her yes, and it arrives once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from hotline.contact import Channel, State
from hotline.desk import packets, partners, work
from hotline.desk.office import Office
from hotline.desk.partners import GRACE_SECONDS, carry
from hotline.desk.work import NotYours, Refused
from hotline.message import Delivery
from hotline.store import presence
from hotline.store.partnerkey import NotOpened, Partners
from hotline.store.writer import Tx
from tests.partners_help import (
    LATER,
    NOT_SENT,
    REFUGE,
    SENT,
    TEXT,
    Handed,
    Story,
    keys_in,
    opened_by,
    with_partners,
)
from tests.people import AMARA, BOGDAN, DAY, HOUR, NOW, Caller, hire, lines_of, rows


@pytest.fixture
def story(office: Office, tmp_path: Path) -> Story:
    return Story(office, tmp_path)


# Before the yes


def test_the_caller_reads_exactly_what_would_go(story: Story) -> None:
    story.asks()
    line = lines_of(story.office, story.now())[-1]
    assert line.text == (
        f"We can send this to {REFUGE}. They help too. They would read only this: {TEXT}\n"
        "Send 1 if we may send it. Send 2 if not. You can say no, and we still help you."
    )
    assert story.office.read(lambda one: story.desk.outbox.pending(one, story.contact.id)) == 1


def test_that_the_number_goes_along_is_said_only_where_it_does(story: Story) -> None:
    sentence = "They also get the number you write from."
    story.asks()
    assert sentence not in lines_of(story.office, story.now())[-1].text
    story.asks(with_number=True)
    assert sentence in lines_of(story.office, story.now())[-1].text


@pytest.mark.parametrize(
    "words", ["yes", "10", "1 2", "one", "ok 1", "١٢", "②", "what is that?", "3", "12", "-1", "1."]
)
def test_other_words_are_words_for_chloe_and_the_question_stays_open(story: Story, words: str) -> None:
    story.asked()
    said = story.amara.writes(words)
    assert (story.under_way(), SENT in said, NOT_SENT in said) == ([], False, False)
    assert story.now().pending is not None
    assert any(line.text == words for line in lines_of(story.office, story.now()))
    assert story.amara.writes("1") == [SENT]


@pytest.mark.parametrize("yes", ["1", " 1 ", "١", "۱", "๑"])
def test_a_one_in_any_script_is_yes(story: Story, yes: str) -> None:
    story.asked()
    assert story.amara.writes(yes) == [SENT]
    assert len(story.under_way()) == 1


def test_a_two_is_no(story: Story) -> None:
    story.asked()
    assert story.amara.writes("2") == [NOT_SENT]
    assert (story.under_way(), story.now().pending) == ([], None)
    assert story.notes() == [f"The caller said no: nothing goes to {REFUGE}."]
    assert story.amara.writes("1") != [SENT]


def test_a_one_without_a_question_is_only_a_one(story: Story) -> None:
    assert story.amara.writes("1") != [SENT]
    assert story.under_way() == []


def test_a_one_before_the_question_has_left_is_no_yes(story: Story) -> None:
    story.asks()
    story.amara.writes("1")
    assert (story.under_way(), story.now().pending is None) == ([], False)


@pytest.mark.parametrize("state", [Delivery.FAILED, Delivery.UNSURE, Delivery.WINDOW, Delivery.OPTED_OUT])
def test_nor_where_nobody_knows_that_it_arrived(story: Story, state: Delivery) -> None:
    story.asks()
    story.question_leaves(state)
    story.amara.writes("1")
    assert story.under_way() == []


def test_without_looking_whether_it_was_shown_any_one_would_be_a_yes(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the two tests above."""
    monkeypatch.setattr(partners, "_was_shown", lambda *_: True)
    story.asks()
    story.amara.writes("1")
    assert len(story.under_way()) == 1


@pytest.mark.parametrize("digit", ["1", "2"])
def test_a_digit_that_may_answer_something_else_is_no_answer_and_chloe_reads_so(story: Story, digit: str) -> None:
    story.asked()
    story.chloe.answers(story.now(), "How many people are with you?")
    story.question_leaves()
    assert story.amara.writes(digit) == []
    assert (story.under_way(), story.now().pending is None) == ([], False)
    assert story.notes() == [f"The caller wrote {digit}. {partners.UNCLEAR}"]
    story.asked()
    assert story.amara.writes("1") == [SENT]


def test_did_it_count_all_the_same_a_number_of_people_would_be_a_yes(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    monkeypatch.setattr(partners, "_spoken_since", lambda *_: False)
    story.asked()
    story.chloe.answers(story.now(), "How many people are with you?")
    story.amara.writes("1")
    assert len(story.under_way()) == 1


def test_in_a_web_chat_only_a_page_that_holds_the_question_answers_it(office: Office, tmp_path: Path) -> None:
    """A page without a script shows it only once its caller has written again."""
    office = with_partners(office, tmp_path)
    chloe, caller = hire(office, "Chloe"), Caller(office, "x" * 32, Channel.WEBCHAT)
    contact = chloe.claims(caller.asks_for_a_person())
    office.write(lambda tx: partners.ask(office.desk, tx, contact.id, chloe.id, REFUGE, "x", NOW, with_number=False))
    asked = caller.open_contact(NOW).next_line - 1
    for seen in (None, 0, asked - 1):
        caller.sends(replace(caller.message("1"), seen=seen))
        assert "parcels" not in rows(office)
    caller.sends(replace(caller.message("1"), seen=asked))
    assert rows(office)["parcels"] == 1


def test_a_changed_text_needs_a_new_yes(story: Story) -> None:
    story.asked("The first text")
    story.asks("The second text")
    story.amara.writes("1")
    assert story.under_way() == []  # the second text has not been shown yet
    story.question_leaves()
    story.amara.writes("1")
    assert _content(story)["text"] == "The second text"


def test_a_question_that_is_withdrawn_is_answered_by_nobody(story: Story) -> None:
    story.asked()
    story.office.write(lambda tx: partners.withdraw(story.desk, tx, story.contact.id, story.chloe.id, NOW))
    story.amara.writes("1")
    assert story.under_way() == []
    assert story.notes() == [f"The question about {REFUGE} is withdrawn."]


def test_nothing_is_asked_while_the_phone_may_be_in_other_hands(story: Story) -> None:
    story.amara.writes("pause")
    before = len(lines_of(story.office, story.now()))
    with pytest.raises(Refused, match="The caller's phone may be in other hands\\. Nothing was asked"):
        story.asks()
    assert len(lines_of(story.office, story.now())) == before


def test_a_one_while_the_phone_may_be_in_other_hands_is_no_yes(story: Story) -> None:
    story.asked()
    story.amara.writes("pause")
    story.amara.writes("1")
    assert story.under_way() == []
    assert story.now().pending is not None


def test_carrier_words_stay_the_carriers(story: Story) -> None:
    story.asked()
    assert story.amara.writes("STOP") == []
    assert story.amara.writes("1") == []
    assert story.under_way() == []
    with pytest.raises(Refused, match="The caller's phone company blocks us"):
        story.asks()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write what the partner is to read."),
        (" \n ", "Write what the partner is to read."),
        ("x" * 700, "The caller could not be shown all of it: make it 216 characters shorter."),
    ],
)
def test_what_cannot_be_shown_whole_is_not_asked(story: Story, text: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        story.asks(text)
    assert str(refusal.value) == sentence
    assert story.now().pending is None


def test_only_the_owner_asks_and_only_known_partners(story: Story) -> None:
    emil = hire(story.office, "Emil")
    with pytest.raises(NotYours):
        story.asks(who=emil)
    with pytest.raises(Refused, match="Choose a partner from the list\\."):
        story.office.write(
            lambda tx: partners.ask(
                story.desk, tx, story.contact.id, story.chloe.id, "Nobody", "x", NOW, with_number=False
            )
        )


def test_no_number_goes_along_from_a_channel_without_one(office: Office, tmp_path: Path) -> None:
    office = with_partners(office, tmp_path)
    chloe, caller = hire(office, "Chloe"), Caller(office, "700000001", Channel.TELEGRAM)
    contact = chloe.claims(caller.asks_for_a_person())
    with pytest.raises(Refused, match="There is no number that could go along\\."):
        office.write(lambda tx: partners.ask(office.desk, tx, contact.id, chloe.id, REFUGE, "x", NOW, with_number=True))


# After the yes


def _content(story: Story) -> dict[str, object]:
    """What would leave now."""
    (parcel,) = story.under_way()
    courier = Handed()
    carry(story.office, courier, parcel.id, LATER)
    return opened_by(keys_in(story.folder)[1], courier.documents[0])


def test_what_leaves_is_what_was_shown_byte_for_byte(story: Story) -> None:
    story.agreed()
    content = _content(story)
    assert content["text"] == TEXT
    assert any(TEXT in line.text for line in lines_of(story.office, story.now()))
    assert set(content) == {"version", "id", "from", "made_at", "text"}
    assert content["from"] == keys_in(story.folder)[0].public.text()


def test_were_the_text_taken_from_elsewhere_the_test_above_would_see_it(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: what is packed is tidied up on its way."""
    pack = partners._pack
    monkeypatch.setattr(
        partners, "_pack", lambda d, t, c, q, p, n: pack(d, t, c, replace(q, text=" ".join(q.text.split())), p, n)
    )
    story.agreed()
    assert _content(story)["text"] != TEXT


def test_the_number_goes_along_only_if_that_was_said(story: Story) -> None:
    story.agreed(with_number=True)
    content = _content(story)
    assert (content["number"], content["channel"]) == (AMARA, "sms")
    assert set(content) == {"version", "id", "from", "made_at", "text", "number", "channel"}


def test_not_even_we_can_read_a_parcel_again(story: Story) -> None:
    story.agreed()
    (parcel,) = story.under_way()
    with pytest.raises(NotOpened):
        keys_in(story.folder)[0].open(parcel.sealed)
    assert b"bed tonight" not in parcel.sealed


def test_a_parcel_waits_a_little_so_that_a_slip_can_be_taken_back(story: Story) -> None:
    parcel, courier = story.agreed(), Handed()
    assert not carry(story.office, courier, parcel, NOW + GRACE_SECONDS - 1)
    assert courier.documents == []
    story.office.write(lambda tx: partners.stop(story.desk, tx, story.contact.id, story.chloe.id, parcel, NOW))
    assert (story.under_way(), story.notes()[-1]) == ([], f"{REFUGE}: stopped: nothing was sent.")


def test_what_was_tried_before_it_was_stopped_may_have_arrived_and_the_note_says_so(story: Story) -> None:
    parcel = story.agreed()
    carry(story.office, Handed(down=True), parcel, LATER)
    story.office.write(lambda tx: partners.stop(story.desk, tx, story.contact.id, story.chloe.id, parcel, LATER))
    assert story.notes()[-1] == f"{REFUGE}: stopped; but it was tried before, so they may have it."


def test_taken_it_is_gone_and_chloe_reads_when(story: Story) -> None:
    parcel = story.agreed()
    assert carry(story.office, Handed(), parcel, LATER)
    assert story.under_way() == []
    assert story.notes() == [
        f"The caller said yes. On its way to {REFUGE}.",
        f"{REFUGE} took it at 13:01.",
    ]
    assert story.now().state is State.CLAIMED


def test_refused_chloe_reads_why_and_it_is_not_tried_again(story: Story) -> None:
    parcel = story.agreed()
    assert not carry(story.office, Handed(packets.WHY["unknown_sender"]), parcel, LATER)
    assert story.under_way() == []
    assert story.notes()[-1] == (
        f"{REFUGE} did not take it: they do not know our key; ask your administrator to give it to them."
    )


def test_an_outage_of_an_hour_loses_nothing(story: Story) -> None:
    parcel, courier, now, tries = story.agreed(), Handed(down=True), LATER, 0
    while now < LATER + HOUR:
        carry(story.office, courier, parcel, now)
        now += 2
    tries = len(courier.documents)
    assert 8 < tries < 60
    assert len({document["sealed"] for document in courier.documents}) == 1
    courier.down = False
    while story.under_way():
        carry(story.office, courier, parcel, now)
        now += 2
    assert now < LATER + HOUR + 360
    assert story.notes()[-1].startswith(f"{REFUGE} took it at ")


def test_after_five_days_it_is_given_up_and_said(story: Story) -> None:
    parcel = story.agreed()
    carry(story.office, Handed(down=True), parcel, NOW + 5 * DAY + 60)
    assert story.notes()[-1] == f"{REFUGE} could not be reached for five days; it was not sent."


def test_a_partner_that_is_none_any_more_gets_nothing(story: Story) -> None:
    parcel, courier = story.agreed(), Handed()
    stranger = replace(story.office, desk=replace(story.desk, partners=Partners("x", keys_in(story.folder)[0])))
    carry(stranger, courier, parcel, LATER)
    assert (courier.documents, story.notes()[-1]) == ([], f"{REFUGE} is no partner any more; it was not sent.")


def test_a_caller_who_deletes_everything_stops_what_is_under_way(story: Story) -> None:
    parcel, courier = story.agreed(), Handed()
    story.amara.writes("delete")
    assert not carry(story.office, courier, parcel, LATER)
    assert (courier.documents, "parcels" in rows(story.office)) == ([], False)


def test_the_journal_says_who_passed_on_and_nothing_else(story: Story) -> None:
    from hotline.store.staff import read_journal

    story.agreed()
    assert story.office.read(read_journal)[-1] == (NOW, story.chloe.id, "passed_on")


def _sent(story: Story, outbox_id: int, tx: Tx) -> None:
    story.desk.outbox.done(tx, outbox_id)


def test_closing_asks_while_a_parcel_is_under_way(story: Story) -> None:
    from hotline.coding import Coding
    from hotline.tally import Outcome

    story.agreed()
    for one in story.office.read(lambda connection: story.desk.outbox.due(connection, NOW)):
        story.office.write(partial(_sent, story, one))
    coding = Coding(outcome=Outcome.REFERRED)
    with pytest.raises(Refused, match="still on its way"):
        story.office.write(lambda tx: work.close(story.desk, tx, story.contact.id, story.chloe.id, coding, NOW))
    story.office.write(
        lambda tx: work.close(story.desk, tx, story.contact.id, story.chloe.id, coding, NOW, even_unsent=True)
    )
    assert "parcels" not in rows(story.office)


def test_a_contact_that_went_back_to_the_queue_still_hears_the_yes(story: Story) -> None:
    story.asked()
    story.office.write(lambda tx: presence.end(tx.connection, story.chloe.id))
    story.office.write(lambda tx: work.release(story.desk, tx, story.contact.id, story.chloe.id, NOW))
    assert story.amara.writes("1") == [SENT]


def test_the_second_caller_is_not_touched(story: Story) -> None:
    bogdan = Caller(story.office, BOGDAN)
    bogdan.asks_for_a_person()
    story.asked()
    assert bogdan.writes("1") != [SENT]
    assert story.under_way() == []
