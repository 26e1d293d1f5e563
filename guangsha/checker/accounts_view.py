"""What the rules on final accounts share: cells with their printed names, and when a blank counts as nothing.

A published table prints every total; a figures file may leave totals to be computed. So a blank cell counts as 0 only
where its table prints totals (:meth:`AccountsView.given`); elsewhere the relation is not checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from guangsha.checker.registry import Case
from guangsha.checker.relations import Wording, check_cell, check_sum, not_checked
from guangsha.facts.accounts import COLUMN_LABELS, Accounts, is_code
from guangsha.facts.classification import name_of
from guangsha.facts.fact import DerivedSource, Fact
from guangsha.facts.forms import (
    ACCOUNTS,
    FISCAL_EXPENDITURE,
    FISCAL_INCOME,
    OVERVIEW_EXPENDITURE,
    OVERVIEW_INCOME,
)
from guangsha.kernel.findings import Relation, Severity

#: Legal and formal base of the tables.
FORM = "部门决算公开表（公开01–09）栏目关系；《地方预决算公开操作规程》财预〔2016〕143号"
NO_ACCOUNTS = "报告中没有部门决算公开表"
NO_PRIOR = "没有提供上年决算公开表"

#: Rows that show whether a table prints its totals.
_TOTAL_ROWS: dict[str, tuple[str, ...]] = {
    "overview": ("income.total", "expenditure.total", "income.grand", "expenditure.grand"),
    "fiscal_overview": ("income.total", "expenditure.total", "income.grand", "expenditure.grand"),
    "basic_detail": ("personnel.total", "public.total"),
}

_ROW_LABELS: dict[str, dict[str, str]] = {
    "overview": OVERVIEW_INCOME | OVERVIEW_EXPENDITURE,
    "fiscal_overview": FISCAL_INCOME | FISCAL_EXPENDITURE,
    "basic_detail": {"personnel.total": "人员经费合计", "public.total": "公用经费合计"},
    "three_public": {"budget": "预算数", "executed": "决算数"},
}

Place = tuple[str, str, str]


class AccountsView:
    """The tables of one year as the rules read them."""

    def __init__(self, case: Case, *, prior: bool = False) -> None:
        self.case = case
        self.accounts = Accounts(case.report, prior=prior)
        self.year = self.accounts.year
        self._numbers = case.profile.document.accounts_numbers

    def given(self, table: str) -> bool:
        """Whether the table prints its totals, so that a blank cell in it means nothing was spent or received."""
        entries = self.accounts.table(table)
        if table == "three_public":
            return any(entries.cell(row, "total") for row in ("budget", "executed"))
        totals = _TOTAL_ROWS.get(table, ("total",))
        return any(row in totals for row in entries.rows)

    def entry(self, place: Place) -> Fact | None:
        return self.accounts.entry(*place)

    def cell(self, place: Place) -> Fact | None:
        """The printed figure; 0 for a blank cell of a table that prints its totals; None where nobody can tell."""
        found = self.entry(place)
        if found or not self.given(place[0]):
            return found
        table, row, column = place
        return Fact.of(
            f"accounts.{table}", Decimal("0.00"), year=self.year, row=row, column=column,
            source=DerivedSource("空白单元格，按 0 计"),
        )  # fmt: skip

    def entries(self, places: Iterable[Place]) -> list[Fact]:
        """The non-blank figures among ``places``."""
        return [fact for fact in map(self.entry, places) if fact]

    def title(self, table: str) -> str:
        """``公开02表《收入决算表》``; the number differs by place and year."""
        return f"{self._numbers.get(table, '')}《{ACCOUNTS[table][0]}》"

    def row_label(self, table: str, row: str) -> str:
        if is_code(row):
            name = self.accounts.table(table).row_name(row) or name_of(row, self.year)
            return f"{row} {name}".strip()
        if row.startswith("class."):
            code = row.removeprefix("class.")
            return name_of(code, self.year) or f"{code} 类"
        return _ROW_LABELS.get(table, {}).get(row, "合计" if row == "total" else row)

    def label(self, place: Place) -> str:
        """A cell in the words of its table: title, row, column."""
        table, row, column = place
        column_label = COLUMN_LABELS[table].get(column, column)
        return f"{self.title(table)}{self.row_label(table, row)}的{column_label}"

    # --- relations ------------------------------------------------------------------------------------------

    def sum_of(
        self,
        rule: str,
        total: Place,
        addends: Iterable[Place],
        how: str,
        *,
        minus: Iterable[Place] = (),
        severity: Severity = Severity.ERROR,
        advice: str = "请核对明细数据，更正合计或分项。",
    ) -> Iterator[Relation]:
        """SUM(n) of ``total`` against the non-blank ``addends``; nothing at all where the table is blank there."""
        subject = f"{self.label(total)}＝{how}"
        parts, taken = self.entries(addends), self.entries(minus)
        printed = self.cell(total)
        if not parts and not taken:
            if printed is not None and printed.number != 0:
                yield not_checked(rule, subject, "合计有数，各加项均为空白")
        elif printed is None:
            yield not_checked(rule, subject, "表中没有给出合计，由系统计算")
        else:
            yield check_sum(rule, severity, printed, parts, Wording(subject, advice), minus=taken)

    def same(
        self,
        rule: str,
        first: Place,
        second: Place,
        *,
        severity: Severity = Severity.ERROR,
        advice: str = "两处应为同一数据，请核对后更正其中一处。",
    ) -> Iterator[Relation]:
        """CELL: two cells hold one figure; both blank in printed tables holds, one unknown is not checked."""
        subject = f"{self.label(first)}＝{self.label(second)}"
        one, two = self.cell(first), self.cell(second)
        if one is not None and two is not None:
            yield check_cell(rule, severity, one, two, Wording(subject, advice))
        elif one is not None or two is not None:
            missing = first if one is None else second
            yield not_checked(rule, subject, f"{self.title(missing[0])}没有给出该数")


def carried_over(
    rule_id: str, case: Case, pairs: Sequence[tuple[Place, Place]], advice: str = ""
) -> Iterator[Relation]:
    """Opening cells of this year against closing cells of the year before, where both tables were given."""
    now, before = AccountsView(case), AccountsView(case, prior=True)
    for opening, closing in pairs:
        if not before.given(closing[0]) or not now.given(opening[0]):
            continue
        one, two = now.cell(opening), before.cell(closing)
        if one is None or two is None:
            continue
        if opening[1] == closing[1] == "total" and one.number == two.number == 0:
            continue
        subject = f"{now.label(opening)}＝{before.year} 年度{before.label(closing)}"
        wording = Wording(subject, advice or "请核对上年决算；因调整账务而不一致的，应说明原因。")
        yield check_cell(rule_id, Severity.ERROR, one, two, wording)
