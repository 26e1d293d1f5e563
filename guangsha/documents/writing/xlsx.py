"""The xlsx writer: workbooks as official tables need them, fast and byte for byte repeatable (docs/adr/0005).

    book = Workbook(title="…")
    head = book.style(bold=True, fill="FFF2CC", border=True, align="center")
    sheet = book.sheet("基础数据表", widths=[20, 12], freeze=(1, 0))
    sheet.write(0, 0, "项目", head)
    sheet.formula(4, 1, "=SUM(B2:B4)", head, cached=Decimal("9.10"))
    data = book.to_bytes()

Rows and columns count from zero and may be written in any order; a cell written twice holds the last value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from guangsha.documents.writing import xlsx_parts as parts
from guangsha.documents.writing.package import deflated, join_parts
from guangsha.documents.writing.xlsx_cells import (
    Value,
    address,
    cell,
    clean_text,
    column_name,
    escape_text,
    formula_cell,
    span,
)
from guangsha.documents.writing.xlsx_rows import Rows
from guangsha.documents.writing.xlsx_styles import FONT, FONT_SIZE, Horizontal, Styles, Vertical
from guangsha.documents.writing.xlsx_validation import (
    ChoiceLists,
    Validation,
    decimal_validation,
    list_validation,
)
from guangsha.kernel.errors import InputError

__all__ = ["Sheet", "Value", "Workbook", "address", "span"]

_NAME_MAX = 31
_FORBIDDEN_IN_NAMES = "[]:*?/\\"
#: Row heights and column widths that Excel accepts.
_HEIGHT_MAX = 409
_WIDTH_MAX = 255


class Sheet:
    """One sheet of a workbook; made by :meth:`Workbook.sheet`."""

    def __init__(
        self,
        book: Workbook,
        name: str,
        *,
        widths: Sequence[float],
        freeze: tuple[int, int] | None,
        landscape: bool,
        protect: bool,
        repeat_rows: tuple[int, int] | None,
        hidden: bool,
    ) -> None:
        self.name = name
        self.hidden = hidden
        self.repeat_rows = repeat_rows
        self.printed = ""  # the range to print; empty: everything
        self.pages_high = 0  # 0: as many pages as it needs
        self.notes: dict[tuple[int, int], str] = {}
        self._book = book
        self._widths = list(widths)
        self._freeze = freeze
        self._landscape = landscape
        self._protect = protect
        self._rows = Rows(name)
        self._merges: dict[str, tuple[int, int, int, int]] = {}
        self._links: dict[tuple[int, int], tuple[str, str]] = {}
        self._validations: list[Validation] = []

    def __repr__(self) -> str:
        return f"Sheet({self.name!r})"

    def at(self, row: int, col: int) -> str:
        """The cell as another sheet's formula names it: ``'整体自评表'!B3``."""
        return f"{self.quoted}!{address(row, col)}"

    @property
    def quoted(self) -> str:
        """The sheet's name as formulas write it."""
        return "'" + self.name.replace("'", "''") + "'"

    def write(self, row: int, col: int, value: Value, style: int = 0) -> None:
        """Put text, an exact number or nothing (only the look) into a cell; text never becomes a formula.

        Raises:
            InputError: the text is longer than a cell can hold.
            TypeError: a float, a bool or another type.
        """
        try:
            self._rows.put(row, col, cell(address(row, col), value, style))
        except InputError as error:
            raise self._located(error) from None

    def write_rows(
        self, row: int, col: int, rows: Iterable[Sequence[Value]], styles: int | Sequence[int] = 0
    ) -> int:
        """A long table from (row, col) on, one look per column; returns the number of rows written.

        Costs about a microsecond a cell. Other cells of these rows may be written beside it, not into it.
        """
        try:
            return self._rows.put_table(row, col, rows, styles)
        except InputError as error:
            raise self._located(error) from None

    def _located(self, error: InputError) -> InputError:
        place = f"工作表“{self.name}” {error.where}".strip()
        return InputError(error.message, where=place, advice=error.advice)

    def formula(self, row: int, col: int, formula: str, style: int = 0, cached: Value = None) -> None:
        """A live formula, with the value to show until a program computes it.

        Args:
            formula: in English function names, with or without the leading ``=``. Only code may pass it: never data.
            cached: what the formula gives; without it the workbook asks to be computed when it is opened.
        """
        if cached is None:
            self._book.compute_on_load = True
        self._rows.put(row, col, formula_cell(address(row, col), formula.removeprefix("="), style, cached))

    def merge(
        self,
        first_row: int,
        first_col: int,
        last_row: int,
        last_col: int,
        value: Value = None,
        style: int = 0,
    ) -> None:
        """Merge a range; ``value`` stands in its first cell, the look (borders!) on every cell.

        Raises:
            ValueError: the range is reversed or overlaps another merged range.
        """
        if first_row > last_row or first_col > last_col:
            raise ValueError("a merged range must run down and to the right")
        ref = span(first_row, first_col, last_row, last_col)
        for other, (r1, c1, r2, c2) in self._merges.items():
            if first_row <= r2 and r1 <= last_row and first_col <= c2 and c1 <= last_col:
                raise ValueError(f"{self.name}: merged range {ref} overlaps {other}")
        for row in range(first_row, last_row + 1):
            for col in range(first_col, last_col + 1):
                self.write(row, col, None, style)
        self.write(first_row, first_col, value, style)
        if ":" in ref:
            self._merges[ref] = (first_row, first_col, last_row, last_col)

    def height(self, row: int, points: float) -> None:
        """Height of a row in points."""
        if not 0 < points <= _HEIGHT_MAX:
            raise ValueError(f"a row is at most {_HEIGHT_MAX} points high")
        self._rows.heights[row] = points

    def print_area(self, first_row: int, first_col: int, last_row: int, last_col: int) -> None:
        """Print only this range; what stands outside is for the screen."""
        span(first_row, first_col, last_row, last_col)
        self.printed = f"${column_name(first_col)}${first_row + 1}:${column_name(last_col)}${last_row + 1}"

    def one_page(self) -> None:
        """Print the whole sheet on one page, made smaller as needed."""
        self.pages_high = 1

    def note(self, row: int, col: int, text: str) -> None:
        """A note (批注) that opens when the pointer rests on the cell."""
        address(row, col)
        self.notes[row, col] = clean_text(text)

    def link(self, row: int, col: int, target: Sheet | str, text: str, style: int = 0) -> None:
        """A link inside the workbook to a sheet, the name of one, or a place such as ``'目录'!A1``."""
        if isinstance(target, str) and "!" not in target:
            target = "'" + target.replace("'", "''") + "'!A1"
        location = target.at(0, 0) if isinstance(target, Sheet) else target
        self.write(row, col, text, style)
        self._links[row, col] = (location, text)

    def validate_list(
        self,
        first_row: int,
        first_col: int,
        last_row: int,
        last_col: int,
        choices: Sequence[str],
        *,
        prompt_title: str = "",
        prompt: str = "",
        error: str = "",
    ) -> None:
        """A drop-down; long lists stand on a hidden sheet, since the cell itself holds only 255 characters."""
        source = self._book.choice_lists.source(choices)
        ref = span(first_row, first_col, last_row, last_col)
        self._validations.append(list_validation(ref, source, prompt_title, prompt, error))

    def validate_decimal(
        self,
        first_row: int,
        first_col: int,
        last_row: int,
        last_col: int,
        *,
        least: Decimal | int | None = None,
        most: Decimal | int | None = None,
        prompt_title: str = "",
        prompt: str = "",
        error: str = "",
    ) -> None:
        """Only numbers, from ``least`` to ``most`` where given; blank stays allowed."""
        ref = span(first_row, first_col, last_row, last_col)
        self._validations.append(decimal_validation(ref, least, most, prompt_title, prompt, error))

    # --- writing it out -----------------------------------------------------------------------------------

    def _view_xml(self, first: bool) -> str:
        selected = ' tabSelected="1"' if first else ""
        if not self._freeze or self._freeze == (0, 0):
            return f'<sheetViews><sheetView{selected} workbookViewId="0"/></sheetViews>'
        rows, cols = self._freeze
        split = (f' xSplit="{cols}"' if cols else "") + (f' ySplit="{rows}"' if rows else "")
        pane = "bottomRight" if rows and cols else "bottomLeft" if rows else "topRight"
        return (
            f'<sheetViews><sheetView{selected} workbookViewId="0"><pane{split}'
            f' topLeftCell="{address(rows, cols)}" activePane="{pane}" state="frozen"/>'
            f'<selection pane="{pane}"/></sheetView></sheetViews>'
        )

    def _columns_xml(self) -> str:
        items = "".join(
            f'<col min="{n}" max="{n}" width="{min(width, _WIDTH_MAX):g}" customWidth="1"/>'
            for n, width in enumerate(self._widths, 1)
        )
        return f"<cols>{items}</cols>" if items else ""

    def _after_data_xml(self) -> str:
        """What follows the rows, in the order that the schema demands."""
        made = []
        if self._protect:
            made.append(
                '<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" formatRows="0"/>'
            )
        if self._merges:
            cells = "".join(f'<mergeCell ref="{ref}"/>' for ref in self._merges)
            made.append(f'<mergeCells count="{len(self._merges)}">{cells}</mergeCells>')
        if self._validations:
            items = "".join(item.xml() for item in self._validations)
            made.append(f'<dataValidations count="{len(self._validations)}">{items}</dataValidations>')
        if self._links:
            items = "".join(
                f'<hyperlink ref="{address(row, col)}" location="{escape_text(target)}"'
                f' display="{escape_text(text)}"/>'
                for (row, col), (target, text) in sorted(self._links.items())
            )
            made.append(f"<hyperlinks>{items}</hyperlinks>")
        orientation = "landscape" if self._landscape else "portrait"
        made.append(
            '<printOptions horizontalCentered="1"/>'
            '<pageMargins left="0.59" right="0.59" top="0.79" bottom="0.79" header="0.39" footer="0.39"/>'
            f'<pageSetup paperSize="9" orientation="{orientation}" fitToWidth="1"'
            f' fitToHeight="{self.pages_high}"/>'
            "<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter>"
        )
        if self.notes:
            made.append('<legacyDrawing r:id="rId1"/>')
        return "".join(made)

    def xml(self, first: bool) -> list[str]:
        """The sheet's part in pieces; ``first`` opens on it."""
        rows, last_row, last_col = self._rows.xml()
        head = (
            f'{parts.DECLARATION}<worksheet xmlns="{parts.MAIN}" xmlns:r="{parts.RELATIONS}">'
            '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
            f'<dimension ref="{span(0, 0, last_row, last_col)}"/>'
            f"{self._view_xml(first)}"
            f'<sheetFormatPr defaultRowHeight="15"/>{self._columns_xml()}<sheetData>'
        )
        return [head, *rows, "</sheetData>", self._after_data_xml(), "</worksheet>"]


class Workbook:
    """A workbook in the making.

    Args:
        title, subject: its document properties.
    """

    def __init__(self, title: str = "", subject: str = "") -> None:
        self.title = title
        self.subject = subject
        self.sheets: list[Sheet] = []
        self.choice_lists = ChoiceLists()
        self.compute_on_load = False
        self._styles = Styles()
        self._names: dict[str, str] = {}

    def sheet(
        self,
        name: str,
        *,
        widths: Sequence[float] = (),
        freeze: tuple[int, int] | None = None,
        landscape: bool = False,
        protect: bool = True,
        repeat_rows: tuple[int, int] | None = None,
        hidden: bool = False,
    ) -> Sheet:
        """A new sheet after the others.

        Args:
            widths: column widths in half-width characters, from the first column on.
            freeze: how many rows and columns stay in view.
            protect: only cells of an unlocked look may be changed (no password: it guards against slips).
            repeat_rows: first and last row (from zero) printed on every page.

        Raises:
            InputError: the name is taken or not allowed; :meth:`free_name` makes one that is.
        """
        if self.free_name(name) != name:
            raise InputError(
                f"工作表不能命名为“{name}”", advice="名称不能重复、不能含特殊符号，最多 31 个字。"
            )
        made = Sheet(
            self, name, widths=widths, freeze=freeze, landscape=landscape, protect=protect,
            repeat_rows=repeat_rows, hidden=hidden,
        )  # fmt: skip
        self.sheets.append(made)
        return made

    def free_name(self, wish: str) -> str:
        """A sheet name like ``wish`` that is allowed and not yet taken."""
        name = "".join("－" if c in _FORBIDDEN_IN_NAMES else c for c in clean_text(wish))
        name = " ".join(name.split()).strip("'")[:_NAME_MAX].strip("'").strip() or "工作表"
        taken = {sheet.name.casefold() for sheet in self.sheets} | {"history"}
        number, free = 2, name
        while free.casefold() in taken:
            tail = f"（{number}）"
            free, number = name[: _NAME_MAX - len(tail)] + tail, number + 1
        return free

    def style(
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
        """Handle of a look; asking twice for the same look gives the same handle."""
        return self._styles.add(
            bold=bold, italic=italic, underline=underline, size=size, font=font, color=color, fill=fill,
            align=align, valign=valign, wrap=wrap, shrink=shrink, indent=indent, border=border,
            number=number, locked=locked,
        )  # fmt: skip

    def define_name(self, name: str, ref: str) -> None:
        """Name a range: ``define_name("全年预算数", "'整体自评表'!$C$5")``."""
        if name in self._names:
            raise ValueError(f"name {name} is defined twice")
        self._names[name] = ref.removeprefix("=")

    def to_bytes(self) -> bytes:
        """The whole file. The same calls give the same bytes.

        Raises:
            ValueError: no visible sheet.
        """
        sheets = list(self.sheets)
        if all(sheet.hidden for sheet in sheets):
            raise ValueError("a workbook needs a visible sheet")
        names = dict(self._names)
        if self.choice_lists:
            sheets.append(self._choice_sheet(names))
        noted = [n for n, sheet in enumerate(sheets, 1) if sheet.notes]
        first = next(n for n, sheet in enumerate(sheets) if not sheet.hidden)
        made: dict[str, str | list[str]] = {
            "[Content_Types].xml": parts.content_types(len(sheets), noted),
            "_rels/.rels": parts.root_relations(),
            "docProps/core.xml": parts.core_properties(self.title, self.subject),
            "docProps/app.xml": parts.app_properties(),
            "xl/workbook.xml": self._workbook_xml(sheets, names, first),
            "xl/_rels/workbook.xml.rels": parts.relations(
                [
                    *(("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)),
                    ("styles", "styles.xml"),
                ]
            ),
            "xl/styles.xml": self._styles.xml(),
        }
        for n, sheet in enumerate(sheets, 1):
            made[f"xl/worksheets/sheet{n}.xml"] = sheet.xml(n - 1 == first)
            if sheet.notes:
                made[f"xl/worksheets/_rels/sheet{n}.xml.rels"] = parts.relations(
                    [("vmlDrawing", f"../drawings/vmlDrawing{n}.vml"), ("comments", f"../comments{n}.xml")]
                )
                made[f"xl/comments{n}.xml"] = parts.comments(sheet.notes)
                made[f"xl/drawings/vmlDrawing{n}.vml"] = parts.comment_shapes(n, sheet.notes)
        return join_parts(
            [
                parts.deflated_pieces(name, part)
                if isinstance(part, list)
                else deflated(name, parts.DECLARATION + part, parts.DEFLATE_LEVEL)
                for name, part in made.items()
            ]
        )

    def _choice_sheet(self, names: dict[str, str]) -> Sheet:
        """The hidden sheet that holds the long drop-down lists, one a column, each under a name."""
        sheet = Sheet(
            self, self.free_name("下拉选项"), widths=(), freeze=None, landscape=False, protect=True,
            repeat_rows=None, hidden=True,
        )  # fmt: skip
        for col, (name, choices) in enumerate(self.choice_lists.lists()):
            for row, choice in enumerate(choices):
                sheet.write(row, col, choice)
            column = column_name(col)
            names[name] = f"{sheet.quoted}!${column}$1:${column}${len(choices)}"
        return sheet

    def _workbook_xml(self, sheets: Sequence[Sheet], names: dict[str, str], first: int) -> str:
        listed = "".join(
            f'<sheet name="{escape_text(sheet.name)}" sheetId="{n}"'
            + (' state="hidden"' if sheet.hidden else "")
            + f' r:id="rId{n}"/>'
            for n, sheet in enumerate(sheets, 1)
        )
        defined = [
            f'<definedName name="{escape_text(n)}">{escape_text(r)}</definedName>' for n, r in names.items()
        ]
        for n, sheet in enumerate(sheets):
            own = []
            if sheet.printed:
                own.append(("Print_Area", sheet.printed))
            if sheet.repeat_rows:
                top, bottom = sheet.repeat_rows
                own.append(("Print_Titles", f"${top + 1}:${bottom + 1}"))
            defined.extend(
                f'<definedName name="_xlnm.{kind}" localSheetId="{n}">'
                f"{escape_text(f'{sheet.quoted}!{ref}')}</definedName>"
                for kind, ref in own
            )
        computed = ' fullCalcOnLoad="1"' if self.compute_on_load else ""
        return (
            f'<workbook xmlns="{parts.MAIN}" xmlns:r="{parts.RELATIONS}">'
            f'<workbookPr/><bookViews><workbookView activeTab="{first}" firstSheet="{first}"/></bookViews>'
            f"<sheets>{listed}</sheets>"
            + (f"<definedNames>{''.join(defined)}</definedNames>" if defined else "")
            + f'<calcPr calcId="191029"{computed}/></workbook>'
        )
