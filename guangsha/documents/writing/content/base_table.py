"""整体支出绩效评价基础数据表 (performance.md §4.2): staff, controlled expenditure, buildings, thrift."""

from __future__ import annotations

from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.form_parts import Rows, signature_note
from guangsha.documents.writing.prose import strip_zeros
from guangsha.documents.writing.tree import Cell, Table
from guangsha.facts.fact import Fact
from guangsha.facts.forms import BASE_LINES, BUILDINGS
from guangsha.facts.report import BaseLine
from guangsha.kernel.numbers import plain

#: Lines of which last year's final account is never asked for (the form prints a dash).
_NO_PRIOR = ("procurement", "basic_adjusted")
_INDENT = "　　"


def has_base_table(draft: Draft) -> bool:
    """Whether there is anything to print in the form."""
    return bool(draft.report.base_lines)


def base_table(draft: Draft, title: str) -> Table:
    """The form: seven columns, the amounts in pairs of them."""
    year = draft.year
    rows: Rows = [
        [
            draft.head("财政供养人员情况（人）", rows=2),
            draft.head("编制数", cols=2),
            draft.head(f"{year}年实际在职人数", cols=2),
            draft.head("控制率", cols=2),
        ],
        [
            draft.number(draft.fact("staff.established"), cols=2),
            draft.number(draft.fact("staff.employed"), cols=2),
            draft.percent(draft.computed("staff.control_rate"), cols=2),
        ],
        [
            draft.head("经费控制情况（万元）"),
            draft.head(f"{year - 1}年决算数", cols=2),
            draft.head(f"{year}年预算数", cols=2),
            draft.head(f"{year}年决算数", cols=2),
        ],
    ]
    for key, (label, level) in BASE_LINES.items():
        rows.append(_line(draft, draft.report.base_line(key), key, _INDENT * level + label))
        if key == "project_total":
            rows.extend(_programmes(draft))
    rows.extend(_buildings(draft))
    thrift = draft.fact("unit.thrift")
    rows.append([draft.head("厉行节约保障措施"), draft.text(thrift, cols=6, align="left")])
    return Table(
        title=title,
        widths=(3.6, 1.1, 1.1, 1.1, 1.1, 1.1, 1.3),
        rows=rows,
        header_rows=0,
        notes=(
            "说明：基本支出以外的支出全部列入“项目支出”；“公用经费”只列基本支出内的一般商品和服务支出。",
            signature_note(draft),
        ),
        id="base-table",
    )


def _line(draft: Draft, line: BaseLine | None, key: str, label: str) -> list[Cell]:
    prior = line.prior if line else None
    first = draft.cell("——", cols=2) if key in _NO_PRIOR and prior is None else draft.money(prior, cols=2)
    return [
        draft.head(label, align="left"),
        first,
        draft.money(line.budget if line else None, cols=2),
        draft.money(line.executed if line else None, cols=2),
    ]


def named_lines(draft: Draft) -> tuple[BaseLine, ...]:
    """Rows under 项目支出 in the order in which they were named."""
    names = [fact.dimension("line") for fact in draft.facts.select("base.name")]
    found = (draft.report.base_line(line) for line in names if line not in BASE_LINES)
    return tuple(line for line in found if line is not None)


def _programmes(draft: Draft) -> Rows:
    """Rows under 项目支出 in the order given: numbered at the top, their parts below without a number."""
    rows: Rows = []
    number = 0
    for line in named_lines(draft):
        if line.parent:
            label = _INDENT * 2 + line.name
        else:
            number += 1
            label = f"{_INDENT}{number}、{line.name}"
        rows.append(_line(draft, line, line.line, label))
    return rows


def _buildings(draft: Draft) -> Rows:
    found: dict[str, Fact | None] = {
        key: draft.facts.find(concept, line=line) for key, (concept, line, _) in BUILDINGS.items()
    }
    scale = draft.ratio(
        "building.scale",
        found["actual_area"],
        found["approved_area"],
        "实际规模 ÷ 批复规模 × 100%",
        draft.profile.rate,
    )
    cost = draft.ratio(
        "building.cost",
        found["actual_investment"],
        found["approved_investment"],
        "实际投资 ÷ 预算投资 × 100%",
        draft.profile.rate,
    )
    labels = [label for _, _, label in BUILDINGS.values()]
    return [
        [
            draft.head(f"楼堂馆所控制情况（{draft.year}年完工项目）", rows=2),
            *(draft.head(label) for label in (*labels[:2], "规模控制率", *labels[2:], "投资概算控制率")),
        ],
        [
            _area(draft, found["approved_area"]),
            _area(draft, found["actual_area"]),
            draft.percent(scale),
            draft.money(found["approved_investment"]),
            draft.money(found["actual_investment"]),
            draft.percent(cost),
        ],
    ]


def _area(draft: Draft, fact: Fact | None) -> Cell:
    return draft.cell(strip_zeros(plain(fact.number)) if fact else "", fact, align="right")
