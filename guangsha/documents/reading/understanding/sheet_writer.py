"""Keeps the facts of one scoring sheet: every fact carries the sheet's id, its title and the place in the sheet."""

from __future__ import annotations

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import Figure
from guangsha.documents.reading.understanding.gathering import Gatherer
from guangsha.facts.concepts import CONCEPTS
from guangsha.facts.fact import Fact
from guangsha.kernel.measures import WAN_YUAN, Unit


class SheetWriter:
    """Facts of the sheet ``id``.

    Args:
        title: the printed title of the form.
        unit: unit of money of the form.
    """

    def __init__(self, gatherer: Gatherer, sheet: str, title: str, unit: Unit = WAN_YUAN) -> None:
        self.gatherer = gatherer
        self.id = sheet
        self.title = title
        self.unit = unit
        self._kept: dict[str, Fact] = {}

    def text(self, field: str, text: str, at: TableCell) -> None:
        """Keep ``sheet.<field>`` where it says something; the first one counts."""
        concept = f"sheet.{field}"
        if text and concept not in self._kept:
            self._keep(concept, self.gatherer.put(
                concept, text, at, table=self.title, place=CONCEPTS[concept].label, sheet=self.id
            ))  # fmt: skip

    def figure(
        self, concept: str, figure: Figure | None, at: TableCell, place: str, **dimensions: str
    ) -> Fact | None:
        """Keep a figure of the sheet; nothing where there is none."""
        return self._keep(
            concept,
            self.gatherer.put_figure(
                concept, figure, at, table=self.title, place=place, sheet=self.id, **dimensions
            ),
        )

    def part_figure(
        self, concept: str, figure: Figure | None, at: TableCell, place: str, **dimensions: str
    ) -> None:
        """Like :meth:`figure`, for a part's own: the sheet's figure of the same concept stays what :meth:`get` gives."""
        self.gatherer.put_figure(
            concept, figure, at, table=self.title, place=place, sheet=self.id, **dimensions
        )

    def once(self, concept: str, figure: Figure | None, at: TableCell, place: str, **dimensions: str) -> None:
        """Like :meth:`figure`, for what forms print twice: the first one counts."""
        if concept not in self._kept:
            self.figure(concept, figure, at, place, **dimensions)

    def row_text(self, concept: str, text: str, at: TableCell, place: str, **dimensions: str) -> None:
        """Keep a text of an indicator or a group."""
        self.gatherer.put(concept, text, at, table=self.title, place=place, sheet=self.id, **dimensions)

    def has(self, concept: str) -> bool:
        return concept in self._kept

    def get(self, concept: str) -> Fact | None:
        """The last fact kept of ``concept``."""
        return self._kept.get(concept)

    def replace(self, old: Fact, figure: Figure) -> None:
        """Put another figure in place of one that was read wrongly."""
        kept = Fact(
            old.concept, old.dimensions, figure.value, old.year, decimals=figure.decimals, source=old.source
        )
        self.gatherer.found[self.gatherer.found.index(old)] = kept
        self._kept[old.concept] = kept

    def drop(self, concept: str, **dimensions: str) -> None:
        """Forget facts of one row."""
        wanted = {"sheet": self.id, **dimensions}.items()
        self.gatherer.found = [
            fact
            for fact in self.gatherer.found
            if fact.concept != concept or not wanted <= dict(fact.dimensions).items()
        ]

    def note(self, text: str) -> None:
        self.gatherer.note(f"{self.title or '自评表'}：{text}")

    def _keep(self, concept: str, fact: Fact | None) -> Fact | None:
        if fact is not None:
            self._kept[concept] = fact
        return fact
