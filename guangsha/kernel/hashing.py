"""Digests over canonical bytes, so that the same content gives the same digest on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any


def canonical_json(value: Any) -> bytes:
    """``value`` as JSON with sorted keys, no spaces, UTF-8. Floats are refused: their text is not stable."""

    def refuse_float(item: Any) -> None:
        if isinstance(item, float):
            raise TypeError("a float has no canonical text; pass a string or an int")
        if isinstance(item, dict):
            for inner in item.values():
                refuse_float(inner)
        elif isinstance(item, list | tuple):
            for inner in item:
                refuse_float(inner)

    refuse_float(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: Any) -> str:
    """SHA-256 of :func:`canonical_json`, lower-case hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def digest_of_ids(ids: Iterable[str]) -> tuple[int, str]:
    """Number of ids and SHA-256 over them sorted, one per line: the proof of which records were counted."""
    ordered = sorted(ids)
    return len(ordered), hashlib.sha256("\n".join(ordered).encode()).hexdigest()
