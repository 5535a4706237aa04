"""One talk as the console shows it: the page draws this table, and so does its script when something comes."""

from __future__ import annotations

from typing import Any

from hotline import lookalikes
from hotline.channels import window_open
from hotline.desk.supervise import reading
from hotline.desk.transfer import state
from hotline.desk.translate import Translation, Translations
from hotline.desk.view import Talk
from hotline.lookalikes import Kind, Piece
from hotline.message import Line, Speaker
from hotline.triage.signals import Signal

_NONE = Translation("")


def talk_table(talk: Talk | None, now: float) -> dict[str, Any]:
    """What stands of a talk now; only that it is not open, for whoever it is not with."""
    if talk is None:
        return {"open": False}
    contact = talk.contact
    return {
        "open": True,
        "fence": contact.fence,
        "level": contact.level.value,
        "opted_out": contact.opted_out,
        "hushed": contact.conversation.hushed,
        "window": not window_open(contact.channel, contact.heard_at, now),
        "lower": contact.lower,
        "transfer": state(contact),
        "reading": reading(contact, now),
        "ticks": list(contact.ticks),
        "signals": [_signal(signal) for signal in contact.conversation.signals],
        "lines": [_line(number, line, talk.translated) for number, line in talk.lines],
    }


def _line(number: int, line: Line, translated: Translations) -> dict[str, Any]:
    """`links`: the text in pieces, where there is something in it to be shown in another way; else empty. `state`: what may
    change of a line that stands there."""
    there, back = translated.get((number, False), _NONE), translated.get((number, True), _NONE)
    return {
        "number": number,
        "speaker": line.speaker.value,
        "text": line.text,
        "at": line.at,
        "attachments": [kind.value for kind in line.attachments],
        "english": line.english,
        "delivery": line.delivery.value,
        "edited": line.edited,
        "by": line.by,
        "links": links(line.text) if line.speaker in (Speaker.CALLER, Speaker.NOTE) else [],
        "translated": lookalikes.shown(there.text),
        "back": lookalikes.shown(back.text),
        "back_waited": back.waited,
        "state": f"{line.delivery.value} {len(there.text)} {len(back.text)} {int(back.waited)}",
    }


def links(text: str) -> list[dict[str, Any]]:
    """The pieces of a text, or nothing where all of it is plain."""
    found = lookalikes.pieces(text)
    return [_piece(piece) for piece in found] if any(piece.kind for piece in found) else []


def _piece(piece: Piece) -> dict[str, Any]:
    """An address is given in three parts: what stands before its host, the host, what stands behind."""
    begins, ends = piece.host
    table: dict[str, Any] = {"kind": piece.kind.value, "text": piece.shown, "parts": [], "odd": []}
    if piece.kind in (Kind.TEXT, Kind.SIGN):
        return table
    parts = [piece.text[:begins], piece.text[begins:ends], piece.text[ends:]]
    return {**table, "parts": parts, "odd": [[odd.value, detail] for odd, detail in piece.odd]}


def _signal(signal: Signal) -> dict[str, str]:
    """`model`: how likely the model thinks it, instead of words that were found."""
    by_model = signal.source == "model"
    likely = signal.evidence.split()[-1] if by_model and signal.evidence else ""
    evidence = "" if by_model else lookalikes.shown(signal.evidence)
    return {"code": signal.code, "evidence": evidence, "rule": "" if by_model else signal.source, "model": likely}
