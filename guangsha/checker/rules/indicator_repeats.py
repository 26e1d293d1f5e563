"""Family K, one fact in several places: in a sheet, between sheets, in the goal's text. Source: performance.md §5.3."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from guangsha.checker.readings import (
    COUNTED,
    actual_of,
    compact,
    comparison,
    items,
    quantity,
    same_quantity,
    standard_of,
    target_of,
)
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held, not_checked
from guangsha.checker.subjects import NO_ROWS, SELF_EVALUATION_RULES, row_title, sheet_title
from guangsha.facts.fact import Fact
from guangsha.facts.report import Indicator, Sheet
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.measures import Quantity, parse_quantity
from guangsha.kernel.numbers import normalise
from guangsha.scoring.expression_kinds import Expression

#: One fact may serve an output and an effect; a third score for it counts the same work again.
REPEATS_MAX = 2
#: Cells of other rows that must print an amount before a cell a digit away is asked about.
SAME_ELSEWHERE = 2
#: So many rows of one name weigh the same in both sheets before one that does not is asked about.
WEIGHED_ALIKE = 3
#: A goal of more characters than this is not searched to its end.
GOAL_TEXT_MAX = 5000
#: Digits by which a count is known again without words that name it.
DIGITS_TELLING = 3
#: Characters beside a number by which a cell says in words what it counts.
WORDS_TELLING = 4
#: Steps of a standard: each so much below the target costs points.
_STEPPED = re.compile(r"每[^,，;；。]{0,12}?\d[\d.]*[^,，;；。]{0,8}")


@rule(
    "K19",
    title="同一事实不重复计分",
    scope="自评表",
    formula="同一数量在一张表内作为实际完成值不超过两次；与同一行及其他指标的同一数量只差一个数字的，须核实",
    tolerance="–",
    severity=Severity.WARNING,
    why="同一个数在多行计分，一件事得了几份分。",
    source=f"{SELF_EVALUATION_RULES}关于指标不重复的要求；公开件实例",
    example="岳阳市整体自评表：496户出现四次，分别计入数量、社会效益（两行）、可持续影响。",
    absent=NO_ROWS,
)
def k19(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        if not sheet.indicators:
            continue
        counted: dict[tuple[str, Decimal], list[Indicator]] = {}
        for row in sheet.indicators:
            measured = quantity(actual_of(row))
            if measured is not None and measured.unit is not None and measured.unit.dimension in COUNTED:
                counted.setdefault((measured.unit.dimension, measured.base), []).append(row)
        yield from _odd_cells(sheet)
        repeated = [rows for rows in counted.values() if len(rows) > REPEATS_MAX]
        if not repeated:
            yield held("K19", f"{sheet_title(sheet)}的实际完成值")
        for rows in repeated:
            subject = f"{sheet_title(sheet)}的实际完成值“{rows[0].actual}”"
            names = "、".join(f"“{row.name}”" for row in rows)
            yield broken(
                "K19", Severity.WARNING, "repeat",
                f"{subject}在 {len(rows)} 个指标中重复计分：{names}。",
                subject=subject, expected=f"至多 {REPEATS_MAX} 次", found=f"{len(rows)} 次",
                facts=[fact for row in rows if (fact := row.get("actual"))],
                advice="请为各效益指标选用能反映其效果的不同指标值。",
            )  # fmt: skip


def is_slip(first: Quantity, second: Quantity) -> bool:
    """Whether two amounts in one unit differ in a single digit, as by a slip of the finger; one digit alone says nothing."""
    one, other = str(first.value), str(second.value)
    if first.unit != second.unit or len(one) != len(other) or len(one) < 2:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


_Cell = tuple[Indicator, str, Quantity]


def _counted_cells(sheet: Sheet) -> list[_Cell]:
    """Targets and actuals with a counting unit: the row, which of the two, the amount."""
    found: list[_Cell] = []
    for row in sheet.indicators:
        for field, read in (("target", target_of), ("actual", actual_of)):
            for item in items(read(row)):
                amount = quantity(item)
                if amount is not None and amount.unit is not None and amount.unit.dimension in COUNTED:
                    found.append((row, field, amount))
    return found


def _odd_cells(sheet: Sheet) -> Iterator[Relation]:
    """One cell a digit away from an amount that its own row and at least two cells of other rows print."""
    cells = _counted_cells(sheet)
    for row, field, amount in cells:
        for other, beside, usual in cells:
            if other is not row or beside == field or not is_slip(amount, usual):
                continue
            same = [cell for cell in cells if cell[0] is not row and same_quantity(cell[2], usual)]
            alike = any(same_quantity(cell[2], amount) for cell in cells if cell[0] is not row)
            fact = row.get(field)
            if len(same) < SAME_ELSEWHERE or alike or fact is None:
                continue
            label = "年度指标值" if field == "target" else "实际完成值"
            subject = f"{row_title(sheet, row)}的{label}“{fact.text}”"
            places = [
                f for cell in [(other, beside, usual), *same[:3]] if (f := cell[0].get(cell[1])) is not None
            ]
            yield broken(
                "K19", Severity.WARNING, "equal",
                f"{subject}与同一行和其他指标的“{usual}”只差一个数字，疑有一处填错。",
                subject=subject, expected=str(usual), found=str(amount), facts=[fact, *places],
                advice="请核对是否同一数量，更正填错的一处。",
            )  # fmt: skip


@rule(
    "K22",
    title="整体表与项目表的同名指标一致",
    scope="整体自评表与项目自评表",
    formula="同名指标的年度指标值、实际完成值分别相等",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="同一指标在两张表里有两个数，至少一处是错的。",
    source="同一单位各张自评表口径一致的要求；公开件实例",
    example="江岸区居民购房补贴户数：整体表“≥1000户”，项目表 1034 户；岳阳楼区 3573 户两表一致。",
    absent="整体自评表与项目自评表没有同名指标",
)
def k22(case: Case) -> Iterator[Relation]:
    overall = case.report.overall
    if overall is None:
        return
    # A name that several projects use (成本控制率) is a kind of indicator, not one and the same.
    used = Counter(
        name for sheet in case.report.projects for name in {compact(r.name) for r in sheet.indicators}
    )
    listed = {compact(row.name): row for row in overall.indicators}
    for sheet in case.report.projects:
        twins: list[_Twins] = []
        for row in sheet.indicators:
            name = compact(row.name)
            twin = listed.get(name) if used[name] == 1 else None
            twin = twin or _named_after_project(listed, sheet, name)
            if twin is None or not name:
                continue
            twins.append((twin, row))
            for field, label in (("target", "年度指标值"), ("actual", "实际完成值")):
                yield _twins(sheet, (twin, row), field, label)
        yield from _weighed_alike(sheet, twins)


_Twins = tuple[Indicator, Indicator]


def _weighed_alike(sheet: Sheet, twins: Sequence[_Twins]) -> Iterator[Relation]:
    """Weights and scores of rows of one name: two sheets need not weigh alike, but where all rows but one do, it is asked."""
    columns = (
        ("分值", [(one.weight, other.weight) for one, other in twins]),
        ("得分", [(one.published_score, other.published_score) for one, other in twins]),
    )
    for label, column in columns:
        pairs = [(one, other) for one, other in column if one is not None and other is not None]
        apart = [(one, other) for one, other in pairs if one.number != other.number]
        subject = f"同名指标在整体表与{sheet_title(sheet)}的{label}"
        if len(apart) > 1 or len(pairs) - len(apart) < WEIGHED_ALIKE:
            if pairs:
                yield not_checked("K22", subject, "两张表的分值各自设定")
            continue
        for one, other in pairs:
            if one.number == other.number:
                yield held("K22", subject, one, other)
                continue
            yield broken(
                "K22", Severity.WARNING, "equal",
                f"{subject}：其余 {len(pairs) - 1} 项都相同，只有一项不同，整体表 {one.text}，项目表 {other.text}。",
                subject=subject, expected=other.text, found=one.text, facts=(one, other), advice="请核对两张表，更正填错的一处。",
            )  # fmt: skip


def _named_after_project(listed: Mapping[str, Indicator], sheet: Sheet, name: str) -> Indicator | None:
    """居民购房补贴户数 in the overall sheet is 补贴户数 in the sheet of 居民购房补贴."""
    project = compact(sheet.name)
    for long, row in listed.items():
        prefix = long.removesuffix(name)
        if len(name) >= 3 and prefix != long and len(prefix) >= 2 and prefix in project:
            return row
    return None


def _twins(sheet: Sheet, rows: tuple[Indicator, Indicator], field: str, label: str) -> Relation:
    first, second = (row.get(field) for row in rows)
    subject = f"“{rows[1].name}”在整体表与{sheet_title(sheet)}的{label}"
    if first is None or second is None:
        return not_checked("K22", subject, "有一处未填")
    read = target_of if field == "target" else actual_of
    values = [quantity(read(row)) for row in rows]
    if values[0] is not None and values[1] is not None:
        same, severity = same_quantity(values[0], values[1]), Severity.ERROR
    else:
        # Words for one effect may differ and mean the same: to be looked at, not an error.
        same, severity = compact(first.text) == compact(second.text), Severity.WARNING
    if same:
        return held("K22", subject, first, second)
    return broken(
        "K22", severity, "equal", f"{subject}不一致：整体表“{first.text}”，项目表“{second.text}”。",
        subject=subject, expected=second.text, found=first.text, facts=(first, second), advice="请以实际完成数为准，统一两张表。",
    )  # fmt: skip


def _quantities(text: str) -> Iterator[Quantity]:
    """Every amount with a counting unit that a sentence names, in order."""
    words = normalise(text)[:GOAL_TEXT_MAX]
    previous = ""
    for index, character in enumerate(words):
        starts = character.isdigit() and not (previous.isdigit() or previous in ".,")
        previous = character
        if not starts:
            continue
        read = parse_quantity(words[index : index + 40])
        if read and read[0].unit is not None and read[0].unit.dimension in COUNTED:
            yield read[0]


_Measured = tuple[Indicator, Quantity, list[Quantity]]


def _measured_rows(sheet: Sheet) -> list[_Measured]:
    """Rows with a measured actual: the row, its actual, its targets."""
    found = []
    for row in sheet.indicators:
        measured = quantity(actual_of(row))
        targets = [wanted for item in items(target_of(row)) if (wanted := quantity(item)) is not None]
        if measured is not None:
            found.append((row, measured, targets))
    return found


def _contradiction(
    rows: Sequence[_Measured], said: Quantity, about: str
) -> tuple[Indicator, str] | bool | None:
    """What the sheet's rows say to an amount of the text.

    Returns True where some row measured exactly that, a row and a Chinese explanation where one contradicts it, and
    None where the amount belongs to no row.
    """
    if any(same_quantity(said, measured) for _, measured, _ in rows):
        return True
    for row, measured, targets in rows:
        if measured.unit is None or said.unit is None or measured.unit.dimension != said.unit.dimension:
            continue
        if said.value == measured.value:
            return row, f"数字相同而数量级不同（{said} 与 {measured}）"
        # Only a sentence about the same thing may be held against a target that happens to be equal.
        related = not about or _shares_words(about, row.name)
        if related and not said.approximate and any(same_quantity(said, wanted) for wanted in targets):
            return row, f"是目标值，实际完成值为 {row.actual}"
    return None


def _shares_words(first: str, second: str) -> bool:
    """Whether two labels share three consecutive characters."""
    one, other = compact(first), compact(second)
    return any(one[i : i + 3] in other for i in range(len(one) - 2))


@rule(
    "K26",
    title="总体目标完成情况的数字与指标一致",
    scope="自评表与正文",
    formula="总体目标（预期、完成情况）、指标名称或正文中的数量＝相应指标的目标值、实际完成值",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="文字说的数与指标填的数不一致，读者无从取信。",
    source="自评表“年度总体目标完成情况”栏与指标同一口径的要求；公开件实例",
    example="岳阳楼区：总体目标写“3573万户”，指标为 3573 户；岳阳市：正文增值收益 900 万元，指标实际 5086 万元。",
    absent="总体目标完成情况和正文没有可与指标对照的数量",
)
def k26(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        goal = sheet.get("goal_actual")
        if goal is not None:
            rows = _measured_rows(sheet)
            for said in _quantities(goal.text):
                yield from _spoken(sheet, rows, said, goal, f"{sheet_title(sheet)}总体目标完成情况", "")
        yield from _slips_in_words(sheet)
        yield from _slips_in_prose(sheet)
        yield from _funds_in_words(sheet)
    yield from _slips_in_standards(case)
    overall = case.report.overall
    if overall is None:
        return
    rows = _measured_rows(overall)
    for statement in case.report.statements:
        fact = statement.roles.get("amount") if statement.kind == "amount" else None
        if fact is not None and not re.search(r"(?:指标值|目标值?|计划)$", statement.subject):
            where = f"正文“{statement.subject}”"
            yield from _spoken(overall, rows, fact.quantity, fact, where, statement.subject)


def _slips_in_words(sheet: Sheet) -> Iterator[Relation]:
    """Amounts in the goals and in names of indicators, a digit away from the cell that they repeat.

    An amount that some cell or some other text of the sheet prints is right as it stands; one that nothing repeats
    belongs to no row and is left alone unless a single cell is one digit away.
    """
    cells = _counted_cells(sheet)
    for concept, field in (("goal_expected", "target"), ("goal_actual", "actual")):
        goal = sheet.get(concept)
        for said in _quantities(goal.text) if goal is not None else ():
            if any(same_quantity(said, amount) for _, _, amount in cells):
                continue
            near = [cell for cell in cells if cell[1] == field and is_slip(said, cell[2])]
            # "租金收缴130万元" is the row 收取租金 of 130万元: the words before the amount must name it
            named = [
                cell for cell in near if goal is not None and _named_before(goal.text, said, cell[0].name)
            ]
            if goal is not None and len({str(cell[2]) for cell in named}) == 1:
                yield _slipped(sheet, named[0], said, goal, f"{sheet_title(sheet)}{goal.declared.label}")
    for row in sheet.indicators:
        name = row.get("name")
        own = [cell for cell in cells if cell[0] is row]
        for said in _quantities(row.name) if name is not None else ():
            if any(same_quantity(said, amount) for _, _, amount in own):
                continue
            near = [cell for cell in own if is_slip(said, cell[2])]
            if near and name is not None:
                yield _slipped(sheet, near[0], said, name, f"{row_title(sheet, row)}名称")


def _slips_in_prose(sheet: Sheet) -> Iterator[Relation]:
    """Amounts in targets and results of words, a digit away from what a single other row counts and equal to no cell.

    Words around the amount must name that row, or three digits must tell it and the row print it both as target and
    as result: 改善155户拆迁还建住户住房条件 is the row 还建房套数 of 155户.
    """
    cells = [*_counted_cells(sheet), *_told_cells(sheet)]
    for row in sheet.indicators:
        for field, read in (("target", target_of), ("actual", actual_of)):
            fact = row.get(field)
            if fact is None or not _worded(items(read(row))):
                continue
            for said in _quantities(fact.text):
                near = _nearest(cells, said, (row, field))
                beside = {at for _, at, amount in near if same_quantity(amount, near[0][2])}
                label = "年度指标值" if field == "target" else "实际完成值"
                if near and (
                    _named_around(fact.text, said, near[0][0].name)
                    or (_digits(said) >= DIGITS_TELLING and len(beside) > 1)
                ):
                    yield _slipped(sheet, near[0], said, fact, f"{row_title(sheet, row)}{label}")


def _told_cells(sheet: Sheet) -> Iterator[_Cell]:
    """Amounts of three digits at least in targets of several clauses: 项目总投资2.49亿元，严格按合同支付。"""
    for row in sheet.indicators:
        if any(comparison(item) is None for item in items(target_of(row))):
            for said in _quantities(row.target):
                if _digits(said) >= DIGITS_TELLING:
                    yield row, "target", said


def _digits(amount: Quantity) -> int:
    """Digits that tell an amount from others: 496 has three, 500 one."""
    return len(amount.value.normalize().as_tuple().digits)


def _worded(read: Sequence[Expression]) -> bool:
    """Whether a cell says in words what it counts: 改善155户拆迁还建住户住房条件, but not ≥155户."""
    found = [comparison(item) for item in read]
    return any(one is None or len(one.label) + len(one.scope) >= WORDS_TELLING for one in found)


def _nearest(cells: Sequence[_Cell], said: Quantity, at: tuple[Indicator, str]) -> list[_Cell]:
    """Cells of other rows one digit away from an amount; none where another cell prints it or several amounts are near."""
    row, field = at
    others = [cell for cell in cells if cell[0] is not row or cell[1] != field]
    if said.approximate or any(same_quantity(said, amount) for _, _, amount in others):
        return []
    near = [cell for cell in others if cell[0] is not row and is_slip(said, cell[2])]
    return near if len({str(amount) for _, _, amount in near}) == 1 else []


def _slips_in_standards(case: Case) -> Iterator[Relation]:
    """Amounts in a row's 评分标准, a digit away from its own target or from the target of a row that the words name."""
    seen: set[object] = set()
    for sheet in case.report.sheets:
        cells = [cell for cell in _counted_cells(sheet) if cell[1] == "target"]
        for row in sheet.indicators:
            found = standard_of(row)
            # a project's form without such a column takes over the standards of the overall one
            if found is None or (found[1].source, found[0]) in seen:
                continue
            text, fact = found
            seen.add((fact.source, text))
            for said in _quantities(_STEPPED.sub("", normalise(text))):
                if any(same_quantity(said, amount) for _, _, amount in cells):
                    continue
                near = [cell for cell in cells if is_slip(said, cell[2])]
                named = [c for c in near if c[0] is row or _named_before(text, said, c[0].name)]
                if len({str(cell[2]) for cell in named}) == 1:
                    yield _slipped(sheet, named[0], said, fact, f"{row_title(sheet, row)}评分标准")


def _funds_in_words(sheet: Sheet) -> Iterator[Relation]:
    """Amounts of money in the goals, a digit away from the sheet's own budget or result and equal to nothing in it."""
    money = [
        fact
        for stage in ("initial", "full_year", "executed")
        if (fact := sheet.facts.find("sheet.funds", sheet=sheet.id, fund="total", stage=stage)) is not None
    ]
    counted = [amount for _, _, amount in _counted_cells(sheet)]
    for concept in ("goal_expected", "goal_actual"):
        goal = sheet.get(concept)
        for said in _quantities(goal.text) if goal is not None else ():
            if said.unit is None or said.unit.dimension != "money" or goal is None:
                continue
            same = [fact for fact in money if said.base == fact.quantity.base]
            where = f"{sheet_title(sheet)}{goal.declared.label}"
            if same:
                yield held("K26", f"{where}的“{said}”与资金栏", goal, same[0])
                continue
            if any(same_quantity(said, amount) for amount in counted):
                continue
            # 900万元 of a goal and 922.45 of the funds are two things: all digits but one must agree, of four at least
            near = [
                fact
                for fact in money
                if is_slip(said, fact.quantity) and len(said.value.as_tuple().digits) >= 4
            ]
            if len({fact.number for fact in near}) == 1:
                yield broken(
                    "K26", Severity.WARNING, "text",
                    f"{where}的“{said}”与本表资金栏的 {near[0].text} 只差一个数字，疑有一处填错。",
                    subject=f"{where}的“{said}”与资金栏", expected=near[0].text, found=str(said), facts=[goal, near[0]],
                    advice="请核对后统一文字与表中的数。",
                )  # fmt: skip


def _named_before(text: str, said: Quantity, name: str) -> bool:
    """Whether the words right before an amount share two characters in a row with the indicator's name."""
    words = compact(normalise(text))
    at = words.find(compact(str(said)))
    before, wanted = words[max(0, at - 14) : at] if at >= 0 else "", compact(name)
    return any(
        before[i : i + 2] in wanted and not before[i : i + 2].isdigit() for i in range(len(before) - 1)
    )


def _named_around(text: str, said: Quantity, name: str) -> bool:
    """Like :func:`_named_before`, or the words right after the amount name it: 155户拆迁还建住户."""
    words = compact(normalise(text))
    printed = compact(str(said))
    at = words.find(printed)
    after, wanted = words[at + len(printed) :][:8] if at >= 0 else "", compact(name)
    return _named_before(text, said, name) or any(
        after[i : i + 2] in wanted and not after[i : i + 2].isdigit() for i in range(len(after) - 1)
    )


def _slipped(sheet: Sheet, cell: _Cell, said: Quantity, fact: Fact, where: str) -> Relation:
    row, field, amount = cell
    at = row.get(field)
    label = "年度指标值" if field == "target" else "实际完成值"
    subject = f"{where}的“{said}”与{label}"
    return broken(
        "K26", Severity.WARNING, "text",
        f"{where}的“{said}”与{row_title(sheet, row)}的{label}“{amount}”只差一个数字，疑有一处填错。",
        subject=subject, expected=str(amount), found=str(said), facts=[fact, at] if at else [fact],
        advice="请核对后统一文字与表中的数。",
    )  # fmt: skip


def _spoken(
    sheet: Sheet, rows: Sequence[_Measured], said: Quantity, fact: Fact, where: str, about: str
) -> Iterator[Relation]:
    subject = f"{where}的“{said}”"
    verdict = _contradiction(rows, said, about)
    if verdict is True:
        yield held("K26", subject)
    elif isinstance(verdict, tuple):
        row, why = verdict
        actual = row.get("actual")
        yield broken(
            "K26", Severity.WARNING, "text", f"{subject}与{row_title(sheet, row)}不一致：{why}。",
            subject=subject, expected=row.actual, found=str(said),
            facts=[fact, actual] if actual else [fact], advice="请按指标的实际完成值更正文字。",
        )  # fmt: skip
