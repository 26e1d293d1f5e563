"""What a writer may put on paper: text without the characters that files forbid or that deceive the eye."""

from __future__ import annotations

import re

#: Ends of line in all their spellings, among them the vertical tab that Word uses for a soft one.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
#: XML 1.0 has no place for these; a lone surrogate cannot even be encoded. The directional marks (U+202A–202E,
#: U+2066–2069) can make a printed figure read backwards, and Chinese text never needs them.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)

#: The ideographic space, by which forms set off 其中 items; a second line of such a cell hangs under the first.
INDENT = "\u3000"


def leading_indent(text: str) -> int:
    """How many ideographic spaces ``text`` begins with."""
    return len(text) - len(text.lstrip(INDENT))


def label_with_colon(label: str) -> str:
    """The label of a line on the cover, ended by a colon if it has none."""
    return label if not label or label.endswith(("：", ":")) else f"{label}："


def clean_text(text: str) -> str:
    r"""``text`` with ``\n`` for every end of line and without control characters; tabs stay.

    >>> clean_text("岳阳\x00市\r\n中心")
    '岳阳市\n中心'
    """
    if _ODD.search(text) is None:
        return text
    return _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))


#: Words that a typesetter cannot break: a span of dates, a long number, the address of a page.
_LONG_WORD = re.compile("[!-~·…]{7,}")
_BREAK_HERE = "\u200b"
_BREAK_AFTER = frozenset("-~/_,;:?&=@+")
_NARROW = frozenset(".,:;!|'`-()[]il·")
_WIDE = frozenset("mwMWQOGDHNU%@&")
#: Widths of Noto Sans SC in characters, rounded up; a digit has 0.555.
_LATIN_WIDTH, _NARROW_WIDTH, _WIDE_WIDTH = 0.56, 0.30, 0.95


def _width(character: str) -> float:
    if character in _NARROW:
        return _NARROW_WIDTH
    return _WIDE_WIDTH if character in _WIDE else _LATIN_WIDTH


def break_long_words(text: str, room: float) -> str:
    """``text`` with places to break (U+200B) in words wider than ``room`` Chinese characters.

    Without them such a word runs out of its cell. It breaks after a hyphen or slash where that is enough.
    """

    def broken(word: re.Match[str]) -> str:
        whole = word[0]
        if sum(map(_width, whole)) <= room:
            return whole
        out: list[str] = []
        line, since_break, last_break = 0.0, 0.0, -1
        for character in whole:
            width = _width(character)
            if line and line + width > room:
                place = last_break if last_break >= 0 else len(out)
                out.insert(place, _BREAK_HERE)
                line, last_break = (since_break if last_break >= 0 else 0.0), -1
            out.append(character)
            line, since_break = line + width, since_break + width
            if character in _BREAK_AFTER:
                last_break, since_break = len(out), 0.0
        return "".join(out)

    return _LONG_WORD.sub(broken, text) if len(text) > room else text
