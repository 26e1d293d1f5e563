"""Money of the treasury: the oldest bill first, each payment once, whatever the channel sends; deposits, refunds, the day's reconciliation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guangsha.areas.rent import actions, channels
from guangsha.areas.rent.actions.collecting import Line
from guangsha.areas.rent.models import Deposit, Receipt
from guangsha.areas.rent.models_after import Refund, Settlement
from guangsha.areas.rent.rules import code_stands
from guangsha.areas.rent.tests.builders import ORDINARY_FEN, Clock, Office, account_of, bills_of, proof
from guangsha.areas.tenancy import hooks
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere

CARD = "6222 0210 0111 6245 702"


def two_months(office: Office, clock: Clock) -> Any:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01")
    office.bill()
    clock.at("2026-04-01")
    office.bill()
    return lease


def test_the_oldest_bill_is_paid_first_and_what_is_over_is_kept_for_the_next(
    office: Office, clock: Clock
) -> None:
    lease = two_months(office, clock)
    office.pay(lease, 50_000)
    assert [row[3] for row in bills_of(lease)] == [0, 2 * ORDINARY_FEN - 50_000]
    office.pay(lease, 50_000)
    assert (account_of(lease).owed_fen, account_of(lease).advance_fen) == (0, 100_000 - 2 * ORDINARY_FEN)
    clock.at("2026-05-01")
    office.bill()
    assert bills_of(lease)[2][3] == ORDINARY_FEN - (100_000 - 2 * ORDINARY_FEN)
    assert account_of(lease).advance_fen == 0
    proof()


def test_a_payment_is_booked_once_whatever_the_channel_sends(office: Office, clock: Clock) -> None:
    lease = two_months(office, clock)
    order = office.order(lease, 30_000)
    assert office.order(lease, 30_000).pk == order.pk and code_stands(order.number)
    notice = office.notice(order)
    assert actions.confirm(notice).pk == actions.confirm(notice).pk
    with pytest.raises(actions.RentRefused, match="同一流水号"):
        actions.confirm(replace(notice, amount_fen=40_000))
    with pytest.raises(actions.RentRefused, match="没有这个缴款识别码"):
        actions.confirm(replace(notice, serial="other", order_number="43069926910000000019"))
    with pytest.raises(actions.RentRefused, match="不可能"):
        actions.confirm(replace(notice, serial="late", paid_at=timezone.now().replace(year=2020)))
    # paid at the counter as well: another serial, so it is the household's money and kept for it
    many = actions.confirm_many(
        office.accountant, [office.notice(order), notice, notice, replace(notice, amount_fen=1)]
    )
    assert (len(many.receipts), many.replayed, len(many.refused)) == (1, 2, 1)
    assert sum(Receipt.objects.values_list("amount_fen", flat=True)) == 60_000
    with pytest.raises(actions.RentRefused, match="岗位"):
        actions.confirm_many(office.maker, [office.notice(order)])
    proof()


def test_only_the_channel_is_believed(office: Office, clock: Clock, settings: Any, tmp_path: Path) -> None:
    settings.GUANGSHA_BANK = tmp_path / "bank"
    lease = two_months(office, clock)
    order = office.order(lease)
    client = Client(headers={"host": "127.0.0.1"})

    def told(body: bytes, signature: str) -> int:
        return client.post(
            "/rent/notifications/", body, content_type="application/json", headers={"x-signature": signature}
        ).status_code

    body, signature = channels.simulated_notification(order)
    assert told(body.replace(b"SIM", b"SIN"), signature) == 400
    assert told(body, "") == told(body, signature[::-1]) == told(b"[]" * 9000, signature) == 400
    assert not Receipt.objects.exists()
    assert told(body, signature) == told(body, signature) == 200
    assert Receipt.objects.get().amount_fen == 2 * ORDINARY_FEN == order.amount_fen
    assert client.get("/rent/notifications/").status_code == 405
    forged = channels.simulated_notification(order, serial="X" * 99)
    assert told(*forged) == 400
    proof()


def test_a_deposit_is_kept_in_custody_and_goes_back_after_the_settlement(
    office: Office, clock: Clock
) -> None:
    lease = two_months(office, clock)
    office.pay(lease, purpose="deposit")
    assert Deposit.objects.get().state == "held" and account_of(lease).owed_fen == 2 * ORDINARY_FEN
    office.pay(lease)
    with pytest.raises(actions.RentRefused, match="结算"):
        actions.propose_refund(
            office.maker, lease.number, None, source="deposit", bank_account=CARD, reason="退房"
        )
    with pytest.raises(actions.RentRefused, match="交还"):
        actions.propose_settlement(office.maker, lease.number, None)
    clock.at("2026-04-16")
    actions.on_lease_event(office.maker, lease, "handed_back", date(2026, 4, 15), {})
    broken = actions.Deduction("更换入户门锁", 12_000, "交接清单照片 3 号、收据 0012")
    with pytest.raises(InputError, match="承租人意见"):
        actions.propose_settlement(office.maker, lease.number, None, deductions=[broken])
    actions.propose_settlement(
        office.maker, lease.number, None, deductions=[broken], heard="当面确认，无异议"
    )
    actions.confirm_settlement(office.approver, lease.number, None)
    deposit = Deposit.objects.get()
    # half of April is paid ahead again and pays for the lock; the deposit is whole
    assert (deposit.held_fen, deposit.state, str(deposit.back_by)) == (100_000, "settling", "2026-04-27")
    assert account_of(lease).advance_fen == ORDINARY_FEN // 2 - 12_000
    assert "押金" in hooks.why_not_settled(lease)[0] and hooks.owed_fen(lease) == 0
    for source in ("deposit", "advance"):
        refund = actions.propose_refund(
            office.maker, lease.number, None, source=source, bank_account=CARD, reason="退房结算"
        )
        actions.decide_refund(office.approver, refund.number, None, approved=True)
        paid = {"paid_on": clock.now.date(), "serial": f"T{source}"}
        assert actions.pay_refund(office.accountant, refund.number, None, **paid).state == "paid"
        assert actions.pay_refund(office.accountant, refund.number, None, **paid).state == "paid"
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == 100_000 + ORDINARY_FEN // 2 - 12_000
    actions.close_settlement(office.maker, lease.number, None)
    assert Settlement.objects.get().state == "closed" and hooks.why_not_settled(lease) == ()
    proof()


def test_a_deposit_pays_what_is_owed_at_the_end(office: Office, clock: Clock) -> None:
    lease = two_months(office, clock)
    office.pay(lease, purpose="deposit")
    clock.at("2026-04-30")
    office.settle(lease, "2026-04-30")
    deposit = Deposit.objects.get()
    assert (account_of(lease).owed_fen, deposit.held_fen) == (0, 100_000 - 2 * ORDINARY_FEN)
    assert sorted(deposit.uses.values_list("kind", "fen")) == [("in", 100_000), ("used", -ORDINARY_FEN), ("used", -ORDINARY_FEN)]  # fmt: skip
    proof()


def test_a_day_is_closed_by_two_people_when_the_three_agree(office: Office, clock: Clock) -> None:
    lease = two_months(office, clock)
    order = office.order(lease, 30_000)
    notice = office.notice(order)
    actions.confirm(notice)
    day, agency = clock.now.date(), office.district
    line = Line(notice.serial, order.number, 30_000, day)
    lost = Line("S-lost", order.number, 5_000, day)
    assert actions.take_statement(office.accountant, agency, "nontax", [line, lost]) == (2, 0)
    assert actions.take_statement(office.accountant, agency, "bank", [line, lost]) == (2, 0)
    assert actions.take_statement(office.accountant, agency, "bank", [line]) == (0, 1)
    with pytest.raises(actions.RentRefused, match="不符"):
        actions.take_statement(office.accountant, agency, "bank", [replace(line, amount_fen=1)])
    row = actions.check_day(office.accountant, agency, day)
    assert (row.bills_fen, row.nontax_fen, row.bank_fen) == (30_000, 35_000, 35_000)
    assert [one["key"] for one in row.differences] == ["S-lost"]
    with pytest.raises(actions.RentRefused, match="没有查明"):
        actions.close_day(office.head, row.pk, row.version)
    # the notification that was lost comes after all
    actions.confirm(replace(notice, serial="S-lost", amount_fen=5_000))
    with pytest.raises(actions.RentRefused, match="没有查明"):
        actions.close_day(office.head, row.pk, row.version)
    row = actions.check_day(office.accountant, agency, day)
    assert row.differences == []
    with pytest.raises((actions.RentRefused, NotThere)):
        actions.close_day(office.accountant, row.pk, row.version)
    assert actions.close_day(office.head, row.pk, row.version).state == "closed"
    with pytest.raises(actions.RentRefused, match="已经办结"):
        actions.take_statement(office.accountant, agency, "bank", [replace(lost, serial="S-new")])
    proof()
