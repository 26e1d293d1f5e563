"""The tables of the figures file: base data, detail of the text, final accounts, statements, roll-up."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from guangsha.documents.reading.fact_collector import ID_ADVICE, FactCollector
from guangsha.documents.reading.node import Node
from guangsha.facts.forms import (
    ACCOUNTS,
    BASE_COLUMNS,
    BASE_LINES,
    BUILDINGS,
    DETAIL_AMOUNTS,
    FISCAL_EXPENDITURE,
    FISCAL_INCOME,
    OVERVIEW_EXPENDITURE,
    OVERVIEW_INCOME,
    REVENUE_SOURCES,
    ROLLUP_COMPONENTS,
    ROLLUP_METHODS,
    STATEMENT_KINDS,
)

BASE_COLUMN_LABELS = {"prior": "上年决算", "budget": "本年预算", "executed": "本年决算"}
THREE_PUBLIC = ("three_public", "vehicles", "vehicle_purchase", "vehicle_running", "abroad", "reception")

#: Fixed rows of each final-accounts table, by key; code rows are matched by :data:`CODE_ROWS`.
FIXED_ROWS: dict[str, dict[str, str]] = {
    "overview": {**OVERVIEW_INCOME, **OVERVIEW_EXPENDITURE},
    "fiscal_overview": {**FISCAL_INCOME, **FISCAL_EXPENDITURE},
    "basic_detail": {"personnel.total": "人员经费合计", "public.total": "公用经费合计"},
    "three_public": {"budget": "预算数", "executed": "决算数"},
}
_TOTAL_ROW = {"total": "合计"}
CODE_ROWS: dict[str, re.Pattern[str]] = {
    "overview": re.compile(r"class\.\d{3}"),
    "fiscal_overview": re.compile(r"class\.\d{3}"),
    "basic_detail": re.compile(r"\d{3}(?:\d\d)?"),
    "three_public": re.compile(r"(?!)"),  # no code rows
}
_FUNCTION_CODE = re.compile(r"\d{3}(?:\d\d){0,2}")
#: Balances and what they feed may be negative: an overspent year carries a negative closing balance.
_BALANCE_ROWS = re.compile(
    r"income\.(?:opening|surplus_used|grand)|expenditure\.(?:closing|surplus_distribution|grand)"
    r"|(?:opening|closing)\..*"
)
_BALANCE_COLUMNS = ("opening", "closing")

_STATEMENT_ROLES = tuple(dict.fromkeys(role for roles in STATEMENT_KINDS.values() for role in roles))
#: Statement roles that may be below zero: differences, balances, growth.
_SIGNED = {("amount", "amount"), ("difference", "minuend"), ("difference", "subtrahend")}

MEMBER_MONEY = {
    "budget": "rollup.budget",
    "executed": "rollup.executed",
    "project_money": "rollup.project_money",
}
MEMBER_COUNTS = {"staff": "rollup.staff", "established": "rollup.established"}
ROLLUP_TEXTS = ("label", "method", "department")
ROLLUP_MONEY = ("department_budget", "department_executed")


def fixed_rows(table: str) -> Mapping[str, str]:
    """Key → printed label of the rows that a final-accounts table always has."""
    return FIXED_ROWS.get(table, _TOTAL_ROW)


def code_rows(table: str) -> re.Pattern[str]:
    """What the key of a code row of this table looks like."""
    return CODE_ROWS.get(table, _FUNCTION_CODE)


# --- base data table ---------------------------------------------------------------------------------------


def read_base_table(collect: FactCollector, node: Node | None) -> set[str]:
    """The base data table; returns the keys of its programmes."""
    entries = collect.mapping(node, (*BASE_LINES, "programmes", "buildings"))
    for line, (label, _) in BASE_LINES.items():
        _read_line(collect, collect.mapping(entries.get(line), BASE_COLUMNS), line, label)
    programmes = _read_programmes(collect, entries.get("programmes"))
    buildings = collect.mapping(entries.get("buildings"), BUILDINGS)
    for key, (concept, line, label) in BUILDINGS.items():
        collect.put(concept, buildings.get(key), {"line": line}, label=label)
    return programmes


def _read_line(collect: FactCollector, amounts: Mapping[str, Node], line: str, label: str) -> None:
    for column, stage in BASE_COLUMNS.items():
        printed = f"{label.strip('：')}·{BASE_COLUMN_LABELS[column]}"
        collect.put("base.amount", amounts.get(column), {"line": line, "stage": stage}, label=printed)


def _read_programmes(collect: FactCollector, node: Node | None) -> set[str]:
    keys: dict[str, Node] = {}
    parents: list[Node] = []
    for item in collect.sequence(node):
        entries = collect.mapping(item, ("key", "name", "parent", *BASE_COLUMNS))
        key = collect.identifier(entries.get("key"), item.place, "key（项目行）")
        if key is None:
            continue
        if key in keys:
            collect.complain(item.place, f"项目行“{key}”出现两次", "请改成不同的 key。")
            continue
        keys[key] = item
        line = f"programme.{key}"
        collect.put("base.name", entries.get("name"), {"line": line})
        if collect.put("base.parent", entries.get("parent"), {"line": line}):
            parents.append(entries["parent"])
        name = entries.get("name")
        _read_line(collect, entries, line, (name.text if name else None) or key)
    for parent in parents:
        refer(collect, parent, keys, "上级行")
    return set(keys)


def refer(collect: FactCollector, node: Node, keys: set[str] | Mapping[str, Node], label: str) -> None:
    """Complain when ``node`` names a programme that the base table does not have."""
    name = (node.text or "").strip()
    if name and name not in keys:
        near = difflib.get_close_matches(name, sorted(keys), n=1)
        advice = f"是否想写“{near[0]}”？" if near else "请写基础数据表“项目支出”下某一行的 key。"
        collect.complain(node.place, f"“{label}”指向的项目行“{name[:40]}”不存在", advice)


# --- detail of the report's text ---------------------------------------------------------------------------


def read_detail(collect: FactCollector, node: Node | None) -> None:
    entries = collect.mapping(node, ("economic", "function", "revenue", "amounts", "programmes"))
    for key, pattern, example in (
        ("economic", re.compile(r"\d{3}(?:\d\d)?"), "301 或 30101"),
        ("function", _FUNCTION_CODE, "208"),
    ):
        for code, value in collect.mapping(entries.get(key)).items():
            if pattern.fullmatch(code):
                collect.put(f"detail.{key}", value, {key: code}, label=f"科目 {code}")
            else:
                collect.complain(value.place, f"科目编码“{code[:40]}”不对", f"请写 {example} 这样的数字。")
    revenue = collect.mapping(entries.get("revenue"), REVENUE_SOURCES)
    for source, label in REVENUE_SOURCES.items():
        collect.put("detail.revenue", revenue.get(source), {"source": source}, label=label)
    amounts = collect.mapping(entries.get("amounts"), DETAIL_AMOUNTS)
    for item, label in DETAIL_AMOUNTS.items():
        collect.put(
            "detail.amount", amounts.get(item), {"item": item}, label=label, negative=item == "balance"
        )
    for row in collect.sequence(entries.get("programmes")):
        values = collect.mapping(row, ("key", "name", "amount"))
        programme = collect.identifier(values.get("key"), row.place, "key（项目）")
        if programme is not None:
            collect.put("detail.programme", values.get("amount"), {"programme": programme})
            collect.put("detail.programme_name", values.get("name"), {"programme": programme})


# --- final accounts ----------------------------------------------------------------------------------------


def read_accounts(collect: FactCollector, node: Node | None) -> None:
    for table, item in collect.mapping(node, ACCOUNTS).items():
        if table in ACCOUNTS:
            _read_account(collect, table, item)


def _read_account(collect: FactCollector, table: str, node: Node) -> None:
    entries = collect.mapping(node, ("number", "columns", "rows", "names", "empty_note"))
    collect.put("accounts.number", entries.get("number"), {"table": table})
    collect.put("accounts.empty_note", entries.get("empty_note"), {"table": table})
    columns = _columns(collect, table, entries.get("columns"))
    for row, item in collect.mapping(entries.get("rows")).items():
        if _known_row(collect, table, row, item):
            _read_row(collect, table, row, item, columns)
    for row, name in collect.mapping(entries.get("names")).items():
        if _known_row(collect, table, row, name):
            collect.put("accounts.row_name", name, {"table": table, "row": row})


def _columns(collect: FactCollector, table: str, node: Node | None) -> tuple[str, ...]:
    """The order of the cells in a row; the form's order where the file names none."""
    known = ACCOUNTS[table][1]
    named: list[str] = []
    for item in collect.sequence(node):
        name = (collect.scalar(item, "columns") or "").strip()
        if name not in known:
            collect.unknown(name, item.place, known)
        elif name in named:
            collect.complain(item.place, f"列“{name}”写了两次", "请只保留一处。")
        named.append(name)
    return tuple(named) or known


def _known_row(collect: FactCollector, table: str, row: str, node: Node) -> bool:
    rows = fixed_rows(table)
    if row in rows or code_rows(table).fullmatch(row):
        return True
    near = difflib.get_close_matches(row, rows, n=1)
    advice = f"是否想写“{near[0]}”？" if near else "请写科目编码，或格式说明中列出的行名。"
    collect.complain(node.place, f"“{ACCOUNTS[table][0]}”没有“{row[:40]}”这一行", advice)
    return False


def _read_row(collect: FactCollector, table: str, row: str, node: Node, columns: tuple[str, ...]) -> None:
    cells = collect.sequence(node)
    if len(cells) > len(columns) or (cells and len(cells) < len(columns)):
        collect.complain(
            node.place, f"这一行有 {len(cells)} 个数，表有 {len(columns)} 列", "请逐列填写，空白处写 ~。"
        )
        return
    title = fixed_rows(table).get(row, row)
    for column, cell in zip(columns, cells, strict=False):
        if column not in ACCOUNTS[table][1]:
            continue  # already complained about
        signed = column in _BALANCE_COLUMNS or bool(_BALANCE_ROWS.fullmatch(row))
        collect.put(
            f"accounts.{table}", cell, {"row": row, "column": column}, label=f"{ACCOUNTS[table][0]}·{title}",
            negative=signed,
        )  # fmt: skip


# --- statements --------------------------------------------------------------------------------------------


def read_statements(collect: FactCollector, node: Node | None) -> None:
    seen: set[str] = set()
    for item in collect.sequence(node):
        entries = collect.mapping(item, ("id", "kind", "subject", *_STATEMENT_ROLES, "parts", "cells"))
        key = collect.identifier(entries.get("id"), item.place, "id（文字说明）")
        if key is None:
            continue
        if key in seen:
            collect.complain(item.place, f"有两条文字说明的 id 都是“{key}”", "请改成不同的 id。")
            continue
        seen.add(key)
        _read_statement(collect, key, item, entries)


def _read_statement(collect: FactCollector, key: str, node: Node, entries: Mapping[str, Node]) -> None:
    at = {"statement": key}
    kind = collect.put("statement.kind", entries.get("kind"), at, choices=tuple(STATEMENT_KINDS))
    collect.put("statement.subject", entries.get("subject"), at)
    if kind is None:
        if "kind" not in entries or entries["kind"].blank:
            collect.complain(node.place, f"文字说明“{key}”缺少 kind", f"可选：{'、'.join(STATEMENT_KINDS)}。")
        return
    roles = STATEMENT_KINDS[kind.text]
    for role in _STATEMENT_ROLES:
        value = entries.get(role)
        if value is None or value.blank:
            continue
        if role not in roles:
            collect.complain(
                value.place, f"{kind.text} 类说明没有“{role}”这一项", f"可填：{'、'.join(roles)}。"
            )
            continue
        concept = f"statement.{role}" if role in ("percent", "count") else "statement.amount"
        signed = role in ("delta", "percent") or (kind.text, role) in _SIGNED
        collect.put(concept, value, {**at, "role": role}, negative=signed)
    _read_parts(collect, at, entries.get("parts"), kind.text)
    for role, cell in collect.mapping(entries.get("cells")).items():
        if role in roles or re.fullmatch(r"part\.[1-9]\d{0,3}", role):
            collect.put("statement.cell", cell, {**at, "role": role})
        else:
            collect.unknown(role, cell.place, roles)


def _read_parts(collect: FactCollector, at: Mapping[str, str], node: Node | None, kind: str) -> None:
    parts = collect.sequence(node)
    if node is not None and parts and kind != "sum":
        collect.complain(node.place, f"{kind} 类说明没有分项（parts）", "只有 sum 类说明可以有分项。")
        return
    for number, part in enumerate(parts, 1):
        values = collect.mapping(part, ("label", "amount"))
        role = f"part.{number}"
        collect.put("statement.amount", values.get("amount"), {**at, "role": role})
        collect.put("statement.label", values.get("label"), {**at, "role": role})


# --- roll-up -----------------------------------------------------------------------------------------------


def read_rollup(collect: FactCollector, node: Node | None) -> None:
    entries = collect.mapping(node, (*ROLLUP_TEXTS, *ROLLUP_MONEY, "members", "published", "three_public"))
    for key in ROLLUP_TEXTS:
        choices = tuple(ROLLUP_METHODS) if key == "method" else ()
        collect.put(f"rollup.{key}", entries.get(key), choices=choices)
    for key in ROLLUP_MONEY:
        collect.put(f"rollup.{key}", entries.get(key))
    members: set[str] = set()
    for item in collect.sequence(entries.get("members")):
        _read_member(collect, item, members)
    published = collect.mapping(entries.get("published"), (*ROLLUP_COMPONENTS, "grade"))
    for component, label in ROLLUP_COMPONENTS.items():
        collect.put("rollup.published", published.get(component), {"component": component}, label=label)
    collect.put("rollup.grade", published.get("grade"))
    _read_rollup_three_public(collect, entries.get("three_public"), members)


def _read_member(collect: FactCollector, node: Node, members: set[str]) -> None:
    known = ("key", "name", *ROLLUP_COMPONENTS, *MEMBER_MONEY, *MEMBER_COUNTS)
    entries = collect.mapping(node, tuple(dict.fromkeys(known)))
    member = collect.identifier(entries.get("key"), node.place, "key（单位）")
    if member is None:
        return
    if member in members:
        collect.complain(node.place, f"有两个单位的 key 都是“{member}”", "请改成不同的 key。")
        return
    members.add(member)
    at = {"member": member}
    if collect.put("rollup.member", entries.get("name"), at) is None:
        collect.complain(node.place, f"单位“{member}”缺少名称（name）", "请填写单位名称。")
    for component, label in ROLLUP_COMPONENTS.items():
        collect.put("rollup.score", entries.get(component), {**at, "component": component}, label=label)
    for key, concept in MEMBER_MONEY.items():
        collect.put(concept, entries.get(key), at)
    for key, concept in MEMBER_COUNTS.items():
        collect.put(concept, entries.get(key), at, whole=True)


def _read_rollup_three_public(collect: FactCollector, node: Node | None, members: set[str]) -> None:
    entries = collect.mapping(node, ("members", "department"))
    for member, items in collect.mapping(entries.get("members")).items():
        if member in members:
            _read_items(collect, items, "rollup.three_public", {"member": member})
        else:
            near = difflib.get_close_matches(member, sorted(members), n=1)
            advice = f"是否想写“{near[0]}”？" if near else ID_ADVICE
            collect.complain(items.place, f"单位“{member[:40]}”不在 members 中", advice)
    _read_items(collect, entries.get("department"), "rollup.department_three_public", {})


def _read_items(collect: FactCollector, node: Node | None, concept: str, at: Mapping[str, str]) -> None:
    items = collect.mapping(node, THREE_PUBLIC)
    for item in THREE_PUBLIC:
        amounts = collect.mapping(items.get(item), ("budget", "executed"))
        for column in ("budget", "executed"):
            label = f"{BASE_LINES[item][0]}·{BASE_COLUMN_LABELS[column]}"
            collect.put(
                concept, amounts.get(column), {**at, "item": item, "stage": BASE_COLUMNS[column]}, label=label
            )
