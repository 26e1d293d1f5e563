"""What higher rooms tell this one. Each fills the list in its ``apps.ready()``; this room never imports them.

    from guangsha.areas.allocation import hooks
    hooks.BARRED.append(banned_households)

What is said here refuses nobody: it stands before a person, who hears the household and decides (社会救助法 §48).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

#: Households by key, and a day → one sentence for each that may not apply anew on that day; one question for all of them.
#: Asked when an approved qualification enters the list, at a registration, and for all registrants at their re-check.
BARRED: list[Callable[[Sequence[int], date], Mapping[int, str]]] = []


def barred_among(households: Sequence[int], on: date) -> dict[int, list[str]]:
    """Why households may not apply anew on a day; who may is left out."""
    found: dict[int, list[str]] = {}
    for ask in BARRED:
        for household, why in ask(households, on).items():
            found.setdefault(household, []).append(why)
    return found
