"""Words that people use lead to the service that they mean."""

from __future__ import annotations

import pytest

from guangsha.areas.intake.catalogue import services
from guangsha.areas.portal.search import find_services


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("公租房", "elig_apply"), ("怎么申请公租房", "elig_apply"), ("廉租房", "elig_apply"), ("没有房子 公租房申请", "elig_apply"),
        ("维修基金", "fund"), ("屋面漏水怎么办", "fund"), ("看房", "unit_search"), ("租房补贴", "subsidy_apply"), ("白蚁", "termite"),
    ],
)  # fmt: skip
def test_a_question_finds_its_service_among_the_first(asked: str, code: str) -> None:
    assert code in [service.code for service in find_services(services().values(), asked)][:4]


@pytest.mark.parametrize("asked", ["护照", "x" * 5000, "<script>", "。。。", "a"])
def test_what_is_not_offered_finds_nothing(asked: str) -> None:
    assert find_services(services().values(), asked) == []


def test_an_empty_question_lists_everything_in_order() -> None:
    assert find_services(services().values(), "  ") == list(services().values())
