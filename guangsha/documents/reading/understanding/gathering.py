"""Facts gathered from one document, each with the spot it was read at."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from guangsha.documents.reading.source import SourceDocument, Spot, TableCell
from guangsha.documents.reading.understanding.cells import Figure, figures, words
from guangsha.facts.concepts import CONCEPTS, Kind
from guangsha.facts.fact import Fact
from guangsha.kernel.numbers import decimals_of

_QUOTE_MAX = 200


class Gatherer:
    """Collects facts of one fiscal year and remembers where each stands.

    ``found`` keeps every fact, a key given twice included; whoever composes the set decides about those.
    """

    def __init__(self, document: SourceDocument, year: int) -> None:
        self.document = document
        self.year = year
        self.found: list[Fact] = []
        self.spots: dict[str, Spot] = {}
        self.notes: list[str] = []

    def put(
        self,
        concept: str,
        value: Decimal | str,
        at: TableCell | Spot,
        *,
        table: str = "",
        place: str = "",
        quote: str = "",
        **dimensions: str,
    ) -> Fact | None:
        """Keep one fact; nothing where a text is empty.

        Args:
            at: the cell or spot it was read at.
            table: title of the form.
            place: row and column in the words of the form, for a person who looks for it.
            quote: what is printed; the text of the cell by default.
        """
        if isinstance(value, str) and not value:
            return None
        spot = at.spot if isinstance(at, TableCell) else at
        quote = quote or (words(at.text) if isinstance(at, TableCell) else "")
        # Places of a workbook (工作表!D7) are what a person looks for; other anchors are for programs.
        cell = spot.anchor if self.document.kind == "xlsx" and spot.anchor else place
        printed = _line_of(at, value) if isinstance(at, TableCell) else spot
        source = replace(
            self.document.source(printed, table=table, cell=cell, quote=quote[:_QUOTE_MAX]), cell=cell
        )
        decimals = decimals_of(value) if isinstance(value, Decimal) else None
        ordered = tuple(sorted(dimensions.items()))
        fact = Fact(concept, ordered, value, self.year, decimals=decimals, source=source)
        self.found.append(fact)
        self.spots.setdefault(fact.key, spot)
        return fact

    def put_figure(
        self,
        concept: str,
        figure: Figure | None,
        at: TableCell,
        *,
        table: str = "",
        place: str = "",
        **dimensions: str,
    ) -> Fact | None:
        """Keep a figure; nothing where there is none, or where it does not fit the concept (a share where money is)."""
        if figure is None or CONCEPTS[concept].kind is Kind.TEXT:
            return None
        return self.put(concept, figure.value, at, table=table, place=place, **dimensions)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _line_of(cell: TableCell, value: Decimal | str) -> Spot:
    """The line inside a tall cell that prints ``value``; the cell's own spot where no line holds it whole."""
    if not cell.spot.lines:
        return cell.spot
    for index, line in enumerate(cell.text.split("\n")):
        said = words(line)
        if value in said if isinstance(value, str) else any(f.value == abs(value) for f in figures(line)):
            return cell.spot.of_line(index)
    return cell.spot
