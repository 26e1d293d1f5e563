"""Prints a paper as txt, docx, html or xlsx, with any figure printed otherwise, and lists its relations by line."""

from __future__ import annotations

import html
import io
import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import docx
import openpyxl
from docx.table import Table as DocxTable

from guangsha.kernel.findings import Outcome
from guangsha.testing.annotations import Annotated, AnnotatedReport, Side, Text
from guangsha.testing.annotations import Figure as Place
from guangsha.testing.wild.paper import ABOVE, LEFT, Grid, Paper, Words, filled, marks_in, split_marks

#: Characters on a line of a scanned page.
_PAGE_WIDTH = 40


@dataclass
class Printed:
    """A paper in print: its text by lines, where each figure stands, and its relations as a careful reader lists them."""

    paper: Paper
    _prints: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = random.Random(self.paper.name)
        for figure in self.paper.figures:
            scar = self.paper.scarred and chance.random() < 0.25
            self._prints[figure.key] = figure.printed.replace(".", ". ") if scar else figure.printed

    @property
    def file(self) -> str:
        return f"{self.paper.name}.{'txt' if self.paper.form == 'stacked' else self.paper.form}"

    @cached_property
    def _lines(self) -> list[str]:
        """Lines of the txt with the figures still as marks."""
        lines: list[str] = []
        for block in self.paper.blocks:
            if isinstance(block, Words):
                lines += self._cut(block.text) + [""] * (not self.paper.scarred or block.level > 0)
            elif self.paper.form == "stacked":
                lines += [*_stacked(block), ""]
            else:
                lines += [*("\t".join(_shown(cell) for cell in row) for row in block.rows), ""]
        return lines

    def _cut(self, text: str) -> list[str]:
        if not self.paper.scarred:
            return [text]
        signs = split_marks(text)
        return ["".join(signs[i : i + _PAGE_WIDTH]) for i in range(0, len(signs), _PAGE_WIDTH)]

    @cached_property
    def text(self) -> Text:
        return Text("\n".join(filled(line, self._prints) for line in self._lines))

    @cached_property
    def places(self) -> dict[int, Place]:
        """Key of a figure → its line, print and how many alike stand before it there."""
        places: dict[int, Place] = {}
        for number, line in enumerate(self._lines, 1):
            keys = marks_in(line)
            if not keys:
                continue
            offsets, at = {}, 0
            for sign in split_marks(line):
                if sign[0] == "\ue000":
                    offsets[at] = marks_in(sign)[0]
                    at += len(self._prints[offsets[at]])
                else:
                    at += 1
            seen: Counter[str] = Counter()
            for found in self.text.numbers(number):
                seen[found.figure] += 1
                if found.start in offsets:
                    places[offsets[found.start]] = Place(number, found.figure, seen[found.figure])
        return places

    @cached_property
    def report(self) -> AnnotatedReport:
        """The relations; those of a figure that cannot be found by its print are left out."""
        relations = []
        for number, tie in enumerate(self.paper.finished_ties()):
            if not all(key in self.places for key in tie.keys):
                continue
            right = Side.parse(re.sub(r"\{(\d+)\}", lambda found: str(self.places[int(found[1])]), tie.right))
            relation = Annotated(
                f"{self.paper.name}-{number}", tie.kind, tie.measure, Side.parse(str(self.places[tie.left])), right,
                Outcome.HELD, tie.note, tie.at_most,
            )  # fmt: skip
            if relation.judge() is Outcome.BROKEN:
                raise ValueError(f"{self.paper.name}: {tie.note} does not hold: {relation.figures}")
            relations.append(relation)
        return AnnotatedReport(self.file, tuple(relations), ())

    def key_at(self, place: Place) -> int:
        return next(key for key, other in self.places.items() if other == place)

    def bytes(self, changed: Mapping[int, str] | None = None) -> bytes:
        """The document in its format, some figures ``changed``."""
        prints = {**self._prints, **(changed or {})}
        if self.paper.form in ("txt", "stacked"):
            return "\n".join(filled(line, prints) for line in self._lines).encode("utf-8")
        return {"docx": _docx, "html": _html, "xlsx": _xlsx}[self.paper.form](self.paper, prints)


def _shown(cell: str) -> str:
    return "" if cell in (LEFT, ABOVE) else cell.replace("\n", " ")


def _stacked(grid: Grid) -> list[str]:
    """One cell a line, a TAB before each, an empty line after each row."""
    lines: list[str] = []
    for row in grid.rows:
        for cell in row:
            if cell == LEFT:
                continue
            first, *more = _shown(cell).split("\n")
            lines += ["\t" + first, *more]
        lines.append("")
    return lines


def _spans(grid: Grid) -> list[tuple[int, int, int, int, str]]:
    """(row, column, rows, columns, text) of each cell that is not covered."""
    spans = []
    for r, row in enumerate(grid.rows):
        for c, cell in enumerate(row):
            if cell in (LEFT, ABOVE):
                continue
            width = 1
            while c + width < len(row) and row[c + width] == LEFT:
                width += 1
            height = 1
            while r + height < len(grid.rows) and grid.rows[r + height][c] == ABOVE:
                height += 1
            spans.append((r, c, height, width, cell))
    return spans


def _docx(paper: Paper, prints: Mapping[int, str]) -> bytes:
    document = docx.Document()
    for block in paper.blocks:
        if isinstance(block, Words):
            document.add_paragraph(filled(block.text, prints))
            continue
        table: DocxTable = document.add_table(rows=len(block.rows), cols=len(block.rows[0]))
        rows = [row.cells for row in table.rows]
        for r, c, height, width, text in _spans(block):
            cell = rows[r][c]
            if height > 1 or width > 1:
                cell = cell.merge(rows[r + height - 1][c + width - 1])
            cell.text = filled(text, prints)
        document.add_paragraph("")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _html(paper: Paper, prints: Mapping[int, str]) -> bytes:
    parts = [
        "<!DOCTYPE html><html lang='zh'><head><meta charset='utf-8'><title>信息公开</title></head><body>"
    ]
    for block in paper.blocks:
        if isinstance(block, Words):
            tag = f"h{min(block.level, 4)}" if block.level else "p"
            parts.append(f"<{tag}>{html.escape(filled(block.text, prints))}</{tag}>")
            continue
        parts.append("<table border='1'>")
        row_before = -1
        for r, _, height, width, text in _spans(block):
            if r != row_before:
                parts.append("<tr>" if row_before < 0 else "</tr><tr>")
                row_before = r
            span = (f" rowspan='{height}'" if height > 1 else "") + (
                f" colspan='{width}'" if width > 1 else ""
            )
            parts.append(f"<td{span}>{html.escape(filled(text, prints))}</td>")
        parts.append("</tr></table>")
    parts.append("</body></html>")
    return "\n".join(parts).encode("utf-8")


def _xlsx(paper: Paper, prints: Mapping[int, str]) -> bytes:
    """Each title opens a sheet of the workbook, as final-accounts software hands them out."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet, row = book.create_sheet(), 1
    for block in paper.blocks:
        if isinstance(block, Words):
            if block.level == 1 and row > 1:
                sheet, row = book.create_sheet(), 1
            sheet.cell(row, 1, filled(block.text, prints))
            row += 1
            continue
        for r, c, height, width, text in _spans(block):
            value = filled(text, prints)
            cell = sheet.cell(row + r, c + 1)
            only_figure = len(marks_in(text)) == 1 and text.startswith("\ue000") and text.endswith("\ue001")
            if only_figure:
                cell.value = Decimal(value.replace(",", ""))
                cell.number_format = "#,##0.00" if "." in value else "0"
            else:
                cell.value = value or None
            if height > 1 or width > 1:
                sheet.merge_cells(
                    start_row=row + r, start_column=c + 1, end_row=row + r + height - 1, end_column=c + width
                )
        row += len(block.rows) + 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
