"""Family X: relations between the tables of the final accounts (公开01–09). Source: performance.md §5.8.

X13 to X18, on codes that appear in several tables, are in ``accounts_codes.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from guangsha.checker.accounts_view import FORM, NO_ACCOUNTS, NO_PRIOR, AccountsView, Place, carried_over
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    Wording,
    broken,
    check_at_most,
    check_cell,
    held,
    not_checked,
)
from guangsha.facts.accounts import FUND_TABLES, FUNDS, is_code
from guangsha.facts.fact import Fact
from guangsha.kernel.findings import Outcome, Relation, Severity
from guangsha.kernel.numbers import plain


@rule(
    "X01",
    title="总表与收入表的本年收入一致",
    scope="公开01表、公开02表",
    formula="01表本年收入合计＝02表合计行第1栏",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="同一数据在两张表中应相同。",
    source=FORM,
    example="江岸区 2024 年度：22899.22＝22899.22。",
    absent=NO_ACCOUNTS,
)
def x01(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    yield from view.same("X01", ("overview", "income.total", "amount"), ("revenue", "total", "total"))


@rule(
    "X02",
    title="总表与支出表的本年支出一致",
    scope="公开01表、公开03表",
    formula="01表本年支出合计＝03表合计行第1栏",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="同一数据在两张表中应相同。",
    source=FORM,
    example="江岸区 2024 年度：22899.22＝22899.22。",
    absent=NO_ACCOUNTS,
)
def x02(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    yield from view.same(
        "X02", ("overview", "expenditure.total", "amount"), ("expenditure", "total", "total")
    )


@rule(
    "X03",
    title="财政拨款收入在三张表中一致",
    scope="公开01、02、04表",
    formula="02表财政拨款收入合计＝01表前三行之和＝04表本年收入合计",
    tolerance="SUM(3)、CELL",
    severity=Severity.ERROR,
    why="财政拨款收入是财政拨款各表的起点。",
    source=FORM,
    example="江岸区 2024 年度：三处均为 22854.27。",
    absent=NO_ACCOUNTS,
)
def x03(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    fiscal = ("revenue", "total", "fiscal")
    if view.given("overview"):
        incomes = [("overview", f"income.{fund}", "amount") for fund in FUNDS]
        yield from view.sum_of("X03", fiscal, incomes, f"{view.title('overview')}三项财政拨款收入之和")
    yield from view.same("X03", ("fiscal_overview", "income.total", "amount"), fiscal)


@rule(
    "X04",
    title="其余收入在总表与收入表中一致",
    scope="公开01表、公开02表",
    formula="01表第4行至第8行＝02表合计行第3栏至第7栏",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="上级补助、事业、经营、附属上缴、其他收入在两张表中应相同。",
    source=FORM,
    example="江岸区 2024 年度其他收入：44.96＝44.96。",
    absent=NO_ACCOUNTS,
)
def x04(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for column in ("superior", "business", "operating", "affiliated", "other"):
        yield from view.same("X04", ("overview", f"income.{column}", "amount"), ("revenue", "total", column))


@rule(
    "X05",
    title="总表各类支出等于支出表所属科目之和",
    scope="公开01表、公开03表",
    formula="01表某类支出＝03表该类各科目本年支出之和",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="总表只列类级，读者要能从项级明细复算。",
    source=FORM,
    example="江岸区 2024 年度 208 类：明细之和 138.34，总表 138.33；221 类：20961.97 与 20961.96，均属尾差。",
    absent=NO_ACCOUNTS,
)
def x05(case: Case) -> Iterator[Relation]:
    yield from _classes(AccountsView(case), "X05", "overview", "amount", "expenditure")


@rule(
    "X06",
    title="财政拨款总表各类支出等于明细表所属科目之和",
    scope="公开04表与公开05、07、08表",
    formula="04表某类某项拨款＝该项拨款支出表该类各科目之和",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="财政拨款总表的类级数据要能从项级明细复算。",
    source=FORM,
    example="江岸区 2024 年度 212 类：1283.92 与 1283.93，属尾差。",
    absent=NO_ACCOUNTS,
)
def x06(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for fund, table in FUND_TABLES.items():
        yield from _classes(view, "X06", "fiscal_overview", fund, table)


def _classes(view: AccountsView, rule_id: str, table: str, column: str, detail: str) -> Iterator[Relation]:
    if not view.accounts.table(table) or not view.accounts.table(detail):
        return
    leaves = view.accounts.leaves(detail)
    for code in view.accounts.classes():
        items = [(detail, leaf, "total") for leaf in leaves if leaf.startswith(code)]
        place = (table, f"class.{code}", column)
        if items or view.entry(place):
            yield from view.sum_of(rule_id, place, items, f"{view.title(detail)}所属各科目之和")


@rule(
    "X07",
    title="一般公共预算支出在两张表中一致",
    scope="公开04表、公开05表",
    formula="04表本年支出合计第3栏＝05表合计行第1栏",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="同一数据在两张表中应相同。",
    source=FORM,
    example="江岸区 2024 年度：22854.27＝22854.27。",
    absent=NO_ACCOUNTS,
)
def x07(case: Case) -> Iterator[Relation]:
    yield from AccountsView(case).same(
        "X07",
        ("fiscal_overview", "expenditure.total", "general_public"),
        ("general_expenditure", "total", "total"),
    )


@rule(
    "X08",
    title="基本支出等于人员经费与公用经费之和",
    scope="公开05表、公开06表",
    formula="05表合计行基本支出＝06表人员经费合计＋公用经费合计",
    tolerance="SUM(2)",
    severity=Severity.ERROR,
    why="基本支出按功能分类和按经济分类是同一笔钱。",
    source=FORM,
    example="江岸区 2024 年度：1375.45＋74.15＝1449.60，表中为 1449.61，属尾差。",
    absent=NO_ACCOUNTS,
)
def x08(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    parts = [("basic_detail", row, "amount") for row in ("personnel.total", "public.total")]
    basic = ("general_expenditure", "total", "basic")
    if view.entries(parts) or (view.entry(basic) and view.given("basic_detail")):
        yield from view.sum_of("X08", basic, parts, f"{view.title('basic_detail')}人员经费合计＋公用经费合计")


@rule(
    "X09",
    title="政府性基金收支在两张表中一致",
    scope="公开04表、公开07表",
    formula="04表政府性基金收入＝07表本年收入合计；04表本年支出合计第4栏＝07表支出小计合计",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="同一数据在两张表中应相同；一张表有数而另一张为空，是漏报。",
    source=FORM,
    example="江岸区 2024 年度：两表均为空，相符。",
    absent=NO_ACCOUNTS,
)
def x09(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    income = ("fiscal_overview", "income.government_fund", "amount")
    spent = ("fiscal_overview", "expenditure.total", "government_fund")
    yield from _fund(view, "X09", income, ("government_fund", "total", "revenue"))
    yield from _fund(view, "X09", spent, ("government_fund", "total", "total"))


@rule(
    "X10",
    title="国有资本经营预算支出在两张表中一致",
    scope="公开04表、公开08表",
    formula="04表本年支出合计第5栏＝08表合计行第1栏",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="同一数据在两张表中应相同；一张表有数而另一张为空，是漏报。",
    source=FORM,
    example="江岸区 2024 年度：两表均为空，相符。",
    absent=NO_ACCOUNTS,
)
def x10(case: Case) -> Iterator[Relation]:
    spent = ("fiscal_overview", "expenditure.total", "state_capital")
    yield from _fund(AccountsView(case), "X10", spent, ("state_capital", "total", "total"))


def _fund(view: AccountsView, rule_id: str, overview: Place, detail: Place) -> Iterator[Relation]:
    """Like :meth:`AccountsView.same`, but a table that is present and empty says 0 (its note is checked by T19)."""
    table = detail[0]
    note = view.case.facts.find("accounts.empty_note", table=table)
    if not view.given(table) and not view.accounts.table(table) and note is not None:
        subject = f"{view.label(overview)}＝{view.label(detail)}"
        printed = view.cell(overview)
        if printed is None or printed.number == 0:
            yield held(rule_id, subject, printed)
            return
        message = f"{view.label(overview)}为 {plain(printed.number)}万元，而{view.title(table)}为空表。"
        yield broken(
            rule_id, Severity.ERROR, "equal", message, subject=subject, expected="0",
            found=plain(printed.number), facts=[printed, note], advice="请补填明细表或更正总表。",
        )  # fmt: skip
        return
    yield from view.same(rule_id, overview, detail)


@rule(
    "X11",
    title="各科目财政拨款支出不超过该科目全部支出",
    scope="公开03表与公开05、07、08表",
    formula="同一科目：05、07、08表支出≤03表本年支出",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="财政拨款支出是全部支出的一部分。",
    source=FORM,
    example="江岸区 2024 年度 2120101 行政运行：1016.36≤1049.32。",
    absent=NO_ACCOUNTS,
)
def x11(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    if not view.accounts.table("expenditure"):
        return
    for table in FUND_TABLES.values():
        for code in ("total", *view.accounts.codes(table)):
            part = view.entry((table, code, "total"))
            if part is None:
                continue
            subject = f"{view.label((table, code, 'total'))}不超过{view.title('expenditure')}同一科目"
            whole = view.cell(("expenditure", code, "total"))
            if whole is None:
                yield not_checked("X11", subject, "支出决算表没有该科目")
            else:
                yield check_at_most("X11", Severity.ERROR, part, whole, Wording(subject))


@rule(
    "X12",
    title="各科目非财政拨款支出等于非财政拨款收入",
    scope="公开02、03、05表",
    formula="没有结转结余时，同一科目：03表本年支出＝05、07、08表支出＋02表第3栏至第7栏；03表本年支出＝02表本年收入；05表支出＝02表财政拨款收入",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="没有结转结余时，非财政拨款收入应全部形成支出，差额须说明。",
    source=FORM,
    example="江岸区 2024 年度 2120101：1049.32－1016.36＝32.96，收入表为 32.95，属尾差。",
    absent=NO_ACCOUNTS,
)
def x12(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    tables = ("revenue", "expenditure", "general_expenditure")
    if not all(view.accounts.table(table) for table in tables):
        return
    carried = [f"income.{part}" for part in ("surplus_used", "opening")]
    carried += [f"expenditure.{part}" for part in ("surplus_distribution", "closing")]
    if any(fact.number for fact in view.entries(("overview", row, "amount") for row in carried)):
        yield not_checked("X12", "各科目非财政拨款收支", "本年度有结转结余，收支不必相等")
        return
    others = ("superior", "business", "operating", "affiliated", "other")
    for code in view.accounts.leaves("expenditure"):
        fiscal = [(table, code, "total") for table in FUND_TABLES.values()]
        parts = [*fiscal, *(("revenue", code, column) for column in others)]
        yield from view.sum_of(
            "X12", ("expenditure", code, "total"), parts, "财政拨款支出＋非财政拨款收入",
            severity=Severity.WARNING, advice="请核对该科目的资金来源；有结转结余的应予说明。",
        )  # fmt: skip
    yield from _spent_as_received(view)


def _spent_as_received(view: AccountsView) -> Iterator[Relation]:
    """With nothing carried over, each code spends what it received: in all, and of the general budget."""
    whole = [
        (("expenditure", code, "total"), ("revenue", code, "total")) for code in _codes(view, "expenditure")
    ]
    fiscal = [
        (("general_expenditure", code, "total"), ("revenue", code, "fiscal"))
        for code in _codes(view, "general_expenditure")
        # a code paid from two fiscal funds has one figure of income for both
        if not any(
            view.entry((table, code, "total"))
            for table in FUND_TABLES.values()
            if table != "general_expenditure"
        )
    ]
    for pairs in (whole, fiscal):
        both = [(view.entry(spent), view.entry(received), spent, received) for spent, received in pairs]
        tried = [
            check_cell(
                "X12", Severity.WARNING, one, two,
                Wording(f"{view.label(spent)}＝{view.label(received)}", "请核对该科目的收支；有结转结余的应予说明。"),
            )
            for one, two, spent, received in both
            if one is not None and two is not None
        ]  # fmt: skip
        apart = sum(relation.outcome is Outcome.BROKEN for relation in tried)
        if apart > max(1, len(tried) // _APART_SHARE):
            yield not_checked("X12", "各科目收入与支出", "多个科目的收入与支出不同，资金在科目之间调剂使用")
        else:
            yield from tried


def _codes(view: AccountsView, table: str) -> list[str]:
    return [row for row in view.accounts.table(table).rows if is_code(row) or row == "total"]


#: Of so many codes one may differ; where more do, money moved between codes and nothing follows.
_APART_SHARE = 10


#: Opening balances of a year and the closing balances of the year before.
_CARRIED: tuple[tuple[Place, Place], ...] = (
    (("overview", "income.opening", "amount"), ("overview", "expenditure.closing", "amount")),
    (("fiscal_overview", "opening.total", "amount"), ("fiscal_overview", "closing.total", "total")),
    *(
        (("fiscal_overview", f"opening.{fund}", "amount"), ("fiscal_overview", "closing.total", fund))
        for fund in FUNDS
    ),
)


@rule(
    "X19",
    title="年初结转和结余等于上年年末结转和结余",
    scope="公开01、04表（两个年度）",
    formula="本年年初结转和结余＝上年年末结转和结余",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="结转结余逐年衔接，断链说明有未说明的调整。",
    source="《政府会计制度》；部门决算编报要求",
    absent=NO_PRIOR,
)
def x19(case: Case) -> Iterator[Relation]:
    yield from carried_over("X19", case, _CARRIED)


@rule(
    "X20",
    title="自评表所列基本支出、项目支出总额与决算表一致",
    scope="部门整体自评表、公开05表（或公开03表）",
    formula="自评表基本支出总额、项目支出总额＝05表合计行基本支出、项目支出（全口径填报时为03表）",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="自评用的支出总额应取自决算，口径一致才能比较。",
    source="武汉市部门整体绩效自评表",
    example="江岸区 2024 年度：1449.61、21404.66，均相符。",
    absent="报告没有同时提供整体自评表的支出总额和决算表",
)
def x20(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    overall = case.report.overall
    if overall is None:
        return
    stated = overall.by_expenditure()
    for nature, name in (("basic", "基本支出"), ("project", "项目支出")):
        figure = stated.get(nature)
        totals: list[Fact] = view.entries(
            (table, "total", nature) for table in ("general_expenditure", "expenditure")
        )
        if figure is None or not totals:
            continue
        wording = Wording(f"整体自评表{name}总额＝决算表{name}合计", "请按决算表更正自评表的支出总额。")
        tried = [check_cell("X20", Severity.ERROR, figure, total, wording) for total in totals]
        yield next((relation for relation in tried if relation.outcome is not Outcome.BROKEN), tried[0])
