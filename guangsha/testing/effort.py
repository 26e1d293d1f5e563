"""How hard generated tests try: few examples on every change, all of them under ``make wide``.

A fault that one example in a thousand shows is found by the wide runs, which draw others each time, not by making every run
long; an everyday run fails because of a change and not because of its luck (conftest.py).
"""

from __future__ import annotations

import os

#: ``make wide`` sets it.
WIDE = os.environ.get("GUANGSHA_WIDE", "") not in ("", "0")
#: What remains of the examples in everyday runs, and how many at least.
_EVERYDAY = 6
_LEAST = 6
#: Examples of a property that asks for no number of its own (hypothesis: 100).
USUAL = 100


def examples(wide: int) -> int:
    """How many examples to try where ``wide`` of them are thorough."""
    return wide if WIDE else min(wide, max(_LEAST, wide // _EVERYDAY))
