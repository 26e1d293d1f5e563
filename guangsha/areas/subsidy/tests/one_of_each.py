"""Agreements in every station, for the walks that open every page: made by the acts that make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy.models import Agreement, Calculation, Clawback
from guangsha.areas.subsidy.models_review import ReviewDifference
from guangsha.areas.subsidy.review import run_review
from guangsha.areas.subsidy.rules import month_code
from guangsha.areas.subsidy.tests.builders import House
from guangsha.people.models import Account
from guangsha.policy.household import Month
from guangsha.testing.cast import Cast


@dataclass(frozen=True, slots=True)
class Agreements:
    """``draft`` waits for its amount to be confirmed, ``heard`` is asked about a reduction, ``owing`` was paid too much."""

    draft: Agreement
    heard: Agreement
    owing: Agreement
    hearing: Calculation
    proposed: Calculation
    clawback: Clawback
    recipient: Account
    difference: ReviewDifference


def agreements(cast: Cast) -> Agreements:
    """One agreement in each station, as of today."""
    house, today = House(cast), timezone.localdate()
    declared = {"日期": (today - timedelta(days=200)).isoformat(), "来源": "民政核对", "存款": "10000"}
    long_ago = today - timedelta(days=150)
    draft = house.draft(house.family(申报=declared), decided=today)
    heard = house.active(house.family(申报=declared), decided=long_ago)
    owing = house.active(house.family(申报=declared), decided=long_ago)
    house.months(month_code(Month.of(today)))
    recent = [month_code(Month.of(today).plus(-k)) for k in (2, 1)]
    house.paid(owing, *recent)
    recipient = house.citizen(owing.payee)
    left = today - timedelta(days=70)
    for one in (heard, owing):
        house.one_leaves(one.household, left.isoformat())
        actions.propose_change(
            house.maker, one.number, happened_on=left, known_on=today, declared=False, reason="比对发现长子已迁出",
            heard="电话听取，没有意见" if one is owing else "",
        )  # fmt: skip
    over = owing.calculations.get(state="proposed")
    owing.refresh_from_db()
    actions.confirm(house.checker, over.pk, owing.version, note="已核实")
    for one in (draft, heard, owing):
        one.refresh_from_db()
    run = run_review(house.maker, cast.district, "annual", today)
    return Agreements(
        difference=run.differences.get(agreement=heard), draft=draft, heard=heard, owing=owing, hearing=heard.calculations.get(state="hearing"),
        proposed=draft.calculations.get(), clawback=Clawback.objects.get(agreement=owing), recipient=recipient,
    )  # fmt: skip
