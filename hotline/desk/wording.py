"""The words of a contact: its language, its channel, and what this organisation says of itself."""

from __future__ import annotations

from hotline.contact import Channel
from hotline.desk.office import Desk
from hotline.language import Words
from hotline.triage.conversation import Conversation
from hotline.triage.wording import Wording


def wording_of(desk: Desk, channel: Channel, conversation: Conversation) -> Wording:
    words, checking = words_of(desk, conversation), checking_of(desk, conversation)
    return Wording(words, desk.shelf.offered, channel, conversation, desk.emergency, desk.policy, checking)


def checking_of(desk: Desk, conversation: Conversation) -> Words | None:
    """The words of the offer check in that language, if it has them all."""
    return desk.shelf.offers.get(conversation.language or desk.default_language)


def words_of(desk: Desk, conversation: Conversation) -> Words:
    """The words of the conversation's language; of the default one only while no language is known."""
    return desk.shelf.words[conversation.language or desk.default_language]
