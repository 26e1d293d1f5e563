"""Reading the fields that ``macros.html`` draws: what was typed, canonical where it can be, as it was where it cannot.

Whether a value is right is decided by whoever owns the form (the service catalogue, an action); here only the parts of a
date come together and full-width digits become digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.http import HttpRequest, QueryDict

from guangsha.kernel.numbers import normalise

#: What a person types without meaning it: blanks in numbers.
_COMPACT = frozenset({"identity", "phone", "bank_account", "money", "area", "number", "code"})
_TEXT_MAX = 10_000
#: Nobody whom we know was born before, nothing is planned after; whatever is reckoned from such a day is a day as well.
FIRST_YEAR, LAST_YEAR = 1900, 2100
#: Keys of rows have 64 bits.
_KEY_DIGITS_MAX = 18
_PAGE_DIGITS_MAX = 5


def key_of(text: str) -> int:
    """The key of a row, or another whole number, as a form or an address gives it; 0, which no row has, for anything else."""
    return int(text) if text.isdecimal() and len(text) <= _KEY_DIGITS_MAX else 0


def page_number(request: HttpRequest) -> int:
    """``?page=``, from 1; nonsense is the first. Lists bound themselves further."""
    asked = request.GET.get("page", "1")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) <= _PAGE_DIGITS_MAX else 1


def day_typed(text: str) -> date | None:
    """A day as :func:`read_field` gives it; None for what is none, or lies outside the years in which we work."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def read_field(data: QueryDict | Mapping[str, str], name: str, kind: str) -> str | list[str]:
    """The value of the field ``name`` of ``kind`` as the form sent it.

    ``choices`` gives a list of codes; ``date`` gives ``2026-11-21`` (or the parts as typed, joined by hyphens, when they
    are no numbers, so that the form shows them again); ``yes_no`` gives ``yes``, ``no`` or nothing; money and area lose
    thousands separators.
    """
    if kind == "choices":
        return [value[:_TEXT_MAX] for value in data.getlist(name)] if isinstance(data, QueryDict) else []
    if kind in ("date", "month"):
        return _joined_date(data, name, kind)
    text = str(data.get(name, "") or "").strip()[:_TEXT_MAX]
    if kind in _COMPACT:
        text = "".join(normalise(text).split())
        if kind in ("money", "area", "number"):
            text = text.replace(",", "").replace("，", "")
        if kind == "identity":
            text = text.upper()
        if kind in ("bank_account", "phone"):
            text = text.replace("-", "")
    return text.replace("\r\n", "\n") if kind == "long_text" else text


def _joined_date(data: QueryDict | Mapping[str, str], name: str, kind: str) -> str:
    parts = ["year", "month", "day"][: 3 if kind == "date" else 2]
    given = [normalise(str(data.get(f"{name}.{part}", "") or "")).strip()[:8] for part in parts]
    if not any(given):
        # a date in one piece: from the API, from a test, from a browser's own control
        return str(data.get(name, "") or "").strip()[:10]
    if all(part.isdecimal() for part in given):
        return "-".join([given[0].zfill(4), *(part.zfill(2) for part in given[1:])])
    return "-".join(part.replace("-", "") for part in given)
