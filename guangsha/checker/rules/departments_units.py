"""Family U between documents: a department's report against the reports of its units. Source: performance.md §5.6.

A unit is a row of the department's score table when the row has its name, its short name or an abbreviation that no other
unit and no other row fits (住保中心 for 市住房保障服务中心). What some units printed is compared with all of the department's only where every row has its document; otherwise it is
only held that a part does not exceed its whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.checker.document import squeeze
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    Wording,
    broken,
    check_at_most,
    check_cell,
    check_sum,
    held,
    in_unit,
    not_checked,
)
from guangsha.facts.accounts import COLUMN_LABELS
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import Indicator, Report
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import plain

_ALONE = "没有同时提供部门和所属单位的文档"
_ADVICE = "请核对部门汇总数与单位公开的数据，更正其中一处。"

#: Money from the treasury: no unit passes it on to another, so that nothing is counted twice in the sum.
_ADDED: tuple[tuple[str, str, str], ...] = (
    ("revenue", "total", "fiscal"),
    ("general_expenditure", "total", "total"),
    ("general_expenditure", "total", "basic"),
    ("general_expenditure", "total", "project"),
    ("government_fund", "total", "total"),
    ("three_public", "budget", "total"),
    ("three_public", "executed", "total"),
)
#: Letters of a row's name at least, where it abbreviates a unit's.
_SHORT_LEAST = 3
#: A number with its measure and nothing else.
_NUMBER = re.compile(r"^[^\d]{0,6}(\d+(?:\.\d+)?)\s*([^\d\s]{0,4})$")


@dataclass(frozen=True, slots=True)
class _Units:
    """The units whose documents were handed over: member key → figures; ``complete``: no row is without one."""

    found: dict[str, FactSet]
    complete: bool


def _units(case: Case) -> _Units:
    rollup = case.report.rollup
    rows = {key: squeeze(rollup.name(key)) for key in rollup.members}
    fitting = [[key for key, row in rows.items() if _names(row, facts)] for facts in case.others]
    found: dict[str, FactSet] = {}
    for facts, keys in zip(case.others, fitting, strict=True):
        rivals = {squeeze(o.unit) for o, others in zip(case.others, fitting, strict=True) if keys == others}
        if len(keys) != 1 or len(rivals) != 1:
            continue
        known = found.get(keys[0])
        found[keys[0]] = known.plus(_new(known, facts)) if known is not None else facts
    return _Units(found, bool(found) and len(found) == len(rows))


def _names(row: str, facts: FactSet) -> bool:
    """Whether a row's name is the unit's, its short name, or its letters in their order."""
    short = facts.find("unit.short_name")
    unit = squeeze(facts.unit)
    if row in (unit, squeeze(short.text) if short is not None else unit):
        return True
    letters = iter(unit)
    return len(row) >= _SHORT_LEAST and all(letter in letters for letter in row)


def _new(known: FactSet, more: FactSet) -> list[Fact]:
    """The figures of a unit's second document (决算 beside 自评) that its first does not give."""
    return [fact for fact in more if fact.key not in known]


@rule(
    "U09",
    title="部门汇总的单位项目支出与单位自评表一致",
    scope="部门与单位",
    formula="部门表中单位项目支出＝单位自评表项目支出（其他资金安排的部分可以不计）",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="部门汇总表由各单位的自评表得来，抄错一处两份公开件就互相矛盾。",
    source="岳阳市市直部门整体支出绩效自评报告“单位得分表”；performance.md §5.6",
    example="住保中心：部门表 66.33，自评表 78.09，差额 11.76 为其他资金安排的项目支出。",
    absent=_ALONE,
)
def u09(case: Case) -> Iterator[Relation]:
    for key, facts in _units(case).found.items():
        listed = case.facts.find("rollup.project_money", member=key)
        overall = Report(facts).overall
        own = overall.by_expenditure().get("project") if overall else None
        if listed is None or own is None or overall is None:
            continue
        subject = f"“{case.report.rollup.name(key)}”的项目支出与单位自评表"
        less = in_unit(own, listed.unit) - listed.number
        # departments list what the general budget paid; funds and other money of the unit may be left out
        besides = (fact for source, fact in overall.by_revenue.items() if source != "general_public")
        from_others = sum((in_unit(fact, listed.unit) for fact in besides), Decimal(0))
        if 0 < less <= from_others:
            yield held("U09", subject)
        elif less > 0 and not overall.by_revenue:
            yield not_checked("U09", subject, "单位自评表没有列出其他资金")
        else:
            yield check_cell("U09", Severity.ERROR, listed, own, Wording(subject, _ADVICE))


@rule(
    "U14",
    title="部门决算等于各单位决算之和",
    scope="部门与单位",
    formula="部门财政拨款收支、“三公”经费＝∑各单位；只有部分单位的文档时：单位数≤部门数",
    tolerance="SUM(n)、CELL",
    severity=Severity.ERROR,
    why="部门决算由本级和各单位决算汇总；财政拨款不在单位之间往来，没有抵销数。",
    source="部门决算汇总范围；performance.md §5.6",
    absent=_ALONE,
)
def u14(case: Case) -> Iterator[Relation]:
    units = _units(case)
    for table, row, column in _ADDED:
        concept = f"accounts.{table}"
        total = case.facts.find(concept, row=row, column=column)
        given = {key: facts.find(concept, row=row, column=column) for key, facts in units.found.items()}
        parts = [fact for fact in given.values() if fact is not None]
        if total is None or not parts:
            continue
        subject = f"部门《{ACCOUNTS[table][0]}》{_row(row)}的{COLUMN_LABELS[table][column]}与各单位"
        printed = [facts.find(concept, row=row, column="total") for facts in units.found.values()]
        # a blank cell of a table that prints its total is nothing; a unit without the table is unknown
        if units.complete and all(fact is not None for fact in printed):
            yield check_sum("U14", Severity.ERROR, total, parts, Wording(subject, _ADVICE))
            continue
        for part in parts:
            yield check_at_most(
                "U14", Severity.ERROR, part, total, Wording(f"{subject}（单位不超过部门）", _ADVICE)
            )


def _row(row: str) -> str:
    return {"total": "合计", "budget": "预算数", "executed": "决算数"}.get(row, row)


@rule(
    "U16",
    title="部门指标与各单位同名指标衔接",
    scope="部门与单位",
    formula="计数指标：部门实际值＝∑各单位；比率指标：部门实际值在各单位最低与最高之间",
    tolerance="SC",
    severity=Severity.WARNING,
    why="部门指标由单位汇总：计数相加，比率按资金加权，加权平均不会越出两端。",
    source="武汉市部门整体绩效自评表填报说明 2；performance.md §5.6",
    absent=_ALONE,
)
def u16(case: Case) -> Iterator[Relation]:
    units = _units(case)
    overall = case.report.overall
    if overall is None or not units.complete:
        return
    sheets = [sheet for facts in units.found.values() if (sheet := Report(facts).overall) is not None]
    if len(sheets) < len(units.found):
        return
    for indicator in overall.indicators:
        same = [i for sheet in sheets for i in sheet.indicators if squeeze(i.name) == squeeze(indicator.name)]
        if len(same) >= 2 and len(same) <= len(sheets):
            yield from _compared(indicator, same)


def _compared(indicator: Indicator, units: Sequence[Indicator]) -> Iterator[Relation]:
    """One indicator of the department against the same of its units, where all print a plain number in one measure."""
    read = [_value(item) for item in (indicator, *units)]
    measures = {value[1] for value in read if value is not None}
    if None in read or len(measures) != 1:
        return
    values = [value[0] for value in read if value is not None]
    whole, parts, measure = values[0], values[1:], measures.pop()
    subject = f"部门指标“{indicator.name}”与各单位同名指标"
    if measure == "%":
        fits, expected = min(parts) <= whole <= max(parts), f"{plain(min(parts))}%至{plain(max(parts))}%"
    elif measure:
        total = sum(parts, Decimal(0))
        fits, expected = whole == total, f"{plain(total)}{measure}"
    else:
        return
    if fits:
        yield held("U16", subject)
        return
    facts = [fact for item in (indicator, *units) if (fact := item.get("actual")) is not None]
    yield broken(
        "U16", Severity.WARNING, "sum", f"{subject}：各单位合起来应为 {expected}，部门为 {plain(whole)}{measure}。",
        subject=subject, expected=expected, found=f"{plain(whole)}{measure}", facts=facts, advice=_ADVICE,
    )  # fmt: skip


def _value(indicator: Indicator) -> tuple[Decimal, str] | None:
    """An actual value that is a number with its measure and nothing else (``4018套``, ``98.5%``)."""
    found = _NUMBER.match(indicator.actual.replace("％", "%").strip())
    return (Decimal(found[1]), found[2]) if found else None
