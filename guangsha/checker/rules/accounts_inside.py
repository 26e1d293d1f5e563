"""Family T: relations inside one table of the final accounts (公开01–09). Source: performance.md §5.7.

T18 and T19, on the form of the tables rather than their sums, are in ``accounts_form.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from guangsha.checker.accounts_view import FORM, NO_ACCOUNTS, AccountsView, Place
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import Wording, broken, check_at_most, check_cell, held
from guangsha.facts.accounts import (
    CODE_TABLES,
    COLUMN_LABELS,
    FUNDS,
    OVERVIEW_INCOME_ROWS,
    PERSONNEL_GROUPS,
    ROW_PARTS,
    children,
)
from guangsha.facts.forms import ACCOUNTS
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import plain


def _cells(table: str, rows: Iterator[str] | tuple[str, ...] | list[str], column: str) -> list[Place]:
    return [(table, row, column) for row in rows]


@rule(
    "T01",
    title="本年收入合计等于各项收入之和",
    scope="公开01表",
    formula="第27行本年收入合计＝第1行至第8行之和",
    tolerance="SUM(8)",
    severity=Severity.ERROR,
    why="收入合计是总表的起点，也是其他各表核对的基准。",
    source=FORM,
    example="江岸区 2024 年度：22854.27＋44.96＝22899.23，表中为 22899.22，属尾差。",
    absent=NO_ACCOUNTS,
)
def t01(case: Case) -> Iterator[Relation]:
    rows = _cells("overview", OVERVIEW_INCOME_ROWS, "amount")
    yield from AccountsView(case).sum_of("T01", ("overview", "income.total", "amount"), rows, "各项收入之和")


@rule(
    "T02",
    title="收入总计、支出总计平衡",
    scope="公开01表",
    formula="收入总计＝本年收入＋使用非财政拨款结余＋年初结转；支出总计＝本年支出＋结余分配＋年末结转；两总计相等",
    tolerance="SUM(3)、CELL",
    severity=Severity.ERROR,
    why="决算总表收支两方必须平衡，不平衡说明结转结余有误。",
    source=FORM,
    example="江岸区 2024 年度：两方总计均为 22899.22，相符。",
    absent=NO_ACCOUNTS,
)
def t02(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for side, parts, how in (
        ("income", ("total", "surplus_used", "opening"), "本年收入合计＋使用非财政拨款结余＋年初结转和结余"),
        (
            "expenditure",
            ("total", "surplus_distribution", "closing"),
            "本年支出合计＋结余分配＋年末结转和结余",
        ),
    ):
        addends = _cells("overview", [f"{side}.{part}" for part in parts], "amount")
        yield from view.sum_of("T02", ("overview", f"{side}.grand", "amount"), addends, how)
    first, second = (
        view.entry(("overview", f"{side}.grand", "amount")) for side in ("income", "expenditure")
    )
    if first is not None and second is not None:
        subject = f"{view.title('overview')}收入总计＝支出总计"
        advice = "请核对结转结余和结余分配，使收支两方平衡。"
        yield check_cell("T02", Severity.ERROR, second, first, Wording(subject, advice))


@rule(
    "T03",
    title="本年支出合计等于各类支出之和",
    scope="公开01表",
    formula="第58行本年支出合计＝第32行至第57行之和",
    tolerance="SUM(26)",
    severity=Severity.ERROR,
    why="支出合计与功能分类各类之和不一致时，读者无法判断哪一类有误。",
    source=FORM,
    example="江岸区 2024 年度：八类合计 22899.22，相符。",
    absent=NO_ACCOUNTS,
)
def t03(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    rows = _cells("overview", [f"class.{code}" for code in view.accounts.classes()], "amount")
    yield from view.sum_of("T03", ("overview", "expenditure.total", "amount"), rows, "各类支出之和")


def _row_sums(rule_id: str, case: Case, table: str, how: str) -> Iterator[Relation]:
    """col1 = Σ the other columns, for the total row and every row of codes."""
    view = AccountsView(case)
    for row in ("total", *view.accounts.codes(table)):
        parts = [(table, row, part) for part in ROW_PARTS[table]]
        yield from view.sum_of(rule_id, (table, row, "total"), parts, how)


@rule(
    "T04",
    title="各行本年收入合计等于各来源之和",
    scope="公开02表",
    formula="第1栏＝第2栏至第7栏之和（逐行）",
    tolerance="SUM(6)",
    severity=Severity.ERROR,
    why="同一科目的收入合计与各来源之和不一致，是录入或汇总错误。",
    source=FORM,
    example="江岸区 2024 年度 2210201 住房公积金：99.54＋3.70＝103.24，表中为 103.27，差 0.03，超出尾差。",
    absent="报告中没有收入决算表",
)
def t04(case: Case) -> Iterator[Relation]:
    yield from _row_sums("T04", case, "revenue", "各来源收入之和")


@rule(
    "T05",
    title="各栏合计等于各科目之和",
    scope="公开02、03、05、07、08表",
    formula="合计行各栏＝最末级科目各行之和",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="合计行是其他表和文字说明引用的数据，应能由明细行复算。",
    source=FORM,
    example="江岸区 2024 年度支出决算表：25 行之和 22899.24，合计 22899.22，属尾差。",
    absent=NO_ACCOUNTS,
)
def t05(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for table in CODE_TABLES:
        leaves = view.accounts.leaves(table)
        for column in ACCOUNTS[table][1]:
            yield from view.sum_of(
                "T05", (table, "total", column), _cells(table, leaves, column), "各科目之和"
            )


@rule(
    "T06",
    title="上级科目等于下级科目之和",
    scope="公开02、03、05、07、08表",
    formula="类＝各款之和，款＝各项之和（表中列示上级科目时）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="列示类、款、项三级时，各级之间应逐级相等。",
    source=FORM,
    absent="表中只列示最末级科目",
)
def t06(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for table in CODE_TABLES:
        codes, leaves = view.accounts.codes(table), view.accounts.leaves(table)
        for code in codes:
            if code in leaves:
                continue
            below = children(code, codes)
            for column in ACCOUNTS[table][1]:
                yield from view.sum_of(
                    "T06", (table, code, column), _cells(table, below, column), "下级科目之和"
                )


@rule(
    "T07",
    title="各行本年支出合计等于各性质支出之和",
    scope="公开03表",
    formula="第1栏＝第2栏至第6栏之和（逐行）",
    tolerance="SUM(5)",
    severity=Severity.ERROR,
    why="基本支出、项目支出等划分应覆盖该科目全部支出。",
    source=FORM,
    example="江岸区 2024 年度合计行：1494.57＋21404.66＝22899.23，表中为 22899.22，属尾差。",
    absent="报告中没有支出决算表",
)
def t07(case: Case) -> Iterator[Relation]:
    yield from _row_sums("T07", case, "expenditure", "各性质支出之和")


@rule(
    "T08",
    title="财政拨款支出各行小计等于三项拨款之和",
    scope="公开04表",
    formula="第2栏小计＝第3栏＋第4栏＋第5栏（逐行）",
    tolerance="SUM(3)",
    severity=Severity.ERROR,
    why="小计与一般公共预算、政府性基金、国有资本经营三项之和应一致。",
    source=FORM,
    example="江岸区 2024 年度住房保障支出：20958.26＝20958.26，相符。",
    absent="报告中没有财政拨款收入支出决算总表",
)
def t08(case: Case) -> Iterator[Relation]:
    view, table = AccountsView(case), "fiscal_overview"
    named = ("expenditure.total", "closing.total")
    for row in (*(f"class.{code}" for code in view.accounts.classes()), *named):
        parts = [(table, row, fund) for fund in FUNDS]
        yield from view.sum_of("T08", (table, row, "total"), parts, "三项财政拨款之和")


@rule(
    "T09",
    title="财政拨款总表合计与总计",
    scope="公开04表",
    formula="第27行＝第1–3行之和；第28行＝第29–31行之和；第32行＝第27行＋第28行；第59行＝各类之和；第64行＝第59行＋第60行；第32行＝第64行",
    tolerance="SUM(n)、CELL",
    severity=Severity.ERROR,
    why="财政拨款收支总表须自身平衡，才能与其他各表核对。",
    source=FORM,
    example="江岸区 2024 年度：收入、支出总计均为 22854.27，相符。",
    absent="报告中没有财政拨款收入支出决算总表",
)
def t09(case: Case) -> Iterator[Relation]:
    view, table = AccountsView(case), "fiscal_overview"
    for total, addends, how in (
        ("income.total", [f"income.{fund}" for fund in FUNDS], "三项财政拨款收入之和"),
        ("opening.total", [f"opening.{fund}" for fund in FUNDS], "三项年初结转和结余之和"),
        ("income.grand", ["income.total", "opening.total"], "本年收入合计＋年初财政拨款结转和结余"),
    ):
        yield from view.sum_of("T09", (table, total, "amount"), _cells(table, addends, "amount"), how)
    classes = [f"class.{code}" for code in view.accounts.classes()]
    for column in ("total", *FUNDS):
        yield from view.sum_of(
            "T09", (table, "expenditure.total", column), _cells(table, classes, column), "各类支出之和"
        )
        # Many forms leave the fund columns of 总计 blank; only a printed 总计 is held to its parts.
        if column == "total" or view.entry((table, "expenditure.grand", column)):
            grand = _cells(table, ["expenditure.total", "closing.total"], column)
            how = "本年支出合计＋年末财政拨款结转和结余"
            yield from view.sum_of("T09", (table, "expenditure.grand", column), grand, how)
    first = view.entry((table, "expenditure.grand", "total"))
    second = view.entry((table, "income.grand", "amount"))
    if first is not None and second is not None:
        wording = Wording(
            f"{view.title(table)}支出总计＝收入总计", "请核对财政拨款结转结余，使收支两方平衡。"
        )
        yield check_cell("T09", Severity.ERROR, first, second, wording)


@rule(
    "T10",
    title="各项财政拨款收支平衡",
    scope="公开04表",
    formula="本项拨款收入＋年初结转和结余＝本项支出＋年末结转和结余",
    tolerance="SUM(3)",
    severity=Severity.ERROR,
    why="三项财政拨款应各自平衡，资金不得串用。",
    source=FORM,
    example="江岸区 2024 年度一般公共预算：收入 22854.27＝支出 22854.27，相符。",
    absent="报告中没有财政拨款收入支出决算总表",
)
def t10(case: Case) -> Iterator[Relation]:
    view, table = AccountsView(case), "fiscal_overview"
    for fund in FUNDS:
        spent = [(table, "expenditure.total", fund), (table, "closing.total", fund)]
        opening = [(table, f"opening.{fund}", "amount")]
        # Where only the subtotal of the closing balance is printed, no fund can be balanced on its own.
        closing = view.entry((table, "closing.total", "total"))
        if (
            closing is not None
            and closing.number != 0
            and not any(view.entry((table, "closing.total", each)) for each in FUNDS)
        ):
            continue
        yield from view.sum_of(
            "T10", (table, f"income.{fund}", "amount"), spent,
            "本项支出＋年末结转和结余－年初结转和结余", minus=opening,
        )  # fmt: skip


@rule(
    "T11",
    title="一般公共预算支出各行小计等于基本支出与项目支出之和",
    scope="公开05表",
    formula="第1栏＝第2栏＋第3栏（逐行）",
    tolerance="SUM(2)",
    severity=Severity.ERROR,
    why="一般公共预算支出只分基本支出与项目支出，两者应覆盖全部。",
    source=FORM,
    example="江岸区 2024 年度：1449.61＋21404.66＝22854.27，相符。",
    absent="报告中没有一般公共预算财政拨款支出决算表",
)
def t11(case: Case) -> Iterator[Relation]:
    yield from _row_sums("T11", case, "general_expenditure", "基本支出＋项目支出")


@rule(
    "T12",
    title="经济分类各类等于所属各款之和",
    scope="公开06表",
    formula="301、302、303、310＝所属各款之和",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="基本支出须公开到经济分类的款，款之和应等于类。",
    source=FORM,
    example="江岸区 2024 年度 302 商品和服务支出：各款之和 74.16，表中为 74.15，属尾差。",
    absent="报告中没有基本支出决算明细表",
)
def t12(case: Case) -> Iterator[Relation]:
    view, table = AccountsView(case), "basic_detail"
    for group in view.accounts.groups():
        details = _cells(table, view.accounts.details(group), "amount")
        if view.entry((table, group, "amount")) or view.entries(details):
            yield from view.sum_of("T12", (table, group, "amount"), details, "所属各款之和")


@rule(
    "T13",
    title="人员经费、公用经费合计",
    scope="公开06表",
    formula="人员经费合计＝301＋303；公用经费合计＝302＋310（及其他类）",
    tolerance="SUM(2)",
    severity=Severity.ERROR,
    why="两项合计是机关运行经费和文字说明的来源。",
    source=FORM,
    example="江岸区 2024 年度：1212.84＋162.61＝1375.45；74.15，均相符。",
    absent="报告中没有基本支出决算明细表",
)
def t13(case: Case) -> Iterator[Relation]:
    view, table = AccountsView(case), "basic_detail"
    groups = view.accounts.groups()
    personnel = [group for group in groups if group in PERSONNEL_GROUPS]
    public = [group for group in groups if group not in PERSONNEL_GROUPS]
    for row, added in (("personnel.total", personnel), ("public.total", public)):
        yield from view.sum_of(
            "T13", (table, row, "amount"), _cells(table, added, "amount"), "＋".join(added) or "各类之和"
        )


@rule(
    "T14",
    title="政府性基金收支与结转",
    scope="公开07表",
    formula="第3栏＝第4栏＋第5栏；第6栏＝第1栏＋第2栏－第3栏，且不小于零",
    tolerance="SUM(3)",
    severity=Severity.ERROR,
    why="基金年末结转由年初结转、本年收入和本年支出推得，出现负数说明超支。",
    source=FORM,
    absent="本年没有政府性基金预算财政拨款收支",
)
def t14(case: Case) -> Iterator[Relation]:
    view, table = AccountsView(case), "government_fund"
    yield from _row_sums("T14", case, table, "基本支出＋项目支出")
    for row in ("total", *view.accounts.codes(table)):
        came = [(table, row, "opening"), (table, row, "revenue")]
        closing = (table, row, "closing")
        if view.entries([*came, (table, row, "total"), closing]):
            how = "年初结转和结余＋本年收入－本年支出"
            yield from view.sum_of("T14", closing, came, how, minus=[(table, row, "total")])
        left = view.entry(closing)
        if left is not None and left.number < 0:
            subject = f"{view.label(closing)}不小于零"
            message = f"{view.label(closing)}为 {plain(left.number)}万元，政府性基金年末结转不应为负数。"
            yield broken(
                "T14", Severity.ERROR, "negative", message, subject=subject, expected="≥0",
                found=plain(left.number), facts=[left], advice="请核对基金支出是否超过可用资金。",
            )  # fmt: skip


@rule(
    "T15",
    title="国有资本经营预算支出各行合计",
    scope="公开08表",
    formula="第1栏＝第2栏＋第3栏（逐行）",
    tolerance="SUM(2)",
    severity=Severity.ERROR,
    why="国有资本经营预算支出只分基本支出与项目支出。",
    source=FORM,
    absent="本年没有国有资本经营预算财政拨款支出",
)
def t15(case: Case) -> Iterator[Relation]:
    yield from _row_sums("T15", case, "state_capital", "基本支出＋项目支出")


@rule(
    "T16",
    title="“三公”经费合计与公车小计",
    scope="公开09表",
    formula="合计＝因公出国（境）费＋公务用车小计＋公务接待费；公务用车小计＝购置费＋运行维护费（预算、决算两组）",
    tolerance="SUM(3)",
    severity=Severity.ERROR,
    why="“三公”经费是公开的重点，合计与分项须一致。",
    source=FORM,
    example="江岸区 2024 年度决算合计印为 0.182，分项 0.18，属精度差异。",
    absent="报告中没有“三公”经费支出决算表",
)
def t16(case: Case) -> Iterator[Relation]:
    view, table = AccountsView(case), "three_public"
    for row in ("budget", "executed"):
        three = [(table, row, part) for part in ("abroad", "vehicles", "reception")]
        yield from view.sum_of(
            "T16", (table, row, "total"), three, "因公出国（境）费＋公务用车费＋公务接待费"
        )
        two = [(table, row, part) for part in ("vehicle_purchase", "vehicle_running")]
        yield from view.sum_of("T16", (table, row, "vehicles"), two, "购置费＋运行维护费")


@rule(
    "T17",
    title="“三公”经费决算不超过预算",
    scope="公开09表",
    formula="各项决算数≤调整后的全年预算数",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="“三公”经费只减不增，超预算须有批准和说明。",
    source="《党政机关厉行节约反对浪费条例》；公开09表注",
    example="江岸区 2024 年度：0.18≤8.82，相符。",
    absent="报告中没有“三公”经费支出决算表",
)
def t17(case: Case) -> Iterator[Relation]:
    view, table = AccountsView(case), "three_public"
    for column, name in COLUMN_LABELS[table].items():
        spent, budget = view.entry((table, "executed", column)), view.cell((table, "budget", column))
        if spent is None or budget is None:
            continue
        subject = f"{view.title(table)}{name}决算数不超过预算数"
        if spent.number == 0:
            yield held("T17", subject, spent, budget)
        else:
            wording = Wording(subject, "请核对数据；确属超预算的，应说明原因和批准依据。")
            yield check_at_most("T17", Severity.WARNING, spent, budget, wording)
