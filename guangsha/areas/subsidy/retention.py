"""Who names the sealed bank files: one that no row names was left behind by a process that died. Vouchers themselves are kept."""

from __future__ import annotations

from guangsha.areas.subsidy.models import Batch, ReturnFile
from guangsha.areas.subsidy.payment_actions.sending import RETURN_CONTEXT, SENT_CONTEXT
from guangsha.privacy.files import held_by
from guangsha.privacy.retention import named_in

held_by(SENT_CONTEXT, named_in(Batch, "file_stored"))
held_by(RETURN_CONTEXT, named_in(ReturnFile, "stored"))
