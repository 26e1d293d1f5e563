"""Adapters to the departments' data exchange: one interface, one module per way of asking.

A city plugs in its own by ``GUANGSHA_EXCHANGE_ADAPTER`` (dotted path of a class with :meth:`Adapter.ask`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: whom, of which source, why, and under which consent. ``phone`` only where the question is whether a mobile
    number is registered to that person."""

    number: str
    source: str
    identity: str
    name: str
    purpose: str
    consent: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``payload`` is empty when the source holds nothing on the person."""

    payload: Mapping[str, Any]
    data_as_of: date | None


class SourceFault(Exception):
    """The source could not answer now: slow, down, or talking nonsense. Asking again may help."""


class NotAuthorized(Exception):
    """The source refuses this question: asking again does not help."""


class Adapter(Protocol):
    """One way to ask the sources."""

    def ask(self, question: Question) -> Answer:
        """Ask one question.

        Raises:
            SourceFault: no usable answer now.
            NotAuthorized: the source says that we may not ask this.
        """


def current_adapter() -> Adapter:
    """The adapter of this installation."""
    from django.conf import settings

    adapter: Adapter = import_string(settings.GUANGSHA_EXCHANGE_ADAPTER)()
    return adapter
