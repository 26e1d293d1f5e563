"""The looks of cells: each distinct font, fill, border and format is written once (``xl/styles.xml``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from guangsha.documents.writing.xlsx_cells import escape_text

Horizontal = Literal["", "left", "center", "right", "justify", "distributed"]
Vertical = Literal["top", "center", "bottom"]

#: 宋体 (SimSun): the font of Chinese official tables, present in every Chinese Excel and WPS.
FONT = "宋体"
FONT_SIZE = "11"

#: Formats that every spreadsheet knows by number (ECMA-376 §18.8.30).
_BUILT_IN_FORMATS = {
    "": 0, "General": 0, "0": 1, "0.00": 2, "#,##0": 3, "#,##0.00": 4, "0%": 9, "0.00%": 10, "@": 49,
}  # fmt: skip
_FIRST_OWN_FORMAT = 164


@dataclass(slots=True)
class _Pool:
    """Distinct XML fragments in order of first use."""

    items: dict[str, int] = field(default_factory=dict)

    def index(self, fragment: str) -> int:
        return self.items.setdefault(fragment, len(self.items))

    def element(self, name: str) -> str:
        return f'<{name} count="{len(self.items)}">{"".join(self.items)}</{name}>'


def _size_text(size: float | str) -> str:
    text = f"{size:g}" if not isinstance(size, str) else size
    return text


class Styles:
    """All looks of one workbook; :meth:`add` returns the number a cell refers to."""

    def __init__(self) -> None:
        self._fonts = _Pool()
        self._fills = _Pool()
        self._borders = _Pool()
        self._looks = _Pool()
        self._formats: dict[str, int] = {}
        # The first two fills are fixed by the format; look 0 is every cell that was given none.
        self._fills.index('<fill><patternFill patternType="none"/></fill>')
        self._fills.index('<fill><patternFill patternType="gray125"/></fill>')
        self.add()

    def add(
        self,
        *,
        bold: bool = False,
        italic: bool = False,
        underline: bool = False,
        size: float | str = FONT_SIZE,
        font: str = FONT,
        color: str = "",
        fill: str = "",
        align: Horizontal = "",
        valign: Vertical = "center",
        wrap: bool = False,
        shrink: bool = False,
        indent: int = 0,
        border: bool = False,
        number: str = "",
        locked: bool = True,
    ) -> int:
        """Number of this look; the same look always gets the same number."""
        font_index = self._fonts.index(
            "<font>"
            + ("<b/>" if bold else "")
            + ("<i/>" if italic else "")
            + ("<u/>" if underline else "")
            + f'<sz val="{_size_text(size)}"/>'
            + (f'<color rgb="FF{_rgb(color)}"/>' if color else "")
            + f'<name val="{escape_text(font)}"/><charset val="134"/></font>'
        )
        fill_index = self._fills.index(_fill(fill)) if fill else 0
        border_index = self._borders.index(_border(border))
        alignment = (
            (f' horizontal="{align}"' if align else "")
            + f' vertical="{valign}"'
            + (' wrapText="1"' if wrap else "")
            + (f' indent="{indent}"' if indent else "")
            + (' shrinkToFit="1"' if shrink else "")
        )
        return self._looks.index(
            f'<xf numFmtId="{self._format(number)}" fontId="{font_index}" fillId="{fill_index}"'
            f' borderId="{border_index}" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"'
            ' applyBorder="1" applyAlignment="1" applyProtection="1">'
            f'<alignment{alignment}/><protection locked="{int(locked)}"/></xf>'
        )

    def _format(self, code: str) -> int:
        known = _BUILT_IN_FORMATS.get(code)
        if known is not None:
            return known
        return self._formats.setdefault(code, _FIRST_OWN_FORMAT + len(self._formats))

    def xml(self) -> str:
        """``xl/styles.xml`` without the XML declaration."""
        formats = "".join(
            f'<numFmt numFmtId="{number}" formatCode="{escape_text(code)}"/>'
            for code, number in self._formats.items()
        )
        own_formats = f'<numFmts count="{len(self._formats)}">{formats}</numFmts>' if formats else ""
        return (
            '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            + own_formats
            + self._fonts.element("fonts")
            + self._fills.element("fills")
            + self._borders.element("borders")
            + '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            + self._looks.element("cellXfs")
            + '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles>'
            + "</styleSheet>"
        )


def _rgb(color: str) -> str:
    text = color.removeprefix("#").upper()
    if len(text) != 6 or any(c not in "0123456789ABCDEF" for c in text):
        raise ValueError(f"{color!r} is not a colour like FFF2CC")
    return text


def _fill(color: str) -> str:
    return (
        f'<fill><patternFill patternType="solid"><fgColor rgb="FF{_rgb(color)}"/>'
        '<bgColor indexed="64"/></patternFill></fill>'
    )


def _border(drawn: bool) -> str:
    if not drawn:
        return "<border><left/><right/><top/><bottom/><diagonal/></border>"
    sides = "".join(
        f'<{side} style="thin"><color rgb="FF000000"/></{side}>'
        for side in ("left", "right", "top", "bottom")
    )
    return f"<border>{sides}<diagonal/></border>"
