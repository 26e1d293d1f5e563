"""What a document is: its kind, whose it is, of which fiscal year, and by which place's rules it is made.

The year is what most titles and captions say (a report is dated in the year after); the unit is named by a label, a
title or the head of a form; the place by the unit's name, else by the features of its forms.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.understanding.base_table import is_base_table
from guangsha.documents.reading.understanding.cells import compact, words
from guangsha.documents.reading.understanding.forms import Form, is_title
from guangsha.documents.reading.understanding.sheet_words import is_indicator_head, labelled
from guangsha.documents.reading.understanding.sheets import sheet_forms
from guangsha.kernel.errors import InputError

#: The first lines of a document: cover and title.
_COVER_LINES = 14
_YEAR = re.compile(r"(20[0-4]\d)年度?")
_FISCAL_YEAR = re.compile(r"(20[0-4]\d)年度")
#: A title that says 2023年 for 2023年度.
_TITLE_YEAR = re.compile(
    r"(20[0-4]\d)年(?!度|\d{1,2}月)[^。；，,]{2,60}(?:报告|公开|自评|决算|说明|结果)(?:书|表)?$"
)
_DATE = re.compile(r"(20[0-4]\d)年\d{1,2}月(?:\d{1,2}日)?")
_UNIT_LABEL = re.compile(
    r"(?:市级|区级|县级|省级)?(?:预算|填报|编制|部门预算|项目|评价)?(?:单位|部门)(?:\(单位\))?(?:名称)?(?:\((?:公章|盖章|章)\))?[:：](.{4,40}?)"
    r"(?=$|单位[:：]|金额|\(盖章|\(公章|填报|20\d\d年|公开\d)"
)
_TITLE_UNIT = re.compile(
    r"(?:20\d\d年度?)?(?:关于)?(?P<unit>[\u4e00-\u9fff()（）]{4,40}?)(?:20\d\d年度?)?(?:部门|单位)?"
    r"(?:整体(?:支出)?(?:绩效)?|部门决算|单位决算|决算公开|预算支出绩效|绩效(?:自评|评价)|项目(?:支出)?(?:绩效)?自评|支出绩效)"
)
_ORGANISATION = re.compile(
    r"[\u4e00-\u9fff()（）]{2,30}?(?:中心|局|委员会|办公室|处|站|所|院|公司|政府|管委会|馆|队|学校|厅|部|会|社|办)(?:[\u4e00-\u9fff]{0,12}(?:分中心|分局|分站|管理站|大队))?"
)
#: Places whose rules are known, the more particular first.
_PLACES: tuple[tuple[str, str], ...] = (
    ("岳阳楼", "yueyanglou"), ("岳阳", "yueyang"), ("岳麓", "yuelu"), ("江岸", "jiangan"), ("武汉", "jiangan"),
)  # fmt: skip
_LAYOUTS = {"yueyanglou": "yueyang", "yueyang": "yueyang", "yuelu": "yuelu", "jiangan": "wuhan", "mof": "mof"}
_ACCOUNTS_TITLE = re.compile(
    r"(?:收入支出决算总表|收入决算表|支出决算表|财政拨款收入支出决算|一般公共预算财政拨款.{0,6}支出决算|经费支出决算表)"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a document is.

    ``kind`` is ``self-evaluation``, ``final-accounts``, ``both`` or ``unknown``; ``profile_id`` names the place's
    rules and ``layout`` its forms; ``reasons`` say in Chinese how unit, year and place were recognised.
    """

    kind: str
    title: str
    unit: str
    year: int
    profile_id: str
    layout: str
    reasons: tuple[str, ...] = ()


def identify(document: SourceDocument, forms: Sequence[Form], *, year: int | None = None) -> Identity:
    """Recognise ``document``.

    Args:
        forms: its forms.
        year: the fiscal year where the caller knows it.

    Raises:
        InputError: no fiscal year can be found anywhere in the document.
    """
    found_year = year or _year(document, forms)
    if found_year is None:
        raise InputError(
            "找不到年度：标题、表头和正文都没有写明“××××年度”",
            where=document.file,
            advice="请在标题或表头写明年度，如“2024年度”；用命令行核对的，可以用 --year 指定。",
        )
    title = _title(document)
    unit = _unit(document, forms, title)
    profile, reason = _profile(unit, forms)
    return Identity(_kind(title, forms), title, unit, found_year, profile, _LAYOUTS[profile], (reason,))


# --- kind and title ----------------------------------------------------------------------------------------------


def _cover(document: SourceDocument) -> list[str]:
    lines = [compact(line.text) for line in document.lines]
    return lines[:_COVER_LINES]


def _title(document: SourceDocument) -> str:
    """The title on the cover, put together where it runs over several lines; else the first title-like line."""
    lines = [words(line.text) for line in document.lines][:_COVER_LINES]
    for start, line in enumerate(lines):
        joined = ""
        for text in lines[start : start + 3]:
            if (
                len(joined) + len(text) > 70
                or re.search(r"[。；：:]", text)
                or _DATE.fullmatch(compact(text))
            ):
                break
            joined += text
            if re.search(r"(?:报告|公开|自评表|决算|说明|自评结果)$", joined) and re.search(
                r"20\d\d|绩效|决算", joined
            ):
                return joined
        if re.search(r"20\d\d年度?.*(?:报告|公开)", line):
            return line
    return next((line for line in lines if is_title(line)), lines[0] if lines else document.file)


def _kind(title: str, forms: Sequence[Form]) -> str:
    sheets = bool(sheet_forms(forms)) or any(is_base_table(form) for form in forms) or "绩效" in title
    tables = sum(1 for form in forms if _ACCOUNTS_TITLE.search(compact(form.title)))
    accounts = tables >= 2 or re.search(r"决算公开|(?:部门|单位)决算", title) is not None
    if sheets and accounts:
        return "both"
    return "self-evaluation" if sheets else "final-accounts" if accounts else "unknown"


# --- year --------------------------------------------------------------------------------------------------------


def _year(document: SourceDocument, forms: Sequence[Form]) -> int | None:
    """The year that titles and captions agree on; single words of the text weigh least."""
    votes: Counter[int] = Counter()
    for text in _cover(document):
        for found in (*_FISCAL_YEAR.finditer(text), *_TITLE_YEAR.finditer(text)):
            votes[int(found[1])] += 6
    for form in forms:
        for text in dict.fromkeys((compact(form.title), *(compact(line.text) for line in form.captions))):
            for found in _FISCAL_YEAR.finditer(text):
                votes[int(found[1])] += 3
        for row in form.rows[:4]:
            for found in _FISCAL_YEAR.finditer(row.text):
                votes[int(found[1])] += 1
    for line in document.lines:
        for found in _FISCAL_YEAR.finditer(compact(line.text)):
            votes[int(found[1])] += 1
    if votes:
        return votes.most_common(1)[0][0]
    dated = [int(found[1]) for text in _cover(document) for found in _DATE.finditer(text)]
    if dated:
        return max(dated) - 1  # a report is made in the year after
    for form in forms:
        for row in form.rows:
            votes.update(int(found[1]) for found in _YEAR.finditer(row.text))
    for line in document.lines:
        votes.update(int(found[1]) for found in _YEAR.finditer(compact(line.text)))
    return votes.most_common(1)[0][0] if votes else None


# --- unit --------------------------------------------------------------------------------------------------------


def _unit(document: SourceDocument, forms: Sequence[Form], title: str) -> str:
    """The unit's full name: the name most often given, in its longest form."""
    votes: Counter[str] = Counter()
    for name, weight in _names(document, forms, title):
        tidy = _tidy_name(name)
        if tidy:
            votes[tidy] += weight
    if not votes:
        return ""
    best = votes.most_common(1)[0][0]
    # "江岸区住房保障和房屋管理局" in a form is "武汉市江岸区住房保障和房屋管理局" on the cover
    longer = [name for name in votes if name.endswith(best) and name != best and len(name) - len(best) <= 8]
    return max(longer, key=len) if longer else best


def _names(document: SourceDocument, forms: Sequence[Form], title: str) -> Iterator[tuple[str, int]]:
    found = _TITLE_UNIT.search(compact(title))
    if found:
        yield found["unit"], 4
    lines = [compact(line.text) for line in document.lines]
    for number, text in enumerate(lines):
        for label in _UNIT_LABEL.finditer(text):
            yield label[1], 3 if number < _COVER_LINES else 1
    for form in forms:
        caption = _TITLE_UNIT.search(compact(form.title))
        if caption and not re.search(r"项目", compact(form.title)):
            yield caption["unit"], 1
        for row in form.rows[:6]:
            cell = labelled(row).get("unit")
            if cell is not None:
                yield compact(cell.text), 3
        for row in form.rows[:6]:
            cell = labelled(row).get("implementer")
            if cell is not None:
                yield compact(cell.text), 1


def _tidy_name(name: str) -> str:
    name = re.sub(r"^(?:20\d\d年度?|关于|附件\d*[:：]?)+", "", compact(name))
    name = re.sub(r"(?:部门|单位)?(?:20\d\d年度?)?(?:部门|单位)?$", "", name)
    name = re.sub(r"[(（](?:本级|盖章|公章)[)）]$", "", name)
    found = _ORGANISATION.match(name)
    if found is None or len(name) > 40 or re.search(r"[。，；\d]", name):
        return ""
    return name


# --- place -------------------------------------------------------------------------------------------------------


def _profile(unit: str, forms: Sequence[Form]) -> tuple[str, str]:
    """The place's rules and, in words, why these."""
    for place, profile in _PLACES:
        if place in unit:
            return profile, f"单位名称含“{place}”"
    sheets = sheet_forms(forms)
    heads = "".join(row.text for sheet in sheets for row in (*sheet.head, *sheet.rows[:1]))
    if re.search(r"B[/÷]A", heads) or (re.search(r"20分", heads) and re.search(r"[(（]A[)）]", heads)):
        return "jiangan", "自评表有 A、B 两栏和 20 分的预算执行"
    if "资金结构" in heads or re.search(r"(?:部门|单位)职责.*(?:人员编制|编制数)", heads):
        return "yuelu", "自评表有资金来源和资金结构"
    indicator = next((row for sheet in sheets for row in sheet.rows if is_indicator_head(row)), None)
    if indicator is not None and "评分标准" in indicator.text and _cost_level1(forms):
        return "yueyanglou", "自评表有评分标准栏，成本为一级指标"
    if re.search(r"按收入性质分", heads) or any(is_base_table(form) for form in forms):
        return "yueyang", "自评表按收入、支出性质分列，或附有基础数据表"
    return "mof", "未认出所在地，按财政部通用口径"


def _cost_level1(forms: Sequence[Form]) -> bool:
    return any(
        re.fullmatch(r"成本指标(?:\(\d+分\))?", compact(cell.text)) is not None and "经济成本" in row.text
        for form in forms
        for row in form.rows
        for cell in row.filled[:2]
    )
