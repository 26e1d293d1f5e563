"""Between the figures tree and the workbook's sheets: nested parts that a sheet can only hold as flat rows.

``flattened`` lifts a statement's parts and cells and the units' 三公 out of their owners, for the writer; ``nested``
puts them back under their owners, for the reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guangsha.documents.reading.node import Complaints, Node

#: Flat lists that stand in for nested parts.
PARTS, CELLS, MEMBER_THREE_PUBLIC = "statement_parts", "statement_cells", "rollup_three_public"


def flattened(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The figures tree (plain values) with nested parts as lists of rows beside their owners."""
    flat = dict(tree)
    statements, parts, cells = [], [], []
    for statement in tree.get("statements", ()):
        owner = dict(statement)
        parts += [{"id": owner["id"], **part} for part in owner.pop("parts", ())]
        cells += [
            {"id": owner["id"], "role": role, "cell": cell} for role, cell in owner.pop("cells", {}).items()
        ]
        statements.append(owner)
    flat |= {"statements": statements, PARTS: parts, CELLS: cells}
    members = tree.get("rollup", {}).get("three_public", {}).get("members", {})
    flat[MEMBER_THREE_PUBLIC] = [
        {"member": member, "item": item, **amounts}
        for member, items in members.items()
        for item, amounts in items.items()
    ]
    return flat


def nested(tree: dict[str, Any], complaints: Complaints) -> dict[str, Any]:
    """The inverse over nodes; a row whose owner does not exist is a fault. ``tree`` maps keys to nodes or mappings."""
    parts, cells, items = (_rows(tree.pop(key, None)) for key in (PARTS, CELLS, MEMBER_THREE_PUBLIC))
    statements = _rows(tree.get("statements"))
    if statements or parts or cells:
        owners: dict[str, dict[str, Node]] = {}
        for row in statements:
            owners.setdefault(_word(row, "id"), dict(row.entries or {}))
        for row in parts:
            _add_part(owners, row, complaints)
        for row in cells:
            _add_cell(owners, row, complaints)
        seen: set[str] = set()
        elements = []
        for row in statements:
            key = _word(row, "id")
            # a repeated id stays as it is: the schema complains about it with its own place
            elements.append(row if key in seen else Node(row.place, entries=owners[key]))
            seen.add(key)
        if statements:
            tree["statements"] = Node(tree["statements"].place, elements=elements)
    if items:
        rollup = tree.setdefault("rollup", {})
        rollup.setdefault("three_public", {})["members"] = _members(items, complaints)
    return tree


def _rows(node: Node | None) -> list[Node]:
    return list(node.elements or ()) if node is not None else []


def _word(row: Node, key: str) -> str:
    node = (row.entries or {}).get(key)
    return (node.text or "").strip() if node is not None else ""


def _owner(
    owners: Mapping[str, dict[str, Node]], row: Node, complaints: Complaints
) -> dict[str, Node] | None:
    key = _word(row, "id")
    owner = owners.get(key)
    if owner is None:
        complaints.add(
            row.place, f"编号“{key[:40]}”在上表中没有" if key else "没有填编号", "请填上表中已有的编号。"
        )
    return owner


def _add_part(owners: Mapping[str, dict[str, Node]], row: Node, complaints: Complaints) -> None:
    owner = _owner(owners, row, complaints)
    if owner is not None:
        entries = {key: value for key, value in (row.entries or {}).items() if key != "id"}
        known = owner.get("parts")
        elements = (
            [*(known.elements or ()), Node(row.place, entries=entries)]
            if known
            else [Node(row.place, entries=entries)]
        )
        owner["parts"] = Node(row.place if known is None else known.place, elements=elements)


def _add_cell(owners: Mapping[str, dict[str, Node]], row: Node, complaints: Complaints) -> None:
    owner = _owner(owners, row, complaints)
    role, cell = _word(row, "role"), (row.entries or {}).get("cell")
    if owner is None or cell is None:
        return
    known = owner.get("cells")
    entries = dict(known.entries or {}) if known else {}
    if role in entries:
        complaints.add(row.place, "同一个数对应了两个单元格", "请只保留一行。")
    entries[role] = cell
    owner["cells"] = Node(row.place, entries=entries)


def _members(rows: list[Node], complaints: Complaints) -> dict[str, dict[str, Node]]:
    members: dict[str, dict[str, Node]] = {}
    for row in rows:
        member, item = _word(row, "member"), _word(row, "item")
        items = members.setdefault(member, {})
        if item in items:
            complaints.add(row.place, "同一单位的同一项费用填了两行", "请只保留一行。")
        amounts = {key: value for key, value in (row.entries or {}).items() if key not in ("member", "item")}
        items[item] = Node(row.place, entries=amounts)
    return members
