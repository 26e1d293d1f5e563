"""Writes docs/reference/policy.md from the declarations: every parameter, fact, type and condition.

    python tools/generate_policy_reference.py [--check]

``--check`` writes nothing and exits 1 when the page is not current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from guangsha.policy.catalogue import CATALOGUE
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.household_types import HOUSEHOLD_TYPES
from guangsha.policy.programme import Stage
from guangsha.policy.programmes import PROGRAMMES

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "policy.md"
_AXES = {
    "": "—",
    "household_type": "类别",
    "persons": "人数",
    "degree": "学历",
    "circumstance": "特殊情形",
    "repair_item": "维修价目",
}
_STAGES = {Stage.GENERAL: "所有家庭", Stage.TYPED: "按类别", Stage.FINAL: "金额之后"}


def page() -> str:
    """The whole page."""
    lines = [
        "# 政策规则参考",
        "",
        "由 `tools/generate_policy_reference.py` 生成，请勿手改。怎样计算见 [policy](../algorithms/policy.md)。",
        "",
        "## 参数",
        "",
        "| 参数 | 名称 | 单位或取值 | 可按何分档 | 可不限 | 文件夹 |",
        "|---|---|---|---|---|---|",
    ]
    for row in CATALOGUE.values():
        values = {"flag": "是/否", "order": "类别的顺序", "choice": "、".join(f"`{c}`" for c in row.choices)}
        unit = row.unit or values[row.shape]
        axes = "、".join(_AXES[axis] for axis in row.axes)
        limit = "是" if row.limit else ""
        lines.append(f"| `{row.key}` | {row.title} | {unit} | {axes} | {limit} | {row.area} |")
    lines += ["", "## 保障对象类别", "", "| 编号 | 类别 | 代码 |", "|---|---|---|"]
    lines += [f"| {kind.number} | {kind.name} | `{kind.code}` |" for kind in HOUSEHOLD_TYPES]
    lines += ["", "## 条件", ""]
    for programme in PROGRAMMES.values():
        lines += [f"### {programme.title} `{programme.code}`", "", f"依据：{programme.document}。", ""]
        if programme.amount is not None:
            lines += [f"金额：{programme.rounding}。", ""]
        lines += ["| 位 | 条件 | 代码 | 对谁 | 依据 | 判断 |", "|---|---|---|---|---|---|"]
        lines += [
            f"| {c.number} | {c.title} | `{c.code}` | {_STAGES[c.stage]} | {c.article} | {c.test.formula().replace('|', '/')} |"
            for c in programme.conditions
        ]
        lines.append("")
    lines += ["## 家庭情况", "", "| 列 | 名称 | 范围 | 单位 |", "|---|---|---|---|"]
    for kind in FACT_KINDS.values():
        unit = "是/否" if kind.flag else kind.print(kind.scale).lstrip("0123456789.,约") or "数"
        unit = {"元": "分", "元/月": "分/月", "㎡": "0.01㎡"}.get(unit, unit)
        unit = "0 无、1 学士、2 硕士、3 博士" if kind.name == "degree" else unit
        span = "" if kind.flag else f"{kind.low} 至 {kind.high:,}"
        lines.append(f"| `{kind.name}` | {kind.title} | {span} | {unit} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Writes the page, or checks it."""
    text = page()
    if "--check" in sys.argv[1:]:
        current = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text
        if not current:
            sys.stderr.write(f"{TARGET.name} 不是最新的，请运行 make gen。\n")
        return 0 if current else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
