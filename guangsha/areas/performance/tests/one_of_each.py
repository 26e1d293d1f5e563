"""Two years of a unit for the walks that open every page: one open, one closed and corrected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guangsha.areas.performance.actions import close_year, correct, import_table, make_draft
from guangsha.areas.performance.models import IndicatorBinding, UnitYear
from guangsha.areas.performance.tests.builders import TABLE, build_world
from guangsha.areas.performance.unit_actions import hold_post, open_post, record_survey
from guangsha.demo.cast import add_agency
from guangsha.testing.cast import Cast


@dataclass(frozen=True, slots=True)
class Years:
    """``open`` has a figure for hands (``hand``), ``closed`` two versions."""

    open: UnitYear
    hand: IndicatorBinding
    closed: UnitYear


def years(cast: Cast) -> Years:
    """The years of an agency below the cast's district, with books of its own."""
    world = build_world(add_agency("湖滨区房屋管理所", "street", "430699009000", cast.district))
    close_year(world.head, world.year.pk)
    world.spend("late", 3_000_000)
    correct(world.accountant, world.year.pk, "漏记一笔")
    text = TABLE.format(unit=world.agency.name).replace("year: 2026", "year: 2025")
    begun = import_table(world.accountant, world.agency, text, "table.yaml")
    make_draft(world.accountant, begun.pk)
    head = cast.actor("supervisor")
    post = open_post(head, cast.district, "001", "住房保障科长", "编〔2019〕1号", date(2019, 7, 1))
    hold_post(head, post, "尤主任", date(2019, 9, 1))
    open_post(head, cast.district, "002", "会计", "编〔2019〕1号", date(2019, 7, 1))
    record_survey(
        head,
        cast.district,
        "2026-subsidy",
        "补贴家庭调查",
        date(2026, 9, 1),
        date(2026, 9, 20),
        25,
        "第 3 卷",
        [5] * 20,
    )
    return Years(begun, begun.bindings.get(metric=""), world.year)
