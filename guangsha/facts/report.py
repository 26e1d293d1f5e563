"""Typed views over a fact set: sheets, indicators, base table, final accounts, statements, roll-up.

A view copies nothing and decides nothing; each leaf is the :class:`Fact` itself, so its source stays at hand.
``None`` means that nobody gave the figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from guangsha.facts.fact import Fact, FactSet
from guangsha.kernel.money import Fen

STAGES = ("initial", "full_year", "executed")
FUNDS = ("total", "current", "carry_over", "other")


def _ordered(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


@dataclass(frozen=True, slots=True)
class Money:
    """A row of amounts by stage (年初预算数, 全年预算数, 全年执行数)."""

    initial: Fact | None
    full_year: Fact | None
    executed: Fact | None

    def stage(self, name: str) -> Fact | None:
        return {"initial": self.initial, "full_year": self.full_year, "executed": self.executed}[name]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of a scoring sheet (三级指标) with everything given about it."""

    facts: FactSet
    sheet: str
    key: str

    def get(self, field: str, basis: str = "") -> Fact | None:
        said_by = {"basis": basis} if basis else {}
        return self.facts.find(
            f"indicator.{field}", sheet=self.sheet, indicator=self.key, year=None, **said_by
        )

    def text(self, field: str) -> str:
        fact = self.get(field)
        return fact.text if fact else ""

    @property
    def level1(self) -> str:
        return self.text("level1")

    @property
    def level2(self) -> str:
        return self.text("level2")

    @property
    def name(self) -> str:
        return self.text("name")

    @property
    def target(self) -> str:
        return self.text("target")

    @property
    def actual(self) -> str:
        return self.text("actual")

    @property
    def reason(self) -> str:
        return self.text("reason")

    @property
    def group(self) -> str:
        return self.text("group")

    @property
    def weight(self) -> Fact | None:
        return self.get("weight")

    @property
    def published_score(self) -> Fact | None:
        return self.get("score", basis="published")

    @property
    def assessed_score(self) -> Fact | None:
        return self.get("score", basis="assessed")


@dataclass(frozen=True)
class Sheet:
    """One scoring sheet: the overall one (整体支出) or one project's (项目支出)."""

    facts: FactSet
    id: str

    def text(self, field: str) -> str:
        fact = self.get(field)
        return fact.text if fact else ""

    def get(self, field: str) -> Fact | None:
        return self.facts.find(f"sheet.{field}", sheet=self.id)

    @property
    def kind(self) -> str:
        """``overall`` or ``project``."""
        return self.text("kind")

    @property
    def name(self) -> str:
        return self.text("name")

    def funds(self, fund: str = "total") -> Money:
        return Money(*(self.facts.find("sheet.funds", sheet=self.id, fund=fund, stage=s) for s in STAGES))

    @cached_property
    def by_revenue(self) -> Mapping[str, Fact]:
        """全年预算数 by source of revenue."""
        found = self.facts.select("sheet.by_revenue", sheet=self.id, stage="full_year")
        return {fact.dimension("source"): fact for fact in found}

    def by_expenditure(self, stage: str = "executed") -> Mapping[str, Fact]:
        """Amounts by nature of expenditure (基本, 项目) at one stage."""
        found = self.facts.select("sheet.by_expenditure", sheet=self.id, stage=stage)
        return {fact.dimension("nature"): fact for fact in found}

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        found = self.facts.select("indicator.name", sheet=self.id)
        return tuple(Indicator(self.facts, self.id, fact.dimension("indicator")) for fact in found)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Ids of the groups of rows that share one weight, in order of appearance."""
        return _ordered(indicator.group for indicator in self.indicators if indicator.group)

    @cached_property
    def level1_names(self) -> tuple[str, ...]:
        return _ordered(indicator.level1 for indicator in self.indicators)

    def group(self, field: str, group: str, basis: str = "") -> Fact | None:
        said_by = {"basis": basis} if basis else {}
        return self.facts.find(f"group.{field}", sheet=self.id, group=group, year=None, **said_by)

    def block(self, field: str, block: str, basis: str = "") -> Fact | None:
        said_by = {"basis": basis} if basis else {}
        return self.facts.find(f"block.{field}", sheet=self.id, block=block, year=None, **said_by)

    def published(self, concept: str) -> Fact | None:
        """A printed result of this sheet: ``execution.rate``, ``execution.score``, ``sheet.total``, ``sheet.grade``."""
        return self.facts.find(concept, sheet=self.id, basis="published")

    @property
    def execution_weight(self) -> Fact | None:
        return self.facts.find("execution.weight", sheet=self.id)


@dataclass(frozen=True, slots=True)
class BaseLine:
    """One line of the base data table (基础数据表), amounts in 万元."""

    line: str
    name: str
    parent: str
    prior: Fact | None
    budget: Fact | None
    executed: Fact | None


@dataclass(frozen=True)
class AccountsTable:
    """One final-accounts table: cells by (row, column), as published unless ``basis`` says otherwise."""

    facts: FactSet
    name: str
    year: int
    basis: str = ""

    @cached_property
    def _cells(self) -> Mapping[tuple[str, str], Fact]:
        found = self.facts.select(f"accounts.{self.name}", year=self.year)
        return {
            (f.dimension("row"), f.dimension("column")): f
            for f in found
            if f.dimension("basis") == self.basis
        }

    def __bool__(self) -> bool:
        return bool(self._cells)

    def cell(self, row: str, column: str) -> Fact | None:
        return self._cells.get((row, column))

    def fen(self, row: str, column: str) -> Fen:
        """The amount in fen; a blank cell counts as nothing."""
        fact = self.cell(row, column)
        return fact.fen if fact else Fen(0)

    @cached_property
    def rows(self) -> tuple[str, ...]:
        return _ordered(row for row, _ in self._cells)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return _ordered(column for _, column in self._cells)

    def row_name(self, row: str) -> str:
        fact = self.facts.find("accounts.row_name", year=self.year, table=self.name, row=row)
        return fact.text if fact else ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One numeric statement of the prose: its kind, what it speaks of, and its numbers by role."""

    id: str
    kind: str
    subject: str
    roles: Mapping[str, Fact]
    labels: Mapping[str, str]
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Rollup:
    """The score table of a department's units, and what the department printed."""

    facts: FactSet

    def __bool__(self) -> bool:
        return bool(self.members)

    @cached_property
    def members(self) -> tuple[str, ...]:
        return tuple(f.dimension("member") for f in self.facts.select("rollup.member"))

    def name(self, member: str) -> str:
        fact = self.facts.find("rollup.member", member=member)
        return fact.text if fact else member

    @cached_property
    def components(self) -> tuple[str, ...]:
        found = self.facts.select("rollup.score")
        return _ordered(f.dimension("component") for f in found if f.dimension("component") != "total")

    def score(self, member: str, component: str) -> Fact | None:
        return self.facts.find("rollup.score", member=member, component=component)

    def published(self, component: str) -> Fact | None:
        return self.facts.find("rollup.published", component=component)

    def text(self, field: str) -> str:
        fact = self.facts.find(f"rollup.{field}")
        return fact.text if fact else ""


class Report:
    """One unit's year as typed views over its facts."""

    def __init__(self, facts: FactSet) -> None:
        self.facts = facts

    @property
    def unit(self) -> str:
        return self.facts.unit

    @property
    def year(self) -> int:
        return self.facts.year

    def text(self, concept: str) -> str:
        fact = self.facts.find(concept)
        return fact.text if fact else ""

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        return tuple(Sheet(self.facts, f.dimension("sheet")) for f in self.facts.select("sheet.kind"))

    @property
    def overall(self) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.kind == "overall"), None)

    @property
    def projects(self) -> tuple[Sheet, ...]:
        return tuple(sheet for sheet in self.sheets if sheet.kind == "project")

    @cached_property
    def base_lines(self) -> tuple[BaseLine, ...]:
        # In order of entry, whether a line has amounts or only a name (a heading over the lines below it).
        lines = _ordered(
            f.dimension("line")
            for f in self.facts
            if f.concept in ("base.amount", "base.name") and f.year == self.year
        )
        return tuple(self._base_line(line) for line in lines)

    def _base_line(self, line: str) -> BaseLine:
        def amount(stage: str) -> Fact | None:
            return self.facts.find("base.amount", line=line, stage=stage)

        def word(field: str) -> str:
            fact = self.facts.find(f"base.{field}", line=line)
            return fact.text if fact else ""

        return BaseLine(
            line,
            word("name"),
            word("parent"),
            amount("prior_executed"),
            amount("initial"),
            amount("executed"),
        )

    def base_line(self, line: str) -> BaseLine | None:
        return next((row for row in self.base_lines if row.line == line), None)

    def accounts(self, table: str, *, prior: bool = False, basis: str = "") -> AccountsTable:
        """A final-accounts table by name; empty (falsy) when nothing was given."""
        return AccountsTable(self.facts, table, self.year - 1 if prior else self.year, basis)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        # Gathered once: a long text makes hundreds of statements, and looking each up would read all facts each time.
        said: dict[tuple[str, str], list[Fact]] = {}
        for concept in ("amount", "percent", "count", "label", "cell"):
            for fact in self.facts.select(f"statement.{concept}"):
                said.setdefault((fact.concept, fact.dimension("statement")), []).append(fact)
        return tuple(self._statement(f, said) for f in self.facts.select("statement.kind"))

    def _statement(self, kind: Fact, said: Mapping[tuple[str, str], list[Fact]]) -> Statement:
        key = kind.dimension("statement")
        subject = self.facts.find("statement.subject", statement=key)
        numbers = [
            fact
            for concept in ("statement.amount", "statement.percent", "statement.count")
            for fact in said.get((concept, key), ())
        ]
        words = {
            concept: {f.dimension("role"): f.text for f in said.get((concept, key), ())}
            for concept in ("statement.label", "statement.cell")
        }
        return Statement(
            key,
            kind.text,
            subject.text if subject else "",
            {fact.dimension("role"): fact for fact in numbers},
            words["statement.label"],
            words["statement.cell"],
        )

    @cached_property
    def rollup(self) -> Rollup:
        return Rollup(self.facts)
