"""The last look before text becomes public: no identity number, phone, card or passport goes out in free text."""

from __future__ import annotations

from collections.abc import Mapping

from guangsha.kernel.errors import InputError, InputErrors
from guangsha.privacy.masks import mask_text, sensitive_spans


def refuse_sensitive(texts: Mapping[str, str]) -> None:
    """Refuse to publish texts that hold a personal number.

    Args:
        texts: place, as the editor knows it (``公示说明``) → text.

    Raises:
        InputErrors: every number found, masked, with its place.
    """
    found = [
        InputError(
            f"含有{span.label} {mask_text(text[span.start : span.end])}（第 {span.start + 1} 个字起）",
            where=where,
            advice="请删去或遮盖后再公开。",
        )
        for where, text in texts.items()
        for span in sensitive_spans(text)
    ]
    if found:
        raise InputErrors(found)
