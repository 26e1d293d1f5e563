"""The styles of our Word files: official-document typography as real, named styles.

A clerk who opens the file finds headings in the navigation pane and can restyle all tables at once. Sizes are in
half points and distances in twips (1/20 pt), the units of WordprocessingML.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from guangsha.documents.writing.page import (
    CHARACTER_PITCH_POINTS,
    LINE_PITCH_POINTS,
    SIZE_1,
    SIZE_2,
    SIZE_3,
    SIZE_4,
    SIZE_5,
    SIZE_5_SMALL,
)

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

#: 579 twips: 22 lines on 225 mm (rounded down, or the 22nd line would not fit).
LINE_PITCH = int(LINE_PITCH_POINTS * 20)
#: How much narrower than 16 pt a character stands, in 1/4096 pt, so that 28 fill the line: the grid of the page.
CHARACTER_SPACE = round((CHARACTER_PITCH_POINTS - SIZE_3) * 4096)
#: The same for the styles, in twips. Programs differ in how they snap text to the grid (LibreOffice spreads it to
#: 24 characters a line); spacing of the characters they all read alike, so our styles do not snap.
CHARACTER_SPACING = math.floor((CHARACTER_PITCH_POINTS - SIZE_3) * 20)

SONG, HEI, FANG, KAI, TITLE = "宋体", "黑体", "仿宋_GB2312", "楷体_GB2312", "方正小标宋简体"
LATIN = "Times New Roman"

TEXT, HEAD = "TableText", "TableHead"


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """One paragraph style; ``line`` is an exact pitch in twips, 0 for the font's own."""

    id: str
    name: str
    font: str = FANG
    latin: str = LATIN
    size: float = SIZE_3
    bold: bool = False
    align: str = ""
    line: int = LINE_PITCH
    before: int = 0
    after: int = 0
    indent: str = ""
    keep_next: bool = False
    outline: int | None = None
    narrow: bool = False
    parent: str = "Normal"

    def as_xml(self) -> str:
        properties = [
            "<w:keepNext/><w:keepLines/>" if self.keep_next else "",
            '<w:snapToGrid w:val="0"/>',
            f'<w:spacing w:before="{self.before}" w:after="{self.after}" '
            + (
                f'w:line="{self.line}" w:lineRule="exact"/>'
                if self.line
                else 'w:line="240" w:lineRule="auto"/>'
            ),
            self.indent,
            f'<w:jc w:val="{self.align}"/>' if self.align else "",
            "" if self.outline is None else f'<w:outlineLvl w:val="{self.outline}"/>',
        ]
        half_points = round(self.size * 2)
        bold = "<w:b/><w:bCs/>" if self.bold else ""
        spacing = f'<w:spacing w:val="{CHARACTER_SPACING}"/>' if self.narrow else ""
        shown = "<w:qFormat/>" if self.outline is not None or self.id in _SHOWN else ""
        following = '<w:next w:val="BodyText"/>' if self.outline is not None else ""
        return (
            f'<w:style w:type="paragraph" w:styleId="{self.id}"{_custom(self.id)}><w:name w:val="{self.name}"/>'
            f'<w:basedOn w:val="{self.parent}"/>{following}{shown}<w:pPr>{"".join(properties)}</w:pPr><w:rPr>'
            f'<w:rFonts w:ascii="{self.latin}" w:hAnsi="{self.latin}" w:eastAsia="{self.font}" w:cs="{self.latin}"/>'
            f'{bold}{spacing}<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/></w:rPr></w:style>'
        )


_BUILT_IN = frozenset(
    {"BodyText", "Heading1", "Heading2", "Heading3", "Heading4", "Title", "Signature", "Footer", "Caption"}
)
_SHOWN = frozenset({"BodyText", "Title"})
_TWO_CHARACTERS = '<w:ind w:firstLineChars="200" w:firstLine="632"/>'
_LINE = LINE_PITCH


def _custom(style: str) -> str:
    return "" if style in _BUILT_IN else ' w:customStyle="1"'


def _heading(level: int, font: str, bold: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        f"Heading{level}",
        f"heading {level}",
        font=font,
        bold=bold,
        indent=_TWO_CHARACTERS,
        narrow=True,
        keep_next=True,
        outline=level - 1,
    )


PARAGRAPH_STYLES = (
    ParagraphStyle("BodyText", "Body Text", align="both", indent=_TWO_CHARACTERS, narrow=True),
    ParagraphStyle("BodyFlush", "正文顶格", align="both", narrow=True),
    ParagraphStyle(
        "Title", "Title", font=TITLE, size=SIZE_2, align="center", line=680, after=_LINE // 2, keep_next=True
    ),
    _heading(1, HEI),
    _heading(2, KAI),
    _heading(3, FANG, bold=True),
    _heading(4, FANG),
    # 附件n at the top left; the annex title stands on the third line, so one line stays free below the mark.
    ParagraphStyle("AnnexMark", "附件标识", font=HEI, after=_LINE, keep_next=True, outline=0),
    ParagraphStyle("Signature", "Signature", align="right", narrow=True, indent='<w:ind w:rightChars="400" w:right="1263"/>'),
    ParagraphStyle("CoverTitle", "封面标题", font=TITLE, size=SIZE_1, align="center", line=900),
    ParagraphStyle("CoverLine", "封面项目", align="left", line=720),
    ParagraphStyle("CoverDate", "封面日期", align="center", line=720),
    ParagraphStyle("TableTitle", "表题", font=HEI, size=SIZE_4, align="center", line=0, before=120, after=60, keep_next=True),
    ParagraphStyle("TableLine", "表头说明", font=SONG, size=SIZE_5, align="left", line=0, after=20, keep_next=True),
    ParagraphStyle(TEXT, "表格文字", font=SONG, size=SIZE_5, align="center", line=0),
    ParagraphStyle(HEAD, "表格栏目", font=HEI, size=SIZE_5, align="center", line=0),
    ParagraphStyle(TEXT + "Dense", "表格文字（小五）", font=SONG, size=SIZE_5_SMALL, align="center", line=0),
    ParagraphStyle(HEAD + "Dense", "表格栏目（小五）", font=HEI, size=SIZE_5_SMALL, align="center", line=0),
    ParagraphStyle("TableNote", "表注", font=SONG, size=SIZE_5, align="both", line=0, before=40),
    ParagraphStyle("Gap", "表后间隔", size=SIZE_5, line=200),
    # A break between sections needs a paragraph; this one must never need a page of its own.
    ParagraphStyle("Hairline", "分节", size=1, line=20),
    ParagraphStyle("Figure", "图", align="center", line=0, before=120, keep_next=True),
    ParagraphStyle("Caption", "caption", font=HEI, size=SIZE_5, align="center", line=0, before=60, after=180),
    ParagraphStyle("Footer", "footer", font=SONG, latin=SONG, size=SIZE_4, line=0),
)  # fmt: skip

_TABLE_STYLES = (
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:uiPriority w:val="99"/><w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>'
    '<w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
    '<w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
    '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
    "<w:tblPr><w:tblBorders>"
    + "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    + '</w:tblBorders><w:tblCellMar><w:top w:w="20" w:type="dxa"/><w:left w:w="57" w:type="dxa"/>'
    '<w:bottom w:w="20" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
)


def styles_part() -> str:
    """``word/styles.xml``."""
    size = round(SIZE_3 * 2)
    return (
        f'{DECLARATION}<w:styles xmlns:w="{WORD}"><w:docDefaults><w:rPrDefault><w:rPr>'
        f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{FANG}" w:cs="{LATIN}"/><w:kern w:val="2"/>'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        f'<w:pPr><w:widowControl w:val="0"/><w:spacing w:line="{LINE_PITCH}" w:lineRule="exact"/></w:pPr></w:style>'
        + "".join(style.as_xml() for style in PARAGRAPH_STYLES)
        + _TABLE_STYLES
        + "</w:styles>"
    )


#: Name, the name to fall back on, classification (panose), family, pitch.
_FONTS = (
    (FANG, "仿宋", "02010609030101010101", "modern", "fixed"),
    (KAI, "楷体", "02010609030101010101", "modern", "fixed"),
    (HEI, "SimHei", "02010609060101010101", "modern", "fixed"),
    (SONG, "SimSun", "02010600030101010101", "auto", "variable"),
    (TITLE, "方正小标宋_GBK", "02010601030101010101", "auto", "variable"),
)


def font_table_part() -> str:
    """``word/fontTable.xml``: what Word and WPS should take where a typeface is not installed."""
    chinese = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:panose1 w:val="{panose}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="{pitch}"/></w:font>'
        for name, other, panose, family, pitch in _FONTS
    )
    latin = (
        f'<w:font w:name="{LATIN}"><w:panose1 w:val="02020603050405020304"/><w:charset w:val="00"/>'
        '<w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    )
    return f'{DECLARATION}<w:fonts xmlns:w="{WORD}">{chinese}{latin}</w:fonts>'
