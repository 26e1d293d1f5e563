"""Family M: the year, the unit, dates, signatures and completeness of a published document. Source: performance.md §5.1.

Numbering, attachments, template residue and torn sentences (M05, M06, M08, M09) are in ``metadata_structure.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from guangsha.checker.document import DocumentView, TextLine, TextTable, heading_style, squeeze
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held, last_digit, not_checked
from guangsha.facts.concepts import CONCEPTS
from guangsha.facts.fact import Fact
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import BaseLine
from guangsha.kernel.findings import Place, Relation, Severity
from guangsha.kernel.numbers import divide, plain, round_to

NO_DOCUMENT = "数据不是从已公开的文档读出的，没有文字可查"
_FORM = "绩效自评报告、部门决算公开的规定格式"
_QUOTE_MAX = 80

#: Words that make a line the title of a report, a table or a form.
_TITLED = re.compile(
    "自评表|自评结果|自评报告|决算表|决算总表|明细表|基础数据表|部门决算|单位决算|情况表|决算公开|情况说明|工作完成情况"
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年(?!以|来|起|内)")
#: Another year is meant to be there: comparisons, plans, results of the year before.
_OTHER_YEAR = re.compile("与|比|较|上年|上一年|应用|整改|计划|安排|编制|结转|下达|文件|通知")
_CONCLUDES = re.compile(
    r"(?<!\d)(20\d\d)\s*年度?\s*(?P<who>[\u4e00-\u9fff\s]{2,34}?)(?:资金支出|整体支出|项目支出|预算执行)"
)
_COLUMN_YEAR = re.compile(r"(20\d\d)年(?:度)?(决算数|预算数|实际在职人数|完工项目)")


def line_place(line: TextLine) -> Place:
    """A line as the place of a finding."""
    return replace(line.place, quote=line.text.strip()[:_QUOTE_MAX]).place()


def _is_title(line: TextLine) -> bool:
    text = line.compact
    return len(text) <= 45 and not text.endswith(("。", ";", ",")) and _TITLED.search(text) is not None


@rule(
    "M01",
    title="年度前后一致",
    scope="全文",
    formula="封面、标题、表头、结论中的年度＝报告年度",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="套用上年文稿时最常漏改年度，读者无法判断数字属于哪一年。",
    source=_FORM,
    example="江岸区 2024 年度公开件中一处标题和一处结论写作 2023 年度。",
    absent=NO_DOCUMENT,
)
def m01(case: Case) -> Iterator[Relation]:
    document = case.document
    if document is None:
        return
    for line in document.lines:
        if _is_title(line) and not _OTHER_YEAR.search(line.text):
            years = {int(found) for found in _YEAR.findall(line.text)}
            if years:
                yield _same_year(case.report.year, years, "标题", line_place(line))
    for passage, match in document.search(_CONCLUDES):
        sentence = passage.text[passage.text.rfind("。", 0, match.start()) + 1 : match.end()]
        if _own_name(match["who"], case.report.unit) and not _OTHER_YEAR.search(sentence):
            where = passage.place(match.start(), match.end())
            yield _same_year(case.report.year, {int(match[1])}, "结论", where)
    for table in document.tables:
        yield from _column_years(case.report.year, table)


def _same_year(year: int, found: set[int], what: str, place: Place) -> Relation:
    subject = f"{what}“{place.quote[:40]}”的年度"
    if found == {year}:
        return held("M01", subject)
    printed = "、".join(str(number) for number in sorted(found))
    return broken(
        "M01", Severity.ERROR, "year", f"{subject}为 {printed}，全文为 {year} 年度。", subject=subject,
        expected=str(year), found=printed, places=[place], advice="请核对是否沿用了其他年度的文稿。",
    )  # fmt: skip


def _column_years(year: int, table: TextTable) -> Iterator[Relation]:
    """Heads such as ``2022年决算数 | 2023年预算数 | 2023年决算数``: last year's accounts, this year's budget and accounts."""
    accounts = 0
    for row in table.rows[:6]:
        for cell in row:
            match = _COLUMN_YEAR.search(squeeze(cell.text))
            if match is None:
                continue
            expected = year
            if match[2] == "决算数":
                accounts += 1
                expected = year - 1 if accounts == 1 and _counts_accounts(table) > 1 else year
            yield _same_year(expected, {int(match[1])}, "表头", replace(cell.place, quote=cell.text).place())


def _counts_accounts(table: TextTable) -> int:
    texts = [squeeze(cell.text) for row in table.rows[:6] for cell in row]
    return sum(1 for text in texts if (found := _COLUMN_YEAR.search(text)) and found[2] == "决算数")


# --- the unit's name ---------------------------------------------------------------------------------------

_NAMED = re.compile(
    r"^(?:部门|单位名称|预算单位名称|编制单位|(?:市|区|县)?级?预算部门名称|部门名称)\s*[:：]?\s*(?P<name>\S{4,})$"
)
_ORGANISATION = re.compile(
    "[\u4e00-\u9fff]{2}(?:中心|局|委员会|委|办公室|处|站|所|院|厅|部|公司|政府|大队|支队|馆|学校|社)(?:\\(.{1,8}\\))?$"
)
_SELF = ("本单位", "本部门", "我单位", "我局", "我中心", "本中心", "我部门", "本局")


def _core(name: str) -> str:
    """A unit's name without its place and brackets: 江岸区住房保障局（本级） → 住房保障局."""
    name = re.sub(r"\(.*?\)", "", squeeze(name))
    place = max(name.rfind(mark, 0, 10) for mark in "市区县")
    return name[place + 1 :] if place >= 1 and len(name) - place > 3 else name


def same_unit(one: str, other: str) -> bool:
    """Whether two printed names can mean one unit: equal, one within the other, or different only in the place.

    >>> same_unit("武汉市江岸区住房局", "武汉江岸区住房局")
    True
    """
    first, second = squeeze(one), squeeze(other)
    return first in second or second in first or _core(first) == _core(second)


def _own_name(name: str, unit: str) -> bool:
    return squeeze(name) in _SELF or (len(name) >= 4 and same_unit(name, unit))


@rule(
    "M02",
    title="单位名称前后一致",
    scope="全文",
    formula="封面、各表、正文的单位名称＝单位全称或其规范简称",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="机构改革后新旧名称并用，读者不知道是不是同一个单位。",
    source=_FORM,
    example="江岸区 2024 年度公开件在原名称之外又出现合并后的机构名称。",
    absent=NO_DOCUMENT,
)
def m02(case: Case) -> Iterator[Relation]:
    document, unit = case.document, case.report.unit
    if document is None or not unit:
        return
    for label, place in _named_units(document):
        subject = f"“{place.table or '文首'}”所填单位名称"
        if same_unit(label, unit):
            yield held("M02", subject)
        else:
            yield _other_name(subject, unit, label, place)
    prefix, core = unit[: len(unit) - len(_core(unit))][-3:], _core(unit)
    if len(prefix) < 2 or len(core) < 5:
        return
    ending = core[-1]
    pattern = re.compile(
        rf"{re.escape(prefix)}(?:{re.escape(core[:2])}[\u4e00-\u9fff]{{2,12}}?){re.escape(ending)}"
    )
    strange: dict[str, Place] = {}
    for passage, match in document.search(pattern):
        name = match[0]
        if not same_unit(name, unit) and core not in passage.text[match.start() : match.start() + 30]:
            strange.setdefault(name, passage.place(match.start(), match.end()))
    for name, place in strange.items():
        yield _other_name("正文中的机构名称", unit, name, place)


def _named_units(document: DocumentView) -> Iterator[tuple[str, Place]]:
    for table in document.tables:
        for line in table.above:
            if (match := _NAMED.match(line.text.strip())) and _ORGANISATION.search(match["name"]):
                yield match["name"], replace(line.place, table=table.caption, quote=line.text.strip()).place()
        for row in table.rows[:3]:
            for label, cell in pairwise(row):
                named = squeeze(label.text)
                name = squeeze(cell.text)
                if len(named) > 2 and _NAMED.match(f"{named}:xxxx") and _ORGANISATION.search(name):
                    yield name, replace(cell.place, quote=cell.text.strip()).place()


def _other_name(subject: str, unit: str, found: str, place: Place) -> Relation:
    return broken(
        "M02", Severity.WARNING, "name", f"{subject}为“{found}”，报告单位为“{unit}”。", subject=subject,
        expected=unit, found=found, places=[place], advice="请统一单位名称；机构更名或合并的，请注明。",
    )  # fmt: skip


# --- dates and signatures ----------------------------------------------------------------------------------

_DATE = re.compile(r"(20\d\d)\s*[年.\-/]\s*(\d{1,2})\s*[月.\-/]\s*(\d{1,2})")


def printed_date(text: str) -> date | None:
    """The first date in ``text``; None when there is none or it is not a day of the calendar.

    >>> printed_date("填报日期：2024.6.5")
    datetime.date(2024, 6, 5)
    """
    match = _DATE.search(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


@rule(
    "M03",
    title="日期先后合理",
    scope="全文",
    formula="年度末≤各表填报日期≤报告日期",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="填报日期晚于报告日期或早于年度末，说明数据不是定稿或日期有误。",
    source=_FORM,
    example="岳阳市 2023 年度：附表 6 月 5 日、24 日，报告 6 月 25 日，相符。",
    absent="没有填报日期",
)
def m03(case: Case) -> Iterator[Relation]:
    report_fact = case.facts.find("unit.report_date")
    reported = printed_date(report_fact.text) if report_fact else None
    year_end = date(case.report.year, 12, 31)
    if reported is not None and report_fact is not None:
        yield _in_order("报告日期", year_end, "年度末", reported, report_fact.place())
    for day, place in _filled_days(case):
        yield _in_order("填报日期", year_end, "年度末", day, place)
        if reported is not None and report_fact is not None:
            subject = f"填报日期 {day} 与报告日期 {reported}"
            if day <= reported:
                yield held("M03", subject)
            else:
                yield broken(
                    "M03", Severity.WARNING, "date", f"填报日期 {day} 晚于报告日期 {reported}。", subject=subject,
                    expected=f"≤{reported}", found=str(day), places=[place, report_fact.place()],
                    advice="请核对两处日期。",
                )  # fmt: skip


def _in_order(what: str, first: date, name: str, second: date, place: Place) -> Relation:
    subject = f"{what} {second} 与{name}"
    if first <= second:
        return held("M03", subject)
    return broken(
        "M03", Severity.WARNING, "date", f"{what} {second} 早于{name} {first}。", subject=subject,
        expected=f"≥{first}", found=str(second), places=[place], advice="请核对日期。",
    )  # fmt: skip


def _filled_days(case: Case) -> list[tuple[date, Place]]:
    found: dict[date, Place] = {}
    facts: list[Fact] = [*case.facts.select("unit.filled_on"), *case.facts.select("sheet.filled_on")]
    for fact in facts:
        if day := printed_date(fact.text):
            found.setdefault(day, fact.place())
    for passage in case.document.texts if case.document else ():
        start = passage.text.find("填报日期")
        day = printed_date(passage.text[start : start + 24]) if start >= 0 else None
        if day:
            found.setdefault(day, passage.place(start, start + 24))
    return sorted(found.items(), key=lambda item: item[0])


_SIGN_LABELS = ("单位负责人签字", "单位负责人", "填表人", "联系电话", "填报日期")
_SIGN = re.compile("(" + "|".join(_SIGN_LABELS) + r")(?:\s*[（(][^）)]*[）)])?\s*[:：]?")
_PHONE = re.compile(r"(?:0\d{2,3}[-—]?\d{7,8}(?:-\d{1,5})?|1[3-9]\d{9}|\d{7,8})")
#: A sign block is at most this many lines long.
_SIGN_LINES = 7


@rule(
    "M04",
    title="签字、填表人、电话、日期齐全",
    scope="附表",
    formula="单位负责人、填表人、联系电话、填报日期均已填写，电话号码格式正确",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="没有签字和联系电话的表，出了问题找不到责任人。",
    source=_FORM,
    example="岳阳市 2023 年度各附表“单位负责人签字”为空。",
    absent="附表下没有签字栏",
)
def m04(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    for lines in _sign_blocks(case.document):
        text = " ".join(line.text.strip() for line in lines)
        matches = list(_SIGN.finditer(text))
        place = line_place(lines[0])
        blank = []
        for match, following in zip(matches, [*matches[1:], None], strict=True):
            value = text[match.end() : following.start() if following else len(text)].strip(" 　_:：")
            if not value:
                blank.append(match[1])
            elif match[1] == "联系电话":
                yield _phone(value.split()[0], place)
        subject = f"“{place.quote[:20]}”签字栏"
        if not blank:
            yield held("M04", subject)
            continue
        named = "、".join(dict.fromkeys(blank))
        # nothing but perhaps the date filled in: the form waits for the pen, nobody forgot a name
        waiting = {match[1] for match in matches} - {"填报日期"} <= set(blank) and len(blank) > 1
        yield broken(
            "M04", Severity.INFO if waiting else Severity.WARNING, "missing", f"签字栏中{named}为空。", subject=subject, expected="已填写",
            found="空白", places=[place], advice="请补填后再公开；公开件略去签字的，请注明原件已签。",
        )  # fmt: skip


def _phone(value: str, place: Place) -> Relation:
    number = squeeze(value)
    subject = "签字栏联系电话"
    if _PHONE.fullmatch(number):
        return held("M04", subject)
    return broken(
        "M04", Severity.WARNING, "format", f"联系电话“{number[:20]}”不是完整的电话号码。", subject=subject,
        expected="区号加 7 至 8 位号码", found=number[:20], places=[place], advice="请核对联系电话。",
    )  # fmt: skip


def _sign_blocks(document: DocumentView) -> Iterator[list[TextLine]]:
    """Lines of each sign block: from its first label to its last, values on lines of their own included."""
    lines = list(document.body)
    index = 0
    while index < len(lines):
        if len(set(_SIGN.findall(lines[index].text))) == 0 or len(lines[index].compact) > 90:
            index += 1
            continue
        block, last = [lines[index]], index
        for offset in range(1, _SIGN_LINES):
            if index + offset >= len(lines) or len(lines[index + offset].compact) > 40:
                break
            following = lines[index + offset]
            if _SIGN.search(following.text) or not _SIGN.sub("", lines[last].text).strip(" 　:："):
                block, last = lines[index : index + offset + 1], index + offset
        labels = set(_SIGN.findall(" ".join(line.text for line in block)))
        if len(labels) > 1:
            yield block
        index = last + 1


# --- projects, phones, required tables ---------------------------------------------------------------------


@rule(
    "M07",
    title="每个有支出的项目各有一张自评表",
    scope="基础数据表与项目自评表",
    formula="基础数据表中有决算数的每个末级项目，都有执行数相同的项目自评表",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="没有自评表的项目等于没有评价，评价覆盖率须如实说明。",
    source="自评表填表说明“每个一级项目支出填一张表”",
    example="岳阳市 2023 年度：三张表 1763.15 万元，占项目支出 1874.05 万元的 94.08%。",
    absent="没有基础数据表的项目行或项目自评表",
)
def m07(case: Case) -> Iterator[Relation]:
    report = case.report
    parents = {line.parent for line in report.base_lines if line.parent}
    leaves = [
        line
        for line in report.base_lines
        if line.line.startswith("programme.") and line.line.removeprefix("programme.") not in parents
    ]
    spent = [line for line in leaves if line.executed is not None and line.executed.number > 0]
    if not spent or not report.projects:
        return
    amounts = [fact for sheet in report.projects if (fact := sheet.funds().executed)]
    named = {sheet.text("budget_line") for sheet in report.projects}
    without = [line for line in spent if not _covered(line, amounts, named)]
    for line in spent:
        if line not in without:
            yield held("M07", f"项目“{line.name}”的自评表")
    if not without:
        return
    total = sum((line.executed.number for line in spent if line.executed), Decimal(0))
    missing = sum((line.executed.number for line in without if line.executed), Decimal(0))
    share = round_to(divide((total - missing) * 100, total), 2)
    names = "、".join(f"“{line.name}”{line.executed.text if line.executed else ''}" for line in without)
    yield broken(
        "M07", Severity.WARNING, "coverage",
        f"{names} 没有对应的项目自评表，自评覆盖项目支出的 {plain(share)}%。", subject="项目自评表的覆盖面",
        expected="100%", found=f"{plain(share)}%", facts=[line.executed for line in without if line.executed],
        advice="请补齐自评表，或说明未纳入自评的原因和覆盖比例。",
    )  # fmt: skip


def _covered(line: BaseLine, amounts: list[Fact], named: set[str]) -> bool:
    if line.line.removeprefix("programme.") in named or line.line in named:
        return True
    executed = line.executed
    return executed is not None and any(
        abs(fact.number - executed.number) <= last_digit(executed, 2) for fact in amounts
    )


_MOBILE = re.compile(r"(?<![\d.])1[3-9]\d{9}(?![\d.])")


@rule(
    "M10",
    title="不公开个人手机号码",
    scope="全文",
    formula="全文没有 11 位手机号码",
    tolerance="–",
    severity=Severity.WARNING,
    why="公开件上的手机号码是个人信息，应当用办公电话。",
    source="《个人信息保护法》；《政府信息公开条例》第十五条",
    example="岳阳市 2023 年度两张附表印有手机号码。",
    absent=NO_DOCUMENT,
)
def m10(case: Case) -> Iterator[Relation]:
    if case.document is None:
        return
    found: dict[str, list[Place]] = {}
    for passage in case.document.texts:
        for match in _MOBILE.finditer(passage.text):
            masked = f"{match[0][:3]}****{match[0][-4:]}"
            place = replace(passage.place(match.start(), match.end()), quote=masked)
            found.setdefault(masked, []).append(place)
    if not found:
        yield held("M10", "全文的电话号码")
    for masked, places in found.items():
        yield broken(
            "M10", Severity.WARNING, "privacy", f"公开了个人手机号码 {masked}（{len(places)} 处）。",
            subject="全文的电话号码", expected="办公电话", found=masked, places=places, advice="请改用办公电话。",
        )  # fmt: skip


#: A document with fewer of the thirteen items is a set of tables without its text.
_ITEMS_FROM = 7
#: Items 一 to 十三 of 决算情况说明: the name that a finding prints, and the words that a heading must hold.
_ITEMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("收入支出决算总体情况说明", ("收入支出决算总体", "收支决算总体")),
    ("收入决算情况说明", ("收入决算情况",)),
    ("支出决算情况说明", ("支出决算情况",)),
    ("财政拨款收入支出决算总体情况说明", ("财政拨款收入支出决算总体", "财政拨款收支决算总体")),
    ("一般公共预算财政拨款支出决算情况说明", ("一般公共预算财政拨款支出决算", "一般公共预算支出决算")),
    ("一般公共预算财政拨款基本支出决算情况说明", ("基本支出决算",)),
    ("政府性基金预算财政拨款收入支出决算情况说明", ("政府性基金",)),
    ("国有资本经营预算财政拨款支出决算情况说明", ("国有资本经营",)),
    ("财政拨款“三公”经费支出决算情况说明", ("三公",)),
    ("机关运行经费支出说明", ("机关运行经费",)),
    ("政府采购支出说明", ("政府采购",)),
    ("国有资产占用情况说明", ("国有资产",)),
    ("预算绩效情况说明", ("绩效",)),
)


@rule(
    "M11",
    title="决算公开的九张表、十三项说明和金额单位齐全",
    scope="部门决算公开",
    formula="公开 01–09 表各有其表且标明单位；情况说明一至十三项各有其段",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="缺一张表或一项说明即属公开不完整；不写单位，读者不知道是元还是万元。",
    source="部门决算公开的规定格式；《预算法》第十四条",
    example="江岸区 2024 年度：九表、十三项齐全，部分表上方没有“单位：万元”。",
    absent="这不是部门决算公开文档",
)
def m11(case: Case) -> Iterator[Relation]:
    document = case.document
    given = [table for table in ACCOUNTS if case.report.accounts(table)]
    if document is None or len(given) < 3:
        return
    from_body = [line.compact for line in document.body]
    captions = [squeeze(table.caption) for table in document.tables]
    for table in ACCOUNTS:
        title = CONCEPTS[f"accounts.{table}"].label
        printed = table in given or any(squeeze(title) in text for text in (*from_body, *captions))
        yield _present(printed, f"“{title}”", "表", document)
    heads = [line.compact for line in document.body if len(line.compact) <= 50 and heading_style(line.text)]
    told = {name: any(word in head for head in heads for word in words) for name, words in _ITEMS}
    if sum(told.values()) < _ITEMS_FROM:
        yield not_checked("M11", "十三项情况说明", "文档只有表格，没有情况说明")
    else:
        for name, found in told.items():
            yield _present(found, f"“{name}”", "说明", document)
    for text_table in document.tables:
        if re.search("公开0[1-9]表", squeeze(" ".join(line.text for line in text_table.above))):
            yield _unit_line(text_table)


def _present(printed: bool, name: str, what: str, document: DocumentView) -> Relation:
    if printed:
        return held("M11", f"{name}{what}")
    return broken(
        "M11", Severity.WARNING, "missing", f"没有找到{name}{what}。", subject=f"{name}{what}",
        expected="有", found="无", places=[Place(document.file)], advice="请补充；确无数据的也应列出空表并说明。",
    )  # fmt: skip


def _unit_line(table: TextTable) -> Relation:
    subject = f"“{table.caption}”的金额单位"
    near = [line.text for line in table.above] + [cell.text for row in table.rows[:3] for cell in row]
    if any(re.search(r"单位[:：](?:人民币)?(?:万|亿|千)?元", squeeze(text)) for text in near):
        return held("M11", subject)
    if not table.caption:
        return not_checked("M11", subject, "表没有标题")
    return broken(
        "M11", Severity.WARNING, "unit", f"{subject}没有标明。", subject=subject, expected="单位：万元", found="未标明",
        places=[replace(table.place, table=table.caption, quote=table.caption).place()], advice="请在表的右上方注明金额单位。",
    )  # fmt: skip
