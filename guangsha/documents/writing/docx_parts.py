"""The parts of a Word package besides its text; all but three are the same in every document."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from guangsha.documents.writing.docx_styles import DECLARATION, WORD, font_table_part, styles_part
from guangsha.documents.writing.package import Part, deflated
from guangsha.documents.writing.page import (
    LANDSCAPE,
    PAGE_NUMBER_BELOW_MM,
    POINTS_PER_MM,
    SIZE_4,
    TWIPS_PER_MM,
)

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
RELATIONS = f"{OFFICE}/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
WORD_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
EMU_PER_MM = 36_000

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"

#: Relationship ids of ``document.xml``; pictures follow from :data:`PICTURE_RELATION`.
FOOTERS = {
    ("portrait", "default"): ("rId4", "footer1.xml"),
    ("portrait", "even"): ("rId5", "footer2.xml"),
    ("landscape", "default"): ("rId6", "footer3.xml"),
    ("landscape", "even"): ("rId7", "footer4.xml"),
    ("none", "default"): ("rId8", "footer5.xml"),
}
PICTURE_RELATION = 20

_NUMBER_STYLE = '<w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr>'
_NUMBER = (
    f'<w:r>{_NUMBER_STYLE}<w:t xml:space="preserve">— </w:t></w:r><w:fldSimple w:instr=" PAGE ">'
    f'<w:r>{_NUMBER_STYLE}<w:t>1</w:t></w:r></w:fldSimple><w:r>{_NUMBER_STYLE}<w:t xml:space="preserve"> —</w:t></w:r>'
)
#: Odd pages: at the right, one character free (右空一字); even pages: at the left.
_PLACE = {
    "default": f'<w:ind w:right="{round(SIZE_4 * 20)}"/><w:jc w:val="right"/>',
    "even": f'<w:ind w:left="{round(SIZE_4 * 20)}"/><w:jc w:val="left"/>',
}


def _number_paragraph(side: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="Footer"/>{_PLACE[side]}</w:pPr>{_NUMBER}</w:p>'


def _turned_number(side: str) -> str:
    """The page number of a sheet that lies across: on the edge that is the lower one when it stands upright.

    That edge is the left one here, so the number stands in a floating cell with turned text, level with its place
    on upright pages: near the bottom on odd pages, near the top on even ones. (A text box would do in Word, but
    LibreOffice moves one with turned text to the corner of the sheet.)
    """
    width, length = round(8 * TWIPS_PER_MM), round(45 * TWIPS_PER_MM)
    left = round((LANDSCAPE.left - PAGE_NUMBER_BELOW_MM) * TWIPS_PER_MM) - width // 2
    bottom = round((LANDSCAPE.height - LANDSCAPE.bottom) * TWIPS_PER_MM)
    top = bottom - length if side == "default" else round(LANDSCAPE.top * TWIPS_PER_MM)
    return (
        '<w:tbl><w:tblPr><w:tblpPr w:leftFromText="0" w:rightFromText="0" w:vertAnchor="page" w:horzAnchor="page" '
        f'w:tblpX="{left}" w:tblpY="{top}"/><w:tblOverlap w:val="never"/><w:tblW w:w="{width}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/>'
        f'</w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="{width}"/></w:tblGrid><w:tr><w:trPr>'
        f'<w:trHeight w:val="{length}" w:hRule="exact"/></w:trPr><w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>'
        f'<w:textDirection w:val="tbRl"/><w:vAlign w:val="center"/></w:tcPr>{_number_paragraph(side)}</w:tc></w:tr>'
        '</w:tbl><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr></w:p>'
    )


def _footer(kind: str, side: str) -> str:
    if kind == "none":
        inner = '<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr></w:p>'
    elif kind == "portrait":
        inner = _number_paragraph(side)
    else:
        inner = _turned_number(side)
    return f'{DECLARATION}<w:ftr xmlns:w="{WORD}">{inner}</w:ftr>'


def footer_distance_mm(text_bottom_mm: float) -> float:
    """From the lower edge of the sheet to the bottom of the footer's line, whose dash hangs 7 mm below the text."""
    half_line_mm = SIZE_4 * 1.2 / 2 / POINTS_PER_MM
    return text_bottom_mm - PAGE_NUMBER_BELOW_MM - half_line_mm


_SETTINGS = (
    f'{DECLARATION}<w:settings xmlns:w="{WORD}"><w:zoom w:percent="100"/><w:evenAndOddHeaders/>'
    '<w:drawingGridVerticalSpacing w:val="156"/><w:characterSpacingControl w:val="compressPunctuation"/>'
    "<w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/>"
    "<w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>"
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/>'
    '<w:listSeparator w:val=","/></w:settings>'
)


def _content_types() -> str:
    overrides = [
        ("/word/document.xml", f"{_WORD_TYPE}.document.main+xml"),
        ("/word/styles.xml", f"{_WORD_TYPE}.styles+xml"),
        ("/word/settings.xml", f"{_WORD_TYPE}.settings+xml"),
        ("/word/fontTable.xml", f"{_WORD_TYPE}.fontTable+xml"),
        *((f"/word/{name}", f"{_WORD_TYPE}.footer+xml") for _, name in FOOTERS.values()),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
        ("/docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml"),
    ]
    return (
        f'{DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
        + "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides)
        + "</Types>"
    )


def _relations(items: Sequence[tuple[str, str, str]]) -> str:
    return (
        f'{DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="{id_}" Type="{kind}" Target="{target}"/>' for id_, kind, target in items
        )
        + "</Relationships>"
    )


@functools.cache
def static_parts() -> tuple[Part, ...]:
    """The parts that every document shares, compressed once; ``[Content_Types].xml`` first, as readers expect."""
    root = _relations(
        [
            ("rId1", f"{RELATIONS}/officeDocument", "word/document.xml"),
            ("rId2", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ("rId3", f"{RELATIONS}/extended-properties", "docProps/app.xml"),
        ]
    )
    app = f'{DECLARATION}<Properties xmlns="{OFFICE}/extended-properties"><Application>Guangsha</Application></Properties>'
    contents = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": root,
        "docProps/app.xml": app,
        "word/styles.xml": styles_part(),
        "word/settings.xml": _SETTINGS,
        "word/fontTable.xml": font_table_part(),
        **{f"word/{name}": _footer(kind, side) for (kind, side), (_, name) in FOOTERS.items()},
    }
    return tuple(deflated(name, content, 9) for name, content in contents.items())


@functools.lru_cache(maxsize=32)
def relations_part(pictures: int) -> Part:
    """``word/_rels/document.xml.rels`` of a document with so many pictures."""
    items = [
        ("rId1", f"{RELATIONS}/styles", "styles.xml"),
        ("rId2", f"{RELATIONS}/settings", "settings.xml"),
        ("rId3", f"{RELATIONS}/fontTable", "fontTable.xml"),
        *((id_, f"{RELATIONS}/footer", name) for id_, name in FOOTERS.values()),
        *(
            (f"rId{PICTURE_RELATION + n}", f"{RELATIONS}/image", f"media/image{n}.png")
            for n in range(1, pictures + 1)
        ),
    ]
    return deflated("word/_rels/document.xml.rels", _relations(items))


def properties_part(title: str, subject: str, keywords: str, language: str) -> Part:
    """``docProps/core.xml``; all texts escaped already. No author and no dates: they would tell of this machine."""
    return deflated(
        "docProps/core.xml",
        f'{DECLARATION}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject><cp:keywords>{keywords}</cp:keywords>"
        f"<dc:language>{language}</dc:language></cp:coreProperties>",
    )
