"""Tables that belong to no known form: the sums of their columns and the percentages of their rows, as statements.

Agencies print many tables that no form prescribes: sources of money, scores by part, execution by unit. What the columns of
such a table mean is not known, so that only arithmetic which the table itself bears out is said: a row 合计 is the sum of
a column where it is, or would be but for one digit while other columns add up; a column of percentages divides two other
columns where nearly all its rows do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from guangsha.documents.reading.source import SourceDocument, SourceTable, Spot, TableCell
from guangsha.documents.reading.understanding.cells import Figure, compact, figure, is_blank
from guangsha.facts.fact import CellSource, Fact
from guangsha.kernel.numbers import round_to

_WHOLE = re.compile(
    r"(?:部门|全省|全市|全县|得分|分值|金额|资金)?(?:合计|总计)(?:得分|分值|数|分)?|总分|总得分"
)
_PART_OF_PARTS = re.compile(r"小计|其中|平均|占比|增减|比上年")
_NO_AMOUNT = re.compile(r"序号|编号|编码|年度|年份|行次|日期|电话")
#: Larger tables are lists, not tables of figures.
_ROWS_MAX, _COLUMNS_MAX = 200, 12
_PARTS_MIN = 2
_RATES_MIN = 3


@dataclass(frozen=True)
class _Column:
    """A column of figures: its head, the figures by row, and the one in the row of the whole."""

    head: str
    parts: dict[int, tuple[Figure, TableCell]]
    whole: tuple[Figure, TableCell] | None

    @property
    def gap(self) -> Decimal:
        assert self.whole is not None
        return self.whole[0].value - sum((found.value for found, _ in self.parts.values()), Decimal(0))

    @property
    def tail(self) -> Decimal:
        figures = [found for found, _ in self.parts.values()] + ([self.whole[0]] if self.whole else [])
        if not any(found.decimals for found in figures):
            return Decimal(0)
        return sum((Decimal(1).scaleb(-max(found.decimals, 2)) / 2 for found in figures), Decimal(0))

    @property
    def percent(self) -> bool:
        figures = [found for found, _ in self.parts.values()]
        return sum(found.percent for found in figures) * 2 > len(figures)

    @property
    def summable(self) -> bool:
        return self.whole is not None and len(self.parts) >= _PARTS_MIN and not self.percent

    @property
    def holds(self) -> bool:
        return abs(self.gap) <= self.tail


def read_plain_tables(
    document: SourceDocument, year: int, known: Iterable[Fact], spots: Iterable[Spot]
) -> list[Fact]:
    """Statements of tables of which no figure is among ``known`` or stands at one of ``spots``."""
    owned = {_place(spot.line, spot.anchor) for spot in spots}
    owned |= {
        _place(fact.source.line, fact.source.cell) for fact in known if isinstance(fact.source, CellSource)
    }
    made: list[Fact] = []
    number = 0
    title = ""
    for block in document.blocks:
        if not isinstance(block, SourceTable):
            text = compact(block.text)
            named = text and len(text) <= 40 and not re.search(r"[。；]|单位[:：]", text)
            title = text if named else title
            continue
        if _owned(block, owned):
            continue
        for kind, subject, roles in _claims(block, title):
            number += 1
            made += _facts(document, year, f"table-{number:04d}", kind, subject, roles)
    return made


def _place(line: int | None, anchor: str) -> tuple[int | None, str]:
    """Where a cell stands: its line, or its anchor in formats without lines."""
    return line, anchor if line is None else ""


def _owned(table: SourceTable, owned: set[tuple[int | None, str]]) -> bool:
    return any(_place(cell.spot.line, cell.spot.anchor) in owned for cell in table.cells)


_Roles = dict[str, tuple[Figure, TableCell]]


def _claims(table: SourceTable, title: str) -> Iterator[tuple[str, str, _Roles]]:
    if table.row_count > _ROWS_MAX or not 2 <= table.column_count <= _COLUMNS_MAX or table.row_count < 4:
        return
    names = [_name(table, row) for row in range(table.row_count)]
    wholes = [row for row, name in enumerate(names) if _WHOLE.fullmatch(name)]
    whole = wholes[0] if len(wholes) == 1 else None
    columns = [
        column for place in range(table.column_count) if (column := _column(table, place, whole)) is not None
    ]
    shown = title or "表"
    if whole is not None and not any(_PART_OF_PARTS.search(name) for name in names):
        summable = [column for column in columns if column.summable]
        holding = [column for column in summable if column.holds]
        for column in summable:
            if column.holds or (holding and _one_digit(column.gap, column.tail)):
                assert column.whole is not None
                roles: _Roles = {"total": column.whole}
                roles.update({f"part.{n}": part for n, part in enumerate(column.parts.values(), 1)})
                yield "sum", f"{shown}·{column.head}", roles
    yield from _rates(columns, names, whole, shown)
    yield from _row_sums(columns, names, whole, shown)


def _name(table: SourceTable, row: int) -> str:
    """The words that a row begins with; the number of the row is none."""
    for cell in table.row_cells(row)[:2]:
        text = compact(cell.text)
        if text and figure(text) is None:
            return text
    return ""


def _column(table: SourceTable, place: int, whole: int | None) -> _Column | None:
    """The figures of a column; None where words stand between them."""
    parts: dict[int, tuple[Figure, TableCell]] = {}
    total: tuple[Figure, TableCell] | None = None
    head = ""
    seen: set[int] = set()
    for row, cells in enumerate(table.grid):
        cell = cells[place]
        if cell is None or id(cell) in seen:
            continue
        seen.add(id(cell))
        found = figure(cell.text) if cell.columns == 1 else None
        if found is None:
            if parts and not is_blank(cell.text) and compact(cell.text) not in ("", "—", "——", "-", "/"):
                return None
            head = compact(cell.text) if not parts and compact(cell.text) else head
        elif row == whole:
            total = (found, cell)
        elif head:
            parts[row] = (found, cell)
    if len(parts) < _PARTS_MIN or _NO_AMOUNT.search(head):
        return None
    return _Column(head, parts, total)


def _one_digit(gap: Decimal, tail: Decimal) -> bool:
    """Whether one digit of one figure explains the gap, rounding aside."""
    return any(
        abs(abs(gap) - digit * Decimal(1).scaleb(power)) <= tail
        for power in range(-2, 9)
        for digit in range(1, 10)
        if Decimal(1).scaleb(power) > 2 * tail
    )


def _row_sums(
    columns: Sequence[_Column], names: Sequence[str], whole: int | None, title: str
) -> Iterator[tuple[str, str, _Roles]]:
    """Rows of a column 总分 or 合计 that is the sum of all other columns in all rows but one at most."""
    amounts = [column for column in columns if not column.percent]
    for total in amounts:
        others = [column for column in amounts if column is not total]
        if not _WHOLE.fullmatch(re.sub(r"[(（].*", "", total.head)) or len(others) < _PARTS_MIN:
            continue
        rows = [*total.parts, *([whole] if whole is not None and total.whole else [])]
        full = []
        for row in rows:
            parts = [found for column in others if (found := _at(column, row, whole)) is not None]
            found = _at(total, row, whole)
            if found is not None and len(parts) == len(others):
                full.append((row, found, parts))
        agreeing = sum(
            abs(found[0].value - sum((part.value for part, _ in parts), Decimal(0))) <= _slack(found, parts)
            for _, found, parts in full
        )
        if len(full) < _RATES_MIN or agreeing < len(full) - 1:
            continue
        for row, found, parts in full:
            roles: _Roles = {"total": found}
            roles.update({f"part.{n}": part for n, part in enumerate(parts, 1)})
            yield "sum", f"{title}·{names[row]}{total.head}", roles


def _slack(total: tuple[Figure, TableCell], parts: Sequence[tuple[Figure, TableCell]]) -> Decimal:
    return sum((Decimal(1).scaleb(-max(found.decimals, 2)) / 2 for found, _ in (total, *parts)), Decimal(0))


def _rates(
    columns: Sequence[_Column], names: Sequence[str], whole: int | None, title: str
) -> Iterator[tuple[str, str, _Roles]]:
    """Rows of a column of percentages that divides two other columns in all rows but one at most."""
    amounts = [column for column in columns if not column.percent]
    for rates in columns:
        if not rates.percent:
            continue
        for part, base in permutations(amounts, 2):
            rows = [
                (row, _at(part, row, whole), _at(base, row, whole), _at(rates, row, whole))
                for row in (*rates.parts, *([whole] if whole is not None and rates.whole else []))
            ]
            full = [(row, a, b, c) for row, a, b, c in rows if a and b and c]
            agreeing = sum(_divides(a[0], b[0], c[0]) for _, a, b, c in full)
            if len(full) < _RATES_MIN or agreeing < max(2, len(full) - 1):
                continue
            for row, a, b, c in full:
                name = names[row]
                yield "completion", f"{title}·{name}{rates.head}", {"budget": b, "executed": a, "percent": c}
            break


def _at(column: _Column, row: int, whole: int | None) -> tuple[Figure, TableCell] | None:
    return column.whole if row == whole else column.parts.get(row)


def _divides(part: Figure, base: Figure, percent: Figure) -> bool:
    if base.value == 0:
        return False
    return round_to(part.value * 100 / base.value, percent.decimals) == percent.value


def _facts(
    document: SourceDocument, year: int, key: str, kind: str, subject: str, roles: _Roles
) -> Iterator[Fact]:
    def source(at: TableCell, quote: str) -> CellSource:
        return document.source(at.spot, quote=quote)

    first = next(iter(roles.values()))[1]
    said = source(first, compact(first.text))
    yield Fact.of("statement.kind", kind, year=year, source=said, statement=key)
    yield Fact.of("statement.subject", subject[:60], year=year, source=said, statement=key)
    for role, (found, at) in roles.items():
        concept = "statement.percent" if role == "percent" else "statement.count"
        yield Fact.of(
            concept,
            found.value,
            year=year,
            decimals=found.decimals,
            source=source(at, found.quote),
            statement=key,
            role=role,
        )
