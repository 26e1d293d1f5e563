"""Text and paragraphs of WordprocessingML as strings: escaped once, here and nowhere else."""

from __future__ import annotations

import re

from guangsha.documents.writing.plain_text import clean_text

#: Anything that cannot stand in XML as it is, or that Word writes as an element of its own.
_SPECIAL = re.compile(
    '[<>&"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]'
)
#: The same and every space: text without any of these is its own XML.
_NOT_SIMPLE = re.compile(f"[{_SPECIAL.pattern[1:-1]} \u3000]")
_PIECES = re.compile("[\n\t]")
_ELEMENTS = {"\n": "<w:br/>", "\t": "<w:tab/>"}

ALIGNMENT = {"left": "left", "center": "center", "right": "right"}


def is_simple(text: str) -> bool:
    """Whether ``text`` can stand in ``w:t`` as it is, at its ends too."""
    return _NOT_SIMPLE.search(text) is None


def escape(text: str) -> str:
    r"""``text`` for an element or an attribute; ends of line become spaces, control characters vanish.

    >>> escape('管理<维护> & "更新"\x07')
    '管理&lt;维护&gt; &amp; &quot;更新&quot;'
    """
    if _SPECIAL.search(text) is None:
        return text
    cleaned = clean_text(text).replace("\n", " ").replace("\t", " ")
    return cleaned.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _word(text: str) -> str:
    # Word drops spaces at the ends of an element unless told not to.
    if text != text.strip():
        return f'<w:t xml:space="preserve">{escape(text)}</w:t>'
    return f"<w:t>{escape(text)}</w:t>" if text else ""


def text_content(text: str) -> str:
    r"""The inside of a run: ``w:t``, with ``w:br`` for an end of line and ``w:tab`` for a tab.

    >>> text_content("甲\n乙")
    '<w:t>甲</w:t><w:br/><w:t>乙</w:t>'
    """
    if _SPECIAL.search(text) is None:
        if text != text.strip():
            return f'<w:t xml:space="preserve">{text}</w:t>'
        return f"<w:t>{text}</w:t>"
    cleaned = clean_text(text)
    out: list[str] = []
    start = 0
    for found in _PIECES.finditer(cleaned):
        out += (_word(cleaned[start : found.start()]), _ELEMENTS[found.group()])
        start = found.end()
    out.append(_word(cleaned[start:]))
    return "".join(out)


def run(text: str, bold: bool = False) -> str:
    """One run of one look."""
    properties = "<w:rPr><w:b/><w:bCs/></w:rPr>" if bold else ""
    return f"<w:r>{properties}{text_content(text)}</w:r>"


def paragraph(
    style: str, content: str, extra: str = "", *, new_page: bool = False, held: bool = False
) -> str:
    """One paragraph of a named style; ``extra`` is paragraph properties in schema order (tabs, ind, jc).

    ``new_page`` begins a page with it; ``held`` keeps it with the paragraph that follows.
    """
    hold = "<w:keepNext/>" if held else ""
    page = "<w:pageBreakBefore/>" if new_page else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{hold}{page}{extra}</w:pPr>{content}</w:p>'
