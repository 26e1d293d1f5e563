"""A document under construction: words, tables, the figures in them, and which figures tie to which.

A builder writes ``paper.line(f"收入{paper.money(amount)}万元")``: the figure goes into the text as a mark, so that every
format can print it and one figure can be changed without touching any other. Relations are noted where the figures are
made; whatever prints one quantity twice says so with ``same``.

Values are exact (:class:`~fractions.Fraction`, in the unit that the document prints).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

#: A cell that the cell at its left, or the one above, covers.
LEFT, ABOVE = "\ue002", "\ue003"
_MARK = re.compile("\ue000(\\d+)\ue001")

Number = int | str | Decimal | Fraction


def exact(value: Number) -> Fraction:
    """``value`` as a fraction."""
    return Fraction(value)


def rounded(value: Number, places: int) -> Decimal:
    """``value`` rounded half up, as offices round."""
    number = exact(value)
    scaled = abs(number) * 10**places
    whole = int(scaled)
    whole += scaled - whole >= Fraction(1, 2)
    return (Decimal(-whole if number < 0 else whole)).scaleb(-places)


@dataclass(frozen=True)
class Figure:
    """One printed figure; in a text it stands as a mark."""

    key: int
    value: Fraction
    printed: str

    def __str__(self) -> str:
        return f"\ue000{self.key}\ue001"

    def __format__(self, spec: str) -> str:
        return str(self)


@dataclass(frozen=True)
class Tie:
    """A relation by keys of figures: ``left`` against an expression in which ``{key}`` stands for a figure."""

    kind: str
    measure: str
    left: int
    right: str
    note: str
    at_most: bool = False

    @property
    def keys(self) -> tuple[int, ...]:
        return (self.left, *(int(key) for key in re.findall(r"\{(\d+)\}", self.right)))


@dataclass(frozen=True)
class Words:
    """A paragraph; ``level`` 0 is running text, 1 a title, 2 and more are headings."""

    text: str
    level: int = 0


@dataclass(frozen=True)
class Grid:
    """A table by rows; :data:`LEFT` and :data:`ABOVE` stand where another cell covers the place."""

    rows: tuple[tuple[str, ...], ...]


Block = Words | Grid


@dataclass
class Paper:
    """A document under construction.

    Args:
        name: a short name in Latin letters.
        form: ``txt`` (tables as tabs), ``stacked`` (one cell a line), ``docx``, ``html`` or ``xlsx``.
        places: decimals of its amounts.
        separators: whether amounts have a comma at each thousand.
        zero: how a table prints an amount of nothing.
        scarred: whether the text went through a scanner: blanks after decimal points, lines cut at the page's width.
    """

    name: str
    form: str = "txt"
    places: int = 2
    separators: bool = False
    zero: str = ""
    scarred: bool = False
    blocks: list[Block] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    _same: dict[str, list[Figure]] = field(default_factory=dict)

    # --- words -------------------------------------------------------------------------------------------------

    def title(self, text: str) -> None:
        self.blocks.append(Words(text, 1))

    def head(self, text: str, level: int = 2) -> None:
        self.blocks.append(Words(text, level))

    def line(self, *texts: str) -> None:
        self.blocks.extend(Words(text) for text in texts)

    def grid(self, rows: Sequence[Sequence[object]]) -> None:
        """A table; rows are filled up to the longest with empty cells."""
        width = max(len(row) for row in rows)
        self.blocks.append(
            Grid(tuple((*(str(cell) for cell in row), *[""] * (width - len(row))) for row in rows))
        )

    # --- figures -----------------------------------------------------------------------------------------------

    def number(self, value: Number, places: int = 0, same: str = "", *, separators: bool = False) -> Figure:
        """A figure printed with ``places`` decimals."""
        value = rounded(value, places)
        printed = f"{value:,f}" if separators else f"{value:f}"
        figure = Figure(len(self.figures), exact(value), printed.lstrip("-"))
        self.figures.append(figure)
        if same:
            self._same.setdefault(same, []).append(figure)
        return figure

    def money(self, value: Number, same: str = "") -> Figure:
        """An amount in the document's unit and way of printing."""
        return self.number(value, self.places, same, separators=self.separators)

    def cell(self, value: Number, same: str = "") -> Figure | str:
        """An amount in a table, where nothing may be printed as a blank or a dash."""
        if exact(value) == 0 and self.zero != "0":
            return self.zero
        return self.number(0) if exact(value) == 0 else self.money(value, same)

    def plain(self, value: Number, same: str = "") -> Figure:
        """A number with as many decimals as it needs, two at most."""
        number = rounded(value, 2).normalize()
        return self.number(value, max(0, -int(number.as_tuple().exponent)), same)

    # --- relations ---------------------------------------------------------------------------------------------

    def tie(
        self, kind: str, left: Figure, right: str, note: str, *, measure: str = "money", at_most: bool = False
    ) -> None:
        """``left`` against the expression ``right``, written with the figures' marks: ``f"{a} + {b}"``."""
        expression = _MARK.sub(r"{\1}", right)
        self.ties.append(Tie(kind, measure, left.key, expression, note, at_most))

    def sum(self, whole: object, parts: Sequence[object], note: str, *, measure: str = "money") -> None:
        """``whole`` is the sum of ``parts``; what is not printed counts as nothing."""
        printed = [part for part in parts if isinstance(part, Figure)]
        if isinstance(whole, Figure) and printed:
            self.tie("sum", whole, " + ".join(map(str, printed)), note, measure=measure)

    def share(
        self, part: Figure, whole: Figure, note: str, places: int = 2, *, kind: str = "share"
    ) -> Figure:
        """The percentage that ``part`` is of ``whole``, printed and tied."""
        percent = self.number(part.value * 100 / whole.value, places)
        self.tie(kind, percent, f"{part} / {whole}", note)
        return percent

    def growth(self, change: Figure, now: Figure, *, up: bool, note: str, places: int = 2) -> Figure:
        """By how many percent ``now`` grew (or fell) by ``change``, printed and tied."""
        before = now.value - change.value if up else now.value + change.value
        percent = self.number(change.value * 100 / before, places)
        self.tie("growth", percent, f"{change} / ({now} {'-' if up else '+'} {change})", note)
        return percent

    def finished_ties(self) -> list[Tie]:
        """All relations, with those between the prints of one quantity."""
        ties = list(self.ties)
        for name, figures in self._same.items():
            first, *others = figures
            for other in others:
                ties.append(Tie("equal", "money", other.key, f"{{{first.key}}}", name))
        return ties


def filled(text: str, prints: Mapping[int, str]) -> str:
    """``text`` with the figures printed."""
    return _MARK.sub(lambda found: prints[int(found[1])], text)


def marks_in(text: str) -> list[int]:
    """Keys of the figures in ``text`` from left to right."""
    return [int(key) for key in _MARK.findall(text)]


def split_marks(text: str) -> list[str]:
    """``text`` cut into characters and whole marks."""
    return re.findall("\ue000\\d+\ue001|.", text, re.DOTALL)
