"""Which of the nine tables a title, or a table without title, is (公开01–09), told by words.

Numbers and order differ by place and year (performance.md §4.8), so neither is looked at. Tables of budgets (预算),
of state assets, of procurement and of indicators carry words of their own and are none of the nine.
"""

from __future__ import annotations

import re

from guangsha.documents.reading.understanding.accounts_codes import functional_code
from guangsha.documents.reading.understanding.accounts_grid import Grid
from guangsha.documents.reading.understanding.accounts_words import bare, han, likeness
from guangsha.facts.forms import ACCOUNTS

#: A title that is none of the nine tables: of a budget, an indicator table, a list.
OTHER = "other"

_TITLE_CHARS_MAX = 60

#: Ends of titles, the more special ones first. Provinces say 收支 for 收入支出 and add 明细 or 情况.
_ENDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern + "$"))
    for name, pattern in (
        ("fiscal_overview", r"(?<!预算)(?<!基金)(?<!经营)财政拨款收入?支出?决算总?表"),
        ("basic_detail", r"(?<!项目)基本支出决算(?:明细|经济分类)?表|基本支出(?:经济分类)?(?:明细)?决算表"),
        (
            "general_expenditure",
            r"一般公共预算(?:财政拨款)?(?:收入|收)?支出?决算(?:具体情况|情况)?表",
        ),
        ("government_fund", r"政府性基金(?:预算)?(?:财政拨款)?(?:收入支出|收支|支出|收入)决算(?:总|情况)?表"),
        ("state_capital", r"国有资本经营(?:预算)?(?:财政拨款)?(?:收入支出|收支|支出|收入)决算(?:总|情况)?表"),
        ("three_public", r"三公经费.{0,16}(?:决算|支出|情况|统计)(?:情况|统计|明细|决算)?表"),
        ("overview", r"收入?支出?决算总表"),
        ("revenue", r"(?<!拨款)(?<!预算)(?<!基金)(?<!资本)(?<!资金)(?<!经营)(?<!项目)收入决算(?:总|情况)?表"),
        (
            "expenditure",
            r"(?<!拨款)(?<!预算)(?<!基金)(?<!经营)(?<!资金)(?<!项目)(?<!基本)(?<!收入)(?<!经费)(?<!收)支出决算(?:总|情况)?表",
        ),
    )
)
#: What the title of some other table ends with.
_OTHER_END = re.compile(
    r"(?:预算|决算|情况|统计|自评|评价|明细|收支|信息|目标|占用|采购|支出|收入|一览|汇总|基础数据|打分|评分)总?表$"
)
#: A budget's table has 预算 where the accounts have 决算 and may be an edit away from them.
_BUDGET_END = re.compile(r"预算(?:总|明细|情况)?表$")
_PARTIAL_END = re.compile(r"(?:拨款|预算|基金|经营|基本|收入|支出|三公|经费|决算|公共)$")
_ENDED = re.compile(r"[。；：:;，,]\s*$")
_BEFORE = re.compile(
    r"^[#\-*·\s]*(?:附件|附表|表)?(?:[\d一二三四五六七八九十]+[、.．:：)）]|[(（][\d一二三四五六七八九十]+[)）])*"
)
_NUMBER = re.compile(r"(?:财决)?公开0?\d{1,2}表|附表[\d一二三四五六七八九十]{1,2}(?![、.])")
_BEHIND = re.compile(
    r"(?:[(（][^()（）]{0,24}[)）]|(?:财决)?公开0?\d{1,2}表|(?:金额)?单位[:：].{0,8}|续表?)$"
)

#: Only long titles are told in spite of a misread character; 收入支出决算表 of some fund is no 收入支出决算总表.
_FUZZY_LEAST = 0.86
_FUZZY_CHARS = 10
#: Titles that the ends of other, misread ones look like; empty stands for none.
_SHORT_TITLES = ("", "overview", "revenue", "expenditure")


def title_of(text: str) -> str:
    """The table that a line of text is the title of: a name of :data:`~guangsha.facts.forms.ACCOUNTS`.

    :data:`OTHER` for the title of some other table, empty for what is no title.

    >>> title_of("2024年度一般公共预算财政拨款支出决算表"), title_of("部门收支预算总表"), title_of("详见下表")
    ('general_expenditure', 'other', '')
    """
    if len(text) > _TITLE_CHARS_MAX or text.rstrip().endswith(("。", "；", "，", "：", ":", ";")):
        return ""
    words = han(_stripped(text)).replace("收人", "收入")
    if not words.endswith("表") or len(words) < 4:
        return ""
    if re.search(r"(?:见|如|填|列|附|下|上|本|此|该)表$|(?:部门|单位)决算(?:公开)?表$", words):
        return ""
    if _BUDGET_END.search(words):
        return OTHER
    exact = next((name for name, pattern in _ENDS if pattern.search(words)), "")
    near = _nearest(words) if "算" in words and exact in _SHORT_TITLES else ""
    if exact or near:
        return near or exact
    return OTHER if _OTHER_END.search(words) else ""


def _nearest(words: str) -> str:
    """The table whose printed title is, but for a misread character, the end of these words; the longer title first.

    A misread 财政拔款收入支出决算总表 ends like the shorter title 收入支出决算总表 and must not be taken for it.
    """
    titles = sorted(((han(title), name) for name, (title, _) in ACCOUNTS.items()), key=lambda t: -len(t[0]))
    for title, name in titles:
        if (
            len(title) >= _FUZZY_CHARS
            and len(words) >= len(title) - 1
            and likeness(words[-len(title) :], title) >= _FUZZY_LEAST
        ):
            return name
    return ""


def _stripped(text: str) -> str:
    words = _BEFORE.sub("", bare(text))
    while (shorter := _BEHIND.sub("", words)) != words:
        words = shorter
    return words


def continued_title(first: str, second: str) -> str:
    """:func:`title_of` two lines of which the first breaks off inside a title; empty where it does not."""
    if _ENDED.search(first) or not _PARTIAL_END.search(han(first)) or title_of(first):
        return ""
    return title_of(first + second)


def number_in(text: str) -> str:
    """The form number that ``text`` prints, as printed but without spaces.

    >>> number_in("财决公开 01 表"), number_in("2024年度")
    ('财决公开01表', '')
    """
    found = _NUMBER.search(bare(text))
    return found[0] if found else ""


# --- tables without a title -----------------------------------------------------------------------------------

_INCOMES = ("财政拨款收", "上级补助", "事业收", "经营收", "附属单位", "其他收")
_TO_OTHERS = ("上缴上级", "附属单位补", "对附属", "经营支出")


def tables_like(grid: Grid) -> frozenset[str]:
    """The tables whose words the grid shows in head and labels; empty for anything else.

    Two tables share one form (一般公共预算财政拨款支出, 国有资本经营预算财政拨款支出): both are named then.
    """
    head = grid.head_rows(_first_code_row(grid))
    stacked = "|".join(grid.path(column, head) for column in range(grid.width))
    across = "|".join("".join(piece.han for piece in row) for row in grid.rows)
    words = f"{stacked}|{across}"
    if "预算数" in words and "决算" not in words:
        return frozenset()
    if "本年收入合计" in across and "本年支出合计" in across:
        return _overview(words)
    if _three_public(words):
        return frozenset({"three_public"})
    if (
        "人员经费" in words
        and "公用经费" in words
        and len(re.findall(r"(?<!\d)30[123]\d\d", _texts(grid))) >= 3
    ):
        return frozenset({"basic_detail"})
    return _code_table(grid, words)


def by_unit(grid: Grid) -> bool:
    """Whether the rows are the units of a department (a roll-up of reports, never a table of the accounts)."""
    return any(
        re.fullmatch(r"(?:预算|下属|所属|二级)?单位(?:名称)?", piece.han) and ":" not in piece.bare
        for row in grid.rows[:4]
        for piece in row
    )


def _overview(words: str) -> frozenset[str]:
    if "预算数" in words and "决算数" not in words:
        return frozenset()
    fiscal = "财政拨款结转" in words or ("基金预算财政拨款" in words and "上级补助" not in words)
    return frozenset({"fiscal_overview" if fiscal else "overview"})


def _three_public(words: str) -> bool:
    parts = ("因公出国", "公务接待", "公务用车")
    return all(part in words for part in parts) and "预算数" in words and "决算数" in words


def _code_table(grid: Grid, words: str) -> frozenset[str]:
    if _first_code_row(grid) is None:
        return frozenset()
    if sum(word in words for word in _INCOMES) >= 3 and "项目支出" not in words:
        return frozenset({"revenue"})
    if "基本支出" not in words or "项目支出" not in words:
        return frozenset()
    if any(word in words for word in _TO_OTHERS):
        return frozenset({"expenditure"})
    if ("年初结转" in words or "上年结转" in words) and "本年收入" in words:
        return frozenset({"government_fund"})
    return frozenset({"general_expenditure", "state_capital"})


def _first_code_row(grid: Grid) -> int | None:
    """The first row that begins with the code of a 项, 款 or 类 by function."""
    for row, pieces in enumerate(grid.rows):
        if pieces and functional_code(re.split(r"(?<=\d)(?=\D)", pieces[0].bare)[0]):
            return row
    return None


def _texts(grid: Grid) -> str:
    return " ".join(piece.bare for row in grid.rows for piece in row)
