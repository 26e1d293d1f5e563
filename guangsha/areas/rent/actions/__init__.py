"""Every act on rent: the only writer, one public function per act of a person or of the clock."""

from __future__ import annotations

from guangsha.areas.rent.actions.adjusting import (
    decide_adjustment,
    decide_refund,
    pay_refund,
    propose_adjustment,
    propose_refund,
)
from guangsha.areas.rent.actions.arrears import (
    decide_plan,
    dun_agency,
    months_in_arrears,
    propose_plan,
    review_plans,
)
from guangsha.areas.rent.actions.base import RentRefused
from guangsha.areas.rent.actions.billing import bill_agency, charge, charge_late_fees
from guangsha.areas.rent.actions.collecting import check_day, close_day, settle_difference, take_statement
from guangsha.areas.rent.actions.effects import take_effects
from guangsha.areas.rent.actions.leases import on_lease_event, open_account
from guangsha.areas.rent.actions.paying import cancel_order, confirm, confirm_many, make_order
from guangsha.areas.rent.actions.serving import record_delivery
from guangsha.areas.rent.actions.settling import (
    Deduction,
    close_settlement,
    confirm_settlement,
    propose_settlement,
)
from guangsha.areas.rent.actions.setup import set_up_rent
from guangsha.areas.rent.actions.terms import confirm_term, drop_term, propose_term

__all__ = [
    "Deduction", "RentRefused", "bill_agency", "cancel_order", "charge", "charge_late_fees", "check_day", "close_day", "close_settlement",
    "confirm", "confirm_many", "confirm_settlement", "confirm_term", "decide_adjustment", "decide_plan", "decide_refund", "drop_term",
    "dun_agency", "make_order", "months_in_arrears", "on_lease_event", "open_account", "pay_refund", "propose_adjustment", "propose_plan",
    "propose_refund", "propose_settlement", "propose_term", "record_delivery", "review_plans", "set_up_rent", "settle_difference", "take_effects",
    "take_statement",
]  # fmt: skip
