"""评分标准: the rule of a row in words, from its method, step and deduction, never typed twice.

Where a clerk wrote a rule that no method fits, that text is printed as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from guangsha.documents.writing.prose import strip_zeros
from guangsha.facts.fact import Fact
from guangsha.kernel.numbers import plain
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import Basis, ScoredIndicator

#: What an unfinished step costs; said once under the table, not in every row.
_PARTIAL = {
    "ceil": "不足一个扣分步长的，按一个步长扣分",
    "floor": "不足一个扣分步长的，不扣分",
    "proportional": "不足一个扣分步长的，按比例扣分",
}


def partial_step_note(profile: Profile, rows: Sequence[ScoredIndicator]) -> str:
    """The sentence under a table that has step rules; empty where there are none."""
    stepped = any(row.method.startswith("step") and not row.indicator.get("rule") for row in rows)
    return f"评分标准中，{_PARTIAL[profile.step_partial]}，扣完为止。" if stepped else ""


def rule_words(profile: Profile, row: ScoredIndicator) -> tuple[str, Fact | None]:
    """The rule of ``row`` as one sentence, and the fact that it rests on."""
    given = row.indicator
    typed = given.get("rule")
    if typed:
        return typed.text.strip(), typed
    if row.basis is Basis.NOT_APPLICABLE:
        return "不适用，不占分值。", given.get("method")
    weight = f"{_plain(row.weight)}分" if row.weight is not None else "满分"
    method = row.method
    step, deduct = given.get("step"), given.get("deduct")
    if method.startswith("step") and step and deduct:
        return _step(row, weight), step
    return _by_method(profile, method, weight), given.weight or given.get("method")


def _plain(number: Decimal) -> str:
    return strip_zeros(plain(number))


def _step(row: ScoredIndicator, weight: str) -> str:
    given = row.indicator
    step, deduct = given.get("step"), given.get("deduct")
    assert step is not None and deduct is not None
    down = row.method == "step_down" or given.text("direction") == "down"
    reach = f"不超过{given.target}" if down else f"达到{given.target}"
    each = "每超出" if down else "每减少"
    unit = given.text("unit")
    if unit and given.target.replace(".", "", 1).isdigit():
        reach += unit
    return f"{reach}得{weight}；{each}{step.text}扣{_plain(deduct.number)}分。"


def _by_method(profile: Profile, method: str, weight: str) -> str:
    fixed = {
        "positive": f"达到指标值得{weight}；未达到的，按分值×实际完成值÷指标值计分。",
        "positive_floor60": f"达到指标值得{weight}；未达到的，按分值×（完成率－60%）÷40%计分，完成率低于60%不得分。",
        "negative_reciprocal": f"不超过指标值得{weight}；超过的，按分值×指标值÷实际完成值计分。",
        "negative_linear_to_double": f"不超过指标值得{weight}；超过的，按分值×（1－超出比例）计分，超出一倍不得分。",
        "negative_all_or_nothing": f"不超过指标值得{weight}，超过不得分。",
        "equal": f"达到指标值得{weight}；未达到的，按分值×实际完成值÷指标值计分。",
        "equal_exact": f"与指标值一致得{weight}，不一致不得分。",
    }
    if method in fixed:
        return fixed[method]
    if method.startswith("qualitative") and profile.qualitative == "bands" and profile.bands:
        tiers = "；".join(
            f"{band.label}按分值的{_plain(band.low * 100)}%至{_plain(band.high * 100)}%计分"
            for band in profile.bands
        )
        return f"满分{weight}，{tiers}。" if weight != "满分" else f"{tiers}。"
    return f"达到预期得{weight}，未达到不得分。"
