"""The words of a contact: its language, its channel, and what this organisation says of itself."""

from __future__ import annotations

from hotline.contact import Channel
from hotline.desk.office import Desk
from hotline.language import Words
from hotline.triage.conversation import Conversation
from hotline.triage.wording import Wording


def wording_of(desk: Desk, channel: Channel, conversation: Conversation) -> Wording:
    return Wording(words_of(desk, conversation), desk.shelf.offered, channel, conversation, desk.emergency, desk.policy)


def words_of(desk: Desk, conversation: Conversation) -> Words:
    """The words of the conversation's language; of the default one only while no language is known."""
    return desk.shelf.words[conversation.language or desk.default_language]
