"""What higher rooms tell this one. Each fills the lists in its ``apps.ready()``; this room never imports them.

    from guangsha.areas.stock import hooks
    hooks.PANELS.append(lease_panel)      # on the page of a dwelling
    hooks.CHECKED.append(look_into)       # when two people have confirmed what they found in it
    hooks.SUMMARIES.append(lease_ends)    # one line for many dwellings at once, in the export

A panel answers for the reader: what they may not see is left out (None), as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from guangsha.areas.stock.models import Dwelling, OccupancyCheck
from guangsha.audit.actor import Actor


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a dwelling's page that another room fills.

    Attributes:
        title: its heading.
        facts: (term, value) pairs, shown first.
        heads, rows: a table below; a cell is text, or (text, name of a page, its arguments) for a link.
        links: (label, name of a page, arguments) below the table.
        order: panels stand in this order.
    """

    title: str
    facts: Sequence[tuple[str, str]] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str | tuple[str, str, tuple[object, ...]]]] = ()
    links: Sequence[tuple[str, str, tuple[object, ...]]] = ()
    order: int = 50


#: Asked once for each page of a dwelling; bounded queries only.
PANELS: list[Callable[[Actor, Dwelling], Panel | None]] = []
#: Called in the transaction in which the second person confirms a check.
CHECKED: list[Callable[[Actor, OccupancyCheck], None]] = []
#: Heading, and what stands under it for each of these dwellings (by key); one query for all of them.
SUMMARIES: list[tuple[str, Callable[[Actor, Sequence[int]], Mapping[int, str]]]] = []


def panels_of(actor: Actor, dwelling: Dwelling) -> list[Panel]:
    """The panels of a dwelling that this reader may see, in their order."""
    found = [panel for ask in PANELS if (panel := ask(actor, dwelling)) is not None]
    return sorted(found, key=lambda panel: panel.order)
