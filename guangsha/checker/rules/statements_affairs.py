"""Family S: 三公, running costs, procurement, assets, performance and the agency itself in the prose (items 九 to 十三)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    Wording,
    broken,
    check_at_most,
    check_cell,
    check_sum,
    held,
    not_checked,
)
from guangsha.checker.rules.statements import NO_STATEMENT, PROSE
from guangsha.checker.rules.years import check_growth
from guangsha.checker.statement_view import (
    Statements,
    about_three_public,
    check_parts,
    check_share,
    parts_of,
)
from guangsha.checker.subjects import sheet_title
from guangsha.facts.fact import Fact
from guangsha.facts.report import Report, Sheet, Statement
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import normalise, plain


@rule(
    "S12",
    title="“三公”经费文字与09表一致",
    scope="情况说明九",
    formula="文字的预算数、决算数＝09表对应单元格；完成%＝决算÷全年预算×100%",
    tolerance="CELL、PCT",
    severity=Severity.ERROR,
    why="“三公”经费是公开的重点，文字与表格须一致。",
    source=PROSE,
    example="江岸区 2024 年度：文字 0.18，表中合计印 0.182，属尾差；0.18÷8.82＝2.04%，相符。",
    absent=NO_STATEMENT,
)
def s12(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    growth = [s for s in statements.of("Y02", kind="growth") if about_three_public(s)]
    for statement in (*statements.of("S12", "S13"), *growth):
        yield from statements.check_cells("S12", Severity.ERROR, statement)
        budget = statement.roles.get("budget")
        if statement.kind == "completion" and budget is not None and budget.number != 0:
            yield from check_share("S12", Severity.ERROR, statement, ("executed", "budget"))
        yield from check_parts("S12", Severity.ERROR, statement)


@rule(
    "S13",
    title="预算、决算均为零时的表述统一",
    scope="情况说明九",
    formula="预算＝决算＝0 的各项，完成百分比的写法相同（宜不写百分比）",
    tolerance="–",
    severity=Severity.WARNING,
    why="同样是零，一处写 100%、一处写 0%，读者无所适从。",
    source=PROSE,
    example="江岸区 2024 年度：因公出国（境）费写 100%，公务接待费写 0%。",
    absent="没有预算、决算均为零的说明",
)
def s13(case: Case) -> Iterator[Relation]:
    empty = [
        statement
        for statement in Statements(case).of("S07", "S08", "S12", "S13", kind="completion")
        if {"budget", "executed"} <= statement.roles.keys()
        and statement.roles["budget"].number == statement.roles["executed"].number == 0
    ]
    written = {s.roles["percent"].number if "percent" in s.roles else None for s in empty}
    if not empty:
        return
    subject = "预算、决算均为零的各项的完成百分比"
    if len(written) == 1:
        yield held("S13", subject)
        return
    words = "、".join(
        f"“{s.subject}”{plain(s.roles['percent'].number) + '%' if 'percent' in s.roles else '未写'}"
        for s in empty
    )
    facts = [s.roles["percent"] for s in empty if "percent" in s.roles]
    yield broken(
        "S13", Severity.WARNING, "wording", f"{subject}写法不一：{words}。", subject=subject,
        found=words, facts=facts, advice="预算、决算均为零时宜统一不写百分比。",
    )  # fmt: skip


def _count(statement: Statement) -> Fact | None:
    return statement.roles.get("count")


@rule(
    "S14",
    title="公务用车保有量不超过车辆总数",
    scope="情况说明九、十二",
    formula="财政拨款开支的公务用车保有量≤国有资产占用中的车辆数",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="两处车辆数出自同一资产账。",
    source=PROSE,
    example="江岸区 2024 年度：4≤4。",
    absent=NO_STATEMENT,
)
def s14(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    held_cars = next((c for s in statements.of("S14", kind="count") if (c := _count(s))), None)
    total, _ = _vehicles(statements)
    if held_cars is not None and total is not None:
        wording = Wording("公务用车保有量不超过车辆总数", "请核对资产账的车辆数。")
        yield _exactly(check_at_most("S14", Severity.WARNING, held_cars, total, wording, places=0))


def _vehicles(statements: Statements) -> tuple[Fact | None, list[Fact]]:
    """Total number of vehicles and its parts (其中：…)."""
    total, parts = None, []
    for statement in statements.of("S19", kind="count"):
        count = _count(statement)
        if count is None:
            continue
        if statement.subject.startswith("其中"):
            parts.append(count)
        elif total is None:
            total = count
    return total, parts


def _exactly(relation: Relation) -> Relation:
    """Counted things have no rounding tail: a difference of one is a fault."""
    finding = relation.finding
    if finding is None or finding.kind != "tail":
        return relation
    return broken(
        relation.rule, Severity.WARNING, "count", f"{relation.subject}：应为 {finding.expected}，报告为 {finding.found}。",
        subject=relation.subject, expected=finding.expected, found=finding.found, places=finding.where,
        advice="请核对计数。",
    )  # fmt: skip


@rule(
    "S15",
    title="机关运行经费等于公用经费合计",
    scope="情况说明十",
    formula="机关运行经费＝06表公用经费合计（行政单位、参公单位）",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="机关运行经费即行政、参公单位的公用经费，其他单位应写明没有。",
    source=PROSE,
    example="江岸区 2024 年度：74.15＝74.15。",
    absent=NO_STATEMENT,
)
def s15(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    public = statements.view.entry(("basic_detail", "public.total", "amount"))
    for statement in statements.of("S15", kind="amount"):
        amount = statement.roles.get("amount")
        if statement.cells:
            yield from statements.check_cells("S15", Severity.ERROR, statement)
        elif amount is not None and amount.number != 0:
            if public is None:
                yield not_checked("S15", "机关运行经费与公用经费", "没有基本支出决算明细表")
            else:
                wording = Wording("机关运行经费＝公用经费合计", "请核对公用经费口径（仅行政、参公单位）。")
                yield check_cell("S15", Severity.ERROR, amount, public, wording)


@rule(
    "S16",
    title="机关运行经费比年初预算的增减",
    scope="情况说明十",
    formula="增减%＝增减额÷年初预算×100%，年初预算＝决算－增减额",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="增减额与百分比应能互相复算。",
    source=PROSE,
    example="江岸区 2024 年度：18.26÷55.89＝32.67%，相符。",
    absent=NO_STATEMENT,
)
def s16(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    for statement in statements.of("S16", kind="growth"):
        yield from statements.check_cells("S16", Severity.ERROR, statement)
        yield from check_growth("S16", statement)


@rule(
    "S17",
    title="政府采购支出总额等于货物、工程、服务之和",
    scope="情况说明十一",
    formula="总额＝货物＋工程＋服务",
    tolerance="SUM(3)",
    severity=Severity.ERROR,
    why="政府采购按货物、工程、服务三类公开。",
    source=PROSE,
    example="江岸区 2024 年度：0.45＋2104.69＝2105.14，相符。",
    absent=NO_STATEMENT,
)
def s17(case: Case) -> Iterator[Relation]:
    for statement in Statements(case).of("S17", kind="sum"):
        yield from check_parts("S17", Severity.ERROR, statement)


@rule(
    "S18",
    title="授予中小企业、小微企业合同的占比",
    scope="情况说明十一",
    formula="小微企业≤中小企业≤总额；占比＝部分÷总数×100%",
    tolerance="PCT",
    severity=Severity.WARNING,
    why="中小企业份额是政府采购政策的公开指标。",
    source="《政府采购促进中小企业发展管理办法》；情况说明十一",
    example="江岸区 2024 年度：493.28÷2105.14＝23.43%，印为 23.42%。",
    absent=NO_STATEMENT,
)
def s18(case: Case) -> Iterator[Relation]:
    for statement in Statements(case).of("S18", kind="share"):
        yield from check_share("S18", Severity.WARNING, statement)
        part, whole = statement.roles.get("part"), statement.roles.get("whole")
        if part is not None and whole is not None:
            wording = Wording(f"“{statement.subject}”部分不超过总数", "请核对采购合同金额。")
            yield check_at_most("S18", Severity.WARNING, part, whole, wording)


@rule(
    "S19",
    title="车辆总数等于各类车辆之和",
    scope="情况说明十二",
    formula="车辆总数＝∑其中各类",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="国有资产占用情况的车辆数应与分类一致。",
    source=PROSE,
    example="江岸区 2024 年度：4＝3＋1。",
    absent=NO_STATEMENT,
)
def s19(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    total, parts = _vehicles(statements)
    if total is not None and parts:
        yield _counted_sum("S19", total, parts, "车辆总数＝各类车辆之和")
    for statement in statements.of("S19", kind="sum"):
        whole, pieces = statement.roles.get("total"), parts_of(statement)
        if whole is not None and pieces:
            yield _counted_sum("S19", whole, pieces, f"“{statement.subject}”合计")


def _counted_sum(rule_id: str, total: Fact, parts: list[Fact], subject: str) -> Relation:
    """EQ: counted things add up exactly."""
    expected = sum(int(part.number) for part in parts)
    if total.number == expected:
        return held(rule_id, subject, total, *parts)
    formula = "＋".join(plain(part.number) for part in parts)
    return broken(
        rule_id, Severity.ERROR, "sum", f"{subject}：应为 {expected}（{formula}），报告为 {plain(total.number)}。",
        subject=subject, expected=str(expected), found=plain(total.number), facts=[total, *parts],
        advice="请核对计数。",
    )  # fmt: skip


@rule(
    "S20",
    title="开展自评的项目数和资金",
    scope="情况说明十三（一）",
    formula="项目数＝项目自评表数；资金＝∑各项目执行数",
    tolerance="EQ、SUM(n)",
    severity=Severity.ERROR,
    why="自评覆盖面应与所附自评表一致。",
    source=PROSE,
    example="江岸区 2024 年度：7 个项目，资金 21311.62 万元，均相符。",
    absent=NO_STATEMENT,
)
def s20(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    sheets = case.report.projects
    for statement in statements.of("S20"):
        count, total = _count(statement), statement.roles.get("total") or statement.roles.get("amount")
        if count is not None and sheets:
            yield _project_count(count, len(sheets))
        yield from check_parts("S20", Severity.ERROR, statement)
        executed = [fact for sheet in sheets if (fact := sheet.funds().executed)]
        if total is not None and executed and len(executed) == len(sheets):
            wording = Wording("自评项目资金＝各项目自评表执行数之和", "请核对所附项目自评表是否齐全。")
            yield check_sum("S20", Severity.ERROR, total, executed, wording)


def _project_count(count: Fact, sheets: int) -> Relation:
    subject = "开展自评的项目数＝项目自评表数"
    if count.number == sheets:
        return held("S20", subject, count)
    message = f"文字说明开展自评的项目为 {count.text} 个，所附项目自评表 {sheets} 份。"
    return broken(
        "S20", Severity.ERROR, "count", message, subject=subject, expected=str(sheets), found=count.text,
        facts=[count], advice="请补齐自评表或更正项目数。",
    )  # fmt: skip


@rule(
    "S21",
    title="自评资金占项目支出的比重",
    scope="情况说明十三（一）",
    formula="占比＝自评项目资金÷项目支出总额×100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="自评覆盖率以项目支出为分母。",
    source=PROSE,
    example="江岸区 2024 年度：21311.62÷21404.66＝99.57%，相符。",
    absent=NO_STATEMENT,
)
def s21(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    for statement in statements.of("S21", kind="share"):
        yield from statements.check_cells("S21", Severity.ERROR, statement)
        yield from check_share("S21", Severity.ERROR, statement)


@rule(
    "S22",
    title="各项目综述的预算、执行与自评表一致",
    scope="情况说明十三（二）（三）",
    formula="综述的预算数、执行数＝自评表；执行率＝执行÷预算×100%",
    tolerance="CELL、PCT",
    severity=Severity.ERROR,
    why="综述是自评表的摘要，数字不应不同。",
    source=PROSE,
    example="江岸区 2024 年度老旧小区改造：10220.42÷28606.98＝35.73%，相符；物业一处把执行率写成 200%。",
    absent=NO_STATEMENT,
)
def s22(case: Case) -> Iterator[Relation]:
    for statement in Statements(case).of("S22", kind="completion"):
        yield from check_share("S22", Severity.ERROR, statement, ("executed", "budget"))
        sheet = _sheet_of(case.report, statement.subject)
        if sheet is None:
            yield not_checked("S22", f"“{statement.subject}”与自评表", "没有同名的自评表")
            continue
        for role, stage, name in (("budget", "full_year", "预算数"), ("executed", "executed", "执行数")):
            printed, cell = statement.roles.get(role), sheet.funds().stage(stage)
            if printed is not None and cell is not None:
                wording = Wording(
                    f"“{statement.subject}”{name}＝{sheet_title(sheet)}{name}", "请按自评表更正综述。"
                )
                yield check_cell("S22", Severity.ERROR, printed, cell, wording)


def _sheet_of(report: Report, subject: str) -> Sheet | None:
    """The sheet whose name holds the subject, or is held by it; brackets and 项目 at the end do not count."""

    def core(text: str) -> str:
        return re.sub(r"\(.*?\)", "", normalise(text)).replace(" ", "").removesuffix("项目")

    wanted = core(subject)
    named = [(sheet, core(sheet.name)) for sheet in report.sheets if sheet.name]
    for match in (lambda name: name == wanted, lambda name: wanted in name, lambda name: name in wanted):
        found = [sheet for sheet, name in named if wanted and match(name)]
        if len(found) == 1:
            return found[0]
    return None


#: What a count of people or units speaks of, by words of its subject.
_PEOPLE = (
    (r"下属单位", "unit.subordinates"),
    (r"行政", "staff.administrative"),
    (r"事业", "staff.institution"),
    (r"编制", "staff.established"),
    (r"在职|实有", "staff.employed"),
    (r"退休", "staff.retired"),
)


@rule(
    "S25",
    title="在职人数等于行政人数加事业人数，文字与登记一致",
    scope="概况",
    formula="在职人数＝行政人数＋事业人数；文字所写人数、单位数＝登记数",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="机构人员情况是绩效与三公经费人均数的基础。",
    source="部门决算公开第一部分",
    example="江岸区 2024 年度：11＋39＝50，相符。",
    absent="没有人员情况",
)
def s25(case: Case) -> Iterator[Relation]:
    employed, administrative, institution = (
        case.facts.find(f"staff.{field}") for field in ("employed", "administrative", "institution")
    )
    if employed is not None and administrative is not None and institution is not None:
        yield _counted_sum("S25", employed, [administrative, institution], "在职人数＝行政人数＋事业人数")
    yield from _people(case, "S25", Severity.ERROR)


@rule(
    "S27",
    title="同一人数在各处一致",
    scope="全文",
    formula="文字所写人数＝登记数",
    tolerance="EQ",
    severity=Severity.INFO,
    why="同一事实在报告各处应一致。",
    source="部门决算公开第一部分、第六部分",
    example="江岸区 2024 年度：退休 55 人，与概况一致。",
    absent="没有可对照的人数",
)
def s27(case: Case) -> Iterator[Relation]:
    yield from _people(case, "S27", Severity.INFO)


def _people(case: Case, rule_id: str, severity: Severity) -> Iterator[Relation]:
    for statement in Statements(case).of(rule_id, kind="count"):
        count = _count(statement)
        concept = next((concept for words, concept in _PEOPLE if re.search(words, statement.subject)), "")
        known = case.facts.find(concept) if concept else None
        if count is None or known is None:
            continue
        subject = f"文字说明“{statement.subject}”与{known.declared.label}"
        if count.number == known.number:
            yield held(rule_id, subject)
        else:
            yield broken(
                rule_id, severity, "equal", f"{subject}不一致：{count.text} 与 {known.text}。", subject=subject,
                expected=known.text, found=count.text, facts=[count, known], advice="请核对人员情况。",
            )  # fmt: skip
