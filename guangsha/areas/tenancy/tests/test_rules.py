"""Clocks and numbers that an official can check (``cases/*.yaml``)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from guangsha.areas.subsidy.actions.base import whole
from guangsha.areas.tenancy import rules
from guangsha.kernel.errors import InputError
from guangsha.kernel.money import fen_of
from guangsha.kernel.workdays import national_calendar

FOLDER = Path(__file__).parent / "cases"
CLOCKS = yaml.load((FOLDER / "clocks.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
MISUSE = yaml.load((FOLDER / "misuse.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
DAY, REGION = date(2026, 11, 20), "430699"


def cases(rows: list[Any]) -> list[Any]:
    return [pytest.param(row, id=row["算例"]) for row in rows]


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("case", cases(CLOCKS["闲置"]))
def test_idle_months_are_counted_without_justified_absence(case: Any) -> None:
    absences = [rules.Absence(day(row["起"]), day(row["止"]), row.get("原因", "")) for row in case["离家"]]
    assert rules.idle_months(absences) == int(case["月数"])
    assert rules.idle_months(absences[::-1]) == int(case["月数"]), (
        "the order of the records is none of the facts"
    )


@pytest.mark.parametrize("case", cases(CLOCKS["事由"]))
def test_a_ground_holds_only_when_its_clock_is_full(case: Any) -> None:
    why = rules.why_no_ground(
        case["事由"], months=int(case["月数"]), limit=int(case["界限"]), absence=case.get("原因", "")
    )
    assert (why == "") is (case["成立"] == "是")
    assert why == "" or "公共租赁住房管理办法" in why


@pytest.mark.parametrize("case", cases(CLOCKS["租期"]))
def test_a_term_ends_the_day_before_and_is_five_years_at_most(case: Any) -> None:
    most = whole("lease_months_max", REGION, DAY)
    if case["止"] == "不行":
        with pytest.raises(InputError, match="1 至 60 个月"):
            rules.term_ends(day(case["起"]), int(case["月数"]), most)
    else:
        assert rules.term_ends(day(case["起"]), int(case["月数"]), most) == day(case["止"])


@pytest.mark.parametrize("case", cases(CLOCKS["法院"]))
def test_the_court_is_asked_within_three_months_and_after_the_demand(case: Any) -> None:
    window = rules.court_window(
        day(case["送达"]),
        day(case["催告"]) if "催告" in case else None,
        remedy_months=whole("enforcement_remedy_months", REGION, DAY),
        apply_months=whole("enforcement_apply_months", REGION, DAY),
        demand_days=whole("enforcement_demand_days", REGION, DAY),
    )
    assert (window.first, window.last) == (day(case["最早"]), day(case["最晚"]))


@pytest.mark.parametrize("case", cases(CLOCKS["执行时间"]))
def test_nobody_is_put_out_at_night_or_on_a_holiday(case: Any) -> None:
    why = rules.why_no_enforcement(datetime.fromisoformat(case["时间"]), national_calendar().is_workday)
    assert (why == "") is (case["可以"] == "是")
    assert why == "" or "行政强制法第四十三条" in why


@pytest.mark.parametrize("case", cases(MISUSE))
def test_misuse_costs_market_rent_a_capped_fine_and_five_years(case: Any) -> None:
    caps = rules.Caps(
        whole("violation_fine_max", REGION, DAY),
        whole("violation_gain_multiple", REGION, DAY) // 100,
        whole("violation_gain_fine_max", REGION, DAY),
        whole("violation_ban_years", REGION, DAY),
    )
    found = rules.consequences(
        day(case["起"]), day(case["止"]), market_fen=fen_of(Decimal(case["市场租金"])),
        charged_fen=fen_of(Decimal(case["实交租金"])), gain_fen=fen_of(Decimal(case["所得"])), decided_on=day(case["决定"]),
        caps=caps, by_day=True,
    )  # fmt: skip
    assert found.top_up_fen == fen_of(Decimal(case["补交"]))
    assert found.fine_cap_fen == fen_of(Decimal(case["罚款上限"]))
    assert found.ban_until == day(case["不得申请至"])


def test_the_market_rent_of_the_worked_example() -> None:
    assert rules.market_month_fen(Decimal("52.30"), Fraction(1200)) == 62_760
    assert rules.share_fen(62_760, 80) == 50_208


def test_a_lease_goes_from_state_to_state_only_as_the_law_lets_it() -> None:
    rules.may_follow("notice", "transition", "HT1")
    with pytest.raises(InputError, match="不能改为“司法程序中”"):
        rules.may_follow("active", "litigation", "HT1")
    with pytest.raises(InputError, match="已终止"):
        rules.may_follow("ended", "active", "HT1")


def test_renewal_opens_three_months_before_the_end() -> None:
    assert rules.renewal_opens(date(2026, 11, 30), 3) == date(2026, 8, 30)
    assert rules.renewal_opens(date(2027, 5, 31), 3) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("end", "on", "why"),
    [
        ({}, date(2026, 11, 20), ""),
        ({"state": "renewing"}, date(2026, 11, 20), "续租办理中"),
        ({"moved_in": None}, date(2026, 11, 20), "已入住的才能调换"),
        ({}, date(2026, 3, 1), "入住次日起"),
        ({}, date(2029, 3, 1), "请先办理续租"),
        ({"leaving": True}, date(2026, 11, 20), "腾退在办"),
        ({"accused": True}, date(2026, 11, 20), "正在核查"),
        ({"months_owed": 2}, date(2026, 11, 20), "累计拖欠 2 个月"),
    ],
)
def test_which_lease_can_be_swapped(end: dict[str, Any], on: date, why: str) -> None:
    usual = {"state": "active", "moved_in": date(2026, 3, 1), "ends_on": date(2029, 2, 28)}
    found = rules.why_no_swap(rules.SwapEnd(**{**usual, **end}), on)
    assert why in found and bool(found) is bool(why)
