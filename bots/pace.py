"""How fast a provider lets us write: one message a second into a chat, and so many a second over all. Pure."""

from __future__ import annotations

SECOND = 1.0
TOGETHER = 30
"""Telegram's own figure for messages a second over all chats of a bot (core.telegram.org/bots/faq)."""


class Pace:
    """Says whose turn it is. Nobody is in the window twice, so that its length is the number of messages in it."""

    def __init__(self, together: int = TOGETHER) -> None:
        self._together = together
        self._sent: dict[str, float] = {}

    def wait(self, chat: str, now: float) -> float:
        """0 when it is this chat's turn, which is then taken; else the seconds until it may be."""
        while self._sent and next(iter(self._sent.values())) + SECOND <= now:
            del self._sent[next(iter(self._sent))]
        if chat in self._sent:
            return self._sent[chat] + SECOND - now
        if len(self._sent) >= self._together:
            return next(iter(self._sent.values())) + SECOND - now
        self._sent[chat] = now
        return 0.0

    def give_back(self, chat: str) -> None:
        """The turn was not used after all."""
        self._sent.pop(chat, None)
