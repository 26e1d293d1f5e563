"""What a review makes of a proposal beside what stands. Pure.

Source: operations.md W2 (changes that a check found), W19 (deaths, homes and companies monthly, incomes quarterly).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from guangsha.policy.dimensions import MONEY, MONTHLY_MONEY
from guangsha.policy.facts import DEEMED_PERSONS_MAX, FACT_KINDS
from guangsha.policy.programme import Outcome

#: A monthly check asks about persons, homes and companies; income and assets stand as they were found, until the quarter.
HELD_MONTHLY = frozenset(
    {"income_12m_fen", "deemed_persons", *(f"declared_income_{k}_fen" for k in range(1, DEEMED_PERSONS_MAX + 1)),
     "assets_fen", "vehicles", "vehicle_value_fen", "vehicles_for_disabled", "insured_months", "has_labour_contract"}
)  # fmt: skip
#: These take something from the household: each is confirmed by itself, never many at once.
REDUCTIONS = frozenset({"less", "ends"})
#: These become a calculation when they are confirmed; the others only tell a clerk what to ask for.
CONFIRMABLE = frozenset({"more", "less", "ends"})


def facts_to_judge(
    found: Mapping[str, int | None], standing: Mapping[str, int | None], stated: Mapping[str, int], kind: str
) -> dict[str, int | None]:
    """The facts that a review of ``kind`` judges by.

    Args:
        standing: the facts behind the amount that stands; empty where they are not kept.
        stated: what staff saw on paper then; it holds where the file still does not know.
    """
    judged = dict(found)
    # whose household changed has other incomes too: then nothing is held
    if kind == "monthly" and standing and standing.get("members") == found.get("members"):
        judged |= {name: standing[name] for name in HELD_MONTHLY if standing.get(name) is not None}
    return judged | {name: value for name, value in stated.items() if judged.get(name) is None}


#: These move with the calendar: they are not what happened.
_COUNTING = frozenset(
    {"applicant_age", "hukou_months", "insured_months", "months_since_graduation", "subsidised_months", "waiting_months"}
)  # fmt: skip
_TOLD_MAX = 4


def what_changed(standing: Mapping[str, int | None], judged: Mapping[str, int | None]) -> list[str]:
    """What differs from the facts behind the amount that stands, a sentence each. Amounts of money are not told: the list is read
    by many and the agreement tells them."""
    found = []
    for name, before in standing.items():
        now = judged.get(name)
        if now == before or name in _COUNTING:
            continue
        kind = FACT_KINDS[name]
        if kind.dimension in (MONEY, MONTHLY_MONEY):
            found.append(f"{kind.title}有变化。")
        else:
            found.append(f"{kind.title}由{kind.print(before)}变为{kind.print(now)}。")
    return found[:_TOLD_MAX]


def difference_kind(before_fen: int, outcome: Outcome, amount_fen: int) -> str:
    """What differs; empty where the amount that stands is right."""
    if outcome is Outcome.INCOMPLETE:
        return "incomplete"
    if outcome is Outcome.REFUSE:
        return "ends"
    if amount_fen == before_fen:
        return ""
    return "more" if amount_fen > before_fen else "less"


def happened(days: list[date], since: date, on: date) -> date:
    """The day of the change: the latest one that the file dates after the amount was found; of several the latest takes least
    back from the household. Without any, the day of the review."""
    return max((day for day in days if since < day <= on), default=on)
