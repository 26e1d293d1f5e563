"""The schema of the figures file (docs/figures-file.md): a tree of nodes becomes the facts of one unit's year."""

from __future__ import annotations

from collections.abc import Mapping

from guangsha.documents.reading.fact_collector import FactCollector
from guangsha.documents.reading.figures_sheets import read_sheets
from guangsha.documents.reading.figures_tables import (
    read_accounts,
    read_base_table,
    read_detail,
    read_rollup,
    read_statements,
    refer,
)
from guangsha.documents.reading.node import Complaints, Node, tidy_text
from guangsha.documents.reading.values import read_year
from guangsha.facts.fact import FactSet
from guangsha.facts.forms import ABOUT, STAFF
from guangsha.kernel.errors import InputError

FORMAT = "guangsha.figures/1"

KEYS = (
    "format", "unit", "year", "profile", "about", "staff", "sheets", "base_table", "detail", "accounts", "statements",
    "rollup", "prior_year",
)  # fmt: skip
PRIOR_KEYS = ("accounts", "base_table", "statements", "sheets")

#: Stands in while a missing year has been complained about and the rest is still read for its own faults.
NO_YEAR = 1995


def facts_of(root: Node, complaints: Complaints, *, profile: str | None = None) -> FactSet:
    """The facts of a whole tree.

    Args:
        root: the top mapping.
        complaints: faults already found; what is found here joins them.
        profile: stands before the profile named inside.

    Raises:
        InputErrors: every fault of the input.
    """
    collect = FactCollector(NO_YEAR, complaints)
    entries = collect.mapping(root, KEYS)
    _check_format(collect, root, entries)
    unit = _unit(collect, root, entries)
    collect.year = _year(collect, root, entries)
    chosen = profile or _profile(collect, root, entries)
    _read_year(collect, entries)
    prior = collect.mapping(entries.get("prior_year"), PRIOR_KEYS)
    if prior:
        _read_figures(collect.for_year(collect.year - 1), prior)
    complaints.raise_if_any()
    return FactSet(unit, collect.year, chosen, collect.facts.values())


def _check_format(collect: FactCollector, root: Node, entries: Mapping[str, Node]) -> None:
    node = entries.get("format")
    said = (node.text or "").strip() if node else ""
    if said == FORMAT:
        return
    if node is None or node.blank:
        collect.complain(root.place, "缺少 format", f"请在开头写 format: {FORMAT}。")
    else:
        collect.complain(node.place, f"不认识的格式“{said[:40]}”", f"本程序读取 format: {FORMAT}。")


def _unit(collect: FactCollector, root: Node, entries: Mapping[str, Node]) -> str:
    node = entries.get("unit")
    text = collect.scalar(node, "unit（单位全称）") if node else None
    if text is None:
        collect.complain((node or root).place, "缺少单位名称（unit）", "请填写单位全称。")
        return ""
    try:
        return tidy_text(text)
    except InputError as error:
        collect.complain((node or root).place, error.message, error.advice)
        return ""


def _year(collect: FactCollector, root: Node, entries: Mapping[str, Node]) -> int:
    node = entries.get("year")
    text = collect.scalar(node, "year（年度）") if node else None
    if text is None:
        collect.complain((node or root).place, "缺少年度（year）", "请填写四位数的年份，如 year: 2024。")
        return NO_YEAR
    try:
        return read_year(text)
    except InputError as error:
        collect.complain((node or root).place, error.message, error.advice)
        return NO_YEAR


def _profile(collect: FactCollector, root: Node, entries: Mapping[str, Node]) -> str:
    node = entries.get("profile")
    text = collect.scalar(node, "profile（口径模板）") if node else None
    if text is None:
        collect.complain(
            (node or root).place,
            "没有写明口径模板（profile）",
            "请在文件中写 profile，或在命令中用 --profile 指定。",
        )
        return ""
    text = text.strip()
    return text if collect.is_identifier(text, (node or root).place, "profile（口径模板）") else ""


def _read_year(collect: FactCollector, entries: Mapping[str, Node]) -> None:
    about = collect.mapping(entries.get("about"), [item.key for item in ABOUT])
    collect.put_fields(ABOUT, about, {})
    staff = collect.mapping(entries.get("staff"), [*(item.key for item in STAFF), "published"])
    collect.put_fields(STAFF, staff, {})
    printed = collect.mapping(staff.get("published"), ("control_rate",))
    collect.put("staff.control_rate", printed.get("control_rate"), {"basis": "published"})
    _read_figures(collect, entries)
    read_detail(collect, entries.get("detail"))
    read_rollup(collect, entries.get("rollup"))


def _read_figures(collect: FactCollector, entries: Mapping[str, Node]) -> None:
    """The parts that this year and the year before share."""
    read_sheets(collect, entries.get("sheets"))
    programmes = read_base_table(collect, entries.get("base_table"))
    if programmes:
        for sheet in collect.sequence(entries.get("sheets")):
            line = (sheet.entries or {}).get("budget_line")
            if line is not None and line.text is not None:
                refer(collect, line, programmes, "budget_line（对应项目行）")
    read_accounts(collect, entries.get("accounts"))
    read_statements(collect, entries.get("statements"))
