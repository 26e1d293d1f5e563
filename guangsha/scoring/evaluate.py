"""Scores a unit's year: every sheet, row, group and block, with the steps that a person can retrace.

``score_report`` is the door of this room. What the rules cannot decide is asked for, never invented: with ``strict``
(the default) all such rows are reported together as one error; without it (a published document that is only being
checked) they keep no score and say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from guangsha.facts.fact import Fact
from guangsha.facts.report import Indicator, Report, Sheet
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.money import Fen
from guangsha.kernel.numbers import plain
from guangsha.scoring.execution import full_year_budget, score_execution, total_of
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import (
    Basis,
    ScoredBlock,
    ScoredExecution,
    ScoredGroup,
    ScoredIndicator,
    ScoredSheet,
    Scores,
)
from guangsha.scoring.rollup import score_rollup
from guangsha.scoring.rows import NOT_APPLICABLE, Decision, Row, decide, ratio, show, show_rounding
from guangsha.scoring.rules import exact, group_all_or_nothing, group_equal_share, rounded

GROUP = "group"


def score_report(report: Report, profile: Profile, *, strict: bool = True) -> Scores:
    """All sheets of ``report`` and its roll-up, by ``profile``.

    Args:
        report: one unit's year.
        profile: the place's rules for that year.
        strict: refuse what cannot be scored; otherwise leave it without a score.

    Raises:
        InputError: something cannot be scored (several: :class:`~guangsha.kernel.errors.InputErrors`).
    """
    faults: list[InputError] = []
    sheets = tuple(_score(sheet, profile, faults) for sheet in report.sheets)
    rollup = None
    try:
        rollup = score_rollup(report, profile)
    except InputError as fault:
        faults.append(fault)
    if strict:
        _refuse(faults)
    return Scores(report.unit, report.year, profile.id, profile.version, sheets, rollup)


def score_sheet(sheet: Sheet, profile: Profile, *, strict: bool = True) -> ScoredSheet:
    """One sheet; see :func:`score_report`."""
    faults: list[InputError] = []
    scored = _score(sheet, profile, faults)
    if strict:
        _refuse(faults)
    return scored


def _refuse(faults: Sequence[InputError]) -> None:
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise InputErrors(faults)


@dataclass
class _Desk:
    """One sheet while it is being scored: the weights in use and the faults found on the way."""

    sheet: Sheet
    profile: Profile
    faults: list[InputError]
    budget: Fen | None = None
    weights: dict[str, Decimal] = field(default_factory=dict)  # by indicator key
    group_weights: dict[str, Decimal] = field(default_factory=dict)  # by group id
    derived: set[str] = field(default_factory=set)  # "row/…" and "group/…" whose weight came from their block
    applicable: dict[str, bool] = field(default_factory=dict)  # by indicator key
    members: dict[str, list[Indicator]] = field(default_factory=dict)  # applicable rows by group id

    def __post_init__(self) -> None:
        for indicator in self.sheet.indicators:
            counts = self.row(indicator).applicable
            self.applicable[indicator.key] = counts
            if counts and indicator.group:
                self.members.setdefault(indicator.group, []).append(indicator)

    def row(self, indicator: Indicator) -> Row:
        return Row(indicator, self.profile, self.budget)

    def fault(self, indicator: Indicator, message: str, advice: str) -> None:
        self.faults.append(InputError(message, where=self.place(indicator), advice=advice))

    def place(self, indicator: Indicator) -> str:
        """``自评表“整体支出”的指标“公租房实物配租”（figures.yaml 第 12 行）``."""
        fact = indicator.get("name")
        at = str(fact.source.place()) if fact else ""
        name = indicator.name if len(indicator.name) <= 30 else indicator.name[:30] + "……"
        return f"自评表“{self.sheet.name or self.sheet.id}”的指标“{name}”" + (f"（{at}）" if at else "")


def _score(sheet: Sheet, profile: Profile, faults: list[InputError]) -> ScoredSheet:
    desk = _Desk(sheet, profile, faults)
    try:
        desk.budget = full_year_budget(sheet)
        execution = score_execution(sheet, profile)
    except InputError as fault:
        faults.append(fault)
        execution = _no_execution(sheet, profile, fault)
    _find_weights(desk)
    rows = tuple(_score_row(desk, indicator) for indicator in sheet.indicators)
    groups = tuple(group for group_id in sheet.groups if (group := _score_group(desk, group_id)) is not None)
    parts = [row.score for row in rows if row.score is not None] + [group.score for group in groups]
    if execution.score is not None:
        parts.append(execution.score)
    total = total_of(parts, profile)
    return ScoredSheet(
        sheet, execution, rows, groups, _blocks(desk, rows, groups), total, profile.grade(total)
    )


def _no_execution(sheet: Sheet, profile: Profile, fault: InputError) -> ScoredExecution:
    weight = sheet.execution_weight.number if sheet.execution_weight else profile.execution_weight
    return ScoredExecution(None, None, None, None, weight, None, (str(fault),))


# --- weights ----------------------------------------------------------------------------------------------------


def block_of(sheet: Sheet, indicator: Indicator) -> str:
    """The block whose score the row enters: the goal it is printed under (市级绩效目标), else its 一级指标.

    A goal that the sheet gives neither weight nor score for, while its 一级指标 has them, is only a heading.
    """
    goal = indicator.text("block")
    if not goal:
        return indicator.level1
    if _block_given(sheet, goal) or not _block_given(sheet, indicator.level1):
        return goal
    return indicator.level1


def _block_given(sheet: Sheet, name: str) -> bool:
    return sheet.block("weight", name) is not None or sheet.block("score", name, "published") is not None


def _find_weights(desk: _Desk) -> None:
    """The weight of each row and group; one that stands alone in its block may take the block's."""
    sheet = desk.sheet
    waiting: dict[
        str, list[str]
    ] = {}  # block → keys of rows ("row/…") and groups ("group/…") without a weight
    members: dict[str, set[str]] = {}  # block → all of them
    for indicator in sheet.indicators:
        if not desk.applicable[indicator.key]:
            continue
        block = block_of(sheet, indicator)
        key = f"group/{indicator.group}" if indicator.group else f"row/{indicator.key}"
        fact = sheet.group("weight", indicator.group) if indicator.group else indicator.weight
        if key in members.setdefault(block, set()):
            continue
        members[block].add(key)
        if fact is None:
            waiting.setdefault(block, []).append(key)
        elif fact.number < 0:
            desk.fault(indicator, f"分值 {fact.text} 是负数", "请更正分值。")
        else:
            _set_weight(desk, key, fact.number)
    for block, keys in waiting.items():
        weight = _block_weight(desk, block)
        if len(members[block]) == 1 and weight is not None:
            _set_weight(desk, keys[0], weight)
            desk.derived.add(keys[0])


def _set_weight(desk: _Desk, key: str, weight: Decimal) -> None:
    kind, _, name = key.partition("/")
    (desk.group_weights if kind == "group" else desk.weights)[name] = weight


def _block_weight(desk: _Desk, name: str) -> Decimal | None:
    fact = desk.sheet.block("weight", name)
    if fact is not None:
        return fact.number
    block = desk.profile.block(name)
    fixed = desk.profile.blocks_fixed and desk.sheet.kind == "project"
    return block.weight if block is not None and fixed else None


# --- rows -------------------------------------------------------------------------------------------------------


def _score_row(desk: _Desk, indicator: Indicator) -> ScoredIndicator:
    if not desk.applicable[indicator.key]:
        lines = ["指标不适用，不占分"]
        if indicator.weight is not None and indicator.weight.number > 0:
            lines.append(f"分值栏填了 {indicator.weight.text} 分，不计入总分")
        return ScoredIndicator(
            indicator, None, None, None, Basis.NOT_APPLICABLE, NOT_APPLICABLE, None, tuple(lines)
        )
    if indicator.group:
        if indicator.weight is not None:
            desk.fault(
                indicator, "既填了分值又填了共用分值组", "合并计分的行请只填共用分值组，分值填在组上。"
            )
        return _group_member(desk, indicator)
    weight = desk.weights.get(indicator.key)
    if weight is None:
        if indicator.weight is None:
            desk.fault(indicator, "没有填写分值", "请填写分值；与其他行合并计分的填写共用分值组。")
        return ScoredIndicator(
            indicator, None, None, None, Basis.COMPUTED, "undecided", None, ("没有填写分值，不能计分",)
        )
    decision = decide(desk.row(indicator), exact(weight))
    lines = [f"分值 {plain(weight)} 分" + _derived_words(desk, f"row/{indicator.key}")]
    return _finish_row(desk, indicator, weight, decision, lines)


def _derived_words(desk: _Desk, key: str) -> str:
    return "（本行没有分值，取所在一级指标的全部分值）" if key in desk.derived else ""


def _finish_row(
    desk: _Desk, indicator: Indicator, weight: Decimal, decision: Decision, lines: list[str]
) -> ScoredIndicator:
    """Round the rule's points once, then let an admissible assessed score count instead."""
    profile = desk.profile
    lines += decision.lines
    computed = None
    if decision.points is not None:
        computed = rounded(decision.points, profile.indicator_score)
        lines.append(f"得分 {show_rounding(profile.indicator_score)}为 {plain(computed)} 分")
    score, basis = computed, Basis.COMPUTED
    own = indicator.assessed_score
    if own is not None and _within(desk, indicator, own, weight):
        score, basis = _assess(desk, own, decision, computed, indicator.text("approval"), lines)
    if score is None:
        problem = decision.problem
        what = problem.problem if problem else "规则不能据此定分"
        lines.append(f"未能定分：{what}")
        if own is None or profile.self_assessment is False:
            desk.fault(indicator, what, problem.advice if problem else "请填写自评分。")
    return ScoredIndicator(
        indicator, weight, score, computed, basis, decision.method, ratio(decision.completion), tuple(lines)
    )


def _within(desk: _Desk, indicator: Indicator, own: Fact, weight: Decimal) -> bool:
    if 0 <= own.number <= weight:
        return True
    desk.fault(indicator, f"自评分 {own.text} 不在 0 至 {plain(weight)} 分之内", "请更正自评分或分值。")
    return False


def _assess(
    desk: _Desk, own: Fact, decision: Decision, computed: Decimal | None, approval: str, lines: list[str]
) -> tuple[Decimal | None, Basis]:
    """Which score counts when the unit states its own, and on what ground."""
    if own.number == computed:
        return computed, Basis.COMPUTED
    rule = f"规则得分 {plain(computed)} 分" if computed is not None else "规则不能单独定分"
    in_tier = decision.tier is not None and decision.tier.allows(own.number)
    if approval:
        lines.append(f"{rule}；经批准按 {own.text} 分计（{approval}）")
        return own.number, Basis.OVERRIDE
    if decision.tier is not None:
        place = "在该档区间内" if in_tier else f"不在该档区间（{decision.tier}）内"
        lines.append(f"单位自评 {own.text} 分，{place}")
    if desk.profile.self_assessment or in_tier:
        lines.append(f"{rule}；以单位自评 {own.text} 分为准")
        return own.number, Basis.ASSESSED
    lines.append(f"单位自评 {own.text} 分与规则不同又没有批准依据，本地口径不采用")
    return computed, Basis.COMPUTED


# --- groups -----------------------------------------------------------------------------------------------------


def _group_member(desk: _Desk, indicator: Indicator) -> ScoredIndicator:
    """A row whose points are counted on its group; its own degree of completion is still explained."""
    weight = desk.group_weights.get(indicator.group)
    part = exact(weight) / len(desk.members[indicator.group]) if weight is not None else Fraction(1)
    decision = decide(desk.row(indicator), part)
    lines = [f"与同组各行合并计分（组 {indicator.group}）", *decision.lines]
    if decision.problem is not None:
        lines.append(f"本行未能定分：{decision.problem.problem}")
    return ScoredIndicator(
        indicator, None, None, None, Basis.GROUP, decision.method, ratio(decision.completion), tuple(lines)
    )


def _score_group(desk: _Desk, group_id: str) -> ScoredGroup | None:
    """The rows of a group once: by default each earns its equal part of the weight."""
    members = desk.members.get(group_id, [])
    if not members:
        return None
    weight = desk.group_weights.get(group_id)
    if weight is None:
        given = desk.sheet.group("weight", group_id)
        if given is None:
            desk.fault(members[0], f"共用分值组“{group_id}”没有填写分值", "请在 groups 中填写该组的分值。")
        return None
    lines = [f"{len(members)} 行共用 {plain(weight)} 分" + _derived_words(desk, f"group/{group_id}")]
    computed, undecided = _group_points(desk, members, weight, lines)
    own = desk.sheet.group("score", group_id, "assessed")
    score, basis = computed, Basis.COMPUTED
    if own is not None and _within(desk, members[0], own, weight):
        approval = next((text for i in members if (text := i.text("approval"))), "")
        score, basis = _assess(desk, own, Decision(GROUP, None), computed, approval, lines)
    if score is None:
        for indicator, decision in undecided:
            problem = decision.problem
            desk.fault(
                indicator,
                problem.problem if problem else "规则不能据此定分",
                f"{problem.advice if problem else ''}也可以填写整组的自评分。",
            )
        return None
    reason = desk.sheet.group("reason", group_id)
    return ScoredGroup(
        group_id,
        weight,
        score,
        computed,
        basis,
        tuple(indicator.key for indicator in members),
        reason.text if reason else "",
        tuple(lines),
    )


def _group_points(
    desk: _Desk, members: list[Indicator], weight: Decimal, lines: list[str]
) -> tuple[Decimal | None, list[tuple[Indicator, Decision]]]:
    """The group's points by rule, and the members that the rules cannot decide."""
    full, profile = exact(weight), desk.profile
    share = full / len(members)
    decisions = [(indicator, decide(desk.row(indicator), share)) for indicator in members]
    undecided = [(indicator, decision) for indicator, decision in decisions if decision.points is None]
    if undecided:
        lines.append(f"其中 {len(undecided)} 行规则不能定分")
        return None, undecided
    parts = [decision.points for _, decision in decisions if decision.points is not None]
    if profile.group == "all_or_nothing":
        points = group_all_or_nothing(full, parts)
        lines.append(f"规则：各行全部完成得满分，否则不得分；得 {show(points)} 分")
    else:
        points = group_equal_share(parts)
        lines.append(f"规则：各行平均分担，每行 {show(full)} ÷ {len(members)} = {show(share)} 分")
        for indicator, part in zip(members, parts, strict=True):
            if part != share:
                lines.append(f"“{indicator.name}”得 {show(part)} 分")
        lines.append(f"各行合计 {show(points)} 分")
    computed = rounded(points, profile.indicator_score)
    lines.append(f"得分 {show_rounding(profile.indicator_score)}为 {plain(computed)} 分")
    return computed, []


# --- blocks -----------------------------------------------------------------------------------------------------


def _blocks(
    desk: _Desk, rows: Sequence[ScoredIndicator], groups: Sequence[ScoredGroup]
) -> tuple[ScoredBlock, ...]:
    """Weight in use and score of each block; every row and group belongs to exactly one (a group to its first row's)."""
    weights: dict[str, Decimal] = {}
    scores: dict[str, Decimal] = {}
    by_group = {group.id: group for group in groups}
    counted: set[str] = set()
    for row in rows:
        name = block_of(desk.sheet, row.indicator)
        weights.setdefault(name, Decimal(0))
        scores.setdefault(name, Decimal(0))
        if row.basis is Basis.GROUP:
            group_id = row.indicator.group
            if group_id in counted:
                continue
            counted.add(group_id)
            weights[name] += desk.group_weights.get(group_id, Decimal(0))
            scores[name] += by_group[group_id].score if group_id in by_group else 0
        elif row.weight is not None:
            weights[name] += row.weight
            scores[name] += row.score or Decimal(0)
    return tuple(ScoredBlock(name, weights[name], scores[name]) for name in weights)
