"""What one form of a report says for another: a row without a printed rule takes that of the same row in the overall
sheet, and a project its line in the base table.

Every fact taken over names the cell that it was printed in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from guangsha.documents.reading.understanding.cells import compact, figures, label
from guangsha.facts.fact import Fact

_RULE_FIELDS = ("method", "step", "deduct", "direction", "unit")
_Row = dict[str, Fact]
#: How the name of a count ends, whose stem its rate has too.
_COUNTED = re.compile(r"(?:户|套|栋|幢|个|人|次|件|起|家)?(?:数量|数|面积)$")


def inherited(facts: Sequence[Fact]) -> list[Fact]:
    """Facts that follow from those at hand: rules of rows with the same name, and lines of projects."""
    return [*_rules(facts), *_linked_ratios(facts), *_budget_lines(facts)]


def _rules(facts: Sequence[Fact]) -> list[Fact]:
    rows: dict[tuple[str, str], _Row] = defaultdict(dict)
    for fact in facts:
        if fact.concept.startswith("indicator.") and not fact.dimension("basis"):
            rows[fact.dimension("sheet"), fact.dimension("indicator")][
                fact.concept.removeprefix("indicator.")
            ] = fact
    ruled = {sheet for (sheet, _), row in rows.items() if "step" in row or "rule" in row}
    printed = {
        compact(row["name"].text): row
        for (sheet, _), row in rows.items()
        if sheet == "overall" and "step" in row
    }
    made: list[Fact] = []
    for (sheet, key), row in rows.items():
        source = printed.get(compact(row["name"].text)) if "name" in row and sheet not in ruled else None
        if source is None or not _same_target(row, source):
            continue
        made += [
            replace(source[field], dimensions=(("indicator", key), ("sheet", sheet)))
            for field in _RULE_FIELDS
            if field in source and field not in row
        ]
        if "unit" not in row and "unit" not in source:
            unit = _unit_behind(source["target"].text) if _bare(row) else ""
            if unit:
                made.append(
                    Fact("indicator.unit", (("indicator", key), ("sheet", sheet)), unit, row["target"].year,
                         source=source["target"].source)
                )  # fmt: skip
    return made


def _linked_ratios(facts: Sequence[Fact]) -> list[Fact]:
    """``补贴发放完成率`` beside ``补贴发放户数``: the rate is the count's actual value over its target."""
    rows: dict[str, dict[str, _Row]] = defaultdict(lambda: defaultdict(dict))
    for fact in facts:
        if fact.concept in ("indicator.name", "indicator.target", "indicator.actual", "indicator.unit"):
            field = fact.concept.removeprefix("indicator.")
            rows[fact.dimension("sheet")][fact.dimension("indicator")][field] = fact
    made: list[Fact] = []
    for sheet, inside in rows.items():
        counts = {_COUNTED.sub("", label(row["name"].text)): row for row in inside.values() if _is_count(row)}
        for key, row in inside.items():
            name = label(row["name"].text) if "name" in row else ""
            partner = counts.get(name.removesuffix("完成率")) if name.endswith("完成率") else None
            if partner is None or "actual" not in row or "%" not in row["actual"].text:
                continue
            for field, value in (("numerator", "actual"), ("denominator", "target")):
                unit = partner["unit"].text if "unit" in partner and _is_number(partner[value].text) else ""
                made.append(
                    Fact(f"indicator.{field}", (("indicator", key), ("sheet", sheet)), partner[value].text + unit,
                         row["name"].year, source=partner[value].source)
                )  # fmt: skip
    return made


def _is_count(row: _Row) -> bool:
    if not {"name", "target", "actual"} <= set(row) or not _COUNTED.search(label(row["name"].text)):
        return False
    values = [figures(row[field].text) for field in ("target", "actual")]
    return all(len(found) == 1 and not found[0].percent for found in values)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d[\d.]*", text) is not None


def _same_target(row: _Row, source: _Row) -> bool:
    """Whether both rows aim at the same figure, so that they are one indicator printed twice."""
    if "target" not in row or "target" not in source:
        return False
    mine, other = figures(row["target"].text), figures(source["target"].text)
    return [f.value for f in mine] == [f.value for f in other]


def _bare(row: _Row) -> bool:
    return "target" in row and re.fullmatch(r"\d[\d.]*", row["target"].text) is not None


def _unit_behind(text: str) -> str:
    found = re.fullmatch(r"\d[\d.]*([\u4e00-\u9fff%]{1,4})", compact(text))
    return found[1] if found else ""


def _budget_lines(facts: Sequence[Fact]) -> list[Fact]:
    """Which base-table line a project is: the line of its name, else the only one with its amounts."""
    names = {fact.dimension("line"): label(fact.text) for fact in facts if fact.concept == "base.name"}
    amounts: dict[str, dict[str, Fact]] = defaultdict(dict)
    for fact in facts:
        if fact.concept == "base.amount" and fact.dimension("line") in names:
            amounts[fact.dimension("line")][fact.dimension("stage")] = fact
    made: list[Fact] = []
    taken: set[str] = set()
    projects = [f for f in facts if f.concept == "sheet.name" and f.dimension("sheet") != "overall"]
    for exact in (True, False):
        for fact in projects:
            sheet = fact.dimension("sheet")
            if any(known.dimension("sheet") == sheet for known in made):
                continue
            line = _named(label(fact.text), names) if exact else _with_amounts(sheet, facts, amounts)
            if line and line not in taken:
                taken.add(line)
                made.append(
                    Fact("sheet.budget_line", (("sheet", sheet),), line.removeprefix("programme."), fact.year,
                         source=fact.source)
                )  # fmt: skip
    return made


def _named(name: str, names: dict[str, str]) -> str:
    same = [line for line, text in names.items() if text == name]
    if len(same) == 1:
        return same[0]
    close = [line for line, text in names.items() if len(text) >= 4 and (text in name or name in text)]
    return close[0] if len(close) == 1 and not same else ""


def _with_amounts(sheet: str, facts: Sequence[Fact], amounts: dict[str, dict[str, Fact]]) -> str:
    """The one line that has the project's initial budget and its executed amount, or one of them if it is rare."""
    own = {
        fact.dimension("stage"): fact.value
        for fact in facts
        if fact.concept == "sheet.funds"
        and fact.dimension("sheet") == sheet
        and fact.dimension("fund") == "total"
    }
    matches = {
        line: sum(1 for stage in ("initial", "executed") if stage in own and stage in row and own[stage] and row[stage].value == own[stage])
        for line, row in amounts.items()
    }  # fmt: skip
    best = max(matches.values(), default=0)
    found = [line for line, count in matches.items() if count == best]
    return found[0] if best and len(found) == 1 else ""
