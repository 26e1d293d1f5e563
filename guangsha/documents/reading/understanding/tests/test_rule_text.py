"""评分标准 in the words of several places."""

from __future__ import annotations

import pytest

from guangsha.documents.reading.understanding.rule_text import step_rule


@pytest.mark.parametrize(
    ("text", "step", "deduct", "direction"),
    [
        ("达到3500户以上得15分,每减少10户扣1分。", "10户", "1", "up"),
        ("满意度95%以上得15分，每减少5%扣1分", "5%", "1", "up"),
        ("补贴发放完成率100%得15分,每低于目标值1%,扣1分。", "1%", "1", "up"),
        ("资金支出保持在预算以上,计15分,每低于20万元,扣1分,扣完即止。", "20万元", "1", "up"),
        ("不超过900万元得10分；每超出50万元扣0.5分，扣完为止。", "50万元", "0.5", "down"),
        ("按时完成得10分，每逾期1天扣2分。", "1天", "2", "down"),
        ("完成率每降低1个百分点扣0.2分", "1个百分点", "0.2", "up"),
    ],
)
def test_a_step_rule_is_structured(text: str, step: str, deduct: str, direction: str) -> None:
    rule = step_rule(text)
    assert rule is not None and (rule.step, str(rule.deduct), rule.direction) == (step, deduct, direction)


@pytest.mark.parametrize(
    "text",
    [
        "推动保障性安居工作有效落实,计10分,未起到该作用,不得分。",
        "每减少10户扣1分，每低于1%扣2分。",  # two rules in one
        "每出现一起投诉扣1分",  # a count in words
        "酌情扣分",
    ],
)
def test_what_is_no_single_step_stays_text(text: str) -> None:
    assert step_rule(text) is None
