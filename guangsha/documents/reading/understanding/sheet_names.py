"""The amount that some print behind a project's name (``公租房租赁补贴922.45万元``): a second printing of its money."""

from __future__ import annotations

import re
from decimal import Decimal

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import compact, figures, in_wan_yuan
from guangsha.documents.reading.understanding.sheet_writer import SheetWriter
from guangsha.facts.forms import LIKELY_CELL

#: A figure this far from each amount of the sheet speaks of something else.
_FAR = Decimal("0.2")


def put_named_amount(writer: SheetWriter, cell: TableCell) -> None:
    """Keep the amount in a project's name as a statement bound to the amount of the sheet that it repeats.

    Where it equals none of them it is bound to the nearest as a likely one, so that the rules ask about it.
    """
    found = re.search(r"(\d[\d,.]*)\s*(?:万元|亿元|元)[)）]?$", compact(cell.text))
    amount = in_wan_yuan(figures(found[0])[0]) if found and figures(found[0]) else None
    own = [
        fact
        for fact in writer.gatherer.found
        if fact.concept == "sheet.funds"
        and fact.dimension("sheet") == writer.id
        and fact.dimension("fund") == "total"
    ]
    if amount is None or not own:
        return
    nearest = min(
        own, key=lambda fact: (abs(fact.number - amount.value), fact.dimension("stage") != "executed")
    )
    apart = abs(nearest.number - amount.value)
    if apart > _FAR * max(nearest.number, amount.value):
        return
    path = nearest.key if apart == 0 else LIKELY_CELL + nearest.key
    _statement(writer, cell, amount.value, path)


def _statement(writer: SheetWriter, cell: TableCell, amount: Decimal, path: str) -> None:
    key, put = f"name-{writer.id}", writer.gatherer.put
    place, title = "项目名称", writer.title
    put("statement.kind", "amount", cell, table=title, place=place, statement=key)
    put("statement.subject", "项目名称中的金额", cell, table=title, place=place, statement=key)
    put("statement.amount", amount, cell, table=title, place=place, statement=key, role="amount")
    put("statement.cell", path, cell, table=title, place=place, statement=key, role="amount")
