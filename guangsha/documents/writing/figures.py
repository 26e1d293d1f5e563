"""Facts written back as the figures file (docs/figures-file.md): the inverse of ``documents.reading.figures``.

``figures_tree`` gives the form as plain nested dicts and lists (the workbook is filled from it too);
``dump_figures`` prints it as YAML. A fact that the form has no place for is an error, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import yaml

from guangsha.documents.reading.figures_facts import FORMAT
from guangsha.documents.reading.figures_sheets import (
    BLOCK_SCORES,
    GROUP_SCORES,
    INDICATOR_SCORES,
    SHEET_PUBLISHED,
)
from guangsha.documents.reading.figures_tables import (
    MEMBER_COUNTS,
    MEMBER_MONEY,
    ROLLUP_MONEY,
    ROLLUP_TEXTS,
    THREE_PUBLIC,
)
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.forms import (
    ABOUT,
    ACCOUNTS,
    BASE_COLUMNS,
    BASE_LINES,
    BUILDINGS,
    DETAIL_AMOUNTS,
    FUNDS,
    INDICATOR,
    NATURES,
    REVENUE_SOURCES,
    ROLLUP_COMPONENTS,
    SHEET,
    STAFF,
    STAGES,
    Field,
)
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import plain

#: A part of the form: nested dicts and lists of these leaves.
Leaf = str | Decimal
Tree = dict[str, Any]


class _Taker:
    """Takes facts of one year out of a set and remembers which were taken."""

    def __init__(self, facts: FactSet, year: int, taken: set[str]) -> None:
        self.facts = facts
        self.year = year
        self.taken = taken

    def take(self, concept: str, **dimensions: str) -> Leaf | None:
        fact = self.facts.find(concept, year=self.year, **dimensions)
        if fact is None:
            return None
        self.taken.add(fact.key)
        return fact.value

    def select(self, concept: str, **dimensions: str) -> list[Fact]:
        return self.facts.select(concept, year=self.year, **dimensions)

    def ids(self, dimension: str, *concepts: str, **dimensions: str) -> list[str]:
        """Values of ``dimension`` in order of appearance."""
        found = (f.dimension(dimension) for c in concepts for f in self.select(c, **dimensions))
        return list(dict.fromkeys(found))

    def fields(self, fields: Iterable[Field], **dimensions: str) -> Tree:
        return _kept({item.key: self.take(item.concept, **dimensions) for item in fields})

    def scores(self, declared: Mapping[str, tuple[str, str]], **dimensions: str) -> Tree:
        """Values of one row that differ in who says them: key → (concept, basis)."""
        made = {}
        for key, (concept, basis) in declared.items():
            said_by = {"basis": basis} if basis else {}
            made[key] = self.take(concept, **dimensions, **said_by)
        return _kept(made)


def _kept(entries: Mapping[str, Any]) -> Tree:
    """``entries`` without what is empty."""
    return {key: value for key, value in entries.items() if value not in (None, {}, [])}


def figures_tree(facts: FactSet) -> Tree:
    """The whole form as nested dicts and lists, empty parts left out.

    Raises:
        InputError: some facts have no place in the form (computed values, for example).
    """
    taken: set[str] = set()
    this = _Taker(facts, facts.year, taken)
    tree = {
        "format": FORMAT,
        "unit": facts.unit,
        "year": Decimal(facts.year),
        "profile": facts.profile,
        "about": this.fields(ABOUT),
        "staff": _staff(this),
        **_figures(this),
        "detail": _detail(this),
        "rollup": _rollup(this),
        "prior_year": _figures(_Taker(facts, facts.year - 1, taken)),
    }
    left = [fact for fact in facts if fact.key not in taken]
    if left:
        raise InputError(
            f"有 {len(left)} 项数据在填报表中没有位置，如“{left[0].declared.label}”（{left[0].key}）",
            advice="请只写出填报的数据；计算得出的数据保存在 facts.json 中。",
        )
    return _kept(tree)


def _staff(taker: _Taker) -> Tree:
    printed = _kept({"control_rate": taker.take("staff.control_rate", basis="published")})
    return _kept({**taker.fields(STAFF), "published": printed})


def _figures(taker: _Taker) -> Tree:
    return _kept(
        {
            "sheets": [_sheet(taker, sheet) for sheet in taker.ids("sheet", "sheet.kind")],
            "base_table": _base_table(taker),
            "accounts": _kept({table: _account(taker, table) for table in ACCOUNTS}),
            "statements": [_statement(taker, key) for key in taker.ids("statement", "statement.kind")],
        }
    )


# --- scoring sheets ----------------------------------------------------------------------------------------


def _sheet(taker: _Taker, sheet: str) -> Tree:
    def funds(fund: str) -> Tree:
        return _kept(
            {stage: taker.take("sheet.funds", sheet=sheet, fund=fund, stage=stage) for stage in STAGES}
        )

    def natures(stage: str) -> Tree:
        return _kept(
            {n: taker.take("sheet.by_expenditure", sheet=sheet, nature=n, stage=stage) for n in NATURES}
        )

    published = {
        key: taker.take(concept, sheet=sheet, basis="published") for key, concept in SHEET_PUBLISHED.items()
    }
    blocks = taker.ids("block", "block.weight", "block.score", sheet=sheet)
    groups = taker.ids("group", "group.weight", "group.score", "group.reason", sheet=sheet)
    listed = taker.ids("group", "group.weight", sheet=sheet)
    named = [fact.text for fact in taker.select("indicator.group", sheet=sheet)]
    groups = list(dict.fromkeys([*listed, *groups, *named]))
    rows = taker.ids("indicator", "indicator.name", sheet=sheet)
    return _kept(
        {
            "id": sheet,
            "kind": taker.take("sheet.kind", sheet=sheet),
            **taker.fields(SHEET, sheet=sheet),
            "funds": _kept({fund: funds(fund) for fund in FUNDS}),
            "by_revenue": _kept(
                {
                    source: taker.take("sheet.by_revenue", sheet=sheet, source=source, stage="full_year")
                    for source in REVENUE_SOURCES
                }
            ),
            "by_expenditure": natures("executed"),
            "by_expenditure_initial": natures("initial"),
            "execution_weight": taker.take("execution.weight", sheet=sheet),
            "blocks": [{"name": b, **taker.scores(BLOCK_SCORES, sheet=sheet, block=b)} for b in blocks],
            "groups": [{"id": g, **taker.scores(GROUP_SCORES, sheet=sheet, group=g)} for g in groups],
            "indicators": [_indicator(taker, sheet, row) for row in rows],
            "published": _kept(published),
        }
    )


def _indicator(taker: _Taker, sheet: str, row: str) -> Tree:
    return {
        **taker.fields(INDICATOR, sheet=sheet, indicator=row),
        **taker.scores(INDICATOR_SCORES, sheet=sheet, indicator=row),
    }


# --- tables ------------------------------------------------------------------------------------------------


def _base_table(taker: _Taker) -> Tree:
    def amounts(line: str) -> Tree:
        stages = BASE_COLUMNS.items()
        return _kept({column: taker.take("base.amount", line=line, stage=stage) for column, stage in stages})

    lines = taker.ids("line", "base.name", "base.parent", "base.amount")
    programmes = []
    for line in lines:
        if line.startswith("programme."):
            row = {
                "key": line.removeprefix("programme."),
                "name": taker.take("base.name", line=line),
                "parent": taker.take("base.parent", line=line),
                **amounts(line),
            }
            programmes.append(_kept(row))
    buildings = {key: taker.take(concept, line=line) for key, (concept, line, _) in BUILDINGS.items()}
    return _kept(
        {
            **{line: amounts(line) for line in BASE_LINES},
            "programmes": programmes,
            "buildings": _kept(buildings),
        }
    )


def _detail(taker: _Taker) -> Tree:
    def by(concept: str, dimension: str, values: Iterable[str]) -> Tree:
        return _kept({value: taker.take(concept, **{dimension: value}) for value in values})

    programmes = taker.ids("programme", "detail.programme", "detail.programme_name")
    return _kept(
        {
            "economic": by("detail.economic", "economic", taker.ids("economic", "detail.economic")),
            "function": by("detail.function", "function", taker.ids("function", "detail.function")),
            "revenue": by("detail.revenue", "source", REVENUE_SOURCES),
            "amounts": by("detail.amount", "item", DETAIL_AMOUNTS),
            "programmes": [
                _kept(
                    {
                        "key": key,
                        "name": taker.take("detail.programme_name", programme=key),
                        "amount": taker.take("detail.programme", programme=key),
                    }
                )
                for key in programmes
            ],
        }
    )


def _account(taker: _Taker, table: str) -> Tree:
    concept = f"accounts.{table}"
    columns = ACCOUNTS[table][1]
    rows = {
        row: [taker.take(concept, row=row, column=column) for column in columns]
        for row in taker.ids("row", concept)
    }
    names = {
        row: taker.take("accounts.row_name", table=table, row=row)
        for row in taker.ids("row", "accounts.row_name", table=table)
    }
    filled = {row: cells for row, cells in rows.items() if any(cell is not None for cell in cells)}
    made = {
        "number": taker.take("accounts.number", table=table),
        "columns": list(columns) if filled else None,
        "rows": filled,
        "names": names,
        "empty_note": taker.take("accounts.empty_note", table=table),
    }
    return _kept(made)


def _statement(taker: _Taker, key: str) -> Tree:
    made: Tree = {
        "id": key,
        "kind": taker.take("statement.kind", statement=key),
        "subject": taker.take("statement.subject", statement=key),
    }
    for concept in ("statement.amount", "statement.percent", "statement.count"):
        for fact in taker.select(concept, statement=key):
            role = fact.dimension("role")
            if not role.startswith("part."):
                made[role] = taker.take(concept, statement=key, role=role)
    made["parts"] = _parts(taker, key)
    cells = {f.dimension("role"): f.text for f in taker.select("statement.cell", statement=key)}
    for role in cells:
        taker.take("statement.cell", statement=key, role=role)
    made["cells"] = cells
    return _kept(made)


def _parts(taker: _Taker, key: str) -> list[Tree]:
    roles = {
        fact.dimension("role")
        for concept in ("statement.amount", "statement.label")
        for fact in taker.select(concept, statement=key)
        if fact.dimension("role").startswith("part.")
    }
    last = max((int(role.removeprefix("part.")) for role in roles), default=0)
    return [
        _kept(
            {
                "label": taker.take("statement.label", statement=key, role=f"part.{number}"),
                "amount": taker.take("statement.amount", statement=key, role=f"part.{number}"),
            }
        )
        for number in range(1, last + 1)
    ]


# --- roll-up -----------------------------------------------------------------------------------------------


def _rollup(taker: _Taker) -> Tree:
    def items(concept: str, **at: str) -> Tree:
        made = {}
        for item in THREE_PUBLIC:
            made[item] = _kept(
                {
                    column: taker.take(concept, item=item, stage=BASE_COLUMNS[column], **at)
                    for column in ("budget", "executed")
                }
            )
        return _kept(made)

    members = taker.ids("member", "rollup.member")
    published = {
        component: taker.take("rollup.published", component=component) for component in ROLLUP_COMPONENTS
    }
    three_public = {
        "members": _kept({member: items("rollup.three_public", member=member) for member in members}),
        "department": items("rollup.department_three_public"),
    }
    return _kept(
        {
            **{key: taker.take(f"rollup.{key}") for key in (*ROLLUP_TEXTS, *ROLLUP_MONEY)},
            "members": [_member(taker, member) for member in members],
            "published": _kept({**published, "grade": taker.take("rollup.grade")}),
            "three_public": _kept(three_public),
        }
    )


def _member(taker: _Taker, member: str) -> Tree:
    numbers = {**MEMBER_MONEY, **MEMBER_COUNTS}
    return _kept(
        {
            "key": member,
            "name": taker.take("rollup.member", member=member),
            **{c: taker.take("rollup.score", member=member, component=c) for c in ROLLUP_COMPONENTS},
            **{key: taker.take(concept, member=member) for key, concept in numbers.items()},
        }
    )


# --- YAML --------------------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Prints decimals as they are written, short lists on one line, and never an alias."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = plain(value)
    # the tag that YAML gives these digits anyway: the scalar then prints plain, without quotes
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    flat = all(not isinstance(item, dict | list) for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flat)


def _mapping(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.Node:
    flat = bool(value) and all(isinstance(item, Decimal) for item in value.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=flat)


_Dumper.add_representer(Decimal, _decimal)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _mapping)


def dump_figures(facts: FactSet) -> str:
    """``facts`` as a figures file in YAML: reading it gives the same facts.

    Raises:
        InputError: some facts have no place in the form.
    """
    text: str = yaml.dump(figures_tree(facts), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text
