"""A sentence that somebody typed, as it may be kept: with its lines, or in one line."""

from __future__ import annotations

from guangsha.kernel.errors import InputError

TEXT_MAX = 300
#: What stands in one cell of a list: a name, a reason, a place.
LINE_MAX = 200


def said(text: str, where: str, *, needed: bool = True, most: int = TEXT_MAX) -> str:
    """A sentence of somebody: printable, not empty where it is needed, at most ``most`` characters.

    Raises:
        InputError: it is none.
    """
    words = text.strip()
    if needed and not words:
        raise InputError("没有填写", where=where, advice=f"请填写{where}。")
    if len(words) > most or not words.replace("\n", "").replace("\r", "").isprintable():
        raise InputError(f"最多 {most} 个字，不含控制字符", where=where, advice="请缩短或重新填写。")
    return words


def said_in_line(text: str, where: str, *, needed: bool = True, most: int = LINE_MAX) -> str:
    """The same in one line: white space of any kind and length becomes one space.

    Raises:
        InputError: as :func:`said`.
    """
    return said(" ".join(text.split()), where, needed=needed, most=most)
