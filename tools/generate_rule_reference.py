"""Writes docs/reference/rules.md from the catalogue of checking rules; ``--check`` fails if the page is stale.

Exit codes: 0 written or current, 1 stale (with ``--check``).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from guangsha.checker import RULES, Rule
from guangsha.checker.run import load_rules

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "rules.md"

#: Family letter → what its rules are about, in the order of the catalogue (performance.md §5).
FAMILIES = {
    "M": "文件的完整和一致",
    "F": "自评表的资金与执行率",
    "K": "绩效指标与得分",
    "B": "基础数据表",
    "N": "自评报告正文",
    "U": "单位与部门汇总",
    "T": "决算表内",
    "X": "决算表间",
    "S": "决算表与情况说明",
    "Y": "年度之间",
    "P": "公开与版式",
    "R": "正文与附表的对应",
}

HEAD = """# 核对规则（勾稽关系）

<!-- 本页由 tools/generate_rule_reference.py 从程序中的规则生成，请勿手工修改；改规则后运行 make gen。 -->

核对时每条规则对报告中的每一处都给出四种结果之一：相符、尾差、不符、未核对。未核对的另行计数，不算相符，并注明原因。
尾差是四舍五入造成的，只作提示，不算错误。误差一栏的记号见[误差容限](../algorithms/tolerances.md)。

等级：**错误**是数字自相矛盾，应当更正；**需核实**应当更正或说明原因；**提示**供参考。

"""


def page(rules: Iterable[Rule]) -> str:
    """The whole page; rules in the order of families, then of their numbers."""
    listed = sorted(rules, key=lambda rule: (_family_order(rule.id), rule.id))
    letters = list(dict.fromkeys(rule.id[0] for rule in listed))
    lines = [HEAD, f"共 {len(listed)} 条：\n\n"]
    for letter in letters:
        own = [rule for rule in listed if rule.id[0] == letter]
        lines.append(f"- [{_heading(letter)}](#{_anchor(letter)})：{len(own)} 条\n")
    for letter in letters:
        own = [rule for rule in listed if rule.id[0] == letter]
        lines.append(f'\n<a id="{_anchor(letter)}"></a>\n\n## {_heading(letter)}\n\n')
        lines += ["| 编号 | 名称 | 核对什么 | 误差 | 等级 |\n", "|---|---|---|---|---|\n"]
        lines += [
            f"| [{rule.id}](#{rule.id.lower()}) | {_cell(rule.title)} | {_cell(rule.scope)} | {_cell(rule.tolerance)} "
            f"| {rule.severity.label} |\n"
            for rule in own
        ]
        lines += [_entry(rule) for rule in own]
    return "".join(lines)


def _family_order(rule_id: str) -> int:
    order = list(FAMILIES)
    return order.index(rule_id[0]) if rule_id[0] in FAMILIES else len(order)


def _heading(letter: str) -> str:
    return f"{letter} {FAMILIES.get(letter, '其他')}"


def _anchor(letter: str) -> str:
    return f"family-{letter.lower()}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _entry(rule: Rule) -> str:
    example = f"- 实例：{rule.example}\n" if rule.example else ""
    return (
        f'\n<a id="{rule.id.lower()}"></a>\n\n### {rule.id} {rule.title}\n\n'
        f"- 关系：{rule.formula}\n"
        f"- 范围：{rule.scope}；误差：{rule.tolerance}；等级：{rule.severity.label}\n"
        f"- 理由：{rule.why}\n"
        f"{example}"
        f"- 依据：{rule.source}\n"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell whether the page is current")
    chosen = parser.parse_args(arguments)
    load_rules()
    fresh = page(RULES.values())
    current = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    if chosen.check:
        if fresh != current:
            print("docs/reference/rules.md 与程序中的规则不一致，请运行 make gen", file=sys.stderr)
        return int(fresh != current)
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(fresh, encoding="utf-8")
    print(f"docs/reference/rules.md：{len(RULES)} 条规则", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
