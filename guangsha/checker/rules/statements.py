"""Family S: the numbers of the prose against the tables of the final accounts, items 一 to 六. Source: performance.md §5.9.

Items 九 to 十三 and the overview of the agency are in ``statements_affairs.py``. S23, S24 and S28 need the words of the
document themselves and come with its reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from guangsha.checker.budget_words import budget_words
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    HALF,
    Wording,
    broken,
    check_cell,
    check_sum,
    held,
    last_digit,
    not_checked,
)
from guangsha.checker.statement_view import Statements, about_three_public, check_parts, check_share, parts_of
from guangsha.facts.fact import DerivedSource, Fact
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import Statement
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import plain

PROSE = "部门决算情况说明（财预〔2016〕143号要求随决算表公开）"
NO_STATEMENT = "没有决算表，或文字说明没有这类数字"


@rule(
    "S01",
    title="文字说明的收支总额与决算表一致",
    scope="情况说明一、四",
    formula="文字说明的总计、合计＝决算表对应单元格",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="文字与表格是同一数据，应由表格生成。",
    source=PROSE,
    example="江岸区 2024 年度：收、支总计 22899.22＝01表总计。",
    absent=NO_STATEMENT,
)
def s01(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    growth = [s for s in statements.of("Y02", kind="growth") if not about_three_public(s)]
    for statement in (*statements.of("S01"), *growth):
        yield from statements.check_cells("S01", Severity.ERROR, statement)


def _shares(rule_id: str, case: Case) -> Iterator[Relation]:
    """Cells, percentages and their sum for every share that belongs to one rule."""
    statements = Statements(case)
    shares = list(statements.of(rule_id, kind="share"))
    for statement in shares:
        yield from statements.check_cells(rule_id, Severity.ERROR, statement)
        yield from check_share(rule_id, Severity.ERROR, statement)
    yield from _sum_of_shares(rule_id, shares)


def _sum_of_shares(rule_id: str, shares: list[Statement]) -> Iterator[Relation]:
    """Shares of one whole add up to 100 % where their parts cover the whole."""
    by_whole: dict[Decimal, list[Statement]] = {}
    for statement in shares:
        if {"part", "whole", "percent"} <= statement.roles.keys():
            by_whole.setdefault(statement.roles["whole"].number, []).append(statement)
    for whole, members in by_whole.items():
        parts = [statement.roles["part"] for statement in members]
        envelope = sum((last_digit(part, 2) * HALF for part in parts), Decimal("0.005"))
        covered = sum((part.number for part in parts), Decimal(0))
        if len(members) < 2 or abs(covered - whole) > envelope:
            continue
        hundred = Fact.of(
            "statement.percent", Decimal("100.00"), year=parts[0].year, statement=members[0].id, role="sum",
            source=DerivedSource("各部分占比之和应为 100%"),
        )  # fmt: skip
        percents = [statement.roles["percent"] for statement in members]
        wording = Wording(f"“{members[0].subject}”等 {len(members)} 项占比之和", "请重新计算各占比。")
        yield check_sum(rule_id, Severity.ERROR, hundred, percents, wording, money_places=0)


@rule(
    "S02",
    title="收入构成的占比",
    scope="情况说明二",
    formula="占比＝02表该项收入÷本年收入合计×100%；各占比之和≈100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="占比有误会使读者误判收入来源。",
    source=PROSE,
    example="江岸区 2024 年度印 98.04%、1.96%，应为 99.80%、0.20%。",
    absent=NO_STATEMENT,
)
def s02(case: Case) -> Iterator[Relation]:
    yield from _shares("S02", case)


@rule(
    "S03",
    title="支出构成的占比",
    scope="情况说明三",
    formula="占比＝03表该项支出÷本年支出合计×100%；各占比之和≈100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="基本支出、项目支出占比应与支出决算表一致。",
    source=PROSE,
    example="江岸区 2024 年度：6.53%、93.47%，相符。",
    absent=NO_STATEMENT,
)
def s03(case: Case) -> Iterator[Relation]:
    yield from _shares("S03", case)


@rule(
    "S04",
    title="一般公共预算支出占本年支出的比重",
    scope="情况说明五（一）",
    formula="占比＝05表合计÷03表合计×100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="有其他资金支出时，一般公共预算支出不会是 100%。",
    source=PROSE,
    example="江岸区 2024 年度印 100%，应为 99.80%（22854.27÷22899.22）。",
    absent=NO_STATEMENT,
)
def s04(case: Case) -> Iterator[Relation]:
    yield from _shares("S04", case)


@rule(
    "S05",
    title="各类支出金额与占比",
    scope="情况说明五（二）",
    formula="各类金额＝04、05表该类支出；占比＝该类÷05表合计×100%",
    tolerance="CELL、PCT",
    severity=Severity.ERROR,
    why="支出结构说明应与功能分类数据一致。",
    source=PROSE,
    example="江岸区 2024 年度八类金额和占比均相符（商业服务业 0.002%）。",
    absent=NO_STATEMENT,
)
def s05(case: Case) -> Iterator[Relation]:
    yield from _shares("S05", case)


@rule(
    "S06",
    title="年初预算各类之和等于年初预算总数",
    scope="情况说明五（三）",
    formula="年初预算总数＝按功能分类各类年初预算之和",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="完成年初预算的百分比以此为分母，分项与总数须一致。",
    source=PROSE,
    example="江岸区 2024 年度：112.83＋67.46＋1151.42＋128.96＝1460.67，总数印为 1405.65。",
    absent=NO_STATEMENT,
)
def s06(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    for statement in statements.of("S06", kind="sum"):
        yield from statements.check_cells("S06", Severity.ERROR, statement)
        yield from check_parts("S06", Severity.ERROR, statement, "请核对各类年初预算与预算批复。")


@rule(
    "S07",
    title="完成预算的百分比",
    scope="情况说明五（三）",
    formula="完成%＝支出决算÷预算×100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="完成率应能由同一句中的预算数和决算数复算。",
    source=PROSE,
    example="江岸区 2024 年度：22854.27÷1405.65＝1625.89%；133.15÷112.83＝118.01%，均相符。",
    absent=NO_STATEMENT,
)
def s07(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    for statement in statements.of("S07", "S08", kind="completion"):
        yield from statements.check_cells("S07", Severity.ERROR, statement)
        budget = statement.roles.get("budget")
        # Without a budget there is no percentage to recompute; whether one is printed is S08's question.
        if budget is None or budget.number != 0:
            yield from check_share("S07", Severity.ERROR, statement, ("executed", "budget"))


@rule(
    "S08",
    title="预算为零时不写完成百分比，预算口径与分母一致",
    scope="情况说明五",
    formula="预算＝0 且决算＞0 ⇒ 没有完成百分比；“完成某预算的百分之几”所称预算＝分母的预算（年初或全年）",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="分母为零时不存在百分比；预算、决算均为零的表述见 S13；口径写错，读者会拿错分母。",
    source=PROSE,
    example="江岸区 2024 年度：一般公共服务等四类年初预算为 0，没有写百分比，相符；三类的分母是年初预算，写作“年度预算”。",
    absent="没有预算为零的说明",
)
def s08(case: Case) -> Iterator[Relation]:
    if case.document is not None and any(case.report.accounts(table) for table in ACCOUNTS):
        yield from budget_words("S08", case.document)
    for statement in Statements(case).of("S07", "S08", "S12", "S13", kind="completion"):
        budget, executed = statement.roles.get("budget"), statement.roles.get("executed")
        if budget is None or budget.number != 0 or executed is None or executed.number == 0:
            continue
        percent, subject = statement.roles.get("percent"), f"“{statement.subject}”预算为零"
        if percent is None:
            yield held("S08", subject, budget, executed)
        else:
            message = f"“{statement.subject}”预算为 0，报告仍写完成 {plain(percent.number)}%。"
            yield broken(
                "S08", Severity.ERROR, "zero", message, subject=subject, expected="不写百分比",
                found=plain(percent.number), facts=[percent, budget], advice="请删去百分比，只写决算数和原因。",
            )  # fmt: skip


@rule(
    "S09",
    title="所列项目之和等于项目支出",
    scope="情况说明五（三）",
    formula="∑文字所列项目支出＝05表合计行项目支出",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="项目支出主要用途应与项目支出合计对得上。",
    source=PROSE,
    example="江岸区 2024 年度：14 项之和 21404.66，相符；选聘生食堂支出文字 0.49，表中 0.50，属尾差。",
    absent=NO_STATEMENT,
)
def s09(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    for statement in statements.of("S09", kind="sum"):
        yield from statements.check_cells("S09", Severity.ERROR, statement)
        yield from check_parts("S09", Severity.ERROR, statement, "请核对所列项目是否齐全。")
        yield from _odd_one(statements, statement)


def _odd_one(statements: Statements, statement: Statement) -> Iterator[Relation]:
    """A list that repeats the project column item by item but for one amount: that one is compared with its cell."""
    view, table = statements.view, "general_expenditure"
    cells = view.entries((table, code, "project") for code in view.accounts.leaves(table))
    listed = parts_of(statement)
    if len(listed) != len(cells):
        return
    left = Counter(fact.number for fact in listed) - Counter(fact.number for fact in cells)
    right = Counter(fact.number for fact in cells) - Counter(fact.number for fact in listed)
    if left.total() == right.total() == 1:
        printed = next(fact for fact in listed if fact.number in left)
        cell = next(fact for fact in cells if fact.number in right)
        wording = Wording(
            f"“{statement.subject}”中一项＝{view.label((table, cell.dimension('row'), 'project'))}",
            "请按决算表更正所列金额。",
        )
        yield check_cell("S09", Severity.WARNING, printed, cell, wording)


@rule(
    "S10",
    title="文字中的分项与合计",
    scope="情况说明五（三）及其他",
    formula="合计＝∑分项；差额＝被减数－减数",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="原因说明中的分项应能加回总数。",
    source=PROSE,
    example="江岸区 2024 年度：六项原因 20801.79＋住房改革支出 156.47＝20958.26，相符。",
    absent=NO_STATEMENT,
)
def s10(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    for statement in statements.of("S10"):
        yield from statements.check_cells("S10", Severity.WARNING, statement)
        yield from check_parts("S10", Severity.WARNING, statement)
        roles = statement.roles
        if statement.kind == "difference" and {"minuend", "subtrahend", "delta"} <= roles.keys():
            wording = Wording(f"“{statement.subject}”差额")
            yield check_sum(
                "S10", Severity.WARNING, roles["delta"], [roles["minuend"]], wording,
                minus=[roles["subtrahend"]],
            )  # fmt: skip


@rule(
    "S11",
    title="基本支出的人员经费与公用经费",
    scope="情况说明六",
    formula="文字的人员经费、公用经费＝06表合计；两项之和＝基本支出",
    tolerance="CELL、SUM(2)",
    severity=Severity.WARNING,
    why="基本支出说明应与明细表一致。",
    source=PROSE,
    example="江岸区 2024 年度：1375.45、74.15 均相符，合计 1449.61 与 1449.60 属尾差。",
    absent=NO_STATEMENT,
)
def s11(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    for statement in statements.of("S11"):
        yield from statements.check_cells("S11", Severity.WARNING, statement)
        yield from check_parts("S11", Severity.WARNING, statement)


@rule(
    "S26",
    title="增减方向与数字一致",
    scope="文字说明",
    formula="增减额与增减百分比同号；给出上年数时，本年数－上年数与增减额同号",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="把减少写成增加会使结论相反。",
    source=PROSE,
    example="江岸区 2024 年度“三公”经费：减少 19.32 万元、下降 99.08%，方向一致。",
    absent="文字说明没有增减数据",
)
def s26(case: Case) -> Iterator[Relation]:
    for statement in case.report.statements:
        if statement.kind != "growth":
            continue
        current, prior, delta, percent = (
            statement.roles.get(role) for role in ("current", "prior", "delta", "percent")
        )
        subject = f"“{statement.subject}”的增减方向"
        moves = [fact for fact in (delta, percent) if fact is not None and fact.number != 0]
        signs = {fact.number > 0 for fact in moves}
        if current is not None and prior is not None and current.number != prior.number:
            signs.add(current.number > prior.number)
        if len(signs) > 1:
            facts = [fact for fact in (*moves, current, prior) if fact is not None]
            message = f"“{statement.subject}”的增减额、百分比与前后两数方向不一致。"
            yield broken(
                "S26", Severity.ERROR, "sign", message, subject=subject,
                found="、".join(plain(fact.number) for fact in moves), facts=facts,
                advice="请核对“增加”“减少”与数字。",
            )  # fmt: skip
        elif len(moves) == 2 or (moves and prior is not None):
            yield held("S26", subject, *moves, current, prior)
        elif moves:
            yield not_checked("S26", subject, "只给出一个增减数")
