"""What every channel is: the same three verbs, so that one test suite runs on all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hotline.contact import Channel
from hotline.message import Incoming, Outgoing
from hotline.store.vault import Address


class Refused(Exception):
    """A request that is not taken: the HTTP status and one sentence that says what is wrong and where."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Request:
    """What a webhook got. Header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes
    query: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back to the provider."""

    media_type: str
    body: bytes


class Bot(Protocol):
    """One provider."""

    def receive(self, request: Request) -> Incoming | None:
        """The message in a genuine request; None when it holds nothing for us. Raises Refused for everything else."""

    def reply(self, incoming: Incoming | None, messages: Sequence[Outgoing]) -> Response:
        """The answer that travels back in the same response."""

    def send(self, channel: Channel, address: Address, text: str) -> None:
        """Give one later answer to the provider, or raise hotline.desk.deliver.NotSent."""

    def was_sent(self, channel: Channel, address: Address, text: str, since: float) -> bool | None:
        """Whether the provider took it; None when it cannot be asked."""
