"""Numeric statements of the prose as the rules read them: which rule a statement belongs to, and its cells.

A transcribed statement names its rule in its id (``s05-221``); one that was read from a document is placed by the
cells it is bound to and by the words of its subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from guangsha.checker.accounts_view import AccountsView, Place
from guangsha.checker.registry import Case
from guangsha.checker.relations import (
    Wording,
    check_cell,
    check_percent,
    check_sum,
    not_checked,
)
from guangsha.facts.classification import class_rows
from guangsha.facts.fact import DerivedSource, Fact
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import Statement
from guangsha.kernel.findings import Relation, Severity

#: Ids that name a rule of these two families; the ids of other families leave the statement to its words.
_NAMED_RULE = re.compile(r"^([sy]\d\d)(?:-|$)")

#: Words of a subject and the rule they belong to, tried in order within one kind of statement.
_SUBJECTS: dict[str, tuple[tuple[str, str], ...]] = {
    "share": (
        (r"一般公共预算.*占本年支出", "S04"),
        (r"占本年收入", "S02"),
        (r"占本年支出", "S03"),
        (r"采购|中小企业|小微企业", "S18"),
        (r"自评.*占|覆盖", "S21"),
    ),
    "completion": ((r"三公|因公出国|公务用车|公务接待", "S12"), (r"一般公共预算财政拨款支出", "S07")),
    "growth": ((r"比(?:年初|全年)?预算", "S16"),),
    "sum": (
        (r"累计", "Y09"),
        (r"年初预算.*功能分类|功能分类.*年初预算", "S06"),
        (r"采购", "S17"),
        (r"人员经费.*公用经费", "S11"),
        (r"自评.*项目.*资金", "S20"),
    ),
    "amount": (
        (r"机关运行", "S15"),
        (r"三公|因公出国|公务用车|公务接待", "S12"),
        (r"收入支出总计|收支总计|收入合计|支出合计", "S01"),
    ),
    "count": ((r"保有量", "S14"), (r"共有车辆|车辆(?:总)?数", "S19"), (r"自评.*项目数", "S20")),
}

#: Tables that a statement is bound to and the rule for its kind; ``*`` stands for any other kind.
_TABLES: dict[str, dict[str, str]] = {
    "overview": {"share": "S05", "sum": "S10", "*": "S01"},
    "fiscal_overview": {"share": "S05", "completion": "S07", "sum": "S10", "*": "S01"},
    "revenue": {"share": "S02", "sum": "S10", "*": "S01"},
    "expenditure": {"share": "S03", "sum": "S10", "*": "S01"},
    "general_expenditure": {"share": "S05", "completion": "S07", "sum": "S09", "*": "S01"},
    "government_fund": {"share": "S05", "sum": "S10", "*": "S01"},
    "state_capital": {"share": "S05", "sum": "S10", "*": "S01"},
    "basic_detail": {"amount": "S15", "*": "S11"},
    "three_public": {"*": "S12"},
}

#: The rule that recomputes a statement which nothing else tells apart.
_REMAINING = {"share": "S05", "completion": "S07", "sum": "S10", "difference": "S10"}


class Statements:
    """All statements of a report with the rule that each belongs to."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.view = AccountsView(case)

    def of(self, *rules: str, kind: str = "") -> Iterator[Statement]:
        """Statements that belong to one of ``rules``, in order of appearance.

        None where the report holds no final accounts: its prose is the business of family N.
        """
        if not self.view.accounts:
            return
        for statement in self.case.report.statements:
            if self.rule(statement) in rules and kind in ("", statement.kind):
                yield statement

    def rule(self, statement: Statement) -> str:
        """Id of the rule that ``statement`` belongs to; empty when none claims it."""
        named = _NAMED_RULE.match(statement.id)
        if named:
            return named[1].upper()
        for pattern, rule in _SUBJECTS.get(statement.kind, ()):
            if re.search(pattern, statement.subject):
                return rule
        if statement.kind in ("share", "completion") and statement.subject.startswith(self._classes):
            return "S05" if statement.kind == "share" else "S07"
        for role in ("part", "executed", "total", "current", "amount"):
            place = cell_place(statement.cells.get(role, ""))
            if place:
                return self._rule_of_cell(statement, place[0])
        return _REMAINING.get(statement.kind, "")

    @cached_property
    def _classes(self) -> tuple[str, ...]:
        return tuple(row.name for row in class_rows(self.case.report.year))

    @staticmethod
    def _rule_of_cell(statement: Statement, table: str) -> str:
        whole = cell_place(statement.cells.get("whole", ""))
        if (
            statement.kind == "share"
            and table == "general_expenditure"
            and whole
            and whole[0] == "expenditure"
        ):
            return "S04"
        by_kind = _TABLES.get(table, {})
        if statement.kind == "growth":
            return "Y02"
        return by_kind.get(statement.kind, by_kind.get("*", ""))

    def cell(self, statement: Statement, role: str) -> Fact | None:
        """The figure of the accounts that a role is bound to; None when it is bound to none or the cell is unknown."""
        path = statement.cells.get(role, "")
        place = cell_place(path)
        if place is None:
            return None
        if path.startswith("computed:"):
            return self.view.accounts.computed(*place)
        return self.view.cell(place)

    def check_cells(self, rule: str, severity: Severity, statement: Statement) -> Iterator[Relation]:
        """CELL for every role that is bound to a cell of the accounts."""
        for role, path in statement.cells.items():
            printed, place = statement.roles.get(role), cell_place(path)
            if printed is None or place is None:
                continue
            named = statement.labels.get(role, "")
            subject = f"文字说明“{statement.subject}{named and f'：{named}'}”＝{self.view.label(place)}"
            cell = self.cell(statement, role)
            if cell is None:
                yield not_checked(rule, subject, f"{self.view.title(place[0])}没有给出该数")
            else:
                yield check_cell(rule, severity, printed, cell, Wording(subject, "请按决算表更正文字说明。"))


def cell_place(path: str) -> Place | None:
    """``accounts.overview/income.grand/amount`` as (table, row, column); None when it names no cell of the accounts.

    >>> cell_place("computed:accounts.revenue/2210201/total")
    ('revenue', '2210201', 'total')
    """
    parts = path.removeprefix("computed:").removeprefix("accounts.").split("/")
    if "accounts." not in path or len(parts) != 3 or parts[0] not in ACCOUNTS:
        return None
    return parts[0], parts[1], parts[2]


def parts_of(statement: Statement) -> list[Fact]:
    """The addends of a sum, in printed order."""
    numbered = [role for role in statement.roles if role.startswith("part.")]
    return [statement.roles[role] for role in sorted(numbered, key=lambda role: int(role.split(".")[1]))]


def stated(percent: Fact) -> Fact:
    """A printed ``100%`` claims the whole: it stands for 100.00, not for anything from 99.5 up."""
    if percent.number == 100 and not percent.decimals:
        return replace(percent, decimals=2)
    return percent


def check_share(
    rule: str, severity: Severity, statement: Statement, roles: tuple[str, str] = ("part", "whole")
) -> Iterator[Relation]:
    """PCT of a share or a completion (``roles`` name numerator and denominator)."""
    part, whole, percent = (statement.roles.get(role) for role in (*roles, "percent"))
    if percent is None:
        return
    subject = f"“{statement.subject}”的百分比"
    if part is None or whole is None:
        yield not_checked(rule, subject, "文字说明没有同时给出分子和分母")
    else:
        wording = Wording(subject, "请按决算数重新计算百分比。")
        yield check_percent(rule, severity, stated(percent), part, whole, wording)


def check_parts(rule: str, severity: Severity, statement: Statement, advice: str = "") -> Iterator[Relation]:
    """SUM(n) of a ``sum`` statement."""
    total, parts = statement.roles.get("total"), parts_of(statement)
    if total is not None and parts:
        wording = Wording(f"“{statement.subject}”合计", advice or "请核对各分项与合计，更正有误的一处。")
        yield check_sum(rule, severity, total, parts, wording)


def made_amount(
    statement: Statement, role: str, value: Decimal, formula: str, inputs: tuple[Fact, ...]
) -> Fact:
    """An amount that follows from a statement's printed ones."""
    return Fact.of(
        "statement.amount", value, year=inputs[0].year, unit=inputs[0].unit, statement=statement.id, role=role,
        source=DerivedSource(formula, tuple(fact.key for fact in inputs)),
    )  # fmt: skip


def is_decrease(statement: Statement) -> bool:
    """Whether a growth statement speaks of a decrease.

    A transcription writes a decrease as a negative number; a reader that lost the sign is recognised when the
    difference is larger than the current figure.
    """
    delta, percent, current = (statement.roles.get(role) for role in ("delta", "percent", "current"))
    if delta is not None and delta.number < 0:
        return True
    if percent is not None and percent.number < 0:
        return True
    return delta is not None and current is not None and 0 <= current.number < delta.number and (
        statement.roles.get("prior") is None and percent is not None and percent.number <= 100
    )  # fmt: skip


def prior_of(statement: Statement) -> Fact | None:
    """Last year's figure of a growth statement: as printed, or implied by current less difference."""
    given = statement.roles.get("prior")
    if given is not None:
        return given
    current, delta = statement.roles.get("current"), statement.roles.get("delta")
    if current is None or delta is None:
        return None
    change = -abs(delta.number) if is_decrease(statement) else delta.number
    return made_amount(statement, "prior", current.number - change, "本年数－增减额", (current, delta))


def change_of(statement: Statement) -> Fact | None:
    """The difference of a growth statement: as printed, or current less the printed prior figure."""
    current, prior = statement.roles.get("current"), statement.roles.get("prior")
    if "delta" in statement.roles or current is None or prior is None:
        return statement.roles.get("delta")
    return made_amount(statement, "delta", current.number - prior.number, "本年数－上年数", (current, prior))


def about_three_public(statement: Statement) -> bool:
    """Whether a statement is bound to a cell of the 三公 table."""
    return any(place[0] == "three_public" for path in statement.cells.values() if (place := cell_place(path)))
