"""Hypothesis strategies for whole units' years, one per profile: what a finance officer could have filled.

``unit_years`` gives years that hold together (parts add up to totals, the final accounts balance, weights make
100 points), so a rule that complains about one has found its own mistake. ``filled_years`` adds everything else
the figures file can hold (published results, groups, blocks, last year, odd words) with no regard for sense: it
is for readers and writers. Amounts are exact: drawn as whole fen-hundreds, kept as Decimal 万元 with two decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from hypothesis import strategies as st

from guangsha.facts.fact import Fact, FactSet
from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.numbers import decimals_of, divide, plain, round_to
from guangsha.scoring.profile import load_profile
from guangsha.testing.report_tables import Accounts, Spending, accounts_facts, wan

#: A fiscal year that each profile has rules for.
YEARS: Mapping[str, int] = {
    "mof": 2024, "yueyang": 2023, "yueyanglou": 2025, "yuelu": 2022, "jiangan": 2024,
}  # fmt: skip

#: 财预 2020 年 10 号文: execution 10, output 50, effect 30, satisfaction 10; used where a profile has no file.
_NATIONAL = (Decimal(10), {"产出指标": Decimal(50), "效益指标": Decimal(30), "满意度指标": Decimal(10)})

_LEVEL2 = {
    "产出指标": ("数量指标", "质量指标", "时效指标"),
    "效益指标": ("经济效益指标", "社会效益指标", "生态效益指标"),
    "满意度指标": ("服务对象满意度指标",),
    "成本指标": ("经济成本指标",),
}
_COUNTED = (
    ("公租房实物配租", "套"), ("租赁补贴发放", "户"), ("老旧小区改造", "个"), ("危房巡查", "次"), ("白蚁防治", "栋"),
)  # fmt: skip
_RATED = ("补贴发放完成率", "验收合格率", "投诉办结率", "居民满意度")
_DESCRIBED = (("改善居住条件", "有效改善"), ("促进住房保障", "有效促进"), ("完成竣工验收", "完成"))
_PROJECTS = ("公租房租赁补贴", "老旧小区改造", "保障性住房建设", "危房治理", "住房保障事务经费")


class Draft:
    """Facts being gathered for one year."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.facts: list[Fact] = []

    def put(self, concept: str, value: Decimal | int | str, **dimensions: str) -> None:
        # Fact.of cannot take a dimension named "source", so the fact is made directly.
        number = Decimal(value) if isinstance(value, int) else value
        decimals = decimals_of(number) if isinstance(number, Decimal) else None
        ordered = tuple(sorted(dimensions.items()))
        self.facts.append(Fact(concept, ordered, number, self.year, decimals=decimals))


@st.composite
def unit_years(draw: st.DrawFn, profile_id: str, *, accounts: bool | None = None) -> FactSet:
    """A consistent year of one unit under ``profile_id``.

    Args:
        profile_id: one of the shipped profiles.
        accounts: with the final-accounts tables and statements; by default only for Wuhan (``jiangan``).
    """
    draft = Draft(YEARS[profile_id])
    with_accounts = profile_id == "jiangan" if accounts is None else accounts
    spending = draw(_spendings())
    _about(draw, draft)
    _overall(draw, draft, spending, profile_id)
    for number in range(len(spending.projects)):
        _project(draw, draft, spending, number, profile_id)
    _base_table(draw, draft, spending)
    _detail(draft, spending)
    if with_accounts:
        tables = draw(_account_years(spending))
        draft.facts += accounts_facts(tables, draft.year)
        _statements(draft, tables)
    return FactSet(draw(_units), draft.year, profile_id, draft.facts)


_units = st.sampled_from(("江城市住房保障服务中心", "南湖区住房保障事务中心", "临江县保障性住房服务中心"))
_cents = st.integers(0, 5_000_000)


@st.composite
def _spendings(draw: st.DrawFn) -> Spending:
    names = draw(st.lists(st.sampled_from(_PROJECTS), max_size=3, unique=True))
    codes = ("2120101", "2080505", "2210201")
    return Spending(
        economic={
            code: wan(draw(_cents))
            for code in ("30101", "30103", "30108", "30201", "30211", "30302", "31002")
        },
        basic_initial=wan(draw(_cents)),
        basic_slack=wan(draw(st.integers(0, 10_000))),
        basic_codes=draw(st.permutations(codes)),
        projects=tuple(_project_money(draw, name, number) for number, name in enumerate(names)),
    )


def _project_money(
    draw: st.DrawFn, name: str, number: int
) -> tuple[str, str, tuple[Decimal, Decimal, Decimal]]:
    code = ("2210106", "2210107", "2210108")[number]
    full_year = draw(st.integers(100, 5_000_000))
    executed = full_year if draw(st.booleans()) else draw(st.integers(full_year // 2, full_year))
    return name, code, (wan(draw(_cents)), wan(full_year), wan(executed))


def _about(draw: st.DrawFn, draft: Draft) -> None:
    year = draft.year + 1
    for field, words in {
        "department": "江城市住房和城乡建设局",
        "short_name": "市住保中心",
        "nature": "公益一类事业单位",
        "offices": "综合科、配租科、修缮科",
        "duties": "公租房配租、租赁补贴审核发放和保障房维修",
        "thrift": "压减会议和差旅，节约水电",
        "problems": "部分房源位置偏远；补贴申请集中在年末",
        "improvements": "按季度受理申请；加强房源调剂",
        "results_use": "自评结果在政府门户网站公开",
    }.items():
        draft.put(f"unit.{field}", words)
    draft.put("unit.report_date", f"{year}-0{draw(st.integers(3, 9))}-15")
    draft.put("unit.filled_on", f"{year}-0{draw(st.integers(3, 9))}-05")
    established = draw(st.integers(5, 120))
    draft.put("staff.established", established)
    draft.put("staff.employed", draw(st.integers(1, established)))
    draft.put("staff.retired", draw(st.integers(0, 60)))


def _weights(profile_id: str, year: int) -> tuple[Decimal, dict[str, Decimal]]:
    try:
        profile = load_profile(profile_id, year)
    except RuleMissing:
        return _NATIONAL
    blocks = {block.name: block.weight for block in profile.blocks}
    if sum(blocks.values()) + profile.execution_weight != 100:
        return _NATIONAL  # the published form of that place does not make 100 by itself
    return profile.execution_weight, blocks


def _overall(draw: st.DrawFn, draft: Draft, spending: Spending, profile_id: str) -> None:
    put = draft.put
    put("sheet.kind", "overall", sheet="overall")
    put("sheet.name", "整体支出", sheet="overall")
    put("sheet.goal_expected", "完成年度住房保障任务", sheet="overall")
    put("sheet.goal_actual", "年度住房保障任务已完成", sheet="overall")
    initial, full_year, executed = spending.totals()
    for stage, amount in (("initial", initial), ("full_year", full_year), ("executed", executed)):
        put("sheet.funds", amount, sheet="overall", fund="total", stage=stage)
    own = wan(draw(st.integers(0, int(full_year * 100))))
    for source, amount in (("general_public", full_year - own), ("other", own)):
        put("sheet.by_revenue", amount, sheet="overall", source=source, stage="full_year")
    put("sheet.by_expenditure", spending.basic, sheet="overall", nature="basic", stage="executed")
    put(
        "sheet.by_expenditure", spending.project_total(2), sheet="overall", nature="project", stage="executed"
    )
    if full_year and divide(executed, full_year) < Decimal("0.8"):
        put("sheet.execution_reason", "项目资金跨年度支付", sheet="overall")
    _indicators(draw, draft, "overall", _weights(profile_id, draft.year)[1])


def _project(draw: st.DrawFn, draft: Draft, spending: Spending, number: int, profile_id: str) -> None:
    name, _, (initial, full_year, executed) = spending.projects[number]
    sheet = f"project-{number + 1}"
    for field, words in {
        "kind": "project",
        "name": name,
        "department": "江城市住房和城乡建设局",
        "implementer": "江城市住房保障服务中心",
        "budget_line": f"p{number + 1}",
        "goal_expected": f"按计划实施{name}",
        "goal_actual": f"{name}按计划实施",
    }.items():
        draft.put(f"sheet.{field}", words, sheet=sheet)
    carried = min(initial, full_year, executed) if draw(st.booleans()) else Decimal("0.00")
    for stage, amount in (("initial", initial), ("full_year", full_year), ("executed", executed)):
        draft.put("sheet.funds", amount, sheet=sheet, fund="total", stage=stage)
        draft.put("sheet.funds", amount - carried, sheet=sheet, fund="current", stage=stage)
        draft.put("sheet.funds", carried, sheet=sheet, fund="carry_over", stage=stage)
    if divide(executed, full_year) < Decimal("0.8"):
        draft.put("sheet.execution_reason", "工程款按进度支付", sheet=sheet)
    _indicators(draw, draft, sheet, _weights(profile_id, draft.year)[1])


def _indicators(draw: st.DrawFn, draft: Draft, sheet: str, blocks: Mapping[str, Decimal]) -> None:
    row = 0
    for level1, weight in blocks.items():
        names = _LEVEL2.get(level1, (level1,))
        count = draw(st.integers(1, min(3, int(weight))))
        share, rest = divmod(int(weight), count)
        for number in range(count):
            row += 1
            points = share + (rest if number == 0 else 0)
            _indicator(draw, draft, sheet, row, level1, names[number % len(names)], points)


def _indicator(
    draw: st.DrawFn, draft: Draft, sheet: str, row: int, level1: str, level2: str, weight: int
) -> None:
    def put(field: str, value: Decimal | int | str) -> None:
        draft.put(f"indicator.{field}", value, sheet=sheet, indicator=str(row))

    put("level1", level1)
    put("level2", level2)
    sort = "rate" if level1 == "满意度指标" else draw(st.sampled_from(("count", "rate", "words")))
    if level1 == "成本指标":
        limit = draw(st.integers(100, 100_000))
        put("name", f"成本控制{row}")
        put("target", f"≤{limit}万元")
        put("actual", f"{draw(st.integers(limit // 2, limit))}万元")
    elif sort == "count":
        name, unit = draw(st.sampled_from(_COUNTED))
        target = draw(st.integers(1, 5_000))
        actual = draw(st.integers(target // 2, target + target // 5))
        put("name", f"{name}{unit}数{row}")
        put("target", f"{target}{unit}")
        put("actual", f"{actual}{unit}")
        if actual < target:
            put("reason", "房源交付时间晚于计划")
    elif sort == "rate":
        target, actual = draw(st.integers(60, 100)), draw(st.integers(50, 100))
        put("name", f"{draw(st.sampled_from(_RATED))}{row}")
        put("target", f"≥{target}%")
        put("actual", f"{actual}%")
        if actual < target:
            put("reason", "部分事项仍在办理")
    else:
        name, words = draw(st.sampled_from(_DESCRIBED))
        put("name", f"{name}{row}")
        put("target", words)
        put("actual", words)
        put("achievement", "achieved")
    put("weight", weight)


def _base_table(draw: st.DrawFn, draft: Draft, spending: Spending) -> None:
    def line(key: str, amounts: Sequence[Decimal]) -> None:
        for stage, amount in zip(("prior_executed", "initial", "executed"), amounts, strict=True):
            draft.put("base.amount", amount, line=key, stage=stage)

    def drawn() -> list[Decimal]:
        return [wan(draw(st.integers(0, 10_000))) for _ in range(3)]

    purchase, running, abroad, reception = drawn(), drawn(), drawn(), drawn()
    vehicles = [sum(pair, Decimal(0)) for pair in zip(purchase, running, strict=True)]
    line("three_public", [sum(four, Decimal(0)) for four in zip(vehicles, abroad, reception, strict=True)])
    for key, amounts in (
        ("vehicles", vehicles), ("vehicle_purchase", purchase), ("vehicle_running", running),
        ("abroad", abroad), ("reception", reception),
    ):  # fmt: skip
        line(key, amounts)
    prior = [wan(draw(_cents)) for _ in spending.projects]
    line("project_total", [sum(prior, Decimal("0.00")), spending.project_total(0), spending.project_total(2)])
    for number, (name, _, (initial, _full, executed)) in enumerate(spending.projects):
        draft.put("base.name", name, line=f"programme.p{number + 1}")
        line(f"programme.p{number + 1}", [prior[number], initial, executed])
    line("public_total", [wan(draw(_cents)), wan(draw(_cents)), spending.public])


def _detail(draft: Draft, spending: Spending) -> None:
    for group in spending.groups():
        draft.put("detail.economic", spending.group(group), economic=group)
        for code, amount in spending.economic.items():
            if code.startswith(group):
                draft.put("detail.economic", amount, economic=code)
    for item, amount in (
        ("expenditure_total", spending.totals()[2]),
        ("basic", spending.basic),
        ("project", spending.project_total(2)),
        ("personnel", spending.personnel),
        ("public", spending.public),
    ):
        draft.put("detail.amount", amount, item=item)
    for number, (name, _, (_i, _f, executed)) in enumerate(spending.projects):
        draft.put("detail.programme", executed, programme=f"p{number + 1}")
        draft.put("detail.programme_name", name, programme=f"p{number + 1}")


@st.composite
def _account_years(draw: st.DrawFn, spending: Spending) -> Accounts:
    return Accounts(
        spending,
        other_income=wan(draw(st.integers(0, 100_000))),
        opening=wan(draw(st.integers(0, 100_000))),
        vehicle_running=wan(draw(st.integers(0, 5_000))),
        reception=wan(draw(st.integers(0, 5_000))),
        prior_total=wan(draw(st.integers(1, 5_000_000))),
    )


def _statements(draft: Draft, tables: Accounts) -> None:
    revenue, fiscal = tables.revenue_total, tables.spending.totals()[2]
    if revenue:
        percent = round_to(divide(fiscal * 100, revenue), 2)
        _statement(
            draft,
            "share-fiscal",
            "share",
            "财政拨款收入占本年收入",
            {"part": fiscal, "whole": revenue},
            percent,
        )
    delta = revenue - tables.prior_total
    growth = round_to(divide(delta * 100, tables.prior_total), 2)
    _statement(
        draft, "growth-revenue", "growth", "本年收入与上年相比",
        {"current": revenue, "prior": tables.prior_total, "delta": delta}, growth,
    )  # fmt: skip


def _statement(
    draft: Draft, key: str, kind: str, subject: str, amounts: Mapping[str, Decimal], percent: Decimal
) -> None:
    draft.put("statement.kind", kind, statement=key)
    draft.put("statement.subject", subject, statement=key)
    for role, amount in amounts.items():
        draft.put("statement.amount", amount, statement=key, role=role)
    draft.put("statement.percent", percent, statement=key, role="percent")


# --- everything the figures file can hold ------------------------------------------------------------------

#: Words that have broken readers before: numbers, dates and YAML words as text, formula signs, line breaks.
ODD_WORDS = (
    "3500", "95%", "0012", "2023-12-31", "yes", "null", "~", "≥1000户", "=1+1", "-", "#N/A", "- 甲", "a: b", "'引号\"",
    "第一行\n第二行", "1、≥5000起；2、≥40件", "（无）", "{甲}", "[乙]", "&amp;<b>", "_x000D_", "12:30:00", "1e5", "甲  乙",
    "@丙", "!!int 3", "*星号", "%百分", "|", ">", "🏠",
)  # fmt: skip
words = st.one_of(
    st.sampled_from(ODD_WORDS),
    st.text(st.sampled_from("住房保障服务中心0123456789.,:;#&*!|>'\"%@`{}[]-=+<>（）≥≤㎡ "), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool),
)  # fmt: skip
amounts = (
    st.integers(0, 10**13)
    .map(lambda fen: Decimal(fen).scaleb(-6).quantize(Decimal("0.000001")))
    .map(lambda value: Decimal(plain(value).rstrip("0").rstrip(".")))
)
scores = st.integers(0, 10_000).map(lambda n: Decimal(n).scaleb(-2))


@st.composite
def filled_years(draw: st.DrawFn, profile_id: str) -> FactSet:
    """A year with every sort of optional figure filled by chance; sums need not hold.

    For round trips: whatever a reader accepts, a writer must be able to give back.
    """
    base = draw(unit_years(profile_id))
    draft = Draft(base.year)
    for sheet in [fact.dimension("sheet") for fact in base.select("sheet.kind")]:
        _decorate_sheet(draw, draft, base, sheet)
    _decorate_unit(draw, draft)
    if draw(st.booleans()):
        _rollup(draw, draft)
    if draw(st.booleans()):
        _prior_year(draw, draft)
    return base.plus(draft.facts)


def _decorate_sheet(draw: st.DrawFn, draft: Draft, base: FactSet, sheet: str) -> None:
    put = draft.put
    for field in ("category", "attribute", "type", "deviation_reason", "improvement"):
        if draw(st.booleans()):
            put(f"sheet.{field}", draw(words), sheet=sheet)
    put("execution.rate", draw(scores), sheet=sheet, basis="published")
    put("execution.score", draw(scores), sheet=sheet, basis="published")
    put("sheet.total", draw(scores), sheet=sheet, basis="published")
    put("sheet.weight_total", 100, sheet=sheet, basis="published")
    put("sheet.grade", "优", sheet=sheet, basis="published")
    put("execution.weight", draw(scores), sheet=sheet)
    put("sheet.by_expenditure", draw(amounts), sheet=sheet, nature="personnel", stage="initial")
    for block in draw(st.lists(st.sampled_from(("产出指标", "市级绩效目标")), unique=True)):
        put("block.weight", draw(scores), sheet=sheet, block=block)
        put("block.score", draw(scores), sheet=sheet, block=block, basis="published")
    grouped = draw(st.booleans())
    if grouped:
        put("group.weight", draw(scores), sheet=sheet, group="g1")
        put("group.score", draw(scores), sheet=sheet, group="g1", basis="assessed")
        put("group.score", draw(scores), sheet=sheet, group="g1", basis="published")
        put("group.reason", draw(words), sheet=sheet, group="g1")
    row = str(len(base.select("indicator.name", sheet=sheet)) + 1)
    put("indicator.name", draw(words), sheet=sheet, indicator=row)
    for field in draw(st.sets(st.sampled_from(_INDICATOR_WORDS))):
        put(f"indicator.{field}", draw(words), sheet=sheet, indicator=row)
    put("indicator.direction", draw(st.sampled_from(("up", "down"))), sheet=sheet, indicator=row)
    put(
        "indicator.achievement",
        draw(st.sampled_from(("achieved", "partial", "failed"))),
        sheet=sheet,
        indicator=row,
    )
    put(
        "indicator.method",
        draw(st.sampled_from(("positive", "step", "not_applicable"))),
        sheet=sheet,
        indicator=row,
    )
    put("indicator.deduct", draw(scores), sheet=sheet, indicator=row)
    if grouped:
        put("indicator.group", "g1", sheet=sheet, indicator=row)
    else:
        put("indicator.weight", draw(scores), sheet=sheet, indicator=row)
    put("indicator.score", draw(scores), sheet=sheet, indicator=row, basis="published")
    put("indicator.score", draw(scores), sheet=sheet, indicator=row, basis="assessed")


_INDICATOR_WORDS = (
    "level1", "level2", "target", "actual", "block", "reason", "unit", "step", "approval", "revised_from", "evidence",
    "numerator", "denominator", "rule",
)  # fmt: skip


def _decorate_unit(draw: st.DrawFn, draft: Draft) -> None:
    put = draft.put
    put("unit.contact", draw(words))
    put("unit.subordinates", draw(st.integers(0, 30)))
    put("staff.control_rate", draw(scores), basis="published")
    put("base.name", draw(words), line="programme.special")
    put("base.parent", "special", line="programme.child")
    put("base.amount", draw(amounts), line="programme.child", stage="executed")
    put("base.area", draw(amounts), line="approved")
    put("base.invested", draw(amounts), line="actual")
    put("detail.function", draw(amounts), function="208")
    put("detail.revenue", draw(amounts), source="other")
    put("detail.amount", -draw(amounts), item="balance")
    put("statement.kind", "sum", statement="s-sum")
    put("statement.subject", draw(words), statement="s-sum")
    put("statement.amount", draw(amounts), statement="s-sum", role="total")
    for number in range(1, draw(st.integers(0, 3)) + 1):
        put("statement.amount", draw(amounts), statement="s-sum", role=f"part.{number}")
        put("statement.label", draw(words), statement="s-sum", role=f"part.{number}")
    put("statement.kind", "difference", statement="s-less")
    put("statement.amount", -draw(amounts), statement="s-less", role="delta")
    put("statement.cell", "accounts.revenue/total/fiscal", statement="s-less", role="delta")
    put("statement.kind", "count", statement="s-count")
    put("statement.count", draw(st.integers(0, 10**6)), statement="s-count", role="count")


def _rollup(draw: st.DrawFn, draft: Draft) -> None:
    put = draft.put
    put("rollup.label", draw(words))
    put("rollup.method", "simple_mean")
    put("rollup.department", "江城市住房和城乡建设局")
    put("rollup.department_budget", draw(amounts))
    put("rollup.department_executed", draw(amounts))
    for member in ("hq", "housing")[: draw(st.integers(1, 2))]:
        put("rollup.member", draw(words), member=member)
        for component in ("execution", "output", "effect", "satisfaction", "total"):
            put("rollup.score", draw(scores), member=member, component=component)
        put("rollup.budget", draw(amounts), member=member)
        put("rollup.executed", draw(amounts), member=member)
        put("rollup.staff", draw(st.integers(0, 100)), member=member)
        put("rollup.project_money", draw(amounts), member=member)
        put("rollup.three_public", draw(amounts), member=member, item="reception", stage="executed")
    put("rollup.published", draw(scores), component="total")
    put("rollup.grade", "优秀")
    put("rollup.department_three_public", draw(amounts), item="vehicle_running", stage="initial")


def _prior_year(draw: st.DrawFn, draft: Draft) -> None:
    last = Draft(draft.year - 1)
    last.put("base.amount", draw(amounts), line="public_total", stage="executed")
    last.put("accounts.revenue", draw(amounts), row="total", column="fiscal")
    last.put("accounts.row_name", draw(words), table="revenue", row="2210106")
    last.put("accounts.revenue", draw(amounts), row="2210106", column="total")
    last.put("statement.kind", "amount", statement="old")
    last.put("statement.amount", draw(amounts), statement="old", role="amount")
    last.put("sheet.kind", "overall", sheet="overall")
    last.put("sheet.funds", draw(amounts), sheet="overall", fund="total", stage="executed")
    draft.facts += last.facts
