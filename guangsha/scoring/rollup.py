"""Rolls the scores of a department's units up to the department (部门汇总).

Each component (预算执行, 产出, 效益, 满意度 …) is the weighted mean of the units' scores, rounded once; the total is
the sum of the rounded components or the rounded mean of the totals, as the profile says. See docs/algorithms/rollup.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from guangsha.facts.fact import Fact
from guangsha.facts.forms import ROLLUP_COMPONENTS, ROLLUP_METHODS
from guangsha.facts.report import Report, Rollup
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import plain
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import ScoredRollup
from guangsha.scoring.rows import ratio, show, show_rounding
from guangsha.scoring.rules import exact, rounded

#: The fact that holds a member's weight, by method.
_WEIGHT_CONCEPTS = {
    "budget": "rollup.budget",
    "executed": "rollup.executed",
    "staff": "rollup.staff",
    "project_money": "rollup.project_money",
}


def score_rollup(report: Report, profile: Profile) -> ScoredRollup | None:
    """The department's score from its units' score table; None when the report holds none.

    ``exact`` holds the components before rounding; ``values`` after it.

    Raises:
        InputError: an unknown method, a unit without a component or a weight, or weights that are all 0.
    """
    rollup = report.rollup
    if not rollup:
        return None
    method = rollup.text("method") or profile.rollup_method
    if method not in ROLLUP_METHODS:
        raise InputError(
            f"汇总方法“{method[:40]}”不认识",
            where="部门汇总",
            advice=f"可以填：{'、'.join(ROLLUP_METHODS)}。",
        )
    weights = _weights(rollup, method)
    components = rollup.components or ("total",)
    means = {name: _mean(rollup, name, weights) for name in components}
    values = {name: rounded(mean, profile.rollup_rounding) for name, mean in means.items()}
    lines = [_method_line(rollup, method, weights)]
    for name in components:
        lines.append(_component_line(rollup, name, weights, means[name], values[name], profile))
    if profile.rollup_total == "sum_of_rounded":
        total = rounded(
            sum((exact(value) for value in values.values()), Fraction(0)), profile.rollup_rounding
        )
        lines.append(f"总分 = {' + '.join(plain(value) for value in values.values())} = {plain(total)}")
    else:
        mean = sum(means.values(), Fraction(0))
        total = rounded(mean, profile.rollup_rounding)
        lines.append(
            f"总分 = 各项未取整得分之和 {show(mean)}，{show_rounding(profile.rollup_rounding)}为 {plain(total)}"
        )
    lines += _label_lines(rollup, method)
    return ScoredRollup(
        department=rollup.text("department"),
        label=rollup.text("label"),
        method=method,
        values=values,
        exact={name: ratio(mean) or Decimal(0) for name, mean in means.items()},
        total=total,
        grade=profile.grade(total),
        members=_members(rollup, (*components, "total")),
        explanation=tuple(lines),
        published_total=published.number if (published := rollup.published("total")) else None,
    )


def _members(rollup: Rollup, components: Sequence[str]) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    for member in rollup.members:
        scores = {name: rollup.score(member, name) for name in components}
        found[member] = {name: fact.number for name, fact in scores.items() if fact is not None}
    return found


def _weights(rollup: Rollup, method: str) -> dict[str, Fraction]:
    if method == "simple_mean":
        return {member: Fraction(1) for member in rollup.members}
    concept = _WEIGHT_CONCEPTS[method]
    weights: dict[str, Fraction] = {}
    for member in rollup.members:
        fact = rollup.facts.find(concept, member=member)
        if fact is None or fact.number < 0:
            raise InputError(
                f"{ROLLUP_METHODS[method]}，但没有填写有效的权数",
                where=f"部门汇总的“{rollup.name(member)}”",
                advice="请填写各单位的权数，或改用简单平均。",
            )
        weights[member] = exact(fact.quantity.base)
    if not any(weights.values()):
        raise InputError(
            f"{ROLLUP_METHODS[method]}，但各单位的权数都是 0", where="部门汇总", advice="请核对权数。"
        )
    return weights


def _score(rollup: Rollup, member: str, component: str) -> Fact:
    fact = rollup.score(member, component)
    if fact is None:
        raise InputError(
            f"没有填写“{ROLLUP_COMPONENTS.get(component, component)}”得分",
            where=f"部门汇总的“{rollup.name(member)}”",
            advice="请补填该单位的得分；没有该项的填 0。",
        )
    return fact


def _mean(rollup: Rollup, component: str, weights: dict[str, Fraction]) -> Fraction:
    weighted = sum(
        (exact(_score(rollup, member, component).number) * weight for member, weight in weights.items()),
        Fraction(0),
    )
    return weighted / sum(weights.values(), Fraction(0))


def _method_line(rollup: Rollup, method: str, weights: dict[str, Fraction]) -> str:
    count = len(rollup.members)
    if method == "simple_mean":
        return f"{count} 个单位简单平均"
    total = sum(weights.values(), Fraction(0))
    shares = "、".join(f"{rollup.name(m)} {show(w / total * 100)}%" for m, w in weights.items())
    return f"{count} 个单位{ROLLUP_METHODS[method]}：{shares}"


def _component_line(
    rollup: Rollup, name: str, weights: dict[str, Fraction], mean: Fraction, value: Decimal, profile: Profile
) -> str:
    label = ROLLUP_COMPONENTS.get(name, name)
    terms = " + ".join(
        plain(_score(rollup, member, name).number)
        + ("" if weight == 1 else f" × {show(weight / sum(weights.values(), Fraction(0)))}")
        for member, weight in weights.items()
    )
    divided = f"（{terms}）÷ {len(weights)}" if all(w == 1 for w in weights.values()) else terms
    return f"{label} = {divided} = {show(mean)}，{show_rounding(profile.rollup_rounding)}为 {plain(value)}"


def _label_lines(rollup: Rollup, method: str) -> list[str]:
    if method == "simple_mean" and "加权" in rollup.text("label"):
        return [f"公布口径写作“{rollup.text('label')}”，而没有公布权数，这里按简单平均计算"]
    return []
