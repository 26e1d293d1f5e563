"""The head of a scoring sheet: who, the money block, revenue and expenditure by kind, and the goals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import (
    Figure,
    compact,
    figure,
    figures,
    in_wan_yuan,
    is_blank,
    label,
    money,
    words,
)
from guangsha.documents.reading.understanding.columns import Bound, Columns, columns_of
from guangsha.documents.reading.understanding.forms import FormRow
from guangsha.documents.reading.understanding.sheet_names import put_named_amount
from guangsha.documents.reading.understanding.sheet_words import (
    closing_field,
    is_goal_row,
    is_money_head,
    labelled,
    ticked,
    without_amount,
)
from guangsha.documents.reading.understanding.sheet_writer import SheetWriter
from guangsha.documents.reading.understanding.torn_amounts import read_torn_amounts
from guangsha.documents.reading.understanding.vocabulary import (
    fund,
    money_field,
    nature_of_expenditure,
    source_of_revenue,
    weight_in_head,
)
from guangsha.facts.forms import FUNDS, NATURES, REVENUE_SOURCES, STAGES

_AMOUNTS = ("initial", "full_year", "executed")
_SCORES = {"weight": "execution.weight", "rate": "execution.rate", "score": "execution.score"}
_PLACES = {"weight": "执行分值", "rate": "执行率", "score": "执行得分"}
#: ``其他资金：89.52`` in one cell.
_LABEL_AND_AMOUNT = re.compile(
    r"(?:其中[:：]?)?(?P<label>[^\d:：]{2,30})[:：]?(?P<amount>-?\d[\d,.]*)(?:万元)?"
)


class HeadReader:
    """Reads the rows of a sheet above its indicators, one after the other."""

    def __init__(self, writer: SheetWriter, rows: Sequence[FormRow]) -> None:
        self.writer = writer
        self.columns: Columns | None = None
        self.letters = any(re.search(r"B[/÷]A|[(（]A[)）].*[(（]B[)）]", row.text) for row in rows[:14])
        self.split = False  # 按收入性质分 has been passed
        self.structure = False  # 资金结构合计 has been passed (Yuelu)
        self.goals: tuple[TableCell | None, TableCell | None] | None = None
        self.rows = rows
        self.name_cell: TableCell | None = None
        self.paired: tuple[str, ...] = ()  # stages of a head that printed its amounts beside it

    def read(self) -> None:
        """All rows in order."""
        for number, row in enumerate(self.rows):
            self._row(row, self.rows[number + 1 :])
        if self.name_cell is not None:
            put_named_amount(self.writer, self.name_cell)

    def _row(self, row: FormRow, below: Sequence[FormRow]) -> None:
        if self._entries(row) or self._goal(row):
            return
        self._weight_of_execution(row)
        self.structure = self.structure or "资金结构" in row.text
        if is_money_head(row):
            self.columns = columns_of(row, money_field, below)
            self._pairs(row)
            return
        if "资金结构" in row.text:
            self._structure_total(row)
            return
        if re.search(r"按(?:收入|支出)(?:性质|来源)|按支出性质", row.text):
            self.split = True
            self._parts(row)
            return
        if self._paired_fund(row) or self._fund(row):
            return
        self._parts(row)

    # --- who ----------------------------------------------------------------------------------------------

    def _entries(self, row: FormRow) -> bool:
        found = labelled(row)
        for field, cell in found.items():
            text = words(cell.text)
            if field == "unit":
                continue
            if field in ("category", "attribute", "type"):
                text = ticked("".join(c.text for c in row.filled[1:])) or (
                    "" if re.search(r"[□☐☑√∠]|\d、", text) else text
                )
            if field == "name":
                self.name_cell = cell
                text = without_amount(text)
            self.writer.text(field, text, cell)
        return bool(found)

    # --- money --------------------------------------------------------------------------------------------

    def _weight_of_execution(self, row: FormRow) -> None:
        """``预算执行情况（20分）`` or ``得分（20分×执行率）``: the points that execution carries."""
        for cell in row.filled:
            found = re.search(r"(?:执行|得分?|^\().{0,10}?(\d{1,2})分", compact(cell.text))
            if (
                found
                and re.search(r"执行(?:情况|率)|得|^[(（]\d+分", compact(cell.text))
                and Decimal(found[1]) > 0
            ):
                self.writer.once(
                    "execution.weight", Figure(Decimal(found[1]), 0, "分", found[0]), cell, "执行分值"
                )

    def _pairs(self, row: FormRow) -> None:
        """A head whose amounts stand beside it in the same row (``年初预算数 │ 300.39 │ 全年预算数 │ 1236.73``)."""
        stages: list[str] = []
        for head, value in pairwise(row.filled):
            field = money_field(head.text)
            if field and not money_field(value.text) and figure(value.text) is not None:
                self._money_cell("total", field, value)
                stages.append(field)
        self.paired = tuple(stages) if set(stages) <= set(_AMOUNTS) else ()

    def _paired_fund(self, row: FormRow) -> bool:
        """``其中：财政拨款 │ 1200 │ 其中：财政拨款 │ 1162.20`` below a head with its amounts: one fund at each stage."""
        pairs = [
            (name, value)
            for head, value in pairwise(row.filled)
            if (name := fund(head.text)) and figure(value.text) is not None
        ]
        if len(self.paired) < 2 or len(pairs) != len(self.paired) or len({name for name, _ in pairs}) != 1:
            return False
        for stage, (name, value) in zip(self.paired, pairs, strict=True):
            if name != "total":
                self._money_cell(name, stage, value)
        return True

    def _fund(self, row: FormRow) -> bool:
        """A row of amounts by stage."""
        name, cell = self._fund_label(row)
        if not name or (self.split and name != "total"):
            return False
        values = [other for other in row.filled if other.column > cell.column and other is not cell]
        staged = self.columns is not None and self.columns.has("initial")
        if row.torn and name == "total" and not staged and (self.letters or self.columns is None):
            if len(values) < 2:
                return False
            read_torn_amounts(self.writer, values)
            return True
        if self.columns is None:
            return False
        bound = self.columns.bind(row)
        if not set(bound) & {*_AMOUNTS, *_SCORES}:
            return True  # a blank row of the block
        if self._yuelu(row, cell, bound):
            return True
        for field, found in bound.items():
            if field in _AMOUNTS or field in _SCORES:
                self._money_cell(name, field, found.cell, found)
        return True

    def _fund_label(self, row: FormRow) -> tuple[str, TableCell]:
        """The fund of a row and the cell that names it."""
        for cell in row.filled[:4]:
            name = fund(cell.text)
            if name:
                return name, cell
        first = row.filled[0] if row.filled else row.cells[0]
        joined = row.filled[:3]
        if row.torn and len(joined) > 1 and fund("".join(cell.text for cell in joined[:2])):
            return fund("".join(cell.text for cell in joined[:2])), joined[1]
        # Wuhan: a torn row of nothing but amounts right below the head
        if row.torn and self.letters and len(row.filled) >= 3 and all(figure(c.text) for c in row.filled):
            return "total", TableCell("", first.row, first.column - 1, spot=first.spot)
        return "", first

    def _money_cell(self, name: str, field: str, cell: TableCell, bound: Bound | None = None) -> None:
        text = bound.text if bound else cell.text
        if field in _AMOUNTS:
            self.writer.figure(
                "sheet.funds",
                money(text, self.writer.unit),
                cell,
                f"{FUNDS[name]}·{STAGES[field]}",
                fund=name,
                stage=field,
            )
            return
        found = figure(text)
        basis = {} if field == "weight" else {"basis": "published"}
        if name == "total":
            self.writer.once(_SCORES[field], found, cell, _PLACES[field], **basis)
        else:
            # Some print the points of execution again in the row of each fund: kept as that row's own.
            self.writer.part_figure(
                _SCORES[field], found, cell, f"{FUNDS[name]}·{_PLACES[field]}", fund=name, **basis
            )

    def _yuelu(self, row: FormRow, cell: TableCell, bound: dict[str, Bound]) -> bool:
        """Rows of 资金来源 and 资金结构 (Yuelu): money by source and by structure at two stages."""
        text = compact(cell.text)
        source = source_of_revenue(cell.text) if re.match(r"[(（]\d[)）]", text) else ""
        if not source:
            return False
        for stage in ("full_year", "executed"):
            found = bound.get(stage)
            if found:
                self.writer.figure(
                    "sheet.by_revenue", money(found.text, self.writer.unit), found.cell,
                    f"{REVENUE_SOURCES[source]}·{STAGES[stage]}", source=source, stage=stage,
                )  # fmt: skip
        return True

    def _structure_total(self, row: FormRow) -> None:
        """``资金结构合计``: the sheet's total printed again, compared with the first by whoever meets a key twice."""
        if self.columns is None or not re.search(r"资金结构(?:合计|总计)", compact(row.text)):
            return
        for stage, found in self.columns.bind(row).items():
            if stage in ("full_year", "executed"):
                self._money_cell("total", stage, found.cell, found)

    def _parts(self, row: FormRow) -> None:
        """Revenue and expenditure by kind: ``label │ amount`` or ``label：amount``, several in one row."""
        filled = row.filled
        found = False
        for place, cell in enumerate(filled):
            following = filled[place + 1] if place + 1 < len(filled) else None
            found = self._part(row, cell, following) or found
        if not found and row.torn:
            self._torn_parts(row)

    def _part(self, row: FormRow, cell: TableCell, following: TableCell | None) -> bool:
        name, text, at = cell.text, "", cell
        inline = _LABEL_AND_AMOUNT.fullmatch(compact(cell.text))
        if inline:
            name, text = inline["label"], inline["amount"]
        elif following is not None and figure(following.text) is not None:
            text, at = following.text, following
        source, nature = source_of_revenue(name), nature_of_expenditure(name)
        if nature and self.columns is not None and self.structure and not inline:
            self._structure_row(row, nature)
            return True
        amount = money(text, self.writer.unit) if text else None
        if amount is None:
            return False
        if nature:
            self.writer.figure(
                "sheet.by_expenditure",
                amount,
                at,
                f"按支出性质分·{NATURES[nature]}",
                nature=nature,
                stage="executed",
            )
        elif source and self.split:
            self.writer.figure(
                "sheet.by_revenue",
                amount,
                at,
                f"按收入性质分·{REVENUE_SOURCES[source]}",
                source=source,
                stage="full_year",
            )
        else:
            return False
        return True

    def _structure_row(self, row: FormRow, nature: str) -> None:
        assert self.columns is not None
        bound = self.columns.bind(row)
        for stage in ("full_year", "executed"):
            found = bound.get(stage)
            if found:
                self.writer.figure(
                    "sheet.by_expenditure", money(found.text, self.writer.unit), found.cell,
                    f"{NATURES[nature]}·{STAGES[stage]}", nature=nature, stage=stage,
                )  # fmt: skip

    def _torn_parts(self, row: FormRow) -> None:
        """Labels and amounts cut apart by guessed columns (``基本支出总额1449.61项目支 支出总额21404.66``)."""
        whole = " ".join(words(cell.text) for cell in row.filled)
        for nature, word in (("basic", "基本"), ("project", "项目")):
            found = re.search(rf"{word}[^\d]{{0,12}}总额\s*([\d,. ]*\d)", whole)
            amount = figures(found[1])[:1] if found else []
            if amount:
                at = next((c for c in row.filled if amount[0].quote in words(c.text)), row.filled[0])
                self.writer.figure(
                    "sheet.by_expenditure", in_wan_yuan(amount[0], self.writer.unit), at,
                    f"{NATURES[nature]}总额", nature=nature, stage="executed",
                )  # fmt: skip

    # --- goals --------------------------------------------------------------------------------------------

    def _goal(self, row: FormRow) -> bool:
        """Goals: a head row with two cells, then the texts below them; or everything in one cell."""
        if self.goals is not None:
            return self._goal_texts(row)
        if not is_goal_row(row):
            return False
        for cell in row.filled:
            if (
                re.search(r"预期目标[\s\S]*实际完成情况|年初[\s\S]*完成情况", cell.text)
                and len(compact(cell.text)) > 14
            ):
                self._goals_in_one_cell(cell)
                return True
        heads = [
            next((c for c in row.filled if re.fullmatch(pattern, label(c.text))), None)
            for pattern in (
                r"(?:年初)?(?:设定)?(?:预期|年度|年初)(?:总体)?目标(?:内容)?|年初设定目标",
                r"(?:全年)?(?:年度)?(?:总体)?(?:绩效)?(?:目标)?(?:实际)?完成情况(?:综述)?|实际完成目标",
            )
        ]
        if any(heads):
            self.goals = (heads[0], heads[1])
            return True
        return False

    def _goal_texts(self, row: FormRow) -> bool:
        assert self.goals is not None
        _, actual = self.goals
        self.goals = None
        if closing_field(row.text) or money_field(row.text) or is_money_head(row):
            return False
        for cell in row.filled:
            if len(label(cell.text)) <= 12 and re.fullmatch(r"年?度?(?:绩效)?总?体?目标", label(cell.text)):
                continue
            done = actual is not None and cell.column >= actual.column
            self.writer.text("goal_actual" if done else "goal_expected", words(cell.text), cell)
        return True

    def _goals_in_one_cell(self, cell: TableCell) -> None:
        parts = re.split(r"预期目标[:：]?|实际完成情况[:：]?", cell.text)
        expected, actual = (words(parts[1]), words(parts[2])) if len(parts) >= 3 else ("", words(parts[-1]))
        self.writer.text("goal_expected", "" if is_blank(expected) else expected, cell)
        self.writer.text("goal_actual", "" if is_blank(actual) else actual, cell)


def points_in(cell: TableCell) -> Figure | None:
    """The points a head gives in brackets."""
    found = weight_in_head(cell.text)
    return Figure(Decimal(found), 0, "分", compact(cell.text)) if found else None
