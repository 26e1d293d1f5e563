"""Family U: a department and its units (部门汇总). Source: performance.md §3.4, §5.6.

Rules between documents (U09, U14, U16) are in ``departments_units.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from guangsha.checker.printed import plain_name, scores
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import Wording, broken, check_score, check_sum, held, not_checked
from guangsha.checker.subjects import sheet_title
from guangsha.facts.fact import Fact
from guangsha.facts.forms import ROLLUP_COMPONENTS, ROLLUP_METHODS, STAGES
from guangsha.facts.report import Rollup, Sheet
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import divide, plain, round_to

_NONE = "报告中没有部门汇总得分表"
_FORM = "岳阳市市直部门整体支出绩效自评报告“单位得分表”"
#: What a weighting may go by: method → concept of the member's figure.
WEIGHTS = {
    "budget": "rollup.budget",
    "executed": "rollup.executed",
    "staff": "rollup.staff",
    "project_money": "rollup.project_money",
}


def _label(component: str) -> str:
    return ROLLUP_COMPONENTS.get(component, component)


@rule(
    "U01",
    title="单位总分等于各部分得分之和",
    scope="单位得分表",
    formula="单位总分＝预算执行＋产出＋效益＋满意度（＋成本）",
    tolerance="SC",
    severity=Severity.ERROR,
    why="单位总分参与部门汇总，一处加错会带入部门得分。",
    source=_FORM,
    example="住保中心：9.94＋49＋29＋10＝97.94，相符。",
    absent=_NONE,
)
def u01(case: Case) -> Iterator[Relation]:
    rollup = case.report.rollup
    for member in rollup.members:
        subject = f"“{rollup.name(member)}”的总分"
        total = rollup.score(member, "total")
        parts = [fact for name in rollup.components if (fact := rollup.score(member, name))]
        if total is None or not parts:
            yield not_checked("U01", subject, "总分或各部分得分未填")
            continue
        formula = "＋".join(plain(fact.number) for fact in parts)
        computed = sum((fact.number for fact in parts), Decimal(0))
        wording = Wording(subject, "请将各部分得分重新相加，更正总分。")
        yield check_score(
            "U01", Severity.ERROR, total, computed, wording, how=formula, basis="各部分得分相加", inputs=parts
        )


@rule(
    "U02",
    title="部门各部分得分等于按汇总方法计算的结果",
    scope="单位得分表",
    formula="部门得分＝汇总方法（各单位得分），按本地口径取位",
    tolerance="SC",
    severity=Severity.ERROR,
    why="部门得分由各单位得分汇总而来，须能由公开的数字重算。",
    source=f"{_FORM}；本地口径见 profiles",
    example="市住建局九个单位：71.22÷9＝7.9133→7.9，446.55÷9→49.6，259.21÷9→28.8，均相符。",
    absent=_NONE,
)
def u02(case: Case) -> Iterator[Relation]:
    rollup, scored = case.report.rollup, case.scores.rollup
    if not rollup:
        return
    method = scored.method if scored else rollup.text("method") or case.profile.rollup_method
    for component in rollup.components:
        printed = rollup.published(component)
        subject = f"部门{_label(component)}得分"
        computed = scored.values.get(component) if scored else None
        if printed is None:
            yield not_checked("U02", subject, "没有公布部门得分")
        elif computed is None:
            yield not_checked("U02", subject, "有单位没有得分或权重，汇总不出结果")
        else:
            exact = scored.exact.get(component) if scored else None
            how = f"{ROLLUP_METHODS.get(method, method)}" + (
                f" {plain(round_to(exact, 4))}" if exact is not None else ""
            )
            wording = Wording(subject, "请按公布的汇总方法重新计算，或说明实际采用的方法和权重。")
            units = case.facts.select("rollup.score", component=component)
            yield check_score(
                "U02",
                Severity.ERROR,
                printed,
                computed,
                wording,
                how=how,
                basis="按汇总方法",
                inputs=units,
                places=case.profile.rollup_rounding.places,
            )


@rule(
    "U03",
    title="部门总分等于部门各部分得分之和",
    scope="单位得分表",
    formula="部门总分＝∑部门各部分得分",
    tolerance="SC",
    severity=Severity.ERROR,
    why="部门总分决定部门等级。",
    source=_FORM,
    example="市住建局：7.9＋49.6＋28.8＋10＝96.3，相符。",
    absent="没有公布部门总分",
)
def u03(case: Case) -> Iterator[Relation]:
    rollup = case.report.rollup
    total = rollup.published("total")
    if total is None:
        return
    parts = [fact for name in rollup.components if (fact := rollup.published(name))]
    subject = "部门总分"
    if not parts or len(parts) < len(rollup.components):
        yield not_checked("U03", subject, "部门各部分得分未全部公布")
        return
    computed = sum((fact.number for fact in parts), Decimal(0))
    formula = "＋".join(plain(fact.number) for fact in parts)
    wording = Wording(subject, "请将部门各部分得分重新相加，更正总分和等级。")
    yield check_score(
        "U03",
        Severity.ERROR,
        total,
        computed,
        wording,
        how=formula,
        basis="各部分得分相加",
        inputs=parts,
        places=case.profile.rollup_rounding.places,
    )


def _mean(rollup: Rollup, component: str, weight: Callable[[str], Decimal]) -> Decimal | None:
    """Mean of a component over the units, weighted; None where a score is missing or all weights are zero."""
    pairs = [(rollup.score(member, component), weight(member)) for member in rollup.members]
    if not pairs or any(score is None for score, _ in pairs):
        return None
    total = sum((share for _, share in pairs), Decimal(0))
    if total == 0:
        return None
    return divide(sum((score.number * share for score, share in pairs if score), Decimal(0)), total)


def _reproduces(rollup: Rollup, weight: Callable[[str], Decimal]) -> bool:
    """Whether the weighted means, rounded as printed, give every published component."""
    for component in rollup.components:
        printed = rollup.published(component)
        mean = _mean(rollup, component, weight)
        if printed is None or mean is None or round_to(mean, printed.decimals or 0) != printed.number:
            return False
    return bool(rollup.components)


@rule(
    "U04",
    title="称加权平均的，须公布权重",
    scope="单位得分表",
    formula="汇总口径含“加权”⇒ 各单位权重已公布，且能由其重算",
    tolerance="–",
    severity=Severity.WARNING,
    why="不公布权重的加权平均无法核对，也可能实际上只是简单平均。",
    source=f"{_FORM}；公开件实例",
    example="市住建局称“加权平均分”而未公布权重，简单平均恰好得出 7.9、49.6、28.8、10、96.3。",
    absent=_NONE,
)
def u04(case: Case) -> Iterator[Relation]:
    rollup = case.report.rollup
    if not rollup:
        return
    label = case.facts.find("rollup.label")
    subject = "部门汇总的口径"
    if label is None:
        yield not_checked("U04", subject, "没有说明汇总口径")
        return
    disclosed = [
        method
        for method, concept in WEIGHTS.items()
        if all(case.facts.find(concept, member=member) for member in rollup.members)
    ]

    def by(method: str) -> Callable[[str], Decimal]:
        def weight(member: str) -> Decimal:
            fact = case.facts.find(WEIGHTS[method], member=member)
            return fact.number if fact else Decimal(0)

        return weight

    if "加权" not in label.text or any(_reproduces(rollup, by(method)) for method in disclosed):
        yield held("U04", subject)
        return
    simple = _reproduces(rollup, lambda _: Decimal(1))
    reason = "简单平均即可得出公布的各项得分" if simple else "无法由公布的数字重算"
    # Figures that happen to stand in another table are no weights; a method that is named makes them so.
    named = rollup.text("method") in disclosed
    undisclosed = "按公布的权重算不出公布的得分" if named else "没有公布各单位的权重"
    printed = [fact for name in rollup.components if (fact := rollup.published(name))]
    yield broken(
        "U04", Severity.WARNING, "method", f"汇总口径称“{label.text}”，但{undisclosed}，{reason}。",
        subject=subject, expected="公布权重" if not simple else "简单平均", found=label.text, facts=(label, *printed),
        advice="请公布各单位的权重；实际为简单平均的，请改称“平均分”。",
    )  # fmt: skip


@rule(
    "U05",
    title="部门预算执行得分与部门执行率相符",
    scope="单位得分表与部门决算",
    formula="部门预算执行得分≈预算执行分值×部门全年执行数÷部门全年预算数",
    tolerance="SC",
    severity=Severity.WARNING,
    why="各单位得分的平均会掩盖大额单位执行偏低，应与部门整体执行率对照。",
    source="财政部门对部门整体支出执行率的口径",
    example="市住建局：10×15698.18÷22257.69＝7.05，公布 7.9，不符。",
    absent=_NONE,
)
def u05(case: Case) -> Iterator[Relation]:
    rollup = case.report.rollup
    if not rollup:
        return
    subject = "部门预算执行得分与部门执行率"
    printed = rollup.published("execution")
    budget = case.facts.find("rollup.department_budget")
    executed = case.facts.find("rollup.department_executed")
    if printed is None or budget is None or executed is None or budget.number == 0:
        yield not_checked("U05", subject, "部门预算执行得分、全年预算数或全年执行数未填")
        return
    rate = divide(executed.number, budget.number)
    weight = case.profile.execution_weight
    computed = round_to(weight * min(rate, Decimal(1)), 2)
    formula = f"{plain(weight)}×{plain(executed.number)}÷{plain(budget.number)}"
    wording = Wording(subject, "请说明预算执行得分的汇总方法；以资金加权更能反映部门整体执行情况。")
    yield check_score("U05", Severity.WARNING, printed, computed, wording, how=formula, basis="按部门执行率")


@rule(
    "U06",
    title="单位得分行与该单位自评表相符",
    scope="单位与部门",
    formula="得分表中本单位各部分得分、总分＝本单位整体自评表",
    tolerance="SC",
    severity=Severity.ERROR,
    why="部门汇总引用的是单位已公开的得分。",
    source=_FORM,
    example="住保中心 9.94、49、29、10、97.94，与其自评表完全一致。",
    absent="没有同时提供单位得分表和本单位的整体自评表",
)
def u06(case: Case) -> Iterator[Relation]:
    rollup, overall = case.report.rollup, case.report.overall
    own = {case.facts.unit, case.report.text("unit.short_name")} - {""}
    member = next((key for key in rollup.members if rollup.name(key) in own), None)
    if member is None or overall is None:
        return
    for component in (*rollup.components, "total"):
        listed = rollup.score(member, component)
        stated = _own_score(case, overall, component)
        subject = f"“{rollup.name(member)}”的{_label(component)}与{sheet_title(overall)}"
        if listed is None or stated is None:
            yield not_checked("U06", subject, "有一处未填")
        else:
            wording = Wording(subject, "请以单位公开的自评表为准更正。")
            yield check_score("U06", Severity.ERROR, listed, stated, wording, basis="单位自评表")


def _own_score(case: Case, sheet: Sheet, component: str) -> Decimal | None:
    if component in ("execution", "total"):
        fact = sheet.published("execution.score" if component == "execution" else "sheet.total")
        return fact.number if fact else None
    wanted = plain_name(_label(component))
    values = [share.value for share in scores(case, sheet) if plain_name(share.level1).startswith(wanted[:2])]
    if not values or any(value is None for value in values):
        return None
    return sum((value for value in values if value is not None), Decimal(0))


@rule(
    "U07",
    title="各单位项目支出之和等于部门项目支出",
    scope="部门",
    formula="∑单位项目支出＝部门项目支出合计",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="部门项目支出由各单位项目支出组成。",
    source=f"{_FORM}；部门自评报告“项目支出情况表”",
    example="市住建局：3048.34＋591.22＋969.74＋41.64＋275.24＋1862.29＝6788.47，相符。",
    absent="没有公布部门项目支出合计",
)
def u07(case: Case) -> Iterator[Relation]:
    total = case.facts.find("rollup.department_project")
    addends = case.facts.select("rollup.project_money")
    if total is None:
        return
    wording = Wording("部门项目支出与各单位项目支出之和", "请核对各单位的项目支出。")
    if len(addends) < len(case.report.rollup.members) or not addends:
        yield not_checked("U07", wording.subject, "有单位没有填列项目支出")
    else:
        yield check_sum("U07", Severity.ERROR, total, addends, wording)


@rule(
    "U08",
    title="各单位三公经费之和等于部门三公经费",
    scope="部门",
    formula="∑单位三公经费＝部门三公经费（预算、决算，各分项分别核对）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="部门三公经费由各单位汇总，是必须公开的数字。",
    source="部门自评报告“三公经费情况表”",
    example="市住建局：预算运行维护 19.50、决算 11.94，接待预算 9.50、决算 1.11，均与合计相符。",
    absent="没有填列各单位三公经费",
)
def u08(case: Case) -> Iterator[Relation]:
    listed = case.facts.select("rollup.three_public")
    keys = dict.fromkeys((fact.dimension("item"), fact.dimension("stage")) for fact in listed)
    for item, stage in keys:
        total = case.facts.find("rollup.department_three_public", item=item, stage=stage)
        addends = case.facts.select("rollup.three_public", item=item, stage=stage)
        name = _THREE_PUBLIC.get(item, item)
        wording = Wording(
            f"部门{name}{STAGES.get(stage, stage)}与各单位之和", "请核对各单位三公经费和部门合计。"
        )
        if total is None:
            yield not_checked("U08", wording.subject, "没有公布部门合计")
        else:
            yield check_sum("U08", Severity.ERROR, total, addends, wording)


_THREE_PUBLIC = {
    "total": "三公经费",
    "vehicles": "公务用车费",
    "vehicle_purchase": "公务用车购置费",
    "vehicle_running": "公务用车运行维护费",
    "abroad": "因公出国（境）费",
    "reception": "公务接待费",
}


@rule(
    "U10",
    title="部门各类资金的支出之和等于部门全年执行数",
    scope="部门",
    formula="∑（基本支出、项目支出×财政拨款、其他资金）＝部门全年执行数",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="部门总支出按性质和资金来源分列后必须加得回去。",
    source="部门自评报告“支出情况”；公开件实例",
    example="市住建局：8204.44＋593.41＋6788.47＋111.86＝15698.18，相符。",
    absent="没有填列部门支出按性质和资金来源的构成",
)
def u10(case: Case) -> Iterator[Relation]:
    parts = case.facts.select("rollup.department_money")
    if not parts:
        return
    total = case.facts.find("rollup.department_executed")
    wording = Wording("部门全年执行数与各类资金支出之和", "请核对部门支出的构成。")
    if total is None:
        yield not_checked("U10", wording.subject, "部门全年执行数未填")
    else:
        yield check_sum("U10", Severity.ERROR, total, parts, wording)


@rule(
    "U11",
    title="部门预算数、执行数等于各单位之和",
    scope="部门",
    formula="部门全年预算数＝∑单位全年预算数；部门全年执行数＝∑单位全年执行数（部门执行率＝∑执行÷∑预算）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="部门执行率以各单位金额之和计算，而不是各单位执行率的平均。",
    source="部门决算汇总口径",
    example="市住建局：15698.18÷22257.69＝70.53%（各单位金额未全部公布）。",
    absent=_NONE,
)
def u11(case: Case) -> Iterator[Relation]:
    if not case.report.rollup:
        return
    for concept, total_concept, label in (
        ("rollup.budget", "rollup.department_budget", "全年预算数"),
        ("rollup.executed", "rollup.department_executed", "全年执行数"),
    ):
        total, addends = case.facts.find(total_concept), case.facts.select(concept)
        wording = Wording(f"部门{label}与各单位{label}之和", f"请核对各单位的{label}。")
        if total is None or len(addends) < len(case.report.rollup.members):
            yield not_checked("U11", wording.subject, f"部门或某个单位的{label}没有公布")
        else:
            yield check_sum("U11", Severity.ERROR, total, addends, wording)


@dataclass(frozen=True, slots=True)
class _Listing:
    """One of the tables that list the units."""

    name: str
    members: tuple[str, ...]
    fact: Fact


@rule(
    "U12",
    title="各表所列单位一致",
    scope="部门",
    formula="单位名单＝得分表各行＝三公经费表各行＝本级＋下属单位数",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="漏列一个单位，部门得分和经费就少了一块。",
    source="部门决算汇总范围；公开件实例",
    example="市住建局本级和八个下属单位，各表均为九行，相符。",
    absent=_NONE,
)
def u12(case: Case) -> Iterator[Relation]:
    rollup = case.report.rollup
    if not rollup:
        return
    for label, concept in (("得分表", "rollup.score"), ("三公经费表", "rollup.three_public")):
        found = case.facts.select(concept)
        if not found:
            yield not_checked("U12", f"{label}所列单位", f"没有{label}")
            continue
        listing = _Listing(label, tuple(dict.fromkeys(fact.dimension("member") for fact in found)), found[0])
        yield _compare_listing(rollup, listing)
    subordinates = case.facts.find("unit.subordinates")
    subject = "单位数与下属单位数"
    if subordinates is None:
        yield not_checked("U12", subject, "没有填列下属单位数")
    elif subordinates.number + 1 == len(rollup.members):
        yield held("U12", subject)
    else:
        expected = plain(subordinates.number + 1)
        yield broken(
            "U12", Severity.ERROR, "count",
            f"下属单位 {plain(subordinates.number)} 个，连同本级应为 {expected} 行，得分表列了 {len(rollup.members)} 行。",
            subject=subject, expected=expected, found=str(len(rollup.members)), facts=(subordinates,),
            advice="请核对纳入部门决算的单位名单。",
        )  # fmt: skip


def _compare_listing(rollup: Rollup, listing: _Listing) -> Relation:
    subject = f"{listing.name}所列单位"
    missing = [rollup.name(key) for key in rollup.members if key not in listing.members]
    surplus = [key for key in listing.members if key not in rollup.members]
    if not missing and not surplus:
        return held("U12", subject)
    said = [f"缺少{'、'.join(missing)}"] if missing else []
    said += [f"多出{'、'.join(surplus)}"] if surplus else []
    return broken(
        "U12", Severity.ERROR, "list", f"{subject}与单位名单不一致：{'，'.join(said)}。",
        subject=subject, expected=str(len(rollup.members)), found=str(len(listing.members)), facts=(listing.fact,),
        advice="请补齐或更正单位名单。",
    )  # fmt: skip


@rule(
    "U13",
    title="超编单位须说明",
    scope="部门",
    formula="单位在职人数≤编制数",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="部门控制率由各单位汇总，个别单位超编会被平均掩盖。",
    source="部门整体支出绩效评价基础数据表“财政供养人员情况”",
    example="住保中心：73≤75，相符。",
    absent="没有填列各单位编制数和在职人数",
)
def u13(case: Case) -> Iterator[Relation]:
    rollup = case.report.rollup
    for member in rollup.members:
        posts = case.facts.find("rollup.established", member=member)
        staff = case.facts.find("rollup.staff", member=member)
        if posts is None or staff is None:
            continue
        subject = f"“{rollup.name(member)}”的在职人数"
        if staff.number <= posts.number:
            yield held("U13", subject)
            continue
        yield broken(
            "U13", Severity.WARNING, "limit", f"{subject} {plain(staff.number)} 人，超过编制 {plain(posts.number)} 人。",
            subject=subject, expected=f"≤{plain(posts.number)}", found=plain(staff.number), facts=(staff, posts),
            advice="请核对；确属超编的，在存在的问题中说明。",
        )  # fmt: skip
