"""What a hotline passed on stands at the refuge: signed, sealed, taken in once, read by one, forgotten in time."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from nacl.public import PublicKey, SealedBox

from hotline.contact import Channel, Level, State
from hotline.desk import packets, presence
from hotline.desk.forget import advance_rings, expire
from hotline.desk.office import Office
from hotline.desk.packets import OLDEST, Declined, open_parcel
from hotline.desk.partners import carry
from hotline.desk.work import NotYours, Refused
from hotline.impression import Impression
from hotline.message import Speaker
from hotline.store.packets import Packet, Words
from hotline.store.partnerkey import PartnerKey, Public, seal
from tests.partners_help import (
    HOTLINE,
    LATER,
    TEXT,
    Handed,
    Story,
    as_refuge,
    keys_in,
    receives,
)
from tests.people import AMARA, DAY, HOUR, NOW, OURS, Caller, hire, lines_of, rows


@pytest.fixture
def story(office: Office, tmp_path: Path) -> Story:
    return Story(office, tmp_path)


# At the partner


def test_what_arrives_is_on_the_board_and_read_by_whoever_takes_it(story: Story) -> None:
    packet, refuge = story.arrives(), story.refuge
    emil, sara = hire(refuge, "Emil"), hire(refuge, "Sara")
    assert (packet.partner, packet.level, packet.owner) == (HOTLINE, Level.SOON, None)
    assert refuge.read(lambda one: packets.read(refuge.desk, one, packet.id, emil.id)) is None
    refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, emil.id, LATER))
    found = refuge.read(lambda one: packets.read(refuge.desk, one, packet.id, emil.id))
    assert found is not None
    assert found[1] == Words(TEXT, "en", int(NOW))
    assert refuge.read(lambda one: packets.read(refuge.desk, one, packet.id, sara.id)) is None


def test_exactly_one_takes_it_until_its_owner_has_gone_home(story: Story) -> None:
    packet, refuge = story.arrives(), story.refuge
    emil, sara = hire(refuge, "Emil"), hire(refuge, "Sara")
    emil.begins_shift()
    for _ in range(2):
        refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, emil.id, LATER))
    with pytest.raises(NotYours):
        refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, sara.id, LATER))
    refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, sara.id, LATER + 9 * HOUR))
    with pytest.raises(NotYours):
        refuge.write(lambda tx: packets.done(refuge.desk, tx, packet.id, emil.id, LATER))


@pytest.mark.parametrize("how", ["lost", "signed out"])
def test_whoever_took_it_and_is_gone_has_it_no_more(story: Story, how: str) -> None:
    packet, refuge = story.arrives(), story.refuge
    emil = hire(refuge, "Emil")
    emil.begins_shift()
    refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, emil.id, LATER))
    refuge.write(lambda tx: presence.sweep(refuge.desk, tx, LATER + 9))
    (held,) = refuge.read(refuge.desk.packets.shown)
    assert held.owner == emil.id
    if how == "lost":
        refuge.write(lambda tx: presence.sweep(refuge.desk, tx, LATER + 11))
    else:
        refuge.write(lambda tx: presence.gone(refuge.desk, tx, emil.id, LATER))
    (free,) = refuge.read(refuge.desk.packets.shown)
    assert free.owner is None
    with pytest.raises(NotYours):
        refuge.write(lambda tx: packets.done(refuge.desk, tx, packet.id, emil.id, LATER))


def test_given_back_it_is_free_again(story: Story) -> None:
    packet, refuge = story.arrives(), story.refuge
    emil = hire(refuge, "Emil")
    refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, emil.id, LATER))
    refuge.write(lambda tx: packets.give_back(refuge.desk, tx, packet.id, emil.id))
    (again,) = refuge.read(refuge.desk.packets.shown)
    assert again.owner is None


def test_done_it_is_counted_and_destroyed(story: Story) -> None:
    from hotline.store.tallies import all_cells

    packet, refuge = story.arrives(), story.refuge
    emil = hire(refuge, "Emil")
    refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, emil.id, LATER))
    refuge.write(lambda tx: packets.done(refuge.desk, tx, packet.id, emil.id, LATER))
    assert "packets" not in rows(refuge)
    counted = [(cell.kind, cell.first, number) for cell, number in refuge.read(all_cells) if cell.kind == "partner"]
    assert counted == [("partner", "done", 1)]


def test_a_repeat_is_taken_once_and_not_again_after_it_is_done(story: Story) -> None:
    parcel, courier = story.agreed(), Handed()
    carry(story.office, courier, parcel, LATER)
    for _ in range(3):
        receives(story.refuge, courier.documents[0], LATER)
    (packet,) = story.refuge.read(story.refuge.desk.packets.shown)
    story.refuge.write(lambda tx: story.refuge.desk.packets.destroy(tx, packet.id))
    receives(story.refuge, courier.documents[0], LATER + 5 * DAY)
    assert story.refuge.read(story.refuge.desk.packets.shown) == []


def test_without_the_memory_of_what_came_a_repeat_would_come_twice(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    from hotline.store.boxes import Seen

    parcel, courier = story.agreed(), Handed()
    carry(story.office, courier, parcel, LATER)
    monkeypatch.setattr(Seen, "first_time", lambda *_: True)
    receives(story.refuge, courier.documents[0], LATER)
    (packet,) = story.refuge.read(story.refuge.desk.packets.shown)
    story.refuge.write(lambda tx: story.refuge.desk.packets.destroy(tx, packet.id))
    receives(story.refuge, courier.documents[0], LATER)
    assert len(story.refuge.read(story.refuge.desk.packets.shown)) == 1


@pytest.mark.parametrize("part", ["sealed", "signature", "from"])
def test_a_changed_byte_anywhere_is_refused(story: Story, part: str) -> None:
    parcel, courier = story.agreed(), Handed()
    carry(story.office, courier, parcel, LATER)
    document = courier.documents[0]
    raw = bytearray(base64.urlsafe_b64decode(document[part]) if part == "from" else base64.b64decode(document[part]))
    for place in range(0, len(raw), 37):
        changed = bytearray(raw)
        changed[place] ^= 1
        encode = base64.urlsafe_b64encode if part == "from" else base64.b64encode
        with pytest.raises(Declined):
            receives(story.refuge, {**document, part: encode(changed).decode()}, LATER)
    assert story.refuge.read(story.refuge.desk.packets.shown) == []


def test_without_the_signature_a_stranger_could_write_in_our_name(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: with the check switched off, a forged parcel is taken."""
    document = _forged(story)
    with pytest.raises(Declined, match="bad_signature"):
        receives(story.refuge, document, NOW)
    monkeypatch.setattr(packets, "is_signed", lambda *_: True)
    receives(story.refuge, document, NOW)
    assert len(story.refuge.read(story.refuge.desk.packets.shown)) == 1


def _forged(story: Story) -> dict[str, str]:
    """Sealed for the refuge by somebody who knows only public keys."""
    ours, theirs = keys_in(story.folder)
    return _document(story, ours.public, PartnerKey(story.folder / "stranger.key"), theirs.public)


def _document(story: Story, sender: Public, signer: PartnerKey, to: Public, **changes: object) -> dict[str, str]:
    table: dict[str, object] = {
        "version": 1, "id": "a" * 32, "from": sender.text(), "made_at": int(NOW), "text": "come alone",
    }  # fmt: skip
    sealed = SealedBox(PublicKey(to.seal)).encrypt(json.dumps({**table, **changes}).encode())
    return {
        "from": sender.text(),
        "sealed": base64.b64encode(sealed).decode(),
        "signature": base64.b64encode(signer.sign(sealed, to)).decode(),
    }


def test_an_unknown_sender_is_refused(story: Story) -> None:
    stranger = PartnerKey(story.folder / "stranger.key")
    document = _document(story, stranger.public, stranger, keys_in(story.folder)[1].public)
    with pytest.raises(Declined, match="unknown_sender") as refusal:
        receives(story.refuge, document, NOW)
    assert refusal.value.status == 403


def test_one_partner_cannot_pass_off_the_words_of_another_as_its_own(story: Story) -> None:
    """Whoever sees a sealed parcel go by cannot sign it anew."""
    other = PartnerKey(story.folder / "other.key")
    known = story.refuge.desk.partners
    both = replace(
        known, known={**known.known, "Other": replace(known.known[HOTLINE], name="Other", keys=other.public)}
    )
    parcel, courier = story.agreed(), Handed()
    carry(story.office, courier, parcel, LATER)
    sealed = base64.b64decode(courier.documents[0]["sealed"])
    signature = base64.b64encode(other.sign(sealed, keys_in(story.folder)[1].public)).decode()
    stolen = {**courier.documents[0], "from": other.public.text(), "signature": signature}
    with pytest.raises(Declined, match="bad_signature"):
        open_parcel(both, stolen, LATER)


def test_a_parcel_for_somebody_else_is_refused(story: Story) -> None:
    ours, theirs = keys_in(story.folder)
    elsewhere = PartnerKey(story.folder / "elsewhere.key")
    sealed = seal({"text": "x"}, elsewhere.public)
    document = {
        "from": ours.public.text(),
        "sealed": base64.b64encode(sealed).decode(),
        "signature": base64.b64encode(ours.sign(sealed, theirs.public)).decode(),
    }
    with pytest.raises(Declined, match="not_for_them"):
        receives(story.refuge, document, NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"made_at": int(NOW - OLDEST - 1)}, "too_old"),
        ({"made_at": int(NOW + 2 * HOUR)}, "too_old"),
        ({"made_at": float("inf")}, "not_a_parcel"),
        ({"made_at": True}, "not_a_parcel"),
        ({"version": 2}, "not_a_parcel"),
        ({"text": ""}, "not_a_parcel"),
        ({"text": 5}, "not_a_parcel"),
        ({"text": "x" * 4097}, "not_a_parcel"),
        ({"id": "../../etc"}, "not_a_parcel"),
        ({"id": None}, "not_a_parcel"),
        ({"text": "half a sign: \ud83d"}, "not_a_parcel"),
    ],
)
def test_what_is_not_whole_or_fresh_is_refused(story: Story, changes: dict[str, object], code: str) -> None:
    ours, theirs = keys_in(story.folder)
    with pytest.raises(Declined, match=code):
        receives(story.refuge, _document(story, ours.public, ours, theirs.public, **changes), NOW)


@pytest.mark.parametrize(
    "document", [None, [], {}, "x", {"from": 1}, {"from": "", "sealed": "%", "signature": "%"}, {"sealed": None}]
)
def test_what_is_no_parcel_is_refused(story: Story, document: object) -> None:
    with pytest.raises(Declined, match="not_a_parcel"):
        receives(story.refuge, document, NOW)


def test_a_strange_number_is_left_out_and_the_rest_is_kept(story: Story) -> None:
    ours, theirs = keys_in(story.folder)
    odd: dict[str, object] = {"number": "<b>1</b>", "channel": ["sms"]}
    receives(story.refuge, _document(story, ours.public, ours, theirs.public, **odd), NOW)
    (packet,) = story.refuge.read(story.refuge.desk.packets.shown)
    found = story.refuge.read(lambda one: story.refuge.desk.packets.by_id(one, packet.id))
    assert found is not None
    assert found[1] == Words("come alone", "en", int(NOW))


@pytest.mark.parametrize(
    ("text", "level", "language"),
    [
        ("He has a knife and he says he will kill me", Level.IMMEDIATE, "en"),
        ("Хозяин забрал мой паспорт", Level.URGENT, "ru"),
        ("เธอต้องการที่พัก", Level.SOON, "th"),
        ("Zzz.", Level.SOON, None),
    ],
)
def test_how_urgent_it_is_and_in_which_language_is_worked_out_here(
    story: Story, text: str, level: Level, language: str | None
) -> None:
    packet, words = _received(story, text=text)
    assert (packet.level, words.language) == (level, language)


@pytest.mark.parametrize(
    "beside", [{"level": "immediate", "language": "ro", "name": "x"}, {"level": "high"}, {"level": [], "name": {}}]
)
def test_what_an_older_sender_put_beside_the_text_is_ignored(story: Story, beside: dict[str, object]) -> None:
    packet, words = _received(story, None, text="Zzz.", **beside)
    assert (packet.level, words) == (Level.SOON, Words("Zzz.", None, int(NOW)))


def test_what_the_model_hears_raises_the_level_and_never_lowers_it(story: Story) -> None:
    grave, calm = Impression({"danger": 0.9}, {"ro": 0.9}), Impression({"info": 0.99}, {})
    assert _received(story, grave, text="Zzz zzz.")[0].level is Level.IMMEDIATE
    assert (
        _received(story, calm, id="b" * 32, text="He has a knife and he says he will kill me")[0].level
        is Level.IMMEDIATE
    )


def _received(story: Story, impression: Impression | None = None, **changes: object) -> tuple[Packet, Words]:
    """What stands at the refuge of a parcel with this in it."""
    ours, theirs = keys_in(story.folder)
    desk = story.refuge.desk
    opened = open_parcel(desk.partners, _document(story, ours.public, ours, theirs.public, **changes), NOW)
    before = {one.id for one in story.refuge.read(desk.packets.shown)}
    story.refuge.write(lambda tx: packets.take_in(desk, tx, opened, NOW, impression))
    (packet,) = [one for one in story.refuge.read(desk.packets.shown) if one.id not in before]
    found = story.refuge.read(lambda one: desk.packets.by_id(one, packet.id))
    assert found is not None
    return found


def test_one_partner_cannot_fill_the_board(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packets, "MOST", 2)
    ours, theirs = keys_in(story.folder)
    for number in range(2):
        receives(story.refuge, _document(story, ours.public, ours, theirs.public, id=f"{number:032x}"), NOW)
    with pytest.raises(Declined, match="too_many"):
        receives(story.refuge, _document(story, ours.public, ours, theirs.public, id="f" * 32), NOW)


def test_packets_are_forgotten_as_contacts_are(story: Story) -> None:
    story.arrives()
    desk = story.refuge.desk
    story.refuge.write(lambda tx: expire(desk, tx, LATER + 47 * HOUR))
    assert "packets" in rows(story.refuge)
    story.refuge.write(lambda tx: expire(desk, tx, LATER + 48 * HOUR))
    assert "packets" not in rows(story.refuge)


def test_when_the_ring_forgets_the_day_nobody_can_read_a_packet(story: Story) -> None:
    packet, desk = story.arrives(), story.refuge.desk
    story.refuge.write(lambda tx: advance_rings(desk, tx, LATER + 5 * DAY))
    assert story.refuge.read(lambda one: desk.packets.by_id(one, packet.id)) is None
    assert story.refuge.read(desk.packets.shown) == []


# Going on by the number


def test_with_the_number_the_partner_goes_on_in_a_contact_of_their_own(tmp_path: Path, office: Office) -> None:
    story = Story(office, tmp_path)
    packet = story.arrives(with_number=True)
    story.office.write(lambda tx: story.desk.contacts.destroy(tx, story.contact.id))  # the refuge has its own database
    refuge = as_refuge(office, tmp_path, ours={Channel.SMS: OURS})
    emil = hire(refuge, "Emil")
    refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, emil.id, LATER))
    contact = refuge.write(lambda tx: packets.write_to(refuge.desk, tx, packet.id, emil.id, LATER))
    emil.answers(contact, "This is the refuge. You agreed that we write.", LATER)
    assert [(line.speaker, line.text) for line in lines_of(refuge, contact)] == [
        (Speaker.NOTE, f"From {HOTLINE}: {TEXT}"),
        (Speaker.RESPONDER, "This is the refuge. You agreed that we write."),
    ]
    assert "packets" not in rows(refuge)
    assert rows(refuge)["vault"] == 1
    amara = Caller(refuge, AMARA)
    amara.writes("thank you", LATER)
    assert lines_of(refuge, contact)[-1].text == "thank you"
    held = amara.open_contact(LATER)
    assert (held.state, held.owner, held.conversation.language) == (State.CLAIMED, emil.id, "en")


def test_somebody_who_writes_here_already_is_not_written_to_twice(tmp_path: Path, office: Office) -> None:
    story = Story(office, tmp_path)
    packet = story.arrives(with_number=True)
    refuge = as_refuge(office, tmp_path, ours={Channel.SMS: OURS})
    refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, story.chloe.id, LATER))
    with pytest.raises(Refused, match="They already write to us themselves"):
        refuge.write(lambda tx: packets.write_to(refuge.desk, tx, packet.id, story.chloe.id, LATER))
    assert "packets" in rows(refuge)


def test_without_a_number_or_its_channel_there_is_only_reading(story: Story) -> None:
    packet, refuge = story.arrives(with_number=True), story.refuge
    refuge.write(lambda tx: packets.take(refuge.desk, tx, packet.id, story.chloe.id, LATER))
    with pytest.raises(Refused, match="No number came along, or its channel is not set up here\\."):
        refuge.write(lambda tx: packets.write_to(refuge.desk, tx, packet.id, story.chloe.id, LATER))
