"""The only writers of agreements and of what is due under them: one function per act, in one transaction, in the log."""

from guangsha.areas.subsidy.actions.agreements import (
    change_account,
    compute_again,
    end_agreement,
    open_agreement,
    renew_agreement,
    sign_agreement,
)
from guangsha.areas.subsidy.actions.changes import (
    close_hearings,
    confirm,
    drop,
    hear,
    propose_change,
)
from guangsha.areas.subsidy.actions.clawbacks import consent_set_off, open_clawback, write_off
from guangsha.areas.subsidy.actions.effects import take_effects
from guangsha.areas.subsidy.actions.months import (
    compute_month,
    expire_agreements,
    hold_month,
    remind_renewals,
)

__all__ = [
    "change_account",
    "close_hearings",
    "compute_again",
    "compute_month",
    "confirm",
    "consent_set_off",
    "drop",
    "end_agreement",
    "expire_agreements",
    "hear",
    "hold_month",
    "open_agreement",
    "open_clawback",
    "propose_change",
    "remind_renewals",
    "renew_agreement",
    "sign_agreement",
    "take_effects",
    "write_off",
]
