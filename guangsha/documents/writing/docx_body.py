"""``word/document.xml``: the blocks of a document tree in order, section by section."""

from __future__ import annotations

from collections.abc import Sequence

from guangsha.documents.writing.docx_parts import (
    DRAWING,
    EMU_PER_MM,
    FOOTERS,
    PICTURE,
    PICTURE_RELATION,
    RELATIONS,
    WORD_DRAWING,
    footer_distance_mm,
)
from guangsha.documents.writing.docx_styles import CHARACTER_SPACE, DECLARATION, LINE_PITCH, WORD
from guangsha.documents.writing.docx_tables import table_xml
from guangsha.documents.writing.docx_xml import escape, paragraph, run
from guangsha.documents.writing.page import PORTRAIT, SIZE_1, SIZE_3, TWIPS_PER_MM, Page, page_of
from guangsha.documents.writing.plain_text import label_with_colon
from guangsha.documents.writing.raster import Picture, draw_svg
from guangsha.documents.writing.tree import (
    AnnexMark,
    Block,
    Chart,
    Cover,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Section,
    Signature,
    Table,
    Title,
)

_HEADING_LEVEL_MAX = 4

#: Cover, in twips from the top of the type area: where the title begins, the lines begin, the date stands.
_COVER_TITLE_AT, _COVER_LINES_AT, _COVER_DATE_AT = 1900, 7400, 10900
_COVER_TITLE_PITCH, _COVER_LINE_PITCH = 900, 720


def twips(millimetres: float) -> int:
    """Millimetres in the unit of Word, 1/20 pt."""
    return round(millimetres * TWIPS_PER_MM)


def _jc(align: str) -> str:
    return "" if align == "left" else f'<w:jc w:val="{align}"/>'


class _Body:
    """Collects the paragraphs and tables of all sections."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.pictures: list[Picture] = []
        self._page: Page = PORTRAIT
        self._fresh = True  # nothing stands on this page yet
        self._break_before = False

    def section(self, section: Section, properties: str, last: bool) -> None:
        """Print ``section``; its properties stand in its last paragraph, or at the end of the document."""
        self._page = page_of(section.landscape)
        self._fresh, self._break_before = True, False
        start = len(self.out)
        for block in section.blocks:
            if isinstance(block, Signature):
                self._hold_last_paragraph()
            self._block(block)
        if len(self.out) == start:
            self.out.append(paragraph("Hairline", ""))
        if self.out[-1] == paragraph("Gap", ""):
            self.out[-1] = paragraph("Hairline", "")
        if last:
            self.out.append(properties)
        else:
            self.out[-1] = self.out[-1].replace("</w:pPr>", f"{properties}</w:pPr>", 1)

    def _hold_last_paragraph(self) -> None:
        """Keep the last paragraph with what follows: a signature must not stand alone on a page."""
        if not self._fresh and not self._break_before:
            self.out[-1] = self.out[-1].replace("/>", "/><w:keepNext/>", 1)  # after its w:pStyle

    def _block(self, block: Block) -> None:
        if isinstance(block, PageBreak):
            self._break_before = not self._fresh
            return
        new_page = self._break_before or (isinstance(block, AnnexMark) and not self._fresh)
        if isinstance(block, Paragraph):
            self._paragraph(block, new_page)
        elif isinstance(block, Heading):
            level = min(max(block.level, 1), _HEADING_LEVEL_MAX)
            self.out.append(paragraph(f"Heading{level}", run(block.text), new_page=new_page))
        elif isinstance(block, Table):
            self.out += table_xml(block, self._page, new_page=new_page)
        elif isinstance(block, Title):
            self.out.append(paragraph("Title", run(block.text), new_page=new_page))
        elif isinstance(block, AnnexMark):
            self.out.append(paragraph("AnnexMark", run(block.text), new_page=new_page))
        elif isinstance(block, Chart):
            self._chart(block, new_page)
        elif isinstance(block, Signature):
            for n, line in enumerate(block.lines):
                held = n < len(block.lines) - 1
                self.out.append(paragraph("Signature", run(line), new_page=new_page and n == 0, held=held))
        else:
            self._cover(block, new_page)
        self._fresh, self._break_before = False, False

    def _paragraph(self, block: Paragraph, new_page: bool) -> None:
        content = "".join([run(r.text, r.bold) for r in block.runs])
        indented = block.indent and block.align == "left"
        if block.small:
            indent = '<w:ind w:firstLineChars="200" w:firstLine="420"/>' if indented else ""
            self.out.append(paragraph("TableNote", content, indent + _jc(block.align), new_page=new_page))
        else:
            style = "BodyText" if indented else "BodyFlush"
            self.out.append(paragraph(style, content, _jc(block.align), new_page=new_page))

    def _chart(self, chart: Chart, new_page: bool) -> None:
        width = min(chart.width_mm, self._page.text_width)
        picture = draw_svg(chart.svg, width)
        height = width * picture.height / picture.width
        limit = self._page.text_height * 0.85  # its caption has to stand below it
        if height > limit:
            width, height = width * limit / height, limit
        self.pictures.append(picture)
        number = len(self.pictures)
        self.out.append(
            paragraph("Figure", _drawing(number, chart.description, width, height), new_page=new_page)
        )
        if chart.caption:
            self.out.append(paragraph("Caption", run(chart.caption)))

    def _cover(self, cover: Cover, new_page: bool) -> None:
        across = twips(self._page.text_width)
        used = 0

        def down_to(place: int) -> None:
            # An empty line of exact height: space above a paragraph is dropped by some programs at a page's top.
            nonlocal used
            gap = max(place - used, 240)
            height = f'<w:spacing w:line="{gap}" w:lineRule="exact"/>'
            self.out.append(paragraph("CoverLine", "", height, new_page=new_page and used == 0))
            used += gap

        down_to(_COVER_TITLE_AT)
        for line in cover.title:
            self.out.append(paragraph("CoverTitle", run(line)))
            used += _COVER_TITLE_PITCH * (1 + int(len(line) * SIZE_1 * 20 / across))
        down_to(_COVER_LINES_AT)
        for label, value, left, hanging in place_cover_lines(cover.lines, across, round(SIZE_3 * 20)):
            indent = f'<w:ind w:left="{left + hanging}" w:hanging="{hanging}"/>'
            self.out.append(paragraph("CoverLine", run(label) + run(value), indent))
            used += _COVER_LINE_PITCH
        if cover.date:
            down_to(_COVER_DATE_AT)
            self.out.append(paragraph("CoverDate", run(cover.date)))


def place_cover_lines(
    lines: Sequence[tuple[str, str]], across: int, character: int
) -> list[tuple[str, str, int, int]]:
    """(label with its colon, value, left indent, width of the label) so that the lines as a block stand centred."""
    labels = [label_with_colon(label) for label, _ in lines]
    widest = max(
        (len(label) + len(value) for label, (_, value) in zip(labels, lines, strict=True)), default=0
    )
    left = max(0, (across - widest * character) // 2)
    return [
        (label, value, left, len(label) * character) for label, (_, value) in zip(labels, lines, strict=True)
    ]


def _drawing(number: int, description: str, width_mm: float, height_mm: float) -> str:
    size = f'cx="{round(width_mm * EMU_PER_MM)}" cy="{round(height_mm * EMU_PER_MM)}"'
    name = f'id="{number}" name="图 {number}"'
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent {size}/><wp:docPr {name} descr="{escape(description)}"/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        f'<a:graphic><a:graphicData uri="{PICTURE}"><pic:pic><pic:nvPicPr><pic:cNvPr {name}/><pic:cNvPicPr/>'
        f'</pic:nvPicPr><pic:blipFill><a:blip r:embed="rId{PICTURE_RELATION + number}"/><a:stretch><a:fillRect/>'
        f'</a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


def _section_properties(section: Section, first_page: int | None) -> str:
    page = page_of(section.landscape)
    kind = "none" if not section.numbered else "landscape" if section.landscape else "portrait"
    sides = {side: FOOTERS.get((kind, side), FOOTERS[kind, "default"])[0] for side in ("default", "even")}
    orientation = ' w:orient="landscape"' if section.landscape else ""
    start = "" if first_page is None else f'<w:pgNumType w:start="{first_page}"/>'
    margins = {side: twips(getattr(page, side)) for side in ("top", "right", "bottom", "left")}
    footer = twips(footer_distance_mm(PORTRAIT.bottom)) if not section.landscape else twips(10)
    return (
        "<w:sectPr>"
        + "".join(f'<w:footerReference w:type="{side}" r:id="{id_}"/>' for side, id_ in sides.items())
        + f'<w:type w:val="nextPage"/><w:pgSz w:w="{twips(page.width)}" w:h="{twips(page.height)}"{orientation}/>'
        f'<w:pgMar w:top="{margins["top"]}" w:right="{margins["right"]}" w:bottom="{margins["bottom"]}" '
        f'w:left="{margins["left"]}" w:header="850" w:footer="{footer}" w:gutter="0"/>{start}'
        f'<w:docGrid w:type="linesAndChars" w:linePitch="{LINE_PITCH}" w:charSpace="{CHARACTER_SPACE}"/></w:sectPr>'
    )


def first_pages(sections: Sequence[Section]) -> list[int | None]:
    """Where page numbers begin anew: pages before the first numbered section (the cover) do not count."""
    first = next((n for n, section in enumerate(sections) if section.numbered), None)
    return [1 if first and n == first else None for n in range(len(sections))]


def body_xml(document: Document) -> tuple[str, list[Picture]]:
    """The text of ``word/document.xml`` and the pictures it shows, in the order of their numbers."""
    body = _Body()
    sections = document.sections or (Section(blocks=()),)
    starts = first_pages(sections)
    for n, section in enumerate(sections):
        body.section(section, _section_properties(section, starts[n]), last=n == len(sections) - 1)
    return (
        f'{DECLARATION}<w:document xmlns:w="{WORD}" xmlns:r="{RELATIONS}" xmlns:wp="{WORD_DRAWING}" '
        f'xmlns:a="{DRAWING}" xmlns:pic="{PICTURE}"><w:body>{"".join(body.out)}</w:body></w:document>',
        body.pictures,
    )
