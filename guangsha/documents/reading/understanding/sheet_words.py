"""The rows of a scoring sheet told apart by their first words: labels of the head, goals, totals, reasons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import (
    compact,
    figure,
    is_blank,
    join_torn,
    label,
    tidy,
    words,
)
from guangsha.documents.reading.understanding.forms import FormRow
from guangsha.documents.reading.understanding.vocabulary import (
    indicator_field,
    money_field,
    scarred_indicator_field,
)

#: Labels of the head: concept field → pattern over the bare label.
_LABELS: tuple[tuple[str, str], ...] = (
    ("name", r"(?:一级)?项目(?:支出)?(?:\(?政策\)?)?名称|专项(?:资金)?名称|政策(?:项目)?名称"),
    ("department", r"(?:项目)?主管(?:预算)?(?:部门|单位)(?:名称|及代码)?"),
    ("implementer", r"(?:项目)?(?:具体)?(?:实施|承担|执行|使用|申报)(?:单位|部门|科室|处室)(?:名称)?"),
    ("category", r"项目类别"),
    ("attribute", r"项目属性"),
    ("type", r"项目类型"),
    ("unit", r"(?:市级|区级|县级|省级)?(?:预算)?(?:部门|单位)(?:\(单位\))?名称|填报(?:单位|部门)"),
)
_LABEL_PATTERNS = tuple((field, re.compile(pattern)) for field, pattern in _LABELS)

_INDICATOR_ANCHORS = {"level1", "level2", "name", "target", "actual"}
_ENTRY = re.compile(r"(?P<label>项目(?:支出)?名称|主管部门|项目类别|项目属性|项目类型)(?P<value>.+)")
_LABEL_BREAKS = re.compile(r"(?<=项目) (?=名称)")
_TOTAL = re.compile(
    r"(?:自评|综合|绩效|评价)?(?:总得?分|合计|总计|得分合计|总分值?|分值合计)(?:[(（].*[)）])?[:：]?"
)
_SIGNATURE = re.compile(
    r"备注[:：]|说明[:：]|注[:：]|填[报表]人|填[报表](?:日期|时间)|(?:单位|部门)?(?:主要)?负责人|联系(?:人|电话)|经办人|审核人"
)
#: The total inside its label: ``自评总分：97.5分``.
_INLINE_TOTAL = re.compile(r"(?:自评|综合)?总(?:得)?分[:：]\d[\d.]*分?")
_BLOCK = re.compile(r"年?度?(?:绩效)?目标([\d一二三四五六七八九])[:：]?(?:[(（]?([\d.]+)分?[)）]?)?")
_BOX = re.compile(r"(\d)\s*[、.．]?\s*([^\d□☑☒√✓■∠⊿☐✔\s、.]{3,12})\s*([□☐☑☒√✓✔■∠⊿])")
_FILLED_ON = re.compile(
    r"填[报表](?:日期|时间)[:：]?\s*(20\d\d)\s*[.年/\-]\s*(\d{1,2})\s*[.月/\-]\s*(\d{1,2})"
)
_TICKED = "☑☒√✓✔■∠⊿"
#: What can be ticked, by the words that tell one choice from another.
_CHOICES = (
    ("部门预算", "部门预算项目"), ("转移支付", "专项转移支付项目"), ("持续性", "持续性项目"), ("增性", "新增性项目"),
    ("常年性", "常年性项目"), ("延续性", "延续性项目"), ("一次性", "一次性项目"),
)  # fmt: skip


def field_of_label(text: str) -> str:
    """Which entry of the head a label asks for; empty where it is no label of the head.

    >>> field_of_label("项目支\\n出名称"), field_of_label("实施单位")
    ('name', 'implementer')
    """
    bare = label(text)
    return next((field for field, pattern in _LABEL_PATTERNS if pattern.fullmatch(bare)), "")


def labelled(row: FormRow) -> dict[str, TableCell]:
    """Entries of the head that stand in ``row``: each label's field with the cell that follows it."""
    found: dict[str, TableCell] = {}
    filled = list(row.filled)
    for cell, value in pairwise(filled):
        field = field_of_label(cell.text)
        if field and not field_of_label(value.text):
            found.setdefault(field, value)
    return found if found and not _cut(row, found) else _torn_entries(row) or found


def _cut(row: FormRow, found: dict[str, TableCell]) -> bool:
    """Whether more stands in the row than labels and their values, as where guessed columns cut a value."""
    return row.torn and len(row.filled) > 2 * len(found)


def _torn_entries(row: FormRow) -> dict[str, TableCell]:
    """The entries of a row whose labels and values guessed columns cut: the row is read as one text."""
    if not row.torn or not row.filled:
        return {}
    whole = compact(_LABEL_BREAKS.sub("", join_torn([cell.text for cell in row.filled])))
    found = _ENTRY.match(whole)
    if not found:
        return {}
    field = {"项目名称": "name", "项目支出名称": "name"}.get(found["label"]) or field_of_label(found["label"])
    at = row.filled[0]
    if field == "name" and len(row.filled) > 4:
        return {}  # cut into pieces: the title of the form names the project better
    value, second = found["value"], re.search(r"(?:项目)?实施.{0,3}?单位(.*)", found["value"])
    made = {}
    if second:
        value = found["value"][: second.start()]
        if not _speckled(second[1]):
            made["implementer"] = replace(at, text=second[1])
    if value:
        made[field] = replace(at, text=value)
    return made


def _speckled(text: str) -> bool:
    return "··" in text or not re.search(r"[\u4e00-\u9fff]{2}", text)


def head_field(row: FormRow) -> Callable[[str], str]:
    """How the heads of ``row`` are recognised: a guessed table may have damaged ones."""
    return scarred_indicator_field if row.torn else indicator_field


def is_indicator_head(row: FormRow) -> bool:
    """Whether ``row`` is the head of the indicator part: a name, and values or levels beside it."""
    name = head_field(row)
    fields = {field for cell in row.filled if (field := name(cell.text))}
    values = fields & {"target", "actual", "weight", "score"}
    return (
        len(fields & _INDICATOR_ANCHORS) >= 2
        and len(values) >= 1
        and ("name" in fields or "level2" in fields)
    )


def is_money_head(row: FormRow) -> bool:
    """Whether ``row`` is the head of the money block."""
    fields = [field for cell in row.filled if (field := money_field(cell.text))]
    amounts = {"initial", "full_year", "executed"} & set(fields)
    return (len(amounts) >= 2 or (bool(amounts) and "rate" in fields)) and not is_indicator_head(row)


def is_total(row: FormRow) -> bool:
    """Whether ``row`` is the total (总分)."""
    filled = row.own or row.filled
    numbers = [cell for cell in filled[1:] if figure(cell.text) is not None]
    if not filled:
        return False
    first = compact(filled[0].text)
    if first in ("总分", "总得分", "自评总分", "综合得分") or _INLINE_TOTAL.fullmatch(first):
        return True
    return _TOTAL.fullmatch(first) is not None and len(numbers) == len(filled) - 1


def is_goal_row(row: FormRow) -> bool:
    """Whether a row opens the goals: ``年度总体目标`` with ``预期目标`` or ``实际完成情况`` beside or inside it."""
    return re.search(
        r"预期目标|实际完成情况|目标完成情况|年度?总体目标", row.text
    ) is not None and not is_indicator_head(row)


def block_of_row(row: FormRow) -> tuple[str, str, TableCell] | None:
    """A named goal with its own indicators (Wuhan ``年度目标1（20分） │ 市级绩效目标``): name, points, cell of the points."""
    filled = row.filled
    if len(filled) < 2:
        return None
    for place, cell in enumerate(filled[:2]):
        found = _BLOCK.search(compact(cell.text))
        if found and place + 1 < len(filled) and not is_indicator_head(row):
            name = "".join(words(other.text) for other in filled[place + 1 :] if figure(other.text) is None)
            if re.search(r"[\u4e00-\u9fff]{2}", name) and len(name) <= 40:
                return re.sub(r"[\[\],=@]", "", name), found[2] or "", cell
    return None


def closing_field(text: str) -> str:
    """``deviation_reason`` or ``improvement`` where a label below the total asks for it; also when it is scarred."""
    bare = compact(text)
    if len(bare) > 30:
        bare = bare[:14]
    if re.search(r"原因分析|偏差[大太]|未完成(?:原因|分析)|未完$", bare) or ("未" in bare and "原因" in bare):
        return "deviation_reason"
    return "improvement" if re.search(r"改进措施|结果应用|用方案|应用方案|改进措", bare) else ""


def ticked(text: str) -> str:
    """The choices whose boxes are ticked, joined by ``、``; empty where none is or the boxes cannot be read.

    >>> ticked("1、部门预算项目 ☑　2、区级专项 □　3、专项转移支付项目 □")
    '部门预算项目'
    """
    found = [match[2] for match in _BOX.finditer(compact(text)) if match[3] in _TICKED]
    named = (next((choice for words_, choice in _CHOICES if words_ in text), text) for text in found)
    return "、".join(dict.fromkeys(named))


def without_amount(name: str) -> str:
    """A project's name without the amount that some print behind it: ``公租房租赁补贴922.45万元``.

    >>> without_amount("住房保障事务经费22万元")
    '住房保障事务经费'
    """
    bare = re.sub(r"[（(]?\s*\d[\d,.]*\s*(?:万元|元|亿元)\s*[)）]?$", "", name).strip()
    return bare or name


def has_text(cell: TableCell) -> bool:
    return not is_blank(cell.text)


def is_signature(row: FormRow) -> bool:
    """Whether a row below a form carries signatures or notes and no figures of the form."""
    return bool(row.filled) and _SIGNATURE.match(compact(row.filled[0].text)) is not None


def total_cell(row: FormRow) -> list[TableCell]:
    """The cells of a total row that hold a number; one inside the label stands for itself."""
    filled = row.own or row.filled
    first = filled[0]
    if _INLINE_TOTAL.fullmatch(compact(first.text)):
        return [replace(first, text=re.sub(r"^[^\d]+", "", compact(first.text)))]
    return [cell for cell in filled[1:] if figure(cell.text) is not None]


def filled_on(text: str) -> str:
    """The day of filling that a signature line gives, as ``2024-06-05``; empty where it gives none."""
    found = _FILLED_ON.search(tidy(text))
    if not found:
        return ""
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""
