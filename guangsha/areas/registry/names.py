"""What the services of cases are called: told by the room of cases, which lies above this one."""

from __future__ import annotations

from collections.abc import Callable

_NAMERS: list[Callable[[str], str]] = []


def tell_names(namer: Callable[[str], str]) -> None:
    """Register how a service's code becomes its name; the last one told is asked."""
    _NAMERS[:] = [namer]


def service_name(code: str) -> str:
    """The name of a service; its code while nobody has told."""
    return _NAMERS[0](code) if _NAMERS else code
