"""Family P: what the law and the standards ask of a publication besides right figures. Source: performance.md §5.11."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from guangsha.checker.document import PageLayout, Passage, squeeze
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held, not_checked
from guangsha.checker.rules.metadata import NO_DOCUMENT, line_place, printed_date
from guangsha.facts.concepts import CONCEPTS
from guangsha.facts.fact import Fact
from guangsha.facts.forms import ACCOUNTS
from guangsha.kernel.findings import Place, Relation, Severity
from guangsha.kernel.measures import parse_quantity
from guangsha.kernel.numbers import plain

_NOT_ACCOUNTS = "这不是部门决算公开文档"
_LAW = "《预算法》第十四条；《地方预决算公开操作规程》财预〔2016〕143号"
_APPROVED = re.compile(
    r"批复[^。；]{0,20}?20\d\d\s*[年.\-/]\s*\d{1,2}\s*[月.\-/]\s*\d{1,2}|20\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日[^。；]{0,30}?批复"
)
#: 预算法第十四条: within twenty days of approval.
_DAYS_MAX = 20


def _is_accounts(case: Case) -> bool:
    return sum(1 for table in ACCOUNTS if case.report.accounts(table)) >= 3


@rule(
    "P01",
    title="批复后二十日内公开",
    scope="部门决算公开",
    formula="公开日期－批复日期≤20 日",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="预算法规定经批复的决算在二十日内向社会公开。",
    source="《预算法》第十四条",
    absent="文档没有同时列出批复日期和公开日期",
)
def p01(case: Case) -> Iterator[Relation]:
    published = case.facts.find("unit.report_date")
    day = printed_date(published.text) if published else None
    if case.document is None or published is None or day is None:
        return
    for passage, match in case.document.search(_APPROVED):
        approved = printed_date(match[0])
        if approved is None or not 0 <= (day - approved).days <= 366:
            continue
        subject = f"批复日期 {approved} 与公开日期 {day}"
        days = (day - approved).days
        if days <= _DAYS_MAX:
            yield held("P01", subject)
        else:
            yield broken(
                "P01", Severity.WARNING, "deadline", f"{subject}相隔 {days} 日，超过 {_DAYS_MAX} 日。", subject=subject,
                expected=f"≤{_DAYS_MAX} 日", found=f"{days} 日",
                places=[passage.place(match.start(), match.end()), published.place()], advice="请核对两个日期，或说明延后公开的原因。",
            )  # fmt: skip
        return


@rule(
    "P02",
    title="支出公开到功能分类项级、经济分类款级",
    scope="公开 02、03、05、06 表",
    formula="02、03、05 表列至 7 位功能科目；06 表列至 5 位经济科目",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="只列到类，读者看不出钱用在什么事上。",
    source=_LAW,
    example="江岸区 2024 年度：列至项级和款级，相符。",
    absent=_NOT_ACCOUNTS,
)
def p02(case: Case) -> Iterator[Relation]:
    for table, digits, level in (
        ("revenue", 7, "项级"), ("expenditure", 7, "项级"), ("general_expenditure", 7, "项级"), ("basic_detail", 5, "款级"),
    ):  # fmt: skip
        accounts = case.report.accounts(table)
        codes = [row for row in accounts.rows if row.isdigit()] if accounts else []
        if not codes:
            continue
        title = CONCEPTS[f"accounts.{table}"].label
        subject = f"“{title}”的科目级次"
        if any(len(code) == digits for code in codes):
            yield held("P02", subject)
            continue
        facts = [
            fact for code in codes[:3] for column in accounts.columns if (fact := accounts.cell(code, column))
        ]
        yield broken(
            "P02", Severity.ERROR, "detail", f"“{title}”只列到 {max(map(len, codes))} 位科目，没有列到{level}。",
            subject=subject, expected=f"{digits} 位科目（{level}）", found=f"{max(map(len, codes))} 位科目", facts=facts[:3],
            advice=f"请按规定公开到{level}。",
        )  # fmt: skip


@rule(
    "P03",
    title="“三公”经费分项列示并说明增减原因",
    scope="公开 09 表与情况说明九",
    formula="公务用车经费列出购置费、运行维护费；决算与预算不同时写明原因",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="“三公”经费是公开的重点，分项和原因缺一不可。",
    source=_LAW,
    example="江岸区 2024 年度：购置、运行分列，写明原因，相符。",
    absent="没有“三公”经费支出决算表",
)
def p03(case: Case) -> Iterator[Relation]:
    table = case.report.accounts("three_public")
    if not table:
        return
    vehicles = table.cell("executed", "vehicles")
    subject = "公务用车购置费、运行维护费的分列"
    if vehicles is not None and vehicles.number != 0:
        if table.cell("executed", "vehicle_running") or table.cell("executed", "vehicle_purchase"):
            yield held("P03", subject)
        else:
            yield broken(
                "P03", Severity.WARNING, "detail", f"公务用车经费 {vehicles.text} 万元没有分列购置费和运行维护费。",
                subject=subject, expected="分列", found="未分列", facts=[vehicles], advice="请分列公布。",
            )  # fmt: skip
    spent, budget = table.cell("executed", "total"), table.cell("budget", "total")
    if case.document is None or spent is None or budget is None or spent.number == budget.number:
        return
    subject = "“三公”经费增减原因"
    told = case.document.section("三公")
    if not told:
        yield not_checked("P03", subject, "没有找到“三公”经费的情况说明")
    elif any(re.search("原因|由于|主要是|因为", line.text) for line in told):
        yield held("P03", subject)
    else:
        yield broken(
            "P03", Severity.WARNING, "reason", f"“三公”经费决算 {spent.text} 与预算 {budget.text} 不同，没有说明原因。",
            subject=subject, facts=[spent, budget], advice="请写明增减原因。",
        )  # fmt: skip


_TOLD: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("政府采购", "政府采购支出说明", ("货物", "工程", "服务", "中小企业")),
    ("机关运行", "机关运行经费说明", ()),
    ("国有资产", "国有资产占用说明", ("车辆",)),
    ("名词解释", "专业名词解释", ("基本支出", "项目支出", "三公")),
)


#: The section says that there is nothing to tell; years in it are no amounts.
_NOTHING = re.compile(r"[无未]|没有|不(?:涉及|适用|存在)")
_YEARS = re.compile(r"20\d\d年(?:\d{1,2}月(?:\d{1,2}日)?)?")


@rule(
    "P04",
    title="采购、机关运行、国有资产、名词解释写全",
    scope="部门决算公开",
    formula="政府采购分货物、工程、服务并列中小企业金额；机关运行经费、国有资产占用、专业名词均有说明",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="这些内容是规程列明的必公开事项。",
    source=_LAW,
    example="江岸区 2024 年度：政府采购没有写明工程支出为零。",
    absent=_NOT_ACCOUNTS,
)
def p04(case: Case) -> Iterator[Relation]:
    document = case.document
    if document is None or not _is_accounts(case):
        return
    for word, name, wanted in _TOLD:
        lines = document.section(word)
        if not lines:
            yield not_checked("P04", name, "没有找到这一节")
            continue
        text = squeeze(" ".join(line.text for line in lines))
        missing = [item for item in wanted if item not in text]
        if missing and _NOTHING.search(text) and not re.search(r"[1-9]", _YEARS.sub("", text)):
            yield not_checked("P04", name, "写明没有发生或没有填报，不必分列")
            continue
        if not missing:
            yield held("P04", name)
            continue
        yield broken(
            "P04", Severity.WARNING, "missing", f"{name}没有写明{'、'.join(missing)}。", subject=name,
            expected="、".join(wanted), found=f"缺 {'、'.join(missing)}", places=[line_place(lines[0])],
            advice="请补充；没有发生的，请写明为 0。",
        )  # fmt: skip


@rule(
    "P05",
    title="说明是否扣除涉密事项",
    scope="部门决算公开、项目自评公开",
    formula="公开全部项目自评结果时，写明不包括涉密项目",
    tolerance="–",
    severity=Severity.WARNING,
    why="涉密信息不得公开，写明口径便于核对项目是否列全。",
    source="《预算法》第十四条；《地方预决算公开操作规程》财预〔2016〕143号",
    example="江岸区 2024 年度写明“不包括涉密项目”。",
    absent=NO_DOCUMENT,
)
def p05(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    if any("涉密" in passage.text for passage in case.document.passages):
        yield held("P05", "涉密事项的说明")
    else:
        yield not_checked("P05", "涉密事项的说明", "文档没有提到涉密事项，无从判断是否应当说明")


_TABLE_NUMBER = re.compile(r"公开\s*0?(\d)\s*表")


@rule(
    "P06",
    title="决算表的表号与排列顺序符合当地表式",
    scope="公开 01–09 表",
    formula="表号不重复、按顺序排列，且与当地当年表式一致",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="表号错位会使文字说明引用到另一张表。",
    source="当地部门决算公开表式（口径模板 accounts_numbers）",
    absent="没有读到决算表的表号",
)
def p06(case: Case) -> Iterator[Relation]:
    numbers = [fact for fact in case.facts.select("accounts.number") if _TABLE_NUMBER.search(fact.text)]
    seen: dict[str, Fact] = {}
    for fact in numbers:
        title = CONCEPTS[f"accounts.{fact.dimension('table')}"].label
        printed = _TABLE_NUMBER.search(fact.text)
        digit = printed[1] if printed else ""
        subject = f"“{title}”的表号"
        expected = _TABLE_NUMBER.search(
            case.profile.document.accounts_numbers.get(fact.dimension("table"), "")
        )
        if digit in seen:
            yield broken(
                "P06", Severity.WARNING, "number", f"{subject}“{fact.text}”与另一张表重复。", subject=subject,
                expected=expected[0] if expected else "不重复", found=fact.text, facts=[fact, seen[digit]],
                advice="请更正表号。",
            )  # fmt: skip
        elif expected is not None and expected[1] != digit:
            yield broken(
                "P06", Severity.WARNING, "number", f"{subject}为“{fact.text}”，{case.profile.label}表式为“{expected[0]}”。",
                subject=subject, expected=expected[0], found=fact.text, facts=[fact], advice="请核对表号；当地表式不同的不必更正。",
            )  # fmt: skip
        else:
            yield held("P06", subject)
        seen.setdefault(digit, fact)


#: GB/T 9704-2012 §5: A4, margins in millimetres with the tolerance of one; body in 16 point.
_PAGE = {"width": Decimal(210), "height": Decimal(297)}
_MARGINS = {
    "top": (Decimal(37), "上"),
    "left": (Decimal(28), "左"),
    "bottom": (Decimal(35), "下"),
    "right": (Decimal(26), "右"),
}
_SLACK = Decimal(2)
_BODY_SIZE = Decimal(16)


@rule(
    "P07",
    title="docx 版面符合公文格式",
    scope="Word 文档",
    formula="A4 纸；页边距上 37、下 35、左 28、右 26 毫米；正文 3 号（16 磅）仿宋",
    tolerance="EQ",
    severity=Severity.INFO,
    why="正式公开件按公文格式排版；版面不影响数字，故只作提示。",
    source="GB/T 9704-2012 第 5 章",
    absent="不是 Word 文档，或没有读到版面",
)
def p07(case: Case) -> Iterator[Relation]:
    layout = case.document.layout if case.document else None
    if case.document is None or layout is None:
        return
    subject = "页面与正文版面"
    faults = list(_layout_faults(layout))
    if not faults:
        yield held("P07", subject)
        return
    yield broken(
        "P07", Severity.INFO, "layout", f"版面与公文格式不同：{'；'.join(faults)}。", subject=subject,
        expected="A4，上 37、下 35、左 28、右 26 毫米，仿宋 16 磅", found="；".join(faults),
        places=[Place(case.document.file)], advice="如需按公文格式印发，请调整版面。",
    )  # fmt: skip


def _layout_faults(layout: PageLayout) -> Iterator[str]:
    if any(abs(getattr(layout, side) - size) > _SLACK for side, size in _PAGE.items()):
        yield f"纸张 {plain(layout.width)}×{plain(layout.height)} 毫米"
    for side, (size, name) in _MARGINS.items():
        margin: Decimal = getattr(layout, side)
        if abs(margin - size) > _SLACK:
            yield f"{name}边距 {plain(margin)} 毫米"
    if layout.size is not None and layout.size != _BODY_SIZE:
        yield f"正文 {plain(layout.size)} 磅"
    if layout.font and "仿宋" not in layout.font:
        yield f"正文字体 {layout.font}"


_AMOUNT = re.compile(
    r"(?<![\d.])\d{1,3}(?:[,，]\s?\d{3})+(?:\s?[.．]\s?\d+)?\s*(?:万元|亿元)|(?<![\d.,])\d+(?:\s?[.．]\s?\d+)?\s*(?:万元|亿元)"
)


@rule(
    "P08",
    title="正文金额都有表中依据",
    scope="正文",
    formula="正文每个金额＝某表中的一格，或能由其他句子核对",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="表中没有的金额无从核对，最容易沿用旧稿；这样的金额计入未核对。",
    source="公开文字应由表中数据生成的要求",
    absent=NO_DOCUMENT,
)
def p08(case: Case) -> Iterator[Relation]:
    document = case.document
    if document is None:
        return
    printed = set(_table_amounts(case))
    said = {fact.quantity.base for concept in _SAID for fact in case.facts.select(concept)}
    for passage in document.passages:
        for match in _AMOUNT.finditer(passage.text):
            yield _grounded(passage, match, printed, said)


#: Facts whose only source is the prose itself: finding them there again proves nothing.
_SAID = (
    "statement.amount",
    "detail.amount",
    "detail.economic",
    "detail.function",
    "detail.revenue",
    "detail.programme",
)


def _table_amounts(case: Case) -> Iterator[Decimal]:
    """Every amount of money that a table prints, in fen; of indicator rows the quantities in their words."""
    for fact in case.facts:
        if fact.concept in _SAID:
            continue
        if fact.unit is not None and fact.unit.dimension == "money":
            yield fact.quantity.base
        elif fact.concept in ("indicator.target", "indicator.actual"):
            found = parse_quantity(fact.text.lstrip("≥≤><"))
            if found and found[0].unit is not None and found[0].unit.dimension == "money":
                yield found[0].base


def _grounded(passage: Passage, match: re.Match[str], printed: set[Decimal], said: set[Decimal]) -> Relation:
    found = parse_quantity(match[0])
    amount = found[0].base if found else None
    subject = f"正文金额“{match[0]}”（{passage.place(match.start(), match.end())}）"
    if amount is not None and amount in printed:
        return held("P08", subject)
    if amount is not None and amount in said:
        return not_checked("P08", subject, "表中没有这个数，已由所在句子核对")
    return not_checked("P08", subject, "表中没有这个数，也没有能核对它的句子")
