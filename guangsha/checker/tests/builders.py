"""Builds facts and cases for tests from fragments of a figures file (docs/figures-file.md), as an official writes them.

The reader of figures files lives on a higher floor; this covers the keys that checking needs, refuses all others, and
keeps numbers as they are written, so that ``9.10`` has two decimals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import yaml

from guangsha.checker import Case
from guangsha.checker.document import DocumentView, PageLayout, TextCell, TextLine, TextTable
from guangsha.facts import CellSource, Fact, FactSet
from guangsha.facts.concepts import CONCEPTS
from guangsha.facts.report import Report
from guangsha.kernel.measures import Unit, unit_of
from guangsha.kernel.numbers import decimals_of
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile

UNIT = "测试住房保障中心"
BASE_STAGES = {"prior": "prior_executed", "budget": "initial", "executed": "executed"}


def load(text: str) -> dict[str, Any]:
    """YAML with every scalar as text."""
    return yaml.load(text, Loader=yaml.BaseLoader)


class FactBuilder:
    """Collects the facts of one year."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.facts: list[Fact] = []

    def put(self, concept: str, value: str, **dimensions: str) -> None:
        numeric = CONCEPTS[concept].kind.numeric
        self._add(concept, Decimal(value) if numeric else value, None, dimensions)

    def money(self, concept: str, amount: str, **dimensions: str) -> None:
        """An amount in 万元, or with its unit written behind it (``100元``)."""
        number = amount.rstrip("元万")
        unit = unit_of(amount[len(number) :]) if number != amount else None
        self._add(concept, Decimal(number), unit, dimensions)

    def _add(
        self, concept: str, value: Decimal | str, unit: Unit | None, dimensions: Mapping[str, str]
    ) -> None:
        # Fact.of takes a parameter named like the dimension "source", so facts are made directly.
        decimals = decimals_of(value) if isinstance(value, Decimal) else None
        place = CellSource(file="figures.yaml", table=concept, cell="/".join(dimensions.values()))
        self.facts.append(
            Fact(concept, tuple(sorted(dimensions.items())), value, self.year, unit, decimals, place)
        )

    def put_all(self, figures: Mapping[str, Any]) -> None:
        parts = {
            "about": self._about, "staff": self._staff, "sheets": self._sheets, "base_table": self._base_table,
            "detail": self._detail, "statements": self._statements, "rollup": self._rollup, "accounts": self._accounts,
        }  # fmt: skip
        for key, value in figures.items():
            parts[key](value)

    def _about(self, about: Mapping[str, str]) -> None:
        for key, value in about.items():
            self.put(f"unit.{key}", value)

    def _staff(self, staff: Mapping[str, Any]) -> None:
        for key, value in staff.items():
            if key == "published":
                self.put("staff.control_rate", value["control_rate"], basis="published")
            else:
                self.put(f"staff.{key}", value)

    def _sheets(self, sheets: list[Mapping[str, Any]]) -> None:
        for number, sheet in enumerate(sheets):
            SheetBuilder(self, sheet.get("id", f"s{number}")).put_all(sheet)

    def _base_table(self, table: Mapping[str, Any]) -> None:
        for line, cells in table.items():
            if line == "programmes":
                for row in cells:
                    self.put("base.name", row["name"], line=row["key"])
                    if "parent" in row:
                        self.put("base.parent", row["parent"], line=row["key"])
                    self._base_cells(row["key"], row)
            elif line == "buildings":
                for key, value in cells.items():
                    which, what = key.split("_")
                    self.put("base.area" if what == "area" else "base.invested", value, line=which)
            else:
                self._base_cells(line, cells)

    def _base_cells(self, line: str, cells: Mapping[str, str]) -> None:
        for column, stage in BASE_STAGES.items():
            if column in cells:
                self.money("base.amount", cells[column], line=line, stage=stage)

    def _detail(self, detail: Mapping[str, Any]) -> None:
        names = {"economic": "economic", "function": "function", "revenue": "source", "amounts": "item"}
        for part, values in detail.items():
            if part == "programmes":
                for row in values:
                    self.money("detail.programme", row["amount"], programme=row["key"])
                    if "name" in row:
                        self.put("detail.programme_name", row["name"], programme=row["key"])
                continue
            concept = "detail.amount" if part == "amounts" else f"detail.{part}"
            for key, value in values.items():
                self.money(concept, value, **{names[part]: key})

    def _statements(self, statements: list[Mapping[str, Any]]) -> None:
        for statement in statements:
            key = statement["id"]
            self.put("statement.kind", statement["kind"], statement=key)
            self.put("statement.subject", statement.get("subject", key), statement=key)
            for number, part in enumerate(statement.get("parts", ()), 1):
                self.put("statement.amount", part["amount"], statement=key, role=f"part.{number}")
            for role, value in statement.items():
                if role in ("id", "kind", "subject", "parts", "cells"):
                    continue
                concept = {"percent": "statement.percent", "count": "statement.count"}
                self.put(concept.get(role, "statement.amount"), value, statement=key, role=role)

    def _rollup(self, rollup: Mapping[str, Any]) -> None:
        for key, value in rollup.items():
            if key in ("label", "method", "department"):
                self.put(f"rollup.{key}", value)
            elif key in ("department_budget", "department_executed", "department_project"):
                self.money(f"rollup.{key}", value)
            elif key == "members":
                for member in value:
                    self._member(member)
            elif key == "published":
                for component, points in value.items():
                    if component == "grade":
                        self.put("rollup.grade", points)
                    else:
                        self.put("rollup.published", points, component=component)
            elif key == "money":
                for pair, amount in value.items():
                    nature, source = pair.split(" ")
                    self.money("rollup.department_money", amount, nature=nature, source=source)
            elif key == "three_public":
                for member, items in value["members"].items():
                    self._three_public("rollup.three_public", items, member=member)
                self._three_public("rollup.department_three_public", value.get("department", {}))
            else:
                raise KeyError(key)

    def _member(self, member: Mapping[str, str]) -> None:
        key = member["key"]
        self.put("rollup.member", member["name"], member=key)
        for field, value in member.items():
            if field in ("budget", "executed", "project_money", "staff", "established"):
                self.put(f"rollup.{field}", value, member=key)
            elif field not in ("key", "name"):
                self.put("rollup.score", value, member=key, component=field)

    def _three_public(self, concept: str, items: Mapping[str, Mapping[str, str]], **of: str) -> None:
        for item, cells in items.items():
            for column, value in cells.items():
                self.money(concept, value, item=item, stage=BASE_STAGES[column], **of)

    def _accounts(self, tables: Mapping[str, Any]) -> None:
        for table, content in tables.items():
            if "number" in content:
                self.put("accounts.number", content["number"], table=table)
            for row, name in content.get("names", {}).items():
                self.put("accounts.row_name", name, table=table, row=row)
            for row, cells in content["rows"].items():
                for column, value in zip(content["columns"], cells, strict=True):
                    if value != "~":
                        self.money(f"accounts.{table}", value, row=row, column=column)


class SheetBuilder:
    """Puts one scoring sheet's facts."""

    TEXTS = (
        "goal_expected", "goal_actual", "execution_reason", "deviation_reason", "improvement", "budget_line",
        "department", "implementer", "category", "attribute", "type", "filled_on",
    )  # fmt: skip

    def __init__(self, target: FactBuilder, sheet_id: str) -> None:
        self.target = target
        self.id = sheet_id

    def put_all(self, sheet: Mapping[str, Any]) -> None:
        put = self.target.put
        put("sheet.kind", sheet.get("kind", "overall"), sheet=self.id)
        put("sheet.name", sheet.get("name", self.id), sheet=self.id)
        for key, value in sheet.items():
            if key in self.TEXTS:
                put(f"sheet.{key}", value, sheet=self.id)
            elif key == "funds":
                for fund, stages in value.items():
                    for stage, amount in stages.items():
                        self.target.money("sheet.funds", amount, sheet=self.id, fund=fund, stage=stage)
            elif key in ("by_revenue", "by_expenditure", "by_expenditure_initial"):
                self._split(key, value)
            elif key == "execution_weight":
                put("execution.weight", value, sheet=self.id)
            elif key == "blocks":
                for block in value:
                    self._scored("block", block, block=block["name"])
            elif key == "groups":
                for group in value:
                    self._scored("group", group, group=group["id"])
                    if "reason" in group:
                        put("group.reason", group["reason"], sheet=self.id, group=group["id"])
            elif key == "indicators":
                for number, row in enumerate(value, 1):
                    self._row(str(number), row)
            elif key == "published":
                self._published(value)
            elif key not in ("id", "kind", "name"):
                raise KeyError(key)

    def _split(self, key: str, amounts: Mapping[str, str]) -> None:
        for part, amount in amounts.items():
            if key == "by_revenue":
                self.target.money("sheet.by_revenue", amount, sheet=self.id, source=part, stage="full_year")
            else:
                stage = "initial" if key.endswith("initial") else "executed"
                self.target.money("sheet.by_expenditure", amount, sheet=self.id, nature=part, stage=stage)

    def _scored(self, concept: str, given: Mapping[str, str], **of: str) -> None:
        if "weight" in given:
            self.target.put(f"{concept}.weight", given["weight"], sheet=self.id, **of)
        for basis, key in (("published", "published_score"), ("assessed", "assessed")):
            if key in given:
                self.target.put(f"{concept}.score", given[key], sheet=self.id, basis=basis, **of)

    def _row(self, key: str, row: Mapping[str, str]) -> None:
        self._scored("indicator", row, indicator=key)
        texts = {"name": f"指标{key}", "level1": "产出指标", "level2": "数量指标", **row}
        for field, value in texts.items():
            if field == "deduct":
                self.target.put("indicator.deduct", value, sheet=self.id, indicator=key)
            elif field not in ("weight", "published_score", "assessed"):
                self.target.put(f"indicator.{field}", value, sheet=self.id, indicator=key)

    def _published(self, values: Mapping[str, str]) -> None:
        concepts = {
            "rate": "execution.rate", "execution_score": "execution.score", "total": "sheet.total",
            "weight_total": "sheet.weight_total", "grade": "sheet.grade",
        }  # fmt: skip
        for key, value in values.items():
            self.target.put(concepts[key], value, sheet=self.id, basis="published")


def facts_of(figures: Mapping[str, Any]) -> FactSet:
    """The facts of a fragment; ``unit``, ``year`` and ``profile`` have defaults."""
    rest = dict(figures)
    unit, year = rest.pop("unit", UNIT), int(rest.pop("year", 2023))
    profile = rest.pop("profile", "yueyang")
    rest.pop("format", None)
    prior = rest.pop("prior_year", {})
    now, then = FactBuilder(year), FactBuilder(year - 1)
    now.put_all(rest)
    then.put_all(prior)
    return FactSet(unit, year, profile, [*now.facts, *then.facts])


def view_of_text(text: str, kind: str = "", layout: Mapping[str, str] | None = None) -> DocumentView:
    """A document from plain text: each line a line, lines that begin with ``|`` a table whose caption stands above.

    Numbers of lines count from 1. ``layout`` gives the page of a docx in millimetres.
    """
    lines: list[TextLine] = []
    tables: list[TextTable] = []
    rows: list[tuple[TextCell, ...]] = []
    order = 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        place = CellSource("文档.txt", line=number, quote=line.strip())
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
            rows.append(tuple(TextCell(c, replace(place, quote=c), n) for n, c in enumerate(cells)))
            continue
        if rows:
            near = tuple(lines[-4:])
            caption = next(
                (one.text for one in near if "表" in one.text and not one.text.startswith("公开")), ""
            )
            tables.append(TextTable(caption, near, tuple(rows), rows[0][0].place, order))
            rows, order = [], order + 1
        if line.strip():
            lines.append(TextLine(line.strip(), place, order))
            order += 1
    page = PageLayout(**{k: v if k == "font" else Decimal(v) for k, v in layout.items()}) if layout else None
    return DocumentView("文档.txt", "txt", kind, tuple(lines), tuple(tables), page)


def case_of(
    figures: Mapping[str, Any],
    document: DocumentView | None = None,
    others: Sequence[Mapping[str, Any]] = (),
) -> Case:
    """The checked case of a fragment, scored by its profile; ``others`` are the fragments of its units."""
    facts = facts_of(figures)
    profile = load_profile(facts.profile, facts.year)
    return Case(
        facts,
        profile,
        score_report(Report(facts), profile, strict=False),
        document,
        tuple(facts_of(other) for other in others),
    )


def cases_in(text: str) -> Iterator[dict[str, Any]]:
    """The cases of one file of ``tests/cases``."""
    yield from yaml.load(text, Loader=yaml.BaseLoader)
