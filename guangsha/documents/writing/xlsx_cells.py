"""Cells of an xlsx sheet as XML text: addresses, escaping, exact numbers, and the fast path for long tables.

Strings are written in place (``inlineStr``): measured in benchmarks/documents/xlsx.py against a shared table,
see docs/adr/0005. Nothing that comes as data can become a formula: only :func:`formula_cell` writes ``<f>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice

from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import plain

#: What a cell may hold. Floats are refused: their text is not the number that was meant.
Value = str | Decimal | int | None

#: Limits of the format (ECMA-376 and Excel's specification page).
TEXT_MAX = 32_767
ROWS_MAX = 1_048_576
COLUMNS_MAX = 16_384

#: Rows formatted together by :func:`band_rows`; large enough to amortise, small enough to stay in cache.
_CHUNK = 1_000
#: Joins the texts of a column for one check; any printable character would do, a false alarm only costs time.
_JOINT = "¦"

_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Excel reads ``_x0041_`` inside a string as the character A, so the underscore must be escaped.
_HEX_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


@lru_cache(maxsize=1024)
def column_name(col: int) -> str:
    """Letters of the zero-based column ``col``.

    >>> column_name(0), column_name(27)
    ('A', 'AB')
    """
    if not 0 <= col < COLUMNS_MAX:
        raise ValueError(f"column {col} is outside a sheet")
    letters = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, col: int) -> str:
    """Address of a zero-based cell.

    >>> address(2, 1)
    'B3'
    """
    if not 0 <= row < ROWS_MAX:
        raise ValueError(f"row {row} is outside a sheet")
    return f"{column_name(col)}{row + 1}"


def span(first_row: int, first_col: int, last_row: int, last_col: int) -> str:
    """Address of a range; one cell prints as one address.

    >>> span(0, 0, 4, 2)
    'A1:C5'
    """
    first, last = address(first_row, first_col), address(last_row, last_col)
    return first if first == last else f"{first}:{last}"


def clean_text(text: str) -> str:
    """``text`` without what XML cannot hold: control characters go, lone surrogates become U+FFFD."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _DROPPED.sub("", text)
    return _SURROGATE.sub("\ufffd", text)


def escape_text(text: str) -> str:
    """``text`` cleaned and escaped for element content or a double-quoted attribute."""
    text = clean_text(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def escape_string(text: str) -> str:
    """``text`` escaped as the value of a cell or a note."""
    return _HEX_ESCAPE.sub("_x005F_", escape_text(text))


def number_text(value: Decimal | int) -> str:
    """The digits of ``value`` exactly as it stands, never in scientific notation.

    Raises:
        ValueError: not a finite number.
        TypeError: a float or a bool.
    """
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a finite number")
        return plain(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a cell takes str, Decimal, int or None, not {type(value).__name__}")
    return str(value)


def text_element(text: str) -> str:
    """``<t>`` with the escaped text; outer blanks are kept."""
    escaped = escape_string(text)
    keep = ' xml:space="preserve"' if escaped != escaped.strip() or "\n" in escaped else ""
    return f"<t{keep}>{escaped}</t>"


def cell(ref: str, value: Value, style: int) -> str:
    """One ``<c>``; ``ref`` is its address. Text stays text even when it begins with ``=``.

    Raises:
        InputError: the text is longer than a cell can hold.
        TypeError: a value of another type.
    """
    look = f' s="{style}"' if style else ""
    if value is None or value == "":
        return f'<c r="{ref}"{look}/>' if style else ""
    if isinstance(value, str):
        if len(value) > TEXT_MAX:
            raise InputError(
                f"文字有 {len(value)} 个字符，超过单元格上限 {TEXT_MAX} 个",
                where=f"单元格 {ref}",
                advice="请缩短文字或分到几个单元格。",
            )
        return f'<c r="{ref}"{look} t="inlineStr"><is>{text_element(value)}</is></c>'
    return f'<c r="{ref}"{look}><v>{number_text(value)}</v></c>'


def formula_cell(ref: str, formula: str, style: int, cached: Value) -> str:
    """One ``<c>`` with a formula (without its ``=``) and the value it shows until it is computed again."""
    look = f' s="{style}"' if style else ""
    body = f"<f>{escape_text(formula)}</f>"
    if isinstance(cached, str):
        return f'<c r="{ref}"{look} t="str">{body}<v>{escape_string(cached)}</v></c>'
    shown = "" if cached is None else f"<v>{number_text(cached)}</v>"
    return f'<c r="{ref}"{look}>{body}{shown}</c>'


def _plain_texts(texts: Sequence[str]) -> bool:
    """Whether every text may stand in XML as it is. May answer no for a harmless one, never yes for a harmful."""
    joined = _JOINT.join(texts)
    return (
        joined.isprintable()  # no control character, surrogate, tab or line end
        and "&" not in joined
        and "<" not in joined
        and ">" not in joined
        and "_x" not in joined
        and f" {_JOINT}" not in joined  # blanks at an edge need xml:space
        and f"{_JOINT} " not in joined
        and joined[:1] != " "
        and joined[-1:] != " "
        and (len(joined) <= TEXT_MAX or max(map(len, texts)) <= TEXT_MAX)
    )


def _column(
    values: Sequence[Value], col: int, style: int, numbers: Sequence[str]
) -> tuple[str, list[Iterable[str]]]:
    """A pattern for one cell of the column and what fills its ``%s`` row by row (``numbers`` are the rows')."""
    name = column_name(col)
    look = f' s="{style}"' if style else ""
    kinds = set(map(type, values))
    if kinds == {str} and "" not in values:
        texts: list[str] = values  # type: ignore[assignment]
        if _plain_texts(texts):
            return f'<c r="{name}%s"{look} t="inlineStr"><is><t>%s</t></is></c>', [numbers, texts]
    elif kinds == {int}:
        return f'<c r="{name}%s"{look}><v>%s</v></c>', [numbers, map(str, values)]
    elif kinds == {Decimal}:
        digits = list(map(str, values))
        joined = "".join(digits)
        if "E" not in joined and "N" not in joined and "I" not in joined:
            return f'<c r="{name}%s"{look}><v>%s</v></c>', [numbers, digits]
    return "%s", [[cell(name + number, v, style) for number, v in zip(numbers, values, strict=True)]]


def band_rows(
    rows: Iterable[Sequence[Value]], first_row: int, first_col: int, styles: int | Sequence[int]
) -> Iterator[tuple[int, list[str]]]:
    """The inside of ``<row>`` for the rows of a table, a thousand at a time, with their number of cells.

    Works by columns: one check finds that a column needs no escaping, one pattern prints a row; each column has one
    look.

    Raises:
        InputError: a text is too long, or the table leaves the sheet.
        ValueError: fewer styles than columns.
    """
    source = iter(rows)
    done = first_row
    while chunk := list(islice(source, _CHUNK)):
        width = max(map(len, chunk))
        if any(len(row) != width for row in chunk):
            chunk = [(*row, *(None,) * (width - len(row))) for row in chunk]
        if done + len(chunk) > ROWS_MAX:
            raise InputError(f"表格超过 {ROWS_MAX} 行", advice="请分成几个文件。")
        looks = [styles] * width if isinstance(styles, int) else styles
        if len(looks) < width:
            raise ValueError(f"{width} columns but {len(looks)} styles")
        numbers = [str(number) for number in range(done + 1, done + len(chunk) + 1)]
        done += len(chunk)
        if width == 0:
            yield 0, [""] * len(chunk)
            continue
        patterns, columns = [], []
        for k, values in enumerate(zip(*chunk, strict=True)):
            pattern, filled = _column(values, first_col + k, looks[k], numbers)
            patterns.append(pattern)
            columns += filled
        whole = "".join(patterns)
        yield width, [whole % texts for texts in zip(*columns, strict=True)]
