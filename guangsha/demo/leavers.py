"""What comes to its end after rent was billed: households that left are settled and get their deposit back, two change dwellings."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from guangsha.areas.rent import actions as rent
from guangsha.areas.rent.actions.paying import Notice
from guangsha.areas.rent.models import Deposit, RentAccount
from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Exit
from guangsha.areas.tenancy.models_swap import Swap
from guangsha.demo.cast import Cast
from guangsha.demo.tenancy import Desk
from guangsha.kernel.errors import GuangshaError
from guangsha.people.actors import build_actor

#: Nobody's card.
CARD = "6222 0210 0111 6245 702"


class _Till:
    """Who settles and who pays back."""

    def __init__(self, cast: Cast) -> None:
        self.clerk, self.approver, self.accountant = (
            build_actor(cast.staff[who]) for who in ("rent_clerk", "district_approver", "accountant")
        )
        self.paid = 0

    def pay_up(self, lease: Lease) -> None:
        """Whatever is owed under a lease is paid."""
        if RentAccount.objects.get(lease=lease).owed_fen <= 0:
            return
        order, self.paid = rent.make_order(self.clerk, lease.number), self.paid + 1
        serial = f"LX{order.number}"
        notice = Notice(
            "treasury_file", serial, order.number, order.amount_fen, timezone.now(), f"E{serial}", "5d1c09ab"
        )
        rent.confirm_many(self.accountant, [notice])

    def settle(self, lease: Lease) -> None:
        """The last bill, the deposit back, nothing open on either side."""
        number = lease.number
        self.pay_up(lease)
        rent.propose_settlement(self.clerk, number, None)
        rent.confirm_settlement(self.approver, number, None)
        self.pay_up(lease)
        account = RentAccount.objects.get(lease=lease)
        held = Deposit.objects.filter(account=account, held_fen__gt=0).exists()
        for source, due in (("deposit", held), ("advance", account.advance_fen > 0)):
            if not due:
                continue
            back = rent.propose_refund(
                self.clerk, number, None, source=source, bank_account=CARD, reason="退房结算"
            )
            rent.decide_refund(self.approver, back.number, None, approved=True)
            rent.pay_refund(
                self.accountant, back.number, None, paid_on=timezone.localdate(), serial=f"TF{back.number}"
            )
        rent.close_settlement(self.clerk, number, None)


def fill_leavers(cast: Cast, now: datetime) -> str:
    """All who gave their dwelling back are settled but the last, who waits for it; the swap of today is handed over."""
    desk, till, ended = Desk(cast, timezone.localdate(now)), _Till(cast), 0
    left = list(
        Exit.objects.filter(state="checking", lease__agency=cast.district)
        .select_related("lease")
        .order_by("pk")
    )
    for way_out in left[:-1]:
        try:
            with transaction.atomic():
                till.settle(way_out.lease)
                actions.settle(desk.leaser, way_out.number, way_out.version)
                ended += 1
        except GuangshaError:
            continue  # a relative of whoever acts
    swapped = sum(
        _hand_over(desk, till, swap) for swap in Swap.objects.filter(state="decided", swap_on=desk.today)
    )
    actions.expire_grants(now)
    return f"{ended} 户结清退房，{swapped} 件调换已交接"


def _hand_over(desk: Desk, till: _Till, swap: Swap) -> int:
    try:
        with transaction.atomic():
            founds = {}
            for leg in swap.legs.select_related("lease__tenant"):
                till.pay_up(leg.lease)
                founds[leg.lease.dwelling_id] = desk.shown(leg.lease, desk.today)
            actions.carry_out_swap(desk.inspector, swap.number, swap.version, founds)
    except GuangshaError:
        return 0
    return 1
