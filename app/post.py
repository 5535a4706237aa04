"""Carries what leaves to the provider of its channel: answers, and what is to be deleted there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bots.contract import Bot
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Erasure, Incoming, Outgoing
from hotline.store.vault import Address


class Post:
    """The desk's carrier and eraser, for every channel that is set up."""

    def __init__(self, bots: Mapping[str, Bot]) -> None:
        self._by_channel = {channel: bot for bot in bots.values() for channel in bot.channels}

    def send(self, dispatch: Dispatch) -> str | None:
        return self._bot(dispatch.channel).send(dispatch)

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        return self._bot(dispatch.channel).was_sent(dispatch, since, known)

    def erase(self, erasure: Erasure) -> None:
        self._bot(erasure.channel).erase(erasure)

    def say(self, incoming: Incoming, messages: list[Outgoing]) -> list[str]:
        """The script's reply to a message that no response can carry any more. The ids it has at the provider."""
        if not incoming.channel.needs_address:
            return []
        bot, address = self._bot(incoming.channel), Address(incoming.sender, incoming.recipient)
        bot.acknowledge(incoming)
        sent = [bot.send(Dispatch(incoming.channel, address, message.as_text())) for message in messages]
        return [one for one in sent if one]

    def _bot(self, channel: Channel) -> Bot:
        bot = self._by_channel.get(channel)
        if bot is None:
            raise NotSent("this channel is not set up", permanent=True)
        return bot
