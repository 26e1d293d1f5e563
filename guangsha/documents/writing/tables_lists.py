"""The sheets of tables.xlsx that are lists: 部门汇总, 勾稽核对, 数据来源."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from guangsha.checker.registry import RULES, CheckResult
from guangsha.documents.writing.tables_board import rounded_text
from guangsha.documents.writing.tables_sheet import lines_of
from guangsha.documents.writing.xlsx import Sheet, Value, Workbook, address, span
from guangsha.facts.fact import (
    CellSource,
    DerivedSource,
    EntrySource,
    Fact,
    FactSet,
    MetricSource,
    Source,
)
from guangsha.facts.forms import ROLLUP_COMPONENTS, ROLLUP_METHODS
from guangsha.facts.report import Report, Rollup
from guangsha.kernel.findings import Outcome, Severity
from guangsha.kernel.measures import WAN_YUAN
from guangsha.kernel.numbers import divide, plain, round_to
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import ScoredRollup

#: Type size of the lists in points.
_SIZE = 10.0

#: Concept that holds a unit's weight under each method of rolling up.
_WEIGHTS = {
    "budget": ("rollup.budget", "全年预算数（万元）"),
    "executed": ("rollup.executed", "全年执行数（万元）"),
    "staff": ("rollup.staff", "在职人数（人）"),
    "project_money": ("rollup.project_money", "项目支出（万元）"),
}

_OUTCOMES = {
    Outcome.HELD: "相符",
    Outcome.TAIL: "尾差",
    Outcome.BROKEN: "不符",
    Outcome.NOT_CHECKED: "未核对",
}


@dataclass(frozen=True, slots=True)
class ListLooks:
    """Looks of the list sheets."""

    book: Workbook

    def head(self) -> int:
        return self.book.style(bold=True, size=10, align="center", wrap=True, border=True, fill="EDEDED")

    def words(self, align: Literal["left", "center"] = "left", *, bold: bool = False, color: str = "") -> int:
        return self.book.style(size=10, bold=bold, color=color, align=align, wrap=True, border=True)

    def number(self, code: str = "") -> int:
        return self.book.style(size=10, align="right", border=True, number=code)

    def title(self) -> int:
        return self.book.style(bold=True, size=18, align="center")

    def note(self) -> int:
        return self.book.style(size=10, wrap=True)


def fit_height(sheet: Sheet, row: int, texts: Sequence[tuple[str, float]]) -> None:
    """Height of a row of a list so that the longest text shows: (text, width in characters)."""
    lines = max((lines_of(text, width, _SIZE) for text, width in texts), default=1)
    if lines > 1:
        sheet.height(row, min(lines * _SIZE * 1.3 + 5, 400))


def title_and_head(
    book: Workbook, sheet: Sheet, title: str, note: str, heads: Iterable[str], lines: int = 1
) -> int:
    """Title, a line of explanation and the head row; returns the first row below them."""
    looks, names = ListLooks(book), list(heads)
    last = len(names) - 1
    sheet.merge(0, 0, 0, last, title, looks.title())
    sheet.height(0, 32)
    sheet.merge(1, 0, 1, last, note, looks.note())
    sheet.height(1, 15.0 * lines + 3)
    for col, text in enumerate(names):
        sheet.write(2, col, text, looks.head())
    sheet.height(2, 30)
    return 3


# --- 部门汇总 ------------------------------------------------------------------------------------------------


class RollupSheet:
    """Scores of a department's units, their mean with live formulas, and what the department printed."""

    def __init__(
        self, book: Workbook, sheet: Sheet, report: Report, scored: ScoredRollup, profile: Profile
    ) -> None:
        self.book, self.sheet, self.profile, self.scored = book, sheet, profile, scored
        self.given: Rollup = report.rollup
        self.facts = report.facts
        self.components = [name for name in self.given.components if name != "total"]
        self.members = list(self.given.members)
        self.looks = ListLooks(book)
        self.weight_col = 3 + len(self.components)
        self.first = 0

    @staticmethod
    def widths(report: Report) -> list[float]:
        return [6, 34, *([13] * (len(report.rollup.components) + 2))]

    def write(self, title: str) -> None:
        heads = ["序号", "单位", *(ROLLUP_COMPONENTS.get(c, c) for c in self.components), "总分"]
        weighted = self._weights()
        method = ROLLUP_METHODS.get(self.scored.method, self.scored.method)
        if weighted is not None:
            heads.append(_WEIGHTS[self.scored.method][1])
        label = f"原表称“{self.scored.label}”；" if self.scored.label else ""
        note = f"部门：{self.scored.department}　　{label}汇总方法：{method}"
        self.first = title_and_head(self.book, self.sheet, title, note, heads)
        for place, member in enumerate(self.members):
            self._member(self.first + place, place + 1, member, weighted)
        self._department(self.first + len(self.members), weighted)

    def _weights(self) -> dict[str, Decimal] | None:
        concept = _WEIGHTS.get(self.scored.method, ("", ""))[0]
        if not concept:
            return None
        found = {fact.dimension("member"): fact for fact in self.facts.select(concept)}
        return {
            member: fact.quantity.to(WAN_YUAN).value
            if fact.unit and fact.unit.dimension == "money"
            else fact.number
            for member, fact in found.items()
        }

    def _member(self, row: int, number: int, member: str, weighted: dict[str, Decimal] | None) -> None:
        sheet, figure = self.sheet, self.looks.number()
        sheet.write(row, 0, number, self.looks.words("center"))
        sheet.write(row, 1, self.given.name(member), self.looks.words())
        scores = [self.given.score(member, component) for component in self.components]
        for col, fact in enumerate(scores, 2):
            sheet.write(row, col, fact.number if fact else None, figure)
        total = self.given.score(member, "total")
        known = [fact.number for fact in scores if fact]
        col = 2 + len(self.components)
        if known:
            value = sum(known, Decimal(0))
            sheet.formula(row, col, f"SUM({span(row, 2, row, col - 1)})", figure, value)
            if total is not None and total.number != value:
                sheet.note(row, col, f"原报总分 {total.text}，各项之和 {plain(value)}。")
        else:
            sheet.write(row, col, total.number if total else None, figure)
        if weighted is not None:
            sheet.write(row, self.weight_col, weighted.get(member), figure)

    def _department(self, row: int, weighted: dict[str, Decimal] | None) -> None:
        """The department's row, the row as published, and the difference."""
        sheet, bold = self.sheet, self.looks.words("center", bold=True)
        sheet.merge(row, 0, row, 1, "部门得分", bold)
        rounding = self.profile.rollup_rounding
        figure = self.book.style(size=10, bold=True, align="right", border=True)
        for col, component in enumerate(self.components, 2):
            expected = self.scored.values.get(component)
            mean = self._mean(col, [self.given.score(m, component) for m in self.members], weighted)
            self._figure(row, col, mean, expected, figure)
        col = 2 + len(self.components)
        parts = [self.scored.values.get(component) for component in self.components]
        if self.profile.rollup_total == "sum_of_rounded":
            value = sum((p for p in parts if p is not None), Decimal(0))
            total: tuple[str, Decimal] | None = (f"SUM({span(row, 2, row, col - 1)})", value)
        else:
            total = self._mean(col, [self.given.score(m, "total") for m in self.members], weighted)
        self._figure(row, col, total, self.scored.total, figure)
        published = [self.given.published(component) for component in (*self.components, "total")]
        if not any(published):
            return
        sheet.merge(row + 1, 0, row + 1, 1, "部门公布得分", bold)
        sheet.merge(row + 2, 0, row + 2, 1, "差异（部门得分－公布得分）", bold)
        for place, (col, fact) in enumerate(enumerate(published, 2)):
            computed = ([*parts, self.scored.total])[place]
            sheet.write(row + 1, col, fact.number if fact else None, figure)
            if fact is None or computed is None:
                sheet.write(row + 2, col, None, figure)
                continue
            text = f"ROUND({address(row, col)}-{address(row + 1, col)},{max(rounding.places, 2)})"
            sheet.formula(row + 2, col, text, figure, computed - fact.number)

    def _mean(
        self, col: int, scores: list[Fact | None], weighted: dict[str, Decimal] | None
    ) -> tuple[str, Decimal] | None:
        """Formula of the mean down a column and its value; None where a score or weight is missing."""
        last = self.first + len(self.members) - 1
        cells, rounding = span(self.first, col, last, col), self.profile.rollup_rounding
        numbers = [fact.number for fact in scores if fact is not None]
        if len(numbers) != len(self.members):
            return None
        if weighted is None:
            value = divide(sum(numbers, Decimal(0)), Decimal(len(numbers)))
            text = f"AVERAGE({cells})"
        else:
            if any(member not in weighted for member in self.members):
                return None
            weights = [weighted[member] for member in self.members]
            whole = sum(weights, Decimal(0))
            if whole == 0:
                return None
            value = divide(sum((a * b for a, b in zip(numbers, weights, strict=True)), Decimal(0)), whole)
            at = span(self.first, self.weight_col, last, self.weight_col)
            text = f"SUMPRODUCT({cells},{at})/SUM({at})"
        return rounded_text(text, rounding), round_to(value, rounding.places, rounding.rounding)

    def _figure(
        self, row: int, col: int, made: tuple[str, Decimal] | None, expected: Decimal | None, style: int
    ) -> None:
        if made is not None and made[1] == expected:
            self.sheet.formula(row, col, made[0], style, made[1])
        else:
            self.sheet.write(row, col, expected, style)


# --- 勾稽核对 ------------------------------------------------------------------------------------------------

FINDING_HEADS = ("序号", "规则", "结论", "问题", "应为", "实为", "允许差", "位置", "建议")
FINDING_WIDTHS = (6, 20, 9, 50, 14, 14, 14, 56, 30)


def write_findings(book: Workbook, sheet: Sheet, checked: CheckResult) -> None:
    """Every finding, the grave ones first, then the relations that nobody could check and why."""
    looks, tally = ListLooks(book), checked.tally
    counts = "，".join(f"{label} {tally.counts[outcome]} 项" for outcome, label in _OUTCOMES.items())
    row = title_and_head(book, sheet, "勾稽核对结果", f"已核对 {tally.checked} 项：{counts}。", FINDING_HEADS)
    order = list(Severity)
    found = sorted(
        (r.finding for r in checked.relations if r.finding is not None), key=lambda f: order.index(f.severity)
    )
    colors = {Severity.ERROR: "C00000", Severity.WARNING: "9C5700", Severity.INFO: ""}
    for number, finding in enumerate(found, 1):
        verdict = looks.words("center", bold=True, color=colors[finding.severity])
        cells: tuple[Value, ...] = (
            number,
            _rule_words(finding.rule),
            finding.severity.label,
            finding.message,
            finding.expected,
            finding.found,
            finding.tolerance,
            "\n".join(str(place) for place in finding.where),
            finding.advice,
        )
        for col, value in enumerate(cells):
            sheet.write(
                row, col, value, verdict if col == 2 else looks.words("center" if col == 0 else "left")
            )
        fit_height(sheet, row, [(str(v), w) for v, w in zip(cells, FINDING_WIDTHS, strict=True)])
        row += 1
    if not found:
        sheet.merge(row, 0, row, len(FINDING_HEADS) - 1, "没有发现不符之处。", looks.words("center"))
        row += 1
    left = [r for r in checked.relations if r.outcome is Outcome.NOT_CHECKED]
    if left:
        last = len(FINDING_HEADS) - 1
        sheet.merge(row + 1, 0, row + 1, last, "未核对的关系及原因", looks.words("center", bold=True))
        for number, relation in enumerate(left, 1):
            at = row + 1 + number
            sheet.write(at, 0, number, looks.words("center"))
            sheet.write(at, 1, _rule_words(relation.rule), looks.words())
            sheet.write(at, 2, "未核对", looks.words("center"))
            sheet.write(at, 3, relation.subject, looks.words())
            sheet.merge(at, 4, at, last, relation.reason, looks.words())
            rule, subject = (
                (_rule_words(relation.rule), FINDING_WIDTHS[1]),
                (relation.subject, FINDING_WIDTHS[3]),
            )
            fit_height(sheet, at, [rule, subject, (relation.reason, sum(FINDING_WIDTHS[4:]))])


def _rule_words(rule: str) -> str:
    known = RULES.get(rule)
    return f"{rule} {known.title}" if known else rule


# --- 数据来源 ------------------------------------------------------------------------------------------------

SOURCE_HEADS = ("序号", "数据项", "数据标识", "年度", "数值", "单位", "来源方式", "出处")
SOURCE_WIDTHS = (7, 24, 64, 7, 36, 8, 13, 66)

_SOURCE_WORDS: dict[type[Source], str] = {
    CellSource: "填报表格",
    EntrySource: "人工录入",
    MetricSource: "业务记录统计",
    DerivedSource: "计算得出",
}


def write_sources(book: Workbook, sheet: Sheet, facts: FactSet) -> None:
    """Every fact with its value, its unit and where it comes from."""
    looks = ListLooks(book)
    note = f"本册全部数据 {len(facts)} 项；“数据标识”与 facts.json 一致。"
    first = title_and_head(book, sheet, "数据来源", note, SOURCE_HEADS)
    left, middle = looks.words(), looks.words("center")
    value = book.style(size=10, wrap=True, border=True)  # words stand left, numbers right
    styles = [middle, left, left, middle, value, middle, middle, left]
    rows = [_source_row(n, fact) for n, fact in enumerate(facts, 1)]
    sheet.write_rows(first, 0, rows, styles)
    for row, cells in enumerate(rows, first):
        fit_height(sheet, row, [(str(cells[k]), SOURCE_WIDTHS[k]) for k in (1, 2, 4, 7)])


def _source_row(number: int, fact: Fact) -> tuple[Value, ...]:
    """One line. A number with more than fifteen digits would be cut by the program that opens it: it stays text."""
    value: Value = fact.value
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > 15:
        value = fact.text
    return (
        number,
        fact.declared.label,
        fact.key,
        fact.year,
        value,
        fact.unit.symbol if fact.unit else "",
        _SOURCE_WORDS[type(fact.source)],
        str(fact.source.place()),
    )
