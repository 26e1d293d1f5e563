"""Bills as the acts make them: once, for the days lived, with relief of its own, made again where a day changed."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guangsha.areas.registry.models import SpecialStatus
from guangsha.areas.rent import actions, jobs
from guangsha.areas.rent.actions import billing
from guangsha.areas.rent.jobs import renew_reliefs
from guangsha.areas.rent.models import Bill, RentTerm
from guangsha.areas.rent.tests.builders import (
    EDGE_FEN,
    ORDINARY_FEN,
    POOR_FEN,
    Clock,
    Office,
    account_of,
    bills_of,
    proof,
)
from guangsha.audit.actor import CLOCK
from guangsha.kernel.errors import InputError


def test_a_month_that_is_not_full_costs_its_days_and_nothing_is_billed_twice(
    office: Office, clock: Clock
) -> None:
    clock.at("2026-03-12")
    lease = office.lease("2026-03-12")
    assert (office.bill(), office.bill()) == (1, 0)
    assert bills_of(lease) == [(202603, "rent", 28_343, 28_343, "issued")]  # 20/31 × 439.32
    clock.at("2026-04-01")
    assert (office.bill(), office.bill()) == (1, 0)
    assert bills_of(lease)[1] == (202604, "rent", ORDINARY_FEN, ORDINARY_FEN, "issued")
    proof()


def test_relief_is_a_line_of_its_own(office: Office, clock: Clock) -> None:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01", rent_fen=EDGE_FEN, household_type="minimum_living_edge")
    office.bill()
    bill = Bill.objects.get()
    assert (bill.gross_fen, bill.relief_fen, bill.net_fen) == (
        ORDINARY_FEN,
        ORDINARY_FEN - EDGE_FEN,
        EDGE_FEN,
    )
    assert sorted(bill.lines.values_list("kind", "fen")) == [
        ("gross", ORDINARY_FEN),
        ("relief", EDGE_FEN - ORDINARY_FEN),
    ]
    assert account_of(lease).owed_fen == EDGE_FEN
    proof()


def test_a_dwelling_given_back_in_the_month_makes_its_bill_smaller_and_what_was_paid_is_paid_ahead(
    office: Office, clock: Clock
) -> None:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01", rent_fen=EDGE_FEN, household_type="minimum_living_edge")
    office.bill()
    office.pay(lease)
    clock.at("2026-03-20")
    actions.on_lease_event(office.maker, lease, "handed_back", clock.now.date(), {})
    office.bill()
    bill = Bill.objects.get()
    assert (bill.net_fen, bill.gross_fen, bill.paid_fen, bill.state) == (12_147, 28_343, 12_147, "paid")
    assert account_of(lease).advance_fen == EDGE_FEN - 12_147
    assert sum(bill.lines.values_list("fen", flat=True)) == bill.net_fen
    assert office.bill() == 0
    proof()


def test_a_quarter_is_billed_at_once_and_moving_time_and_occupation_follow(office: Office, clock: Clock) -> None:  # fmt: skip
    clock.at("2026-04-01")
    lease = office.lease("2026-04-01", pay_cycle="quarter")
    office.bill()
    assert bills_of(lease) == [(202604, "rent", 3 * ORDINARY_FEN, 3 * ORDINARY_FEN, "issued")]
    clock.at("2026-06-16")
    actions.on_lease_event(
        CLOCK, lease, "transition", clock.now.date(), {"rent_fen": 50_208}
    )  # 80 % of the market
    office.bill()
    assert bills_of(lease) == [
        (202604, "rent", 2 * ORDINARY_FEN + 21_966, 2 * ORDINARY_FEN + 21_966, "issued"),
        (202604, "transition", 25_104, 25_104, "issued"),
    ]
    clock.at("2026-07-01")
    actions.on_lease_event(CLOCK, lease, "holding_over", clock.now.date(), {"rent_fen": 62_760})
    office.bill()
    assert bills_of(lease)[-1] == (202607, "occupation_fee", 3 * 62_760, 3 * 62_760, "issued")
    proof()


def test_relief_comes_from_civil_affairs_counts_from_the_next_cycle_and_two_people_decide_it(
    office: Office, clock: Clock
) -> None:
    clock.at("2026-03-10")
    lease = office.lease("2026-03-01")
    office.bill()
    tenant = lease.tenant
    for kind in ("minimum_living", "veteran"):  # two reliefs: the larger one counts
        SpecialStatus.objects.create(person=tenant, kind=kind, source="民政", started_on="2026-03-05")
    term = actions.propose_term(office.maker, lease.number, reason="新获低保")
    assert (term.from_on.isoformat(), term.rent_fen, term.gross_fen, term.household_type) == (
        "2026-04-01", POOR_FEN, ORDINARY_FEN, "minimum_living",
    )  # fmt: skip
    with pytest.raises(actions.RentRefused, match="岗位"):
        actions.confirm_term(office.maker, term.pk)
    actions.confirm_term(office.approver, term.pk, note="已核对")
    assert bills_of(lease)[0][2] == ORDINARY_FEN  # March stays
    clock.at("2026-04-01")
    office.bill()
    assert bills_of(lease)[1][2] == POOR_FEN
    with pytest.raises(actions.RentRefused, match="没有变化"):
        actions.propose_term(office.maker, lease.number, reason="再核一次")
    # more than now: the household is heard first (社会救助法 §48)
    SpecialStatus.objects.filter(kind="minimum_living").update(ended_on="2026-04-01")
    with pytest.raises(InputError, match="听取意见"):
        actions.propose_term(office.maker, lease.number, reason="低保停保")
    dearer = actions.propose_term(office.maker, lease.number, reason="低保停保", heard="电话听取，没有意见")
    assert dearer.rent_fen == EDGE_FEN  # 低保边缘 30 %, not 优抚 50 %
    proof()


def test_a_relief_that_ends_is_computed_anew_before_it_does(office: Office, clock: Clock) -> None:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01", rent_fen=EDGE_FEN, household_type="minimum_living_edge")
    first = RentTerm.objects.get()
    assert str(first.relief_until) == "2027-02-28"
    clock.at("2027-01-02")
    assert renew_reliefs(clock.now) == "减免续期待复核 1 户，提醒 0 户"
    assert renew_reliefs(clock.now) == "减免续期待复核 0 户，提醒 0 户"
    clock.at("2027-03-01")
    office.bill()
    assert bills_of(lease)[-1][2] == ORDINARY_FEN  # the twelve months are over
    actions.confirm_term(office.approver, RentTerm.objects.get(state="proposed").pk)
    office.bill()
    assert bills_of(lease)[-1][2] == EDGE_FEN  # confirmed late: nobody pays for the delay
    proof()


def test_a_bill_is_corrected_or_written_off_by_two_people(office: Office, clock: Clock) -> None:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01")
    office.bill()
    bill = Bill.objects.get()
    office.pay(lease, 20_000)
    wrong = actions.propose_adjustment(
        office.maker, bill.pk, None, kind="correction", fen=30_000, reason="面积登记有误"
    )
    with pytest.raises(actions.RentRefused, match="岗位"):
        actions.decide_adjustment(office.maker, wrong.pk, None, approved=True)
    actions.decide_adjustment(office.approver, wrong.pk, None, approved=True)
    bill.refresh_from_db()
    assert (bill.open_fen, bill.paid_fen, bill.waived_fen, account_of(lease).advance_fen) == (0, 13_932, 30_000, 6_068)  # fmt: skip
    assert office.bill() == 0  # what two people decided is not billed again
    clock.at("2026-04-01")
    office.bill()
    off = actions.propose_adjustment(
        office.maker, Bill.objects.get(period=202604).pk, None, kind="write_off", fen=1_000, reason="无法追缴"
    )
    actions.decide_adjustment(office.approver, off.pk, None, approved=True)
    assert account_of(lease).owed_fen == ORDINARY_FEN - 6_068 - 1_000
    proof()


def test_late_fees_come_once_a_month_where_a_place_takes_them_and_not_under_a_plan(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.at("2026-03-01")
    late, planned = office.lease("2026-03-01"), office.lease("2026-03-01", number=2)
    office.bill()
    clock.at("2026-04-01")
    assert jobs.charge_late(clock.now) == "没有滞纳金"  # the district sets no rate
    given = billing.exact
    taken = {"late_fee_rate": Fraction(5, 10_000)}
    monkeypatch.setattr(billing, "exact", lambda key, *where: taken.get(key) or given(key, *where))
    plan = actions.propose_plan(office.maker, planned.number, None, months=2, reason="住院")
    actions.decide_plan(office.approver, plan.number, None, approved=True)
    assert jobs.charge_late(clock.now) == "滞纳金账单 1 张"
    assert jobs.charge_late(clock.now) == "没有滞纳金"
    # due on 15 March: sixteen days of 0.05 %
    assert (
        bills_of(late)[0] == (202603, "late_fee", 351, 351, "issued")
        and account_of(late).owed_fen == ORDINARY_FEN + 351
    )
    assert len(bills_of(planned)) == 1
    clock.at("2026-05-06")
    assert jobs.charge_late(clock.now) == "不在计收期内"
    clock.at("2026-05-01")
    assert jobs.charge_late(clock.now) == "滞纳金账单 1 张"  # on the rent; a fee bears none
    assert [row[2] for row in bills_of(late) if row[1] == "late_fee"] == [351, 659]
    office.pay(late, ORDINARY_FEN)
    assert [row[3] for row in bills_of(late)] == [351, 0, 659]
    with pytest.raises(actions.RentRefused, match="还没有结束"):
        actions.charge_late_fees(CLOCK, office.district, 202605)
    proof()


def test_a_month_of_more_leases_asks_no_more_of_the_database(office: Office, clock: Clock) -> None:
    clock.at("2026-03-01")

    def statements() -> tuple[int, int, int]:
        """Of billing, of a file of payments, of the reminders on the day after."""
        office.bill()  # terms and balances of those before are out of the way
        clock.at(f"{clock.now.date().replace(day=1) + timedelta(days=32):%Y-%m}-01")
        with CaptureQueriesContext(connection) as billed:
            office.bill()
        notices = [office.notice(office.order(lease, 1)) for lease in leases]
        with CaptureQueriesContext(connection) as paid:
            actions.confirm_many(office.accountant, notices)
        clock.at(f"{clock.now.date() + timedelta(days=20)}")
        with CaptureQueriesContext(connection) as told:
            assert actions.dun_agency(CLOCK, office.district)
        return len(billed), len(paid), len(told)

    leases = [office.lease("2026-03-01", number=number) for number in (1, 2)]
    few = statements()
    leases += [office.lease(f"{clock.now.date()}", number=number) for number in range(3, 8)]
    many = statements()
    assert many[:2] == few[:2]
    assert many[2] <= few[2] + 5  # one for each step that somebody came to
