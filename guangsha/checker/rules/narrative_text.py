"""Family N, what needs the words themselves: cells quoted, targets passed, counters, denials, problems. Source: performance.md §5.5.

The same fact in several sentences (N13) is in ``narrative_repeats.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from guangsha.checker.document import Passage, squeeze
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import Wording, broken, check_cell, check_percent, held, not_checked
from guangsha.checker.rules.metadata import NO_DOCUMENT, line_place
from guangsha.facts.fact import CellSource, Fact
from guangsha.facts.report import Indicator, Sheet
from guangsha.kernel.findings import Place, Relation, Severity
from guangsha.kernel.measures import Unit
from guangsha.kernel.numbers import plain

_PROSE = "绩效自评报告正文"
NUMBER = r"\d{1,3}(?:[,，]\s?\d{3})+(?:\.\d+)?|\d+(?:\s?\.\s?\d+)?"


def figure_at(
    case: Case,
    passage: Passage,
    match: re.Match[str],
    group: str,
    kind: str,
    role: str,
    unit: Unit | None = None,
) -> Fact:
    """A number of the text as a fact whose source is the very place it was read from.

    Args:
        group: name of the regular-expression group that holds the number.
        kind: ``count``, ``percent`` or ``amount``.
        unit: the unit printed behind the number; the concept's own where none is given.
    """
    start, end = match.span(group)
    place = passage.place(start, end)
    number = Decimal(re.sub(r"[,，\s]", "", match[group]).replace("．", "."))
    source = CellSource(place.file, place.table, place.cell, place.line, place.page, place.quote)
    return Fact.of(
        f"statement.{kind}", number, year=case.report.year, source=source, role=role, unit=unit,
        statement=f"text-{passage.order}-{start}",
    )  # fmt: skip


# --- N03 ---------------------------------------------------------------------------------------------------

#: Amounts of the text and the nature of expenditure of the overall sheet that each repeats.
_NATURES = {"basic": "基本支出", "project": "项目支出"}


@rule(
    "N03",
    title="正文金额与表中金额一致",
    scope="正文与附表",
    formula="正文的基本支出、项目支出、各项目支出、“三公”经费＝附表对应单元格",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="正文与附表各报各的数，读者不知道该信哪一个。",
    source=f"{_PROSE}与附表",
    example="岳阳市 2023 年度：正文业务工作经费 146.86，基础数据表 146.86，相符。",
    absent="正文没有附表中也有的金额",
)
def n03(case: Case) -> Iterator[Relation]:
    overall = case.report.overall
    natures = overall.by_expenditure() if overall else {}
    advice = "请核对正文与附表，更正其中一处。"
    for item, name in _NATURES.items():
        said, cell = case.facts.find("detail.amount", item=item), natures.get(item)
        if said is not None and cell is not None:
            wording = Wording(f"正文{name}与整体自评表", advice)
            yield check_cell("N03", Severity.ERROR, said, cell, wording)
    yield from _programmes(case, advice)
    for said in case.facts.select("detail.three_public"):
        cell = case.facts.find("base.amount", line=said.dimension("item"), stage=said.dimension("stage"))
        if cell is not None:
            wording = Wording("正文“三公”经费与基础数据表", advice)
            yield check_cell("N03", Severity.ERROR, said, cell, wording)


def _programmes(case: Case, advice: str) -> Iterator[Relation]:
    """Projects that the text names and the base data table lists under the same name."""
    listed: dict[str, list[Fact]] = {}
    for line in case.report.base_lines:
        if line.executed is not None and line.name:
            listed.setdefault(_name(line.name), []).append(line.executed)
    for said in case.facts.select("detail.programme"):
        name = case.facts.find("detail.programme_name", programme=said.dimension("programme"))
        cells = listed.get(_name(name.text), []) if name else []
        if name is not None and len(cells) == 1:
            wording = Wording(f"正文“{name.text}”与基础数据表", advice)
            yield check_cell("N03", Severity.ERROR, said, cells[0], wording)


def _name(text: str) -> str:
    return re.sub(r"^[\d一二三四五六七八九十]+[、.]|[()“”\"]|支出$", "", squeeze(text))


# --- N11, N12 ----------------------------------------------------------------------------------------------

_COUNTER = r"(?:套\(间\)|套（间）|万平方米|平方米|万元|亿元|人次|户|套|栋|幢|人|件|起|个|辆|间|家|次)"
_REACHED = re.compile(
    rf"(?P<actual>{NUMBER})\s*(?P<unit>{_COUNTER})[^。；;]{{0,10}}?完成[^。；;,，\d]{{0,12}}目标\s*"
    rf"[(（]\s*(?P<target>{NUMBER})\s*(?P<same>{_COUNTER})?\s*[)）]\s*的\s*(?P<percent>\d+(?:\s?\.\s?\d+)?)\s*%"
)
_EXCEEDED = re.compile(
    rf"目标[^。；;\d]{{0,8}}(?P<target>{NUMBER})\s*(?P<unit>{_COUNTER})[^。；;]{{0,16}}?(?:实际|完成|达到)[^。；;\d]{{0,8}}"
    rf"(?P<actual>{NUMBER})\s*(?P<same>{_COUNTER})[^。；;\d]{{0,8}}超额(?:完成)?[^。；;\d]{{0,4}}(?P<percent>\d+(?:\.\d+)?)\s*%"
)


@rule(
    "N11",
    title="“完成目标的百分之几”可以重算",
    scope="正文",
    formula="完成率＝完成数÷目标数×100%；超额率＝（完成数－目标数）÷目标数×100%",
    tolerance="PCT",
    severity=Severity.WARNING,
    why="完成率常被单独引用，算错会夸大或缩小成绩。",
    source=_PROSE,
    example="江岸区 2024 年度：4018÷4000＝100.45%，1509÷1200＝125.75%，均相符。",
    absent="正文没有同时写明完成数、目标数和完成率的句子",
)
def n11(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    for pattern, over in ((_REACHED, False), (_EXCEEDED, True)):
        for passage, match in case.document.search(pattern):
            if match["same"] and match["same"][-1:] != match["unit"][-1:] and "套" not in match["unit"]:
                continue
            actual = figure_at(case, passage, match, "actual", "count", "actual")
            target = figure_at(case, passage, match, "target", "count", "target")
            percent = figure_at(case, passage, match, "percent", "percent", "percent")
            wording = Wording(f"“{match[0][:40]}”的完成率", "请按完成数÷目标数重新计算。")
            if over:
                yield _over(percent, actual, target, wording)
            else:
                yield check_percent(
                    "N11", Severity.WARNING, percent, actual, target, wording, inputs_exact=True
                )


def _over(percent: Fact, actual: Fact, target: Fact, wording: Wording) -> Relation:
    if target.number == 0:
        return not_checked("N11", wording.subject, "目标数为零")
    gained = Fact.of(
        "statement.count", actual.number - target.number, year=actual.year, source=actual.source,
        statement=actual.dimension("statement"), role="excess",
    )  # fmt: skip
    return check_percent("N11", Severity.WARNING, percent, gained, target, wording, inputs_exact=True)


_COUNTED_NOUN = re.compile(
    rf"(?P<noun>[户套栋幢人件辆])数\s*(?:为|是|达|共|约|有|[:：])?\s*(?P<number>{NUMBER})\s*(?P<unit>万?[户套栋幢人件辆起])"
)
_HUGE = re.compile(r"(?<![\d.])(?P<number>\d{3,})\s*万(?P<unit>[户套栋幢人件辆])")
#: Cells that state numbers of things in words.
_COUNTING = ("sheet.goal_expected", "sheet.goal_actual", "indicator.target", "indicator.actual")
_KIN = ({"栋", "幢"}, {"件", "起"})


@rule(
    "N12",
    title="量词与所数的事物相称",
    scope="正文与自评表",
    formula="“栋数”用栋，“户数”用户，“套数”用套；数量级不超出一个城市的可能",
    tolerance="–",
    severity=Severity.WARNING,
    why="户、套、栋混用，数字就不是同一件事；多写一个“万”差一万倍。",
    source=f"{_PROSE}；自评表计量单位",
    example="岳阳楼区 2025 年度“3573万户”；江岸区 2024 年度“改造栋数 325 户”。",
    absent="没有写明量词的数量",
)
def n12(case: Case) -> Iterator[Relation]:
    for passage in case.document.texts if case.document else ():
        for match in _COUNTED_NOUN.finditer(passage.text):
            unit = match["unit"].lstrip("万")
            subject = f"“{match[0]}”的量词"
            if unit == match["noun"] or any({unit, match["noun"]} <= kin for kin in _KIN):
                yield held("N12", subject)
            else:
                yield _counter(
                    passage, match, f"“{match[0]}”说的是{match['noun']}数，量词却是“{unit}”。", match["noun"]
                )
        for match in _HUGE.finditer(passage.text):
            yield _counter(
                passage,
                match,
                f"“{match[0]}”超出一个城市的可能，疑多写“万”字。",
                f"{match['number']}{match['unit']}",
            )
    if case.document is None:  # in a document the cells are passages
        yield from _huge_counts(
            fact
            for concept in _COUNTING
            for fact in case.facts.select(concept)
            if fact.year == case.report.year
        )
    yield from _indicator_counters(case)


def _counter(passage: Passage, match: re.Match[str], message: str, expected: str) -> Relation:
    return broken(
        "N12", Severity.WARNING, "unit", message, subject=f"“{match[0]}”的量词", expected=expected, found=match[0],
        places=[passage.place(match.start(), match.end())], advice="请核对量词和数量级。",
    )  # fmt: skip


def _huge_counts(cells: Iterable[Fact]) -> Iterator[Relation]:
    for fact in cells:
        for match in _HUGE.finditer(fact.text):
            yield broken(
                "N12", Severity.WARNING, "unit", f"“{match[0]}”超出一个城市的可能，疑多写“万”字。",
                subject=f"“{match[0]}”的量词", expected=f"{match['number']}{match['unit']}", found=match[0],
                facts=[fact], advice="请核对量词和数量级。",
            )  # fmt: skip


def _indicator_counters(case: Case) -> Iterator[Relation]:
    for name in case.facts.select("indicator.name"):
        noun = re.search(r"([户套栋幢人件辆])数$", squeeze(name.text))
        row = Indicator(case.facts, name.dimension("sheet"), name.dimension("indicator"))
        values = [fact for field in ("target", "actual") if (fact := row.get(field))]
        units = {
            found[1]: fact for fact in values if (found := re.search(r"\d\s*([户套栋幢人件辆起])", fact.text))
        }
        if noun is None or not units:
            continue
        subject = f"指标“{name.text}”的量词"
        strange = [
            unit for unit in units if unit != noun[1] and not any({unit, noun[1]} <= kin for kin in _KIN)
        ]
        if not strange:
            yield held("N12", subject)
            continue
        fact = units[strange[0]]
        yield broken(
            "N12", Severity.WARNING, "unit", f"{subject}为“{strange[0]}”（{fact.text}），指标数的是{noun[1]}数。",
            subject=subject, expected=noun[1], found=strange[0], facts=[fact, name], advice="请核对量词。",
        )  # fmt: skip


# --- N14, N15 ----------------------------------------------------------------------------------------------

_DENIED = re.compile(
    r"(?:无|没有|未发生|未安排|不涉及)[^。；;,，]{0,20}?(?P<fund>政府性基金|国有资本经营|社会保险基金)[^。；;]{0,20}"
)
_FUNDS = {
    "政府性基金": ("government_fund", "政府性基金"),
    "国有资本经营": ("state_capital", "国有资本经营预算"),
}  # fmt: skip


@rule(
    "N14",
    title="“无……支出”的说明与表一致",
    scope="正文与附表",
    formula="正文说没有某项资金⇔附表中该项资金为空或为零",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="表里有数、文字说没有，或反过来，至少一处是套用的旧稿。",
    source=_PROSE,
    example="岳阳市 2023 年度：正文说没有政府性基金，表中为空，相符。",
    absent="正文没有“无……支出”的说明",
)
def n14(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    seen: set[str] = set()
    for passage, match in case.document.search(_DENIED):
        known = _FUNDS.get(match["fund"])
        if known is None or match["fund"] in seen:
            continue
        seen.add(match["fund"])
        source, name = known
        given = [fact for fact in _fund_facts(case, source) if fact.number != 0]
        subject = f"正文称没有{name}"
        if not given:
            yield held("N14", subject)
            continue
        place = passage.place(match.start(), match.end())
        yield broken(
            "N14", Severity.ERROR, "denial", f"{subject}，表中却有 {plain(given[0].number)} 万元。", subject=subject,
            expected="0", found=plain(given[0].number), places=[place, *(fact.place() for fact in given[:3])],
            advice="请更正文字说明或表中的数。",
        )  # fmt: skip


def _fund_facts(case: Case, source: str) -> Iterator[Fact]:
    yield from case.facts.select("sheet.by_revenue", source=source)
    yield from case.facts.select("detail.revenue", source=source)
    yield from case.facts.select(f"accounts.{source}")
    yield from case.facts.select("accounts.overview", row=f"income.{source}")
    yield from case.facts.select("accounts.fiscal_overview", row=f"income.{source}")


@rule(
    "N15",
    title="有失分或未执行完的，写明问题",
    scope="正文与自评表",
    formula="有指标得分＜分值或执行率＜100%⇒“存在的问题”一节有内容",
    tolerance="–",
    severity=Severity.INFO,
    why="失分而不说问题，自评就没有起到改进作用。",
    source="《项目支出绩效评价管理办法》财预〔2020〕10号关于问题和原因的规定",
    example="岳阳市 2023 年度：97.94 分，写明两条问题，相符。",
    absent=NO_DOCUMENT,
)
def n15(case: Case) -> Iterator[Relation]:
    document = case.document
    lost = [sheet for sheet in case.report.sheets if _loses_points(case, sheet)]
    if document is None or not lost:
        return
    subject = "“存在的问题”一节"
    given = case.facts.find("unit.problems")
    told = (
        given.text
        if given
        else " ".join(
            line.text for line in document.section("问题", ("part", "chinese", "bracket", "arabic"))
        )
    )
    if len(squeeze(told)) >= 10:
        yield held("N15", subject)
        return
    heads = [line for line in document.body if "问题" in line.text and len(line.compact) <= 24]
    yield broken(
        "N15", Severity.INFO, "missing", f"有 {len(lost)} 张自评表失分，报告没有写明存在的问题。", subject=subject,
        expected="写明问题和原因", found="没有内容", places=[line_place(heads[0])] if heads else [Place(document.file)],
        advice="请结合失分指标写明问题、原因和改进措施。",
    )  # fmt: skip


def _loses_points(case: Case, sheet: Sheet) -> bool:
    scored = case.scores.sheet(sheet.id)
    if scored is None:
        return False
    rate = scored.execution.rate
    short = any(
        row.score is not None and row.weight is not None and row.score < row.weight
        for row in scored.indicators
    )
    return short or (rate is not None and rate < 100)
