"""Stored numbers as a spreadsheet shows them: number formats (数字格式) of xlsx, by ECMA-376 §18.8.31.

What is compared later is what a reader of the published file sees: 0.9995 in ``0.00%`` is ``99.95%``. Supported is
what accounts use: sections and conditions, digits with grouping and scaling, percent, exponents, literals (also with
the ``!`` of Chinese editions), currency, dates and times, Chinese numerals for dates. Fractions are shown as decimals.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext

from guangsha.documents.reading.docx_numerals import chinese
from guangsha.kernel.numbers import WORKING, plain, round_to

GENERAL = "General"
_DATE = 'yyyy"年"m"月"d"日"'
_MONTH, _DAY = 'yyyy"年"m"月"', 'm"月"d"日"'
#: Formats that a file names by number only, as Chinese editions show them.
BUILT_IN: dict[int, str] = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: GENERAL, 13: GENERAL, 14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm", 27: _MONTH, 28: _DAY, 29: _DAY,
    30: "m-d-yy", 31: _DATE, 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"', 34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"', 36: _MONTH, 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: '#,##0;-#,##0;"-";@', 42: '"¥"#,##0;-"¥"#,##0;"-";@',
    43: '#,##0.00;-#,##0.00;"-"??;@', 44: '"¥"#,##0.00;-"¥"#,##0.00;"-"??;@', 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0", 48: "##0.0E+0", 49: "@", 50: _MONTH, 51: _DAY, 52: _MONTH, 53: _DAY, 54: _DAY,
    55: '上午/下午h"时"mm"分"', 56: '上午/下午h"时"mm"分"ss"秒"', 57: _MONTH, 58: _DAY,
}  # fmt: skip

#: A spreadsheet shows no more digits than it keeps; a general number no more than fit its usual column.
_KEPT_DIGITS, _GENERAL_DIGITS = 15, 11
#: Longer formats are damage.
_FORMAT_CHARS_MAX = 400
#: Beyond these a number is shown with an exponent, whatever its format.
_HUGE = Decimal(10) ** 21
_PLACES_MAX = 30

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.?)|_.?|\*.?|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<noon>AM/PM|A/P|上午/下午)|(?P<power>E[+-]0+)"
    r"|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|a{3,4}|e+)|(?P<digit>[0#?])|(?P<sign>[.,%@/])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)$")
_WEEKDAYS = "一二三四五六日"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LAST_DAY = 2_958_465  # 9999-12-31

Token = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a format: its tokens, the condition under which it holds, how its digits are written."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None
    chinese_digits: bool = False

    @property
    def is_date(self) -> bool:
        return any(kind in ("date", "noon", "elapsed") for kind, _ in self.tokens)


def shown_number(stored: str, code: str, *, since_1904: bool = False) -> str:
    """The number ``stored`` in a cell as its format ``code`` shows it.

    >>> shown_number("0.99949999999999994", "0.00%"), shown_number("-1234.5", "#,##0.00;[Red](#,##0.00)")
    ('99.95%', '(1,234.50)')
    """
    try:
        value = Decimal(stored.strip())
    except InvalidOperation:
        return stored
    if not value.is_finite() or abs(value.adjusted()) > 310:
        return stored
    value = _kept(value)
    sections = _sections(code)
    if value.adjusted() < -_PLACES_MAX:
        value = Decimal(0)
    if not sections or abs(value) >= _HUGE:
        return _general(value)
    section, negative = _chosen(value, sections)
    if not section.tokens and len(sections) > 1:
        return ""  # ";;;" hides what it formats
    if section.is_date:
        return _date(value, section, since_1904)
    return _number(abs(value) if negative is not None else value, section, bool(negative))


def shown_text(stored: str, code: str) -> str:
    """A text as its format shows it: most leave it alone, ``;;;`` hides it, ``"第"@"号"`` adds to it."""
    sections = _sections(code)
    if len(sections) == 4 or (len(sections) == 1 and any(t == ("sign", "@") for t in sections[0].tokens)):
        return "".join(
            stored if token == ("sign", "@") else token[1] if token[0] == "literal" else ""
            for token in sections[-1].tokens
        )
    return stored


def _kept(value: Decimal) -> Decimal:
    """The digits that a spreadsheet shows: what lies beyond fifteen is binary noise."""
    surplus = len(value.as_tuple().digits) - _KEPT_DIGITS
    return round_to(value, _KEPT_DIGITS - 1 - value.adjusted()) if surplus > 0 and value else value


def _general(value: Decimal) -> str:
    if abs(value) >= _HUGE:
        return f"{value:.5E}"
    whole = value.to_integral_value()
    if value == whole:
        return plain(whole.quantize(Decimal(1)))
    places = max(0, min(_GENERAL_DIGITS - 1 - value.adjusted(), _GENERAL_DIGITS - 2))
    shown = plain(round_to(value, places))
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) or "0"


# --- the format ----------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=500)
def _sections(code: str) -> tuple[_Section, ...]:
    """The sections of a format; none for the general one."""
    if code.strip().lower() in ("", "general", "g/通用格式", "@") or len(code) > _FORMAT_CHARS_MAX:
        return ()
    return tuple(_section(part) for part in _split(code)[:4])


def _split(code: str) -> list[str]:
    parts = [""]
    for match in _TOKEN.finditer(code):
        if match["other"] == ";":
            parts.append("")
        else:
            parts[-1] += match[0]
    return parts


def _section(text: str) -> _Section:
    tokens: list[Token] = []
    condition = None
    digits = False
    if text.strip().lower() == "general":
        return _Section((("general", ""),))
    for match in _TOKEN.finditer(text):
        kind, found = match.lastgroup, match[0]
        if kind == "bracket":
            inside = match["bracket"]
            compared = _CONDITION.match(inside)
            if compared:
                condition = (compared[1], Decimal(compared[2]))
            elif inside.startswith("$"):
                tokens.append(("literal", inside[1:].partition("-")[0]))
            elif inside.lower().strip("hms") == "" and inside:
                tokens.append(("elapsed", inside.lower()))
            digits = digits or inside.lower().startswith("dbnum1")
        elif kind in ("quoted", "escaped"):
            tokens.append(("literal", match[kind] or ""))
        elif kind == "other":
            tokens.append(("literal", found))
        elif kind is not None:
            tokens.append((kind, found if kind in ("noon", "power") else found.lower()))
    return _Section(tuple(tokens), condition, digits)


def _chosen(value: Decimal, sections: Sequence[_Section]) -> tuple[_Section, bool | None]:
    """The section for ``value``; then whether a minus sign must be written (None: the section says it all)."""
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None or _holds(value, *section.condition):
                return section, value < 0
        return sections[-1], value < 0
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], value < 0


def _holds(value: Decimal, sign: str, bound: Decimal) -> bool:
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[sign]


# --- numbers -------------------------------------------------------------------------------------------------


def _number(value: Decimal, section: _Section, negative: bool) -> str:
    tokens = list(section.tokens)
    minus = "-" if negative else ""
    if not any(kind == "digit" for kind, _ in tokens):
        shown = "".join(
            _general(value) if token[0] == "general" or token == ("sign", "@") else token[1]
            for token in tokens
        )
        return minus + shown if any(kind in ("general", "sign") for kind, _ in tokens) else shown
    if ("sign", "/") in tokens:
        return minus + _general(value)
    with localcontext(WORKING):
        value *= Decimal(100) ** tokens.count(("sign", "%"))
    last = max(n for n, (kind, _) in enumerate(tokens) if kind == "digit")
    after = last + 1
    while after < len(tokens) and tokens[after] == ("sign", ","):  # each divides by a thousand
        with localcontext(WORKING):
            value /= 1000
        del tokens[after]
    power = next((n for n, (kind, _) in enumerate(tokens) if kind == "power"), None)
    if power is not None:
        return minus + _scientific(value, tokens, power)
    shown = _plain(value, tokens)
    return minus + shown if any(c in "123456789" for c in shown) else shown


def _point(tokens: Sequence[Token]) -> int:
    return tokens.index(("sign", ".")) if ("sign", ".") in tokens else len(tokens)


def _scientific(value: Decimal, tokens: Sequence[Token], power: int) -> str:
    places = min(sum(kind == "digit" for kind, _ in tokens[_point(tokens) : power]), _PLACES_MAX)
    exponent = value.adjusted() if value else 0
    with localcontext(WORKING):
        mantissa = round_to(value.scaleb(-exponent), places)
    if abs(mantissa) >= 10:
        exponent += 1
        mantissa = round_to(mantissa / 10, places)
    width = len(tokens[power][1]) - 2
    sign = "-" if exponent < 0 else "+" if tokens[power][1][1] == "+" else ""
    return f"{plain(mantissa)}E{sign}{abs(exponent):0{width}d}"


def _plain(value: Decimal, tokens: Sequence[Token]) -> str:
    point = _point(tokens)
    before, behind = tokens[:point], tokens[point + 1 :]
    places = min(sum(kind == "digit" for kind, _ in behind), _PLACES_MAX)
    whole, _, fraction = plain(round_to(value, places)).partition(".")
    return _whole_part(whole.lstrip("0"), before) + _fraction_part(fraction, behind, point < len(tokens))


def _whole_part(digits: str, tokens: Sequence[Token]) -> str:
    """Digits filled into their places from the right; what does not fit stands before the first place."""
    marks = [n for n, (kind, _) in enumerate(tokens) if kind == "digit"]
    grouped = bool(marks) and ("sign", ",") in tokens[marks[0] : marks[-1]]
    out: list[str] = []
    written = 0

    def write(digit: str) -> None:
        nonlocal written
        if grouped and written and written % 3 == 0:
            out.append(",")
        out.append(digit)
        written += 1

    rest = list(digits)
    for n in range(len(tokens) - 1, -1, -1):
        kind, said = tokens[n]
        if kind == "digit":
            if rest:
                write(rest.pop())
            elif said == "0":
                write("0")
            if n == marks[0]:
                while rest:
                    write(rest.pop())
        elif kind == "literal" or (kind == "sign" and said == "%"):
            out.append(said[::-1])
    if not marks:
        out += reversed(digits)
    return "".join(out)[::-1]


def _fraction_part(digits: str, tokens: Sequence[Token], pointed: bool) -> str:
    marks = [said for kind, said in tokens if kind == "digit"]
    kept = len(marks)
    while kept and marks[kept - 1] != "0" and digits[kept - 1 : kept] in ("0", ""):
        kept -= 1  # "#" and "?" drop the noughts at the end
    out = ["."] if pointed else []
    used = 0
    for kind, said in tokens:
        if kind == "digit":
            if used < min(kept, len(digits)):
                out.append(digits[used])
            used += 1
        elif kind == "literal" or (kind == "sign" and said == "%"):
            out.append(said)
    return "".join(out)


# --- dates ---------------------------------------------------------------------------------------------------


def _date(value: Decimal, section: _Section, since_1904: bool) -> str:
    if value < 0 or value > _LAST_DAY:
        return _general(value)
    # Day 60 of the 1900 calendar is a 29 February that never was.
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30 if value >= 60 else 31)  # noqa: DTZ001
    seconds = int((value * 86_400).to_integral_value())
    moment = start + timedelta(seconds=seconds)
    tokens = section.tokens
    noon = any(kind == "noon" for kind, _ in tokens)
    out: list[str] = []
    for n, (kind, said) in enumerate(tokens):
        if kind == "literal":
            out.append(said)
        elif kind == "sign":
            out.append(said if said != "@" else "")
        elif kind == "noon":
            names = ("上午", "下午") if said.startswith("上") else ("AM", "PM")
            out.append(names[moment.hour >= 12])
        elif kind == "elapsed":
            out.append(str(seconds // {"h": 3600, "m": 60, "s": 1}[said[0]]).zfill(len(said)))
        elif kind == "date":
            out.append(_date_part(said, moment, noon, _is_minute(tokens, n), section.chinese_digits))
    return "".join(out)


def _is_minute(tokens: Sequence[Token], place: int) -> bool:
    """Whether an "m" means minutes: hours stand before it, or seconds after it."""
    before = [said for kind, said in tokens[:place] if kind in ("date", "elapsed")]
    behind = [said for kind, said in tokens[place + 1 :] if kind in ("date", "elapsed")]
    return bool((before and before[-1][0] == "h") or (behind and behind[0][0] == "s"))


def _date_part(said: str, moment: datetime, noon: bool, minute: bool, in_chinese: bool) -> str:
    letter, width = said[0], len(said)
    if letter in "ye":
        year = f"{moment.year:04d}" if width > 2 or letter == "e" else f"{moment.year % 100:02d}"
        return "".join("〇一二三四五六七八九"[int(digit)] for digit in year) if in_chinese else year
    if letter == "a":
        name = _WEEKDAYS[moment.weekday()]
        return f"星期{name}" if width == 4 else name
    if letter == "m" and not minute and width > 2:
        return _MONTHS[moment.month - 1]
    if letter == "d" and width > 2:
        return f"星期{_WEEKDAYS[moment.weekday()]}"
    number = {
        "m": moment.minute if minute else moment.month,
        "d": moment.day,
        "h": (moment.hour - 1) % 12 + 1 if noon else moment.hour,
        "s": moment.second,
    }[letter]
    if in_chinese:
        return chinese(number)
    return str(number).zfill(min(width, 2))
