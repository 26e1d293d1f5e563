"""What the policy sees of a household file: cases that an official can read, and that many at once are the same as one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from guangsha.areas.eligibility.families import (
    decide_for,
    decide_household,
    families_of,
    family_of,
    known_of,
    missing_of,
)
from guangsha.areas.eligibility.tests.builders import DAY, FileMaker
from guangsha.areas.registry.models import Household
from guangsha.kernel.errors import InputError
from guangsha.kernel.money import fen_of
from guangsha.people.access import NotThere
from guangsha.policy.catalogue import CATALOGUE
from guangsha.policy.household import Lease
from guangsha.policy.parameter_files import assumed
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db
CASES = yaml.load(
    (Path(__file__).parent / "cases" / "files.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)
OUTCOMES = {"准予": "GRANT", "不予": "REFUSE", "资料不全": "INCOMPLETE"}


@pytest.fixture
def maker(cast: Cast) -> FileMaker:
    return FileMaker(cast.district, cast.communities[0])


def lease_of(case: dict[str, Any]) -> Lease | None:
    row = case.get("租约")
    return Lease(int(row["月租金"]) * 100, row["备案"] == "是") if row else None


def assumptions(case: dict[str, Any]) -> dict[str, Any]:
    given = case.get("假设", {})
    return {
        key: assumed(key, value, CATALOGUE[key].axes[0] if isinstance(value, dict) else "")
        for key, value in given.items()
    }


@pytest.mark.parametrize("case", [pytest.param(row, id=row["算例"]) for row in CASES])
def test_files_as_an_official_would_read_them(maker: FileMaker, case: dict[str, Any]) -> None:
    household, lease = maker.household(case), lease_of(case)
    decision = decide_for(household, DAY, "430699", lease=lease, overrides=assumptions(case))
    wanted = case["应得"]
    missing = known_of(household, DAY, lease=lease).missing_for(decision.missing_facts)
    assert decision.outcome.name == OUTCOMES[wanted["结论"]], missing
    if "金额" in wanted:
        assert decision.amount_fen == fen_of(Decimal(wanted["金额"]))
    if "类别" in wanted:
        assert decision.chosen is not None and decision.chosen.code == wanted["类别"]
    if "不符合" in wanted:
        assert [c.condition.code for c in decision.failed] == wanted["不符合"]
    for text in wanted.get("还缺", ()):
        assert text in missing


def test_many_at_once_are_the_same_as_one_by_one_in_a_fixed_number_of_queries(
    maker: FileMaker, django_assert_max_num_queries: Any
) -> None:
    households = [maker.household(case) for case in CASES]
    leases = {h.pk: lease for h, case in zip(households, CASES, strict=True) if (lease := lease_of(case))}
    with django_assert_max_num_queries(12):
        together = families_of([h.pk for h in households], DAY, leases=leases)
    assert together == {h.pk: family_of(h, DAY, lease=leases.get(h.pk)) for h in households}


def test_a_household_of_somebody_else_is_not_there(maker: FileMaker, cast: Cast) -> None:
    household = maker.household(CASES[0])
    decision = decide_household(cast.actor("district_reviewer"), household, DAY)
    assert "没有租赁合同备案的依据。" in missing_of(cast.actor("district_reviewer"), household, decision)
    for actor in (cast.actor("far_reviewer"), cast.actor("stranger"), cast.actor("system_admin")):
        with pytest.raises(NotThere):
            decide_household(actor, household, DAY)
        with pytest.raises(NotThere):
            missing_of(actor, household, decision)


def test_a_household_without_anybody_is_said_to_be_so(maker: FileMaker) -> None:
    household = maker.household(
        {"成员": [{"关系": "self", "出生": "1950-01-01", "月收入": "0", "去世": "2026-01-01"}]}
    )
    assert family_of(household, DAY).persons == ()
    with pytest.raises(InputError, match="没有成员"):
        decide_for(household, DAY, "430699")


def test_what_became_known_later_does_not_change_an_earlier_day(maker: FileMaker) -> None:
    case = next(c for c in CASES if c["算例"].startswith("税务收入高于申报，没有听取"))
    household = maker.household(case)
    before = decide_for(household, date(2026, 10, 1), "430699", lease=lease_of(case))
    assert before.outcome.name == "GRANT"
    assert decide_for(household, DAY, "430699", lease=lease_of(case)).outcome.name == "INCOMPLETE"


def test_unknown_keys_give_nothing(db: None) -> None:
    assert families_of([10**9], DAY) == {}
    assert not Household.objects.exists()
