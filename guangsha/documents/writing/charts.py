"""Charts as plain SVG text: no dependency, the same bytes for the same figures, readable in grey print.

Every value stands beside its bar as text, so no colour has to be told from another; the two series of a pair differ
by outline against fill, the parts of a whole by lightness. Geometry is exact decimals rounded to a tenth of a pixel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from guangsha.documents.writing.tree import Chart
from guangsha.kernel.numbers import divide, plain, round_to

FONT_STACK = "'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
WIDTH = 560
MARGIN = 14
LABEL_WIDTH = 168
VALUE_WIDTH = 150
FONT = 14
LINE = 19
BAR = 14
GAP = 16

INK = "#1f2933"
QUIET = "#52606d"
SOLID = "#1f4e79"
HOLLOW = "#ffffff"
AXIS = "#9aa5b1"
REFERENCE = "#a23b00"
#: Dark to light in one hue, each at least 1.4 times as light as the one before: apart in grey print as well.
STEPS = ("#163a5f", "#33689a", "#6f9fc8", "#abcae4", "#eaf2f9")

#: A completion bar longer than this is cut with a mark; its true value stands beside it.
COMPLETION_SHOWN_MAX = Decimal(150)

#: These do not begin a line.
_NEVER_FIRST = "，。、；：）】》”’％%·！？"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two amounts to set side by side (budget and execution, weight and score, last year and this year)."""

    label: str
    first: Decimal | None
    second: Decimal | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One amount with its label; ``note`` follows the value."""

    label: str
    value: Decimal
    note: str = ""


def text_width(text: str) -> Decimal:
    """Width of ``text`` in ems of a Chinese sans face: full-width characters 1, others 0.58."""
    return sum((Decimal(1) if ord(c) > 0x2E7F else Decimal("0.58") for c in text), Decimal(0))


def wrap(text: str, ems: int) -> list[str]:
    """``text`` in lines of at most ``ems`` (one more for a closing mark), about equally long.

    Numbers and words stay whole.
    """
    lines = _fill(text, ems)
    if len(lines) > 1:  # no single character left on the last line
        even = _fill(text, min(ems, int(text_width(text) / len(lines)) + 1))
        lines = even if len(even) == len(lines) else lines
    return lines


def _fill(text: str, ems: int) -> list[str]:
    words: list[str] = []
    for character in text:
        joins = words and character.isascii() and not character.isspace() and words[-1][-1].isascii()
        if joins and not words[-1].isspace() and text_width(words[-1]) < ems:
            words[-1] += character
        else:
            words.append(character)
    lines, line = [], ""
    for word in words:
        room = ems + 1 if word[0] in _NEVER_FIRST else ems
        if line and text_width(line + word) > room:
            lines.append(line.strip())
            line = ""
        line += word
    return [*lines, line.strip()] if line.strip() or not lines else lines


def _number(value: Decimal) -> str:
    return plain(round_to(value, 1)).removesuffix(".0")


def _amount(value: Decimal | None) -> str:
    return "—" if value is None else plain(round_to(value, 2))


class _Drawing:
    """Collects shapes top to bottom; ``y`` is where the next one starts."""

    def __init__(self) -> None:
        self.shapes: list[str] = []
        self.y = Decimal(MARGIN)

    def rect(self, x: Decimal, width: Decimal, height: int, fill: str, *, outline: str = "") -> None:
        stroke = f' stroke="{outline}" stroke-width="1.2"' if outline else ""
        self.shapes.append(
            f'<rect x="{_number(x)}" y="{_number(self.y)}" width="{_number(width)}" height="{height}"'
            f' fill="{fill}"{stroke}/>'
        )

    def line(
        self, x1: Decimal, y1: Decimal, x2: Decimal, y2: Decimal, colour: str, *, dashed: bool = False
    ) -> None:
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self.shapes.append(
            f'<line x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}"'
            f' stroke="{colour}" stroke-width="1.4"{dashes}/>'
        )

    def text(
        self,
        x: Decimal,
        y: Decimal,
        words: str,
        *,
        anchor: str = "start",
        fill: str = INK,
        bold: bool = False,
    ) -> None:
        weight = ' font-weight="bold"' if bold else ""
        self.shapes.append(
            f'<text x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}" fill="{fill}"{weight}>{escape(words)}</text>'
        )

    def label(self, words: str, top: Decimal, height: Decimal) -> None:
        """A wrapped label in the left column, centred on the row."""
        lines = wrap(words, LABEL_WIDTH // FONT)
        first = top + (height - len(lines) * LINE) / 2 + Decimal("14.5")
        for number, line in enumerate(lines):
            self.text(Decimal(MARGIN + LABEL_WIDTH - 10), first + number * LINE, line, anchor="end")

    def legend(self, entries: Sequence[tuple[str, str]]) -> None:
        x = Decimal(MARGIN + LABEL_WIDTH)
        for fill, words in entries:
            self.rect(x, Decimal(14), 12, fill, outline=INK)
            self.text(x + 20, self.y + 11, words, fill=QUIET)
            x += 20 + text_width(words) * FONT + 24
        self.y += 30

    def finish(self, caption: str, description: str) -> Chart:
        height = int(self.y) + MARGIN
        body = "\n".join(self.shapes)
        mark = hashlib.sha256(f"{caption}\n{body}".encode()).hexdigest()[:10]
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
            f' height="{height}" role="img" aria-labelledby="t{mark} d{mark}"'
            f" font-family={quoteattr(FONT_STACK)} font-size={quoteattr(str(FONT))}>\n"
            f'<title id="t{mark}">{escape(caption)}</title>\n<desc id="d{mark}">{escape(description)}</desc>\n'
            f'<rect x="0" y="0" width="{WIDTH}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>'
        )
        return Chart(svg, caption, description)


_LEFT = Decimal(MARGIN + LABEL_WIDTH)
_SPACE = Decimal(WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH)


def _length(value: Decimal | None, largest: Decimal) -> Decimal:
    if value is None or value <= 0 or largest <= 0:
        return Decimal(0)
    return max(Decimal("1.5"), divide(value * _SPACE, largest))


def _row_height(label: str, bars: int) -> Decimal:
    lines = len(wrap(label, LABEL_WIDTH // FONT))
    return Decimal(max(lines * LINE, bars * (BAR + 4)))


def _paired(
    rows: Sequence[Pair], names: tuple[str, str], caption: str, description: str, *, unit: str
) -> Chart:
    drawing = _Drawing()
    drawing.legend([(HOLLOW, f"{names[0]}（{unit}）"), (SOLID, f"{names[1]}（{unit}）")])
    largest = max((v for row in rows for v in (row.first, row.second) if v is not None), default=Decimal(0))
    top = drawing.y
    for row in rows:
        height = _row_height(row.label, 2)
        start = drawing.y
        drawing.label(row.label, start, height)
        drawing.y = start + (height - 2 * (BAR + 4)) / 2 + 2
        for value, fill, note in ((row.first, HOLLOW, ""), (row.second, SOLID, row.note)):
            width = _length(value, largest)
            if width:
                drawing.rect(_LEFT, width, BAR, fill, outline=SOLID)
            words = f"{_amount(value)}{'　' + note if note else ''}"
            drawing.text(_LEFT + width + 8, drawing.y + 12, words)
            drawing.y += BAR + 4
        drawing.y = start + height + GAP
    drawing.line(_LEFT, top - 4, _LEFT, drawing.y - GAP + 4, AXIS)
    drawing.y -= GAP
    return drawing.finish(caption, description)


def execution_chart(rows: Sequence[Pair], *, caption: str = "预算执行情况") -> Chart:
    """Budget against execution, one pair of bars for each project; ``note`` is the printed rate."""
    parts = [
        f"{row.label}：全年预算 {_amount(row.first)} 万元，执行 {_amount(row.second)} 万元"
        + (f"，执行率 {row.note}" if row.note else "")
        for row in rows
    ]
    return _paired(rows, ("全年预算数", "全年执行数"), caption, "；".join(parts) + "。", unit="万元")


def score_composition_chart(rows: Sequence[Pair], *, caption: str = "自评得分构成") -> Chart:
    """Weight against score for execution and each level-1 indicator."""
    parts = [f"{row.label}：分值 {_amount(row.first)}，得分 {_amount(row.second)}" for row in rows]
    return _paired(rows, ("分值", "得分"), caption, "；".join(parts) + "。", unit="分")


def two_year_chart(
    rows: Sequence[Pair], years: tuple[int, int], *, caption: str = "收支总计变动情况"
) -> Chart:
    """Last year's and this year's totals; ``note`` is the printed change."""
    names = (f"{years[0]}年", f"{years[1]}年")
    parts = [
        f"{row.label}：{names[0]} {_amount(row.first)} 万元，{names[1]} {_amount(row.second)} 万元"
        for row in rows
    ]
    return _paired(rows, names, caption, "；".join(parts) + "。", unit="万元")


def completion_chart(rows: Sequence[Bar], *, caption: str = "指标完成情况") -> Chart:
    """Completion of each indicator in percent, with the 100 % line; ``value`` is in percent."""
    drawing = _Drawing()
    drawing.y += LINE
    top = drawing.y
    scale = COMPLETION_SHOWN_MAX
    for row in rows:
        height = _row_height(row.label, 1)
        start = drawing.y
        drawing.label(row.label, start, height)
        width = _length(min(row.value, scale), scale)
        drawing.y = start + (height - BAR) / 2
        if width:
            drawing.rect(_LEFT, width, BAR, SOLID)
        if row.value > scale:
            middle = _LEFT + width - 14
            for shift in (0, 5):  # two slanted cuts: the bar goes on
                drawing.line(middle + shift, drawing.y + BAR + 2, middle + shift + 6, drawing.y - 2, HOLLOW)
        note = f"　{row.note}" if row.note else ""
        beside = max(width, divide(_SPACE * 100, scale) if row.value >= 90 else width)
        drawing.text(_LEFT + beside + 8, drawing.y + 12, f"{_amount(row.value)}%{note}")
        drawing.y = start + height + GAP - 4
    bottom = drawing.y - GAP + 8
    hundred = _LEFT + divide(_SPACE * 100, scale)
    drawing.line(_LEFT, top - 4, _LEFT, bottom, AXIS)
    drawing.line(hundred, top - 4, hundred, bottom, REFERENCE, dashed=True)
    drawing.text(hundred, top - 8, "100%", anchor="middle", fill=REFERENCE)
    drawing.y -= GAP - 4
    parts = [f"{row.label}：{_amount(row.value)}%" for row in rows]
    return drawing.finish(caption, "；".join(parts) + "。")


def unit_scores_chart(rows: Sequence[Bar], full: Decimal, *, caption: str = "各单位自评得分") -> Chart:
    """Total score of each unit of a department on a scale of ``full`` points."""
    drawing = _Drawing()
    top = drawing.y
    for row in rows:
        height = _row_height(row.label, 1)
        start = drawing.y
        drawing.label(row.label, start, height)
        width = _length(row.value, max(full, *(item.value for item in rows)))
        drawing.y = start + (height - BAR) / 2
        drawing.rect(_LEFT, width, BAR, SOLID)
        note = f"　{row.note}" if row.note else ""
        drawing.text(_LEFT + width + 8, drawing.y + 12, f"{_amount(row.value)}分{note}")
        drawing.y = start + height + GAP - 4
    drawing.line(_LEFT, top - 4, _LEFT, drawing.y - GAP + 8, AXIS)
    drawing.y -= GAP - 4
    parts = [f"{row.label}：{_amount(row.value)} 分" for row in rows]
    return drawing.finish(caption, "；".join(parts) + "。")


def structure_chart(parts: Sequence[Bar], *, caption: str, unit: str = "万元") -> Chart:
    """Parts of a whole as one stacked bar; amount and share of each part stand in the list below it."""
    drawing = _Drawing()
    shown = sorted((part for part in parts if part.value > 0), key=lambda part: -part.value)
    whole = sum((part.value for part in shown), Decimal(0))
    full = Decimal(WIDTH - 2 * MARGIN)
    x = Decimal(MARGIN)
    fills = [STEPS[min(number, len(STEPS) - 1)] for number in range(len(shown))]
    for part, fill in zip(shown, fills, strict=True):
        width = divide(part.value * full, whole)
        drawing.rect(x, width, 40, fill, outline=INK)
        if width >= 24:  # the number ties a segment to its line below, whatever its shade
            on_dark = fill in STEPS[:2]
            mark = str(shown.index(part) + 1)
            drawing.text(
                x + width / 2, drawing.y + 25, mark, anchor="middle", fill=HOLLOW if on_dark else INK
            )
        x += width
    drawing.y += 40 + GAP + 4
    words: list[str] = []
    for part, fill in zip(shown, fills, strict=True):
        share = f"{_amount(divide(part.value * 100, whole))}%"
        drawing.rect(Decimal(MARGIN), Decimal(14), 12, fill, outline=INK)
        drawing.text(Decimal(MARGIN + 24), drawing.y + 11, f"{shown.index(part) + 1}")
        figures = f"{_amount(part.value)} {unit}　{share}"
        drawing.text(Decimal(WIDTH - MARGIN), drawing.y + 11, figures, anchor="end")
        for line in wrap(part.label, 18):
            drawing.text(Decimal(MARGIN + 46), drawing.y + 11, line)
            drawing.y += LINE
        drawing.y += 6
        words.append(f"{part.label} {_amount(part.value)} {unit}，占 {share}")
    drawing.y -= 6
    return drawing.finish(caption, "；".join(words) + "。" if words else f"{caption}：无。")
