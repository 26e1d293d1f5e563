"""Family K, one fact in several places: in a sheet, between sheets, in the goal's text. Source: performance.md §5.3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from guangsha.checker.readings import (
    COUNTED,
    actual_of,
    compact,
    items,
    quantity,
    same_quantity,
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

#: One fact may serve an output and an effect; a third score for it counts the same work again.
REPEATS_MAX = 2
#: A goal of more characters than this is not searched to its end.
GOAL_TEXT_MAX = 5000


@rule(
    "K19",
    title="同一事实不重复计分",
    scope="自评表",
    formula="同一数量在一张表内作为实际完成值不超过两次",
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
        for row in sheet.indicators:
            name = compact(row.name)
            twin = listed.get(name) if used[name] == 1 else None
            twin = twin or _named_after_project(listed, sheet, name)
            if twin is None or not name:
                continue
            for field, label in (("target", "年度指标值"), ("actual", "实际完成值")):
                yield _twins(sheet, (twin, row), field, label)


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
        return held("K22", subject)
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
    formula="总体目标完成情况（或正文）中的数量＝相应指标的实际完成值",
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
    overall = case.report.overall
    if overall is None:
        return
    rows = _measured_rows(overall)
    for statement in case.report.statements:
        fact = statement.roles.get("amount") if statement.kind == "amount" else None
        if fact is not None:
            where = f"正文“{statement.subject}”"
            yield from _spoken(overall, rows, fact.quantity, fact, where, statement.subject)


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
