"""One sheet of the fill-in workbook: its blocks laid out below one another, inputs yellow, computed cells grey."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from guangsha.documents.reading.workbook import VALUE_HEAD
from guangsha.documents.workbook_form import MARK, NO_INPUT, PRIOR, Block, Column, Form, Shape
from guangsha.documents.writing.xlsx import Sheet, Value, Workbook, address
from guangsha.facts.concepts import Kind
from guangsha.kernel.numbers import plain

#: Significant digits that a spreadsheet's binary number keeps; longer figures are written as text.
_BINARY_DIGITS = 15
#: Columns that a FIELDS value spans, so that a sentence fits.
_FIELD_COLUMNS = (2, 4)
_TEXT_FORMAT, _MONEY_FORMAT, _DATE_FORMAT = "@", "0.00####", "yyyy-mm-dd"
_SPARE_ROWS = 5
#: Points: the tallest row that Excel accepts.
_HEIGHT_MAX = 409


@dataclass(frozen=True, slots=True)
class Looks:
    """Handles of the looks of one workbook. Yellow: fill in. Grey: computed, locked. Blue: heads."""

    title: int
    section: int
    note: int
    hint: int
    head: int
    computed_head: int
    label: int
    computed: int
    mark: int
    text: int
    money: int
    number: int
    date: int

    @classmethod
    def of(cls, book: Workbook) -> Looks:
        yellow, grey, blue = "FFF9DB", "EDEDED", "DDE7F3"

        def entry(number: str, **look: Any) -> int:
            return book.style(fill=yellow, border=True, number=number, locked=False, **look)

        return cls(
            title=book.style(bold=True, size="16", font="黑体"),
            section=book.style(bold=True, size="12", font="黑体"),
            note=book.style(color="595959", size="10"),
            hint=book.style(color="7F7F7F", size="9"),
            head=book.style(bold=True, fill=blue, border=True, align="center", wrap=True),
            computed_head=book.style(bold=True, fill=grey, border=True, align="center", wrap=True),
            label=book.style(fill=blue, border=True, wrap=True),
            computed=book.style(fill=grey, border=True, align="right", number="0.00"),
            mark=book.style(color="FFFFFF", number=";;;"),
            text=entry(_TEXT_FORMAT, wrap=True, align="left"),
            money=entry(_MONEY_FORMAT, align="right"),
            number=entry("", align="right"),
            date=entry(_DATE_FORMAT, align="left"),
        )

    def entry(self, kind: Kind) -> int:
        return {Kind.MONEY: self.money, Kind.TEXT: self.text, Kind.FLAG: self.text, Kind.DATE: self.date}.get(
            kind, self.number
        )


@dataclass(slots=True)
class Span:
    """Where a block stands: letters by column key, first and last input row (from 1), rows by key."""

    letters: dict[str, str] = field(default_factory=dict)
    first: int = 0
    last: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    def cell(self, row_key: str, column: str) -> str:
        return f"${self.letters[column]}${self.rows[row_key]}"

    def column(self, column: str) -> str:
        """The range of one column over all input rows."""
        letters = self.letters[column]
        return f"{letters}{self.first}:{letters}{self.last}"


#: A formula for one row of a computed column: from the row's number (from 1) and the block's span; "" for none.
RowFormula = Callable[[int, Span], str]


@dataclass(frozen=True, slots=True)
class Computed:
    """A grey column beside a table's inputs; it stands after the input column ``after``."""

    label: str
    after: str
    formula: RowFormula
    blank: Value = ""
    width: int = 10


@dataclass(frozen=True, slots=True)
class ComputedRow:
    """A grey row below a block: column key → formula, given where the block's cells stand."""

    label: str
    formulas: Callable[[Span], Mapping[str, str]]
    blank: Value = Decimal(0)


@dataclass(frozen=True, slots=True)
class Extras:
    """What the writer adds to a block beyond its declaration: fixed rows by year, formulas, drop-downs."""

    rows: Mapping[str, str] = field(default_factory=dict)
    computed: Sequence[Computed] = ()
    below: Sequence[ComputedRow] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def sheet_value(value: Any, column: Column) -> Value:
    """A leaf of the figures tree as a cell holds it."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        if column.kind is Kind.TEXT or len(value.as_tuple().digits) > _BINARY_DIGITS:
            return plain(value)
        return value
    text = str(value)
    return column.choices.get(text, text)


class SheetWriter:
    """Writes one form; ``values`` is the part of the (flattened) figures tree that it stands for.

    ``extras`` come by block; ``spans`` is filled with where each block stands, for formulas that look across blocks.
    """

    def __init__(
        self,
        book: Workbook,
        looks: Looks,
        form: Form,
        name: str,
        values: Mapping[str, Any],
        extras: Mapping[str, Extras],
        spans: dict[str, Span],
        *,
        prior: bool,
        filled: bool,
    ) -> None:
        self.looks = looks
        self.form = form
        self.values = values
        self.filled = filled
        self.extras = extras
        self.spans = spans
        self.widths = _widths(form, extras)
        self.sheet: Sheet = book.sheet(
            name, widths=self.widths, freeze=(2, 2), landscape=form.landscape, repeat_rows=(0, 1)
        )
        mark = f"{PRIOR if prior else ''}{form.mark}"
        self.sheet.write(0, 0, f"{MARK} {mark}", looks.mark)
        self.sheet.write(0, 1, name, looks.title)
        self.sheet.height(0, 30)
        self.sheet.write(1, 0, NO_INPUT, looks.mark)
        self.sheet.write(1, 1, "黄色：填写；灰色：自动计算，不能改；没有的留空，确为零时填 0。", looks.note)
        self.row = 2

    def needs(self, marks: Sequence[str], prefix: str) -> None:
        """Note in the hidden column which sheets the reader must find."""
        self.sheet.write(1, 0, prefix + ",".join(marks), self.looks.mark)

    def write(self, block: Block) -> None:
        """Lay out one block below the last."""
        extras = self.extras[block.id]
        part = self._part(block)
        if block.optional and not part:
            return
        self._line(block.title, self.looks.section)
        if block.note:
            self._line(block.note, self.looks.note)
        span = self.spans[block.id] = Span()
        if block.shape is Shape.FIELDS:
            self._fields(block, part, extras, span)
        else:
            columns = self._head(block, extras, span)
            if block.shape is Shape.GRID:
                self._grid(block, part, extras, span, columns)
            else:
                self._open(block, part, extras, span, columns)
            self._validate(block, extras, span)
        for below in extras.below:
            self._below(below, span)
        self._line("", self.looks.note)

    # --- parts of a block ---------------------------------------------------------------------------------

    def _part(self, block: Block) -> Any:
        part: Any = self.values
        for step in block.path:
            part = part.get(step, {}) if isinstance(part, Mapping) else {}
        if block.shape is Shape.FIELDS and part:
            keys = {column.key for column in block.columns}
            return {key: value for key, value in part.items() if key in keys}
        return part

    def _mark(self, text: str) -> None:
        self.sheet.write(self.row, 0, text, self.looks.mark)

    def _line(self, text: str, look: int) -> None:
        self._mark(NO_INPUT)
        if text:
            self.sheet.write(self.row, 1, text, look)
        self.row += 1

    def _fields(self, block: Block, part: Mapping[str, Any], extras: Extras, span: Span) -> None:
        first, last = _FIELD_COLUMNS
        self._mark(f"{block.id}#")
        self.sheet.write(self.row, 1, block.row_title, self.looks.head)
        self.sheet.merge(self.row, first, self.row, last, VALUE_HEAD, self.looks.head)
        self.row += 1
        span.first = self.row + 1
        span.letters["value"] = address(0, first)[:-1]
        for column in block.columns:
            self._mark(f"{block.id}:{column.key}")
            span.rows[column.key] = self.row + 1
            self.sheet.write(self.row, 1, column.label, self.looks.label)
            value = sheet_value(part.get(column.key), column)
            self.sheet.merge(self.row, first, self.row, last, value, self.looks.entry(column.kind))
            self._cell_validation(column, extras, self.row, first, self.row, first)
            if column.hint:
                self.sheet.write(self.row, last + 1, column.hint, self.looks.hint)
            self._fit(
                max(_lines(value, sum(self.widths[first : last + 1])), _lines(column.label, self.widths[1]))
            )
            self.row += 1
        span.last = self.row

    def _head(self, block: Block, extras: Extras, span: Span) -> list[Column | Computed]:
        """The head row; returns what stands in each column from B (GRID: from C) on."""
        columns = _columns(block, extras)
        start = _start(block)
        self._mark(f"{block.id}#")
        if start == 2:
            self.sheet.write(self.row, 1, block.row_title, self.looks.head)
        for col, made in enumerate(columns, start):
            letters = address(0, col)[:-1]
            if isinstance(made, Computed):
                self.sheet.write(self.row, col, made.label, self.looks.computed_head)
                span.letters[made.label] = letters
                continue
            self.sheet.write(self.row, col, made.label, self.looks.head)
            span.letters[made.key] = letters
            if made.hint:
                self.sheet.note(self.row, col, made.hint)
        self.sheet.height(self.row, 30)
        self.row += 1
        span.first = self.row + 1
        return columns

    def _grid(
        self,
        block: Block,
        part: Mapping[str, Any],
        extras: Extras,
        span: Span,
        columns: Sequence[Column | Computed],
    ) -> None:
        for key, label in block.rows.items():
            self._mark(f"{block.id}:{key}")
            span.rows[key] = self.row + 1
            self.sheet.write(self.row, 1, label, self.looks.label)
            self._fit(_lines(label, self.widths[1]))
            self._cells(part.get(key) or {}, span, columns, 2)
        span.last = self.row

    def _open(
        self, block: Block, part: Any, extras: Extras, span: Span, columns: Sequence[Column | Computed]
    ) -> None:
        rows = _code_rows(block, part) if block.shape is Shape.CODES else list(part or [])
        fixed = {**block.rows, **extras.rows}
        by_code = {row["code"]: row for row in rows if "code" in row}
        for key, label in fixed.items():
            self._mark(f"{block.id}:{key}")
            span.rows[key] = self.row + 1
            self.sheet.write(self.row, 1, label, self.looks.label)
            self._fit(_lines(label, self.widths[1]))
            self._cells(by_code.pop(key, {}), span, columns[1:], 2)
        left = list(by_code.values()) if block.shape is Shape.CODES else rows
        if block.shape is Shape.CODES:
            for row in left:
                row["code"] = row["code"].removeprefix(block.prefix)
        span.first = self.row + 1 if block.shape is Shape.LIST or block.open_rows else span.first
        blank = max(block.open_rows - len(left), _SPARE_ROWS) if block.open_rows else 0
        for row in [*left, *({} for _ in range(blank))]:
            self._mark(f"{block.id}:")
            self._cells(row, span, columns, 1)
        span.last = self.row

    def _cells(
        self, values: Mapping[str, Any], span: Span, columns: Sequence[Column | Computed], start: int
    ) -> None:
        lines = 1
        for col, column in enumerate(columns, start):
            if isinstance(column, Computed):
                formula = column.formula(self.row + 1, span)
                if formula:
                    cached = None if self.filled else column.blank
                    self.sheet.formula(self.row, col, formula, self.looks.computed, cached)
                else:
                    self.sheet.write(self.row, col, None, self.looks.computed)
            else:
                value = sheet_value(values.get(column.key), column)
                self.sheet.write(self.row, col, value, self.looks.entry(column.kind))
                lines = max(lines, _lines(value, self.widths[col]))
        self._fit(lines)
        self.row += 1

    def _fit(self, lines: int) -> None:
        """Height for so many lines of text; one line is the default."""
        if lines > 1:
            self.sheet.height(self.row, min(15 * lines, _HEIGHT_MAX))

    def _below(self, below: ComputedRow, span: Span) -> None:
        self._mark(NO_INPUT)
        self.sheet.write(self.row, 1, below.label, self.looks.computed_head)
        self._fit(_lines(below.label, self.widths[1]))
        for key, formula in below.formulas(span).items():
            col = _column_number(span.letters[key])
            self.sheet.formula(
                self.row, col, formula, self.looks.computed, None if self.filled else below.blank
            )
        self.row += 1

    def _validate(self, block: Block, extras: Extras, span: Span) -> None:
        if span.last < span.first:
            return
        top = min([span.first, *span.rows.values()]) - 1
        for column in block.columns:
            col = _column_number(span.letters[column.key])
            first = span.first - 1 if column.key == "code" else top
            self._cell_validation(column, extras, first, col, span.last - 1, col)

    def _cell_validation(self, column: Column, extras: Extras, r1: int, c1: int, r2: int, c2: int) -> None:
        choices = list(extras.choices.get(column.key, ())) or list(column.choices.values())
        if choices:
            self.sheet.validate_list(
                r1, c1, r2, c2, choices, prompt=column.hint, error="请从下拉列表中选择；不适用时留空。"
            )
        elif column.kind in (Kind.MONEY, Kind.COUNT, Kind.SCORE):
            unit = "万元" if column.kind is Kind.MONEY else "分" if column.kind is Kind.SCORE else ""
            error = f"请只填数字{f'（单位：{unit}）' if unit else ''}，不带单位和千位分隔符"
            least = None if column.signed else 0
            error += "。" if column.signed else "，不能小于 0。"
            self.sheet.validate_decimal(r1, c1, r2, c2, least=least, error=error)


def _start(block: Block) -> int:
    """First column of a block's inputs: a GRID keeps column B for the labels of its rows."""
    return 2 if block.shape is Shape.GRID else 1


def _columns(block: Block, extras: Extras) -> list[Column | Computed]:
    """Inputs with the computed columns in their places."""
    columns: list[Column | Computed] = []
    for column in block.columns:
        columns.append(column)
        columns += [computed for computed in extras.computed if computed.after == column.key]
    return columns


def _widths(form: Form, extras: Mapping[str, Extras]) -> list[float]:
    """Column widths: A hidden, then the widest column of any table at that place."""
    widths: dict[int, float] = {0: 0, 1: 22}
    for block in form.blocks:
        if block.shape is Shape.FIELDS:
            continue
        for col, column in enumerate(_columns(block, extras[block.id]), _start(block)):
            widths[col] = max(widths.get(col, 0), column.width)
    return [widths.get(col, 13) for col in range(max([*widths, 6]) + 3)]


def _lines(value: Value, width: float) -> int:
    """How many lines a wrapped text takes; a Chinese character is as wide as two digits."""
    if not isinstance(value, str):
        return 1
    room = max(int(width) - 1, 1)
    return sum(1 + sum(1 + (ord(c) > 0x2E7F) for c in line) // room for line in value.split("\n"))


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _code_rows(block: Block, part: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A mapping of codes as rows; names stand beside their cells."""
    if block.packed == "value":
        return [{"code": code, "amount": amount} for code, amount in part.items()]
    rows: dict[str, dict[str, Any]] = {}
    columns = part.get("columns", ())
    for code, cells in part.get("rows", {}).items():
        rows[code] = {"code": code, **dict(zip(columns, cells, strict=True))}
    for code, name in part.get("names", {}).items():
        rows.setdefault(code, {"code": code})["name"] = name
    return list(rows.values())
