"""What a place sets about rent, with its sources in ``parameters/<region>/rent/``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from guangsha.areas.rent.rules import Steps
from guangsha.kernel.errors import InputError
from guangsha.policy.parameter_files import book_of
from guangsha.policy.parameters import ParameterValue

#: A month of arrears in days, where a contract counts months and the reminders count days.
DAYS_OF_MONTH = 30


def exact(key: str, region: str, on: date) -> Fraction:
    """A parameter that is a number, in base units (fen, days).

    Raises:
        RuleMissing: the region has not set it.
        InputError: it is no number.
    """
    value = book_of().get(key, region, on)
    amount = value.at(None)
    if not isinstance(amount, Fraction):
        raise InputError(f"参数“{value.declared.title}”不是数", advice="请更正参数文件。")
    return amount


def whole(key: str, region: str, on: date) -> int:
    """A parameter that counts fen, days or months.

    Raises:
        RuleMissing, InputError: see :func:`exact`; also where it is no whole number.
    """
    amount = exact(key, region, on)
    if amount.denominator != 1:
        raise InputError("这项参数应为整数", where=key, advice="请更正参数文件。")
    return int(amount)


@dataclass(frozen=True, slots=True)
class BillingRules:
    """When and how bills are made in a place."""

    by_day: bool
    due_day: int
    least_days: int


def billing_rules(region: str, on: date) -> BillingRules:
    """How bills are made in a region on a day.

    Raises:
        RuleMissing: the region has not set it.
    """
    return BillingRules(
        str(book_of().get("rent_first_month", region, on).at(None)) == "by_day",
        whole("rent_due_day", region, on),
        whole("dunning_reminder_days", region, on),
    )


def steps_of(region: str, on: date, arrears_months: int | None = None) -> Steps:
    """After how many days somebody is reminded and how; where a contract sets fewer months of arrears than the place, the lease is asked
    earlier.

    Raises:
        RuleMissing: the region has not set it.
    """
    legal = whole("dunning_legal_days", region, on)
    if arrears_months is not None:
        legal = min(legal, arrears_months * DAYS_OF_MONTH)
    return Steps(
        whole("dunning_reminder_days", region, on), whole("dunning_text_days", region, on), whole("dunning_letter_days", region, on),
        whole("dunning_visit_days", region, on), legal,
    )  # fmt: skip


def cited(value: ParameterValue) -> dict[str, str]:
    """Where a parameter comes from, for the decision that uses it."""
    source = value.citation
    return {"key": value.declared.key, "title": value.declared.title, "document": source.document, "number": source.number,
            "article": source.article}  # fmt: skip
