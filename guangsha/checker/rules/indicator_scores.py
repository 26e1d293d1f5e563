"""Family K, the score of each row against its rule and its reason. Source: performance.md §3.1, §5.3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from guangsha.checker.document import squeeze
from guangsha.checker.printed import DOWNWARD, not_applicable, scored_row, scores, weights
from guangsha.checker.readings import compact, target_of
from guangsha.checker.reasons import explains, row_reason, says_no_deviation
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held, last_digit, not_checked
from guangsha.checker.subjects import (
    LOCAL_FORMS,
    NO_ROWS,
    SELF_EVALUATION_RULES,
    WUHAN_FORM,
    row_title,
    rows_of,
    sheet_title,
)
from guangsha.facts.fact import Fact
from guangsha.facts.report import Indicator, Sheet
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import plain, round_to
from guangsha.scoring.expression_kinds import Comparison, ExpressionList, Frequency
from guangsha.scoring.profile import Band
from guangsha.scoring.results import Basis, ScoredIndicator

QUANTITATIVE = ("positive", "negative", "equal", "list", "satisfaction")
UPWARD = ("positive", "equal", "step_up")


def given_score(row: Indicator) -> Fact | None:
    """The score that the report prints or the unit assessed."""
    return row.published_score or row.assessed_score


@rule(
    "K03",
    title="得分不低于零、不超过分值",
    scope="指标行",
    formula="0≤得分≤分值",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="超过分值的得分会抬高总分；武汉市表注明“得分不得突破权重总额”。",
    source=f"{SELF_EVALUATION_RULES}；{WUHAN_FORM}",
    absent="自评表没有公布各指标得分",
)
def k03(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        caps = {share.rows[0].key: share for share in weights(sheet)}
        for share in scores(case, sheet):
            cap = caps.get(share.rows[0].key)
            if share.fact is None:
                continue
            subject = f"{sheet_title(sheet)}“{share.label}”的得分"
            if cap is None or cap.value is None:
                yield not_checked("K03", subject, "没有分值")
            elif 0 <= share.fact.number <= cap.value:
                yield held("K03", subject, share.fact, cap.fact)
            else:
                yield broken(
                    "K03", Severity.ERROR, "limit",
                    f"{subject}为 {plain(share.fact.number)}，应在 0 与分值 {plain(cap.value)} 之间。",
                    subject=subject, expected=f"0–{plain(cap.value)}", found=plain(share.fact.number),
                    facts=[fact for fact in (share.fact, cap.fact) if fact], advice="请更正得分或分值。",
                )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _ScoredRow:
    """A row whose own score is given, with what its rule makes of it."""

    sheet: Sheet
    row: Indicator
    printed: Fact
    scored: ScoredIndicator


def _rows_by_method(
    case: Case, rule_id: str, methods: tuple[str, ...], label: str
) -> Iterator[_ScoredRow | Relation]:
    """Rows scored by ``methods`` with a given score; one note per sheet where none is given."""
    for sheet in case.report.sheets:
        chosen = [
            (row, scored)
            for row in sheet.indicators
            if (scored := scored_row(case, sheet, row)) is not None
            and scored.method.startswith(methods)
            and scored.basis is not Basis.GROUP
            and not row.group
        ]
        if chosen and not any(given_score(row) for row, _ in chosen):
            yield not_checked(
                rule_id, f"{sheet_title(sheet)}的{label}得分", "没有公布的得分，得分即按规则计算"
            )
            continue
        for row, scored in chosen:
            printed = given_score(row)
            if printed is None:
                yield not_checked(rule_id, f"{row_title(sheet, row)}的得分", "没有公布的得分")
            else:
                yield _ScoredRow(sheet, row, printed, scored)


def _recompute(rule_id: str, found: _ScoredRow) -> Relation:
    """The given score against the rule's.

    A unit may score itself lower than the rule for a stated reason; scoring higher takes an approval.
    """
    row, printed, computed = found.row, found.printed, found.scored.computed
    subject = f"{row_title(found.sheet, row)}的得分"
    if computed is None:
        return not_checked(rule_id, subject, "目标值与实际完成值无法比较，规则算不出得分")
    figures = (printed, row.weight, row.get("target"), row.get("actual"))
    half = last_digit(printed) / 2
    rounded = round_to(computed, printed.decimals or 0)
    if printed.number == computed or (printed.number == rounded and abs(printed.number - computed) <= half):
        return held(rule_id, subject, *figures)
    reason = row_reason(found.sheet, row)
    if row.text("approval") or (printed.number < computed and explains(reason)):
        return held(rule_id, subject, *figures)
    how = next((line for line in found.scored.explanation if line.startswith("计算：")), "")
    reckoned = f"（{how.removeprefix('计算：')}）" if how else ""
    higher = printed.number > computed
    return broken(
        rule_id, Severity.WARNING, "score",
        f"{subject}：按评分规则应为 {plain(computed)}{reckoned}，报告为 {plain(printed.number)}，"
        f"{'没有批准依据' if higher else '没有说明扣分原因'}。",
        subject=subject, expected=plain(computed), found=plain(printed.number), tolerance=plain(half),
        facts=[fact for fact in figures if fact],
        advice="请按规则更正得分，或填写批准依据。" if higher else "请按规则更正得分，或说明扣分原因。",
    )  # fmt: skip


@rule(
    "K05",
    title="定量指标得分按规则可重算",
    scope="指标行",
    formula="正向：达到目标得满分，否则分值×实际÷目标；反向、等于按本地口径",
    tolerance="SC",
    severity=Severity.WARNING,
    why="定量指标的得分不应由人判断。",
    source=f"{SELF_EVALUATION_RULES}；{WUHAN_FORM}；本地口径见 profiles",
    example="岳阳市非税收入执收成本：目标 26 万元以内、实际 116.29 万元，分值 5，按反向规则为 1.12，报告为 5。",
    absent="没有按比例计分的定量指标",
)
def k05(case: Case) -> Iterator[Relation]:
    for found in _rows_by_method(case, "K05", QUANTITATIVE, "定量指标"):
        yield found if isinstance(found, Relation) else _recompute("K05", found)


@rule(
    "K06",
    title="按步长扣分的得分可重算",
    scope="指标行",
    formula="得分＝max(0，分值－未达步数×每步扣分)",
    tolerance="SC",
    severity=Severity.WARNING,
    why="评分标准已写明每差多少扣几分，得分应当照此计算。",
    source=f"自评表“评分标准”栏；{LOCAL_FORMS}",
    example="岳阳楼区：达到 3500 户得 15 分，每少 10 户扣 1 分；实际 3573 户，得 15 分，相符。",
    absent="没有按步长扣分的指标",
)
def k06(case: Case) -> Iterator[Relation]:
    for found in _rows_by_method(case, "K06", ("step",), "按步长扣分指标"):
        yield found if isinstance(found, Relation) else _recompute("K06", found)


@rule(
    "K07",
    title="定性指标得分在达成程度的分档之内",
    scope="指标行",
    formula="分值×档下限≤得分≤分值×档上限（财政部 100–80–60–0，武汉 100–80–50–0；有效即得满分的地方只有满分和零分）",
    tolerance="SC",
    severity=Severity.WARNING,
    why="定性指标先定档、后打分，得分须落在所定的档内。",
    source=f"{SELF_EVALUATION_RULES}；{WUHAN_FORM}",
    example="分值 10 分、部分达成：岳阳口径为 6 至 8 分，武汉口径为 5 至 8 分。",
    absent="没有公布得分的定性指标",
)
def k07(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        undeclared = 0
        for row in sheet.indicators:
            printed, weight = given_score(row), row.weight
            scored = scored_row(case, sheet, row)
            if printed is None or weight is None or not_applicable(row) or not _qualitative(row, scored):
                continue
            band = _tier_of(case, row)
            if case.profile.qualitative != "binary" and band is None:
                undeclared += 1
                continue
            yield _in_band(case, sheet, row, printed, weight.number, band)
        if undeclared:
            yield not_checked(
                "K07", f"{sheet_title(sheet)}的 {undeclared} 项定性指标", "没有填列达成程度，无从定档"
            )


def _qualitative(row: Indicator, scored: ScoredIndicator | None) -> bool:
    if scored is not None and scored.method:
        return scored.method.startswith(("qualitative", "binary"))
    return not isinstance(target_of(row), Comparison | Frequency | ExpressionList)


def _tier_of(case: Case, row: Indicator) -> Band | None:
    """The tier that the unit declared, or 达成 where it says 100 % or repeats the target's words."""
    declared = row.text("achievement")
    if not declared and row.actual and compact(row.actual) in ("100%", compact(row.target)):
        declared = "achieved"
    return next((band for band in case.profile.bands if band.achievement == declared), None)


def _in_band(
    case: Case, sheet: Sheet, row: Indicator, printed: Fact, weight: Decimal, band: Band | None
) -> Relation:
    subject = f"{row_title(sheet, row)}的得分"
    score = printed.number
    if case.profile.qualitative == "binary":
        fits, expected = score in (Decimal(0), weight), f"0 或 {plain(weight)}"
        tier = "有效得满分、无效不得分"
    elif band is not None:
        low, high = round_to(weight * band.low, 2), round_to(weight * band.high, 2)
        fits = (low <= score if band.low_included else low < score) and score <= high
        expected, tier = f"{low.normalize():f}–{high.normalize():f}", f"“{band.label}”"
    else:
        return not_checked("K07", subject, "没有填列达成程度，无从定档")
    if fits:
        return held("K07", subject, printed)
    return broken(
        "K07", Severity.WARNING, "band",
        f"{subject}：达成程度为{tier}，得分应为 {expected}，报告为 {plain(score)}。",
        subject=subject, expected=expected, found=plain(score),
        facts=[fact for fact in (printed, row.get("achievement"), row.weight) if fact],
        advice="请核对达成程度或得分。",
    )  # fmt: skip


#: Layouts whose forms have a place for reasons (performance.md §4.3–4.5).
FORMS_WITH_REASONS = ("yueyang", "wuhan")


@rule(
    "K08",
    title="未得满分的须说明偏差原因",
    scope="指标行",
    formula="得分＜分值 ⇒ 偏差原因不为空，且不写“无偏离”",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="扣了分又说没有偏离，自相矛盾；空白则无从改进。",
    source=f"{SELF_EVALUATION_RULES}；自评表“偏差原因分析及改进措施”栏",
    example="岳阳市住房保障事务管理经费：得 9、9.98、4、4 分，原因均写“目标完成，无偏离度”；公租房实物配租得 4 分，写明“需求大于供应”，相符。",
    absent=NO_ROWS,
)
def k08(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        caps = {share.rows[0].key: share for share in weights(sheet)}
        for share in scores(case, sheet):
            cap = caps.get(share.rows[0].key)
            if cap is None or cap.value is None or share.value is None:
                continue
            subject = f"{sheet_title(sheet)}“{share.label}”的偏差原因"
            reasons = [row_reason(sheet, row) for row in share.rows]
            if share.value >= cap.value or any(explains(reason) for reason in reasons):
                yield held("K08", subject, share.fact, cap.fact)
                continue
            denied = next((reason for reason in reasons if says_no_deviation(reason)), "")
            said = f"原因却写“{denied}”" if denied else "没有说明原因"
            cells = (share.fact, cap.fact, share.rows[0].get("reason"))
            # A form without a column for reasons leaves no place to give one: that is worth a question, not an error.
            asked = denied or (case.profile.document.layout in FORMS_WITH_REASONS and _asks_reasons(case))
            yield broken(
                "K08", Severity.ERROR if asked else Severity.WARNING, "reason",
                f"{sheet_title(sheet)}“{share.label}”得分 {plain(share.value)}，低于分值 {plain(cap.value)}，{said}。",
                subject=subject, expected="说明偏差原因", found=denied, facts=[fact for fact in cells if fact],
                advice="请写明扣分的原因和改进措施；没有偏差的，应得满分。",
            )  # fmt: skip


def _asks_reasons(case: Case) -> bool:
    """Whether the document prints a place for reasons at all; without a document the place's form decides."""
    if case.document is None or not case.document.tables:
        return True
    heads = (squeeze(cell.text) for table in case.document.tables for row in table.rows for cell in row)
    return any(len(head) <= 40 and re.search(r"偏差|原因", head) for head in heads)


def _completion_rows(case: Case) -> Iterator[tuple[Sheet, Indicator, Decimal]]:
    """Rows where more is better and the completion is known."""
    for sheet, row in rows_of(case.report):
        scored = scored_row(case, sheet, row)
        if scored is None or scored.completion is None or scored.method.startswith(DOWNWARD):
            continue
        # A target that says ≤ is never "over-fulfilled", whatever method its row names.
        target = target_of(row)
        if scored.method.startswith(UPWARD) or not (isinstance(target, Comparison) and target.op.downward):
            yield sheet, row, scored.completion


@rule(
    "K09",
    title="未完成目标的不得满分",
    scope="指标行",
    formula="实际完成值＜目标值 ⇒ 得分＜分值，或有批准依据",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="没有完成而得满分，自评失去意义。",
    source=SELF_EVALUATION_RULES,
    absent="没有可比较目标与实际的指标得分",
)
def k09(case: Case) -> Iterator[Relation]:
    for sheet, row, completion in _completion_rows(case):
        printed, weight = given_score(row), row.weight
        if printed is None or weight is None:
            continue
        subject = f"{row_title(sheet, row)}的得分"
        if completion >= 1 or printed.number < weight.number or row.text("approval"):
            yield held("K09", subject, printed, row.get("target"), row.get("actual"))
            continue
        places = case.profile.indicator_score.places
        if round_to(weight.number * completion, min(printed.decimals or 0, places)) >= weight.number:
            # 2.5 of 3 points are printed as 3 where scores are whole numbers: no points were given away.
            yield held("K09", subject)
            continue
        yield broken(
            "K09", Severity.ERROR, "score",
            f"{row_title(sheet, row)}目标 {row.target}，实际 {row.actual}，没有完成，却得满分 {plain(printed.number)}。",
            subject=subject, expected=f"<{plain(weight.number)}", found=plain(printed.number),
            facts=[fact for fact in (printed, row.get("target"), row.get("actual")) if fact],
            advice="请按完成比例计分；经批准调整的，填写批准依据。",
        )  # fmt: skip


@rule(
    "K10",
    title="大幅超额完成的须说明原因",
    scope="指标行",
    formula="实际完成值÷目标值≥本地规定幅度（一般 130%，武汉 120%）⇒ 有原因说明",
    tolerance="–",
    severity=Severity.WARNING,
    why="大幅超额往往说明目标定低了，下年应当调整。",
    source=f"{SELF_EVALUATION_RULES}关于目标值明显偏低的规定；本地口径见 profiles",
    example="岳阳市：维修资金增值收益目标 900 万元、实际 5086 万元（565.11%），归集 1 亿元、实际 1.63 亿元，均写“无偏离度”。",
    absent="没有可比较目标与实际的指标",
)
def k10(case: Case) -> Iterator[Relation]:
    limit = case.profile.over_completion
    for sheet, row, completion in _completion_rows(case):
        subject = f"{row_title(sheet, row)}的完成幅度"
        reason = row_reason(sheet, row)
        if completion < limit or explains(reason):
            yield held("K10", subject, row.get("actual"), row.get("target"))
            continue
        percent = plain(round_to(completion * 100, 2))
        said = f"原因却写“{reason}”" if says_no_deviation(reason) else "没有说明原因"
        cells = (row.get("actual"), row.get("target"), row.get("reason"))
        yield broken(
            "K10", Severity.WARNING, "reason",
            f"{row_title(sheet, row)}目标 {row.target}，实际 {row.actual}，完成 {percent}%，{said}。",
            subject=subject, expected=f"<{plain(round_to(limit * 100, 0))}% 或说明原因", found=f"{percent}%",
            facts=[fact for fact in cells if fact], advice="请说明超额完成的原因，并在下年合理调整目标值。",
        )  # fmt: skip
