"""When two printed figures are one: equal, cut short, or a slip of one digit apart; and how a binding says so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.facts.fact import Fact
from guangsha.facts.forms import LIKELY_CELL

#: Likeness of two names (prose_labels): the same thing, close to it, in part.
SAME = 0.94
CLOSE = 0.75
NEAR = 0.6


@dataclass(frozen=True)
class Binding:
    """A figure of a table that a figure of the prose repeats; ``certain`` when the names are the same."""

    cell: str
    certain: bool

    @property
    def text(self) -> str:
        return self.cell if self.certain else LIKELY_CELL + self.cell


def equal(mention: Mention, fact: Fact) -> bool:
    """Equal as printed, or the same figure printed with fewer decimals (922.4 for 922.45), rounded or cut off."""
    if fact.unit is None or mention.unit is None or fact.unit.dimension != mention.unit.dimension:
        return mention.value == fact.number
    one, other = mention.base, fact.quantity.base
    if one == other:
        return True
    places = mention.decimals if mention.decimals < max(fact.decimals or 0, 2) else 2
    if mention.decimals == 0 and abs(other) < 100 * mention.unit.factor:
        return False
    return abs(one - other) < Decimal(1).scaleb(-places) * mention.unit.factor


def one_digit_apart(one: str, other: str, *, least: int = 4) -> bool:
    """Whether two printed numbers of at least ``least`` digits differ in exactly one of them."""
    digits = sum(char.isdigit() for char in one)
    if len(one) != len(other) or digits < least:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def slip(one: str, other: str, near: float) -> bool:
    """One digit apart, and named alike; the fewer digits, the more the names must agree."""
    digits = sum(char.isdigit() for char in one)
    return one_digit_apart(one, other, least=3) and (near >= 0.3 or digits >= 6)


def within_percent(mention: Mention, fact: Fact) -> bool:
    """Whether two amounts differ by no more than a hundredth: one figure with a slip, not two."""
    other = fact.quantity.base
    return other != 0 and abs(mention.base - other) * 100 <= abs(other)


def telling(mention: Mention) -> bool:
    """Whether a value is rare enough to say by itself what it repeats: not 100 %, not a figure of one digit."""
    return len(mention.value.as_tuple().digits) >= 2 and mention.value not in (Decimal(10), Decimal(100))


def rare(mention: Mention) -> bool:
    """Whether a value alone tells what it repeats within one sheet: three digits or more, not a round hundred."""
    return mention.sort == "count" and mention.value >= 100 and mention.value % 100 != 0
