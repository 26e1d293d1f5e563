"""The figures that the books can prove: budget, execution and revenue of a year, cut by any of their codes.

A budget figure counts budget lines and their dated adjustments, an executed figure the postings that executed them, so
that what is printed is what the books hold (operations.md §5, performance.md §2.3). Money is whole fen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from guangsha.facts.metrics import Parameter, Record, Row, Scope, metric, rows
from guangsha.ledger.access import books_of
from guangsha.ledger.models import BudgetLine, BudgetMove, Posting
from guangsha.ledger.rules import (
    BUDGET_MOVE_KINDS,
    ENTRY_KINDS,
    FUND_SOURCES,
    NATURES,
    VINTAGES,
    yuan_text,
)

#: How the lines of a year may be cut; codes are prefixes, several are joined by commas.
CUTS = (
    Parameter("fund_source", "资金来源", FUND_SOURCES),
    Parameter("nature", "支出性质", NATURES),
    Parameter("vintage", "指标来源", VINTAGES),
    Parameter("functional", "功能分类"),
    Parameter("economic", "经济分类"),
    Parameter("project", "项目编码"),
)
#: 三公经费 by 款 of the economic classification for departments (《政府收支分类科目》部门预算支出经济分类；quoted from knowledge).
THREE_PUBLIC: dict[str, tuple[str, tuple[str, ...]]] = {
    "total": ("三公经费合计", ("30212", "30217", "30231", "30913", "31013")),
    "abroad": ("因公出国（境）费", ("30212",)),
    "reception": ("公务接待费", ("30217",)),
    "vehicles": ("公务用车购置及运行维护费", ("30231", "30913", "31013")),
    "vehicle_purchase": ("公务用车购置费", ("30913", "31013")),
    "vehicle_running": ("公务用车运行维护费", ("30231",)),
}
_ITEM = (Parameter("item", "三公项目", {code: name for code, (name, _) in THREE_PUBLIC.items()}, True),)
#: Source type of an entry that pays a procurement contract (政府采购).
PROCUREMENT = "procurement.contract"
_ADJUSTING = tuple(kind for kind, (_, column, _) in BUDGET_MOVE_KINDS.items() if column == "adjusted")


def _starts(column: str, codes: Sequence[str]) -> Q:
    found = Q()
    for code in codes:
        found |= Q(**{f"{column}__startswith": code})
    return found


def _lines(scope: Scope, economic: Sequence[str] = ()) -> QuerySet[BudgetLine]:
    lines = BudgetLine.objects.filter(agency__in=scope.agencies, year=scope.year)
    for name, column in (("fund_source", "fund__source"), ("nature", "nature"), ("vintage", "vintage")):
        if scope.given(name):
            lines = lines.filter(**{column: scope.given(name)})
    lines = lines.filter(_starts("functional_code", scope.codes("functional")))
    lines = lines.filter(_starts("economic_code", economic or scope.codes("economic")))
    projects = scope.codes("project")
    return lines.filter(project_code__in=projects) if projects else lines


def _initial(lines: QuerySet[BudgetLine]) -> Iterator[Record]:
    for key, fen in lines.exclude(initial_fen=0).values_list("pk", "initial_fen"):
        yield Record(f"ledger.budgetline:{key}", fen)


def _full_year(lines: QuerySet[BudgetLine], scope: Scope) -> Iterator[Record]:
    yield from _initial(lines)
    moves = BudgetMove.objects.filter(line__in=lines.values("pk"), kind__in=_ADJUSTING, at__lte=scope.as_of)
    for key, fen in moves.values_list("pk", "amount_fen"):
        yield Record(f"ledger.budgetmove:{key}", fen)


def _executed(lines: QuerySet[BudgetLine], scope: Scope) -> QuerySet[Posting]:
    return Posting.objects.filter(budget_line__in=lines.values("pk"), entry__posted_at__lte=scope.as_of)


def _postings(found: QuerySet[Posting], sign: int = 1) -> Iterator[Record]:
    for entry, line, fen in found.values_list("entry_id", "line", "amount_fen"):
        yield Record(f"ledger.posting:{entry}.{line}", sign * fen)


@metric(
    "ledger.budget_initial", 1, label="年初预算数", unit="fen", records="预算指标", fold="sum", parameters=CUTS,
    definition="本年度各预算指标批复的年初预算数之和，不含年中追加、调减、调剂和结转使用。",
)  # fmt: skip
def budget_initial(scope: Scope) -> Iterator[Record]:
    """年初预算数."""
    return _initial(_lines(scope))


@metric(
    "ledger.budget_full_year", 1, label="全年预算数", unit="fen", records="预算指标和预算调整", fold="sum", parameters=CUTS,
    definition="本年度各预算指标的年初预算数，加上有文号的追加、调减、调剂和结转使用。",
)  # fmt: skip
def budget_full_year(scope: Scope) -> Iterator[Record]:
    """全年预算数."""
    return _full_year(_lines(scope), scope)


@metric(
    "ledger.executed", 1, label="全年执行数", unit="fen", records="执行预算指标的分录", fold="sum", parameters=CUTS,
    definition="本年度记入预算指标的支出分录之和；当年红字冲销已减去，以后年度的更正不影响本年。",
)  # fmt: skip
def executed(scope: Scope) -> Iterator[Record]:
    """全年执行数."""
    return _postings(_executed(_lines(scope), scope))


@metric(
    "ledger.executed_year", 1, label="支出完成年度", unit="", records="执行预算指标的分录", fold="latest", parameters=CUTS,
    definition="记入这些预算指标的最后一笔支出所在的年度。",
)  # fmt: skip
def executed_year(scope: Scope) -> Iterator[Record]:
    """In which year the last of it was spent."""
    found = _executed(_lines(scope), scope).values_list("entry_id", "line", "entry__date")
    for entry, line, day in found:
        yield Record(f"ledger.posting:{entry}.{line}", day.year)


@metric(
    "ledger.procured", 1, label="政府采购金额", unit="fen", records="支付采购合同的分录", fold="sum", parameters=CUTS,
    definition="本年度支付政府采购合同、记入预算指标的支出分录之和。",
)  # fmt: skip
def procured(scope: Scope) -> Iterator[Record]:
    """政府采购金额."""
    return _postings(_executed(_lines(scope), scope).filter(entry__source_type=PROCUREMENT))


@metric(
    "ledger.three_public_initial", 1, label="三公经费预算数", unit="fen", records="预算指标", fold="sum", parameters=_ITEM,
    definition="本年度因公出国（境）、公务接待、公务用车购置及运行维护的预算指标年初预算数之和。",
)  # fmt: skip
def three_public_initial(scope: Scope) -> Iterator[Record]:
    """三公经费预算数."""
    return _initial(_lines(scope, THREE_PUBLIC[scope.given("item")][1]))


@metric(
    "ledger.three_public_executed", 1, label="三公经费决算数", unit="fen", records="执行预算指标的分录", fold="sum", parameters=_ITEM,
    definition="本年度因公出国（境）、公务接待、公务用车购置及运行维护的支出分录之和，含项目支出中列支的。",
)  # fmt: skip
def three_public_executed(scope: Scope) -> Iterator[Record]:
    """三公经费决算数."""
    return _postings(_executed(_lines(scope, THREE_PUBLIC[scope.given("item")][1]), scope))


def _revenue(scope: Scope) -> QuerySet[Posting]:
    found = Posting.objects.filter(
        account__agency__in=scope.agencies, account__kind="budget_income", entry__date__year=scope.year,
        entry__posted_at__lte=scope.as_of,
    ).exclude(entry__kind__in=("opening", "closing"))  # fmt: skip
    source = scope.given("fund_source")
    return found.filter(account__fund__source=source) if source else found


@metric(
    "ledger.revenue", 1, label="本年收入", unit="fen", records="预算收入分录", fold="sum", parameters=CUTS[:1],
    definition="本年度记入预算收入科目的收入之和，不含年初结转和年末结账分录。",
)  # fmt: skip
def revenue(scope: Scope) -> Iterator[Record]:
    """本年收入."""
    return _postings(_revenue(scope), -1)


@metric(
    "ledger.balance", 1, label="收支结余", unit="fen", records="预算收入分录和执行预算指标的分录", fold="sum",
    definition="本年收入减去全年执行数。",
)  # fmt: skip
def balance(scope: Scope) -> Iterator[Record]:
    """收入减支出."""
    yield from _postings(_revenue(scope), -1)
    yield from _postings(_executed(_lines(scope), scope), -1)


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


@rows("ledger.budgetline", "预算指标", "指标名称", "批复文号", "功能分类", "经济分类", "项目", "年初预算数")
def budget_line_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Budget lines of books that the actor may read."""
    found = BudgetLine.objects.filter(pk__in=_keys(keys), agency__in=books_of(actor))
    return {
        str(line.pk): Row(
            (line.name, line.document_number, line.functional_code, line.economic_code or "—",
             line.project_code or "—", yuan_text(line.initial_fen))
        )
        for line in found
    }  # fmt: skip


@rows("ledger.budgetmove", "预算调整", "指标名称", "类别", "日期", "文号", "摘要", "金额")
def budget_move_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Adjustments in books that the actor may read."""
    found = BudgetMove.objects.filter(pk__in=_keys(keys), line__agency__in=books_of(actor))
    return {
        str(move.pk): Row(
            (move.line.name, BUDGET_MOVE_KINDS[move.kind][0], move.date.isoformat(), move.document_number,
             move.reason, yuan_text(move.amount_fen))
        )
        for move in found.select_related("line")
    }  # fmt: skip


@rows("ledger.posting", "记账凭证分录", "日期", "凭证号", "类别", "摘要", "科目", "预算指标", "金额")
def posting_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Postings in books that the actor may read."""
    wanted = {tuple(int(part) for part in key.split(".")) for key in keys if _is_posting(key)}
    found = Posting.objects.filter(
        entry__in={entry for entry, _ in wanted}, entry__agency__in=books_of(actor)
    )
    values = found.values_list(
        "entry_id", "line", "entry__date", "entry__period__month", "entry__number", "entry__kind", "entry__reason",
        "account__code", "account__name", "budget_line__name", "amount_fen",
    )  # fmt: skip
    shown: dict[str, Row] = {}
    for entry, line, day, month, number, kind, reason, code, name, budget, fen in values:
        if (entry, line) in wanted:
            cells = (
                day.isoformat(), f"{month}-{number}", ENTRY_KINDS[kind], reason, f"{code} {name}", budget or "—",
                yuan_text(fen),
            )  # fmt: skip
            shown[f"{entry}.{line}"] = Row(cells)
    return shown


def _is_posting(key: str) -> bool:
    parts = key.split(".")
    return len(parts) == 2 and all(part.isdecimal() and len(part) < 19 for part in parts)
