"""Live previews of the fill-in workbook: totals, rates and estimated scores, and drop-downs by profile.

Only previews: the published scores come from ``guangsha.scoring``, exactly and with their reasons. Formulas use
functions that Excel, WPS and LibreOffice share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guangsha.documents.workbook_form import Block, Form
from guangsha.documents.workbook_words import DIRECTION_WORDS, METHOD_WORDS
from guangsha.documents.writing.workbook_sheet import Computed, ComputedRow, Extras, RowFormula, Span
from guangsha.facts.classification import class_rows, classification, name_of
from guangsha.facts.forms import (
    BASE_COLUMNS,
    FISCAL_EXPENDITURE,
    FISCAL_INCOME,
    FUNDS,
    NATURES,
    OVERVIEW_EXPENDITURE,
    OVERVIEW_INCOME,
    REVENUE_SOURCES,
    ROLLUP_COMPONENTS,
    STAGES,
)
from guangsha.kernel.numbers import plain
from guangsha.scoring.profile import PROFILE_IDS, Profile

#: Level-1 and level-2 names of the national forms (财预 2015 年 88 号 and the newer 成本 form), after the profile's own.
_LEVEL1 = ("产出指标", "效益指标", "满意度指标", "成本指标")
_LEVEL2 = (
    "数量指标", "质量指标", "时效指标", "成本指标", "经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标",
    "服务对象满意度指标", "经济成本指标", "社会成本指标", "生态环境成本指标",
)  # fmt: skip
#: Final-accounts tables whose total column is the sum of the others (performance.md §4.7).
_TOTAL_PARTS: dict[str, tuple[str, ...]] = {
    "revenue": ("fiscal", "superior", "business", "operating", "affiliated", "other"),
    "expenditure": ("basic", "project", "to_superior", "operating", "to_affiliated"),
    "fiscal_overview": ("general_public", "government_fund", "state_capital"),
    "general_expenditure": ("basic", "project"),
    "government_fund": ("basic", "project"),
    "state_capital": ("basic", "project"),
    "three_public": ("abroad", "vehicles", "reception"),
}


def extras_for(form: Form, block: Block, profile: Profile, year: int, spans: Mapping[str, Span]) -> Extras:
    """What the writer adds to ``block``; ``spans`` fills as the blocks are laid out."""
    if form.mark.startswith("accounts.") and block.id == "rows":
        return _account(form.mark.removeprefix("accounts."), year)
    made = {
        ("about", "head"): Extras(choices={"profile": PROFILE_IDS}),
        ("about", "staff"): Extras(below=[_control_rate()]),
        ("base", "lines"): Extras(below=[_three_public_check()]),
        ("base", "programmes"): Extras(below=[_programmes_total()]),
        ("detail", "economic"): Extras(rows=_economic_rows(year)),
        ("detail", "function"): Extras(rows={row.code: f"{row.code} {row.name}" for row in class_rows(year)}),
        ("rollup", "members"): Extras(computed=[_components_check()]),
        ("rollup", "published"): Extras(choices={"grade": _grades(profile)}),
    }
    extras = made.get((form.mark, block.id))
    return extras or _scoring(block, profile, spans) or Extras()


def _grades(profile: Profile) -> tuple[str, ...]:
    return tuple(grade.label for grade in profile.grades)


def _scoring(block: Block, profile: Profile, spans: Mapping[str, Span]) -> Extras | None:
    """Previews of a scoring sheet."""
    if block.id == "funds":
        return Extras(
            computed=[
                Computed("执行率（%）", "executed", _rate),
                Computed("预估执行得分", "executed", _execution(profile, spans)),
            ],
            below=[_funds_check()],
        )
    if block.id == "by_revenue":
        return Extras(below=[_fields_total("合计（应等于全年预算数）", tuple(REVENUE_SOURCES))])
    if block.id == "by_expenditure":
        return Extras(below=[_fields_total("基本支出与项目支出合计（应等于全年执行数）", tuple(NATURES)[:2])])
    if block.id == "indicators":
        level1 = tuple(dict.fromkeys([*(b.name for b in profile.blocks), *_LEVEL1]))
        level2 = tuple(dict.fromkeys([*(name for b in profile.blocks for name in b.level2), *_LEVEL2]))
        return Extras(
            computed=[Computed("预估得分", "weight", _indicator(profile))],
            below=[_indicator_totals()],
            choices={"level1": level1, "level2": level2},
        )
    if block.id == "published":
        return Extras(choices={"grade": _grades(profile)})
    return None


# --- scoring sheets ----------------------------------------------------------------------------------------


def _rate(row: int, span: Span) -> str:
    budget, executed = f"{span.letters['full_year']}{row}", f"{span.letters['executed']}{row}"
    return f'IF(N({budget})=0,"",ROUND(N({executed})/{budget}*100,2))'


def _execution(profile: Profile, spans: Mapping[str, Span]) -> RowFormula:
    """The execution score of the total row: linear up to the cap, or by bands."""

    def formula(row: int, span: Span) -> str:
        if row != span.rows.get("total"):
            return ""
        head = spans["head"]
        own_weight = f"{head.letters['value']}{head.rows['execution_weight']}"
        weight = f"IF(ISNUMBER({own_weight}),{own_weight},{plain(profile.execution_weight)})"
        budget, executed = f"{span.letters['full_year']}{row}", f"{span.letters['executed']}{row}"
        rate = f"N({executed})/{budget}"
        if profile.execution_bands:
            score = "0"
            for least, points in reversed(profile.execution_bands):
                score = f"IF({rate}>={plain(least)},{plain(points)},{score})"
        else:
            earned = f"MIN(1,{rate})" if profile.execution_cap else rate
            score = f"ROUND({weight}*{earned},{profile.execution_score.places})"
        return f'IF(N({budget})=0,"",{score})'

    return formula


def _funds_check() -> ComputedRow:
    def formulas(span: Span) -> dict[str, str]:
        first, *_, last = (key for key in FUNDS if key != "total")
        made = {}
        for stage in STAGES:
            letters = span.letters[stage]
            made[stage] = f"SUM({letters}{span.rows[first]}:{letters}{span.rows[last]})"
        return made

    return ComputedRow("分项合计（应等于年度资金总额）", formulas)


def _fields_total(label: str, keys: Sequence[str]) -> ComputedRow:
    def formulas(span: Span) -> dict[str, str]:
        letters = span.letters["value"]
        return {"value": "SUM(" + ",".join(f"{letters}{span.rows[key]}" for key in keys) + ")"}

    return ComputedRow(label, formulas)


def _leading_number(cell: str) -> str:
    """A formula for the number at the start of a text such as ``≥1000户``; an error where there is none."""
    bare = cell
    for sign in ("≥", "≤", ">", "<", "=", " "):
        bare = f'SUBSTITUTE({bare},"{sign}","")'
    return f"LOOKUP(9E+307,--LEFT({bare},{{1,2,3,4,5,6,7,8,9,10,11,12}}))"


def _indicator(profile: Profile) -> RowFormula:
    """Estimated score of a row whose target and actual begin with numbers; blank where a person must judge."""
    upward = "{w}*{a}/{t}" if profile.positive != "floor60" else "{w}*MAX(0,({a}/{t}-0.6)/0.4)"
    downward = {
        "reciprocal": "{w}*{t}/{a}",
        "linear_to_double": "{w}*(1-({a}-{t})/{t})",
    }.get(profile.negative, "IF({a}<={t},{w},0)")

    def formula(row: int, span: Span) -> str:
        def at(key: str) -> str:
            return f"{span.letters[key]}{row}"

        w, numbers = at("weight"), {"t": _leading_number(at("target")), "a": _leading_number(at("actual"))}
        down = (
            f'OR({at("direction")}="{DIRECTION_WORDS["down"]}",{at("method")}="{METHOD_WORDS["negative"]}",'
            f'LEFT({at("target")},1)="≤",ISNUMBER(FIND("以内",{at("target")})),{at("level1")}="成本指标")'
        )
        earned = f"IF({down},{downward.format(w=w, **numbers)},{upward.format(w=w, **numbers)})"
        ruled = f'IF(OR({at("method")}="",{at("method")}="{METHOD_WORDS["positive"]}",{at("method")}="{METHOD_WORDS["negative"]}"),'
        estimate = f'{ruled}IFERROR(ROUND(MAX(0,MIN({w},{earned})),{profile.indicator_score.places}),""),"")'
        return (
            f'IF({w}="","",IF({at("assessed")}<>"",{at("assessed")},'
            f'IF({at("actual")}="","",IF({at("target")}={at("actual")},{w},{estimate}))))'
        )

    return formula


def _indicator_totals() -> ComputedRow:
    keys = ("weight", "预估得分", "assessed", "published_score")
    return ComputedRow(
        "合计（不含共用分值组和执行分）", lambda span: {key: f"SUM({span.column(key)})" for key in keys}
    )


# --- other sheets ------------------------------------------------------------------------------------------


def _control_rate() -> ComputedRow:
    def formulas(span: Span) -> dict[str, str]:
        value = span.letters["value"]
        established, employed = f"{value}{span.rows['established']}", f"{value}{span.rows['employed']}"
        return {"value": f'IF(N({established})=0,"",ROUND(N({employed})/{established}*100,2))'}

    return ComputedRow("控制率（%）＝在职人数÷编制数", formulas, blank="")


def _three_public_check() -> ComputedRow:
    def formulas(span: Span) -> dict[str, str]:
        made = {}
        for column in BASE_COLUMNS:
            letters = span.letters[column]
            cells = ",".join(f"{letters}{span.rows[key]}" for key in ("vehicles", "abroad", "reception"))
            made[column] = f"SUM({cells})"
        return made

    return ComputedRow("1＋2＋3 合计（应等于三公经费）", formulas)


def _programmes_total() -> ComputedRow:
    def formulas(span: Span) -> dict[str, str]:
        # a row that has rows under it (专项资金) is their sum or blank: only the lowest rows are added
        lowest = f"--(COUNTIF({span.column('parent')},{span.column('key')})=0)"
        return {key: f"SUMPRODUCT({lowest},{span.column(key)})" for key in BASE_COLUMNS}

    return ComputedRow("合计（应等于项目支出）", formulas)


def _components_check() -> Computed:
    def formula(row: int, span: Span) -> str:
        cells = [f"{span.letters[key]}{row}" for key in ROLLUP_COMPONENTS if key != "total"]
        inside = ",".join(cells)
        return f'IF(COUNT({inside})=0,"",SUM({inside}))'

    return Computed("分项之和", "total", formula)


def _economic_rows(year: int) -> dict[str, str]:
    version = classification(year)
    rows = {}
    for group in dict.fromkeys(group for lane in version.lanes for group in lane):
        for code in (group, *version.economic_details(group)):
            rows[code] = f"{'' if len(code) == 3 else '　'}{code} {name_of(code, year)}"
    return rows


def _account(table: str, year: int) -> Extras:
    """Fixed rows by the classification of the year, a cross-check column, and a column total of the code rows."""
    classes = {f"class.{row.code}": row.label for row in class_rows(year)}
    rows = {
        "overview": {**OVERVIEW_INCOME, **classes, **OVERVIEW_EXPENDITURE},
        "fiscal_overview": {**FISCAL_INCOME, **classes, **FISCAL_EXPENDITURE},
        "basic_detail": {
            **_economic_rows(year),
            "personnel.total": "人员经费合计",
            "public.total": "公用经费合计",
        },
        "three_public": {"budget": "预算数", "executed": "决算数"},
    }.get(table, {"total": "合计"})
    parts = _TOTAL_PARTS.get(table)
    if parts is None:
        return Extras(rows=rows)

    def difference(row: int, span: Span) -> str:
        total = f"{span.letters['total']}{row}"
        cells = ",".join(f"{span.letters[part]}{row}" for part in parts)
        return f'IF(COUNT({total},{cells})=0,"",ROUND(N({total})-SUM({cells}),6))'

    def column_totals(span: Span) -> dict[str, str]:
        return {key: f"SUM({span.column(key)})" for key in ("total", *parts)}

    below = (
        []
        if table in ("fiscal_overview", "three_public")
        else [ComputedRow("各科目合计（应等于合计行）", column_totals)]
    )
    last = "total" if table == "fiscal_overview" else parts[-1]
    return Extras(rows=rows, computed=[Computed("横向核对差额（应为0）", last, difference)], below=below)
