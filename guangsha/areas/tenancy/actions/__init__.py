"""The only writers of leases and of what belongs to them: one function per act, in one transaction, in the log."""

from guangsha.areas.tenancy.actions.bans import decide_lift, propose_lift
from guangsha.areas.tenancy.actions.base import LeaseMoved, NotAllowed, today
from guangsha.areas.tenancy.actions.changes import confirm_change, drop_change, propose_change
from guangsha.areas.tenancy.actions.clock import close_hearings, remind_leaving, remind_renewals
from guangsha.areas.tenancy.actions.doors import (
    add_device,
    approve_grant,
    approve_stop,
    ask_grant,
    ask_reissue,
    ask_stop,
    expire_grants,
)
from guangsha.areas.tenancy.actions.effects import take_effects
from guangsha.areas.tenancy.actions.exits import (
    court_ruled,
    decide_exit,
    demand,
    go_to_court,
    hand_back,
    hold_over,
    open_exit,
    serve,
    settle,
    withdraw_exit,
)
from guangsha.areas.tenancy.actions.handovers import EVIDENCE, Found, add_evidence, hand_over
from guangsha.areas.tenancy.actions.leases import (
    Plan,
    agree_limits,
    ask_renewal,
    ask_signature,
    begin_renewed,
    give_up,
    open_lease,
    open_relet,
    recompute_rent,
    renew,
    sign_lease,
)
from guangsha.areas.tenancy.actions.swaps import (
    agree_swap,
    carry_out_swap,
    choose_swap,
    decide_swap,
    draft_swap,
    open_swap,
    withdraw_swap,
)
from guangsha.areas.tenancy.actions.violations import (
    add_check,
    answer_clue,
    ask_tenant,
    consequences_of,
    decide,
    drop_violation,
    hear,
    report_signal,
    send_clue,
    settle_violation,
)

__all__ = [
    "EVIDENCE", "Found", "LeaseMoved", "NotAllowed", "Plan", "add_check", "add_device", "add_evidence", "agree_limits", "agree_swap", "answer_clue", "approve_grant",
    "approve_stop", "ask_grant", "ask_reissue", "ask_renewal", "ask_signature", "ask_stop", "ask_tenant", "begin_renewed", "carry_out_swap", "choose_swap",
    "close_hearings", "confirm_change", "consequences_of", "court_ruled", "decide", "decide_exit", "decide_lift", "decide_swap", "demand", "draft_swap", "drop_change", "drop_violation",
    "expire_grants", "give_up", "go_to_court", "hand_back", "hand_over", "hear", "hold_over", "open_exit", "open_lease",
    "open_relet", "open_swap", "propose_change", "propose_lift", "recompute_rent", "remind_leaving", "remind_renewals", "renew", "report_signal",
    "send_clue", "serve", "settle", "settle_violation", "sign_lease", "take_effects", "today", "withdraw_exit", "withdraw_swap",
]  # fmt: skip
