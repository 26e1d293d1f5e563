"""A pencil for checking tables.xlsx: computes its formulas from the file alone, with exact decimals.

Knows just the functions that our tables use. It reads formulas and entries as any spreadsheet program would, so a
stored value that was computed from something else than the cells shows up as a difference.
"""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

from guangsha.kernel.numbers import divide, round_to

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"[^\"]*\")|(?P<range>[A-Z]+\d+:[A-Z]+\d+)|(?P<cell>[A-Z]+\d+)"
    r"|(?P<name>[A-Z]+)\(|(?P<op><=|>=|<>|[-+*/(),=<>]))"
)
_ROUNDINGS = {"ROUND": "half_up", "ROUNDDOWN": "down", "ROUNDUP": "ceiling"}

Result = Decimal | str | bool


class Pencil:
    """Computes the formulas of one workbook."""

    def __init__(self, data: bytes) -> None:
        self.live = openpyxl.load_workbook(io.BytesIO(data))
        self.cached = openpyxl.load_workbook(io.BytesIO(data), data_only=True)

    def formulas(self) -> list[tuple[str, str, str]]:
        """(sheet, cell, formula) of every formula."""
        return [
            (sheet.title, cell.coordinate, cell.value)
            for sheet in self.live
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]

    def stored(self, sheet: str, ref: str) -> Decimal | str:
        """The value that the file stores for a formula."""
        value = self.cached[sheet][ref].value
        return "" if value is None else value if isinstance(value, str) else Decimal(str(value))

    def value(self, sheet: str, ref: str) -> Result | None:
        """What a cell shows: its entry, or what its formula gives."""
        cell: Any = self.live[sheet][ref]
        if cell.data_type == "f":
            return _Reading(self, sheet, cell.value.removeprefix("=")).result()
        if isinstance(cell.value, int | float):
            return Decimal(str(cell.value))
        return cell.value

    def numbers(self, sheet: str, area: str) -> list[Decimal]:
        first_col, first_row, last_col, last_row = range_boundaries(area)
        found = [
            self.value(sheet, self.live[sheet].cell(row, col).coordinate)
            for row in range(first_row, last_row + 1)
            for col in range(first_col, last_col + 1)
        ]
        return [value for value in found if isinstance(value, Decimal)]


class _Reading:
    """Recursive descent over one formula."""

    def __init__(self, pencil: Pencil, sheet: str, text: str) -> None:
        self.pencil, self.sheet = pencil, sheet
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            match = _TOKEN.match(text, place)
            assert match and match.lastgroup, f"cannot read {text[place:]!r} of {text!r}"
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()

    def result(self) -> Result:
        value = self._comparison()
        assert not self.tokens, self.tokens
        return value

    def _next(self, *wanted: str) -> str | None:
        if self.tokens and self.tokens[0][0] == "op" and self.tokens[0][1] in wanted:
            return self.tokens.pop(0)[1]
        return None

    def _comparison(self) -> Result:
        left = self._sum()
        sign = self._next("=", "<", ">", "<=", ">=", "<>")
        if sign is None:
            return left
        right = self._sum()
        a, b = (Decimal(0) if v == "" else v for v in (left, right))
        assert isinstance(a, Decimal) and isinstance(b, Decimal)
        return {"=": a == b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b, "<>": a != b}[sign]

    def _sum(self) -> Result:
        value = self._product()
        while sign := self._next("+", "-"):
            other = self._product()
            assert isinstance(value, Decimal) and isinstance(other, Decimal)
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Result:
        value = self._atom()
        while sign := self._next("*", "/"):
            other = self._atom()
            assert isinstance(value, Decimal) and isinstance(other, Decimal)
            if sign == "*":
                value = value * other
            else:
                value = divide(value, other) if other else Decimal("NaN")
        return value

    def _atom(self) -> Result:
        if self._next("-"):
            value = self._atom()
            assert isinstance(value, Decimal)
            return -value
        if self._next("("):
            value = self._comparison()
            assert self._next(")")
            return value
        kind, text = self.tokens.pop(0)
        if kind == "number":
            return Decimal(text)
        if kind == "text":
            return text.strip('"')
        if kind == "cell":
            found = self.pencil.value(self.sheet, text)
            return Decimal(0) if found is None else found
        assert kind == "name", (kind, text)
        return self._function(text)

    def _function(self, name: str) -> Result:
        arguments: list[list[Decimal] | Result] = []
        while not self._next(")"):
            if self.tokens[0][0] == "range" or (name == "SUM" and self.tokens[0][0] == "cell"):
                arguments.append(self.pencil.numbers(self.sheet, self.tokens.pop(0)[1]))
            else:
                arguments.append(self._comparison())
            self._next(",")
        if name in ("SUM", "AVERAGE", "MIN"):
            numbers = [n for a in arguments for n in (a if isinstance(a, list) else [a])]
            if name == "MIN":
                return min(numbers)  # type: ignore[type-var]
            total = sum(numbers, Decimal(0))
            return total if name == "SUM" else divide(total, Decimal(len(numbers)))
        if name == "SUMPRODUCT":
            left, right = arguments
            assert isinstance(left, list) and isinstance(right, list)
            return sum((a * b for a, b in zip(left, right, strict=True)), Decimal(0))
        if name == "IF":
            return arguments[1] if arguments[0] else arguments[2]  # type: ignore[return-value]
        if name == "AND":
            return all(arguments)
        value, places = arguments
        assert isinstance(value, Decimal) and isinstance(places, Decimal)
        return round_to(value, int(places), _ROUNDINGS[name]) if value.is_finite() else value


def differences(pencil: Pencil) -> list[str]:
    """Every formula whose stored value is not what it gives, to twelve decimals."""
    found = []
    for sheet, ref, formula in pencil.formulas():
        computed, stored = pencil.value(sheet, ref), pencil.stored(sheet, ref)
        if isinstance(computed, Decimal) and isinstance(stored, Decimal):
            equal = abs(computed - stored) < Decimal("1E-12")
        else:
            equal = computed == stored
        if not equal:
            found.append(f"{sheet}!{ref} {formula}: stored {stored}, computed {computed}")
    return found
