"""Numbers of cases and documents: no two alike, none left out."""

from __future__ import annotations

from datetime import date

from guangsha.areas.intake.catalogue import Service
from guangsha.areas.intake.models import Counter


def next_number(name: str) -> int:
    """The next number under ``name``. Its row stays locked until the end of the transaction, so that a roll-back gives the
    number back and nobody waits for more than one act."""
    return next_numbers(name, 1)[0]


def next_numbers(name: str, count: int) -> range:
    """The next ``count`` numbers under ``name``, for whoever numbers many at once; see :func:`next_number`."""
    Counter._default_manager.bulk_create([Counter(name=name)], ignore_conflicts=True)
    counter = Counter._default_manager.select_for_update().get(pk=name)
    first = counter.value + 1
    counter.value += count
    counter.save(update_fields=["value"])
    return range(first, first + count)


def yearly_number(room: str, prefix: str, region: str, day: date) -> str:
    """``HT430699202600012``: prefix, region (its first six digits), year, five digits; one series per room, prefix, region and year.

    Args:
        room: names the series beside those of other rooms; it is not printed.
        region: the administrative division code of an agency, six digits or longer.
    """
    return yearly_numbers(room, prefix, region, day, 1)[0]


def yearly_numbers(room: str, prefix: str, region: str, day: date, count: int) -> list[str]:
    """So many numbers of the series of :func:`yearly_number`, taken at once."""
    stem = f"{prefix}{region[:6]}{day.year}"
    return [f"{stem}{number:05d}" for number in next_numbers(f"{room}:{stem}", count)]


def check_digit(digits: str) -> str:
    """One digit that finds every single wrong digit and every swap of neighbours (ISO 7064, MOD 11,10).

    >>> check_digit("0794")
    '5'
    """
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def case_number(service: Service, region_code: str, day: date) -> str:
    """``region6 + programme2 + yyyymmdd + seq6 + check``; a programme from 101 on is written 51, 52 …"""
    programme = service.number if service.number < 100 else service.number - 50
    stem = f"{region_code[:6]:0<6}{programme:02d}{day:%Y%m%d}"
    body = f"{stem}{next_number(f'case:{stem}'):06d}"
    return body + check_digit(body)


def document_number(agency_name: str, day: date) -> str:
    """``机关〔2026〕12号``: one series per name as it is printed and year, so that no two letters bear the same number."""
    printed = f"{agency_name[:20]}〔{day.year}〕"
    return f"{printed}{next_number(f'document:{printed}')}号"
