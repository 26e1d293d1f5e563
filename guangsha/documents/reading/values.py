"""One typed value from what a person wrote: numbers, dates, yes or no, with a sentence for every slip.

Numbers go from text to Decimal; no float is made on the way. Every error raised here has no place yet: the caller
knows where the text stood.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from guangsha.documents.reading import limits
from guangsha.documents.reading.node import tidy_text
from guangsha.facts.concepts import Kind
from guangsha.kernel.errors import InputError
from guangsha.kernel.measures import WAN_YUAN, parse_quantity
from guangsha.kernel.money import fen_of
from guangsha.kernel.numbers import decimals_of, plain

_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\s?\d{3})+(?:\.\d+)?")
_SPACED = re.compile(r"[+-]?[\d\s]*\d\s*\.?\s*\d*")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d*)?[eE][+-]?\d+")
_NOT_FINITE = re.compile(r"[+-]?\.?(?:nan|inf|infinity)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)")

#: What a field of each kind expects, for the sentence.
_EXPECTS = {
    Kind.MONEY: "以万元为单位的金额",
    Kind.COUNT: "数量（只写数字）",
    Kind.RATE: "百分数（如 99.95）",
    Kind.SCORE: "分数（只写数字）",
}
#: Decimals that a score or a percentage may have; published ones have two.
_DECIMALS_MAX = 10
#: Longer texts are not looked into for units or separators: no figure is that long, and some patterns backtrack.
_EXPLAINED_MAX = 60


def read_number(text: str, kind: Kind, label: str, *, negative: bool = False, whole: bool = False) -> Decimal:
    """A figure of ``kind`` written plainly; decimals are kept as written (``9.10``).

    Args:
        label: the field's Chinese name, for the sentence.
        negative: whether it may be below zero.
        whole: whether it must be a whole number (people, units).

    Raises:
        InputError: what is wrong with it and what to write instead.
    """
    said = _shown(text)
    body = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    if kind is Kind.RATE and body.endswith("%"):
        body = body[:-1].rstrip()
    if not _PLAIN.fullmatch(body):
        raise _not_a_number(body, said, kind, label)
    if len(body) > limits.DIGITS_MAX + 2:
        raise InputError(f"“{label}”的数字太长（{len(body)} 位）", advice="请核对是否多写了位数。")
    value = Decimal(body)
    if value == 0:
        value = abs(value)
    if value < 0 and not negative:
        raise InputError(f"“{label}”不能是负数（{said}）", advice="请核对，应大于或等于 0。")
    if whole and value != value.to_integral_value():
        raise InputError(f"“{label}”应是整数，现在是 {said}", advice="请填写整数。")
    _check_fineness(value, kind, label, said)
    return value


def _check_fineness(value: Decimal, kind: Kind, label: str, said: str) -> None:
    if kind is not Kind.MONEY:
        if decimals_of(value) > _DECIMALS_MAX:
            raise InputError(
                f"“{label}”的小数位太多（{said}）", advice=f"请保留不超过 {_DECIMALS_MAX} 位小数。"
            )
        return
    if abs(value) > limits.WAN_YUAN_MAX:
        raise InputError(f"“{label}”的金额 {said} 万元过大", advice="请核对单位，应以万元填写。")
    try:
        fen_of(value, WAN_YUAN)
    except ValueError:
        raise InputError(
            f"“{label}”的金额 {said} 万元精确到了分以下", advice="万元金额最多 6 位小数（即精确到分）。"
        ) from None


def _not_a_number(body: str, said: str, kind: Kind, label: str) -> InputError:
    """The sentence for a text that is not one plain number."""
    expected = _EXPECTS[kind]
    if len(body) > _EXPLAINED_MAX:
        return InputError(f"“{label}”应填{expected}，现在是一段文字“{said}”", advice="请改填数字。")
    if _THOUSANDS.fullmatch(body):
        bare = re.sub(r"[,\s]", "", body)
        return InputError(f"“{label}”写成了“{said}”，带有千位分隔符", advice=f"请写成 {bare}。")
    if _NOT_FINITE.fullmatch(body):
        return InputError(f"“{label}”写成了“{said}”，不是有效的数", advice="没有数据时请留空，确为零时写 0。")
    if _SCIENTIFIC.fullmatch(body):
        return InputError(f"“{label}”写成了科学计数法“{said}”", advice="请写出完整的数字。")
    if _SPACED.fullmatch(body):
        return InputError(f"“{label}”的数字中间有空格（{said}）", advice="请去掉空格。")
    with_unit = _with_unit(body, said, kind, label)
    if with_unit:
        return with_unit
    return InputError(f"“{label}”应填{expected}，现在是文字“{said}”", advice="请改填数字；没有数据时请留空。")


def _with_unit(body: str, said: str, kind: Kind, label: str) -> InputError | None:
    found = parse_quantity(body)
    if found is None or found[0].unit is None:
        return None
    quantity = found[0]
    unit = quantity.unit
    assert unit is not None  # narrowed above
    if kind is Kind.MONEY and unit.dimension == "money":
        amount = quantity.to(WAN_YUAN).value
        # normalize() drops the zeros that a division leaves; plain() undoes its exponent
        bare = plain(amount.normalize())
        return InputError(f"“{label}”写成了“{said}”，带有单位", advice=f"本项以万元为单位，请只写 {bare}。")
    message = f"“{label}”应填{_EXPECTS[kind]}，现在是“{said}”，单位是{unit}"
    if kind is Kind.MONEY:
        return InputError(message, advice="请核对是否填错了栏。")
    return InputError(
        message, advice=f"请只写数字，如 {plain(quantity.value)}；单位不对时请核对是否填错了栏。"
    )


def read_exact(text: str, label: str) -> Decimal:
    """A number as our own programs write it, in whatever unit: plain digits, any sign, any fineness.

    Raises:
        InputError: anything else.
    """
    if len(text) > _EXPLAINED_MAX or not _PLAIN.fullmatch(text):
        raise InputError(f"“{label}”的值“{_shown(text)}”不是普通数字", advice="请使用本程序生成的数据。")
    return Decimal(text)


def read_date(text: str, label: str) -> str:
    """A day as ``YYYY-MM-DD``; also accepts 2024/6/25 and 2024年6月25日.

    Raises:
        InputError: not a day of the calendar.
    """
    body = unicodedata.normalize("NFKC", text).strip()
    match = _DATE.fullmatch(body)
    if match:
        year, *rest = (int(part) for part in match.groups() if part)
        try:
            return date(year, *rest).isoformat()
        except ValueError:
            pass
    raise InputError(f"“{label}”的日期“{_shown(text)}”无法识别", advice="请写成 2024-06-25 这样的日期。")


def read_value(
    text: str, kind: Kind, label: str, *, negative: bool = False, whole: bool = False
) -> Decimal | str:
    """``text`` as a value of ``kind``: Decimal for numeric kinds, else tidy text.

    Raises:
        InputError: it does not fit; without a place.
    """
    text = tidy_text(text)
    if kind.numeric:
        return read_number(text, kind, label, negative=negative, whole=whole)
    if kind is Kind.DATE:
        return read_date(text, label)
    return text


def read_year(text: str) -> int:
    """A fiscal year.

    Raises:
        InputError: not a year of our time.
    """
    body = unicodedata.normalize("NFKC", text).strip().removesuffix("年度").removesuffix("年")
    if re.fullmatch(r"(?:19|20)\d\d", body) and int(body) >= 1995:  # the Budget Law (预算法) dates from 1995
        return int(body)
    raise InputError(f"年度“{_shown(text)}”无法识别", advice="请写四位数的年份，如 2024。")


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:30] + "…"
