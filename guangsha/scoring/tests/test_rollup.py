"""Units to department: the published figures of Yueyang 2023, weights, and what must be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.facts.fact import Fact
from guangsha.facts.report import Report
from guangsha.kernel.errors import InputError
from guangsha.scoring.profile import Profile, load_profile
from guangsha.scoring.rollup import score_rollup

YUEYANG = yaml.safe_load((Path(__file__).parent / "cases" / "rollup.yaml").read_text(encoding="utf-8"))
Make = Callable[..., Report]


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile("yueyang", 2023)


def _facts(members: Mapping[str, Mapping[str, Any]], **texts: str) -> list[Fact]:
    facts = [Fact.of(f"rollup.{name}", text, year=2023) for name, text in texts.items()]
    for member, row in members.items():
        facts.append(Fact.of("rollup.member", member, year=2023, member=member))
        for name, value in row.items():
            number = Decimal(str(value))
            if name in ("budget", "executed", "staff", "project_money"):
                facts.append(Fact.of(f"rollup.{name}", number, year=2023, member=member))
            else:
                facts.append(Fact.of("rollup.score", number, year=2023, member=member, component=name))
    return facts


def test_reproduces_the_five_published_figures_of_yueyang_2023(make_report: Make, profile: Profile) -> None:
    report = make_report(extra=_facts(YUEYANG["members"], label="加权平均", department="市住建局"))
    scored = score_rollup(report, profile)
    assert scored is not None
    assert {name: str(value) for name, value in scored.values.items()} == YUEYANG["published"]
    assert (str(scored.total), scored.grade, scored.method) == ("96.3", "优", "simple_mean")
    assert str(scored.exact["output"])[:9] == "49.616666"
    assert "没有公布权数" in scored.explanation[-1]
    rounded_mean = score_rollup(report, replace(profile, rollup_total="rounded_sum"))
    assert rounded_mean is not None
    assert str(rounded_mean.total) == "96.3"


def test_project_money_as_weight_does_not_give_the_published_figures(
    make_report: Make, profile: Profile
) -> None:
    report = make_report(extra=_facts(YUEYANG["members"], method="project_money"))
    scored = score_rollup(report, profile)
    assert scored is not None
    assert [str(scored.values[name]) for name in ("execution", "output", "effect")] == ["7.4", "49.5", "28.6"]


def test_weights_by_staff_are_exact(make_report: Make, profile: Profile) -> None:
    members = {"a": {"output": 50, "staff": 1}, "b": {"output": 49, "staff": 2}}
    scored = score_rollup(make_report(extra=_facts(members, method="staff")), profile)
    assert scored is not None
    assert (str(scored.values["output"]), str(scored.exact["output"])[:8]) == ("49.3", "49.33333")
    assert "a 33.333333…%" in scored.explanation[0]


def test_a_report_without_units_has_no_roll_up(make_report: Make, profile: Profile) -> None:
    assert score_rollup(make_report(), profile) is None


@pytest.mark.parametrize(
    ("members", "texts", "message"),
    [
        ({"a": {"output": 50}, "b": {"effect": 30}}, {}, "没有填写“"),
        ({"a": {"output": 50}}, {"method": "staff"}, "没有填写有效的权数"),
        ({"a": {"output": 50, "staff": 0}}, {"method": "staff"}, "权数都是 0"),
        ({"a": {"output": 50}}, {"method": "median"}, "不认识"),
    ],
)
def test_refuses_what_it_would_have_to_invent(
    members: dict[str, Any], texts: dict[str, str], message: str, make_report: Make, profile: Profile
) -> None:
    with pytest.raises(InputError, match=message):
        score_rollup(make_report(extra=_facts(members, **texts)), profile)


@given(
    st.lists(st.tuples(st.decimals(0, 50, places=2), st.integers(1, 900)), min_size=1, max_size=8),
    st.sampled_from(["simple_mean", "staff"]),
)
def test_the_mean_lies_between_the_units_and_ignores_their_order(
    make_report: Make, profile: Profile, rows: list[tuple[Decimal, int]], method: str
) -> None:
    def mean(ordered: list[tuple[Decimal, int]]) -> Decimal:
        members = {f"m{n}": {"output": score, "staff": staff} for n, (score, staff) in enumerate(ordered)}
        scored = score_rollup(make_report(extra=_facts(members, method=method)), profile)
        assert scored is not None
        return scored.values["output"]

    tenth = Decimal("0.05")
    assert min(score for score, _ in rows) - tenth <= mean(rows) <= max(score for score, _ in rows) + tenth
    assert mean(rows) == mean(rows[::-1])
