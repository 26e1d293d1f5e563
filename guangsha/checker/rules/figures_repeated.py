"""Family R, one quantity wherever it is printed: words, goals, indicator rows, forms and accounts (R07).

The other rules pair two places that one grammar can read. Here every figure of the document is laid beside every other:
places that print one number of one thing are linked, and a number that stands nowhere else, one digit away from what at
least two places print of the same thing, is asked about. Source: performance.md §5.5, §5.9.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, islice

from guangsha.checker.document import DocumentView, Passage, squeeze
from guangsha.checker.readings import COUNTED, actual_of, comparison, items, target_of
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held
from guangsha.checker.rules.metadata import NO_DOCUMENT
from guangsha.facts.fact import CellSource, Fact
from guangsha.facts.report import Indicator, Sheet
from guangsha.kernel.findings import Figure, Place, Quoted, Relation, Severity
from guangsha.kernel.measures import ALIASES, UNITS, Quantity, Unit, unit_of
from guangsha.kernel.numbers import DIGITS_MAX, plain

_SYMBOLS = sorted(
    (s for s in {*UNITS, *ALIASES} if (unit := unit_of(s)) and unit.dimension in {*COUNTED, "ratio"}),
    key=len,
    reverse=True,
)
_SAID = re.compile(
    r"(?<![\dA-Za-z.．/\-—~～])(?P<number>\d{1,3}(?:[,，]\d{3})+(?:\s?[.．]\s?\d+)?|\d+(?:\s?[.．]\s?\d+)?)\s*"
    rf"(?P<approximate>余|多)?(?P<unit>{'|'.join(map(re.escape, _SYMBOLS))})"
)
#: Words of every such document: what is left names the thing.
_GENERAL = re.compile(
    r"完成|实际|年度|全年|年初|年末|指标|目标|预期|预计|项目|资金|支出|预算|执行|决算|金额|经费|数量|达到|计划|其中|合计|总计|共计|主要|情况|绩效|自评|"
    r"整体|单位|以上|以内|左右|不低于|不少于|不超过|为|约|共|达|了|的|和|及|与|已|将|按|等|年|月|日|[^\u4e00-\u9fff]"
)
_PLANNED = re.compile(r"目标|计划|预计|预期|预算|年初|力争|不低于|不少于|不超过|[≥≤]")
_DONE = re.compile(r"完成|实际|执行|决算|发放|实现|支出")
#: Other years, moves and running totals have numbers of their own.
_ELSEWHEN = re.compile(r"上年|去年|往年|同比|增加|减少|增长|下降|提高|降低|压减|累计|以来|20\d\d\s*年")
_KIND = re.compile(r"[\u4e00-\u9fff]{2}率|满意度|占比|比重")
_CLAUSE = re.compile(r"[,，;；。:：、()（）\n]")
_SENTENCE_END = re.compile(r"[。；;！？\n]")
_NEAR_BEFORE, _NEAR_AFTER, _WIDE = 16, 8, 72
#: Statements of the prose that some other rule holds against a cell or another sentence already.
_BOUND_KINDS = frozenset({"repeat", "share", "rate", "growth"})
#: Places of one number that are compared with one another; figures of one document that are looked at.
_GROUP_MAX, _FIGURES_MAX = 60, 20_000
#: Two other places must print a number before one that lies a digit away is asked about.
_WITNESSES = 2
#: From so many digits on a number is known again by one place under the same words, or by two that share some.
_TELLING = 5


@dataclass(frozen=True, slots=True)
class _Printed:
    """A figure with the words it stands in: ``near`` those that name it, ``wide`` those of its sentence or row."""

    value: Decimal
    unit: Unit
    figure: Figure
    near: frozenset[str]
    wide: frozenset[str]
    stage: str
    kind: str
    form: str = ""
    doubtful: bool = False
    moved: bool = False

    @property
    def base(self) -> Decimal:
        return self.value * self.unit.factor

    @property
    def digits(self) -> int:
        """Digits that tell it from others: 3573 has four, 3500 two."""
        return len(self.value.normalize().as_tuple().digits)

    def shared(self, other: _Printed) -> int:
        """How many pairs of characters the words of both have in common."""
        return max(len(self.near & other.wide), len(self.wide & other.near))


@rule(
    "R07",
    title="同一数量在全文各处一致",
    scope="正文、总体目标、自评表、决算表",
    formula="同一事物的同一数量在各处相同；与至少两处（五位以上的数一处）只差一个数字、别处又没有印出的数，须核实",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="同一个户数、金额在文字、目标和表格里反复出现，改了一处漏了别处最常见。",
    source="绩效自评报告正文、总体目标与附表为同一数据；部门决算公开情况说明",
    example="岳阳市 2023 年度：496 户在正文、整体表和项目表共出现十余次，各处相同。",
    absent=f"{NO_DOCUMENT}，或没有重复出现的数量",
)
def r07(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    every = chain(_form_figures(case), _spoken_figures(case, case.document))
    figures = list(islice(every, _FIGURES_MAX))
    alike: dict[tuple[str, Decimal], list[_Printed]] = defaultdict(list)
    for figure in figures:
        alike[figure.unit.dimension, figure.base].append(figure)
    for group in alike.values():
        yield from _linked(group[:_GROUP_MAX])
    yield from _slips(alike)


# --- what is printed ---------------------------------------------------------------------------------------


def _pairs(text: str) -> frozenset[str]:
    words = _GENERAL.sub(" ", text).split()
    return frozenset(word[i : i + 2] for word in words for i in range(len(word) - 1))


def _form_figures(case: Case) -> Iterator[_Printed]:
    """Figures of the forms: targets and results of the rows, funds, rates, staff, accounts."""
    # a name that several projects use (补贴户数) counts something else in each
    used = Counter(
        name for sheet in case.report.projects for name in {_pairs(row.name) for row in sheet.indicators}
    )
    for sheet in case.report.sheets:
        for row in sheet.indicators:
            for figure in _row_figures(sheet, row):
                yield replace(figure, doubtful=used[figure.near] > 1)
    names = {sheet.id: sheet.name for sheet in case.report.sheets}
    for fact in case.facts:
        unit = fact.unit
        if not fact.declared.kind.numeric or unit is None or not isinstance(fact.source, CellSource):
            continue
        concept = fact.concept
        if concept.startswith(("statement.", "detail.", "indicator.", "group.", "block.")):
            continue
        if unit.dimension not in COUNTED and unit.dimension != "ratio":
            continue
        sheet_name = names.get(fact.dimension("sheet"), "")
        label = f"{sheet_name} {fact.source.cell}" if concept.startswith("accounts.") else sheet_name
        words = _pairs(f"{label} {fact.declared.label}")
        stage = {"initial": "planned", "full_year": "planned", "executed": "done"}.get(
            fact.dimension("stage"), ""
        )
        kind = fact.declared.label if unit.dimension == "ratio" else ""
        yield _Printed(fact.number, unit, fact, words, words, stage, kind, concept.partition(".")[0])


def _row_figures(sheet: Sheet, row: Indicator) -> Iterator[_Printed]:
    words = _pairs(row.name)
    wide = words | _pairs(f"{sheet.name} {row.level2}")
    read = {field: items(of(row)) for field, of in (("target", target_of), ("actual", actual_of))}
    units = [
        found.quantity.unit
        for several in read.values()
        for one in several
        if (found := comparison(one)) is not None and found.quantity.unit is not None
    ]
    for field, several in read.items():
        fact = row.get(field)
        for one in several:
            found = comparison(one)
            if fact is None or found is None:
                continue
            unit = found.quantity.unit or (units[0] if len(set(units)) == 1 else _unit_of_name(row.name))
            if unit is None or (unit.dimension not in COUNTED and unit.dimension != "ratio"):
                continue
            stage = "planned" if field == "target" else "done"
            kind = (_KIND.findall(row.name) or [""])[-1] if unit.dimension == "ratio" else ""
            figure = Quoted(_within(fact, found.quantity), fact.key)
            yield _Printed(found.quantity.value, unit, figure, words, wide, stage, kind, "indicator")


def _unit_of_name(name: str) -> Unit | None:
    """What a row counts whose cells print no unit, by the end of its name."""
    ends = (
        ("户数", "户"),
        ("人数", "人"),
        ("套数", "套"),
        ("支出", "万元"),
        ("金额", "万元"),
        ("面积", "万平方米"),
    )
    return next((UNITS[symbol] for end, symbol in ends if name.endswith(end)), None)


def _within(fact: Fact, amount: Quantity) -> Place:
    return replace(fact.place(), quote=plain(amount.value))


def _spoken_figures(case: Case, document: DocumentView) -> Iterator[_Printed]:
    """Figures with a unit in the paragraphs and in cells that hold words; cells of the forms are read as facts."""
    known = {
        squeeze(fact.text) for fact in case.facts if fact.concept in ("indicator.target", "indicator.actual")
    }
    bound = _bound(case)
    for passage in document.texts:
        cell = len(passage.lines) == 1 and squeeze(passage.text) in known
        if cell or not re.search(r"[\u4e00-\u9fff]{2}", passage.text):
            continue
        for match in _SAID.finditer(passage.text):
            if len(match["number"]) <= DIGITS_MAX:
                yield _spoken(case, passage, match, bound)


def _spoken(
    case: Case,
    passage: Passage,
    match: re.Match[str],
    bound: frozenset[tuple[int | None, int | None, Decimal]],
) -> _Printed:
    text, (start, end) = passage.text, match.span("number")
    value = Decimal(re.sub(r"[,，\s]", "", match["number"]).replace("．", "."))
    unit = unit_of(match["unit"])
    if unit is None:
        raise AssertionError(f"{match['unit']} 不是计量单位")  # the pattern holds nothing else
    before = text[max(0, start - _WIDE) : start]
    sentence = _SENTENCE_END.split(before)[-1]
    clause = _CLAUSE.split(before)[-1]
    after = _CLAUSE.split(text[match.end() : match.end() + _NEAR_AFTER])[0]
    near = _pairs(f"{clause[-_NEAR_BEFORE:]} {match['unit']}{after}")
    planned, done = _PLANNED.search(clause), _DONE.search(clause)
    place = passage.place(start, end)
    elsewhen = [int(year[:4]) for year in re.findall(r"20\d\d(?=\s*年)", sentence)]
    other_years = any(year != case.report.year for year in elsewhen)
    moves = _ELSEWHEN.search(re.sub(r"20\d\d\s*年", "", sentence))
    return _Printed(
        value, unit, Quoted(place), near, near | _pairs(f"{sentence} {after}"),
        "planned" if planned else "done" if done else "",
        (_KIND.findall(clause) or [""])[-1] if unit.dimension == "ratio" else "",
        doubtful=bool(match["approximate"] or moves or other_years) or (place.line, place.page, value) in bound,
        moved=bool(moves) and not match["approximate"],
    )  # fmt: skip


def _bound(case: Case) -> frozenset[tuple[int | None, int | None, Decimal]]:
    """Figures of the prose that another rule compares: by line, page and number."""
    found = set()
    for statement in case.report.statements:
        for role, fact in statement.roles.items():
            if isinstance(fact.source, CellSource) and (
                role in statement.cells or statement.kind in _BOUND_KINDS
            ):
                found.add((fact.source.line, fact.source.page, fact.number))
    return frozenset(found)


# --- what is related ---------------------------------------------------------------------------------------


def _needed(figure: _Printed) -> int:
    """How many pairs of characters two places must share to speak of one thing; long numbers speak for themselves."""
    return {1: 2, 2: 2, 3: 1}.get(figure.digits, 0)


def _same_kind(one: _Printed, other: _Printed) -> bool:
    """A rate is one only with a rate of its name; 执行率 100 % and 合格率 100 % are two."""
    return one.unit.dimension != "ratio" or one.kind == other.kind or not (one.kind and other.kind)


def _linked(group: Sequence[_Printed]) -> Iterator[Relation]:
    """Each place with the earlier one that shares most words with it."""
    for index, later in enumerate(group):
        if later.base == 0:
            return
        earlier = [
            (later.shared(first), first)
            for first in group[:index]
            if _same_kind(first, later) and not (first.form == later.form == "accounts")
        ]
        if not earlier:
            continue
        shared, first = max(earlier, key=lambda pair: pair[0])
        if shared >= _needed(later) and first.figure.place() != later.figure.place():
            yield held("R07", f"“{plain(later.value)}{later.unit}”在各处", later.figure, first.figure)


def _masks(text: str) -> Iterator[str]:
    return (f"{text[:i]}*{text[i + 1 :]}" for i, c in enumerate(text) if c.isdigit())


def _tells_alone(one: _Printed) -> bool:
    """A count of many digits in a form is known again by itself: 15398户; amounts of money are too many for that."""
    return one.form == "indicator" and one.digits >= _TELLING and one.unit.dimension != "money"


def _slips(alike: dict[tuple[str, Decimal], list[_Printed]]) -> Iterator[Relation]:
    """Numbers that stand once, a digit away from one that several places print of the same thing."""
    often: dict[tuple[str, str], list[list[_Printed]]] = defaultdict(list)
    for group in alike.values():
        if len(group) >= _WITNESSES or _tells_alone(group[0]):
            for said, symbol in {(plain(one.value), one.unit.symbol) for one in group}:
                for mask in _masks(said):
                    often[symbol, mask].append(group)
    for group in alike.values():
        one = group[0]
        text = plain(one.value)
        # forms are held together by their own arithmetic: budgets and results may well lie a digit apart
        if len(group) > 1 or one.form not in ("", "indicator") or len(text) < 2:
            continue
        if one.doubtful and not (one.moved and one.digits >= _TELLING):
            continue
        if one.unit.dimension == "ratio":
            continue  # satisfaction is asked of many groups; rates are recomputed from their figures by other rules
        near = {id(other): other for mask in _masks(text) for other in often.get((one.unit.symbol, mask), ())}
        told = [
            witnesses
            for other in near.values()
            if (len(other) > 1 or not one.form) and (witnesses := _witnesses(one, other[:_GROUP_MAX]))
        ]
        if len(told) == 1:
            yield _asked(one, told[0])


def _witnesses(one: _Printed, others: Sequence[_Printed]) -> list[_Printed]:
    """Places that print another number of the same thing; none where they are too few."""
    able = [
        other
        for other in others
        if other.form in ("", "indicator")
        and not (other.form and other.doubtful)
        and (one.stage == other.stage or not one.stage or not other.stage)
        and (not one.moved or other.moved)
    ]
    found = [other for other in able if _names_the_same(one, other)]
    if len(found) >= _WITNESSES:
        return found
    if one.digits < _TELLING or any(other.digits < _TELLING for other in able):
        return []
    alike = [other for other in able if len(one.near & other.near) >= 2]
    return found or (alike if len(alike) >= _WITNESSES else [])


def _names_the_same(one: _Printed, other: _Printed) -> bool:
    """Whether the words of one hold all of the other's: 新建公租房 and 改建公租房 are two things."""
    if one.form and other.form:
        return one.near == other.near
    return len(one.near & other.near) == min(len(one.near), len(other.near)) >= 2


def _asked(one: _Printed, witnesses: Sequence[_Printed]) -> Relation:
    said, usual = f"{plain(one.value)}{one.unit}", f"{plain(witnesses[0].value)}{witnesses[0].unit}"
    figures = (one.figure, *(other.figure for other in witnesses[:3]))
    subject = f"“{said}”与各处的“{usual}”"
    relation = broken(
        "R07", Severity.WARNING, "repeat",
        f"“{said}”只在这一处印出，同一事物在另外 {len(witnesses)} 处为“{usual}”，只差一个数字，疑有一处印错。",
        subject=subject, expected=plain(witnesses[0].value), found=plain(one.value),
        places=[figure.place() for figure in figures], advice="请核对是否同一数量，更正印错的一处；口径不同的，请注明口径。",
    )  # fmt: skip
    return replace(relation, figures=figures)
