"""Rows of a scanned code table that lost an empty cell: which of their amounts slid to the left.

Counted from the left such a row reads one way, counted from the right another. The row's own sum seldom tells them
apart (5.00 = 5.00 under 基本支出 as under 项目支出), but the table's total row does: the rows are taken as they stand
unless exactly one other way of reading the short ones makes every column agree with its printed total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import prod

from guangsha.documents.reading.understanding.accounts_columns import Columns
from guangsha.documents.reading.understanding.accounts_words import Figure

Cells = dict[str, Figure]

_WAYS_MAX = 1024


def slid_readings(figures: Sequence[Figure], columns: Columns, missing: int) -> list[Cells]:
    """Other readings of a row that lost ``missing`` empty cells somewhere between its amounts."""
    readings: list[Cells] = []
    for first in range(len(figures)):
        for shift in range(1, missing + 1):
            places = [f.column + (shift if place >= first else 0) for place, f in enumerate(figures)]
            if all(column in columns for column in places):
                readings.append({columns[c]: f for c, f in zip(places, figures, strict=True)})
    return readings


def settled(rows: Sequence[Sequence[Cells]], totals: Mapping[str, Figure]) -> list[Cells]:
    """One reading for each row, the first of each unless another set of readings alone agrees with the totals.

    Args:
        rows: for each row that the total adds up, its possible readings, as it stands first.
        totals: the printed total row.
    """
    literal = [readings[0] for readings in rows]
    if not totals or _agrees(literal, totals) or prod(len(readings) for readings in rows) > _WAYS_MAX:
        return literal
    agreeing = [list(chosen) for chosen in product(*rows) if _agrees(chosen, totals)]
    return agreeing[0] if len(agreeing) == 1 else literal


def _agrees(rows: Sequence[Cells], totals: Mapping[str, Figure]) -> bool:
    columns = {column for row in rows for column in row} | set(totals)
    for column in columns:
        amounts = [row[column].value for row in rows if column in row]
        printed = totals[column].value if column in totals else Decimal(0)
        if abs(sum(amounts, Decimal(0)) - printed) > Decimal("0.005") * (len(amounts) + 1):
            return False
    return True
