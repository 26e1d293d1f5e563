"""The indicator rows that counts, amounts and percentages of the prose repeat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from guangsha.documents.reading.understanding.prose_labels import head_noun, likeness
from guangsha.documents.reading.understanding.prose_match import (
    CLOSE,
    NEAR,
    SAME,
    Binding,
    one_digit_apart,
    rare,
    telling,
)
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.facts.fact import Fact, FactSet
from guangsha.kernel.measures import Quantity, parse_quantity
from guangsha.kernel.numbers import plain


@dataclass(frozen=True)
class Row:
    """An indicator row as prose may repeat it."""

    sheet: str
    name: str
    fact: Fact
    quantity: Quantity
    stage: str


class IndicatorRows:
    """Looks up measured values of indicators by what the text calls them."""

    def __init__(self, facts: FactSet) -> None:
        self.facts = facts

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every measured value of every indicator: its target and what came of it."""
        made: list[Row] = []
        for field, stage in (("actual", ""), ("target", "target")):
            for fact in self.facts.select(f"indicator.{field}"):
                sheet, number = fact.dimension("sheet"), fact.dimension("indicator")
                name = self.facts.find("indicator.name", sheet=sheet, indicator=number)
                unit = self.facts.find("indicator.unit", sheet=sheet, indicator=number)
                said = re.sub(r"^[≥≤><=约]+", "", fact.text.strip())
                parsed = parse_quantity(said if unit is None or unit.text in said else said + unit.text)
                if name is not None and parsed is not None and len(parsed[1]) <= 2:
                    bare = re.sub(r"[\d.]+(?:万|亿)?[元户套栋个%]?", "", name.text)
                    made.append(Row(sheet, bare, fact, parsed[0], stage))
        return tuple(made)

    def find(self, mention: Mention, label: str, stage: str, scope: str) -> Binding | None:
        """The indicator row that a count, an amount or a percentage repeats."""
        if mention.sort not in ("count", "money", "percent") or stage in ("budget", "prior"):
            return None
        noun = head_noun(mention) if mention.sort == "count" or len(label) < 3 else ""
        words = label + noun
        wanted = "target" if stage == "target" else ""
        rows = [
            (max(likeness(label, row.name), likeness(words, row.name), likeness(noun, row.name)), row)
            for row in self.rows
            if _measured_alike(mention, row.quantity)
        ]
        chosen = self._same_value(rows, mention, scope, wanted)
        if chosen is not None:
            return Binding(chosen.fact.key, True)
        return self._other_value(rows, mention, label, scope, wanted)

    def _same_value(
        self, rows: Sequence[tuple[float, Row]], mention: Mention, scope: str, wanted: str
    ) -> Row | None:
        same = [(near, row) for near, row in rows if _quantity_equal(mention, row.quantity)]
        tells = telling(mention)
        fitting = [
            (near + (0.2 if row.sheet == scope else 0) + (0.1 if row.stage == wanted else 0), row)
            for near, row in same
            if near >= NEAR or (tells and near >= 0.3) or (row.sheet == scope and rare(mention))
        ]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def _other_value(
        self, rows: Sequence[tuple[float, Row]], mention: Mention, label: str, scope: str, wanted: str
    ) -> Binding | None:
        if not mention.exact:
            # 26450余件 is compared with 26450余起, not with an exact figure
            rows = [
                (near, row)
                for near, row in rows
                if row.quantity.approximate and mention.bound in ("余", "多")
            ]
        here = [(near, row) for near, row in rows if row.stage == wanted and row.sheet == scope]
        if not any(near >= CLOSE for near, _ in here):
            here = [(near, row) for near, row in rows if row.stage == wanted and near >= SAME] or here
        for least in (SAME, CLOSE):
            named = [row for near, row in here if near >= least]
            if len({row.fact.key for row in named}) == 1:
                return Binding(named[0].fact.key, False)
            if named:
                break
        slips = [
            row
            for near, row in rows
            if row.stage == wanted
            and (near >= 0.3 or row.sheet == scope)
            and one_digit_apart(plain(mention.value), plain(row.quantity.value))
        ]
        if mention.sort == "count" and not slips:
            near_miss = [
                row
                for near, row in rows
                if row.sheet == scope and rare(mention) and (near >= 0.1 or len(label) < 3)
                and one_digit_apart(plain(mention.value), plain(row.quantity.value), least=3)
            ]  # fmt: skip
            slips = near_miss if len(near_miss) > 1 else []
        if len({row.quantity.value for row in slips}) == 1:
            return Binding(slips[0].fact.key, False)
        return None


def _measured_alike(mention: Mention, quantity: Quantity) -> bool:
    if mention.sort == "percent":
        return quantity.unit is not None and quantity.unit.symbol == "%"
    if quantity.unit is None:
        return mention.sort == "count"
    if mention.unit is None or mention.unit.dimension == quantity.unit.dimension:
        return quantity.unit.symbol != "%"
    # 套 and 户 stand for one another in these reports; so do 件 and 起
    pairs = ({"dwelling", "household"}, {"community", "item"})
    return any({mention.unit.dimension, quantity.unit.dimension} == pair for pair in pairs)


def _quantity_equal(mention: Mention, quantity: Quantity) -> bool:
    return mention.base == quantity.base or mention.value == quantity.value
