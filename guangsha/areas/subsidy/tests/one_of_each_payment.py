"""Payments in every station, for the walks that open every page: made by the acts that make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from unittest.mock import patch

from django.utils import timezone

from guangsha.areas.subsidy import payment_actions as acts
from guangsha.areas.subsidy.bank_files import BEIJING
from guangsha.areas.subsidy.models import Batch, SampleCheck
from guangsha.testing.cast import Cast
from guangsha.testing.payments import build_payments


@dataclass(frozen=True, slots=True)
class PaymentsMade:
    """``answered`` came back from the bank in part, ``draft`` waits for its check, ``sample`` is looked into."""

    answered: Batch
    draft: Batch
    sample: SampleCheck


def payments(cast: Cast) -> PaymentsMade:
    """One batch in each station; in November, since nothing is approved in the last days of a year."""
    november = datetime(2026, 11, 20, 10, tzinfo=BEIJING)
    with patch.object(timezone, "now", lambda: november):
        paying = build_payments(cast)
        for number in range(1, 7):
            paying.family(number, {202610: 30_000, 202611: 30_000 + 16_000 * (number == 4)}, members=2)
        answered, data = paying.to_bank(202611, "第四户新增成员，已核对户口簿。")
        paying.receive(answered, paying.answer(answered, data, codes={2: "closed", 3: "frozen"}))
        (sample,) = acts.draw_samples(paying.maker, answered.number, seed="20261120")
        paying.family(8, {202611: 30_000})
        return PaymentsMade(answered, paying.make(202611), sample)
