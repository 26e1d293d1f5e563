"""Family R, percentages and scores that one sentence lets its reader recompute (R08–R11).

The reader of documents binds what its grammars know to figures of the forms. These rules need no form: a sentence that
says of what its percentage is, or what its points add up from, must agree with itself and with the score table beside it.
Source: performance.md §5.5, §5.9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from guangsha.checker.document import Passage, TextTable, squeeze
from guangsha.checker.readings import COUNTED
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import Wording, broken, check_percent, check_sum, held
from guangsha.checker.rules.metadata import NO_DOCUMENT
from guangsha.checker.rules.narrative_text import figure_at
from guangsha.facts.fact import CellSource, Fact
from guangsha.kernel.findings import Quoted, Relation, Severity
from guangsha.kernel.measures import ALIASES, UNITS, unit_of
from guangsha.kernel.numbers import plain

_NUMBER = r"(?<![\d.,，])\d{1,12}(?:[,，]\d{3})*(?:\s?[.．]\s?\d{1,6})?"
_UNIT = "|".join(
    map(
        re.escape,
        sorted(
            (s for s in {*UNITS, *ALIASES} if (unit := unit_of(s)) and unit.dimension in COUNTED),
            key=len, reverse=True,
        ),
    )
)  # fmt: skip
#: 自评资金7147.49万元，占项目支出总额8637.01万元的82.75%; 完成营造林32650亩，完成年度计划32000亩的102.03%.
_OF = re.compile(
    rf"(?P<part>{_NUMBER})\s*(?P<unit>{_UNIT})[^。；;\d]{{0,24}}?(?:占|为|是|完成|达到|达|相当于)(?P<label>[^。；;\d%]{{0,24}})"
    rf"(?P<whole>{_NUMBER})\s*(?P<same>{_UNIT})\s*的\s*(?P<percent>\d{{1,5}}(?:\s?[.．]\s?\d{{1,4}})?)\s*[%％]"
)
#: A change, and an amount of several years, are no part of what is named after them.
_NO_PART = re.compile(r"增|减|超|多|少|降|升|提高|节约|压减|累计|以来|平均|同比|比上年|人均")
_RATE = re.compile(r"执行率[^。；;\d]{0,6}?(?P<percent>\d{1,5}(?:\s?[.．]\s?\d{1,4})?)\s*[%％]")
_MONEY = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>亿元|万元|元)")
_SENTENCE = re.compile(r"[^。；;！？\n]+")
_CLAUSE = re.compile(r"[,，、:：()（）]")
#: 亿元 in fen, the base unit of money.
_HUNDRED_MILLION = UNITS["亿元"].factor
#: Longer sentences are lists; nobody could say which amount the rate is of.
_SENTENCE_MAX = 400

_FULL = r"(?:分值|满分|权重|标准分)(?:为|共)?\s*"
#: 产出指标分值30分，得29.2分，得分率97.33%.
_POINTS = re.compile(
    rf"(?P<name>[\u4e00-\u9fff]{{2,16}}?)(?:指标)?(?:[（(])?{_FULL}(?P<whole>{_NUMBER})\s*分[）)]?[，,、]?\s*"
    rf"(?:实际|自评|评价|综合)?得(?:分(?:为)?)?\s*(?P<part>{_NUMBER})\s*分?"
    rf"(?:[，,、]?\s*得分率(?:为|达)?\s*(?P<percent>\d{{1,3}}(?:\s?[.．]\s?\d{{1,4}})?)\s*[%％])?"
)
#: What follows such a sentence and is added up from: 。其中：项目立项得6分，绩效目标得6.5分，资金投入得6分。
_LISTED = re.compile(r"[，,。；;]?\s*其中\s*[:：，,]?\s*(?P<list>[^。\n]{4,400})")
_ITEM = re.compile(
    rf"\s*[\u4e00-\u9fff“”\"]{{2,24}}?(?:自评|评价)?得(?:分(?:为)?)?\s*(?P<points>{_NUMBER})\s*分\s*"
)
_SCORE_HEADS = {"whole": r"分值|满分|权重|标准分", "part": r"得分|评价得分|自评得分|实际得分"}
#: Tables with more rows than this are no summary of scores.
_ROWS_MAX = 60

#: A list of purposes has this many items at least before its sum means something.
_ITEMS_MIN = 3
_ITEMS_MAX = 60
#: The whole of a list is looked for among so many amounts before it.
_WHOLES_MAX = 8
#: Digits that a whole must have before a list that misses it by one digit is asked about.
_WHOLE_DIGITS = 5
#: A sentence with its items: semicolons part the items, not the sentences.
_SENTENCE_WITH_ITEMS = re.compile(r"[^。！？\n]+")


@rule(
    "R08",
    title="“为……的百分之几”、执行率可由同一句的两个数重算",
    scope="正文",
    formula="百分比＝前一数÷后一数×100%；执行率＝支出÷预算×100%",
    tolerance="PCT",
    severity=Severity.WARNING,
    why="一句话写明了是谁的百分之几，读者自己就能算，算不通最损公信。",
    source="部门决算公开情况说明、绩效自评报告正文",
    example="自评资金 7147.49 万元，占项目支出总额 8637.01 万元的 82.75%，相符。",
    absent=f"{NO_DOCUMENT}，或没有写明两个数的百分比",
)
def r08(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    bound = _recomputed(case)
    for passage, match in case.document.search(_OF):
        before = passage.text[max(0, match.start() - 12) : match.start()]
        between = match[0][: match.start("whole") - match.start()]
        if _NO_PART.search(re.split(r"[，,。；;、]", before)[-1] + between) or "其中" in between:
            continue
        units = unit_of(match["unit"]), unit_of(match["same"])
        if units[0] is None or units[1] is None or units[0].dimension != units[1].dimension:
            continue
        percent = figure_at(case, passage, match, "percent", "percent", "percent")
        if _where(percent) in bound:
            continue
        kind = "amount" if units[0].dimension == "money" else "count"
        part = figure_at(case, passage, match, "part", kind, "part", units[0])
        whole = figure_at(case, passage, match, "whole", kind, "whole", units[1])
        wording = Wording(f"“{match[0][:48]}”", "请核对这一句的三个数。")
        yield _percent_of(percent, part, whole, wording)
    for passage in case.document.passages:
        yield from _executed(case, passage, bound)


_Where = tuple[int | None, int | None, Decimal]


def _where(fact: Fact) -> _Where:
    source = fact.source
    line, page = (source.line, source.page) if isinstance(source, CellSource) else (None, None)
    return line, page, fact.number


def _recomputed(case: Case) -> frozenset[_Where]:
    """Percentages that another rule recomputes from their two figures."""
    pairs = ({"part", "whole"}, {"budget", "executed"}, {"amount", "budget"})
    return frozenset(
        _where(statement.roles["percent"])
        for statement in case.report.statements
        if "percent" in statement.roles and any(pair <= statement.roles.keys() for pair in pairs)
    )


def _executed(case: Case, passage: Passage, bound: frozenset[_Where]) -> Iterator[Relation]:
    """A rate of execution beside one amount that is a budget and one that was spent, and no others."""
    if "执行率" not in passage.text:
        return
    for sentence in _SENTENCE.finditer(passage.text):
        start, end = sentence.span()
        rates = list(_RATE.finditer(passage.text, start, end))
        amounts = list(_MONEY.finditer(passage.text, start, end))
        if len(rates) != 1 or len(amounts) != 2 or end - start > _SENTENCE_MAX:
            continue
        percent = figure_at(case, passage, rates[0], "percent", "percent", "percent")
        labels = [_CLAUSE.split(passage.text[start : found.start()])[-1] for found in amounts]
        budgets = [found for found, label in zip(amounts, labels, strict=True) if _says_budget(label)]
        spent = [found for found, label in zip(amounts, labels, strict=True) if _says_spent(label)]
        if len(budgets) != 1 or len(spent) != 1 or budgets == spent or _where(percent) in bound:
            continue
        whole = figure_at(
            case, passage, budgets[0], "number", "amount", "budget", unit_of(budgets[0]["unit"])
        )
        part = figure_at(case, passage, spent[0], "number", "amount", "executed", unit_of(spent[0]["unit"]))
        wording = Wording(f"“{sentence[0].strip()[:48]}”的执行率", "请核对这一句的预算数、支出数和执行率。")
        yield _percent_of(percent, part, whole, wording)


def _percent_of(percent: Fact, part: Fact, whole: Fact, wording: Wording) -> Relation:
    """万元 count as printed to 0.01; 亿元, lengths and areas to the finer of the two; single things are exact."""
    both = (part, whole)
    printed = max(fact.decimals or 0 for fact in both)
    rounded = any(fact.unit is not None and fact.unit.factor >= _HUNDRED_MILLION for fact in both)
    scaled = any(fact.unit is not None and fact.unit.symbol.startswith("万") for fact in both)
    counted = part.concept == "statement.count"
    return check_percent(
        "R08", Severity.WARNING, percent, part, whole, wording,
        money_places=printed if rounded or counted else 2, inputs_exact=counted and not printed and not scaled,
    )  # fmt: skip


def _says_budget(label: str) -> bool:
    return "预算" in label and not _says_spent(label) and not _NO_PART.search(label)


def _says_spent(label: str) -> bool:
    return re.search(r"支出|执行|决算|支付|使用", label) is not None and not re.search(
        rf"预算数|预算为|{_NO_PART.pattern}", label
    )


@rule(
    "R09",
    title="文字所写得分与得分率、各项得分算得通",
    scope="正文",
    formula="得分率＝得分÷分值×100%；得分＝“其中”所列各项得分之和；得分≤分值",
    tolerance="PCT",
    severity=Severity.WARNING,
    why="评价报告逐项写得分，几个数互相算不通，结论就站不住。",
    source="财预〔2020〕10号绩效评价报告参考提纲",
    example="产出指标分值 30 分，得 29.2 分，得分率 97.33%，其中 16＋8＋5.2＝29.2，相符。",
    absent=f"{NO_DOCUMENT}，或正文没有逐项写分值和得分",
)
def r09(case: Case) -> Iterator[Relation]:
    for passage, match in case.document.search(_POINTS) if case.document else ():
        whole = figure_at(case, passage, match, "whole", "count", "whole")
        part = figure_at(case, passage, match, "part", "count", "part")
        said = f"“{match['name']}”"
        if part.number > whole.number:
            yield broken(
                "R09", Severity.WARNING, "limit", f"{said}得 {plain(part.number)} 分，超过分值 {plain(whole.number)} 分。",
                subject=f"{said}的得分", expected=f"≤{plain(whole.number)}", found=plain(part.number), facts=(part, whole),
                advice="请核对分值和得分。",
            )  # fmt: skip
        elif match["percent"]:
            percent = figure_at(case, passage, match, "percent", "percent", "percent")
            wording = Wording(f"{said}的得分率", "请按得分÷分值重新计算。")
            yield check_percent("R09", Severity.WARNING, percent, part, whole, wording, inputs_exact=True)
        yield from _listed_points(case, passage, match, part)


def _listed_points(case: Case, passage: Passage, match: re.Match[str], part: Fact) -> Iterator[Relation]:
    listed = _LISTED.match(passage.text, match.end())
    if listed is None:
        return
    points: list[Fact] = []
    at = listed.start("list")
    for piece in re.split(r"([，,；;、])", listed["list"]):
        item = _ITEM.fullmatch(passage.text, at, at + len(piece))
        if item is not None:
            points.append(figure_at(case, passage, item, "points", "count", f"part.{len(points) + 1}"))
        elif piece not in "，,；;、":
            return  # a list with other words in it may not be whole
        at += len(piece)
    if points:
        wording = Wording(f"“{match['name']}”的得分与其中各项", "请核对各项得分。")
        yield check_sum("R09", Severity.WARNING, part, points, wording)


@rule(
    "R10",
    title="文字所写分值、得分与得分表一致",
    scope="正文与得分表",
    formula="正文写的某项分值、得分＝得分表同名行的分值、得分",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="结论先列得分表、后面逐项分析，改了一处漏了另一处最常见。",
    source="财预〔2020〕10号绩效评价报告参考提纲",
    example="产出指标分值 30 分、得 29.2 分，得分表产出一行 30、29.2，相符。",
    absent=f"{NO_DOCUMENT}，或没有得分表，或正文没有逐项写分值和得分",
)
def r10(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    rows = [row for table in case.document.tables for row in _score_rows(table)]
    for passage, match in case.document.search(_POINTS):
        named = [cells for name, cells in rows if name == _bare(match["name"])]
        if len(named) != 1:
            continue
        for role, label in (("whole", "分值"), ("part", "得分")):
            cell = named[0].get(role)
            if cell is None:
                continue
            said = figure_at(case, passage, match, role, "count", role)
            subject = f"正文与得分表“{match['name']}”的{label}"
            number, place = cell
            if said.number == number:
                yield held("R10", subject, said, Quoted(place.place()))
                continue
            yield broken(
                "R10", Severity.WARNING, "equal",
                f"{subject}不一致：正文 {plain(said.number)}，得分表 {plain(number)}。", subject=subject,
                expected=plain(number), found=plain(said.number), places=[said.place(), place.place()],
                advice="请核对后统一两处。",
            )  # fmt: skip


def _bare(name: str) -> str:
    """产出指标 and 产出 are one: the name without the words that places add."""
    return re.sub(r"指标|部分|方面|情况|[\s\"“”]", "", name)


def _score_rows(table: TextTable) -> Iterator[tuple[str, dict[str, tuple[Decimal, CellSource]]]]:
    """Rows of a table whose head names 分值 and 得分: the name in the first cell, its weight and score."""
    if not 2 <= len(table.rows) <= _ROWS_MAX:
        return
    columns: dict[int, str] = {}
    for cell in table.rows[0]:
        for role, words in _SCORE_HEADS.items():
            if re.fullmatch(words, squeeze(cell.text)):
                columns[cell.column] = role
    if set(columns.values()) != {"whole", "part"} or len(columns) != len(_SCORE_HEADS):
        return
    for row in table.rows[1:]:
        cells = {
            columns[cell.column]: (Decimal(squeeze(cell.text)), cell.place)
            for cell in row
            if cell.column in columns and re.fullmatch(r"\d{1,4}(?:\.\d{1,4})?", squeeze(cell.text))
        }
        if cells and row[0].column == 0:
            yield _bare(squeeze(row[0].text)), cells


@rule(
    "R11",
    title="所列各项之和与前面的总数只差一个数字的，须核实",
    scope="正文",
    formula="∑一句话所列各项金额＝前文总数；只差一个数字的，须核实",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="“主要用于”后面列了全部用途，其中一个数字印错，合计就差一位。",
    source="部门决算公开情况说明、绩效自评报告正文",
    example="江岸区 2024 年度：项目支出主要用途 14 项之和 21404.66，相符。",
    absent=f"{NO_DOCUMENT}，或没有与前文总数相符的列项",
)
def r11(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    added = _added(case)
    for passage in case.document.passages:
        if passage.text.count("元") <= _ITEMS_MIN:
            continue
        earlier: list[re.Match[str]] = []
        for sentence in _SENTENCE_WITH_ITEMS.finditer(passage.text):
            amounts = list(_MONEY.finditer(passage.text, *sentence.span()))
            items = _one_each(passage.text, sentence.span(), amounts)
            if items:
                inside = amounts[: amounts.index(items[0])]
                yield from _against_wholes(case, passage, items, [*earlier, *inside][-_WHOLES_MAX:], added)
            earlier += amounts


def _one_each(text: str, span: tuple[int, int], amounts: list[re.Match[str]]) -> list[re.Match[str]]:
    """The last amounts of a sentence, each in an item of its own; the first item may name its whole before it."""
    for mark in "；;", "、", "，,":
        pieces = [piece.span() for piece in re.finditer(f"[^{mark}]+", text[span[0] : span[1]])]
        within = [
            [found for found in amounts if start <= found.start() - span[0] < end] for start, end in pieces
        ]
        while within and not within[-1]:
            within.pop()  # words after the last item
        if _ITEMS_MIN <= len(within) <= _ITEMS_MAX and within[0] and all(len(one) == 1 for one in within[1:]):
            return [within[0][-1], *(one[0] for one in within[1:])]
    return []


def _added(case: Case) -> frozenset[_Where]:
    """Amounts that a statement of the reader adds up already."""
    return frozenset(
        _where(fact)
        for statement in case.report.statements
        if statement.kind in ("sum", "limit", "items")
        for role, fact in statement.roles.items()
        if role.startswith("part")
    )


def _against_wholes(
    case: Case,
    passage: Passage,
    items: list[re.Match[str]],
    wholes: list[re.Match[str]],
    added: frozenset[_Where],
) -> Iterator[Relation]:
    parts = [
        figure_at(case, passage, item, "number", "amount", f"part.{number}", unit_of(item["unit"]))
        for number, item in enumerate(items, 1)
    ]
    if any(_where(part) in added for part in parts) or len({part.unit for part in parts}) > 1:
        return
    total = sum((part.number for part in parts), Decimal(0))
    first = _CLAUSE.split(re.split(r"[。；;]", passage.text[: items[0].start()])[-1])[-1]
    subject = f"“{(first.strip() or items[0][0])[-24:]}”等 {len(parts)} 项之和"
    near: list[Fact] = []
    for found in wholes:
        whole = figure_at(case, passage, found, "number", "amount", "total", unit_of(found["unit"]))
        if whole.unit == parts[0].unit and whole.number == total:
            yield held("R11", subject, whole, *parts)
            return
        if whole.unit == parts[0].unit and _a_digit_apart(total, whole, parts):
            near.append(whole)
    if len({whole.number for whole in near}) == 1:
        whole = near[-1]
        yield broken(
            "R11", Severity.WARNING, "sum",
            f"{subject}为 {plain(total)}，与前文的 {plain(whole.number)} 只差一个数字，疑有一处印错。", subject=subject,
            expected=plain(whole.number), found=plain(total), facts=[whole, *parts], advice="请核对所列各项与总数。",
        )  # fmt: skip


def _a_digit_apart(total: Decimal, whole: Fact, parts: list[Fact]) -> bool:
    """Whether one digit of the whole or of a part, as printed, makes the difference, and that cannot well be chance."""
    difference = abs(total - whole.number).normalize()
    if (
        len(whole.number.normalize().as_tuple().digits) < _WHOLE_DIGITS
        or len(difference.as_tuple().digits) != 1
    ):
        return False
    return len(parts) > _ITEMS_MIN or difference < whole.number / 10
