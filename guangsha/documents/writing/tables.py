"""tables.xlsx: all forms of a unit's year in one workbook, as official tables, with live formulas.

The forms are those of the report (one layout for docx, pdf, html and xlsx); every figure that follows from others on
its sheet is a formula whose stored value was computed here exactly. Source: performance.md §4.2–§4.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from guangsha.checker.registry import CheckResult
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.tables_accounts import accounts_sheets
from guangsha.documents.writing.tables_board import Board, Live
from guangsha.documents.writing.tables_formulas import (
    blank_amounts,
    grade,
    key_of,
    row_keys,
    score_sum,
    teach_base_table,
    teach_scored_sheet,
)
from guangsha.documents.writing.tables_lists import (
    FINDING_WIDTHS,
    SOURCE_WIDTHS,
    ListLooks,
    RollupSheet,
    write_findings,
    write_sources,
)
from guangsha.documents.writing.tables_sheet import TableSheet, block_summary, column_widths
from guangsha.documents.writing.tree import Document, Table
from guangsha.documents.writing.xlsx import Sheet, Workbook
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.report import Report
from guangsha.kernel.findings import Severity
from guangsha.kernel.measures import WAN_YUAN
from guangsha.scoring.profile import Profile, Rounding
from guangsha.scoring.results import ScoredSheet, Scores

_CONTENTS = "目录"
_BASE_TABLE = "base-table"
_SHEET = "sheet-"


def write_tables(
    facts: FactSet,
    profile: Profile,
    scores: Scores,
    checked: CheckResult | None,
    accounts: Sequence[Fact],
) -> bytes:
    """The workbook of a unit's year: 目录, 基础数据表, 整体自评表, 项目自评表, 部门汇总, 公开01–09, 勾稽核对, 数据来源.

    Args:
        facts: everything known, given and computed.
        profile: the place's rules and forms.
        scores: the scored sheets and the roll-up.
        checked: what the checker found; None leaves its sheet out.
        accounts: rebuilt cells of the final accounts.

    Returns:
        An xlsx file; the same input gives the same bytes.
    """
    document = build_report(facts, profile, scores, checked, accounts)
    tables = _Tables(facts.plus(accounts), profile, scores, _remarks(checked))
    tables.forms(document)
    tables.rollup()
    tables.accounts()
    if checked is not None:
        sheet = tables.add(
            "勾稽核对", "勾稽核对结果", "各表数字之间的核对结果", FINDING_WIDTHS, (3, 0), (2, 2)
        )
        write_findings(tables.book, sheet, checked)
    sheet = tables.add("数据来源", "数据来源", "每一项数据的数值、单位和出处", SOURCE_WIDTHS, (3, 0), (2, 2))
    write_sources(tables.book, sheet, tables.facts)
    tables.contents()
    return tables.book.to_bytes()


def form_tables(document: Document) -> Iterator[tuple[Table, bool]]:
    """The forms of a report (base data table, scoring sheets) in order, with whether their page is landscape."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table) and (block.id == _BASE_TABLE or block.id.startswith(_SHEET)):
                yield block, section.landscape


def _remarks(checked: CheckResult | None) -> Mapping[str, str]:
    """What the checker says about each fact, for the notes of the cells; tails are left to their own sheet."""
    said: dict[str, list[str]] = {}
    for relation in checked.relations if checked else ():
        finding = relation.finding
        if finding is None or finding.severity is Severity.INFO:
            continue
        for key in finding.facts:
            # A published score is compared with the computed one, and the form prints the latter.
            for printed in {key, key.replace("basis=published", "basis=computed")}:
                said.setdefault(printed, []).append(
                    f"{finding.severity.label}（{finding.rule}）：{finding.message}"
                )
    return {key: "\n".join(dict.fromkeys(lines)) for key, lines in said.items()}


@dataclass
class _Entry:
    """One line of the table of contents."""

    sheet: Sheet
    title: str
    words: str


@dataclass
class _Tables:
    """The workbook in the making."""

    facts: FactSet
    profile: Profile
    scores: Scores
    remarks: Mapping[str, str]
    book: Workbook = field(init=False)
    entries: list[_Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.report = Report(self.facts)
        title = f"{self.facts.year}年度{self.facts.unit}绩效自评附表"
        self.book = Workbook(title=title, subject=self.profile.label)
        self.front = self.book.sheet(_CONTENTS, widths=(7, 60, 36), protect=False)

    def add(
        self,
        name: str,
        title: str,
        words: str,
        widths: Sequence[float],
        freeze: tuple[int, int] | None,
        repeat: tuple[int, int] | None,
        *,
        landscape: bool = True,
    ) -> Sheet:
        """A new sheet with its line in the table of contents."""
        sheet = self.book.sheet(
            self.book.free_name(name),
            widths=widths,
            freeze=freeze,
            repeat_rows=repeat,
            landscape=landscape,
            protect=False,
        )
        self.entries.append(_Entry(sheet, title, words))
        return sheet

    # --- forms ---------------------------------------------------------------------------------------------

    def forms(self, document: Document) -> None:
        """基础数据表 and the scoring sheets, as the report lays them out."""
        number = 0
        for table, landscape in form_tables(document):
            scored = self.scores.sheet(table.id.removeprefix(_SHEET)) if table.id != _BASE_TABLE else None
            if scored is None:
                name, words = "基础数据表", "人员、经费控制和厉行节约情况"
            elif scored.sheet.kind == "overall":
                name, words = "整体自评表", "整体支出绩效目标、完成情况和得分"
            else:
                number += 1
                name, words = f"项目{number} {scored.sheet.name}", f"项目：{scored.sheet.name}"
            self._form(table, scored, name, words, landscape)

    def _form(self, table: Table, scored: ScoredSheet | None, name: str, words: str, landscape: bool) -> None:
        widths = column_widths(table.widths, landscape=landscape)
        sheet = self.add(name, table.title, words, widths, None, None, landscape=landscape)
        board, year = Board(), self.facts.year
        blanks = blank_amounts(table, self.report) if scored is None else {}
        drawn = TableSheet(
            self.book, sheet, table, board, self._exact, self.remarks, self._formats(scored), blanks
        )
        placed = drawn.place()
        if scored is None:
            teach_base_table(board, self.report, self.profile)
        else:
            teach_scored_sheet(board, scored, self.profile, year)
        drawn.write(placed, widths, landscape=landscape)
        if scored is not None:
            last = drawn.next_row - 1
            sheet.print_area(0, 0, last, len(widths) - 1)
            self._summary(sheet, board, scored, drawn.next_row + 1)

    def _summary(self, sheet: Sheet, board: Board, scored: ScoredSheet, row: int) -> None:
        year = self.facts.year
        rows: list[tuple[str, Live | None, Live | None]] = []
        for block in scored.blocks:
            weight = score_sum(row_keys(scored, year, block.name, "weight"), block.weight, None)(board)
            score = score_sum(row_keys(scored, year, block.name), block.score, None)(board)
            if weight or score:
                rows.append((block.name, weight, score))
        total = key_of("sheet.total", year, sheet=scored.sheet.id, basis="computed")
        tier = grade(scored, self.profile, total)(board) if self.profile.grades else None
        if tier is not None:
            rows.append(("等级", None, tier))
        if rows:
            block_summary(sheet, self.book, board, row, rows)

    def _exact(self, key: str) -> Decimal | None:
        """The value behind a printed figure, money in 万元; computed figures are as printed."""
        fact = self.facts.by_key(key)
        if fact is None or not fact.declared.kind.numeric or fact.dimension("basis") == "computed":
            return None
        money = fact.unit is not None and fact.unit.dimension == "money"
        return fact.quantity.to(WAN_YUAN).value if money else fact.number

    def _formats(self, scored: ScoredSheet | None) -> Mapping[str, str]:
        """Formats of live rates and scores: they must not hide digits when an entry changes."""
        year, profile = self.facts.year, self.profile
        percent = f"0.{'0' * profile.rate.places}%" if profile.rate.places else "0%"
        made = {key_of("staff.control_rate", year, basis="computed"): percent}
        for name in ("building.scale", "building.cost"):
            made[key_of("statement.percent", year, role="percent", statement=f"text.{name}")] = percent
        if scored is not None:
            said = {"sheet": scored.sheet.id, "basis": "computed"}
            made[key_of("execution.rate", year, **said)] = percent
            made[key_of("execution.score", year, **said)] = _score_format(profile.execution_score)
            made[key_of("sheet.total", year, **said)] = _score_format(profile.total_score)
        return made

    # --- the rest --------------------------------------------------------------------------------------------

    def rollup(self) -> None:
        """部门汇总, where the scores hold one."""
        scored = self.scores.rollup
        if scored is None or not self.report.rollup:
            return
        title = f"{self.facts.year}年度部门整体支出绩效自评得分汇总表"
        widths = RollupSheet.widths(self.report)
        sheet = self.add("部门汇总", title, "各单位得分和部门得分", widths, (3, 2), (0, 2))
        RollupSheet(self.book, sheet, self.report, scored, self.profile).write(title)

    def accounts(self) -> None:
        """公开01–09, where final accounts were given."""
        for made in accounts_sheets(self.report, self.profile):
            table = made.table
            widths = column_widths(table.widths, landscape=made.landscape)
            head_last = 2 + made.layout.header_rows
            name = (table.number or table.title).removesuffix("表")
            sheet = self.add(
                name, f"{table.number} {table.title}".strip(), "部门决算", widths,
                (head_last + 1, 0), (0, head_last), landscape=made.landscape,
            )  # fmt: skip
            board = Board()
            remarks = {
                key: self.remarks[fact.key] for key, fact in made.figures.items() if fact.key in self.remarks
            }
            drawn = TableSheet(self.book, sheet, table, board, made.exact, remarks, {})
            placed = drawn.place()
            made.teach(board)
            drawn.write(placed, widths, landscape=made.landscape)

    def contents(self) -> None:
        """The first sheet: what is in the workbook, each line a link."""
        book, sheet, looks = self.book, self.front, ListLooks(self.book)
        link = book.style(size=11, color="0563C1", underline=True, border=True)
        plain_words = book.style(size=11, border=True, wrap=True)
        middle = book.style(size=11, border=True, align="center")
        sheet.merge(0, 0, 0, 2, self.facts.unit, book.style(bold=True, size=16, align="center"))
        sheet.merge(
            1, 0, 1, 2, f"{self.facts.year}年度绩效自评附表", book.style(bold=True, size=20, align="center")
        )
        sheet.height(0, 36)
        sheet.height(1, 40)
        for col, text in enumerate(("序号", "表名", "内容")):
            sheet.write(3, col, text, looks.head())
        for number, entry in enumerate(self.entries, 1):
            row = 3 + number
            sheet.write(row, 0, number, middle)
            sheet.link(row, 1, entry.sheet, entry.title, link)
            sheet.write(row, 2, entry.words, plain_words)
            sheet.height(row, 22)
        notes = (
            f"口径：{self.profile.label}（{self.profile.version}）。",
            "带公式的单元格随填报数自动计算；批注说明与原报数的差异和核对发现，批注不打印。",
        )
        for place, text in enumerate(notes):
            row = 5 + len(self.entries) + place
            sheet.merge(row, 0, row, 2, text, looks.note())


def _score_format(rounding: Rounding) -> str:
    """General where trailing zeros are dropped, else a fixed number of decimals."""
    if rounding.strip or rounding.places == 0:
        return "General"
    return "0." + "0" * rounding.places
