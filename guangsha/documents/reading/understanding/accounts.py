"""From a read document to facts: the nine tables of the final accounts (公开01–09), from any place and year.

Tables are bound by title and head words, rows by label and code, columns by head words; numbers and positions of
tables, which differ by place and year (performance.md §4.8), are never relied on. A figure is read as printed or not
at all: sums only choose between two ways of reading a scanned row, and never alter an amount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Protocol

from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.understanding.accounts_bind import BoundTable, bind_accounts
from guangsha.documents.reading.understanding.accounts_coded import read_coded
from guangsha.documents.reading.understanding.accounts_columns import Columns
from guangsha.documents.reading.understanding.accounts_grid import Grid
from guangsha.documents.reading.understanding.accounts_lanes import read_lanes
from guangsha.documents.reading.understanding.accounts_overview import read_overview
from guangsha.documents.reading.understanding.accounts_reading import ReadCell, TableReading
from guangsha.documents.reading.understanding.accounts_three_public import read_three_public
from guangsha.documents.reading.understanding.accounts_words import han
from guangsha.facts.accounts import CODE_TABLES
from guangsha.facts.classification import classification
from guangsha.facts.fact import Fact
from guangsha.kernel.measures import WAN_YUAN, Unit

#: A printed name this long that another table of the document goes on with was cut off by its column's width.
_CUT_NAME_CHARS = 8


class Identity(Protocol):
    """Whose document it is and of which fiscal year."""

    @property
    def year(self) -> int: ...

    @property
    def unit(self) -> str: ...


def read_accounts(document: SourceDocument, identity: Identity) -> list[Fact]:
    """Every cell of the nine tables that ``document`` prints, with form numbers, row names and empty-table sentences.

    Amounts keep the unit of money that their table prints (万元 where nothing is printed) and the decimals they were
    printed with; a blank cell gives no fact, a printed 0.00 gives zero. Each fact names file, printed title, row and
    column words, line, page and the printed text.

    Args:
        document: as a format reader left it.
        identity: the fiscal year that the document speaks of.

    Returns:
        Facts with concepts ``accounts.<table>``, ``accounts.row_name``, ``accounts.number`` and
        ``accounts.empty_note``; each key once, the first printed where a document prints a cell twice.
    """
    tables = bind_accounts(document)
    usual = _usual_unit(tables)
    names = _known_names(identity.year)
    readings: dict[str, TableReading] = {}
    facts: list[Fact] = []
    for table in tables:
        readings[table.name] = _read(table, identity.year, names)
        names = names | {
            row: name for row, (name, _) in readings[table.name].names.items() if row not in names
        }
    for table in tables:
        facts += _facts(document, identity.year, table, readings, table.unit or usual)
    return facts


def _known_names(year: int) -> dict[str, str]:
    version = classification(year)
    return {**version.unverified, **version.verified}


def _usual_unit(tables: Iterable[BoundTable]) -> Unit:
    """The unit of money of tables that print none: that of most others in the document."""
    printed = Counter(table.unit.symbol for table in tables if table.unit)
    if not printed:
        return WAN_YUAN
    symbol = printed.most_common(1)[0][0]
    return next(table.unit for table in tables if table.unit and table.unit.symbol == symbol)


def _read(table: BoundTable, year: int, names: Mapping[str, str]) -> TableReading:
    reading = TableReading()
    columns: Columns | None = None
    for grid in _joined(table):
        if table.name in CODE_TABLES:
            part, columns = read_coded(grid, table.name, names, columns)
        elif table.name == "basic_detail":
            part = read_lanes(grid, names)
        elif table.name == "three_public":
            part = read_three_public(grid)
        else:
            part = read_overview(grid, table.name, year)
        reading.add(part)
    return reading


def _joined(table: BoundTable) -> list[Grid]:
    """The parts of a table, those without a head put below the part before: its head stands over their columns too.

    Parts of another width stay apart where rows are told by code alone, since their columns may have moved.
    """
    joined: list[Grid] = []
    for grid in table.parts:
        before = joined[-1] if joined else None
        moved = table.name in CODE_TABLES and before is not None and grid.width != before.width
        if before is None or grid.ruler is not None or moved:
            joined.append(grid)
        else:
            joined[-1] = before.with_rows(grid)
    return joined


def _facts(
    document: SourceDocument, year: int, table: BoundTable, readings: Mapping[str, TableReading], unit: Unit
) -> Iterator[Fact]:
    if table.number:
        source = document.source(table.number_spot, table=table.title, cell="表号", quote=table.number)
        yield Fact.of("accounts.number", table.number, year=year, source=source, table=table.name)
    if table.empty_note:
        source = document.source(table.empty_spot, table=table.title, cell="空表说明", quote=table.empty_note)
        yield Fact.of("accounts.empty_note", table.empty_note, year=year, source=source, table=table.name)
    reading = readings[table.name]
    for cell in reading.cells.values():
        yield _amount(document, year, table, cell, unit)
    for row, (name, beside) in reading.names.items():
        source = document.source(beside.spot, table=table.title, cell=row, quote=f"{row} {name}")
        full = _whole_name(name, row, readings.values()) if any(g.torn for g in table.parts) else name
        yield Fact.of("accounts.row_name", full, year=year, source=source, table=table.name, row=row)


def _amount(document: SourceDocument, year: int, table: BoundTable, cell: ReadCell, unit: Unit) -> Fact:
    figure = cell.figure
    source = document.source(
        figure.spot, table=table.title, cell=f"{cell.row_words}／{cell.column_words}", quote=figure.text
    )
    value = figure.value if figure.value else abs(figure.value)  # "-0.00" is zero
    return Fact(
        f"accounts.{table.name}",
        (("column", cell.column), ("row", cell.row)),
        Decimal(value),
        year,
        unit,
        figure.decimals,
        source,
    )


def _whole_name(name: str, row: str, readings: Iterable[TableReading]) -> str:
    """A name that its column cut off, as another table of the document prints it for the same code."""
    if len(han(name)) < _CUT_NAME_CHARS:
        return name
    others = [reading.names[row][0] for reading in readings if row in reading.names]
    longer = [other for other in others if other.startswith(name) and len(other) > len(name)]
    return max(longer, key=len, default=name)
