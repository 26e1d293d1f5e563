"""A document tree as a Word file, written directly as WordprocessingML.

No template is filled in: templates would hold the look a second time beside the pdf and the html, and filling them
costs fifty times the compression of the text (docs/adr/0004-documents-pipeline.md, benchmarks/documents/docx.py).
"""

from __future__ import annotations

from guangsha.documents.writing.docx_body import body_xml
from guangsha.documents.writing.docx_parts import properties_part, relations_part, static_parts
from guangsha.documents.writing.docx_xml import escape
from guangsha.documents.writing.package import deflated, join_parts, stored
from guangsha.documents.writing.tree import Document


def write_docx(document: Document) -> bytes:
    """``document`` as docx on the page of GB/T 9704-2012; equal trees give equal bytes.

    Typefaces are named, not embedded (:mod:`~guangsha.documents.writing.fonts`). Charts are pictures with their
    description as alternative text. Marks of findings (``Cell.marked``) are for the page on the screen and are not
    printed. Characters that XML forbids are left out.

    Raises:
        ValueError: a table whose cells do not cover its grid, or a chart that cannot be drawn.
    """
    text, pictures = body_xml(document)
    return join_parts(
        [
            *static_parts(),
            properties_part(
                escape(document.title),
                escape(document.subject),
                escape("；".join(document.keywords)),
                escape(document.language),
            ),
            relations_part(len(pictures)),
            deflated("word/document.xml", text),
            *(stored(f"word/media/image{n}.png", picture.png) for n, picture in enumerate(pictures, 1)),
        ]
    )
