"""When a message is a job offer rather than words of the caller. Pure; what reads an offer is handed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from hotline.offers.check import Checked
from hotline.offers.flags import Flag, Told
from hotline.offers.marks import marks_of
from hotline.triage.conversation import Conversation, Heard
from hotline.triage.script import Scripts
from hotline.triage.signals import LEVELS, LIFE, Code, Signal

SHORTEST = 30
"""Letters of an offer at least, where one was asked for; links do not count, since nothing can be read in them."""

LONG = 100
"""Letters from which a message nobody asked for may be an offer without naming one."""

MUCH = 3
"""So much of what offers tell (pay, place, hours …), with their flags, stands in an offer and hardly ever in a cry for help."""

_LINK = re.compile(r"(?:https?://|www\.|\bt\.me/|\bwa\.me/)\S*", re.IGNORECASE)

_OWN = {*LIFE, Code.MINOR, Code.EXPLOITED, Code.WITNESS, Code.STOP}
"""Signals that, heard for sure, are the caller's own words, whatever else stands beside them."""

Read = Callable[[], Checked | None]
"""Checks the message; None when it cannot be checked."""


def with_offer(heard: Heard, conversation: Conversation, scripts: Scripts, text: str, read: Read) -> Heard:
    """What was heard, or that it is an offer. Where an offer was asked for, every text of some length is one; elsewhere, up
    to the question what it is about, what reads like one. Of its own words nothing is kept, so its signals are dropped."""
    answered = heard.choice or heard.word or heard.language or heard.more
    if answered or not may_be_told(conversation, scripts):
        return heard
    letters = sum(map(str.isalpha, _LINK.sub(" ", text)))
    if letters < SHORTEST or any(one.sure and one.code in (*LIFE, Code.STOP) for one in heard.signals):
        return heard
    if conversation.place is not None and scripts.step(conversation.place).paste:
        return _asked_for(heard, read())
    named = any(one.code == Code.JOBOFFER for one in heard.signals)
    if not named and letters < LONG:
        return heard
    checked = read()
    if checked is None or not ((letters >= LONG and _told(checked) >= MUCH) or (named and checked.flags)):
        return heard
    return _unasked(heard, checked, conversation, scripts, named=named)


def may_be_told(conversation: Conversation, scripts: Scripts) -> bool:
    """Whether an offer is heard here: before anything was asked, in the opening, and in the script of offers itself."""
    place = conversation.place
    if conversation.handed or (place is not None and conversation.choosing_language):
        return False
    return place is None or place.script == scripts.first or scripts.pasted(place) is not None


def _asked_for(heard: Heard, checked: Checked | None) -> Heard:
    """A child who answers with words of their own is heard; an offer that takes children is an offer."""
    if checked is None:
        return heard
    minor = any(one.sure and one.code == Code.MINOR for one in heard.signals)
    if minor and Flag.MINOR_RECRUITED not in checked.codes and _told(checked) < MUCH:
        return heard
    return replace(heard, offer=marks_of(checked), signals=())


def _unasked(heard: Heard, checked: Checked, conversation: Conversation, scripts: Scripts, *, named: bool) -> Heard:
    """What was heard for sure stays heard: then the offer is only remembered, if it can be. Else it is about an offer; where
    the model thought of another need, the caller is asked what it is about."""
    if any(one.sure and one.code in _OWN for one in heard.signals):
        answers = conversation.place is not None and scripts.pasted(conversation.place) is not None
        return heard if answers else replace(heard, offer=marks_of(checked))
    needs = {one.code for one in heard.signals} - {Code.INFO.value}
    signals = (Signal(Code.JOBOFFER.value, LEVELS[Code.JOBOFFER], ""),) if named or not needs else ()
    return replace(heard, offer=marks_of(checked), signals=signals)


def _told(checked: Checked) -> int:
    return len(Told) - len(checked.missing) + len(checked.flags)
