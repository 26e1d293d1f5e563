"""Live formulas for the figures of one sheet: which cells a figure follows from, and what its formula gives.

A :class:`Board` knows where each figure of a sheet stands. A recipe turns a figure that follows from others into a
:class:`Live` formula; what the formula gives is computed here from the very cells it names, exactly, so that the
value stored in the file is the one that a spreadsheet program will find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.documents.writing.xlsx import address, span
from guangsha.kernel.numbers import divide, plain, round_to
from guangsha.scoring.profile import Rounding

#: How the spreadsheet functions for each direction of rounding are called; scores and rates are never negative.
_ROUND_FUNCTIONS = {"half_up": "ROUND", "down": "ROUNDDOWN", "floor": "ROUNDDOWN", "ceiling": "ROUNDUP"}

#: One addend: key of a figure, +1 or -1.
Addend = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Live:
    """A formula (without ``=``), what it gives, and a remark where that differs from the figure as given."""

    formula: str
    value: Decimal | str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a figure stands on its sheet, and its value as given (percentages as fractions)."""

    row: int
    col: int
    given: Decimal | None

    @property
    def ref(self) -> str:
        return address(self.row, self.col)


class Board:
    """The figures of one sheet by key, with recipes for those that follow from others."""

    def __init__(self) -> None:
        self._spots: dict[str, Spot] = {}
        self._rows: dict[int, dict[int, str]] = {}  # the same spots by row and column
        self._columns: dict[int, dict[int, str]] = {}
        self._recipes: dict[str, Recipe] = {}
        self._made: dict[str, Live | None] = {}

    def place(self, key: str, row: int, col: int, given: Decimal | None) -> None:
        """Remember where a figure stands; the first place of a figure printed twice counts."""
        if key not in self._spots:
            self._spots[key] = Spot(row, col, given)
            self._rows.setdefault(row, {})[col] = key
            self._columns.setdefault(col, {})[row] = key

    def teach(self, key: str, recipe: Recipe) -> None:
        """``recipe`` makes the formula of ``key`` if that figure stands on this sheet."""
        self._recipes[key] = recipe

    def __contains__(self, key: str) -> bool:
        return key in self._spots

    def ref(self, key: str) -> str:
        return self._spots[key].ref

    def given(self, key: str) -> Decimal | None:
        spot = self._spots.get(key)
        return spot.given if spot else None

    def live(self, key: str) -> Live | None:
        """The formula of a figure; None where it is an entry."""
        if key not in self._made:
            self._made[key] = None  # a figure that seems to follow from itself stays an entry
            recipe = self._recipes.get(key)
            if recipe is not None and key in self._spots:
                self._made[key] = recipe(self)
        return self._made[key]

    def value(self, key: str) -> Decimal | None:
        """What the cell of a figure shows: the formula's value, or the entry."""
        live = self.live(key)
        if live is not None:
            return live.value if isinstance(live.value, Decimal) else None
        return self.given(key)

    def known(self, keys: Iterable[str]) -> list[str]:
        """Those of ``keys`` that stand here with a number."""
        return [key for key in keys if key in self._spots and self.value(key) is not None]

    def total(self, keys: Sequence[str]) -> Decimal:
        """Sum of the values shown; cells without a number count as nothing, as in SUM."""
        return sum((self.value(key) or Decimal(0) for key in keys), Decimal(0))

    def sum_text(self, keys: Iterable[str]) -> str:
        """``SUM(H5:H9,H12)``, or the address alone where there is one addend."""
        wanted = {(spot.row, spot.col) for key in keys if (spot := self._spots.get(key))}
        if len(wanted) == 1:
            return address(*next(iter(wanted)))
        across = len({row for row, _ in wanted}) == 1
        lanes = self._rows if across else self._columns
        parts = []
        for lane in sorted({row if across else col for row, col in wanted}):
            added = {col if across else row for row, col in wanted if (row if across else col) == lane}
            for first, last in self._runs(lanes[lane], added):
                parts.append(span(lane, first, lane, last) if across else span(first, lane, last, lane))
        return f"SUM({','.join(parts)})"

    def _runs(self, lane: dict[int, str], added: set[int]) -> list[tuple[int, int]]:
        """Stretches of added cells; a blank entry between them joins in, so that filling it changes the sum."""
        runs: list[tuple[int, int]] = []
        going = False
        for place in sorted(lane):
            if place in added:
                runs = [*runs[:-1], (runs[-1][0], place)] if going else [*runs, (place, place)]
                going = True
            elif self._spots[lane[place]].given is not None or lane[place] in self._recipes:
                going = False
        return runs


Recipe = Callable[[Board], Live | None]


def rounded_text(inside: str, rounding: Rounding, places: int | None = None) -> str:
    """``ROUND(inside,2)`` as the profile rounds."""
    return f"{_ROUND_FUNCTIONS[rounding.rounding]}({inside},{rounding.places if places is None else places})"


def sum_recipe(
    key: str,
    addends: Sequence[Addend],
    *,
    beyond_tail_is_entry: bool = False,
    exact_only: bool = False,
    keeps_tail: bool = False,
) -> Recipe:
    """The figure is the sum of others.

    Args:
        addends: keys with their signs; those that are not on the sheet count as nothing.
        beyond_tail_is_entry: keep the figure as given (with a remark) where the sum departs from it by more than
            rounding can explain: the parts may be incomplete.
        exact_only: keep the figure as given, without remark, unless the sum is equal.
        keeps_tail: a rounding tail is added to the formula, so that it gives the figure as given: other tables print
            the same total.
    """

    def make(board: Board) -> Live | None:
        there = [(k, sign) for k, sign in addends if k in board]
        known = [(k, sign) for k, sign in there if board.value(k) is not None]
        if not known:
            return None
        value = sum((sign * (board.value(k) or Decimal(0)) for k, sign in known), Decimal(0))
        given = board.given(key)
        if exact_only and given != value:
            return None
        if all(sign > 0 for _, sign in there):
            text = board.sum_text(k for k, _ in there)
        else:
            text = "".join(f"{'+' if sign > 0 else '-'}{board.ref(k)}" for k, sign in there).removeprefix("+")
        remark = ""
        if given is not None and given != value:
            # Each printed figure may be off by half a unit of its last digit (0.01 万元).
            tail = abs(given - value) <= Decimal("0.005") * (len(known) + 1)
            if beyond_tail_is_entry and not tail:
                return None
            kind = "尾差" if tail else "相差"
            remark = f"原报数 {plain(given)}，各分项之和 {plain(value)}，{kind} {plain(abs(given - value))}。"
            if keeps_tail and tail:
                text += f"{'+' if given > value else '-'}{plain(abs(given - value))}"
                value, remark = given, f"{remark}公式已加上尾差，与其他表一致。"
        return Live(text, value, remark)

    return make


def ratio_recipe(part: str, whole: str, rounding: Rounding) -> Recipe:
    """Percentage ``part / whole``, shown as a fraction in percent format; blank without a denominator."""

    def make(board: Board) -> Live | None:
        if part not in board or whole not in board:
            return None
        top, bottom = board.value(part), board.value(whole)
        if top is None or bottom is None:
            return None
        a, b = board.ref(part), board.ref(whole)
        places = rounding.places + 2  # two more for a percentage kept as a fraction
        text = f'IF({b}=0,"",{rounded_text(f"{a}/{b}", rounding, places)})'
        if bottom == 0:
            return Live(text, "")
        return Live(text, round_to(divide(top, bottom), places, rounding.rounding))

    return make


def equal_or_none(live: Live | None, expected: Decimal | None) -> Live | None:
    """``live`` if it gives the figure that was scored; otherwise the figure stays an entry."""
    if live is None or not isinstance(live.value, Decimal) or live.value != expected:
        return None
    return live
