"""Misfortunes of a provider, planned by whoever drives the loopback; nothing here is left to chance."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

OPERATIONS = frozenset({"send", "webhook", "list", "fetch", "update", "delete", "edit", "answer", "other"})


class Kind(StrEnum):
    TOO_MANY = "too_many"  # refused: 429 and how long to wait
    SERVER_ERROR = "server_error"  # refused: 5xx
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"  # done, but the asker never hears so
    NO_ANSWER = "no_answer"  # not done, and the asker hears nothing
    DUPLICATE = "duplicate"  # one inbound webhook delivered twice
    REORDER = "reorder"  # an inbound webhook overtaken by the next one


ON_WEBHOOK = frozenset({Kind.DUPLICATE, Kind.REORDER, Kind.TIMEOUT_AFTER_ACCEPT, Kind.NO_ANSWER})
ON_REQUEST = frozenset(Kind) - {Kind.DUPLICATE, Kind.REORDER}


@dataclass(frozen=True)
class Fault:
    kind: Kind
    retry_after: float = 1.0


class Faults:
    """A plan per operation, first scheduled first taken.

    `patience` is how many seconds an unanswered request is held if the client does not hang up before.
    """

    def __init__(self, *, patience: float = 30.0) -> None:
        self.patience = patience
        self._plan: dict[str, deque[Fault]] = {}

    def schedule(self, kind: Kind | str, times: int = 1, *, operation: str = "send", retry_after: float = 1.0) -> None:
        """Plans `times` faults of a kind; ValueError where such a thing cannot happen to that operation."""
        kind = Kind(kind)
        if operation not in OPERATIONS:
            raise ValueError(f"no operation {operation!r}: one of {', '.join(sorted(OPERATIONS))}")
        if kind not in (ON_WEBHOOK if operation == "webhook" else ON_REQUEST):
            raise ValueError(f"{kind} cannot happen to {operation!r}")
        self._plan.setdefault(operation, deque()).extend([Fault(kind, retry_after)] * times)

    def take(self, operation: str, *kinds: Kind) -> Fault | None:
        """The next fault planned for the operation, taken off the plan; with `kinds`, only if it is one of them."""
        plan = self._plan.get(operation)
        if not plan or (kinds and plan[0].kind not in kinds):
            return None
        return plan.popleft()

    def left(self, operation: str | None = None) -> Collection[Fault]:
        """What is still planned, for one operation or for all."""
        names = self._plan if operation is None else [operation]
        return tuple(fault for name in names for fault in self._plan.get(name, ()))
