"""Words and amounts of printed tables as scanning leaves them, brought to a form that can be compared.

Nothing is corrected here: an amount is read when its digits can be read in one way only, and its printed text is kept
beside the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from guangsha.documents.reading.source import Spot
from guangsha.kernel.numbers import DIGITS_MAX, decimals_of, normalise

_HAN = re.compile(r"[\u3400-\u9fff]")
_SPACE = re.compile(r"\s+")

#: Letters that a scanner writes for digits.
_AS_DIGITS = str.maketrans("OoIl", "0011")
_SPECKS = "|;:_{}[]'`\"*~^·,、。 "

_PLAIN = re.compile(r"-?\d+(?:\.\d+)?|-?\.\d+")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_COMMA_FOR_POINT = re.compile(r"-?\d+,\d{1,2}|-?\d{1,3}(?:,\d{3})+,\d{2}")
_POINT_FOR_COMMA = re.compile(r"-?\d{1,3}(?:\.\d{3})+\.\d{1,2}")
_BRACKETED = re.compile(r"\((\d[\d,]*\.\d+)\)")


def bare(text: str) -> str:
    """``text`` with half-width forms and no spaces at all.

    >>> bare("财政拨款 收入（含上年）")
    '财政拨款收入(含上年)'
    """
    return _SPACE.sub("", normalise(text))


def han(text: str) -> str:
    """The Chinese characters of ``text`` alone.

    >>> han("一、一般公共预算 财政拨款收入 32")
    '一一般公共预算财政拨款收入'
    """
    return "".join(_HAN.findall(text))


def likeness(one: str, two: str) -> float:
    """How alike two names are, 0 to 1."""
    return SequenceMatcher(None, one, two, autojunk=False).ratio()


def most_alike(text: str, names: Iterable[str], least: float) -> str:
    """The one of ``names`` most like ``text``; empty when none reaches ``least`` or two are equally alike."""
    ranked = sorted(((likeness(text, name), name) for name in set(names)), reverse=True)
    if not ranked or ranked[0][0] < least:
        return ""
    if len(ranked) > 1 and ranked[1][0] == ranked[0][0]:
        return ""
    return ranked[0][1]


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount in a table: value, text as printed, and where it stands."""

    value: Decimal
    text: str
    column: int
    spot: Spot

    @property
    def decimals(self) -> int:
        return decimals_of(self.value)

    @property
    def whole(self) -> bool:
        """Printed without decimals: an amount in 元, a line number, or a speck of dirt."""
        return self.decimals == 0


def amounts_in(text: str) -> list[tuple[Decimal, str]]:
    """The amounts that a cell holds and nothing else, with their texts; usually one, none where it holds words.

    Reads ``22854. 27``, ``1, 212.84``, ``22 899.22``, ``1.212.84`` (a point for the comma), ``12，30`` (a comma for
    the point), ``2O.36``, ``(12.30)`` (below zero) and ``51.68 17.24`` (two cells in one).

    >>> amounts_in("22854. 27"), amounts_in("一般")
    ([(Decimal('22854.27'), '22854. 27')], [])
    """
    cleaned = re.sub(r"(?<=\d)。(?=\d)", ".", normalise(text)).strip(_SPECKS)
    cleaned = re.sub(r"\s*([.,])\s*", r"\1", re.sub(r"^[—–-]\s*(?=\d)", "-", cleaned))
    if not cleaned or not any(char.isdigit() for char in cleaned):
        return []
    parts = _rejoined(cleaned.split())
    values = [_amount(part) for part in parts]
    found = [(value, part) for value, part in zip(values, parts, strict=True) if value is not None]
    if len(found) != len(parts):
        return []
    return [(found[0][0], text.strip())] if len(found) == 1 else found


def _rejoined(parts: list[str]) -> list[str]:
    """Pieces of one number put together: groups of three digits, or the last digit of two decimals."""
    joined: list[str] = []
    for part in parts:
        before = joined[-1] if joined else ""
        group = re.fullmatch(r"\d{3}(\.\d+)?", part) and re.fullmatch(r"-?\d{1,3}(\d{3})*", before)
        last = re.fullmatch(r"\d", part) and re.fullmatch(r"-?[\d,]+\.\d", before)
        if before and (group or last):
            joined[-1] = before + part
        else:
            joined.append(part)
    return joined


def _amount(text: str) -> Decimal | None:
    if "." in text and re.fullmatch(r"[-\dOoIl.,]+", text):
        text = text.translate(_AS_DIGITS)
    if len(text) > DIGITS_MAX:
        return None
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    if _GROUPED.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if _COMMA_FOR_POINT.fullmatch(text):
        whole, fraction = text.rsplit(",", 1)
        return Decimal(f"{whole.replace(',', '')}.{fraction}")
    if _POINT_FOR_COMMA.fullmatch(text):
        whole, fraction = text.rsplit(".", 1)
        return Decimal(f"{whole.replace('.', '')}.{fraction}")
    if below := _BRACKETED.fullmatch(text):
        return -Decimal(below[1].replace(",", ""))
    return None
