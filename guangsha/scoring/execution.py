"""Budget execution (预算执行): rate and points of one sheet, from the full-year budget and what was spent.

The rate is executed over full-year budget (全年预算数), the score comes from the unrounded rate. Without a budget there
is no rate and no score (checker rule F05): the sheet's total then holds no execution points, and the explanation says
so rather than printing 0 % or 100 %.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from guangsha.facts.fact import Fact
from guangsha.facts.report import FUNDS, Sheet
from guangsha.kernel.errors import InputError
from guangsha.kernel.money import Fen, wan_yuan
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import ScoredExecution
from guangsha.scoring.rows import ratio, show, show_rounding
from guangsha.scoring.rules import exact, execution_bands, execution_linear, rounded


def full_year_budget(sheet: Sheet) -> Fen | None:
    """The sheet's full-year budget in fen: the printed total, else the sum of its parts."""
    return _amount(sheet, "full_year")[0]


def score_execution(sheet: Sheet, profile: Profile) -> ScoredExecution:
    """Rate and score of ``sheet``.

    Raises:
        InputError: an amount that is not a whole number of fen, or an assessed score beyond the weight.
    """
    weight = sheet.execution_weight.number if sheet.execution_weight else profile.execution_weight
    budget, summed_budget = _amount(sheet, "full_year")
    executed, summed_executed = _amount(sheet, "executed")
    lines = [words for words in (summed_budget, summed_executed) if words]
    plain_result = ScoredExecution(budget, executed, None, None, weight, None, ())
    if budget is None or executed is None:
        lines.append("没有填写全年预算数或全年执行数，不计算执行率，不计执行得分")
        return _assessed(sheet, profile, replace(plain_result, explanation=tuple(lines)))
    if budget <= 0:
        lines.append(
            f"全年预算数为 {wan_yuan(budget)} 万元、全年执行数为 {wan_yuan(executed)} 万元，没有预算就没有执行率，"
            "不计执行得分，总分只含指标得分"
        )
        return _assessed(sheet, profile, replace(plain_result, explanation=tuple(lines)))
    share = Fraction(executed, budget)
    rate = rounded(share * 100, profile.rate)
    lines.append(
        f"执行率 = {wan_yuan(executed)} ÷ {wan_yuan(budget)} = {show(share * 100)}%，{show_rounding(profile.rate)}为 {rate}%"
    )
    scored = replace(plain_result, rate=rate, rate_exact=ratio(share * 100), explanation=tuple(lines))
    if weight == 0:
        return _explained(scored, "本表预算执行不占分值，不计执行得分")
    return _assessed(sheet, profile, _score(scored, profile, exact(weight), share))


def _score(scored: ScoredExecution, profile: Profile, weight: Fraction, share: Fraction) -> ScoredExecution:
    if profile.execution_method == "bands":
        # The bands are out of the profile's weight; a sheet with another weight earns in proportion.
        points = execution_bands(weight, share, profile.execution_bands, cap=profile.execution_cap)
        how = f"按执行率分档，得 {show(points)} 分"
    else:
        points = execution_linear(weight, share, cap=profile.execution_cap)
        how = f"得分 = {show(weight)} × 执行率（未取整）= {show(weight * share)}"
        if points != weight * share:
            how += f"，超过满分按 {show(weight)} 分计" if share > 1 else "，不低于 0 分"
    score = rounded(points, profile.execution_score)
    return _explained(
        replace(scored, score=score), f"{how}，{show_rounding(profile.execution_score)}为 {score} 分"
    )


def _assessed(sheet: Sheet, profile: Profile, scored: ScoredExecution) -> ScoredExecution:
    """The unit's own execution score, where one is given and the place allows it."""
    own = sheet.facts.find("execution.score", sheet=sheet.id, basis="assessed")
    if own is None or own.number == scored.score:
        return scored
    if not 0 <= own.number <= scored.weight:
        raise InputError(
            f"预算执行自评分 {own.text} 不在 0 至 {scored.weight} 分之内",
            where=str(own.place()),
            advice="请更正自评分。",
        )
    if not profile.self_assessment:
        return _explained(scored, f"单位自评 {own.text} 分，本地口径不允许自评执行得分，不采用")
    return _explained(replace(scored, score=own.number), f"单位自评 {own.text} 分，以自评分为准")


def _explained(scored: ScoredExecution, line: str) -> ScoredExecution:
    return replace(scored, explanation=(*scored.explanation, line))


def _amount(sheet: Sheet, stage: str) -> tuple[Fen | None, str]:
    """The total at ``stage`` in fen, else the sum of its parts with words that say so."""
    total = sheet.funds("total").stage(stage)
    if total is not None:
        return _fen(total), ""
    parts = [fact for fund in FUNDS[1:] if (fact := sheet.funds(fund).stage(stage)) is not None]
    if not parts:
        return None, ""
    summed = Fen(sum(_fen(part) for part in parts))
    name = {"full_year": "全年预算数", "executed": "全年执行数"}[stage]
    terms = " + ".join(str(wan_yuan(_fen(part))) for part in parts)
    return summed, f"{name}没有填写年度资金总额，按各项资金合计：{terms} = {wan_yuan(summed)} 万元"


def _fen(fact: Fact) -> Fen:
    try:
        return fact.fen
    except ValueError:
        raise InputError(
            f"金额 {fact.text}{fact.unit or ''} 精确到了分以下",
            where=str(fact.place()),
            advice="金额最多精确到分。",
        ) from None


def total_of(parts: list[Decimal], profile: Profile) -> Decimal:
    """Σ of the rounded parts, rounded as the profile prints a total."""
    return rounded(sum((exact(part) for part in parts), Fraction(0)), profile.total_score)
