"""The parts of an xlsx package besides the sheets: content types, relations, notes, properties, and long parts compressed in blocks."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from guangsha.documents.writing.package import Part
from guangsha.documents.writing.xlsx_cells import address, escape_text, text_element

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

#: Level of deflate: measured in benchmarks/documents/xlsx.py (docs/adr/0005).
DEFLATE_LEVEL = 2

#: Rows compressed as one block (about two megabytes of a dense table): cutting costs a hundredth in size.
_BLOCK_PIECES = 3_000

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def deflated_pieces(name: str, pieces: Sequence[str], level: int = DEFLATE_LEVEL) -> Part:
    """A part from its text in pieces; a long one is compressed in blocks on two threads (zlib lets go of the lock).

    Blocks end on a byte, so that they follow one another as one deflate stream; the cut depends on the pieces
    alone, so equal pieces give equal bytes.
    """
    blocks = [
        "".join(pieces[start : start + _BLOCK_PIECES]).encode()
        for start in range(0, len(pieces), _BLOCK_PIECES)
    ]

    def packed(place: int) -> bytes:
        packer = zlib.compressobj(level, zlib.DEFLATED, -15)
        last = place == len(blocks) - 1
        end = zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH
        return packer.compress(blocks[place]) + packer.flush(end)

    places = range(len(blocks))
    if len(blocks) > 2:
        with ThreadPoolExecutor(2) as pool:
            data = list(pool.map(packed, places))
    else:
        data = [packed(place) for place in places]
    crc = 0
    for block in blocks:
        crc = zlib.crc32(block, crc)
    return Part(name, b"".join(data), crc, sum(map(len, blocks)), zipfile.ZIP_DEFLATED)


def content_types(sheets: int, noted: Sequence[int]) -> str:
    """``[Content_Types].xml``; ``noted`` are the numbers (from 1) of sheets that carry notes."""
    overrides = [
        ("/xl/workbook.xml", f"{_SHEET_TYPE}.sheet.main+xml"),
        ("/xl/styles.xml", f"{_SHEET_TYPE}.styles+xml"),
        *((f"/xl/worksheets/sheet{n}.xml", f"{_SHEET_TYPE}.worksheet+xml") for n in range(1, sheets + 1)),
        *((f"/xl/comments{n}.xml", f"{_SHEET_TYPE}.comments+xml") for n in noted),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
        ("/docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml"),
    ]
    return (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        + "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides)
        + "</Types>"
    )


def relations(targets: Sequence[tuple[str, str]]) -> str:
    """A ``.rels`` part: (kind, target) become rId1, rId2 … ; a kind with a slash is a full type."""
    items = "".join(
        f'<Relationship Id="rId{n}" Type="{kind if "/" in kind else f"{RELATIONS}/{kind}"}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{items}</Relationships>'


def root_relations() -> str:
    return relations(
        [
            ("officeDocument", "xl/workbook.xml"),
            (f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ("extended-properties", "docProps/app.xml"),
        ]
    )


def core_properties(title: str, subject: str) -> str:
    """Title, subject and language; no date and no person, so that equal content gives equal bytes."""
    return (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape_text(title)}</dc:title><dc:subject>{escape_text(subject)}</dc:subject>"
        "<dc:creator>广厦</dc:creator><dc:language>zh-CN</dc:language></cp:coreProperties>"
    )


def app_properties() -> str:
    return (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
        "<Application>Guangsha</Application></Properties>"
    )


def comments(notes: Mapping[tuple[int, int], str]) -> str:
    """``xl/commentsN.xml``: notes by (row, col)."""
    items = "".join(
        f'<comment ref="{address(row, col)}" authorId="0"><text><r>'
        '<rPr><sz val="10"/><rFont val="宋体"/><charset val="134"/></rPr>'
        f"{text_element(text)}</r></text></comment>"
        for (row, col), text in sorted(notes.items())
    )
    return (
        f'<comments xmlns="{MAIN}"><authors><author>填写说明</author></authors>'
        f"<commentList>{items}</commentList></comments>"
    )


def comment_shapes(sheet: int, notes: Mapping[tuple[int, int], str]) -> str:
    """``xl/drawings/vmlDrawingN.vml``: the boxes in which Excel, WPS and LibreOffice show the notes."""
    shapes = []
    for n, ((row, col), text) in enumerate(sorted(notes.items()), 1):
        lines = sum(1 + len(line) // 16 for line in text.split("\n"))
        shapes.append(
            f'<v:shape id="_x0000_s{sheet * 1024 + n}" type="#_x0000_t202" fillcolor="#ffffe1"'
            ' style="position:absolute;visibility:hidden" o:insetmode="auto">'
            '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
            '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/>'
            '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{col + 1}, 12, {max(row - 1, 0)}, 4, {col + 4}, 12, {max(row - 1, 0) + max(lines, 2) + 1}, 4</x:Anchor>"
            f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{col}</x:Column>"
            "</x:ClientData></v:shape>"
        )
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
        ' xmlns:x="urn:schemas-microsoft-com:office:excel">'
        f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{sheet}"/></o:shapelayout>'
        '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
        '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
        + "".join(shapes)
        + "</xml>"
    )
