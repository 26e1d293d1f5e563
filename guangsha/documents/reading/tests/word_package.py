"""Small Word files for the tests of the docx reader, written part by part."""

from __future__ import annotations

import io
import zipfile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)


def part(root: str, content: str) -> str:
    """An XML part with root element ``w:root``."""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:{root} {_SPACES}>{content}</w:{root}>'
    )


def relations(*kinds: tuple[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(kinds, 1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{inner}</Relationships>'


def word_file(
    body: str, *, main: str = "document.xml", extra: dict[str, str] | None = None, **parts: str
) -> bytes:
    """A docx whose body holds ``body``.

    Args:
        main: name of the document part.
        extra: further members of the package by name.
        parts: content of ``styles``, ``numbering``, ``footnotes``, ``endnotes``, ``header``, ``footer``.
    """
    roots = {"styles": "styles", "numbering": "numbering", "header": "hdr", "footer": "ftr"}
    members = {
        "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
        "_rels/.rels": relations(("officeDocument", f"word/{main}")),
        f"word/{main}": part("document", f"<w:body>{body}</w:body>"),
        f"word/_rels/{main}.rels": relations(*((kind, f"{kind}.xml") for kind in parts)),
        **{f"word/{kind}.xml": part(roots.get(kind, kind), content) for kind, content in parts.items()},
        **(extra or {}),
    }
    return zipped(members)


def zipped(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return buffer.getvalue()


def para(text: str = "", properties: str = "") -> str:
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{run}</w:p>"


def cell(*content: str, properties: str = "") -> str:
    """A cell; content that is no XML becomes a paragraph."""
    inner = "".join(piece if piece.startswith("<") else para(piece) for piece in content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def table(*rows: tuple[str, ...]) -> str:
    return "<w:tbl><w:tblPr/>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"


def numbered(list_id: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
