"""How this room writes into the log, which lies one floor above it.

The audit room hands its ``record`` over when the program starts (``audit/apps.py``); nothing sensitive is shown and
nothing is removed while nobody has: an act that cannot be logged does not happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.db import models


class Acting(Protocol):
    """What this room needs to know of an actor (``audit.actor.Actor``)."""

    @property
    def kind(self) -> str: ...
    @property
    def account_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def agency_id(self) -> int: ...
    def has(self, *roles: str) -> bool: ...


class Witness(Protocol):
    """``audit.actions.record``."""

    def __call__(
        self,
        actor: Any,
        action: str,
        obj: models.Model,
        *,
        reason: str = "",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> object: ...


_appointed: list[tuple[Witness, Acting]] = []


def appoint(witness: Witness, clock: Acting) -> None:
    """Hand over the log, and the actor of jobs."""
    _appointed[:] = [(witness, clock)]


def witness() -> Witness:
    """The log."""
    if not _appointed:
        raise RuntimeError("guangsha.audit is not installed: acts of this room cannot be logged")
    return _appointed[0][0]


def clock() -> Acting:
    """The actor of jobs."""
    witness()
    return _appointed[0][1]
