"""Every act on payments: the only writer of batches, items, return files and samples, one public function per act."""

from __future__ import annotations

from guangsha.areas.subsidy.payment_actions.base import PaymentRefused
from guangsha.areas.subsidy.payment_actions.closing import (
    close_batch,
    draw_samples,
    record_sample,
    surrender_item,
    take_back_item,
)
from guangsha.areas.subsidy.payment_actions.deciding import (
    approve_batch,
    cancel_batch,
    check_batch,
    drop_item,
    refuse_batch,
)
from guangsha.areas.subsidy.payment_actions.making import make_batch, make_reissue
from guangsha.areas.subsidy.payment_actions.receiving import come_back, receive_file
from guangsha.areas.subsidy.payment_actions.restoring import restore_batch
from guangsha.areas.subsidy.payment_actions.sending import accept_batch, change_line, send_batch, take_file
from guangsha.areas.subsidy.payment_actions.setup import set_up_payments

__all__ = [
    "PaymentRefused", "accept_batch", "approve_batch", "cancel_batch", "change_line", "check_batch", "close_batch", "come_back",
    "draw_samples", "drop_item", "make_batch", "make_reissue", "receive_file", "record_sample", "refuse_batch", "restore_batch", "send_batch",
    "set_up_payments", "surrender_item", "take_back_item", "take_file",
]  # fmt: skip
