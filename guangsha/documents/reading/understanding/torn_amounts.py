"""The one row of amounts of a Wuhan form, out of cells that a scan cut: 预算数（A）, 执行数（B）, B/A, 得分.

The row has four figures in fixed order. A scan doubles a figure whose left half it also saw as a cell of its own, cuts
digits off where a ruling line stood, and prints a score of two digits as two cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import Figure, figures, in_wan_yuan
from guangsha.documents.reading.understanding.sheet_writer import SheetWriter
from guangsha.facts.forms import STAGES


@dataclass(frozen=True, slots=True)
class _Token:
    figure: Figure
    cell: TableCell
    dangling: bool  # the last of several in its cell: digits that belong to the next cell

    @property
    def digits(self) -> str:
        return re.sub(r"[\s,]", "", self.figure.quote)


def read_torn_amounts(writer: SheetWriter, values: Sequence[TableCell]) -> None:
    """Keep the amounts, the rate and the score of execution that stand in ``values``."""
    tokens = _joined(_tokens(values))
    at = next((i for i, token in enumerate(tokens) if token.figure.percent), None)
    amounts, rate, rest = (
        (tokens[:at], tokens[at], tokens[at + 1 :]) if at is not None else (tokens, None, [])
    )
    if rate is None and len(amounts) >= 3:
        # no percent sign: the last is the score, and of four the third is the rate
        amounts, rest = amounts[:-1], amounts[-1:]
        if len(amounts) == 3 and not _doubled(amounts):
            amounts, rate = amounts[:2], amounts[2]
    amounts = _without_doubles(amounts)
    budget, executed = (*amounts, None, None)[:2]
    if budget and executed and rate:
        executed = _completed(writer, budget, executed, rate)
    for stage, token in (("full_year", budget), ("executed", executed)):
        if token:
            amount = in_wan_yuan(token.figure, writer.unit)
            place = f"年度资金总额·{STAGES[stage]}"
            writer.figure("sheet.funds", amount, token.cell, place, fund="total", stage=stage)
    if rate:
        writer.once("execution.rate", rate.figure, rate.cell, "执行率", basis="published")
    score = _score(writer, rest)
    if score:
        writer.once("execution.score", score.figure, score.cell, "执行得分", basis="published")


def _tokens(values: Sequence[TableCell]) -> list[_Token]:
    found: list[_Token] = []
    for cell in values:
        inside = figures(cell.text)
        for number, figure in enumerate(inside):
            last = number == len(inside) - 1 and number > 0 and "." not in figure.quote and not figure.unit
            found.append(_Token(figure, cell, last))
    return found


def _joined(tokens: Sequence[_Token]) -> list[_Token]:
    """Dangling digits put before the figure they were cut from, or dropped where it repeats them."""
    joined: list[_Token] = []
    for token in tokens:
        before = joined[-1] if joined else None
        if before is not None and before.cell is not token.cell and (
            before.dangling or before.cell.text.rstrip().endswith(".")
        ):  # fmt: skip
            joined.pop()
            if not token.digits.startswith(before.digits):
                dot = "." if before.cell.text.rstrip().endswith(".") else ""
                whole = figures(f"{before.digits}{dot}{token.digits}{token.figure.unit}")
                token = _Token(whole[0], token.cell, token.dangling) if len(whole) == 1 else token
        joined.append(token)
    return joined


def _doubled(amounts: Sequence[_Token]) -> bool:
    return any(b.digits.startswith(a.digits) or _nearly_same(a, b) for a, b in pairwise(amounts))


def _without_doubles(amounts: list[_Token]) -> list[_Token]:
    """Two amounts: where there are more, those that only repeat the beginning of the next are residue of the scan."""
    while len(amounts) > 2:
        place = next(
            (i for i, (a, b) in enumerate(pairwise(amounts)) if b.digits.startswith(a.digits)),
            None,
        )
        if place is None:
            # the same figure twice, one digit misread: the one in a cell of its own counts
            place = next((i + 1 for i, (a, b) in enumerate(pairwise(amounts)) if _nearly_same(a, b)), None)
        if place is None:
            break
        amounts = [*amounts[:place], *amounts[place + 1 :]]
    return amounts


def _nearly_same(a: _Token, b: _Token) -> bool:
    same = sum(x == y for x, y in zip(a.digits, b.digits, strict=False))
    return len(a.digits) == len(b.digits) >= 4 and same >= len(a.digits) - 1


def _completed(writer: SheetWriter, budget: _Token, executed: _Token, rate: _Token) -> _Token:
    """An executed amount that lost its last digits, where the rate of 100 % and the budget both say which."""
    cut = budget.digits.startswith(executed.digits) and len(executed.digits) < len(budget.digits)
    if not cut or rate.figure.value != 100:
        return executed
    writer.note(
        f"执行数识别为“{executed.digits}”，疑被表格线截断，按预算数和执行率 100% 读作 {budget.digits}，请核对原件。"
    )
    return _Token(budget.figure, executed.cell, False)


def _score(writer: SheetWriter, rest: Sequence[_Token]) -> _Token | None:
    """The score of execution; two digits in two cells are put together while they stay within the points."""
    if not rest:
        return None
    weight = writer.get("execution.weight")
    most = weight.number if weight else Decimal(20)
    whole = "".join(token.digits for token in rest)
    if len(rest) > 1 and whole.isdigit() and Decimal(whole) <= most:
        return _Token(Figure(Decimal(whole), 0, "", whole), rest[0].cell, False)
    return rest[0]
