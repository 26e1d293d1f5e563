"""A sentence that somebody typed, as it may be kept."""

from __future__ import annotations

from guangsha.kernel.errors import InputError

TEXT_MAX = 300


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
