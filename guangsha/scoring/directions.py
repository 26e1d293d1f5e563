"""Which way a target points when no comparator is written (指标方向).

Order of §2.4: the written comparator, the direction given for the row, the text of the rule, the level of the
indicator, words of its name, and at last "more is better".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from guangsha.kernel.measures import Quantity
from guangsha.scoring.expression_kinds import Op, Why

UPWARD_WORDS = frozenset({"up", "positive", "正向", "越大越好", "≥", ">", "+"})
DOWNWARD_WORDS = frozenset({"down", "negative", "反向", "逆向", "越小越好", "≤", "<", "-"})
EQUAL_WORDS = frozenset({"equal", "等于", "="})

_RULE_UP = re.compile(r"以上|不低于|不少于|达到|每(?:减少|低于|少|降低|下降|低)")
_RULE_DOWN = re.compile(r"以内|以下|不超|不高于|每(?:增加|超过|超出|高于|多|超|高)")
#: Words that name something unwanted.
_UNWANTED = re.compile(
    r"投诉率|差错率|失误率|逾期率|空置率|超支|违规率|事故(?!.{0,8}(?:处置|处理|整改|报告|演练))"
)
_TIME = re.compile(r"时间|时长|时限")


@dataclass(frozen=True, slots=True)
class Context:
    """What a row says about itself besides its target; every field may be empty."""

    unit: str = ""
    direction: str = ""
    level1: str = ""
    level2: str = ""
    name: str = ""
    rule: str = ""


def infer_direction(context: Context, quantity: Quantity, label: str = "") -> tuple[Op, Why]:
    """The comparator that was meant, and why."""
    given = context.direction.strip().lower()
    if given in UPWARD_WORDS:
        return Op.GE, Why.DIRECTION
    if given in DOWNWARD_WORDS:
        return Op.LE, Why.DIRECTION
    if given in EQUAL_WORDS:
        return Op.EQ, Why.DIRECTION
    up, down = bool(_RULE_UP.search(context.rule)), bool(_RULE_DOWN.search(context.rule))
    if up != down:
        return (Op.GE if up else Op.LE), Why.RULE
    levels = context.level2 + context.level1
    if "成本" in levels:
        return Op.LE, Why.LEVEL
    if "满意度" in levels:
        return Op.GE, Why.LEVEL
    words = label + context.name
    lasting = quantity.unit is not None and quantity.unit.dimension in ("time", "workday", "month")
    if "时效" in context.level2 and lasting:
        return Op.LE, Why.LEVEL  # "3天" as a target of timeliness is the longest it may take
    timed = quantity.unit is None or lasting
    if _UNWANTED.search(words) or (timed and _TIME.search(words)):
        return Op.LE, Why.KEYWORD
    return Op.GE, Why.DEFAULT
