"""The only writers of repairs, hazards and rounds: one function per act, in one transaction, in the log."""

from guangsha.areas.fieldwork.actions.alarms import raise_alarms
from guangsha.areas.fieldwork.actions.contractors import write_contractor
from guangsha.areas.fieldwork.actions.dispatch import ask_money, assign, grant_money, plan_visit, triage
from guangsha.areas.fieldwork.actions.duty import put_on_duty, remind_of_duty
from guangsha.areas.fieldwork.actions.effects import take_effects
from guangsha.areas.fieldwork.actions.photos import (
    add_hazard_photo,
    add_order_photo,
    add_round_photo,
    open_photo,
)
from guangsha.areas.fieldwork.actions.reports import (
    Report,
    merge,
    refuse,
    report_again,
    report_for,
    report_from_home,
    withdraw,
)
from guangsha.areas.fieldwork.actions.rounds import call_special, plan_rounds, walk, write_checklist
from guangsha.areas.fieldwork.actions.work import (
    add_line,
    arrive,
    close,
    close_settled,
    confirm_work,
    drop_line,
    finish,
    not_met,
    rate,
)

__all__ = [
    "Report",
    "add_hazard_photo",
    "add_line",
    "add_order_photo",
    "add_round_photo",
    "arrive",
    "ask_money",
    "assign",
    "call_special",
    "close",
    "close_settled",
    "confirm_work",
    "drop_line",
    "finish",
    "grant_money",
    "merge",
    "not_met",
    "open_photo",
    "plan_rounds",
    "plan_visit",
    "put_on_duty",
    "raise_alarms",
    "rate",
    "refuse",
    "remind_of_duty",
    "report_again",
    "report_for",
    "report_from_home",
    "take_effects",
    "triage",
    "walk",
    "withdraw",
    "write_checklist",
    "write_contractor",
]
