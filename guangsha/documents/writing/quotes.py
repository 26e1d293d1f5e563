"""Finding the words that a finding quotes in the text they were read from.

Readers narrow digits, close gaps and join lines, so a quote is compared without blanks and at half width; what is
returned are positions in the text as it stands.
"""

from __future__ import annotations

import unicodedata

_DIGITS = "0123456789"


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Where ``quote`` stands in ``text``; None where it does not, or is empty.

    A number is not found inside a longer number: ``20.13`` is not in ``120.13``.

    >>> find_quote("合计 ２２８５４. 27 万元", "22854.27")
    (3, 12)
    >>> find_quote("120.13万元", "20.13") is None
    True
    """
    words, places = _plain(text)
    wanted, _ = _plain(quote)
    if not wanted:
        return None
    at = words.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not _inside_number(words, at, end):
            return places[at], places[end - 1] + 1
        at = words.find(wanted, at + 1)
    return None


def plain(text: str) -> str:
    """``text`` at half width without blanks, as quotes are compared."""
    return _plain(text)[0]


def _plain(text: str) -> tuple[str, list[int]]:
    """Half-width characters without blanks, and the position in ``text`` that each comes from."""
    characters: list[str] = []
    places: list[int] = []
    for position, character in enumerate(text):
        for narrow in unicodedata.normalize("NFKC", character):
            if not narrow.isspace() and narrow.isprintable():
                characters.append("-" if narrow == "\u2212" else narrow)
                places.append(position)
    return "".join(characters), places


def _inside_number(plain: str, start: int, end: int) -> bool:
    """Whether the number at an edge of the match goes on outside it."""
    left = plain[start] in _DIGITS and _goes_on(plain[max(start - 2, 0) : start][::-1])
    return left or (plain[end - 1] in _DIGITS and _goes_on(plain[end : end + 2]))


def _goes_on(beside: str) -> bool:
    """Whether a number goes on into ``beside``, read away from it: a digit, or a point and a digit."""
    digits = beside.removeprefix(".")
    return digits != "" and digits[0] in _DIGITS
