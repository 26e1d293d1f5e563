"""Families K, B, U and S, the prose around scoring sheets: counts of indicators, claims of completion, staff, key work.

Source: performance.md §5.3 (K24, K29), §5.4 (B03), §5.2 (F08), §5.6 (U15), §5.9 (S23).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from guangsha.checker.document import DocumentView, Passage, TextCell, TextTable, squeeze
from guangsha.checker.printed import DOWNWARD
from guangsha.checker.readings import actual_of, quantity, same_quantity, target_of
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import Wording, broken, check_sum, held, not_checked
from guangsha.checker.rules.metadata import NO_DOCUMENT, printed_date
from guangsha.checker.rules.narrative_text import NUMBER
from guangsha.checker.subjects import row_title, sheet_title
from guangsha.facts.fact import CellSource, Fact
from guangsha.facts.report import Indicator, Sheet
from guangsha.kernel.findings import Quoted, Relation, Severity
from guangsha.kernel.measures import parse_quantity
from guangsha.kernel.numbers import normalise, plain

_LEVELS = "经济效益|社会效益|生态效益|可持续影响(?:效益)?|产出|效益|满意度|成本|数量|质量|时效"
_RESULT = "绩效自评结果（文字）与绩效自评表"


@dataclass(frozen=True, slots=True)
class _Placed:
    """A sheet and where its indicator rows stand in the document."""

    order: int
    sheet: Sheet


def _placed_sheets(case: Case) -> list[_Placed]:
    found = []
    for sheet in case.report.sheets if case.document else ():
        sources = (name.source for row in sheet.indicators[:3] if (name := row.get("name")))
        orders = [
            order
            for source in sources
            if isinstance(source, CellSource)
            and case.document
            and (order := case.document.order_of(source)) is not None
        ]
        if orders:
            found.append(_Placed(orders[0], sheet))
    return sorted(found, key=lambda placed: placed.order)


def _sheet_before(placed: list[_Placed], order: int) -> Sheet | None:
    """The sheet that a passage speaks of: the nearest before it."""
    return next((one.sheet for one in reversed(placed) if one.order < order), None)


def _rows(sheet: Sheet, level: str) -> list[Indicator]:
    level = "可持续影响" if level.startswith("可持续影响") else level
    return [row for row in sheet.indicators if level in row.level1 or level in row.level2]


_COUNTED = re.compile(
    rf"(?P<before>.{{0,8}}?)(?P<level>{_LEVELS})指标\s*(?:共|有|共有|为)?\s*(?P<count>\d+)\s*个"
)


@rule(
    "K24",
    title="文字中的指标个数与自评表一致",
    scope="自评结果文字与自评表",
    formula="文字所说某级指标个数＝自评表中该级指标的行数",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="个数对不上，说明文字与表不是同一稿。",
    source=_RESULT,
    example="江岸区 2024 年度：整体 25、11、2 个，相符；一个项目文字 6 个，表中 4 行。",
    absent="文字没有写明指标个数，或没有自评表",
)
def k24(case: Case) -> Iterator[Relation]:
    placed = _placed_sheets(case)
    seen: set[tuple[str, str]] = set()
    for passage, match in case.document.search(_COUNTED) if case.document else ():
        sheet = _sheet_before(placed, passage.order)
        # Counts of a part (市级 7 个, 完成 25 个) are not the count of the level.
        if (
            sheet is None
            or re.search("市级|区级|完成的?|其中|超额", re.split(r"[:：,，。;；]", match["before"])[-1])
            or (sheet.id, match["level"]) in seen
        ):
            continue
        seen.add((sheet.id, match["level"]))
        rows = _rows(sheet, match["level"])
        subject = f"文字所说{match['level']}指标个数与{sheet_title(sheet)}"
        said = int(match["count"])
        if said == len(rows):
            told = Quoted(passage.place(*match.span("count")))
            yield held("K24", subject, told, *(row.get("name") for row in rows))
            continue
        names = [fact for row in rows[:1] if (fact := row.get("name"))]
        yield broken(
            "K24", Severity.WARNING, "count", f"{subject}不符：文字为 {said} 个，表中有 {len(rows)} 行。", subject=subject,
            expected=str(len(rows)), found=str(said),
            places=[passage.place(*match.span("count")), *(fact.place() for fact in names)], advice="请核对指标个数。",
        )  # fmt: skip


_ALL_EXCEEDED = re.compile("(?:均|全部|都)(?:已)?超额(?:完成|达标)|(?:均|全部|都)超(?:额|目标)")
_ALL_DONE = re.compile(
    "(?:目标|指标|任务)(?:均|都)?(?:已)?(?:全部|全面|圆满)?(?:均)?完成|(?:全部|均已|全面)完成"
)


@rule(
    "K29",
    title="“完成”“超额完成”的说法与指标值一致",
    scope="自评结果文字与自评表",
    formula="说“均超额完成”⇒各行实际值＞目标值；说“全部完成”⇒各行实际值≥目标值",
    tolerance="–",
    severity=Severity.WARNING,
    why="结论性的话最常被引用，须有每一行数字支持。",
    source=_RESULT,
    example="江岸区 2024 年度：一处写“均超额完成”，其中一行目标 35、实际 35。",
    absent="没有这类结论，或没有可比的指标",
)
def k29(case: Case) -> Iterator[Relation]:
    placed = _placed_sheets(case)
    for passage, match in case.document.search(_ALL_EXCEEDED) if case.document else ():
        sheet = _sheet_before(placed, passage.order)
        if sheet is None:
            continue
        sentence = passage.text[passage.text.rfind("。", 0, match.start()) + 1 : match.end()]
        level = re.search(rf"({_LEVELS})指标", sentence)
        rows = _rows(sheet, level[1]) if level else list(sheet.indicators)
        place = passage.place(match.start(), match.end())
        found = _supported(case, sheet, rows, match[0], over=True)
        if found is not None:
            yield found if found.finding is None else _with_place(found, place)
    for sheet in case.report.sheets:
        goal = sheet.get("goal_actual")
        done = _ALL_DONE.search(goal.text) if goal else None
        if goal is not None and done is not None and len(squeeze(goal.text)) <= 30:
            found = _supported(case, sheet, list(sheet.indicators), goal.text.strip(), over=False)
            if found is not None:
                yield found if found.finding is None else _with_place(found, goal.place())


def _with_place(relation: Relation, place: object) -> Relation:
    finding = relation.finding
    if finding is None:
        return relation
    return replace(relation, finding=replace(finding, where=(place, *finding.where)))  # type: ignore[arg-type]


def _supported(case: Case, sheet: Sheet, rows: list[Indicator], claim: str, *, over: bool) -> Relation | None:
    """Whether every comparable row bears the claim out; None where no row is comparable."""
    ratios = [
        (row, scored.completion)
        for row in rows
        # Where less is better, a ratio below one is no shortfall.
        if "成本" not in row.level1 + row.level2
        and row.text("direction") != "down"
        and (scored := case.scored_rows.get((sheet.id, row.key)))
        and scored.completion is not None
        and not scored.method.startswith(DOWNWARD)
    ]
    if not ratios:
        return None
    against = [row for row, ratio in ratios if ratio < 1 or (over and ratio == 1)]
    subject = f"{sheet_title(sheet)}“{claim[:16]}”的说法"
    if not against:
        cells = (row.get(field) for row, _ in ratios for field in ("actual", "target"))
        return held("K29", subject, *cells)
    row = against[0]
    facts = [fact for field in ("actual", "target") if (fact := row.get(field))]
    message = f"{subject}与表中的数不符：{row_title(sheet, row)}目标 {row.target}，实际 {row.actual}。"
    return broken(
        "K29", Severity.WARNING, "claim", message, subject=subject, expected="逐行有数支持", found=row.actual, facts=facts,
        advice="请按实际完成情况改写结论。",
    )  # fmt: skip


# --- key work (重点工作) -------------------------------------------------------------------------------------

_ITEM = re.compile(
    rf"(?P<label>[\u4e00-\u9fffA-Za-z、 ]{{4,40}}?)\s*[≥≤><]?\s*(?P<number>{NUMBER})\s*(?P<unit>[\u4e00-\u9fff]{{0,4}})"
)


@rule(
    "S23",
    title="重点工作的目标、完成数与自评表一致",
    scope="重点工作完成情况与自评表",
    formula="重点工作表中的目标数、完成数＝自评表同名指标的目标值、实际值",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="同一项工作在两张表里完成数不同，至少一处有误。",
    source="部门决算公开第四部分（重点工作完成情况）与绩效自评表",
    example="江岸区 2024 年度：购房补贴重点工作表为 1034 户，整体自评表为“≥1000户”。",
    absent="没有重点工作完成情况表，或没有同名指标",
)
def s23(case: Case) -> Iterator[Relation]:
    for table in case.document.tables if case.document else ():
        columns = _work_columns(table)
        if columns is None:
            continue
        work, goal, done = columns
        for row in table.rows[1:]:
            if len(row) <= max(work, goal, done):
                continue
            if work != goal:
                yield from _named_work(case, row[work], row[goal], "目标")
                yield from _named_work(case, row[work], row[done], "完成数")
                continue
            yield from _work_cell(case, row[goal], "目标")
            yield from _work_cell(case, row[done], "完成数")


def _work_columns(table: TextTable) -> tuple[int, int, int] | None:
    """Columns of the work, its target and what was done; one column may tell the work together with its target."""
    for row in table.rows[:2]:
        heads = [squeeze(cell.text) for cell in row]
        work = next((i for i, head in enumerate(heads) if "工作内容" in head or "工作目标" in head), None)
        done = next((i for i, head in enumerate(heads) if "完成情况" in head), None)
        if work is not None and done is not None:
            aside = (i for i, head in enumerate(heads) if re.search(r"目标|指标值|计划", head) and i != work)
            return work, next(aside, work), done
    return None


def _named_work(case: Case, work: TextCell, cell: TextCell, what: str) -> Iterator[Relation]:
    """A target or result in a column of its own, beside the name of the work."""
    found = _indicator_named(case, work.text)
    printed = parse_quantity(normalise(cell.text).lstrip("≥≤><="))
    if found is None or printed is None:
        return
    sheet, row = found
    fact = row.get("target" if what == "目标" else "actual")
    measured = quantity(target_of(row) if what == "目标" else actual_of(row))
    if measured is None or fact is None or len(re.findall(r"\d+(?:\.\d+)?", fact.text)) != 1:
        return
    subject = f"重点工作“{row.name}”的{what}与{sheet_title(sheet)}"
    unlike = printed[0].unit and measured.unit and printed[0].unit.dimension != measured.unit.dimension
    if same_quantity(printed[0], measured) or (unlike and printed[0].value == measured.value):
        yield held("S23", subject, Quoted(replace(cell.place, quote=cell.text.strip()).place()), fact)
        return
    yield broken(
        "S23", Severity.ERROR, "equal", f"{subject}不符：一处为 {cell.text.strip()}，自评表为 {fact.text}。",
        subject=subject, expected=fact.text, found=plain(printed[0].value),
        places=[replace(cell.place, quote=cell.text.strip()).place(), fact.place()],
        advice="请核对两张表，更正其中一处。",
    )  # fmt: skip


def _work_cell(case: Case, cell: TextCell, what: str) -> Iterator[Relation]:
    text = re.sub(r"\s+", "", cell.text)
    for piece in re.split("[;；]", text):
        for match in _ITEM.finditer(piece):
            found = _indicator_named(case, match["label"])
            if found is None or _is_name(case, match["label"] + match["number"]):
                continue
            sheet, row = found
            expression = target_of(row) if what == "目标" else actual_of(row)
            measured, fact = quantity(expression), row.get("target" if what == "目标" else "actual")
            # A cell that holds two numbers belongs to two items: which is which nobody can tell.
            if measured is None or fact is None or len(re.findall(r"\d+(?:\.\d+)?", fact.text)) != 1:
                continue
            number = Decimal(re.sub(r"[,，\s]", "", match["number"]))
            subject = f"重点工作“{match['label']}”的{what}与{sheet_title(sheet)}"
            if measured.value == number and not (what == "完成数" and re.match("[≥≤]", fact.text.strip())):
                yield held("S23", subject, Quoted(_within(cell, match).place()), fact)
                continue
            yield broken(
                "S23", Severity.ERROR, "equal", f"{subject}不符：一处为 {plain(number)}，自评表为 {fact.text}。", subject=subject,
                expected=fact.text, found=plain(number), places=[_within(cell, match).place(), fact.place()],
                advice="请核对两张表，更正其中一处。",
            )  # fmt: skip


def _within(cell: TextCell, match: re.Match[str]) -> CellSource:
    """Where an item of a cell stands: in a tall cell on the line that prints its number."""
    lines = zip(cell.file_lines, cell.text.split("\n"), strict=False)
    line = next((line for line, text in lines if match["number"] in squeeze(text)), cell.place.line)
    return replace(cell.place, line=line, quote=match[0])


def _is_name(case: Case, words: str) -> bool:
    """Whether a number only ends the name of an indicator (修缮工程2)."""
    wanted = squeeze(words)
    return any(squeeze(row.name) == wanted for sheet in case.report.sheets for row in sheet.indicators)


def _indicator_named(case: Case, label: str) -> tuple[Sheet, Indicator] | None:
    """The one indicator that bears ``label``: by the same name, else by the only name that holds it."""
    wanted = squeeze(label)
    for sheets in ([case.report.overall] if case.report.overall else [], case.report.projects):
        rows = [(sheet, row) for sheet in sheets for row in sheet.indicators]
        same = [found for found in rows if squeeze(found[1].name) == wanted]
        alike = same or [found for found in rows if wanted in squeeze(found[1].name)]
        if len(alike) == 1:
            return alike[0]
    return None


# --- staff, additions, schedule ----------------------------------------------------------------------------

_STAFF = {
    "established": re.compile(r"(?:编制|事业编|行政编|核定[^。；，,\d]{0,14}编)(?:数|人数|总数)?\s*(?:为|共)?\s*(?P<n>\d+)\s*[人个名]"),
    "employed": re.compile(r"(?:在职在编|实有在职|在职实有|实有|在职)(?:人员|人数|职工)?\s*(?:为|共)?\s*(?P<n>\d+)\s*[人名]"),
    "retired": re.compile(r"(?<!离)退休(?:人员|人数|职工)?\s*(?:为|共)?\s*(?P<n>\d+)\s*[人名]"),
}  # fmt: skip


@rule(
    "B03",
    title="编制、实有人数与正文一致",
    scope="基础数据表与正文",
    formula="基础数据表的编制数、实有数＝正文机构设置一节的数",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="人数是控制率和公用经费的基数。",
    source="自评报告“机构设置”与附表",
    example="岳阳楼区 2025 年度：正文编制 14、在职 13，表中在职 13，相符。",
    absent="正文或表中没有人数",
)
def b03(case: Case) -> Iterator[Relation]:
    yield from _blank_posts(case)
    for field, pattern in _STAFF.items():
        fact = case.facts.find(f"staff.{field}")
        if fact is None or case.document is None:
            continue
        line = fact.source.line if isinstance(fact.source, CellSource) else None
        told = [
            (passage, match)
            for passage, match in case.document.search(pattern)
            if line is None or passage.place(match.start()).line != line
        ]
        if not told:
            continue
        subject = f"正文与附表的{fact.declared.label}"
        if any(Decimal(match["n"]) == fact.number for _, match in told):
            same = (
                Quoted(p.place(*match.span("n"))) for p, match in told if Decimal(match["n"]) == fact.number
            )
            yield held("B03", subject, fact, *same)
        elif len({match["n"] for _, match in told}) > 1:
            yield not_checked("B03", subject, "正文列出了多个单位的人数，无法确定应核对哪一个")
        else:
            passage, match = told[0]
            yield broken(
                "B03", Severity.ERROR, "equal", f"{subject}不符：正文为 {match['n']}，表中为 {fact.text}。", subject=subject,
                expected=fact.text, found=match["n"], places=[passage.place(*match.span("n")), fact.place()],
                advice="请核对人数，更正其中一处。",
            )  # fmt: skip


_POSTS = re.compile("编制(?:人)?数|核定编制|编制人数")


def _blank_posts(case: Case) -> Iterator[Relation]:
    """A cell for the posts that is blank while the staff in post stands beside it."""
    for table in case.document.tables if case.document else ():
        for head, row in pairwise(table.rows):
            place = next((n for n, cell in enumerate(head) if _POSTS.fullmatch(squeeze(cell.text))), None)
            if place is None or not any("在职" in cell.text for cell in head):
                continue
            # What stands under the head, up to where the next one begins.
            start = head[place].column
            end = next((cell.column for cell in head[place + 1 :] if cell.text.strip()), start + 1)
            under = [cell for cell in row if start <= cell.column < end]
            blank = bool(under) and not any(cell.text.strip() for cell in under)
            if not blank or not any(re.search(r"\d", cell.text) for cell in row):
                continue
            told = next(case.document.search(_STAFF["established"]), None) if case.document else None
            said = f"，正文为 {told[1]['n']}" if told else ""
            places = [under[0].place.place("编制数"), *([told[0].place(*told[1].span("n"))] if told else [])]
            yield broken(
                "B03", Severity.WARNING, "missing", f"附表的编制数为空{said}。", subject="附表的编制数",
                expected=told[1]["n"] if told else "已填写", found="空白", places=places, advice="请补填编制数。",
            )  # fmt: skip


_ADDED = re.compile(
    rf"(?:追加(?:预算|指标|财政拨款)|调增预算|预算调增|预算调整增加)[^。；;\d]{{0,8}}?(?P<number>{NUMBER})\s*万元"
)


@rule(
    "F08",
    title="年初预算加追加等于全年预算",
    scope="整体自评表与正文",
    formula="年初预算数＋追加（调增）数＝全年预算数",
    tolerance="SUM(2)",
    severity=Severity.WARNING,
    why="年中追加多少，应当能从年初和全年预算推出。",
    source="自评表“年初预算数、全年预算数”与正文",
    absent="正文没有写明追加预算，或写明了不止一笔",
)
def f08(case: Case) -> Iterator[Relation]:
    overall = case.report.overall
    money = overall.funds() if overall else None
    matches = list(case.document.search(_ADDED)) if case.document else []
    if money is None or money.initial is None or money.full_year is None or len(matches) != 1:
        return
    passage, match = matches[0]
    added = _amount(case, passage, match)
    wording = Wording("全年预算数与年初预算数、追加数之和", "请核对追加的数额。")
    yield check_sum("F08", Severity.WARNING, money.full_year, [money.initial, added], wording)


def _amount(case: Case, passage: Passage, match: re.Match[str]) -> Fact:
    place = passage.place(*match.span("number"))
    source = CellSource(place.file, place.table, place.cell, place.line, place.page, place.quote)
    number = Decimal(re.sub(r"[,，\s]", "", match["number"]))
    return Fact.of(
        "statement.amount",
        number,
        year=case.report.year,
        source=source,
        statement="text-added",
        role="amount",
    )


_SPAN = re.compile(
    r"(?P<first>20\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日)[^。；;]{0,4}?[至到—\-~～][^。；;]{0,4}?"
    r"(?P<last>(?:20\d\d\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*日)"
)


@rule(
    "U15",
    title="各单位自评日期在部门安排的时间内",
    scope="部门自评报告",
    formula="开始日期≤各表填报日期≤截止日期",
    tolerance="–",
    severity=Severity.INFO,
    why="晚于截止日期填报的表，可能没有经过部门复核。",
    source="部门自评报告“评价工作实施”",
    absent=f"{NO_DOCUMENT}，或没有写明自评的起止日期",
)
def u15(case: Case) -> Iterator[Relation]:
    document = case.document
    days = _filled(document) if document else []
    for passage, match in document.search(_SPAN) if document else ():
        around = passage.text[max(0, match.start() - 30) : match.end() + 30]
        first = printed_date(match["first"])
        if first is None or not re.search("自评|评价", around):
            continue
        year = "" if match["last"].lstrip().startswith("20") else f"{first.year}年"
        last = printed_date(year + match["last"])
        if last is None or not days:
            continue
        for day, place in days:
            subject = f"填报日期 {day} 与自评时间 {first} 至 {last}"
            if first <= day <= last:
                yield held("U15", subject)
                continue
            yield broken(
                "U15", Severity.INFO, "date", f"填报日期 {day} 不在自评时间 {first} 至 {last} 之内。", subject=subject,
                expected=f"{first} 至 {last}", found=str(day),
                places=[place.place(), passage.place(match.start(), match.end())], advice="请核对日期。",
            )  # fmt: skip
        return


def _filled(document: DocumentView) -> list[tuple[date, CellSource]]:
    found: dict[date, CellSource] = {}
    for line in document.body:
        start = line.text.find("填报日期")
        day = printed_date(line.text[start : start + 24]) if start >= 0 else None
        if day is not None:
            found.setdefault(day, replace(line.place, quote=line.text[start : start + 24].strip()))
    return list(found.items())
