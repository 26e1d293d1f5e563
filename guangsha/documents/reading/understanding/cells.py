"""Figures and labels out of scarred cells: scans tear numbers apart, widen digits, double what a ruling line cut.

Nothing is corrected by arithmetic here. A figure keeps the decimals it was printed with; what is no figure is None.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.kernel.measures import WAN_YUAN, Unit, unit_of
from guangsha.kernel.numbers import DIGITS_MAX

#: Cells that say "nothing here": dashes, slashes, a lone full stop. ``0`` is a figure, never blank.
_BLANK = re.compile(r"[\s\-—–\u2212_/\\|·.。,，、:：;；'\"“”‘’\u3000…]*")
_TAGS = re.compile(r"</?(?:p|b|i|u|br|sup|sub|span|div|font)\s*/?>|\^\{|\}", re.IGNORECASE)

#: A number as scans print it: ``22854. 27``, ``1, 212.84``, ``1,212.84``. Two numbers never become one: a blank alone
#: does not join digits.
_NUMBER = re.compile(
    r"(?<![\d.,])(?P<sign>-)?(?P<whole>\d{1,3}(?:\s?,\s?\d{3})+|\d+)(?:\s?\.\s?(?P<fraction>\d+))?(?![\d])"
)
#: Digits that follow no grammar: ``1.5.0``, ``1,7,200``.
_UNREADABLE = re.compile(r"\d+(?:\s?[.,]\s?\d+){2,}|\d+,\d{1,2}(?!\d)")
_LETTER_DIGITS = re.compile(r"(?<=[\d.])[oO](?=[\d.%]|$)|(?<![A-Za-z\d])[lI](?=\d)|(?<=\d)[lI](?=\d|\.|%|$)")
#: Signs that scans and keyboards put for others.
_LOOKALIKES = str.maketrans(
    {"\u2212": "-", "﹪": "%", "％": "%", "≼": "≤", "≽": "≥", "⩽": "≤", "⩾": "≥", "≦": "≤", "≧": "≥"}
)
#: A piece that a ruling line or a speck left: one letter or sign that is no figure and no word.
_SPECK = re.compile(r"[A-Za-z·•.。,，'\"`:：;；\-—~|!<>/\\ ]{1,3}|<u>\W*</u>")
_CJK = r"\u3400-\u9fff\u3000-\u303f\uff00-\uffef"
_GAP = re.compile(
    rf"(?<=[{_CJK}“”‘’])[ \t]+|[ \t]+(?=[{_CJK}“”‘’])|(?<=[≥≤<>＝=])\s+|\s+(?=%)|(?<=[;；,，、:：])\s+|(?<=\d)\)(?=\s*%)"
)
_NUMBERED_LINE = re.compile(r"\s*(?:\d{1,2}\s*[、．.)）](?!\d)|[（(]\d{1,2}[)）])")
_ENDING = re.compile(r"[。；;，,、：:！？!?]$")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number read from a cell: ``value`` with the ``decimals`` it was printed with.

    ``unit`` is the unit printed behind it (``万元``, ``%``, ``分``; empty where none) and ``quote`` the text it was
    read from.
    """

    value: Decimal
    decimals: int
    unit: str
    quote: str

    @property
    def percent(self) -> bool:
        return self.unit == "%"


def tidy(text: str) -> str:
    """Half-width digits and signs, no zero-width characters, no leftovers of markup; line breaks stay."""
    text = _TAGS.sub("", text)
    folded = (c if "\u3000" < c < "\uff01" else unicodedata.normalize("NFKC", c) for c in text)
    text = "".join(c for c in folded if c.isprintable() or c in "\n\t")
    return text.translate(_LOOKALIKES).strip()


def compact(text: str) -> str:
    """For comparing labels: half-width, without any blank, punctuation as printed.

    >>> compact("年初\\n预算数 （万元）")
    '年初预算数(万元)'
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", _TAGS.sub("", text)))


def label(text: str) -> str:
    """:func:`compact` without what stands in brackets, without numbering and punctuation.

    >>> label("其中： 1、公务用车购置和维护经费（万元）")
    '公务用车购置和维护经费'
    """
    text = re.sub(r"[(〔\[][^()〔〕\[\]]*[)〕\]]", "", compact(text))
    text = re.sub(r"^(?:其中[:：]?|[一二三四五六七八九十]{1,3}、|\d{1,2}[、.．]|[:：*#])+", "", text)
    return re.sub(r"[\s:：,，。;；、.·\-—_*]", "", text)


def is_blank(text: str) -> bool:
    """Whether the cell holds nothing: empty, dashes, a slash.

    >>> is_blank("——"), is_blank("0")
    (True, False)
    """
    return _BLANK.fullmatch(_TAGS.sub("", text)) is not None


def words(text: str) -> str:
    """A cell's text on one line: blanks between Chinese characters taken out, numbered points parted by ``；``.

    Full-width punctuation stays as printed.
    """
    lines = [line.strip(" \t\u3000") for line in _plain_digits(text).split("\n")]
    joined = ""
    for line in (line for line in lines if line):
        if joined and _NUMBERED_LINE.match(line) and not _ENDING.search(joined):
            joined += "；"
        elif (
            joined
            and joined[-1].isascii()
            and joined[-1].isalpha()
            and line[0].isascii()
            and line[0].isalpha()
        ):
            joined += " "
        joined += line
    joined = re.sub(r"(\d)\s?\.\s(?=\d)", r"\1.", joined)
    # "138 22" keeps its blank: nobody knows whether it is one number
    return _GAP.sub("", re.sub(r"[ \t]+", " ", joined)).strip()


def _plain_digits(text: str) -> str:
    """Full-width digits and letters narrowed; punctuation stays."""
    text = _TAGS.sub("", text)
    narrowed = "".join(
        unicodedata.normalize("NFKC", c) if unicodedata.category(c) in ("Nd", "Lu", "Ll") else c for c in text
    )
    return "".join(c for c in narrowed if c.isprintable() or c in "\n\t").translate(_LOOKALIKES)


def unreadable(text: str) -> bool:
    """Whether the text holds digits that are no number: ``1.5.0``, ``1,7,200``."""
    body = compact(text)
    if re.search(r"\d{4}\.\d{1,2}(?:\.\d{1,2})?", body):  # a date
        return False
    return any(_whole(found[0]) is None for found in _UNREADABLE.finditer(body))


def _whole(text: str) -> Decimal | None:
    found = _NUMBER.fullmatch(text)
    return _decimal(found) if found else None


def _decimal(found: re.Match[str]) -> Decimal | None:
    whole = re.sub(r"[\s,]", "", found["whole"])
    fraction = found["fraction"] or ""
    if len(whole) + len(fraction) > DIGITS_MAX:
        return None
    value = Decimal(f"{whole}.{fraction}" if fraction else whole)
    return -value if found["sign"] else value


def figures(text: str) -> list[Figure]:
    """Every number of ``text`` in order, each with the unit that follows it.

    >>> [str(f.value) for f in figures("1405. 65 22854. 27")]
    ['1405.65', '22854.27']
    """
    body = _LETTER_DIGITS.sub(lambda m: "0" if m[0] in "oO" else "1", tidy(text).replace("\n", " "))
    found: list[Figure] = []
    for match in _NUMBER.finditer(body):
        value = _decimal(match)
        if value is None:
            continue
        fraction = match["fraction"] or ""
        unit = re.match(r"\s*(%|万元|亿元|千元|元|分|人|万|亿)?", body[match.end() :])
        found.append(Figure(value, len(fraction), (unit[1] if unit else None) or "", match[0].strip()))
    return found


def figure(text: str) -> Figure | None:
    """The one number of a cell that holds nothing else but its unit; None for anything else.

    >>> figure("99.41%").value, figure("20 分").value, figure("41 39")
    (Decimal('99.41'), Decimal('20'), None)
    """
    body = tidy(text).replace("\n", "")
    if not body or is_blank(body):
        return None
    found = figures(body)
    if len(found) != 1:
        return None
    rest = body.replace(found[0].quote, "", 1) if found[0].quote in body else _rest(body)
    rest = re.sub(r"[\s()（）:：+¥￥。;；]", "", rest)
    return found[0] if rest in ("", found[0].unit, "左右", "约") else None


def _rest(body: str) -> str:
    return _NUMBER.sub("", _LETTER_DIGITS.sub(lambda m: "0" if m[0] in "oO" else "1", body), count=1)


def money(text: str, head_unit: Unit = WAN_YUAN) -> Figure | None:
    """An amount in 万元: a unit printed in the cell stands before ``head_unit``, the unit of the column or form.

    >>> money("130万元").value, money("1300000元").value
    (Decimal('130'), Decimal('130.0000'))
    """
    found = figure(text)
    return None if found is None or found.percent else in_wan_yuan(found, head_unit)


def in_wan_yuan(found: Figure, head_unit: Unit = WAN_YUAN) -> Figure | None:
    """The figure in 万元; exact, with as many decimals as that takes. None where its unit is no money."""
    unit = unit_of(found.unit) if found.unit else head_unit
    if unit is None or unit.dimension != "money":
        return None
    if unit == WAN_YUAN:
        return found
    shift = (unit.factor / WAN_YUAN.factor).adjusted()
    return Figure(found.value.scaleb(shift), max(0, found.decimals - shift), "万元", found.quote)


def money_unit(text: str) -> Unit | None:
    """The unit of money that a head names: ``（万元）``, ``单位：元``; None where it names none."""
    found = re.search(r"(?:[(（]|单位[:：])\s*(?:人民币)?(万元|亿元|千元|元)\s*[)）]?", compact(text))
    return unit_of(found[1]) if found else None


def digits_only(text: str) -> bool:
    """Whether the cell is a number and nothing else, percent sign and blanks aside."""
    return re.fullmatch(r"[-\d.,%\s]+", tidy(text)) is not None and bool(figures(text))


# --- cells that a ruling line cut ----------------------------------------------------------------------------


def join_torn(parts: Sequence[str]) -> str:
    """One cell out of the pieces that guessed columns made of it.

    A piece that the next one repeats is dropped (``D 级`` before ``D级危房治理``, ``1`` before ``100%``); digits that a
    line cut are put together where a number comes of it, and left apart where none does.

    >>> join_torn(["138", "22"]), join_torn(["1", "100%"]), join_torn(["完", "成及时率"])
    ('13822', '100%', '完成及时率')
    """
    filled = [part for part in parts if not is_blank(part)]
    kept = [part for part in filled if not _SPECK.fullmatch(part.strip()) or part.strip() in "≥≤<>"] or filled
    joined = ""
    for part in kept:
        joined = _join_pair(joined, part) if joined else part
    return re.sub(r"(?<![\d.])(\d) (?=\d\s?%)", r"\1", joined)  # "8 0%"


def _join_pair(first: str, second: str) -> str:
    a, b = compact(first), compact(second)
    if b.startswith(a) or _mostly_repeated(a, b):
        return second
    if a[-1:].isdigit() and b[:1].isdigit():
        return _join_digits(first.strip(), second.strip())
    if a.endswith(".") and b[:1].isdigit():
        return first.rstrip() + second.lstrip()
    return first.rstrip() + second.lstrip()


def _mostly_repeated(a: str, b: str) -> bool:
    """``建设筹集的`` before ``建设筹集保障性租赁住房``: the same beginning but for a last, misread character."""
    return len(a) >= 4 and len(b) > len(a) and b.startswith(a[:-1]) and not any(c.isdigit() for c in a)


def _join_digits(first: str, second: str) -> str:
    both = first + second
    found = figures(both)
    if found and found[-1].percent and found[-1].value >= 1000 and first[-1] == second[0]:
        return first + second[1:]  # "10" and "00%": the cut digit stands on both sides
    listed = re.search(r"\d\s*、.*\d\s*、", compact(first)) is not None  # lines of a list, cut through
    if listed or re.search(r"\d\s*[A-Za-z]\s*$", both) or unreadable(both):
        return f"{first} {second}"
    return both
