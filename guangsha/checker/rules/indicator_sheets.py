"""Family K, whole sheets: weights, totals, grades and the cells that a sheet must fill. Source: performance.md §5.3."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from guangsha.checker.printed import (
    DOWNWARD,
    block_names,
    in_block,
    is_evaluation,
    not_applicable,
    plain_name,
    printed_total,
    scored_row,
    scores,
    scores_execution,
    weights,
)
from guangsha.checker.reasons import execution_reason, explains, has_prose, improvement, told_reason
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import Wording, broken, check_score, held, not_checked
from guangsha.checker.subjects import (
    INDICATOR_FORM,
    NO_ROWS,
    NO_SHEET,
    SELF_EVALUATION_RULES,
    WUHAN_FORM,
    sheet_title,
)
from guangsha.facts.fact import Fact
from guangsha.facts.report import Sheet
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import decimals_of, plain, round_to

FULL = Decimal(100)
#: 执行率 below this share asks for a cause and a measure (K30).
LOW_EXECUTION = Decimal(80)
#: Labels that mean the same band: 优 is also printed 优秀 (S1 and S4 of performance.md).
GRADE_WORDS = {
    "优秀": "优", "优": "优", "良好": "良", "良": "良", "中等": "中", "中": "中", "一般": "中", "合格": "中",
    "及格": "中", "差": "差", "较差": "差", "不合格": "差", "不及格": "差",
}  # fmt: skip


@rule(
    "K01",
    title="分值合计为 100 分",
    scope="自评表",
    formula="预算执行分值＋∑指标分值（合并单元格只计一次）＝100",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="总分按 100 分评定等级，分值不足或超出会使等级失真。",
    source=f"{SELF_EVALUATION_RULES}；自评表“总分 100”",
    example="岳阳市整体自评表：10＋50＋30＋10＝100，相符。",
    absent=NO_SHEET,
)
def k01(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        subject = f"{sheet_title(sheet)}的分值合计"
        found = _weight_total(case, sheet)
        if found is None:
            yield not_checked("K01", subject, "有指标没有填分值")
            continue
        total, formula = found
        printed = sheet.published("sheet.weight_total")
        heads = [sheet.execution_weight, *(sheet.block("weight", name) for name in block_names(case, sheet))]
        facts = [share.fact for share in weights(sheet) if share.fact is not None]
        facts += [fact for fact in heads if fact is not None]
        if total != FULL:
            yield broken(
                "K01", Severity.ERROR, "sum", f"{subject}应为 100 分，实为 {plain(total)} 分（{formula}）。",
                subject=subject, expected="100", found=plain(total), facts=facts, advice="请调整指标分值，使合计为 100 分。",
            )  # fmt: skip
        elif printed is not None and printed.number != total:
            yield broken(
                "K01", Severity.ERROR, "sum",
                f"{subject}列为 {plain(printed.number)} 分，各项分值之和为 {plain(total)} 分（{formula}）。",
                subject=subject, expected=plain(total), found=plain(printed.number), facts=(printed, *facts),
                advice="请更正分值合计。",
            )  # fmt: skip
        else:
            yield held("K01", subject, printed, *facts)


def _weight_total(case: Case, sheet: Sheet) -> tuple[Decimal, str] | None:
    """Execution plus every weight once; the printed block weights stand in where rows have no weight column."""
    scored = case.scores.sheet(sheet.id)
    own = sheet.execution_weight
    execution = own.number if own else (scored.execution.weight if scored else case.profile.execution_weight)
    column = weights(sheet)
    parts = {"预算执行": execution} if scores_execution(sheet) else {}
    if not column:
        return None
    if all(share.value is not None for share in column):
        for share in column:
            label = share.level1 or share.label
            parts[label] = parts.get(label, Decimal(0)) + (share.value or Decimal(0))
    else:
        blocks = block_names(case, sheet)
        capped = [sheet.block("weight", block) for block in blocks]
        covered = all(any(in_block(share, block, blocks) for block in blocks) for share in column)
        if not covered or any(fact is None for fact in capped):
            return None
        parts.update({block: fact.number for block, fact in zip(blocks, capped, strict=True) if fact})
    formula = "＋".join(f"{label} {plain(value)}" for label, value in parts.items())
    return sum(parts.values(), Decimal(0)), formula


@rule(
    "K02",
    title="一级指标分值等于其下指标分值之和，并符合本地规定",
    scope="自评表",
    formula="∑三级指标分值＝一级指标分值；一级指标分值＝本地规定分值（无相应指标的除外）",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="一级指标的权重体现评价导向，随意增减会使各单位得分不可比。",
    source=f"{INDICATOR_FORM}表式；本地口径见 profiles",
    example="岳阳市：产出 50、效益 30、满意度 10，均相符；岳阳楼区住房保障事务经费为 45、40、0、5，与同单位另一张表 40、20、15、15 不同。",
    absent=NO_ROWS,
)
def k02(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        column = weights(sheet)
        blocks = block_names(case, sheet)
        if any(share.value is None for share in column):
            yield not_checked("K02", f"{sheet_title(sheet)}的一级指标分值", "有指标没有填分值")
            continue
        for block in blocks:
            printed = sheet.block("weight", block)
            members = [share for share in column if in_block(share, block, blocks)]
            if printed is not None and members:
                subject = f"{sheet_title(sheet)}“{block}”的分值"
                total = sum((share.value or Decimal(0) for share in members), Decimal(0))
                if total == printed.number:
                    yield held("K02", subject, printed, *(share.fact for share in members))
                else:
                    yield broken(
                        "K02", Severity.ERROR, "sum",
                        f"{subject}列为 {plain(printed.number)} 分，其下指标分值之和为 {plain(total)} 分。",
                        subject=subject, expected=plain(printed.number), found=plain(total),
                        facts=(printed, *(share.fact for share in members if share.fact)),
                        advice="请调整指标分值或更正一级指标分值。",
                    )  # fmt: skip
        yield from _against_profile(case, sheet)


def _against_profile(case: Case, sheet: Sheet) -> Iterator[Relation]:
    """Level-1 weights in use against those the place lays down; sheets with several named goals have their own."""
    column = weights(sheet)
    if not column or any(row.text("block") for row in sheet.indicators):
        return
    if is_evaluation(sheet):
        yield not_checked(
            "K02", f"{sheet_title(sheet)}的一级指标分值", "绩效评价的指标体系由评价方案规定分值"
        )
        return
    severity = Severity.ERROR if case.profile.blocks_fixed else Severity.WARNING
    tree = case.profile.tree_for(sheet.level1_names)
    for level1 in dict.fromkeys(share.level1 for share in column):
        members = [share for share in column if share.level1 == level1]
        laid_down = next((block for block in tree if plain_name(block.name) == plain_name(level1)), None)
        subject = f"{sheet_title(sheet)}“{level1}”与本地规定的分值"
        total = sum((share.value or Decimal(0) for share in members), Decimal(0))
        if laid_down is None:
            yield not_checked("K02", subject, f"{case.profile.label}没有规定这一级指标的分值")
        elif total == laid_down.weight:
            yield held("K02", subject, *(share.fact for share in members))
        else:
            yield broken(
                "K02", severity, "weight",
                f"{subject}不同：规定 {plain(laid_down.weight)} 分，表中 {plain(total)} 分。",
                subject=subject, expected=plain(laid_down.weight), found=plain(total),
                facts=[fact for fact in (*(share.fact for share in members), sheet.block("weight", level1)) if fact],
                advice="请按规定分值调整，或说明调整的依据（如某一级指标不适用）。",
            )  # fmt: skip


@rule(
    "K04",
    title="总分等于预算执行得分加各指标得分",
    scope="自评表",
    formula="总分＝预算执行得分＋∑指标得分（合并单元格只计一次）",
    tolerance="SC",
    severity=Severity.ERROR,
    why="总分是报告的结论，由表内得分相加而来，不允许另填。",
    source=f"{SELF_EVALUATION_RULES}；自评表“总分”栏",
    example="岳阳楼区整体自评表：10＋40＋20＋15＋15＝100.00，报告为 99.79，不符；岳阳市 9.94＋49＋29＋10＝97.94，相符。",
    absent=NO_SHEET,
)
def k04(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        subject = f"{sheet_title(sheet)}的总分"
        printed = sheet.published("sheet.total")
        if printed is None:
            yield not_checked("K04", subject, "没有公布的总分")
            continue
        total, formula, addends = printed_total(case, sheet)
        if total is None:
            yield not_checked("K04", subject, f"缺少{formula}")
            continue
        shown = round_to(total, max(decimals_of(total), printed.decimals or 0))
        yield check_score(
            "K04", Severity.ERROR, printed, shown, Wording(subject, "请将各项得分重新相加，更正总分和正文中的得分、等级。"),
            how=formula, places=case.profile.total_score.places, basis="各项得分相加",
            inputs=addends,
        )  # fmt: skip


@rule(
    "K20",
    title="必设的二级指标齐全",
    scope="自评表",
    formula="本地规定必设的二级指标各至少一行，效益指标至少一行，满意度指标按规定设置",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="缺少时效、成本或满意度指标，自评就没有回答按时、省钱、群众满意三个问题。",
    source=f"{INDICATOR_FORM}表式；本地口径见 profiles",
    example="江岸区危房治理项目没有时效、成本指标；岳阳楼区住房保障事务经费没有满意度指标。",
    absent=NO_ROWS,
)
def k20(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        if not sheet.indicators:
            continue
        subject = f"{sheet_title(sheet)}的二级指标"
        if is_evaluation(sheet):
            yield not_checked("K20", subject, "绩效评价的指标体系由评价方案规定")
            continue
        words = {plain_name(row.level1) for row in sheet.indicators}
        words |= {plain_name(row.level2) for row in sheet.indicators}
        required = [plain_name(name) for name in case.profile.mandatory_level2]
        required.append("效益")
        # Wuhan's note 4 leaves satisfaction optional; elsewhere it is required where the place gives it points.
        if case.profile.document.layout != "wuhan" and any("满意" in b.name for b in case.profile.blocks):
            required.append("满意度")
        missing = [name for name in required if not any(name in word for word in words)]
        if not missing:
            yield held("K20", subject)
            continue
        names = [fact for row in sheet.indicators[:1] if (fact := row.get("name"))]
        yield broken(
            "K20", Severity.WARNING, "missing", f"{subject}缺少：{'、'.join(missing)}指标。",
            subject=subject, expected="、".join(missing), found="", facts=names,
            advice="请补设指标；确不适用的，列出并注明“不适用”。",
        )  # fmt: skip


@rule(
    "K23",
    title="一级指标得分等于其下指标得分之和",
    scope="自评表",
    formula="一级指标（或分项目标）公布得分＝∑其下指标得分",
    tolerance="SC",
    severity=Severity.ERROR,
    why="正文和附表按一级指标引用得分，引用数必须与表内得分一致。",
    source=f"{WUHAN_FORM}；公开件实例",
    example="江岸区物业管理项目：预算执行 20、产出 40、效益 30、满意度 10，与表相符。",
    absent="没有公布一级指标得分",
)
def k23(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        blocks = block_names(case, sheet)
        for block in blocks:
            printed = sheet.block("score", block, "published")
            if printed is None:
                continue
            subject = f"{sheet_title(sheet)}“{block}”的得分"
            members = [share for share in scores(case, sheet) if in_block(share, block, blocks)]
            values = [share.value for share in members if share.value is not None]
            if not members or len(values) < len(members):
                yield not_checked("K23", subject, "其下指标没有逐行得分")
                continue
            formula = "＋".join(plain(value) for value in values)
            yield check_score(
                "K23", Severity.ERROR, printed, sum(values, Decimal(0)), Wording(subject, "请核对其下各指标得分。"),
                how=formula, basis="各指标得分相加", inputs=[share.fact for share in members if share.fact],
            )  # fmt: skip


def _same_band(label: str) -> str:
    """The band that a printed grade means, empty when it is no grade at all."""
    return GRADE_WORDS.get(label.replace("等", "").strip(), GRADE_WORDS.get(label.strip(), ""))


@rule(
    "K25",
    title="等级与总分相符",
    scope="自评表、部门汇总",
    formula="等级＝总分所在分档（优 90–100，良 80–90，中 60–80，差 60 以下，以本地口径为准）；优与优秀视为同一等级",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="等级由总分决定，用于结果应用和预算安排。",
    source=f"{SELF_EVALUATION_RULES}；本地口径见 profiles",
    example="岳阳市 97.94 分为优，市住建局 96.3 分印“优秀”，均相符。",
    absent="没有公布等级",
)
def k25(case: Case) -> Iterator[Relation]:
    pairs: list[tuple[str, Fact, Fact | None, Decimal | None]] = []
    for sheet in case.report.sheets:
        grade = sheet.published("sheet.grade")
        scored = case.scores.sheet(sheet.id)
        if grade is not None:
            total = sheet.published("sheet.total")
            computed = scored.total if scored else None
            pairs.append((f"{sheet_title(sheet)}的等级", grade, total, total.number if total else computed))
    grade = case.facts.find("rollup.grade")
    if grade is not None:
        total = case.report.rollup.published("total")
        pairs.append(("部门汇总得分的等级", grade, total, total.number if total else None))
    for subject, grade, total, points in pairs:
        yield _grade_relation(case, subject, grade, total, points)


def _grade_relation(
    case: Case, subject: str, grade: Fact, total: Fact | None, points: Decimal | None
) -> Relation:
    if not case.profile.grades:
        return not_checked("K25", subject, f"{case.profile.label}没有规定等级")
    if points is None:
        return not_checked("K25", subject, "没有总分")
    expected = case.profile.grade(points)
    if grade.text == expected or (_same_band(grade.text) and _same_band(grade.text) == _same_band(expected)):
        return held("K25", subject)
    return broken(
        "K25", Severity.ERROR, "grade", f"{subject}：{plain(points)} 分应为“{expected}”，报告为“{grade.text}”。",
        subject=subject, expected=expected, found=grade.text,
        facts=[fact for fact in (grade, total) if fact is not None], advice="请按总分所在分档更正等级。",
    )  # fmt: skip


@rule(
    "K28",
    title="偏差大或目标未完成的，须填原因分析",
    scope="自评表",
    formula="有指标超额达到规定幅度或未完成 ⇒“偏差大或目标未完成原因分析”不为空",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="武汉市表式把全部偏差原因集中填在一格，空着就没有任何解释。",
    source=WUHAN_FORM,
    example="江岸区老旧小区、安居工程项目已填；整体自评表群众投诉 5000 起实际 26450 余起，未填。",
    absent="本地表式没有“偏差大或目标未完成原因分析”一栏",
)
def k28(case: Case) -> Iterator[Relation]:
    if case.profile.document.layout != "wuhan":
        return
    for sheet in case.report.sheets:
        subject = f"{sheet_title(sheet)}的偏差原因分析"
        deviating = []
        for row in sheet.indicators:
            scored = scored_row(case, sheet, row)
            if scored is None or scored.completion is None or not_applicable(row):
                continue
            upward = not scored.method.startswith(DOWNWARD)
            missed = scored.completion < 1 if upward else scored.completion > 1
            if missed or (upward and scored.completion >= case.profile.over_completion):
                deviating.append((row, scored.completion))
        explained = explains(sheet.text("deviation_reason"))
        if explained or all(explains(row.reason) for row, _ in deviating):
            yield held("K28", subject)
        else:
            shown = "、".join(f"“{row.name}”（{_percent(done)}）" for row, done in deviating[:4])
            facts = [fact for row, _ in deviating if (fact := row.get("actual"))]
            yield broken(
                "K28", Severity.WARNING, "missing",
                f"{subject}为空，而{shown}的完成率偏离目标较大。",
                subject=subject, expected="填写原因分析", found="", facts=facts,
                advice="请逐项说明偏差较大或未完成的原因。",
            )  # fmt: skip


def _percent(ratio: Decimal) -> str:
    return f"{plain(round_to(ratio * 100, 2))}%"


@rule(
    "K30",
    title="执行率低于 80% 的，须说明原因和措施",
    scope="自评表",
    formula="执行率＜80% ⇒ 有原因说明和改进措施",
    tolerance="–",
    severity=Severity.WARNING,
    why="预算执行偏低影响下一年度预算安排，必须交代原因和怎样改进。",
    source=f"{SELF_EVALUATION_RULES}；公开件实例",
    example="江岸区老旧小区改造 35.73%、安居工程 66.7%，均已说明。",
    absent=NO_SHEET,
)
def k30(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        subject = f"{sheet_title(sheet)}的执行率说明"
        scored = case.scores.sheet(sheet.id)
        rate = scored.execution.rate_exact if scored else None
        if rate is None:
            yield not_checked("K30", subject, "没有执行率")
            continue
        lacking = []
        if not execution_reason(sheet) and not told_reason(case.document, sheet):
            lacking.append("原因说明")
        if not explains(improvement(case.report, sheet)):
            lacking.append("改进措施")
        if rate >= LOW_EXECUTION or not lacking:
            yield held("K30", subject)
            continue
        if case.document is not None and not has_prose(case.document):
            yield not_checked("K30", subject, "文件只有附表，没有可以说明原因的正文")
            continue
        executed = sheet.funds().executed
        yield broken(
            "K30", Severity.WARNING, "missing",
            f"{sheet_title(sheet)}执行率为 {plain(round_to(rate, 2))}%，低于 80%，没有{'和'.join(lacking)}。",
            subject=subject, expected="和".join(lacking), found="",
            facts=[executed] if executed else [], advice="请说明执行偏低的原因，并写明改进措施。",
        )  # fmt: skip
