"""The scoring sheets of the figures file (``sheets``): funds, blocks, groups, indicators, printed results."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from guangsha.documents.reading.fact_collector import FactCollector
from guangsha.documents.reading.node import Node
from guangsha.facts.forms import FUNDS, INDICATOR, NATURES, REVENUE_SOURCES, SHEET, STAGES

SHEET_KINDS = ("overall", "project")
DIRECTIONS = ("up", "down")
ACHIEVEMENTS = ("achieved", "partial", "failed")

#: What a sheet's ``published`` holds: key → concept.
SHEET_PUBLISHED: dict[str, str] = {
    "rate": "execution.rate",
    "execution_score": "execution.score",
    "total": "sheet.total",
    "weight_total": "sheet.weight_total",
    "grade": "sheet.grade",
}

#: Keys of a block and of a group: key → (concept, basis).
BLOCK_SCORES: dict[str, tuple[str, str]] = {
    "weight": ("block.weight", ""),
    "published_score": ("block.score", "published"),
}
GROUP_SCORES: dict[str, tuple[str, str]] = {
    "weight": ("group.weight", ""),
    "assessed": ("group.score", "assessed"),
    "published_score": ("group.score", "published"),
    "reason": ("group.reason", ""),
}
INDICATOR_SCORES: dict[str, tuple[str, str]] = {
    "published_score": ("indicator.score", "published"),
    "assessed": ("indicator.score", "assessed"),
}

SHEET_KEYS = (
    "id", "kind", *(item.key for item in SHEET), "funds", "by_revenue", "by_expenditure", "by_expenditure_initial",
    "execution_weight", "blocks", "groups", "indicators", "published",
)  # fmt: skip
_INDICATOR_KEYS = (*(item.key for item in INDICATOR), *INDICATOR_SCORES)


def read_sheets(collect: FactCollector, node: Node | None) -> None:
    """Every sheet; ids are unique, at most one is the overall sheet."""
    seen: dict[str, Node] = {}
    overall: Node | None = None
    for item in collect.sequence(node):
        entries = collect.mapping(item, SHEET_KEYS)
        sheet = collect.identifier(entries.get("id"), item.place, "id")
        if sheet is None:
            continue
        if sheet in seen:
            collect.complain(item.place, f"有两张自评表的 id 都是“{sheet}”", "请改成不同的 id。")
            continue
        seen[sheet] = item
        kind = collect.put("sheet.kind", entries.get("kind"), {"sheet": sheet}, choices=SHEET_KINDS)
        if kind is None and ("kind" not in entries or entries["kind"].blank):
            collect.complain(
                item.place, f"自评表“{sheet}”缺少 kind", "请写 overall（整体）或 project（项目）。"
            )
        if kind is not None and kind.text == "overall":
            if overall is not None:
                collect.complain(
                    item.place, "有两张整体自评表", "整体自评表只能有一张，项目请写 kind: project。"
                )
            overall = item
        elif kind is not None and ("name" not in entries or entries["name"].blank):
            collect.complain(item.place, f"项目自评表“{sheet}”缺少项目名称（name）", "请填写项目名称。")
        _read_sheet(collect, sheet, entries)


def _read_sheet(collect: FactCollector, sheet: str, entries: Mapping[str, Node]) -> None:
    at = {"sheet": sheet}
    collect.put_fields(SHEET, entries, at)
    funds = collect.mapping(entries.get("funds"), FUNDS)
    for fund, label in FUNDS.items():
        stages = collect.mapping(funds.get(fund), STAGES)
        for stage, stage_label in STAGES.items():
            collect.put(
                "sheet.funds",
                stages.get(stage),
                {**at, "fund": fund, "stage": stage},
                label=f"{label}·{stage_label}",
            )
    revenue = collect.mapping(entries.get("by_revenue"), REVENUE_SOURCES)
    for source, label in REVENUE_SOURCES.items():
        collect.put(
            "sheet.by_revenue",
            revenue.get(source),
            {**at, "source": source, "stage": "full_year"},
            label=label,
        )
    for key, stage in (("by_expenditure", "executed"), ("by_expenditure_initial", "initial")):
        amounts = collect.mapping(entries.get(key), NATURES)
        for nature, label in NATURES.items():
            collect.put(
                "sheet.by_expenditure",
                amounts.get(nature),
                {**at, "nature": nature, "stage": stage},
                label=label,
            )
    collect.put("execution.weight", entries.get("execution_weight"), at)
    _read_blocks(collect, sheet, entries.get("blocks"))
    groups = _read_groups(collect, sheet, entries.get("groups"))
    _read_indicators(collect, sheet, entries.get("indicators"), groups)
    published = collect.mapping(entries.get("published"), SHEET_PUBLISHED)
    for key, concept in SHEET_PUBLISHED.items():
        collect.put(concept, published.get(key), {**at, "basis": "published"})


def _said_by(basis: str) -> dict[str, str]:
    return {"basis": basis} if basis else {}


def _read_blocks(collect: FactCollector, sheet: str, node: Node | None) -> None:
    for item in collect.sequence(node):
        entries = collect.mapping(item, ("name", *BLOCK_SCORES))
        block = collect.label(entries.get("name"), item.place, "name（一级指标名称）")
        if block is None:
            continue
        for key, (concept, basis) in BLOCK_SCORES.items():
            collect.put(concept, entries.get(key), {"sheet": sheet, "block": block, **_said_by(basis)})


def _read_groups(collect: FactCollector, sheet: str, node: Node | None) -> set[str]:
    groups: set[str] = set()
    for item in collect.sequence(node):
        entries = collect.mapping(item, ("id", *GROUP_SCORES))
        group = collect.identifier(entries.get("id"), item.place, "id（共用分值组）")
        if group is None:
            continue
        groups.add(group)
        for key, (concept, basis) in GROUP_SCORES.items():
            collect.put(concept, entries.get(key), {"sheet": sheet, "group": group, **_said_by(basis)})
    return groups


def _read_indicators(collect: FactCollector, sheet: str, node: Node | None, groups: set[str]) -> None:
    """Rows are numbered from 1 in the order given; the number is the ``indicator`` dimension."""
    for number, item in enumerate(collect.sequence(node), 1):
        entries = collect.mapping(item, _INDICATOR_KEYS)
        at = {"sheet": sheet, "indicator": str(number)}
        if "name" not in entries or entries["name"].blank:
            collect.complain(item.place, f"第 {number} 个指标缺少三级指标名称（name）", "请填写指标名称。")
        collect.put_fields(
            INDICATOR, entries, at, choices={"direction": DIRECTIONS, "achievement": ACHIEVEMENTS}
        )
        for key, (concept, basis) in INDICATOR_SCORES.items():
            collect.put(concept, entries.get(key), {**at, **_said_by(basis)})
        _check_group(collect, entries, groups)


def _check_group(collect: FactCollector, entries: Mapping[str, Node], groups: set[str]) -> None:
    group = entries.get("group")
    if group is None or group.blank or group.text is None:
        return
    name = group.text.strip()
    if name not in groups:
        near = difflib.get_close_matches(name, sorted(groups), n=1)
        advice = f"是否想写“{near[0]}”？" if near else "请在本表的共用分值组（groups）中写明这一组的分值。"
        collect.complain(group.place, f"共用分值组“{name[:40]}”没有列出", advice)
    weight = entries.get("weight")
    if weight is not None and not weight.blank:
        collect.complain(
            weight.place, f"本行属于共用分值组“{name[:40]}”，不应再有单独的分值", "请二者只填其一。"
        )
