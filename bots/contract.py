"""What every channel is: the same verbs, so that one test suite runs on all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hotline.contact import Channel
from hotline.desk.deliver import Dispatch
from hotline.message import Erasure, Incoming, Outgoing, Report


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
    """What goes back to the provider. `sent`: the ids of what has left beside it, through the provider's own interface."""

    media_type: str
    body: bytes
    sent: tuple[str, ...] = ()


class Bot(Protocol):
    """One provider. Everything here may block, and is called from a thread or the worker."""

    channels: frozenset[Channel]
    """What it carries; no two providers carry the same."""

    fetch_seconds: float
    """How often it is to be asked for messages."""

    def send(self, dispatch: Dispatch) -> str | None:
        """Give one later answer to the provider: its id there, or None where it has none. Raises NotSent."""

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        """The id under which the provider took this since that time, or None if it did not.

        `known` says of an id that it is another message of ours. Raises CannotAsk, or NotSent when no answer comes.
        """

    def acknowledge(self, incoming: Incoming) -> None:
        """Show the caller that their message was received, where the channel can. Best effort: never raises."""

    def fetch(self, since: float) -> Iterable[Incoming]:
        """Messages from callers that the provider holds since that time, oldest first: after an outage some may not have
        come by themselves. Raises NotSent when it cannot be asked; gives nothing where the provider repeats by itself."""

    def erase(self, erasure: Erasure) -> None:
        """Delete it at the provider; what is not there any more is deleted. Raises NotSent, with the wait it asked for.

        `permanent`: what is left there cannot be deleted by us."""


@runtime_checkable
class Keeper(Protocol):
    """A provider that keeps a record of what we sent until we delete it, and can list what it keeps."""

    def left(self, since: float, now: float) -> Iterable[Erasure]:
        """What went out since that time and should be deleted by now, however it left and whatever we were told of it.
        Raises NotSent when it cannot be asked."""


class Webhook(Bot, Protocol):
    """A provider that calls us."""

    def knock(self, headers: Mapping[str, str]) -> None:
        """Raises Refused where the headers alone show that a request is not genuine: its body is not read then."""

    def receive(self, request: Request) -> Incoming | None:
        """The message in a genuine request; None when it holds nothing for us. Raises Refused for everything else."""

    def reply(self, incoming: Incoming | None, messages: Sequence[Outgoing]) -> Response:
        """The answer that travels back in the same response."""

    def calls(self, incoming: Incoming, messages: Sequence[Outgoing]) -> bool:
        """Whether `reply` will speak with the provider (for buttons that no response can carry), so wants a thread."""

    def report(self, request: Request) -> Report | None:
        """What a genuine request to its `status` address tells of a message of ours. Raises Refused."""
