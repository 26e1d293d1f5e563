"""Figures of the register: a state is what the history said on that day, and a later change leaves last year's figure alone."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from guangsha.areas.stock import actions
from guangsha.areas.stock.tests.builders import dwelling, dwellings, estate
from guangsha.areas.stock.tests.one_of_each import stock
from guangsha.facts.metrics import READERS, Scope, compute
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def value(cast: Cast, name: str, year: int, **parameters: str) -> object:
    return compute(name, Scope(frozenset({cast.district.pk}), year, timezone.now(), parameters)).value


def test_last_years_figures_stay_what_they_were(cast: Cast) -> None:
    keeper, home = cast.actor("allocation_officer"), estate(cast.district)
    let, empty = dwellings(home, ["1-1-0101", "1-1-0102"], state="let"), dwelling(home, "1-1-0201")
    dwelling(cast.far_district, "1-1-0101", state="let")
    actions.move(keeper, let[0].pk, "checking", on=date(2026, 2, 1), reason="退租")
    actions.move(keeper, let[0].pk, "vacant", on=date(2026, 2, 8), reason="验收合格")
    actions.move(keeper, empty.pk, "let", on=date(2026, 3, 1), reason="入住")
    assert [value(cast, "stock.dwellings", year, state="let") for year in (2024, 2025, 2026)] == [0, 2, 2]
    assert [value(cast, "stock.vacated", year) for year in (2025, 2026)] == [0, 1]
    assert value(cast, "stock.handed_over", 2026) == 1
    assert value(cast, "stock.let_share", 2025) == pytest.approx(100 * 2 / 3)
    assert value(cast, "stock.dwellings", 2026, layout="B") == 0


def test_records_open_for_whoever_may_see_them(cast: Cast) -> None:
    one = stock(cast)
    year = timezone.localdate().year
    assert value(cast, "stock.supplied", year) == 36
    assert value(cast, "stock.checked", year) == 0
    actions.confirm_check(cast.actor("field_inspector"), one.recorded.pk, one.recorded.version, agreed=True)
    assert value(cast, "stock.checked", year, result="idle") == 1
    assert value(cast, "stock.check_share", year) == 50
    key = str(one.recorded.pk)
    shown = READERS["stock.check"].read(cast.actor("auditor"), [key])[key]
    assert shown.cells[3] == "无人居住"
    assert READERS["stock.check"].read(cast.actor("far_reviewer"), [key]) == {}
