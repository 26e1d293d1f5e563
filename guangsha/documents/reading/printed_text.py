"""Text as it is printed: the invisible is taken away at its edges, everything else stays."""

from __future__ import annotations

#: Blanks of all kinds that carry no meaning at the edge of a line or cell.
EDGES = " \t\n\r\f\v\u3000\ufeff\u200b"


def printed(text: str) -> str:
    """``text`` without blanks at its edges; a no-break space is a space.

    >>> printed(" 　年度资金总额　")
    '年度资金总额'
    """
    return text.replace("\xa0", " ").strip(EDGES)
