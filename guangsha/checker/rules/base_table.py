"""Family B: the base data table (部门整体支出绩效评价基础数据表). Source: performance.md §4.2, §5.4.

B03 compares the table with the sentence on posts and needs prose; it comes with the reader of documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from guangsha.checker.reasons import explains
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    HALF,
    Wording,
    broken,
    check_at_most,
    check_cell,
    check_percent,
    check_sum,
    held,
    in_unit,
    last_digit,
    not_checked,
)
from guangsha.checker.subjects import LOCAL_FORMS, NO_OVERALL, sheet_title
from guangsha.facts.fact import Fact
from guangsha.facts.forms import BASE_LINES
from guangsha.facts.report import BaseLine, Report, Sheet
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import divide, plain, round_to

_FORM = f"部门整体支出绩效评价基础数据表及说明；{LOCAL_FORMS}"
_NO_TABLE = "没有填列基础数据表"
_COLUMNS = {"prior": "上年决算数", "budget": "本年预算数", "executed": "本年决算数"}


def _cell(line: BaseLine | None, column: str) -> Fact | None:
    if line is None:
        return None
    return {"prior": line.prior, "budget": line.budget, "executed": line.executed}[column]


def _at(report: Report, line: str, column: str) -> Fact | None:
    return _cell(report.base_line(line), column)


@rule(
    "B01",
    title="控制率等于实有人数除以编制数",
    scope="基础数据表",
    formula="控制率＝实有在职人数÷编制数×100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="控制率反映是否超编，由两个整数算出，不会有误差。",
    source=_FORM,
    example="岳阳市 73÷75＝97.33%，印 97.3%，相符；岳阳楼区 13÷14＝92.86%，相符。",
    absent="没有公布控制率",
)
def b01(case: Case) -> Iterator[Relation]:
    printed = case.facts.find("staff.control_rate", basis="published")
    if printed is None:
        return
    posts, staff = case.facts.find("staff.established"), case.facts.find("staff.employed")
    wording = Wording("基础数据表的控制率", "请按实有在职人数÷编制数重新计算控制率。")
    if posts is None or staff is None:
        lacking = "编制数" if posts is None else "实有在职人数"
        yield broken(
            "B01", Severity.WARNING, "missing", f"基础数据表列示控制率 {plain(printed.number)}%，{lacking}却为空。",
            subject=wording.subject, expected=lacking, found="", facts=(printed,), advice=f"请补填{lacking}。",
        )  # fmt: skip
    else:
        yield check_percent("B01", Severity.ERROR, printed, staff, posts, wording, inputs_exact=True)


@rule(
    "B02",
    title="超编的须在问题中说明",
    scope="基础数据表与正文",
    formula="实有在职人数＞编制数 ⇒ 存在的问题中提到超编",
    tolerance="–",
    severity=Severity.WARNING,
    why="财政供养人员超编是绩效评价的扣分事项。",
    source=_FORM,
    absent="没有填列编制数和实有在职人数",
)
def b02(case: Case) -> Iterator[Relation]:
    posts, staff = case.facts.find("staff.established"), case.facts.find("staff.employed")
    if posts is None or staff is None:
        return
    subject = "超编情况的说明"
    problems = case.report.text("unit.problems")
    if staff.number <= posts.number or any(word in problems for word in ("超编", "编制", "控制率")):
        yield held("B02", subject)
        return
    yield broken(
        "B02", Severity.WARNING, "missing",
        f"实有在职 {plain(staff.number)} 人，超过编制 {plain(posts.number)} 人，存在的问题中没有说明。",
        subject=subject, expected=f"≤{plain(posts.number)}", found=plain(staff.number), facts=(staff, posts),
        advice="请在“存在的问题及原因分析”中说明超编的原因和消化措施。",
    )  # fmt: skip


@rule(
    "B04",
    title="三公经费等于各分项之和",
    scope="基础数据表",
    formula="三公经费＝公务用车＋出国＋公务接待；公务用车＝购置＋运行维护（三列分别核对）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="三公经费是社会最关注的公开数字，分项必须相加得出合计。",
    source=_FORM,
    example="岳阳市：4.13＝0＋4.13，相符。",
    absent="没有填列三公经费",
)
def b04(case: Case) -> Iterator[Relation]:
    report = case.report
    for column, label in _COLUMNS.items():
        total = _at(report, "three_public", column)
        vehicles = _at(report, "vehicles", column)
        inner = [
            cell for line in ("vehicle_purchase", "vehicle_running") if (cell := _at(report, line, column))
        ]
        others = [cell for line in ("abroad", "reception") if (cell := _at(report, line, column))]
        parts = ([vehicles] if vehicles else inner) + others
        subject = f"基础数据表三公经费{label}"
        if total is not None and parts:
            wording = Wording(f"{subject}与其分项之和", "请核对公务用车、出国、公务接待三项。")
            yield check_sum("B04", Severity.ERROR, total, parts, wording)
        elif total is not None or parts:
            yield not_checked("B04", subject, "合计与分项没有同时填列")
        if vehicles is not None and inner:
            wording = Wording(f"基础数据表公务用车经费{label}与其分项之和", "请核对公车购置和运行维护。")
            yield check_sum("B04", Severity.ERROR, vehicles, inner, wording)


@rule(
    "B05",
    title="三公经费不超预算、不超上年",
    scope="基础数据表",
    formula="三公经费本年决算≤本年预算；本年决算≤上年决算",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="三公经费只减不增是各级财政的一贯要求，超出须说明。",
    source=f"《党政机关厉行节约反对浪费条例》；{_FORM}",
    example="岳阳市：决算 4.13，预算 6，上年 6，相符。",
    absent="没有填列三公经费",
)
def b05(case: Case) -> Iterator[Relation]:
    line = case.report.base_line("three_public")
    if line is None:
        return
    for column, limit in (("budget", line.budget), ("prior", line.prior)):
        subject = f"三公经费本年决算数与{_COLUMNS[column]}"
        if line.executed is None or limit is None:
            yield not_checked("B05", subject, "三公经费的决算数或对照数未填")
            continue
        wording = Wording(subject, "请核对；确有增加的，在报告中说明原因。")
        yield check_at_most("B05", Severity.WARNING, line.executed, limit, wording)


def _programmes(report: Report) -> list[BaseLine]:
    """The rows under 项目支出, in printed order."""
    return [line for line in report.base_lines if line.line not in BASE_LINES]


def _is_child(line: BaseLine, parent: BaseLine) -> bool:
    # Line ids may carry the prefix of their part of the form; a parent is named by its bare key.
    return bool(line.parent) and line.parent in (parent.line, parent.line.rsplit(".", 1)[-1])


@rule(
    "B06",
    title="项目支出等于各项目行之和",
    scope="基础数据表",
    formula="项目支出＝∑项目行；专项资金＝∑其下各专项（三列分别核对）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="项目支出要求逐项列全，合计对不上说明漏列或重列。",
    source=f"基础数据表说明“项目支出需要填报基本支出以外的所有项目支出情况”；{LOCAL_FORMS}",
    example="岳阳市：283＋1515＋3638＋137＋0＝5573；岳阳楼区：30.56＋0＋913.06＝943.62，均相符。",
    absent="没有填列项目支出各行",
)
def b06(case: Case) -> Iterator[Relation]:
    lines = _programmes(case.report)
    if not lines:
        return
    top = [line for line in lines if not any(_is_child(line, other) for other in lines)]
    for column, label in _COLUMNS.items():
        parts: list[Fact] = []
        for line in top:
            own = _cell(line, column)
            inner = [cell for other in lines if _is_child(other, line) and (cell := _cell(other, column))]
            # A heading row such as 市级专项资金 may be blank: then its sub-rows are the addends.
            parts += [own] if own is not None else inner
            if own is not None and inner:
                wording = Wording(
                    f"基础数据表“{line.name}”{label}与其下各行之和", "请核对专项资金各行，一个专项一行。"
                )
                yield check_sum("B06", Severity.ERROR, own, inner, wording)
        total = _at(case.report, "project_total", column)
        wording = Wording(f"基础数据表项目支出{label}与各项目行之和", "请核对是否漏列或重列项目。")
        if total is None or not parts:
            yield not_checked("B06", wording.subject, "合计或各行没有填列")
        else:
            yield check_sum("B06", Severity.ERROR, total, parts, wording)


@rule(
    "B07",
    title="“其中”各项不超过公用经费",
    scope="基础数据表",
    formula="办公经费＋水电差旅费＋会议培训费≤公用经费（三列分别核对）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="其中项是部分，不能大于整体。",
    source=_FORM,
    example="岳阳市：49.24＋24.49＝73.73≤138.21，相符。",
    absent="没有填列公用经费的其中项",
)
def b07(case: Case) -> Iterator[Relation]:
    report = case.report
    for column, label in _COLUMNS.items():
        whole = _at(report, "public_total", column)
        names = ("office", "utilities_travel", "meeting_training")
        parts = [cell for name in names if (cell := _at(report, name, column)) is not None]
        if not parts:
            continue
        subject = f"基础数据表公用经费{label}的其中项"
        if whole is None:
            yield not_checked("B07", subject, "公用经费未填")
            continue
        total = sum((in_unit(part, whole.unit) for part in parts), Decimal(0))
        envelope = sum((last_digit(fact, 2) * HALF for fact in (whole, *parts)), Decimal(0))
        if total - whole.number <= envelope:
            yield held("B07", subject, whole, *parts)
            continue
        formula = "＋".join(plain(part.number) for part in parts)
        yield broken(
            "B07", Severity.ERROR, "limit",
            f"{subject}合计 {plain(total)}（{formula}），超过公用经费 {plain(whole.number)}。",
            subject=subject, expected=f"≤{plain(whole.number)}", found=plain(total), tolerance=plain(envelope),
            facts=(*parts, whole), advice="请核对其中项，或更正公用经费。",
        )  # fmt: skip


def _goods_and_services(case: Case) -> Fact | None:
    """商品和服务支出 of basic expenditure, from the text, else from the accounts."""
    return (
        case.facts.find("detail.economic", economic="302")
        or case.facts.find("detail.amount", item="public")
        or case.report.accounts("basic_detail").cell("302", "amount")
    )


@rule(
    "B08",
    title="公用经费等于基本支出中的商品和服务支出",
    scope="基础数据表与正文",
    formula="公用经费本年决算＝基本支出的商品和服务支出（302）",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="表注写明公用经费填基本支出中的一般商品和服务支出。",
    source=f"基础数据表说明“公用经费填报基本支出中的一般商品和服务支出”；{LOCAL_FORMS}",
    example="岳阳市 138.21 与正文 138.21 相符；岳阳楼区 23.52 与正文 38.50 不符。",
    absent="没有填列公用经费",
)
def b08(case: Case) -> Iterator[Relation]:
    public = _at(case.report, "public_total", "executed")
    if public is None:
        return
    wording = Wording(
        "基础数据表公用经费与正文商品和服务支出", "请以决算商品和服务支出（基本支出部分）为准更正。"
    )
    stated = _goods_and_services(case)
    if stated is None:
        yield not_checked("B08", wording.subject, "正文没有商品和服务支出")
    else:
        yield check_cell("B08", Severity.ERROR, public, stated, wording)


@rule(
    "B09",
    title="公用经费的其中项与经济分类相符",
    scope="基础数据表与正文",
    formula="办公经费＝30201；水电差旅费＝30205＋30206＋30211；会议培训费＝30215＋30216",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="同一笔支出在表和正文里各列一次，应当一致。",
    source=f"政府收支分类科目部门预算支出经济分类；{LOCAL_FORMS}",
    example="岳阳楼区：水电差旅 0.50＋3.50＋0.53＝4.53、会议培训 0.30 相符；办公经费 4.2 与正文 4.13 不符。",
    absent="没有填列公用经费的其中项",
)
def b09(case: Case) -> Iterator[Relation]:
    codes = {
        "office": ("办公经费", ("30201",)),
        "utilities_travel": ("水费、电费、差旅费", ("30205", "30206", "30211")),
        "meeting_training": ("会议费、培训费", ("30215", "30216")),
    }
    for line, (label, economic) in codes.items():
        printed = _at(case.report, line, "executed")
        if printed is None:
            continue
        wording = Wording(
            f"基础数据表{label}与正文经济分类", "请与决算基本支出经济分类核对，更正不一致的一处。"
        )
        stated = [fact for code in economic if (fact := case.facts.find("detail.economic", economic=code))]
        if not stated:
            yield not_checked("B09", wording.subject, "正文没有相应的经济分类支出")
        else:
            yield check_sum("B09", Severity.WARNING, printed, stated, wording)


def _table_against_overall(
    case: Case, rule_id: str, line: str, nature: str, label: str
) -> Iterator[Relation]:
    printed = _at(case.report, line, "executed")
    if printed is None:
        return
    overall = case.report.overall
    stated = overall.by_expenditure().get(nature) if overall else None
    wording = Wording(f"基础数据表{label}与整体自评表{label}", "两处应为同一决算数，请更正其中一处。")
    if stated is None:
        yield not_checked(rule_id, wording.subject, f"整体自评表没有{label}" if overall else NO_OVERALL)
    else:
        yield check_cell(rule_id, Severity.ERROR, printed, stated, wording)


@rule(
    "B10",
    title="基础数据表项目支出与整体自评表相符",
    scope="基础数据表与整体自评表",
    formula="基础数据表项目支出本年决算＝整体自评表项目支出",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="两张附表列示同一笔决算数。",
    source=_FORM,
    example="岳阳市 1874.05、岳阳楼区 942.58，均相符。",
    absent="没有填列项目支出决算数",
)
def b10(case: Case) -> Iterator[Relation]:
    yield from _table_against_overall(case, "B10", "project_total", "project", "项目支出")


@rule(
    "B11",
    title="基础数据表基本支出与整体自评表相符",
    scope="基础数据表与整体自评表",
    formula="部门基本支出预算调整本年决算＝整体自评表基本支出",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="两张附表列示同一笔决算数。",
    source=_FORM,
    example="岳阳市 1323.41，相符。",
    absent="没有填列基本支出预算调整行的决算数",
)
def b11(case: Case) -> Iterator[Relation]:
    yield from _table_against_overall(case, "B11", "basic_adjusted", "basic", "基本支出")


@rule(
    "B12",
    title="政府采购决算不超过预算",
    scope="基础数据表",
    formula="政府采购金额本年决算≤本年预算，超出须说明",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="政府采购应当严格按照批准的预算执行。",
    source="《政府采购法》第六条；基础数据表“政府采购金额”行",
    example="岳阳市：决算 341.98，预算 290.89，超出 51.09，未说明。",
    absent="没有填列政府采购金额",
)
def b12(case: Case) -> Iterator[Relation]:
    line = case.report.base_line("procurement")
    if line is None:
        return
    subject = "政府采购金额本年决算数"
    if line.executed is None or line.budget is None:
        yield not_checked("B12", subject, "政府采购的预算数或决算数未填")
        return
    explained = "采购" in case.report.text("unit.problems")
    wording = Wording(subject, "请核对采购预算是否已调整；确属超预算采购的，请说明原因。")
    yield check_at_most("B12", Severity.WARNING, line.executed, line.budget, wording, explained=explained)


@rule(
    "B13",
    title="楼堂馆所不超批复规模和投资概算",
    scope="基础数据表",
    formula="规模控制率＝实际规模÷批复规模≤100%；投资概算控制率＝实际投资÷预算投资≤100%",
    tolerance="PCT",
    severity=Severity.WARNING,
    why="超规模、超概算建设须经原审批机关批准。",
    source=f"《机关团体建设楼堂馆所管理条例》；{LOCAL_FORMS}",
    absent="本年没有完工的楼堂馆所项目",
)
def b13(case: Case) -> Iterator[Relation]:
    for concept, label in (("base.area", "规模控制率"), ("base.invested", "投资概算控制率")):
        approved = case.facts.find(concept, line="approved")
        actual = case.facts.find(concept, line="actual")
        if approved is None and actual is None:
            continue
        if approved is None or actual is None or approved.number == 0:
            yield not_checked("B13", label, "批复数或实际数未填")
            continue
        rate = divide(actual.number * 100, approved.number)
        if rate <= 100:
            yield held("B13", label)
            continue
        yield broken(
            "B13", Severity.WARNING, "limit",
            f"楼堂馆所{label}为 {plain(round_to(rate, 2))}%"
            f"（{plain(actual.number)}÷{plain(approved.number)}），超过 100%。",
            subject=label, expected=f"≤{plain(approved.number)}", found=plain(actual.number),
            facts=(actual, approved), advice="请核对数据；确属超出的，请说明批准依据。",
        )  # fmt: skip


@rule(
    "B14",
    title="上年决算数与上年报告相符",
    scope="基础数据表（跨年）",
    formula="本年表“上年决算数”列＝上年表“本年决算数”列",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="上年数已经公开，今年引用时不得改动。",
    source=_FORM,
    absent="没有上年的基础数据表",
)
def b14(case: Case) -> Iterator[Relation]:
    for line in case.report.base_lines:
        then = case.facts.find("base.amount", year=case.facts.year - 1, line=line.line, stage="executed")
        if then is None or line.prior is None:
            continue
        name = line.name or BASE_LINES.get(line.line, (line.line, 0))[0]
        wording = Wording(f"基础数据表“{name}”的上年决算数与上年报告", "请以上年公开的决算数为准更正。")
        yield check_cell("B14", Severity.ERROR, line.prior, then, wording)


@rule(
    "B15",
    title="厉行节约保障措施不为空",
    scope="基础数据表",
    formula="“厉行节约保障措施”一栏有内容",
    tolerance="–",
    severity=Severity.INFO,
    why="该栏是基础数据表的必填栏，空着会被退回。",
    source=_FORM,
    example="岳阳市 2023 年度该栏为空。",
    absent=_NO_TABLE,
)
def b15(case: Case) -> Iterator[Relation]:
    if not case.report.base_lines:
        return
    subject = "厉行节约保障措施"
    if explains(case.report.text("unit.thrift")):
        yield held("B15", subject)
        return
    facts = [cell for line in case.report.base_lines[:1] if (cell := line.executed or line.budget)]
    yield broken(
        "B15", Severity.INFO, "missing", "基础数据表的“厉行节约保障措施”为空。",
        subject=subject, expected="填写措施", found="", facts=facts, advice="请写明本年厉行节约的具体做法。",
    )  # fmt: skip


@rule(
    "B16",
    title="项目行与项目自评表相符",
    scope="基础数据表与项目自评表",
    formula="基础数据表项目行＝项目自评表年度资金总额（本年决算＝全年执行数；本年预算＝年初预算数）",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="同一个项目在两张附表里的年初预算和执行数应当相同。",
    source=_FORM,
    example="岳阳楼区公租房租赁补贴：决算 922.45 相符；年初预算基础数据表为 0，项目自评表为 921.23，不符。",
    absent="没有可与基础数据表对应的项目自评表",
)
def b16(case: Case) -> Iterator[Relation]:
    for sheet in case.report.projects:
        line = _line_of(case.report, sheet)
        if line is None:
            continue
        money = sheet.funds()
        for label, cell, amount in (
            ("年初预算数", line.budget, money.initial),
            ("全年执行数", line.executed, money.executed),
        ):
            subject = f"基础数据表“{line.name}”与{sheet_title(sheet)}的{label}"
            if cell is None or amount is None:
                yield not_checked("B16", subject, "有一处未填")
                continue
            wording = Wording(subject, "两处应为同一数，请按预算批复和决算更正其中一处。")
            yield check_cell("B16", Severity.ERROR, cell, amount, wording)


@rule(
    "B17",
    title="基础数据表的预算数与整体自评表的预算分解相符",
    scope="基础数据表与整体自评表",
    formula="公用经费、项目支出本年预算＝整体自评表或总体目标所列年初预算的公用、项目部分",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="同一笔年初预算在两张附表各列一次，应当一致。",
    source=_FORM,
    example="岳阳楼区 2025 年度：公用经费预算 25.2，总体目标写运转（公用类）25.20 万元；项目支出均为 22，相符。",
    absent="没有列出按支出性质分解的年初预算",
)
def b17(case: Case) -> Iterator[Relation]:
    overall = case.report.overall
    stated = overall.by_expenditure("initial") if overall else {}
    for line, nature, label in (
        ("public_total", "public", "公用经费"),
        ("project_total", "project", "项目支出"),
    ):
        printed, part = _at(case.report, line, "budget"), stated.get(nature)
        if printed is not None and part is not None:
            wording = Wording(
                f"基础数据表{label}预算数与整体自评表的预算分解",
                "请与批复的年初预算核对，更正其中一处；口径不同的，请注明。",
            )
            yield check_cell("B17", Severity.WARNING, printed, part, wording)


def _line_of(report: Report, sheet: Sheet) -> BaseLine | None:
    """The base-table row that ``sheet`` is: as declared, else the one row whose name is the project's."""
    lines = _programmes(report)
    declared = sheet.text("budget_line")
    if declared:
        return next((line for line in lines if declared in (line.line, line.line.rsplit(".", 1)[-1])), None)
    named = [line for line in lines if line.name and line.name in sheet.name]
    return named[0] if len(named) == 1 else None
