"""The grammar of targets and actual values (年度指标值, 实际完成值): from printed text to a value.

Covers the 32 patterns that published forms use (performance.md §2.4; ``tests/cases/targets.yaml`` has one case or
more for each). Any text whatever gives an expression: what no rule recognises is an effect phrase or prose.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from guangsha.kernel.measures import PERCENT, Quantity, Unit, parse_quantity, unit_of
from guangsha.kernel.numbers import normalise, parse_printed
from guangsha.scoring.directions import Context, infer_direction
from guangsha.scoring.expression_kinds import (
    PERIODS,
    Blank,
    Comparison,
    DateInterval,
    DateMilestone,
    Effect,
    Expression,
    ExpressionList,
    Frequency,
    Milestone,
    NotApplicable,
    Op,
    Period,
    Prose,
    ResponseTime,
    Revision,
    SymbolicBound,
    Why,
    describe,
)

__all__ = ["Context", "Expression", "describe", "parse_expression", "parse_in_context"]

#: Longer texts are prose as they stand; no form has a cell of that length with a target in it.
TEXT_MAX = 2000
#: More numbered targets than this share one weight nowhere; more amounts than this are not a target.
ITEMS_MAX = 20

_OP_SYMBOLS = str.maketrans(
    {"≧": "≥", "⩾": "≥", "≦": "≤", "⩽": "≤", "﹥": ">", "﹤": "<", "〉": ">", "〈": "<"}
)
#: Words before a number that compare, longest first.
_OP_WORDS: tuple[tuple[str, Op], ...] = tuple(
    sorted(
        (
            *((word, Op.GE) for word in (
                "≥", "大于等于", "大于或等于", "高于等于", "不少于", "不低于", "不小于", "至少", "达到", "达")),
            *((word, Op.GT) for word in (">", "大于", "高于", "多于", "超过", "超")),
            *((word, Op.EQ) for word in ("=", "等于")),
            *((word, Op.LE) for word in (
                "≤", "小于等于", "小于或等于", "低于等于", "不超过", "不超出", "不超", "不高于", "不多于", "不大于",
                "至多", "最多", "控制在")),
            *((word, Op.LT) for word in ("<", "小于", "低于", "少于")),
        ),
        key=lambda pair: -len(pair[0]),
    )
)  # fmt: skip
_SUFFIXES: tuple[tuple[str, Op], ...] = (
    ("及以上", Op.GE),
    ("(含)以上", Op.GE),
    ("以上", Op.GE),
    ("及以下", Op.LE),
    ("(含)以下", Op.LE),
    ("以下", Op.LE),
    ("(含)以内", Op.LE),
    ("以内", Op.LE),
    ("之内", Op.LE),
    ("内", Op.LE),
)
_NOT_APPLICABLE = frozenset({"不适用", "不涉及", "n/a", "na", "/", "-", "--", "—", "——", "－"})
_MILESTONE = re.compile(
    r"(?:已|均|全部|基本|顺利|如数|按要求|按计划)*"
    r"(?:出台|启动|完成|达标|是|否|合格|通过|竣工|开工|交付|建成|验收合格|实现|达成|印发|发布|公布|签订|备案|投用|未完成|"
    r"未达标|未启动|未出台|不达标|不合格)了?"
)
_RESPONSE = re.compile(
    r"(?:即时即办|即来即办|立等可取|"
    r"(?:即时|及时|按时|按期|如期|准时|限时|随时|第一时间)"
    r"(?:完成|办理|办结|处理|处置|受理|响应|拨付|发放|到位|支付)?)"
)
_REVISION = re.compile(
    r"(?:由|从|原)([^由从]{1,60}?)(?:调整|修订|变更|调减|调增|下调|上调|更改)(?:为|至|到|成)(.{1,60})"
)
_YEAR = re.compile(r"((?:19|20)\d{2})年度?(?:内|全年)?(?:完成)?")
_DATE = r"((?:19|20)\d{2})[年./-](\d{1,2})(?:[月./-](\d{1,2})[日号]?)?月?"
_INTERVAL = re.compile(
    _DATE + r"(?:至|到|[-—–~])+" + r"(?:((?:19|20)\d{2})[年./-])?(\d{1,2})(?:[月./-](\d{1,2})[日号]?)?月?"
)
_DATE_MILESTONE = re.compile(
    r"(?:于|在|至|截至|截止)?(?:((?:19|20)\d{2})年)?(\d{1,2})月(?:份)?(?:(\d{1,2})[日号])?(.{0,60})"
)
_DATE_DIGITS = re.compile(r"((?:19|20)\d{2})[./-](\d{1,2})[./-](\d{1,2})(.{0,60})")
_EACH = re.compile(r"每(?:个)?(半年|年|季度|季|月|旬|周|星期|天|日)度?(.{1,40})")
_PER = re.compile(r"(.{1,40})/(年|季度|季|月|旬|周|天|日)")
_PERIOD_NAMES = {"季": "季度", "星期": "周", "日": "天"}
_COUNTED = frozenset({"times", "case", "item", "person-time"})
_COUNT_WORDS = re.compile(r"(?:场|期|轮|遍|回|批)(?:次)?")
_BUDGET = re.compile(
    r"(?:支出|成本|费用|总额|资金)?(?:不超|未超|控制在|严格控制在|不突破|未突破)(?:过|出|支)?(?:年初|全年|部门|项目|批复)?"
    r"(?:预算|概算|控制数|预算安排数|预算数|预算控制数|预算总额)(?:安排)?(?:数|总额)?(?:范围)?(?:之?以?内)?"
    r"|(?:年初|全年)?预算(?:控制)?(?:数|范围)?(?:之?以?内)"
)
_DEADLINE = re.compile(
    r"(?:在|按)?(?:规定|约定|要求)的?(?:时间|时限|期限|日期)(?:以?内|前)?(?:完成|办结|拨付|发放)?"
)
_REGULATION = re.compile(r"按(?:照)?.{1,30}(?:开支|支出|列支)")
_CIRCLED = {chr(0x2460 + n): f"\n{n + 1}、" for n in range(20)}
_ORDINAL = re.compile(r"(?:^|(?<=[;,。\n\s]))\s*\(?(\d{1,2})(?:[、)]|\.(?!\s?\d))\s*")
_CLAUSES = re.compile(r"[。;,!\n]+")
_BREAKS = frozenset("。;,!?\n")


def parse_expression(
    text: str,
    *,
    unit_hint: str = "",
    direction_hint: str = "",
    level1: str = "",
    level2: str = "",
    name: str = "",
    rule: str = "",
) -> Expression:
    """Read a target or an actual value; see the module for what it recognises.

    Args:
        text: as printed; full-width characters, spaces inside numbers and thousands commas are understood.
        unit_hint: unit of the row, for numbers printed without one.
        direction_hint: ``up``, ``down`` or ``equal``, where the row gives it.
        level1: 一级指标, level2: 二级指标, name: 三级指标, rule: 评分标准 of the row; they decide the direction.

    Never raises; a text beyond :data:`TEXT_MAX` characters is prose.

    >>> str(parse_expression("26万元以内"))
    '≤26万元'
    """
    return parse_in_context(text, Context(unit_hint, direction_hint, level1, level2, name, rule))


def parse_in_context(text: str, context: Context) -> Expression:
    """:func:`parse_expression` with what the row says gathered in one value."""
    if len(text) > TEXT_MAX:
        return Prose((_compact(text),))
    for circled, ordinal in _CIRCLED.items():
        text = text.replace(circled, ordinal)
    spaced = normalise(text.translate(_OP_SYMBOLS)).replace(">=", "≥").replace("<=", "≤").replace("=>", "≥")
    items = _numbered(spaced)
    if len(items) > 1:
        return ExpressionList(tuple(_atom(item, context) for item in items))
    return _atom(items[0] if items else spaced, context)


def _compact(text: str) -> str:
    """Without any white space: OCR puts it everywhere (``22854. 27``, ``每月巡查 2 次``)."""
    return "".join(text.split())


def _numbered(text: str) -> list[str]:
    """The items of ``1、…；2、…``; one item when only its ordinal is there, none when it is no list."""
    found = list(_ORDINAL.finditer(text))
    if not found or found[0].start() > 0 or len(found) > ITEMS_MAX:
        return []
    if [int(match[1]) for match in found] != list(range(1, len(found) + 1)):
        return []
    ends = [match.start() for match in found[1:]] + [len(text)]
    items = [text[match.end() : end].strip(" ;,。\n") for match, end in zip(found, ends, strict=True)]
    return items if all(items) else []


def _atom(spaced: str, context: Context) -> Expression:
    text = _compact(spaced)
    if not text:
        return Blank()
    if text.lower() in _NOT_APPLICABLE:
        return NotApplicable()
    if match := _REVISION.fullmatch(text):
        return Revision(_plain(match[1], context), _plain(match[2], context))
    return _plain(text, context)


def _plain(text: str, context: Context) -> Expression:
    """One atom of compact text."""
    for reader in (_dated, _symbolic, _worded, _frequency, _comparison):
        found = reader(text, context)
        if found is not None:
            return found
    clauses = tuple(clause for clause in _CLAUSES.split(text) if clause)
    bounds = _bounds(clauses, context)
    if len(clauses) > 1 or bounds:
        return Prose(clauses, bounds)
    return Effect(text)


def _worded(text: str, context: Context) -> Expression | None:
    stem = text.rstrip("。;,!")
    if _MILESTONE.fullmatch(stem):
        return Milestone(stem)
    if _RESPONSE.fullmatch(stem):
        return ResponseTime(stem)
    return None


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _dated(text: str, context: Context) -> Expression | None:
    if match := _YEAR.fullmatch(text):
        return Period(int(match[1]))
    if match := _INTERVAL.fullmatch(text):
        return _interval(match)
    if match := _DATE_DIGITS.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        return DateMilestone(year, month, day, match[4]) if _date(year, month, day) else None
    match = _DATE_MILESTONE.fullmatch(text)
    if match is None or (match[1] is None and not match[3] and not re.match(r"[底末份中]|以?前", match[4])):
        return None  # "3月" alone may be a length of time
    month, given_day = int(match[2]), int(match[3]) if match[3] else None
    if not _date(int(match[1] or 2000), month, given_day or 1):
        return None
    return DateMilestone(int(match[1]) if match[1] else None, month, given_day, match[4])


def _interval(match: re.Match[str]) -> DateInterval | None:
    year, month = int(match[1]), int(match[2])
    start = _date(year, month, int(match[3] or 1))
    last_year, last_month = int(match[4] or year), int(match[5])
    if match[6]:
        end = _date(last_year, last_month, int(match[6]))
    else:
        following = (
            _date(last_year + last_month // 12, last_month % 12 + 1, 1) if 1 <= last_month <= 12 else None
        )
        end = following - dt.timedelta(days=1) if following else None
    return DateInterval(start, end) if start and end and start <= end else None


def _symbolic(text: str, context: Context) -> Expression | None:
    op = next((op for op in Op if text.startswith(op.value)), None)
    noun = text[1:]
    if op is not None and noun and not any(c.isdigit() or c in _BREAKS for c in noun):
        return SymbolicBound(op, noun, _reference(noun))
    stem = text.rstrip("。;,!")
    for pattern, reference in ((_BUDGET, "budget"), (_DEADLINE, "deadline"), (_REGULATION, "regulation")):
        if pattern.fullmatch(stem) and not any(c.isdigit() for c in stem):
            return SymbolicBound(Op.LE, stem, reference, stem)
    return None


def _reference(noun: str) -> str:
    if re.search(r"预算|概算|控制数|指标数|资金", noun):
        return "budget"
    return "deadline" if re.search(r"时间|期限|时限|日期", noun) else "other"


def _frequency(text: str, context: Context) -> Expression | None:
    if match := _EACH.fullmatch(text):
        period, body = match[1], match[2]
    elif match := _PER.fullmatch(text):
        body, period = match[1], match[2]
    else:
        return None
    count = _comparison(body, context)
    if not isinstance(count, Comparison):
        return None
    unit = count.quantity.unit
    counted = unit.dimension in _COUNTED if unit and not count.assumed_unit else False
    if not counted and not _COUNT_WORDS.match(count.scope):
        return None
    period = _PERIOD_NAMES.get(period, period)
    # A frequency is met by doing it at least so often, whatever the row's cost or time words say.
    if not count.written:
        count = Comparison(Op.GE, count.quantity, Why.DEFAULT, count.label, count.scope, count.assumed_unit)
    return Frequency(period, count) if period in PERIODS else None


def _comparison(text: str, context: Context) -> Comparison | None:
    """``[label] [op] number [unit] [suffix] [scope]`` and nothing else."""
    start = next((i for i, c in enumerate(text) if c.isascii() and c.isdigit()), None)
    if start is None:
        return None
    prefix, body = text[:start], text[start:]
    marks = ""
    while prefix and prefix[-1] in "约近逾":
        prefix, marks = prefix[:-1], prefix[-1]
    op, label = _split_op(prefix)
    if label.endswith("-") and len(label) == 1:
        label, marks = "", "-"
    if len(label) > 24 or any(c in _BREAKS for c in label):
        return None
    read = _read_quantity(marks + body, context)
    if read is None:
        return None
    quantity, tail, bare = read
    suffix, scope = _split_suffix(tail, quantity.unit)
    if len(scope) > 24 or any(c.isdigit() or c in _BREAKS for c in scope):
        return None
    return _compared(op or suffix, quantity, label, scope, bare, context)


def _compared(
    op: Op | None, quantity: Quantity, label: str, scope: str, bare: bool, context: Context
) -> Comparison:
    assumed = False
    if bare and not scope:
        unit = _assumed_unit(context, label)
        if unit is not None:
            quantity = Quantity(quantity.value, unit, quantity.decimals, quantity.approximate)
            assumed = True
    why = Why.WRITTEN
    if op is None:
        op, why = infer_direction(context, quantity, label)
    return Comparison(op, quantity, why, label, scope, assumed)


def _read_quantity(text: str, context: Context) -> tuple[Quantity, str, bool] | None:
    """The quantity, the words after it, and whether its unit was not printed."""
    read = parse_quantity(text)
    if read is None:
        return None
    quantity, tail = read
    printed = parse_printed(text)
    hint = unit_of(context.unit) if context.unit else None
    scaled = printed is not None and not printed.rest and quantity.unit is not None
    if scaled and printed is not None and hint is not None and hint.dimension != "money":
        # "2万" in a row counted in 户 is 20000 户, not 2万元.
        return Quantity(printed.value, hint, None, printed.approximate), tail, False
    return quantity, tail, quantity.unit is None


def _assumed_unit(context: Context, label: str) -> Unit | None:
    if context.unit:
        return unit_of(context.unit)
    named = (label or context.name).rstrip("0123456789.%≥≤ ")
    return PERCENT if re.search(r"(?:率|满意度|占比|比例|比重)$", named) else None


def _split_op(prefix: str) -> tuple[Op | None, str]:
    for word, op in _OP_WORDS:
        if prefix.endswith(word):
            return op, prefix[: -len(word)]
    return None, prefix.removesuffix("为")


def _split_suffix(tail: str, unit: Unit | None) -> tuple[Op | None, str]:
    for word, op in _SUFFIXES:
        if tail.startswith(word):
            if word == "内" and (unit is None or unit.dimension not in ("time", "workday", "month")):
                continue  # 内 bounds only lengths of time
            return op, tail[len(word) :]
    return None, tail


_AMOUNT = re.compile(r"(?P<before>[^\d]{0,12})(?P<number>\d[\d.,]*(?:万|亿)?余?[^\d]{0,6})")


def _bounds(clauses: tuple[str, ...], context: Context) -> tuple[Comparison, ...]:
    """The amounts that the clauses name, without years and without bare numbers."""
    found: list[Comparison] = []
    for clause in clauses:
        for match in _AMOUNT.finditer(clause):
            read = parse_quantity(match["number"])
            if read is None or read[0].unit is None or len(found) >= ITEMS_MAX:
                continue
            quantity, tail = read
            if quantity.unit is not None and quantity.unit.symbol == "年" and quantity.value >= Decimal(1900):
                continue
            op, label = _split_op(match["before"])
            suffix, _ = _split_suffix(tail, quantity.unit)
            found.append(_compared(op or suffix, quantity, label, "", False, context))
    return tuple(found)
