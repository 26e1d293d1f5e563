"""A whole with its parts, and how far they are from adding up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.documents.reading.understanding.prose_claims import Level, envelope, one_digit_off
from guangsha.documents.reading.understanding.prose_labels import noun_after
from guangsha.documents.reading.understanding.prose_match import one_digit_apart
from guangsha.kernel.numbers import plain

#: Of the whole: a list that comes so close is meant to be all of it.
NEAR_WHOLE = Decimal("0.03")
#: A whole of so many grains (the last place that any of the figures uses) is missed by one digit only by mistake.
_TELLING = 1000
#: Below it counts are a digit apart more often than not.
_SMALL = 100


@dataclass(frozen=True)
class Split:
    """A whole with one way to take its parts; ``complete`` says that the language leaves nothing out."""

    total: Level
    parts: tuple[Level, ...]
    complete: bool

    @property
    def gap(self) -> Decimal:
        return self.total.value - sum((part.value for part in self.parts), Decimal(0))

    @property
    def tail(self) -> Decimal:
        return envelope(self.total.mention, (part.mention for part in self.parts))

    @property
    def nearly(self) -> bool:
        """Whether a list of several parts misses its whole by so little that nothing was left out."""
        return len(self.parts) > 3 and abs(self.gap) <= self.total.value * NEAR_WHOLE

    @property
    def holds(self) -> bool:
        return abs(self.gap) <= self.tail

    @property
    def rounded(self) -> bool:
        """Whether the whole is said in round figures only: 约2600万元, or 1.6亿元 over parts in 万元."""
        total = self.total.mention
        fine = min((part.mention.grain for part in self.parts), default=total.grain)
        return not total.exact or (total.grain > fine and abs(self.gap) <= total.grain)

    @property
    def slipped(self) -> bool:
        """Whether one wrong digit would explain the gap, and figures as fine as these seldom leave such a gap by chance.

        31 staff of whom 12 are in the Party and 18 are women are 1 apart, and nothing is wrong.
        """
        if not one_digit_off(self.gap, self.tail, self.total.mention):
            return False
        if self.total.value >= _TELLING * _grain(self):
            return True
        counted = self.total.mention.sort == "count"
        if counted and self.total.value < _SMALL:
            # the statement on assets and that on staff leave out no vehicle and no post
            return kindred(self.parts) and (
                self.near or all(re.search(r"车|编制", part.label) for part in self.parts)
            )
        return self.near

    @property
    def near(self) -> bool:
        """Whether the gap is no more than a tenth of the whole."""
        return abs(self.gap) * 10 <= self.total.value


def _grain(split: Split) -> Decimal:
    """The largest power of ten that all figures of a split are multiples of, in base units."""
    powers = [_power(figure.value) for figure in (split.total, *split.parts) if figure.value != 0]
    return Decimal(1).scaleb(min(powers, default=0))


def _power(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def kindred(parts: Sequence[Level]) -> bool:
    """Whether the parts are named as divisions of one thing: 行政编制, 事业编制; 城东片区, 城西片区."""
    names = {(part.label or noun_after(part.mention))[-2:] for part in parts}
    return len(names) == 1 and "" not in names


def split_alone(split: Split) -> bool:
    """Whether a list of one part (``补助 40.71 万元,包括退休费 40.11 万元``) was its whole but for one digit.

    Of two amounts with as many digits all but one agree by chance once in a hundred times with three of them.
    """
    if len(split.parts) != 1:
        return False
    one, other = split.total.mention, split.parts[0].mention
    return (
        one.sort == "money"
        and one.base > other.base
        and one.exact
        and other.exact
        and one_digit_apart(plain(one.value), plain(other.value))
    )
