"""评分标准 in words to a structured rule: 达到3500户以上得15分，每减少10户扣1分 is a step of 10户 for 1 point.

Only what fits wholly is structured; anything else stays ``indicator.rule`` as it is printed, and nobody guesses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from guangsha.documents.reading.understanding.cells import compact
from guangsha.kernel.measures import split_unit

_STEP = re.compile(
    r"每(?P<way>减少|下降|降低|低于(?:目标值|指标值)?|少于?|低|差|欠|增加|超出|超过|超|高于|高|多|上升|提高|逾期|延迟)"
    r"(?:完成|目标值|指标值)?(?P<step>\d+(?:\.\d+)?(?:个百分点|%|[\u4e00-\u9fff]{1,4}?))[,，]?扣(?:除|减)?(?P<deduct>\d+(?:\.\d+)?)分"
)
_FULL = re.compile(r"(?:得|计|为|满)(?:满)?(?P<points>\d+(?:\.\d+)?)分")
_TAIL = re.compile(r"[,，;；。](?:扣完(?:即止|为止)|不足.{1,20}(?:计|扣分)|直至扣完(?:为止)?|最低0?分)+")
_UPWARD = ("减少", "下降", "降低", "低于", "少", "低", "差", "欠")
_REACHES = re.compile(r"以上|达到|不低于|不少于|≥|完成")


@dataclass(frozen=True, slots=True)
class StepRule:
    """Every ``step`` away from the target costs ``deduct`` points; ``direction`` is up where less is worse."""

    step: str
    deduct: Decimal
    direction: str
    points: Decimal | None


def step_rule(text: str) -> StepRule | None:
    """The step rule that ``text`` states; None where it states none, or several.

    >>> step_rule("达到3500户以上得15分,每减少10户扣1分。")
    StepRule(step='10户', deduct=Decimal('1'), direction='up', points=Decimal('15'))
    >>> step_rule("推动工作有效落实,计10分,未起到该作用,不得分。") is None
    True
    """
    bare = compact(text)
    found = list(_STEP.finditer(bare))
    if len(found) != 1:
        return None
    match = found[0]
    unit, rest = split_unit(re.sub(r"^[\d.]+", "", match["step"]))
    if unit is None or rest:
        return None
    full = _FULL.search(bare[: match.start()])
    upward = match["way"].startswith(_UPWARD)
    return StepRule(
        match["step"],
        Decimal(match["deduct"]),
        "up" if upward else "down",
        Decimal(full["points"]) if full else None,
    )


def says_direction(text: str) -> bool:
    """Whether a rule tells on which side of the target full points lie (``以上``, ``不超过``)."""
    return _REACHES.search(text) is not None or re.search(r"以下|以内|不超过|≤", text) is not None
