"""A careful reader's list of the relations in a published report, written by reading it, and proved by arithmetic.

A list is a YAML file that names figures by where they stand, never by what the text says::

    document: report-2025.txt
    tables:
      收入决算表:
        columns: total fiscal other
        rows: |
          合计    154  22899.22  22854.27  44.96
          2010302 155  51.68     51.68     -
    groups:
      - note: 基本支出
        kind: sum
        relations:
          - 32:293.58 = 32:213.39 + 32:38.50 + 32:41.69
      - note: 各行合计
        kind: sum
        across: {table: 收入决算表, total: total, parts: [fiscal, other]}
    mistakes:
      - {id: rate, severity: error, where: [221:91.00], why: 执行率与金额不符}

``221:91.00`` is the figure 91.00 on line 221; ``146:0#2`` is the second 0 on line 146.
The sign between the two sides says how the relation ends: ``=`` and ``≤`` hold, ``≈`` and ``≲`` are rounding tails,
``≠`` and ``≰`` are mistakes. ``a = b = c`` are two relations, each with ``a``.
"""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from guangsha.kernel.findings import Outcome

#: A number as an OCR program leaves it: ``22854. 27``, ``1, 212. 84``; but ``2. 2023`` is the head of an item.
_NUMBER = re.compile(r"(?:\d{1,3}(?:, ?\d{3})+|\d+)(?:\.\d+| ?\. ?\d{1,3}(?!\d))?")
_FIGURE = re.compile(r"(?P<line>\d+):(?P<printed>\d+(?:\.\d+)?)(?:#(?P<nth>\d+))?")
_SIGNS = {
    "=": Outcome.HELD, "≤": Outcome.HELD, "≈": Outcome.TAIL, "≲": Outcome.TAIL, "≠": Outcome.BROKEN,
    "≰": Outcome.BROKEN,
}  # fmt: skip
_SIDES = re.compile(r"\s*([=≈≠≤≲≰])\s*")
#: Kinds whose left side is a percentage of the right side.
_RATIOS = frozenset({"share", "growth", "completion", "rate"})
KINDS = frozenset({"sum", "equal", "score", "range", "count", "list"}) | _RATIOS
#: What the figures of a group count; it says by how much rounding may part two of them.
MEASURES = frozenset({"money", "count", "percent", "score"})
_OPERATORS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Printed:
    """One number of the text: its line, its characters from ``start`` to ``end``, and how it reads."""

    line: int
    start: int
    end: int
    text: str

    @property
    def figure(self) -> str:
        """The number without the blanks and commas inside: ``1212.84``."""
        return re.sub(r"[ ,]", "", self.text)


def numbers_in(text: str) -> set[Fraction]:
    """The values of all numbers in a quoted piece of text, full-width digits and blanks inside numbers included."""
    folded = unicodedata.normalize("NFKC", text)
    return {Fraction(re.sub(r"[ ,]", "", found[0])) for found in _NUMBER.finditer(folded)}


class Text:
    """The lines of a published text and the numbers in them."""

    def __init__(self, content: str) -> None:
        self.lines = content.split("\n")

    def numbers(self, line: int) -> list[Printed]:
        """The numbers of ``line`` (counted from 1) from left to right."""
        text = self.lines[line - 1]
        return [Printed(line, m.start(), m.end(), m[0]) for m in _NUMBER.finditer(text)]

    def find(self, figure: Figure) -> Printed:
        """Where ``figure`` stands.

        Raises:
            LookupError: it does not stand there.
        """
        alike = [n for n in self.numbers(figure.line) if n.figure == figure.printed]
        if not 0 < figure.nth <= len(alike):
            raise LookupError(f"{figure}: 这一行没有这个数字")
        return alike[figure.nth - 1]

    def with_number(self, number: Printed, text: str) -> str:
        """The whole text with ``number`` printed as ``text``."""
        lines = list(self.lines)
        line = lines[number.line - 1]
        lines[number.line - 1] = line[: number.start] + text + line[number.end :]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, order=True)
class Figure:
    """A figure and where it stands: the ``nth`` number on ``line`` that reads ``printed``."""

    line: int
    printed: str
    nth: int = 1

    @property
    def value(self) -> Fraction:
        return Fraction(self.printed)

    @property
    def places(self) -> int:
        return len(self.printed.partition(".")[2])

    def __str__(self) -> str:
        return f"{self.line}:{self.printed}" + (f"#{self.nth}" if self.nth > 1 else "")

    @classmethod
    def parse(cls, text: str) -> Figure:
        """Read ``221:91.00`` or ``146:0#2``.

        Raises:
            ValueError: it is neither.
        """
        found = _FIGURE.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"不是“行号:数字”：{text}")
        return cls(int(found["line"]), found["printed"], int(found["nth"] or 1))


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a relation: an arithmetic expression over figures; ``tree`` names them ``f0``, ``f1``…"""

    figures: tuple[Figure, ...]
    tree: ast.expr

    @classmethod
    def parse(cls, text: str) -> Side:
        figures: list[Figure] = []

        def name(found: re.Match[str]) -> str:
            figures.append(Figure.parse(found[0]))
            return f"f{len(figures) - 1}"

        tree = ast.parse(_FIGURE.sub(name, text), mode="eval").body
        return cls(tuple(figures), tree)

    def value(self, figures: Sequence[Fraction]) -> Fraction:
        return _evaluate(self.tree, figures)


def _evaluate(node: ast.expr, figures: Sequence[Fraction]) -> Fraction:
    match node:
        case ast.Name(id=name):
            return figures[int(name[1:])]
        case ast.Constant(value=int(number)) | ast.Constant(value=float(number)):
            return Fraction(str(number))
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_evaluate(left, figures), _evaluate(right, figures))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand, figures)
        case ast.Call(func=ast.Name(id="min"), args=args):
            return min(_evaluate(argument, figures) for argument in args)
    raise ValueError(f"不能计算：{ast.unparse(node)}")


@dataclass(frozen=True, slots=True)
class Annotated:
    """One relation of the list; a count has the length of its list as a constant on the right."""

    id: str
    kind: str
    measure: str
    left: Side
    right: Side
    outcome: Outcome
    note: str
    at_most: bool = False

    @property
    def figures(self) -> tuple[Figure, ...]:
        return self.left.figures + self.right.figures

    @property
    def says_the_same(self) -> bool:
        """Whether it says that two figures are one quantity: equal, or a sum of one part."""
        alone = isinstance(self.left.tree, ast.Name) and isinstance(self.right.tree, ast.Name)
        return alone and self.kind in ("equal", "sum") and not self.at_most

    def judge(self, changed: Mapping[Figure, Fraction] | None = None) -> Outcome:
        """How the relation ends by arithmetic, with some figures ``changed``.

        Held: no difference that the printed digits could show; tail: within what rounding can cause; broken: beyond.
        """
        values = changed or {}
        left = [values.get(figure, figure.value) for figure in self.left.figures]
        right = [values.get(figure, figure.value) for figure in self.right.figures]
        hundred = 100 if self.kind in _RATIOS else 1
        try:
            difference = self.left.value(left) - hundred * self.right.value(right)
        except ZeroDivisionError:
            return Outcome.BROKEN  # a percentage of nothing
        if self.at_most:
            difference = max(difference, Fraction(0))
        if difference == 0:
            return Outcome.HELD
        if abs(difference) > self._envelope(left, right, hundred):
            return Outcome.BROKEN
        return Outcome.HELD if self.kind in _RATIOS or self.kind == "score" else Outcome.TAIL

    def _envelope(self, left: Sequence[Fraction], right: Sequence[Fraction], hundred: int) -> Fraction:
        """What rounding can cause: half a unit of the last digit of each figure, carried through the arithmetic."""
        if self.kind == "score" or self.kind in _RATIOS:
            own = sum((_half(figure) for figure in self.left.figures), Fraction(0))
            spread = self._spread(self.right, right, 2) * hundred if self.measure == "money" else 0
            return own + spread if self.kind in _RATIOS else own
        if self.measure == "money":
            return self._spread(self.left, left, 2) + self._spread(self.right, right, 2)
        if self.measure == "percent" and self.kind == "sum":
            return self._spread(self.left, left, 0) + self._spread(self.right, right, 0)
        return Fraction(0)

    @staticmethod
    def _spread(side: Side, values: Sequence[Fraction], least_places: int) -> Fraction:
        exact = side.value(values)
        total = Fraction(0)
        for index, figure in enumerate(side.figures):
            moved = [*values[:index], values[index] + _half(figure, least_places), *values[index + 1 :]]
            total += abs(side.value(moved) - exact)
        return total


def _half(figure: Figure, least_places: int = 0) -> Fraction:
    """Half a unit of the last printed digit; money prints two decimals unless finer."""
    return Fraction(1, 2 * 10 ** max(figure.places, least_places))


@dataclass(frozen=True, slots=True)
class Mistake:
    """A real mistake of the report. ``of_figures`` is False for one of words or layout that no figure contradicts."""

    id: str
    severities: frozenset[str]
    lines: frozenset[int]
    figures: tuple[Figure, ...]
    why: str
    of_figures: bool = True


@dataclass(frozen=True)
class AnnotatedReport:
    """The list of one report."""

    document: str
    relations: tuple[Annotated, ...]
    mistakes: tuple[Mistake, ...]
    counts: tuple[tuple[Figure, Mapping[str, Any]], ...] = ()

    def relations_of(self, figure: Figure) -> Iterator[Annotated]:
        return (relation for relation in self.relations if figure in relation.figures)


@dataclass(frozen=True)
class _Table:
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)


def load_annotations(path: Path) -> AnnotatedReport:
    """The list in ``path``.

    Raises:
        ValueError, KeyError: it is not written as this module says.
    """
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    tables = {name: _table(spec) for name, spec in (raw.get("tables") or {}).items()}
    relations: list[Annotated] = []
    counts: list[tuple[Figure, Mapping[str, Any]]] = []
    for number, group in enumerate(raw["groups"], 1):
        if group["kind"] not in KINDS or group.get("of", "money") not in MEASURES:
            raise ValueError(f"{path.name}: {group['note']}: 不认识的关系种类")
        if group["kind"] in ("count", "list"):
            for count in group["counts"]:
                counts.append((Figure.parse(count["figure"]), count))
        lines = [str(line) for line in group.get("relations", ())] + [
            *_counted(group),
            *_generated(group, tables),
        ]
        made = [relation for line in lines for relation in _parse(line, group)]
        relations.extend(replace(r, id=f"{number:02d}.{i:02d}") for i, r in enumerate(made, 1))
    return AnnotatedReport(
        raw["document"], tuple(relations), tuple(map(_mistake, raw["mistakes"])), tuple(counts)
    )


def _parse(line: str, group: Mapping[str, Any]) -> Iterator[Annotated]:
    first, *rest = _SIDES.split(line.strip())
    for sign, side in zip(rest[::2], rest[1::2], strict=True):
        yield Annotated(
            "", group["kind"], group.get("of", "money"), Side.parse(first), Side.parse(side), _SIGNS[sign],
            group["note"], at_most=sign in "≤≲≰",
        )  # fmt: skip


def _counted(group: Mapping[str, Any]) -> Iterator[str]:
    """A count beside the length of its list, which is a constant here: the test counts the list in the text."""
    for count in group.get("counts", ()):
        number = Figure.parse(count["figure"]).value
        sign, length = ("≠", count["length"]) if "length" in count else ("=", number)
        yield f"{count['figure']} {sign} {length}"


def _table(spec: Mapping[str, Any]) -> _Table:
    columns = tuple(spec["columns"].split())
    rows: dict[str, dict[str, Figure]] = {}
    for text in spec["rows"].strip().splitlines():
        key, line, *cells = text.split()
        if len(cells) != len(columns) or key in rows:
            raise ValueError(f"表的这一行与栏目不符或重复：{text}")
        row: dict[str, Figure] = {}
        for column, cell in zip(columns, cells, strict=True):
            if cell != "-":
                figure = Figure.parse(cell if ":" in cell else f"{line}:{cell}")
                if "#" not in cell:
                    seen = sum(
                        1
                        for other in row.values()
                        if (other.line, other.printed) == (figure.line, figure.printed)
                    )
                    figure = replace(figure, nth=seen + 1)
                row[column] = figure
        rows[key] = row
    return _Table(columns, rows)


def _generated(group: Mapping[str, Any], tables: Mapping[str, _Table]) -> Iterator[str]:
    """The relations that whole tables hold, as lines of the list; ``tails`` and ``mistakes`` name rows or columns."""
    for kind, make in _GENERATORS.items():
        if kind in group:
            specs = group[kind] if isinstance(group[kind], list) else [group[kind]]
            for spec in specs:
                for name, left, right in make(spec, tables):
                    tail, mistake = (
                        name in map(str, spec.get("tails", ())),
                        name in map(str, spec.get("mistakes", ())),
                    )
                    signs = "≲≰≤" if kind == "at_most" else "≈≠="
                    yield f"{left} {signs[0] if tail else signs[1] if mistake else signs[2]} {right}"


_Made = Iterator[tuple[str, str, str]]


def _across(spec: Mapping[str, Any], tables: Mapping[str, _Table]) -> _Made:
    """In each row the total is the sum of its parts that are printed."""
    for key, row in tables[spec["table"]].rows.items():
        parts = [str(row[column]) for column in spec["parts"] if column in row]
        if spec["total"] in row and parts:
            yield key, str(row[spec["total"]]), " + ".join(parts)


def _down(spec: Mapping[str, Any], tables: Mapping[str, _Table]) -> _Made:
    """In each column the total row is the sum of the others, or of those named."""
    table = tables[spec["table"]]
    total = str(spec["total"])
    others = [str(row) for row in spec.get("rows", [key for key in table.rows if key != total])]
    for column in spec.get("columns", table.columns):
        parts = [str(table.rows[key][column]) for key in others if column in table.rows[key]]
        if column in table.rows[total] and parts:
            yield column, str(table.rows[total][column]), " + ".join(parts)


def _same(spec: Mapping[str, Any], tables: Mapping[str, _Table]) -> _Made:
    """Rows of one name in two tables print the same figure; ``left`` and ``right`` are ``表.栏``."""
    (first, column), (second, other) = (str(spec[side]).split(".") for side in ("left", "right"))
    for key, row in tables[first].rows.items():
        match = tables[second].rows.get(key, {})
        if column in row and other in match:
            yield key, str(row[column]), str(match[other])


def _less(spec: Mapping[str, Any], tables: Mapping[str, _Table]) -> _Made:
    """Row by row: ``left`` is ``right`` minus ``minus``, where all three are printed."""
    names = [str(spec[side]).split(".") for side in ("left", "right", "minus")]
    for key in tables[names[0][0]].rows:
        cells = [tables[table].rows.get(key, {}).get(column) for table, column in names]
        if all(cells):
            yield key, str(cells[0]), f"{cells[1]} - {cells[2]}"


def _classes(spec: Mapping[str, Any], tables: Mapping[str, _Table]) -> _Made:
    """A class row is the sum of the rows whose codes begin with its code."""
    (first, column), (second, other) = (str(spec[side]).split(".") for side in ("left", "right"))
    for key, row in tables[first].rows.items():
        parts = [
            str(r[other]) for code, r in tables[second].rows.items() if code.startswith(key) and other in r
        ]
        if column in row and parts:
            yield key, str(row[column]), " + ".join(parts)


def _at_most(spec: Mapping[str, Any], tables: Mapping[str, _Table]) -> _Made:
    """In each row one column does not exceed another."""
    for key, row in tables[spec["table"]].rows.items():
        if spec["left"] in row and spec["right"] in row:
            yield key, str(row[spec["left"]]), str(row[spec["right"]])


def _full(spec: Mapping[str, Any], tables: Mapping[str, _Table]) -> _Made:
    """A row that reached its target has its whole weight; where both are numbers, weight × min(1, actual ÷ target)."""
    for key, row in tables[spec["table"]].rows.items():
        if key in map(str, spec.get("except", ())) or not {"weight", "score"} <= set(row):
            continue
        how = f"{row['weight']}"
        if {"target", "actual"} <= set(row):
            how = f"{row['weight']} * min(1, {row['actual']} / {row['target']})"
        yield key, str(row["score"]), how


_GENERATORS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, _Table]], _Made]] = {
    "across": _across, "down": _down, "same": _same, "less": _less, "classes": _classes, "at_most": _at_most,
    "full": _full,
}  # fmt: skip


def _mistake(raw: Mapping[str, Any]) -> Mistake:
    where = [str(place) for place in raw["where"]]
    figures = tuple(Figure.parse(place) for place in where if ":" in place)
    lines = frozenset(int(place) for place in where if ":" not in place) | {figure.line for figure in figures}
    severities = frozenset(str(raw["severity"]).split(" or "))
    return Mistake(raw["id"], severities, lines, figures, raw["why"], raw.get("of_figures", True))


def list_length(text: Text, count: Mapping[str, Any]) -> int:
    """How long the list is that a count speaks of: named ``lines``, or ``marks`` between two short words on a line."""
    if "lines" in count:
        return sum(1 for line in count["lines"] if text.lines[line - 1].strip())
    line = text.lines[count["line"] - 1]
    begin = line.index(count["after"]) + len(count["after"])
    return len(re.findall(count["marks"], line[begin : line.find(count["until"], begin)]))


def decimal_of(value: Fraction) -> Decimal:
    """``value`` for printing in a message, to four decimals."""
    return round(Decimal(value.numerator) / Decimal(value.denominator), 4)
